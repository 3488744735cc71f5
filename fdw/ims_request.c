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

#include "compat.h"
#include "ims.h"
#include "link.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/* How often a request is sent in all before its failure is reported. */
#define MAX_TRANSIENT	3

/* First pause before a repetition; doubled each time. */
#define FIRST_PAUSE_MS	250L

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

/* Whether a text holds what no URL has: blanks, controls, backslashes. */
static bool
has_unsafe_bytes(const char *url)
{
	for (const char *p = url; *p; p++)
		if ((unsigned char) *p <= 0x20 || *p == 0x7f || *p == '\\')
			return true;
	return false;
}

char *
ims_same_origin_url(const RemoteServer *server, const char *base, const char *link)
{
	char	   *url;

	if (has_unsafe_bytes(link))
		raise_foreign_link(server, link);
	/* What a relative link is relative to, no such remote has said. */
	if (link[0] != '/' && strstr(link, "://") == NULL)
		raise_foreign_link(server, link);
	url = link_resolve(base, base, link);
	if (url == NULL)
		raise_foreign_link(server, link);
	return url;
}

void
ims_check_base_url(const RemoteServer *server, const char *base)
{
	if (has_unsafe_bytes(base) || strpbrk(base, "?#") || link_resolve(base, base, base) == NULL ||
		(pg_strncasecmp(server->url, "https:", 6) == 0 && pg_strncasecmp(base, "https:", 6) != 0))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION),
				 errmsg("login to server \"%s\" names no address that requests can go to", server->name),
				 errdetail("The option base_url became \"%s\".",
						   ims_redact(server, pnstrdup(base, strnlen(base, 200)))),
				 errhint("It must be an absolute URL without a query, and https if the option url is.")));
}

char *
ims_base_url(const ImsContext *context)
{
	const ImsServer *server = context->server;
	StringInfoData buf;

	if (server->base_url == NULL || (context->session == NULL && !context->describe))
		return server->remote->url;
	initStringInfo(&buf);
	template_render(server->base_url, &buf, ims_lookup, (void *) context);
	if (!context->describe)
		ims_check_base_url(server->remote, buf.data);
	while (buf.len > 0 && buf.data[buf.len - 1] == '/')
		buf.data[--buf.len] = '\0';
	return buf.data;
}

/* ---- building ---- */

char *
ims_render_url(const RemoteTable *table, ImsContext *context)
{
	const ImsTable *ims = table->remote;
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoString(&buf, ims_base_url(context));
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
	request.url = next_url ? ims_same_origin_url(table->server, ims_base_url(context), next_url)
		: ims_render_url(table, context);
	request.body = next_url ? NULL : ims_render_body(table, context);
	request.body_len = request.body ? strlen(request.body) : 0;
	context->signature = ims_signature(context->server, request.url, request.body);
	request.headers = ims_request_headers(context, request.body == NULL ? NULL
										  : ims->form_body ? "application/x-www-form-urlencoded"
										  : "application/json", NIL);
	return request;
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

static void
open_session(ImsContext *context)
{
	context->session = ims_logs_in(context->server)
		? session_acquire(context->server->remote, ims_login) : NULL;
}

/* An answer other than 401 shows that the login is alive. */
static void
touch_session(const ImsContext *context, const HttpResponse *response)
{
	if (context->session && response->outcome == HTTP_ANSWERED && response->status != 401 &&
		ims_login_lasts_by_use(context->server))
		session_touch((Session *) context->session);
}

HttpTransfer *
ims_request_start(const RemoteTable *table, ImsContext *context, const char *next_url)
{
	HttpRequest request;

	open_session(context);
	request = build_request(table, context, next_url);
	return transfer_start(&context->server->remote->transport, &request);
}

/* The answer to a request that was started. */
static HttpResponse *
finish(const ImsServer *server, HttpTransfer *transfer, ScanCounters *counters)
{
	TimestampTz waited_from = GetCurrentTimestamp();
	HttpResponse *response = transfer_wait(transfer);

	counters->requests++;
	counters->bytes += response->wire_bytes;
	counters->wait_ms += (GetCurrentTimestamp() - waited_from) / 1000.0;
	if (response->outcome == HTTP_ANSWERED)
		ims_throttle_after(server, response);
	return response;
}

HttpResponse *
ims_request_once(ImsContext *context, const RemoteTable *table, HttpRequest *request,
				 const List *headers, bool form_body)
{
	const ImsServer *server = context->server;
	const char *type = form_body ? "application/x-www-form-urlencoded" : "application/json";
	HttpResponse *response;

	open_session(context);
	ims_throttle_before(server, table);
	request->url = psprintf("%s%s", ims_base_url(context), request->url);
	request->body_len = request->body ? strlen(request->body) : 0;
	context->signature = ims_signature(server, request->url, request->body);
	request->headers = ims_request_headers(context, request->body ? type : NULL, headers);
	response = http_send(&server->remote->transport, request);
	if (response->outcome == HTTP_ANSWERED)
		ims_throttle_after(server, response);
	touch_session(context, response);
	return response;
}

HttpResponse *
ims_request_send(const RemoteTable *table, ImsContext *context, const char *next_url,
				 ScanCounters *counters, HttpTransfer *started)
{
	const ImsServer *server = context->server;
	bool		logged_in_anew = false;
	int			throttled = 0;
	int			failed = 0;

	for (;;)
	{
		bool		ahead = started != NULL;
		HttpResponse *response;
		bool		refused;

		if (!ahead)
		{
			ims_throttle_before(server, table);
			started = ims_request_start(table, context, next_url);
		}
		response = finish(server, started, counters);
		refused = response->outcome == HTTP_ANSWERED && response->status == 401;
		started = NULL;
		if (ahead)
			context->session = ims_logs_in(server) ? session_find(server->remote) : NULL;
		if (refused && ahead && ims_logs_in(server))
			;					/* with which login is not known any more: ask again */
		else if (refused && context->session && !logged_in_anew)
		{
			logged_in_anew = true;
			session_retire((Session *) context->session);
		}
		else if (response->outcome == HTTP_ANSWERED && ims_is_throttled(server, response))
			ims_throttled(server, response, ++throttled);
		else if (is_transient(response) && server->retry_reads && ++failed < MAX_TRANSIENT)
			transport_pause(FIRST_PAUSE_MS << (failed - 1));
		else
		{
			remote_raise_failure(server->remote, response, psprintf("reading %s", table->name));
			touch_session(context, response);
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
