/*-------------------------------------------------------------------------
 *
 * base_shape.h
 *	  The shapes of the API's model: the constraints on each parameter and on each
 *	  member of a structure.
 *
 * A shape is a row with the length, range, pattern and words that the service's
 * model declares; one checker walks them all.  A violation is a
 * ValidationException with the path of the value.
 *
 *-------------------------------------------------------------------------
 */
#ifndef BASE_SHAPE_H
#define BASE_SHAPE_H

#include "postgres.h"

#include "base_json.h"

typedef enum PcaShapeKind
{
	PCA_SHAPE_STRING,
	PCA_SHAPE_BLOB,				/* text whose length is in octets, and which errors never show */
	PCA_SHAPE_INTEGER,
	PCA_SHAPE_BOOLEAN,
	PCA_SHAPE_LIST,
	PCA_SHAPE_STRUCTURE
} PcaShapeKind;

typedef struct PcaShape PcaShape;

typedef struct PcaMember
{
	const char *name;
	const PcaShape *shape;
	bool		is_required;
} PcaMember;

struct PcaShape
{
	PcaShapeKind kind;
	int64		min;			/* characters, octets, value or elements */
	int64		max;
	bool		is_secret;		/* never shown in an error */
	bool		(*matches) (const char *text);
	const char *pattern;		/* the model's pattern, which matches() implements */
	const char *const *words;	/* of an enum, ending in NULL */
	const PcaShape *element;	/* of a list */
	const PcaMember *members;	/* of a structure, ending in a NULL name */
};

/* The position of a value in the arguments, for errors */
typedef struct PcaPath
{
	const struct PcaPath *parent;
	const char *member;			/* NULL for an element of a list */
	int			index;
} PcaPath;

extern char *pca_path_format(const PcaPath *path);
extern void pca_shape_check(const PcaShape *shape, const PcaJson *json, const PcaPath *path);
extern void pca_shape_check_text(const PcaShape *shape, const char *text, const PcaPath *path);
extern void pca_shape_check_count(const PcaShape *shape, int64 count, const PcaPath *path);
extern void pca_shape_check_integer(const PcaShape *shape, int64 value, const PcaPath *path);

extern bool pca_pattern_is_oid(const char *text);
extern bool pca_pattern_is_base64(const char *text);
extern bool pca_pattern_is_cname(const char *text);
extern bool pca_pattern_is_crl_path(const char *text);
extern bool pca_pattern_is_bucket_name(const char *text);
extern bool pca_pattern_is_country_code(const char *text);
extern bool pca_pattern_is_printable(const char *text);
extern bool pca_pattern_is_latin1(const char *text);
extern bool pca_pattern_is_tag(const char *text);
extern bool pca_pattern_is_principal(const char *text);
extern bool pca_pattern_is_account_id(const char *text);
extern bool pca_pattern_is_audit_report_id(const char *text);
extern bool pca_pattern_is_s3_bucket_name(const char *text);

extern const PcaShape pca_shape_general_name;
extern const PcaShape pca_shape_access_method;
extern const PcaShape pca_shape_extended_key_usage;
extern const PcaShape pca_shape_arn;
extern const PcaShape pca_shape_idempotency_token;
extern const PcaShape pca_shape_certificate_authority_configuration;
extern const PcaShape pca_shape_revocation_configuration;
extern const PcaShape pca_shape_certificate_authority_type;
extern const PcaShape pca_shape_key_storage_security_standard;
extern const PcaShape pca_shape_usage_mode;
extern const PcaShape pca_shape_tag_list;
extern const PcaShape pca_shape_csr_blob;
extern const PcaShape pca_shape_certificate_body_blob;
extern const PcaShape pca_shape_certificate_chain_blob;
extern const PcaShape pca_shape_signing_algorithm;
extern const PcaShape pca_shape_validity;
extern const PcaShape pca_shape_api_passthrough;
extern const PcaShape pca_shape_policy;
extern const PcaShape pca_shape_principal;
extern const PcaShape pca_shape_account_id;
extern const PcaShape pca_shape_action_list;
extern const PcaShape pca_shape_status;
extern const PcaShape pca_shape_certificate_serial;
extern const PcaShape pca_shape_revocation_reason;
extern const PcaShape pca_shape_s3_bucket_name;
extern const PcaShape pca_shape_audit_report_response_format;
extern const PcaShape pca_shape_audit_report_id;
extern const PcaShape pca_shape_deletion_days;
extern const PcaShape pca_shape_next_token;
extern const PcaShape pca_shape_max_results;
extern const PcaShape pca_shape_resource_owner;

#endif							/* BASE_SHAPE_H */
