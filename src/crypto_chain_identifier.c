/*-------------------------------------------------------------------------
 *
 * crypto_chain_identifier.c
 *	  Key identifiers in a chain (RFC 5280 4.2.1.1, 4.2.1.2).
 *
 * Relying parties find a certificate's issuer by its name, and choose among
 * those of one name by the authority key identifier, before they look at any
 * signature.  One that points elsewhere ends their search; and a CA with the
 * name of one above it is taken for that one, or for self-signed, unless the
 * identifiers tell them apart.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_error.h"
#include "crypto_ca_certificate.h"
#include "crypto_chain.h"
#include "crypto_name.h"

/* AuthorityKeyIdentifier; what is absent has no data. */
typedef struct AuthorityKeyIdentifier
{
	PcaBytes	key_identifier;
	PcaBytes	issuer;			/* Name, whole */
	PcaBytes	serial;
} AuthorityKeyIdentifier;

/* The first directoryName [4] of GeneralNames. */
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

/* The form was checked before. */
static void
parse_authority(const PcaCertificate *certificate, AuthorityKeyIdentifier *identifier)
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

/* Does a key identifier leave it open whether this is the certificate that it means? */
static bool
may_be_key(PcaBytes key_identifier, const PcaCertificate *certificate)
{
	const PcaExtension *extension = pca_extension_find(&certificate->extensions, pca_oid_subject_key_identifier);
	PcaBytes	own;

	return key_identifier.data == NULL || extension == NULL ||
		!pca_subject_key_identifier_parse(extension->value, &own) ||
		pca_bytes_equal(own, key_identifier);
}

/* May this certificate's issuer be that one, as far as the identifiers say? */
static bool
may_be_issuer(const PcaCertificate *certificate, const PcaCertificate *issuer)
{
	AuthorityKeyIdentifier identifier;

	parse_authority(certificate, &identifier);
	return may_be_key(identifier.key_identifier, issuer) &&
		(identifier.serial.data == NULL || pca_bytes_equal(identifier.serial, issuer->serial)) &&
		(identifier.issuer.data == NULL || pca_name_is_alike(identifier.issuer, issuer->issuer));
}

/* Whoever this certificate issued: may that one be taken for the issuer?  Below the CA's own is what it will issue. */
static bool
is_mistaken(const PcaChain *chain, int i, int other)
{
	PcaIssuer	issuer;

	if (i > 0)
		return may_be_issuer(&chain->certificates[i - 1], &chain->certificates[other]);
	pca_certificate_issuer(&chain->certificates[0], &issuer);
	return may_be_key(issuer.key_identifier, &chain->certificates[other]);
}

/*
 * Do relying parties find the issuer of the certificate at this place, and of
 * those below it, by the key identifiers?
 *
 * Throws MalformedCertificateException, or CertificateMismatchException for an
 * authority key identifier that names another than the one that signed.
 */
void
pca_chain_check_key_identifiers(const PcaChain *chain, int i)
{
	static const char *const hint = "Have it issued again with a subject key identifier, and with its issuer's as authority key identifier.";
	const PcaCertificate *certificate = &chain->certificates[i];
	int			last = chain->count - 1;

	if (!may_be_issuer(certificate, &chain->certificates[Min(i + 1, last)]))
		pca_error(CERTIFICATE_MISMATCH,
				  errmsg("certificate does not match the certificate authority or its chain"),
				  errdetail("The certificate at %s is not accepted: its authority key identifier does not mean the certificate at %s.",
							pca_ca_certificate_place(i), pca_ca_certificate_place(Min(i + 1, last))),
				  errhint("Give the certificate that it means: an issuer that was renewed has several. Or have it issued again."));
	if (i < last && pca_name_is_alike(certificate->subject, certificate->issuer) && may_be_issuer(certificate, certificate))
		pca_ca_certificate_malformed_error(i, "it has its issuer's name, and its key identifiers do not tell the two apart", hint);
	for (int above = i + 1; above <= last; above++)
		if (pca_name_is_alike(certificate->subject, chain->certificates[above].subject) && is_mistaken(chain, i, above))
			pca_ca_certificate_malformed_error(above, psprintf("it has the name of the certificate at %s, and the key identifiers do not tell the two apart",
															   pca_ca_certificate_place(i)), hint);
}
