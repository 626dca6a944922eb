/*-------------------------------------------------------------------------
 *
 * crypto_chain.c
 *	  The import rules for a CA's certificate and its chain.
 *
 * A ROOT takes its own self-signed certificate and no chain; a SUBORDINATE
 * takes a certificate that somebody else signed and the whole chain above it,
 * issuer first, root last.  Each certificate is signed by the next one's key,
 * is a CA with a critical basicConstraints, has no critical extension outside
 * the service's list, is valid now, and leaves room in every path length and
 * name constraint above it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_error.h"
#include "crypto_chain.h"
#include "crypto_name.h"
#include "crypto_name_constraints.h"
#include "crypto_pem.h"
#include "lib/stringinfo.h"

/* The critical extensions that ImportCertificateAuthorityCertificate allows. */
static const PcaBytes allowed_critical[] = {
	PCA_BYTES_INIT("\x55\x1d\x23"), /* authorityKeyIdentifier */
	PCA_BYTES_INIT("\x55\x1d\x13"), /* basicConstraints */
	PCA_BYTES_INIT("\x55\x1d\x20"), /* certificatePolicies */
	PCA_BYTES_INIT("\x55\x1d\x25"), /* extKeyUsage */
	PCA_BYTES_INIT("\x55\x1d\x36"), /* inhibitAnyPolicy */
	PCA_BYTES_INIT("\x55\x1d\x12"), /* issuerAltName */
	PCA_BYTES_INIT("\x55\x1d\x0f"), /* keyUsage */
	PCA_BYTES_INIT("\x55\x1d\x1e"), /* nameConstraints */
	PCA_BYTES_INIT("\x55\x1d\x21"), /* policyMappings */
	PCA_BYTES_INIT("\x55\x1d\x11"), /* subjectAltName */
	PCA_BYTES_INIT("\x55\x1d\x09"), /* subjectDirectoryAttributes */
	PCA_BYTES_INIT("\x55\x1d\x0e"), /* subjectKeyIdentifier */
	PCA_BYTES_INIT("\x2b\x06\x01\x05\x05\x07\x01\x0b"), /* subjectInfoAccess */
};

/* certificate, certificate_chain[0], ...: where an error happened */
static const char *
place(int i)
{
	return i == 0 ? "certificate" : psprintf("certificate_chain[%d]", i - 1);
}

static _Noreturn void malformed_error(int i, const char *fault);

static void
malformed_error(int i, const char *fault)
{
	pca_error(MALFORMED_CERTIFICATE,
			  errmsg("certificate of a certificate authority is malformed"),
			  errdetail("The certificate at %s is not accepted: %s.", place(i), fault),
			  errhint("Give version 3 certificates in PEM: the authority's own, then its issuer's up to the root's in certificate_chain."));
}

static _Noreturn void mismatch_error(int i, const char *fault);

static void
mismatch_error(int i, const char *fault)
{
	pca_error(CERTIFICATE_MISMATCH,
			  errmsg("certificate does not match the certificate authority or its chain"),
			  errdetail("The certificate at %s is not accepted: %s.", place(i), fault),
			  errhint("Have the authority's CSR from pca_get_certificate_authority_csr signed, and give the chain in order, issuer first, root last."));
}

static const char *
parse_one(const char *pem, const char **rest, PcaCertificate *certificate)
{
	static const char *const labels[] = {"CERTIFICATE", NULL};
	const char *fault;
	PcaBytes	der = pca_pem_parse(pem, labels, rest, &fault);

	if (fault == NULL)
		fault = pca_der_scan(der);
	return fault != NULL ? fault : pca_certificate_parse(der, certificate);
}

/*
 * Reads a certificate and a chain, whose sizes were checked before; chain_pem
 * may be NULL or empty.
 *
 * Throws MalformedCertificateException.
 */
void
pca_chain_parse(const char *certificate_pem, const char *chain_pem, PcaChain *chain)
{
	const char *rest = "";
	const char *fault = parse_one(certificate_pem, &rest, &chain->certificates[0]);

	if (fault == NULL && *rest != '\0')
		fault = "there is text behind its PEM block";
	if (fault != NULL)
		malformed_error(0, fault);
	chain->count = 1;
	rest = chain_pem != NULL ? chain_pem + strspn(chain_pem, " \t\r\n") : "";
	while (*rest != '\0')
	{
		if (chain->count == PCA_CHAIN_MAX_COUNT)
			malformed_error(chain->count, "the chain is too long");
		fault = parse_one(rest, &rest, &chain->certificates[chain->count]);
		if (fault != NULL)
			malformed_error(chain->count, fault);
		chain->count++;
	}
}

static bool
is_allowed_critical(PcaBytes oid)
{
	for (size_t i = 0; i < lengthof(allowed_critical); i++)
		if (pca_bytes_equal(allowed_critical[i], oid))
			return true;
	return false;
}

static void
check_extensions(const PcaCertificate *certificate, int i)
{
	const PcaExtension *basic = pca_extension_find(&certificate->extensions, pca_oid_basic_constraints);
	PcaBasicConstraints constraints;
	const char *fault;

	for (int n = 0; n < certificate->extensions.count; n++)
	{
		const PcaExtension *extension = &certificate->extensions.list[n];

		if (extension->is_critical && !is_allowed_critical(extension->oid))
			malformed_error(i, psprintf("its critical extension %s is not allowed", pca_oid_format(extension->oid)));
	}
	fault = basic == NULL ? "it has no basic constraints"
		: !basic->is_critical ? "its basic constraints are not critical"
		: pca_basic_constraints_parse(basic->value, &constraints);
	if (fault == NULL && !constraints.is_ca)
		fault = "its basic constraints do not say that it is a CA";
	if (fault == NULL && constraints.path_length != PCA_NO_PATH_LENGTH && constraints.path_length < i)
		fault = psprintf("its path length %d leaves no room for the %d CAs below it", constraints.path_length, i);
	if (fault != NULL)
		pca_error(VALIDATION,
				  errmsg("certificate of a certificate authority cannot be imported"),
				  errdetail("The certificate at %s is not accepted: %s.", place(i), fault),
				  errhint("Issue it with critical basic constraints, CA:TRUE, and with path lengths above it that allow it."));
}

static void
check_validity(const PcaCertificate *certificate, int i, int64 now)
{
	if (now < certificate->not_before)
		malformed_error(i, "it is not valid yet");
	if (now > certificate->not_after)
		malformed_error(i, "it has expired");
}

static void
parse_key(const PcaCertificate *certificate, int i, PcaPublicKey *key)
{
	const char *fault = pca_public_key_parse(certificate->spki, key);

	if (fault != NULL)
		malformed_error(i, fault);
}

/* Was this certificate signed under that name by that key? */
static const char *
signer_fault(const PcaCertificate *certificate, const PcaCertificate *signer, const PcaPublicKey *signer_key)
{
	if (!pca_bytes_equal(certificate->issuer, signer->subject))
		return "its issuer is not the subject of the certificate that must have signed it";
	return pca_public_key_verify(signer_key, certificate->signature_algorithm, certificate->tbs, certificate->signature);
}

static bool
is_self_signed(const PcaCertificate *certificate, const PcaPublicKey *key)
{
	return signer_fault(certificate, certificate, key) == NULL;
}

/* RFC 5280 4.2.1.10: what a CA constrains holds for every certificate below it. */
static void
check_name_constraints(const PcaChain *chain, int i)
{
	const PcaExtension *constraints = pca_extension_find(&chain->certificates[i].extensions,
														 pca_oid_name_constraints);
	const char *fault;

	if (constraints == NULL)
		return;
	for (int below = i - 1; below >= 0; below--)
	{
		fault = pca_name_constraints_fault(constraints->value, chain->certificates[below].der, true);
		if (fault != NULL)
			mismatch_error(below, psprintf("it breaks the name constraints of the certificate at %s: %s", place(i), fault));
	}
}

/* RFC 5280 6.1: a certificate does not appear more than once in a path. */
static void
check_once(const PcaChain *chain)
{
	for (int i = 1; i < chain->count; i++)
		for (int other = 0; other < i; other++)
			if (pca_bytes_equal(chain->certificates[i].der, chain->certificates[other].der))
				mismatch_error(i, "it is in the chain twice");
}

static void
check_kind(const PcaChain *chain, const PcaPublicKey *own, bool is_root)
{
	const char *reason = NULL;

	if (is_root && chain->count > 1)
		reason = "A ROOT authority's certificate has no chain.";
	if (!is_root && chain->count == 1)
		reason = "A SUBORDINATE authority's certificate needs its chain.";
	if (reason != NULL)
		pca_error(INVALID_REQUEST,
				  errmsg("certificate chain does not fit the type of the certificate authority"),
				  errdetail("%s", reason),
				  errhint("Give certificate_chain for a SUBORDINATE authority only: issuer first, root last."));
	if (is_root && !is_self_signed(&chain->certificates[0], own))
		mismatch_error(0, "a ROOT authority's certificate must be self-signed");
	if (!is_root && pca_bytes_equal(chain->certificates[0].issuer, chain->certificates[0].subject))
		mismatch_error(0, "a SUBORDINATE authority's certificate must not be self-signed");
}

/*
 * Applies the import rules.
 *
 * spki: the CA's own public key.  now: Unix seconds.  Throws
 * MalformedCertificateException, CertificateMismatchException,
 * InvalidRequestException or ValidationException (basic constraints and path
 * lengths).
 */
void
pca_chain_check(const PcaChain *chain, PcaBytes spki, bool is_root, int64 now)
{
	PcaPublicKey keys[PCA_CHAIN_MAX_COUNT];
	int			last = chain->count - 1;
	const char *fault;

	if (!pca_bytes_equal(chain->certificates[0].spki, spki))
		mismatch_error(0, "its public key is not the authority's");
	for (int i = 0; i < chain->count; i++)
	{
		parse_key(&chain->certificates[i], i, &keys[i]);
		check_extensions(&chain->certificates[i], i);
		check_validity(&chain->certificates[i], i, now);
		if (i > 0 && pca_bytes_equal(chain->certificates[i].spki, spki))
			mismatch_error(i, "the chain contains the authority's own certificate");
		if ((fault = pca_name_fault(pca_name_content(chain->certificates[i].subject))) != NULL)
			malformed_error(i, fault);
		if (pca_name_is_empty(chain->certificates[i].subject))
			malformed_error(i, "the subject of a CA must not be empty");
	}
	/* A CA's name is in everything that it signs, and leaves room for what else is there. */
	if ((fault = pca_der_scan_within(chain->certificates[0].subject, PCA_DER_MAX_NODES / 2)) != NULL)
		malformed_error(0, psprintf("in its subject, %s", fault));
	check_kind(chain, &keys[0], is_root);
	for (int i = 0; i < last; i++)
		if ((fault = signer_fault(&chain->certificates[i], &chain->certificates[i + 1], &keys[i + 1])) != NULL)
			mismatch_error(i, fault);
	if (!is_self_signed(&chain->certificates[last], &keys[last]))
		mismatch_error(last, "the last certificate of the chain is not self-signed");
	check_once(chain);
	for (int i = 1; i <= last; i++)
		check_name_constraints(chain, i);
}

/* By how many CAs a certificate may be followed; the least of both counts. */
static int
shorter(int a, int b)
{
	if (a == PCA_NO_PATH_LENGTH || b == PCA_NO_PATH_LENGTH)
		return Max(a, b);
	return Min(a, b);
}

/*
 * What a CA's certificate and the chain above it give to those that it signs:
 * beside what is its own, the path length that those above leave to it
 * (RFC 5280 6.1.4 (l), (m)), and all name constraints.
 */
void
pca_chain_issuer(const PcaChain *chain, PcaIssuer *issuer)
{
	pca_certificate_issuer(&chain->certificates[0], issuer);
	for (int i = 0; i < chain->count; i++)
	{
		const PcaExtension *extension = pca_extension_find(&chain->certificates[i].extensions, pca_oid_name_constraints);
		PcaIssuer	above;

		if (extension != NULL)
			issuer->name_constraints[issuer->name_constraint_count++] =
				(PcaNameConstraints) {chain->certificates[i].subject, extension->value};
		pca_certificate_issuer(&chain->certificates[i], &above);
		if (above.constraints.path_length != PCA_NO_PATH_LENGTH)
			issuer->constraints.path_length = shorter(issuer->constraints.path_length,
													  above.constraints.path_length - i);
	}
}
