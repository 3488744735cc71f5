/*
 * scan_private.h
 *		Between the files of a running foreign scan.
 *
 * scan.c runs it, scan_bind.c gives its parameters their values, scan_explain.c
 * shows it.
 */
#ifndef STOCKBRIDGE_SCAN_PRIVATE_H
#define STOCKBRIDGE_SCAN_PRIVATE_H

#include "postgres.h"

#include "connector.h"
#include "executor/executor.h"
#include "scan.h"
#include "scan_memo.h"
#include "scan_sort.h"
#include "tuple.h"

typedef struct RemoteScan
{
	RemoteTable *table;
	ScanRequest request;
	List	   *params;			/* of ExprState * */
	List	   *param_exprs;	/* of Expr * */
	List	   *keys;			/* of char *: see scan_set_keys */
	TupleReader *reader;
	MemoryContext scan_context;
	MemoryContext page_context;
	ScanMemo   *memo;			/* NULL = rows are not kept */
	int64		memo_hits;		/* runs that asked for nothing */
	bool		running;		/* between its first row and a rescan */
	bool		done;			/* … and it has given its last row */
	ScanCursor *cursor;			/* NULL = not needed yet, or not at all */
	RowPage    *page;
	int			next_row;
	ScanCounters finished;		/* of earlier runs of this scan */
	int			offset_param;	/* which parameters are OFFSET and LIMIT, -1 = none */
	int			limit_param;
	ScanSort   *sort;			/* of rows that the remote does not sort, NULL = it does */
	const char *sort_reason;	/* why they were sorted here, NULL = they never were */
	int64		rows_to_skip;	/* left out here and not by the remote */
	int64		rows_left;		/* that may still be returned, -1 = any number */
	const char *declined;		/* why the plan below is run instead, NULL = it is not */
	PlanState  *hidden;			/* that plan, while EXPLAIN must not show it */
} RemoteScan;

/* Whether OFFSET and LIMIT of the query are this scan's to do. */
static inline bool
scan_is_bounded(const RemoteScan *state)
{
	return state->offset_param >= 0 || state->limit_param >= 0;
}

/*
 * scan_bind_request
 *		The request with the values of its parameters, in the current context;
 *		"only_constants" for EXPLAIN.
 */
extern ScanRequest *scan_bind_request(RemoteScan *state, ExprContext *econtext,
									  bool only_constants);

/*
 * scan_bind_bounds
 *		Give a request its OFFSET and LIMIT; returns LIMIT, -1 = none.
 */
extern int64 scan_bind_bounds(RemoteScan *state, ExprContext *econtext,
							  ScanRequest *request, bool only_constants);

/* scan_run_key: the values that tell one run of a scan from another, as text. */
extern char *scan_run_key(RemoteScan *state, ExprContext *econtext);

/* scan_add_counters: add what a run has cost to a total. */
extern void scan_add_counters(ScanCounters *total, const ScanCounters *run);

#endif							/* STOCKBRIDGE_SCAN_PRIVATE_H */
