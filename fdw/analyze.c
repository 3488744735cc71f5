/*
 * analyze.c
 *		Samples of remote rows for ANALYZE: some pages, not the whole table.
 *
 * A remote that can count its rows, and be asked for a page by its number, is
 * asked for as many pages, picked at random and each read once, as fill the
 * statistics target.  A smaller table, or one of a remote that can do neither,
 * is read from end to end, and a random choice of its rows kept.  Either way
 * memory is bounded by the target.
 *
 * Rows of one page are neighbours in the order of the key, so of a column that
 * goes with the key (the item of a stock row) fewer distinct values are seen
 * than a sample of single rows would show.  That is the price of not sending
 * a request for every row.
 */
#include "postgres.h"

#include <math.h>

#include "analyze.h"
#include "access/htup_details.h"
#include "common/pg_prng.h"
#include "connector.h"
#include "cost.h"
#include "estimate.h"
#include "executor/tuptable.h"
#include "scan.h"
#include "tuple.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/sampling.h"

typedef struct Sample
{
	ScanRequest request;
	ScanCursor *cursor;
	TupleReader *reader;
	TupleTableSlot *slot;
	MemoryContext page_context;
	MemoryContext row_context;
	MemoryContext result_context;
	HeapTuple  *rows;
	int			nrows;
	int			target;
	double		seen;			/* rows read */
	double		to_skip;		/* rows to pass over before the next is kept, -1 = not chosen */
	ReservoirStateData reservoir;
} Sample;

/* The request that reads whole rows of a table, as its owner. */
static ScanRequest
whole_rows(Relation relation)
{
	ScanRequest request = {0};

	request.table = remote_table_open(RelationGetRelid(relation), relation->rd_rel->relowner);
	request.page_size = scan_page_size(request.table);
	for (int i = 0; i < request.table->ncolumns; i++)
		if (request.table->columns[i].name != NULL)
			request.attnos = lappend_int(request.attnos, i + 1);
	return request;
}

static HeapTuple
make_tuple(Sample *sample, const RowPage *page, int row)
{
	MemoryContext old;
	HeapTuple	tuple;

	MemoryContextReset(sample->row_context);
	old = MemoryContextSwitchTo(sample->row_context);
	ExecClearTuple(sample->slot);
	tuple_reader_fill(sample->reader, &page->values[(Size) row * page->ncolumns], sample->slot);
	ExecStoreVirtualTuple(sample->slot);
	MemoryContextSwitchTo(sample->result_context);
	tuple = ExecCopySlotHeapTuple(sample->slot);
	MemoryContextSwitchTo(old);
	return tuple;
}

/* Keep a row until the target is reached; then one in place of another, by chance. */
static void
take_row(Sample *sample, const RowPage *page, int row)
{
	int			place = sample->nrows;

	sample->seen++;
	if (sample->nrows == sample->target)
	{
		if (sample->to_skip < 0)
			sample->to_skip = reservoir_get_next_S(&sample->reservoir, sample->seen - 1,
												   sample->target);
		if (sample->to_skip-- > 0)
			return;
		place = (int) (sample->target * sampler_random_fract(&sample->reservoir.randstate));
		heap_freetuple(sample->rows[place]);
	}
	else
		sample->nrows++;
	sample->rows[place] = make_tuple(sample, page, row);
}

static void
take_page(Sample *sample, const RowPage *page)
{
	for (int row = 0; row < page->nrows; row++)
		take_row(sample, page, row);
}

/* Read the table from end to end. */
static void
read_all(Sample *sample)
{
	const Connector *connector = sample->request.table->server->connector;
	MemoryContext old;
	RowPage    *page;

	sample->cursor = connector->open_scan(&sample->request);
	old = MemoryContextSwitchTo(sample->page_context);
	while ((page = connector->next_page(sample->cursor)) != NULL)
	{
		take_page(sample, page);
		MemoryContextReset(sample->page_context);
	}
	MemoryContextSwitchTo(old);
}

/*
 * Read pages picked at random until the target is reached.  False, before any
 * row has been taken, if the remote cannot be asked so.
 */
static bool
read_some(Sample *sample, const RemoteSize *size)
{
	const Connector *connector = sample->request.table->server->connector;
	double		rows_per_page = Max(1, size->rows / Max(1, size->pages));
	int			wanted = (int) Min(ceil(sample->target / rows_per_page), PG_INT32_MAX);
	BlockNumber npages = (BlockNumber) Min(size->pages, MaxBlockNumber);
	BlockSamplerData pages;
	MemoryContext old;
	RowPage    *page;

	if (connector->sample_page == NULL || (BlockNumber) wanted >= npages)
		return false;
	sample->cursor = connector->open_scan(&sample->request);
	(void) BlockSampler_Init(&pages, npages, wanted, pg_prng_uint32(&pg_global_prng_state));
	old = MemoryContextSwitchTo(sample->page_context);
	while (BlockSampler_HasMore(&pages))
	{
		page = connector->sample_page(sample->cursor, BlockSampler_Next(&pages));
		if (page == NULL)
			break;
		take_page(sample, page);
		MemoryContextReset(sample->page_context);
	}
	MemoryContextSwitchTo(old);
	return sample->seen > 0;
}

static Sample *
open_sample(Relation relation, HeapTuple *rows, int target)
{
	Sample	   *sample = palloc0(sizeof(Sample));

	sample->request = whole_rows(relation);
	sample->reader = tuple_reader_create(sample->request.table, sample->request.attnos);
	sample->slot = MakeSingleTupleTableSlot(RelationGetDescr(relation), &TTSOpsVirtual);
	sample->page_context = AllocSetContextCreate(CurrentMemoryContext, "stockbridge page",
												 ALLOCSET_DEFAULT_SIZES);
	sample->row_context = AllocSetContextCreate(CurrentMemoryContext, "stockbridge row",
												ALLOCSET_DEFAULT_SIZES);
	sample->result_context = CurrentMemoryContext;
	sample->rows = rows;
	sample->target = target;
	sample->to_skip = -1;
	reservoir_init_selection_state(&sample->reservoir, target);
	return sample;
}

static int
acquire_sample(Relation relation, int elevel, HeapTuple *rows, int target,
			   double *total_rows, double *total_dead_rows)
{
	Sample	   *sample = open_sample(relation, rows, target);
	RemoteSize	size;
	bool		counted = estimate_size(&sample->request, false, &size);
	bool		sampled = counted && size.rows > target && read_some(sample, &size);

	if (!sampled)
		read_all(sample);
	*total_rows = sampled ? size.rows : sample->seen;
	*total_dead_rows = 0;
	ereport(elevel,
			(errmsg("foreign table %s: %s in " INT64_FORMAT " requests, %.0f of %.0f rows read, %d rows in sample",
					sample->request.table->name,
					sampled ? "pages picked at random" : "read from end to end",
					sample->cursor->counters.requests, sample->seen, *total_rows,
					sample->nrows)));
	ExecDropSingleTupleTableSlot(sample->slot);
	return sample->nrows;
}

bool
analyze_table(Relation relation, AcquireSampleRowsFunc *func, BlockNumber *totalpages)
{
	ScanRequest request = whole_rows(relation);
	RemoteSize	size;

	if (cost_lacks_values(request.table, NULL))
		return false;			/* PostgreSQL says that it cannot be analyzed */
	*func = acquire_sample;
	*totalpages = 1;
	if (estimate_size(&request, true, &size))
		*totalpages = (BlockNumber) Max(1, Min(size.pages, MaxBlockNumber));
	return true;
}
