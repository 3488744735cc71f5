/*
 * trace.c
 *		The trace of requests, and what it leaves out.
 *
 * Only the URL needs care: headers and bodies never come here.  A secret may be
 * in a URL because a declared system wants it there, as a value of the user
 * mapping or as a token of a login; the former is known, the latter is told by
 * the name of its parameter.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "storage/ipc.h"
#include "trace.h"
#include "utils/guc.h"

#define REDACTED	"***"

static bool trace_enabled = false;

struct TransferTrace
{
	const char *server;
	const char *method;
	const char *url;			/* redacted */
};

/* Parts of parameter names behind which a secret must be expected. */
static const char *const secret_names[] = {
	"auth", "cookie", "credential", "key", "pass", "pwd", "secret", "session", "sid", "sig", "token",
};

static bool
contains_ignoring_case(const char *text, size_t len, const char *part)
{
	size_t		part_len = strlen(part);

	for (size_t i = 0; i + part_len <= len; i++)
		if (pg_strncasecmp(text + i, part, part_len) == 0)
			return true;
	return false;
}

static bool
is_secret_name(const char *name, size_t len)
{
	/* $filter and its like are B1's own; a token is never in them. */
	if (len > 0 && (*name == '$' || strncmp(name, "%24", Min(len, 3)) == 0))
		return false;
	for (size_t i = 0; i < lengthof(secret_names); i++)
		if (contains_ignoring_case(name, len, secret_names[i]))
			return true;
	return false;
}

/* The query with the values of secret parameters replaced. */
static char *
redact_parameters(const char *url)
{
	StringInfoData buf;
	const char *next = strchr(url, '?');

	if (next == NULL)
		return pstrdup(url);
	initStringInfo(&buf);
	appendBinaryStringInfo(&buf, url, ++next - url);
	while (*next)
	{
		size_t		len = strcspn(next, "&");
		size_t		name_len = strcspn(next, "=&");

		if (name_len < len && is_secret_name(next, name_len))
			appendStringInfo(&buf, "%.*s=" REDACTED, (int) name_len, next);
		else
			appendBinaryStringInfo(&buf, next, len);
		next += len;
		if (*next)
			appendStringInfoChar(&buf, *next++);
	}
	return buf.data;
}

static char *
replace_all(const char *text, const char *find)
{
	StringInfoData buf;
	const char *hit;

	initStringInfo(&buf);
	while ((hit = strstr(text, find)) != NULL)
	{
		appendBinaryStringInfo(&buf, text, hit - text);
		appendStringInfoString(&buf, REDACTED);
		text = hit + strlen(find);
	}
	appendStringInfoString(&buf, text);
	return buf.data;
}

/* A URL as it may be shown. */
static char *
redact_url(const char *url, List *secrets)
{
	char	   *result = redact_parameters(url);
	ListCell   *lc;

	foreach(lc, secrets)
	{
		const char *secret = lfirst(lc);

		if (*secret == '\0')
			continue;
		result = replace_all(result, secret);
		result = replace_all(result, url_encode(secret));
	}
	return result;
}

TransferTrace *
trace_begin(const TransportSettings *settings, const HttpRequest *request)
{
	TransferTrace *trace;

	if (settings->server_name == NULL ||
		(!trace_enabled && !message_level_is_interesting(DEBUG1)))
		return NULL;
	trace = palloc(sizeof(TransferTrace));
	trace->server = pstrdup(settings->server_name);
	trace->method = pstrdup(request->method);
	trace->url = redact_url(request->url, settings->secrets);
	ereport(DEBUG2,
			(errmsg_internal("sending to server \"%s\": %s %s", trace->server, trace->method, trace->url)));
	return trace;
}

void
trace_end(TransferTrace *trace, const HttpResponse *response)
{
	int			level = trace_enabled ? NOTICE : DEBUG1;
	double		ms = (response->ended_at - response->sent_at) / 1000.0;

	/* At the end of a backend its client is not listening any more. */
	if (trace == NULL || proc_exit_inprogress)
		return;
	if (response->outcome == HTTP_ANSWERED)
		ereport(level,
				(errmsg("server \"%s\": %s %s: HTTP status %d, " INT64_FORMAT " bytes, %.3f ms",
						trace->server, trace->method, trace->url, response->status,
						response->wire_bytes, ms),
				 errhidestmt(true), errhidecontext(true)));
	else
		ereport(level,
				(errmsg("server \"%s\": %s %s: no answer after %.3f ms: %s",
						trace->server, trace->method, trace->url, ms, response->failure_text),
				 errhidestmt(true), errhidecontext(true)));
}

void
trace_init(void)
{
	DefineCustomBoolVariable("stockbridge.trace",
							 "Tells of every request to a remote system, as a NOTICE.",
							 "Method, URL without secrets, status, bytes, time. Without it, the same is logged at DEBUG1.",
							 &trace_enabled, false, PGC_USERSET, 0,
							 NULL, NULL, NULL);
}
