/*
 * session.h
 *		Logins that a backend keeps and reuses, by server and user mapping.
 *
 * A session carries what a connector's login returned (cookies, a token, a
 * host) as request headers, and one request at a time (SL §1.5); a connector
 * that wants several on their way opens several.  It is forgotten when the server or the user
 * mapping changes, when the connector retires it, and logged out when the
 * backend ends.  Secrets in it never leave this file but as request headers
 * to the host that issued them.
 */
#ifndef STOCKBRIDGE_SESSION_H
#define STOCKBRIDGE_SESSION_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "remote.h"

typedef struct Session
{
	Oid			serverid;
	Oid			umid;
	MemoryContext context;		/* owns everything below */
	List	   *headers;		/* of char *: sent with every request */
	char	   *login_answer;	/* body of the login's answer, NULL if none */
	HttpTransfer *in_flight;	/* request on its way, NULL or done = idle */
	TimestampTz last_used;
	int			idle_timeout_ms;	/* after which it counts as expired, 0 = never */
	bool		valid;
	void		(*logout) (struct Session *session);	/* NULL = nothing to end; must
														 * not raise */
	void	   *logout_data;	/* whatever logout needs, in context */
} Session;

/* Fills session->headers, login_answer, idle_timeout_ms, logout in session->context. */
typedef void (*SessionLogin) (const RemoteServer *server, Session *session);

/*
 * session_acquire
 *		The backend's session for this server and user, logging in if needed.
 *
 * "login" raises ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION on refusal; then
 * no session is kept and nothing is tried again.
 */
extern Session *session_acquire(const RemoteServer *server, SessionLogin login);

/*
 * session_find, session_create, session_keep
 *		The steps of session_acquire, for a caller whose login must not raise.
 *
 * session_find returns an idle session, NULL if there is none.  session_create
 * makes an empty one below the current context; session_keep makes it
 * permanent.
 */
extern Session *session_find(const RemoteServer *server);
extern Session *session_create(const RemoteServer *server);
extern void session_keep(Session *session);

/* session_count: sessions of this server and user, busy ones included. */
extern int	session_count(const RemoteServer *server);

/*
 * session_wait
 *		Wait, interruptibly, until a session of this server and user is idle.
 */
extern void session_wait(const RemoteServer *server);

/*
 * session_occupy
 *		Mark a session as busy with a transfer, until the transfer is done or the
 *		current memory context, which must own the transfer, goes away.
 */
extern void session_occupy(Session *session, HttpTransfer *transfer);

/* session_of: the session that is, or was last, busy with a transfer; NULL if none. */
extern Session *session_of(const HttpTransfer *transfer);

/* session_touch: the remote has just accepted this session. */
extern void session_touch(Session *session);

/* session_retire: the remote refused it; the next acquire logs in anew. */
extern void session_retire(Session *session);

/* session_init: register callbacks; called once from _PG_init. */
extern void session_init(void);

#endif							/* STOCKBRIDGE_SESSION_H */
