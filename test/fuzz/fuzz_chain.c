/*-------------------------------------------------------------------------
 *
 * fuzz_chain.c
 *	  Reads certificates, one after the other, as a CA's certificate and
 *	  its chain.
 *
 * The first octet determines the type of the CA, and whether any signature
 * counts as good.  OpenSSL accepts every chain that we accept by its
 * signatures, with the last certificate as the trust anchor.
 *
 *-------------------------------------------------------------------------
 */
#include "fuzz.h"

#include <openssl/x509_vfy.h>

#include "base_shape.h"
#include "crypto_pem.h"
#include "lib/stringinfo.h"
#include "rule_import.h"
#include "x509.h"

static X509 *
decode(PcaBytes der)
{
	const uint8 *at = der.data;
	X509	   *certificate = d2i_X509(NULL, &at, der.length);

	FUZZ_CHECK(certificate != NULL);
	return certificate;
}

static void
check_by_openssl(const PcaChain *chain, int64 now)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *context = X509_STORE_CTX_new();
	STACK_OF(X509) *between = sk_X509_new_null();
	X509	   *first = decode(chain->certificates[0].der);

	for (int i = 0; i < chain->count; i++)
	{
		X509	   *certificate = decode(chain->certificates[i].der);

		if (i == chain->count - 1)
			X509_STORE_add_cert(store, certificate);
		sk_X509_push(between, certificate);
	}
	X509_STORE_CTX_init(context, store, first, between);
	X509_STORE_CTX_set_time(context, 0, now);
	fuzz_sqlstate = 0;
	if (X509_verify_cert(context) != 1)
	{
		fprintf(stderr, "OpenSSL: %s\n", X509_verify_cert_error_string(X509_STORE_CTX_get_error(context)));
		FUZZ_CHECK(!"OpenSSL takes the chain that we take");
	}
	X509_STORE_CTX_free(context);
	X509_STORE_free(store);
	sk_X509_pop_free(between, X509_free);
	X509_free(first);
	ERR_clear_error();
}

/* Writes a PEM block for each value, and one for the rest. */
static void
split(PcaBytes input, char **certificate, StringInfo chain)
{
	PcaDerReader reader = pca_der_reader(input);
	PcaDerElement element;

	*certificate = NULL;
	while (!pca_der_at_end(&reader))
	{
		char	   *pem;

		if (!pca_der_next(&reader, &element))
		{
			element.whole = (PcaBytes) {reader.next, reader.end - reader.next};
			reader.next = reader.end;
		}
		pem = pca_pem_format(element.whole, "CERTIFICATE");
		if (*certificate == NULL)
			*certificate = pem;
		else
			appendStringInfo(chain, "%s\n", pem);
	}
}

void
fuzz_one(PcaBytes input)
{
	FuzzStream	stream = fuzz_stream(input);
	uint8		flags = fuzz_byte(&stream);
	bool		is_root = (flags & 1) != 0;
	char	   *certificate;
	StringInfoData text;
	PcaChain	chain;
	PcaIssuer	issuer;
	int64		now;
	int			state;

	initStringInfo(&text);
	split((PcaBytes) {stream.next, stream.end - stream.next}, &certificate, &text);
	if (certificate == NULL || strlen(certificate) > (size_t) pca_shape_certificate_body_blob.max)
		return;
	state = FUZZ_CATCH(pca_import_read(certificate, text.data, &chain));
	FUZZ_EXPECT(state, MALFORMED_CERTIFICATE);
	if (state != 0)
		return;
	now = chain.certificates[0].not_before / 2 + chain.certificates[0].not_after / 2;
	fuzz_takes_any_signature = (flags & 2) != 0;
	state = FUZZ_CATCH(pca_import_check(&chain, chain.certificates[0].spki, is_root, now));
	FUZZ_CHECK(ERR_peek_error() == 0);
	FUZZ_CHECK(state == 0 || state == PCA_SQLSTATE_MALFORMED_CERTIFICATE ||
			   state == PCA_SQLSTATE_CERTIFICATE_MISMATCH || state == PCA_SQLSTATE_INVALID_REQUEST ||
			   state == PCA_SQLSTATE_VALIDATION);
	if (state != 0)
		return;
	pca_chain_issuer(&chain, &issuer);
	FUZZ_CHECK(issuer.constraints.is_ca && issuer.constraints.path_length >= PCA_NO_PATH_LENGTH);
	FUZZ_CHECK(issuer.name_constraint_count <= chain.count);
	if (!fuzz_takes_any_signature)
		check_by_openssl(&chain, now);
}
