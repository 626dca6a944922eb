/*-------------------------------------------------------------------------
 *
 * op_key_encryption_key.c
 *	  Prepares the key-encryption key to wrap something new.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_error.h"
#include "crypto_kek.h"
#include "op_key_encryption_key.h"
#include "store_authority.h"
#include "store_cluster.h"

/*
 * Checks that the key-encryption key is the one that wrapped the existing keys.
 * With a wrong one in its place they are sealed now, and the new key would be later.
 */
static void
check_wrapper(void)
{
	if (pca_private_key_has_other_wrapper(pca_kek_id()))
		pca_error(REQUEST_FAILED,
				  errmsg("key-encryption key is not the one in use"),
				  errdetail("Another key-encryption key wrapped the private keys of this database."),
				  errhint("Put that one in place: pca.key_encryption_key_file and pca.key_encryption_key_command say where it is read."));
}

/* Tells whether a key-encryption key may be made: only while no database of the cluster has a private key. */
static bool
may_make_kek(void)
{
	const char *other;

	if (pca_private_key_exists())
		return false;
	other = pca_cluster_find_private_key();
	if (other != NULL)
		pca_error(REQUEST_FAILED,
				  errmsg("certificate authorities are sealed"),
				  errdetail("There is no key-encryption key, and database \"%s\" has private keys that were wrapped with one.", other),
				  errhint("Put that one in place: pca.key_encryption_key_file and pca.key_encryption_key_command say where it is read. A base backup or the cluster before pg_upgrade may have it."));
	return true;
}

/*
 * Prepares the key-encryption key to wrap a new key, and makes it if the cluster
 * has never had one.
 *
 * Throws RequestFailedException if it is missing or is not the one that wrapped
 * the other keys of this database.
 */
void
pca_wrapping_begin(void)
{
	pca_kek_renew(may_make_kek);
	check_wrapper();
}
