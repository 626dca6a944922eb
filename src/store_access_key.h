/*-------------------------------------------------------------------------
 *
 * store_access_key.h
 *	  The tables of access keys and of their master key.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STORE_ACCESS_KEY_H
#define STORE_ACCESS_KEY_H

#include "postgres.h"

#include "base_der.h"
#include "utils/timestamp.h"

/* An access key, without its secret, which is stored nowhere */
typedef struct PcaAccessKey
{
	const char *id;
	Oid			role;			/* that a request acts as */
	const char *account_id;		/* that the role acted for when the key was made */
	bool		is_enabled;
	bool		is_used_today;
	PcaBytes	master_kek_id;	/* the master key: the key-encryption key that wrapped it, */
	PcaBytes	master_form;	/* and its wrapped form */
} PcaAccessKey;

extern bool pca_access_key_find(const char *id, PcaAccessKey *key);
extern void pca_access_key_put(const PcaAccessKey *key, const char *description);
extern bool pca_access_key_set_enabled(const char *id, bool is_enabled);
extern void pca_access_key_remove(const char *id);
extern void pca_access_key_touch(const char *id);
extern bool pca_access_keys_expire(void);
extern bool pca_master_key_find(PcaBytes *kek_id, PcaBytes *form);
extern void pca_master_key_put(PcaBytes kek_id, PcaBytes form);

#endif							/* STORE_ACCESS_KEY_H */
