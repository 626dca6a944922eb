/*-------------------------------------------------------------------------
 *
 * base_grammar.h
 *	  Grammars of DER: rows list the elements that follow one another, and one
 *	  walker reports the octet at which a value departs from them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef BASE_GRAMMAR_H
#define BASE_GRAMMAR_H

#include "postgres.h"

#include "base_der.h"

/* The tag of a row that accepts any element */
#define PCA_ANY_TAG 0

/* The location of a fault */
typedef struct PcaPlace
{
	const char *name;			/* of the row */
	const uint8 *at;			/* the first octet of the element */
} PcaPlace;

/*
 * A row of a grammar: one element, or several of the same kind.  The walker
 * never backtracks.  A CHOICE is a row for each alternative, all optional, or a
 * single row of any tag whose check decides.
 */
typedef struct PcaGrammar
{
	const char *name;			/* as its RFC spells it */
	uint8		tag;			/* the identifier octet, or PCA_ANY_TAG */
	uint8		type;			/* the universal type of a primitive value under an implicit tag; else 0 */
	bool		is_optional;
	bool		is_many;		/* any number, but at least one unless it is optional */
	const struct PcaGrammar *content;	/* of a constructed element, ending in a row without a name; NULL for anything */

	/* Checks what rows cannot express; may move the place to the fault. */
	const char *(*fault) (const PcaDerElement *element, PcaPlace *place);
} PcaGrammar;

extern const char *pca_grammar_content_fault(const PcaGrammar *parent, PcaBytes content, PcaPlace *place);
extern const char *pca_grammar_fault(const PcaGrammar *grammar, PcaBytes der);

/* Checks for the last member of a row; each returns NULL or the fault. */
extern const char *pca_small_integer_fault(const PcaDerElement *element, PcaPlace *place);
extern const char *pca_short_integer_fault(const PcaDerElement *element, PcaPlace *place);
extern const char *pca_true_fault(const PcaDerElement *element, PcaPlace *place);
extern const char *pca_empty_fault(const PcaDerElement *element, PcaPlace *place);
extern const char *pca_named_bits_fault(const PcaDerElement *element, PcaPlace *place);
extern const char *pca_display_text_fault(const PcaDerElement *element, PcaPlace *place);
extern const char *pca_directory_string_fault(const PcaDerElement *element, PcaPlace *place);
extern const char *pca_generalized_time_fault(const PcaDerElement *element, PcaPlace *place);
extern const char *pca_repeated_fault(const PcaDerElement *element, PcaPlace *place);
extern const char *pca_set_order_fault(const PcaDerElement *element, PcaPlace *place);
extern const char *pca_choice_fault(const PcaDerElement *element, PcaPlace *place);
extern const char *pca_text_fault(const PcaDerElement *element, PcaPlace *place);

#endif							/* BASE_GRAMMAR_H */
