/*
 * scan.c
 *		Executor callbacks: pages of remote rows as tuples.
 *
 * Lifetimes: a scan context holds one run from first page to rescan, a page
 * context below it one page; values are converted in the executor's per-tuple
 * context.  Memory is bounded by one page and the memo, whatever the number of
 * rows.
 *
 * Being run again with values that it was run with before, a scan gives the
 * rows of its memo and asks nothing.  That rescans will come is known at the
 * start only of some; for others the memo begins small, so that a long scan
 * run once is not copied.
 *
 * A scan that asks the remote for more than rows of a table has a plan below
 * it that computes the same from plain scans.  It is run instead when the
 * remote declines; the rows of both have the columns of fdw_scan_tlist.
 */
#include "postgres.h"

#include "compat.h"
#include "miscadmin.h"
#include "nodes/value.h"
#include "option.h"
#include "row_version.h"
#include "scan_private.h"
#include "stat.h"
#include "utils/memutils.h"
#include "utils/rel.h"

/* Memo of a scan for which no rescan was announced. */
#define SMALL_MEMO_BYTES	(64 * 1024)

/* Attributes whose values a page has, in its order; 0 for values of no column. */
static List *
page_attnos(const ScanRequest *request)
{
	List	   *attnos;
	ListCell   *lc;

	if (request->grouping == NULL)
		return request->attnos;
	attnos = list_copy(request->grouping->keys);
	foreach(lc, request->grouping->aggregates)
	{
		RemoteAggregate *aggregate = lfirst(lc);
		bool		of_column = aggregate->function == AGGREGATE_MIN ||
			aggregate->function == AGGREGATE_MAX;

		attnos = lappend_int(attnos, of_column ? aggregate->attno : 0);
	}
	return attnos;
}

static TupleReader *
make_reader(const RemoteScan *state, const ForeignScanState *node)
{
	List	   *attnos = page_attnos(&state->request);

	if (node->ss.ss_currentRelation != NULL)
		return tuple_reader_create(state->table, attnos);
	return tuple_reader_create_in_order(state->table, attnos,
										node->ss.ss_ScanTupleSlot->tts_tupleDescriptor);
}

int
scan_page_size(const RemoteTable *table)
{
	return remote_option(table->options, "page_size") != NULL
		? (int) option_int(table->options, "page_size")
		: table->server->page_size;
}

/* The table that is read, or the tables of a join as one. */
static RemoteTable *
open_table(ForeignScanState *node, Predicate *predicate)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	Oid			userid = compat_scan_user(node);
	List	   *tables = NIL;
	RemoteTable *first;
	ListCell   *lc;

	foreach(lc, (List *) list_nth(plan->fdw_private, SCAN_PRIVATE_RELIDS))
		tables = lappend(tables, remote_table_open(lfirst_oid(lc), userid));
	first = linitial(tables);
	if (list_length(tables) == 1)
		return first;
	first = first->server->connector->join_tables(tables, predicate);
	if (first == NULL)
		elog(ERROR, "foreign tables can no longer be joined by their server");
	return first;
}

/*
 * The memo of a scan.  Rows to be modified come with their versions, which it
 * does not keep; of a join, it does not know what rechecks depend on.
 */
static ScanMemo *
make_memo(const RemoteScan *state, const ForeignScanState *node, int eflags)
{
	bool		has_params = !bms_is_empty(node->ss.ps.plan->allParam);
	bool		rescans = has_params || (eflags & EXEC_FLAG_REWIND) != 0;

	if (state->request.with_version || (eflags & EXEC_FLAG_EXPLAIN_ONLY) ||
		(has_params && node->fdw_recheck_quals != NULL))
		return NULL;
	return scan_memo_create(rescans ? (Size) work_mem * 1024 : SMALL_MEMO_BYTES);
}

static List *
order_from_list(List *list)
{
	List	   *order = NIL;
	ListCell   *lc;

	foreach(lc, list)
	{
		ScanOrder  *item = palloc(sizeof(ScanOrder));

		item->attno = abs(lfirst_int(lc));
		item->descending = lfirst_int(lc) < 0;
		order = lappend(order, item);
	}
	return order;
}

static void
read_bounds(RemoteScan *state, List *bounds)
{
	state->offset_param = bounds != NIL ? linitial_int(bounds) : -1;
	state->limit_param = bounds != NIL ? lsecond_int(bounds) : -1;
}

void
scan_begin(ForeignScanState *node, int eflags)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	RemoteScan  *state = palloc0(sizeof(RemoteScan));
	List	   *predicate = list_nth(plan->fdw_private, SCAN_PRIVATE_PREDICATE);

	if (predicate != NIL)
		state->request.predicate = predicate_from_list(predicate);
	state->table = open_table(node, state->request.predicate);
	state->request.table = state->table;
	state->request.attnos = list_nth(plan->fdw_private, SCAN_PRIVATE_ATTNOS);
	state->request.page_size = scan_page_size(state->table);
	state->request.rows_wanted = intVal(list_nth(plan->fdw_private, SCAN_PRIVATE_ROWS_WANTED));
	state->request.order = order_from_list(list_nth(plan->fdw_private, SCAN_PRIVATE_ORDER));
	state->request.table_rows = floatVal(list_nth(plan->fdw_private, SCAN_PRIVATE_TABLE_ROWS));
	read_bounds(state, list_nth(plan->fdw_private, SCAN_PRIVATE_BOUNDS));
	state->request.grouping = grouping_from_list(list_nth(plan->fdw_private, SCAN_PRIVATE_GROUPING));
	state->request.with_version =
		intVal(list_nth(plan->fdw_private, SCAN_PRIVATE_WITH_VERSION)) != 0;
	state->param_exprs = plan->fdw_exprs;
	state->params = ExecInitExprList(plan->fdw_exprs, (PlanState *) node);
	state->reader = make_reader(state, node);
	state->memo = make_memo(state, node, eflags);
	state->scan_context = AllocSetContextCreate(CurrentMemoryContext, "stockbridge scan",
												ALLOCSET_DEFAULT_SIZES);
	state->page_context = AllocSetContextCreate(state->scan_context, "stockbridge page",
												ALLOCSET_DEFAULT_SIZES);
	node->fdw_state = state;
}

/* Let the connector release what is not memory. */
static void
end_cursor(RemoteScan *state)
{
	const Connector *connector = state->table->server->connector;

	if (state->cursor != NULL && connector->end_scan != NULL)
		connector->end_scan(state->cursor);
}

static void
end_sort(RemoteScan *state)
{
	if (state->sort != NULL)
		scan_sort_end(state->sort);
	state->sort = NULL;
}

/* Forget the cursor of the run before and all that it has read. */
static void
drop_cursor(RemoteScan *state)
{
	if (state->cursor == NULL)
		return;
	scan_add_counters(&state->finished, &state->cursor->counters);
	end_cursor(state);
	end_sort(state);
	state->cursor = NULL;
	state->page = NULL;
	state->next_row = 0;
	MemoryContextReset(state->scan_context);
	state->page_context = AllocSetContextCreate(state->scan_context, "stockbridge page",
												ALLOCSET_DEFAULT_SIZES);
}

/* Make the page's next row a tuple. */
static void
fill_row(RemoteScan *state, TupleTableSlot *slot)
{
	const RowPage *page = state->page;
	const JsonValue *values = &page->values[(Size) state->next_row * page->ncolumns];

	tuple_reader_fill(state->reader, values, slot);
	if (state->request.with_version)
		slot->tts_tid = row_version_keep(values[page->ncolumns - 1].text);
	state->next_row++;
	ExecStoreVirtualTuple(slot);
}

/*
 * Keep the rest of a run that was stopped early, as by LIMIT or EXISTS, if it is
 * here already: then that run is whole.
 */
static void
finish_run(ForeignScanState *node)
{
	RemoteScan *state = node->fdw_state;
	TupleTableSlot *slot = node->ss.ss_ScanTupleSlot;

	if (node->fdw_recheck_quals != NULL || scan_is_bounded(state) || state->cursor == NULL ||
		!state->cursor->at_end || state->page == NULL)
		return;
	while (state->next_row < state->page->nrows)
	{
		fill_row(state, slot);
		scan_memo_add(state->memo, slot);
		ExecClearTuple(slot);
	}
	scan_memo_end(state->memo);
}

/* Open the cursor of a run; OFFSET is done here if the remote declines it. */
static void
open_cursor(RemoteScan *state, ExprContext *econtext)
{
	const Connector *connector = state->table->server->connector;
	ScanRequest *request = scan_bind_request(state, econtext, false);

	state->rows_left = scan_bind_bounds(state, econtext, request, false);
	state->rows_to_skip = 0;
	state->cursor = connector->open_scan(request);
	if (state->cursor->declined != NULL && scan_is_bounded(state))
	{
		state->rows_to_skip = request->offset;
		request->offset = request->limit = 0;
		end_cursor(state);
		state->cursor = connector->open_scan(request);
	}
}

/* Begin a run, or take up one that stopped early. */
static void
start_scan(ForeignScanState *node)
{
	RemoteScan  *state = node->fdw_state;
	ExprContext *econtext = node->ss.ps.ps_ExprContext;
	bool		fresh = true;
	bool		whole = false;
	MemoryContext old;

	if (state->memo != NULL)
	{
		finish_run(node);
		scan_memo_begin(state->memo, scan_run_key(state, econtext), &fresh, &whole);
	}
	state->running = true;
	state->done = false;
	if (fresh || whole)
		drop_cursor(state);
	if (!fresh)
		state->memo_hits++;
	if (!fresh)
		return;
	old = MemoryContextSwitchTo(state->scan_context);
	open_cursor(state, econtext);
	MemoryContextSwitchTo(old);
}

/* The next page, counted. */
static RowPage *
fetch_page(RemoteScan *state)
{
	ScanCounters before = state->cursor->counters;
	RowPage    *page = state->table->server->connector->next_page(state->cursor);

	stat_count_scan(state->table->server->serverid, state->cursor->counters.pages - before.pages,
					page ? page->nrows : 0, state->cursor->counters.retries - before.retries);
	return page;
}

/* Make the next row current, fetching pages as needed; false at the end. */
static bool
next_row(RemoteScan *state)
{
	MemoryContext old;

	if (state->page != NULL && state->next_row < state->page->nrows)
		return true;
	if (state->cursor == NULL)
		return false;
	do
	{
		MemoryContextReset(state->page_context);
		state->page = NULL;
		old = MemoryContextSwitchTo(state->page_context);
		state->page = fetch_page(state);
		MemoryContextSwitchTo(old);
		state->next_row = 0;
	} while (state->page != NULL && state->page->nrows == 0);
	return state->page != NULL;
}

/* Whether the remote has declined because of the order alone. */
static bool
declines_order(const RemoteScan *state)
{
	return state->cursor != NULL && state->cursor->declined != NULL &&
		state->cursor->request->order != NIL;
}

/* Whether the remote has declined; the reason outlives the scan, for EXPLAIN. */
static bool
is_declined(const ForeignScanState *node)
{
	RemoteScan *state = node->fdw_state;

	if (state->declined == NULL && state->cursor != NULL && state->cursor->declined != NULL &&
		!declines_order(state))
		state->declined = MemoryContextStrdup(node->ss.ps.state->es_query_cxt,
											  state->cursor->declined);
	return state->declined != NULL;
}

/* Whether a row of the remote fulfils what its predicate may have widened. */
static bool
passes_recheck(ForeignScanState *node, TupleTableSlot *slot)
{
	ExprContext *econtext = node->ss.ps.ps_ExprContext;

	if (node->fdw_recheck_quals == NULL)
		return true;
	econtext->ecxt_scantuple = slot;
	return ExecQual(node->fdw_recheck_quals, econtext);
}

/* The next row of the plan below, in the memory that plan nodes are run in. */
static TupleTableSlot *
next_local_row(ForeignScanState *node)
{
	MemoryContext old = MemoryContextSwitchTo(node->ss.ps.state->es_query_cxt);
	TupleTableSlot *slot = ExecProcNode(outerPlanState(node));

	MemoryContextSwitchTo(old);
	return slot;
}

/* Ask again without order and bounds, and sort here what comes. */
static void
sort_here(ForeignScanState *node, TupleTableSlot *slot)
{
	RemoteScan  *state = node->fdw_state;
	MemoryContext old = MemoryContextSwitchTo(node->ss.ps.state->es_query_cxt);
	List	   *order = state->cursor->request->order;
	ScanRequest *request;

	state->sort_reason = pstrdup(state->cursor->declined);
	state->sort = scan_sort_begin(state->table, order, slot->tts_tupleDescriptor);
	MemoryContextSwitchTo(state->scan_context);
	request = palloc(sizeof(ScanRequest));
	*request = *state->cursor->request;
	state->rows_to_skip = request->offset;
	request->order = NIL;
	request->offset = request->limit = request->rows_wanted = 0;
	scan_add_counters(&state->finished, &state->cursor->counters);
	end_cursor(state);
	state->cursor = state->table->server->connector->open_scan(request);
	MemoryContextSwitchTo(old);
	while (next_row(state))
	{
		fill_row(state, slot);
		scan_sort_add(state->sort, slot);
		ExecClearTuple(slot);
		ResetExprContext(node->ss.ps.ps_ExprContext);
		CHECK_FOR_INTERRUPTS();
	}
	scan_sort_perform(state->sort);
}

/* The next row of the remote in the slot, or an empty slot. */
static void
fetch_row(ForeignScanState *node, TupleTableSlot *slot)
{
	RemoteScan  *state = node->fdw_state;
	bool		found;

	ExecClearTuple(slot);
	found = state->sort == NULL && next_row(state);
	if (found)
		fill_row(state, slot);
	else if (state->sort == NULL && declines_order(state))
		sort_here(node, slot);
	if (state->sort != NULL)
		scan_sort_next(state->sort, slot);
}

/*
 * The next row within OFFSET and LIMIT, which count rows that meet the
 * conditions: those that the remote should have left out are passed over here.
 */
static void
fetch_bounded_row(ForeignScanState *node, TupleTableSlot *slot)
{
	RemoteScan  *state = node->fdw_state;
	ExprContext *econtext = node->ss.ps.ps_ExprContext;

	while (state->rows_left != 0)
	{
		ResetExprContext(econtext);
		CHECK_FOR_INTERRUPTS();
		fetch_row(node, slot);
		econtext->ecxt_scantuple = slot;
		if (TupIsNull(slot) || (ExecQual(node->ss.ps.qual, econtext) && state->rows_to_skip-- <= 0))
			break;
	}
	if (state->rows_left == 0)
		ExecClearTuple(slot);
	else if (state->rows_left > 0)
		state->rows_left--;
}

/* The next row that the plan above may see, or an empty slot. */
static void
fetch_wanted_row(ForeignScanState *node, TupleTableSlot *slot)
{
	RemoteScan  *state = node->fdw_state;

	if (scan_is_bounded(state))
	{
		fetch_bounded_row(node, slot);
		return;
	}
	for (;;)
	{
		fetch_row(node, slot);
		if (TupIsNull(slot) || passes_recheck(node, slot))
			return;
		ResetExprContext(node->ss.ps.ps_ExprContext);
		CHECK_FOR_INTERRUPTS();
	}
}

bool
scan_is_ready(ForeignScanState *node, HttpTransfer **transfer)
{
	RemoteScan *state = node->fdw_state;
	HttpTransfer *under_way;
	MemoryContext old;

	*transfer = NULL;
	if (!state->running && state->declined == NULL)
	{
		old = MemoryContextSwitchTo(node->ss.ps.ps_ExprContext->ecxt_per_tuple_memory);
		start_scan(node);
		MemoryContextSwitchTo(old);
	}
	if (is_declined(node) || (state->memo != NULL && scan_memo_has_next(state->memo)) ||
		(state->page != NULL && state->next_row < state->page->nrows) ||
		state->cursor == NULL || state->cursor->at_end)
		return true;
	under_way = state->table->server->connector->page_under_way(state->cursor);
	if (under_way == NULL || !transfer_is_done(under_way))
	{
		*transfer = under_way;
		return false;
	}
	return true;
}

bool
scan_is_done(const ForeignScanState *node)
{
	const RemoteScan *state = node->fdw_state;

	return state->running && state->done;
}

void
scan_wait(ForeignScanState *node)
{
	(void) next_row(node->fdw_state);
}

TupleTableSlot *
scan_iterate(ForeignScanState *node)
{
	RemoteScan  *state = node->fdw_state;
	TupleTableSlot *slot = node->ss.ss_ScanTupleSlot;
	HttpTransfer *transfer;

	ExecClearTuple(slot);
	if (node->ss.ps.async_capable && !scan_is_ready(node, &transfer))
		return slot;
	if (!state->running && state->declined == NULL)
		start_scan(node);
	if (state->memo != NULL && state->declined == NULL && scan_memo_next(state->memo, slot))
		return slot;
	if (!is_declined(node))
		fetch_wanted_row(node, slot);
	if (is_declined(node))
		return next_local_row(node);
	state->done = TupIsNull(slot);
	if (state->memo != NULL && TupIsNull(slot))
		scan_memo_end(state->memo);
	else if (state->memo != NULL)
		scan_memo_add(state->memo, slot);
	return slot;
}

void
scan_rescan(ForeignScanState *node)
{
	RemoteScan  *state = node->fdw_state;

	state->running = false;
	if (state->memo == NULL)
		drop_cursor(state);
	else
		scan_memo_set_limit(state->memo, (Size) work_mem * 1024);
}

void
scan_set_keys(ForeignScanState *node, List *keys)
{
	RemoteScan *state = node->fdw_state;

	state->keys = keys;
	state->memo = NULL;			/* whoever asks by keys remembers rows by them */
	drop_cursor(state);
}

bool
scan_keys_fit(ForeignScanState *node, List *keys)
{
	RemoteScan *state = node->fdw_state;
	const Connector *connector = state->table->server->connector;
	List	   *before = state->keys;
	bool		fit;

	state->keys = keys;
	fit = connector->fits(scan_bind_request(state, node->ss.ps.ps_ExprContext, false));
	state->keys = before;
	return fit;
}

void
scan_end(ForeignScanState *node)
{
	RemoteScan  *state = node->fdw_state;

	if (state == NULL)
		return;
	if (state->hidden != NULL)
		outerPlanState(node) = state->hidden;	/* the executor ends it next */
	end_cursor(state);
	end_sort(state);
	MemoryContextDelete(state->scan_context);
}
