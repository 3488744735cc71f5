/*
 * ims_throttle.c
 *		Not asking for more than an inventory system allows.
 *
 * Three sources say when to wait: rates that the options give, what an answer
 * says is left, and an answer that refuses the request as too many.  All of it
 * is kept in rate.c, for all backends together.  No wait is longer than the
 * server's throttle_max_wait.
 */
#include "postgres.h"

#include <math.h>
#include <time.h>

#include "ims.h"
#include "utils/timestamp.h"

/* How often a refused request is sent in all before that is reported. */
#define MAX_THROTTLED	5

/* What to wait where nothing is said; doubled each time. */
#define FIRST_THROTTLE_MS	1000L

static void
raise_too_long(const ImsServer *server, TimestampTz until)
{
	long		wait_ms = TimestampDifferenceMilliseconds(GetCurrentTimestamp(), until);

	ereport(ERROR,
			(errcode(ERRCODE_FDW_ERROR),
			 errmsg("server \"%s\" allows no request for another %ld s",
					server->remote->name, (wait_ms + 999) / 1000),
			 errdetail("The server's option throttle_max_wait allows to wait for %d s.",
					   server->throttle_max_wait_ms / 1000),
			 errhint("Try again later, or ask for fewer requests.")));
}

/*
 * Count a request against the table's own rates and the server's.  Rates of a
 * table are kept by its own OID, as those of a server are by the server's.
 */
static bool
take(const ImsServer *server, const RemoteTable *table, int max_wait_ms, TimestampTz *until)
{
	const ImsTable *ims = table ? table->remote : NULL;

	if (ims && ims->rates.n > 0 && OidIsValid(table->relid) &&
		!rate_wait(table->relid, ims->rates.limits, ims->rates.n, max_wait_ms, until))
		return false;
	return rate_wait(server->remote->serverid, server->rates.limits, server->rates.n,
					 max_wait_ms, until);
}

void
ims_throttle_before(const ImsServer *server, const RemoteTable *table)
{
	TimestampTz until;

	if (!take(server, table, server->throttle_max_wait_ms, &until))
		raise_too_long(server, until);
}

bool
ims_throttle_try(const ImsServer *server, const RemoteTable *table)
{
	return take(server, table, 0, NULL);
}

/* ---- what answers say ---- */

char *
ims_place_text(const ImsPlace *place, const HttpResponse *response)
{
	const char *value;

	if (place == NULL)
		return NULL;
	if (place->header == NULL)
		return json_scalar(response->body, response->body_len, place->pointer);
	value = http_header(response, place->header);
	if (value == NULL)
		return NULL;
	return place->pointer ? json_scalar(value, strlen(value), place->pointer) : pstrdup(value);
}

/* "Wed, 21 Oct 2026 07:28:00 GMT" as milliseconds from now, -1 if it is no date. */
static int64
header_date_wait_ms(const char *text)
{
	struct tm	tm = {0};

	if (strptime(text, "%a, %d %b %Y %H:%M:%S", &tm) == NULL)
		return -1;
	return Max(0, ((int64) timegm(&tm) - (int64) time(NULL)) * 1000);
}

/* How long an answer asks to wait; -1 if it does not say. */
static int64
asked_wait_ms(const ImsServer *server, const HttpResponse *response)
{
	const char *text = ims_place_text(server->wait, response);
	double		number;
	char	   *end;
	double		now_ms = (double) time(NULL) * 1000;

	if (text == NULL)
		return -1;
	number = strtod(text, &end);
	if (end == text || isnan(number))
		return server->wait->header ? header_date_wait_ms(text) : -1;
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

static void
block(const ImsServer *server, int64 wait_ms)
{
	rate_block_until(server->remote->serverid,
					 TimestampTzPlusMilliseconds(GetCurrentTimestamp(), wait_ms));
}

void
ims_throttle_after(const ImsServer *server, const HttpResponse *response)
{
	char	   *text = ims_place_text(server->left, response);
	char	   *end;
	double		left = text ? strtod(text, &end) : 0;
	int64		wait_ms;

	if (text == NULL || end == text || left > server->keep)
		return;
	wait_ms = asked_wait_ms(server, response);
	block(server, wait_ms < 0 ? FIRST_THROTTLE_MS : wait_ms);
}

bool
ims_is_throttled(const ImsServer *server, const HttpResponse *response)
{
	return list_member_int(server->throttle_status, response->status) ||
		(response->status == 503 && http_header(response, "Retry-After"));
}

void
ims_throttled(const ImsServer *server, const HttpResponse *response, int attempt)
{
	int64		wait_ms = asked_wait_ms(server, response);

	if (wait_ms < 0)
		wait_ms = FIRST_THROTTLE_MS << Max(0, attempt - 1);
	block(server, wait_ms);
	if (attempt > 0 && (attempt >= MAX_THROTTLED || wait_ms > server->throttle_max_wait_ms))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("server \"%s\" refuses requests as too many (HTTP status %d)",
						server->remote->name, response->status),
				 attempt >= MAX_THROTTLED
				 ? errdetail("The request was sent %d times.", attempt)
				 : errdetail("It asks to wait " INT64_FORMAT " s; the server's option throttle_max_wait allows %d s.",
							 (wait_ms + 999) / 1000, server->throttle_max_wait_ms / 1000),
				 errhint("Try again later, or ask for fewer requests.")));
}
