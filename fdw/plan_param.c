/*
 * plan_param.c
 *		Planner: scans of a foreign table for given values of another relation's
 *		columns, to be run once for each of its rows.
 *
 * Such a scan is a request for every set of values, so it pays only where
 * there are few of them; its cost says so.  Where there are many, a key batch
 * join (key_batch.c) asks for them together.
 */
#include "postgres.h"

#include "compat.h"
#include "connector.h"
#include "cost.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/cost.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/restrictinfo.h"

/* A set of relations that is in a list of such sets already. */
static bool
is_listed(const List *sets, Relids set)
{
	ListCell   *lc;

	foreach(lc, sets)
		if (bms_equal(lfirst(lc), set))
			return true;
	return false;
}

/* Add the relations whose values a shippable clause compares this table's columns with. */
static List *
add_outer_relids(List *sets, RelOptInfo *rel, RestrictInfo *clause)
{
	const RelationPlan *plan = rel->fdw_private;
	List	   *params = NIL;
	Relids		outer = bms_difference(clause->clause_relids, rel->relids);

	if (bms_is_empty(outer) || !join_clause_is_movable_to(clause, rel) ||
		qual_build_parameterized(rel, plan->table, list_make1(clause), outer, &params) == NULL)
		return sets;
	outer = bms_add_members(outer, rel->lateral_relids);
	return is_listed(sets, outer) ? sets : lappend(sets, outer);
}

/* Whether a member of an equivalence class is the column that is looked at. */
static bool
is_column(PlannerInfo *root pg_attribute_unused(), RelOptInfo *rel,
		  EquivalenceClass *ec pg_attribute_unused(), EquivalenceMember *member, void *arg)
{
	Node	   *expr = (Node *) member->em_expr;
	const RemoteColumn *column;

	while (IsA(expr, RelabelType))
		expr = (Node *) ((RelabelType *) expr)->arg;
	column = plan_column(rel, expr);
	return column != NULL && column->attno == *(AttrNumber *) arg;
}

/* The same for what equivalence classes say of each column that is read. */
static List *
add_equivalent_relids(PlannerInfo *root, List *sets, RelOptInfo *rel)
{
	const RelationPlan *plan = rel->fdw_private;
	ListCell   *lc;

	foreach(lc, plan->attnos)
	{
		AttrNumber	attno = lfirst_int(lc);
		List	   *clauses = generate_implied_equalities_for_column(root, rel, is_column, &attno,
																	 rel->lateral_referencers);
		ListCell   *clause;

		foreach(clause, clauses)
			sets = add_outer_relids(sets, rel, lfirst_node(RestrictInfo, clause));
	}
	return sets;
}

Predicate *
plan_param_predicate(RelOptInfo *rel, const ParamPathInfo *info, List **params)
{
	const RelationPlan *plan = rel->fdw_private;
	List	   *clauses = list_concat_copy(rel->baserestrictinfo, info->ppi_clauses);

	*params = NIL;
	return qual_build_parameterized(rel, plan->table, clauses, info->ppi_req_outer, params);
}

static void
add_path_for(PlannerInfo *root, RelOptInfo *rel, Relids outer)
{
	const RelationPlan *plan = rel->fdw_private;
	ParamPathInfo *info = get_baserel_parampathinfo(root, rel, outer);
	List	   *clauses = list_concat_copy(rel->baserestrictinfo, info->ppi_clauses);
	List	   *params;
	Predicate  *predicate = plan_param_predicate(rel, info, &params);
	QualCost	conditions;
	double		fetched;
	double		rows;
	Cost		startup;
	Cost		total;

	fetched = cost_fetched(root, rel, clauses, outer, predicate, params);
	rows = Min(info->ppi_rows, fetched);
	cost_qual_eval(&conditions, clauses, root);
	cost_scan(rel, fetched, &conditions, &startup, &total);
	if (cost_lacks_values(plan->table, predicate))
		total += COST_OF_FAILURE;
	add_path(rel, (Path *) compat_create_foreignscan_path(root, rel, rows, startup, total,
														  NIL, outer, NIL));
}

void
plan_param_paths(PlannerInfo *root, RelOptInfo *rel)
{
	List	   *sets = NIL;
	ListCell   *lc;

	foreach(lc, rel->joininfo)
		sets = add_outer_relids(sets, rel, lfirst_node(RestrictInfo, lc));
	if (rel->has_eclass_joins)
		sets = add_equivalent_relids(root, sets, rel);
	foreach(lc, sets)
		add_path_for(root, rel, lfirst(lc));
}
