/*-------------------------------------------------------------------------
 *
 * base_unicode.c
 *	  The characters of the categories L, Z and N beyond ASCII, which tags may
 *	  contain.
 *
 * The table is our own, from one version of Unicode.  The C library's letters
 * differ from system to system, and it does not count a half or a superscript
 * two as a number.  PostgreSQL has categories only from 17 on, and each release
 * has those of another version.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_unicode.h"
#include "base_unicode_ranges.h"

/* Tells whether a character beyond ASCII is in \p{L}, \p{Z} or \p{N}. */
bool
pca_unicode_is_letter_space_or_number(pg_wchar character)
{
	size_t		low = 0;
	size_t		high = lengthof(letters_spaces_and_numbers);

	while (low < high)
	{
		size_t		middle = (low + high) / 2;

		if (character < letters_spaces_and_numbers[middle].first)
			high = middle;
		else if (character > letters_spaces_and_numbers[middle].last)
			low = middle + 1;
		else
			return true;
	}
	return false;
}
