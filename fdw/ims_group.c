/*
 * ims_group.c
 *		Rows added up to one for each value of some columns.
 *
 * Many interfaces keep stock by batch, serial number or owner, so that a
 * product has several rows in one place.  Rows go through PostgreSQL's sort,
 * which spills to disk, and come out grouped: numbers are added up exactly, of
 * times the earliest counts, of everything else the first value.
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "ims_rows.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/numeric.h"
#include "utils/tuplesort.h"
#include "utils/typcache.h"

/* Rows of one page that is given out. */
#define PAGE_ROWS 500

typedef enum Combine
{
	COMBINE_KEY,
	COMBINE_SUM,
	COMBINE_EARLIEST,
	COMBINE_FIRST
} Combine;

struct ImsGroup
{
	const RemoteTable *table;
	List	   *attnos;
	int			ncolumns;
	Combine    *combine;		/* by column of a page */
	TupleDesc	desc;			/* all text */
	TupleTableSlot *slot;
	Tuplesortstate *sort;		/* NULL once all rows are out */
	bool		sorted;
	bool		pending;		/* slot holds the first row of the next group */
};

static Combine
combine_of(const RemoteColumn *column, const ImsTable *ims)
{
	if (list_member_int(ims->group_by, column->attno))
		return COMBINE_KEY;
	if (column->type == TIMESTAMPTZOID || column->type == TIMESTAMPOID)
		return COMBINE_EARLIEST;
	return ims_kind_of_type(column->type) == JSON_KIND_NUMBER ? COMBINE_SUM : COMBINE_FIRST;
}

/* Sort by the bytes of the group's columns: any order will do that keeps equals together. */
static Tuplesortstate *
begin_sort(const ImsGroup *group)
{
	AttrNumber *columns = palloc(sizeof(AttrNumber) * group->ncolumns);
	Oid		   *operators = palloc(sizeof(Oid) * group->ncolumns);
	Oid		   *collations = palloc(sizeof(Oid) * group->ncolumns);
	bool	   *nulls_first = palloc0(sizeof(bool) * group->ncolumns);
	Oid			less = lookup_type_cache(TEXTOID, TYPECACHE_LT_OPR)->lt_opr;
	int			nkeys = 0;

	for (int i = 0; i < group->ncolumns; i++)
	{
		if (group->combine[i] != COMBINE_KEY)
			continue;
		columns[nkeys] = i + 1;
		operators[nkeys] = less;
		collations[nkeys++] = C_COLLATION_OID;
	}
	return tuplesort_begin_heap(group->desc, nkeys, columns, operators, collations, nulls_first,
								work_mem, NULL, TUPLESORT_NONE);
}

ImsGroup *
ims_group_create(const RemoteTable *table, List *attnos)
{
	ImsGroup   *group = palloc0(sizeof(ImsGroup));
	ListCell   *lc;

	group->table = table;
	group->attnos = attnos;
	group->ncolumns = list_length(attnos);
	group->combine = palloc(sizeof(Combine) * group->ncolumns);
	group->desc = CreateTemplateTupleDesc(group->ncolumns);
	foreach(lc, attnos)
	{
		int			i = foreach_current_index(lc);

		group->combine[i] = combine_of(&table->columns[lfirst_int(lc) - 1], table->remote);
		TupleDescInitEntry(group->desc, i + 1, NULL, TEXTOID, -1, 0);
	}
	group->slot = MakeSingleTupleTableSlot(group->desc, &TTSOpsMinimalTuple);
	group->sort = begin_sort(group);
	return group;
}

void
ims_group_add(ImsGroup *group, const RowPage *page)
{
	TupleTableSlot *slot = MakeSingleTupleTableSlot(group->desc, &TTSOpsVirtual);

	for (int row = 0; row < page->nrows; row++)
	{
		const JsonValue *values = page->values + (Size) row * page->ncolumns;

		ExecClearTuple(slot);
		for (int i = 0; i < group->ncolumns; i++)
		{
			slot->tts_isnull[i] = values[i].text == NULL;
			if (values[i].text)
				slot->tts_values[i] = CStringGetTextDatum(values[i].text);
		}
		ExecStoreVirtualTuple(slot);
		tuplesort_puttupleslot(group->sort, slot);
	}
	ExecDropSingleTupleTableSlot(slot);
}

static JsonValue
slot_value(TupleTableSlot *slot, int column)
{
	bool		isnull;
	Datum		value = slot_getattr(slot, column + 1, &isnull);

	if (isnull)
		return (JsonValue) {.kind = JSON_KIND_NULL};
	return (JsonValue) {.text = TextDatumGetCString(value), .kind = JSON_KIND_STRING};
}

static char *
sum_of(const char *a, const char *b)
{
	Datum		left = DirectFunctionCall3(numeric_in, CStringGetDatum(a),
										   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
	Datum		right = DirectFunctionCall3(numeric_in, CStringGetDatum(b),
											ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));

	return DatumGetCString(DirectFunctionCall1(numeric_out,
											   DirectFunctionCall2(numeric_add, left, right)));
}

/* Add one more row's value to that of its group. */
static void
combine(const ImsGroup *group, int column, JsonValue *total, const JsonValue *value)
{
	const RemoteColumn *remote = &group->table->columns[list_nth_int(group->attnos, column) - 1];

	if (value->text == NULL)
		return;
	if (total->text == NULL)
		*total = *value;
	else if (group->combine[column] == COMBINE_SUM)
		total->text = sum_of(total->text, value->text);
	else if (group->combine[column] == COMBINE_EARLIEST &&
			 ims_column_time(remote, value->text) < ims_column_time(remote, total->text))
		*total = *value;
}

/* Whether the slot's row belongs to the group of "row". */
static bool
same_group(const ImsGroup *group, const JsonValue *row)
{
	for (int i = 0; i < group->ncolumns; i++)
	{
		JsonValue	value;

		if (group->combine[i] != COMBINE_KEY)
			continue;
		value = slot_value(group->slot, i);
		if ((value.text == NULL) != (row[i].text == NULL) ||
			(value.text && strcmp(value.text, row[i].text) != 0))
			return false;
	}
	return true;
}

static bool
fetch(ImsGroup *group)
{
	group->pending = tuplesort_gettupleslot(group->sort, true, false, group->slot, NULL);
	return group->pending;
}

/* Put the next group together, if there is one. */
static bool
next_group(ImsGroup *group, JsonValue *row)
{
	if (!group->pending)
		return false;
	for (int i = 0; i < group->ncolumns; i++)
		row[i] = slot_value(group->slot, i);
	while (fetch(group) && same_group(group, row))
		for (int i = 0; i < group->ncolumns; i++)
		{
			JsonValue	value = slot_value(group->slot, i);

			if (group->combine[i] != COMBINE_KEY)
				combine(group, i, &row[i], &value);
		}
	CHECK_FOR_INTERRUPTS();
	return true;
}

void
ims_group_end(ImsGroup *group)
{
	if (group->sort == NULL)
		return;
	ExecClearTuple(group->slot);
	tuplesort_end(group->sort);
	group->sort = NULL;
}

RowPage *
ims_group_next(ImsGroup *group)
{
	RowPage    *page = palloc0(sizeof(RowPage));

	if (group->sort == NULL)
		return NULL;
	if (!group->sorted)
	{
		tuplesort_performsort(group->sort);
		group->sorted = true;
		fetch(group);
	}
	page->ncolumns = group->ncolumns;
	page->values = palloc(sizeof(JsonValue) * PAGE_ROWS * Max(1, group->ncolumns));
	while (page->nrows < PAGE_ROWS &&
		   next_group(group, page->values + (Size) page->nrows * group->ncolumns))
		page->nrows++;
	if (page->nrows > 0)
		return page;
	ims_group_end(group);
	return NULL;
}
