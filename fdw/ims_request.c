/*
 * ims_request.c
 *		Sending a table's request until there is an answer to read.
 *
 * What may happen on the way and is dealt with here: throttling (waited for),
 * transient failures of reads (repeated a bounded number of times), an expired
 * login (one new login, one resend).  A request goes to the server's own
 * origin or not at all.  Every wait serves cancel and statement timeout.
 */
#include "postgres.h"

#include <math.h>
#include <time.h>

#include "compat.h"
#include "ims.h"
#include "link.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/* How often a request is sent in all before its failure is reported. */
#define MAX_THROTTLED	5
#define MAX_TRANSIENT	3

/* First pause before a repetition; doubled each time. */
#define FIRST_PAUSE_MS	250L
#define FIRST_THROTTLE_MS	1000L

/* Of a remote's own words, as much as helps in a message. */
#define MAX_REMOTE_MESSAGE	500

/* ---- origins ---- */

static void
raise_foreign_link(const RemoteServer *server, const char *link)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_ERROR),
			 errmsg("server \"%s\" names a next page that is not its own", server->name),
			 errdetail("The link is \"%s\".", ims_redact(server, pnstrdup(link, strnlen(link, 200)))),
			 errhint("Requests go to scheme, host and port of the server's option \"url\" only.")));
}

char *
ims_same_origin_url(const RemoteServer *server, const char *link)
{
	char	   *url;

	for (const char *p = link; *p; p++)
		if ((unsigned char) *p <= 0x20 || *p == 0x7f || *p == '\\')
			raise_foreign_link(server, link);
	/* What a relative link is relative to, no such remote has said. */
	if (link[0] != '/' && strstr(link, "://") == NULL)
		raise_foreign_link(server, link);
	url = link_resolve(server->url, server->url, link);
	if (url == NULL)
		raise_foreign_link(server, link);
	return url;
}

/* ---- building ---- */

char *
ims_render_url(const RemoteTable *table, ImsContext *context)
{
	const ImsTable *ims = table->remote;
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoString(&buf, table->server->url);
	template_render(ims->url, &buf, ims_lookup, context);
	return buf.data;
}

char *
ims_render_body(const RemoteTable *table, ImsContext *context)
{
	const ImsTable *ims = table->remote;
	StringInfoData buf;

	if (ims->body == NULL)
		return NULL;
	initStringInfo(&buf);
	template_render(ims->body, &buf, ims_lookup, context);
	return buf.data;
}

/* The request as it is sent; "next_url" is a link that the remote gave. */
static HttpRequest
build_request(const RemoteTable *table, ImsContext *context, const char *next_url)
{
	const ImsTable *ims = table->remote;
	HttpRequest request = {0};

	request.method = next_url ? "GET" : ims->method;
	request.url = next_url ? ims_same_origin_url(table->server, next_url)
		: ims_render_url(table, context);
	request.body = next_url ? NULL : ims_render_body(table, context);
	request.body_len = request.body ? strlen(request.body) : 0;
	request.headers = ims_request_headers(context, request.body == NULL ? NULL
										  : ims->form_body ? "application/x-www-form-urlencoded"
										  : "application/json");
	return request;
}

/* ---- waiting ---- */

/* "Wed, 21 Oct 2026 07:28:00 GMT" as milliseconds from now, -1 if it is no date. */
static int64
header_date_wait_ms(const char *text)
{
	struct tm	tm = {0};

	if (strptime(text, "%a, %d %b %Y %H:%M:%S", &tm) == NULL)
		return -1;
	return Max(0, ((int64) timegm(&tm) - (int64) time(NULL)) * 1000);
}

/* How long a throttled answer asks to wait; -1 if it does not say. */
static int64
asked_wait_ms(const ImsServer *server, const HttpResponse *response)
{
	const char *text = server->wait_in_body
		? json_scalar(response->body, response->body_len, server->wait_name)
		: http_header(response, server->wait_name);
	double		number;
	char	   *end;
	double		now_ms = (double) time(NULL) * 1000;

	if (text == NULL)
		return -1;
	number = strtod(text, &end);
	if (end == text || isnan(number))
		return server->wait_in_body ? -1 : header_date_wait_ms(text);
	switch (server->wait_unit)
	{
		case IMS_WAIT_SECONDS:
			number *= 1000;
			break;
		case IMS_WAIT_EPOCH_SECONDS:
			number = number * 1000 - now_ms;
			break;
		case IMS_WAIT_EPOCH_MILLISECONDS:
			number -= now_ms;
			break;
		case IMS_WAIT_MILLISECONDS:
			break;
	}
	return (int64) Min(1e12, Max(0, number));
}

/* Wait as a throttled answer asks for, or give up with an error. */
static void
wait_throttled(const ImsServer *server, const HttpResponse *response, int attempt)
{
	int64		wait = asked_wait_ms(server, response);

	if (wait < 0)
		wait = FIRST_THROTTLE_MS << (attempt - 1);
	if (attempt >= MAX_THROTTLED || wait > server->throttle_max_wait_ms)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("server \"%s\" refuses requests as too many (HTTP status %d)",
						server->remote->name, response->status),
				 attempt >= MAX_THROTTLED
				 ? errdetail("The request was sent %d times.", attempt)
				 : errdetail("It asks to wait " INT64_FORMAT " s; the server's option throttle_max_wait allows %d s.",
							 (wait + 999) / 1000, server->throttle_max_wait_ms / 1000),
				 errhint("Try again later, or ask for fewer requests.")));
	transport_pause((long) wait);
}

static bool
is_throttled(const ImsServer *server, const HttpResponse *response)
{
	return list_member_int(server->throttle_status, response->status) ||
		(response->status == 503 && http_header(response, "Retry-After"));
}

/* Failures that the same request may not meet a moment later. */
static bool
is_transient(const HttpResponse *response)
{
	if (response->outcome != HTTP_ANSWERED)
		return response->failure == HTTP_FAILURE_CONNECT ||
			response->failure == HTTP_FAILURE_BROKEN;
	return response->status == 408 || response->status == 502 ||
		response->status == 503 || response->status == 504;
}

/* ---- sending ---- */

static HttpResponse *
send_once(const RemoteTable *table, ImsContext *context, const char *next_url,
		  ScanCounters *counters)
{
	const ImsServer *server = context->server;
	HttpRequest request;
	HttpResponse *response;

	context->session = server->auth == IMS_AUTH_LOGIN
		? session_acquire(server->remote, ims_login) : NULL;
	request = build_request(table, context, next_url);
	response = http_send(&server->remote->transport, &request);
	counters->requests++;
	counters->bytes += response->wire_bytes;
	counters->wait_ms += (response->ended_at - response->sent_at) / 1000.0;
	return response;
}

HttpResponse *
ims_request_send(const RemoteTable *table, ImsContext *context, const char *next_url,
				 ScanCounters *counters)
{
	const ImsServer *server = context->server;
	bool		logged_in_anew = false;
	int			throttled = 0;
	int			failed = 0;

	for (;;)
	{
		HttpResponse *response = send_once(table, context, next_url, counters);

		if (response->outcome == HTTP_ANSWERED && response->status == 401 &&
			context->session && !logged_in_anew)
		{
			logged_in_anew = true;
			session_retire((Session *) context->session);
		}
		else if (response->outcome == HTTP_ANSWERED && is_throttled(server, response))
			wait_throttled(server, response, ++throttled);
		else if (is_transient(response) && server->retry_reads && ++failed < MAX_TRANSIENT)
			transport_pause(FIRST_PAUSE_MS << (failed - 1));
		else
		{
			remote_raise_failure(server->remote, response, psprintf("reading %s", table->name));
			if (context->session && response->status != 401)
				session_touch((Session *) context->session);
			return response;
		}
		counters->retries++;
	}
}

/* ---- what an answer says went wrong ---- */

/* Where error texts usually are, after the server's own pointers. */
static const char *const usual_messages[] = {
	"/error/message", "/error_description", "/error", "/message", "/Message", "/detail",
	"/errors/0/message", "/errors/0", "/exception", "/title"
};

static char *
message_at(const HttpResponse *response, const char *pointer)
{
	return json_scalar(response->body, response->body_len, pointer);
}

/* A body that is no JSON: its first line, unless it is a page for browsers. */
static char *
plain_message(const HttpResponse *response)
{
	const char *type = http_header(response, "Content-Type");
	size_t		len = response->body_len;

	if (response->body == NULL || len == 0 ||
		(type && (strstr(type, "html") || strstr(type, "json"))) ||
		(size_t) pg_encoding_verifymbstr(PG_UTF8, response->body, (int) len) != len)
		return NULL;
	return pnstrdup(response->body, strcspn(response->body, "\r\n"));
}

char *
ims_remote_message(const ImsServer *server, const HttpResponse *response)
{
	char	   *text = NULL;
	ListCell   *lc;

	if (response->body == NULL)
		return NULL;
	foreach(lc, server->error_pointers)
		if ((text = message_at(response, lfirst(lc))) != NULL)
			break;
	for (size_t i = 0; text == NULL && i < lengthof(usual_messages); i++)
		text = message_at(response, usual_messages[i]);
	if (text == NULL)
		text = plain_message(response);
	if (text == NULL || *text == '\0')
		return NULL;
	text = pg_any_to_server(text, strlen(text), PG_UTF8);
	text[pg_mbcliplen(text, strlen(text), MAX_REMOTE_MESSAGE)] = '\0';
	return ims_redact(server->remote, text);
}

/* What to do about a status, by class. */
static const char *
status_hint(const ImsTable *ims, int status)
{
	if (status == 401 || status == 403)
		return "Check the user mapping, and what its user may read in the inventory system.";
	if (status == 404 || status == 405)
		return psprintf("Check the server's url and the table's option request, \"%s\".", ims->request_text);
	if (status >= 300 && status < 400)
		return "Redirects are not followed: set the server's url to where the interface really is.";
	if (status >= 500)
		return "The fault is on the server's side; its own log says more.";
	return psprintf("The table's option request is \"%s\".", ims->request_text);
}

void
ims_raise_status(const RemoteTable *table, const HttpResponse *response)
{
	const ImsTable *ims = table->remote;
	char	   *message = ims_remote_message(ims->server, response);
	bool		refused = response->status == 401 || response->status == 403;

	ereport(ERROR,
			(errcode(refused ? ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION : ERRCODE_FDW_ERROR),
			 errmsg("server \"%s\" answered HTTP status %d while reading %s",
					table->server->name, response->status, table->name),
			 message ? errdetail("The server's reason: %s", message) : 0,
			 errhint("%s", status_hint(ims, response->status))));
	pg_unreachable();
}
