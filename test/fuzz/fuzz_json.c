/*-------------------------------------------------------------------------
 *
 * fuzz_json.c
 *	  Reads any text as the JSON of a parameter, which the first octet
 *	  selects: P ApiPassthrough, C configuration of a CA, R revocation
 *	  configuration, V validity, T tags.  What passes the check of its
 *	  shape is built, and the result is DER that our readers and OpenSSL
 *	  read.
 *
 *-------------------------------------------------------------------------
 */
#include "build.h"
#include "json.h"

static const PcaShape *
shape_of(char letter)
{
	switch (letter)
	{
		case 'P':
			return &pca_shape_api_passthrough;
		case 'C':
			return &pca_shape_certificate_authority_configuration;
		case 'R':
			return &pca_shape_revocation_configuration;
		case 'V':
			return &pca_shape_validity;
		case 'T':
			return &pca_shape_tag_list;
		default:
			return NULL;
	}
}

void
fuzz_one(PcaBytes input)
{
	char	   *text = fuzz_text(input);
	const PcaShape *shape;
	Jsonb	   *document;

	if (text == NULL || (shape = shape_of(text[0])) == NULL)
		return;
	document = fuzz_json_parse(text + 1);
	if (document != NULL)
		fuzz_build(shape, pca_json_root(document));
}
