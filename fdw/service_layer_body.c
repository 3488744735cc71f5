/*
 * service_layer_body.c
 *		Rows and keys as the Service Layer wants them written.
 *
 * Pure text: sends nothing.  Strings go in and out in the server's encoding;
 * only a finished body is UTF-8.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "nodes/value.h"
#include "rowset.h"
#include "service_layer_write.h"

static bool
is_number_type(Oid type)
{
	return type == INT2OID || type == INT4OID || type == INT8OID || type == NUMERICOID ||
		type == FLOAT4OID || type == FLOAT8OID;
}

/* A value as JSON. */
static void
append_value(StringInfo buf, const RemoteTable *table, const RemoteValue *value)
{
	const RemoteColumn *column = &table->columns[value->attno - 1];

	if (value->text == NULL)
	{
		service_layer_check_collection(column, NULL);
		appendStringInfoString(buf, "null");
	}
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
	{
		service_layer_check_collection(column, value->text);
		appendStringInfoString(buf, value->text);
	}
	else
	{
		odata_check_moment(column, value->text);
		json_append_string(buf, value->text);
	}
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

void
service_layer_append_values(StringInfo buf, const RemoteTable *table, List *values)
{
	List	   *members = NIL;
	ListCell   *lc;

	foreach(lc, values)
		members = list_append_unique(members, makeString(top_member(table, lfirst(lc))));
	foreach(lc, members)
	{
		if (foreach_current_index(lc) > 0)
			appendStringInfoChar(buf, ',');
		append_member(buf, table, values, strVal(lfirst(lc)));
	}
}

char *
service_layer_row_body(const RowWrite *write)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoChar(&buf, '{');
	service_layer_append_values(&buf, write->table, write->values);
	appendStringInfoChar(&buf, '}');
	return pg_server_to_any(buf.data, buf.len, PG_UTF8);
}

/* A literal of a key: 22, or 'FG''01' in the server's encoding. */
static char *
key_literal(const RemoteTable *table, const RemoteValue *value)
{
	StringInfoData buf;

	if (is_number_type(table->columns[value->attno - 1].type))
		return value->text;
	initStringInfo(&buf);
	appendStringInfoChar(&buf, '\'');
	for (const char *c = value->text; *c; c++)
	{
		if (*c == '\'')
			appendStringInfoChar(&buf, '\'');
		appendStringInfoChar(&buf, *c);
	}
	appendStringInfoChar(&buf, '\'');
	return buf.data;
}

/* A key in parentheses: ('FG''01'), (22), (A=1,B='x'); literals as "spell" writes them. */
static char *
render_key(const RemoteTable *table, List *key, char *(*spell) (const RemoteTable *, const RemoteValue *))
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, key)
	{
		const RemoteValue *value = lfirst(lc);

		appendStringInfo(&buf, "%c", foreach_current_index(lc) ? ',' : '(');
		if (list_length(key) > 1)
			appendStringInfo(&buf, "%s=", column_info(table, value->attno)->property);
		appendStringInfoString(&buf, spell(table, value));
	}
	appendStringInfoChar(&buf, ')');
	return buf.data;
}

static char *
encoded_literal(const RemoteTable *table, const RemoteValue *value)
{
	char	   *literal = key_literal(table, value);

	return url_encode(pg_server_to_any(literal, strlen(literal), PG_UTF8));
}

char *
service_layer_key_path(const RemoteTable *table, List *key)
{
	return psprintf("%s%s", url_encode(table_info(table)->entity),
					render_key(table, key, encoded_literal));
}

char *
service_layer_key_name(const RemoteTable *table, List *key)
{
	return psprintf("%s%s", table_info(table)->entity, render_key(table, key, key_literal));
}

List *
service_layer_given_key(const RowWrite *write)
{
	List	   *key = NIL;
	ListCell   *lc;
	ListCell   *lv;

	foreach(lc, table_info(write->table)->keys)
		foreach(lv, write->values)
		{
			RemoteValue *value = lfirst(lv);

			if (value->attno == lfirst_int(lc) && value->text != NULL)
				key = lappend(key, value);
		}
	return list_length(key) == list_length(table_info(write->table)->keys) ? key : NIL;
}
