/*
 * scan_sort.c
 *		Sorting here what a remote has declined to sort.
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "connector.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "scan_sort.h"
#include "utils/tuplesort.h"
#include "utils/typcache.h"

struct ScanSort
{
	Tuplesortstate *tuples;
	TupleTableSlot *slot;		/* a row as the sort returns it */
};

ScanSort *
scan_sort_begin(const RemoteTable *table, List *order, TupleDesc desc)
{
	ScanSort   *sort = palloc(sizeof(ScanSort));
	int			nkeys = list_length(order);
	AttrNumber *attnos = palloc(sizeof(AttrNumber) * nkeys);
	Oid		   *operators = palloc(sizeof(Oid) * nkeys);
	Oid		   *collations = palloc(sizeof(Oid) * nkeys);
	bool	   *nulls_first = palloc0(sizeof(bool) * nkeys);
	ListCell   *lc;

	foreach(lc, order)
	{
		const ScanOrder *item = lfirst(lc);
		const RemoteColumn *column = &table->columns[item->attno - 1];
		TypeCacheEntry *type = lookup_type_cache(column->type,
												 TYPECACHE_LT_OPR | TYPECACHE_GT_OPR);
		int			key = foreach_current_index(lc);

		attnos[key] = item->attno;
		operators[key] = item->descending ? type->gt_opr : type->lt_opr;
		/* Remotes sort text by bytes, or are not asked to. */
		collations[key] = OidIsValid(column->collation) ? C_COLLATION_OID : InvalidOid;
	}
	sort->tuples = tuplesort_begin_heap(desc, nkeys, attnos, operators, collations, nulls_first,
										work_mem, NULL, TUPLESORT_NONE);
	sort->slot = MakeSingleTupleTableSlot(desc, &TTSOpsMinimalTuple);
	return sort;
}

void
scan_sort_add(ScanSort *sort, TupleTableSlot *slot)
{
	tuplesort_puttupleslot(sort->tuples, slot);
}

void
scan_sort_perform(ScanSort *sort)
{
	tuplesort_performsort(sort->tuples);
}

void
scan_sort_next(ScanSort *sort, TupleTableSlot *slot)
{
	ExecClearTuple(slot);
	if (!tuplesort_gettupleslot(sort->tuples, true, false, sort->slot, NULL))
		return;
	ExecCopySlot(slot, sort->slot);
	/* Whoever gets a scan's row may look at its values. */
	slot_getallattrs(slot);
}

void
scan_sort_end(ScanSort *sort)
{
	ExecDropSingleTupleTableSlot(sort->slot);
	tuplesort_end(sort->tuples);
	pfree(sort);
}
