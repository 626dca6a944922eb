/*-------------------------------------------------------------------------
 *
 * op_inventory.h
 *	  How the names of certificates are shown.
 *
 *-------------------------------------------------------------------------
 */
#ifndef OP_INVENTORY_H
#define OP_INVENTORY_H

#include "postgres.h"

#include "crypto_extension.h"

extern Datum pca_inventory_names(const PcaExtensions *extensions);

#endif							/* OP_INVENTORY_H */
