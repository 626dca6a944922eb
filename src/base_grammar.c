/*-------------------------------------------------------------------------
 *
 * base_grammar.c
 *	  Checks DER against a grammar.
 *
 * The walker passes over the value once and compares each element with one row
 * only.  So its time is linear in the value, and its depth is the grammar's.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_grammar.h"

/* Returns the name of a type as X.680 writes it. */
static const char *
type_name(uint8 tag)
{
	static const char *const universal[0x1f] = {
		[PCA_DER_BOOLEAN] = "BOOLEAN", [PCA_DER_INTEGER] = "INTEGER", [PCA_DER_BIT_STRING] = "BIT STRING",
		[PCA_DER_OCTET_STRING] = "OCTET STRING", [PCA_DER_NULL] = "NULL", [PCA_DER_OID] = "OBJECT IDENTIFIER",
		[PCA_DER_ENUMERATED] = "ENUMERATED", [PCA_DER_UTF8_STRING] = "UTF8String",
		[PCA_DER_SEQUENCE & 0x1f] = "SEQUENCE", [PCA_DER_SET & 0x1f] = "SET",
		[PCA_DER_NUMERIC_STRING] = "NumericString", [PCA_DER_PRINTABLE_STRING] = "PrintableString",
		[PCA_DER_T61_STRING] = "TeletexString", [PCA_DER_IA5_STRING] = "IA5String", [PCA_DER_UTC_TIME] = "UTCTime",
		[PCA_DER_GENERALIZED_TIME] = "GeneralizedTime", [PCA_DER_VISIBLE_STRING] = "VisibleString",
		[PCA_DER_UNIVERSAL_STRING] = "UniversalString", [PCA_DER_BMP_STRING] = "BMPString"
	};
	int			number = tag & 0x1f;

	if ((tag & 0xc0) == 0 && number < 0x1f && universal[number] != NULL)
		return universal[number];
	if ((tag & 0xc0) == PCA_DER_CONTEXT && number < 0x1f)
		return psprintf("%s [%d]", (tag & 0x20) != 0 ? "constructed" : "primitive", number);
	return psprintf("a value with identifier octet %02X", tag);
}

static bool
is_next(const PcaDerReader *reader, const PcaGrammar *row)
{
	return row->tag == PCA_ANY_TAG ? !pca_der_at_end(reader) : pca_der_peek(reader, row->tag);
}

static const char *
missing_fault(const PcaDerReader *reader, const PcaGrammar *row)
{
	if (pca_der_at_end(reader))
		return "it is missing";
	return psprintf("%s was found where %s was expected", type_name(*reader->next), type_name(row->tag));
}

/* Checks an element that has the tag of its row.  Returns NULL or the fault. */
static const char *
element_fault(const PcaGrammar *row, const PcaDerElement *element, PcaPlace *place)
{
	const char *fault = NULL;

	*place = (PcaPlace) {row->name, element->whole.data};
	if (row->type != 0)
		fault = pca_der_primitive_fault(row->type, element->content);
	if (fault == NULL && row->content != NULL)
		fault = pca_grammar_content_fault(row, element->content, place);
	if (fault != NULL || row->fault == NULL)
		return fault;
	*place = (PcaPlace) {row->name, element->whole.data};
	return row->fault(element, place);
}

/*
 * Checks the content of an element against the rows of its content.  The element
 * has passed pca_der_scan().  Returns NULL, or the fault and its place.
 */
const char *
pca_grammar_content_fault(const PcaGrammar *parent, PcaBytes content, PcaPlace *place)
{
	PcaDerReader reader = pca_der_reader(content);
	const char *fault;

	for (const PcaGrammar *row = parent->content; row->name != NULL; row++)
	{
		bool		is_there = false;

		while (is_next(&reader, row) && (!is_there || row->is_many))
		{
			PcaDerElement element;

			if (!pca_der_next(&reader, &element))
				elog(ERROR, "DER was not scanned");
			if ((fault = element_fault(row, &element, place)) != NULL)
				return fault;
			is_there = true;
		}
		*place = (PcaPlace) {row->name, reader.next};
		if (!is_there && !row->is_optional)
			return missing_fault(&reader, row);
	}
	*place = (PcaPlace) {parent->name, reader.next};
	return pca_der_at_end(&reader) ? NULL : psprintf("%s is not allowed here", type_name(*reader.next));
}

/*
 * Checks that a value is DER and follows a grammar.  Returns NULL, or the fault
 * with the name of the row and the octet, counted from 0.
 *
 * grammar: one row, or NULL for any DER.
 */
const char *
pca_grammar_fault(const PcaGrammar *grammar, PcaBytes der)
{
	PcaPlace	place;
	size_t		octet;
	const char *fault = pca_der_scan_at(der, &octet);

	if (fault != NULL)
		return psprintf("at octet %zu, %s", octet, fault);
	if (grammar == NULL)
		return NULL;
	fault = pca_grammar_content_fault(&(PcaGrammar) {.name = grammar->name, .content = (const PcaGrammar[]) {*grammar, {0}}},
									  der, &place);
	return fault == NULL ? NULL : psprintf("in %s at octet %zu, %s", place.name, place.at - der.data, fault);
}
