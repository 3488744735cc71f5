/*
 * key_batch_private.h
 *		The state of a running Key Batch Join.
 *
 * Between key_batch_exec.c, which is the node, and key_batch_step.c, which
 * brings its rows.
 */
#ifndef STOCKBRIDGE_KEY_BATCH_PRIVATE_H
#define STOCKBRIDGE_KEY_BATCH_PRIVATE_H

#include "postgres.h"

#include "key_table.h"
#include "nodes/execnodes.h"

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

/* key_batch_slot: the scan tuple, an outer row and a foreign one side by side. */
static inline TupleTableSlot *
key_batch_slot(const KeyBatch *state)
{
	return state->css.ss.ss_ScanTupleSlot;
}

/* key_batch_step: take the next step; whether the scan tuple is a row of the join now. */
extern bool key_batch_step(KeyBatch *state);

/* key_batch_end_batch: forget the collected rows, and begin a batch if more may come. */
extern void key_batch_end_batch(KeyBatch *state);

#endif							/* STOCKBRIDGE_KEY_BATCH_PRIVATE_H */
