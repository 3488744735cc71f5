/*
 * pool.h
 *		Slots for logins: which there are, who uses which, who must wait.
 *
 * Between session.c and session_logout.c; nobody else asks here.  A pool is in
 * shared memory, or the backend's own.  What a login consists of is bytes to the
 * pool; they are wiped when the slot is given up.
 */
#ifndef STOCKBRIDGE_POOL_H
#define STOCKBRIDGE_POOL_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "remote.h"

typedef struct Pool Pool;

/* Longest login that fits into a slot of shared memory. */
#define POOL_LOGIN_BYTES	8192

/* Whose a login is: sessions are shared by equal keys and by nobody else. */
typedef struct PoolKey
{
	Oid			databaseid;
	Oid			serverid;
	Oid			umid;
	RemoteVersion version;		/* of the server's and the mapping's options */
} PoolKey;

/* A login, or one use of it. */
typedef struct PoolTicket
{
	Pool	   *pool;
	int			slot;
	uint64		serial;			/* of the login: never used again */
	uint64		lease;			/* of the use, 0 = not exclusive */
} PoolTicket;

typedef enum PoolUse
{
	POOL_SHARED,				/* many requests at a time: one login for all */
	POOL_EXCLUSIVE,				/* one request at a time, of the only one of a backend */
	POOL_FURTHER,				/* the same, of one of several */
	POOL_SPARE					/* the same, but only what nobody waits for */
} PoolUse;

typedef enum PoolGrant
{
	POOL_SESSION,				/* the ticket's login may be used */
	POOL_LOG_IN,				/* the slot is reserved; log in, or give it up */
	POOL_WAIT,					/* all are in use, or somebody is logging in */
	POOL_FULL					/* there is no slot left for a further login */
} PoolGrant;

/* The pool for all, which is the backend's own without shared memory. */
extern Pool *pool_common(void);

/* The backend's own, for logins that do not fit into shared memory. */
extern Pool *pool_own(void);

extern bool pool_is_shared(const Pool *pool);

/* pool_holds: whether there is any login of that key. */
extern bool pool_holds(Pool *pool, const PoolKey *key);

/*
 * pool_take
 *		Ask for a session of a key, of which there may be "max_sessions".
 *
 * With POOL_SESSION, "login" gets its bytes: a buffer of POOL_LOGIN_BYTES, or
 * of any size for pool_own, which returns its own copy in *login.
 */
extern PoolGrant pool_take(Pool *pool, const PoolKey *key, int max_sessions, PoolUse use,
						   PoolTicket *ticket, StringInfo login);

/* pool_stale_seen: whether pool_take has met idle logins of other versions, since last asked. */
extern bool pool_stale_seen(Pool *pool);

/* pool_put: the reserved slot's login has succeeded; the ticket is in use. */
extern void pool_put(PoolTicket *ticket, PoolUse use, const StringInfoData *login,
					 int idle_timeout_ms);

/*
 * pool_give_up
 *		There was no login.  With "refused", others of the key do without a
 *		further one for a while; returns whether there are such others.
 */
extern bool pool_give_up(const PoolTicket *ticket, bool refused);

/* pool_release: an exclusive use has ended; nothing happens the second time. */
extern void pool_release(const PoolTicket *ticket);

/* pool_touch: the remote has just accepted this login. */
extern void pool_touch(const PoolTicket *ticket);

/* pool_drop: the login is worth nothing any more, whoever uses it. */
extern void pool_drop(const PoolTicket *ticket);

/*
 * pool_discard
 *		Take an idle login out of the pool, to log it out; false if it is not
 *		idle any more.  Its bytes are appended to "login".
 */
extern bool pool_discard(const PoolTicket *ticket, StringInfo login);

/* pool_idle: the idle logins, and the key of each, in palloc'd arrays. */
extern int	pool_idle(Pool *pool, PoolTicket **tickets, PoolKey **keys);

/* pool_oldest_idle: the idle login that was not used for longest; false if none. */
extern bool pool_oldest_idle(Pool *pool, PoolTicket *ticket);

/*
 * pool_wait
 *		Wait, interruptibly, until the pool may have changed.
 *
 * Call pool_prepare_wait before the pool_take that found nothing, so that no
 * change in between is missed, and pool_cancel_wait after the last.
 */
extern void pool_prepare_wait(Pool *pool);
extern void pool_wait(Pool *pool);
extern void pool_cancel_wait(Pool *pool);

/* pool_end_backend: give back what this backend uses. */
extern void pool_end_backend(Pool *pool);

/* pool_in_use: whether any slot is used by a process. */
extern bool pool_in_use(Pool *pool);

/* The process that logs out when the server stops; 0 = there is none. */
extern int	pool_keeper(Pool *pool);
extern void pool_set_keeper(Pool *pool, int pid);

/* pool_init: called once from _PG_init. */
extern void pool_init(void);

#endif							/* STOCKBRIDGE_POOL_H */
