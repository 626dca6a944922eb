/*-------------------------------------------------------------------------
 *
 * crypto_certificate.h
 *	  X.509 certificates (RFC 5280 4.1): built and signed, and read.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CRYPTO_CERTIFICATE_H
#define CRYPTO_CERTIFICATE_H

#include "postgres.h"

#include "base_arn.h"
#include "crypto_algorithm.h"
#include "crypto_extension.h"
#include "crypto_key.h"
#include "crypto_public_key.h"

/* A certificate as it stands in DER. */
typedef struct PcaCertificate
{
	PcaBytes	der;
	PcaBytes	tbs;			/* whole, as everything that follows but the serial */
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

/* What a certificate that this CA signs takes from the CA's own. */
typedef struct PcaIssuer
{
	PcaBytes	name;			/* Name, whole */
	PcaBytes	key_identifier;
	int64		not_after;		/* Unix seconds */
	PcaBasicConstraints constraints;
	bool		has_name_constraints;
} PcaIssuer;

/* What is to be signed, as decided; nothing in it is decided later. */
typedef struct PcaCertificateSpec
{
	pg_uuid_t	serial;
	const PcaSigningAlgorithm *signing;
	PcaBytes	issuer;
	int64		not_before;		/* Unix seconds */
	int64		not_after;
	PcaBytes	subject;
	const PcaPublicKey *key;
	bool		is_basic_constraints_critical;
	PcaBasicConstraints constraints;
	PcaBytes	authority_key_identifier;	/* empty: none */
	uint32		key_usage;		/* 0: none */
	bool		is_extended_key_usage_critical;
	const PcaBytes *extended_key_usages;
	int			extended_key_usage_count;
	PcaBytes	subject_alternative_name;	/* GeneralNames; empty: none */
} PcaCertificateSpec;

extern void pca_certificate_define_settings(void);
extern const char *pca_certificate_parse(PcaBytes der, PcaCertificate *certificate);
extern void pca_certificate_issuer(const PcaCertificate *certificate, PcaIssuer *issuer);
extern PcaBytes pca_certificate_sign(const PcaCertificateSpec *spec, PcaKey *key);

#endif							/* CRYPTO_CERTIFICATE_H */
