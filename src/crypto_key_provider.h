/*-------------------------------------------------------------------------
 *
 * crypto_key_provider.h
 *	  The interface of key providers, which hold the private keys of certificate
 *	  authorities: a provider is a file and a row.
 *
 * A provider creates keys, and opens stored ones.  Everything else is the same
 * for all providers and is in crypto_key.c: the cache of keys, the check that a
 * key belongs to its authority, the preparation for an algorithm, and the
 * verification of signatures.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CRYPTO_KEY_PROVIDER_H
#define CRYPTO_KEY_PROVIDER_H

#include "postgres.h"

#include "base_der.h"
#include "crypto_key_family.h"
#include "utils/uuid.h"

/* A key in the form in which it is stored, which contains no secret in clear */
typedef struct PcaStoredKey
{
	const char *provider;		/* the name of the provider that made it */
	PcaBytes	public_key;		/* SubjectPublicKeyInfo, DER */
	PcaBytes	form;			/* from which the provider opens the key: a wrapped key, or a reference */
	PcaBytes	kek_id;			/* of the key-encryption key that wrapped the form; empty if none did */
} PcaStoredKey;

/*
 * The row of a provider.  The current memory context owns the key of a handle.
 * The library of a handle belongs to the provider and lives as long as the
 * backend.
 */
typedef struct PcaKeyProvider
{
	const char *name;
	/* Creates a key for an authority, and sets public_key, form and kek_id. */
	PcaKeyHandle (*create) (const PcaKeyAlgorithm *algorithm, const pg_uuid_t *authority, PcaStoredKey *stored);
	/* Opens the key of an authority, so that it can sign. */
	PcaKeyHandle (*open) (const PcaKeyAlgorithm *algorithm, const pg_uuid_t *authority, const PcaStoredKey *stored);
} PcaKeyProvider;

#define PCA_KEY_SOFTWARE "software"

extern const PcaKeyProvider pca_key_software;

#endif							/* CRYPTO_KEY_PROVIDER_H */
