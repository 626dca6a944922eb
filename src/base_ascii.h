/*-------------------------------------------------------------------------
 *
 * base_ascii.h
 *	  Classes of ASCII characters, independent of the locale, and hexadecimal
 *	  digits.
 *
 *-------------------------------------------------------------------------
 */
#ifndef BASE_ASCII_H
#define BASE_ASCII_H

#include "postgres.h"

#include "base_der.h"
#include "lib/stringinfo.h"

/* Which letters hexadecimal digits may have */
typedef enum PcaHexCase
{
	PCA_HEX_LOWER,
	PCA_HEX_ANY
} PcaHexCase;

static inline bool
pca_is_digit(uint8 character)
{
	return character >= '0' && character <= '9';
}

static inline bool
pca_is_letter(uint8 character)
{
	return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
}

static inline bool
pca_is_alphanumeric(uint8 character)
{
	return pca_is_digit(character) || pca_is_letter(character);
}

static inline bool
pca_is_hex_digit(uint8 character)
{
	return pca_is_digit(character) || (character >= 'a' && character <= 'f') || (character >= 'A' && character <= 'F');
}

extern bool pca_is_visible_ascii(PcaBytes text);
extern bool pca_hex_parse(const char *digits, PcaHexCase letters, uint8 *octets, size_t count);
extern void pca_hex_append(StringInfo text, PcaBytes octets);

#endif							/* BASE_ASCII_H */
