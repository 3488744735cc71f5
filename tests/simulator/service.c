/*
 * service.c
 *		Routes below /b1s/vN: which resource, which verb, which function.
 *
 * The path is decoded and cut into segments here and nowhere else.  Everything
 * but Login needs a session.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "action.h"
#include "batch.h"
#include "config.h"
#include "crossjoin.h"
#include "document.h"
#include "entity.h"
#include "memo.h"
#include "metadata.h"
#include "service.h"
#include "session.h"
#include "write.h"

#define SEGMENTS 8

typedef struct Path
{
	char	   *segment[SEGMENTS];
	int			count;
	const char *whole;			/* decoded */
} Path;

static void
sleep_ms(int milliseconds)
{
	struct timespec pause = {milliseconds / 1000, (long) (milliseconds % 1000) * 1000000};

	if (milliseconds > 0)
		nanosleep(&pause, NULL);
}

/* Slashes inside quotes or parentheses belong to a key or an operand. */
static bool
split_path(Context *context, Path *path)
{
	char	   *text = arena_strdup(context->arena, context->request->path);
	bool		quoted = false;
	int			depth = 0;
	char	   *start;

	if (!url_decode(text, false))
		return false;
	while (*text == '/')
		text++;
	path->whole = arena_strdup(context->arena, text);
	path->count = 0;
	for (start = text;; text++)
	{
		if (*text == '\'')
			quoted = !quoted;
		else if (!quoted && *text == '(')
			depth++;
		else if (!quoted && *text == ')')
			depth--;
		if (*text != '\0' && (*text != '/' || quoted || depth > 0))
			continue;
		if (text > start)
		{
			if (path->count == SEGMENTS)
				return false;
			path->segment[path->count++] = arena_strndup(context->arena, start, (size_t) (text - start));
		}
		start = text + 1;
		if (*text == '\0')
			return path->count > 0;
	}
}

/* "Set(key)" into set and key; without parentheses the key stays unset. */
static bool
parse_segment(Context *context, char *segment, const EntitySet **set, EntityKey *key, bool *has_key)
{
	char	   *open = strchr(segment, '(');
	size_t		length = strlen(segment);

	*has_key = open != NULL;
	if (open != NULL)
	{
		if (segment[length - 1] != ')')
			return respond_unrecognized(context);
		segment[length - 1] = '\0';
		*open++ = '\0';
	}
	*set = model_find_set(segment);
	if (*set == NULL)
		return respond_error(context, 400, "-1002", "Invalid entityset '%s'", segment);
	return open == NULL || entity_parse_key(context, *set, open, key);
}

static const char *
method_of(Context *context)
{
	const char *override = request_header(context, "X-HTTP-Method-Override");

	if (strcmp(context->request->method, "POST") == 0 && override != NULL && *override != '\0')
		return override;
	return context->request->method;
}

static bool
respond_method(Context *context)
{
	return respond_error(context, 405, "-1000", "Method Not Allowed");
}

static bool
dispatch_set(Context *context, const EntitySet *set, const char *method)
{
	if (strcmp(method, "GET") == 0)
		return entity_list(context, set, context->request->query);
	if (strcmp(method, "POST") == 0)
	{
		if ((set->flags & SET_DOCUMENT) == 0)
			return write_create(context, set);
		if (!context->in_batch)
			sleep_ms(config.service_ms);
		return document_create(context, set);
	}
	return respond_method(context);
}

static bool
dispatch_entity(Context *context, const EntityKey *key, const char *method)
{
	if (strcmp(method, "GET") == 0)
		return entity_single(context, key, context->request->query);
	if (strcmp(method, "PATCH") == 0 || strcmp(method, "MERGE") == 0)
		return write_update(context, key, false);
	if (strcmp(method, "PUT") == 0)
		return write_update(context, key, true);
	if (strcmp(method, "DELETE") == 0)
		return write_delete(context, key);
	return respond_method(context);
}

/* What follows Set or Set(key): $count, a property, a bound action. */
static bool
dispatch_below(Context *context, const Path *path, const EntitySet *set, const EntityKey *key,
			   bool has_key, const char *method)
{
	const char *name = path->segment[1];

	if (!has_key)
		return path->count == 2 && strcmp(name, "$count") == 0 && strcmp(method, "GET") == 0 ?
			entity_count(context, set, context->request->query) : respond_unrecognized(context);
	if (strcmp(method, "POST") == 0 && path->count == 2)
		return action_perform(context, key, name);
	if (strcmp(method, "GET") != 0)
		return respond_method(context);
	if (path->count == 2)
		return entity_property(context, key, name, false);
	if (path->count == 3 && strcmp(path->segment[2], "$value") == 0)
		return entity_property(context, key, name, true);
	return respond_unrecognized(context);
}

static bool
dispatch_entity_path(Context *context, Path *path, const char *method)
{
	const EntitySet *set;
	EntityKey	key;
	bool		has_key;

	if (!parse_segment(context, path->segment[0], &set, &key, &has_key))
		return false;
	if (path->count > 1)
		return dispatch_below(context, path, set, &key, has_key, method);
	return has_key ? dispatch_entity(context, &key, method) : dispatch_set(context, set, method);
}

bool
service_dispatch(Context *context)
{
	Path		path;
	const char *method = method_of(context);
	bool		get = strcmp(method, "GET") == 0;
	const char *first;

	if (!split_path(context, &path))
		return respond_unrecognized(context);
	first = path.segment[0];
	context->case_insensitive = request_flag(context, "B1S-CaseInsensitive");
	if (strcmp(first, "$metadata") == 0)
		return get ? metadata_serve(context) : respond_method(context);
	if (strcmp(first, "Logout") == 0)
		return session_logout(context);
	if (strcmp(first, "$batch") == 0)
		return context->in_batch || get ? respond_method(context) : batch_handle(context);
	if (get || strcmp(first, "QueryService_PostQuery") == 0)
		sleep_ms(config.page_delay_ms);
	if (strcmp(first, "QueryService_PostQuery") == 0)
		return get ? respond_method(context) : crossjoin_post_query(context);
	if (strncmp(first, "$crossjoin", strlen("$crossjoin")) == 0)
		return get ? crossjoin_read(context, path.whole, context->request->query) : respond_method(context);
	if (path.count == 1 && strstr(first, "Service_") != NULL)
		return action_service(context, first, method);
	return dispatch_entity_path(context, &path, method);
}

void
service_handle(Context *context)
{
	const char *path = context->request->path + strspn(context->request->path, "/");

	response_header(context->response, context->version == 1 ? "DataServiceVersion" : "OData-Version",
					context->version == 1 ? "3.0" : "4.0");
	if (strcmp(path, "Login") == 0)
	{
		if (strcmp(context->request->method, "POST") == 0)
			session_login(context);
		else
			respond_method(context);
	}
	else if (session_acquire(context))
	{
		if (memo_answer(context))
			sleep_ms(config.page_delay_ms);
		else
		{
			service_dispatch(context);
			memo_note(context);
		}
		session_release(context);
	}
	/* an error wipes the headers set before it; the protocol's own stays */
	if (context->response->header_count == 0 ||
		strcmp(context->response->header[0].name, context->version == 1 ? "DataServiceVersion" : "OData-Version") != 0)
		response_header(context->response, context->version == 1 ? "DataServiceVersion" : "OData-Version",
						context->version == 1 ? "3.0" : "4.0");
}
