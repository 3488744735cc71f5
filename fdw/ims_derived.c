/*
 * ims_derived.c
 *		Movements of systems that keep none: differences of stock, kept here.
 *
 * stockbridge.derive_movements() compares the stock of a server with what it
 * was the last time and stores each difference in stockbridge.derived_movement.
 * A foreign table with option "derived" shows those of its server, from a time
 * on if the query says so.  The table is read directly, by its index, whatever
 * the caller's privileges on it: who may read the foreign table may read its rows.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "ims_cursor.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#define KEPT_TABLE "derived_movement"
#define KEPT_INDEX "derived_movement_by_time"

/* Rows of one page. */
#define PAGE_ROWS 500

/* The scan of the stored rows; open from the first page to the last. */
typedef struct ImsKept
{
	Relation	relation;		/* NULL once all rows are out */
	Snapshot	snapshot;
	SysScanDesc scan;
	List	   *attnos;			/* of int: the stored columns of those asked for, 0 = none */
} ImsKept;

/* What the query says: this server, and possibly a time to begin with. */
static int
make_keys(const ImsCursor *cursor, const ImsKept *kept, ScanKeyData *keys)
{
	Oid			relid = RelationGetRelid(kept->relation);
	const Predicate *since = ims_since_bound(cursor->base.request, true);
	int			nkeys = 0;

	ScanKeyInit(&keys[nkeys++], get_attnum(relid, "server"), BTEqualStrategyNumber, F_NAMEEQ,
				CStringGetDatum(cursor->table->server->name));
	if (since && since->values)
		ScanKeyInit(&keys[nkeys++], get_attnum(relid, "happened_at"), BTGreaterEqualStrategyNumber,
					F_TIMESTAMPTZ_GE,
					TimestampTzGetDatum(ims_column_time(&cursor->table->columns[since->attno - 1],
														linitial(since->values))));
	return nkeys;
}

static ImsKept *
open_kept(const ImsCursor *cursor)
{
	Oid			schema = get_namespace_oid("stockbridge", false);
	ImsKept    *kept = palloc0(sizeof(ImsKept));
	ScanKeyData keys[2];
	int			nkeys;
	ListCell   *lc;

	kept->relation = table_open(get_relname_relid(KEPT_TABLE, schema), AccessShareLock);
	foreach(lc, cursor->attnos)
		kept->attnos = lappend_int(kept->attnos,
								   get_attnum(RelationGetRelid(kept->relation),
											  cursor->table->columns[lfirst_int(lc) - 1].name));
	kept->snapshot = RegisterSnapshot(GetLatestSnapshot());
	nkeys = make_keys(cursor, kept, keys);
	kept->scan = systable_beginscan(kept->relation, get_relname_relid(KEPT_INDEX, schema), true,
									kept->snapshot, nkeys, keys);
	return kept;
}

/* A stored value as text; NULL for null, or if there is no such column. */
static JsonValue
stored_value(const ImsKept *kept, HeapTuple tuple, int attno)
{
	TupleDesc	desc = RelationGetDescr(kept->relation);
	JsonValue	value = {.kind = JSON_KIND_NULL};
	Oid			output;
	bool		varlena;
	bool		isnull = true;
	Datum		datum = 0;

	if (attno > 0)
		datum = heap_getattr(tuple, attno, desc, &isnull);
	if (isnull)
		return value;
	getTypeOutputInfo(TupleDescAttr(desc, attno - 1)->atttypid, &output, &varlena);
	value.text = OidOutputFunctionCall(output, datum);
	value.kind = JSON_KIND_STRING;
	return value;
}

void
ims_derived_end(ImsCursor *cursor)
{
	ImsKept    *kept = cursor->kept;

	if (kept == NULL || kept->relation == NULL)
		return;
	systable_endscan(kept->scan);
	UnregisterSnapshot(kept->snapshot);
	table_close(kept->relation, AccessShareLock);
	kept->relation = NULL;
}

RowPage *
ims_derived_next(ImsCursor *cursor)
{
	RowPage    *page = palloc0(sizeof(RowPage));
	HeapTuple	tuple = NULL;
	ListCell   *lc;

	if (cursor->kept == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(cursor->memory);

		cursor->kept = open_kept(cursor);
		MemoryContextSwitchTo(old);
	}
	if (cursor->kept->relation == NULL)
		return NULL;
	page->ncolumns = list_length(cursor->attnos);
	page->values = palloc(sizeof(JsonValue) * PAGE_ROWS * Max(1, page->ncolumns));
	while (page->nrows < PAGE_ROWS &&
		   HeapTupleIsValid(tuple = systable_getnext(cursor->kept->scan)))
	{
		foreach(lc, cursor->kept->attnos)
			page->values[(Size) page->nrows * page->ncolumns + foreach_current_index(lc)] =
				stored_value(cursor->kept, tuple, lfirst_int(lc));
		page->nrows++;
	}
	if (page->nrows < PAGE_ROWS)
		ims_derived_end(cursor);
	return page;
}
