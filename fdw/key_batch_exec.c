/*
 * key_batch_exec.c
 *		Executor of the Key Batch Join.
 *
 * Rows of the outer side are collected until there are as many different keys
 * as one request can ask for; the foreign rows that come are matched with them
 * as they come.  What the rows of a key were is kept for outer rows that have
 * the same one later.
 *
 * Memory: the collected rows and the kept ones are bounded by hash_mem each.
 * When the kept ones are too many, all are forgotten and the next key is asked
 * for anew; foreign rows that are not kept pass through one by one.
 *
 * Rows meet by the hash of the join's own operator (key_table.c) and are a pair
 * if all of its conditions say so.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "commands/explain.h"
#include "compat.h"
#include "executor/executor.h"
#include "executor/nodeHash.h"
#include "key_batch.h"
#include "key_table.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "scan.h"
#include "utils/memutils.h"
#include "utils/ruleutils.h"

/* A row of the outer side that waits for the rows of its key. */
typedef struct OuterRow
{
	struct OuterRow *next;		/* of the batch */
	struct OuterRow *next_of_key;
	MinimalTuple tuple;
	bool		matched;
} OuterRow;

typedef enum BatchStep
{
	STEP_COLLECT,				/* rows of the outer side */
	STEP_REPEAT,				/* pairs of an outer row whose key is known */
	STEP_SEND,					/* the next request of the batch */
	STEP_RECEIVE,				/* its next row */
	STEP_PAIR,					/* pairs of that row */
	STEP_UNMATCHED,				/* outer rows of the batch without a pair */
	STEP_END
} BatchStep;

typedef struct KeyBatch
{
	CustomScanState css;		/* first */
	PlanState  *outer;
	ForeignScanState *inner;
	JoinType	jointype;
	int			outer_columns;
	int			max_keys;
	ExprState  *conditions;
	ExprState  *outer_key;
	ExprState  *inner_key;
	Size		limit;
	TupleTableSlot *row_slot;	/* an outer row of the batch */

	TupleTableSlot *outer_row;	/* STEP_REPEAT: that row */
	TupleTableSlot *inner_row;	/* STEP_PAIR: the foreign row */
	MemoryContext row_context;	/* of what is computed from it */

	KeyTable   *keys;

	MemoryContext batch_context;
	Size		batch_bytes;
	OuterRow   *first_row;
	OuterRow   *last_row;
	List	   *batch_keys;		/* of KeyEntry *: still to be asked for */
	List	   *asked_keys;		/* of KeyEntry *: by the request under way */
	bool		outer_done;

	BatchStep	step;
	KeyEntry   *entry;			/* STEP_REPEAT, STEP_PAIR: whose rows */
	int			next_kept;		/* STEP_REPEAT */
	bool		matched;		/* STEP_REPEAT: a pair was found */
	Datum		row_key;		/* STEP_PAIR: of the foreign row */
	OuterRow   *row;			/* STEP_PAIR, STEP_UNMATCHED: next one */

	int64		nkeys;			/* for EXPLAIN */
	int64		nrequests;
	int64		nrepeats;
} KeyBatch;

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

/*
 * The scan tuple
 */

static TupleTableSlot *
scan_slot(const KeyBatch *state)
{
	return state->css.ss.ss_ScanTupleSlot;
}

static void
place(TupleTableSlot *slot, int first, TupleTableSlot *row)
{
	int			natts = row->tts_tupleDescriptor->natts;

	slot_getallattrs(row);
	memcpy(slot->tts_values + first, row->tts_values, natts * sizeof(Datum));
	memcpy(slot->tts_isnull + first, row->tts_isnull, natts * sizeof(bool));
}

static void
place_outer(KeyBatch *state, TupleTableSlot *row)
{
	place(scan_slot(state), 0, row);
}

static void
place_inner(KeyBatch *state, TupleTableSlot *row)
{
	place(scan_slot(state), state->outer_columns, row);
}

static void
place_kept(KeyBatch *state, MinimalTuple tuple)
{
	TupleDesc	desc = ExecGetResultType(&state->inner->ss.ps);
	TupleTableSlot *slot = scan_slot(state);
	HeapTupleData heap;

	heap.t_len = tuple->t_len + MINIMAL_TUPLE_OFFSET;
	heap.t_data = (HeapTupleHeader) ((char *) tuple - MINIMAL_TUPLE_OFFSET);
	heap_deform_tuple(&heap, desc, slot->tts_values + state->outer_columns,
					  slot->tts_isnull + state->outer_columns);
}

/* In place of a foreign row: nulls. */
static void
place_nothing(KeyBatch *state)
{
	TupleTableSlot *slot = scan_slot(state);

	memset(slot->tts_isnull + state->outer_columns, true,
		   (slot->tts_tupleDescriptor->natts - state->outer_columns) * sizeof(bool));
}

static void
place_row(KeyBatch *state, const OuterRow *row)
{
	ExecStoreMinimalTuple(row->tuple, state->row_slot, false);
	place_outer(state, state->row_slot);
}

/* Whether the two rows of the scan tuple are a pair. */
static bool
is_pair(KeyBatch *state)
{
	ExprContext *econtext = state->css.ss.ps.ps_ExprContext;

	econtext->ecxt_scantuple = scan_slot(state);
	if (ExecQual(state->conditions, econtext))
		return true;
	InstrCountFiltered1(&state->css, 1);
	return false;
}

/* A key of the scan tuple, in the current context. */
static Datum
eval_key(KeyBatch *state, ExprState *key, bool *isnull)
{
	ExprContext *econtext = state->css.ss.ps.ps_ExprContext;

	econtext->ecxt_scantuple = scan_slot(state);
	return ExecEvalExpr(key, econtext, isnull);
}

/* Whether an outer row without a pair is a row of the result. */
static bool
wants_unmatched(const KeyBatch *state)
{
	return state->jointype == JOIN_LEFT || state->jointype == JOIN_ANTI;
}

/*
 * Steps.  Each returns whether the scan tuple is a row of the result.
 */

static void
end_batch(KeyBatch *state)
{
	if (key_table_is_full(state->keys))
		key_table_forget(state->keys);
	MemoryContextReset(state->batch_context);
	state->batch_bytes = 0;
	state->first_row = state->last_row = NULL;
	state->batch_keys = state->asked_keys = NIL;
	state->step = state->outer_done ? STEP_END : STEP_COLLECT;
}

/* Put an outer row into the batch. */
static void
add_row(KeyBatch *state, KeyEntry *entry, TupleTableSlot *slot)
{
	MemoryContext old = MemoryContextSwitchTo(state->batch_context);
	OuterRow   *row = palloc0(sizeof(OuterRow));

	row->tuple = ExecCopySlotMinimalTuple(slot);
	row->next_of_key = entry->waiting;
	entry->waiting = row;
	if (state->last_row != NULL)
		state->last_row->next = row;
	else
		state->first_row = row;
	state->last_row = row;
	MemoryContextSwitchTo(old);
	state->batch_bytes += sizeof(OuterRow) + GetMemoryChunkSpace(row->tuple);
}

/* Put a key into the batch. */
static void
add_key(KeyBatch *state, KeyEntry *entry)
{
	MemoryContext old = MemoryContextSwitchTo(state->batch_context);

	state->batch_keys = lappend(state->batch_keys, entry);
	state->nkeys++;
	MemoryContextSwitchTo(old);
}

static bool
collect(KeyBatch *state)
{
	ExprContext *econtext = state->css.ss.ps.ps_ExprContext;
	TupleTableSlot *slot;
	KeyEntry   *entry;
	MemoryContext old;
	Datum		value;
	bool		isnull;
	bool		fresh = false;

	if (list_length(state->batch_keys) >= state->max_keys || state->batch_bytes > state->limit)
	{
		state->step = STEP_SEND;
		return false;
	}
	slot = ExecProcNode(state->outer);
	if (TupIsNull(slot))
	{
		state->outer_done = true;
		state->step = STEP_SEND;
		return false;
	}
	place_outer(state, slot);
	place_nothing(state);
	old = MemoryContextSwitchTo(econtext->ecxt_per_tuple_memory);
	value = eval_key(state, state->outer_key, &isnull);
	entry = isnull ? NULL : key_table_enter(state->keys, value, &fresh);
	MemoryContextSwitchTo(old);
	if (entry == NULL)
		return wants_unmatched(state);
	if (fresh)
		add_key(state, entry);
	if (!entry->known)
	{
		add_row(state, entry, slot);
		return false;
	}
	state->nrepeats++;
	state->outer_row = slot;
	state->entry = entry;
	state->next_kept = 0;
	state->matched = false;
	state->step = STEP_REPEAT;
	return false;
}

static bool
repeat(KeyBatch *state)
{
	bool		last = state->jointype == JOIN_SEMI || state->jointype == JOIN_ANTI;

	place_outer(state, state->outer_row);
	while (state->next_kept < list_length(state->entry->rows) && !(state->matched && last))
	{
		place_kept(state, list_nth(state->entry->rows, state->next_kept++));
		if (!is_pair(state))
			continue;
		state->matched = true;
		if (state->jointype != JOIN_ANTI)
			return true;
	}
	place_nothing(state);
	state->step = STEP_COLLECT;
	return !state->matched && wants_unmatched(state);
}

/* The texts of the first keys of the batch. */
static List *
key_texts(const KeyBatch *state, int count)
{
	List	   *texts = NIL;

	for (int i = 0; i < count; i++)
		texts = lappend(texts, ((KeyEntry *) list_nth(state->batch_keys, i))->text);
	return texts;
}

/* Ask for as many keys of the batch as go into one request. */
static bool
send_keys(KeyBatch *state)
{
	MemoryContext old;
	int			count = list_length(state->batch_keys);
	ListCell   *lc;

	if (count == 0)
	{
		state->row = state->first_row;
		state->step = STEP_UNMATCHED;
		return false;
	}
	old = MemoryContextSwitchTo(state->batch_context);
	while (count > 1 && !scan_keys_fit(state->inner, key_texts(state, count)))
		count = (count + 1) / 2;
	scan_set_keys(state->inner, key_texts(state, count));
	state->asked_keys = list_truncate(list_copy(state->batch_keys), count);
	state->batch_keys = list_copy_tail(state->batch_keys, count);
	MemoryContextSwitchTo(old);
	foreach(lc, state->asked_keys)
		((KeyEntry *) lfirst(lc))->asked = true;
	state->nrequests++;
	ExecReScan(&state->inner->ss.ps);
	state->step = STEP_RECEIVE;
	return false;
}

/* The request is answered: its keys are known, if their rows could be kept. */
static void
end_request(KeyBatch *state)
{
	ListCell   *lc;

	foreach(lc, state->asked_keys)
	{
		KeyEntry   *entry = lfirst(lc);

		entry->asked = false;
		entry->known = !key_table_is_full(state->keys);
		entry->waiting = NULL;
	}
	state->step = STEP_SEND;
}

static bool
receive(KeyBatch *state)
{
	TupleTableSlot *slot = ExecProcNode(&state->inner->ss.ps);
	MemoryContext old;
	bool		isnull;

	if (TupIsNull(slot))
	{
		end_request(state);
		return false;
	}
	state->inner_row = slot;
	place_inner(state, slot);
	MemoryContextReset(state->row_context);
	old = MemoryContextSwitchTo(state->row_context);
	state->row_key = eval_key(state, state->inner_key, &isnull);
	if (!isnull)
		state->entry = key_table_first(state->keys, key_table_hash(state->keys, state->row_key));
	MemoryContextSwitchTo(old);
	if (isnull)
		return false;
	state->row = NULL;
	state->step = STEP_PAIR;
	return false;
}

/* Go to the next entry that the foreign row belongs to, from state->entry on. */
static bool
find_entry(KeyBatch *state)
{
	for (; state->entry != NULL; state->entry = state->entry->same_hash)
	{
		if (state->entry->asked && key_table_equal(state->keys, state->entry, state->row_key))
			return true;
	}
	return false;
}

/* The pairs of a foreign row with the outer rows of every key that it has. */
static bool
pair(KeyBatch *state)
{
	place_inner(state, state->inner_row);
	for (;;)
	{
		while (state->row != NULL)
		{
			OuterRow   *row = state->row;

			state->row = row->next_of_key;
			if (row->matched && state->jointype != JOIN_INNER && state->jointype != JOIN_LEFT)
				continue;
			place_row(state, row);
			if (!is_pair(state))
				continue;
			row->matched = true;
			if (state->jointype != JOIN_ANTI)
				return true;
		}
		if (!find_entry(state))
			break;
		key_table_keep(state->keys, state->entry, state->inner_row);
		state->row = state->entry->waiting;
		state->entry = state->entry->same_hash;
	}
	state->step = STEP_RECEIVE;
	return false;
}

static bool
unmatched(KeyBatch *state)
{
	while (state->row != NULL && wants_unmatched(state))
	{
		OuterRow   *row = state->row;

		state->row = row->next;
		if (row->matched)
			continue;
		place_row(state, row);
		place_nothing(state);
		return true;
	}
	end_batch(state);
	return false;
}

/*
 * The node
 */

static bool
take_step(KeyBatch *state)
{
	switch (state->step)
	{
		case STEP_COLLECT:
			return collect(state);
		case STEP_REPEAT:
			return repeat(state);
		case STEP_SEND:
			return send_keys(state);
		case STEP_RECEIVE:
			return receive(state);
		case STEP_PAIR:
			return pair(state);
		case STEP_UNMATCHED:
			return unmatched(state);
		case STEP_END:
			break;
	}
	return false;
}

static TupleTableSlot *
key_batch_exec(CustomScanState *css)
{
	KeyBatch   *state = (KeyBatch *) css;
	ExprContext *econtext = css->ss.ps.ps_ExprContext;
	TupleTableSlot *slot = scan_slot(state);

	ExecClearTuple(slot);
	ExecStoreVirtualTuple(slot);
	while (state->step != STEP_END)
	{
		ResetExprContext(econtext);
		CHECK_FOR_INTERRUPTS();
		if (!take_step(state))
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
	TupleTableSlot *slot = scan_slot(state);

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
	end_batch(state);
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
	end_batch(state);
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
