/*
 * service_layer_refusal.c
 *		What a server turned out not to do, so that it is not asked again.
 *
 * Known as long as the session lives: releases differ, and say nothing of it
 * beforehand (SL §12).
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
void
service_layer_remember_unsortable(const ScanRequest *request)
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
void
service_layer_remember_unordered(const RemoteServer *server)
{
	MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);

	unordered_servers = list_append_unique_oid(unordered_servers, server->serverid);
	MemoryContextSwitchTo(old);
}

void
service_layer_remember_unjoining(const RemoteServer *server)
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
