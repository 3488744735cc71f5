/*
 * key_batch.c
 *		Planner of the Key Batch Join.
 *
 * PostgreSQL knows two ways to join local rows to a foreign table: a look-up
 * for each, which is a request storm, or a scan of the table, which downloads
 * it.  The third is a hook on join paths: the keys of some rows go into one
 * request ("column IN (…)"), and its answer is matched here.
 *
 * The foreign table is the inner side, its rows are only asked for by the keys
 * of the outer side, so inner, left, semi and anti joins can be had.  Whether a
 * key may be shipped is qual.c's word, as for a list that is written out.  All
 * conditions are checked again on every pair: the remote may send too much.
 */
#include "postgres.h"

#include <math.h>

#include "compat.h"
#include "connector.h"
#include "cost.h"
#include "key_batch.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/paths.h"
#include "optimizer/restrictinfo.h"
#include "scan.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/selfuncs.h"

/* Rows that a key finds in a table of which nothing is known. */
#define DEFAULT_ROWS_PER_KEY	10.0

/* Positions in a CustomPath's custom_private list. */
enum
{
	PATH_JOIN_TYPE,
	PATH_RESTRICTIONS,			/* of RestrictInfo: all conditions of the join */
	PATH_OUTER_KEY,
	PATH_INNER_KEY,
	PATH_OPERATOR,				/* OID list */
	PATH_PREDICATE,				/* predicate_to_list of the condition on the key */
	PATH_KEYS
};

/* An equality by which the foreign table can be asked for several keys at once. */
typedef struct BatchKey
{
	RestrictInfo *clause;
	Node	   *outer;
	Node	   *inner;
	Oid			opno;			/* outer key on the left */
	Predicate  *predicate;		/* inner key IN (values yet to come) */
	int			keys;			/* for one request at most */
	Selectivity selectivity;
} BatchKey;

static bool enable_key_batch_join = true;
static set_join_pathlist_hook_type previous_hook = NULL;

static Plan *plan_key_batch(PlannerInfo *root, RelOptInfo *rel, CustomPath *path, List *tlist,
							List *clauses, List *children);

static const CustomPathMethods path_methods = {
	.CustomName = KEY_BATCH_NAME,
	.PlanCustomPath = plan_key_batch
};

static const CustomScanMethods scan_methods = {
	.CustomName = KEY_BATCH_NAME,
	.CreateCustomScanState = key_batch_create_state
};

/* A foreign table of ours that is only read. */
static bool
is_readable_inner(PlannerInfo *root, const RelOptInfo *rel)
{
	const RelationPlan *plan = rel->fdw_private;
	ListCell   *lc;

	if (!IS_SIMPLE_REL(rel) || rel->fdwroutine == NULL ||
		rel->fdwroutine->GetForeignRelSize != plan_rel_size || plan == NULL ||
		plan->table->server->connector->keys_per_request == NULL ||
		cost_lacks_values(plan->table, plan->predicate) ||
		!bms_is_empty(rel->lateral_relids) ||
		bms_is_member(rel->relid, root->all_result_relids))
		return false;
	foreach(lc, root->rowMarks)
	{
		PlanRowMark *mark = lfirst_node(PlanRowMark, lc);

		if (mark->rti == rel->relid &&
			(mark->markType != ROW_MARK_COPY || mark->strength != LCS_NONE))
			return false;
	}
	foreach(lc, rel->baserestrictinfo)
		if (lfirst_node(RestrictInfo, lc)->pseudoconstant)
			return false;
	return true;
}

/* "inner IN (values yet to come)", NULL if it cannot be shipped. */
static Predicate *
make_key_predicate(PlannerInfo *root, RelOptInfo *rel, const BatchKey *key, Oid collation)
{
	const RelationPlan *plan = rel->fdw_private;
	ScalarArrayOpExpr *expr = makeNode(ScalarArrayOpExpr);
	Param	   *values = makeNode(Param);
	List	   *params = NIL;
	bool		exact;

	values->paramkind = PARAM_EXTERN;
	values->paramtype = get_array_type(exprType(key->outer));
	values->paramtypmod = -1;
	values->paramcollid = exprCollation(key->outer);
	values->location = -1;
	expr->opno = get_commutator(key->opno);
	expr->useOr = true;
	expr->inputcollid = collation;
	expr->args = list_make2(key->inner, values);
	expr->location = -1;
	if (!OidIsValid(values->paramtype) || !OidIsValid(expr->opno))
		return NULL;
	return qual_build_predicate(rel, plan->table,
								list_make1(make_simple_restrictinfo(root, (Expr *) expr)),
								&params, &exact);
}

/* Fill in the two sides of a clause; false if it is no equality between them. */
static bool
split_clause(RestrictInfo *clause, const RelOptInfo *outer, const RelOptInfo *inner, BatchKey *key)
{
	OpExpr	   *expr = (OpExpr *) clause->clause;

	if (!IsA(expr, OpExpr) || list_length(expr->args) != 2 || !clause->can_join ||
		clause->hashjoinoperator != expr->opno)
		return false;
	key->clause = clause;
	key->opno = expr->opno;
	if (bms_is_subset(clause->left_relids, outer->relids) &&
		bms_equal(clause->right_relids, inner->relids))
	{
		key->outer = linitial(expr->args);
		key->inner = lsecond(expr->args);
		return true;
	}
	if (bms_is_subset(clause->right_relids, outer->relids) &&
		bms_equal(clause->left_relids, inner->relids))
	{
		key->outer = lsecond(expr->args);
		key->inner = linitial(expr->args);
		key->opno = get_commutator(expr->opno);
		return OidIsValid(key->opno);
	}
	return false;
}

/* How many pairs of rows fulfil a clause, of all that there are. */
static Selectivity
pair_selectivity(PlannerInfo *root, const BatchKey *key, const RelOptInfo *outer,
				 const RelOptInfo *inner)
{
	SpecialJoinInfo *join = makeNode(SpecialJoinInfo);

	join->min_lefthand = outer->relids;
	join->min_righthand = inner->relids;
	join->syn_lefthand = outer->relids;
	join->syn_righthand = inner->relids;
	join->jointype = JOIN_INNER;
	return clause_selectivity(root, (Node *) key->clause, 0, JOIN_INNER, join);
}

/*
 * The key that finds the fewest rows; false if there is none, or if conditions
 * are among the clauses that this join does not check.
 */
static bool
choose_key(PlannerInfo *root, RelOptInfo *joinrel, RelOptInfo *outer, RelOptInfo *inner,
		   JoinType jointype, List *clauses, BatchKey *best)
{
	const RelationPlan *plan = inner->fdw_private;
	bool		found = false;
	ListCell   *lc;

	foreach(lc, clauses)
	{
		RestrictInfo *clause = lfirst_node(RestrictInfo, lc);
		BatchKey	key = {0};

		if (clause->pseudoconstant)
			return false;
		if (IS_OUTER_JOIN(jointype) && RINFO_IS_PUSHED_DOWN(clause, joinrel->relids))
			continue;
		if (!split_clause(clause, outer, inner, &key))
			continue;
		key.predicate = make_key_predicate(root, inner, &key, ((OpExpr *) clause->clause)->inputcollid);
		if (key.predicate == NULL || key.predicate->op != PREDICATE_IN)
			continue;
		key.keys = plan->table->server->connector->keys_per_request(plan->table,
																	&plan->table->columns[key.predicate->attno - 1]);
		key.selectivity = pair_selectivity(root, &key, outer, inner);
		if (key.keys < 2 || (found && key.selectivity >= best->selectivity))
			continue;
		*best = key;
		found = true;
	}
	return found;
}

/* Whether ANALYZE knows how many values the foreign side of a key has. */
static bool
is_analyzed(PlannerInfo *root, const BatchKey *key)
{
	VariableStatData values;
	bool		is_default;

	examine_variable(root, key->inner, 0, &values);
	(void) get_variable_numdistinct(&values, &is_default);
	ReleaseVariableStats(values);
	return !is_default;
}

/*
 * Rows of the foreign table that so many keys find.  PostgreSQL takes a column
 * that was never analyzed to have 200 values, so that a few keys would find a
 * whole large table; a column that is joined by is rather one of many values.
 */
static double
rows_of_keys(PlannerInfo *root, const RelOptInfo *inner, const BatchKey *key, double distinct)
{
	const RelationPlan *plan = inner->fdw_private;
	const Connector *connector = plan->table->server->connector;
	List	   *unique = connector->unique_key ? connector->unique_key(plan->table) : NIL;
	double		rows = distinct * plan->fetched * key->selectivity;

	if (!is_analyzed(root, key))
		rows = Min(rows, distinct * DEFAULT_ROWS_PER_KEY);
	if (list_length(unique) == 1 && linitial_int(unique) == key->predicate->attno)
		rows = Min(rows, distinct);
	return clamp_row_est(rows);
}

/* What asking for the keys of the outer path's rows costs, on top of that path. */
static void
cost_key_batch(PlannerInfo *root, CustomPath *path, Path *outer_path, RelOptInfo *inner,
			   const BatchKey *key, List *clauses)
{
	const RelationPlan *plan = inner->fdw_private;
	double		distinct = estimate_num_groups(root, list_make1(key->outer), outer_path->rows,
											   NULL, NULL);
	double		batches = ceil(Max(1, distinct) / key->keys);
	double		fetched = rows_of_keys(root, inner, key, distinct);
	double		requests = batches * cost_requests(plan->table, fetched / batches);
	QualCost	conditions;

	cost_qual_eval(&conditions, clauses, root);
	path->path.startup_cost = outer_path->startup_cost + conditions.startup + REQUEST_COST +
		(outer_path->total_cost - outer_path->startup_cost) / batches;
	path->path.total_cost = outer_path->total_cost + conditions.startup +
		requests * REQUEST_COST + fetched * (REMOTE_TUPLE_COST + 2 * cpu_tuple_cost) +
		outer_path->rows * (cpu_tuple_cost + conditions.per_tuple) +
		path->path.rows * (cpu_tuple_cost + conditions.per_tuple);
	path->custom_paths = list_make2(outer_path,
									compat_create_foreignscan_path(root, inner, fetched / batches,
																   REQUEST_COST,
																   requests / batches * REQUEST_COST +
																   fetched / batches * REMOTE_TUPLE_COST,
																   NIL, NULL, NIL));
}

static void
add_key_batch_path(PlannerInfo *root, RelOptInfo *joinrel, Path *outer_path, RelOptInfo *inner,
				   JoinType jointype, const BatchKey *key, List *clauses)
{
	CustomPath *path = makeNode(CustomPath);
	List	   *private = list_make5(makeInteger(jointype), clauses, key->outer, key->inner,
									 list_make2_oid(key->opno,
													((OpExpr *) key->clause->clause)->inputcollid));

	path->path.pathtype = T_CustomScan;
	path->path.parent = joinrel;
	path->path.pathtarget = joinrel->reltarget;
	path->path.rows = joinrel->rows;
	path->flags = CUSTOMPATH_SUPPORT_PROJECTION;
	path->methods = &path_methods;
	private = lappend(private, predicate_to_list(key->predicate));
	path->custom_private = lappend(private, makeInteger(key->keys));
	cost_key_batch(root, path, outer_path, inner, key, clauses);
	add_path(joinrel, (Path *) path);
}

static void
key_batch_paths(PlannerInfo *root, RelOptInfo *joinrel, RelOptInfo *outer, RelOptInfo *inner,
				JoinType jointype, JoinPathExtraData *extra)
{
	Path	   *outer_path = outer->cheapest_total_path;
	BatchKey	key;

	if (previous_hook != NULL)
		previous_hook(root, joinrel, outer, inner, jointype, extra);
	if (!enable_key_batch_join || outer_path == NULL || !bms_is_empty(PATH_REQ_OUTER(outer_path)) ||
		!is_readable_inner(root, inner))
		return;
	switch (jointype)
	{
		case JOIN_INNER:
		case JOIN_LEFT:
		case JOIN_SEMI:
		case JOIN_ANTI:
			break;
		case JOIN_UNIQUE_OUTER:
			outer_path = (Path *) create_unique_path(root, outer, outer_path, extra->sjinfo);
			jointype = JOIN_INNER;
			break;
		default:
			return;
	}
	if (outer_path == NULL ||
		!choose_key(root, joinrel, outer, inner, jointype, extra->restrictlist, &key))
		return;
	add_key_batch_path(root, joinrel, outer_path, inner, jointype, &key, extra->restrictlist);
	outer_path = outer->cheapest_startup_path;
	if (jointype == extra->sjinfo->jointype && outer_path != NULL &&
		outer_path != outer->cheapest_total_path && bms_is_empty(PATH_REQ_OUTER(outer_path)))
		add_key_batch_path(root, joinrel, outer_path, inner, jointype, &key, extra->restrictlist);
}

/*
 * Plan
 */

/* The entry of a list that is the same column, or the same placeholder, as a node. */
static Node *
find_column(List *tlist, Node *node)
{
	ListCell   *lc;

	foreach(lc, tlist)
	{
		Node	   *expr = (Node *) lfirst_node(TargetEntry, lc)->expr;

		if (IsA(node, Var) && IsA(expr, Var) && ((Var *) node)->varno == ((Var *) expr)->varno &&
			((Var *) node)->varattno == ((Var *) expr)->varattno)
			return expr;
		if (IsA(node, PlaceHolderVar) && IsA(expr, PlaceHolderVar) &&
			((PlaceHolderVar *) node)->phid == ((PlaceHolderVar *) expr)->phid)
			return expr;
	}
	return NULL;
}

/*
 * Columns as the scan tuple has them.  Above an outer join they are known to be
 * nullable, in its conditions they are not (since 16); here they are the same.
 */
static Node *
as_in_scan_tuple(Node *node, void *scan_tlist)
{
	Node	   *column;

	if (node == NULL)
		return NULL;
	column = find_column((List *) scan_tlist, node);
	if (column != NULL)
		return copyObject(column);
	return expression_tree_mutator(node, as_in_scan_tuple, scan_tlist);
}

/* The scan tuple: columns of the outer side, then those of the inner, as "target" calls them. */
static List *
make_scan_tlist(const Plan *outer, const Plan *inner, const PathTarget *target)
{
	List	   *scan_tlist = NIL;
	List	   *both = list_concat_copy(outer->targetlist, inner->targetlist);
	List	   *used = pull_var_clause((Node *) target->exprs, PVC_RECURSE_AGGREGATES |
									   PVC_RECURSE_WINDOWFUNCS | PVC_INCLUDE_PLACEHOLDERS);
	ListCell   *lc;

	foreach(lc, both)
	{
		Expr	   *expr = copyObject(lfirst_node(TargetEntry, lc)->expr);

		scan_tlist = lappend(scan_tlist, makeTargetEntry(expr, list_length(scan_tlist) + 1,
														 NULL, false));
	}
	foreach(lc, used)
	{
		ListCell   *entry;

		foreach(entry, scan_tlist)
			if (find_column(list_make1(lfirst(entry)), lfirst(lc)) != NULL)
				lfirst_node(TargetEntry, entry)->expr = copyObject(lfirst(lc));
	}
	return scan_tlist;
}

/* Let the foreign scan ask for keys: its predicate, and the one on the key. */
static void
add_key_condition(ForeignScan *scan, List *key_predicate)
{
	ListCell   *cell = list_nth_cell(scan->fdw_private, SCAN_PRIVATE_PREDICATE);
	Predicate  *key = predicate_from_list(key_predicate);
	Predicate  *both = palloc0(sizeof(Predicate));

	/* Behind the scan's own parameters: the values that scan_set_keys gives. */
	key->param = list_length(scan->fdw_exprs);
	both->op = PREDICATE_AND;
	both->param = -1;
	if (lfirst(cell) != NIL)
		both->args = list_make1(predicate_from_list(lfirst(cell)));
	both->args = lappend(both->args, key);
	lfirst(cell) = predicate_to_list(both);
	/* How many rows a LIMIT lets the query read says nothing about a batch. */
	lfirst(list_nth_cell(scan->fdw_private, SCAN_PRIVATE_ROWS_WANTED)) = makeInteger(0);
}

static Plan *
plan_key_batch(PlannerInfo *root pg_attribute_unused(), RelOptInfo *rel, CustomPath *path,
			   List *tlist, List *clauses pg_attribute_unused(), List *children)
{
	CustomScan *scan = makeNode(CustomScan);
	List	   *private = path->custom_private;
	JoinType	jointype = intVal(list_nth(private, PATH_JOIN_TYPE));
	Plan	   *outer = linitial(children);
	Plan	   *inner = lsecond(children);
	List	   *conditions;
	List	   *filters = NIL;
	List	   *keys = list_make2(list_nth(private, PATH_OUTER_KEY), list_nth(private, PATH_INNER_KEY));

	if (IS_OUTER_JOIN(jointype))
		extract_actual_join_clauses(list_nth(private, PATH_RESTRICTIONS), rel->relids,
									&conditions, &filters);
	else
		conditions = extract_actual_clauses(list_nth(private, PATH_RESTRICTIONS), false);
	add_key_condition(castNode(ForeignScan, inner), list_nth(private, PATH_PREDICATE));
	scan->methods = &scan_methods;
	scan->flags = path->flags;
	scan->custom_plans = children;
	/* "tlist" is empty if a projection above puts its own in its place. */
	scan->custom_scan_tlist = make_scan_tlist(outer, inner, rel->reltarget);
	scan->scan.plan.targetlist = tlist;
	scan->scan.plan.qual = (List *) as_in_scan_tuple((Node *) filters, scan->custom_scan_tlist);
	scan->custom_exprs = (List *) as_in_scan_tuple((Node *) lcons(conditions, keys),
												   scan->custom_scan_tlist);
	scan->custom_private = list_make4(makeInteger(jointype),
									  makeInteger(list_length(outer->targetlist)),
									  list_nth(private, PATH_KEYS),
									  list_nth(private, PATH_OPERATOR));
	return &scan->scan.plan;
}

void
key_batch_init(void)
{
	DefineCustomBoolVariable("stockbridge.enable_key_batch_join",
							 "Enables the planner's use of key batch joins.",
							 "Joins to foreign tables of sap_b1_fdw and ims_fdw that ask for many keys in one request.",
							 &enable_key_batch_join, true, PGC_USERSET, GUC_EXPLAIN,
							 NULL, NULL, NULL);
	RegisterCustomScanMethods(&scan_methods);
	previous_hook = set_join_pathlist_hook;
	set_join_pathlist_hook = key_batch_paths;
}
