/*
 * order.c
 *		Planner: ORDER BY, OFFSET and LIMIT done by the remote.
 *
 * A remote sorts by a column only if its connector says that PostgreSQL's own
 * comparison gives the same order, and only where no null of that column can
 * reach the result: where remotes put nulls is not ours to know.
 *
 * LIMIT without OFFSET needs nothing of this file: the scan is told how many
 * rows are wanted and the executor stops asking.  Rows that are left out cannot
 * be rechecked, so OFFSET is shipped only if the remote selects and orders
 * exactly as PostgreSQL would; where a value turns out at execution to have no
 * exact literal, the scan leaves the rows out itself (scan.c).
 */
#include "postgres.h"

#include "compat.h"
#include "connector.h"
#include "cost.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/restrictinfo.h"
#include "scan.h"
#include "utils/array.h"
#include "utils/typcache.h"

/* The column of a relation by which a path key sorts, or NULL. */
static const RemoteColumn *
pathkey_column(const RelOptInfo *rel, const PathKey *pathkey)
{
	ListCell   *lc;

	if (pathkey->pk_eclass->ec_has_volatile)
		return NULL;
	foreach(lc, pathkey->pk_eclass->ec_members)
	{
		Node	   *expr = (Node *) lfirst_node(EquivalenceMember, lc)->em_expr;
		const RemoteColumn *column;

		while (IsA(expr, RelabelType))
			expr = (Node *) ((RelabelType *) expr)->arg;
		column = plan_column(rel, expr);
		if (column != NULL)
			return column;
	}
	return NULL;
}

/* Whether no row of a relation that meets its conditions has a null in a column. */
static bool
is_never_null(const RelOptInfo *rel, const RemoteColumn *column)
{
	return column->not_null ||
		compat_forbids_null(get_actual_clauses(rel->baserestrictinfo), rel->relid,
							column->attno);
}

/* Whether the remote sorts by a path key as PostgreSQL does. */
static const RemoteColumn *
sortable_column(const RelOptInfo *rel, const PathKey *pathkey)
{
	const RelationPlan *plan = rel->fdw_private;
	const Connector *connector = plan->table->server->connector;
	const RemoteColumn *column = pathkey_column(rel, pathkey);

	if (column == NULL || connector->can_order == NULL ||
		lookup_type_cache(column->type, TYPECACHE_BTREE_OPFAMILY)->btree_opf != pathkey->pk_opfamily ||
		!connector->can_order(plan->table, column, pathkey->pk_eclass->ec_collation) ||
		!is_never_null(rel, column))
		return NULL;
	return column;
}

/* Whether a list of values may have to be asked for in parts, which have no common order. */
static bool
may_come_in_parts(const Predicate *predicate, List *params)
{
	ListCell   *lc;

	if (predicate == NULL)
		return false;
	if (predicate->op == PREDICATE_IN)
	{
		Const	   *array = list_nth(params, predicate->param);

		return !IsA(array, Const) ||
			(!array->constisnull &&
			 ArrayGetNItems(ARR_NDIM(DatumGetArrayTypeP(array->constvalue)),
							ARR_DIMS(DatumGetArrayTypeP(array->constvalue))) > PREDICATE_WHOLE_LIST);
	}
	foreach(lc, predicate->op == PREDICATE_AND ? predicate->args : NIL)
		if (may_come_in_parts(lfirst(lc), params))
			return true;
	return false;
}

List *
order_usable(PlannerInfo *root, RelOptInfo *rel, List **order)
{
	const RelationPlan *plan = rel->fdw_private;
	List	   *usable = NIL;
	ListCell   *lc;

	*order = NIL;
	/* Sorted here, as it may have to be, a row would lose its version. */
	if (plan->with_version || may_come_in_parts(plan->predicate, plan->params))
		return NIL;
	foreach(lc, root->query_pathkeys)
	{
		PathKey    *pathkey = lfirst_node(PathKey, lc);
		const RemoteColumn *column = sortable_column(rel, pathkey);

		if (column == NULL)
			break;
		usable = lappend(usable, pathkey);
		*order = lappend_int(*order, compat_pathkey_is_ascending(pathkey)
							 ? column->attno : -column->attno);
	}
	return usable;
}

/* The one foreign table whose rows are the whole query's, or NULL. */
static RelOptInfo *
sole_relation(PlannerInfo *root)
{
	const Query *parse = root->parse;
	int			relid;
	RelOptInfo *rel;

	if (parse->commandType != CMD_SELECT || parse->rowMarks != NIL ||
		parse->hasAggs || parse->hasWindowFuncs || parse->hasTargetSRFs ||
		parse->groupClause != NIL || parse->groupingSets != NIL || parse->distinctClause != NIL ||
		parse->havingQual != NULL || parse->setOperations != NULL ||
		!bms_get_singleton_member(root->all_baserels, &relid))
		return NULL;
	rel = find_base_rel(root, relid);
	return rel->rtekind == RTE_RELATION && rel->fdwroutine != NULL ? rel : NULL;
}

/* Whether a scan of its own may stand for the final relation's plan. */
static bool
is_plain_row_source(const RelOptInfo *rel, const PathTarget *target)
{
	Bitmapset  *used = NULL;
	ListCell   *lc;

	pull_varattnos((Node *) target->exprs, rel->relid, &used);
	foreach(lc, rel->baserestrictinfo)
	{
		RestrictInfo *restriction = lfirst_node(RestrictInfo, lc);

		/* Whose conditions come first, a view's or the user's, the core decides. */
		if (restriction->pseudoconstant ||
			restriction->security_level != rel->baserestrict_min_security)
			return false;
		pull_varattnos((Node *) restriction->clause, rel->relid, &used);
	}
	/* System columns are filled in only for scans that the core plans itself. */
	return bms_is_empty(used) ||
		bms_next_member(used, -1) >= 0 - FirstLowInvalidHeapAttributeNumber;
}

/* OFFSET or LIMIT as a parameter of the scan; false if it may change meanwhile. */
static bool
add_bound(RelationPlan *plan, Node *expr, int *param)
{
	*param = -1;
	if (expr == NULL)
		return true;
	if (contain_volatile_functions(expr) || contain_subplans(expr))
		return false;
	*param = list_length(plan->params);
	plan->params = lappend(list_copy(plan->params), expr);
	return true;
}

void
order_add_final_paths(PlannerInfo *root, RelOptInfo *input, RelOptInfo *output,
					  const FinalPathExtraData *extra)
{
	RelOptInfo *rel = sole_relation(root);
	const RelationPlan *below = rel != NULL ? rel->fdw_private : NULL;
	PathTarget *target = root->upper_targets[UPPERREL_FINAL];
	RelationPlan *plan;
	List	   *order;
	double		rows;
	Cost		startup;
	Cost		total;

	if (!extra->limit_needed || root->parse->limitOption == LIMIT_OPTION_WITH_TIES ||
		below == NULL || below->doubtful != NIL || below->table->server->connector->can_skip == NULL ||
		!below->table->server->connector->can_skip(below->table) ||
		!is_plain_row_source(rel, target) || may_come_in_parts(below->predicate, below->params) ||
		list_length(order_usable(root, rel, &order)) < list_length(root->query_pathkeys))
		return;
	plan = palloc(sizeof(RelationPlan));
	*plan = *below;
	if (!add_bound(plan, root->parse->limitOffset, &plan->offset_param) ||
		!add_bound(plan, root->parse->limitCount, &plan->limit_param))
		return;
	plan->bounded = rel;
	output->fdw_private = plan;
	rows = Max(1.0, input->rows - Max(0, extra->offset_est));
	if (extra->count_est > 0)
		rows = Min(rows, extra->count_est);
	cost_scan(rel, rows, &rel->baserestrictcost, &startup, &total);
	add_path(output, (Path *)
			 compat_create_foreign_upper_path(root, output, target, rows, startup, total,
											  root->query_pathkeys, NULL, order));
}
