/*-------------------------------------------------------------------------
 *
 * crypto_next_token.c
 *	  Next tokens: the position at which a list continues, after an HMAC-SHA256
 *	  over the call and that position, all in hexadecimal digits.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <openssl/crypto.h>

#include "base_ascii.h"
#include "crypto_digest.h"
#include "crypto_next_token.h"
#include "crypto_ossl.h"
#include "utils/builtins.h"

/* Calculates the MAC of a call and a position. */
static void
calculate_mac(PcaBytes key, const char *call, PcaBytes position, uint8 *mac)
{
	PcaDerWriter writer;

	pca_der_init(&writer, 256);
	pca_der_primitive(&writer, PCA_DER_UTF8_STRING, pca_bytes_of_text(call));
	pca_der_primitive(&writer, PCA_DER_OCTET_STRING, position);
	pca_mac(key, pca_der_finish(&writer), mac);
}

/*
 * Makes a token.
 *
 * call: the operation and all of its arguments that select rows.  position:
 * where the list continues.
 */
char *
pca_next_token_make(PcaBytes key, const char *call, PcaBytes position)
{
	uint8		mac[PCA_MAC_LENGTH];
	char	   *token = palloc(2 * (PCA_MAC_LENGTH + position.length) + 1);

	calculate_mac(key, call, position, mac);
	hex_encode((const char *) mac, PCA_MAC_LENGTH, token);
	hex_encode((const char *) position.data, position.length, token + 2 * PCA_MAC_LENGTH);
	token[2 * (PCA_MAC_LENGTH + position.length)] = '\0';
	return token;
}

/*
 * Reads the position in a token.  Returns NULL, or the fault if the token was
 * not made for this call.
 *
 * call: as for pca_next_token_make().
 */
const char *
pca_next_token_open(PcaBytes key, const char *call, const char *token, PcaBytes *position)
{
	size_t		length = strlen(token) / 2;
	uint8	   *data = palloc(length + 1);
	uint8		mac[PCA_MAC_LENGTH];
	PcaBytes	found;

	if (key.length > 0 && length >= PCA_MAC_LENGTH && strlen(token) == 2 * length &&
		pca_hex_parse(token, PCA_HEX_LOWER, data, length))
	{
		found = (PcaBytes) {data + PCA_MAC_LENGTH, length - PCA_MAC_LENGTH};
		calculate_mac(key, call, found, mac);
		if (CRYPTO_memcmp(mac, data, PCA_MAC_LENGTH) == 0)
		{
			*position = found;
			return NULL;
		}
	}
	return psprintf("not a token of %s", call);
}
