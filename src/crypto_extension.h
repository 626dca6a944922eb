/*-------------------------------------------------------------------------
 *
 * crypto_extension.h
 *	  X.509 extensions (RFC 5280 4.2): a builder per extension, and the readers
 *	  of the extensions of CSRs and certificates.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CRYPTO_EXTENSION_H
#define CRYPTO_EXTENSION_H

#include "postgres.h"

#include "base_der.h"
#include "crypto_general_name.h"
#include "crypto_purpose.h"

#define PCA_NO_PATH_LENGTH (-1)

/* Each extension is compared with all earlier ones.  The model alone allows 150 custom ones. */
#define PCA_EXTENSIONS_MAX 256

/* RFC 5280 4.2.1.3: bit n of the mask is bit n of KeyUsage. */
enum
{
	PCA_KU_DIGITAL_SIGNATURE = 1 << 0,
	PCA_KU_NON_REPUDIATION = 1 << 1,
	PCA_KU_KEY_ENCIPHERMENT = 1 << 2,
	PCA_KU_DATA_ENCIPHERMENT = 1 << 3,
	PCA_KU_KEY_AGREEMENT = 1 << 4,
	PCA_KU_KEY_CERT_SIGN = 1 << 5,
	PCA_KU_CRL_SIGN = 1 << 6,
	PCA_KU_ENCIPHER_ONLY = 1 << 7,
	PCA_KU_DECIPHER_ONLY = 1 << 8
};

/* An extension, as slices of the input; oid is the content of its OID */
typedef struct PcaExtension
{
	PcaBytes	oid;
	bool		is_critical;
	PcaBytes	value;			/* the DER inside extnValue */
	PcaBytes	whole;
} PcaExtension;

typedef struct PcaExtensions
{
	int			count;
	int			capacity;
	PcaExtension *list;
} PcaExtensions;

typedef struct PcaBasicConstraints
{
	bool		is_ca;
	int			path_length;	/* or PCA_NO_PATH_LENGTH */
} PcaBasicConstraints;

/* PolicyInformation (RFC 5280 4.2.1.4) */
typedef struct PcaCertificatePolicy
{
	PcaBytes	oid;
	int			cps_uri_count;
	PcaBytes   *cps_uris;		/* of its certification practice statements */
} PcaCertificatePolicy;

/* AccessDescription (RFC 5280 4.2.2.2) */
typedef struct PcaAccessDescription
{
	PcaBytes	method;			/* the content of an OID */
	PcaGeneralName location;
} PcaAccessDescription;

extern const PcaBytes pca_oid_subject_information_access;
extern const PcaBytes pca_oid_subject_key_identifier;
extern const PcaBytes pca_oid_key_usage;
extern const PcaBytes pca_oid_subject_alternative_name;
extern const PcaBytes pca_oid_basic_constraints;
extern const PcaBytes pca_oid_name_constraints;
extern const PcaBytes pca_oid_authority_key_identifier;
extern const PcaBytes pca_oid_extended_key_usage;
extern const PcaBytes pca_oid_certificate_policies;
extern const PcaBytes pca_oid_crl_distribution_points;
extern const PcaBytes pca_oid_authority_information_access;
extern const PcaBytes pca_oid_crl_number;
extern const PcaBytes pca_oid_issuing_distribution_point;
extern const PcaBytes pca_oid_crl_reason;
extern const PcaBytes pca_oid_ocsp_no_check;

extern const char *pca_extensions_parse(PcaBytes sequence, PcaExtensions *extensions);
extern void pca_extensions_add(PcaExtensions *extensions, PcaBytes oid, bool is_critical, PcaBytes value);
extern void pca_extension_set_critical(PcaExtensions *extensions, PcaBytes oid, bool is_critical);
extern void pca_extension_set_value(PcaExtensions *extensions, PcaBytes oid, PcaBytes value);
extern const PcaExtension *pca_extension_find(const PcaExtensions *extensions, PcaBytes oid);
extern const char *pca_basic_constraints_parse(PcaBytes value, PcaBasicConstraints *constraints);
extern const char *pca_subject_key_identifier_parse(PcaBytes value, PcaBytes *identifier);
extern const char *pca_key_usage_parse(PcaBytes value, uint32 *mask);
extern bool pca_extended_key_usage_has(PcaBytes value, PcaPurpose purpose);

/* crypto_extension_grammar.c */
extern const char *pca_extension_fault(PcaBytes oid, PcaBytes value);

/* These build only the value of an extension. */
extern void pca_extended_key_usage_build(PcaDerWriter *writer, const PcaBytes *purposes, int count);
extern void pca_certificate_policies_build(PcaDerWriter *writer, const PcaCertificatePolicy *policies, int count);

/* These build a whole extension. */
extern void pca_extension_basic_constraints(PcaDerWriter *writer, bool is_critical,
											const PcaBasicConstraints *constraints);
extern void pca_extension_authority_key_identifier(PcaDerWriter *writer, PcaBytes identifier);
extern void pca_extension_subject_key_identifier(PcaDerWriter *writer, PcaBytes identifier);
extern void pca_extension_key_usage(PcaDerWriter *writer, uint32 mask);
extern void pca_extension_extended_key_usage(PcaDerWriter *writer, bool is_critical, uint32 purposes);
extern void pca_extension_crl_distribution_point(PcaDerWriter *writer, const char *url);
extern void pca_extension_crl_number(PcaDerWriter *writer, uint64 number);
extern void pca_extension_issuing_distribution_point(PcaDerWriter *writer, const char *url);
extern void pca_extension_ocsp_responder(PcaDerWriter *writer, const char *url);
extern void pca_extension_ocsp_no_check(PcaDerWriter *writer);
extern void pca_extension_subject_information_access(PcaDerWriter *writer,
													 const PcaAccessDescription *descriptions, int count);

#endif							/* CRYPTO_EXTENSION_H */
