/*
 * service_layer_render.c
 *		The request for one page of a scan, in the Service Layer's OData.
 *
 * Pure text: reads a PagePosition, sends nothing.
 */
#include "postgres.h"

#include "nodes/value.h"
#include "odata_apply.h"
#include "rowset.h"
#include "service_layer_private.h"

/* The distinct members that $select needs of one operand, NULL = the entity set. */
static char *
render_select(const RemoteTable *table, const PagePosition *position,
			  const CrossjoinOperand *operand)
{
	StringInfoData buf;
	List	   *seen = NIL;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, position->attnos)
	{
		ColumnInfo *column = column_info(table, lfirst_int(lc));
		char	   *member = pnstrdup(column->property, strcspn(column->property, "/"));

		if (operand != NULL ? strcmp(column->operand, operand->path) == 0 : column->of_entity)
			seen = list_append_unique(seen, makeString(member));
	}
	if (seen == NIL && operand != NULL)
		seen = list_make1(makeString(pstrdup(operand->property)));
	foreach(lc, seen)
		appendStringInfo(&buf, "%s%s", foreach_current_index(lc) ? "," : "", strVal(lfirst(lc)));
	return buf.data;
}

/* The continuation after a row: (a gt x or (a eq x and (b gt y or …))). */
static void
append_after(StringInfo buf, const RemoteTable *table, const PagePosition *position)
{
	int			open = 0;
	ListCell   *lc;

	foreach(lc, position->order)
	{
		const ScanOrder *order = lfirst(lc);
		const char *name = column_info(table, order->attno)->request_name;
		const char *literal = position->after[foreach_current_index(lc)];

		appendStringInfo(buf, "(%s %s %s", name, order->descending ? "lt" : "gt", literal);
		open++;
		if (foreach_current_index(lc) < list_length(position->order) - 1)
		{
			appendStringInfo(buf, " or (%s eq %s and ", name, literal);
			open++;
		}
	}
	while (open-- > 0)
		appendStringInfoChar(buf, ')');
}

/* Nulls have no place in an order that ends in a comparison; none is wanted. */
static void
append_not_null(StringInfo buf, const RemoteTable *table, const PagePosition *position)
{
	ListCell   *lc;

	foreach(lc, position->order)
	{
		const ScanOrder *order = lfirst(lc);

		if (!table->columns[order->attno - 1].not_null)
			appendStringInfo(buf, "%s%s ne null", buf->len ? " and " : "",
							 column_info(table, order->attno)->request_name);
	}
}

/* $filter: the join, the predicate, what the order needs, the continuation. */
static char *
render_filter(const RemoteTable *table, const PagePosition *position)
{
	const TableInfo *info = table_info(table);
	StringInfoData buf;

	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, info->links)
		appendStringInfo(&buf, "%s%s", foreach_current_index(lc) ? " and " : "",
						 (char *) lfirst(lc));
	if (position->filter->len > 0)
		appendStringInfo(&buf, "%s%s", buf.len ? " and " : "", position->filter->data);
	append_not_null(&buf, table, position);
	if (position->after != NULL)
	{
		if (buf.len)
			appendStringInfoString(&buf, " and ");
		append_after(&buf, table, position);
	}
	return buf.data;
}

static char *
render_order(const RemoteTable *table, const PagePosition *position)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, position->order)
	{
		const ScanOrder *order = lfirst(lc);

		appendStringInfo(&buf, "%s%s%s", foreach_current_index(lc) ? "," : "",
						 column_info(table, order->attno)->request_name,
						 order->descending ? " desc" : "");
	}
	return buf.data;
}

/* The columns: $select of an entity set, $expand of the operands of a join. */
static char *
render_columns(const RemoteTable *table, const PagePosition *position)
{
	const TableInfo *info = table_info(table);
	StringInfoData buf;
	ListCell   *lc;

	if (!is_crossjoin(info))
	{
		char	   *select = render_select(table, position, NULL);

		return !info->nested ? select
			: psprintf("%s%s%s", select, *select ? "," : "", info->collection);
	}
	initStringInfo(&buf);
	foreach(lc, info->operands)
	{
		const CrossjoinOperand *operand = lfirst(lc);

		appendStringInfo(&buf, "%s%s($select=%s)", foreach_current_index(lc) ? "," : "",
						 operand->path, render_select(table, position, operand));
	}
	return buf.data;
}

static char *
render_path(const TableInfo *info)
{
	StringInfoData buf;
	ListCell   *lc;

	/* User-defined objects may have spaces in their names. */
	if (!is_crossjoin(info))
		return url_encode(info->entity);
	initStringInfo(&buf);
	foreach(lc, info->operands)
		appendStringInfo(&buf, "%s%s", foreach_current_index(lc) ? "," : "$crossjoin(",
						 ((CrossjoinOperand *) lfirst(lc))->path);
	appendStringInfoChar(&buf, ')');
	return buf.data;
}

/* Query options of the next page, each through "append". */
static void
append_options(StringInfo url, const RemoteTable *table, const PagePosition *position,
			   void (*append) (StringInfo, const char *, const char *))
{
	const TableInfo *info = table_info(table);
	char	   *filter = render_filter(table, position);

	if (position->grouping != NULL)
	{
		append(url, "$apply", odata_render_apply(table, position->grouping, filter));
		return;
	}
	if (!position->whole)
		append(url, is_crossjoin(info) ? "$expand" : "$select", render_columns(table, position));
	if (*filter)
		append(url, "$filter", filter);
	if (position->order != NIL)
		append(url, "$orderby", render_order(table, position));
	if (position->top > 0)
		append(url, "$top", psprintf(INT64_FORMAT, position->top));
	if (position->skip > 0)
		append(url, "$skip", psprintf(INT64_FORMAT, position->skip));
}

/* For QueryService_PostQuery: the options as they are, not URL-encoded. */
static void
append_plain(StringInfo buf, const char *name, const char *value)
{
	appendStringInfo(buf, "%s%s=%s", buf->len ? "&" : "", name, value);
}

/* Fill in the request of the next page; false if it must be posted but cannot. */
static bool
render_request(const RemoteTable *table, const PagePosition *position,
			   ServiceLayerRequest *call)
{
	StringInfoData url;
	StringInfoData options;
	StringInfoData body;

	initStringInfo(&url);
	appendStringInfo(&url, "%s/%s", table->server->url, render_path(table_info(table)));
	append_options(&url, table, position, odata_append_query);
	call->method = "GET";
	call->url = url.data;
	call->headers = list_make1(psprintf("Prefer: odata.maxpagesize=%d", position->page_size));
	if (url.len <= SERVICE_LAYER_MAX_URL)
		return true;

	/*
	 * Whether posted options are URL-decoded is not documented (SL §3.3): a
	 * text that would differ is not posted.
	 */
	if (!is_crossjoin(table_info(table)) || strpbrk(position->filter->data, "&%#+") != NULL)
		return false;
	initStringInfo(&options);
	append_options(&options, table, position, append_plain);
	initStringInfo(&body);
	appendStringInfoString(&body, "{\"QueryPath\":");
	json_append_string(&body, render_path(table_info(table)));
	appendStringInfoString(&body, ",\"QueryOption\":");
	json_append_string(&body, options.data);
	appendStringInfoChar(&body, '}');
	call->method = "POST";
	call->url = psprintf("%s/QueryService_PostQuery", table->server->url);
	call->body = body.data;
	return true;
}

bool
service_layer_page_fits(const RemoteTable *table, const PagePosition *position)
{
	ServiceLayerRequest call = {0};

	return render_request(table, position, &call);
}

bool
service_layer_render_page(const RemoteTable *table, PagePosition *position,
						  ServiceLayerRequest *call)
{
	if (render_request(table, position, call))
		return true;
	if (position->grouping != NULL || table_info(table)->is_join)
		return false;
	resetStringInfo(position->filter);
	(void) render_request(table, position, call);
	return true;
}
