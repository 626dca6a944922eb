/*-------------------------------------------------------------------------
 *
 * sha256.c
 *	  SHA-256 (FIPS 180-4).
 *
 * A canonical request ends with the hash of the body.  The database hashes the
 * body itself and compares: nothing is safe because of what is computed here, and
 * the gateway needs no library for it.
 *
 *-------------------------------------------------------------------------
 */
#include "sha256.h"

#include <string.h>

#define BLOCK 64

/* FIPS 180-4 4.2.2 */
static const uint32_t constants[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2
};

static inline uint32_t
rotate_right(uint32_t word, int bits)
{
	return word >> bits | word << (32 - bits);
}

static uint32_t
read_word(const unsigned char *octets)
{
	return (uint32_t) octets[0] << 24 | (uint32_t) octets[1] << 16 | (uint32_t) octets[2] << 8 | octets[3];
}

static void
write_word(unsigned char *octets, uint32_t word)
{
	for (int i = 0; i < 4; i++)
		octets[i] = (unsigned char) (word >> (24 - 8 * i));
}

/* Fills the message schedule (6.2.2, step 1). */
static void
schedule_words(const unsigned char *block, uint32_t words[64])
{
	for (int i = 0; i < 16; i++)
		words[i] = read_word(block + 4 * i);
	for (int i = 16; i < 64; i++)
	{
		uint32_t	low = words[i - 15];
		uint32_t	high = words[i - 2];

		words[i] = words[i - 16] + words[i - 7] +
			(rotate_right(low, 7) ^ rotate_right(low, 18) ^ low >> 3) +
			(rotate_right(high, 17) ^ rotate_right(high, 19) ^ high >> 10);
	}
}

/* Adds a block to the hash (6.2.2, steps 2 to 4). */
static void
add_block(uint32_t hash[8], const unsigned char *block)
{
	uint32_t	words[64];
	uint32_t	v[8];

	schedule_words(block, words);
	memcpy(v, hash, sizeof(v));
	for (int i = 0; i < 64; i++)
	{
		uint32_t	one = v[7] + (rotate_right(v[4], 6) ^ rotate_right(v[4], 11) ^ rotate_right(v[4], 25)) +
			((v[4] & v[5]) ^ (~v[4] & v[6])) + constants[i] + words[i];
		uint32_t	two = (rotate_right(v[0], 2) ^ rotate_right(v[0], 13) ^ rotate_right(v[0], 22)) +
			((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));

		memmove(v + 1, v, 7 * sizeof(v[0]));
		v[4] += one;
		v[0] = one + two;
	}
	for (int i = 0; i < 8; i++)
		hash[i] += v[i];
}

/* Adds what is left, with its padding (5.1.1). */
static void
add_rest(uint32_t hash[8], GwBytes rest, uint64_t bits)
{
	unsigned char blocks[2 * BLOCK] = {0};
	size_t		length = rest.length + 1 + 8 <= BLOCK ? BLOCK : 2 * BLOCK;

	if (rest.length > 0)
		memcpy(blocks, rest.data, rest.length);
	blocks[rest.length] = 0x80;
	write_word(blocks + length - 8, (uint32_t) (bits >> 32));
	write_word(blocks + length - 4, (uint32_t) bits);
	for (size_t at = 0; at < length; at += BLOCK)
		add_block(hash, blocks + at);
}

/* Writes the SHA-256 of some octets in hexadecimal digits. */
void
pca_gw_sha256_hex(GwBytes octets, char hex[GW_SHA256_HEX_SIZE])
{
	/* 5.3.3 */
	uint32_t	hash[8] = {
		0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19
	};
	uint64_t	bits = (uint64_t) octets.length * 8;

	for (; octets.length >= BLOCK; octets = pca_gw_bytes_from(octets, BLOCK))
		add_block(hash, (const unsigned char *) octets.data);
	add_rest(hash, octets, bits);
	for (int i = 0; i < 64; i++)
		hex[i] = "0123456789abcdef"[hash[i / 8] >> (28 - 4 * (i % 8)) & 15];
	hex[64] = '\0';
}
