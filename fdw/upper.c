/*
 * upper.c
 *		Planner: GROUP BY, DISTINCT and aggregates computed by the remote.
 *
 * A grouping is shipped only whole: every key is a column, every aggregate one
 * that the remote computes exactly as PostgreSQL does.  What the remote has
 * added up cannot be rechecked, so the rows below must be selected exactly, or
 * by conditions on keys, which are checked on the groups.  HAVING and
 * expressions over keys and aggregates are computed here, on the few rows that
 * come.
 *
 * Beside the request stands the plan that computes the same from rows.  It is
 * run when the remote declines at execution time (connector.h).
 */
#include "postgres.h"

#include "access/transam.h"
#include "catalog/pg_aggregate.h"
#include "compat.h"
#include "connector.h"
#include "nodes/makefuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/restrictinfo.h"
#include "optimizer/tlist.h"
#include "scan.h"
#include "utils/lsyscache.h"

/*
 * Groups are never more than the rows, nor their requests, however wrong the
 * estimates are: the planner's own fuzziness must not decide against them.
 */
#define GROUPS_AGAINST_ROWS	0.95
#define GROUP_COST			0.1

/* Bytes of JSON around the values of a group. */
#define GROUP_OVERHEAD		64

/* What a grouping is built from. */
typedef struct GroupingBuild
{
	RelOptInfo *input;
	const RemoteTable *table;
	RelationPlan *plan;			/* of the grouped relation */
	const RemoteColumn *counted;	/* column whose values are counted, not its nulls */
} GroupingBuild;

/* One more column of the grouped rows; false if it is there already. */
static bool
add_output(GroupingBuild *build, Expr *expr)
{
	List	   *tlist = build->plan->scan_tlist;

	if (tlist_member(expr, tlist) != NULL)
		return false;
	build->plan->scan_tlist = lappend(tlist,
									  makeTargetEntry(copyObject(expr),
													  list_length(tlist) + 1, NULL, false));
	return true;
}

/* What a built-in aggregate is called for a remote; false for all others. */
static bool
aggregate_meaning(const Aggref *aggref, AggregateFunction *function)
{
	static const struct
	{
		const char *name;
		AggregateFunction function;
	}			meanings[] =
	{
		{"count", AGGREGATE_COUNT},
		{"sum", AGGREGATE_SUM},
		{"min", AGGREGATE_MIN},
		{"max", AGGREGATE_MAX},
		{"avg", AGGREGATE_AVERAGE},
	};
	char	   *name = aggref->aggfnoid < FirstGenbkiObjectId ? get_func_name(aggref->aggfnoid) : NULL;

	for (size_t i = 0; name != NULL && i < lengthof(meanings); i++)
	{
		if (strcmp(meanings[i].name, name) == 0)
		{
			*function = meanings[i].function;
			return true;
		}
	}
	return false;
}

/* Only count takes no argument, or DISTINCT. */
static bool
refine_count(const Aggref *aggref, AggregateFunction *function)
{
	if (*function != AGGREGATE_COUNT)
		return aggref->aggdistinct == NIL && !aggref->aggstar;
	if (aggref->aggdistinct != NIL)
		*function = AGGREGATE_COUNT_DISTINCT;
	return true;
}

/*
 * Whether an aggregate of a column can be shipped.  One that counts values that
 * may be null is a count of the rows that have one (see leave_out_nulls).
 */
static bool
is_shippable(GroupingBuild *build, AggregateFunction function, const RemoteColumn *column)
{
	const Connector *connector = build->table->server->connector;

	if (connector->can_aggregate(build->table, function, column))
		return true;
	if (function != AGGREGATE_COUNT || column == NULL ||
		(build->counted != NULL && build->counted != column) ||
		!connector->can_aggregate(build->table, AGGREGATE_COUNT, NULL))
		return false;
	build->counted = column;
	return true;
}

static bool
add_aggregate(GroupingBuild *build, Aggref *aggref)
{
	RemoteAggregate aggregate = {0};
	const RemoteColumn *column = NULL;

	if (aggref->agglevelsup != 0 || aggref->aggkind != AGGKIND_NORMAL ||
		aggref->aggsplit != AGGSPLIT_SIMPLE || aggref->aggfilter != NULL ||
		aggref->aggorder != NIL || !aggregate_meaning(aggref, &aggregate.function) ||
		!refine_count(aggref, &aggregate.function))
		return false;
	if (!aggref->aggstar)
	{
		if (list_length(aggref->args) != 1)
			return false;
		column = plan_column(build->input, (Node *) linitial_node(TargetEntry, aggref->args)->expr);
		if (column == NULL)
			return false;
	}
	if (!is_shippable(build, aggregate.function, column))
		return false;
	if (aggregate.function != AGGREGATE_COUNT)
		aggregate.attno = column->attno;
	if (add_output(build, (Expr *) aggref))
		grouping_add_aggregate(build->plan->grouping, aggregate);
	return true;
}

/* A GROUP BY expression: a column by whose values the remote groups as we do. */
static bool
add_key(GroupingBuild *build, Expr *expr)
{
	const RemoteColumn *column = plan_column(build->input, (Node *) expr);

	if (column == NULL || !build->table->server->connector->can_group(build->table, column))
		return false;
	if (add_output(build, expr))
		build->plan->grouping->keys = lappend_int(build->plan->grouping->keys, column->attno);
	return true;
}

/* All keys, first, because the columns of a page begin with them. */
static bool
add_keys(GroupingBuild *build, const PathTarget *target, List *clauses)
{
	ListCell   *lc;

	foreach(lc, clauses)
	{
		SortGroupClause *clause = lfirst_node(SortGroupClause, lc);
		ListCell   *expr;
		bool		found = false;

		foreach(expr, target->exprs)
		{
			if (get_pathtarget_sortgroupref(target, foreach_current_index(expr)) !=
				clause->tleSortGroupRef)
				continue;
			found = true;
			if (!add_key(build, lfirst(expr)))
				return false;
		}
		if (!found)
			return false;
	}
	return true;
}

/* The aggregates of an expression; its columns must be keys. */
static bool
add_aggregates(GroupingBuild *build, Node *expr)
{
	List	   *parts = pull_var_clause(expr, PVC_INCLUDE_AGGREGATES | PVC_INCLUDE_PLACEHOLDERS);
	ListCell   *lc;

	foreach(lc, parts)
	{
		Expr	   *part = lfirst(lc);

		if (IsA(part, Aggref) ? !add_aggregate(build, (Aggref *) part)
			: tlist_member(part, build->plan->scan_tlist) == NULL)
			return false;
	}
	return true;
}

/*
 * Have rows without the counted value left out.  That takes no group away and
 * changes no other aggregate only if there are none.
 */
static bool
leave_out_nulls(GroupingBuild *build)
{
	const Grouping *grouping = build->plan->grouping;
	Predicate  *has_value;

	if (grouping->keys != NIL || list_length(grouping->aggregates) > 1 ||
		build->table->server->connector->can_ship(build->table, build->counted,
												  PREDICATE_IS_NOT_NULL, InvalidOid,
												  InvalidOid) != SHIP_EXACT)
		return false;
	has_value = palloc0(sizeof(Predicate));
	has_value->op = PREDICATE_IS_NOT_NULL;
	has_value->attno = build->counted->attno;
	has_value->param = -1;
	if (build->plan->predicate == NULL)
		build->plan->predicate = has_value;
	else
		build->plan->predicate = predicate_all(list_make2(build->plan->predicate, has_value));
	return true;
}

/* Whether a condition looks at keys alone, so that it keeps or drops whole groups. */
static bool
is_on_keys(const GroupingBuild *build, const RestrictInfo *restriction)
{
	List	   *vars = pull_var_clause((Node *) restriction->clause, PVC_INCLUDE_PLACEHOLDERS);
	ListCell   *lc;

	if (restriction->pseudoconstant || vars == NIL ||
		contain_volatile_functions((Node *) restriction->clause))
		return false;
	foreach(lc, vars)
	{
		if (tlist_member(lfirst(lc), build->plan->scan_tlist) == NULL)
			return false;
	}
	return true;
}

/*
 * Conditions on the rows: those on keys are checked again on the groups, all
 * others the remote must fulfil exactly.
 */
static bool
add_restrictions(GroupingBuild *build)
{
	const RelationPlan *below = build->input->fdw_private;
	ListCell   *lc;

	foreach(lc, below->conditions)
	{
		RestrictInfo *restriction = lfirst_node(RestrictInfo, lc);

		if (is_on_keys(build, restriction))
			build->plan->quals = lappend(build->plan->quals, restriction->clause);
		else if (list_member_ptr(below->doubtful, restriction))
			return false;
	}
	return true;
}

/*
 * The plan of a grouped relation, NULL if it cannot be shipped: rows of "target",
 * alike in the expressions of "clauses", that meet "having".  Its rows are
 * described by the grouping's keys and aggregates in the order of scan_tlist.
 */
static RelationPlan *
build_grouping(RelOptInfo *input, const PathTarget *target, List *clauses, List *having)
{
	const RelationPlan *below = input->fdw_private;
	GroupingBuild build = {.input = input, .table = below->table};
	ListCell   *lc;

	build.plan = palloc(sizeof(RelationPlan));
	*build.plan = *below;
	build.plan->grouping = palloc0(sizeof(Grouping));
	build.plan->scan_tlist = NIL;
	build.plan->recheck = NIL;
	build.plan->with_version = false;
	build.plan->quals = list_copy(having);
	if (!add_keys(&build, target, clauses) || !add_restrictions(&build))
		return NULL;
	foreach(lc, target->exprs)
	{
		if (!add_aggregates(&build, lfirst(lc)))
			return NULL;
	}
	if (!add_aggregates(&build, (Node *) having) ||
		(build.counted != NULL && !leave_out_nulls(&build)))
		return NULL;
	return build.plan->scan_tlist != NIL ? build.plan : NULL;
}

/* Size of a path that may stand by for the remote's groups, 0 if it may not. */
static Size
grouping_path_size(const Path *path)
{
	if (path->param_info != NULL)
		return 0;
	if (IsA(path, GroupPath))
		return sizeof(GroupPath);
	if (IsA(path, UpperUniquePath))
		return sizeof(UpperUniquePath);
	return IsA(path, AggPath) && ((const AggPath *) path)->aggsplit == AGGSPLIT_SIMPLE
		? sizeof(AggPath) : 0;
}

/*
 * A copy of the cheapest path that groups here: add_path may free the original
 * for being dearer than ours.
 */
static Path *
local_grouping_path(const RelOptInfo *grouped)
{
	Path	   *cheapest = NULL;
	Path	   *copy;
	ListCell   *lc;

	foreach(lc, grouped->pathlist)
	{
		Path	   *path = lfirst(lc);

		if (grouping_path_size(path) > 0 &&
			(cheapest == NULL || path->total_cost < cheapest->total_cost))
			cheapest = path;
	}
	if (cheapest == NULL)
		return NULL;
	copy = palloc(grouping_path_size(cheapest));
	memcpy(copy, cheapest, grouping_path_size(cheapest));
	return copy;
}

/* Whether the remote can be asked for groups of these rows at all. */
static bool
is_groupable(const PlannerInfo *root, const RelOptInfo *input, const RelOptInfo *grouped)
{
	const RelationPlan *below = input->fdw_private;

	return below != NULL && grouped->fdw_private == NULL && below->grouping == NULL &&
		below->table->server->connector->can_group != NULL && root->qual_security_level == 0;
}

/* Whether all groups will probably fit into one answer, as they must. */
static bool
fits_one_answer(const RelationPlan *plan, const PathTarget *target, double groups)
{
	return groups * (target->width + GROUP_OVERHEAD) <
		plan->table->server->transport.max_response_bytes;
}

/* Offer a grouping that can be shipped, "plan" = NULL if it cannot. */
static void
offer_grouping(PlannerInfo *root, RelOptInfo *grouped, PathTarget *target, RelationPlan *plan)
{
	Path	   *local = local_grouping_path(grouped);
	Cost		cost;

	if (plan == NULL || local == NULL || !fits_one_answer(plan, target, local->rows))
		return;
	grouped->fdw_private = plan;
	cost = GROUPS_AGAINST_ROWS * Min(local->total_cost, REQUEST_COST + GROUP_COST * local->rows);
	add_path(grouped, (Path *) compat_create_foreign_upper_path(root, grouped, target, local->rows,
																cost, cost, NIL, local, NIL));
}

static void
add_group_paths(PlannerInfo *root, RelOptInfo *input, RelOptInfo *grouped,
				const GroupPathExtraData *extra)
{
	if (!is_groupable(root, input, grouped) || root->parse->groupingSets != NIL ||
		extra->patype == PARTITIONWISE_AGGREGATE_PARTIAL)
		return;
	offer_grouping(root, grouped, grouped->reltarget,
				   build_grouping(input, grouped->reltarget, root->parse->groupClause,
								  (List *) extra->havingQual));
}

/* SELECT DISTINCT: groups without aggregates. */
static void
add_distinct_paths(PlannerInfo *root, RelOptInfo *input, RelOptInfo *distinct)
{
	PathTarget *target = root->upper_targets[UPPERREL_DISTINCT];

	if (!is_groupable(root, input, distinct) || root->parse->hasDistinctOn ||
		root->parse->hasTargetSRFs)
		return;
	offer_grouping(root, distinct, target,
				   build_grouping(input, target, root->parse->distinctClause, NIL));
}

void
upper_paths(PlannerInfo *root, UpperRelationKind stage, RelOptInfo *input,
			RelOptInfo *output, void *extra)
{
	switch (stage)
	{
		case UPPERREL_GROUP_AGG:
			add_group_paths(root, input, output, extra);
			break;
		case UPPERREL_DISTINCT:
			add_distinct_paths(root, input, output);
			break;
		case UPPERREL_FINAL:
			order_add_final_paths(root, input, output, extra);
			break;
		default:
			break;
	}
}
