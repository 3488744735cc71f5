/*
 * stat.c
 *		Counters per remote server, in shared memory, and their rows for SQL.
 *
 * Counting takes one lock for a few additions, beside a request that takes
 * milliseconds.  Counters start anew with the server process; like those of
 * pg_stat_*, they say since when.  When more servers are counted than there is
 * room for, the one not asked for longest is forgotten.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "shared.h"
#include "stat.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(stockbridge_stat_remote);
PG_FUNCTION_INFO_V1(stockbridge_stat_remote_reset);

#define MAX_SERVERS		256

/* Of this backend, over all servers. */
static StatTotals totals;

static const char *const methods[] = {"GET", "POST", "PATCH", "PUT", "DELETE", "OTHER"};

#define METHODS			lengthof(methods)

/* What can become of a request that is no success. */
typedef enum StatError
{
	ERROR_UNREACHABLE,			/* nothing was sent */
	ERROR_TIMEOUT,				/* no answer in time */
	ERROR_BROKEN,				/* no whole answer for another reason */
	ERROR_UNAUTHORIZED,			/* 401, 403 */
	ERROR_THROTTLED,			/* 429 */
	ERROR_REFUSED,				/* other statuses from 300 to 499 */
	ERROR_SERVER				/* 500 and above */
} StatError;

#define ERRORS			(ERROR_SERVER + 1)

/* Upper bounds in milliseconds of all latency buckets but the last. */
static const double latency_bounds[] = {10, 50, 200, 1000, 5000, 30000};

#define BUCKETS			(lengthof(latency_bounds) + 1)

typedef struct MethodStat
{
	int64		requests;
	int64		bytes;
	int64		errors[ERRORS];
	int64		latency[BUCKETS];	/* of whole answers */
	double		total_ms;
	double		max_ms;
} MethodStat;

typedef struct ServerStat
{
	Oid			databaseid;		/* InvalidOid = unused */
	Oid			serverid;
	TimestampTz since;
	TimestampTz last_used;
	MethodStat	methods[METHODS];
	int64		pages;
	int64		rows;
	int64		retries;
	int64		logins;
	int64		failed_logins;
	int64		waits;
	double		wait_ms;
} ServerStat;

static Size
area_size(void)
{
	return MAX_SERVERS * sizeof(ServerStat);
}

static SharedArea area = {.name = "stockbridge remote statistics", .size = area_size};

/*
 * Lock the counters of a server of this database, making them if need be; NULL,
 * without a lock, if there is nothing to account to.
 */
static ServerStat *
lock_server(Oid serverid)
{
	ServerStat *servers;
	ServerStat *found = NULL;
	ServerStat *oldest;

	if (!OidIsValid(serverid) || !OidIsValid(MyDatabaseId))
		return NULL;
	servers = oldest = shared_area_lock(&area, LW_EXCLUSIVE);
	for (int i = 0; i < MAX_SERVERS && found == NULL; i++)
	{
		if (servers[i].databaseid == MyDatabaseId && servers[i].serverid == serverid)
			found = &servers[i];
		else if (servers[i].last_used < oldest->last_used)
			oldest = &servers[i];
	}
	if (found == NULL)
	{
		found = oldest;
		memset(found, 0, sizeof(ServerStat));
		found->databaseid = MyDatabaseId;
		found->serverid = serverid;
		found->since = GetCurrentTimestamp();
	}
	found->last_used = GetCurrentTimestamp();
	return found;
}

static size_t
method_index(const char *method)
{
	size_t		i = 0;

	while (i < METHODS - 1 && strcmp(methods[i], method) != 0)
		i++;
	return i;
}

/* Class of an answer, or of the lack of one; -1 = success. */
static int
classify(const HttpResponse *response)
{
	if (response->outcome == HTTP_NOT_SENT)
		return ERROR_UNREACHABLE;
	if (response->outcome == HTTP_UNANSWERED)
		return response->failure == HTTP_FAILURE_TIMEOUT ? ERROR_TIMEOUT : ERROR_BROKEN;
	if (response->status < 300)
		return -1;
	if (response->status == 401 || response->status == 403)
		return ERROR_UNAUTHORIZED;
	if (response->status == 429)
		return ERROR_THROTTLED;
	return response->status < 500 ? ERROR_REFUSED : ERROR_SERVER;
}

static void
add_latency(MethodStat *stat, double ms)
{
	size_t		bucket = 0;

	while (bucket < lengthof(latency_bounds) && ms > latency_bounds[bucket])
		bucket++;
	stat->latency[bucket]++;
	stat->total_ms += ms;
	stat->max_ms = Max(stat->max_ms, ms);
}

StatTotals
stat_backend_totals(void)
{
	return totals;
}

void
stat_count_response(Oid serverid, const char *method, const HttpResponse *response)
{
	ServerStat *server;
	MethodStat *stat;
	int			error;

	totals.requests++;
	totals.bytes += response->wire_bytes;
	server = lock_server(serverid);
	if (server == NULL)
		return;
	stat = &server->methods[method_index(method)];
	error = classify(response);
	stat->requests++;
	stat->bytes += response->wire_bytes;
	if (error >= 0)
		stat->errors[error]++;
	if (response->outcome == HTTP_ANSWERED)
		add_latency(stat, (response->ended_at - response->sent_at) / 1000.0);
	shared_area_unlock(&area);
}

void
stat_count_scan(Oid serverid, int64 pages, int64 rows, int64 retries)
{
	ServerStat *server = lock_server(serverid);

	if (server == NULL)
		return;
	server->pages += pages;
	server->rows += rows;
	server->retries += retries;
	shared_area_unlock(&area);
}

void
stat_count_login(Oid serverid, bool accepted)
{
	ServerStat *server = lock_server(serverid);

	if (server == NULL)
		return;
	if (accepted)
		server->logins++;
	else
		server->failed_logins++;
	shared_area_unlock(&area);
}

void
stat_count_wait(Oid serverid, double ms)
{
	ServerStat *server = lock_server(serverid);

	if (server == NULL)
		return;
	server->waits++;
	server->wait_ms += ms;
	shared_area_unlock(&area);
}

void
stat_init(void)
{
	shared_area_define(&area);
}

/*
 * Rows
 */

static void
add_method(MethodStat *total, const MethodStat *stat)
{
	total->requests += stat->requests;
	total->bytes += stat->bytes;
	for (int i = 0; i < ERRORS; i++)
		total->errors[i] += stat->errors[i];
	for (size_t i = 0; i < BUCKETS; i++)
		total->latency[i] += stat->latency[i];
	total->total_ms += stat->total_ms;
	total->max_ms = Max(total->max_ms, stat->max_ms);
}

static Datum
bigint_array(const int64 *numbers, int count)
{
	Datum	   *elements = palloc(sizeof(Datum) * count);

	for (int i = 0; i < count; i++)
		elements[i] = Int64GetDatum(numbers[i]);
	return PointerGetDatum(construct_array(elements, count, INT8OID, sizeof(int64),
										   FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

/* Columns in the order of stockbridge.stat_remote_list; "method" NULL = the server's totals. */
static void
put_row(ReturnSetInfo *result, const ServerStat *server, const char *method, const MethodStat *stat)
{
	Datum		values[22];
	bool		nulls[22] = {false};
	int			n = 0;

	values[n++] = ObjectIdGetDatum(server->serverid);
	nulls[n] = method == NULL;
	values[n++] = method ? CStringGetTextDatum(method) : (Datum) 0;
	values[n++] = Int64GetDatum(stat->requests);
	values[n++] = Int64GetDatum(stat->bytes);
	for (int i = 0; i < ERRORS; i++)
		values[n++] = Int64GetDatum(stat->errors[i]);
	values[n++] = Float8GetDatum(stat->total_ms);
	values[n++] = Float8GetDatum(stat->max_ms);
	values[n++] = bigint_array(stat->latency, BUCKETS);
	values[n++] = Int64GetDatum(server->pages);
	values[n++] = Int64GetDatum(server->rows);
	values[n++] = Int64GetDatum(server->retries);
	values[n++] = Int64GetDatum(server->logins);
	values[n++] = Int64GetDatum(server->failed_logins);
	values[n++] = Int64GetDatum(server->waits);
	values[n++] = Float8GetDatum(server->wait_ms);
	values[n++] = TimestampTzGetDatum(server->since);
	values[n++] = CStringGetTextDatum(shared_area_is_shared(&area) ? "cluster" : "backend");
	Assert(n == lengthof(values));
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

static void
put_server(ReturnSetInfo *result, const ServerStat *server, bool by_method)
{
	MethodStat	total = {0};

	for (size_t i = 0; i < METHODS; i++)
	{
		add_method(&total, &server->methods[i]);
		if (by_method && server->methods[i].requests > 0)
			put_row(result, server, methods[i], &server->methods[i]);
	}
	if (!by_method)
		put_row(result, server, NULL, &total);
}

/* One row per server of this database, or per server and method. */
Datum
stockbridge_stat_remote(PG_FUNCTION_ARGS)
{
	bool		by_method = PG_GETARG_BOOL(0);
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	ServerStat *copy = palloc(area_size());

	/* Rows need memory, and asking for it may raise: not under the lock. */
	memcpy(copy, shared_area_lock(&area, LW_SHARED), area_size());
	shared_area_unlock(&area);
	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < MAX_SERVERS; i++)
		if (copy[i].databaseid == MyDatabaseId)
			put_server(result, &copy[i], by_method);
	pfree(copy);
	return (Datum) 0;
}

/* Forget the counters of one server of this database, or of all (NULL). */
Datum
stockbridge_stat_remote_reset(PG_FUNCTION_ARGS)
{
	Oid			serverid = PG_ARGISNULL(0) ? InvalidOid : PG_GETARG_OID(0);
	ServerStat *servers = shared_area_lock(&area, LW_EXCLUSIVE);

	for (int i = 0; i < MAX_SERVERS; i++)
		if (servers[i].databaseid == MyDatabaseId &&
			(!OidIsValid(serverid) || servers[i].serverid == serverid))
			memset(&servers[i], 0, sizeof(ServerStat));
	shared_area_unlock(&area);
	PG_RETURN_VOID();
}
