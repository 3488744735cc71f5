/*
 * session.c
 *		Logins kept by a backend, found by server and user mapping.
 *
 * A session lives in a context of its own below CacheMemoryContext.  Changes
 * of servers and user mappings mark all sessions as stale through the system
 * cache; a stale one is logged out when it is next asked for.  At the end of
 * the backend each is logged out, bounded in time, so that the remote's
 * licences are free again (SL §1.4).
 */
#include "postgres.h"

#include "connector.h"
#include "foreign/foreign.h"
#include "session.h"
#include "storage/ipc.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

/* Ends a session's being busy when the owner of the transfer ends. */
typedef struct Occupation
{
	MemoryContextCallback callback;
	HttpTransfer *transfer;
} Occupation;

static List *sessions = NIL;	/* of Session *, in CacheMemoryContext */
static bool exit_registered = false;

static void
forget(Session *session)
{
	sessions = list_delete_ptr(sessions, session);
	MemoryContextDelete(session->context);
}

/* Servers or user mappings have changed: no login may outlive that. */
static void
on_catalog_change(Datum arg pg_attribute_unused(), int cache pg_attribute_unused(),
				  uint32 hash pg_attribute_unused())
{
	ListCell   *lc;

	foreach(lc, sessions)
	{
		Session    *session = lfirst(lc);

		session->valid = false;
	}
}

/* Log out of everything at the end; a failure cannot matter any more. */
static void
on_exit_logout(int code pg_attribute_unused(), Datum arg pg_attribute_unused())
{
	ListCell   *lc;

	foreach(lc, sessions)
	{
		Session    *session = lfirst(lc);

		if (session->logout != NULL)
			session->logout(session);
	}
}

static bool
is_expired(const Session *session)
{
	return session->idle_timeout_ms > 0 &&
		TimestampDifferenceExceeds(session->last_used, GetCurrentTimestamp(),
								   session->idle_timeout_ms);
}

static bool
is_idle(const Session *session)
{
	return session->in_flight == NULL || transfer_is_done(session->in_flight);
}

static bool
belongs_to(const Session *session, const RemoteServer *server)
{
	return session->serverid == server->serverid && session->umid == server->umid;
}

/* End idle sessions that may not be used any more. */
static void
drop_unusable(const RemoteServer *server)
{
	ListCell   *lc;

	foreach(lc, sessions)
	{
		Session    *session = lfirst(lc);

		if (!belongs_to(session, server) || !is_idle(session) ||
			(session->valid && !is_expired(session)))
			continue;
		if (session->logout != NULL && !is_expired(session))
			session->logout(session);
		sessions = foreach_delete_current(sessions, lc);
		MemoryContextDelete(session->context);
	}
}

Session *
session_find(const RemoteServer *server)
{
	ListCell   *lc;

	drop_unusable(server);
	foreach(lc, sessions)
	{
		Session    *session = lfirst(lc);

		if (belongs_to(session, server) && is_idle(session) && session->valid)
			return session;
	}
	return NULL;
}

int
session_count(const RemoteServer *server)
{
	int			count = 0;
	ListCell   *lc;

	foreach(lc, sessions)
		if (belongs_to(lfirst(lc), server))
			count++;
	return count;
}

void
session_wait(const RemoteServer *server)
{
	List	   *transfers = NIL;
	ListCell   *lc;

	foreach(lc, sessions)
	{
		Session    *session = lfirst(lc);

		if (belongs_to(session, server) && session->in_flight != NULL)
			transfers = lappend(transfers, session->in_flight);
	}
	if (transfers != NIL)
		(void) transfer_wait_any(transfers);
}

/* The transfer that a session was busy with goes away. */
static void
release_occupied(void *arg)
{
	Occupation *occupation = arg;
	ListCell   *lc;

	/* The session may be gone already; a transfer never belongs to two. */
	foreach(lc, sessions)
	{
		Session    *session = lfirst(lc);

		if (session->in_flight == occupation->transfer)
			session->in_flight = NULL;
	}
}

void
session_occupy(Session *session, HttpTransfer *transfer)
{
	Occupation *occupation = palloc0(sizeof(Occupation));

	occupation->transfer = transfer;
	occupation->callback.func = release_occupied;
	occupation->callback.arg = occupation;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, &occupation->callback);
	session->in_flight = transfer;
}

Session *
session_of(const HttpTransfer *transfer)
{
	ListCell   *lc;

	foreach(lc, sessions)
	{
		Session    *session = lfirst(lc);

		if (session->in_flight == transfer)
			return session;
	}
	return NULL;
}

Session *
session_create(const RemoteServer *server)
{
	MemoryContext context;
	Session    *session;

	/* Below the statement's context until the login has succeeded: no leak if not. */
	context = AllocSetContextCreate(CurrentMemoryContext, "stockbridge session",
									ALLOCSET_SMALL_SIZES);
	session = MemoryContextAllocZero(context, sizeof(Session));
	session->context = context;
	session->serverid = server->serverid;
	session->umid = server->umid;
	return session;
}

void
session_keep(Session *session)
{
	MemoryContext old;

	if (!exit_registered)
	{
		before_shmem_exit(on_exit_logout, 0);
		exit_registered = true;
	}
	session->valid = true;
	session->last_used = GetCurrentTimestamp();
	MemoryContextSetParent(session->context, CacheMemoryContext);
	old = MemoryContextSwitchTo(CacheMemoryContext);
	sessions = lappend(sessions, session);
	MemoryContextSwitchTo(old);
}

Session *
session_acquire(const RemoteServer *server, SessionLogin login)
{
	Session    *session = session_find(server);

	if (session == NULL)
	{
		session = session_create(server);
		login(server, session);
		session_keep(session);
	}
	return session;
}

void
session_touch(Session *session)
{
	session->last_used = GetCurrentTimestamp();
}

void
session_retire(Session *session)
{
	forget(session);
}

void
session_init(void)
{
	CacheRegisterSyscacheCallback(FOREIGNSERVEROID, on_catalog_change, (Datum) 0);
	CacheRegisterSyscacheCallback(USERMAPPINGOID, on_catalog_change, (Datum) 0);
}
