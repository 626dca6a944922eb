/*-------------------------------------------------------------------------
 *
 * crypto_name_attribute.h
 *	  Attributes of X.501 names: their types, and the strings that are their
 *	  values.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CRYPTO_NAME_ATTRIBUTE_H
#define CRYPTO_NAME_ATTRIBUTE_H

#include "postgres.h"

#include "base_der.h"

typedef struct PcaAttributeType
{
	PcaBytes	oid;
	const char *name;			/* in the RFCs */
	const char *keyword;		/* in RFC 4514 and OpenSSL; NULL if its object identifier is shown */
	uint8		string_type;	/* which we write */
	bool		is_in_rfc2253;	/* has this keyword in RFC 2253 2.3 */
	bool		is_type_fixed;	/* some relying party or linter accepts no other string type */
	int			max_length;		/* in characters; 0 if none is known */
} PcaAttributeType;

/* A set of ASCII characters, a bit for each */
typedef struct PcaCharacterSet
{
	uint64		bits[2];
} PcaCharacterSet;

extern const PcaCharacterSet pca_printable_characters;
extern const PcaCharacterSet pca_numeric_characters;
extern const PcaCharacterSet pca_ascii_characters;
extern const PcaCharacterSet pca_letters;

extern PcaBytes pca_name_content(PcaBytes name);
extern const PcaAttributeType *pca_attribute_type_find(PcaBytes oid);
extern const char *pca_attribute_name(PcaBytes oid);
extern bool pca_is_string_type(uint8 tag);
extern const char *pca_string_fault(const PcaDerElement *value);
extern size_t pca_string_count(const PcaDerElement *value);
extern bool pca_string_has_only(const PcaDerElement *value, const PcaCharacterSet *set);
extern PcaBytes pca_string_to_utf8(const PcaDerElement *value);

#endif							/* CRYPTO_NAME_ATTRIBUTE_H */
