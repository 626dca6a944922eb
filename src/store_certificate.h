/*-------------------------------------------------------------------------
 *
 * store_certificate.h
 *	  The table of issued certificates.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STORE_CERTIFICATE_H
#define STORE_CERTIFICATE_H

#include "postgres.h"

#include "base_der.h"
#include "store_audit.h"
#include "store_query.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

typedef struct PcaIssuedCertificate
{
	pg_uuid_t	authority;
	pg_uuid_t	serial;
	PcaActor	actor;			/* who issued it */
	const char *template_name;
	TimestampTz issued_at;
	TimestampTz not_before;
	TimestampTz not_after;
	PcaBytes	certificate;
	const pg_uuid_t *crl_partition; /* NULL for none */
	PcaOrigin	origin;			/* of a row that was read */
} PcaIssuedCertificate;

extern void pca_certificate_put(const PcaIssuedCertificate *certificate);
extern bool pca_certificate_find(const pg_uuid_t *authority, const pg_uuid_t *serial,
								 PcaIssuedCertificate *certificate);

#endif							/* STORE_CERTIFICATE_H */
