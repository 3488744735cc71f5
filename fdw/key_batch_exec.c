/*
 * key_batch_exec.c
 *		Executor of the Key Batch Join: the node.
 *
 * Begins, runs, ends, begins anew and explains it.  What is done from row to
 * row is key_batch_step.c's; here its results are filtered and projected.
 *
 * Memory: the collected rows and the kept ones are bounded by hash_mem each.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "commands/explain.h"
#include "compat.h"
#include "executor/executor.h"
#include "executor/nodeHash.h"
#include "key_batch.h"
#include "key_batch_private.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/memutils.h"
#include "utils/ruleutils.h"

static void key_batch_begin(CustomScanState *css, EState *estate, int eflags);
static TupleTableSlot *key_batch_exec(CustomScanState *css);
static void key_batch_end(CustomScanState *css);
static void key_batch_rescan(CustomScanState *css);
static void key_batch_explain(CustomScanState *css, List *ancestors, ExplainState *es);

static const CustomExecMethods exec_methods = {
	.CustomName = KEY_BATCH_NAME,
	.BeginCustomScan = key_batch_begin,
	.ExecCustomScan = key_batch_exec,
	.EndCustomScan = key_batch_end,
	.ReScanCustomScan = key_batch_rescan,
	.ExplainCustomScan = key_batch_explain
};

Node *
key_batch_create_state(CustomScan *plan pg_attribute_unused())
{
	KeyBatch   *state = palloc0(sizeof(KeyBatch));

	NodeSetTag(state, T_CustomScanState);
	state->css.methods = &exec_methods;
	return (Node *) state;
}

static TupleTableSlot *
key_batch_exec(CustomScanState *css)
{
	KeyBatch   *state = (KeyBatch *) css;
	ExprContext *econtext = css->ss.ps.ps_ExprContext;
	TupleTableSlot *slot = key_batch_slot(state);

	ExecClearTuple(slot);
	ExecStoreVirtualTuple(slot);
	while (state->step != STEP_END)
	{
		ResetExprContext(econtext);
		CHECK_FOR_INTERRUPTS();
		if (!key_batch_step(state))
			continue;
		econtext->ecxt_scantuple = slot;
		if (ExecQual(css->ss.ps.qual, econtext))
			return css->ss.ps.ps_ProjInfo ? ExecProject(css->ss.ps.ps_ProjInfo) : slot;
		InstrCountFiltered2(css, 1);
	}
	return NULL;
}

static void
init_keys(KeyBatch *state, List *exprs, List *operator)
{
	Node	   *outer_key = list_nth(exprs, KEY_BATCH_OUTER_KEY);

	state->outer_key = ExecInitExpr((Expr *) outer_key, &state->css.ss.ps);
	state->inner_key = ExecInitExpr(list_nth(exprs, KEY_BATCH_INNER_KEY), &state->css.ss.ps);
	state->limit = get_hash_memory_limit();
	state->keys = key_table_create(linitial_oid(operator), lsecond_oid(operator),
								   exprType(outer_key), state->limit);
}

static MemoryContext
make_context(const char *name)
{
	return AllocSetContextCreateInternal(CurrentMemoryContext, name, ALLOCSET_DEFAULT_SIZES);
}

static void
key_batch_begin(CustomScanState *css, EState *estate, int eflags)
{
	KeyBatch   *state = (KeyBatch *) css;
	CustomScan *plan = castNode(CustomScan, css->ss.ps.plan);
	TupleTableSlot *slot = key_batch_slot(state);

	state->outer = ExecInitNode(linitial(plan->custom_plans), estate, eflags);
	state->inner = castNode(ForeignScanState,
							ExecInitNode(lsecond(plan->custom_plans), estate,
										 eflags & ~EXEC_FLAG_REWIND));
	css->custom_ps = list_make2(state->outer, state->inner);
	state->jointype = intVal(list_nth(plan->custom_private, KEY_BATCH_JOIN_TYPE));
	state->outer_columns = intVal(list_nth(plan->custom_private, KEY_BATCH_OUTER_COLUMNS));
	state->max_keys = intVal(list_nth(plan->custom_private, KEY_BATCH_KEYS));
	state->conditions = ExecInitQual(list_nth(plan->custom_exprs, KEY_BATCH_CONDITIONS),
									 &css->ss.ps);
	init_keys(state, plan->custom_exprs, list_nth(plan->custom_private, KEY_BATCH_OPERATOR));
	state->row_slot = ExecInitExtraTupleSlot(estate, ExecGetResultType(state->outer),
											 &TTSOpsMinimalTuple);
	state->batch_context = make_context("stockbridge batch");
	state->row_context = make_context("stockbridge row");
	memset(slot->tts_isnull, true, slot->tts_tupleDescriptor->natts * sizeof(bool));
	key_batch_end_batch(state);
}

static void
key_batch_end(CustomScanState *css)
{
	KeyBatch   *state = (KeyBatch *) css;

	ExecEndNode(state->outer);
	ExecEndNode(&state->inner->ss.ps);
}

/* What was found stays known, unless the foreign scan means something else now. */
static void
key_batch_rescan(CustomScanState *css)
{
	KeyBatch   *state = (KeyBatch *) css;
	PlanState  *inner = &state->inner->ss.ps;

	if (css->ss.ps.chgParam != NULL)
	{
		UpdateChangedParamSet(state->outer, css->ss.ps.chgParam);
		UpdateChangedParamSet(inner, css->ss.ps.chgParam);
	}
	if (state->outer->chgParam == NULL)
		ExecReScan(state->outer);
	/* Keys of a batch that was given up were never asked for. */
	if (inner->chgParam != NULL || state->first_row != NULL)
		key_table_forget(state->keys);
	state->outer_done = false;
	key_batch_end_batch(state);
}

static void
key_batch_explain(CustomScanState *css, List *ancestors, ExplainState *es)
{
	static const char *const join_types[] = {
		[JOIN_INNER] = "Inner", [JOIN_LEFT] = "Left", [JOIN_SEMI] = "Semi", [JOIN_ANTI] = "Anti"
	};
	KeyBatch   *state = (KeyBatch *) css;
	CustomScan *plan = castNode(CustomScan, css->ss.ps.plan);
	List	   *context = set_deparse_context_plan(es->deparse_cxt, css->ss.ps.plan, ancestors);
	List	   *conditions = list_nth(plan->custom_exprs, KEY_BATCH_CONDITIONS);

	ExplainPropertyText("Join Type", join_types[state->jointype], es);
	ExplainPropertyText("Join Cond",
						deparse_expression((Node *) make_ands_explicit(conditions), context,
										   true, false), es);
	ExplainPropertyInteger("Keys per Request", NULL, state->max_keys, es);
	if (!es->analyze)
		return;
	ExplainPropertyInteger("Keys", NULL, state->nkeys, es);
	ExplainPropertyInteger("Batches", NULL, state->nrequests, es);
	ExplainPropertyInteger("Rows of Known Keys", NULL, state->nrepeats, es);
}
