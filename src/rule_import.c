/*-------------------------------------------------------------------------
 *
 * rule_import.c
 *	  The import rules for a CA's certificate and its chain.
 *
 * A ROOT imports its own self-signed certificate and no chain.  A SUBORDINATE
 * imports a certificate that another CA signed and the whole chain above it,
 * issuer first, root last.  Each certificate must be signed by the key of the
 * next one, be acceptable to relying parties by itself (rule_ca_certificate.c),
 * be distinguishable from others with the same name, and be within every path
 * length and name constraint above it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_error.h"
#include "crypto_name.h"
#include "crypto_name_constraints.h"
#include "crypto_pem.h"
#include "crypto_signature.h"
#include "rule_ca_certificate.h"
#include "rule_import.h"

#define HINT_ORDER "Specify the chain in order: the issuer of the authority's certificate first, the root's certificate last, and nothing after it."

/* Throws CertificateMismatchException for the certificate at index i of the chain. */
static _Noreturn void
mismatch_error(int i, const char *fault, const char *hint)
{
	pca_error(CERTIFICATE_MISMATCH,
			  errmsg("certificate does not match the certificate authority or its chain"),
			  errdetail("The certificate at %s is not accepted: %s.", pca_ca_certificate_place(i), fault),
			  errhint("%s", hint));
}

/* Reads the next certificate of a text and adds it to the chain.  Throws MalformedCertificateException. */
static void
read_chain_certificate(const char *pem, const char **rest, PcaChain *chain)
{
	static const char *const labels[] = {"CERTIFICATE", NULL};
	int			i = chain->count;
	const char *fault = i == PCA_CHAIN_MAX_COUNT ? "the chain is too long" : NULL;
	PcaBytes	der;

	if (fault == NULL)
		fault = pca_pem_parse(pem, labels, &der, rest);
	if (fault != NULL)
		pca_ca_certificate_malformed_error(i, fault,
										   "Specify certificates in PEM: the authority's own at certificate, then its issuer's up to the root's at certificate_chain.");
	fault = pca_der_scan(der);
	if (fault == NULL)
		fault = pca_certificate_parse(der, &chain->certificates[i]);
	if (fault != NULL)
		pca_ca_certificate_malformed_error(i, fault, "Specify a version 3 certificate, as RFC 5280, section 4.1, defines it.");
	pca_ca_certificate_check_form(&chain->certificates[i], i);
	chain->count++;
}

/*
 * Reads the parameters certificate and certificate_chain, whose sizes were
 * checked before.
 *
 * chain_pem: may be NULL or empty.  Throws MalformedCertificateException.
 */
void
pca_import_read(const char *certificate_pem, const char *chain_pem, PcaChain *chain)
{
	const char *rest = "";

	chain->count = 0;
	read_chain_certificate(certificate_pem, &rest, chain);
	if (*rest != '\0')
		pca_ca_certificate_malformed_error(0, "there is text after its PEM block",
										   "Specify one certificate at certificate, and those above it at certificate_chain.");
	rest = chain_pem != NULL ? chain_pem + strspn(chain_pem, " \t\r\n") : "";
	while (*rest != '\0')
		read_chain_certificate(rest, &rest, chain);
}

/* Checks that a SUBORDINATE authority has a chain and a ROOT authority has none. */
static void
check_fits_type(const PcaChain *chain, bool is_root)
{
	if (is_root && chain->count > 1)
		pca_error(INVALID_REQUEST,
				  errmsg("certificate chain does not match the type of the certificate authority"),
				  errdetail("A ROOT authority's certificate has no chain."),
				  errhint("Leave certificate_chain out."));
	if (!is_root && chain->count == 1)
		pca_error(INVALID_REQUEST,
				  errmsg("certificate chain does not match the type of the certificate authority"),
				  errdetail("A SUBORDINATE authority's certificate needs its chain."),
				  errhint("Specify certificate_chain: the issuer's certificate first, the root's last."));
}

/* Checks that a certificate does not appear more than once in the path (RFC 5280 6.1). */
static void
check_all_differ(const PcaChain *chain)
{
	for (int i = 1; i < chain->count; i++)
		for (int other = 0; other < i; other++)
			if (pca_bytes_equal(chain->certificates[i].der, chain->certificates[other].der))
				mismatch_error(i, other == 0 ? "it is the authority's own certificate" : "it appears in the chain more than once",
							   "Specify each certificate once, and the authority's own only at certificate.");
}

/* Throws MalformedCertificateException if there is a fault. */
static void
check_key_fault(int i, const char *fault)
{
	if (fault != NULL)
		pca_ca_certificate_malformed_error(i, fault,
										   "Specify the certificate of a CA whose key is of an accepted kind; this one's is not, or is no longer secure.");
}

/* Reads and checks the public key of a certificate.  Throws MalformedCertificateException. */
static void
parse_chain_key(const PcaCertificate *certificate, int i, PcaPublicKey *key)
{
	check_key_fault(i, pca_public_key_parse(certificate->spki, key));
	if (i > 0)
		check_key_fault(i, pca_public_key_weakness(key));
}

/*
 * Checks that the first certificate, and no other, is for the authority's own
 * key, and that it is self-signed if and only if the authority is a ROOT.
 */
static void
check_own_certificate(const PcaChain *chain, PcaBytes spki, bool is_root)
{
	const PcaCertificate *own = &chain->certificates[0];
	PcaPublicKey key;

	if (!pca_bytes_equal(own->spki, spki))
		mismatch_error(0, "its public key is not the authority's",
					   "Have the CSR from pca_get_certificate_authority_csr signed.");
	for (int i = 1; i < chain->count; i++)
		if (pca_bytes_equal(chain->certificates[i].spki, spki))
			mismatch_error(i, "it is for the authority's own key",
						   "Have the authority's CSR signed by another CA, and specify that CA's chain.");
	if (is_root && !pca_certificate_is_self_issued(own))
		mismatch_error(0, "a ROOT authority's certificate must be self-signed",
					   "Issue it from the authority itself, with template RootCACertificate/V1 and its own CSR.");
	/* Self-issued, with the same name and another key, is different from self-signed. */
	parse_chain_key(own, 0, &key);
	if (!is_root && pca_certificate_is_self_issued(own) && pca_certificate_verify(own, &key) == NULL)
		mismatch_error(0, "a SUBORDINATE authority's certificate must not be self-signed",
					   "Have the CSR from pca_get_certificate_authority_csr signed by another CA.");
}

/* Explains why a certificate is not followed by its issuer's.  The last one must be its own issuer's. */
static const char *
chain_order_fault(const PcaChain *chain, int i)
{
	const PcaCertificate *certificate = &chain->certificates[i];

	if (pca_certificate_is_self_issued(certificate))
		return "its issuer has its own name, but the certificate after it does not";
	for (int other = 0; other < chain->count; other++)
		if (pca_bytes_equal(certificate->issuer, chain->certificates[other].subject))
			return psprintf("its issuer's certificate does not follow it, but is at %s", pca_ca_certificate_place(other));
	return i == chain->count - 1
		? "the chain ends here, but the certificate does not name itself as issuer" : "its issuer's certificate is missing after it";
}

/* Checks that each certificate is followed by its issuer's, by name. */
static void
check_chain_order(const PcaChain *chain)
{
	int			last = chain->count - 1;

	for (int i = 0; i <= last; i++)
		if (!pca_bytes_equal(chain->certificates[i].issuer, chain->certificates[Min(i + 1, last)].subject))
			mismatch_error(i, chain_order_fault(chain, i), HINT_ORDER);
}

/* Checks that each certificate is signed by the key of the next one, and the last one by its own. */
static void
check_chain_signatures(const PcaChain *chain)
{
	int			last = chain->count - 1;
	PcaPublicKey key;
	const char *fault;

	for (int i = 0; i < last; i++)
	{
		parse_chain_key(&chain->certificates[i + 1], i + 1, &key);
		if ((fault = pca_certificate_verify(&chain->certificates[i], &key)) != NULL)
			mismatch_error(i, psprintf("it was not signed by the key of the certificate at %s: %s", pca_ca_certificate_place(i + 1), fault),
						   "Specify the certificates of the actual issuers, each for the key that signed; and have them signed with SHA-256 or better.");
	}
	parse_chain_key(&chain->certificates[last], last, &key);
	/* Relying parties do not depend on the signature of a root, so SHA-1 is good enough. */
	fault = pca_public_key_verify_possession(&key, chain->certificates[last].signature_algorithm,
											 chain->certificates[last].tbs, chain->certificates[last].signature);
	if (fault != NULL)
		mismatch_error(last, psprintf("as the certificate of a root it must be self-signed, but %s", fault),
					   "Specify the chain up to a root's certificate.");
}

/*
 * Checks that relying parties find the issuer of the certificate at index i,
 * and of those below it, by the key identifiers.
 *
 * Throws MalformedCertificateException, or CertificateMismatchException if the
 * authority key identifier is not that of the certificate that signed.
 */
static void
check_key_identifiers(const PcaChain *chain, int i)
{
	static const char *const hint = "Have it issued again with a subject key identifier, and with its issuer's as authority key identifier.";
	const PcaCertificate *certificate = &chain->certificates[i];
	int			last = chain->count - 1;

	if (!pca_certificate_may_be_issuer(certificate, &chain->certificates[Min(i + 1, last)]))
		mismatch_error(i, psprintf("its authority key identifier does not identify the certificate at %s",
								   pca_ca_certificate_place(Min(i + 1, last))),
					   "Specify the certificate that it identifies: an issuer that was renewed has several. Or have it issued again.");
	if (i < last && pca_name_is_alike(certificate->subject, certificate->issuer) && pca_certificate_may_be_issuer(certificate, certificate))
		pca_ca_certificate_malformed_error(i, "it has its issuer's name, and its key identifiers do not distinguish the two", hint);
	for (int above = i + 1; above <= last; above++)
		if (pca_name_is_alike(certificate->subject, chain->certificates[above].subject) && pca_chain_is_mistaken(chain, i, above))
			pca_ca_certificate_malformed_error(above, psprintf("it has the name of the certificate at %s, and the key identifiers do not distinguish the two",
															   pca_ca_certificate_place(i)), hint);
}

/* Checks that each path length leaves room for the CAs below it (RFC 5280 4.2.1.9). */
static void
check_chain_path_lengths(const PcaChain *chain)
{
	for (int i = 1; i < chain->count; i++)
	{
		int			length = pca_certificate_path_length(&chain->certificates[i]);
		int			count = pca_chain_count_below(chain, i);

		if (length != PCA_NO_PATH_LENGTH && length < count)
			pca_error(VALIDATION,
					  errmsg("certificate of a certificate authority cannot be imported"),
					  errdetail("The certificate at %s is not accepted: its path length %d leaves no room for the %d CA%s below it.",
								pca_ca_certificate_place(i), length, count, count == 1 ? "" : "s"),
					  errhint("Have it issued again with a longer path length, or have the authority's CSR signed by a CA that is higher up."));
	}
}

/*
 * Checks that the names below a CA are within its name constraints (RFC 5280
 * 4.2.1.10).  CAs that are self-issued are exempt, but not what they issue
 * (6.1.3 (b)).
 */
static void
check_chain_name_constraints(const PcaChain *chain, int i)
{
	const PcaExtension *extension = pca_extension_find(&chain->certificates[i].extensions, pca_oid_name_constraints);
	PcaNameConstraints constraints = {0};
	const char *fault;

	if (extension == NULL)
		return;
	constraints.value = extension->value;
	for (int below = i - 1; below >= 0; below--)
	{
		const PcaCertificate *certificate = &chain->certificates[below];

		if (pca_certificate_is_self_issued(certificate))
			continue;
		fault = pca_names_fault(&constraints, 1, certificate->subject, &certificate->extensions, true);
		if (fault != NULL)
			mismatch_error(below, psprintf("it breaks the name constraints of the certificate at %s: %s", pca_ca_certificate_place(i), fault),
						   "Have it issued for names within them, or by a CA without them.");
	}
}

/*
 * Applies the import rules, in the order in which the first error is the real
 * cause: what was given, in which order, who signed it, the content of each
 * certificate, and last the constraints of those above.
 *
 * spki: the CA's own public key.  now: Unix seconds.  Throws
 * InvalidRequestException, CertificateMismatchException,
 * MalformedCertificateException or ValidationException (basic constraints and
 * path lengths).
 */
void
pca_import_check(const PcaChain *chain, PcaBytes spki, bool is_root, int64 now)
{
	check_fits_type(chain, is_root);
	check_all_differ(chain);
	check_own_certificate(chain, spki, is_root);
	check_chain_order(chain);
	check_chain_signatures(chain);
	for (int i = 0; i < chain->count; i++)
		pca_ca_certificate_check(&chain->certificates[i], i, now);
	for (int i = 0; i < chain->count; i++)
		check_key_identifiers(chain, i);
	check_chain_path_lengths(chain);
	for (int i = 1; i < chain->count; i++)
		check_chain_name_constraints(chain, i);
}
