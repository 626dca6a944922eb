/*-------------------------------------------------------------------------
 *
 * crypto_host.c
 *	  Host names, also those in mailboxes and URIs.
 *
 * Callers base decisions on the host.  So whatever two readers could take for
 * different hosts is a fault here, even if its RFC allows it.  Faults are
 * phrased as predicates: "ends with a dot".
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_ascii.h"
#include "crypto_host.h"

#define LABEL_MAX_LENGTH 63
#define HOST_MAX_LENGTH 253

static bool
is_one_of(uint8 c, const char *characters)
{
	return c != '\0' && strchr(characters, c) != NULL;
}

/* Compares octets without regard to the case of ASCII letters. */
bool
pca_is_alike_ascii(PcaBytes a, PcaBytes b)
{
	if (a.length != b.length)
		return false;
	for (size_t i = 0; i < a.length; i++)
		if (pg_ascii_tolower(a.data[i]) != pg_ascii_tolower(b.data[i]))
			return false;
	return true;
}

/* Tells whether a host ends with this and has something before it. */
bool
pca_host_ends_with(PcaBytes host, PcaBytes end)
{
	return host.length > end.length &&
		pca_is_alike_ascii((PcaBytes) {host.data + host.length - end.length, end.length}, end);
}

/* RFC 1034 3.5, and what is in use beyond it: '_', and any character of a label in any position */
static const char *
labels_fault(PcaBytes host, bool may_have_wildcards)
{
	size_t		length = 0;

	if (host.length == 0)
		return "is empty";
	if (host.length > HOST_MAX_LENGTH)
		return "is longer than 253 characters";
	for (size_t i = 0; i < host.length; i++)
	{
		uint8		c = host.data[i];

		if (c == '.' && length == 0)
			return i == 0 ? "begins with a dot" : "has an empty label";
		length = c == '.' ? 0 : length + 1;
		if (length > LABEL_MAX_LENGTH)
			return "has a label of more than 63 characters";
		if (c != '.' && !pca_is_alphanumeric(c) && c != '-' && c != '_' && !(c == '*' && may_have_wildcards))
			return "has a character that is not allowed in a host name";
	}
	return length > 0 ? NULL : "ends with a dot";
}

/* Tells whether some reader could take the last label for the end of an IPv4 address: 1, 0x7f000001. */
static bool
ends_in_number(PcaBytes host)
{
	size_t		start = host.length;
	bool		is_hex;

	while (start > 0 && host.data[start - 1] != '.')
		start--;
	is_hex = host.length - start >= 2 && host.data[start] == '0' && pg_ascii_tolower(host.data[start + 1]) == 'x';
	for (size_t i = start + (is_hex ? 2 : 0); i < host.length; i++)
		if (is_hex ? !pca_is_hex_digit(host.data[i]) : !pca_is_digit(host.data[i]))
			return false;
	return true;
}

/* Checks that this is the name of a single host.  Returns NULL or the fault. */
const char *
pca_host_fault(PcaBytes host)
{
	const char *fault = labels_fault(host, false);

	if (fault == NULL && ends_in_number(host))
		return "is an IP address";
	return fault;
}

/* Checks that this is a dNSName, of a single host or with wildcards.  Returns NULL or the fault. */
const char *
pca_dns_name_fault(PcaBytes name)
{
	return labels_fault(name, true);
}

/* Turns the fault of a host into a fault of the name that contains the host. */
static const char *
of_host(const char *fault)
{
	return fault != NULL ? psprintf("has a host that %s", fault) : NULL;
}

/* RFC 5321 4.1.2: returns the length of a Local-part, or 0 for none.  RFC 6531 adds octets above 127. */
static size_t
local_part_length(PcaBytes mailbox)
{
	size_t		i = 0;

	if (mailbox.length > 0 && mailbox.data[0] == '"')
	{
		for (i = 1; i < mailbox.length && mailbox.data[i] != '"'; i++)
			if (mailbox.data[i] == '\\')
				i++;
		return i < mailbox.length && i > 1 ? i + 1 : 0;
	}
	for (; i < mailbox.length && mailbox.data[i] != '@'; i++)
	{
		uint8		c = mailbox.data[i];

		if (c == '.' && (i == 0 || mailbox.data[i - 1] == '.'))
			return 0;
		if (c < 0x80 && !pca_is_alphanumeric(c) && !is_one_of(c, ".!#$%&'*+-/=?^_`{|}~"))
			return 0;
	}
	return i > 0 && mailbox.data[i - 1] != '.' ? i : 0;
}

/*
 * Splits a mailbox (RFC 5321 4.1.2).  Returns NULL or the fault.
 *
 * An '@' in a quoted local part and an address literal as the host are faults,
 * because readers find different hosts in them.
 */
const char *
pca_mailbox_parse(PcaBytes mailbox, PcaBytes *local, PcaBytes *host)
{
	const uint8 *at = memchr(mailbox.data, '@', mailbox.length);
	size_t		length = local_part_length(mailbox);

	if (at == NULL)
		return "has no @";
	if (memchr(at + 1, '@', mailbox.data + mailbox.length - at - 1) != NULL)
		return "has more than one @";
	if (length == 0 || at != mailbox.data + length)
		return "has no local part of an address before its @";
	*local = (PcaBytes) {mailbox.data, length};
	*host = (PcaBytes) {at + 1, mailbox.length - length - 1};
	return of_host(pca_host_fault(*host));
}

/* Removes the quotes and escapes of a quoted local part; returns any other as it is. */
PcaBytes
pca_local_part_unquote(PcaBytes local)
{
	uint8	   *plain;
	size_t		length = 0;

	if (local.length < 2 || local.data[0] != '"')
		return local;
	plain = palloc(local.length);
	for (size_t i = 1; i < local.length - 1; i++)
	{
		if (local.data[i] == '\\')
			i++;
		plain[length++] = local.data[i];
	}
	return (PcaBytes) {plain, length};
}

/* RFC 3986 3.1: returns the length of the scheme, or 0 for none. */
static size_t
scheme_length(PcaBytes uri)
{
	size_t		i = 0;

	while (i < uri.length && (pca_is_alphanumeric(uri.data[i]) || (i > 0 && is_one_of(uri.data[i], "+-."))))
		i++;
	return i > 0 && i < uri.length && uri.data[i] == ':' && !pca_is_digit(uri.data[0]) ? i : 0;
}

/* RFC 3986 3.2.1 */
static bool
is_userinfo(PcaBytes text)
{
	for (size_t i = 0; i < text.length; i++)
	{
		if (text.data[i] == '%')
		{
			if (i + 2 >= text.length || !pca_is_hex_digit(text.data[i + 1]) || !pca_is_hex_digit(text.data[i + 2]))
				return false;
		}
		else if (!pca_is_alphanumeric(text.data[i]) && !is_one_of(text.data[i], "-._~!$&'()*+,;=:"))
			return false;
	}
	return true;
}

/* RFC 3986 3.2.3, limited to port numbers */
static bool
is_port_number(PcaBytes text)
{
	unsigned	port = 0;

	if (text.length == 0 || text.length > 5)
		return false;
	for (size_t i = 0; i < text.length; i++)
	{
		if (!pca_is_digit(text.data[i]))
			return false;
		port = port * 10 + text.data[i] - '0';
	}
	return port > 0 && port <= 65535;
}

/* authority = [ userinfo "@" ] host [ ":" port ] */
static const char *
authority_fault(PcaBytes authority, PcaBytes *host)
{
	const uint8 *at = memchr(authority.data, '@', authority.length);
	const uint8 *colon;

	*host = authority;
	if (at != NULL)
	{
		PcaBytes	userinfo = {authority.data, at - authority.data};

		*host = (PcaBytes) {at + 1, authority.length - userinfo.length - 1};
		if (!is_userinfo(userinfo) || memchr(host->data, '@', host->length) != NULL)
			return "has no user before the @ in its authority";
	}
	if (host->length > 0 && host->data[0] == '[')
		return "has a host that is an IP address";
	colon = memchr(host->data, ':', host->length);
	if (colon != NULL)
	{
		PcaBytes	port = {colon + 1, host->data + host->length - colon - 1};

		host->length = colon - host->data;
		if (!is_port_number(port))
			return "has no port after the colon of its host";
	}
	return NULL;
}

/*
 * Finds the host of a URI (RFC 3986 3.2).  Returns NULL or the fault.
 *
 * A missing host, an IP address in any notation, and any character that host
 * names lack though registered names may have it, such as %, are faults.
 */
const char *
pca_uri_host_parse(PcaBytes uri, PcaBytes *host)
{
	size_t		start = scheme_length(uri);
	size_t		end;
	const char *fault;

	if (start == 0)
		return "has no scheme";
	if (uri.length < start + 3 || memcmp(uri.data + start, "://", 3) != 0)
		return "has no authority, which would contain its host";
	start += 3;
	for (end = start; end < uri.length && !is_one_of(uri.data[end], "/?#"); end++)
		;
	fault = authority_fault((PcaBytes) {uri.data + start, end - start}, host);
	return fault != NULL ? fault : of_host(pca_host_fault(*host));
}
