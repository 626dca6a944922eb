/*-------------------------------------------------------------------------
 *
 * target.c
 *	  What a request is about, by its method, target and headers.
 *
 * A POST of "application/ocsp-request" is an OCSP request, at the path of
 * pca.ocsp_url and at "/", where a custom CNAME has it; any other POST of "/" is
 * a call of the API.  An OCSP request by GET begins with "M" below either, since
 * its DER begins with a SEQUENCE, and no bucket's name has a capital letter.
 *
 * Everything here is pure: octets with their length in, nothing else read.
 *
 *-------------------------------------------------------------------------
 */
#include "target.h"

#include <string.h>

GwMethod
pca_gw_method_parse(GwBytes method)
{
	if (pca_gw_bytes_equal(method, GW_LITERAL("GET")))
		return GW_METHOD_GET;
	if (pca_gw_bytes_equal(method, GW_LITERAL("HEAD")))
		return GW_METHOD_HEAD;
	return pca_gw_bytes_equal(method, GW_LITERAL("POST")) ? GW_METHOD_POST : GW_METHOD_OTHER;
}

/* Takes scheme and authority off a target in absolute form (RFC 9112 3.2.2). */
static GwBytes
strip_authority(GwBytes uri)
{
	static const GwBytes schemes[] = {{"http://", 7}, {"https://", 8}};

	for (size_t i = 0; i < 2; i++)
		if (pca_gw_bytes_begin(uri, schemes[i]))
		{
			uri = pca_gw_bytes_from(uri, schemes[i].length);
			while (uri.length > 0 && uri.data[0] != '/' && uri.data[0] != '?')
				uri = pca_gw_bytes_from(uri, 1);
			break;
		}
	return uri;
}

/* Splits a target at its first "?".  Slashes at its beginning count as one. */
static void
split_target(GwBytes uri, GwTarget *target)
{
	GwBytes		rest = strip_authority(uri);

	pca_gw_bytes_split(&rest, '?', &target->path);
	target->query = rest;
	target->has_query = rest.data != NULL;
	while (target->path.length > 1 && target->path.data[0] == '/' && target->path.data[1] == '/')
		target->path = pca_gw_bytes_from(target->path, 1);
}

/* Tells whether a path is another one, with or without a slash at its end. */
static bool
is_path(GwBytes path, GwBytes other)
{
	if (path.length > 1 && path.data[path.length - 1] == '/')
		path.length--;
	if (other.length > 1 && other.data[other.length - 1] == '/')
		other.length--;
	return pca_gw_bytes_equal(path, other);
}

static bool
is_ocsp_type(GwBytes content_type)
{
	GwBytes		type;

	return pca_gw_bytes_split(&content_type, ';', &type) &&
		pca_gw_bytes_match(pca_gw_bytes_trim(type), GW_LITERAL("application/ocsp-request"));
}

static GwKind
post_kind(const GwTarget *target, GwBytes content_type, GwBytes ocsp_path)
{
	bool		is_root = is_path(target->path, GW_LITERAL("/"));

	if (is_root && !is_ocsp_type(content_type))
		return target->has_query ? GW_KIND_NONE : GW_KIND_API;
	return is_root || is_path(target->path, ocsp_path) ? GW_KIND_OCSP : GW_KIND_NONE;
}

/* Tells whether what stands below a path is an OCSP request, and finds it. */
static bool
find_request(GwBytes path, GwBytes prefix, GwBytes *request)
{
	if (prefix.length > 0 && prefix.data[prefix.length - 1] == '/')
		prefix.length--;
	if (path.length <= prefix.length || memcmp(path.data, prefix.data, prefix.length) != 0)
		return false;
	path = pca_gw_bytes_from(path, prefix.length);
	if (path.data[0] != '/')
		return false;
	while (path.length > 0 && path.data[0] == '/')
		path = pca_gw_bytes_from(path, 1);
	if (path.length == 0 || (path.data[0] != 'M' && !pca_gw_bytes_begin(path, GW_LITERAL("%4D"))))
		return false;
	*request = path;
	return true;
}

static GwKind
get_kind(GwTarget *target, GwBytes ocsp_path)
{
	static const struct
	{
		GwBytes		path;
		GwKind		kind;
	}			own[] = {
		{{"/healthz", 8}, GW_KIND_HEALTH},
		{{"/readyz", 7}, GW_KIND_READY},
		{{"/metrics", 8}, GW_KIND_METRICS},
		{{"/", 1}, GW_KIND_NONE},
	};

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (pca_gw_bytes_equal(target->path, own[i].path))
			return own[i].kind;
	if (find_request(target->path, ocsp_path, &target->request) ||
		find_request(target->path, GW_LITERAL("/"), &target->request))
		return GW_KIND_OCSP;
	return target->path.length > 0 && target->path.data[0] == '/' ? GW_KIND_OBJECT : GW_KIND_NONE;
}

/*
 * Finds what a request is about.
 *
 * content_type: the header's value, as it was sent, without octets if there is
 * none; ocsp_path: that of pca.ocsp_url.
 */
GwTarget
pca_gw_target_parse(GwMethod method, GwBytes uri, GwBytes content_type, GwBytes ocsp_path)
{
	GwTarget	target = {.method = method};

	split_target(uri, &target);
	if (method == GW_METHOD_POST)
		target.kind = post_kind(&target, content_type, ocsp_path);
	else if (method != GW_METHOD_OTHER)
		target.kind = get_kind(&target, ocsp_path);
	return target;
}

/* Takes one character of a percent-encoded text.  Returns how many it stands for, or 0. */
static size_t
next_character(GwBytes encoded, char *character)
{
	int			high;
	int			low;

	*character = encoded.data[0];
	if (*character != '%')
		return 1;
	if (encoded.length < 3)
		return 0;
	high = pca_gw_hex_digit(encoded.data[1]);
	low = pca_gw_hex_digit(encoded.data[2]);
	*character = (char) (high * 16 + low);
	return high < 0 || low < 0 ? 0 : 3;
}

/*
 * Decodes a percent-encoded text into a place of its length.  Returns false if
 * an escape is not one, or if the text holds a NUL or is not UTF-8.
 */
bool
pca_gw_percent_decode(GwBytes encoded, char *decoded, size_t *length)
{
	*length = 0;
	while (encoded.length > 0)
	{
		size_t		taken = next_character(encoded, &decoded[*length]);

		if (taken == 0 || decoded[*length] == '\0')
			return false;
		++*length;
		encoded = pca_gw_bytes_from(encoded, taken);
	}
	return pca_gw_bytes_are_utf8((GwBytes) {decoded, *length});
}

/*
 * Returns the value of a character of base64, or -1.  Both alphabets of RFC 4648
 * are met in the field, and a "+" that something on the way has made a space.
 */
static int
base64_value(char character)
{
	if (character >= 'A' && character <= 'Z')
		return character - 'A';
	if (character >= 'a' && character <= 'z')
		return character - 'a' + 26;
	if (pca_gw_is_digit(character))
		return character - '0' + 52;
	if (character == '+' || character == '-' || character == ' ')
		return 62;
	return character == '/' || character == '_' ? 63 : -1;
}

/*
 * Decodes an OCSP request from the target of a GET (RFC 6960 A.1): base64, with
 * or without its padding, percent-encoded or not.  Returns its length, or 0 if
 * there is none or it does not fit.
 */
size_t
pca_gw_ocsp_decode(GwBytes encoded, char *request, size_t capacity)
{
	uint32_t	bits = 0;
	size_t		digits = 0;
	size_t		padding = 0;
	size_t		length = 0;
	char		character;

	while (encoded.length > 0)
	{
		size_t		taken = next_character(encoded, &character);
		int			value = base64_value(character);

		encoded = pca_gw_bytes_from(encoded, taken);
		if (taken > 0 && character == '=' && padding < 2)
		{
			padding++;
			continue;
		}
		if (taken == 0 || value < 0 || padding > 0 || length == capacity)
			return 0;
		bits = bits << 6 | (uint32_t) value;
		if (digits++ % 4 != 0)
			request[length++] = (char) (bits >> (6 - 2 * ((digits - 1) % 4)));
	}
	return digits % 4 == 1 ? 0 : length;
}
