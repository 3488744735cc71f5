/*
 * service_layer_groups.c
 *		Groups of a Service Layer table: one request, one answer, or none.
 *
 * All groups are asked for at once (Prefer: odata.maxpagesize=0, SL §4), so that
 * they are of one instant.  A company that refuses, or answers what cannot be
 * right, is not an error here: the scan is declined, and rows are read and
 * grouped by PostgreSQL instead.
 */
#include "postgres.h"

#include "odata_apply.h"
#include "service_layer_private.h"
#include "utils/memutils.h"

typedef struct GroupsCursor
{
	ScanCursor	base;
	PagePosition position;
	bool		finished;
} GroupsCursor;

/* Foreign tables whose servers have refused to group their rows. */
static List *ungroupable_tables = NIL;

bool
service_layer_refuses_apply(const RemoteTable *table)
{
	return list_member_oid(ungroupable_tables, table->relid);
}

/* Rows of this table are grouped here from now on. */
static void
remember_ungroupable(const RemoteTable *table)
{
	MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);

	ungroupable_tables = list_append_unique_oid(ungroupable_tables, table->relid);
	MemoryContextSwitchTo(old);
}

ScanCursor *
service_layer_open_groups(const ScanRequest *request)
{
	GroupsCursor *cursor = palloc0(sizeof(GroupsCursor));
	FilterExtent extent = FILTER_ALL;
	bool		exact = true;

	cursor->base.request = request;
	cursor->position.grouping = request->grouping;
	cursor->position.filter = makeStringInfo();
	if (request->predicate != NULL)
		extent = odata_render_group_filter(cursor->position.filter, request->table,
										   request->predicate, request->grouping,
										   service_layer_comparison, &exact);
	cursor->finished = extent == FILTER_NONE;
	if (!exact)
		cursor->base.declined = "a value of the condition cannot be sent as it is";
	else if (cursor->finished && request->grouping->keys == NIL)
		cursor->base.declined = "the condition selects no row";
	return &cursor->base;
}

List *
service_layer_describe_groups(const ScanRequest *request)
{
	GroupsCursor *cursor = (GroupsCursor *) service_layer_open_groups(request);
	ServiceLayerRequest call = {0};
	const char *root = request->table->server->url;
	char	   *text;

	if (cursor->finished)
		return list_make1("none: the condition selects no row");
	if (cursor->base.declined != NULL)
		return list_make1(psprintf("none: %s", cursor->base.declined));
	if (!service_layer_render_page(request->table, &cursor->position, &call))
		return list_make1("none: the condition is too long to be sent");
	text = psprintf("%s %s", call.method, call.url + strlen(root) + 1);
	if (call.body != NULL)
		text = psprintf("%s %s", text, call.body);
	return list_make1(text);
}

/* Send the request; NULL and a reason if there is no answer to use. */
static HttpResponse *
request_groups(GroupsCursor *cursor, const char **declined)
{
	const RemoteTable *table = cursor->base.request->table;
	ServiceLayerRequest call = {0};
	HttpResponse *response;
	bool		login_failed = false;
	bool		lasting;

	if (!service_layer_render_page(table, &cursor->position, &call))
	{
		*declined = "the condition is too long to be sent";
		return NULL;
	}
	response = service_layer_fetch(table->server, &call, &cursor->base.counters, &login_failed);
	if (!login_failed && response->failure == HTTP_FAILURE_TOO_LARGE)
	{
		*declined = "there are too many groups for one answer";
		return NULL;
	}
	if (!login_failed && service_layer_is_refusal(response, &lasting))
	{
		if (lasting)
			remember_ungroupable(table);
		*declined = lasting ? "the server refuses $apply" : "the server fails over $apply";
		return NULL;
	}
	if (login_failed || response->outcome != HTTP_ANSWERED || response->status != 200)
		service_layer_raise(table->server, response, login_failed,
							psprintf("grouping entity set %s", table_info(table)->entity));
	return response;
}

RowPage *
service_layer_next_groups(ScanCursor *base)
{
	GroupsCursor *cursor = (GroupsCursor *) base;
	const RemoteTable *table = base->request->table;
	HttpResponse *response;
	RowPage    *page = NULL;

	base->at_end = true;
	if (cursor->finished)
		return NULL;
	cursor->finished = true;
	response = request_groups(cursor, &base->declined);
	if (response == NULL)
		return NULL;
	base->counters.pages++;
	base->declined = odata_take_groups(table, base->request->grouping,
									   service_layer_parse(odata_apply_shape(table, base->request->grouping),
														   response, odata_source(table)),
									   &page);
	return base->declined == NULL ? page : NULL;
}
