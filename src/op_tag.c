/*-------------------------------------------------------------------------
 *
 * op_tag.c
 *	  TagCertificateAuthority, UntagCertificateAuthority, ListTags.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_argument.h"
#include "base_error.h"
#include "op_operation.h"
#include "op_page.h"
#include "rule_tag.h"
#include "store_tag.h"
#include "utils/timestamp.h"

#define MAX_TAGS 50

/*
 * pca_tag_certificate_authority(certificate_authority_arn, tags)
 *
 * A tag replaces an existing one with the same key.
 *
 * Throws ValidationException, InvalidArnException, ResourceNotFoundException,
 * AccessDeniedException, InvalidStateException, InvalidTagException,
 * TooManyTagsException, ConcurrentModificationException.
 */
PCA_FUNCTION(pca_tag_certificate_authority)
{
	char	   *arn = pca_operation_argument(fcinfo, PCA_OP_TAG_CERTIFICATE_AUTHORITY);
	PcaJson		tags = pca_argument_required_json(fcinfo, 1, "tags", &pca_shape_tag_list);
	PcaAuthority authority;

	pca_operation_begin(PCA_OP_TAG_CERTIFICATE_AUTHORITY, arn, &authority);
	pca_tags_check(&tags);
	for (int i = 0; i < pca_json_count(&tags); i++)
	{
		PcaJson		tag = pca_json_element(&tags, i);

		pca_tag_put(&authority.id, pca_json_find_text(&tag, "Key"), pca_json_find_text(&tag, "Value"));
	}
	if (pca_tag_count(&authority.id) > MAX_TAGS)
		pca_error(TOO_MANY_TAGS,
				  errmsg("certificate authority would have too many tags"),
				  errdetail("\"%s\" would have %lld tags; the limit is %d.", arn,
							(long long) pca_tag_count(&authority.id), MAX_TAGS),
				  errhint("Remove tags with pca_untag_certificate_authority first."));
	pca_operation_end(PCA_OP_TAG_CERTIFICATE_AUTHORITY, arn, NULL);
	PG_RETURN_VOID();
}

/*
 * pca_untag_certificate_authority(certificate_authority_arn, tags)
 *
 * A tag that is given with a value is removed only if it has that value, one
 * that is given without a value in any case.  It is not an error if a tag does
 * not exist.
 *
 * Throws ValidationException, InvalidArnException, ResourceNotFoundException,
 * AccessDeniedException, InvalidStateException, InvalidTagException,
 * ConcurrentModificationException.
 */
PCA_FUNCTION(pca_untag_certificate_authority)
{
	char	   *arn = pca_operation_argument(fcinfo, PCA_OP_UNTAG_CERTIFICATE_AUTHORITY);
	PcaJson		tags = pca_argument_required_json(fcinfo, 1, "tags", &pca_shape_tag_list);
	PcaAuthority authority;

	pca_operation_begin(PCA_OP_UNTAG_CERTIFICATE_AUTHORITY, arn, &authority);
	pca_tags_check(&tags);
	for (int i = 0; i < pca_json_count(&tags); i++)
	{
		PcaJson		tag = pca_json_element(&tags, i);

		pca_tag_remove(&authority.id, pca_json_find_text(&tag, "Key"), pca_json_find_text(&tag, "Value"));
	}
	pca_operation_end(PCA_OP_UNTAG_CERTIFICATE_AUTHORITY, arn, NULL);
	PG_RETURN_VOID();
}

static char *
get_tag_position(const PcaRows *rows, uint64 row)
{
	return pca_rows_text(rows, row, 0);
}

/*
 * pca_list_tags(certificate_authority_arn, next_token, max_results) returns
 * (key, value, next_token)
 *
 * Throws ValidationException, InvalidArnException, ResourceNotFoundException,
 * AccessDeniedException, InvalidStateException, InvalidNextTokenException.
 */
PCA_FUNCTION(pca_list_tags)
{
	char	   *arn = pca_operation_argument(fcinfo, PCA_OP_LIST_TAGS);
	PcaAuthority authority;
	PcaPage		page;
	PcaRows		rows;

	page = pca_page_begin(fcinfo, 1, 2, PCA_OP_LIST_TAGS, arn);
	pca_operation_begin(PCA_OP_LIST_TAGS, arn, &authority);
	rows = pca_tag_list(&authority.id, page.after, pca_page_limit(&page));
	pca_page_put(&page, &rows, 2, get_tag_position);
	return (Datum) 0;
}
