/*
 * predicate.h
 *		The filter of a scan, free of PostgreSQL's expression nodes.
 *
 * The planner turns shippable quals into a Predicate; a connector renders it
 * (as $filter, as query parameters, as a domain).  A predicate always selects
 * a superset of the rows that its quals select: the executor rechecks them.
 *
 * There is no NOT: PostgreSQL's planner has pushed it down to the operators
 * (negate_clause), so a predicate only grows with what its leaves select, and
 * a leaf that selects too much can never lose rows.
 */
#ifndef STOCKBRIDGE_PREDICATE_H
#define STOCKBRIDGE_PREDICATE_H

#include "postgres.h"

#include "nodes/pg_list.h"

/* Longer lists of values are sent in parts, or not at all. */
#define PREDICATE_MAX_LIST	100
/* … and up to this length always at once, so that the rows have an order. */
#define PREDICATE_WHOLE_LIST	50

typedef enum PredicateOp
{
	PREDICATE_AND,				/* args */
	PREDICATE_OR,				/* args */
	PREDICATE_EQ,				/* column and one value, here and below */
	PREDICATE_NE,
	PREDICATE_LT,
	PREDICATE_LE,
	PREDICATE_GT,
	PREDICATE_GE,
	PREDICATE_IN,				/* column and any number of values, none null */
	PREDICATE_NOT_IN,			/* the same; "values" is NIL if one of them is null */
	PREDICATE_IS_NULL,			/* column */
	PREDICATE_IS_NOT_NULL,
	PREDICATE_LIKE,				/* column and one pattern as of SQL's LIKE */
	PREDICATE_ILIKE,			/* the same, without regard to case */
	PREDICATE_EQ_COLUMN			/* column and another one, of a join */
} PredicateOp;

/* What the remote's answer to a condition is. */
typedef enum ShipExtent
{
	SHIP_NO,					/* it may lack rows: not to be asked for */
	SHIP_WIDER,					/* every row wanted, perhaps others: recheck */
	SHIP_EXACT					/* exactly the rows for which PostgreSQL says true */
} ShipExtent;

typedef struct Predicate
{
	PredicateOp op;
	List	   *args;			/* of Predicate *, for AND, OR */
	int			attno;			/* attribute number of the column */
	int			other;			/* of the other one, for PREDICATE_EQ_COLUMN */
	int			param;			/* index into the scan's parameter expressions, -1 = none */
	bool		param_is_array; /* the parameter is an array: IN, NOT IN */
	Oid			value_type;		/* type of the value (element type for IN) */
	List	   *values;			/* of char *, output of value_type's output function in
								 * ISO date style; filled when the scan starts */
} Predicate;

/* predicate_all: the conjunction of a List of Predicate *, NULL for none. */
extern Predicate *predicate_all(List *predicates);

/*
 * predicate_shift
 *		A copy for use in a join: what its columns and parameters are called
 *		there.  NULL for NULL.
 */
extern Predicate *predicate_shift(const Predicate *predicate, int attnos, int params);

/* predicate_to_list, predicate_from_list: as nodes that a plan can carry. */
extern List *predicate_to_list(const Predicate *predicate);
extern Predicate *predicate_from_list(List *list);

/* predicate_uses_only: whether a predicate looks at no other column. */
extern bool predicate_uses_only(const Predicate *predicate, List *attnos);

/*
 * predicate_conjunct_eq
 *		The EQ or IN conjunct on a column at the top level, or NULL.
 */
extern Predicate *predicate_conjunct_eq(Predicate *predicate, int attno);

#endif							/* STOCKBRIDGE_PREDICATE_H */
