/*
 * plan.c
 *		Planner callbacks: what is fetched, with which filter, at what cost.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "compat.h"
#include "connector.h"
#include "cost.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/paths.h"
#include "optimizer/planmain.h"
#include "optimizer/restrictinfo.h"
#include "optimizer/tlist.h"
#include "scan.h"

/* Role whose user mapping a scan of this relation uses. */
static Oid
planning_user(const RelOptInfo *rel)
{
	return OidIsValid(rel->userid) ? rel->userid : GetUserId();
}

const RemoteColumn *
plan_column(const RelOptInfo *rel, const Node *node)
{
	const RelationPlan *plan = rel->fdw_private;
	const Var  *var = (const Var *) node;
	ListCell   *lc;

	if (!IsA(node, Var) || var->varlevelsup != 0 || var->varattno <= 0)
		return NULL;
	foreach(lc, plan->members)
	{
		const RelationMember *member = lfirst(lc);

		if ((Index) var->varno == member->relid)
			return &plan->table->columns[member->first + var->varattno - 1];
	}
	return NULL;
}

/* Attributes that the query needs of this table, as pull_varattnos has them. */
static Bitmapset *
attributes_used(const RelOptInfo *rel)
{
	Bitmapset  *used = NULL;
	ListCell   *lc;

	pull_varattnos((Node *) rel->reltarget->exprs, rel->relid, &used);
	foreach(lc, rel->baserestrictinfo)
		pull_varattnos((Node *) lfirst_node(RestrictInfo, lc)->clause, rel->relid, &used);
	return used;
}

/* Columns among them, as a list of int. */
static List *
columns_needed(const RemoteTable *table, const Bitmapset *used)
{
	List	   *attnos = NIL;

	for (int i = 0; i < table->ncolumns; i++)
	{
		AttrNumber	attno = i + 1;

		if (table->columns[i].name == NULL)
			continue;
		if (bms_is_member(attno - FirstLowInvalidHeapAttributeNumber, used) ||
			bms_is_member(0 - FirstLowInvalidHeapAttributeNumber, used))
			attnos = lappend_int(attnos, attno);
	}
	return attnos;
}

/* Conditions for which the remote may send rows that do not meet them. */
static List *
doubtful_conditions(RelOptInfo *rel, const RemoteTable *table)
{
	List	   *doubtful = NIL;
	ListCell   *lc;

	foreach(lc, rel->baserestrictinfo)
	{
		List	   *params = NIL;
		bool		is_exact;

		(void) qual_build_predicate(rel, table, list_make1(lfirst(lc)), &params, &is_exact);
		if (!is_exact)
			doubtful = lappend(doubtful, lfirst(lc));
	}
	return doubtful;
}

void
plan_rel_size(PlannerInfo *root, RelOptInfo *rel, Oid relid)
{
	RelationPlan *plan = palloc0(sizeof(RelationPlan));
	RelationMember *member = palloc0(sizeof(RelationMember));
	Bitmapset  *used = attributes_used(rel);
	const Connector *connector;
	bool		exact;

	plan->table = remote_table_open(relid, planning_user(rel));
	member->relid = rel->relid;
	member->table = plan->table;
	plan->members = list_make1(member);
	plan->predicate = qual_build_predicate(rel, plan->table, rel->baserestrictinfo,
										   &plan->params, &exact);
	plan->attnos = columns_needed(plan->table, used);
	connector = plan->table->server->connector;
	plan->with_version = connector->has_version != NULL && connector->has_version(plan->table) &&
		bms_is_member(SelfItemPointerAttributeNumber - FirstLowInvalidHeapAttributeNumber, used);
	plan->conditions = rel->baserestrictinfo;
	plan->doubtful = exact ? NIL : doubtful_conditions(rel, plan->table);
	plan->table_rows = Max(0, rel->tuples);
	rel->fdw_private = plan;
	cost_rel_size(root, rel);
}

void
plan_paths(PlannerInfo *root, RelOptInfo *rel, Oid relid pg_attribute_unused())
{
	RelationPlan *plan = rel->fdw_private;
	List	   *order;
	List	   *pathkeys = order_usable(root, rel, &order);
	Cost		startup;
	Cost		total;

	cost_scan(rel, plan->fetched, &rel->baserestrictcost, &startup, &total);
	if (cost_lacks_values(plan->table, plan->predicate))
		total += COST_OF_FAILURE;
	add_path(rel, (Path *) compat_create_foreignscan_path(root, rel, rel->rows, startup, total,
														  NIL, rel->lateral_relids, NIL));
	if (pathkeys != NIL)
		add_path(rel, (Path *) compat_create_foreignscan_path(root, rel, rel->rows, startup, total,
															  pathkeys, rel->lateral_relids,
															  order));
	plan_param_paths(root, rel);
}

/*
 * How many rows a LIMIT lets the query read, 0 = all.  Only sizes the pages of
 * a scan, so it need not be exact.  A sort above reads all rows.
 */
static int
rows_wanted(const PlannerInfo *root, const Path *path)
{
	if (root->limit_tuples < 1 || root->limit_tuples > INT_MAX ||
		!pathkeys_contained_in(root->query_pathkeys, path->pathkeys))
		return 0;
	return (int) root->limit_tuples;
}

/* What the executor needs to know, in the order of ScanPrivate. */
static List *
make_private(const PlannerInfo *root, const RelationPlan *plan, const ForeignPath *path)
{
	List	   *relids = NIL;
	List	   *private;
	ListCell   *lc;

	foreach(lc, plan->members)
		relids = lappend_oid(relids, ((RelationMember *) lfirst(lc))->table->relid);
	private = list_make5(plan->attnos,
						 plan->predicate ? predicate_to_list(plan->predicate) : NIL,
						 makeInteger(rows_wanted(root, &path->path)),
						 relids,
						 grouping_to_list(plan->grouping));
	private = lappend(private, makeInteger(plan->with_version));
	private = lappend(private, path->fdw_private);
	private = lappend(private, plan->bounded == NULL ? NIL
					  : list_make2_int(plan->offset_param, plan->limit_param));
	return lappend(private, makeFloat(psprintf("%.0f", plan->table_rows)));
}

/*
 * The columns of scan_tlist as the plan below computes them.  What only serves
 * to recheck is not to be had from a join's inputs, and not needed: null.
 */
static List *
local_tlist(const RelationPlan *plan, const Plan *outer_plan)
{
	List	   *tlist = copyObject(plan->scan_tlist);
	ListCell   *lc;

	if (plan->grouping != NULL)
		return tlist;
	foreach(lc, tlist)
	{
		TargetEntry *entry = lfirst_node(TargetEntry, lc);
		Node	   *expr = (Node *) entry->expr;

		if (tlist_member(entry->expr, outer_plan->targetlist) == NULL)
			entry->expr = (Expr *) makeNullConst(exprType(expr), exprTypmod(expr),
												 exprCollation(expr));
	}
	return tlist;
}

/* A scan of what is no foreign table; "outer_plan" computes the same here. */
static ForeignScan *
plan_made_scan(const RelationPlan *plan, List *private, List *tlist, Plan *outer_plan)
{
	outer_plan = change_plan_targetlist(outer_plan, local_tlist(plan, outer_plan),
										outer_plan->parallel_safe);
	/* Conditions on groups are checked by the scan, whichever of the two is run. */
	if (plan->grouping != NULL)
		outer_plan->qual = NIL;
	return make_foreignscan(tlist, plan->quals, 0, plan->params, private,
							plan->scan_tlist, plan->recheck, outer_plan);
}

ForeignScan *
plan_scan(PlannerInfo *root, RelOptInfo *rel,
		  Oid relid pg_attribute_unused(), ForeignPath *path,
		  List *tlist, List *clauses, Plan *outer_plan)
{
	RelationPlan *plan = rel->fdw_private;
	RelationPlan param_plan;

	if (plan->scan_tlist != NIL)
		return plan_made_scan(plan, make_private(root, plan, path), tlist, outer_plan);
	if (plan->bounded != NULL)
	{
		rel = plan->bounded;
		clauses = rel->baserestrictinfo;
	}
	if (path->path.param_info != NULL)
	{
		param_plan = *plan;
		param_plan.predicate = plan_param_predicate(rel, path->path.param_info, &param_plan.params);
		plan = &param_plan;
	}

	/* Every clause is rechecked: a predicate may select too much, never too little. */
	return make_foreignscan(tlist, extract_actual_clauses(clauses, false), rel->relid,
							plan->params, make_private(root, plan, path), NIL, NIL, outer_plan);
}
