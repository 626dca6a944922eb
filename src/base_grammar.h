/*-------------------------------------------------------------------------
 *
 * base_grammar.h
 *	  Grammars of DER: rows say which elements follow one another, and one
 *	  walker says at which octet a value departs from them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef BASE_GRAMMAR_H
#define BASE_GRAMMAR_H

#include "postgres.h"

#include "base_der.h"

/* The tag of a row that takes whatever is next. */
#define PCA_ANY_TAG 0

/* What a fault is about. */
typedef struct PcaPlace
{
	const char *name;			/* of the row */
	const uint8 *at;			/* the first octet of the element */
} PcaPlace;

/*
 * A row: an element, or several alike.  What one row begins to take it takes
 * whole; there is no way back.  A CHOICE is a row for each alternative, all
 * optional, or one row of any tag whose check decides.
 */
typedef struct PcaGrammar
{
	const char *name;			/* as its RFC spells it */
	uint8		tag;			/* the identifier octet, or PCA_ANY_TAG */
	uint8		type;			/* of a primitive value under an implicit tag: the universal type */
	bool		is_optional;
	bool		is_many;		/* as many as come, but at least one unless it is optional */
	const struct PcaGrammar *content;	/* of a constructed element: up to a row without name; NULL: anything */

	/* What rows cannot say; it may move the place to where it is. */
	const char *(*fault) (const PcaDerElement *element, PcaPlace *place);
} PcaGrammar;

extern const char *pca_grammar_content_fault(const PcaGrammar *parent, PcaBytes content, PcaPlace *place);
extern const char *pca_grammar_fault(const PcaGrammar *grammar, PcaBytes der);

/* For the last member of a row. */
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
