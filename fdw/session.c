/*
 * session.c
 *		Sessions as connectors use them: found, logged in, given back, forgotten.
 *
 * Which session is whose is the pool's business (pool.c); what one consists of
 * is the connector's.  Here the two meet: a request takes a copy of a login from
 * the pool, or logs in with a slot reserved for it, so that no two backends log
 * in for the same user at once.
 *
 * Errors: from the moment at which a slot is reserved until the login is in it,
 * PG_TRY gives it back at once, because others wait for it; a memory context
 * may live on for long after an error in it.
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "session_private.h"
#include "stat.h"
#include "storage/ipc.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

/* A login that others may use as they like. */
#define ONE_FOR_ALL			1

/* True at first: what changed before this backend began, it was not told. */
static bool catalog_changed = true;

/*
 * Keeping house
 */

/* Servers or user mappings have changed: no login may outlive that. */
static void
on_catalog_change(Datum arg pg_attribute_unused(), int cache pg_attribute_unused(),
				  uint32 hash pg_attribute_unused())
{
	catalog_changed = true;
}

/*
 * What this backend used is there for others; what only it can end, it ends.
 * A failure cannot matter any more.
 */
static void
on_backend_exit(int code pg_attribute_unused(), Datum arg pg_attribute_unused())
{
	Pool	   *pool = pool_common();

	MemoryContextSwitchTo(TopMemoryContext);
	pool_end_backend(pool);
	if (pool_is_shared(pool))
	{
		if (pool_keeper(pool) == 0)
			session_log_out_idle(pool);
		pool_end_backend(pool_own());
	}
	session_log_out_idle(pool_own());
}

static void
ensure_exit_callback(void)
{
	static bool registered = false;

	if (!registered)
		before_shmem_exit(on_backend_exit, 0);
	registered = true;
}

/* Log out what was logged in under other options than today's. */
static void
forget_stale(Pool *pool)
{
	PoolTicket *tickets;
	PoolKey    *keys;
	int			count = pool_idle(pool, &tickets, &keys);
	List	   *logins = NIL;

	for (int i = 0; i < count; i++)
	{
		RemoteVersion version;
		StringInfo	login = makeStringInfo();

		if (keys[i].databaseid != MyDatabaseId ||
			(remote_version_read(keys[i].serverid, keys[i].umid, &version) &&
			 remote_version_equal(&version, &keys[i].version)))
			continue;
		if (pool_discard(&tickets[i], login))
			logins = lappend(logins, login);
	}
	session_log_out(logins);
}

static void
forget_all_stale(void)
{
	if (!catalog_changed || !IsTransactionState())
		return;
	catalog_changed = false;
	forget_stale(pool_own());
	if (pool_is_shared(pool_common()))
		forget_stale(pool_common());
}

/* Make room for a login: end the one that was not used for longest. */
static bool
make_room(Pool *pool)
{
	PoolTicket	oldest;
	StringInfo	login = makeStringInfo();

	if (!pool_oldest_idle(pool, &oldest))
		return false;
	if (pool_discard(&oldest, login))
		session_log_out(list_make1(login));
	return true;
}

/*
 * Logging in
 */

static void
give_back(void *arg)
{
	Session    *session = arg;

	if (session->ticket.lease != 0)
		pool_release(&session->ticket);
	session->ticket.lease = 0;
}

static Session *
make_session(const PoolTicket *ticket)
{
	Session    *session = palloc0(sizeof(Session));

	session->context = CurrentMemoryContext;
	session->ticket = *ticket;
	return session;
}

/* From here on an exclusive session goes back with its context at the latest. */
static Session *
hand_out(Session *session, PoolUse use)
{
	if (use == POOL_SHARED)
		session->ticket.lease = 0;
	else
	{
		session->on_reset.func = give_back;
		session->on_reset.arg = session;
		MemoryContextRegisterResetCallback(session->context, &session->on_reset);
	}
	return session;
}

/* A login too long for shared memory is kept by this backend alone. */
static void
put_login(Session *session, const PoolKey *key, PoolUse use, const StringInfoData *login)
{
	StringInfoData unused;

	if (pool_is_shared(session->ticket.pool) && login->len > POOL_LOGIN_BYTES)
	{
		(void) pool_give_up(&session->ticket, false);
		initStringInfo(&unused);
		if (pool_take(pool_own(), key, PG_INT32_MAX, use, &session->ticket, &unused) != POOL_LOG_IN)
			elog(ERROR, "no room for a login of %d bytes", login->len);
	}
	pool_put(&session->ticket, use, login, session->idle_timeout_ms);
}

/* Fill in the reserved slot; false if the login was refused. */
static bool
fill_slot(const RemoteServer *server, const PoolKey *key, Session *session, PoolUse use,
		  SessionTry login, void *arg)
{
	volatile bool accepted = false;

	PG_TRY();
	{
		StringInfo	packed = makeStringInfo();

		accepted = login(server, session, arg);
		if (accepted)
		{
			session_pack(session, packed);
			put_login(session, key, use, packed);
		}
	}
	PG_CATCH();
	{
		(void) pool_give_up(&session->ticket, false);
		stat_count_login(server->serverid, false);
		PG_RE_THROW();
	}
	PG_END_TRY();
	stat_count_login(server->serverid, accepted);
	return accepted;
}

/* Log in with the reserved slot; NULL if refused. */
static Session *
log_in(const RemoteServer *server, const PoolKey *key, const PoolTicket *ticket, PoolUse use,
	   SessionTry login, void *arg)
{
	Session    *session = make_session(ticket);

	session->fresh = true;
	return fill_slot(server, key, session, use, login, arg) ? hand_out(session, use) : NULL;
}

static Session *
load(const PoolTicket *ticket, PoolUse use, const StringInfoData *login)
{
	Session    *session = make_session(ticket);

	hand_out(session, use);
	session_unpack(login, session);
	return session;
}

/*
 * Taking
 */

static PoolKey
key_of(const RemoteServer *server)
{
	PoolKey		key = {.databaseid = MyDatabaseId, .serverid = server->serverid,
	.umid = server->umid, .version = server->version};

	return key;
}

/* One try: a session, a login, or NULL, with *wait if there will be one. */
static Session *
try_take(const RemoteServer *server, Pool *pool, const PoolKey *key, int max_sessions, PoolUse use,
		 SessionTry login, void *arg, bool *wait)
{
	StringInfoData bytes;
	PoolGrant	grant;
	PoolTicket	ticket = {0};
	Session    *session = NULL;

	*wait = false;
	initStringInfo(&bytes);
	grant = pool_take(pool, key, max_sessions, use, &ticket, &bytes);
	/* In use when we last looked, and given back since. */
	catalog_changed |= pool_stale_seen(pool);
	switch (grant)
	{
		case POOL_SESSION:
			session = load(&ticket, use, &bytes);
			break;
		case POOL_LOG_IN:
			session = log_in(server, key, &ticket, use, login, arg);
			/* Refused as one too many, perhaps: others will be free again. */
			if (session == NULL)
				*wait = pool_give_up(&ticket, true);
			break;
		case POOL_FULL:
			*wait = true;
			(void) make_room(pool);
			break;
		case POOL_WAIT:
			*wait = true;
			break;
	}
	return session;
}

/* Where this key's logins are: almost always in the pool for all. */
static Pool *
pool_of(const PoolKey *key)
{
	Pool	   *common = pool_common();

	return pool_is_shared(common) && pool_holds(pool_own(), key) ? pool_own() : common;
}

/* The pool to ask, in order. */
static Pool *
prepare_pool(const PoolKey *key)
{
	ensure_exit_callback();
	forget_all_stale();
	return pool_of(key);
}

/* Take, and wait while there is none. */
static Session *
take(const RemoteServer *server, int max_sessions, PoolUse use, SessionTry login, void *arg)
{
	PoolKey		key = key_of(server);
	Pool	   *pool = prepare_pool(&key);
	TimestampTz start;
	Session    *session;
	bool		wait;

	session = try_take(server, pool, &key, max_sessions, use, login, arg, &wait);
	if (session != NULL || !wait)
		return session;
	start = GetCurrentTimestamp();
	for (;;)
	{
		pool_prepare_wait(pool);
		session = try_take(server, pool, &key, max_sessions, use, login, arg, &wait);
		if (session != NULL || !wait)
			break;
		pool_wait(pool);
	}
	pool_cancel_wait(pool);
	stat_count_wait(server->serverid, (GetCurrentTimestamp() - start) / 1000.0);
	return session;
}

static bool
log_in_or_raise(const RemoteServer *server, Session *session, void *arg)
{
	SessionLogin *login = arg;

	(*login) (server, session);
	return true;
}

Session *
session_acquire(const RemoteServer *server, SessionLogin login)
{
	return take(server, ONE_FOR_ALL, POOL_SHARED, log_in_or_raise, &login);
}

Session *
session_find(const RemoteServer *server)
{
	PoolKey		key = key_of(server);
	bool		wait;

	return try_take(server, prepare_pool(&key), &key, 0, POOL_SHARED, NULL, NULL, &wait);
}

Session *
session_borrow(const RemoteServer *server, int max_sessions, SessionTry login, void *arg)
{
	return take(server, max_sessions, POOL_EXCLUSIVE, login, arg);
}

Session *
session_try_borrow(const RemoteServer *server, int max_sessions, PoolUse use,
				   SessionTry login, void *arg, bool *refused)
{
	PoolKey		key = key_of(server);
	bool		wait;
	Session    *session = try_take(server, prepare_pool(&key), &key, max_sessions, use, login, arg,
								   &wait);

	*refused = session == NULL && !wait;
	return session;
}

/*
 * Giving back
 */

void
session_occupy(Session *session, HttpTransfer *transfer)
{
	transfer_on_end(transfer, give_back, session);
}

void
session_touch(Session *session)
{
	pool_touch(&session->ticket);
}

void
session_retire(Session *session)
{
	pool_drop(&session->ticket);
}

void
session_discard(Session *session)
{
	StringInfo	login = makeStringInfo();

	pool_drop(&session->ticket);
	session_pack(session, login);
	session_log_out(list_make1(login));
}

void
session_init(void)
{
	pool_init();
	if (process_shared_preload_libraries_in_progress)
		session_keeper_register();
	CacheRegisterSyscacheCallback(FOREIGNSERVEROID, on_catalog_change, (Datum) 0);
	CacheRegisterSyscacheCallback(USERMAPPINGOID, on_catalog_change, (Datum) 0);
}
