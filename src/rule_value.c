/*-------------------------------------------------------------------------
 *
 * rule_value.c
 *	  Reads values that occur in several structures of the API.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_error.h"
#include "rule_value.h"

/*
 * Reads a dotted object identifier as the content of its OID, in newly
 * allocated memory.  Returns false if it is malformed.
 */
bool
pca_object_identifier_find(const char *dotted, PcaBytes *content)
{
	uint8		octets[PCA_OID_MAX_LENGTH];
	size_t		length;

	if (!pca_oid_parse(dotted, octets, &length))
		return false;
	*content = pca_bytes_copy((PcaBytes) {octets, length});
	return true;
}

/*
 * Reads a dotted object identifier that matches its shape.  Returns the content
 * of its OID.
 *
 * Throws InvalidArgsException, because the pattern of the shape allows more.
 */
PcaBytes
pca_object_identifier_get(const char *dotted, const PcaPath *path)
{
	PcaBytes	content;

	if (!pca_object_identifier_find(dotted, &content))
		pca_error(INVALID_ARGS,
				  errmsg("value of \"%s\" is not an object identifier", pca_path_format(path)),
				  errdetail("The value at %s is \"%s\".", pca_path_format(path), dotted),
				  errhint("The second number of an object identifier below 2 is at most 39."));
	return content;
}

/* Reads a KeyUsage.  Returns a mask of PCA_KU_*. */
uint32
pca_key_usage_read(const PcaJson *key_usage)
{
	static const char *const members[] = {
		"DigitalSignature", "NonRepudiation", "KeyEncipherment", "DataEncipherment", "KeyAgreement",
		"KeyCertSign", "CRLSign", "EncipherOnly", "DecipherOnly"
	};
	uint32		mask = 0;

	for (size_t bit = 0; bit < lengthof(members); bit++)
		if (pca_json_find_boolean(key_usage, members[bit]))
			mask |= 1u << bit;
	return mask;
}

/*
 * Checks that exactly one of a structure's members is present, because the API
 * has structures for unions.
 *
 * Throws InvalidArgsException.
 */
void
pca_choice_check(const PcaJson *object, const PcaShape *shape, const PcaPath *path)
{
	PcaJson		value;
	int			count = 0;

	for (const PcaMember *member = shape->members; member->name != NULL; member++)
		count += pca_json_find(object, member->name, &value);
	if (count != 1)
		pca_error(INVALID_ARGS,
				  errmsg("value of \"%s\" must have exactly one member", pca_path_format(path)),
				  errdetail("The structure at %s has %d.", pca_path_format(path), count),
				  errhint("Specify each choice in a separate structure."));
}
