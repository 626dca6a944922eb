/*-------------------------------------------------------------------------
 *
 * crypto_weak_key.c
 *	  Detects public keys under which anyone can sign, because the private key
 *	  is easily found or is not even needed.
 *
 * These are RSA moduli that are prime, a power, divisible by a small prime, the
 * product of two close primes, or of the form that Infineon's library produced
 * (ROCA, CVE-2017-15361); and points of Edwards curves that have a small order or
 * are not in the one encoding that RFC 8032 allows.
 *
 * A prime modulus cannot be detected for less than an exponentiation, which
 * takes several times as long as the rest of an issuance.  So the last good
 * moduli are cached: checking a request and then issuing costs it once.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "crypto_digest.h"
#include "crypto_ossl.h"
#include "crypto_weak_key.h"

#define SMALL_PRIMES_END 752	/* NIST SP 800-89 5.3.3 */
#define ROCA_PRIMES_END 168
#define FERMAT_ROUNDS 100
#define POWER_WITNESSES 64		/* a number that is not a power passes fewer, with a chance of error below 2^-64 */
#define KEPT_MODULI 256

/* Tells whether an odd number above 1 is prime. */
static bool
is_prime(uint32 number)
{
	for (uint32 divisor = 3; divisor * divisor <= number; divisor += 2)
		if (number % divisor == 0)
			return false;
	return true;
}

static uint32
power_modulo(uint64 base, uint32 exponent, uint32 modulus)
{
	uint64		power = 1;

	for (; exponent > 0; exponent /= 2)
	{
		if (exponent % 2 == 1)
			power = power * base % modulus;
		base = base * base % modulus;
	}
	return power;
}

static bool
has_small_factor(const BIGNUM *number)
{
	for (uint32 prime = 3; prime < SMALL_PRIMES_END; prime += 2)
		if (is_prime(prime) && BN_mod_word(number, prime) == 0)
			return true;
	return false;
}

static bool
is_power_of_65537(uint32 residue, uint32 prime)
{
	uint32		power = 1;

	do
	{
		if (power == residue)
			return true;
		power = power * 65537 % prime;
	} while (power != 1);
	return false;
}

/*
 * Nemec and others, "The Return of Coppersmith's Attack" (2017), 2.3: both
 * primes, and so the modulus, are powers of 65537 modulo every small prime.
 */
static bool
has_roca_form(const BIGNUM *modulus)
{
	for (uint32 prime = 3; prime < ROCA_PRIMES_END; prime += 2)
		if (is_prime(prime) && !is_power_of_65537(BN_mod_word(modulus, prime), prime))
			return false;
	return true;
}

/*
 * Tells whether a number is a power with a prime exponent.  Such a number is a
 * power modulo every prime, whereas few numbers are modulo the primes that leave
 * the remainder 1 when divided by the exponent.
 */
static bool
is_power(const BIGNUM *number, uint32 exponent)
{
	int			witnesses = 0;

	for (uint32 prime = 2 * exponent + 1; witnesses < POWER_WITNESSES; prime += 2 * exponent)
	{
		uint32		residue;

		if (!is_prime(prime))
			continue;
		residue = BN_mod_word(number, prime);
		if (residue != 0 && power_modulo(residue, (prime - 1) / exponent, prime) != 1)
			return false;
		witnesses++;
	}
	return true;
}

/* Tells whether a number whose prime factors have at least ten bits is a power. */
static bool
is_any_power(const BIGNUM *number)
{
	if (is_power(number, 2))
		return true;
	for (uint32 exponent = 3; exponent <= (uint32) BN_num_bits(number) / 9; exponent += 2)
		if (is_prime(exponent) && is_power(number, exponent))
			return true;
	return false;
}

/* Computes the integer part of the square root, by Newton's method from above. */
static bool
square_root(BIGNUM *root, const BIGNUM *number, BIGNUM *next, BN_CTX *context)
{
	bool		is_good;

	BN_zero(next);
	is_good = BN_set_bit(next, (BN_num_bits(number) + 1) / 2) == 1;
	do
	{
		is_good = is_good && BN_copy(root, next) != NULL && BN_div(next, NULL, number, root, context) == 1 &&
			BN_add(next, next, root) == 1 && BN_rshift1(next, next) == 1;
	} while (is_good && BN_cmp(next, root) < 0);
	return is_good;
}

/*
 * Applies Fermat's method: the product of two odd numbers is the difference of
 * two squares, and if the numbers are close, the greater square is little above
 * the product.
 */
static bool
has_close_factors(const BIGNUM *modulus, BN_CTX *context)
{
	BIGNUM	   *root = BN_CTX_get(context);
	BIGNUM	   *difference = BN_CTX_get(context);
	bool		is_found = false;
	bool		is_good = difference != NULL && square_root(root, modulus, difference, context) &&
		BN_add_word(root, 1) == 1 && BN_sqr(difference, root, context) == 1 &&
		BN_sub(difference, difference, modulus) == 1 && BN_lshift1(root, root) == 1;

	for (int round = 0; round < FERMAT_ROUNDS && is_good && !is_found; round++)
	{
		is_found = is_power(difference, 2);
		/* (a + 1)^2 = a^2 + 2a + 1; root is 2a */
		is_good = BN_add(difference, difference, root) == 1 && BN_add_word(difference, 1) == 1 &&
			BN_add_word(root, 2) == 1;
	}
	pca_ossl_check(is_good, "could not check a public key");
	return is_found;
}

/* Applies Fermat's little theorem to the base 2: every prime passes, and hardly any other number. */
static bool
is_probably_prime(const BIGNUM *number, BN_CTX *context)
{
	BIGNUM	   *exponent = BN_CTX_get(context);
	BIGNUM	   *power = BN_CTX_get(context);

	pca_ossl_check(power != NULL && BN_copy(exponent, number) != NULL && BN_sub_word(exponent, 1) == 1 &&
				   BN_mod_exp_mont_word(power, 2, exponent, number, context, NULL) == 1,
				   "could not check a public key");
	return BN_is_one(power);
}

/* Checks a modulus, with the cheap tests first.  Returns NULL or the fault. */
static const char *
modulus_fault(PcaBytes modulus)
{
	BN_CTX	   *context = pca_own_BN_CTX(BN_CTX_new(), "could not check a public key");
	BIGNUM	   *number;

	BN_CTX_start(context);
	number = BN_CTX_get(context);
	pca_ossl_check(number != NULL && BN_bin2bn(modulus.data, modulus.length, number) != NULL,
				   "could not check a public key");
	if (has_small_factor(number))
		return "its RSA key is weak: its modulus has a prime factor below 752";
	if (has_roca_form(number))
		return "its RSA key is weak: its modulus has the form that a faulty generator produces (ROCA, CVE-2017-15361)";
	if (is_any_power(number))
		return "its RSA key is weak: its modulus is a power of a smaller number";
	if (has_close_factors(number, context))
		return "its RSA key is weak: its modulus is the product of numbers so close to each other that Fermat's method finds them";
	if (is_probably_prime(number, context))
		return "its RSA key is weak: its modulus is a prime number";
	return NULL;
}

/* Checks an RSA modulus.  Returns NULL, or the reason why anyone can find the private key. */
const char *
pca_weak_rsa_fault(PcaBytes modulus)
{
	static uint8 kept[KEPT_MODULI][PCA_SHA256_LENGTH];
	uint8		digest[EVP_MAX_MD_SIZE];
	uint8	   *place;
	const char *fault;

	pca_digest(PCA_SHA256, modulus, digest);
	place = kept[digest[0]];
	if (memcmp(place, digest, PCA_SHA256_LENGTH) == 0)
		return NULL;
	fault = modulus_fault(modulus);
	if (fault == NULL)
		memcpy(place, digest, PCA_SHA256_LENGTH);
	return fault;
}

/* Compares two numbers in little-endian octets. */
static bool
is_below(const uint8 *a, const uint8 *b, size_t length)
{
	for (size_t i = length; i-- > 0;)
		if (a[i] != b[i])
			return a[i] < b[i];
	return false;
}

/*
 * Checks a point of an Edwards curve.  Returns NULL or the fault.
 *
 * RFC 8032 5.1.3 and 5.2.3: a point is the number y below the field's prime, in
 * little-endian octets, with the sign of x in the last bit.
 *
 * small: the y of the points whose order divides the cofactor.  Every multiple of
 * such a point is one of them, so anyone can guess it.
 */
static const char *
edwards_fault(PcaBytes point, PcaBytes prime, const uint8 *small, int small_count)
{
	uint8		y[64];

	memcpy(y, point.data, prime.length);
	y[prime.length - 1] &= 0x7f;
	if (!is_below(y, prime.data, prime.length))
		return "its EdDSA key is weak: its point is not encoded as RFC 8032 requires";
	for (int i = 0; i < small_count; i++)
		if (memcmp(y, small + i * prime.length, prime.length) == 0)
			return "its EdDSA key is weak: its point is of small order, under which anyone can sign";
	return NULL;
}

/* RFC 8032 5.1: 2^255 - 19, cofactor 8 */
const char *
pca_weak_ed25519_fault(PcaBytes point)
{
	static const uint8 prime[32] = {0xed, [1 ... 30] = 0xff, 0x7f};
	/* of order 4, 1, 2, and twice 8: the square roots that solve -x^2 = y^2 */
	static const uint8 small[][32] = {
		{0},
		{1},
		{0xec, [1 ... 30] = 0xff, 0x7f},
		{0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
		0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
		{0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
		0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a},
	};

	return edwards_fault(point, PCA_BYTES(prime), small[0], lengthof(small));
}

/* RFC 8032 5.2: 2^448 - 2^224 - 1, cofactor 4 */
const char *
pca_weak_ed448_fault(PcaBytes point)
{
	static const uint8 prime[57] = {[0 ... 27] = 0xff, 0xfe, [29 ... 55] = 0xff, 0};
	/* of order 4, 1 and 2 */
	static const uint8 small[][57] = {
		{0},
		{1},
		{0xfe, [1 ... 27] = 0xff, 0xfe, [29 ... 55] = 0xff, 0},
	};

	return edwards_fault(point, PCA_BYTES(prime), small[0], lengthof(small));
}
