/*
 * scan.h
 *		What the planner hands to the executor, and the executor's callbacks.
 */
#ifndef STOCKBRIDGE_SCAN_H
#define STOCKBRIDGE_SCAN_H

#include "postgres.h"

#include "commands/explain.h"
#include "foreign/fdwapi.h"
#include "grouping.h"
#include "nodes/pathnodes.h"
#include "predicate.h"
#include "remote.h"

/* Cost of a round trip: as much as reading that many sequential pages. */
#define REQUEST_COST		1000.0

/* Positions in a ForeignScan's fdw_private list. */
typedef enum ScanPrivate
{
	SCAN_PRIVATE_ATTNOS,		/* integer list: columns to fetch, ascending */
	SCAN_PRIVATE_PREDICATE,		/* predicate_to_list's result, NIL = no filter */
	SCAN_PRIVATE_ROWS_WANTED,	/* rows that a LIMIT lets be read, 0 = all */
	SCAN_PRIVATE_RELIDS,		/* OID list: the foreign table, or those joined */
	SCAN_PRIVATE_GROUPING,		/* grouping_to_list's result, NIL = rows as they are */
	SCAN_PRIVATE_WITH_VERSION,	/* integer: whether the versions of rows are asked for */
	SCAN_PRIVATE_ORDER,			/* integer list: attno, negative = descending */
	SCAN_PRIVATE_BOUNDS,		/* integer list: which parameters are OFFSET and LIMIT, -1 = none */
	SCAN_PRIVATE_TABLE_ROWS		/* float: rows of the whole table, 0 = not known */
} ScanPrivate;

/* A foreign table in a join. */
typedef struct RelationMember
{
	Index		relid;			/* in the range table */
	RemoteTable *table;
	int			first;			/* what its attribute numbers are raised by in the join */
} RelationMember;

/*
 * What planning keeps in RelOptInfo.fdw_private: of a foreign table, of a join
 * of some (join.c), or of groups of either (upper.c).
 */
typedef struct RelationPlan
{
	List	   *members;		/* of RelationMember * */
	RemoteTable *table;			/* the foreign table; in a join, all of them as one */
	Predicate  *predicate;		/* of all shippable conditions, NULL = none */
	List	   *params;			/* expressions that predicates refer to by index */
	List	   *attnos;			/* of int: columns to fetch */
	bool		with_version;	/* the query needs the rows' versions, as ctid */
	double		fetched;		/* rows that the remote sends for the predicate */
	double		table_rows;		/* of the whole table by its statistics, 0 = not known */
	List	   *conditions;		/* of RestrictInfo: all that rows must fulfil */
	List	   *doubtful;		/* of RestrictInfo: those that the predicate widens or lacks */

	/*
	 * Of what is no foreign table: the TargetEntries of its rows in the order of
	 * a page's columns, and the conditions still to be checked here.  Those in
	 * "recheck" hold for the rows of the plan below the scan anyway.
	 */
	List	   *scan_tlist;
	List	   *quals;
	List	   *recheck;
	Grouping   *grouping;		/* NULL = not grouped */

	/*
	 * Of a query's final relation whose OFFSET and LIMIT the scan of a foreign
	 * table does (order.c): that table's relation, and which parameters they
	 * are, -1 = none.
	 */
	RelOptInfo *bounded;
	int			offset_param;
	int			limit_param;
} RelationPlan;

/*
 * qual_build_predicate
 *		Predicate for the shippable part of a list of RestrictInfo, NULL if
 *		there is none; operand expressions are appended to *params.
 *
 * *exact tells whether the remote selects exactly the rows that the whole list
 * selects: true for an empty list.
 */
extern Predicate *qual_build_predicate(RelOptInfo *rel, const RemoteTable *table,
									   List *restrictinfos, List **params, bool *exact);

/*
 * qual_build_parameterized
 *		The same for a scan during which the columns of some other relations
 *		("outer") have given values.
 */
extern Predicate *qual_build_parameterized(RelOptInfo *rel, const RemoteTable *table,
										   List *restrictinfos, Relids outer, List **params);

/* plan_column: the column of a relation that an expression is, or NULL. */
extern const RemoteColumn *plan_column(const RelOptInfo *rel, const Node *node);

/* plan_param_paths: add the scans that use values of other relations (plan_param.c). */
extern void plan_param_paths(PlannerInfo *root, RelOptInfo *rel);

/* plan_param_predicate: what such a scan asks for; *params are its expressions. */
extern Predicate *plan_param_predicate(RelOptInfo *rel, const ParamPathInfo *info,
									   List **params);

/* Planner callbacks (plan.c, join.c, upper.c). */
extern void plan_rel_size(PlannerInfo *root, RelOptInfo *rel, Oid relid);
extern void plan_paths(PlannerInfo *root, RelOptInfo *rel, Oid relid);
extern ForeignScan *plan_scan(PlannerInfo *root, RelOptInfo *rel, Oid relid,
							  ForeignPath *path, List *tlist, List *clauses,
							  Plan *outer_plan);
extern void join_paths(PlannerInfo *root, RelOptInfo *joinrel, RelOptInfo *outerrel,
					   RelOptInfo *innerrel, JoinType jointype, JoinPathExtraData *extra);

/*
 * order_usable
 *		As much of the query's order as the remote can sort by, from its start:
 *		the path keys, and in *order the same as the integer list that a
 *		ForeignPath carries in fdw_private (attno, negative = descending).
 */
extern List *order_usable(PlannerInfo *root, RelOptInfo *rel, List **order);

/* order_add_final_paths: a scan that does the query's OFFSET and LIMIT itself. */
extern void order_add_final_paths(PlannerInfo *root, RelOptInfo *input, RelOptInfo *output,
								  const FinalPathExtraData *extra);

extern void upper_paths(PlannerInfo *root, UpperRelationKind stage, RelOptInfo *input_rel,
						RelOptInfo *output_rel, void *extra);

/* scan_page_size: rows asked for per request of a table. */
extern int	scan_page_size(const RemoteTable *table);

/*
 * scan_set_keys
 *		The values, a List of char *, that the next run of a scan asks for: those
 *		of the predicate whose parameter is behind the scan's expressions.
 *
 * They must live as long as that run.
 */
extern void scan_set_keys(ForeignScanState *node, List *keys);

/* scan_keys_fit: whether one request can ask for so many values. */
extern bool scan_keys_fit(ForeignScanState *node, List *keys);

/*
 * scan_is_ready
 *		Whether the next call of scan_iterate will not wait, because there are
 *		rows here or no more to come; if not, what is missing is on its way.
 *
 * *transfer, if not NULL, is what it waits for.  A scan whose node is async
 * capable gives no row rather than wait.
 */
extern bool scan_is_ready(ForeignScanState *node, HttpTransfer **transfer);

/* scan_is_done: whether a run has given its last row. */
extern bool scan_is_done(const ForeignScanState *node);

/* scan_wait: wait for the next page, whatever it takes. */
extern void scan_wait(ForeignScanState *node);

/* Callbacks for asynchronous execution below an Append (scan_async.c). */
extern bool async_is_capable(ForeignPath *path);
extern void async_request(AsyncRequest *request);
extern void async_configure_wait(AsyncRequest *request);
extern void async_notify(AsyncRequest *request);

/* Executor callbacks (scan.c). */
extern void scan_begin(ForeignScanState *node, int eflags);
extern TupleTableSlot *scan_iterate(ForeignScanState *node);
extern void scan_rescan(ForeignScanState *node);
extern void scan_end(ForeignScanState *node);
extern void scan_explain(ForeignScanState *node, ExplainState *es);

#endif							/* STOCKBRIDGE_SCAN_H */
