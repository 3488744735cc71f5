/*
 * session_private.h
 *		Between session.c and the files that store sessions and end them.
 */
#ifndef STOCKBRIDGE_SESSION_PRIVATE_H
#define STOCKBRIDGE_SESSION_PRIVATE_H

#include "postgres.h"

#include "lib/stringinfo.h"
#include "session.h"

/* session_pack, session_unpack: a login as bytes for a pool's slot, and back (session_pack.c). */
extern void session_pack(const Session *session, StringInfo buf);
extern void session_unpack(const StringInfoData *buf, Session *session);

/*
 * session_log_out
 *		End logins that were taken out of a pool, all at the same time.
 *
 * "logins" is a List of StringInfo.  Bounded in time; nobody is told of failures.
 */
extern void session_log_out(List *logins);

/* session_log_out_idle: take all idle logins out of a pool and end them. */
extern void session_log_out_idle(Pool *pool);

/* session_keeper_register: the worker that logs out when the server stops. */
extern void session_keeper_register(void);

#endif							/* STOCKBRIDGE_SESSION_PRIVATE_H */
