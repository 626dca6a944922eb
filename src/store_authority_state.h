/*-------------------------------------------------------------------------
 *
 * store_authority_state.h
 *	  Changes the state of certificate authorities, and removes them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STORE_AUTHORITY_STATE_H
#define STORE_AUTHORITY_STATE_H

#include "postgres.h"

#include "store_authority.h"

extern void pca_authority_status_put(const pg_uuid_t *id, const char *status, TimestampTz now);
extern void pca_authority_certificate_put(const pg_uuid_t *authority, const char *status, TimestampTz now,
										  const PcaImportedCertificate *certificate);
extern void pca_authority_revocation_put(const pg_uuid_t *id, Jsonb *configuration);
extern void pca_authority_delete(const pg_uuid_t *id, TimestampTz now, bool is_restorable, TimestampTz until);
extern void pca_authority_restore(const pg_uuid_t *id, TimestampTz now);
extern bool pca_authority_remove(const pg_uuid_t *id, TimestampTz now);

#endif							/* STORE_AUTHORITY_STATE_H */
