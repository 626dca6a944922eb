/*-------------------------------------------------------------------------
 *
 * base_json_duplicates.c
 *	  Members that a JSON document has twice.
 *
 * jsonb keeps the last of them and forgets the other: where the text itself is
 * kept, and others read it, the two must not say different things.
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

/* From PostgreSQL 16 on an action of the parser says whether it goes on. */
#if PG_VERSION_NUM >= 160000
#define JSON_ACTION static JsonParseErrorType
#define GO_ON return JSON_SUCCESS
#else
#define JSON_ACTION static void
#define GO_ON return
#endif

/* The names of the members so far, a list for each object that is open; compared once it is closed. */
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

/* Equal names are neighbors when they are sorted: to compare each with each would take minutes. */
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

/* Does an object of this well-formed document have a member twice, of which jsonb keeps one? */
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
