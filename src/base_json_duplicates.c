/*-------------------------------------------------------------------------
 *
 * base_json_duplicates.c
 *	  Detects members that appear more than once in a JSON document.
 *
 * jsonb keeps only the last of them.  Where the text itself is stored and read by
 * others, the two must not mean different things.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_json.h"
#include "common/jsonapi.h"
#include "miscadmin.h"
#include "nodes/pg_list.h"
#include "utils/builtins.h"
#include "utils/jsonfuncs.h"

/* From PostgreSQL 16 on, a parser action returns whether the parser continues. */
#if PG_VERSION_NUM >= 160000
#define JSON_ACTION static JsonParseErrorType
#define GO_ON return JSON_SUCCESS
#else
#define JSON_ACTION static void
#define GO_ON return
#endif

/* The member names so far, a list for each open object, which is examined when the object ends */
typedef struct DuplicateSearch
{
	List	   *objects;
	bool		is_found;
} DuplicateSearch;

JSON_ACTION
at_object_start(void *state)
{
	DuplicateSearch *search = state;

	search->objects = lcons(NIL, search->objects);
	GO_ON;
}

static int
compare_names(const ListCell *a, const ListCell *b)
{
	return strcmp(lfirst(a), lfirst(b));
}

/* Sorts the names, so that equal ones are neighbors; comparing every pair could take minutes. */
JSON_ACTION
at_object_end(void *state)
{
	DuplicateSearch *search = state;
	List	   *names = linitial(search->objects);

	CHECK_FOR_INTERRUPTS();
	list_sort(names, compare_names);
	for (int i = 1; i < list_length(names); i++)
		search->is_found |= strcmp(list_nth(names, i - 1), list_nth(names, i)) == 0;
	list_free_deep(names);
	search->objects = list_delete_first(search->objects);
	GO_ON;
}

JSON_ACTION
at_member(void *state, char *name, bool is_null)
{
	DuplicateSearch *search = state;

	linitial(search->objects) = lappend(linitial(search->objects), name);
	GO_ON;
}

/* Tells whether a member appears twice in an object of this well-formed document. */
bool
pca_json_has_duplicates(const char *document)
{
	DuplicateSearch search = {NIL, false};
	JsonSemAction actions = {
		.semstate = &search, .object_start = at_object_start, .object_end = at_object_end,
		.object_field_start = at_member
	};
#if PG_VERSION_NUM >= 170000
	JsonLexContext *lexer = makeJsonLexContext(NULL, cstring_to_text(document), true);
#else
	JsonLexContext *lexer = makeJsonLexContext(cstring_to_text(document), true);
#endif

	pg_parse_json_or_ereport(lexer, &actions);
	return search.is_found;
}
