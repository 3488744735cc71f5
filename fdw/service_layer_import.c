/*
 * service_layer_import.c
 *		IMPORT FOREIGN SCHEMA from SAP Business One: names, types, commands.
 *
 * Two remote schemas: "stock" is curated and needs no request, so it can be
 * imported before the company can be reached; "service_layer" is everything
 * that $metadata declares.  Both arrive here as ImportTables.
 *
 * Names are given to all tables before any is left out, so that the same table
 * is called the same whatever LIMIT TO says.
 */
#include "postgres.h"

#include "foreign/foreign.h"
#include "import_name.h"
#include "lib/stringinfo.h"
#include "metadata.h"
#include "miscadmin.h"
#include "nodes/value.h"
#include "option.h"
#include "option_table.h"
#include "service_layer_import.h"
#include "service_layer_private.h"
#include "stock_tables.h"
#include "utils/builtins.h"

/*
 * A column's options are stored in pg_attribute, whose rows must fit a page:
 * a list of members beyond this is cut.
 */
#define MAX_VALUES_LENGTH	4000

/* What the statement asks for. */
typedef struct ImportRequest
{
	RemoteServer *server;
	const ImportForeignSchemaStmt *statement;
	bool		exact_names;
	bool		collections;
} ImportRequest;

/* A table and the name it gets. */
typedef struct NamedTable
{
	const ImportTable *table;
	char	   *local_name;
	char	   *remote_name;	/* "Orders", "Orders_DocumentLines" */
	char	   *remote_identifier;	/* the same as a user's statement can spell it */
} NamedTable;

/* Local types; all that is not listed is text, as enumerations are. */
static const struct
{
	const char *edm;
	const char *local;
}			column_types[] = {
	{"Edm.Int32", "integer"},
	{"Edm.Double", "numeric"},	/* spelled in decimal on the wire: SL §2 */
	{"Edm.Date", "date"},
	{"Edm.Time", "time"},
	{"Edm.Int16", "smallint"},
	{"Edm.Byte", "smallint"},
	{"Edm.SByte", "smallint"},
	{"Edm.Int64", "bigint"},
	{"Edm.Decimal", "numeric"},
	{"Edm.Single", "numeric"},
	{"Edm.Boolean", "boolean"},
	{"Edm.Guid", "uuid"},
};

static const char *
local_type(const ImportTable *table, const ImportColumn *column)
{
	size_t		i;

	for (i = 0; i < lengthof(column_types); i++)
	{
		if (strcmp(column_types[i].edm, column->type) == 0)
			return column_types[i].local;
	}
	if (table->is_curated && strcmp(column->type, "BoYesNoEnum") == 0)
		return "boolean";
	return "text";
}

/*
 * Names
 */

/* System columns have these names, so no other may. */
static NameSet *
column_names_create(void)
{
	static const char *const reserved[] = {
		"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"
	};
	NameSet    *names = name_set_create();
	size_t		i;

	for (i = 0; i < lengthof(reserved); i++)
		(void) name_set_add(names, reserved[i]);
	return names;
}

static char *
exact_name(const char *property)
{
	char	   *name = pstrdup(property);
	char	   *c;

	for (c = name; *c; c++)
	{
		if (*c == '/')
			*c = '_';
	}
	return name;
}

static const char *
column_name(const ImportRequest *request, const ImportColumn *column)
{
	if (request->exact_names)
		return exact_name(column->property);
	return column->name ? column->name : snake_case(column->property);
}

static NamedTable *
name_table(const ImportRequest *request, const ImportTable *table, NameSet *names)
{
	NamedTable *named = palloc(sizeof(NamedTable));
	const char *wanted;

	named->table = table;
	if (table->collection)
		named->remote_name = psprintf("%s_%s", table->entity, table->collection);
	else
		named->remote_name = pstrdup(table->entity);
	named->remote_identifier = name_cut(named->remote_name, "");
	if (request->exact_names)
		wanted = named->remote_name;
	else
		wanted = table->name ? table->name : snake_case(named->remote_name);
	named->local_name = name_set_add(names, wanted);
	return named;
}

/*
 * LIMIT TO and EXCEPT
 */

/* Users may know a table by B1's name or by the one that it gets here. */
static bool
is_called(const NamedTable *named, const char *name)
{
	return strcmp(named->local_name, name) == 0 ||
		strcmp(named->remote_identifier, name) == 0 ||
		(named->table->name && strcmp(named->table->name, name) == 0);
}

static bool
is_listed(const NamedTable *named, const ImportForeignSchemaStmt *statement)
{
	ListCell   *lc;

	foreach(lc, statement->table_list)
	{
		if (is_called(named, lfirst_node(RangeVar, lc)->relname))
			return true;
	}
	return false;
}

static bool
is_wanted(const NamedTable *named, const ImportForeignSchemaStmt *statement)
{
	if (statement->list_type == FDW_IMPORT_SCHEMA_ALL)
		return true;
	return is_listed(named, statement) ==
		(statement->list_type == FDW_IMPORT_SCHEMA_LIMIT_TO);
}

static void
unknown_table(const ImportRequest *request, const char *name, List *tables)
{
	List	   *candidates = NIL;
	const char *nearest;
	ListCell   *lc;

	foreach(lc, tables)
	{
		NamedTable *named = lfirst(lc);

		candidates = lappend(candidates, named->local_name);
		candidates = lappend(candidates, named->remote_name);
	}
	nearest = nearest_name(name, candidates);
	ereport(ERROR,
			(errcode(ERRCODE_FDW_TABLE_NOT_FOUND),
			 errmsg("remote schema \"%s\" of server \"%s\" has no table \"%s\"",
					request->statement->remote_schema, request->server->name, name),
			 nearest ? errhint("Did you mean \"%s\"?", nearest) : 0));
}

/* A table asked for by name and not there is a mistake, not an empty import. */
static void
check_limit_to(const ImportRequest *request, List *tables)
{
	ListCell   *wanted;
	ListCell   *lc;

	foreach(wanted, request->statement->table_list)
	{
		const char *name = lfirst_node(RangeVar, wanted)->relname;
		bool		found = false;

		foreach(lc, tables)
			found = found || is_called(lfirst(lc), name);
		if (!found)
			unknown_table(request, name, tables);
	}
}

/*
 * Commands
 */

static void
append_option(StringInfo buf, bool *first, const char *name, const char *value)
{
	if (value == NULL)
		return;
	appendStringInfo(buf, "%s%s %s", *first ? "" : ", ", quote_identifier(name),
					 quote_literal_cstr(value));
	*first = false;
}

static const char *
short_values(const char *values)
{
	const char *end;

	if (values == NULL || strlen(values) <= MAX_VALUES_LENGTH)
		return values;
	end = values + MAX_VALUES_LENGTH;
	while (end > values && *end != ',')
		end--;
	return psprintf("%.*s, ...", (int) (end - values), values);
}

static void
append_column(StringInfo buf, const ImportTable *table, const ImportColumn *column,
			  const char *name)
{
	bool		first = true;

	appendStringInfo(buf, "  %s %s OPTIONS (", quote_identifier(name),
					 local_type(table, column));
	append_option(buf, &first, "property", column->property);
	append_option(buf, &first, "type", column->type);
	append_option(buf, &first, "of", column->of_entity ? "entity" : NULL);
	append_option(buf, &first, "key", column->is_key ? "true" : NULL);
	append_option(buf, &first, "read_only", column->is_read_only ? "true" : NULL);
	append_option(buf, &first, "values", short_values(column->values));
	appendStringInfoChar(buf, ')');
}

static const char *
parent_key(const ImportTable *table)
{
	int			i;

	for (i = 0; i < table->ncolumns; i++)
	{
		if (table->columns[i].of_entity && table->columns[i].is_key)
			return table->columns[i].property;
	}
	return NULL;
}

static void
append_table_options(StringInfo buf, const ImportTable *table)
{
	bool		first = true;

	append_option(buf, &first, "entity", table->entity);
	append_option(buf, &first, "collection", table->collection);
	if (table->collection && table->is_nested)
		append_option(buf, &first, "via", "nested");
	else if (table->collection)
		append_option(buf, &first, "parent_key", parent_key(table));
	if (table->is_curated)
		append_option(buf, &first, "resource", table->name);
}

static char *
create_command(const ImportRequest *request, const NamedTable *named)
{
	const ImportTable *table = named->table;
	NameSet    *names = column_names_create();
	StringInfoData buf;
	int			i;

	initStringInfo(&buf);
	appendStringInfo(&buf, "CREATE FOREIGN TABLE %s (\n",
					 quote_identifier(named->local_name));
	for (i = 0; i < table->ncolumns; i++)
	{
		const ImportColumn *column = &table->columns[i];

		if (i > 0)
			appendStringInfoString(&buf, ",\n");
		append_column(&buf, table, column,
					  name_set_add(names, column_name(request, column)));
	}
	appendStringInfo(&buf, "\n) SERVER %s OPTIONS (",
					 quote_identifier(request->server->name));
	append_table_options(&buf, table);
	appendStringInfoChar(&buf, ')');
	return buf.data;
}

/* Commands for the tables that are wanted, names given to all. */
static List *
create_commands(const ImportRequest *request, List *tables)
{
	NameSet    *names = name_set_create();
	List	   *all = NIL;
	List	   *commands = NIL;
	ListCell   *lc;

	foreach(lc, tables)
		all = lappend(all, name_table(request, lfirst(lc), names));
	if (request->statement->list_type == FDW_IMPORT_SCHEMA_LIMIT_TO)
		check_limit_to(request, all);
	foreach(lc, all)
	{
		const NamedTable *named = lfirst(lc);

		CHECK_FOR_INTERRUPTS();
		if (!is_wanted(named, request->statement))
			continue;
		/* Line tables that were asked for by name come even so. */
		if (named->table->collection && !request->collections &&
			request->statement->list_type != FDW_IMPORT_SCHEMA_LIMIT_TO)
			continue;
		commands = lappend(commands, create_command(request, named));
	}
	return commands;
}

/*
 * Sources
 */

static List *
curated_tables(void)
{
	List	   *tables = NIL;
	const ImportTable *table;

	for (table = stock_tables; table->entity; table++)
		tables = lappend(tables, unconstify(ImportTable *, table));
	return tables;
}

static List *
declared_tables(const RemoteServer *server)
{
	ServiceLayerRequest call = {0};
	HttpResponse *response;
	bool		login_failed = false;

	call.method = "GET";
	call.url = psprintf("%s/$metadata", server->url);
	call.headers = list_make1("Accept: application/xml");
	response = service_layer_send(server, &call, &login_failed);
	if (login_failed || response->outcome != HTTP_ANSWERED || response->status != 200)
		service_layer_raise(server, response, login_failed, "reading $metadata");
	return metadata_tables(response->body, response->body_len, server->name);
}

static List *
remote_tables(const RemoteServer *server, const char *remote_schema)
{
	const char *nearest;

	if (strcmp(remote_schema, "stock") == 0)
		return curated_tables();
	if (strcmp(remote_schema, "service_layer") == 0)
		return declared_tables(server);
	nearest = nearest_name(remote_schema, list_make2("stock", "service_layer"));
	ereport(ERROR,
			(errcode(ERRCODE_FDW_SCHEMA_NOT_FOUND),
			 errmsg("server \"%s\" has no schema \"%s\"", server->name, remote_schema),
			 nearest ? errhint("Did you mean \"%s\"?", nearest) :
			 errhint("There are \"stock\", a curated set, and \"service_layer\", everything in $metadata.")));
}

List *
service_layer_import(RemoteServer *server, ImportForeignSchemaStmt *stmt)
{
	ImportRequest request = {.server = server, .statement = stmt};
	List	   *commands;

	option_check_import(WRAPPER_SAP_B1, stmt->options);
	request.exact_names = strcmp(option_text(stmt->options, "names"), "exact") == 0;
	request.collections = option_bool(stmt->options, "collections");
	commands = create_commands(&request, remote_tables(server, stmt->remote_schema));

	/*
	 * The caller would now drop what the list does not name.  It knows only
	 * local names, while LIMIT TO ("Items") may well name items; the statement
	 * is the executor's own copy, so the list can end here.
	 */
	stmt->list_type = FDW_IMPORT_SCHEMA_ALL;
	stmt->table_list = NIL;
	return commands;
}
