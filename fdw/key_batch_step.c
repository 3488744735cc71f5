/*
 * key_batch_step.c
 *		What the Key Batch Join does from row to row.
 *
 * Rows of the outer side are collected until there are as many different keys
 * as one request can ask for; the foreign rows that come are matched with them
 * as they come.  What the rows of a key were is kept for outer rows that have
 * the same one later.
 *
 * Memory: the collected rows and the kept ones are bounded by state->limit
 * each.  When the kept ones are too many, all are forgotten and the next key is
 * asked for anew; foreign rows that are not kept pass through one by one.
 *
 * Rows meet by the hash of the join's own operator (key_table.c) and are a pair
 * if all of its conditions say so.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "executor/executor.h"
#include "key_batch_private.h"
#include "scan.h"
#include "utils/memutils.h"

/*
 * The scan tuple
 */

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
	place(key_batch_slot(state), 0, row);
}

static void
place_inner(KeyBatch *state, TupleTableSlot *row)
{
	place(key_batch_slot(state), state->outer_columns, row);
}

static void
place_kept(KeyBatch *state, MinimalTuple tuple)
{
	TupleDesc	desc = ExecGetResultType(&state->inner->ss.ps);
	TupleTableSlot *slot = key_batch_slot(state);
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
	TupleTableSlot *slot = key_batch_slot(state);

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

	econtext->ecxt_scantuple = key_batch_slot(state);
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

	econtext->ecxt_scantuple = key_batch_slot(state);
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

void
key_batch_end_batch(KeyBatch *state)
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
	key_batch_end_batch(state);
	return false;
}

bool
key_batch_step(KeyBatch *state)
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
