/*-------------------------------------------------------------------------
 *
 * crypto_access_key.h
 *	  Access keys of callers over HTTP: their secrets, and what they sign.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CRYPTO_ACCESS_KEY_H
#define CRYPTO_ACCESS_KEY_H

#include "postgres.h"

#include "crypto_digest.h"

#define PCA_ACCESS_KEY_ID_LENGTH 20
#define PCA_SECRET_ACCESS_KEY_LENGTH 40
#define PCA_REQUEST_SIGNATURE_LENGTH PCA_MAC_LENGTH

/* The master key, from which the secrets are derived, as it is stored. */
typedef struct PcaMasterKey
{
	PcaBytes	kek_id;			/* of the key-encryption key */
	PcaBytes	form;			/* wrapped under it */
} PcaMasterKey;

/* What a request says of the key that signed it; all are authentic only when the signature is. */
typedef struct PcaSigningScope
{
	const char *access_key_id;
	const char *date;			/* eight digits */
	const char *region;
	const char *service;
} PcaSigningScope;

extern char *pca_access_key_draw_id(void);
extern PcaMasterKey pca_master_key_make(void);
extern char *pca_secret_access_key_derive(const PcaMasterKey *master, const char *access_key_id);
extern void pca_request_sign(const PcaMasterKey *master, const PcaSigningScope *scope, PcaBytes string_to_sign,
							 uint8 *signature);
extern bool pca_request_signature_equal(const uint8 *a, const uint8 *b);

#endif							/* CRYPTO_ACCESS_KEY_H */
