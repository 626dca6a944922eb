/*-------------------------------------------------------------------------
 *
 * rule_general_name.h
 *	  Reads the API's GeneralName.
 *
 *-------------------------------------------------------------------------
 */
#ifndef RULE_GENERAL_NAME_H
#define RULE_GENERAL_NAME_H

#include "postgres.h"

#include "base_shape.h"
#include "crypto_general_name.h"

extern void pca_general_name_read(const PcaJson *json, const PcaPath *path, PcaGeneralName *name);

#endif							/* RULE_GENERAL_NAME_H */
