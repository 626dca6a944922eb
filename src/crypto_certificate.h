/*-------------------------------------------------------------------------
 *
 * crypto_certificate.h
 *	  Builds, signs and reads X.509 certificates (RFC 5280 4.1).
 *
 *-------------------------------------------------------------------------
 */
#ifndef CRYPTO_CERTIFICATE_H
#define CRYPTO_CERTIFICATE_H

#include "postgres.h"

#include "crypto_algorithm.h"
#include "crypto_extension.h"
#include "crypto_key.h"
#include "crypto_name_constraints.h"
#include "crypto_public_key.h"
#include "utils/uuid.h"

#define PCA_CHAIN_MAX_COUNT 16

/* A certificate, as slices of its DER */
typedef struct PcaCertificate
{
	PcaBytes	der;
	PcaBytes	tbs;			/* whole, as is each part below except the serial */
	PcaBytes	serial;			/* content of the INTEGER */
	PcaBytes	issuer;
	int64		not_before;		/* Unix seconds */
	int64		not_after;
	PcaBytes	subject;
	PcaBytes	spki;
	PcaExtensions extensions;
	PcaBytes	signature_algorithm;
	PcaBytes	signature;
} PcaCertificate;

/* The parts of a CA's certificate that the certificates that it signs depend on */
typedef struct PcaIssuer
{
	PcaBytes	name;			/* Name, whole */
	PcaBytes	key_identifier;
	int64		not_after;		/* Unix seconds */
	PcaBasicConstraints constraints;
	int			name_constraint_count;	/* of the CA itself and the CAs above it */
	PcaNameConstraints name_constraints[PCA_CHAIN_MAX_COUNT];
} PcaIssuer;

/* A certificate to be signed, completely decided */
typedef struct PcaCertificateSpec
{
	pg_uuid_t	serial;
	const PcaSigningAlgorithm *signing;
	PcaBytes	issuer;
	int64		not_before;		/* Unix seconds */
	int64		not_after;
	PcaBytes	subject;
	const PcaPublicKey *key;
	PcaBasicConstraints constraints;	/* as they must be among the extensions */
	uint32		key_usage;		/* likewise; 0 for any */
	PcaExtensions extensions;
} PcaCertificateSpec;

extern void pca_certificate_define_settings(void);
extern const char *pca_certificate_parse(PcaBytes der, PcaCertificate *certificate);
extern bool pca_certificate_is_self_issued(const PcaCertificate *certificate);
extern bool pca_certificate_has_key_usage(const PcaCertificate *certificate, uint32 usage);
extern int	pca_certificate_path_length(const PcaCertificate *certificate);
extern const char *pca_certificate_verify(const PcaCertificate *certificate, const PcaPublicKey *key);
extern const char *pca_certificate_openssl_fault(const PcaCertificate *certificate);
extern void pca_certificate_issuer(const PcaCertificate *certificate, PcaIssuer *issuer);
extern void pca_certificate_draw_serial(pg_uuid_t *serial);
extern const char *pca_certificate_fault(const PcaCertificateSpec *spec);
extern const char *pca_certificate_sign(const PcaCertificateSpec *spec, PcaKey *key, PcaBytes *certificate);

#endif							/* CRYPTO_CERTIFICATE_H */
