/*-------------------------------------------------------------------------
 *
 * fuzz_pem.c
 *	  Reads any text as PEM.  OpenSSL reads the same block, and both read
 *	  what we write.
 *
 *-------------------------------------------------------------------------
 */
#include "fuzz.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include "base_shape.h"
#include "crypto_pem.h"

static const char *const labels[] = {"CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST", "CERTIFICATE", NULL};

/* Checks that OpenSSL reads the same, or nothing, because it accepts fewer forms of lines. */
static void
compare(const char *pem, PcaBytes der, bool must_read)
{
	BIO		   *bio = BIO_new_mem_buf(pem, -1);
	char	   *name = NULL;
	char	   *header = NULL;
	unsigned char *data = NULL;
	long		length = 0;

	if (PEM_read_bio(bio, &name, &header, &data, &length) == 1)
		FUZZ_CHECK(header[0] != '\0' || pca_bytes_equal(der, (PcaBytes) {data, length}));
	else
		FUZZ_CHECK(!must_read);
	ERR_clear_error();
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_free(data);
	BIO_free(bio);
}

static void
check_base64(const char *text)
{
	PcaBytes	data;
	const char *fault = pca_base64_decode(text, &data);
	size_t		length = strlen(text);
	uint8	   *expected;
	int			decoded;

	/* OpenSSL's decoder accepts surplus bits; ours is stricter. */
	if (fault != NULL || !pca_pattern_is_base64(text) || length == 0)
		return;
	expected = palloc(length);
	decoded = EVP_DecodeBlock(expected, (const uint8 *) text, length);
	FUZZ_CHECK(decoded >= 0 && data.length <= (size_t) decoded && (size_t) decoded - data.length <= 2);
	FUZZ_CHECK(memcmp(expected, data.data, data.length) == 0);
}

void
fuzz_one(PcaBytes input)
{
	char	   *text = fuzz_text(input);
	const char *rest;
	char	   *written;
	PcaBytes	der;
	PcaBytes	again;

	/* Octets to text and back */
	written = pca_pem_format(input, labels[0]);
	FUZZ_CHECK(pca_pem_parse(written, labels, &again, &rest) == NULL);
	FUZZ_CHECK(*rest == '\0' && pca_bytes_equal(again, input));
	compare(written, input, input.length > 0);

	if (text == NULL)
		return;
	check_base64(text);
	if (pca_pem_parse(text, labels, &der, &rest) != NULL)
		return;
	FUZZ_CHECK(rest > text && rest <= text + strlen(text));
	compare(strstr(text, "-----BEGIN "), der, false);
}
