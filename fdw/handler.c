/*
 * handler.c
 *		The foreign data wrappers' entry points.
 *
 * Both wrappers share planner and executor; they differ by the connector that
 * remote_server_open finds from the wrapper's name.
 */
#include "postgres.h"

#include "analyze.h"
#include "connector.h"
#include "fdw.h"
#include "fmgr.h"
#include "foreign/fdwapi.h"
#include "key_batch.h"
#include "miscadmin.h"
#include "modify.h"
#include "rate.h"
#include "scan.h"
#include "session.h"
#include "shared.h"
#include "stat.h"
#include "trace.h"
#include "written.h"

PG_FUNCTION_INFO_V1(sap_b1_fdw_handler);
PG_FUNCTION_INFO_V1(ims_fdw_handler);

static List *
import_schema(ImportForeignSchemaStmt *stmt, Oid serverid)
{
	RemoteServer *server = remote_server_open(serverid, GetUserId());

	return server->connector->import_schema(server, stmt);
}

static FdwRoutine *
make_routine(void)
{
	FdwRoutine *routine = makeNode(FdwRoutine);

	routine->GetForeignRelSize = plan_rel_size;
	routine->GetForeignPaths = plan_paths;
	routine->GetForeignJoinPaths = join_paths;
	routine->GetForeignUpperPaths = upper_paths;
	routine->GetForeignPlan = plan_scan;
	routine->BeginForeignScan = scan_begin;
	routine->IterateForeignScan = scan_iterate;
	routine->ReScanForeignScan = scan_rescan;
	routine->EndForeignScan = scan_end;
	routine->ExplainForeignScan = scan_explain;
	routine->IsForeignRelUpdatable = modify_updatable;
	routine->AddForeignUpdateTargets = modify_add_targets;
	routine->PlanForeignModify = modify_plan;
	routine->BeginForeignModify = modify_begin;
	routine->BeginForeignInsert = modify_begin_insert;
	routine->ExecForeignInsert = modify_insert;
	routine->EndForeignInsert = modify_end_insert;
	routine->GetForeignModifyBatchSize = modify_batch_size;
	routine->ExecForeignBatchInsert = modify_insert_batch;
	routine->ExecForeignUpdate = modify_update;
	routine->ExecForeignDelete = modify_delete;
	routine->ExplainForeignModify = modify_explain;
	routine->IsForeignPathAsyncCapable = async_is_capable;
	routine->ForeignAsyncRequest = async_request;
	routine->ForeignAsyncConfigureWait = async_configure_wait;
	routine->ForeignAsyncNotify = async_notify;
	routine->AnalyzeForeignTable = analyze_table;
	routine->ImportForeignSchema = import_schema;
	return routine;
}

Datum
sap_b1_fdw_handler(PG_FUNCTION_ARGS)
{
	(void) fcinfo;
	PG_RETURN_POINTER(make_routine());
}

Datum
ims_fdw_handler(PG_FUNCTION_ARGS)
{
	(void) fcinfo;
	PG_RETURN_POINTER(make_routine());
}

void
fdw_init(void)
{
	shared_init();
	rate_init();
	stat_init();
	trace_init();
	session_init();
	key_batch_init();
	written_init();
}
