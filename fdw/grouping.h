/*
 * grouping.h
 *		What a remote is asked to group and aggregate, free of expression nodes.
 *
 * A grouped scan answers one row per group: the keys, then the aggregates, in
 * this order.  Without keys it answers exactly one row, also for no input.
 */
#ifndef STOCKBRIDGE_GROUPING_H
#define STOCKBRIDGE_GROUPING_H

#include "postgres.h"

#include "nodes/pg_list.h"

typedef enum AggregateFunction
{
	AGGREGATE_COUNT,			/* of rows */
	AGGREGATE_COUNT_DISTINCT,	/* of a column's values, nulls left out; so are the rest */
	AGGREGATE_SUM,
	AGGREGATE_MIN,
	AGGREGATE_MAX,
	AGGREGATE_AVERAGE
} AggregateFunction;

typedef struct RemoteAggregate
{
	AggregateFunction function;
	int			attno;			/* the column's, 0 for AGGREGATE_COUNT */
} RemoteAggregate;

typedef struct Grouping
{
	List	   *keys;			/* of int: attributes; NIL = all rows are one group */
	List	   *aggregates;		/* of RemoteAggregate * */
} Grouping;

/* grouping_add_aggregate: add one to the end. */
extern void grouping_add_aggregate(Grouping *grouping, RemoteAggregate aggregate);

/* grouping_to_list, grouping_from_list: as nodes that a plan can carry; NIL for NULL. */
extern List *grouping_to_list(const Grouping *grouping);
extern Grouping *grouping_from_list(List *list);

#endif							/* STOCKBRIDGE_GROUPING_H */
