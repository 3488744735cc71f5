/*
 * service_layer_answer.c
 *		One request of a scan: sent, repeated, counted, and its answer read.
 *
 * Only for requests that read.  Whatever comes back is returned; what to make
 * of a failure is the caller's to say.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "rowset.h"
#include "service_layer_private.h"
#include "utils/timestamp.h"

/* Reads are tried this often when the fault is of the passing kind. */
#define MAX_ATTEMPTS		4

/* A fault that goes away by itself; reads may simply be asked again. */
static bool
is_transient(const HttpResponse *response)
{
	if (response->outcome != HTTP_ANSWERED)
		return response->failure == HTTP_FAILURE_BROKEN;
	return response->status == 500 || response->status == 502 ||
		response->status == 503 || response->status == 504;
}

bool
service_layer_is_refusal(const HttpResponse *response, bool *lasting)
{
	*lasting = response->status != 500;
	return response->outcome == HTTP_ANSWERED &&
		(response->status == 400 || response->status == 404 ||
		 response->status == 500 || response->status == 501);
}

HttpResponse *
service_layer_fetch(const RemoteServer *server, const ServiceLayerRequest *call,
					ScanCounters *counters, bool *login_failed)
{
	HttpResponse *response;

	for (int attempt = 1;; attempt++)
	{
		TimestampTz start = GetCurrentTimestamp();

		response = service_layer_send(server, call, login_failed);
		odata_count_response(counters, response, start);
		if (*login_failed || !is_transient(response) || attempt == MAX_ATTEMPTS)
			return response;
		counters->retries++;
		transport_pause(100L << attempt);
	}
}

/* A posted query answers with JSON, or with a JSON string that holds it. */
static void
unwrap_text(const char **json, size_t *len)
{
	size_t		blank = strspn(*json, " \t\r\n");

	if ((*json)[blank] == '"')
	{
		char	   *inner = json_scalar(*json, *len, "");

		if (inner != NULL)
		{
			*json = pg_server_to_any(inner, strlen(inner), PG_UTF8);
			*len = strlen(*json);
		}
	}
}

RowPage *
service_layer_parse(const RowShape *shape, const HttpResponse *response, const char *source)
{
	const char *json = response->body;
	size_t		len = response->body_len;
	RowPage    *page;

	unwrap_text(&json, &len);
	page = row_shape_parse(shape, json, len, source);
	if (!page->rows_found)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_REPLY_HANDLE),
				 errmsg("answer from %s has no member \"value\"", source),
				 errhint("Check that the option \"url\" points to a Service Layer.")));
	return page;
}
