/*
 * scan_memo.h
 *		Rows that a scan has read before, for when it is run again.
 *
 * A memo holds runs: the rows read for one set of parameter values.  It is
 * bounded; the runs not used for longest go first.
 */
#ifndef STOCKBRIDGE_SCAN_MEMO_H
#define STOCKBRIDGE_SCAN_MEMO_H

#include "postgres.h"

#include "executor/tuptable.h"

typedef struct ScanMemo ScanMemo;

/* scan_memo_create: an empty memo of at most so many bytes, in the current context. */
extern ScanMemo *scan_memo_create(Size limit);

/* scan_memo_set_limit: takes effect with the next row. */
extern void scan_memo_set_limit(ScanMemo *memo, Size limit);

/*
 * scan_memo_begin
 *		Make the run for "key" the current one, from its first row.
 *
 * *fresh tells whether nothing is known of it, so that its scan must be begun
 * anew.  Otherwise, where *whole is false, the scan of the run that was current
 * before goes on behind the rows that it has read.
 */
extern void scan_memo_begin(ScanMemo *memo, const char *key, bool *fresh, bool *whole);

/* scan_memo_has_next: whether scan_memo_next will give a row. */
extern bool scan_memo_has_next(const ScanMemo *memo);

/* scan_memo_next: the next row of the current run into a slot; false behind the last. */
extern bool scan_memo_next(ScanMemo *memo, TupleTableSlot *slot);

/* scan_memo_add: a row that the current run's scan has read. */
extern void scan_memo_add(ScanMemo *memo, TupleTableSlot *slot);

/* scan_memo_end: the current run's scan has no more rows. */
extern void scan_memo_end(ScanMemo *memo);

#endif							/* STOCKBRIDGE_SCAN_MEMO_H */
