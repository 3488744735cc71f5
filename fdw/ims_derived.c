/*
 * ims_derived.c
 *		Movements of systems that keep none: differences of stock, kept here.
 *
 * stockbridge.derive_movements() compares the stock of a server with what it
 * was the last time and stores each difference in stockbridge.derived_movement.
 * A foreign table with option "derived" shows those of its server.  It is read
 * directly, whatever the caller's privileges on that table: who may read the
 * foreign table may read its rows.
 */
#include "postgres.h"

#include "access/table.h"
#include "access/tableam.h"
#include "catalog/namespace.h"
#include "ims_cursor.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#define KEPT_TABLE "derived_movement"

/* The text of a column of the stored row, by name; NULL for null or no such column. */
static char *
stored_text(TupleTableSlot *slot, Relation relation, const char *name)
{
	AttrNumber	attno = get_attnum(RelationGetRelid(relation), name);
	Oid			output;
	bool		varlena;
	bool		isnull;
	Datum		value;

	if (attno <= 0)
		return NULL;
	value = slot_getattr(slot, attno, &isnull);
	if (isnull)
		return NULL;
	getTypeOutputInfo(TupleDescAttr(slot->tts_tupleDescriptor, attno - 1)->atttypid, &output, &varlena);
	return OidOutputFunctionCall(output, value);
}

/* Append a row to a page that grows. */
static void
append_row(const ImsCursor *cursor, RowPage *page, TupleTableSlot *slot, Relation relation)
{
	Size		width = Max(1, page->ncolumns);
	ListCell   *lc;

	if (page->nrows == 0)
		page->values = palloc(sizeof(JsonValue) * width * 64);
	else if (page->nrows >= 64 && (page->nrows & (page->nrows - 1)) == 0)
		page->values = repalloc_huge(page->values, sizeof(JsonValue) * width * page->nrows * 2);
	foreach(lc, cursor->attnos)
	{
		JsonValue  *value = &page->values[page->nrows * width + foreach_current_index(lc)];

		value->text = stored_text(slot, relation, cursor->table->columns[lfirst_int(lc) - 1].name);
		value->kind = value->text ? JSON_KIND_STRING : JSON_KIND_NULL;
	}
	page->nrows++;
}

RowPage *
ims_derived_next(ImsCursor *cursor)
{
	RowPage    *page;
	Relation	relation;
	Snapshot	snapshot;
	TableScanDesc scan;
	TupleTableSlot *slot;

	if (cursor->told)
		return NULL;
	cursor->told = true;
	page = palloc0(sizeof(RowPage));
	page->ncolumns = list_length(cursor->attnos);
	relation = table_open(get_relname_relid(KEPT_TABLE, get_namespace_oid("stockbridge", false)),
						  AccessShareLock);
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	slot = table_slot_create(relation, NULL);
	scan = table_beginscan(relation, snapshot, 0, NULL);
	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		char	   *server = stored_text(slot, relation, "server");

		if (server && strcmp(server, cursor->table->server->name) == 0)
			append_row(cursor, page, slot, relation);
	}
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	UnregisterSnapshot(snapshot);
	table_close(relation, AccessShareLock);
	return page;
}
