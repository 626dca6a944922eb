/*-------------------------------------------------------------------------
 *
 * fuzz_oid.c
 *	  Converts object identifiers in both directions, and serial numbers
 *	  to decimal, and compares the results with OpenSSL's.
 *
 *-------------------------------------------------------------------------
 */
#include "fuzz.h"

#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/objects.h>

#include "base_shape.h"

static void
check_content(PcaBytes content)
{
	uint8		again[PCA_OID_MAX_LENGTH];
	size_t		length;
	char		text[1024];
	char	   *dotted = pca_oid_format(content);
	uint8		der[PCA_OID_MAX_LENGTH + 3] = {PCA_DER_OID, content.length};
	const uint8 *at = der;
	size_t		header = content.length < 0x80 ? 2 : 3;
	ASN1_OBJECT *object;

	FUZZ_CHECK(pca_oid_parse(dotted, again, &length));
	FUZZ_CHECK(pca_bytes_equal(content, (PcaBytes) {again, length}));
	if (header == 3)
	{
		der[1] = 0x81;
		der[2] = content.length;
	}
	memcpy(der + header, content.data, content.length);
	object = d2i_ASN1_OBJECT(NULL, &at, header + content.length);
	FUZZ_CHECK(object != NULL);
	FUZZ_CHECK(OBJ_obj2txt(text, sizeof(text), object, 1) > 0 && strcmp(text, dotted) == 0);
	ASN1_OBJECT_free(object);
}

static void
check_dotted(const char *dotted)
{
	uint8		content[PCA_OID_MAX_LENGTH];
	size_t		length;
	ASN1_OBJECT *object;

	pca_pattern_is_oid(dotted);
	if (!pca_oid_parse(dotted, content, &length))
		return;
	FUZZ_CHECK(pca_oid_is_valid((PcaBytes) {content, length}));
	check_content((PcaBytes) {content, length});
	object = OBJ_txt2obj(dotted, 1);
	FUZZ_CHECK(object != NULL);
	FUZZ_CHECK(pca_bytes_equal((PcaBytes) {OBJ_get0_data(object), OBJ_length(object)},
							   (PcaBytes) {content, length}));
	ASN1_OBJECT_free(object);
}

static void
check_decimal(PcaBytes number)
{
	BIGNUM	   *big = BN_bin2bn(number.data, number.length, NULL);
	char	   *expected = BN_bn2dec(big);

	FUZZ_CHECK(strcmp(pca_decimal_format(number), expected) == 0);
	OPENSSL_free(expected);
	BN_free(big);
}

void
fuzz_one(PcaBytes input)
{
	char	   *text = fuzz_text(input);

	if (text != NULL)
		check_dotted(text);
	if (pca_oid_is_valid(input))
		check_content(input);
	if (input.length > 0 && input.length <= PCA_OID_MAX_LENGTH)
		check_decimal(input);
	ERR_clear_error();
}
