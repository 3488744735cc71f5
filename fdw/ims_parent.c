/*
 * ims_parent.c
 *		Tables whose request is sent for each row of another one, the parent.
 *
 * Option "from" names the parent by its resource.  A foreign table of that
 * resource in the same schema is the first choice, so that what a user changes
 * there holds here too; otherwise the profile's own description serves.  Quals
 * on columns that are really the parent's go to the parent.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_foreign_table.h"
#include "foreign/foreign.h"
#include "ims.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

/* ---- the table whose rows this one is asked for ---- */

/* The foreign table of a resource on a server, in one schema. */
static Oid
find_foreign_table(Oid serverid, Oid schemaid, const char *resource)
{
	Relation	catalog = table_open(ForeignTableRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(catalog, InvalidOid, false, NULL, 0, NULL);
	HeapTuple	tuple;
	Oid			found = InvalidOid;

	while (!OidIsValid(found) && HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_foreign_table row = (Form_pg_foreign_table) GETSTRUCT(tuple);
		const char *name;

		if (row->ftserver != serverid || get_rel_namespace(row->ftrelid) != schemaid)
			continue;
		name = remote_option(GetForeignTable(row->ftrelid)->options, "resource");
		if (name && strcmp(name, resource) == 0)
			found = row->ftrelid;
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return found;
}

RemoteTable *
ims_profile_table_open(RemoteServer *server, const ImsProfileTable *described)
{
	RemoteTable *table = palloc0(sizeof(RemoteTable));
	ListCell   *lc;

	table->name = psprintf("\"%s\" of the profile", described->name);
	table->server = server;
	table->options = described->options;
	table->ncolumns = list_length(described->columns);
	table->columns = palloc0(sizeof(RemoteColumn) * Max(1, table->ncolumns));
	foreach(lc, described->columns)
	{
		const ImsProfileColumn *from = lfirst(lc);
		RemoteColumn *column = &table->columns[foreach_current_index(lc)];

		column->attno = foreach_current_index(lc) + 1;
		column->name = from->name;
		column->type = from->type;
		column->typmod = -1;
		column->collation = get_typcollation(from->type);
		column->options = from->options;
	}
	ims_table_open(table);
	return table;
}

RemoteTable *
ims_table_by_resource(const RemoteTable *table, const char *resource, const char *use)
{
	const ImsTable *ims = table->remote;
	Oid			relid = InvalidOid;
	ListCell   *lc;

	if (OidIsValid(table->relid))
		relid = find_foreign_table(table->server->serverid,
								   get_rel_namespace(table->relid), resource);
	if (OidIsValid(relid) && relid != table->relid)
		return remote_table_open(relid, table->server->userid);
	foreach(lc, ims_profile_tables(ims->server->profile))
	{
		ImsProfileTable *described = lfirst(lc);

		if (strcmp(described->name, resource) == 0)
			return ims_profile_table_open(table->server, described);
	}
	ereport(ERROR,
			(errcode(ERRCODE_FDW_TABLE_NOT_FOUND),
			 errmsg("%s %s \"%s\", which does not exist", table->name, use, resource),
			 errhint("Create a foreign table with OPTIONS (resource '%s') on server \"%s\" in the same schema, or add that table to profile \"%s\".",
					 resource, table->server->name, ims->server->profile)));
	return NULL;				/* not reached */
}

RemoteTable *
ims_parent_open(const RemoteTable *table)
{
	return ims_table_by_resource(table, ((ImsTable *) table->remote)->from,
								 "is read for each row of");
}

/* ---- what is asked of it ---- */

static bool
is_used(const ScanRequest *child, const char *column)
{
	const ImsTable *ims = child->table->remote;
	List	   *names = list_concat(template_arguments(ims->url, "from"),
									template_arguments(ims->body, "from"));
	ListCell   *lc;

	foreach(lc, names)
		if (strcmp(lfirst(lc), column) == 0)
			return true;
	for (int i = 0; i < child->table->ncolumns; i++)
	{
		const ImsColumn *ims_column = child->table->columns[i].remote;

		if (ims_column && ims_column->from && strcmp(ims_column->from, column) == 0)
			return true;
	}
	return false;
}

/* A conjunct of the child about a column that is really the parent's. */
static Predicate *
carry_over(const ScanRequest *child, const Predicate *predicate, const RemoteTable *parent)
{
	const ImsColumn *column = child->table->columns[predicate->attno - 1].remote;
	Predicate  *carried;

	if (predicate->op != PREDICATE_EQ && predicate->op != PREDICATE_IN)
		return NULL;
	if (column->from == NULL)
		return NULL;
	carried = palloc(sizeof(Predicate));
	*carried = *predicate;
	carried->attno = ims_column_by_name(parent, column->from, "path")->attno;
	return carried;
}

static Predicate *
parent_predicate(const ScanRequest *child, const Predicate *predicate, const RemoteTable *parent)
{
	Predicate  *all;
	ListCell   *lc;

	if (predicate == NULL)
		return NULL;
	if (predicate->op >= PREDICATE_EQ)
		return carry_over(child, predicate, parent);
	if (predicate->op != PREDICATE_AND)
		return NULL;
	all = palloc0(sizeof(Predicate));
	all->op = PREDICATE_AND;
	all->param = -1;
	foreach(lc, predicate->args)
	{
		Predicate  *carried = parent_predicate(child, lfirst(lc), parent);

		if (carried)
			all->args = lappend(all->args, carried);
	}
	return all->args ? all : NULL;
}

/* Every column that the child names must be there, or a hint is given. */
static void
check_used_columns(const ScanRequest *child, const RemoteTable *parent)
{
	const ImsTable *ims = child->table->remote;
	ListCell   *lc;

	foreach(lc, list_concat(template_arguments(ims->url, "from"),
							template_arguments(ims->body, "from")))
		ims_column_by_name(parent, lfirst(lc), "request");
	for (int i = 0; i < child->table->ncolumns; i++)
	{
		const ImsColumn *column = child->table->columns[i].remote;

		if (column && column->from)
			ims_column_by_name(parent, column->from, "path");
	}
}

/* In a batch, which of its rows an answer's row belongs to is not known. */
static void
check_batch(const ScanRequest *child)
{
	const ImsTable *ims = child->table->remote;

	for (int i = 0; ims->batch > 1 && i < child->table->ncolumns; i++)
	{
		const ImsColumn *column = child->table->columns[i].remote;

		if (column && column->from)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
					 errmsg("column \"%s\" of %s cannot come from the row it is asked for",
							child->table->columns[i].name, child->table->name),
					 errhint("One request asks for a batch of rows here. Give the column a path in the answer, and a lookup if that is a key.")));
	}
}

ScanRequest *
ims_parent_request(const ScanRequest *child, RemoteTable *parent)
{
	ScanRequest *request = palloc0(sizeof(ScanRequest));

	check_used_columns(child, parent);
	check_batch(child);
	request->table = parent;
	request->page_size = ((ImsTable *) parent->remote)->page_size;
	request->predicate = parent_predicate(child, child->predicate, parent);
	for (int i = 0; i < parent->ncolumns; i++)
		if (parent->columns[i].name && is_used(child, parent->columns[i].name))
			request->attnos = lappend_int(request->attnos, i + 1);
	return request;
}

/* ---- members of a union ---- */

/* The conjuncts that a member can be sent, about its own columns. */
static Predicate *
member_predicate(const ScanRequest *whole, const Predicate *predicate, const RemoteTable *member)
{
	Predicate  *carried = NULL;
	ListCell   *lc;

	if (predicate == NULL)
		return NULL;
	if (predicate->op == PREDICATE_AND)
	{
		carried = palloc0(sizeof(Predicate));
		carried->op = PREDICATE_AND;
		carried->param = -1;
		foreach(lc, predicate->args)
		{
			Predicate  *one = member_predicate(whole, lfirst(lc), member);

			if (one)
				carried->args = lappend(carried->args, one);
		}
		return carried->args ? carried : NULL;
	}
	for (int i = 0; predicate->op >= PREDICATE_EQ && i < member->ncolumns; i++)
	{
		const RemoteColumn *column = &member->columns[i];

		/* Its collation was checked when the union took the condition. */
		if (column->name == NULL ||
			strcmp(column->name, whole->table->columns[predicate->attno - 1].name) != 0 ||
			ims_can_ship(member, column, predicate->op, predicate->value_type, InvalidOid) == SHIP_NO)
			continue;
		carried = palloc(sizeof(Predicate));
		*carried = *predicate;
		carried->attno = column->attno;
	}
	return carried;
}

ScanRequest *
ims_member_request(const ScanRequest *whole, RemoteTable *member)
{
	ScanRequest *request = palloc0(sizeof(ScanRequest));
	ListCell   *lc;

	request->table = member;
	request->page_size = ((ImsTable *) member->remote)->page_size;
	request->rows_wanted = whole->rows_wanted;
	request->predicate = member_predicate(whole, whole->predicate, member);
	for (int i = 0; i < member->ncolumns; i++)
		foreach(lc, whole->attnos)
			if (member->columns[i].name &&
				strcmp(member->columns[i].name, whole->table->columns[lfirst_int(lc) - 1].name) == 0)
				request->attnos = lappend_int(request->attnos, i + 1);
	return request;
}
