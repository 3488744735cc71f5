/*
 * service_layer_count.c
 *		How many rows a Service Layer has, asked without reading them.
 *
 * Of an entity set that is $count (SL §2).  Of lines it is what $apply counts
 * in the $crossjoin; where that is refused, and of lines that are unfolded
 * here, it is the number of entities times the lines that each has on the
 * first page.  Sends at most three requests.
 */
#include "postgres.h"

#include <math.h>

#include "odata.h"
#include "service_layer_private.h"

/* $count of the entity set; -1 if it cannot be had. */
static double
count_entities(const RemoteTable *table, const Predicate *predicate)
{
	ServiceLayerRequest call = {.method = "GET"};
	StringInfoData url;
	StringInfoData filter;
	HttpResponse *response;
	bool		login_failed;
	char	   *end;
	double		count;

	initStringInfo(&url);
	initStringInfo(&filter);
	appendStringInfo(&url, "%s/%s/$count", table->server->url,
					 url_encode(table_info(table)->entity));
	if (predicate != NULL &&
		odata_deparse_predicate(&filter, predicate, table, column_request_name,
								service_layer_comparison, NULL) == FILTER_NONE)
		return 0;
	if (filter.len > 0)
		odata_append_query(&url, "$filter", filter.data);
	if (url.len > SERVICE_LAYER_MAX_URL)
		return -1;
	call.url = url.data;
	response = service_layer_send(table->server, &call, &login_failed);
	if (login_failed || response->outcome != HTTP_ANSWERED)
		service_layer_raise(table->server, response, login_failed,
							psprintf("counting entity set %s", table_info(table)->entity));
	count = strtod(response->body, &end);
	if (response->status != 200 || end == response->body || !(count >= 0))
		return -1;
	return count;
}

/* Rows of a $crossjoin as $apply counts them; -1 if the server does not. */
static double
count_joined(const ScanRequest *request)
{
	ScanRequest counting = *request;
	Grouping	grouping = {0};
	RemoteAggregate count = {AGGREGATE_COUNT, 0};
	RowPage    *page;

	grouping_add_aggregate(&grouping, count);
	counting.grouping = &grouping;
	page = service_layer_next_page(service_layer_open_scan(&counting));
	if (page == NULL || page->nrows != 1 || page->values[0].text == NULL)
		return -1;
	return strtod(page->values[0].text, NULL);
}

/* The columns of the key that are the entity's. */
static List *
entity_keys(const RemoteTable *table)
{
	List	   *attnos = NIL;
	ListCell   *lc;

	foreach(lc, table_info(table)->keys)
		if (column_info(table, lfirst_int(lc))->of_entity)
			attnos = lappend_int(attnos, lfirst_int(lc));
	return attnos;
}

/* Whether two rows that follow each other are of the same entity. */
static bool
same_entity(const JsonValue *a, const JsonValue *b, int nkeys)
{
	for (int i = 0; i < nkeys; i++)
		if (a[i].text == NULL || b[i].text == NULL || strcmp(a[i].text, b[i].text) != 0)
			return false;
	return true;
}

/* Lines per entity, as the first page has them; 0 if it does not say. */
static double
observe_lines(const ScanRequest *request)
{
	ScanRequest first = {.table = request->table, .page_size = request->page_size};
	RowPage    *page;
	int			nentities = 1;
	int			last = 0;		/* row at which the last entity begins */

	first.attnos = entity_keys(request->table);
	/* One row more than a page has, so that no page is asked for ahead. */
	first.rows_wanted = first.page_size + 1;
	if (first.attnos == NIL)
		return 0;
	page = service_layer_next_page(service_layer_open_scan(&first));
	if (page == NULL || page->nrows == 0)
		return 0;
	for (int row = 1; row < page->nrows; row++)
	{
		const JsonValue *values = &page->values[(Size) row * page->ncolumns];

		if (same_entity(values - page->ncolumns, values, list_length(first.attnos)))
			continue;
		nentities++;
		last = row;
	}
	/* The page may end within the last one. */
	return nentities > 1 ? (double) last / (nentities - 1) : page->nrows;
}

bool
service_layer_count_rows(const ScanRequest *request, double *rows, double *pages)
{
	const TableInfo *info = table_info(request->table);
	bool		of_lines = info->collection != NULL;
	double		lines;
	double		entities;

	*rows = -1;
	if (is_crossjoin(info) && !info->refuses_apply)
		*rows = count_joined(request);
	else if (!of_lines)
		*rows = count_entities(request->table, request->predicate);
	*pages = ceil(*rows / request->page_size);
	if (*rows >= 0 || !of_lines)
		return *rows >= 0;

	/* A condition on a line says nothing about the number of entities. */
	if (request->predicate != NULL && !info->nested)
		return false;
	entities = count_entities(request->table, request->predicate);
	lines = entities > 0 ? observe_lines(request) : 0;
	*rows = entities * lines;
	*pages = ceil((info->nested ? entities : *rows) / request->page_size);
	return entities == 0 || lines > 0;
}
