/*-------------------------------------------------------------------------
 *
 * fuzz_crl.c
 *	  Reads any octets as a CRL.  If OpenSSL decodes it, too, the issuer,
 *	  dates, number, distribution point and entries are the same.  What
 *	  was read is written and read again.
 *
 *-------------------------------------------------------------------------
 */
#include "fuzz.h"

#include <openssl/bn.h>
#include <openssl/x509v3.h>
#include <time.h>

#include "crypto_crl.h"
#include "x509.h"

static int64
seconds_of(const ASN1_TIME *value)
{
	struct tm	tm;

	FUZZ_CHECK(ASN1_TIME_to_tm(value, &tm) == 1);
	return timegm(&tm);
}

static void
check_number(const uint8 *ours, int size, const ASN1_INTEGER *theirs)
{
	BIGNUM	   *number = ASN1_INTEGER_to_BN(theirs, NULL);
	uint8		octets[sizeof(pg_uuid_t)];

	FUZZ_CHECK(number != NULL && !BN_is_negative(number));
	FUZZ_CHECK(BN_bn2binpad(number, octets, size) == size && memcmp(octets, ours, size) == 0);
	BN_free(number);
}

static void
check_crl_number(const PcaCrl *crl, X509_CRL *other)
{
	int			is_critical;
	ASN1_INTEGER *number = X509_CRL_get_ext_d2i(other, NID_crl_number, &is_critical, NULL);
	uint8		octets[sizeof(crl->number)];

	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = crl->number >> (56 - 8 * i) & 0xff;
	FUZZ_CHECK(number != NULL || crl->number == 0);
	if (number != NULL)
		check_number(octets, sizeof(octets), number);
	ASN1_INTEGER_free(number);
}

/* Checks that there is only one URL, or no distribution point. */
static void
check_distribution_point(const PcaCrl *crl, X509_CRL *other)
{
	int			is_critical;
	ISSUING_DIST_POINT *point = X509_CRL_get_ext_d2i(other, NID_issuing_distribution_point, &is_critical, NULL);
	const GENERAL_NAME *name;

	FUZZ_CHECK((point != NULL) == (crl->url.length > 0));
	if (point == NULL)
		return;
	FUZZ_CHECK(point->distpoint != NULL && point->distpoint->type == 0);
	FUZZ_CHECK(sk_GENERAL_NAME_num(point->distpoint->name.fullname) == 1);
	name = sk_GENERAL_NAME_value(point->distpoint->name.fullname, 0);
	FUZZ_CHECK(name->type == GEN_URI);
	FUZZ_CHECK(pca_bytes_equal(crl->url, (PcaBytes) {
		ASN1_STRING_get0_data(name->d.uniformResourceIdentifier),
		ASN1_STRING_length(name->d.uniformResourceIdentifier)
	}));
	FUZZ_CHECK(point->onlyuser <= 0 && point->onlyCA <= 0 && point->indirectCRL <= 0 && point->onlyattr <= 0 &&
			   point->onlysomereasons == NULL);
	ISSUING_DIST_POINT_free(point);
}

static int
code_of(const char *word)
{
	static const char *const words[] = {
		"UNSPECIFIED", "KEY_COMPROMISE", "CERTIFICATE_AUTHORITY_COMPROMISE", "AFFILIATION_CHANGED", "SUPERSEDED",
		"CESSATION_OF_OPERATION", NULL, NULL, NULL, "PRIVILEGE_WITHDRAWN", "A_A_COMPROMISE"
	};

	for (size_t i = 0; i < lengthof(words); i++)
		if (words[i] != NULL && strcmp(words[i], word) == 0)
			return i;
	FUZZ_CHECK(!"a reason is one of the words");
	return -1;
}

static void
check_entry(const PcaCrlEntry *entry, X509_REVOKED *other)
{
	int			is_critical;
	ASN1_ENUMERATED *reason = X509_REVOKED_get_ext_d2i(other, NID_crl_reason, &is_critical, NULL);

	check_number(entry->serial.data, sizeof(entry->serial.data), X509_REVOKED_get0_serialNumber(other));
	FUZZ_CHECK(seconds_of(X509_REVOKED_get0_revocationDate(other)) == entry->revoked_at);
	/* -2: the extension occurs twice, and OpenSSL returns no value. */
	if (reason != NULL)
		FUZZ_CHECK(ASN1_ENUMERATED_get(reason) == code_of(entry->reason));
	else if (is_critical == -1)
		FUZZ_CHECK(strcmp(entry->reason, "UNSPECIFIED") == 0);
	ASN1_ENUMERATED_free(reason);
}

/*
 * Returns the fault of the first entry that has one, or NULL.  Compares the
 * entries with OpenSSL's, if there are any.
 */
static const char *
check_entries(const PcaCrl *crl, STACK_OF(X509_REVOKED) *others, PcaCrlWriter *writer)
{
	PcaDerReader reader = pca_der_reader(crl->entries);
	PcaCrlEntry entry;
	const char *fault = NULL;
	int			count = 0;

	while (!pca_der_at_end(&reader) && (fault = pca_crl_next(&reader, &entry)) == NULL)
	{
		if (others != NULL)
		{
			FUZZ_CHECK(count < sk_X509_REVOKED_num(others));
			check_entry(&entry, sk_X509_REVOKED_value(others, count));
		}
		pca_crl_add(writer, &entry.serial, entry.revoked_at, entry.reason);
		count++;
	}
	FUZZ_CHECK(fault != NULL || others == NULL || count == sk_X509_REVOKED_num(others));
	return fault;
}

/* pca_crl_sign() reads back what it wrote, and throws an error if it is not what was decided. */
static void
check_written(const PcaCrl *crl, PcaCrlWriter *writer)
{
	PcaBytes	written = pca_crl_sign(writer, NULL);
	const uint8 *at = written.data;
	PcaCrl		again;
	X509_CRL   *other;

	FUZZ_CHECK(pca_crl_parse(written, &again) == NULL && again.number == crl->number);
	other = d2i_X509_CRL(NULL, &at, written.length);
	if (other != NULL)
		FUZZ_CHECK(at == written.data + written.length &&
				   Max(0, sk_X509_REVOKED_num(X509_CRL_get_REVOKED(other))) == (int) writer->entries);
	X509_CRL_free(other);
}

void
fuzz_one(PcaBytes input)
{
	PcaCrl		crl;
	PcaCrlSpec	spec = {
		.signing = pca_signing_algorithm_find_by_name("SHA256WITHECDSA"),
		.key_identifier = PCA_BYTES_OF("\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20\21\22\23\24")
	};
	PcaCrlWriter writer;
	const uint8 *at = input.data;
	X509_CRL   *other;
	const char *fault;

	if (pca_crl_parse(input, &crl) != NULL)
		return;
	FUZZ_CHECK(fuzz_is_within(crl.issuer, crl.tbs) && fuzz_is_within(crl.tbs, input));
	FUZZ_CHECK(crl.number <= PG_INT64_MAX / 2);
	spec.issuer = crl.issuer;
	spec.this_update = crl.this_update;
	spec.next_update = crl.next_update;
	spec.number = crl.number;
	spec.url = crl.url.length > 0 ? pnstrdup((const char *) crl.url.data, crl.url.length) : NULL;
	pca_crl_begin(&writer, &spec);

	/* OpenSSL may refuse parts that we do not read. */
	other = d2i_X509_CRL(NULL, &at, input.length);
	if (other != NULL)
	{
		FUZZ_CHECK(at == input.data + input.length);
		FUZZ_CHECK(FUZZ_IS_ENCODED(X509_NAME, X509_CRL_get_issuer(other), crl.issuer));
		FUZZ_CHECK(seconds_of(X509_CRL_get0_lastUpdate(other)) == crl.this_update);
		FUZZ_CHECK(seconds_of(X509_CRL_get0_nextUpdate(other)) == crl.next_update);
		check_crl_number(&crl, other);
		check_distribution_point(&crl, other);
	}
	fault = check_entries(&crl, other != NULL ? X509_CRL_get_REVOKED(other) : NULL, &writer);
	X509_CRL_free(other);
	ERR_clear_error();
	if (fault == NULL)
		check_written(&crl, &writer);
	ERR_clear_error();
}
