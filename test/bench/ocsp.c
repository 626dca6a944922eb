/*-------------------------------------------------------------------------
 *
 * ocsp.c
 *	  The rate at which this machine can answer OCSP requests without a
 *	  database: read the request, write the response, sign it with a P-256 key.
 *
 *	  ocsp FILE
 *		  answers each request of FILE, a line of hexadecimal digits each, and
 *		  prints a line `ocsp`, rate per second, rate per second of processor
 *		  time; and one of `sign`, for as many signatures alone.
 *
 * It shares no code with the extension.  Every certificate counts as good.
 *
 *-------------------------------------------------------------------------
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/evp.h>
#include <openssl/ocsp.h>
#include <openssl/x509.h>

#define MAX_REQUEST 1024
#define MAX_RESPONSE 4096
#define MAX_SIGNATURE 80
#define BYTES(text) ((Bytes) {(const uint8_t *) (text), sizeof(text) - 1})

typedef struct Bytes
{
	const uint8_t *data;
	size_t		length;
} Bytes;

typedef struct Requests
{
	int			count;
	Bytes	   *list;
} Requests;

typedef struct Responder
{
	EVP_PKEY   *key;
	EVP_PKEY_CTX *signer;
	EVP_MD_CTX *digester;
	EVP_MD	   *sha256;
	uint8_t		key_identifier[20];
	uint8_t		response[MAX_RESPONSE];
} Responder;

static void
die(const char *what)
{
	fprintf(stderr, "ocsp: %s\n", what);
	exit(1);
}

static double
seconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

/* ---------- the file of requests ---------- */

static Requests
read_requests(const char *path)
{
	static char line[2 * MAX_REQUEST + 2];
	Requests	requests = {0, NULL};
	FILE	   *file = fopen(path, "r");

	if (file == NULL)
		die("could not open the file of requests");
	while (fgets(line, sizeof(line), file) != NULL)
	{
		size_t		length = strcspn(line, "\n") / 2;
		uint8_t    *data = malloc(length + 1);

		requests.list = realloc(requests.list, (requests.count + 1) * sizeof(Bytes));
		if (data == NULL || requests.list == NULL)
			die("out of memory");
		for (size_t i = 0; i < length; i++)
			if (sscanf(line + 2 * i, "%2hhx", &data[i]) != 1)
				die("a request is not hexadecimal");
		requests.list[requests.count++] = (Bytes) {data, length};
	}
	fclose(file);
	if (requests.count == 0)
		die("there is no request");
	return requests;
}

/* ---------- reading and writing DER ---------- */

static bool
take(Bytes *input, uint8_t tag, Bytes *content, Bytes *whole)
{
	size_t		header = 2;
	size_t		length;

	if (input->length < 2 || input->data[0] != tag)
		return false;
	length = input->data[1];
	if (length == 0x81 && input->length >= 3)
	{
		length = input->data[2];
		header = 3;
	}
	else if (length >= 0x80)
		return false;
	if (length > input->length - header)
		return false;
	*content = (Bytes) {input->data + header, length};
	*whole = (Bytes) {input->data, header + length};
	input->data += header + length;
	input->length -= header + length;
	return true;
}

/* DER is written from the end to the beginning, so that lengths are known. */
static void
put(uint8_t **to, Bytes bytes)
{
	*to -= bytes.length;
	memcpy(*to, bytes.data, bytes.length);
}

static void
wrap(uint8_t **to, uint8_t tag, const uint8_t *end)
{
	size_t		length = end - *to;

	if (length < 0x80)
		*--*to = length;
	else
	{
		*--*to = length & 0xff;
		if (length >= 0x100)
			*--*to = length >> 8;
		*--*to = length >= 0x100 ? 0x82 : 0x81;
	}
	*--*to = tag;
}

static void
put_time(uint8_t **to, time_t when)
{
	const uint8_t *end = *to;
	struct tm	tm;
	char		text[20];

	gmtime_r(&when, &tm);
	strftime(text, sizeof(text), "%Y%m%d%H%M%SZ", &tm);
	put(to, (Bytes) {(const uint8_t *) text, 15});
	wrap(to, 0x18, end);
}

/* ---------- the response ---------- */

/* RFC 6960 4.1.1: the CertID of a request for one certificate, and the hashes and the serial in it */
static bool
read_request(Bytes der, Bytes *id)
{
	Bytes		inner;
	Bytes		whole;

	for (int i = 0; i < 4; i++)
	{
		if (!take(&der, 0x30, &inner, &whole) || der.length != 0)
			return false;
		der = inner;
	}
	if (!take(&der, 0x30, &inner, id))
		return false;
	return take(&inner, 0x30, &whole, &whole) && take(&inner, 0x04, &whole, &whole) &&
		take(&inner, 0x04, &whole, &whole) && take(&inner, 0x02, &whole, &whole) && inner.length == 0;
}

/* RFC 6960 4.2.1: ResponseData */
static void
put_data(const Responder *responder, uint8_t **to, Bytes id)
{
	const uint8_t *end = *to;
	const uint8_t *part;
	time_t		now = time(NULL);

	put_time(to, now + 3600);
	wrap(to, 0xa0, end);
	put_time(to, now);
	put(to, BYTES("\x80\x00"));
	put(to, id);
	wrap(to, 0x30, end);
	wrap(to, 0x30, end);
	put_time(to, now);
	part = *to;
	put(to, (Bytes) {responder->key_identifier, sizeof(responder->key_identifier)});
	wrap(to, 0x04, part);
	wrap(to, 0xa2, part);
	wrap(to, 0x30, end);
}

static bool
sign(Responder *responder, Bytes data, uint8_t *signature, size_t *length)
{
	uint8_t		digest[32];

	return EVP_DigestInit_ex2(responder->digester, responder->sha256, NULL) == 1 &&
		EVP_DigestUpdate(responder->digester, data.data, data.length) == 1 &&
		EVP_DigestFinal_ex(responder->digester, digest, NULL) == 1 &&
		EVP_PKEY_sign(responder->signer, signature, length, digest, sizeof(digest)) == 1;
}

/* Answers a request.  The response is in the responder's memory until the next call. */
static Bytes
answer(Responder *responder, Bytes request)
{
	uint8_t    *end = responder->response + MAX_RESPONSE;
	uint8_t    *data = end - MAX_SIGNATURE - 64;
	uint8_t    *data_end = data;
	uint8_t    *to = end;
	uint8_t		signature[MAX_SIGNATURE];
	size_t		length = sizeof(signature);
	Bytes		id;

	if (!read_request(request, &id))
		die("a request is not what is expected");
	put_data(responder, &data, id);
	if (!sign(responder, (Bytes) {data, data_end - data}, signature, &length))
		die("could not sign");
	put(&to, (Bytes) {signature, length});
	*--to = 0;
	wrap(&to, 0x03, end);
	put(&to, BYTES("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02"));
	to -= data_end - data;
	memmove(to, data, data_end - data);
	wrap(&to, 0x30, end);
	wrap(&to, 0x04, end);
	put(&to, BYTES("\x06\x09\x2b\x06\x01\x05\x05\x07\x30\x01\x01"));
	wrap(&to, 0x30, end);
	wrap(&to, 0xa0, end);
	put(&to, BYTES("\x0a\x01\x00"));
	wrap(&to, 0x30, end);
	return (Bytes) {to, end - to};
}

static void
init(Responder *responder)
{
	unsigned char *point = NULL;
	int			length;

	responder->key = EVP_EC_gen("P-256");
	responder->signer = EVP_PKEY_CTX_new_from_pkey(NULL, responder->key, NULL);
	responder->digester = EVP_MD_CTX_new();
	responder->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	length = i2d_PublicKey(responder->key, &point);
	if (length <= 0 || EVP_Digest(point, length, responder->key_identifier, NULL, EVP_sha1(), NULL) != 1 ||
		EVP_PKEY_sign_init(responder->signer) != 1 ||
		EVP_PKEY_CTX_set_signature_md(responder->signer, responder->sha256) != 1)
		die("could not make a key");
	OPENSSL_free(point);
}

/* Checks that the yardstick does its work: OpenSSL must accept its response. */
static void
check(Responder *responder, Bytes request)
{
	Bytes		der = answer(responder, request);
	const uint8_t *p = der.data;
	OCSP_RESPONSE *response = d2i_OCSP_RESPONSE(NULL, &p, der.length);
	OCSP_BASICRESP *basic = response != NULL ? OCSP_response_get1_basic(response) : NULL;
	const ASN1_OCTET_STRING *signature;
	uint8_t    *data = NULL;
	int			length;
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	if (basic == NULL || p != der.data + der.length || OCSP_resp_count(basic) != 1)
		die("the response made is none");
	length = i2d_OCSP_RESPDATA((OCSP_RESPDATA *) OCSP_resp_get0_respdata(basic), &data);
	signature = OCSP_resp_get0_signature(basic);
	if (EVP_DigestVerifyInit_ex(context, NULL, "SHA256", NULL, NULL, responder->key, NULL) != 1 ||
		EVP_DigestVerify(context, ASN1_STRING_get0_data(signature),
						 ASN1_STRING_length(signature), data, length) != 1)
		die("the response made is not signed");
	EVP_MD_CTX_free(context);
	OPENSSL_free(data);
	OCSP_BASICRESP_free(basic);
	OCSP_RESPONSE_free(response);
}

static bool
answer_once(Responder *responder, Bytes request)
{
	return answer(responder, request).length > 0;
}

static bool
sign_once(Responder *responder, Bytes request)
{
	static const uint8_t digest[32];
	uint8_t		signature[MAX_SIGNATURE];
	size_t		length = sizeof(signature);

	(void) request;
	return EVP_PKEY_sign(responder->signer, signature, &length, digest, sizeof(digest)) == 1;
}

static void
measure(const char *name, bool (*once) (Responder *, Bytes), Responder *responder, const Requests *requests)
{
	double		begin = seconds(CLOCK_MONOTONIC);
	double		processor = seconds(CLOCK_PROCESS_CPUTIME_ID);

	for (int i = 0; i < requests->count; i++)
		if (!once(responder, requests->list[i]))
			die("a measure failed");
	printf("%s %.1f %.1f\n", name, requests->count / (seconds(CLOCK_MONOTONIC) - begin),
		   requests->count / (seconds(CLOCK_PROCESS_CPUTIME_ID) - processor));
}

int
main(int argc, char **argv)
{
	static Responder responder;
	Requests	requests;

	if (argc != 2)
		die("see the head of ocsp.c for what it takes");
	requests = read_requests(argv[1]);
	init(&responder);
	check(&responder, requests.list[0]);
	measure("ocsp", answer_once, &responder, &requests);
	measure("sign", sign_once, &responder, &requests);
	return 0;
}
