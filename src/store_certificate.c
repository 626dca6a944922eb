/*-------------------------------------------------------------------------
 *
 * store_certificate.c
 *	  The table of issued certificates: a row for each, never updated, so that its
 *	  xmin is always the transaction that issued it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "store_certificate.h"

void
pca_certificate_put(const PcaIssuedCertificate *certificate)
{
	static PcaQuery query = {
		.sql = "INSERT INTO pca.certificate (authority_id, serial, issued_at, not_before, not_after, account_id, template,"
		" certificate, session_user_name, current_user_name, service_principal, crl_partition)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
	};
	const PcaActor *actor = &certificate->actor;

	pca_query_write(&query, PCA_VALUES(pca_uuid(&certificate->authority), pca_uuid(&certificate->serial),
									   pca_timestamp(certificate->issued_at),
									   pca_timestamp(certificate->not_before),
									   pca_timestamp(certificate->not_after), pca_text(actor->account_id),
									   pca_text(certificate->template_name),
									   pca_bytes(certificate->certificate),
									   pca_text(actor->session_user_name), pca_text(actor->current_user_name),
									   pca_text(actor->service_principal),
									   pca_uuid(certificate->crl_partition)));
}

/* Reads a certificate.  Returns false if this authority has issued none with the serial number. */
bool
pca_certificate_find(const pg_uuid_t *authority, const pg_uuid_t *serial, PcaIssuedCertificate *certificate)
{
	static PcaQuery query = {
		.sql = "SELECT certificate, template, " PCA_ORIGIN("c") " FROM pca.certificate AS c"
		" WHERE authority_id OPERATOR(pg_catalog.=) $1 AND serial OPERATOR(pg_catalog.=) $2"
	};
	PcaRows		rows = pca_query_read(&query, PCA_VALUES(pca_uuid(authority), pca_uuid(serial)));

	if (rows.count == 0)
		return false;
	memset(certificate, 0, sizeof(*certificate));
	certificate->authority = *authority;
	certificate->serial = *serial;
	certificate->certificate = pca_rows_bytes(&rows, 0, 0);
	certificate->template_name = pca_rows_text(&rows, 0, 1);
	certificate->origin = pca_rows_origin(&rows, 2);
	return true;
}
