/*-------------------------------------------------------------------------
 *
 * rule_combination.c
 *	  Extensions that are well-formed, but are refused in combination.
 *
 * A template that passes extensions through lets its caller make certificates
 * that some relying parties do not accept.  That is up to the caller, so it is a
 * WARNING that names those relying parties.  Each combination is a row.
 * Combinations that are known to be in successful use are left out.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "rule_combination.h"


/* The facts of a certificate on which the combinations depend */
typedef struct Facts
{
	const PcaExtensions *extensions;
	bool		is_ca;
	const PcaExtension *key_usage;
	uint32		usages;			/* all if the extension is absent */
	const PcaExtension *purposes;
} Facts;

/* Tells whether a certificate has an extension. */
static bool
has_extension(const Facts *facts, PcaBytes oid)
{
	return pca_extension_find(facts->extensions, oid) != NULL;
}

/* Tells whether an extended key usage has a purpose. */
static bool
has_purpose(const Facts *facts, PcaPurpose purpose)
{
	return facts->purposes != NULL && pca_extended_key_usage_has(facts->purposes->value, purpose);
}

/*
 * CAs and key usages
 */

/* Tells whether a certificate that is not a CA's has keyCertSign. */
static bool
is_leaf_that_signs_certificates(const Facts *facts)
{
	return !facts->is_ca && facts->key_usage != NULL && (facts->usages & PCA_KU_KEY_CERT_SIGN) != 0;
}

/* Tells whether a CA has no key usage. */
static bool
is_ca_without_key_usage(const Facts *facts)
{
	return facts->is_ca && facts->key_usage == NULL;
}

/* Tells whether a CA has a key usage without keyCertSign. */
static bool
is_ca_that_cannot_sign(const Facts *facts)
{
	return facts->is_ca && (facts->usages & PCA_KU_KEY_CERT_SIGN) == 0;
}

/* Tells whether a certificate that is not a CA's has name constraints. */
static bool
is_leaf_with_name_constraints(const Facts *facts)
{
	return !facts->is_ca && has_extension(facts, pca_oid_name_constraints);
}

/* Tells whether encipherOnly or decipherOnly is without keyAgreement. */
static bool
is_key_agreement_missing(const Facts *facts)
{
	return (facts->usages & (PCA_KU_ENCIPHER_ONLY | PCA_KU_DECIPHER_ONLY)) != 0 &&
		(facts->usages & PCA_KU_KEY_AGREEMENT) == 0;
}

/* Tells whether a purpose has none of the usages of which it needs one (RFC 5280 4.2.1.12). */
static bool
has_purpose_without_usage(const Facts *facts)
{
	static const struct
	{
		PcaPurpose	purpose;
		uint32		usages;
	}			needs[] = {
		{PCA_PURPOSE_SERVER_AUTH, PCA_KU_DIGITAL_SIGNATURE | PCA_KU_KEY_ENCIPHERMENT | PCA_KU_KEY_AGREEMENT},
		{PCA_PURPOSE_CLIENT_AUTH, PCA_KU_DIGITAL_SIGNATURE | PCA_KU_KEY_AGREEMENT},
		{PCA_PURPOSE_CODE_SIGNING, PCA_KU_DIGITAL_SIGNATURE},
		{
			PCA_PURPOSE_EMAIL_PROTECTION,
			PCA_KU_DIGITAL_SIGNATURE | PCA_KU_NON_REPUDIATION | PCA_KU_KEY_ENCIPHERMENT | PCA_KU_KEY_AGREEMENT
		},
		{PCA_PURPOSE_OCSP_SIGNING, PCA_KU_DIGITAL_SIGNATURE | PCA_KU_NON_REPUDIATION},
	};

	for (size_t i = 0; i < lengthof(needs) && !facts->is_ca; i++)
		if ((facts->usages & needs[i].usages) == 0 && has_purpose(facts, needs[i].purpose))
			return true;
	return false;
}

/*
 * Tells whether timeStamping is not critical or is combined with other purposes
 * (RFC 3161 2.3), or has usages other than signatures, which OpenSSL refuses.
 */
static bool
is_time_stamping_in_company(const Facts *facts)
{
	static const PcaBytes alone = PCA_BYTES_INIT("\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x08");
	const uint32 signatures = PCA_KU_DIGITAL_SIGNATURE | PCA_KU_NON_REPUDIATION;

	if (facts->is_ca || !has_purpose(facts, PCA_PURPOSE_TIME_STAMPING))
		return false;
	return !facts->purposes->is_critical || !pca_bytes_equal(facts->purposes->value, alone) ||
		(facts->key_usage != NULL && (facts->usages & ~signatures) != 0);
}

/*
 * Other extensions
 */

/*
 * Tells whether an extension is critical that never must be (RFC 5280 4.2.1.1,
 * 4.2.1.8, 4.2.1.15, 4.2.2.1, 4.2.2.2).
 */
static bool
has_critical_information(const Facts *facts)
{
	static const PcaBytes subject_directory_attributes = PCA_BYTES_INIT("\x55\x1d\x09");
	static const PcaBytes freshest_crl = PCA_BYTES_INIT("\x55\x1d\x2e");
	const PcaBytes *const never_critical[] = {
		&pca_oid_authority_key_identifier, &subject_directory_attributes, &freshest_crl,
		&pca_oid_authority_information_access, &pca_oid_subject_information_access
	};

	for (size_t i = 0; i < lengthof(never_critical); i++)
	{
		const PcaExtension *extension = pca_extension_find(facts->extensions, *never_critical[i]);

		if (extension != NULL && extension->is_critical)
			return true;
	}
	return false;
}

/*
 * Tells whether a TLS feature is not status_request (5) or status_request_v2
 * (17).  RFC 7633 4.2 allows any TLS extension, but some relying parties read
 * only these two.
 */
static bool
has_other_tls_feature(const Facts *facts)
{
	const PcaExtension *extension = pca_extension_find(facts->extensions, PCA_BYTES_OF("\x2b\x06\x01\x05\x05\x07\x01\x18"));
	PcaDerReader reader;
	PcaDerReader features;
	PcaDerElement feature;

	if (extension == NULL)
		return false;
	reader = pca_der_reader(extension->value);
	if (!pca_der_enter(&reader, PCA_DER_SEQUENCE, &features))
		return false;
	while (pca_der_next(&features, &feature))
		if (!pca_bytes_equal(feature.content, PCA_BYTES_OF("\x05")) && !pca_bytes_equal(feature.content, PCA_BYTES_OF("\x11")))
			return true;
	return false;
}

static const struct
{
	bool		(*is_there) (const Facts *facts);
	const char *detail;
	const char *hint;
}			combinations[] = {
	{
		is_leaf_that_signs_certificates,
		"Its key usage has keyCertSign, but it is not a CA: OpenSSL in strict mode and python-cryptography refuse it.",
		"Leave keyCertSign out, or use a template for a CA."
	},
	{
		is_ca_without_key_usage,
		"It is a CA without a key usage: OpenSSL in strict mode and python-cryptography refuse it and what it issues.",
		"Pass a key usage with keyCertSign and cRLSign."
	},
	{
		is_ca_that_cannot_sign,
		"It is a CA, but its key usage does not have keyCertSign: no relying party accepts what it issues.",
		"Pass a key usage with keyCertSign and cRLSign."
	},
	{
		is_leaf_with_name_constraints,
		"It has name constraints, but it is not a CA: python-cryptography refuses it.",
		"Leave the extension 2.5.29.30 out, or use a template for a CA."
	},
	{
		is_key_agreement_missing,
		"Its key usage has encipherOnly or decipherOnly without keyAgreement: python-cryptography reads none of its extensions.",
		"Pass keyAgreement too, or leave them out."
	},
	{
		has_purpose_without_usage,
		"It has a purpose that its key usage does not allow: OpenSSL or Java refuse it for that purpose.",
		"Compare them with RFC 5280, section 4.2.1.12."
	},
	{
		is_time_stamping_in_company,
		"It is for time stamping, but it has other purposes or usages, or the extension is not critical: OpenSSL refuses it for time stamps.",
		"Pass the extension 2.5.29.37 with only timeStamping, critical, as one of CustomExtensions, and no key usage other than digitalSignature and nonRepudiation."
	},
	{
		has_critical_information,
		"An extension that must not be critical is critical: OpenSSL and python-cryptography refuse it.",
		"Identifiers, attributes and addresses are never critical (RFC 5280, section 4.2)."
	},
	{
		has_other_tls_feature,
		"It has a TLS feature other than status_request and status_request_v2: python-cryptography reads none of its extensions.",
		"Leave that feature out of the extension 1.3.6.1.5.5.7.1.24."
	},
};

/*
 * Warns of combinations that some relying parties refuse, if the template
 * passes extensions through.
 *
 * extensions: those that will be signed.
 */
void
pca_combination_warn(const PcaTemplate *template, const PcaExtensions *extensions)
{
	Facts		facts = {
		.extensions = extensions,
		.is_ca = template->constraints.is_ca,
		.key_usage = pca_extension_find(extensions, pca_oid_key_usage),
		.usages = PG_UINT32_MAX,
		.purposes = pca_extension_find(extensions, pca_oid_extended_key_usage)
	};

	if (!template->passes_api && !template->passes_csr)
		return;
	if (facts.key_usage != NULL)
		pca_key_usage_parse(facts.key_usage->value, &facts.usages);
	for (size_t i = 0; i < lengthof(combinations); i++)
		if (combinations[i].is_there(&facts))
			ereport(WARNING,
					errcode(ERRCODE_WARNING),
					errmsg("certificate will be refused by some relying parties"),
					errdetail("%s", combinations[i].detail),
					errhint("%s", combinations[i].hint));
}
