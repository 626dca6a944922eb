/*-------------------------------------------------------------------------
 *
 * base_arn.h
 *	  Amazon Resource Names: what they are made of, and which resource one
 *	  names.
 *
 *-------------------------------------------------------------------------
 */
#ifndef BASE_ARN_H
#define BASE_ARN_H

#include "postgres.h"

#include "base_der.h"
#include "base_argument.h"
#include "utils/uuid.h"

#define PCA_ARN_MAX_LENGTH 200
#define PCA_SERIAL_LENGTH 16

extern char *pca_account_id_setting;

extern void pca_arn_define_settings(void);
extern char *pca_arn_argument(FunctionCallInfo fcinfo, int i, const char *name);
extern bool pca_uuid_parse(const char *text, pg_uuid_t *id);
extern char *pca_uuid_format(const pg_uuid_t *id);
extern char *pca_arn_format_authority(const char *account_id, const pg_uuid_t *id);
extern const char *pca_arn_authority_id(const char *arn);
extern bool pca_arn_parse_authority(const char *arn, pg_uuid_t *id);
extern char *pca_arn_format_certificate(const char *authority_arn, const pg_uuid_t *serial);
extern bool pca_arn_parse_certificate(const char *arn, const char *authority_arn, pg_uuid_t *serial);
extern char *pca_serial_format(const pg_uuid_t *serial);
extern bool pca_serial_parse(const char *text, pg_uuid_t *serial);
extern void pca_arn_check_certificate(const char *arn, const char *name);
extern char *pca_arn_argument_template(FunctionCallInfo fcinfo, int i, const char *name);
extern char *pca_arn_format_template(const char *authority_arn, const char *name);
extern char *pca_arn_format_role(const char *account_id, const char *role);
extern bool pca_arn_partition_is(const char *arn, const char *authority_arn);
extern const char *pca_arn_template_name(const char *arn);

#endif							/* BASE_ARN_H */
