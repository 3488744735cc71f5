/*
 * ims_scan.c
 *		Scans: of requests, of unions, of kept differences; added up or not.
 *
 * What a scan returns is the columns that were asked for, in their order; there
 * may be more behind them that the connector itself needs.
 */
#include "postgres.h"

#include "ims_cursor.h"
#include "miscadmin.h"
#include "utils/memutils.h"

/* Tables that serve a table that serves a table, … */
#define MAX_DEPTH	4

/* ---- opening ---- */

/* The columns asked for, and those that paging and adding up need besides. */
static List *
needed_attnos(const ScanRequest *request)
{
	const ImsTable *ims = request->table->remote;
	List	   *attnos = list_concat_unique_int(list_copy(request->attnos), ims->group_by);

	if (ims->since_mode == IMS_SINCE_NEWEST_FIRST)
		attnos = list_append_unique_int(attnos, ims->since);
	return attnos;
}

static void
open_requests(ImsCursor *cursor)
{
	const ScanRequest *request = cursor->base.request;

	cursor->projection = ims_projection_create(request->table, cursor->attnos, NULL);
	cursor->resolver = ims_resolver_create(request->table, cursor->attnos, cursor->depth);
	cursor->context.server = cursor->ims->server;
	cursor->context.request = request;
	ims_units_open(cursor);
}

ScanCursor *
ims_open_inner_scan(const ScanRequest *request, int depth)
{
	ImsCursor  *cursor = palloc0(sizeof(ImsCursor));

	if (depth > MAX_DEPTH)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("options from, union and lookup lead from table to table more than %d times at %s",
						MAX_DEPTH, request->table->name),
				 errhint("Check that they do not lead back to the table itself.")));
	cursor->base.request = request;
	cursor->table = request->table;
	cursor->ims = request->table->remote;
	cursor->depth = depth;
	cursor->memory = CurrentMemoryContext;
	cursor->attnos = needed_attnos(request);
	if (cursor->ims->method)
		open_requests(cursor);
	if (cursor->ims->group_by)
		cursor->group = ims_group_create(request->table, cursor->attnos);
	return &cursor->base;
}

ScanCursor *
ims_open_scan(const ScanRequest *request)
{
	return ims_open_inner_scan(request, 0);
}

/* ---- a table that is asked for ---- */

/* Ask for the first pages of the next units, as many as the server allows. */
static void
start_units(ImsCursor *cursor)
{
	MemoryContext old;

	while (!cursor->exhausted && list_length(cursor->units) < cursor->ims->server->concurrency)
	{
		ImsUnit    *unit = ims_unit_next(cursor);

		if (unit == NULL)
		{
			cursor->exhausted = true;
			return;
		}
		old = MemoryContextSwitchTo(cursor->memory);
		cursor->units = lappend(cursor->units, unit);
		MemoryContextSwitchTo(old);
		ims_page_start(cursor, unit);
	}
}

/* The unit that is to be read now; NULL at the end. */
static ImsUnit *
current_unit(ImsCursor *cursor)
{
	MemoryContext old;
	ImsUnit    *unit;

	if (cursor->units == NIL && !cursor->exhausted)
	{
		unit = ims_unit_next(cursor);
		if (unit == NULL)
			cursor->exhausted = true;
		else
		{
			old = MemoryContextSwitchTo(cursor->memory);
			cursor->units = list_make1(unit);
			MemoryContextSwitchTo(old);
		}
	}
	if (cursor->units == NIL)
		return NULL;
	if (cursor->base.request->rows_wanted == 0)
		start_units(cursor);
	return linitial(cursor->units);
}

void
ims_resolve_conditions(ImsCursor *cursor)
{
	MemoryContext old = MemoryContextSwitchTo(cursor->memory);

	cursor->resolved = true;
	cursor->context.request = ims_resolve_request(cursor->base.request, cursor->depth,
												  &cursor->base.counters);
	cursor->exhausted = cursor->context.request == NULL;
	MemoryContextSwitchTo(old);
}

static RowPage *
next_requested(ImsCursor *cursor)
{
	ImsUnit    *unit;
	RowPage    *page;
	bool		more;

	if (!cursor->resolved)
		ims_resolve_conditions(cursor);
	unit = current_unit(cursor);

	if (unit == NULL)
		return NULL;
	page = ims_page_next(cursor, unit, &more);
	if (!more)
	{
		cursor->units = list_delete_first(cursor->units);
		MemoryContextDelete(unit->memory);
	}
	if (page && cursor->resolver)
		ims_resolve(cursor->resolver, page, &cursor->base.counters);
	/* The caller frees what it took before it asks again, however many are empty. */
	return page ? page : palloc0(sizeof(RowPage));
}

/* ---- a union ---- */

/* Where each column of the union is in a member's page. */
static List *
member_columns(const ImsCursor *cursor, const ScanRequest *request)
{
	List	   *columns = NIL;
	ListCell   *lc;
	ListCell   *lm;

	foreach(lc, cursor->attnos)
	{
		const char *name = cursor->table->columns[lfirst_int(lc) - 1].name;
		int			found = -1;

		foreach(lm, request->attnos)
			if (strcmp(request->table->columns[lfirst_int(lm) - 1].name, name) == 0)
				found = foreach_current_index(lm);
		columns = lappend_int(columns, found);
	}
	return columns;
}

static void
open_member(ImsCursor *cursor)
{
	MemoryContext old = MemoryContextSwitchTo(cursor->memory);
	const char *resource = list_nth(cursor->ims->members, cursor->next_member++);
	RemoteTable *member = ims_table_by_resource(cursor->table, resource, "joins the rows of");
	ScanRequest whole = *cursor->base.request;
	ScanRequest *request;

	whole.attnos = cursor->attnos;
	request = ims_member_request(&whole, member);
	cursor->member = ims_open_inner_scan(request, cursor->depth + 1);
	cursor->member_columns = member_columns(cursor, request);
	MemoryContextSwitchTo(old);
}

/* A member's page in the columns of the union. */
static RowPage *
as_union_page(const ImsCursor *cursor, const RowPage *page)
{
	RowPage    *result = palloc0(sizeof(RowPage));
	int			width = list_length(cursor->attnos);
	ListCell   *lc;

	result->nrows = page->nrows;
	result->ncolumns = width;
	result->values = MemoryContextAllocHuge(CurrentMemoryContext,
											sizeof(JsonValue) * Max(1, (Size) page->nrows * width));
	for (int row = 0; row < page->nrows; row++)
		foreach(lc, cursor->member_columns)
		{
			JsonValue  *value = &result->values[(Size) row * width + foreach_current_index(lc)];

			*value = lfirst_int(lc) < 0 ? (JsonValue) {.kind = JSON_KIND_NULL}
				: page->values[(Size) row * page->ncolumns + lfirst_int(lc)];
		}
	return result;
}

static RowPage *
next_of_union(ImsCursor *cursor)
{
	RowPage    *page;

	CHECK_FOR_INTERRUPTS();
	if (cursor->member == NULL)
	{
		if (cursor->next_member >= list_length(cursor->ims->members))
			return NULL;
		open_member(cursor);
	}
	page = ims_next_page(cursor->member);
	ims_add_counters(&cursor->base.counters, &cursor->member->counters);
	if (page)
		return as_union_page(cursor, page);
	cursor->member = NULL;
	return palloc0(sizeof(RowPage));
}

/* ---- all of them ---- */

static RowPage *
next_plain(ImsCursor *cursor)
{
	CHECK_FOR_INTERRUPTS();
	if (cursor->ims->derived)
		return ims_derived_next(cursor);
	return cursor->ims->members ? next_of_union(cursor) : next_requested(cursor);
}

/* Rows that are added up are read to the end before the first one is known. */
static RowPage *
next_grouped(ImsCursor *cursor)
{
	MemoryContext memory;
	MemoryContext old;
	RowPage    *page;

	if (!cursor->grouped)
	{
		memory = AllocSetContextCreate(CurrentMemoryContext, "stockbridge page to add up",
									   ALLOCSET_DEFAULT_SIZES);
		old = MemoryContextSwitchTo(memory);
		while ((page = next_plain(cursor)) != NULL)
		{
			ims_group_add(cursor->group, page);
			MemoryContextReset(memory);
		}
		MemoryContextSwitchTo(old);
		MemoryContextDelete(memory);
		cursor->grouped = true;
	}
	return ims_group_next(cursor->group);
}

RowPage *
ims_next_page(ScanCursor *base)
{
	ImsCursor  *cursor = (ImsCursor *) base;

	return cursor->group ? next_grouped(cursor) : next_plain(cursor);
}

void
ims_end_scan(ScanCursor *base)
{
	ImsCursor  *cursor = (ImsCursor *) base;

	if (cursor->parent)
		ims_end_scan(cursor->parent);
	if (cursor->member)
		ims_end_scan(cursor->member);
	if (cursor->group)
		ims_group_end(cursor->group);
	ims_derived_end(cursor);
}
