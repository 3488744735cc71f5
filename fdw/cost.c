/*
 * cost.c
 *		What scans of foreign tables read and cost, counted in requests.
 *
 * Rows come from the statistics of ANALYZE, or from the remote's own count
 * where the option use_remote_estimate asks for it.  A condition that is
 * shipped saves requests; one that is checked here does not, however few rows
 * it keeps.
 */
#include "postgres.h"

#include <math.h>

#include "compat.h"
#include "cost.h"
#include "estimate.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "option.h"
#include "utils/selfuncs.h"

/*
 * Rows assumed of a table that was never analyzed.  Too high a guess costs a few
 * look-ups by key; too low a one costs the download of a table.
 */
#define DEFAULT_TUPLES		100000.0

/* Those of some conditions that are shipped, or the others. */
static List *
select_clauses(RelOptInfo *rel, List *restrictinfos, Relids outer, bool shipped)
{
	const RelationPlan *plan = rel->fdw_private;
	List	   *selected = NIL;
	ListCell   *lc;

	foreach(lc, restrictinfos)
	{
		List	   *params = NIL;
		bool		ships = qual_build_parameterized(rel, plan->table, list_make1(lfirst(lc)),
													 outer, &params) != NULL;

		if (ships == shipped)
			selected = lappend(selected, lfirst(lc));
	}
	return selected;
}

/* Values that a conjunct allows its column to have. */
static double
count_values(PlannerInfo *root, const Predicate *conjunct, List *params)
{
	if (conjunct->op == PREDICATE_EQ)
		return 1;
	if (conjunct->param < 0)
		return list_length(conjunct->values);
	return compat_estimate_array_length(root, list_nth(params, conjunct->param));
}

/* Most rows that a predicate on the key lets through, 0 = no such bound. */
static double
key_rows(PlannerInfo *root, const RemoteTable *table, const Predicate *predicate, List *params)
{
	const Connector *connector = table->server->connector;
	List	   *key = connector->unique_key ? connector->unique_key(table) : NIL;
	double		rows = key != NIL ? 1 : 0;
	ListCell   *lc;

	foreach(lc, key)
	{
		Predicate  *conjunct = predicate_conjunct_eq(unconstify(Predicate *, predicate), lfirst_int(lc));

		rows *= conjunct != NULL ? count_values(root, conjunct, params) : 0;
	}
	return rows;
}

double
cost_fetched(PlannerInfo *root, RelOptInfo *rel, List *restrictinfos, Relids outer,
			 const Predicate *predicate, List *params)
{
	const RelationPlan *plan = rel->fdw_private;
	List	   *shipped = select_clauses(rel, restrictinfos, outer, true);
	double		fetched = rel->tuples *
		clauselist_selectivity(root, shipped, rel->relid, JOIN_INNER, NULL);
	double		bound = key_rows(root, plan->table, predicate, params);

	return clamp_row_est(bound > 0 ? Min(bound, fetched) : fetched);
}

/* Rows of the remote for a predicate of known values, by its own count. */
static bool
ask_remote(const RelationPlan *plan, Predicate *predicate, double *rows)
{
	ScanRequest request = {.table = plan->table, .attnos = plan->attnos};
	RemoteSize	size;

	request.page_size = scan_page_size(plan->table);
	request.predicate = predicate;
	if (!estimate_size(&request, false, &size))
		return false;
	*rows = size.rows;
	return true;
}

static bool
uses_remote_estimate(const RemoteTable *table)
{
	if (remote_option(table->options, "use_remote_estimate") != NULL)
		return option_bool(table->options, "use_remote_estimate");
	return option_bool(table->server->options, "use_remote_estimate");
}

/* Ask how many rows the table has, and how many the shipped conditions leave. */
static void
use_remote_estimate(PlannerInfo *root, RelOptInfo *rel)
{
	RelationPlan *plan = rel->fdw_private;
	List	   *local = select_clauses(rel, rel->baserestrictinfo, NULL, false);
	Predicate  *bound = NULL;
	double		rows;

	if (ask_remote(plan, NULL, &rows))
		rel->tuples = rows;
	set_baserel_size_estimates(root, rel);
	plan->fetched = cost_fetched(root, rel, rel->baserestrictinfo, NULL, plan->predicate,
								 plan->params);
	if (plan->predicate != NULL)
		bound = estimate_bind(root, plan->predicate, plan->params);
	if (bound == NULL || !ask_remote(plan, bound, &rows))
		return;
	plan->fetched = clamp_row_est(rows);
	rel->rows = clamp_row_est(rows * clauselist_selectivity(root, local, rel->relid,
															JOIN_INNER, NULL));
}

void
cost_rel_size(PlannerInfo *root, RelOptInfo *rel)
{
	RelationPlan *plan = rel->fdw_private;

	if (rel->tuples < 0 || (rel->tuples == 0 && rel->pages == 0))
		rel->tuples = DEFAULT_TUPLES;
	if (uses_remote_estimate(plan->table))
	{
		use_remote_estimate(root, rel);
		return;
	}
	set_baserel_size_estimates(root, rel);
	plan->fetched = cost_fetched(root, rel, rel->baserestrictinfo, NULL, plan->predicate,
								 plan->params);
	rel->rows = Min(rel->rows, plan->fetched);
}

bool
cost_lacks_values(const RemoteTable *table, const Predicate *predicate)
{
	const Connector *connector = table->server->connector;
	ListCell   *lc;

	foreach(lc, connector->needs_values ? connector->needs_values(table) : NIL)
		if (predicate_conjunct_eq(unconstify(Predicate *, predicate), lfirst_int(lc)) == NULL)
			return true;
	return false;
}

double
cost_requests(const RemoteTable *table, double rows)
{
	return Max(1.0, ceil(rows / scan_page_size(table)));
}

void
cost_scan(const RelOptInfo *rel, double fetched, const QualCost *conditions,
		  Cost *startup, Cost *total)
{
	const RelationPlan *plan = rel->fdw_private;

	*startup = REQUEST_COST + conditions->startup + rel->reltarget->cost.startup;
	*total = *startup + (cost_requests(plan->table, fetched) - 1) * REQUEST_COST +
		fetched * (list_length(plan->members) * REMOTE_TUPLE_COST + cpu_tuple_cost + conditions->per_tuple) +
		rel->rows * rel->reltarget->cost.per_tuple;
}
