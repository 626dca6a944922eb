/*-------------------------------------------------------------------------
 *
 * base_model.c
 *	  The shapes of the AWS Private CA API's model, a row each.
 *
 * dev/model.pl writes this file: every length, range, pattern and word is the
 * service model's (API version 2017-08-22).  A text without a maximum in the
 * model is bounded by what PostgreSQL accepts.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_shape.h"

#define UNBOUNDED PG_INT64_MAX

#define STRING(name, least, most) \
	static const PcaShape name = {.kind = PCA_SHAPE_STRING, .min = (least), .max = (most)}
#define PATTERN(name, least, most, matcher, text) \
	static const PcaShape name = {.kind = PCA_SHAPE_STRING, .min = (least), .max = (most), \
		.matches = (matcher), .pattern = (text)}
#define LIST(name, least, most, of) \
	static const PcaShape name = {.kind = PCA_SHAPE_LIST, .min = (least), .max = (most), .element = &(of)}
#define ENUM(name, ...) \
	static const PcaShape name = {.kind = PCA_SHAPE_STRING, .words = (const char *const[]) {__VA_ARGS__, NULL}}
#define STRUCTURE(name, ...) \
	static const PcaShape name = {.kind = PCA_SHAPE_STRUCTURE, \
		.members = (const PcaMember[]) {__VA_ARGS__, {NULL, NULL, false}}}
/* A structure of which exactly one member is given. */
#define UNION(name, ...) \
	const PcaShape name = {.kind = PCA_SHAPE_STRUCTURE, \
		.members = (const PcaMember[]) {__VA_ARGS__, {NULL, NULL, false}}}
#define REQUIRED(name, shape) {name, &(shape), true}
#define OPTIONAL(name, shape) {name, &(shape), false}

/* Values of one piece */

PATTERN(asn1_printable_string_64, 0, 64, pca_pattern_is_printable,
		"[a-zA-Z0-9'()+-.?:/= ]*");
const PcaShape pca_shape_policy = {
	.kind = PCA_SHAPE_STRING,
	.min = 1, .max = 81920,
	.matches = pca_pattern_is_latin1,
	.pattern = "[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+"
};
ENUM(access_method_type, "CA_REPOSITORY", "RESOURCE_PKI_MANIFEST", "RESOURCE_PKI_NOTIFY");
const PcaShape pca_shape_account_id = {
	.kind = PCA_SHAPE_STRING,
	.min = 12, .max = 12,
	.matches = pca_pattern_is_account_id,
	.pattern = "[0-9]+"
};
ENUM(action_type, "IssueCertificate", "GetCertificate", "ListPermissions");
const PcaShape pca_shape_arn = {.kind = PCA_SHAPE_STRING, .min = 5, .max = 200};
const PcaShape pca_shape_audit_report_id = {
	.kind = PCA_SHAPE_STRING,
	.min = 36, .max = 36,
	.matches = pca_pattern_is_audit_report_id,
	.pattern = "[a-z0-9]{8}-[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{12}"
};
const PcaShape pca_shape_audit_report_response_format = {
	.kind = PCA_SHAPE_STRING,
	.words = (const char *const[]) {
		"JSON", "CSV", NULL
	}
};
PATTERN(base_64_string_1_to_4096, 1, 4096, pca_pattern_is_base64,
		"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?");
static const PcaShape boolean = {.kind = PCA_SHAPE_BOOLEAN};
const PcaShape pca_shape_status = {
	.kind = PCA_SHAPE_STRING,
	.words = (const char *const[]) {
		"CREATING", "PENDING_CERTIFICATE", "ACTIVE", "DELETED", "DISABLED", "EXPIRED", "FAILED", NULL
	}
};
const PcaShape pca_shape_certificate_authority_type = {
	.kind = PCA_SHAPE_STRING,
	.words = (const char *const[]) {
		"ROOT", "SUBORDINATE", NULL
	}
};
const PcaShape pca_shape_usage_mode = {
	.kind = PCA_SHAPE_STRING,
	.words = (const char *const[]) {
		"GENERAL_PURPOSE", "SHORT_LIVED_CERTIFICATE", NULL
	}
};
const PcaShape pca_shape_certificate_body_blob = {.kind = PCA_SHAPE_BLOB, .min = 1, .max = 32768};
const PcaShape pca_shape_certificate_chain_blob = {.kind = PCA_SHAPE_BLOB, .min = 0, .max = 2097152};
PATTERN(cname_string, 0, 253, pca_pattern_is_cname,
		"[-a-zA-Z0-9;/?:@&=+$,%_.!~*()']*");
PATTERN(country_code_string, 2, 2, pca_pattern_is_country_code,
		"[A-Za-z]{2}");
PATTERN(crl_path_string, 0, 253, pca_pattern_is_crl_path,
		"(/|[-a-zA-Z0-9;?:@&=+$,%_.!~*()']+(/[-a-zA-Z0-9;?:@&=+$,%_.!~*()']+)*)");
ENUM(crl_type, "COMPLETE", "PARTITIONED");
const PcaShape pca_shape_csr_blob = {.kind = PCA_SHAPE_BLOB, .min = 1, .max = 32768};
PATTERN(custom_object_identifier, 0, 64, pca_pattern_is_oid,
		"([0-2])\\.([0-9]|([0-3][0-9]))((\\.([0-9]+)){0,126})");
ENUM(extended_key_usage_type, "SERVER_AUTH", "CLIENT_AUTH", "CODE_SIGNING", "EMAIL_PROTECTION",
	 "TIME_STAMPING", "OCSP_SIGNING", "SMART_CARD_LOGIN", "DOCUMENT_SIGNING",
	 "CERTIFICATE_TRANSPARENCY");
const PcaShape pca_shape_idempotency_token = {
	.kind = PCA_SHAPE_STRING,
	.min = 1, .max = 36, .is_secret = true,
	.matches = pca_pattern_is_latin1,
	.pattern = "[\\u0009\\u000A\\u000D\\u0020-\\u00FF]*"
};
static const PcaShape integer_1_to_5000 = {.kind = PCA_SHAPE_INTEGER, .min = 1, .max = 5000};
ENUM(key_algorithm, "RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1",
	 "ML_DSA_44", "ML_DSA_65", "ML_DSA_87", "SM2");
const PcaShape pca_shape_key_storage_security_standard = {
	.kind = PCA_SHAPE_STRING,
	.words = (const char *const[]) {
		"FIPS_140_2_LEVEL_2_OR_HIGHER", "FIPS_140_2_LEVEL_3_OR_HIGHER", "CCPC_LEVEL_1_OR_HIGHER", NULL
	}
};
const PcaShape pca_shape_max_results = {.kind = PCA_SHAPE_INTEGER, .min = 1, .max = 1000};
const PcaShape pca_shape_next_token = {.kind = PCA_SHAPE_STRING, .min = 1, .max = 43739};
const PcaShape pca_shape_deletion_days = {.kind = PCA_SHAPE_INTEGER, .min = 7, .max = 30};
ENUM(policy_qualifier_id, "CPS");
static const PcaShape positive_long = {.kind = PCA_SHAPE_INTEGER, .min = 1, .max = UNBOUNDED};
const PcaShape pca_shape_principal = {
	.kind = PCA_SHAPE_STRING,
	.min = 0, .max = 128,
	.matches = pca_pattern_is_principal,
	.pattern = "[^*]+"
};
const PcaShape pca_shape_resource_owner = {
	.kind = PCA_SHAPE_STRING,
	.words = (const char *const[]) {
		"SELF", "OTHER_ACCOUNTS", NULL
	}
};
const PcaShape pca_shape_revocation_reason = {
	.kind = PCA_SHAPE_STRING,
	.words = (const char *const[]) {
		"UNSPECIFIED", "KEY_COMPROMISE", "CERTIFICATE_AUTHORITY_COMPROMISE", "AFFILIATION_CHANGED",
		"SUPERSEDED", "CESSATION_OF_OPERATION", "PRIVILEGE_WITHDRAWN", "A_A_COMPROMISE", NULL
	}
};
const PcaShape pca_shape_s3_bucket_name = {.kind = PCA_SHAPE_STRING, .min = 3, .max = 63};
PATTERN(s3_bucket_name_3_to_255, 3, 255, pca_pattern_is_bucket_name,
		"[-a-zA-Z0-9._/]+");
ENUM(s3_object_acl, "PUBLIC_READ", "BUCKET_OWNER_FULL_CONTROL");
const PcaShape pca_shape_signing_algorithm = {
	.kind = PCA_SHAPE_STRING,
	.words = (const char *const[]) {
		"SHA256WITHECDSA", "SHA384WITHECDSA", "SHA512WITHECDSA", "SHA256WITHRSA", "SHA384WITHRSA",
		"SHA512WITHRSA", "SHA256WITHRSA_PSS", "SHA384WITHRSA_PSS", "SHA512WITHRSA_PSS", "SM3WITHSM2",
		"ML_DSA_44", "ML_DSA_65", "ML_DSA_87", NULL
	}
};
STRING(string_128, 0, 128);
STRING(string_16, 0, 16);
STRING(string_1_to_256, 1, 256);
STRING(string_253, 0, 253);
STRING(string_256, 0, 256);
STRING(string_3, 0, 3);
STRING(string_39, 0, 39);
STRING(string_40, 0, 40);
STRING(string_5, 0, 5);
STRING(string_64, 0, 64);
PATTERN(tag_key, 1, 128, pca_pattern_is_tag,
		"([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)");
PATTERN(tag_value, 0, 256, pca_pattern_is_tag,
		"([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)");
ENUM(validity_period_type, "END_DATE", "ABSOLUTE", "DAYS", "MONTHS", "YEARS");
const PcaShape pca_shape_certificate_serial = {.kind = PCA_SHAPE_STRING, .min = 0, .max = 128};

/* Lists and structures */

STRUCTURE(custom_attribute,
		  REQUIRED("ObjectIdentifier", custom_object_identifier),
		  REQUIRED("Value", string_1_to_256));

LIST(custom_attribute_list, 1, 150, custom_attribute);

STRUCTURE(asn1_subject,
		  OPTIONAL("Country", country_code_string),
		  OPTIONAL("Organization", string_64),
		  OPTIONAL("OrganizationalUnit", string_64),
		  OPTIONAL("DistinguishedNameQualifier", asn1_printable_string_64),
		  OPTIONAL("State", string_128),
		  OPTIONAL("CommonName", string_64),
		  OPTIONAL("SerialNumber", asn1_printable_string_64),
		  OPTIONAL("Locality", string_128),
		  OPTIONAL("Title", string_64),
		  OPTIONAL("Surname", string_40),
		  OPTIONAL("GivenName", string_16),
		  OPTIONAL("Initials", string_5),
		  OPTIONAL("Pseudonym", string_128),
		  OPTIONAL("GenerationQualifier", string_3),
		  OPTIONAL("CustomAttributes", custom_attribute_list));

STRUCTURE(key_usage,
		  OPTIONAL("DigitalSignature", boolean),
		  OPTIONAL("NonRepudiation", boolean),
		  OPTIONAL("KeyEncipherment", boolean),
		  OPTIONAL("DataEncipherment", boolean),
		  OPTIONAL("KeyAgreement", boolean),
		  OPTIONAL("KeyCertSign", boolean),
		  OPTIONAL("CRLSign", boolean),
		  OPTIONAL("EncipherOnly", boolean),
		  OPTIONAL("DecipherOnly", boolean));

UNION(pca_shape_access_method,
		  OPTIONAL("CustomObjectIdentifier", custom_object_identifier),
		  OPTIONAL("AccessMethodType", access_method_type));

STRUCTURE(other_name,
		  REQUIRED("TypeId", custom_object_identifier),
		  REQUIRED("Value", string_256));

STRUCTURE(edi_party_name,
		  REQUIRED("PartyName", string_256),
		  OPTIONAL("NameAssigner", string_256));

UNION(pca_shape_general_name,
		  OPTIONAL("OtherName", other_name),
		  OPTIONAL("Rfc822Name", string_256),
		  OPTIONAL("DnsName", string_253),
		  OPTIONAL("DirectoryName", asn1_subject),
		  OPTIONAL("EdiPartyName", edi_party_name),
		  OPTIONAL("UniformResourceIdentifier", string_253),
		  OPTIONAL("IpAddress", string_39),
		  OPTIONAL("RegisteredId", custom_object_identifier));

STRUCTURE(access_description,
		  REQUIRED("AccessMethod", pca_shape_access_method),
		  REQUIRED("AccessLocation", pca_shape_general_name));

LIST(access_description_list, 0, UNBOUNDED, access_description);

STRUCTURE(csr_extensions,
		  OPTIONAL("KeyUsage", key_usage),
		  OPTIONAL("SubjectInformationAccess", access_description_list));

const PcaShape pca_shape_certificate_authority_configuration = {
	.kind = PCA_SHAPE_STRUCTURE,
	.members = (const PcaMember[]) {
		REQUIRED("KeyAlgorithm", key_algorithm),
		REQUIRED("SigningAlgorithm", pca_shape_signing_algorithm),
		REQUIRED("Subject", asn1_subject),
		OPTIONAL("CsrExtensions", csr_extensions),
		{NULL, NULL, false}
	}
};

STRUCTURE(crl_distribution_point_extension_configuration,
		  REQUIRED("OmitExtension", boolean));

STRUCTURE(crl_configuration,
		  REQUIRED("Enabled", boolean),
		  OPTIONAL("ExpirationInDays", integer_1_to_5000),
		  OPTIONAL("CustomCname", cname_string),
		  OPTIONAL("S3BucketName", s3_bucket_name_3_to_255),
		  OPTIONAL("S3ObjectAcl", s3_object_acl),
		  OPTIONAL("CrlDistributionPointExtensionConfiguration", crl_distribution_point_extension_configuration),
		  OPTIONAL("CrlType", crl_type),
		  OPTIONAL("CustomPath", crl_path_string));

STRUCTURE(ocsp_configuration,
		  REQUIRED("Enabled", boolean),
		  OPTIONAL("OcspCustomCname", cname_string));

const PcaShape pca_shape_revocation_configuration = {
	.kind = PCA_SHAPE_STRUCTURE,
	.members = (const PcaMember[]) {
		OPTIONAL("CrlConfiguration", crl_configuration),
		OPTIONAL("OcspConfiguration", ocsp_configuration),
		{NULL, NULL, false}
	}
};

STRUCTURE(tag,
		  REQUIRED("Key", tag_key),
		  OPTIONAL("Value", tag_value));

const PcaShape pca_shape_tag_list = {.kind = PCA_SHAPE_LIST, .min = 1, .max = 50, .element = &tag};

const PcaShape pca_shape_action_list = {.kind = PCA_SHAPE_LIST, .min = 1, .max = 3, .element = &action_type};

STRUCTURE(qualifier,
		  REQUIRED("CpsUri", string_256));

STRUCTURE(policy_qualifier_info,
		  REQUIRED("PolicyQualifierId", policy_qualifier_id),
		  REQUIRED("Qualifier", qualifier));

LIST(policy_qualifier_info_list, 1, 20, policy_qualifier_info);

STRUCTURE(policy_information,
		  REQUIRED("CertPolicyId", custom_object_identifier),
		  OPTIONAL("PolicyQualifiers", policy_qualifier_info_list));

LIST(certificate_policy_list, 1, 20, policy_information);

UNION(pca_shape_extended_key_usage,
		  OPTIONAL("ExtendedKeyUsageType", extended_key_usage_type),
		  OPTIONAL("ExtendedKeyUsageObjectIdentifier", custom_object_identifier));

LIST(extended_key_usage_list, 1, 20, pca_shape_extended_key_usage);

LIST(general_name_list, 1, 150, pca_shape_general_name);

STRUCTURE(custom_extension,
		  REQUIRED("ObjectIdentifier", custom_object_identifier),
		  REQUIRED("Value", base_64_string_1_to_4096),
		  OPTIONAL("Critical", boolean));

LIST(custom_extension_list, 1, 150, custom_extension);

STRUCTURE(extensions,
		  OPTIONAL("CertificatePolicies", certificate_policy_list),
		  OPTIONAL("ExtendedKeyUsage", extended_key_usage_list),
		  OPTIONAL("KeyUsage", key_usage),
		  OPTIONAL("SubjectAlternativeNames", general_name_list),
		  OPTIONAL("CustomExtensions", custom_extension_list));

const PcaShape pca_shape_api_passthrough = {
	.kind = PCA_SHAPE_STRUCTURE,
	.members = (const PcaMember[]) {
		OPTIONAL("Extensions", extensions),
		OPTIONAL("Subject", asn1_subject),
		{NULL, NULL, false}
	}
};

const PcaShape pca_shape_validity = {
	.kind = PCA_SHAPE_STRUCTURE,
	.members = (const PcaMember[]) {
		REQUIRED("Value", positive_long),
		REQUIRED("Type", validity_period_type),
		{NULL, NULL, false}
	}
};
