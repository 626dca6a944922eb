/*-------------------------------------------------------------------------
 *
 * op_template.c
 *	  The certificate templates as rows, for the view pca.templates.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_arn.h"
#include "catalog/pg_type_d.h"
#include "fmgr.h"
#include "funcapi.h"
#include "rule_template.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

/* Builds text[] of the names of the bits that are set; NULL if none is. */
static Datum
names_of(uint32 mask, const char *(*name_of) (int bit), bool *is_null)
{
	ArrayBuildState *names = initArrayResult(TEXTOID, CurrentMemoryContext, false);

	*is_null = mask == 0;
	for (int bit = 0; mask >> bit != 0; bit++)
		if ((mask >> bit & 1) != 0)
			accumArrayResult(names, CStringGetTextDatum(name_of(bit)), false, TEXTOID, CurrentMemoryContext);
	return makeArrayResult(names, CurrentMemoryContext);
}

/* RFC 5280 4.2.1.3 */
static const char *
key_usage_name(int bit)
{
	static const char *const names[] = {
		"digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement",
		"keyCertSign", "cRLSign", "encipherOnly", "decipherOnly"
	};

	return names[bit];
}

static const char *
purpose_name(int bit)
{
	return pca_purpose_name(bit);
}

/*
 * pca.template_rows() returns a row for each template, in the order of the
 * table; the columns are those of the view pca.templates
 */
PCA_FUNCTION(pca_template_rows)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	const PcaTemplate *template;

	InitMaterializedSRF(fcinfo, 0);
	for (int row = 0; (template = pca_template_at(row)) != NULL; row++)
	{
		const PcaBasicConstraints *constraints = &template->constraints;
		bool		nulls[11] = {[4] = constraints->path_length == PCA_NO_PATH_LENGTH,[8] = template->purposes == 0};
		Datum		values[11] = {
			CStringGetTextDatum(template->name),
			CStringGetTextDatum(pca_arn_format_template(NULL, template->name)),
			BoolGetDatum(template->is_root),
			BoolGetDatum(constraints->is_ca),
			Int32GetDatum(constraints->path_length),
			BoolGetDatum(template->is_basic_constraints_critical),
			names_of(template->key_usage, key_usage_name, &nulls[6]),
			names_of(template->purposes, purpose_name, &nulls[7]),
			BoolGetDatum(template->is_extended_key_usage_critical),
			BoolGetDatum(template->passes_api),
			BoolGetDatum(template->passes_csr)
		};

		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
