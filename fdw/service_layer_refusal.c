/*
 * service_layer_refusal.c
 *		One page, asked for and waited for, of a server that may refuse a part of
 *		the request, which is then done here.
 *
 * What a server turned out not to do is known as long as the session lives, so
 * that it is not asked again: releases differ, and say nothing of it beforehand
 * (SL §12).  A value that it refused is not remembered.
 */
#include "postgres.h"

#include "service_layer_cursor.h"
#include "utils/memutils.h"

/* Servers that have refused $orderby on $crossjoin. */
static List *unordered_servers = NIL;

/* Columns of entity sets by which a server has refused to sort. */
typedef struct UnsortableColumn
{
	Oid			relid;
	AttrNumber	attno;
} UnsortableColumn;

static List *unsortable_columns = NIL;

/* Servers that have refused a $crossjoin of several tables. */
static List *unjoining_servers = NIL;

bool
service_layer_refuses_joins(Oid serverid)
{
	return list_member_oid(unjoining_servers, serverid) ||
		list_member_oid(unordered_servers, serverid);
}

/* Whether a column is among those by which its server has refused to sort. */
bool
service_layer_refuses_order(const RemoteTable *table, const RemoteColumn *column)
{
	ListCell   *lc;

	if (is_crossjoin(table_info(table)) &&
		list_member_oid(unordered_servers, table->server->serverid))
		return true;
	foreach(lc, unsortable_columns)
	{
		const UnsortableColumn *known = lfirst(lc);

		if (known->relid == table->relid && known->attno == column->attno)
			return true;
	}
	return false;
}

/* Sort by these columns here from now on: which of them it was is not said. */
static void
remember_unsortable(const ScanRequest *request)
{
	MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);
	ListCell   *lc;

	foreach(lc, request->order)
	{
		UnsortableColumn *column = palloc(sizeof(UnsortableColumn));

		column->relid = request->table->relid;
		column->attno = ((ScanOrder *) lfirst(lc))->attno;
		unsortable_columns = lappend(unsortable_columns, column);
	}
	MemoryContextSwitchTo(old);
}

/* Read this server's joins by offset from now on. */
static void
remember_unordered(const RemoteServer *server)
{
	MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);

	unordered_servers = list_append_unique_oid(unordered_servers, server->serverid);
	MemoryContextSwitchTo(old);
}

static void
remember_unjoining(const RemoteServer *server)
{
	MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);

	unjoining_servers = list_append_unique_oid(unjoining_servers, server->serverid);
	MemoryContextSwitchTo(old);
}

bool
service_layer_refuses_crossjoin_order(const RemoteServer *server)
{
	return list_member_oid(unordered_servers, server->serverid);
}

/* A first page refused with 400 may be refused only for the order we add. */
static bool
may_be_refused_order(const ServiceLayerCursor *cursor, const HttpResponse *response)
{
	return response->outcome == HTTP_ANSWERED && response->status == 400 &&
		cursor->by_key && cursor->last_place == NULL &&
		(cursor->base.request->order != NIL || is_crossjoin(table_info(cursor_table(cursor))));
}

/*
 * A first page refused with 400 may be refused only for a value that is no
 * member of its enumeration.  PostgreSQL finds the rows without the condition;
 * one whose answer is not rechecked holds no such value (service_layer_compare.c).
 */
static bool
may_be_refused_value(const ServiceLayerCursor *cursor, const HttpResponse *response)
{
	const ScanRequest *request = cursor->base.request;

	return response->outcome == HTTP_ANSWERED && response->status == 400 &&
		cursor->base.counters.pages == 0 && !cursor->position.must_filter &&
		cursor->position.filter->len > 0 &&
		service_layer_may_refuse_value(request->table, request->predicate);
}

/*
 * Of several tables the first page may be refused, and they are then joined by
 * the caller.  True if so.
 */
static bool
declines_join(ServiceLayerCursor *cursor, bool is_whole, const HttpResponse *response)
{
	const RemoteTable *table = cursor_table(cursor);
	bool		lasting = false;

	if (!table_info(table)->is_join || cursor->base.counters.pages > 0 ||
		(is_whole && !service_layer_is_refusal(response, &lasting)))
		return false;
	cursor->finished = true;
	cursor->base.declined = !is_whole ? "the condition is too long to be sent"
		: lasting ? "the server refuses the $crossjoin" : "the server fails over the $crossjoin";
	if (lasting && !may_be_refused_value(cursor, response))
		remember_unjoining(table->server);
	return true;
}

/*
 * Ask for a first page again that may have been refused for its order: if it is
 * answered without, that was the reason.  An order that the query counts on is
 * then declined; the returned answer is NULL.
 */
static HttpResponse *
ask_without_order(ServiceLayerCursor *cursor)
{
	const ScanRequest *request = cursor->base.request;
	bool		joined = is_crossjoin(table_info(request->table));
	ServiceLayerRequest call = {0};
	HttpResponse *response;
	bool		login_failed;

	cursor->by_key = false;
	cursor->position.order = NIL;
	service_layer_render_page(request->table, &cursor->position, &call);
	response = service_layer_fetch(request->table->server, &call, &cursor->base.counters,
								   &login_failed);
	if (login_failed || response->outcome != HTTP_ANSWERED || response->status != 200)
		service_layer_raise(request->table->server, response, login_failed, cursor->attempted);
	if (joined)
		remember_unordered(request->table->server);
	else
		remember_unsortable(request);
	if (request->order == NIL)
		return response;
	cursor->base.declined = "the server refuses to sort by these columns";
	cursor->finished = true;
	return NULL;
}

/* Ask for a first page without the condition; a list of values has no parts then. */
static HttpResponse *
ask_without_filter(ServiceLayerCursor *cursor, bool *login_failed)
{
	const RemoteTable *table = cursor_table(cursor);
	ServiceLayerRequest call = {0};

	resetStringInfo(cursor->position.filter);
	cursor->list = NULL;
	service_layer_render_page(table, &cursor->position, &call);
	return service_layer_fetch(table->server, &call, &cursor->base.counters, login_failed);
}

HttpResponse *
service_layer_request_page(ServiceLayerCursor *cursor)
{
	const RemoteTable *table = cursor_table(cursor);
	ServiceLayerRequest call = {0};
	HttpResponse *response;
	bool		login_failed = false;

	if (!service_layer_render_page(table, &cursor->position, &call) &&
		declines_join(cursor, false, NULL))
		return NULL;
	response = service_layer_fetch(table->server, &call, &cursor->base.counters,
								   &login_failed);
	if (!login_failed && declines_join(cursor, true, response))
		return NULL;
	if (!login_failed && may_be_refused_value(cursor, response))
		response = ask_without_filter(cursor, &login_failed);
	if (!login_failed && may_be_refused_order(cursor, response))
		return ask_without_order(cursor);
	if (login_failed || response->outcome != HTTP_ANSWERED || response->status != 200)
		service_layer_raise(table->server, response, login_failed, cursor->attempted);
	return response;
}
