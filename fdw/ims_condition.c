/*
 * ims_condition.c
 *		What the conditions of a query are in a request.
 *
 * Values that bind a column, bounds of a time, and the filters that columns
 * declare.  A filter may let through too much, never too little: what the remote
 * does not understand is left out, and the executor checks every row.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "ims.h"
#include "utils/timestamp.h"

/* A value that only is known when the plan runs, for display: "$1". */
static TemplateValue *
shown_parameter(const Predicate *predicate)
{
	TemplateValue *value = template_value(JSON_KIND_STRING, psprintf("$%d", predicate->param + 1));

	value->verbatim = true;
	return value;
}

/* Known only when the plan runs; a parameter that is null has no values either. */
static bool
is_unbound(const Predicate *predicate)
{
	return predicate->values == NIL && predicate->param >= 0;
}

/* The one value of a predicate that a placeholder stands for. */
static TemplateValue *
predicate_value(const ImsContext *context, const Predicate *predicate, int which)
{
	const RemoteColumn *column = &context->request->table->columns[predicate->attno - 1];

	if (which >= list_length(predicate->values))
		return shown_parameter(predicate);
	return ims_format_value(column, predicate->op, list_nth(predicate->values, which));
}

static TemplateValue *
predicate_list(const ImsContext *context, const Predicate *predicate)
{
	TemplateValue *list = template_value(JSON_KIND_STRING, NULL);

	if (is_unbound(predicate))
		return shown_parameter(predicate);
	list->is_list = true;
	for (int i = 0; i < list_length(predicate->values); i++)
		list->items = lappend(list->items, predicate_value(context, predicate, i));
	return list;
}

/* ---- bounds ---- */

/*
 * Infinite times and NaN have no spelling that remotes agree on: such a filter
 * is not sent.
 */
static bool
is_sendable(const RemoteColumn *column, const Predicate *predicate)
{
	bool		is_time = column->type == TIMESTAMPTZOID || column->type == TIMESTAMPOID ||
		column->type == DATEOID;
	ListCell   *lc;

	if (!is_time && ims_kind_of_type(column->type) != JSON_KIND_NUMBER)
		return true;
	foreach(lc, predicate->values)
	{
		const char *text = lfirst(lc);

		if (isalpha((unsigned char) text[*text == '-' ? 1 : 0]))
			return false;
	}
	return true;
}

/* The bound of a predicate on a column, on one side. */
static const Predicate *
find_bound(const Predicate *predicate, int attno, PredicateOp inclusive, PredicateOp strict)
{
	ListCell   *lc;

	if (predicate == NULL)
		return NULL;
	if (predicate->attno == attno &&
		(predicate->op == inclusive || predicate->op == strict || predicate->op == PREDICATE_EQ))
		return predicate;
	if (predicate->op != PREDICATE_AND)
		return NULL;
	foreach(lc, predicate->args)
	{
		const Predicate *found = find_bound(lfirst(lc), attno, inclusive, strict);

		if (found)
			return found;
	}
	return NULL;
}

const Predicate *
ims_since_bound(const ScanRequest *request, bool lower)
{
	const ImsTable *ims = request->table->remote;
	const Predicate *bound = NULL;

	if (ims->since != 0)
		bound = lower ? find_bound(request->predicate, ims->since, PREDICATE_GE, PREDICATE_GT)
			: find_bound(request->predicate, ims->since, PREDICATE_LE, PREDICATE_LT);
	if (bound && !is_sendable(&request->table->columns[ims->since - 1], bound))
		return NULL;
	return bound;
}

/*
 * A lower bound is moved back by since_overlap: what the remote compares need
 * not be to the microsecond what the column shows.
 */
static TemplateValue *
lower_bound_value(const ImsContext *context, const Predicate *bound)
{
	const RemoteTable *table = context->request->table;
	const ImsTable *ims = table->remote;
	const RemoteColumn *column = &table->columns[bound->attno - 1];
	const ImsColumn *own = column->remote;
	TimestampTz when;

	if (ims->since_overlap == 0 || bound->attno != ims->since || bound->values == NIL)
		return predicate_value(context, bound, 0);
	when = ims_column_time(column, linitial(bound->values)) - ims->since_overlap;
	return ims_format_time(when, own->format,
						   column->type == TIMESTAMPTZOID ? own->time_zone : NULL);
}

/* The column that {since} and {until} are about. */
static const ImsColumn *
since_column(const ImsContext *context)
{
	const RemoteTable *table = context->request->table;
	const ImsTable *ims = table->remote;

	if (ims->since == 0)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_OPTION_NAME_NOT_FOUND),
				 errmsg("the request of %s uses {since} or {until}, but option \"since\" names no column",
						table->name)));
	return table->columns[ims->since - 1].remote;
}

/* {since}: the window's start, the query's bound, or all of the past. */
TemplateValue *
ims_value_since(const ImsContext *context, const TemplateRef *ref pg_attribute_unused())
{
	const ImsColumn *column = since_column(context);
	const Predicate *bound = ims_since_bound(context->request, true);

	if (context->in_window)
		return ims_format_time(context->window_from, column->format, column->time_zone);
	if (bound && (bound->values || is_unbound(bound)))
		return lower_bound_value(context, bound);
	return ims_format_time(SetEpochTimestamp(), column->format, column->time_zone);
}

/* {until}: the window's end, the query's bound, or soon. */
TemplateValue *
ims_value_until(const ImsContext *context, const TemplateRef *ref pg_attribute_unused())
{
	const ImsColumn *column = since_column(context);
	const Predicate *bound = ims_since_bound(context->request, false);
	TimestampTz until = context->in_window ? context->window_until
		: ims_round_up(GetCurrentTimestamp(), USECS_PER_DAY);

	if (!context->in_window && bound && (bound->values || is_unbound(bound)))
		return predicate_value(context, bound, 0);
	return ims_format_time(ims_round_up(until, ims_format_unit(column->format)),
						   column->format, column->time_zone);
}

/* A column written as a list takes all of its values in one request. */
int
ims_binding_count(const ImsContext *context, const ImsBinding *binding)
{
	const ImsTable *ims = context->request->table->remote;
	int			nvalues = list_length(binding->predicate->values);

	if (nvalues > 1 && (template_has_list(ims->url, "col", binding->column->name) ||
						template_has_list(ims->body, "col", binding->column->name)))
		return 1;
	return nvalues;
}

/*
 * {col:NAME}: the value that the query binds the column to.  With several, one
 * request is sent for each: "combination" counts through all of them.
 */
TemplateValue *
ims_value_col(const ImsContext *context, const TemplateRef *ref)
{
	int64		combination = context->combination;
	ListCell   *lc;

	if (context->write)
		return ims_written_value(context, ref->argument);
	foreach(lc, context->bindings)
	{
		const ImsBinding *binding = lfirst(lc);
		int			nvalues = Max(1, ims_binding_count(context, binding));

		if (strcmp(binding->column->name, ref->argument) == 0)
			return ref->is_list ? predicate_list(context, binding->predicate)
				: predicate_value(context, binding->predicate, combination % nvalues);
		combination /= nvalues;
	}
	elog(ERROR, "column \"%s\" is not bound", ref->argument);
}

/* ---- one filter ---- */

TemplateValue *
ims_value_value(const ImsContext *context, const TemplateRef *ref pg_attribute_unused())
{
	if (context->filter->op == PREDICATE_GE || context->filter->op == PREDICATE_GT)
		return lower_bound_value(context, context->filter);
	return predicate_value(context, context->filter, context->filter_value);
}

TemplateValue *
ims_value_values(const ImsContext *context, const TemplateRef *ref pg_attribute_unused())
{
	return predicate_list(context, context->filter);
}

/* {key}, {keys}: as {value}, of what the query's values are known by elsewhere. */
TemplateValue *
ims_value_key(const ImsContext *context, const TemplateRef *ref)
{
	const RemoteColumn *column = &context->request->table->columns[context->filter->attno - 1];
	const ImsColumn *own = column->remote;
	TemplateValue *list = template_value(JSON_KIND_STRING, NULL);
	ListCell   *lc;

	if (context->describe)
		return ims_shown_secret("key");
	if (strcmp(ref->name, "key") == 0)
		return template_value(own->lookup->key_kind,
							  list_nth(context->filter->values, context->filter_value));
	list->is_list = true;
	foreach(lc, context->filter->values)
		list->items = lappend(list->items, template_value(own->lookup->key_kind, lfirst(lc)));
	return list;
}

/* ---- filters ---- */

/* The comparisons that a filter may stand in for, the narrower first. */
Template *
ims_filter_for(const ImsColumn *column, PredicateOp op)
{
	static const PredicateOp wider[PREDICATE_IN + 1] = {
		[PREDICATE_EQ] = PREDICATE_IN,
		[PREDICATE_GT] = PREDICATE_GE,
		[PREDICATE_LT] = PREDICATE_LE,
	};

	if (op > PREDICATE_IN)
		return NULL;
	if (column->filter[op])
		return column->filter[op];
	return wider[op] ? column->filter[wider[op]] : NULL;
}

static char *
render_filter(ImsContext *context, const Template *template, const Predicate *predicate, int which)
{
	StringInfoData buf;

	initStringInfo(&buf);
	context->filter = predicate;
	context->filter_value = which;
	template_render(template, &buf, ims_lookup, context);
	return buf.data;
}

/*
 * Filters of the conjuncts that the remote understands.  What it does not is
 * left out: the answer then holds more rows, and the executor checks them all.
 */
static List *
render_conjuncts(ImsContext *context, const Predicate *predicate)
{
	List	   *pieces = NIL;
	const RemoteColumn *column;
	const Template *filter;
	ListCell   *lc;

	if (predicate == NULL)
		return NIL;
	if (predicate->op == PREDICATE_AND)
	{
		foreach(lc, predicate->args)
			pieces = list_concat(pieces, render_conjuncts(context, lfirst(lc)));
		return pieces;
	}
	if (predicate->op < PREDICATE_EQ || predicate->op > PREDICATE_IN ||
		(predicate->values == NIL && !is_unbound(predicate)))
		return NIL;
	column = &context->request->table->columns[predicate->attno - 1];
	filter = ims_filter_for(column->remote, predicate->op);
	if (filter == NULL || !is_sendable(column, predicate))
		return NIL;
	if (predicate->op != PREDICATE_IN || template_find(filter, "values") || template_find(filter, "keys"))
		return list_make1(render_filter(context, filter, predicate, 0));
	for (int i = 0; i < Max(1, list_length(predicate->values)); i++)
		pieces = lappend(pieces, render_filter(context, filter, predicate, i));
	return pieces;
}

TemplateValue *
ims_value_filters(const ImsContext *context, const TemplateRef *ref pg_attribute_unused())
{
	TemplateValue *value = template_value(JSON_KIND_STRING, NULL);
	ImsContext	inner = *context;

	value->pieces = render_conjuncts(&inner, context->request->predicate);
	return value;
}
