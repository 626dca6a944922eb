/*-------------------------------------------------------------------------
 *
 * crypto_name_subtree.h
 *	  Subtrees of names (RFC 5280 4.2.1.10), and which names are within one.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CRYPTO_NAME_SUBTREE_H
#define CRYPTO_NAME_SUBTREE_H

#include "postgres.h"

#include "base_der.h"

/* A name, or what a subtree has in its place, taken apart. */
typedef struct PcaComparedName
{
	PcaDerElement element;		/* a GeneralName, but for what the form lets a subtree have */
	const char *fault;			/* as a predicate: why it cannot be compared */
	PcaBytes	local;			/* of a mailbox; empty: a subtree has none */
	PcaBytes	plain_local;	/* without its quotes */
	PcaBytes	host;			/* of a mailbox, a DNS name, a URI; a subtree's may begin with a dot */
	char	   *exact;			/* a directory name, by what all hold to be the same */
	char	   *loose;			/* by what anybody could */
} PcaComparedName;

extern void pca_compared_name_read(const PcaDerElement *element, bool is_subtree, PcaComparedName *name);
extern bool pca_name_has_form(const PcaDerElement *name, const PcaDerElement *subtree);
extern bool pca_name_is_within(const PcaComparedName *name, const PcaComparedName *subtree, bool is_excluded);
extern char *pca_name_format_short(PcaBytes name);
extern char *pca_compared_name_format(const PcaComparedName *name);

#endif							/* CRYPTO_NAME_SUBTREE_H */
