/*-------------------------------------------------------------------------
 *
 * op_crl_place.c
 *	  CRLs that move.
 *
 * Certificates name the place at which their CRL was when they were issued.  After
 * a change of bucket, path or CNAME the CRL is written to its new place alone, and
 * is found at the old one until they have expired: the URL of the old place is
 * kept as a row, whose CRL is the newest.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_arn.h"
#include "op_crl_place.h"
#include "rule_revocation.h"
#include "store_crl_place.h"
#include "utils/timestamp.h"

#define SUFFIX ".crl"
#define ID_LENGTH 36

typedef char *(*FormatPlace) (const PcaJson *configuration, const char *authority_id);

/* Keeps a place of the complete CRL unless the new configuration has it too. */
static void
keep_former_place(const PcaCrlScope *scope, const PcaJson *before, const PcaJson *after, FormatPlace format)
{
	const char *id = pca_uuid_format(&scope->authority);
	char	   *former = format(before, id);

	if (pca_revocation_crl_days(after) == 0 || strcmp(format(after, id), former) != 0)
		pca_crl_place_put_former(scope, former);
}

/*
 * Keeps where the complete CRL of an authority was before its configuration
 * changes.  The caller holds the authority's lock, so that all certificates that
 * name the old place are there.
 */
void
pca_crl_place_leave(const pg_uuid_t *authority, const PcaJson *before, const PcaJson *after)
{
	PcaCrlScope scope = pca_crl_scope(authority, NULL);

	if (pca_revocation_crl_days(before) == 0)
		return;
	keep_former_place(&scope, before, after, pca_revocation_crl_url);
	keep_former_place(&scope, before, after, pca_revocation_crl_address);
}

/* Removes the object that a CRL was if the next one is written elsewhere, and keeps where it was. */
void
pca_crl_place_move(const PcaCrlRow *before, const PcaCrlRow *after)
{
	if (strcmp(before->bucket, after->bucket) == 0 && strcmp(before->key, after->key) == 0)
		return;
	pca_crl_place_put_former(&before->scope, psprintf("s3://%s/%s", before->bucket, before->key));
	pca_object_remove(before->bucket, before->key);
}

/* Reads the id of a CRL, which is the end of the key in every place. */
static bool
read_crl_id(const char *key, pg_uuid_t *id)
{
	size_t		length = strlen(key);
	size_t		rest = ID_LENGTH + strlen(SUFFIX);

	return length >= rest && strcmp(key + length - strlen(SUFFIX), SUFFIX) == 0 &&
		pca_uuid_parse(pnstrdup(key + length - rest, ID_LENGTH), id);
}

/*
 * Finds a CRL by a place that its certificates name, and at which it is no more:
 * a bucket, or the host of a URL, and a key.
 */
bool
pca_crl_place_find(const char *bucket, const char *key, PcaObject *object)
{
	pg_uuid_t	id;
	PcaRows		places;

	if (!read_crl_id(key, &id))
		return false;
	places = pca_crl_place_list(&id, GetCurrentTimestamp());
	for (uint64 row = 0; row < places.count; row++)
		if (pca_revocation_is_at(pca_rows_text(&places, row, PCA_CRL_PLACE_URL), bucket, key))
			return pca_object_find(pca_rows_text(&places, row, PCA_CRL_PLACE_BUCKET),
								   pca_rows_text(&places, row, PCA_CRL_PLACE_KEY), object);
	return false;
}
