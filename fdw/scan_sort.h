/*
 * scan_sort.h
 *		Sorting here what a remote has declined to sort.
 *
 * A plan that counts on the remote's order stays right when the server turns
 * out, at execution, not to sort by some column.
 */
#ifndef STOCKBRIDGE_SCAN_SORT_H
#define STOCKBRIDGE_SCAN_SORT_H

#include "postgres.h"

#include "executor/tuptable.h"
#include "remote.h"

typedef struct ScanSort ScanSort;

/*
 * scan_sort_begin
 *		A sort of rows of a table, a List of ScanOrder *, in the current context.
 *
 * Spills to disk beyond work_mem.  Where nulls come does not matter: an order
 * is only asked for by columns of which no null is wanted.
 */
extern ScanSort *scan_sort_begin(const RemoteTable *table, List *order, TupleDesc desc);

extern void scan_sort_add(ScanSort *sort, TupleTableSlot *slot);

/* scan_sort_perform: all rows are there. */
extern void scan_sort_perform(ScanSort *sort);

/* scan_sort_next: the next row in order, or an empty slot. */
extern void scan_sort_next(ScanSort *sort, TupleTableSlot *slot);

/* scan_sort_end: release memory and files; after an ERROR the server does that. */
extern void scan_sort_end(ScanSort *sort);

#endif							/* STOCKBRIDGE_SCAN_SORT_H */
