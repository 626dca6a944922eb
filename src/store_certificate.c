/*-------------------------------------------------------------------------
 *
 * store_certificate.c
 *	  The table of issued certificates: one row each, never updated, so that
 *	  its xmin says for ever which transaction issued it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"
#include "store_certificate.h"

void
pca_certificate_put(const PcaIssuedCertificate *certificate)
{
	static PcaQuery query = {
		"INSERT INTO pca.certificate (authority_id, serial, issued_at, not_before, not_after, account_id, template,"
		" certificate, session_user_name, current_user_name, service_principal, crl_partition)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
		{
			UUIDOID, UUIDOID, TIMESTAMPTZOID, TIMESTAMPTZOID, TIMESTAMPTZOID, TEXTOID, TEXTOID, BYTEAOID,
			TEXTOID, TEXTOID, TEXTOID, UUIDOID, InvalidOid
		},
		NULL
	};
	PcaArguments arguments = {0};

	pca_argument_add_uuid(&arguments, &certificate->authority);
	pca_argument_add_uuid(&arguments, &certificate->serial);
	pca_argument_add(&arguments, TimestampTzGetDatum(certificate->issued_at));
	pca_argument_add(&arguments, TimestampTzGetDatum(certificate->not_before));
	pca_argument_add(&arguments, TimestampTzGetDatum(certificate->not_after));
	pca_argument_add_text(&arguments, certificate->actor.account_id);
	pca_argument_add_text(&arguments, certificate->template_name);
	pca_argument_add_bytes(&arguments, certificate->certificate);
	pca_argument_add_text(&arguments, certificate->actor.session_user_name);
	pca_argument_add_text(&arguments, certificate->actor.current_user_name);
	pca_argument_add_text(&arguments, certificate->actor.service_principal);
	if (certificate->crl_partition != NULL)
		pca_argument_add_uuid(&arguments, certificate->crl_partition);
	else
		pca_argument_add_null(&arguments);
	pca_query_write(&query, &arguments);
}

/* Reads a certificate; false when this authority has issued none with the serial. */
bool
pca_certificate_find(const pg_uuid_t *authority, const pg_uuid_t *serial, PcaIssuedCertificate *certificate)
{
	static PcaQuery query = {
		"SELECT certificate, template, " PCA_ORIGIN("c") " FROM pca.certificate AS c"
		" WHERE authority_id OPERATOR(pg_catalog.=) $1 AND serial OPERATOR(pg_catalog.=) $2",
		{UUIDOID, UUIDOID, InvalidOid}, NULL
	};
	PcaArguments arguments = {0};
	PcaRows		rows;

	pca_argument_add_uuid(&arguments, authority);
	pca_argument_add_uuid(&arguments, serial);
	rows = pca_query_read(&query, &arguments);
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
