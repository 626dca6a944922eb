/*-------------------------------------------------------------------------
 *
 * issuance.c
 *	  The yardstick: one issuance as fast as OpenSSL's public API lets a plain
 *	  C program make it, without a database.
 *
 * It does only what EndEntityCertificate/V1 needs: it decodes the PEM, walks to
 * the subject, key and subjectAltName, verifies the request's signature, writes
 * the to-be-signed bytes, signs, and optionally verifies the result.  It keeps
 * every object of OpenSSL that can be kept.  It shares no code with the
 * extension, so that a mistake in one shows in the comparison with the other.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>
#include <time.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "issuance.h"

#define BYTES(text) ((Bytes) {(const uint8_t *) (text), sizeof(text) - 1})

#define MAX_CSR 4096
#define MAX_CERTIFICATE 8192
#define MAX_SIGNATURE 512
#define POINT_LENGTH 65
#define SKI_LENGTH 20

typedef struct CaAlgorithm
{
	const char *name;
	const char *group;			/* NULL for RSA */
	const char *digest;
	Bytes		identifier;		/* AlgorithmIdentifier of the signature */
} CaAlgorithm;

/* RFC 5758 3.2, RFC 4055 5 */
static const CaAlgorithm ca_algorithms[] = {
	{"P-256", "P-256", "SHA256", {(const uint8_t *) "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02", 12}},
	{"P-384", "P-384", "SHA384", {(const uint8_t *) "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03", 12}},
	{"RSA-2048", NULL, "SHA256",
		{(const uint8_t *) "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\x00", 15}},
};

struct Issuer
{
	const CaAlgorithm *algorithm;
	EVP_PKEY   *key;
	EVP_PKEY_CTX *signer;
	EVP_PKEY_CTX *verifier;
	EVP_PKEY   *subject_key;	/* its point changes with each request */
	EVP_PKEY_CTX *subject_verifier;
	EVP_MD_CTX *digester;
	EVP_MD	   *sha1;
	EVP_MD	   *sha256;
	EVP_MD	   *digest;
	uint8_t		authority_key_identifier[SKI_LENGTH];
	uint8_t		signature[MAX_SIGNATURE];
	size_t		signature_length;
	uint8_t		csr[MAX_CSR];
	uint8_t		certificate[MAX_CERTIFICATE];
};

/* Common name "Example Root", organization "Example", country "US" */
static const Bytes issuer_name = {(const uint8_t *)
	"\x30\x36\x31\x0b\x30\x09\x06\x03\x55\x04\x06\x13\x02US"
	"\x31\x10\x30\x0e\x06\x03\x55\x04\x0a\x0c\x07" "Example"
	"\x31\x15\x30\x13\x06\x03\x55\x04\x03\x0c\x0c" "Example Root",
56};

/* SubjectPublicKeyInfo of a P-256 key, up to the point */
static const Bytes p256_spki = {(const uint8_t *)
	"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"
	"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00",
26};

/* basicConstraints CA:FALSE */
static const Bytes basic_constraints = {(const uint8_t *)
	"\x30\x09\x06\x03\x55\x1d\x13\x04\x02\x30\x00",
11};

/* keyUsage critical: digitalSignature, keyEncipherment; extKeyUsage: serverAuth, clientAuth */
static const Bytes key_usages = {(const uint8_t *)
	"\x30\x0e\x06\x03\x55\x1d\x0f\x01\x01\xff\x04\x04\x03\x02\x05\xa0"
	"\x30\x1d\x06\x03\x55\x1d\x25\x04\x16\x30\x14"
	"\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01"
	"\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x02",
47};

static const Bytes extension_request = {(const uint8_t *) "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0e", 11};
static const Bytes subject_alternative_name = {(const uint8_t *) "\x06\x03\x55\x1d\x11", 5};

/* What a certificate takes from a request */
typedef struct Request
{
	Bytes		signed_part;
	Bytes		subject;
	Bytes		spki;
	Bytes		point;
	Bytes		names;			/* the extension subjectAltName, or nothing */
	Bytes		signature;
} Request;

/* ---------- reading DER ---------- */

/*
 * Takes the next element from the input: its content and, if requested, the
 * whole element.  Returns false if it has another tag or does not fit.
 */
static bool
take(Bytes *input, uint8_t tag, Bytes *content, Bytes *whole)
{
	const uint8_t *p = input->data;
	size_t		header = 2;
	size_t		length;

	if (input->length < 2 || p[0] != tag)
		return false;
	length = p[1];
	if (length == 0x81 && input->length >= 3)
	{
		length = p[2];
		header = 3;
	}
	else if (length == 0x82 && input->length >= 4)
	{
		length = (size_t) p[2] << 8 | p[3];
		header = 4;
	}
	else if (length >= 0x80)
		return false;
	if (length > input->length - header)
		return false;
	*content = (Bytes) {p + header, length};
	if (whole != NULL)
		*whole = (Bytes) {p, header + length};
	input->data += header + length;
	input->length -= header + length;
	return true;
}

static bool
starts_with(Bytes bytes, Bytes prefix)
{
	return bytes.length >= prefix.length && memcmp(bytes.data, prefix.data, prefix.length) == 0;
}

/* RFC 2985 5.4.2: the subjectAltName among the requested extensions */
static bool
find_names(Bytes attributes, Bytes *names)
{
	Bytes		attribute;
	Bytes		oid;
	Bytes		values;
	Bytes		extensions;
	Bytes		extension;
	Bytes		whole;

	*names = (Bytes) {NULL, 0};
	while (attributes.length > 0)
	{
		if (!take(&attributes, 0x30, &attribute, NULL))
			return false;
		if (!starts_with(attribute, extension_request))
			continue;
		if (!take(&attribute, 0x06, &oid, NULL) || !take(&attribute, 0x31, &values, NULL) ||
			!take(&values, 0x30, &extensions, NULL))
			return false;
		while (extensions.length > 0)
		{
			if (!take(&extensions, 0x30, &extension, &whole))
				return false;
			if (starts_with(extension, subject_alternative_name))
				*names = whole;
		}
	}
	return true;
}

/* RFC 2986 4: CertificationRequest, with a P-256 key and SHA-256 */
static bool
read_request(Bytes der, Request *request)
{
	Bytes		outer;
	Bytes		info;
	Bytes		field;
	Bytes		bits;
	Bytes		attributes;

	if (!take(&der, 0x30, &outer, NULL) || der.length != 0 ||
		!take(&outer, 0x30, &info, &request->signed_part) ||
		!take(&info, 0x02, &field, NULL) ||
		!take(&info, 0x30, &field, &request->subject) ||
		!take(&info, 0x30, &field, &request->spki) ||
		!take(&info, 0xa0, &attributes, NULL) ||
		!starts_with(outer, ca_algorithms[0].identifier) ||
		!take(&outer, 0x30, &field, NULL) || !take(&outer, 0x03, &bits, NULL) || bits.length < 2)
		return false;
	if (!starts_with(request->spki, p256_spki) || request->spki.length != p256_spki.length + POINT_LENGTH ||
		request->spki.data[p256_spki.length] != 0x04)
		return false;
	request->point = (Bytes) {request->spki.data + p256_spki.length, POINT_LENGTH};
	request->signature = (Bytes) {bits.data + 1, bits.length - 1};
	return find_names(attributes, &request->names);
}

/* ---------- PEM ---------- */

static const char pem_begin[] = "-----BEGIN CERTIFICATE REQUEST-----\n";
static const char pem_end[] = "-----END CERTIFICATE REQUEST-----\n";

/* The value of each base64 character plus one; 0 for other characters */
static const uint8_t base64_values[256] = {
	['A'] = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26,
	['a'] = 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39,
		40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52,
	['0'] = 53, 54, 55, 56, 57, 58, 59, 60, 61, 62,
	['+'] = 63, ['/'] = 64
};

/* Decodes a request's PEM.  Returns the length, or 0. */
static size_t
pem_decode(const char *pem, size_t length, uint8_t *der, size_t capacity)
{
	const char *p = pem + sizeof(pem_begin) - 1;
	const char *end = pem + length;
	size_t		count = 0;
	uint32_t	bits = 0;
	int			waiting = 0;

	if (length < sizeof(pem_begin) - 1 || memcmp(pem, pem_begin, sizeof(pem_begin) - 1) != 0)
		return 0;
	for (; p < end && *p != '-' && *p != '='; p++)
	{
		uint8_t		value = base64_values[(uint8_t) *p];

		if (*p == '\n')
			continue;
		if (value == 0 || count == capacity)
			return 0;
		bits = bits << 6 | (value - 1u);
		waiting += 6;
		if (waiting >= 8)
		{
			waiting -= 8;
			der[count++] = bits >> waiting & 0xff;
		}
	}
	return p < end ? count : 0;
}

static size_t
pem_encode(Bytes der, char *pem, size_t capacity)
{
	size_t		length = 0;
	size_t		done;

	if (capacity < sizeof(pem_begin) + sizeof(pem_end) + der.length / 48 * 65 + 70)
		return 0;
	memcpy(pem, pem_begin, sizeof(pem_begin) - 1);
	length += sizeof(pem_begin) - 1;
	for (done = 0; done < der.length; done += 48)
	{
		size_t		left = der.length - done;

		length += EVP_EncodeBlock((unsigned char *) pem + length, der.data + done, left < 48 ? left : 48);
		pem[length++] = '\n';
	}
	memcpy(pem + length, pem_end, sizeof(pem_end));
	return length + sizeof(pem_end) - 1;
}

/* ---------- writing DER, from the end to the beginning: lengths are known ---------- */

typedef struct Writer
{
	uint8_t    *next;			/* the first octet written so far */
	uint8_t    *end;
} Writer;

static Writer
writer(uint8_t *buffer, size_t capacity)
{
	return (Writer) {buffer + capacity, buffer + capacity};
}

static Bytes
written(const Writer *to)
{
	return (Bytes) {to->next, (size_t) (to->end - to->next)};
}

static void
put(Writer *to, Bytes bytes)
{
	to->next -= bytes.length;
	memcpy(to->next, bytes.data, bytes.length);
}

static void
put_octet(Writer *to, uint8_t octet)
{
	*--to->next = octet;
}

/* Makes everything that was written since `end` the content of an element. */
static void
wrap(Writer *to, uint8_t tag, const uint8_t *end)
{
	size_t		length = end - to->next;

	if (length < 0x80)
		put_octet(to, length);
	else
	{
		put_octet(to, length & 0xff);
		if (length >= 0x100)
			put_octet(to, length >> 8);
		put_octet(to, length >= 0x100 ? 0x82 : 0x81);
	}
	put_octet(to, tag);
}

static void
put_element(Writer *to, uint8_t tag, Bytes content)
{
	const uint8_t *end = to->next;

	put(to, content);
	wrap(to, tag, end);
}

/* RFC 5280 4.1.2.5.1: until 2050 a time is a UTCTime. */
static void
put_time(Writer *to, time_t when)
{
	struct tm	tm;
	char		text[16];

	gmtime_r(&when, &tm);
	strftime(text, sizeof(text), "%y%m%d%H%M%SZ", &tm);
	put_element(to, 0x17, (Bytes) {(const uint8_t *) text, 13});
}

/* ---------- OpenSSL ---------- */

static bool
compute_digest(Issuer *issuer, const EVP_MD *method, Bytes data, uint8_t *result)
{
	return EVP_DigestInit_ex2(issuer->digester, method, NULL) == 1 &&
		EVP_DigestUpdate(issuer->digester, data.data, data.length) == 1 &&
		EVP_DigestFinal_ex(issuer->digester, result, NULL) == 1;
}

static bool
prepare(const Issuer *issuer, EVP_PKEY_CTX *context)
{
	if (issuer->algorithm->group == NULL && EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) != 1)
		return false;
	return EVP_PKEY_CTX_set_signature_md(context, issuer->digest) == 1;
}

/* The CA's key identifier: SHA-1 of the key's octets (RFC 5280 4.2.1.2). */
static bool
identify(Issuer *issuer)
{
	uint8_t    *der = NULL;
	int			length = i2d_PublicKey(issuer->key, &der);
	bool		ok = length > 0 && compute_digest(issuer, issuer->sha1, (Bytes) {der, length},
												  issuer->authority_key_identifier);

	OPENSSL_free(der);
	return ok;
}

static bool
issuer_init(Issuer *issuer)
{
	const CaAlgorithm *algorithm = issuer->algorithm;

	issuer->digester = EVP_MD_CTX_new();
	issuer->sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
	issuer->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	issuer->digest = EVP_MD_fetch(NULL, algorithm->digest, NULL);
	issuer->key = algorithm->group != NULL ? EVP_EC_gen(algorithm->group) : EVP_RSA_gen(2048);
	issuer->subject_key = EVP_EC_gen("P-256");
	if (issuer->key == NULL || issuer->subject_key == NULL || issuer->digest == NULL)
		return false;
	issuer->signer = EVP_PKEY_CTX_new_from_pkey(NULL, issuer->key, NULL);
	issuer->verifier = EVP_PKEY_CTX_new_from_pkey(NULL, issuer->key, NULL);
	issuer->subject_verifier = EVP_PKEY_CTX_new_from_pkey(NULL, issuer->subject_key, NULL);
	return EVP_PKEY_sign_init(issuer->signer) == 1 && prepare(issuer, issuer->signer) &&
		EVP_PKEY_verify_init(issuer->verifier) == 1 && prepare(issuer, issuer->verifier) &&
		EVP_PKEY_verify_init(issuer->subject_verifier) == 1 && identify(issuer);
}

/* Returns a CA with a new key, for the life of the process, or NULL for an unknown algorithm. */
Issuer *
issuer_new(const char *algorithm)
{
	for (size_t i = 0; i < sizeof(ca_algorithms) / sizeof(ca_algorithms[0]); i++)
	{
		Issuer	   *issuer;

		if (strcmp(ca_algorithms[i].name, algorithm) != 0)
			continue;
		issuer = OPENSSL_zalloc(sizeof(*issuer));
		if (issuer == NULL)
			return NULL;
		issuer->algorithm = &ca_algorithms[i];
		return issuer_init(issuer) ? issuer : NULL;
	}
	return NULL;
}

bool
issuer_sign(Issuer *issuer, Bytes digest)
{
	issuer->signature_length = sizeof(issuer->signature);
	return EVP_PKEY_sign(issuer->signer, issuer->signature, &issuer->signature_length,
						 digest.data, digest.length) == 1;
}

/* Tells whether the last signature is one over this digest. */
bool
issuer_verify(Issuer *issuer, Bytes digest)
{
	return EVP_PKEY_verify(issuer->verifier, issuer->signature, issuer->signature_length,
						   digest.data, digest.length) == 1;
}

/* The context refers to the key itself, so it can be kept when the point changes. */
static bool
request_is_signed(Issuer *issuer, const Request *request)
{
	uint8_t		hash[EVP_MAX_MD_SIZE];
	bool		ok = compute_digest(issuer, issuer->sha256, request->signed_part, hash) &&
		EVP_PKEY_set1_encoded_public_key(issuer->subject_key, request->point.data, request->point.length) == 1 &&
		EVP_PKEY_verify(issuer->subject_verifier, request->signature.data, request->signature.length,
						hash, 32) == 1;

	if (!ok)
		ERR_clear_error();
	return ok;
}

/* ---------- the certificate ---------- */

static bool
put_key_identifiers(Issuer *issuer, Writer *to, const Request *request)
{
	static const Bytes ski = {(const uint8_t *) "\x30\x1d\x06\x03\x55\x1d\x0e\x04\x16\x04\x14", 11};
	static const Bytes aki = {(const uint8_t *) "\x30\x1f\x06\x03\x55\x1d\x23\x04\x18\x30\x16\x80\x14", 13};
	uint8_t		identifier[EVP_MAX_MD_SIZE];

	if (!compute_digest(issuer, issuer->sha1, request->point, identifier))
		return false;
	put(to, (Bytes) {identifier, SKI_LENGTH});
	put(to, ski);
	put(to, (Bytes) {issuer->authority_key_identifier, SKI_LENGTH});
	put(to, aki);
	return true;
}

static bool
put_extensions(Issuer *issuer, Writer *to, const Request *request)
{
	const uint8_t *end = to->next;

	put(to, request->names);
	put(to, key_usages);
	if (!put_key_identifiers(issuer, to, request))
		return false;
	put(to, basic_constraints);
	wrap(to, 0x30, end);
	wrap(to, 0xa3, end);
	return true;
}

static void
put_validity(Writer *to)
{
	const uint8_t *end = to->next;
	time_t		now = time(NULL);

	put_time(to, now + 365 * 86400);
	put_time(to, now - 3600);
	wrap(to, 0x30, end);
}

/* RFC 5280 4.1.2: TBSCertificate */
static bool
put_tbs(Issuer *issuer, Writer *to, const Request *request)
{
	const uint8_t *end = to->next;
	uint8_t		serial[16];

	if (RAND_bytes(serial, sizeof(serial)) != 1 || !put_extensions(issuer, to, request))
		return false;
	serial[0] = (serial[0] & 0x7f) | 0x40;
	put(to, request->spki);
	put(to, request->subject);
	put_validity(to);
	put(to, issuer_name);
	put(to, issuer->algorithm->identifier);
	put_element(to, 0x02, (Bytes) {serial, sizeof(serial)});
	put(to, BYTES("\xa0\x03\x02\x01\x02"));
	wrap(to, 0x30, end);
	return true;
}

/*
 * Issues a certificate for a request with a P-256 key.  The result is in the
 * issuer's memory until the next call; it is empty if the request is not good.
 */
Bytes
issuer_issue(Issuer *issuer, const char *csr_pem, size_t length, IssueMode mode)
{
	static const Bytes none = {NULL, 0};
	Writer		to = writer(issuer->certificate, sizeof(issuer->certificate) - MAX_SIGNATURE - 64);
	Writer		tail = writer(issuer->certificate, sizeof(issuer->certificate));
	Bytes		der = {issuer->csr, pem_decode(csr_pem, length, issuer->csr, sizeof(issuer->csr))};
	uint8_t		hash[EVP_MAX_MD_SIZE];
	Bytes		hashed = {hash, EVP_MD_get_size(issuer->digest)};
	Bytes		tbs;
	Request		request;

	if (!read_request(der, &request) || !request_is_signed(issuer, &request) || !put_tbs(issuer, &to, &request))
		return none;
	tbs = written(&to);
	if (!compute_digest(issuer, issuer->digest, tbs, hash) || !issuer_sign(issuer, hashed))
		return none;
	if (mode == ISSUE_SIGNED_AND_VERIFIED && !issuer_verify(issuer, hashed))
		return none;
	put(&tail, (Bytes) {issuer->signature, issuer->signature_length});
	put_octet(&tail, 0);
	wrap(&tail, 0x03, tail.end);
	put(&tail, issuer->algorithm->identifier);
	tail.next -= tbs.length;
	memmove(tail.next, tbs.data, tbs.length);
	wrap(&tail, 0x30, tail.end);
	return written(&tail);
}

/* Tells whether OpenSSL's own reader accepts the certificate and its signature. */
bool
issuer_is_intact(Issuer *issuer, Bytes certificate)
{
	const uint8_t *p = certificate.data;
	X509	   *x509 = d2i_X509(NULL, &p, certificate.length);
	bool		ok = x509 != NULL && p == certificate.data + certificate.length &&
		X509_verify(x509, issuer->key) == 1;

	X509_free(x509);
	return ok;
}

/* ---------- requests ---------- */

/* The extension request of RFC 2985 5.4.2 with one dNSName. */
static void
put_names(Writer *to, Bytes name)
{
	const uint8_t *end = to->next;

	put_element(to, 0x82, name);
	wrap(to, 0x30, end);
	wrap(to, 0x04, end);
	put(to, subject_alternative_name);
	wrap(to, 0x30, end);
	wrap(to, 0x30, end);
	wrap(to, 0x31, end);
	put(to, extension_request);
	wrap(to, 0x30, end);
	wrap(to, 0xa0, end);
}

static void
put_subject(Writer *to, Bytes name)
{
	const uint8_t *end = to->next;

	put_element(to, 0x0c, name);
	put(to, BYTES("\x06\x03\x55\x04\x03"));
	wrap(to, 0x30, end);
	wrap(to, 0x31, end);
	wrap(to, 0x30, end);
}

static bool
put_spki(Writer *to, EVP_PKEY *key)
{
	uint8_t		point[POINT_LENGTH];
	size_t		length;

	if (EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point), &length) != 1)
		return false;
	put(to, (Bytes) {point, length});
	put(to, p256_spki);
	return length == POINT_LENGTH;
}

/* RFC 2986 4.2, step 2 */
static bool
sign_request(EVP_PKEY *key, Bytes info, uint8_t *signature, size_t *length)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool		ok = EVP_DigestSignInit_ex(context, NULL, "SHA256", NULL, NULL, key, NULL) == 1 &&
		EVP_DigestSign(context, signature, length, info.data, info.length) == 1;

	EVP_MD_CTX_free(context);
	return ok;
}

/*
 * Makes a request, PEM, with a new P-256 key, and with a common name and a
 * dNSName that contain this number.  Returns its length, or 0.
 */
size_t
csr_make(unsigned number, char *pem, size_t capacity)
{
	uint8_t		buffer[2][1024];
	Writer		info = writer(buffer[0], sizeof(buffer[0]));
	Writer		whole = writer(buffer[1], sizeof(buffer[1]));
	char		text[] = "device-00000000.example.com";
	Bytes		name = BYTES(text);
	uint8_t		signature[MAX_SIGNATURE];
	size_t		length = sizeof(signature);
	EVP_PKEY   *key = EVP_EC_gen("P-256");
	bool		ok;

	for (int i = 14; i >= 7; i--, number /= 10)
		text[i] = '0' + number % 10;
	put_names(&info, name);
	ok = key != NULL && put_spki(&info, key);
	put_subject(&info, name);
	put(&info, BYTES("\x02\x01\x00"));
	wrap(&info, 0x30, info.end);
	ok = ok && sign_request(key, written(&info), signature, &length);
	EVP_PKEY_free(key);
	if (!ok)
		return 0;
	put(&whole, (Bytes) {signature, length});
	put_octet(&whole, 0);
	wrap(&whole, 0x03, whole.end);
	put(&whole, ca_algorithms[0].identifier);
	put(&whole, written(&info));
	wrap(&whole, 0x30, whole.end);
	return pem_encode(written(&whole), pem, capacity);
}
