/*
 * post_queue.c
 *		Statements by which CALL post() speaks with the queue.
 *
 * Plans are prepared once per session.  Nothing here knows what a request or
 * an answer means.  An ERROR ends the transaction, and with it what the
 * statement has done; conversations are the caller's.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "extension_lock.h"
#include "post_queue.h"
#include "test_point.h"

#define MOST_ARGUMENTS	14
/* How often to look for attempts of workers that are gone. */
#define RECOVER_MS	1000

/* Statements, prepared once per session. */
typedef struct Statement
{
	const char *sql;
	int			nargs;
	Oid			argtypes[MOST_ARGUMENTS];
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

static Statement prepare_link = {
	"SELECT l.sessions, stockbridge.needs_items(l.link), stockbridge.recheck(l.link)"
	"  FROM stockbridge.link_policy($1) l",
	1, {TEXTOID}, NULL
};

static Statement needs_bases = {
	"SELECT EXISTS (SELECT FROM stockbridge.unread_bases($1))",
	1, {TEXTOID}, NULL
};

static Statement pull_bases = {
	"SELECT stockbridge.pull_bases($1)",
	1, {TEXTOID}, NULL
};

static Statement pull_items = {
	"SELECT stockbridge.pull_feed($1, 'items')",
	1, {TEXTOID}, NULL
};

static Statement next_requests = {
	"SELECT r.* FROM stockbridge.next_requests($1, $2, $3, $4, $5) r",
	5, {TEXTOID, INT4OID, INT8ARRAYOID, BOOLOID, BOOLOID}, NULL
};

/* The arrays are in the order of the answers. */
static Statement record_answers = {
	"SELECT r.* FROM stockbridge.record_answers($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) r",
	13, {TEXTOID, INT8ARRAYOID, INT8ARRAYOID, TEXTARRAYOID, TEXTARRAYOID, BOOLARRAYOID, INT4ARRAYOID,
	TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TIMESTAMPTZARRAYOID, TIMESTAMPTZARRAYOID}, NULL
};

/*
 * Run a statement with the caller's rights.  Each is the first of its
 * transaction, or follows one that was: the extension is locked before its
 * tables are.
 */
static void
execute(Statement *statement, Datum *values, const char *nulls)
{
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
	if (SPI_execute_plan(statement->plan, values, nulls, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "\"%s\" did not select", statement->sql);
}

/*
 * Run a statement with the rights of the extension's owner.  The functions of
 * the protocol are granted to nobody: who could call them directly could claim
 * that a document was posted.  Who may CALL post() is decided by its own grant.
 * An error restores the caller with the transaction.
 */
static void
execute_as_owner(Statement *statement, Datum *values, const char *nulls)
{
	Oid			caller;
	int			caller_context;

	GetUserIdAndSecContext(&caller, &caller_context);
	SetUserIdAndSecContext(extension_owner, caller_context | SECURITY_LOCAL_USERID_CHANGE);
	execute(statement, values, nulls);
	SetUserIdAndSecContext(caller, caller_context);
}

/* A column of a row that SPI holds, as text in the current context. */
static char *
get_text(uint64 row, int column)
{
	return SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column);
}

static Datum
get_datum(uint64 row, int column, Datum missing)
{
	bool		isnull;
	Datum		value = SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column, &isnull);

	return isnull ? missing : value;
}

/* ---- links ------------------------------------------------------------ */

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

List *
queue_find_links(Oid procedure, const char *name, MemoryContext context)
{
	Datum		values[1] = {name ? CStringGetTextDatum(name) : (Datum) 0};
	List	   *links = NIL;
	MemoryContext outer;

	extension_owner = procedure_owner(procedure);
	if (name != NULL)
		execute_as_owner(&link_must_exist, values, NULL);
	execute_as_owner(&all_links, values, name ? NULL : "n");
	outer = MemoryContextSwitchTo(context);
	for (uint64 i = 0; i < SPI_processed; i++)
		links = lappend(links, get_text(i, 1));
	MemoryContextSwitchTo(outer);
	SPI_freetuptable(SPI_tuptable);
	return links;
}

PostingPolicy
queue_prepare_link(const char *link)
{
	Datum		values[1] = {CStringGetTextDatum(link)};
	PostingPolicy policy;
	bool		needs_items;

	execute_as_owner(&prepare_link, values, NULL);
	policy.sessions = DatumGetInt32(get_datum(0, 1, Int32GetDatum(1)));
	needs_items = DatumGetBool(get_datum(0, 2, BoolGetDatum(false)));
	SPI_freetuptable(SPI_tuptable);

	/* Remote reads, so with the caller's rights and user mapping. */
	if (needs_items)
		execute(&pull_items, values, NULL);
	execute_as_owner(&needs_bases, values, NULL);
	if (DatumGetBool(get_datum(0, 1, BoolGetDatum(false))))
		execute(&pull_bases, values, NULL);
	SPI_commit();
	return policy;
}

/* ---- requests --------------------------------------------------------- */

/* The request in a row that SPI holds, in the current context. */
static Request *
get_request(uint64 row)
{
	Request    *request = palloc0(sizeof(Request));

	request->document = DatumGetInt64(get_datum(row, 1, Int64GetDatum(0)));
	request->attempt = DatumGetInt64(get_datum(row, 2, Int64GetDatum(0)));
	request->purpose = get_text(row, 3);
	request->server = DatumGetObjectId(get_datum(row, 4, ObjectIdGetDatum(InvalidOid)));
	request->owner = DatumGetObjectId(get_datum(row, 5, ObjectIdGetDatum(InvalidOid)));
	request->method = get_text(row, 6);
	request->path = get_text(row, 7);
	request->body = get_text(row, 8);
	request->guard_path = get_text(row, 9);
	request->guard_body = get_text(row, 10);
	request->send_before = DatumGetTimestampTz(get_datum(row, 11, TimestampTzGetDatum(DT_NOEND)));
	return request;
}

/* A conversation that begins with the request in a row that SPI holds. */
static Conversation *
new_conversation(uint64 row, MemoryContext parent)
{
	MemoryContext context = AllocSetContextCreate(parent, "stockbridge conversation",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext outer = MemoryContextSwitchTo(context);
	Conversation *conversation = palloc0(sizeof(Conversation));

	conversation->context = context;
	conversation->request = get_request(row);
	MemoryContextSwitchTo(outer);
	return conversation;
}

/* The conversation about a document; NULL = none. */
static Conversation *
find_conversation(List *conversations, int64 document)
{
	ListCell   *lc;

	foreach(lc, conversations)
	{
		Conversation *conversation = lfirst(lc);

		if (conversation->request->document == document)
			return conversation;
	}
	return NULL;
}

/* Take the requests that SPI holds: one that goes on, or a new one. */
static List *
take_requests(List *going_on, MemoryContext context)
{
	MemoryContext outer = MemoryContextSwitchTo(context);
	List	   *taken = NIL;

	for (uint64 i = 0; i < SPI_processed; i++)
	{
		Conversation *conversation =
			find_conversation(going_on, DatumGetInt64(get_datum(i, 1, Int64GetDatum(0))));

		if (conversation == NULL)
			conversation = new_conversation(i, context);
		else
		{
			MemoryContextSwitchTo(conversation->context);
			conversation->request = get_request(i);
			conversation->answer = NULL;
			MemoryContextSwitchTo(context);
		}
		taken = lappend(taken, conversation);
	}
	MemoryContextSwitchTo(outer);
	SPI_freetuptable(SPI_tuptable);
	return taken;
}

/* ---- answers ---------------------------------------------------------- */

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

/* Arrays of what came of requests, one per argument of record_answers. */
typedef struct Columns
{
	ArrayBuildState *state[MOST_ARGUMENTS];
} Columns;

static void
add_datum(Columns *columns, int i, Datum value, bool isnull)
{
	columns->state[i] = accumArrayResult(columns->state[i], value, isnull,
										 get_element_type(record_answers.argtypes[i]),
										 CurrentMemoryContext);
}

static void
add_text(Columns *columns, int i, const char *text)
{
	add_datum(columns, i, text ? CStringGetTextDatum(text) : (Datum) 0, text == NULL);
}

static void
add_time(Columns *columns, int i, TimestampTz time)
{
	add_datum(columns, i, TimestampTzGetDatum(time), time == 0);
}

static void
add_answer(Columns *columns, const Conversation *conversation)
{
	const Request *request = conversation->request;
	const ServiceLayerAnswer *answer = conversation->answer;

	add_datum(columns, 1, Int64GetDatum(request->document), false);
	add_datum(columns, 2, Int64GetDatum(request->attempt), request->attempt == 0);
	add_text(columns, 3, request->purpose);
	add_text(columns, 4, outcome_name(answer->outcome));
	add_datum(columns, 5, BoolGetDatum(answer->login_failed), false);
	add_datum(columns, 6, Int32GetDatum(answer->status), answer->status == 0);
	add_text(columns, 7, answer->error_code);
	add_text(columns, 8, answer->error_message);
	add_text(columns, 9, answer->body);
	add_text(columns, 10, answer->location);
	add_time(columns, 11, answer->outcome == HTTP_NOT_SENT ? 0 : answer->sent_at);
	add_time(columns, 12, answer->ended_at);
}

/* Store answers; SPI holds the requests that follow from them. */
static void
store_answers(const char *link, List *answered)
{
	Columns		columns = {0};
	Datum		values[MOST_ARGUMENTS];
	ListCell   *lc;

	foreach(lc, answered)
		add_answer(&columns, lfirst(lc));
	values[0] = CStringGetTextDatum(link);
	for (int i = 1; i < record_answers.nargs; i++)
		values[i] = makeArrayResult(columns.state[i], CurrentMemoryContext);
	execute_as_owner(&record_answers, values, NULL);
	test_point("answer stored");
}

/* ---- statistics -------------------------------------------------------- */

/* Tables whose plans depend on it that the planner knows of their size. */
static const char *const tables[] = {
	"movement", "movement_state", "document", "document_line", "attempt", "transition"
};

/*
 * Analyze tables of which the planner still knows less than "documents" rows.
 *
 * Until autovacuum comes round, a queue that has just been filled looks empty:
 * every key begins with the link, of which nothing tells that there are few, so
 * any index looks as good as the right one.  Plans are made anew after this.
 */
static void
refresh_statistics(uint64 documents)
{
	Oid			caller;
	int			caller_context;

	GetUserIdAndSecContext(&caller, &caller_context);
	SetUserIdAndSecContext(extension_owner, caller_context | SECURITY_LOCAL_USERID_CHANGE);
	for (size_t i = 0; i < lengthof(tables); i++)
	{
		char	   *sql = psprintf("ANALYZE (SKIP_LOCKED) stockbridge.%s", tables[i]);
		Oid			relation = get_relname_relid(tables[i], get_namespace_oid("stockbridge", false));
		HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
		bool		unknown;

		if (!HeapTupleIsValid(tuple))
			elog(ERROR, "cache lookup failed for relation %u", relation);
		unknown = ((Form_pg_class) GETSTRUCT(tuple))->reltuples < (float4) documents;
		ReleaseSysCache(tuple);
		if (unknown && SPI_execute(sql, false, 0) != SPI_OK_UTILITY)
			elog(ERROR, "\"%s\" failed", sql);
	}
	SetUserIdAndSecContext(caller, caller_context);
}

/* Count documents taken; at every eightfold, look after the statistics. */
static void
count_documents(int taken)
{
	static uint64 documents = 0;
	static uint64 next = 16;

	documents += taken;
	if (documents < next)
		return;
	refresh_statistics(documents);
	next = documents * 8;
}

/* ---- both ------------------------------------------------------------- */

/* Ask for requests; SPI holds them. */
static void
ask_for_requests(const char *link, List *held, int wanted, bool probe)
{
	static TimestampTz recovered_at = 0;
	Datum		values[5];
	bool		recover = probe || TimestampDifferenceExceeds(recovered_at, GetCurrentTimestamp(), RECOVER_MS);
	ArrayBuildState *attempts = initArrayResult(INT8OID, CurrentMemoryContext, false);
	ListCell   *lc;

	foreach(lc, held)
	{
		const Conversation *conversation = lfirst(lc);

		attempts = accumArrayResult(attempts, Int64GetDatum(conversation->request->attempt), false,
									INT8OID, CurrentMemoryContext);
	}
	values[0] = CStringGetTextDatum(link);
	values[1] = Int32GetDatum(wanted);
	values[2] = makeArrayResult(attempts, CurrentMemoryContext);
	values[3] = BoolGetDatum(probe);
	values[4] = BoolGetDatum(recover);
	if (recover)
		recovered_at = GetCurrentTimestamp();
	execute_as_owner(&next_requests, values, NULL);
	if (SPI_processed > 0)
		test_point("attempt claimed");
}

static void
free_finished(List *answered, List *going_on)
{
	ListCell   *lc;

	foreach(lc, answered)
	{
		Conversation *conversation = lfirst(lc);

		if (!list_member_ptr(going_on, conversation))
			MemoryContextDelete(conversation->context);
	}
	list_free(answered);
}

List *
queue_exchange(const char *link, List *answered, List *others, int wanted, bool probe,
			   MemoryContext context)
{
	MemoryContext scratch = AllocSetContextCreate(context, "stockbridge exchange", ALLOCSET_DEFAULT_SIZES);
	MemoryContext outer = MemoryContextSwitchTo(scratch);
	List	   *going_on = NIL;
	List	   *taken = NIL;

	if (answered != NIL)
	{
		store_answers(link, answered);
		going_on = take_requests(answered, context);
	}
	wanted -= list_length(going_on);
	if (wanted > 0)
	{
		ask_for_requests(link, list_concat_copy(going_on, others), wanted, probe);
		taken = take_requests(NIL, context);
		count_documents(list_length(taken));
	}
	SPI_commit();
	if (answered != NIL)
		test_point("answer settled");
	MemoryContextSwitchTo(context);
	free_finished(answered, going_on);
	taken = list_concat(going_on, taken);
	MemoryContextSwitchTo(outer);
	MemoryContextDelete(scratch);
	return taken;
}
