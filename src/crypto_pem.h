/*-------------------------------------------------------------------------
 *
 * crypto_pem.h
 *	  PEM (RFC 7468) between text and DER.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CRYPTO_PEM_H
#define CRYPTO_PEM_H

#include "postgres.h"

#include "base_der.h"

#define PCA_BASE64_DECODED_SIZE(characters) ((characters) / 4 * 3 + 4)

extern const char *pca_base64_decode_to(PcaBytes text, uint8 *data, size_t *data_length);
extern const char *pca_base64_decode(const char *text, PcaBytes *data);
extern const char *pca_pem_parse(const char *pem, const char *const *labels, PcaBytes *der, const char **rest);
extern char *pca_pem_format(PcaBytes der, const char *label);

#endif							/* CRYPTO_PEM_H */
