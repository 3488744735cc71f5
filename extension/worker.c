/*
 * worker.c
 *		Background workers that run what is due: CALL stockbridge.run_due(link).
 *
 * Preloaded, each database named in stockbridge.databases gets
 * stockbridge.max_workers of them.  They share the work through row locks, as
 * any two sessions that CALL the same procedures would, so that nothing here
 * depends on how many there are.
 *
 * A worker takes the role of a link's owner for that link's work.  An error
 * ends the work on that link for this round, is logged, and slows the next
 * rounds down; the worker goes on.  Without the extension it idles.  On a
 * standby it is not started before promotion.
 *
 * Statements run through portals of their own, because a procedure that commits
 * needs one (and the snapshot machinery insists on it).
 */
#include "postgres.h"

#include "access/xact.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "tcop/pquery.h"
#include "tcop/tcopprot.h"
#include "tcop/utility.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/portal.h"
#include "utils/snapmgr.h"
#include "utils/varlena.h"

#include "../fdw/compat.h"
#include "extension_lock.h"
#include "worker.h"

/* Pause after errors: doubles from the naptime up to this. */
#define LONGEST_NAP_MS		60000
/* Seconds before the postmaster starts a worker again that ended by error. */
#define RESTART_SECONDS		5

PGDLLEXPORT void stockbridge_worker_main(Datum main_arg);

static char *databases = NULL;
static int	max_workers = 1;
static int	naptime_ms = 1000;

/* One link's work in one round. */
typedef struct Job
{
	char	   *link;
	char	   *owner;
} Job;

static void
define_settings(void)
{
	/*
	 * What decides about registration can be set only at server start.  A
	 * library that is loaded later may not define such a setting, and has no
	 * workers to register either.
	 */
	GucContext	at_start = process_shared_preload_libraries_in_progress ? PGC_POSTMASTER : PGC_SIGHUP;

	DefineCustomStringVariable("stockbridge.databases",
							   "Databases in which background workers run what is due.",
							   "A list of names. Takes effect when the library is in shared_preload_libraries.",
							   &databases, "", at_start, GUC_LIST_INPUT,
							   NULL, NULL, NULL);
	DefineCustomIntVariable("stockbridge.max_workers",
							"Number of background workers in each of stockbridge.databases.",
							"Each keeps one session with B1 busy and counts towards max_worker_processes.",
							&max_workers, 1, 1, 64, at_start, 0,
							NULL, NULL, NULL);
	DefineCustomIntVariable("stockbridge.naptime",
							"Time between two rounds of a background worker.",
							"After errors it doubles, up to one minute.",
							&naptime_ms, 1000, 10, LONGEST_NAP_MS, PGC_SIGHUP, GUC_UNIT_MS,
							NULL, NULL, NULL);
}

static void
register_worker(const char *database)
{
	BackgroundWorker worker;

	memset(&worker, 0, sizeof(worker));
	snprintf(worker.bgw_name, BGW_MAXLEN, "stockbridge worker for %s", database);
	snprintf(worker.bgw_type, BGW_MAXLEN, "stockbridge worker");
	snprintf(worker.bgw_library_name, sizeof(worker.bgw_library_name), "stockbridge");
	snprintf(worker.bgw_function_name, sizeof(worker.bgw_function_name), "stockbridge_worker_main");
	strlcpy(worker.bgw_extra, database, BGW_EXTRALEN);
	worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
	worker.bgw_restart_time = RESTART_SECONDS;
	RegisterBackgroundWorker(&worker);
}

void
worker_init(void)
{
	char	   *names;
	List	   *list;
	ListCell   *cell;

	define_settings();
	if (!process_shared_preload_libraries_in_progress)
		return;
	names = pstrdup(databases);
	if (!SplitGUCList(names, ',', &list))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid list of names in parameter \"%s\"", "stockbridge.databases")));
	foreach(cell, list)
	{
		for (int i = 0; i < max_workers; i++)
			register_worker(lfirst(cell));
	}
}

/*
 * Run one statement as if a client had sent it.  No transaction may be open; the
 * statement may commit.  Everything is allocated in "context", which must
 * outlive transactions.
 */
static void
run_statement(const char *sql, MemoryContext context)
{
	RawStmt    *parsed;
	List	   *planned;
	Portal		portal;
	QueryCompletion completion;
	DestReceiver *nowhere = CreateDestReceiver(DestNone);

	debug_query_string = sql;
	pgstat_report_activity(STATE_RUNNING, sql);
	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	MemoryContextSwitchTo(context);
	parsed = linitial_node(RawStmt, pg_parse_query(sql));
	PushActiveSnapshot(GetTransactionSnapshot());
	planned = pg_plan_queries(pg_analyze_and_rewrite_fixedparams(parsed, sql, NULL, 0, NULL),
							  sql, CURSOR_OPT_PARALLEL_OK, NULL);
	PopActiveSnapshot();

	portal = CreatePortal("", true, true);
	portal->visible = false;
	PortalDefineQuery(portal, NULL, sql, CreateCommandTag(parsed->stmt), planned, NULL);
	PortalStart(portal, NULL, 0, InvalidSnapshot);
	(void) compat_portal_run(portal, nowhere, &completion);
	PortalDrop(portal, false);
	CommitTransactionCommand();
	MemoryContextSwitchTo(context);
	pgstat_report_stat(false);
	pgstat_report_activity(STATE_IDLE, NULL);
	debug_query_string = NULL;
}

/* Take a role for the statements that follow; "none" gives it back. */
static void
take_role(const char *role)
{
	StartTransactionCommand();
	(void) set_config_option("role", role, PGC_SUSET, PGC_S_SESSION, GUC_ACTION_SET, true, 0, false);
	CommitTransactionCommand();
}

/* What there is to run: nothing while the extension is not installed. */
static List *
find_jobs(MemoryContext context)
{
	List	   *jobs = NIL;

	StartTransactionCommand();
	if (extension_lock())
	{
		SPI_connect();
		PushActiveSnapshot(GetTransactionSnapshot());
		if (SPI_execute("SELECT link, owner FROM stockbridge.link ORDER BY link", true, 0) != SPI_OK_SELECT)
			elog(ERROR, "could not read the links");
		for (uint64 i = 0; i < SPI_processed; i++)
		{
			MemoryContext outer = MemoryContextSwitchTo(context);
			Job		   *job = palloc(sizeof(Job));

			job->link = SPI_getvalue(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1);
			job->owner = SPI_getvalue(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 2);
			jobs = lappend(jobs, job);
			MemoryContextSwitchTo(outer);
		}
		PopActiveSnapshot();
		SPI_finish();
	}
	CommitTransactionCommand();
	MemoryContextSwitchTo(context);
	return jobs;
}

static void
run_job(const Job *job, MemoryContext context)
{
	char	   *sql = psprintf("CALL stockbridge.run_due(%s)", quote_literal_cstr(job->link));

	take_role(job->owner);
	run_statement(sql, context);
	take_role("none");
}

/*
 * After an ERROR: back to no transaction, and to the worker's own role, which
 * the failed statement may have left behind.
 */
static void
recover_from_error(MemoryContext context)
{
	HOLD_INTERRUPTS();
	MemoryContextSwitchTo(context);
	EmitErrorReport();
	AbortCurrentTransaction();
	PortalErrorCleanup();
	FlushErrorState();
	debug_query_string = NULL;
	pgstat_report_activity(STATE_IDLE, NULL);
	MemoryContextSwitchTo(context);
	RESUME_INTERRUPTS();
	take_role("none");
}

/* Returns false if it failed.  Cancel, too, ends only the job. */
static bool
try_job(const Job *job, MemoryContext context)
{
	volatile bool ok = true;

	PG_TRY();
	{
		run_job(job, context);
	}
	PG_CATCH();
	{
		recover_from_error(context);
		ok = false;
	}
	PG_END_TRY();
	return ok;
}

/* One round over all links; returns false if any of them failed. */
static bool
run_round(MemoryContext context)
{
	volatile bool ok = true;
	List	   *volatile jobs = NIL;
	ListCell   *cell;

	PG_TRY();
	{
		jobs = find_jobs(context);
	}
	PG_CATCH();
	{
		recover_from_error(context);
		ok = false;
	}
	PG_END_TRY();
	foreach(cell, jobs)
	{
		CHECK_FOR_INTERRUPTS();
		if (!try_job(lfirst(cell), context))
			ok = false;
	}
	return ok;
}

/* Sleep, or less: a signal wakes it, and shutdown ends the worker here. */
static void
nap(long milliseconds)
{
	static uint32 wait_event = 0;

	if (wait_event == 0)
		wait_event = compat_wait_event("StockbridgeWorkerMain");
	(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, milliseconds, wait_event);
	ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
	if (ConfigReloadPending)
	{
		ConfigReloadPending = false;
		ProcessConfigFile(PGC_SIGHUP);
	}
}

void
stockbridge_worker_main(Datum main_arg)
{
	MemoryContext round;
	long		pause = naptime_ms;

	(void) main_arg;
	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	pqsignal(SIGTERM, die);
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnection(MyBgworkerEntry->bgw_extra, NULL, 0);
	SetConfigOption("search_path", "pg_catalog", PGC_USERSET, PGC_S_OVERRIDE);
	pgstat_report_activity(STATE_IDLE, NULL);

	round = AllocSetContextCreate(TopMemoryContext, "stockbridge worker round", ALLOCSET_DEFAULT_SIZES);
	for (;;)
	{
		MemoryContextSwitchTo(round);
		if (run_round(round))
			pause = naptime_ms;
		else
			pause = Min(Max(pause, naptime_ms) * 2, LONGEST_NAP_MS);
		MemoryContextSwitchTo(TopMemoryContext);
		MemoryContextReset(round);
		nap(pause);
	}
}
