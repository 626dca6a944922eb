/*-------------------------------------------------------------------------
 *
 * op_ocsp.h
 *	  The OCSP responder.
 *
 *-------------------------------------------------------------------------
 */
#ifndef OP_OCSP_H
#define OP_OCSP_H

#include "postgres.h"

extern void pca_ocsp_define_settings(void);
extern int64 pca_ocsp_validity(void);

#endif							/* OP_OCSP_H */
