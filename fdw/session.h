/*
 * session.h
 *		Logins that backends keep, share and reuse, by server and user mapping.
 *
 * A session carries what a connector's login returned (cookies, a token) as
 * request headers.  Of all backends together when the library is preloaded,
 * else of each; the interface is the same.  Two ways to use them:
 *
 *	 session_acquire	many requests at a time on one login (a token)
 *	 session_borrow		one request at a time, several logins (SL §1.5)
 *
 * A session is forgotten when server or user mapping change, when the connector
 * retires it, and logged out when nobody can use it any more.  Secrets in it
 * leave these files but as request headers to the server that issued them.
 */
#ifndef STOCKBRIDGE_SESSION_H
#define STOCKBRIDGE_SESSION_H

#include "postgres.h"

#include "pool.h"
#include "remote.h"

/* A backend's copy of a login, in the context that was current when it was taken. */
typedef struct Session
{
	MemoryContext context;		/* the copy's; what a login puts in belongs there */
	List	   *headers;		/* of char *: sent with every request */
	char	   *login_answer;	/* body of the login's answer, NULL if none */
	int			idle_timeout_ms;	/* after which it counts as expired, 0 = never */
	HttpRequest *logout;		/* request that ends it, with the headers it needs; NULL = none */
	TransportSettings logout_transport;
	bool		fresh;			/* this call has logged in */

	/* Of session.c. */
	PoolTicket	ticket;
	MemoryContextCallback on_reset;
} Session;

/*
 * Logs in and fills headers, login_answer, idle_timeout_ms and the logout, in
 * session->context.  Returns false, or raises, if that was refused.
 */
typedef bool (*SessionTry) (const RemoteServer *server, Session *session, void *arg);

/* The same for a login whose refusal raises. */
typedef void (*SessionLogin) (const RemoteServer *server, Session *session);

/*
 * session_acquire
 *		The session of this server and user, logging in if there is none.
 *
 * Not exclusive: other requests may carry the same login at the same time.
 * "login" raises ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION on refusal; then
 * nothing is kept and nothing is tried again.
 */
extern Session *session_acquire(const RemoteServer *server, SessionLogin login);

/* session_find: the same if there is one already, else NULL. */
extern Session *session_find(const RemoteServer *server);

/*
 * session_borrow
 *		An idle session for this backend alone, logging in while there are fewer
 *		than "max_sessions".
 *
 * Waits, interruptibly, while all are in use.  NULL if the login was refused and
 * there is no other session to wait for.  Goes back with session_occupy, or when
 * the current context is reset.
 */
extern Session *session_borrow(const RemoteServer *server, int max_sessions,
							   SessionTry login, void *arg);

/*
 * session_try_borrow
 *		The same without waiting but for a login: NULL if none is free, or with
 *		*refused if there is none.
 *
 * POOL_FURTHER for one of several requests of this backend, POOL_SPARE for what
 * only saves time later: it takes nothing that anybody waits for, and may be
 * lent to others if it is held for long.
 */
extern Session *session_try_borrow(const RemoteServer *server, int max_sessions, PoolUse use,
								   SessionTry login, void *arg, bool *refused);

/*
 * session_occupy
 *		Give a borrowed session back when a transfer has ended or is dropped.
 *
 * The transfer must have been started in the session's context, or below it.
 */
extern void session_occupy(Session *session, HttpTransfer *transfer);

/* session_touch: the remote has just accepted this session. */
extern void session_touch(Session *session);

/* session_retire: the remote does not know it any more; the next use logs in anew. */
extern void session_retire(Session *session);

/* session_discard: the same for one that is of no use though the remote may know it. */
extern void session_discard(Session *session);

/* session_init: register callbacks; called once from _PG_init. */
extern void session_init(void);

#endif							/* STOCKBRIDGE_SESSION_H */
