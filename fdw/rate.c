/*
 * rate.c
 *		Budgets of requests per server, in shared memory.
 *
 * A budget must hold in every window of its length, wherever a strict remote
 * lets its own begin; a token bucket would allow twice as much in one.  So each
 * window is cut into slices with a count each, and a request may go when the
 * slices that reach into the window hold fewer than the budget.  A slice counts
 * until the whole of it is out of the window: at most one slice too long, never
 * too short.
 *
 * When more servers are limited than there is room for, the one not asked for
 * longest is forgotten.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "rate.h"
#include "shared.h"
#include "transport.h"
#include "utils/timestamp.h"

#define MAX_SERVERS		256
#define SLICES			32

typedef struct RateWindow
{
	RateLimit	limit;
	int64		slice;			/* number of the newest slice */
	int32		counts[SLICES]; /* by slice number modulo SLICES */
} RateWindow;

typedef struct RateServer
{
	Oid			databaseid;		/* InvalidOid = unused */
	Oid			serverid;
	TimestampTz last_used;
	TimestampTz blocked_until;
	RateWindow	windows[RATE_MAX_LIMITS];
} RateServer;

static Size
area_size(void)
{
	return MAX_SERVERS * sizeof(RateServer);
}

static SharedArea area = {.name = "stockbridge rate limits", .size = area_size};

/* The server's entry, made if need be.  Call with the area locked. */
static RateServer *
find_server(RateServer *servers, Oid serverid, TimestampTz now)
{
	RateServer *oldest = servers;
	RateServer *server = NULL;

	for (int i = 0; i < MAX_SERVERS && server == NULL; i++)
	{
		if (servers[i].databaseid == MyDatabaseId && servers[i].serverid == serverid)
			server = &servers[i];
		else if (servers[i].last_used < oldest->last_used)
			oldest = &servers[i];
	}
	if (server == NULL)
	{
		server = oldest;
		memset(server, 0, sizeof(RateServer));
		server->databaseid = MyDatabaseId;
		server->serverid = serverid;
	}
	server->last_used = now;
	return server;
}

/* All slices but the newest reach over the window's whole length. */
static int64
slice_length(const RateLimit *limit)
{
	return Max(1, ((int64) limit->per_ms * 1000 + SLICES - 2) / (SLICES - 1));
}

/* Move a window up to "now"; a limit that has changed starts anew. */
static void
advance_window(RateWindow *window, const RateLimit *limit, TimestampTz now)
{
	int64		slice = now / slice_length(limit);

	if (window->limit.per_ms != limit->per_ms || slice >= window->slice + SLICES ||
		slice + SLICES <= window->slice)	/* the clock was set back */
	{
		memset(window->counts, 0, sizeof(window->counts));
		window->slice = slice;
	}
	window->limit = *limit;
	while (window->slice < slice)
		window->counts[++window->slice % SLICES] = 0;
}

/* When a window allows the next request, 0 = now. */
static TimestampTz
window_due(const RateWindow *window)
{
	int64		total = 0;
	int64		due = 0;

	/* From the newest slice back: the one that fills the budget must leave. */
	for (int64 slice = window->slice; slice > window->slice - SLICES && slice >= 0; slice--)
	{
		total += window->counts[slice % SLICES];
		if (total >= window->limit.requests)
		{
			due = (slice + SLICES) * slice_length(&window->limit);
			break;
		}
	}
	return due;
}

/* Count a request and return 0, or count nothing and return when it may go. */
static TimestampTz
take(Oid serverid, const RateLimit *limits, int nlimits)
{
	TimestampTz now = GetCurrentTimestamp();
	RateServer *server = find_server(shared_area_lock(&area, LW_EXCLUSIVE), serverid, now);
	TimestampTz due = server->blocked_until > now ? server->blocked_until : 0;

	for (int i = 0; i < nlimits; i++)
	{
		advance_window(&server->windows[i], &limits[i], now);
		due = Max(due, window_due(&server->windows[i]));
	}
	for (int i = 0; i < nlimits && due == 0; i++)
		server->windows[i].counts[server->windows[i].slice % SLICES]++;
	shared_area_unlock(&area);
	return due;
}

bool
rate_wait(Oid serverid, const RateLimit *limits, int nlimits, int max_wait_ms, TimestampTz *until)
{
	TimestampTz start = GetCurrentTimestamp();
	TimestampTz due;

	if (nlimits > RATE_MAX_LIMITS)
		elog(ERROR, "more than %d rate limits for one server", RATE_MAX_LIMITS);
	while ((due = take(serverid, limits, nlimits)) != 0)
	{
		if (until != NULL)
			*until = due;
		if (max_wait_ms >= 0 && due > TimestampTzPlusMilliseconds(start, max_wait_ms))
			return false;
		transport_pause(Max(1, TimestampDifferenceMilliseconds(GetCurrentTimestamp(), due)));
	}
	return true;
}

void
rate_block_until(Oid serverid, TimestampTz until)
{
	TimestampTz now = GetCurrentTimestamp();
	RateServer *server = find_server(shared_area_lock(&area, LW_EXCLUSIVE), serverid, now);

	server->blocked_until = Max(server->blocked_until, until);
	shared_area_unlock(&area);
}

void
rate_init(void)
{
	shared_area_define(&area);
}
