/*
 * scan_explain.c
 *		What EXPLAIN shows of a foreign scan: its requests, and what they cost.
 */
#include "postgres.h"

#include "compat.h"
#include "nodes/makefuncs.h"
#include "scan_private.h"
#include "utils/ruleutils.h"

void
scan_add_counters(ScanCounters *total, const ScanCounters *run)
{
	total->requests += run->requests;
	total->pages += run->pages;
	total->bytes += run->bytes;
	total->retries += run->retries;
	total->wait_ms += run->wait_ms;
}

/*
 * EXPLAIN shows the requests of a statement; the plan that stands by sends none
 * unless it is run.
 */
static void
hide_unused_plan(ForeignScanState *node)
{
	RemoteScan *state = node->fdw_state;

	if (state->declined == NULL && outerPlanState(node) != NULL)
	{
		state->hidden = outerPlanState(node);
		outerPlanState(node) = NULL;
	}
}

/* The conditions of a join, which the remote may have widened. */
static void
explain_recheck(const ForeignScan *plan, ExplainState *es)
{
	List	   *context;

	if (plan->fdw_recheck_quals == NIL)
		return;
	context = set_deparse_context_plan(es->deparse_cxt, (Plan *) unconstify(ForeignScan *, plan), NIL);
	ExplainPropertyText("Recheck Cond",
						deparse_expression((Node *) make_ands_explicit(plan->fdw_recheck_quals),
										   context, true, false), es);
}

void
scan_explain(ForeignScanState *node, ExplainState *es)
{
	RemoteScan  *state = node->fdw_state;
	ScanCounters counters = state->finished;
	ListCell   *lc;

	hide_unused_plan(node);
	if (node->ss.ss_currentRelation == NULL)
		ExplainPropertyText("Remote Table", state->table->name, es);
	explain_recheck((ForeignScan *) node->ss.ps.plan, es);
	if (es->verbose)
	{
		ScanRequest *request = scan_bind_request(state, node->ss.ps.ps_ExprContext, true);

		if (scan_is_bounded(state))
			scan_bind_bounds(state, node->ss.ps.ps_ExprContext, request, true);
		foreach(lc, state->table->server->connector->describe_scan(request))
			ExplainPropertyText("Remote Request", lfirst(lc), es);
	}
	if (!es->analyze)
		return;
	if (state->declined != NULL)
		ExplainPropertyText("Computed Locally", state->declined, es);
	if (state->sort_reason != NULL)
		ExplainPropertyText("Sorted Locally", state->sort_reason, es);
	if (state->cursor != NULL)
		scan_add_counters(&counters, &state->cursor->counters);
	ExplainPropertyInteger("Requests", NULL, counters.requests, es);
	ExplainPropertyInteger("Pages", NULL, counters.pages, es);
	ExplainPropertyInteger("Bytes Received", NULL, counters.bytes, es);
	ExplainPropertyInteger("Retries", NULL, counters.retries, es);
	if (state->memo_hits > 0)
		ExplainPropertyInteger("Memo Hits", NULL, state->memo_hits, es);
	if (es->timing)
		ExplainPropertyFloat("Remote Wait Time", "ms", counters.wait_ms, 3, es);
}
