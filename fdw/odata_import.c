/*
 * odata_import.c
 *		IMPORT FOREIGN SCHEMA from services of OData: names, choice, commands.
 *
 * Names are given to all tables before any is left out, so that the same table
 * is called the same whatever LIMIT TO says.  Whatever a name or a value holds,
 * it gets into a command only quoted.
 */
#include "postgres.h"

#include "import_name.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "option.h"
#include "odata_import.h"
#include "utils/builtins.h"

/*
 * A column's options are stored in pg_attribute, whose rows must fit a page:
 * a list of members beyond this is cut.
 */
#define MAX_VALUES_LENGTH	4000
#define MAX_MEMBERS_LENGTH	6000

/* What the statement asks for. */
typedef struct ImportRequest
{
	RemoteServer *server;
	const ImportForeignSchemaStmt *statement;
	ImportType	type;
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

/* A path as a name; the namespace of a type in it would only make it long. */
static char *
exact_name(const char *path)
{
	const char *slash = strchr(path, '/');
	const char *dot = strrchr(slash ? pnstrdup(path, slash - path) : "", '.');
	char	   *name = pstrdup(dot ? slash + 1 : path);
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
	return column->name ? column->name : snake_case(exact_name(column->property));
}

static NamedTable *
name_table(const ImportTable *table)
{
	NamedTable *named = palloc0(sizeof(NamedTable));

	named->table = table;
	if (table->collection)
		named->remote_name = psprintf("%s_%s", table->entity, exact_name(table->collection));
	else
		named->remote_name = pstrdup(table->entity);
	named->remote_identifier = name_cut(named->remote_name, "");
	return named;
}

/*
 * Entity sets choose their names first: one may be called as the collection of
 * another is ("Books_chapters").
 */
static void
give_names(const ImportRequest *request, List *tables)
{
	NameSet    *names = name_set_create();
	ListCell   *lc;

	for (int of_collections = 0; of_collections <= 1; of_collections++)
	{
		foreach(lc, tables)
		{
			NamedTable *named = lfirst(lc);
			const char *wanted = named->remote_name;

			if ((named->table->collection != NULL) != of_collections)
				continue;
			if (!request->exact_names)
				wanted = named->table->name ? named->table->name : snake_case(wanted);
			named->local_name = name_set_add(names, wanted);
		}
	}
}

/*
 * LIMIT TO and EXCEPT
 */

/* Users may know a table by the service's name or by the one that it gets here. */
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
append_column(StringInfo buf, const ImportRequest *request, const ImportTable *table,
			  const ImportColumn *column, const char *name)
{
	bool		first = true;

	appendStringInfo(buf, "  %s %s OPTIONS (", quote_identifier(name),
					 request->type(table, column));
	append_option(buf, &first, "property", column->property);
	append_option(buf, &first, "type", column->type);
	append_option(buf, &first, "of", column->of_entity ? "entity" : NULL);
	append_option(buf, &first, "key", column->is_key ? "true" : NULL);
	append_option(buf, &first, "read_only", column->is_read_only ? "true" : NULL);
	append_option(buf, &first, "filterable", column->is_unfilterable ? "false" : NULL);
	append_option(buf, &first, "values", short_values(column->values));
	/* Half a list of members would refuse the other half. */
	if (column->members != NULL && strlen(column->members) <= MAX_MEMBERS_LENGTH)
		append_option(buf, &first, "members", column->members);
	append_option(buf, &first, "read_only_members", column->read_only_members);
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
	append_option(buf, &first, "via", table->via);
	if (table->collection && table->via == NULL)
		append_option(buf, &first, "parent_key", parent_key(table));
	append_option(buf, &first, "singleton", table->is_singleton ? "true" : NULL);
	append_option(buf, &first, "unsupported", table->unsupported);
	append_option(buf, &first, "actions", table->actions);
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
		append_column(&buf, request, table, column,
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
	List	   *all = NIL;
	List	   *commands = NIL;
	ListCell   *lc;

	foreach(lc, tables)
		all = lappend(all, name_table(lfirst(lc)));
	give_names(request, all);
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

List *
import_tables(RemoteServer *server, ImportForeignSchemaStmt *stmt, List *tables, ImportType type)
{
	ImportRequest request = {.server = server, .statement = stmt, .type = type};
	List	   *commands;

	request.exact_names = strcmp(option_text(stmt->options, "names"), "exact") == 0;
	request.collections = option_bool(stmt->options, "collections");
	commands = create_commands(&request, tables);

	/*
	 * The caller would now drop what the list does not name.  It knows only
	 * local names, while LIMIT TO ("Items") may well name items; the statement
	 * is the executor's own copy, so the list can end here.
	 */
	stmt->list_type = FDW_IMPORT_SCHEMA_ALL;
	stmt->table_list = NIL;
	return commands;
}
