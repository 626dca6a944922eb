/*-------------------------------------------------------------------------
 *
 * crypto_uri.c
 *	  URIs (RFC 3986) as names in certificates.
 *
 * Go parses every URI of a subjectAltName and rejects the whole certificate if
 * one is malformed; Java rejects the extension.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <arpa/inet.h>

#include "base_ascii.h"
#include "crypto_uri.h"

/* Counts the octets before the first of some characters, or before the end. */
static size_t
span_until(PcaBytes text, const char *characters)
{
	size_t		i = 0;

	while (i < text.length && strchr(characters, text.data[i]) == NULL)
		i++;
	return i;
}

static PcaBytes
skip_octets(PcaBytes text, size_t count)
{
	return (PcaBytes) {text.data + count, text.length - count};
}

/* RFC 3986 2: characters that may appear anywhere, and '%' before two hexadecimal digits */
static bool
are_characters(PcaBytes uri)
{
	for (size_t i = 0; i < uri.length; i++)
	{
		uint8		c = uri.data[i];

		if (c <= 0x20 || c >= 0x7f || strchr("\"<>\\^`{|}", c) != NULL)
			return false;
		if (c == '%' && (i + 2 >= uri.length || !pca_is_hex_digit(uri.data[i + 1]) || !pca_is_hex_digit(uri.data[i + 2])))
			return false;
	}
	return true;
}

/* RFC 3986 3.1 */
static bool
is_scheme(PcaBytes scheme)
{
	for (size_t i = 0; i < scheme.length; i++)
		if (!pca_is_letter(scheme.data[i]) &&
			(i == 0 || (!pca_is_digit(scheme.data[i]) && strchr("+-.", scheme.data[i]) == NULL)))
			return false;
	return scheme.length > 0;
}

/* Tells whether a host consists of labels, none empty and none longer than DNS allows. */
static bool
is_registered_name(PcaBytes host)
{
	size_t		label = 0;

	for (size_t i = 0; i < host.length; i++)
	{
		if (strchr("[]@:%", host.data[i]) != NULL || (host.data[i] == '.' && label == 0))
			return false;
		label = host.data[i] == '.' ? 0 : label + 1;
		if (label > 63)
			return false;
	}
	return host.length == 0 || (label > 0 && host.length <= 253);
}

static bool
is_ipv6_address(PcaBytes text)
{
	struct in6_addr address;

	return inet_pton(AF_INET6, (char *) pca_bytes_copy(text).data, &address) == 1;
}

/* RFC 3986 3.2.3 */
static bool
is_uri_port(PcaBytes port)
{
	for (size_t i = 1; i < port.length; i++)
		if (!pca_is_digit(port.data[i]))
			return false;
	return port.length == 0 || port.data[0] == ':';
}

/* RFC 3986 3.2: userinfo, a host or an address in brackets, a port */
static bool
is_authority(PcaBytes authority)
{
	size_t		userinfo = span_until(authority, "@");
	PcaBytes	host = userinfo < authority.length ? skip_octets(authority, userinfo + 1) : authority;
	size_t		length;

	if (userinfo < authority.length && span_until(authority, "[]@") < userinfo)
		return false;
	if (host.length == 0 || host.data[0] != '[')
	{
		length = span_until(host, ":");
		return is_registered_name((PcaBytes) {host.data, length}) && is_uri_port(skip_octets(host, length));
	}
	length = span_until(host, "]");
	return length < host.length && is_ipv6_address((PcaBytes) {host.data + 1, length - 1}) && is_uri_port(skip_octets(host, length + 1));
}

/*
 * Checks that a string of visible ASCII characters is an absolute URI.  Returns
 * NULL or the fault.
 */
const char *
pca_uri_fault(PcaBytes uri)
{
	size_t		scheme = span_until(uri, ":/?#");
	PcaBytes	rest;

	if (!are_characters(uri))
		return "a URI has a character that is not allowed, or a % without two hexadecimal digits";
	if (scheme + 1 >= uri.length || uri.data[scheme] != ':' || !is_scheme((PcaBytes) {uri.data, scheme}))
		return "a URI does not begin with a scheme";
	rest = skip_octets(uri, scheme + 1);
	if (rest.length < 2 || rest.data[0] != '/' || rest.data[1] != '/')
		return NULL;
	rest = skip_octets(rest, 2);
	rest.length = span_until(rest, "/?#");
	return is_authority(rest) ? NULL : "the user, host or port of a URI is malformed";
}
