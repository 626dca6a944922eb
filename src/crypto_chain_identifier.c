/*-------------------------------------------------------------------------
 *
 * crypto_chain_identifier.c
 *	  Compares the key identifiers in a chain (RFC 5280 4.2.1.1, 4.2.1.2).
 *
 * Relying parties find a certificate's issuer by its name, and choose among those
 * with the same name by the authority key identifier, before they verify any
 * signature.  An identifier of another certificate ends their search.  And a CA
 * with the same name as one above it is taken for that one, or for self-signed,
 * unless the identifiers differ.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "crypto_chain.h"
#include "crypto_name.h"

/* An AuthorityKeyIdentifier; a part that is absent has no data. */
typedef struct AuthorityKeyIdentifier
{
	PcaBytes	key_identifier;
	PcaBytes	issuer;			/* Name, whole */
	PcaBytes	serial;
} AuthorityKeyIdentifier;

/* Returns the first directoryName [4] of GeneralNames, or no data. */
static PcaBytes
find_directory_name(PcaBytes general_names)
{
	PcaDerReader reader = pca_der_reader(general_names);
	PcaDerElement name;

	while (pca_der_next(&reader, &name))
		if (name.tag == PCA_DER_CONTEXT_CONSTRUCTED + 4)
			return name.content;
	return (PcaBytes) {NULL, 0};
}

/* Reads the authority key identifier of a certificate, whose form was checked before. */
static void
parse_authority_key_identifier(const PcaCertificate *certificate, AuthorityKeyIdentifier *identifier)
{
	const PcaExtension *extension = pca_extension_find(&certificate->extensions, pca_oid_authority_key_identifier);
	PcaDerReader reader;
	PcaDerReader inner;
	PcaDerElement element;

	*identifier = (AuthorityKeyIdentifier) {0};
	if (extension == NULL)
		return;
	reader = pca_der_reader(extension->value);
	if (!pca_der_enter(&reader, PCA_DER_SEQUENCE, &inner))
		return;
	if (pca_der_take(&inner, PCA_DER_CONTEXT + 0, &element))
		identifier->key_identifier = element.content;
	if (pca_der_take(&inner, PCA_DER_CONTEXT_CONSTRUCTED + 1, &element))
		identifier->issuer = find_directory_name(element.content);
	if (pca_der_take(&inner, PCA_DER_CONTEXT + 2, &element))
		identifier->serial = element.content;
}

/* Tells whether a key identifier may be that of a certificate.  It may unless the certificate has another. */
static bool
may_be_identified(PcaBytes key_identifier, const PcaCertificate *certificate)
{
	const PcaExtension *extension = pca_extension_find(&certificate->extensions, pca_oid_subject_key_identifier);
	PcaBytes	own;

	return key_identifier.data == NULL || extension == NULL ||
		pca_subject_key_identifier_parse(extension->value, &own) != NULL ||
		pca_bytes_equal(own, key_identifier);
}

/* Tells whether one certificate may be the issuer of another, as far as the identifiers show. */
bool
pca_certificate_may_be_issuer(const PcaCertificate *certificate, const PcaCertificate *issuer)
{
	AuthorityKeyIdentifier identifier;

	parse_authority_key_identifier(certificate, &identifier);
	return may_be_identified(identifier.key_identifier, issuer) &&
		(identifier.serial.data == NULL || pca_bytes_equal(identifier.serial, issuer->serial)) &&
		(identifier.issuer.data == NULL || pca_name_is_alike(identifier.issuer, issuer->issuer));
}

/*
 * Tells whether another certificate of the chain may be taken for the issuer of
 * what the certificate at index i issued.  For the CA's own certificate, index
 * 0, that is what the CA will issue.
 */
bool
pca_chain_is_mistaken(const PcaChain *chain, int i, int other)
{
	PcaIssuer	issuer;

	if (i > 0)
		return pca_certificate_may_be_issuer(&chain->certificates[i - 1], &chain->certificates[other]);
	pca_certificate_issuer(&chain->certificates[0], &issuer);
	return may_be_identified(issuer.key_identifier, &chain->certificates[other]);
}
