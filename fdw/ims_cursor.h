/*
 * ims_cursor.h
 *		A running scan of an inventory system, as its files share it.
 *
 * A scan is a sequence of units: one for a plain table, one for each value
 * that the query binds a column to, for each window of time, for each row (or
 * batch of rows) of the table that this one is asked for.  Within a unit pages
 * follow each other until the table's page_end says so.  ims_unit.c makes
 * units, ims_page.c reads their pages, ims_scan.c puts scans together.
 *
 * With server option concurrency, the first pages of the next units, or the
 * next pages of a unit whose length is known, are on their way while rows are
 * consumed.
 */
#ifndef STOCKBRIDGE_IMS_CURSOR_H
#define STOCKBRIDGE_IMS_CURSOR_H

#include "postgres.h"

#include "ims_rows.h"

/* A page that was asked for before it is needed. */
typedef struct ImsAhead
{
	MemoryContext memory;		/* of the transfer */
	HttpTransfer *transfer;
	int64		page;			/* of which page_number or offset */
	int64		offset;
} ImsAhead;

typedef struct ImsUnit
{
	MemoryContext memory;		/* of this and all below it */
	ImsContext	context;
	bool		first_page;
	int64		received;		/* rows before "explode" */
	int64		total;			/* rows of all pages, as told; -1 = not told */
	int64		pages;			/* number of pages, as told; -1 = not told */
	char	   *next_url;		/* for the next page, NULL = from the template */
	uint64		last_hash;		/* of the last answer's body */
	size_t		last_len;
	List	   *seen;			/* of uint64 *: hashes of cursors and links */
	TimestampTz last_since;		/* of the last row, for since_mode newest_first */
	List	   *ahead;			/* of ImsAhead *, in the order of pages */
} ImsUnit;

typedef struct ImsCursor
{
	ScanCursor	base;
	const RemoteTable *table;
	const ImsTable *ims;
	int			depth;
	MemoryContext memory;		/* of the cursor itself */
	List	   *attnos;			/* of int: base.request's, and what is needed besides */
	ImsProjection *projection;
	ImsResolver *resolver;		/* NULL = no column is looked up */
	bool		resolved;		/* conditions on looked-up columns are, too */
	ImsContext	context;		/* what all units have in common */

	/* The rows that this table is asked for. */
	ScanCursor *parent;			/* NULL = none */
	MemoryContext parent_memory;	/* of parent_page */
	RowPage    *parent_page;
	int			parent_next;	/* row of parent_page that comes next */
	int			nparents;		/* rows for the next units, in parent_rows */
	const JsonValue **parent_rows;

	/* Combinations of the values that the query binds columns to. */
	int64		ncombinations;
	int64		next_combination;

	/* Windows of time, for since_mode window. */
	TimestampTz window_from;	/* of the whole scan */
	TimestampTz window_until;
	TimestampTz next_window;

	List	   *units;			/* of ImsUnit *: the one being read, and those asked for ahead */
	bool		exhausted;		/* there are no more units to come */

	/* A union reads its members one after the other. */
	int			next_member;
	ScanCursor *member;
	List	   *member_columns; /* of int: index in the member's page, -1 = none */

	struct ImsKept *kept;		/* of a table with option "derived", once it is read */
	ImsGroup   *group;			/* NULL = rows are not added up */
	bool		grouped;		/* all rows are in there */
} ImsCursor;

/* ---- ims_unit.c ---- */

/*
 * ims_resolve_conditions
 *		Before the first request: what conditions on looked-up columns mean here;
 *		kept with the cursor.
 */
extern void ims_resolve_conditions(ImsCursor *cursor);

/* ims_units_open: prepare bindings, windows and the parent of a cursor. */
extern void ims_units_open(ImsCursor *cursor);

/* ims_unit_next: the next unit, in a context of its own; NULL at the end. */
extern ImsUnit *ims_unit_next(ImsCursor *cursor);

/* ---- ims_page.c ---- */

/*
 * ims_page_next
 *		The next page of the unit in the current context.
 *
 * NULL if there turns out to be none.  *more tells whether the unit goes on.
 */
extern RowPage *ims_page_next(ImsCursor *cursor, ImsUnit *unit, bool *more);

/* ims_page_count: the count at page_end's pointer; raises if there is none. */
extern int64 ims_page_count(const ImsCursor *cursor, const ImsAnswer *answer);

/* ims_page_is_end: whether a status means the end of the rows, not a failure. */
extern bool ims_page_is_end(const ImsCursor *cursor, const ImsUnit *unit, int status);

/* ims_page_start: ask for the next page of a unit without waiting for it. */
extern void ims_page_start(ImsCursor *cursor, ImsUnit *unit);

/* ---- ims_derived.c ---- */

/*
 * ims_derived_next
 *		The next page of a table with option "derived": differences of stock that
 *		stockbridge.derive_movements() has kept for the table's server.
 */
extern RowPage *ims_derived_next(ImsCursor *cursor);
extern void ims_derived_end(ImsCursor *cursor);

#endif							/* STOCKBRIDGE_IMS_CURSOR_H */
