/*
 * post.c
 *		CALL stockbridge.post(link): carry requests from the queue to B1.
 *
 * The state machine lives in SQL (45_posting.sql, 47_request.sql).  This file
 * asks it for requests, sends several at once, and hands what came of them
 * back; it never decides what an answer means.
 *
 * The rule it exists for: when a request leaves, its attempt is committed, and
 * while answers are awaited there is no snapshot, no lock and no transaction
 * id.  An ERROR (cancel, shutdown) leaves attempts in state "posting"; whoever
 * posts next finds their worker gone, or finds them its own and not under way,
 * and brings them in doubt.  So nothing here needs to be cleaned up.
 *
 * A session carries one request at a time, so as many are under way as there
 * are sessions.  Further ones are taken ahead: a session that becomes free
 * sends at once, and the answers are stored while it waits again, several in
 * one transaction.
 *
 * Memory: everything lives below the context of the procedure, as each commit
 * would free what is the transaction's.
 */
#include "postgres.h"

#include "fmgr.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "../fdw/transport.h"
#include "post_queue.h"
#include "test_point.h"

PG_FUNCTION_INFO_V1(stockbridge_post);
PG_FUNCTION_INFO_V1(stockbridge_own_start);

/* How long an answer may wait for others to be stored with. */
#define GATHER_MS	20
/* How often to look for movements that have become due while others are under way. */
#define LOOK_MS		200

/* Posting for one link. */
typedef struct Posting
{
	const char *link;
	PostingPolicy policy;
	MemoryContext context;
	List	   *waiting;		/* of Conversation *: to be sent, in order */
	List	   *under_way;
	List	   *answered;
	TimestampTz looked_at;		/* when the queue was last asked for more */
	bool		empty;			/* and had less than was asked for */
	bool		probe;
	TimestampTz end_at;			/* when to take nothing new any more */
} Posting;

/* What is told of a request that was not sent. */
static ServiceLayerAnswer *
not_sent(const char *why)
{
	ServiceLayerAnswer *answer = palloc0(sizeof(ServiceLayerAnswer));

	answer->outcome = HTTP_NOT_SENT;
	answer->error_message = pstrdup(why);
	answer->ended_at = GetCurrentTimestamp();
	return answer;
}

/*
 * Send a request; false if no session is free.  A write whose lease is over
 * must not leave any more.
 */
static bool
begin_request(const Posting *posting, Conversation *conversation)
{
	const Request *request = conversation->request;
	MemoryContext old = MemoryContextSwitchTo(conversation->context);
	ServiceLayerCall call = {
		.method = request->method,
		.path = request->path,
		.body = request->body,
		.guard_path = request->guard_path,
		.guard_body = request->guard_body,
		.is_write = request->body != NULL,
	};

	if (GetCurrentTimestamp() > request->send_before)
		conversation->answer = not_sent("the lease was over before the request could be sent");
	else
	{
		if (call.is_write)
			test_point("attempt committed");
		conversation->pending = service_layer_begin(request->server, request->owner, &call,
													posting->policy.sessions);
		if (call.is_write && conversation->pending != NULL)
			test_point_sent("request sent");
	}
	MemoryContextSwitchTo(old);
	return conversation->pending != NULL || conversation->answer != NULL;
}

/* Send what waits, as far as there are sessions. */
static void
send_waiting(Posting *posting)
{
	while (posting->waiting != NIL &&
		   list_length(posting->under_way) < posting->policy.sessions)
	{
		Conversation *conversation = linitial(posting->waiting);

		if (!begin_request(posting, conversation))
			break;
		posting->waiting = list_delete_first(posting->waiting);
		if (conversation->answer != NULL)
			posting->answered = lappend(posting->answered, conversation);
		else
			posting->under_way = lappend(posting->under_way, conversation);
	}
}

/* Take in the answers that have come. */
static void
collect_answers(Posting *posting)
{
	ListCell   *lc;

	foreach(lc, posting->under_way)
	{
		Conversation *conversation = lfirst(lc);
		MemoryContext old;

		if (!service_layer_is_done(conversation->pending))
			continue;
		old = MemoryContextSwitchTo(conversation->context);
		conversation->answer = service_layer_end(conversation->pending);
		conversation->pending = NULL;
		MemoryContextSwitchTo(old);
		if (conversation->request->body != NULL)
			test_point("answer received");
		posting->under_way = foreach_delete_current(posting->under_way, lc);
		posting->answered = lappend(posting->answered, conversation);
	}
}

static long
milliseconds_since(TimestampTz time)
{
	return TimestampDifferenceMilliseconds(time, GetCurrentTimestamp());
}

/* How long the oldest answer not stored yet may still wait for others. */
static long
gather_time_left(const Posting *posting)
{
	const Conversation *oldest = linitial(posting->answered);

	return Max(GATHER_MS - milliseconds_since(oldest->answer->ended_at), 0);
}

/*
 * Whether to turn to the queue now: for work, if a session could be without,
 * or to store answers, if they are many or old.
 */
static bool
exchange_is_due(const Posting *posting)
{
	if (posting->answered != NIL &&
		(posting->waiting == NIL || list_length(posting->answered) >= posting->policy.sessions ||
		 gather_time_left(posting) == 0))
		return true;
	return posting->waiting == NIL &&
		(!posting->empty || milliseconds_since(posting->looked_at) >= LOOK_MS);
}

/* Store what was answered, and take as much as one round of all sessions ahead. */
static void
exchange(Posting *posting)
{
	int			held = list_length(posting->waiting) + list_length(posting->under_way);
	bool		late = !posting->probe && GetCurrentTimestamp() >= posting->end_at;
	int			wanted = late ? 0 : 2 * posting->policy.sessions - held;
	List	   *others = list_concat_copy(posting->waiting, posting->under_way);
	List	   *taken;

	taken = queue_exchange(posting->link, posting->answered, others, wanted,
						   posting->probe, posting->context);
	posting->answered = NIL;
	posting->empty = late || list_length(taken) < wanted;
	posting->probe = false;
	posting->looked_at = GetCurrentTimestamp();
	posting->waiting = list_concat(posting->waiting, taken);
	list_free(others);
}

/* Wait for the network, no longer than the queue can. */
static void
wait_for_answers(const Posting *posting)
{
	long		longest = LOOK_MS;

	if (posting->answered != NIL)
		longest = gather_time_left(posting);
	transport_wait(longest);
}

/*
 * Post what is due for one link.  The first request is a probe: it is sent even
 * if the link is paused, because a person who has just mended the cause must
 * not be told to wait.
 */
static void
post_link(const char *link, TimestampTz end_at, MemoryContext procedure)
{
	Posting		posting = {.link = link, .probe = true, .end_at = end_at};
	MemoryContext outer;

	posting.policy = queue_prepare_link(link);
	posting.context = AllocSetContextCreate(procedure, "stockbridge posting", ALLOCSET_DEFAULT_SIZES);
	outer = MemoryContextSwitchTo(posting.context);
	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		if (exchange_is_due(&posting))
			exchange(&posting);
		send_waiting(&posting);
		if (posting.under_way != NIL || posting.waiting != NIL)
		{
			wait_for_answers(&posting);
			collect_answers(&posting);
		}
		else if (posting.answered == NIL && posting.waiting == NIL && posting.empty)
			break;
	}
	MemoryContextSwitchTo(outer);
	MemoryContextDelete(posting.context);
}

Datum
stockbridge_post(PG_FUNCTION_ARGS)
{
	MemoryContext procedure = CurrentMemoryContext;
	char	   *name = PG_ARGISNULL(0) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(0));
	TimestampTz end_at = DT_NOEND;
	List	   *links;
	ListCell   *cell;

	if (fcinfo->context == NULL || !IsA(fcinfo->context, CallContext) ||
		castNode(CallContext, fcinfo->context)->atomic)
		ereport(ERROR,
				(errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
				 errmsg("stockbridge.post cannot run inside a transaction block"),
				 errhint("It commits each attempt before its request is sent: CALL it on its own.")));

	if (!PG_ARGISNULL(1))
		end_at = DatumGetTimestampTz(DirectFunctionCall2(timestamptz_pl_interval,
														 TimestampTzGetDatum(GetCurrentTimestamp()),
														 PG_GETARG_DATUM(1)));
	SPI_connect_ext(SPI_OPT_NONATOMIC);
	links = queue_find_links(fcinfo->flinfo->fn_oid, name, procedure);
	foreach(cell, links)
		post_link(lfirst(cell), end_at, procedure);
	SPI_finish();
	PG_RETURN_NULL();
}

/* As pg_stat_activity shows it: with the pid, what identifies a process. */
Datum
stockbridge_own_start(PG_FUNCTION_ARGS)
{
	(void) fcinfo;
	PG_RETURN_TIMESTAMPTZ(MyStartTimestamp);
}
