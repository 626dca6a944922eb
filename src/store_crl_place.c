/*-------------------------------------------------------------------------
 *
 * store_crl_place.c
 *	  Where CRLs are looked for: the URLs that certificates name, also those of
 *	  places at which their CRL is no more.
 *
 * The place of an object in a bucket is written as a URL too, s3://BUCKET/KEY.
 * What is not kept here follows from the configuration of the authority, or is in
 * the row of the partition.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "store_crl_place.h"

/*
 * Lists the URLs of a CRL that unexpired certificates can name, each with the
 * bucket and the key of the object that the CRL is now.  There are none before
 * the CRL is written.
 *
 * crl: the id of the authority or the partition.
 */
PcaRows
pca_crl_place_list(const pg_uuid_t *crl, TimestampTz now)
{
	static PcaQuery query = {
		.sql = "SELECT u.url, r.bucket, r.key FROM pca.crl AS r"
		" CROSS JOIN LATERAL ("
		"  SELECT pca.crl_url(a.revocation_configuration, a.id) FROM pca.certificate_authority AS a"
		"  WHERE a.id OPERATOR(pg_catalog.=) r.id"
		"  UNION ALL SELECT p.url FROM pca.crl_partition AS p"
		"  WHERE p.id OPERATOR(pg_catalog.=) r.id AND p.not_after OPERATOR(pg_catalog.>) $2"
		/* the segment before the key: the bucket, or the host for which it stands */
		"  UNION ALL SELECT 's3://' OPERATOR(pg_catalog.||) pg_catalog.split_part("
		"    pg_catalog.left(p.url, pg_catalog.length(p.url) OPERATOR(pg_catalog.-) pg_catalog.length(p.key) OPERATOR(pg_catalog.-) 1),"
		"    '/', -1)"
		"   OPERATOR(pg_catalog.||) '/' OPERATOR(pg_catalog.||) p.key FROM pca.crl_partition AS p"
		"  WHERE p.id OPERATOR(pg_catalog.=) r.id AND p.not_after OPERATOR(pg_catalog.>) $2"
		"  UNION ALL SELECT f.url FROM pca.crl_former_url AS f"
		"  WHERE f.crl_id OPERATOR(pg_catalog.=) r.id AND f.not_after OPERATOR(pg_catalog.>) $2"
		" ) AS u (url)"
		" WHERE r.id OPERATOR(pg_catalog.=) $1 AND r.number IS NOT NULL AND u.url IS NOT NULL"
	};

	return pca_query_read(&query, PCA_VALUES(pca_uuid(crl), pca_timestamp(now)));
}

/*
 * Stores a URL that is no more that of a CRL, until the last certificate that can
 * name it has expired.  There is nothing to store if there is none.
 *
 * A root's own certificate names no CRL.
 */
void
pca_crl_place_put_former(const PcaCrlScope *scope, const char *url)
{
	static PcaQuery query = {
		.sql = "INSERT INTO pca.crl_former_url AS f (crl_id, authority_id, url, not_after)"
		" SELECT COALESCE($2, $1), $1, $3, n.not_after FROM ("
		"  SELECT pg_catalog.max(c.not_after) FROM pca.certificate AS c"
		"  WHERE $2 IS NULL AND c.authority_id OPERATOR(pg_catalog.=) $1 AND c.crl_partition IS NULL"
		"   AND NOT EXISTS (SELECT FROM pca.templates AS t WHERE t.is_self_signed AND t.name OPERATOR(pg_catalog.=) c.template)"
		"  UNION ALL SELECT p.not_after FROM pca.crl_partition AS p WHERE p.id OPERATOR(pg_catalog.=) $2"
		" ) AS n (not_after) WHERE n.not_after IS NOT NULL"
		" ON CONFLICT (crl_id, url) DO UPDATE SET not_after = GREATEST(f.not_after, excluded.not_after)"
	};

	pca_query_write(&query, PCA_VALUES(pca_uuid(&scope->authority),
									   pca_uuid(scope->is_complete ? NULL : &scope->partition), pca_text(url)));
}

/*
 * Removes the URLs that no unexpired certificate names.
 *
 * account_id: of the authorities; NULL for all.
 */
void
pca_crl_place_expire(const char *account_id, TimestampTz now)
{
	static PcaQuery query = {
		.sql = "DELETE FROM pca.crl_former_url AS f USING pca.certificate_authority AS a"
		" WHERE a.id OPERATOR(pg_catalog.=) f.authority_id AND f.not_after OPERATOR(pg_catalog.<=) $2"
		" AND ($1 IS NULL OR a.account_id OPERATOR(pg_catalog.=) $1)"
	};

	pca_query_write(&query, PCA_VALUES(pca_text(account_id), pca_timestamp(now)));
}
