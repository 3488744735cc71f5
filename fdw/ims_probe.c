/*
 * ims_probe.c
 *		What can be said of a server before anything of it is read.
 *
 * For stockbridge.test_profile(): one GET of the server's url, and one login,
 * each with its outcome as a result.  Faults of the remote are not errors here.
 */
#include "postgres.h"

#include <time.h>

#include "fmgr.h"
#include "foreign/foreign.h"
#include "funcapi.h"
#include "ims.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(stockbridge_probe_server);
PG_FUNCTION_INFO_V1(stockbridge_probe_login);

static ImsServer *
open_server(Name name)
{
	ForeignServer *foreign = GetForeignServerByName(NameStr(*name), false);
	RemoteServer *remote = remote_server_open(foreign->serverid, GetUserId());

	if (remote->connector != &ims_connector)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("server \"%s\" is not a server of ims_fdw", remote->name)));
	return ims_server_open(remote);
}

/* Seconds that the remote's clock is ahead of ours, by its header Date; false if it has none. */
static bool
clock_offset(const HttpResponse *response, double *seconds)
{
	const char *date = http_header(response, "Date");
	struct tm	tm = {0};
	TimestampTz theirs;

	if (date == NULL || strptime(date, "%a, %d %b %Y %H:%M:%S", &tm) == NULL)
		return false;
	theirs = time_t_to_timestamptz(timegm(&tm));
	/* The header has whole seconds; the middle of the request is our guess at when it was written. */
	*seconds = (double) (theirs - (response->sent_at + (response->ended_at - response->sent_at) / 2)) / USECS_PER_SEC;
	return true;
}

/* A word for how far a request came, and curl's own for why not further. */
static const char *
reached(const HttpResponse *response)
{
	switch (response->failure)
	{
		case HTTP_FAILURE_NONE:
			return "answered";
		case HTTP_FAILURE_RESOLVE:
			return "resolve";
		case HTTP_FAILURE_CONNECT:
			return "connect";
		case HTTP_FAILURE_TLS:
			return "tls";
		case HTTP_FAILURE_TIMEOUT:
			return "timeout";
		default:
			return "broken";
	}
}

/*
 * probe_server(server) → reached, status, failure, clock_offset, milliseconds
 */
Datum
stockbridge_probe_server(PG_FUNCTION_ARGS)
{
	ImsServer  *server = open_server(PG_GETARG_NAME(0));
	HttpRequest request = {.method = "GET", .url = psprintf("%s/", server->remote->url)};
	HttpResponse *response;
	TupleDesc	desc;
	Datum		values[5] = {0};
	bool		nulls[5] = {false, false, false, false, false};
	double		seconds = 0;

	ims_throttle_before(server, NULL);
	response = http_send(&server->remote->transport, &request);
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	values[0] = CStringGetTextDatum(reached(response));
	values[1] = Int32GetDatum(response->status);
	nulls[2] = response->failure_text == NULL;
	if (!nulls[2])
		values[2] = CStringGetTextDatum(response->failure_text);
	nulls[3] = !clock_offset(response, &seconds);
	values[3] = Float8GetDatum(seconds);
	values[4] = Float8GetDatum((response->ended_at - response->sent_at) / 1000.0);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}

/*
 * probe_login(server) → how requests are authenticated; raises as a scan would
 */
Datum
stockbridge_probe_login(PG_FUNCTION_ARGS)
{
	ImsServer  *server = open_server(PG_GETARG_NAME(0));

	if (ims_logs_in(server))
		(void) session_acquire(server->remote, ims_login);
	PG_RETURN_TEXT_P(cstring_to_text(ims_server_option(server, "auth")));
}
