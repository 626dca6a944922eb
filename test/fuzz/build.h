/*-------------------------------------------------------------------------
 *
 * build.h
 *	  Builds what the JSON of a parameter describes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef BUILD_H
#define BUILD_H

#include "postgres.h"

#include "base_shape.h"

/* Checks a document against the shape of a parameter, and builds what it describes. */
extern void fuzz_build(const PcaShape *shape, PcaJson document);

#endif							/* BUILD_H */
