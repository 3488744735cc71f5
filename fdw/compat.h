/*
 * compat.h
 *		The one place that knows which PostgreSQL major version is compiled for.
 *
 * Supported: 15 to 18.  Everything that changed its shape between them gets a
 * name here that is the same for all; no other file looks at PG_VERSION_NUM.
 */
#ifndef STOCKBRIDGE_COMPAT_H
#define STOCKBRIDGE_COMPAT_H

#include "postgres.h"

#include "common/base64.h"
#include "access/htup_details.h"
#include "access/stratnum.h"
#include "catalog/pg_foreign_server.h"
#include "common/jsonapi.h"
#include "executor/executor.h"
#include "access/sysattr.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "optimizer/clauses.h"
#include "optimizer/pathnode.h"
#if PG_VERSION_NUM >= 160000
#include "nodes/multibitmapset.h"
#endif
#include "storage/latch.h"
#include "tcop/pquery.h"
#include "utils/acl.h"
#include "utils/resowner.h"
#include "utils/selfuncs.h"
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif
#if PG_VERSION_NUM >= 180000
#include "commands/explain_format.h"
#include "commands/explain_state.h"
#include "storage/waiteventset.h"
#include "utils/pg_locale.h"
#else
/* Of utils/pg_locale.h, which since 17 needs ICU's headers; they are no dependency of ours. */
extern bool lc_collate_is_c(Oid collation);
#endif

/* JSON semantic actions report success by value since 16; before they were void. */
#if PG_VERSION_NUM >= 160000
typedef JsonParseErrorType JsonActionResult;
#define JSON_ACTION_RETURN(result) return (result)
#define JSON_ACTION_OK JSON_SUCCESS
#else
typedef void JsonActionResult;
#define JSON_ACTION_RETURN(result) return
#define JSON_ACTION_OK
#endif

/* The lexer is allocated by the caller's context before 17, by the call since. */
static inline JsonLexContext *
compat_json_lexer(char *json, int len, int encoding)
{
#if PG_VERSION_NUM >= 170000
	return makeJsonLexContextCstringLen(NULL, json, len, encoding, true);
#else
	return makeJsonLexContextCstringLen(json, len, encoding, true);
#endif
}

/* A wait event set is owned by a resource owner since 17, by a context before. */
static inline WaitEventSet *
compat_create_wait_event_set(MemoryContext context, int nevents)
{
#if PG_VERSION_NUM >= 170000
	(void) context;
	return CreateWaitEventSet(NULL, nevents);
#else
	return CreateWaitEventSet(context, nevents);
#endif
}

/* Custom wait event names exist since 17; before, all extensions share one. */
#if PG_VERSION_NUM >= 170000
#include "utils/wait_event.h"
#define compat_wait_event(name) WaitEventExtensionNew(name)
#else
#include "utils/wait_event.h"
#define compat_wait_event(name) PG_WAIT_EXTENSION
#endif

/* create_foreignscan_path gained fdw_restrictinfo in 17 and disabled_nodes in 18. */
static inline ForeignPath *
compat_create_foreignscan_path(PlannerInfo *root, RelOptInfo *rel, double rows,
							   Cost startup_cost, Cost total_cost,
							   List *pathkeys, Relids required_outer,
							   List *fdw_private)
{
#if PG_VERSION_NUM >= 180000
	return create_foreignscan_path(root, rel, NULL, rows, 0, startup_cost,
								   total_cost, pathkeys, required_outer, NULL,
								   NIL, fdw_private);
#elif PG_VERSION_NUM >= 170000
	return create_foreignscan_path(root, rel, NULL, rows, startup_cost,
								   total_cost, pathkeys, required_outer, NULL,
								   NIL, fdw_private);
#else
	return create_foreignscan_path(root, rel, NULL, rows, startup_cost,
								   total_cost, pathkeys, required_outer, NULL,
								   fdw_private);
#endif
}

/* create_foreign_join_path changed in the same ways, … */
static inline ForeignPath *
compat_create_foreign_join_path(PlannerInfo *root, RelOptInfo *rel, double rows,
								Cost startup_cost, Cost total_cost, Path *outer_path)
{
#if PG_VERSION_NUM >= 180000
	return create_foreign_join_path(root, rel, NULL, rows, 0, startup_cost, total_cost,
									NIL, NULL, outer_path, NIL, NIL);
#elif PG_VERSION_NUM >= 170000
	return create_foreign_join_path(root, rel, NULL, rows, startup_cost, total_cost,
									NIL, NULL, outer_path, NIL, NIL);
#else
	return create_foreign_join_path(root, rel, NULL, rows, startup_cost, total_cost,
									NIL, NULL, outer_path, NIL);
#endif
}

/* … and create_foreign_upper_path. */
static inline ForeignPath *
compat_create_foreign_upper_path(PlannerInfo *root, RelOptInfo *rel, PathTarget *target,
								 double rows, Cost startup_cost, Cost total_cost,
								 List *pathkeys, Path *outer_path, List *fdw_private)
{
#if PG_VERSION_NUM >= 180000
	return create_foreign_upper_path(root, rel, target, rows, 0, startup_cost, total_cost,
									 pathkeys, outer_path, NIL, fdw_private);
#elif PG_VERSION_NUM >= 170000
	return create_foreign_upper_path(root, rel, target, rows, startup_cost, total_cost,
									 pathkeys, outer_path, NIL, fdw_private);
#else
	return create_foreign_upper_path(root, rel, target, rows, startup_cost, total_cost,
									 pathkeys, outer_path, fdw_private);
#endif
}

/* Elements of an array expression: a number of rows, and seen with the planner's eyes, since 17. */
static inline double
compat_estimate_array_length(PlannerInfo *root, Node *array)
{
#if PG_VERSION_NUM >= 170000
	return estimate_array_length(root, array);
#else
	(void) root;
	return estimate_array_length(array);
#endif
}

/* Forming a minimal tuple has an argument for room before it since 18. */
static inline MinimalTuple
compat_form_minimal_tuple(TupleDesc desc, Datum *values, bool *isnull)
{
#if PG_VERSION_NUM >= 180000
	return heap_form_minimal_tuple(desc, values, isnull, 0);
#else
	return heap_form_minimal_tuple(desc, values, isnull);
#endif
}

/* Bytes as base64 text; the encoder takes unsigned bytes since 18. */
static inline char *
compat_base64(const char *bytes, int len)
{
	int			size = pg_b64_enc_len(len);
	char	   *text = palloc0(size + 1);

#if PG_VERSION_NUM >= 180000
	if (pg_b64_encode((const uint8 *) bytes, len, text, size) < 0)
#else
	if (pg_b64_encode(bytes, len, text, size) < 0)
#endif
		elog(ERROR, "could not encode %d bytes as base64", len);
	return text;
}

/* Running a portal lost the argument "run_once" in 18. */
static inline bool
compat_portal_run(Portal portal, DestReceiver *dest, QueryCompletion *completion)
{
#if PG_VERSION_NUM >= 180000
	return PortalRun(portal, FETCH_ALL, true, dest, dest, completion);
#else
	return PortalRun(portal, FETCH_ALL, true, true, dest, dest, completion);
#endif
}

/* A path key names its order by comparison type since 18, by btree strategy before. */
static inline bool
compat_pathkey_is_ascending(const PathKey *pathkey)
{
#if PG_VERSION_NUM >= 180000
	return pathkey->pk_cmptype == COMPARE_LT;
#else
	return pathkey->pk_strategy == BTLessStrategyNumber;
#endif
}

/* Whether a collation sorts by bytes; asked of the locale itself since 18. */
static inline bool
compat_collation_is_c(Oid collation)
{
#if PG_VERSION_NUM >= 180000
	return pg_newlocale_from_collation(collation)->collate_is_c;
#else
	return lc_collate_is_c(collation);
#endif
}

/* Whether conditions hold only if a column is not null; sets of columns are bitmaps since 16. */
static inline bool
compat_forbids_null(List *clauses, Index varno, AttrNumber attno)
{
	List	   *columns = find_nonnullable_vars((Node *) clauses);

#if PG_VERSION_NUM >= 160000
	return mbms_is_member(varno, attno - FirstLowInvalidHeapAttributeNumber, columns);
#else
	ListCell   *lc;

	foreach(lc, columns)
	{
		Var		   *var = lfirst_node(Var, lc);

		if ((Index) var->varno == varno && var->varattno == attno && var->varlevelsup == 0)
			return true;
	}
	return false;
#endif
}

/* The role that a scan runs as is kept in the plan since 16, before in the range table. */
static inline Oid
compat_scan_user(ForeignScanState *node)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	Oid			userid;

#if PG_VERSION_NUM >= 160000
	userid = plan->checkAsUser;
#else
	int			rti = plan->scan.scanrelid;

	/* What is made of several relations is made of those of one role. */
	if (rti == 0)
		rti = bms_next_member(plan->fs_relids, -1);
	userid = exec_rt_fetch(rti, node->ss.ps.state)->checkAsUser;
#endif
	return OidIsValid(userid) ? userid : GetUserId();
}

/* The role that a modification runs as: with the permissions since 16, in the range table before. */
static inline Oid
compat_modify_user(ModifyTableState *mtstate, ResultRelInfo *rinfo)
{
#if PG_VERSION_NUM >= 160000
	return ExecGetResultRelCheckAsUser(rinfo, mtstate->ps.state);
#else
	Oid			userid = InvalidOid;

	if (rinfo->ri_RangeTableIndex != 0)
		userid = exec_rt_fetch(rinfo->ri_RangeTableIndex, mtstate->ps.state)->checkAsUser;
	return OidIsValid(userid) ? userid : GetUserId();
#endif
}

/* COPY hands a foreign table several rows at once since 16. */
#if PG_VERSION_NUM >= 160000
#define COMPAT_COPY_BATCHES true
#else
#define COMPAT_COPY_BATCHES false
#endif

/* Privileges of all kinds of objects are checked by one function since 16. */
static inline AclResult
compat_server_aclcheck(Oid serverid, Oid userid, AclMode mode)
{
#if PG_VERSION_NUM >= 160000
	return object_aclcheck(ForeignServerRelationId, serverid, userid, mode);
#else
	return pg_foreign_server_aclcheck(serverid, userid, mode);
#endif
}

#endif							/* STOCKBRIDGE_COMPAT_H */
