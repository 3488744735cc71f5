/*
 * odata_table.c
 *		What foreign tables, rows and errors of OData are, whoever serves them.
 *
 * Nothing here sends a request or knows which connector asks.  Whatever is
 * returned is in the current context.
 */
#include "postgres.h"

#include "odata_table.h"
#include "rowset.h"
#include "utils/timestamp.h"

const char *
column_request_name(const RemoteColumn *column)
{
	return ((ColumnInfo *) column->remote)->request_name;
}

const char *
odata_declared_type(const RemoteColumn *column)
{
	const char *type = remote_option(column->options, "type");

	return type != NULL ? type : "";
}

bool
odata_is_member(const char *members, const char *name)
{
	size_t		len = strlen(name);

	while (members && *members)
	{
		size_t		member_len = strcspn(members, ",");

		if (member_len == len && strncmp(members, name, len) == 0)
			return true;
		members += member_len;
		members += strspn(members, ", ");
	}
	return false;
}

const char *
odata_table_option(const RemoteTable *table, const char *name, const char *otherwise)
{
	const char *value = remote_option(table->options, name);

	if (value == NULL)
		value = remote_option(table->server->options, name);
	return value ? value : otherwise;
}

char *
odata_source(const RemoteTable *table)
{
	return psprintf("server \"%s\", entity set %s", table->server->name,
					table_info(table)->entity);
}

List *
odata_full_order(const ScanRequest *request)
{
	List	   *order = list_copy(request->order);
	Bitmapset  *attnos = NULL;
	ListCell   *lc;

	foreach(lc, order)
		attnos = bms_add_member(attnos, ((ScanOrder *) lfirst(lc))->attno);
	foreach(lc, table_info(request->table)->keys)
	{
		ScanOrder  *key = palloc0(sizeof(ScanOrder));

		key->attno = lfirst_int(lc);
		if (!bms_is_member(key->attno, attnos))
			order = lappend(order, key);
	}
	return order;
}

RowPage *
odata_parse_row(const RowWrite *write, const HttpResponse *response)
{
	const RemoteTable *table = write->table;
	List	   *pointers = NIL;
	ListCell   *lc;

	foreach(lc, write->returning)
		pointers = lappend(pointers, table->columns[lfirst_int(lc) - 1].pointer);
	return row_shape_parse(row_shape_create("", pointers, NIL), response->body, response->body_len,
						   odata_source(table));
}

void
odata_count_response(ScanCounters *counters, const HttpResponse *response, TimestampTz wait_start)
{
	counters->wait_ms += (GetCurrentTimestamp() - wait_start) / 1000.0;
	counters->requests++;
	counters->bytes += response->wire_bytes;
}

char *
odata_error_code(const HttpResponse *response)
{
	return json_scalar(response->body, response->body_len, "/error/code");
}

/* A text, or an object in version 1 of the Service Layer (SL §2) and in OData 3. */
char *
odata_error_message(const HttpResponse *response)
{
	char	   *message = json_scalar(response->body, response->body_len, "/error/message/value");

	if (message == NULL)
		message = json_scalar(response->body, response->body_len, "/error/message");
	return message;
}
