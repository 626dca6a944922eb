/*-------------------------------------------------------------------------
 *
 * store_ocsp_responder.h
 *	  The names by which OCSP requests call an authority, and the certificate
 *	  of its responder for each.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STORE_OCSP_RESPONDER_H
#define STORE_OCSP_RESPONDER_H

#include "postgres.h"

#include "store_query.h"
#include "utils/timestamp.h"

/*
 * Tells whether a certificate is due at $1 for a row of pca.ocsp_responder_states.
 * The clock may have been ahead when the existing one was issued.
 */
#define PCA_OCSP_RESPONDER_DUE \
	" s.not_after OPERATOR(pg_catalog.>) $1 AND (s.due_at OPERATOR(pg_catalog.<=) $1" \
	"  OR s.responder_not_before OPERATOR(pg_catalog.>) $1)"

/* What is committed about the certificate of a responder */
typedef struct PcaOcspResponder
{
	bool		has_certificate;	/* one that is not revoked */
	pg_uuid_t	serial;
	pg_uuid_t	issuer_id;		/* the authority's own certificate that it was issued under */
	bool		is_settled;		/* this transaction has not written any of it */
} PcaOcspResponder;

extern uint64 pca_ocsp_responders_version(void);
extern void pca_ocsp_responders_forget(void);
extern void pca_ocsp_responder_get(const pg_uuid_t *id, PcaOcspResponder *responder);
extern bool pca_ocsp_responder_find(const pg_uuid_t *authority, PcaBytes name_hash, PcaBytes key_hash, pg_uuid_t *id);
extern void pca_ocsp_issuer_put(const pg_uuid_t *authority, PcaBytes name_hash, PcaBytes key_hash,
								const pg_uuid_t *responder);
extern void pca_ocsp_responder_put(const pg_uuid_t *id, const pg_uuid_t *authority, const pg_uuid_t *certificate_id,
								   TimestampTz not_after);
extern void pca_ocsp_responder_lock(const pg_uuid_t *id);
extern bool pca_ocsp_responder_find_due(const pg_uuid_t *id, TimestampTz now, pg_uuid_t *certificate_id);
extern void pca_ocsp_responder_certificate_put(const pg_uuid_t *id, const pg_uuid_t *issuer_id,
											   const pg_uuid_t *serial);

#endif							/* STORE_OCSP_RESPONDER_H */
