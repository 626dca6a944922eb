/*-------------------------------------------------------------------------
 *
 * object_cache.c
 *	  The content of objects, one copy of each version.
 *
 * An entity tag always names the same version, so cached content never becomes
 * wrong: the head of the object, which is read for each request, tells whether it
 * is still the object's.  Concurrent requests for the same version share one copy,
 * however large, and the first of them asks the database.  Content that is no
 * longer used is kept up to cache_size, the last used longest; all content
 * together never exceeds object_memory.
 *
 *-------------------------------------------------------------------------
 */
#include "object_cache.h"

#include <stdlib.h>
#include <string.h>

#include "configuration.h"

#define BUCKETS 1024

/* About what an entry takes in addition to its octets */
#define OVERHEAD ((size_t) 4096)

struct GwContent
{
	char	   *etag;
	uint64_t	hash;
	size_t		memory;
	PGresult   *result;			/* NULL: it is being loaded */
	int			users;
	GwCall		call;
	GwRequest  *waiters;
	GwContent  *next;			/* in its bucket */
	GwContent  *older;			/* among those that are not in use */
	GwContent  *younger;
};

static GwContent *buckets[BUCKETS];
static GwContent *oldest;
static GwContent *youngest;
static size_t unused_memory;
static size_t total_memory;

size_t
pca_gw_object_cache_memory(void)
{
	return total_memory;
}

static GwContent *
find_content(GwBytes etag)
{
	uint64_t	hash = pca_gw_bytes_hash(etag);

	for (GwContent *content = buckets[hash % BUCKETS]; content != NULL; content = content->next)
		if (content->hash == hash && pca_gw_bytes_equal(pca_gw_bytes(content->etag), etag))
			return content;
	return NULL;
}

/* Takes content from those that are not in use. */
static void
unlink_unused(GwContent *content)
{
	*(content->older != NULL ? &content->older->younger : &oldest) = content->younger;
	*(content->younger != NULL ? &content->younger->older : &youngest) = content->older;
	unused_memory -= content->memory;
}

static void
link_unused(GwContent *content)
{
	content->older = youngest;
	content->younger = NULL;
	*(youngest != NULL ? &youngest->younger : &oldest) = content;
	youngest = content;
	unused_memory += content->memory;
}

/* Frees content that is not in use and is not kept. */
static void
free_content(GwContent *content)
{
	GwContent **at = &buckets[content->hash % BUCKETS];

	while (*at != content)
		at = &(*at)->next;
	*at = content->next;
	total_memory -= content->memory;
	PQclear(content->result);
	free(content->etag);
	free(content);
}

/* Drops content that is not in use, the oldest first, until no more than this is left of it. */
static void
drop_unused(size_t memory)
{
	while (oldest != NULL && unused_memory > memory)
	{
		GwContent  *content = oldest;

		unlink_unused(content);
		free_content(content);
	}
}

/* Makes room for content of a size, if there can be. */
static bool
make_room(size_t memory)
{
	size_t		limit = (size_t) pca_gw_configuration.object_memory << 20;

	if (total_memory - unused_memory + memory > limit)
		return false;
	drop_unused(limit - (total_memory - unused_memory + memory));
	return true;
}

/* Uses content once less (also an MHD_ContentReaderFreeCallback). */
void
pca_gw_content_release(void *argument)
{
	GwContent  *content = argument;
	size_t		limit = (size_t) pca_gw_configuration.cache_size << 20;

	if (--content->users > 0)
		return;
	if (content->memory > limit)
	{
		free_content(content);
		return;
	}
	link_unused(content);
	drop_unused(limit);
}

GwBytes
pca_gw_content_octets(const GwContent *content)
{
	return pca_gw_result_field(content->result, 0);
}

/* Tells each who waits what has become of it, in the order in which they came. */
static void
tell_waiters(GwContent *content, bool is_loaded, GwFault fault)
{
	GwRequest  *waiter = content->waiters;

	content->waiters = NULL;
	while (waiter != NULL)
	{
		GwRequest  *next = waiter->next_waiter;

		content->users += is_loaded;
		pca_gw_object_at_content(waiter, is_loaded ? content : NULL, fault);
		waiter = next;
	}
}

/* Takes the content, or the fault. */
static void
finish_loading(GwCall *call, GwFault fault, PGresult *result)
{
	GwContent  *content = call->owner;
	bool		is_answer = fault == GW_FAULT_NONE && PQresultStatus(result) == PGRES_TUPLES_OK;
	bool		is_loaded = is_answer && pca_gw_result_field(result, 0).data != NULL;

	if (fault == GW_FAULT_NONE && !is_answer)
		fault = GW_FAULT_LOST;
	content->result = result;
	/* It is used until all have been told. */
	content->users++;
	tell_waiters(content, is_loaded, fault);
	if (is_loaded)
		pca_gw_content_release(content);
	else
		free_content(content);
}

static void
add_waiter(GwContent *content, GwRequest *request)
{
	GwRequest **at = &content->waiters;

	while (*at != NULL)
		at = &(*at)->next_waiter;
	request->next_waiter = NULL;
	*at = request;
}

/* Makes an entry for content that is to be loaded.  Returns NULL without memory. */
static GwContent *
make_content(GwBytes etag, size_t size)
{
	GwContent  *content = calloc(1, sizeof(GwContent));
	char	   *copy = strndup(etag.data, etag.length);

	if (content == NULL || copy == NULL)
	{
		free(content);
		free(copy);
		return NULL;
	}
	content->etag = copy;
	content->hash = pca_gw_bytes_hash(etag);
	content->memory = size + OVERHEAD;
	content->next = buckets[content->hash % BUCKETS];
	buckets[content->hash % BUCKETS] = content;
	total_memory += content->memory;
	return content;
}

/* Begins to load content for a request.  It may be told before this returns. */
static GwContentAnswer
load_content(GwRequest *request, GwBytes etag, size_t size)
{
	GwContent  *content = make_content(etag, size);

	if (content == NULL)
		return GW_CONTENT_REFUSED;
	content->call = (GwCall) {.statement = &pca_gw_object_content_statement, .done = finish_loading, .owner = content};
	content->call.values[0] = pca_gw_bytes(content->etag);
	add_waiter(content, request);
	if (pca_gw_call(&content->call) == GW_FAULT_NONE)
		return GW_CONTENT_LOADING;
	free_content(content);
	return GW_CONTENT_REFUSED;
}

/*
 * Gets the content of a version of an object, of this size, for a request, which
 * may have to wait for it.
 */
GwContentAnswer
pca_gw_content_get(GwRequest *request, GwBytes etag, size_t size, GwContent **content)
{
	*content = find_content(etag);
	if (*content == NULL)
		return make_room(size + OVERHEAD) ? load_content(request, etag, size) : GW_CONTENT_REFUSED;
	if ((*content)->result == NULL)
	{
		add_waiter(*content, request);
		return GW_CONTENT_LOADING;
	}
	if ((*content)->users++ == 0)
		unlink_unused(*content);
	return GW_CONTENT_READY;
}
