/*-------------------------------------------------------------------------
 *
 * crypto_kek.h
 *	  The key-encryption key, under which every private key is stored.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CRYPTO_KEK_H
#define CRYPTO_KEK_H

#include "postgres.h"

#include "base_der.h"

#define PCA_KEK_ID_LENGTH 8

extern void pca_kek_define_settings(void);
extern void pca_kek_renew(bool may_create);
extern PcaBytes pca_kek_id(void);
extern PcaBytes pca_kek_wrap(PcaBytes context, PcaBytes plaintext, PcaBytes additional_data);
extern uint8 *pca_kek_unwrap(PcaBytes kek_id, PcaBytes context, PcaBytes wrapped, PcaBytes additional_data,
							 size_t *length);

#endif							/* CRYPTO_KEK_H */
