/*
 * post.c
 *		CALL stockbridge.post(link): carry requests from the queue to B1.
 *
 * The state machine lives in SQL (45_posting.sql, 47_request.sql).  This file
 * asks it for the next request, commits, sends the request, and hands what came
 * of it back; it never decides what an answer means.
 *
 * The rule it exists for: when a request leaves, the attempt is committed, and
 * while the answer is awaited there is no snapshot, no lock and no transaction
 * id.  An ERROR (cancel, shutdown) between the two commits leaves the attempt
 * in state "posting"; whoever posts next finds its worker gone, or finds it its
 * own, and brings it in doubt.  So nothing here needs to be cleaned up.
 *
 * Memory: the links live in the context of the procedure, each conversation in
 * one that is reset after it.  Neither is a transaction's, as each commit would
 * free that.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "../fdw/service_layer.h"
#include "extension_lock.h"

PG_FUNCTION_INFO_V1(stockbridge_post);

/* A row of type stockbridge.request; its columns in that order. */
typedef struct Request
{
	char	   *link;
	int64		document;
	int64		attempt;
	char	   *purpose;
	Oid			server;
	Oid			owner;
	char	   *method;
	char	   *path;
	char	   *body;			/* NULL = none */
	TimestampTz send_before;	/* DT_NOEND = any time */
} Request;

/* Statements, prepared once per session. */
typedef struct Statement
{
	const char *sql;
	int			nargs;
	Oid			argtypes[13];
	SPIPlanPtr	plan;
} Statement;

static Oid	extension_owner = InvalidOid;

static Statement all_links = {
	"SELECT link FROM stockbridge.link WHERE $1 IS NULL OR link OPERATOR(pg_catalog.=) $1 ORDER BY link",
	1, {TEXTOID}, NULL
};

static Statement link_must_exist = {
	"SELECT stockbridge.link_policy($1)",
	1, {TEXTOID}, NULL
};

static Statement needs_items = {
	"SELECT stockbridge.needs_items($1)",
	1, {TEXTOID}, NULL
};

static Statement pull_items = {
	"SELECT stockbridge.pull_feed($1, 'items')",
	1, {TEXTOID}, NULL
};

static Statement next_request = {
	"SELECT r.* FROM stockbridge.next_request($1, $2) r",
	2, {TEXTOID, BOOLOID}, NULL
};

static Statement record_answer = {
	"SELECT r.* FROM stockbridge.record_answer($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) r",
	13, {TEXTOID, INT8OID, INT8OID, TEXTOID, TEXTOID, BOOLOID, INT4OID, TEXTOID, TEXTOID, TEXTOID, TEXTOID,
	TIMESTAMPTZOID, TIMESTAMPTZOID}, NULL
};

/*
 * Run a statement with the caller's rights.  Each is the first of its
 * transaction, or follows one that was: the extension is locked before its
 * tables are.
 */
static void
execute(Statement *statement, Datum *values, const bool *nulls)
{
	char		flags[13];

	if (!extension_lock())
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("extension \"stockbridge\" was dropped while it was posting")));
	if (statement->plan == NULL)
	{
		SPIPlanPtr	plan = SPI_prepare(statement->sql, statement->nargs, statement->argtypes);

		if (plan == NULL || SPI_keepplan(plan) != 0)
			elog(ERROR, "could not prepare \"%s\": %s", statement->sql,
				 SPI_result_code_string(SPI_result));
		statement->plan = plan;
	}
	for (int i = 0; i < statement->nargs; i++)
		flags[i] = nulls[i] ? 'n' : ' ';
	if (SPI_execute_plan(statement->plan, values, flags, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "\"%s\" did not select", statement->sql);
}

/*
 * Run a statement with the rights of the extension's owner.  The functions of
 * the protocol are granted to nobody: who could call them directly could claim
 * that a document was posted.  Who may CALL post() is decided by its own grant.
 * An error restores the caller with the transaction.
 */
static void
execute_as_owner(Statement *statement, Datum *values, const bool *nulls)
{
	Oid			caller;
	int			caller_context;

	GetUserIdAndSecContext(&caller, &caller_context);
	SetUserIdAndSecContext(extension_owner, caller_context | SECURITY_LOCAL_USERID_CHANGE);
	execute(statement, values, nulls);
	SetUserIdAndSecContext(caller, caller_context);
}

static void
set_text(Datum *values, bool *nulls, int i, const char *text)
{
	nulls[i] = (text == NULL);
	values[i] = nulls[i] ? (Datum) 0 : CStringGetTextDatum(text);
}

static void
set_time(Datum *values, bool *nulls, int i, TimestampTz time)
{
	nulls[i] = (time == 0);
	values[i] = TimestampTzGetDatum(time);
}

/* A column of the only row that SPI holds, as text in "context". */
static char *
get_text(int column, MemoryContext context)
{
	char	   *text = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column);

	return text ? MemoryContextStrdup(context, text) : NULL;
}

static Datum
get_datum(int column, Datum missing)
{
	bool		isnull;
	Datum		value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column, &isnull);

	return isnull ? missing : value;
}

/* The request that SPI holds, copied into "context"; NULL if it is none. */
static Request *
get_request(MemoryContext context)
{
	Request    *request = MemoryContextAllocZero(context, sizeof(Request));

	Assert(SPI_processed == 1);
	request->link = get_text(1, context);
	if (request->link == NULL)
		return NULL;
	request->document = DatumGetInt64(get_datum(2, Int64GetDatum(0)));
	request->attempt = DatumGetInt64(get_datum(3, Int64GetDatum(0)));
	request->purpose = get_text(4, context);
	request->server = DatumGetObjectId(get_datum(5, ObjectIdGetDatum(InvalidOid)));
	request->owner = DatumGetObjectId(get_datum(6, ObjectIdGetDatum(InvalidOid)));
	request->method = get_text(7, context);
	request->path = get_text(8, context);
	request->body = get_text(9, context);
	request->send_before = DatumGetTimestampTz(get_datum(10, TimestampTzGetDatum(DT_NOEND)));
	return request;
}

/*
 * Read the items of a link's company if movements wait only for that; a remote
 * read, so with the caller's rights and user mapping.
 */
static void
pull_items_once(const char *link)
{
	Datum		values[1];
	bool		nulls[1];

	set_text(values, nulls, 0, link);
	execute_as_owner(&needs_items, values, nulls);
	if (DatumGetBool(get_datum(1, BoolGetDatum(false))))
	{
		execute(&pull_items, values, nulls);
		SPI_commit();
	}
}

/* The next request of a link, with its attempt committed; NULL = nothing is due. */
static Request *
take_request(const char *link, bool probe, MemoryContext context)
{
	Datum		values[2];
	bool		nulls[2] = {false, false};
	Request    *request;

	values[0] = CStringGetTextDatum(link);
	values[1] = BoolGetDatum(probe);
	execute_as_owner(&next_request, values, nulls);
	request = get_request(context);
	SPI_commit();
	return request;
}

/* Send a request.  A write whose lease is over must not leave any more. */
static ServiceLayerAnswer *
send_request(const Request *request)
{
	ServiceLayerCall call = {
		.method = request->method,
		.path = request->path,
		.body = request->body,
		.is_write = request->body != NULL,
	};

	if (GetCurrentTimestamp() > request->send_before)
	{
		ServiceLayerAnswer *late = palloc0(sizeof(ServiceLayerAnswer));

		late->outcome = HTTP_NOT_SENT;
		late->error_message = pstrdup("the lease was over before the request could be sent");
		return late;
	}
	return service_layer_call(request->server, request->owner, &call);
}

static const char *
outcome_name(HttpOutcome outcome)
{
	switch (outcome)
	{
		case HTTP_NOT_SENT:
			return "not_sent";
		case HTTP_UNANSWERED:
			return "unanswered";
		case HTTP_ANSWERED:
			return "answered";
	}
	elog(ERROR, "unrecognized outcome %d of a request", (int) outcome);
	return NULL;				/* keep the compiler quiet */
}

/* Record what came of a request; returns the next of its conversation. */
static Request *
store_answer(const Request *request, const ServiceLayerAnswer *answer, MemoryContext context)
{
	Datum		values[13];
	bool		nulls[13] = {false};
	Request    *next;

	set_text(values, nulls, 0, request->link);
	values[1] = Int64GetDatum(request->document);
	values[2] = Int64GetDatum(request->attempt);
	set_text(values, nulls, 3, request->purpose);
	set_text(values, nulls, 4, outcome_name(answer->outcome));
	values[5] = BoolGetDatum(answer->login_failed);
	values[6] = Int32GetDatum(answer->status);
	nulls[6] = (answer->status == 0);
	set_text(values, nulls, 7, answer->error_code);
	set_text(values, nulls, 8, answer->error_message);
	set_text(values, nulls, 9, answer->body);
	set_text(values, nulls, 10, answer->location);
	set_time(values, nulls, 11, answer->outcome == HTTP_NOT_SENT ? 0 : answer->sent_at);
	set_time(values, nulls, 12, answer->ended_at);
	execute_as_owner(&record_answer, values, nulls);
	next = get_request(context);
	SPI_commit();
	return next;
}

/*
 * Post what is due for one link.  The first request is a probe: it is sent even
 * if the link is paused, because a person who has just mended the cause must
 * not be told to wait.
 */
static void
post_link(const char *link, MemoryContext conversation)
{
	bool		probe = true;

	pull_items_once(link);
	for (;;)
	{
		MemoryContext outer = MemoryContextSwitchTo(conversation);
		Request    *request;
		bool		done;

		CHECK_FOR_INTERRUPTS();
		request = take_request(link, probe, conversation);
		done = (request == NULL);
		while (request != NULL)
			request = store_answer(request, send_request(request), conversation);
		probe = false;
		MemoryContextSwitchTo(outer);
		MemoryContextReset(conversation);
		if (done)
			break;
	}
}

/* The links to post for; an unknown name is an error. */
static List *
find_links(const char *name, MemoryContext context)
{
	Datum		values[1];
	bool		nulls[1];
	List	   *links = NIL;

	set_text(values, nulls, 0, name);
	if (name != NULL)
		execute_as_owner(&link_must_exist, values, nulls);
	execute_as_owner(&all_links, values, nulls);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		MemoryContext outer = MemoryContextSwitchTo(context);
		char	   *link = SPI_getvalue(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1);

		links = lappend(links, link);
		MemoryContextSwitchTo(outer);
	}
	SPI_freetuptable(SPI_tuptable);
	return links;
}

static Oid
procedure_owner(Oid procedure)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(procedure));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", procedure);
	owner = ((Form_pg_proc) GETSTRUCT(tuple))->proowner;
	ReleaseSysCache(tuple);
	return owner;
}

Datum
stockbridge_post(PG_FUNCTION_ARGS)
{
	MemoryContext procedure = CurrentMemoryContext;
	MemoryContext conversation;
	char	   *name = PG_ARGISNULL(0) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(0));
	List	   *links;
	ListCell   *cell;

	if (fcinfo->context == NULL || !IsA(fcinfo->context, CallContext) ||
		castNode(CallContext, fcinfo->context)->atomic)
		ereport(ERROR,
				(errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
				 errmsg("stockbridge.post cannot run inside a transaction block"),
				 errhint("It commits each attempt before its request is sent: CALL it on its own.")));

	extension_owner = procedure_owner(fcinfo->flinfo->fn_oid);
	SPI_connect_ext(SPI_OPT_NONATOMIC);
	conversation = AllocSetContextCreate(procedure, "stockbridge conversation", ALLOCSET_DEFAULT_SIZES);
	links = find_links(name, procedure);
	foreach(cell, links)
		post_link(lfirst(cell), conversation);
	SPI_finish();
	PG_RETURN_NULL();
}
