/*-------------------------------------------------------------------------
 *
 * rule_value.c
 *	  Values that several structures of the API have.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_error.h"
#include "rule_value.h"

/*
 * Reads a dotted object identifier: the content of its OID, in memory of its
 * own; false when it is none.
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
 * Reads a dotted object identifier that matches its shape: the content of its
 * OID.
 *
 * Throws InvalidArgsException, since the pattern of the shape allows more.
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

/* Reads a KeyUsage: the mask of crypto_extension.h. */
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
 * Checks that exactly one of a structure's members is there: the API's unions
 * are structures.
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
				  errhint("Give each choice in a structure of its own."));
}
