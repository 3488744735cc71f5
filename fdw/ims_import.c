/*
 * ims_import.c
 *		IMPORT FOREIGN SCHEMA stock: a profile's tables, with all their options.
 *
 * Options are written out, so that whoever wonders what a table asks for can
 * read it with \d+ and change it with ALTER.  Only the server's own options
 * stay in the profile.
 */
#include "postgres.h"

#include "foreign/fdwapi.h"
#include "ims.h"
#include "option.h"
#include "option_table.h"
#include "utils/builtins.h"

#define SCHEMA_NAME "stock"

static void
append_options(StringInfo buf, List *options, const char *resource)
{
	const char *separator = "";
	ListCell   *lc;

	if (resource)
	{
		appendStringInfo(buf, "resource %s", quote_literal_cstr(resource));
		separator = ", ";
	}
	foreach(lc, options)
	{
		const DefElem *option = lfirst(lc);

		if (resource && strcmp(option->defname, "resource") == 0)
			continue;
		appendStringInfo(buf, "%s%s %s", separator, quote_identifier(option->defname),
						 quote_literal_cstr(remote_option(list_make1((void *) option),
														  option->defname)));
		separator = ", ";
	}
}

static char *
create_table_command(const RemoteServer *server, const ImsProfileTable *table,
					 const char *local_schema)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	appendStringInfo(&buf, "CREATE FOREIGN TABLE %s (",
					 quote_qualified_identifier(local_schema, table->name));
	foreach(lc, table->columns)
	{
		const ImsProfileColumn *column = lfirst(lc);

		appendStringInfo(&buf, "%s%s %s", foreach_current_index(lc) ? ", " : "",
						 quote_identifier(column->name),
						 format_type_extended(column->type, -1, FORMAT_TYPE_FORCE_QUALIFY));
		if (column->options)
		{
			appendStringInfoString(&buf, " OPTIONS (");
			append_options(&buf, column->options, NULL);
			appendStringInfoChar(&buf, ')');
		}
	}
	appendStringInfo(&buf, ") SERVER %s OPTIONS (", quote_identifier(server->name));
	append_options(&buf, table->options, table->name);
	appendStringInfoChar(&buf, ')');
	return buf.data;
}

static List *
table_names(List *tables)
{
	List	   *names = NIL;
	ListCell   *lc;

	foreach(lc, tables)
		names = lappend(names, ((ImsProfileTable *) lfirst(lc))->name);
	return names;
}

static char *
join(List *names)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, names)
		appendStringInfo(&buf, "%s%s", foreach_current_index(lc) ? ", " : "", (char *) lfirst(lc));
	return buf.data;
}

/* A table that was asked for by name and is not there must not go unnoticed. */
static void
check_limit_to(ImportForeignSchemaStmt *stmt, const char *profile, List *tables)
{
	List	   *names = table_names(tables);
	ListCell   *lc;
	ListCell   *ln;

	if (stmt->list_type != FDW_IMPORT_SCHEMA_LIMIT_TO)
		return;
	foreach(lc, stmt->table_list)
	{
		const char *wanted = ((RangeVar *) lfirst(lc))->relname;
		bool		found = false;

		foreach(ln, names)
			found |= strcmp(lfirst(ln), wanted) == 0;
		if (!found)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_TABLE_NOT_FOUND),
					 errmsg("profile \"%s\" has no table \"%s\"", profile, wanted),
					 errhint("It has: %s.", join(names))));
	}
}

List *
ims_import_schema(RemoteServer *server, ImportForeignSchemaStmt *stmt)
{
	const char *profile = option_text(server->options, "profile");
	List	   *commands = NIL;
	List	   *tables;
	ListCell   *lc;

	option_check_import(WRAPPER_IMS, stmt->options);
	if (strcmp(stmt->remote_schema, SCHEMA_NAME) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_SCHEMA_NOT_FOUND),
				 errmsg("server \"%s\" has no schema \"%s\" to import", server->name,
						stmt->remote_schema),
				 errhint("An inventory system has one: IMPORT FOREIGN SCHEMA " SCHEMA_NAME " FROM SERVER %s INTO ….",
						 quote_identifier(server->name))));
	ims_profile_options(profile);	/* raises if there is no such profile */
	tables = ims_profile_tables(profile);
	check_limit_to(stmt, profile, tables);
	foreach(lc, tables)
		if (IsImportableForeignTable(((ImsProfileTable *) lfirst(lc))->name, stmt))
			commands = lappend(commands, create_table_command(server, lfirst(lc), stmt->local_schema));
	return commands;
}
