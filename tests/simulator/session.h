/*
 * session.h
 *		Logged-in sessions: cookies, idle timeout, one request at a time (SL 1).
 */
#ifndef SESSION_H
#define SESSION_H

#include "context.h"

/* POST Login and POST Logout. */
extern bool session_login(Context *context);
extern bool session_logout(Context *context);

/*
 * Takes the session that the request's cookie names into context->session, for
 * this request alone; waits while another request of the same session runs.
 * Answers 401/301 where there is none, 500 where it is broken.
 */
extern bool session_acquire(Context *context);
extern void session_release(Context *context);

/* Every later call on the session of this cookie header answers 500. */
extern void session_break(const char *cookie);

/* All sessions end, as when the service restarts. */
extern void session_drop_all(void);

extern int	session_count(void);

#endif
