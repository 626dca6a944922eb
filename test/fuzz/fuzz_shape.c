/*-------------------------------------------------------------------------
 *
 * fuzz_shape.c
 *	  As fuzz_json.c, with documents that are generated from their shapes.
 *
 *-------------------------------------------------------------------------
 */
#include "build.h"
#include "json.h"

void
fuzz_one(PcaBytes input)
{
	static const PcaShape *const shapes[] = {
		&pca_shape_api_passthrough, &pca_shape_certificate_authority_configuration,
		&pca_shape_revocation_configuration, &pca_shape_validity, &pca_shape_tag_list
	};
	FuzzStream	stream = fuzz_stream(input);
	const PcaShape *shape = shapes[fuzz_byte(&stream) % lengthof(shapes)];

	fuzz_build(shape, fuzz_generate(&stream, shape));
}
