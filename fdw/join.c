/*
 * join.c
 *		Planner: joins of foreign tables computed by the remote.
 *
 * Inner joins, and semi-joins that cannot find a second partner, of tables of
 * one server and one user mapping, along equalities of columns.  The remote may
 * return too many combinations, never too few: every condition of the join and
 * of the tables below is rechecked on each row that comes.
 *
 * Beside the request stands the plan that joins here.  It is run when the
 * remote declines at execution time (connector.h).  Rows of a join cannot be
 * locked or fetched again, so statements that do that join here.
 */
#include "postgres.h"

#include "access/transam.h"
#include "compat.h"
#include "connector.h"
#include "cost.h"
#include "foreign/fdwapi.h"
#include "nodes/makefuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/restrictinfo.h"
#include "optimizer/tlist.h"
#include "scan.h"
#include "utils/lsyscache.h"

/* A join while its plan is made. */
typedef struct JoinBuild
{
	RelOptInfo *outerrel;
	RelOptInfo *innerrel;
	RelationPlan *outer;
	RelationPlan *inner;
	int			offset;			/* what the inner columns' numbers are raised by */
	List	   *equalities;		/* of Predicate *: those that are shipped */
	List	   *outer_attnos;	/* of int: the outer columns of equalities */
	List	   *inner_attnos;	/* of int: the inner ones, in the inner's own numbering */
	RelationPlan *plan;			/* of the join */
} JoinBuild;

/* Whether a condition means the same on joined rows as where it stands. */
static bool
may_be_rechecked(List *restrictions)
{
	ListCell   *lc;

	foreach(lc, restrictions)
	{
		const RestrictInfo *restriction = lfirst_node(RestrictInfo, lc);
		Node	   *clause = (Node *) restriction->clause;

		if (restriction->pseudoconstant || contain_volatile_functions(clause) ||
			contain_subplans(clause))
			return false;
	}
	return true;
}

/* The columns of a built-in equality between the two sides; false if it is none. */
static bool
match_equality(const JoinBuild *build, Expr *clause, const RemoteColumn **outer,
			   const RemoteColumn **inner)
{
	OpExpr	   *operator = (OpExpr *) clause;
	Node	   *left;
	Node	   *right;

	if (!IsA(clause, OpExpr) || list_length(operator->args) != 2 ||
		operator->opno >= FirstGenbkiObjectId || strcmp(get_opname(operator->opno), "=") != 0)
		return false;
	left = linitial(operator->args);
	right = lsecond(operator->args);
	*outer = plan_column(build->outerrel, left);
	*inner = plan_column(build->innerrel, right);
	if (*outer == NULL || *inner == NULL)
	{
		*outer = plan_column(build->outerrel, right);
		*inner = plan_column(build->innerrel, left);
	}
	return *outer != NULL && *inner != NULL;
}

/* Add a join clause: shipped if it is an equality, and rechecked in any case. */
static void
add_clause(JoinBuild *build, RestrictInfo *restriction)
{
	const RemoteServer *server = build->outer->table->server;
	const RemoteColumn *outer;
	const RemoteColumn *inner;
	Predicate  *equality;
	bool		exact = false;

	build->plan->conditions = lappend(build->plan->conditions, restriction);
	if (match_equality(build, restriction->clause, &outer, &inner) &&
		server->connector->can_join(server, outer, inner,
									((OpExpr *) restriction->clause)->inputcollid, &exact))
	{
		equality = palloc0(sizeof(Predicate));
		equality->op = PREDICATE_EQ_COLUMN;
		equality->attno = outer->attno;
		equality->other = inner->attno + build->offset;
		equality->param = -1;
		build->equalities = lappend(build->equalities, equality);
		build->outer_attnos = lappend_int(build->outer_attnos, outer->attno);
		build->inner_attnos = lappend_int(build->inner_attnos, inner->attno);
	}
	if (!exact)
		build->plan->doubtful = lappend(build->plan->doubtful, restriction);
}

/* Members of both sides, numbered through. */
static void
add_members(JoinBuild *build)
{
	ListCell   *lc;

	build->plan->members = list_copy(build->outer->members);
	foreach(lc, build->inner->members)
	{
		RelationMember *member = palloc(sizeof(RelationMember));

		*member = *(RelationMember *) lfirst(lc);
		member->first += build->offset;
		build->plan->members = lappend(build->plan->members, member);
	}
}

/* What both sides bring along. */
static void
combine_sides(JoinBuild *build)
{
	RelationPlan *plan = build->plan;

	build->offset = build->outer->table->ncolumns;
	add_members(build);
	plan->conditions = list_concat_copy(build->outer->conditions, build->inner->conditions);
	plan->doubtful = list_concat_copy(build->outer->doubtful, build->inner->doubtful);
	plan->params = list_concat_copy(build->outer->params, build->inner->params);
}

/* The predicate: of both sides, and the equalities between them. */
static void
combine_predicates(JoinBuild *build)
{
	Predicate  *inner = predicate_shift(build->inner->predicate, build->offset,
										list_length(build->outer->params));
	List	   *all = build->equalities;

	if (build->outer->predicate != NULL)
		all = lappend(all, build->outer->predicate);
	if (inner != NULL)
		all = lappend(all, inner);
	build->plan->predicate = predicate_all(all);
}

/* The joined tables as one. */
static bool
join_tables(JoinBuild *build)
{
	List	   *tables = NIL;
	ListCell   *lc;

	foreach(lc, build->plan->members)
		tables = lappend(tables, ((RelationMember *) lfirst(lc))->table);
	build->plan->table = build->outer->table->server->connector->join_tables(tables,
																			 build->plan->predicate);
	return build->plan->table != NULL;
}

/* One more column of the join's rows; false if it cannot be had. */
static bool
add_output(RelOptInfo *joinrel, Node *expr)
{
	RelationPlan *plan = joinrel->fdw_private;
	const RemoteColumn *column = plan_column(joinrel, expr);

	if (column == NULL || column->pointer == NULL)
		return false;
	if (tlist_member((Expr *) expr, plan->scan_tlist) != NULL)
		return true;
	plan->attnos = lappend_int(plan->attnos, column->attno);
	plan->scan_tlist = lappend(plan->scan_tlist,
							   makeTargetEntry(copyObject((Expr *) expr),
											   list_length(plan->scan_tlist) + 1, NULL, false));
	return true;
}

/* Columns that are needed above, then those that only conditions look at. */
static bool
add_outputs(RelOptInfo *joinrel)
{
	RelationPlan *plan = joinrel->fdw_private;
	List	   *needed = list_copy(joinrel->reltarget->exprs);
	ListCell   *lc;

	plan->recheck = extract_actual_clauses(plan->conditions, false);
	needed = list_concat(needed, pull_var_clause((Node *) plan->recheck,
												 PVC_INCLUDE_PLACEHOLDERS));
	foreach(lc, needed)
	{
		if (!add_output(joinrel, lfirst(lc)))
			return false;
	}
	return plan->scan_tlist != NIL;
}

/* Whether rows of a side have but one partner at most. */
static bool
has_one_partner(const RelationPlan *partner, List *attnos)
{
	const Connector *connector = partner->table->server->connector;
	List	   *key = NIL;

	if (list_length(partner->members) == 1 && connector->unique_key != NULL)
		key = connector->unique_key(partner->table);
	return key != NIL && list_difference_int(key, attnos) == NIL;
}

/* Share of a foreign table's rows that its conditions keep. */
static double
kept_share(const RelOptInfo *rel)
{
	return rel->tuples > 0 ? Min(1, rel->rows / rel->tuples) : 1;
}

/* A side whose key is compared multiplies nothing: better known here than guessed. */
static double
estimate_rows(const JoinBuild *build, const RelOptInfo *joinrel)
{
	double		rows = joinrel->rows;

	if (has_one_partner(build->inner, build->inner_attnos))
		rows = Min(rows, build->outerrel->rows * kept_share(build->innerrel));
	if (has_one_partner(build->outer, build->outer_attnos))
		rows = Min(rows, build->innerrel->rows * kept_share(build->outerrel));
	return clamp_row_est(rows);
}

/* Whether these relations may be joined by the remote at all. */
static bool
is_joinable(const PlannerInfo *root, const RelOptInfo *joinrel, const RelOptInfo *outerrel,
			const RelOptInfo *innerrel, JoinType jointype, const JoinPathExtraData *extra)
{
	const RelationPlan *outer = outerrel->fdw_private;
	const RelationPlan *inner = innerrel->fdw_private;

	return outer != NULL && inner != NULL && joinrel->fdw_private == NULL &&
		(jointype == JOIN_INNER || jointype == JOIN_SEMI) &&
		outer->table->server->connector->join_tables != NULL &&
		root->parse->commandType == CMD_SELECT && root->rowMarks == NIL &&
		root->qual_security_level == 0 && bms_is_empty(joinrel->lateral_relids) &&
		may_be_rechecked(extra->restrictlist) &&
		may_be_rechecked(outer->conditions) && may_be_rechecked(inner->conditions);
}

/* The plan of a join, NULL if it cannot be shipped. */
static RelationPlan *
build_join(JoinBuild *build, JoinType jointype, List *clauses)
{
	ListCell   *lc;

	build->plan = palloc0(sizeof(RelationPlan));
	combine_sides(build);
	foreach(lc, clauses)
		add_clause(build, lfirst_node(RestrictInfo, lc));
	if (build->equalities == NIL ||
		(jointype == JOIN_SEMI && !has_one_partner(build->inner, build->inner_attnos)))
		return NULL;
	combine_predicates(build);
	return join_tables(build) ? build->plan : NULL;
}

void
join_paths(PlannerInfo *root, RelOptInfo *joinrel, RelOptInfo *outerrel,
		   RelOptInfo *innerrel, JoinType jointype, JoinPathExtraData *extra)
{
	JoinBuild	build = {.outerrel = outerrel, .innerrel = innerrel};
	QualCost	conditions;
	Path	   *local;
	Cost		startup;
	Cost		total;

	if (!is_joinable(root, joinrel, outerrel, innerrel, jointype, extra))
		return;
	build.outer = outerrel->fdw_private;
	build.inner = innerrel->fdw_private;
	joinrel->fdw_private = build_join(&build, jointype, extra->restrictlist);
	local = GetExistingLocalJoinPath(joinrel);
	if (joinrel->fdw_private == NULL || local == NULL || !add_outputs(joinrel))
	{
		joinrel->fdw_private = NULL;
		return;
	}
	joinrel->rows = estimate_rows(&build, joinrel);
	build.plan->fetched = joinrel->rows * (build.outer->fetched / outerrel->rows) *
		(build.inner->fetched / innerrel->rows);
	cost_qual_eval(&conditions, build.plan->conditions, root);
	cost_scan(joinrel, build.plan->fetched, &conditions, &startup, &total);
	add_path(joinrel, (Path *) compat_create_foreign_join_path(root, joinrel, joinrel->rows,
															   startup, total, local));
}
