/*-------------------------------------------------------------------------
 *
 * op_chain_warning.c
 *	  Warns of what an accepted certificate prevents its authority from doing.
 *
 * A certificate that limits its CA, or differs from the previous one, may be
 * intended; the warnings tell the importer what relying parties will make of it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "op_chain_warning.h"
#include "rule_ca_certificate.h"
#include "rule_revocation.h"
#include "rule_template.h"

/* Warns of an extended key usage, which relying parties take as a limit on everything below, even in a root. */
static void
warn_of_purposes(const PcaCertificate *certificate, int i)
{
	const PcaExtension *extension = pca_extension_find(&certificate->extensions, pca_oid_extended_key_usage);
	StringInfoData excluded;

	if (extension == NULL || pca_extended_key_usage_has(extension->value, PCA_PURPOSE_ANY))
		return;
	initStringInfo(&excluded);
	for (int purpose = 0; purpose < PCA_PURPOSES; purpose++)
		if ((pca_template_purposes() & PCA_PURPOSE_BIT(purpose)) != 0 && !pca_extended_key_usage_has(extension->value, purpose))
			appendStringInfo(&excluded, "%s%s", excluded.len > 0 ? ", " : "", pca_purpose_name(purpose));
	if (excluded.len > 0)
		ereport(WARNING,
				errcode(ERRCODE_WARNING),
				errmsg("certificate authority is limited in what it can issue certificates for"),
				errdetail("The extended key usage of the certificate at %s excludes %s.", pca_ca_certificate_place(i), excluded.data),
				errhint("Use the remaining templates, or import a certificate without extended key usage: relying parties refuse what a CA above does not allow."));
}

static void
warn_of_critical(const PcaCertificate *certificate, int i)
{
	const char *name = pca_ca_certificate_find_unusual(certificate);

	if (name != NULL)
		ereport(WARNING,
				errcode(ERRCODE_WARNING),
				errmsg("certificate authority has a critical extension that many relying parties do not know"),
				errdetail("The extension %s of the certificate at %s is critical.", name, pca_ca_certificate_place(i)),
				errhint("Have it issued again with that extension not critical: OpenSSL, for example, refuses everything below it."));
}

/* Loads an authority's certificate, which was checked when it was imported. */
static void
load_authority_certificate(const PcaAuthority *authority, PcaCertificate *certificate)
{
	PcaImportedCertificate imported;

	pca_authority_certificate_get(&authority->certificate_id, &imported);
	if (pca_certificate_parse(imported.certificate, certificate) != NULL)
		elog(ERROR, "stored certificate is malformed");
}

/* Warns of a changed name: certificates that were issued before name the issuer as the previous certificate did. */
static void
warn_of_renewal(const PcaAuthority *authority, const PcaCertificate *certificate)
{
	PcaCertificate before;
	PcaIssuer	old;
	PcaIssuer	new;
	bool		is_name;

	if (!authority->has_certificate)
		return;
	load_authority_certificate(authority, &before);
	pca_certificate_issuer(&before, &old);
	pca_certificate_issuer(certificate, &new);
	is_name = !pca_bytes_equal(old.name, new.name);
	if (is_name || !pca_bytes_equal(old.key_identifier, new.key_identifier))
		ereport(WARNING,
				errcode(ERRCODE_WARNING),
				errmsg("certificate authority has a different %s than before", is_name ? "subject" : "subject key identifier"),
				errdetail("The certificates that \"%s\" has issued so far do not belong to the new certificate.", authority->arn),
				errhint("Relying parties need the earlier certificate until they have expired; or import one with the same subject and subject key identifier."));
}

static void
warn_of_crls(const char *arn, const PcaCertificate *certificate, const PcaJson *revocation)
{
	if (pca_revocation_crl_days(revocation) == 0 || pca_certificate_has_key_usage(certificate, PCA_KU_CRL_SIGN))
		return;
	ereport(WARNING,
			errcode(ERRCODE_WARNING),
			errmsg("CRLs of the certificate authority will not be accepted"),
			errdetail("The key usage in the certificate of \"%s\" has no cRLSign.", arn),
			errhint("Import a certificate whose key usage has it, or disable the CRL configuration and enable OCSP."));
}

/*
 * Warns of what a new certificate prevents its authority from doing.
 *
 * authority: its row before the import.
 */
void
pca_chain_warn(const PcaAuthority *authority, const PcaChain *chain)
{
	PcaJson		revocation = pca_json_root(pca_authority_revocation_get(&authority->id));

	for (int i = 0; i < chain->count; i++)
	{
		warn_of_purposes(&chain->certificates[i], i);
		warn_of_critical(&chain->certificates[i], i);
	}
	warn_of_renewal(authority, &chain->certificates[0]);
	warn_of_crls(authority->arn, &chain->certificates[0], &revocation);
}

/* Warns if a revocation configuration enables CRLs that the authority's certificate does not allow it to sign. */
void
pca_chain_warn_of_crls(const PcaAuthority *authority, const PcaJson *revocation)
{
	PcaCertificate certificate;

	if (!authority->has_certificate)
		return;
	load_authority_certificate(authority, &certificate);
	warn_of_crls(authority->arn, &certificate, revocation);
}
