/*-------------------------------------------------------------------------
 *
 * json.h
 *	  jsonb for the targets over what reads it: the rules and the shapes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef JSON_H
#define JSON_H

#include "postgres.h"

#include "base_json.h"
#include "base_shape.h"
#include "fuzz.h"

/* A jsonb from text; NULL when it is none. */
extern Jsonb *fuzz_json_parse(const char *text);

/* Values for the tree. */
extern PcaJson fuzz_json_string(const char *text);
extern PcaJson fuzz_json_number(int64 value);
extern PcaJson fuzz_json_object(void);
extern PcaJson fuzz_json_array(void);
extern void fuzz_json_add(PcaJson *container, const char *name, PcaJson value);

/* A value that the shape takes, but for what the stream decides otherwise. */
extern PcaJson fuzz_generate(FuzzStream *stream, const PcaShape *shape);

#endif							/* JSON_H */
