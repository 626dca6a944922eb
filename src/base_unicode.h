/*-------------------------------------------------------------------------
 *
 * base_unicode.h
 *	  The categories of Unicode characters that the API's patterns refer to.
 *
 *-------------------------------------------------------------------------
 */
#ifndef BASE_UNICODE_H
#define BASE_UNICODE_H

#include "postgres.h"

#include "mb/pg_wchar.h"

extern bool pca_unicode_is_letter_space_or_number(pg_wchar character);

#endif							/* BASE_UNICODE_H */
