/*
 * odata_apply.c
 *		Groups and aggregates through $apply: how they are asked for.
 *
 * The form is that of OData Data Aggregation, which a Service Layer speaks as
 * well (SL §3.2, §3.3).  Pure text; what may be asked at all is the connectors'
 * to say, and what to think of the answer is odata_apply_answer.c's.
 */
#include "postgres.h"

#include "odata_apply.h"
#include "odata_table.h"

/* One expression inside aggregate(…). */
typedef struct ApplyTerm
{
	const char *operand;		/* of a $crossjoin, NULL = the entity set */
	const char *property;		/* NULL = $count */
	const char *method;
	char	   *alias;
} ApplyTerm;

static const char *
method_name(AggregateFunction function)
{
	switch (function)
	{
		case AGGREGATE_COUNT_DISTINCT:
			return "countdistinct";
		case AGGREGATE_SUM:
			return "sum";
		case AGGREGATE_MIN:
			return "min";
		case AGGREGATE_MAX:
			return "max";
		case AGGREGATE_AVERAGE:
			return "average";
		default:
			return NULL;
	}
}

static List *
add_term(List *terms, const RemoteTable *table, AggregateFunction function, int attno)
{
	ApplyTerm  *term = palloc0(sizeof(ApplyTerm));

	if (attno > 0)
	{
		term->operand = column_info(table, attno)->operand;
		term->property = column_info(table, attno)->property;
		term->method = method_name(function);
	}
	else if (is_crossjoin(table_info(table)))
		term->operand = ((CrossjoinOperand *) linitial(table_info(table)->operands))->path;
	term->alias = psprintf("A%d", list_length(terms) + 1);
	return lappend(terms, term);
}

/* The place of the first count of rows among terms, -1 if there is none. */
static int
count_position(const List *terms)
{
	ListCell   *lc;

	foreach(lc, terms)
	{
		if (((ApplyTerm *) lfirst(lc))->property == NULL)
			return foreach_current_index(lc);
	}
	return -1;
}

/*
 * The terms of a grouping: one for each aggregate, sum and average for an
 * average, and without keys a count that tells an empty input.
 */
static List *
make_terms(const RemoteTable *table, const Grouping *grouping)
{
	List	   *terms = NIL;
	ListCell   *lc;

	foreach(lc, grouping->aggregates)
	{
		RemoteAggregate *aggregate = lfirst(lc);

		if (aggregate->function == AGGREGATE_AVERAGE)
			terms = add_term(terms, table, AGGREGATE_SUM, aggregate->attno);
		terms = add_term(terms, table, aggregate->function, aggregate->attno);
	}
	if (grouping->keys == NIL && count_position(terms) < 0)
		terms = add_term(terms, table, AGGREGATE_COUNT, 0);
	return terms;
}

/* One term; in a $crossjoin as Operand(P with sum as A) or Operand/$count as A. */
static void
append_term(StringInfo buf, const ApplyTerm *term)
{
	if (term->property == NULL)
		appendStringInfo(buf, "%s%s$count as %s", term->operand ? term->operand : "",
						 term->operand ? "/" : "", term->alias);
	else if (term->operand == NULL)
		appendStringInfo(buf, "%s with %s as %s", term->property, term->method, term->alias);
	else
		appendStringInfo(buf, "%s(%s with %s as %s)", term->operand, term->property,
						 term->method, term->alias);
}

FilterExtent
odata_render_group_filter(StringInfo buf, const RemoteTable *table,
						  const Predicate *predicate, const Grouping *grouping,
						  ODataComparison compare, bool *exact)
{
	FilterExtent extent;
	bool		is_whole;
	int			rendered = 0;
	ListCell   *lc;

	if (predicate->op != PREDICATE_AND)
	{
		extent = odata_deparse_predicate(buf, predicate, table, column_request_name,
										 compare, &is_whole);
		if (!is_whole && !predicate_uses_only(predicate, grouping->keys))
			*exact = false;
		return extent;
	}
	foreach(lc, predicate->args)
	{
		int			before = buf->len;

		appendStringInfoString(buf, rendered > 0 ? " and " : "");
		extent = odata_render_group_filter(buf, table, lfirst(lc), grouping, compare, exact);
		if (extent == FILTER_NONE)
			return extent;
		if (extent == FILTER_SOME)
			rendered++;
		else
		{
			buf->len = before;
			buf->data[before] = '\0';
		}
	}
	return rendered > 0 ? FILTER_SOME : FILTER_ALL;
}

char *
odata_render_apply(const RemoteTable *table, const Grouping *grouping, const char *filter)
{
	StringInfoData buf;
	List	   *terms = make_terms(table, grouping);
	ListCell   *lc;

	initStringInfo(&buf);
	if (*filter)
		appendStringInfo(&buf, "filter(%s)/", filter);
	if (grouping->keys != NIL)
		appendStringInfoString(&buf, "groupby((");
	foreach(lc, grouping->keys)
		appendStringInfo(&buf, "%s%s", foreach_current_index(lc) ? "," : "",
						 column_info(table, lfirst_int(lc))->request_name);
	if (grouping->keys != NIL)
		appendStringInfoString(&buf, terms != NIL ? ")," : ")");
	if (terms != NIL)
		appendStringInfoString(&buf, "aggregate(");
	foreach(lc, terms)
	{
		if (foreach_current_index(lc) > 0)
			appendStringInfoChar(&buf, ',');
		append_term(&buf, lfirst(lc));
	}
	if (terms != NIL)
		appendStringInfoChar(&buf, ')');
	if (grouping->keys != NIL)
		appendStringInfoChar(&buf, ')');
	return buf.data;
}

/*
 * A value of a $crossjoin stands inside the object of its operand, as the guide
 * prints it; a release that puts it beside the operands is understood as well.
 */
static List *
add_pointers(List *pointers, const char *operand, const char *name)
{
	if (operand != NULL)
		pointers = lappend(pointers, psprintf("/%s/%s", json_pointer_escape(operand), name));
	return lappend(pointers, psprintf("/%s", name));
}

RowShape *
odata_apply_shape(const RemoteTable *table, const Grouping *grouping)
{
	/* In the order that APPLY_CAPTURE_COUNT and APPLY_CAPTURES stand for. */
	List	   *captures = list_make5("/odata.nextLink", "/@odata.nextLink", "/@nextLink",
									  "/@odata.count", "/@count");
	List	   *pointers = NIL;
	ListCell   *lc;

	foreach(lc, grouping->keys)
	{
		const ColumnInfo *column = column_info(table, lfirst_int(lc));

		pointers = add_pointers(pointers, column->operand, column->property);
	}
	foreach(lc, make_terms(table, grouping))
	{
		const ApplyTerm *term = lfirst(lc);

		pointers = add_pointers(pointers, term->operand, term->alias);
	}
	return row_shape_create("/value/*", pointers, captures);
}

int
odata_apply_count_position(const RemoteTable *table, const Grouping *grouping)
{
	return count_position(make_terms(table, grouping));
}
