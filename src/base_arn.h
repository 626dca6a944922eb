/*-------------------------------------------------------------------------
 *
 * base_arn.h
 *	  Amazon Resource Names: their parts, and the resource that one names.
 *
 *-------------------------------------------------------------------------
 */
#ifndef BASE_ARN_H
#define BASE_ARN_H

#include "postgres.h"

#include "base_argument.h"
#include "base_der.h"
#include "utils/uuid.h"

#define PCA_ARN_MAX_LENGTH 200
#define PCA_SERIAL_LENGTH 16

/* A part of a text that is owned elsewhere, not terminated by a NUL */
typedef struct PcaSlice
{
	const char *data;
	size_t		length;
} PcaSlice;

typedef enum PcaArnKind
{
	PCA_ARN_OTHER,				/* of another service, or of a kind that this one does not have */
	PCA_ARN_AUTHORITY,
	PCA_ARN_CERTIFICATE,
	PCA_ARN_TEMPLATE
} PcaArnKind;

/* An ARN, split into its parts */
typedef struct PcaArn
{
	const char *text;			/* the whole */
	PcaSlice	partition;
	PcaSlice	service;
	PcaSlice	region;
	PcaSlice	account;
	const char *resource;		/* to the end of the text */
	PcaArnKind	kind;
	PcaSlice	authority;		/* of an authority and a certificate: the authority's ARN */
	PcaSlice	authority_id;	/* the UUID in that ARN */
	const char *serial;			/* of a certificate: to the end of the text */
	const char *template_name;	/* of a template: to the end of the text, for example EndEntityCertificate/V1 */
} PcaArn;

extern char *pca_account_id_setting;

extern void pca_arn_define_settings(void);
extern const char *pca_arn_region(void);
extern bool pca_arn_parse(const char *text, PcaArn *arn);
extern char *pca_arn_argument(FunctionCallInfo fcinfo, int i, const char *name);
extern const PcaArn *pca_arn_argument_certificate(FunctionCallInfo fcinfo, int i, const char *name);
extern const PcaArn *pca_arn_argument_template(FunctionCallInfo fcinfo, int i, const char *name);
extern bool pca_arn_parse_authority(const char *text, pg_uuid_t *id);
extern bool pca_arn_parse_serial(const PcaArn *arn, const char *authority_arn, pg_uuid_t *serial);
extern bool pca_arn_is_template(const PcaArn *arn, const char *authority_arn);
extern char *pca_arn_find_account(const char *principal, const char *authority_arn);
extern char *pca_arn_format_authority(const char *account_id, const pg_uuid_t *id);
extern char *pca_arn_format_certificate(const char *authority_arn, const pg_uuid_t *serial);
extern char *pca_arn_format_template(const char *authority_arn, const char *name);
extern char *pca_arn_format_role(const char *account_id, const char *role);
extern bool pca_uuid_parse(const char *text, pg_uuid_t *id);
extern char *pca_uuid_format(const pg_uuid_t *id);
extern char *pca_serial_format(const pg_uuid_t *serial);
extern bool pca_serial_parse(const char *text, pg_uuid_t *serial);

#endif							/* BASE_ARN_H */
