/*
 * odata_groups.c
 *		Groups and aggregates by a service of OData V4: one $apply, or none.
 *
 * Which services aggregate is not to be known beforehand: those that do not
 * refuse it, or ignore it and answer with plain entities.  Either way the scan
 * is declined, rows are read and grouped by PostgreSQL, and the table is not
 * tried again in this session.  Services also cut an answer short without a
 * word, so groups are only taken from one that counts them.
 *
 * Asked for is only what a service by its own contract computes as PostgreSQL
 * does: integers, decimals, dates, booleans, GUIDs, enumerations.  Floating
 * point has no sum that two computers agree on, an average may be cut, and text
 * is a key only where it is the key of the entity set, because a service may
 * ignore case.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "odata_apply.h"
#include "odata_service.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* Reads are tried this often when the fault is of the passing kind. */
#define MAX_ATTEMPTS		4

typedef struct GroupsCursor
{
	ScanCursor	base;
	const char *filter;
	bool		finished;
} GroupsCursor;

/* Foreign tables whose services do not group. */
static List *ungroupable_tables = NIL;

/* What may be done with a type, besides being a key if it is a whole one's. */
#define GROUP_KEY		1
#define GROUP_DISTINCT	2
#define GROUP_SUM		4
#define GROUP_EXTREME	8
#define GROUP_INTEGER	(GROUP_KEY | GROUP_DISTINCT | GROUP_SUM | GROUP_EXTREME)

static const struct
{
	const char *type;
	int			uses;
}			type_uses[] = {
	{"Edm.Byte", GROUP_INTEGER}, {"Edm.SByte", GROUP_INTEGER}, {"Edm.Int16", GROUP_INTEGER},
	{"Edm.Int32", GROUP_INTEGER}, {"Edm.Int64", GROUP_INTEGER},
	{"Edm.Decimal", GROUP_SUM | GROUP_EXTREME},
	{"Edm.Date", GROUP_KEY | GROUP_DISTINCT | GROUP_EXTREME},
	{"Edm.Boolean", GROUP_KEY | GROUP_DISTINCT}, {"Edm.Guid", GROUP_KEY | GROUP_DISTINCT},
};

/* Whether the rows of a table may be grouped by its service at all. */
static bool
may_apply(const RemoteTable *table)
{
	const ODataTable *info = odata_table(table);

	return info->base.collection == NULL && !info->singleton &&
		!(info->unsupported & ODATA_APPLY) &&
		!list_member_oid(ungroupable_tables, table->relid);
}

/* Bits of what may be done with a column that is read as it is. */
static int
column_uses(const RemoteTable *table, const RemoteColumn *column)
{
	const ODataColumn *remote = odata_column(table, column->attno);
	const char *type = remote_option(column->options, "type");

	if (!may_apply(table) || type == NULL || !remote->filterable || column->typmod != -1 ||
		strchr(remote->base.property, '/') != NULL)
		return 0;
	if (strncmp(type, "Edm.", 4) != 0)
		return column->type == TEXTOID ? GROUP_KEY : 0;
	if (remote->type->type != column->type)
		return 0;
	if (strcmp(type, "Edm.String") == 0)
		return list_length(table_info(table)->keys) == 1 &&
			linitial_int(table_info(table)->keys) == column->attno ? GROUP_KEY | GROUP_DISTINCT : 0;
	for (size_t i = 0; i < lengthof(type_uses); i++)
		if (strcmp(type_uses[i].type, type) == 0)
			return type_uses[i].uses;
	return 0;
}

bool
odata_can_group(const RemoteTable *table, const RemoteColumn *column)
{
	return !(odata_table(table)->unsupported & ODATA_COUNT) &&
		(column_uses(table, column) & GROUP_KEY) != 0;
}

bool
odata_can_aggregate(const RemoteTable *table, AggregateFunction function,
					const RemoteColumn *column)
{
	switch (function)
	{
		case AGGREGATE_COUNT:
			return may_apply(table) && (column == NULL || column->not_null);
		case AGGREGATE_COUNT_DISTINCT:
			return (column_uses(table, column) & GROUP_DISTINCT) != 0;
		case AGGREGATE_SUM:
			return (column_uses(table, column) & GROUP_SUM) != 0;
		case AGGREGATE_MIN:
		case AGGREGATE_MAX:
			return (column_uses(table, column) & GROUP_EXTREME) != 0;
		case AGGREGATE_AVERAGE:
			break;
	}
	return false;
}

ScanCursor *
odata_open_groups(const ScanRequest *request)
{
	GroupsCursor *cursor = palloc0(sizeof(GroupsCursor));
	FilterExtent extent = FILTER_ALL;
	bool		exact = true;
	StringInfoData filter;

	initStringInfo(&filter);
	cursor->base.request = request;
	if (request->predicate != NULL)
		extent = odata_render_group_filter(&filter, request->table, request->predicate,
										   request->grouping, odata_comparison, &exact);
	cursor->filter = filter.data;
	cursor->finished = extent == FILTER_NONE;
	if (!exact)
		cursor->base.declined = "a value of the condition cannot be sent as it is";
	else if (cursor->finished && request->grouping->keys == NIL)
		cursor->base.declined = "the condition selects no row";
	return &cursor->base;
}

static char *
render_url(const GroupsCursor *cursor)
{
	const ScanRequest *request = cursor->base.request;
	StringInfoData url;

	initStringInfo(&url);
	appendStringInfo(&url, "%s/%s", request->table->server->url,
					 url_encode(table_info(request->table)->entity));
	odata_append_query(&url, "$apply", odata_render_apply(request->table, request->grouping,
														  cursor->filter));
	if (request->grouping->keys != NIL)
		odata_append_query(&url, "$count", "true");
	return url.data;
}

List *
odata_describe_groups(const ScanRequest *request)
{
	GroupsCursor *cursor = (GroupsCursor *) odata_open_groups(request);

	if (cursor->finished)
		return list_make1("none: the condition selects no row");
	if (cursor->base.declined != NULL)
		return list_make1(psprintf("none: %s", cursor->base.declined));
	return list_make1(psprintf("GET %s", render_url(cursor) +
							   strlen(request->table->server->url) + 1));
}

/* Send the request, again while faults are transient. */
static HttpResponse *
fetch(GroupsCursor *cursor, const char *url)
{
	ODataRequest request = {.method = "GET", .url = url, .accept = odata_accept_json};
	ScanCounters *counters = &cursor->base.counters;

	for (int attempt = 1;; attempt++)
	{
		TimestampTz start = GetCurrentTimestamp();
		HttpResponse *response = transfer_wait(odata_start(cursor->base.request->table->server,
														   &request));
		long		pause_ms;

		odata_count_response(counters, response, start);
		if (!odata_is_transient(response, &pause_ms) || attempt == MAX_ATTEMPTS)
			return response;
		counters->retries++;
		transport_pause(pause_ms > 0 ? pause_ms : 100L << attempt);
	}
}

/* Why an answer is of no use; NULL if it is, and then *page has its groups. */
static const char *
take_answer(const ScanRequest *request, const HttpResponse *response, RowPage **page)
{
	const RemoteTable *table = request->table;
	const RowPage *raw;

	if (response->failure == HTTP_FAILURE_TOO_LARGE)
		return "there are too many groups for one answer";
	remote_raise_failure(table->server, response,
						 psprintf("grouping entity set %s", table_info(table)->entity));
	if (response->status == 401 || response->status == 403)
		odata_raise(table->server, response,
					psprintf("grouping entity set %s", table_info(table)->entity));
	if (response->status != 200)
		return "the service refuses $apply";
	raw = row_shape_parse(odata_apply_shape(table, request->grouping), response->body,
						  response->body_len, odata_source(table));
	if (!raw->rows_found)
		return "the answer has no rows";
	if (request->grouping->keys != NIL && !odata_counts_groups(raw))
		return "the answer does not say how many groups there are";
	return odata_take_groups(table, request->grouping, raw, page);
}

/* Rows of this table are grouped here from now on. */
static void
remember_ungroupable(const RemoteTable *table)
{
	MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);

	ungroupable_tables = list_append_unique_oid(ungroupable_tables, table->relid);
	MemoryContextSwitchTo(old);
}

RowPage *
odata_next_groups(ScanCursor *base)
{
	GroupsCursor *cursor = (GroupsCursor *) base;
	HttpResponse *response;
	RowPage    *page = NULL;
	char	   *url;

	base->at_end = true;
	if (cursor->finished)
		return NULL;
	cursor->finished = true;
	url = render_url(cursor);
	if (!odata_url_fits(url))
	{
		base->declined = "the condition is too long to be sent";
		return NULL;
	}
	response = fetch(cursor, url);
	base->declined = take_answer(base->request, response, &page);
	if (base->declined != NULL)
	{
		/* A failure may be owed to the data: a sum that overflows. */
		if (response->status != 500)
			remember_ungroupable(base->request->table);
		return NULL;
	}
	base->counters.pages++;
	return page;
}
