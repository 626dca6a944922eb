/*-------------------------------------------------------------------------
 *
 * server.c
 *	  The parts of the PostgreSQL server that the code under test calls:
 *	  memory contexts, errors, settings, text.
 *
 * There is one memory context, which is emptied after each input.  Each
 * palloc() is a separate malloc(), so that the sanitizer notices an access to
 * the first octet after it.  Character sets and StringInfo are PostgreSQL's
 * own, from libpgcommon.
 *
 *-------------------------------------------------------------------------
 */
#include "fuzz.h"

#include "access/detoast.h"
#include "crypto_key.h"
#include "crypto_signature.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/pg_list.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/uuid.h"

/* The most that an input within the size limits may cost (docs/SECURITY.md) */
#define MEMORY_LIMIT (16 * 1024 * 1024)
/* An error shows at most a line of the caller's input. */
#define ERROR_LIMIT 4096

extern int	LLVMFuzzerTestOneInput(const uint8 *data, size_t size);

/* There are no interrupts. */

volatile sig_atomic_t InterruptPending;

void
ProcessInterrupts(void)
{
}

/* Memory */

typedef struct Chunk
{
	void	   *data;
	size_t		size;
} Chunk;

MemoryContext CurrentMemoryContext;
MemoryContext TopMemoryContext;

static Chunk *chunks;
static size_t chunk_count;
static size_t chunk_capacity;
static size_t allocated;
static MemoryContextCallback *callbacks;

static void
account(size_t size)
{
	allocated += size;
	FUZZ_CHECK(allocated <= MEMORY_LIMIT);
}

static Chunk *
find_chunk(void *data)
{
	for (size_t i = chunk_count; i > 0; i--)
		if (chunks[i - 1].data == data)
			return &chunks[i - 1];
	FUZZ_CHECK(!"a pointer is palloc()'s");
	return NULL;
}

void *
palloc(Size size)
{
	account(size);
	if (chunk_count == chunk_capacity)
	{
		chunk_capacity = chunk_capacity * 2 + 1024;
		chunks = realloc(chunks, chunk_capacity * sizeof(Chunk));
	}
	chunks[chunk_count] = (Chunk) {malloc(size), size};
	return chunks[chunk_count++].data;
}

void *
palloc0(Size size)
{
	return memset(palloc(size), 0, size);
}

void *
palloc_extended(Size size, int flags)
{
	return palloc0(size);
}

void *
MemoryContextAlloc(MemoryContext context, Size size)
{
	return palloc(size);
}

void *
MemoryContextAllocZero(MemoryContext context, Size size)
{
	return palloc0(size);
}

void *
MemoryContextAllocZeroAligned(MemoryContext context, Size size)
{
	return palloc0(size);
}

void *
repalloc(void *data, Size size)
{
	Chunk	   *chunk = find_chunk(data);

	account(size > chunk->size ? size - chunk->size : 0);
	chunk->data = realloc(data, size);
	chunk->size = size;
	return chunk->data;
}

void *
repalloc_huge(void *data, Size size)
{
	return repalloc(data, size);
}

void
pfree(void *data)
{
	Chunk	   *chunk = find_chunk(data);

	free(data);
	*chunk = chunks[--chunk_count];
}

char *
pnstrdup(const char *text, Size length)
{
	char	   *copy;

	length = strnlen(text, length);
	copy = memcpy(palloc(length + 1), text, length);
	copy[length] = '\0';
	return copy;
}

char *
pstrdup(const char *text)
{
	return pnstrdup(text, strlen(text));
}

void
MemoryContextRegisterResetCallback(MemoryContext context, MemoryContextCallback *callback)
{
	callback->next = callbacks;
	callbacks = callback;
}

static void
reset(void)
{
	for (; callbacks != NULL; callbacks = callbacks->next)
		callbacks->func(callbacks->arg);
	for (size_t i = 0; i < chunk_count; i++)
		free(chunks[i].data);
	chunk_count = 0;
	allocated = 0;
}

/* Lists */

List *
list_make1_impl(NodeTag type, ListCell cell)
{
	return lappend(NIL, cell.ptr_value);
}

List *
lappend(List *list, void *datum)
{
	ListCell   *elements;

	if (list == NIL)
	{
		list = palloc0(sizeof(List));
		list->type = T_List;
	}
	if (list->length == list->max_length)
	{
		elements = palloc((2 * list->length + 4) * sizeof(ListCell));
		for (int i = 0; i < list->length; i++)
			elements[i] = list->elements[i];
		list->elements = elements;
		list->max_length = 2 * list->length + 4;
	}
	list->elements[list->length++].ptr_value = datum;
	return list;
}

/* Errors */

ErrorContextCallback *error_context_stack;
sigjmp_buf *fuzz_handler;
int			fuzz_sqlstate;

static char error_text[ERROR_LIMIT + 1];
static size_t error_length;

void
fuzz_fail(const char *file, int line, const char *claim)
{
	fprintf(stderr, "%s:%d: does not hold: %s\nlast error: %s %s\n", file, line, claim,
			unpack_sql_state(fuzz_sqlstate), error_text);
	abort();
}

char *
unpack_sql_state(int sqlstate)
{
	static char text[6];

	for (int i = 0; i < 5; i++)
		text[i] = PGUNSIXBIT(sqlstate >> (6 * i));
	return text;
}

#if PG_VERSION_NUM >= 160000
void
ExceptionalCondition(const char *condition, const char *file, int line)
#else
void
ExceptionalCondition(const char *condition, const char *type, const char *file, int line)
#endif
{
	fuzz_fail(file, line, condition);
}

bool
errstart(int elevel, const char *domain)
{
	error_length = 0;
	error_text[0] = '\0';
	fuzz_sqlstate = elevel >= ERROR ? ERRCODE_INTERNAL_ERROR : 0;
	return true;
}

bool
errstart_cold(int elevel, const char *domain)
{
	return errstart(elevel, domain);
}

int
errcode(int sqlerrcode)
{
	if (fuzz_sqlstate != 0)
		fuzz_sqlstate = sqlerrcode;
	return 0;
}

int
geterrcode(void)
{
	return fuzz_sqlstate;
}

static void
append_error(const char *format, va_list arguments)
{
	char		text[ERROR_LIMIT + 1];
	int			length = vsnprintf(text, sizeof(text), format, arguments);

	FUZZ_CHECK(length >= 0 && error_length + length < ERROR_LIMIT);
	FUZZ_CHECK(fuzz_is_text(text, length));
	memcpy(error_text + error_length, text, length);
	error_length += length;
	error_text[error_length++] = ' ';
	error_text[error_length] = '\0';
}

#define ERROR_PART(name) \
int \
name(const char *format, ...) \
{ \
	va_list		arguments; \
	va_start(arguments, format); \
	append_error(format, arguments); \
	va_end(arguments); \
	return 0; \
}

ERROR_PART(errmsg)
ERROR_PART(errmsg_internal)
ERROR_PART(errdetail)
ERROR_PART(errdetail_internal)
ERROR_PART(errhint)

void
errfinish(const char *file, int line, const char *function)
{
	if (fuzz_sqlstate == 0)
		return;
	for (ErrorContextCallback *at = error_context_stack; at != NULL; at = at->previous)
		at->callback(at->arg);
	if (fuzz_sqlstate == ERRCODE_INTERNAL_ERROR || fuzz_handler == NULL)
		fuzz_fail(file, line, "no error that the caller did not cause");
	siglongjmp(*fuzz_handler, 1);
}

char	   *GUC_check_errdetail_string;

void
pre_format_elog_string(int number, const char *domain)
{
}

char *
format_elog_string(const char *format, ...)
{
	return "";
}

/* Settings: they have their defaults. */

void
DefineCustomBoolVariable(const char *name, const char *short_description, const char *long_description,
						 bool *value, bool boot, GucContext context, int flags,
						 GucBoolCheckHook check, GucBoolAssignHook assign, GucShowHook show)
{
	*value = boot;
}

void
DefineCustomStringVariable(const char *name, const char *short_description, const char *long_description,
						   char **value, const char *boot, GucContext context, int flags,
						   GucStringCheckHook check, GucStringAssignHook assign, GucShowHook show)
{
	void	   *extra = NULL;

	*value = strdup(boot);
	FUZZ_CHECK(check == NULL || check(value, &extra, PGC_S_DEFAULT));
}

/* Text: the database's encoding is UTF8. */

bool
fuzz_is_text(const char *data, size_t length)
{
	return memchr(data, 0, length) == NULL &&
		pg_encoding_verifymbstr(PG_UTF8, data, length) == (int) length;
}

void
fuzz_check_fault(const char *fault)
{
	FUZZ_CHECK(fault == NULL || (strlen(fault) < ERROR_LIMIT / 2 && fuzz_is_text(fault, strlen(fault))));
}

char *
fuzz_text(PcaBytes input)
{
	return input.length > 0 && !fuzz_is_text((const char *) input.data, input.length)
		? NULL : pnstrdup((const char *) input.data, input.length);
}

int
pg_mbstrlen(const char *text)
{
	int			count = 0;

	for (; *text != '\0'; text += pg_utf_mblen((const unsigned char *) text))
		count++;
	return count;
}

int
pg_mbcharcliplen(const char *text, int length, int limit)
{
	const char *at = text;

	while (at < text + length && *at != '\0' && limit-- > 0)
		at += pg_utf_mblen((const unsigned char *) at);
	return at - text;
}

const int	day_tab[2][13] = {
	{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 0},
	{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 0}
};

/* As in src/backend/utils/adt/datetime.c */
int
date2j(int year, int month, int day)
{
	int			century;

	year += month > 2 ? 4800 : 4799;
	month += month > 2 ? 1 : 13;
	century = year / 100;
	return year * 365 - 32167 + year / 4 - century + century / 4 + 7834 * month / 256 + day;
}

void
j2date(int jd, int *year, int *month, int *day)
{
	unsigned int julian = jd + 32044;
	unsigned int quad = julian / 146097;
	unsigned int extra = (julian - quad * 146097) * 4 + 3;
	unsigned int of_quad;

	julian += 60 + quad * 3 + extra / 146097;
	quad = julian / 1461;
	julian -= quad * 1461;
	of_quad = julian * 4 / 1461;
	julian = (of_quad != 0 ? (julian + 305) % 365 : (julian + 306) % 366) + 123;
	*year = of_quad + quad * 4 - 4800;
	quad = julian * 2141 / 65536;
	*day = julian - 7834 * quad / 256;
	*month = (quad + 10) % MONTHS_PER_YEAR + 1;
}

uint64
hex_encode(const char *source, size_t length, char *destination)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < length; i++)
	{
		*destination++ = digits[(uint8) source[i] >> 4];
		*destination++ = digits[(uint8) source[i] & 15];
	}
	return 2 * length;
}

static int
hex_value(char digit)
{
	const char *digits = "0123456789abcdefABCDEF";
	const char *at = strchr(digits, digit);

	FUZZ_CHECK(digit != '\0' && at != NULL);
	return at - digits < 16 ? at - digits : at - digits - 6;
}

uint64
hex_decode(const char *source, size_t length, char *destination)
{
	FUZZ_CHECK(length % 2 == 0);
	for (size_t i = 0; i < length; i += 2)
		*destination++ = hex_value(source[i]) << 4 | hex_value(source[i + 1]);
	return length / 2;
}

text *
cstring_to_text(const char *value)
{
	size_t		length = strlen(value);
	text	   *result = palloc(length + VARHDRSZ);

	SET_VARSIZE(result, length + VARHDRSZ);
	memcpy(VARDATA(result), value, length);
	return result;
}

char *
text_to_cstring(const text *value)
{
	return pnstrdup(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
}

Size
toast_raw_datum_size(Datum value)
{
	return VARSIZE_ANY_EXHDR(DatumGetPointer(value)) + VARHDRSZ;
}

struct varlena *
pg_detoast_datum(struct varlena *datum)
{
	return datum;
}

struct varlena *
pg_detoast_datum_packed(struct varlena *datum)
{
	return datum;
}

Datum
DirectFunctionCall1Coll(PGFunction function, Oid collation, Datum argument)
{
	LOCAL_FCINFO(fcinfo, 1);

	InitFunctionCallInfoData(*fcinfo, NULL, 1, collation, NULL, NULL);
	fcinfo->args[0] = (NullableDatum) {argument, false};
	return function(fcinfo);
}

Datum
DirectFunctionCall2Coll(PGFunction function, Oid collation, Datum first, Datum second)
{
	LOCAL_FCINFO(fcinfo, 2);

	InitFunctionCallInfoData(*fcinfo, NULL, 2, collation, NULL, NULL);
	fcinfo->args[0] = (NullableDatum) {first, false};
	fcinfo->args[1] = (NullableDatum) {second, false};
	return function(fcinfo);
}

Datum
uuid_out(PG_FUNCTION_ARGS)
{
	const uint8 *data = PG_GETARG_UUID_P(0)->data;
	char	   *result = palloc(37);
	char	   *at = result;

	for (int i = 0; i < UUID_LEN; i++)
		at += sprintf(at, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", data[i]);
	PG_RETURN_CSTRING(result);
}

/* Keys: there are no private ones.  The public one is that of RFC 6979 A.2.5. */

struct PcaKey
{
	int			unused;
};

PcaBytes
pca_key_public(PcaKey *key)
{
	return PCA_BYTES_OF("\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"
						"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00\x04"
						"\x60\xfe\xd4\xba\x25\x5a\x9d\x31\xc9\x61\xeb\x74\xc6\x35\x6d\x68"
						"\xc0\x49\xb8\x92\x3b\x61\xfa\x6c\xe6\x69\x62\x2e\x60\xf2\x9f\xb6"
						"\x79\x03\xfe\x10\x08\xb8\xbc\x99\xa4\x1a\xe9\xe9\x56\x28\xbc\x64"
						"\xf2\xf1\xb2\x0c\x2d\x7e\x9f\x51\x77\xa3\xc2\x94\xd4\x46\x22\x99");
}

PcaBytes
pca_key_sign(PcaKey *key, const PcaSigningAlgorithm *signing, PcaBytes data)
{
	return PCA_BYTES_OF("\x30\x06\x02\x01\x01\x02\x01\x01");
}

void
pca_key_check_signature(PcaKey *key, const PcaSigningAlgorithm *signing, PcaBytes data, PcaBytes signature)
{
}

/* With --wrap the linker calls the first instead of the second, and the third instead of the fourth. */
extern const char *__wrap_pca_public_key_verify(const PcaPublicKey *key, PcaBytes algorithm,
												PcaBytes data, PcaBytes signature);
extern const char *__real_pca_public_key_verify(const PcaPublicKey *key, PcaBytes algorithm,
												PcaBytes data, PcaBytes signature);
extern const char *__wrap_pca_public_key_verify_possession(const PcaPublicKey *key,
														   PcaBytes algorithm, PcaBytes data,
														   PcaBytes signature);
extern const char *__real_pca_public_key_verify_possession(const PcaPublicKey *key,
														   PcaBytes algorithm, PcaBytes data,
														   PcaBytes signature);

bool		fuzz_takes_any_signature;

const char *
__wrap_pca_public_key_verify(const PcaPublicKey *key, PcaBytes algorithm, PcaBytes data, PcaBytes signature)
{
	return fuzz_takes_any_signature ? NULL : __real_pca_public_key_verify(key, algorithm, data, signature);
}

const char *
__wrap_pca_public_key_verify_possession(const PcaPublicKey *key, PcaBytes algorithm, PcaBytes data,
										PcaBytes signature)
{
	return fuzz_takes_any_signature ? NULL
		: __real_pca_public_key_verify_possession(key, algorithm, data, signature);
}

/* The stream */

FuzzStream
fuzz_stream(PcaBytes input)
{
	return (FuzzStream) {input.data, input.data + input.length};
}

uint8
fuzz_byte(FuzzStream *stream)
{
	return stream->next < stream->end ? *stream->next++ : 0;
}

/* A small number takes few octets; the first one is their number. */
int64
fuzz_int64(FuzzStream *stream)
{
	uint64		value = 0;

	for (int octets = fuzz_byte(stream) % 9; octets > 0; octets--)
		value = value << 8 | fuzz_byte(stream);
	return (int64) value;
}

static void
initialize(void)
{
	static bool is_done = false;

	if (is_done)
		return;
	is_done = true;
	if (fuzz_define_settings != NULL)
		fuzz_define_settings();
}

int
LLVMFuzzerTestOneInput(const uint8 *data, size_t size)
{
	PcaBytes	input = {data, size};
	int			state;

	initialize();
	fuzz_sqlstate = 0;
	fuzz_takes_any_signature = false;
	state = FUZZ_CATCH(fuzz_one(input));
	FUZZ_CHECK(state == 0);
	reset();
	return 0;
}
