/*-------------------------------------------------------------------------
 *
 * base_json.h
 *	  Reads typed values from jsonb that pca_shape_check() has checked.
 *
 * A null member counts as absent, because jsonb_build_object() produces such
 * members.
 *
 *-------------------------------------------------------------------------
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "postgres.h"

#include "utils/jsonb.h"

typedef JsonbValue PcaJson;

extern PcaJson pca_json_root(Jsonb *jsonb);
extern Jsonb *pca_json_strip_nulls(Jsonb *jsonb);
extern bool pca_json_has_duplicates(const char *document);
extern bool pca_json_is_object(const PcaJson *json);
extern bool pca_json_is_array(const PcaJson *json);
extern bool pca_json_find(const PcaJson *object, const char *name, PcaJson *member);
extern char *pca_json_text(const PcaJson *json);
extern bool pca_json_int64(const PcaJson *json, int64 *value);
extern char *pca_json_find_text(const PcaJson *object, const char *name);
extern bool pca_json_find_boolean(const PcaJson *object, const char *name);
extern int	pca_json_count(const PcaJson *array);
extern PcaJson pca_json_element(const PcaJson *array, int i);

#endif							/* BASE_JSON_H */
