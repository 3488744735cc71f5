/*
 * service_layer_write.c
 *		One row into, in, or out of an entity set.
 *
 * INSERT is a POST, UPDATE a PATCH of the members that are set, DELETE a
 * DELETE (SL §5.1).  Lines belong to their document and are not written as
 * rows of their own.  A write is sent once; an answer that did not come is an
 * error that says so (SL §7, class A).
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "nodes/value.h"
#include "odata.h"
#include "rowset.h"
#include "service_layer_private.h"

List *
service_layer_write_key(const RemoteTable *table)
{
	return table_info(table)->collection == NULL ? table_info(table)->keys : NIL;
}

static bool
is_number_type(Oid type)
{
	return type == INT2OID || type == INT4OID || type == INT8OID || type == NUMERICOID ||
		type == FLOAT4OID || type == FLOAT8OID;
}

/* A value as JSON, in the server's encoding. */
static void
append_value(StringInfo buf, const RemoteTable *table, const RemoteValue *value)
{
	const RemoteColumn *column = &table->columns[value->attno - 1];

	if (value->text == NULL)
		appendStringInfoString(buf, "null");
	else if (is_number_type(column->type))
	{
		if (strspn(value->text, "0123456789.+-eE") != strlen(value->text))
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("value %s of column \"%s\" has no JSON number",
							value->text, column->name)));
		appendStringInfoString(buf, value->text);
	}
	else if (column->type == BOOLOID && column->decode != NULL)
		appendStringInfoString(buf, value->text[0] == 't' ? "\"tYES\"" : "\"tNO\"");
	else if (column->type == BOOLOID)
		appendStringInfoString(buf, value->text[0] == 't' ? "true" : "false");
	else if (column->type == JSONOID || column->type == JSONBOID)
		appendStringInfoString(buf, value->text);
	else
		json_append_string(buf, value->text);
}

/* The member of a property path that is written first: "TaxExtension" of "TaxExtension/TaxId0". */
static char *
top_member(const RemoteTable *table, const RemoteValue *value)
{
	const char *property = column_info(table, value->attno)->property;

	return pnstrdup(property, strcspn(property, "/"));
}

/* One member; those of a complex type together in one object. */
static void
append_member(StringInfo buf, const RemoteTable *table, List *values, const char *member)
{
	bool		inside = false;
	ListCell   *lc;

	json_append_string(buf, member);
	appendStringInfoChar(buf, ':');
	foreach(lc, values)
	{
		const RemoteValue *value = lfirst(lc);
		const char *property = column_info(table, value->attno)->property;
		const char *slash = strchr(property, '/');

		if (strcmp(top_member(table, value), member) != 0)
			continue;
		if (slash != NULL)
		{
			appendStringInfoChar(buf, inside ? ',' : '{');
			json_append_string(buf, slash + 1);
			appendStringInfoChar(buf, ':');
			inside = true;
		}
		append_value(buf, table, value);
	}
	if (inside)
		appendStringInfoChar(buf, '}');
}

/* The row as a JSON object in UTF-8. */
static char *
render_body(const RowWrite *write)
{
	StringInfoData buf;
	List	   *members = NIL;
	ListCell   *lc;

	foreach(lc, write->values)
		members = list_append_unique(members, makeString(top_member(write->table, lfirst(lc))));
	initStringInfo(&buf);
	appendStringInfoChar(&buf, '{');
	foreach(lc, members)
	{
		if (foreach_current_index(lc) > 0)
			appendStringInfoChar(&buf, ',');
		append_member(&buf, write->table, write->values, strVal(lfirst(lc)));
	}
	appendStringInfoChar(&buf, '}');
	return pg_server_to_any(buf.data, buf.len, PG_UTF8);
}

/* A key in a resource path: Items('FG''01'), Orders(22), Prices(A=1,B='x'). */
static char *
render_key(const RemoteTable *table, List *key)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, key)
	{
		const RemoteValue *value = lfirst(lc);
		StringInfoData literal;

		initStringInfo(&literal);
		if (is_number_type(table->columns[value->attno - 1].type))
			appendStringInfoString(&literal, value->text);
		else
			odata_append_string(&literal, value->text);
		appendStringInfo(&buf, "%s%s%s%s", foreach_current_index(lc) ? "," : "",
						 list_length(key) > 1 ? column_info(table, value->attno)->property : "",
						 list_length(key) > 1 ? "=" : "", url_encode(literal.data));
	}
	return buf.data;
}

/* "inserting into entity set Items", "updating Items('A1')": for messages. */
static char *
describe_attempt(const RowWrite *write)
{
	const char *entity = table_info(write->table)->entity;
	StringInfoData key;

	if (write->operation == CMD_INSERT)
		return psprintf("inserting into entity set %s", entity);
	initStringInfo(&key);
	for (int i = 0; i < list_length(write->key); i++)
		appendStringInfo(&key, "%s%s", i ? ", " : "", ((RemoteValue *) list_nth(write->key, i))->text);
	return psprintf("%s %s(%s)", write->operation == CMD_UPDATE ? "updating" : "deleting",
					entity, key.data);
}

/* An answer that did not come: nobody may think that nothing happened. */
static void
raise_unknown_outcome(const RowWrite *write, const HttpResponse *response, const char *attempted)
{
	ereport(ERROR,
			(errcode(ERRCODE_TRANSACTION_RESOLUTION_UNKNOWN),
			 errmsg("the outcome of %s at server \"%s\" is not known", attempted,
					write->table->server->name),
			 errdetail("The request was sent, but no answer was received: %s.",
					   response->outcome == HTTP_ANSWERED
					   ? psprintf("HTTP status %d", response->status) : response->failure_text),
			 errhint("Look whether it has been carried out before you try again.")));
}

/* Duplicate keys have a SQLSTATE of their own (SL §7). */
static void
raise_duplicate(const RowWrite *write, const HttpResponse *response, const char *attempted)
{
	char	   *code = service_layer_error_code(response);

	if (code != NULL && strcmp(code, "-2035") == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNIQUE_VIOLATION),
				 errmsg("server \"%s\" refused %s: %s", write->table->server->name, attempted,
						service_layer_error_message(response))));
}

/* Send a write once; false for "no such row" (404), errors are raised. */
static bool
send_write(const RowWrite *write, const ServiceLayerRequest *call, HttpResponse **answer)
{
	const RemoteServer *server = write->table->server;
	char	   *attempted = describe_attempt(write);
	bool		login_failed;
	HttpResponse *response = service_layer_send(server, call, &login_failed);

	*answer = response;
	if (!login_failed && response->outcome == HTTP_ANSWERED &&
		response->status >= 200 && response->status < 300)
		return true;
	if (!login_failed &&
		(response->outcome == HTTP_UNANSWERED ||
		 (response->outcome == HTTP_ANSWERED && response->status >= 500)))
		raise_unknown_outcome(write, response, attempted);
	if (!login_failed && response->outcome == HTTP_ANSWERED)
	{
		if (response->status == 404 && write->operation != CMD_INSERT)
			return false;
		raise_duplicate(write, response, attempted);
	}
	service_layer_raise(server, response, login_failed, attempted);
}

/* The row that an entity's JSON holds, columns in the order of "returning". */
static RowPage *
parse_entity(const RowWrite *write, const HttpResponse *response)
{
	const RemoteTable *table = write->table;
	List	   *pointers = NIL;
	ListCell   *lc;

	foreach(lc, write->returning)
		pointers = lappend(pointers, table->columns[lfirst_int(lc) - 1].pointer);
	return row_shape_parse(row_shape_create("", pointers, NIL), response->body, response->body_len,
						   psprintf("server \"%s\", entity set %s", table->server->name,
									table_info(table)->entity));
}

/* Read a row by its key; NULL if it is not there. */
static RowPage *
read_entity(const RowWrite *write, const char *url)
{
	ServiceLayerRequest call = {.method = "GET", .url = url};
	bool		login_failed;
	HttpResponse *response = service_layer_send(write->table->server, &call, &login_failed);

	if (!login_failed && response->outcome == HTTP_ANSWERED && response->status == 404)
		return NULL;
	if (login_failed || response->outcome != HTTP_ANSWERED || response->status != 200)
		service_layer_raise(write->table->server, response, login_failed,
							psprintf("reading entity set %s", table_info(write->table)->entity));
	return parse_entity(write, response);
}

static bool
insert_row(const RowWrite *write, RowPage **page)
{
	ServiceLayerRequest call = {.method = "POST", .is_write = true};
	HttpResponse *response;

	call.url = psprintf("%s/%s", write->table->server->url,
						url_encode(table_info(write->table)->entity));
	call.body = render_body(write);
	if (write->returning == NIL)
		call.headers = list_make1("Prefer: return-no-content");
	(void) send_write(write, &call, &response);
	if (write->returning != NIL)
		*page = parse_entity(write, response);
	return true;
}

bool
service_layer_write_row(const RowWrite *write, RowPage **page)
{
	ServiceLayerRequest call = {.is_write = true};
	HttpResponse *response;

	*page = NULL;
	if (write->operation == CMD_INSERT)
		return insert_row(write, page);
	call.url = psprintf("%s/%s(%s)", write->table->server->url,
						url_encode(table_info(write->table)->entity),
						render_key(write->table, write->key));
	if (write->operation == CMD_DELETE)
	{
		call.method = "DELETE";
		if (write->returning != NIL && (*page = read_entity(write, call.url)) == NULL)
			return false;
		return send_write(write, &call, &response);
	}
	call.method = "PATCH";
	call.body = render_body(write);
	if (!send_write(write, &call, &response))
		return false;
	return write->returning == NIL || (*page = read_entity(write, call.url)) != NULL;
}

char *
service_layer_describe_write(const RemoteTable *table, CmdType operation)
{
	const char *entity = table_info(table)->entity;

	if (operation == CMD_INSERT)
		return psprintf("POST %s", entity);
	return psprintf("%s %s(key)", operation == CMD_UPDATE ? "PATCH" : "DELETE", entity);
}
