/*-------------------------------------------------------------------------
 *
 * json.h
 *	  jsonb for the targets of code that reads it: the rules and the
 *	  shapes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef JSON_H
#define JSON_H

#include "postgres.h"

#include "base_json.h"
#include "base_shape.h"
#include "fuzz.h"

/* Returns a jsonb from text, or NULL if the text is malformed. */
extern Jsonb *fuzz_json_parse(const char *text);

/* Create values for the tree. */
extern PcaJson fuzz_json_string(const char *text);
extern PcaJson fuzz_json_number(int64 value);
extern PcaJson fuzz_json_object(void);
extern PcaJson fuzz_json_array(void);
extern void fuzz_json_add(PcaJson *container, const char *name, PcaJson value);

/* Returns a value that matches the shape, except where the stream decides otherwise. */
extern PcaJson fuzz_generate(FuzzStream *stream, const PcaShape *shape);

#endif							/* JSON_H */
