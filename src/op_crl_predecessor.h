/*-------------------------------------------------------------------------
 *
 * op_crl_predecessor.h
 *	  The entries of the newest CRL, none of which the next one may lose.
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
	pg_uuid_t  *serials;		/* NULL: its bytes are not here */
	uint64		count;
	uint64		unseen;			/* so many at the beginning are not in the successor */
	uint64		next;			/* the next one that is expected in it */
} PcaCrlPredecessor;

extern void pca_crl_predecessor_load(PcaCrlPredecessor *predecessor, const PcaCrlRow *crl);
extern void pca_crl_predecessor_see(PcaCrlPredecessor *predecessor, const pg_uuid_t *serial);
extern void pca_crl_predecessor_check(PcaCrlPredecessor *predecessor);

#endif							/* OP_CRL_PREDECESSOR_H */
