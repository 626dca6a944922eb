/*-------------------------------------------------------------------------
 *
 * op_crl_predecessor.h
 *	  Checks that the next CRL loses no entry of the newest one.
 *
 *-------------------------------------------------------------------------
 */
#ifndef OP_CRL_PREDECESSOR_H
#define OP_CRL_PREDECESSOR_H

#include "postgres.h"

#include "store_crl.h"

/* The serial numbers of a CRL's entries, while its successor is being written. */
typedef struct PcaCrlPredecessor
{
	const PcaCrlRow *crl;
	pg_uuid_t  *serials;		/* NULL if the CRL's bytes are missing */
	uint64		count;
	uint64		unseen;			/* number at the beginning that the successor lacks */
	uint64		next;			/* index of the next one expected in it */
} PcaCrlPredecessor;

extern void pca_crl_predecessor_load(PcaCrlPredecessor *predecessor, const PcaCrlRow *crl);
extern void pca_crl_predecessor_see(PcaCrlPredecessor *predecessor, const pg_uuid_t *serial);
extern void pca_crl_predecessor_check(PcaCrlPredecessor *predecessor);

#endif							/* OP_CRL_PREDECESSOR_H */
