/*-------------------------------------------------------------------------
 *
 * crypto_key_provider.h
 *	  The seam between the private keys of certificate authorities and where
 *	  they are: a provider is a file and a row.
 *
 * A provider makes keys, and opens what is stored of them.  All else is the
 * same for every one and is in crypto_key.c: which keys a backend keeps, that a
 * key belongs to its authority, how it is made ready to sign, and the check of
 * what it signed.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CRYPTO_KEY_PROVIDER_H
#define CRYPTO_KEY_PROVIDER_H

#include "postgres.h"

#include "base_der.h"
#include "crypto_key_family.h"
#include "utils/uuid.h"

/* A key as it may be stored, in clear for everybody to see. */
typedef struct PcaStoredKey
{
	const char *provider;		/* the name of the provider that made it */
	PcaBytes	public_key;		/* SubjectPublicKeyInfo, DER */
	PcaBytes	form;			/* what the provider opens the key by: a wrapped key, a reference */
	PcaBytes	kek_id;			/* which key-encryption key wrapped the form; empty: none did */
} PcaStoredKey;

/*
 * The row of a provider.  The current memory context owns the key of a handle;
 * its library is the provider's own, for as long as the backend lives.
 */
typedef struct PcaKeyProvider
{
	const char *name;
	/* Makes a key for an authority, and fills in public_key, form and kek_id. */
	PcaKeyHandle (*create) (const PcaKeyAlgorithm *algorithm, const pg_uuid_t *authority, PcaStoredKey *stored);
	/* Opens the key of an authority, so that it can sign. */
	PcaKeyHandle (*open) (const PcaKeyAlgorithm *algorithm, const pg_uuid_t *authority, const PcaStoredKey *stored);
} PcaKeyProvider;

#define PCA_KEY_SOFTWARE "software"

extern const PcaKeyProvider pca_key_software;

#endif							/* CRYPTO_KEY_PROVIDER_H */
