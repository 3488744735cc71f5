/*
 * modify_plan.c
 *		INSERT, UPDATE and DELETE: the planner's callbacks.
 *
 * What a row needs on its way from the scan that reads it to the write, its key
 * and its version, travels in junk columns of the plan.  What a table refuses is
 * refused here, before anything is read.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "catalog/pg_type.h"
#include "connector.h"
#include "miscadmin.h"
#include "modify.h"
#include "modify_plan.h"
#include "nodes/makefuncs.h"
#include "optimizer/appendinfo.h"
#include "optimizer/inherit.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "parser/parsetree.h"
#include "utils/rel.h"

char *
modify_junk_name(const RemoteColumn *column)
{
	return psprintf("stockbridge_key_%d_%u_%d", column->attno, column->type, column->typmod);
}

List *
modify_key_attnos(const RemoteTable *table)
{
	const Connector *connector = table->server->connector;

	return connector->write_key ? connector->write_key(table) : NIL;
}

bool
modify_has_version(const RemoteTable *table)
{
	const Connector *connector = table->server->connector;

	return connector->has_version != NULL && connector->has_version(table);
}

int
modify_updatable(Relation rel)
{
	RemoteTable *table = remote_table_open(RelationGetRelid(rel), GetUserId());

	return table->server->connector->write_commands
		? table->server->connector->write_commands(table) : 0;
}

void
modify_add_targets(PlannerInfo *root, Index rtindex,
				   RangeTblEntry *target_rte pg_attribute_unused(), Relation target)
{
	RemoteTable *table = remote_table_open(RelationGetRelid(target), GetUserId());
	ListCell   *lc;

	foreach(lc, modify_key_attnos(table))
	{
		RemoteColumn *column = &table->columns[lfirst_int(lc) - 1];
		Var		   *var = makeVar(rtindex, column->attno, column->type, column->typmod,
								  column->collation, 0);

		add_row_identity_var(root, var, rtindex, modify_junk_name(column));
	}
	if (modify_has_version(table))
		add_row_identity_var(root, makeVar(rtindex, SelfItemPointerAttributeNumber, TIDOID, -1,
										   InvalidOid, 0), rtindex, "ctid");
}

List *
modify_all_attnos(const RemoteTable *table)
{
	List	   *attnos = NIL;

	for (int i = 0; i < table->ncolumns; i++)
		if (table->columns[i].name != NULL)
			attnos = lappend_int(attnos, i + 1);
	return attnos;
}

/* Columns that an UPDATE sets; a key cannot be changed, for it names the row. */
static List *
updated_attnos(PlannerInfo *root, RelOptInfo *rel, const RemoteTable *table)
{
	Bitmapset  *columns = get_rel_all_updated_cols(root, rel);
	List	   *attnos = NIL;
	int			member = -1;

	while ((member = bms_next_member(columns, member)) >= 0)
	{
		int			attno = member + FirstLowInvalidHeapAttributeNumber;

		if (list_member_int(modify_key_attnos(table), attno))
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("column \"%s\" of foreign table %s is part of the key and cannot be updated",
							table->columns[attno - 1].name, table->name),
					 errhint("Delete the row and insert a new one, if the remote allows it.")));
		attnos = lappend_int(attnos, attno);
	}
	return attnos;
}

List *
modify_plan(PlannerInfo *root, ModifyTable *plan, Index rtindex, int subplan_index)
{
	RangeTblEntry *rte = planner_rt_fetch(rtindex, root);
	RemoteTable *table = remote_table_open(rte->relid, GetUserId());
	List	   *attnos = NIL;
	bool		returning = plan->returningLists != NIL &&
		list_nth(plan->returningLists, subplan_index) != NIL;

	if (plan->onConflictAction != ONCONFLICT_NONE)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("INSERT … ON CONFLICT is not supported for foreign table %s", table->name),
				 errhint("A remote cannot say whether a row was there; MERGE by hand with INSERT and UPDATE.")));
	if (table->server->connector->refuse_command != NULL)
		table->server->connector->refuse_command(table, plan->operation);
	if (plan->operation == CMD_INSERT)
		attnos = modify_all_attnos(table);
	else if (plan->operation == CMD_UPDATE)
		attnos = updated_attnos(root, find_base_rel(root, rtindex), table);
	return list_make2(attnos, makeInteger(returning));
}
