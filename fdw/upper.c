/*
 * upper.c
 *		Planner: GROUP BY and aggregates computed by the remote.
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

static bool
add_aggregate(GroupingBuild *build, Aggref *aggref)
{
	const Connector *connector = build->table->server->connector;
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
	if (!connector->can_aggregate(build->table, aggregate.function, column))
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
 * Conditions on the rows that the predicate may widen.  One that looks at keys
 * alone keeps or drops whole groups, so it is checked on them; false if there
 * is another.
 */
static bool
add_restrictions(GroupingBuild *build)
{
	ListCell   *lc;

	foreach(lc, ((RelationPlan *) build->input->fdw_private)->doubtful)
	{
		RestrictInfo *restriction = lfirst_node(RestrictInfo, lc);
		List	   *vars = pull_var_clause((Node *) restriction->clause, PVC_INCLUDE_PLACEHOLDERS);
		ListCell   *var;

		if (restriction->pseudoconstant || vars == NIL ||
			contain_volatile_functions((Node *) restriction->clause))
			return false;
		foreach(var, vars)
		{
			if (tlist_member(lfirst(var), build->plan->scan_tlist) == NULL)
				return false;
		}
		build->plan->quals = lappend(build->plan->quals, restriction->clause);
	}
	return true;
}

/*
 * The plan of a grouped relation, NULL if it cannot be shipped.  Its rows are
 * described by the grouping's keys and aggregates in the order of scan_tlist.
 */
static RelationPlan *
build_grouping(PlannerInfo *root, RelOptInfo *input, RelOptInfo *grouped, List *having)
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
	if (!add_keys(&build, grouped->reltarget, root->parse->groupClause) ||
		!add_restrictions(&build))
		return NULL;
	foreach(lc, grouped->reltarget->exprs)
	{
		if (!add_aggregates(&build, lfirst(lc)))
			return NULL;
	}
	if (!add_aggregates(&build, (Node *) having))
		return NULL;
	return build.plan->scan_tlist != NIL ? build.plan : NULL;
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
	Size		size;
	ListCell   *lc;

	foreach(lc, grouped->pathlist)
	{
		Path	   *path = lfirst(lc);
		bool		fits = IsA(path, GroupPath) ||
			(IsA(path, AggPath) && ((AggPath *) path)->aggsplit == AGGSPLIT_SIMPLE);

		if (fits && path->param_info == NULL &&
			(cheapest == NULL || path->total_cost < cheapest->total_cost))
			cheapest = path;
	}
	if (cheapest == NULL)
		return NULL;
	size = IsA(cheapest, AggPath) ? sizeof(AggPath) : sizeof(GroupPath);
	copy = palloc(size);
	memcpy(copy, cheapest, size);
	return copy;
}

/* Whether the remote can be asked for groups of these rows at all. */
static bool
is_groupable(const PlannerInfo *root, const RelOptInfo *input, const GroupPathExtraData *extra)
{
	const RelationPlan *below = input->fdw_private;

	return below != NULL && below->table->server->connector->can_group != NULL &&
		below->grouping == NULL && root->parse->groupingSets == NIL &&
		extra->patype != PARTITIONWISE_AGGREGATE_PARTIAL;
}

/* Whether all groups will probably fit into one answer, as they must. */
static bool
fits_one_answer(const RelOptInfo *grouped, const RelationPlan *plan, double groups)
{
	double		bytes = groups * (grouped->reltarget->width + GROUP_OVERHEAD);

	return bytes < plan->table->server->transport.max_response_bytes;
}

static void
add_group_paths(PlannerInfo *root, RelOptInfo *input, RelOptInfo *output,
				const GroupPathExtraData *extra)
{
	RelationPlan *plan;
	Path	   *local;
	Cost		cost;

	if (output->fdw_private != NULL || !is_groupable(root, input, extra))
		return;
	plan = build_grouping(root, input, output, (List *) extra->havingQual);
	local = local_grouping_path(output);
	if (plan == NULL || local == NULL || !fits_one_answer(output, plan, local->rows))
		return;
	output->fdw_private = plan;
	cost = GROUPS_AGAINST_ROWS * Min(local->total_cost, REQUEST_COST + GROUP_COST * local->rows);
	add_path(output, (Path *) compat_create_foreign_upper_path(root, output, output->reltarget,
															   local->rows, cost, cost,
															   NIL, local, NIL));
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
		case UPPERREL_FINAL:
			order_add_final_paths(root, input, output, extra);
			break;
		default:
			break;
	}
}
