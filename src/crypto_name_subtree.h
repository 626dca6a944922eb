/*-------------------------------------------------------------------------
 *
 * crypto_name_subtree.h
 *	  Compares names with subtrees (RFC 5280 4.2.1.10).
 *
 *-------------------------------------------------------------------------
 */
#ifndef CRYPTO_NAME_SUBTREE_H
#define CRYPTO_NAME_SUBTREE_H

#include "postgres.h"

#include "base_der.h"

/* A name, or the base of a subtree, split for comparison */
typedef struct PcaComparedName
{
	PcaDerElement element;		/* a GeneralName, apart from what its form allows in a subtree */
	const char *fault;			/* why it cannot be compared, as a predicate; NULL if it can */
	PcaBytes	local;			/* of a mailbox; empty if a subtree has none */
	PcaBytes	plain_local;	/* without its quotes */
	PcaBytes	host;			/* of a mailbox, a DNS name, a URI; a subtree's may begin with a dot */
	char	   *exact;			/* a directory name, in a form that is equal only if all readers agree */
	char	   *loose;			/* in a form that is equal if any reader could think so */
} PcaComparedName;

extern void pca_compared_name_read(const PcaDerElement *element, bool is_subtree, PcaComparedName *name);
extern bool pca_name_has_form(const PcaDerElement *name, const PcaDerElement *subtree);
extern bool pca_name_is_within(const PcaComparedName *name, const PcaComparedName *subtree, bool is_excluded);
extern char *pca_name_format_short(PcaBytes name);
extern char *pca_compared_name_format(const PcaComparedName *name);

#endif							/* CRYPTO_NAME_SUBTREE_H */
