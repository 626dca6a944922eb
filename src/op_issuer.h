/*-------------------------------------------------------------------------
 *
 * op_issuer.h
 *	  What signing for a certificate authority needs, kept per backend.
 *
 *-------------------------------------------------------------------------
 */
#ifndef OP_ISSUER_H
#define OP_ISSUER_H

#include "postgres.h"

#include "base_json.h"
#include "crypto_certificate.h"
#include "store_authority.h"

/* What signing needs.  It changes only with the authority's row. */
typedef struct PcaSigner
{
	PcaKey	   *key;
	PcaBytes	spki;
	PcaBytes	ocsp_key_identifier;
	bool		has_issuer;
	PcaIssuer	issuer;
	PcaJson		revocation;		/* RevocationConfiguration */
	bool		is_partitioned; /* a certificate's CRL is that of its partition */
	char	   *crl_url;		/* of the CRL that all certificates share; NULL if there is none */
	char	   *ocsp_url;		/* or NULL */
} PcaSigner;

extern void pca_issuer_load(const pg_uuid_t *certificate_id, PcaIssuer *issuer);
extern const PcaSigner *pca_signer_get(const PcaAuthority *authority);
extern const PcaSigner *pca_signer_get_to_issue(const PcaAuthority *authority);

#endif							/* OP_ISSUER_H */
