/*-------------------------------------------------------------------------
 *
 * base_shape.c
 *	  Checks a value against its shape, and reports the value that violates it.
 *
 * The checks come in the order in which a caller would want to read of them:
 * type, length, words, pattern, members.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_error.h"
#include "base_shape.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#define SHOWN_CHARACTERS 64

static void
append_path(StringInfo text, const PcaPath *path)
{
	if (path->parent != NULL)
		append_path(text, path->parent);
	if (path->member == NULL)
		appendStringInfo(text, "[%d]", path->index);
	else
		appendStringInfo(text, "%s%s", path->parent != NULL ? "." : "", path->member);
}

/* Formats a path as parameter.Member.List[0].Member. */
char *
pca_path_format(const PcaPath *path)
{
	StringInfoData text;

	initStringInfo(&text);
	append_path(&text, path);
	return text.data;
}

/* Shortens a value to what an error shows. */
static char *
shorten_value(const char *text)
{
	int			length = strlen(text);
	int			clipped = pg_mbcharcliplen(text, length, SHOWN_CHARACTERS);

	return clipped == length ? pstrdup(text) : psprintf("%s...", pnstrdup(text, clipped));
}

static const char *
kind_name(PcaShapeKind kind)
{
	switch (kind)
	{
		case PCA_SHAPE_STRING:
		case PCA_SHAPE_BLOB:
			return "a string";
		case PCA_SHAPE_INTEGER:
			return "a whole number";
		case PCA_SHAPE_BOOLEAN:
			return "true or false";
		case PCA_SHAPE_LIST:
			return "an array";
		case PCA_SHAPE_STRUCTURE:
			return "an object";
	}
	return "";
}

static void
type_error(const PcaShape *shape, const PcaPath *path)
{
	pca_error(VALIDATION,
			  errmsg("value of \"%s\" has the wrong type", pca_path_format(path)),
			  errdetail("The value at %s must be %s.", pca_path_format(path), kind_name(shape->kind)),
			  errhint("Compare the value with the structure in the AWS Private CA API reference."));
}

static void
check_count(const PcaShape *shape, int64 count, const char *unit, const PcaPath *path)
{
	char	   *where;

	if (count >= shape->min && count <= shape->max)
		return;
	where = pca_path_format(path);
	pca_error(VALIDATION,
			  errmsg("value of \"%s\" is too %s", where, count < shape->min ? "short" : "long"),
			  errdetail("The value at %s has %lld %s.", where, (long long) count, unit),
			  errhint("Specify at least %lld and at most %lld %s.",
					  (long long) shape->min, (long long) shape->max, unit));
}

/*
 * Checks the number of a text's characters.  They are counted only if the octets
 * do not tell: a character has from 1 to 4.
 */
static void
check_characters(const PcaShape *shape, const char *text, const PcaPath *path)
{
	int64		octets = strlen(text);

	if (octets / MAX_MULTIBYTE_CHAR_LEN < shape->min || octets > shape->max)
		check_count(shape, pg_mbstrlen(text), "characters", path);
}

static bool
is_word(const char *const *words, const char *text)
{
	for (; *words != NULL; words++)
		if (strcmp(*words, text) == 0)
			return true;
	return false;
}

static char *
list_words(const char *const *words)
{
	StringInfoData text;

	initStringInfo(&text);
	for (; *words != NULL; words++)
		appendStringInfo(&text, "%s%s", text.len > 0 ? ", " : "", *words);
	return text.data;
}

/* Checks a string, or the octets of a blob, against its shape. */
void
pca_shape_check_text(const PcaShape *shape, const char *text, const PcaPath *path)
{
	if (shape->kind == PCA_SHAPE_BLOB)
	{
		check_count(shape, strlen(text), "bytes", path);
		return;
	}
	if (shape->words != NULL && !is_word(shape->words, text))
		pca_error(VALIDATION,
				  errmsg("invalid value for \"%s\"", pca_path_format(path)),
				  errdetail("The value at %s is \"%s\".", pca_path_format(path), shorten_value(text)),
				  errhint("Valid values are: %s.", list_words(shape->words)));
	if (shape->words != NULL)
		return;
	check_characters(shape, text, path);
	if (shape->matches == NULL || shape->matches(text))
		return;
	if (shape->is_secret)
		pca_error(VALIDATION,
				  errmsg("value of \"%s\" does not match its pattern", pca_path_format(path)),
				  errdetail("A character of the value at %s is not allowed.", pca_path_format(path)),
				  errhint("The pattern is: %s", shape->pattern));
	pca_error(VALIDATION,
			  errmsg("value of \"%s\" does not match its pattern", pca_path_format(path)),
			  errdetail("The value at %s is \"%s\".", pca_path_format(path), shorten_value(text)),
			  errhint("The pattern is: %s", shape->pattern));
}

/* Checks a number against the range of its shape. */
void
pca_shape_check_integer(const PcaShape *shape, int64 value, const PcaPath *path)
{
	if (value >= shape->min && value <= shape->max)
		return;
	pca_error(VALIDATION,
			  errmsg("value of \"%s\" is out of range", pca_path_format(path)),
			  errdetail("The value at %s is %lld.", pca_path_format(path), (long long) value),
			  shape->max == PG_INT64_MAX
			  ? errhint("Specify a value of at least %lld.", (long long) shape->min)
			  : errhint("Specify a value from %lld to %lld.", (long long) shape->min, (long long) shape->max));
}

static const PcaMember *
find_member(const PcaShape *shape, const JsonbValue *key)
{
	for (const PcaMember *member = shape->members; member->name != NULL; member++)
		if (strlen(member->name) == (size_t) key->val.string.len &&
			memcmp(member->name, key->val.string.val, key->val.string.len) == 0)
			return member;
	return NULL;
}

static void
unknown_member_error(const PcaShape *shape, const PcaPath *path)
{
	StringInfoData names;

	initStringInfo(&names);
	for (const PcaMember *member = shape->members; member->name != NULL; member++)
		appendStringInfo(&names, "%s%s", names.len > 0 ? ", " : "", member->name);
	pca_error(VALIDATION,
			  errmsg("unrecognized member \"%s\"", path->member),
			  errdetail("No member is defined at %s.", pca_path_format(path)),
			  errhint("Valid members are: %s.", names.data));
}

static void
check_structure(const PcaShape *shape, const PcaJson *object, const PcaPath *path)
{
	JsonbIterator *iterator = JsonbIteratorInit(object->val.binary.data);
	JsonbIteratorToken token;
	JsonbValue	value;

	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		const PcaMember *member;
		PcaPath		here = {path, NULL, 0};

		if (token != WJB_KEY)
			continue;
		member = find_member(shape, &value);
		if (member == NULL)
		{
			here.member = shorten_value(pnstrdup(value.val.string.val, value.val.string.len));
			unknown_member_error(shape, &here);
		}
		here.member = member->name;
		JsonbIteratorNext(&iterator, &value, true);
		if (value.type != jbvNull)
			pca_shape_check(member->shape, &value, &here);
	}
	for (const PcaMember *member = shape->members; member->name != NULL; member++)
	{
		PcaPath		here = {path, member->name, 0};

		if (member->is_required && !pca_json_find(object, member->name, &value))
			pca_error(VALIDATION,
					  errmsg("member \"%s\" is missing", member->name),
					  errdetail("There is no value at %s.", pca_path_format(&here)),
					  errhint("Add the member: the structure requires it."));
	}
}

/* Checks the number of a list's elements. */
void
pca_shape_check_count(const PcaShape *shape, int64 count, const PcaPath *path)
{
	check_count(shape, count, "elements", path);
}

static void
check_list(const PcaShape *shape, const PcaJson *array, const PcaPath *path)
{
	int			count = pca_json_count(array);

	pca_shape_check_count(shape, count, path);
	for (int i = 0; i < count; i++)
	{
		PcaPath		here = {path, NULL, i};
		PcaJson		element = pca_json_element(array, i);

		CHECK_FOR_INTERRUPTS();
		pca_shape_check(shape->element, &element, &here);
	}
}

/*
 * Checks a JSON value, and all values in it, against its shape.
 *
 * Throws ValidationException with the path and the value of the first violation.
 */
void
pca_shape_check(const PcaShape *shape, const PcaJson *json, const PcaPath *path)
{
	int64		number;

	switch (shape->kind)
	{
		case PCA_SHAPE_STRING:
		case PCA_SHAPE_BLOB:
			if (json->type != jbvString)
				type_error(shape, path);
			pca_shape_check_text(shape, pca_json_text(json), path);
			break;
		case PCA_SHAPE_INTEGER:
			if (!pca_json_int64(json, &number))
				type_error(shape, path);
			pca_shape_check_integer(shape, number, path);
			break;
		case PCA_SHAPE_BOOLEAN:
			if (json->type != jbvBool)
				type_error(shape, path);
			break;
		case PCA_SHAPE_LIST:
			if (!pca_json_is_array(json))
				type_error(shape, path);
			check_list(shape, json, path);
			break;
		case PCA_SHAPE_STRUCTURE:
			if (!pca_json_is_object(json))
				type_error(shape, path);
			check_structure(shape, json, path);
			break;
	}
}
