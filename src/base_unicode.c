/*-------------------------------------------------------------------------
 *
 * base_unicode.c
 *	  The characters of the categories L, Z and N beyond ASCII, as tags may
 *	  have them.
 *
 * A table of our own, of one version of Unicode: what the C library takes for a
 * letter differs from system to system, and it takes neither a half nor a
 * superscript two for a number.  PostgreSQL has categories only from 17 on, and
 * each of its releases those of another version.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_unicode.h"
#include "base_unicode_ranges.h"

/* \p{L}, \p{Z} or \p{N}, of a character beyond ASCII */
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
