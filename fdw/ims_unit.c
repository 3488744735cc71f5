/*
 * ims_unit.c
 *		Which requests a scan consists of: values, windows, rows of a parent.
 *
 * Units come in order and one at a time, so that memory does not depend on how
 * many there are.  What a unit needs of its parent's rows is copied into the
 * unit, as the parent may have turned its page before the unit is read.
 */
#include "postgres.h"

#include "ims_cursor.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* ---- bindings ---- */

static void
raise_unbound(const RemoteTable *table, const RemoteColumn *column)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_UNABLE_TO_CREATE_EXECUTION),
			 errmsg("%s can only be read for given values of column \"%s\"",
					table->name, column->name),
			 errhint("Add a condition such as %s = … or %s IN (…): the table's request needs it.",
					 quote_identifier(column->name), quote_identifier(column->name))));
}

List *
ims_bindings(const ScanRequest *request)
{
	const ImsTable *ims = request->table->remote;
	List	   *bindings = NIL;
	ListCell   *lc;

	foreach(lc, ims->required)
		if (predicate_conjunct_eq(request->predicate, lfirst_int(lc)) == NULL)
			raise_unbound(request->table, &request->table->columns[lfirst_int(lc) - 1]);
	foreach(lc, ims->bound)
	{
		ImsBinding *binding = palloc0(sizeof(ImsBinding));

		binding->column = &request->table->columns[lfirst_int(lc) - 1];
		binding->predicate = predicate_conjunct_eq(request->predicate, lfirst_int(lc));
		if (binding->predicate == NULL)
			raise_unbound(request->table, binding->column);
		bindings = lappend(bindings, binding);
	}
	return bindings;
}

static int64
count_combinations(const ImsContext *context)
{
	int64		count = 1;
	ListCell   *lc;

	foreach(lc, context->bindings)
		count *= ims_binding_count(context, lfirst(lc));
	return count;
}

/* ---- the parent ---- */

/*
 * Whether a row of the parent can have rows of the child that the query wants.
 * Values are compared as texts, for which ims.c ships such a qual only where
 * equal values have equal texts.
 */
static bool
is_wanted(const Predicate *predicate, const List *attnos, const JsonValue *row)
{
	ListCell   *lc;

	if (predicate == NULL)
		return true;
	if (predicate->op == PREDICATE_AND)
	{
		foreach(lc, predicate->args)
			if (!is_wanted(lfirst(lc), attnos, row))
				return false;
		return true;
	}
	foreach(lc, attnos)
	{
		const char *text = row[foreach_current_index(lc)].text;
		ListCell   *lv;

		if (lfirst_int(lc) != predicate->attno || text == NULL)
			continue;
		foreach(lv, predicate->values)
			if (strcmp(lfirst(lv), text) == 0)
				return true;
	}
	return false;
}

static void
open_parent(ImsCursor *cursor)
{
	const ScanRequest *request = cursor->base.request;
	RemoteTable *parent = ims_parent_open(request->table);
	ScanRequest *parent_request = ims_parent_request(request, parent);

	cursor->parent = ims_open_inner_scan(parent_request, cursor->depth + 1);
	cursor->parent_memory = AllocSetContextCreate(CurrentMemoryContext, "stockbridge parent page",
												  ALLOCSET_DEFAULT_SIZES);
	cursor->parent_rows = palloc0(sizeof(JsonValue *) * cursor->ims->batch);
	cursor->context.parent = parent;
	cursor->context.parent_attnos = parent_request->attnos;
}

void
ims_add_counters(ScanCounters *total, ScanCounters *spent)
{
	total->requests += spent->requests;
	total->pages += spent->pages;
	total->bytes += spent->bytes;
	total->retries += spent->retries;
	total->wait_ms += spent->wait_ms;
	memset(spent, 0, sizeof(ScanCounters));
}

static bool
next_parent_page(ImsCursor *cursor)
{
	MemoryContext old;

	MemoryContextReset(cursor->parent_memory);
	old = MemoryContextSwitchTo(cursor->parent_memory);
	cursor->parent_page = ims_next_page(cursor->parent);
	MemoryContextSwitchTo(old);
	cursor->parent_next = 0;
	ims_add_counters(&cursor->base.counters, &cursor->parent->counters);
	return cursor->parent_page != NULL;
}

/*
 * Collect the next wanted rows of the parent, as many as one request asks for;
 * false at the end.  A batch does not reach beyond a page.
 */
static bool
next_parent_rows(ImsCursor *cursor)
{
	const Predicate *predicate = cursor->parent->request->predicate;

	cursor->nparents = 0;
	while (cursor->nparents < cursor->ims->batch)
	{
		const JsonValue *row;

		CHECK_FOR_INTERRUPTS();
		if (cursor->parent_page == NULL || cursor->parent_next >= cursor->parent_page->nrows)
		{
			if (cursor->nparents > 0)
				return true;
			if (!next_parent_page(cursor))
				return false;
			continue;
		}
		row = cursor->parent_page->values +
			(Size) cursor->parent_next++ * cursor->parent_page->ncolumns;
		if (is_wanted(predicate, cursor->context.parent_attnos, row))
			cursor->parent_rows[cursor->nparents++] = row;
	}
	return true;
}

/* ---- windows ---- */

/* A window needs a beginning, or it would start with the first of all days. */
static void
open_windows(ImsCursor *cursor)
{
	const ImsTable *ims = cursor->ims;
	const Predicate *lower = ims_since_bound(cursor->base.request, true);
	const Predicate *upper = ims_since_bound(cursor->base.request, false);
	const RemoteColumn *column = &cursor->table->columns[ims->since - 1];

	if (lower == NULL || lower->values == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_UNABLE_TO_CREATE_EXECUTION),
				 errmsg("%s can only be read from a given time on", cursor->table->name),
				 errhint("Add a condition such as %s >= now() - interval '1 day': the server is asked window by window.",
						 quote_identifier(column->name))));
	cursor->window_from = ims_column_time(column, linitial(lower->values)) - ims->since_overlap;
	cursor->window_until = upper && upper->values
		? ims_column_time(column, linitial(upper->values)) : GetCurrentTimestamp();
	cursor->next_window = cursor->window_from;
}

/* Move to the next window, of the next combination after the last one; false at the end. */
static bool
next_window(ImsCursor *cursor)
{
	if (cursor->ims->since_mode != IMS_SINCE_WINDOW)
		return false;
	return cursor->next_window <= cursor->window_until;
}

/* ---- units ---- */

void
ims_units_open(ImsCursor *cursor)
{
	cursor->context.bindings = ims_bindings(cursor->base.request);
	cursor->ncombinations = count_combinations(&cursor->context);
	if (cursor->ims->since_mode == IMS_SINCE_WINDOW)
		open_windows(cursor);
	if (cursor->ims->from)
	{
		cursor->next_combination = cursor->ncombinations;	/* no row yet */
		open_parent(cursor);
	}
}

/* Values of the parent's rows, in the unit's own memory. */
static void
copy_parent_rows(const ImsCursor *cursor, ImsUnit *unit)
{
	int			width = list_length(cursor->context.parent_attnos);
	ImsContext *context = &unit->context;

	context->nparents = cursor->nparents;
	context->parent_rows = palloc0(sizeof(JsonValue *) * Max(1, cursor->nparents));
	for (int i = 0; i < cursor->nparents; i++)
	{
		JsonValue  *row = palloc0(sizeof(JsonValue) * Max(1, width));

		for (int c = 0; c < width; c++)
		{
			row[c] = cursor->parent_rows[i][c];
			row[c].text = row[c].text ? pstrdup(row[c].text) : NULL;
		}
		context->parent_rows[i] = row;
	}
}

static ImsUnit *
make_unit(ImsCursor *cursor)
{
	MemoryContext memory = AllocSetContextCreate(cursor->memory, "stockbridge unit",
												 ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(memory);
	ImsUnit    *unit = palloc0(sizeof(ImsUnit));
	const ImsTable *ims = cursor->ims;

	unit->memory = memory;
	unit->context = cursor->context;
	unit->context.combination = cursor->next_combination;
	unit->context.limit = ims->page_size;
	unit->context.page = ims->page_start;
	unit->context.offset = ims->paging == IMS_PAGE_NUMBER ? 0 : ims->page_start;
	unit->first_page = true;
	unit->total = -1;
	unit->pages = -1;
	unit->last_since = DT_NOEND;
	copy_parent_rows(cursor, unit);
	MemoryContextSwitchTo(old);
	return unit;
}

static void
set_window(ImsCursor *cursor, ImsUnit *unit)
{
	const ImsTable *ims = cursor->ims;

	unit->context.in_window = true;
	unit->context.window_from = cursor->next_window;
	unit->context.window_until = Min(cursor->next_window + ims->since_window, cursor->window_until);
	cursor->next_window += ims->since_window;
	/* Both ends may count: a window that begins where the last one ended is over. */
	if (cursor->next_window >= cursor->window_until)
		cursor->next_window = DT_NOEND;
}

ImsUnit *
ims_unit_next(ImsCursor *cursor)
{
	ImsUnit    *unit;

	if (cursor->next_combination >= cursor->ncombinations)
	{
		if (cursor->parent == NULL || cursor->ncombinations == 0 || !next_parent_rows(cursor))
			return NULL;
		cursor->next_combination = 0;
		cursor->next_window = cursor->window_from;
	}
	unit = make_unit(cursor);
	if (cursor->ims->since_mode != IMS_SINCE_WINDOW)
	{
		cursor->next_combination++;
		return unit;
	}
	set_window(cursor, unit);
	if (!next_window(cursor))
	{
		cursor->next_combination++;
		cursor->next_window = cursor->window_from;
	}
	return unit;
}
