/*-------------------------------------------------------------------------
 *
 * text.h
 *	  Octets with their length, and a buffer that grows.
 *
 *-------------------------------------------------------------------------
 */
#ifndef GATEWAY_TEXT_H
#define GATEWAY_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Octets that belong to another. */
typedef struct GwBytes
{
	const char *data;
	size_t		length;
} GwBytes;

#define GW_LITERAL(text) ((GwBytes) {text, sizeof(text) - 1})

/* No buffer grows above this. */
#define GW_BUFFER_MAX ((size_t) 8 << 20)

/*
 * A buffer with its own octets.  If something does not fit, or there is no memory,
 * the buffer is broken: it takes nothing more, and its owner checks once at the end.
 */
typedef struct GwBuffer
{
	char	   *data;
	size_t		length;
	size_t		capacity;
	bool		is_broken;
} GwBuffer;

extern void pca_gw_buffer_append(GwBuffer *buffer, const char *data, size_t length);
extern void pca_gw_buffer_add(GwBuffer *buffer, const char *text);
extern void pca_gw_buffer_format(GwBuffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));
extern void pca_gw_buffer_json(GwBuffer *buffer, GwBytes text);
extern void pca_gw_buffer_xml(GwBuffer *buffer, GwBytes text);
extern void pca_gw_buffer_free(GwBuffer *buffer);

extern GwBytes pca_gw_bytes(const char *text);
extern GwBytes pca_gw_bytes_clip(GwBytes text, size_t length);
extern bool pca_gw_bytes_equal(GwBytes one, GwBytes other);
extern bool pca_gw_bytes_match(GwBytes one, GwBytes other);
extern bool pca_gw_bytes_begin(GwBytes text, GwBytes prefix);
extern GwBytes pca_gw_bytes_from(GwBytes text, size_t offset);
extern GwBytes pca_gw_bytes_trim(GwBytes text);
extern bool pca_gw_bytes_split(GwBytes *rest, char separator, GwBytes *part);
extern bool pca_gw_bytes_number(GwBytes digits, uint64_t *number);
extern uint64_t pca_gw_bytes_hash(GwBytes octets);
extern bool pca_gw_bytes_are_visible(GwBytes text);
extern size_t pca_gw_utf8_length(GwBytes text);
extern bool pca_gw_bytes_are_utf8(GwBytes text);

static inline bool
pca_gw_is_digit(char character)
{
	return character >= '0' && character <= '9';
}

static inline bool
pca_gw_is_letter(char character)
{
	return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
}

static inline char
pca_gw_lower(char character)
{
	return character >= 'A' && character <= 'Z' ? (char) (character + ('a' - 'A')) : character;
}

extern int	pca_gw_hex_digit(char character);

#endif							/* GATEWAY_TEXT_H */
