/*
 * odata_count.c
 *		What a service of OData V4 says of its rows without sending them, and how
 *		much it can be asked at once.
 *
 * Rows are counted by $count.  Of a collection's table only entities can be
 * counted, so it has no answer.
 */
#include "postgres.h"

#include <math.h>

#include "odata.h"
#include "odata_service.h"

bool
odata_count_rows(const ScanRequest *request, double *rows, double *pages)
{
	const RemoteTable *table = request->table;
	StringInfoData url;
	StringInfoData filter;
	ODataRequest call = {.method = "GET", .accept = "text/plain"};
	HttpResponse *response;
	char	   *end;

	if ((odata_table(table)->unsupported & ODATA_COUNT) || table_info(table)->collection != NULL)
		return false;
	initStringInfo(&url);
	initStringInfo(&filter);
	appendStringInfo(&url, "%s/%s/$count", table->server->url,
					 url_encode(table_info(table)->entity));
	if (request->predicate != NULL)
		(void) odata_deparse_predicate(&filter, request->predicate, table, column_request_name,
									   odata_comparison, NULL);
	if (filter.len > 0)
		odata_append_query(&url, "$filter", filter.data);
	if (!odata_url_fits(url.data))
		return false;
	call.url = url.data;
	response = transfer_wait(odata_start(table->server, &call));
	remote_raise_failure(table->server, response,
						 psprintf("counting entity set %s", table_info(table)->entity));
	/* Services differ in whether a byte order mark comes first. */
	if (response->status != 200)
		return false;
	if (strncmp(response->body, "\xEF\xBB\xBF", 3) == 0)
		response->body += 3;
	*rows = strtod(response->body, &end);
	*pages = ceil(*rows / request->page_size);
	return end != response->body && *rows >= 0;
}

int
odata_keys_per_request(const RemoteTable *table pg_attribute_unused(), const RemoteColumn *column)
{
	/* Each an equality under the column's name, in a URL of which a part is left for them. */
	return Min(PREDICATE_MAX_LIST, 4500 / ((int) strlen(column_request_name(column)) + 30));
}

bool
odata_fits(const ScanRequest *request)
{
	StringInfoData filter;
	ODataPage	page = {.attnos = request->attnos, .count = true};
	FilterExtent extent;

	initStringInfo(&filter);
	extent = odata_deparse_predicate(&filter, request->predicate, request->table,
									 column_request_name, odata_comparison, NULL);
	page.filter = filter.data;
	return extent == FILTER_NONE ||
		(extent == FILTER_SOME &&
		 odata_url_fits(psprintf("%s%*s", odata_render_page(request->table, &page),
								 ODATA_KEY_ROOM, "")));
}
