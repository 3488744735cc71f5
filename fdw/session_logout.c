/*
 * session_logout.c
 *		Ending logins, so that the remote's licences are free again (SL §1.4).
 *
 * Sessions of the shared pool outlive backends, so no backend logs them out at
 * its end.  A background worker does when the server stops; it has no database
 * and needs none.  Where that worker is not running, each backend logs out what
 * it can at its own end.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "session_private.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/wait_event.h"

/* A logout must not hold up whoever makes it. */
#define LOGOUT_TIMEOUT_MS	2000
/* Time that the worker gives to others to return their sessions when the server stops. */
#define STOP_TIMEOUT_MS		3000
/* Between two looks for sessions that the remote has forgotten. */
#define LOOK_MS				60000
#define RESTART_SECONDS		5

PGDLLEXPORT void stockbridge_session_keeper_main(Datum arg);

static HttpTransfer *
start_logout(const StringInfoData *login)
{
	Session    *session = palloc0(sizeof(Session));

	session_unpack(login, session);
	if (session->logout == NULL)
		return NULL;
	session->logout_transport.connect_timeout_ms = LOGOUT_TIMEOUT_MS;
	session->logout_transport.request_timeout_ms = LOGOUT_TIMEOUT_MS;
	return transfer_start(&session->logout_transport, session->logout);
}

void
session_log_out(List *logins)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "stockbridge logout",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	List	   *transfers = NIL;
	ListCell   *lc;

	foreach(lc, logins)
	{
		HttpTransfer *transfer = start_logout(lfirst(lc));

		if (transfer != NULL)
			transfers = lappend(transfers, transfer);
	}
	foreach(lc, transfers)
		(void) transfer_wait(lfirst(lc));
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
}

void
session_log_out_idle(Pool *pool)
{
	PoolTicket *tickets;
	PoolKey    *keys;
	int			count = pool_idle(pool, &tickets, &keys);
	List	   *logins = NIL;

	for (int i = 0; i < count; i++)
	{
		StringInfo	login = makeStringInfo();

		if (pool_discard(&tickets[i], login))
			logins = lappend(logins, login);
	}
	session_log_out(logins);
}

/*
 * The worker
 */

static void
forget_keeper(int code pg_attribute_unused(), Datum arg pg_attribute_unused())
{
	pool_set_keeper(pool_common(), 0);
}

/* The server stops, or somebody wants the worker to: end all that comes back in time. */
static void
log_out_all(Pool *pool)
{
	TimestampTz until = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), STOP_TIMEOUT_MS);

	for (;;)
	{
		pool_prepare_wait(pool);
		session_log_out_idle(pool);
		if (!pool_in_use(pool) || GetCurrentTimestamp() >= until)
			break;
		transport_wait(STOP_TIMEOUT_MS / 10);
	}
	pool_cancel_wait(pool);
}

void
stockbridge_session_keeper_main(Datum arg pg_attribute_unused())
{
	Pool	   *pool = pool_common();
	MemoryContext round = AllocSetContextCreate(TopMemoryContext, "stockbridge session keeper",
												ALLOCSET_DEFAULT_SIZES);

	pqsignal(SIGTERM, SignalHandlerForShutdownRequest);
	BackgroundWorkerUnblockSignals();
	pool_set_keeper(pool, MyProcPid);
	before_shmem_exit(forget_keeper, 0);
	MemoryContextSwitchTo(round);
	while (!ShutdownRequestPending)
	{
		PoolTicket *tickets;
		PoolKey    *keys;

		/* Looking frees the slots of sessions that have expired. */
		(void) pool_idle(pool, &tickets, &keys);
		MemoryContextReset(round);
		(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, LOOK_MS,
						 PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
	}
	log_out_all(pool);
	/* Restarted if it was not the server that stopped. */
	proc_exit(1);
}

void
session_keeper_register(void)
{
	BackgroundWorker worker;

	memset(&worker, 0, sizeof(worker));
	snprintf(worker.bgw_name, BGW_MAXLEN, "stockbridge session keeper");
	snprintf(worker.bgw_type, BGW_MAXLEN, "stockbridge session keeper");
	snprintf(worker.bgw_library_name, sizeof(worker.bgw_library_name), "stockbridge");
	snprintf(worker.bgw_function_name, sizeof(worker.bgw_function_name),
			 "stockbridge_session_keeper_main");
	worker.bgw_flags = BGWORKER_SHMEM_ACCESS;
	worker.bgw_start_time = BgWorkerStart_ConsistentState;
	worker.bgw_restart_time = RESTART_SECONDS;
	RegisterBackgroundWorker(&worker);
}
