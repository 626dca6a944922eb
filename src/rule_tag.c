/*-------------------------------------------------------------------------
 *
 * rule_tag.c
 *	  Checks the keys of a certificate authority's tags.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_error.h"
#include "rule_tag.h"

/* Tells whether a key has a prefix that the service reserves. */
static bool
is_reserved(const char *key)
{
	return strncmp(key, "aws:", 4) == 0 || strncmp(key, "rds:", 4) == 0;
}

/* Returns the key of the tag at an index. */
static char *
key_of(const PcaJson *tags, int i)
{
	PcaJson		tag = pca_json_element(tags, i);

	return pca_json_find_text(&tag, "Key");
}

/*
 * Checks a list of tags that matches its shape.
 *
 * Throws InvalidTagException for a reserved prefix and for a repeated key.
 */
void
pca_tags_check(const PcaJson *tags)
{
	for (int i = 0; i < pca_json_count(tags); i++)
	{
		char	   *key = key_of(tags, i);

		if (is_reserved(key))
			pca_error(INVALID_TAG,
					  errmsg("tag key has a reserved prefix"),
					  errdetail("The value at tags[%d].Key is \"%s\".", i, key),
					  errhint("Keys that begin with aws: or rds: are reserved."));
		for (int j = 0; j < i; j++)
			if (strcmp(key, key_of(tags, j)) == 0)
				pca_error(INVALID_TAG,
						  errmsg("tag key appears more than once"),
						  errdetail("The value at tags[%d].Key is \"%s\", as at tags[%d].Key.", i, key, j),
						  errhint("Specify each key once."));
	}
}
