/*
 * cost.h
 *		What scans of foreign tables read and cost.
 *
 * The unit is the request: a round trip weighs as much as reading REQUEST_COST
 * sequential pages, so that the planner prefers one large answer over many
 * small ones.
 */
#ifndef STOCKBRIDGE_COST_H
#define STOCKBRIDGE_COST_H

#include "postgres.h"

#include "nodes/pathnodes.h"
#include "scan.h"

/* Making a tuple of a row that has arrived. */
#define REMOTE_TUPLE_COST	0.05

/* Not to be chosen if there is any other way. */
#define COST_OF_FAILURE		1.0e10

/*
 * cost_rel_size
 *		Set tuples and rows of a foreign table's relation, and "fetched" of its
 *		RelationPlan, whose predicate is built already.
 *
 * With the option use_remote_estimate the remote is asked.
 */
extern void cost_rel_size(PlannerInfo *root, RelOptInfo *rel);

/*
 * cost_fetched
 *		Rows that the remote sends for those of some conditions that can be
 *		shipped while the columns of "outer" have given values; "predicate" is
 *		what they are shipped as.
 */
extern double cost_fetched(PlannerInfo *root, RelOptInfo *rel, List *restrictinfos,
						   Relids outer, const Predicate *predicate, List *params);

/*
 * cost_lacks_values
 *		Whether a scan for a predicate would fail for want of values that the
 *		remote must be given.  COST_OF_FAILURE is then its cost.
 */
extern bool cost_lacks_values(const RemoteTable *table, const Predicate *predicate);

/* cost_requests: requests in which so many rows come. */
extern double cost_requests(const RemoteTable *table, double rows);

/* cost_scan: start-up and total cost of fetching so many rows and checking conditions on them. */
extern void cost_scan(const RelOptInfo *rel, double fetched, const QualCost *conditions,
					  Cost *startup, Cost *total);

#endif							/* STOCKBRIDGE_COST_H */
