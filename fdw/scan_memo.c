/*
 * scan_memo.c
 *		Rows that a scan has read before, by the values it was run with.
 *
 * Each run has a memory context of its own, so that one that is dropped costs
 * one call.  A run that alone is larger than the limit is not kept.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "common/hashfn.h"
#include "compat.h"
#include "lib/ilist.h"
#include "scan_memo.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

typedef struct MemoRun
{
	dlist_node	node;			/* in order of use, last used first */
	struct MemoRun *same_hash;	/* next run whose key has the same hash */
	uint64		hash;
	char	   *key;
	MemoryContext context;		/* owns this */
	Size		bytes;
	MinimalTuple *rows;
	int			nrows;
	int			allocated;
	bool		whole;			/* its scan has come to its end */
	bool		kept;			/* false: rows were too many, none is here */
} MemoRun;

typedef struct MemoBucket
{
	uint64		hash;
	MemoRun    *first;
} MemoBucket;

struct ScanMemo
{
	MemoryContext context;
	Size		limit;
	Size		bytes;			/* of all runs */
	HTAB	   *buckets;
	dlist_head	runs;
	MemoRun    *current;
	int			next_row;
};

#define EMPTY_RUN_BYTES		1024

ScanMemo *
scan_memo_create(Size limit)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "stockbridge memo",
												  ALLOCSET_SMALL_SIZES);
	ScanMemo   *memo = MemoryContextAllocZero(context, sizeof(ScanMemo));
	HASHCTL		control = {.keysize = sizeof(uint64), .entrysize = sizeof(MemoBucket), .hcxt = context};

	memo->context = context;
	memo->limit = limit;
	memo->buckets = hash_create("stockbridge memo", 64, &control,
								HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	dlist_init(&memo->runs);
	return memo;
}

void
scan_memo_set_limit(ScanMemo *memo, Size limit)
{
	memo->limit = limit;
}

static MemoRun *
find_run(const ScanMemo *memo, uint64 hash, const char *key)
{
	MemoBucket *bucket = hash_search(memo->buckets, &hash, HASH_FIND, NULL);

	for (MemoRun *run = bucket ? bucket->first : NULL; run != NULL; run = run->same_hash)
		if (strcmp(run->key, key) == 0)
			return run;
	return NULL;
}

static MemoRun *
make_run(ScanMemo *memo, uint64 hash, const char *key)
{
	MemoryContext context = AllocSetContextCreate(memo->context, "stockbridge memo run",
												  ALLOCSET_SMALL_SIZES);
	MemoRun    *run = MemoryContextAllocZero(context, sizeof(MemoRun));
	MemoBucket *bucket;
	bool		found;

	run->context = context;
	run->hash = hash;
	run->key = MemoryContextStrdup(context, key);
	run->bytes = EMPTY_RUN_BYTES + strlen(key);
	run->kept = true;
	bucket = hash_search(memo->buckets, &hash, HASH_ENTER, &found);
	run->same_hash = found ? bucket->first : NULL;
	bucket->first = run;
	dlist_push_head(&memo->runs, &run->node);
	memo->bytes += run->bytes;
	return run;
}

static void
drop_run(ScanMemo *memo, MemoRun *run)
{
	MemoBucket *bucket = hash_search(memo->buckets, &run->hash, HASH_FIND, NULL);
	MemoRun   **link = &bucket->first;

	while (*link != run)
		link = &(*link)->same_hash;
	*link = run->same_hash;
	if (bucket->first == NULL)
		(void) hash_search(memo->buckets, &run->hash, HASH_REMOVE, NULL);
	dlist_delete(&run->node);
	memo->bytes -= run->bytes;
	if (memo->current == run)
		memo->current = NULL;
	MemoryContextDelete(run->context);
}

/* Make room by what was not used for longest, but not by the current run. */
static void
shrink(ScanMemo *memo)
{
	while (memo->bytes > memo->limit)
	{
		MemoRun    *oldest = dlist_tail_element(MemoRun, node, &memo->runs);

		if (oldest == memo->current)
			break;
		drop_run(memo, oldest);
	}
}

void
scan_memo_begin(ScanMemo *memo, const char *key, bool *fresh, bool *whole)
{
	uint64		hash = hash_bytes_extended((const unsigned char *) key, (int) strlen(key), 0);
	MemoRun    *before = memo->current;
	MemoRun    *run = find_run(memo, hash, key);

	/* Only one scan goes on; what another has read in part is of no use. */
	if (before != NULL && before != run && !before->whole)
		drop_run(memo, before);
	if (run != NULL && !run->kept)
	{
		drop_run(memo, run);
		run = NULL;
	}
	*fresh = run == NULL;
	if (run == NULL)
		run = make_run(memo, hash, key);
	else
		dlist_move_head(&memo->runs, &run->node);
	*whole = run->whole;
	memo->current = run;
	memo->next_row = 0;
	shrink(memo);
}

bool
scan_memo_has_next(const ScanMemo *memo)
{
	return memo->current != NULL && memo->next_row < memo->current->nrows;
}

bool
scan_memo_next(ScanMemo *memo, TupleTableSlot *slot)
{
	MemoRun    *run = memo->current;
	HeapTupleData tuple;

	if (memo->next_row >= run->nrows)
		return false;
	tuple.t_len = run->rows[memo->next_row]->t_len + MINIMAL_TUPLE_OFFSET;
	tuple.t_data = (HeapTupleHeader) ((char *) run->rows[memo->next_row] - MINIMAL_TUPLE_OFFSET);
	memo->next_row++;
	ExecClearTuple(slot);
	heap_deform_tuple(&tuple, slot->tts_tupleDescriptor, slot->tts_values, slot->tts_isnull);
	ExecStoreVirtualTuple(slot);
	return true;
}

/* The current run is larger than the whole memo may be. */
static void
give_up(ScanMemo *memo)
{
	MemoRun    *run = memo->current;

	for (int i = 0; i < run->nrows; i++)
		pfree(run->rows[i]);
	if (run->rows != NULL)
		pfree(run->rows);
	memo->bytes -= run->bytes;
	run->bytes = EMPTY_RUN_BYTES;
	memo->bytes += run->bytes;
	run->rows = NULL;
	run->nrows = memo->next_row = 0;
	run->kept = false;
}

void
scan_memo_add(ScanMemo *memo, TupleTableSlot *slot)
{
	MemoRun    *run = memo->current;
	MemoryContext old;
	Size		bytes;

	if (!run->kept)
		return;
	old = MemoryContextSwitchTo(run->context);
	if (run->nrows == run->allocated)
	{
		int			more = Max(4, run->allocated * 2);

		run->rows = run->rows == NULL ? palloc(sizeof(MinimalTuple) * more)
			: repalloc_huge(run->rows, sizeof(MinimalTuple) * (Size) more);
		run->allocated = more;
	}
	run->rows[run->nrows] = compat_form_minimal_tuple(slot->tts_tupleDescriptor,
													   slot->tts_values, slot->tts_isnull);
	MemoryContextSwitchTo(old);
	bytes = GetMemoryChunkSpace(run->rows[run->nrows]) + 2 * sizeof(MinimalTuple);
	run->nrows++;
	memo->next_row = run->nrows;
	run->bytes += bytes;
	memo->bytes += bytes;
	shrink(memo);
	if (memo->bytes > memo->limit)
		give_up(memo);
}

void
scan_memo_end(ScanMemo *memo)
{
	memo->current->whole = true;
}
