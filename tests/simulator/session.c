/*
 * session.c
 *		Logged-in sessions: cookies, idle timeout, one request at a time (SL 1).
 *
 * The timeout is an idle timeout and slides with use.  Requests of one session
 * wait for each other on its lock, which is how a B1 session behaves at best
 * (SL 1.5).  A session is freed by the last of: its logout or expiry, and the
 * release by the request that holds it.
 */
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <openssl/rand.h>

#include "config.h"
#include "session.h"

struct Session
{
	char		id[40];
	char		user[64];
	int			node;			/* that worked on it last */
	int64_t		used_at;		/* monotonic milliseconds */
	int			holders;
	bool		broken;
	bool		closed;
	pthread_mutex_t lock;
	Session    *next;
};

static Session *sessions;
static pthread_mutex_t table_lock = PTHREAD_MUTEX_INITIALIZER;

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Unlinks and, when nobody holds it, frees. Called with the table locked. */
static void
close_session(Session *session)
{
	for (Session **link = &sessions; *link != NULL; link = &(*link)->next)
		if (*link == session)
		{
			*link = session->next;
			break;
		}
	session->closed = true;
	if (session->holders == 0)
	{
		pthread_mutex_destroy(&session->lock);
		free(session);
	}
}

static void
expire_sessions(void)
{
	int64_t		limit = now_ms() - (int64_t) config.session_timeout * 1000;
	Session    *next;

	for (Session *session = sessions; session != NULL; session = next)
	{
		next = session->next;
		if (session->holders == 0 && session->used_at < limit)
			close_session(session);
	}
}

static Session *
find_session(const char *id)
{
	expire_sessions();
	for (Session *session = sessions; session != NULL; session = session->next)
		if (strcmp(session->id, id) == 0)
			return session;
	return NULL;
}

static bool
cookie_value(const char *cookie, char *id, size_t size)
{
	const char *start = cookie == NULL ? NULL : strstr(cookie, "B1SESSION=");
	size_t		length;

	if (start == NULL)
		return false;
	start += strlen("B1SESSION=");
	length = strcspn(start, "; ");
	if (length == 0 || length >= size)
		return false;
	memcpy(id, start, length);
	id[length] = '\0';
	return true;
}

static Session *
create_session(const char *user, int node)
{
	Session    *session = calloc(1, sizeof(Session));
	unsigned char r[16];

	if (session == NULL || RAND_bytes(r, sizeof(r)) != 1)
		abort();
	snprintf(session->id, sizeof(session->id),
			 "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
			 r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7],
			 r[8], r[9], r[10], r[11], r[12], r[13], r[14], r[15]);
	snprintf(session->user, sizeof(session->user), "%s", user);
	session->node = node;
	session->used_at = now_ms();
	pthread_mutex_init(&session->lock, NULL);
	return session;
}

static int
sessions_of(const char *user)
{
	int			count = 0;

	expire_sessions();
	for (Session *session = sessions; session != NULL; session = session->next)
		if (strcmp(session->user, user) == 0)
			count++;
	return count;
}

static void
respond_session(Context *context, const Session *session)
{
	Buffer	   *body = &context->response->body;

	respond_json(context, 200);
	response_header(context->response, "Set-Cookie", "B1SESSION=%s;HttpOnly;", session->id);
	response_header(context->response, "Set-Cookie", "ROUTEID=.node%d; path=/b1s", context->node);
	buffer_puts(body, "{\n   ");
	if (context->version == 1)
		buffer_printf(body, "\"odata.metadata\" : \"%s/$metadata#B1Sessions/@Element\",\n", context->root);
	else
		buffer_printf(body, "\"@odata.context\" : \"%s/$metadata#B1Sessions/$entity\",\n", context->root);
	/* minutes on the wire, rounded up so that a short test value is not 0 */
	buffer_printf(body, "   \"SessionId\" : \"%s\",\n   \"Version\" : \"1000210\",\n   \"SessionTimeout\" : %d\n}\n",
				  session->id, (config.session_timeout + 59) / 60);
}

bool
session_login(Context *context)
{
	json_t	   *body = json_loadb(context->request->body, context->request->body_length, 0, NULL);
	const char *company = json_string_value(json_object_get(body, "CompanyDB"));
	const char *user = json_string_value(json_object_get(body, "UserName"));
	const char *password = json_string_value(json_object_get(body, "Password"));
	bool		ok = false;

	if (company == NULL || user == NULL || password == NULL)
		respond_error(context, 400, "-1000", "Invalid login request");
	else if (strcmp(user, config.user) != 0 || strcmp(password, config.password) != 0)
		respond_error(context, 401, "-304", "Fail to get DB Credentials from SLD");
	else if (strcmp(company, config.company) != 0)
		respond_error(context, 401, "-5027", "Switch company error: -5027");
	else
	{
		pthread_mutex_lock(&table_lock);
		if (config.session_limit > 0 && sessions_of(user) >= config.session_limit)
			respond_error(context, 401, "-304", "Too many sessions of user %s", user);
		else
		{
			Session    *session = create_session(user, context->node);

			session->next = sessions;
			sessions = session;
			respond_session(context, session);
			ok = true;
		}
		pthread_mutex_unlock(&table_lock);
	}
	json_decref(body);
	return ok;
}

/* Another node finds the session in the database and logs its user in: one slow answer (SL 1.3). */
static void
take_over(Session *session, int node)
{
	struct timespec pause = {config.failover_ms / 1000, (long) (config.failover_ms % 1000) * 1000000};

	if (session->node != node)
		nanosleep(&pause, NULL);
	session->node = node;
}

static bool
respond_no_session(Context *context)
{
	return respond_error(context, 401, "301", "Invalid session or session already timeout.");
}

bool
session_acquire(Context *context)
{
	char		id[64];
	Session    *session = NULL;
	bool		closed;
	bool		broken;

	if (cookie_value(request_header(context, "Cookie"), id, sizeof(id)))
	{
		pthread_mutex_lock(&table_lock);
		session = find_session(id);
		if (session != NULL)
		{
			session->holders++;
			session->used_at = now_ms();
		}
		pthread_mutex_unlock(&table_lock);
	}
	if (session == NULL)
		return respond_no_session(context);
	pthread_mutex_lock(&session->lock);
	context->session = session;
	pthread_mutex_lock(&table_lock);
	closed = session->closed;
	broken = session->broken;
	pthread_mutex_unlock(&table_lock);
	if (!closed && !broken)
	{
		take_over(session, context->node);
		return true;
	}
	session_release(context);
	return closed ? respond_no_session(context) :
		respond_error(context, 500, "-1", "Internal error");
}

void
session_release(Context *context)
{
	Session    *session = context->session;

	if (session == NULL)
		return;
	context->session = NULL;
	pthread_mutex_unlock(&session->lock);
	pthread_mutex_lock(&table_lock);
	session->used_at = now_ms();
	if (--session->holders == 0 && session->closed)
	{
		pthread_mutex_destroy(&session->lock);
		free(session);
	}
	pthread_mutex_unlock(&table_lock);
}

bool
session_logout(Context *context)
{
	pthread_mutex_lock(&table_lock);
	if (!context->session->closed)
		close_session(context->session);
	pthread_mutex_unlock(&table_lock);
	respond_empty(context);
	return true;
}

void
session_break(const char *cookie)
{
	char		id[64];
	Session    *session;

	if (!cookie_value(cookie, id, sizeof(id)))
		return;
	pthread_mutex_lock(&table_lock);
	session = find_session(id);
	if (session != NULL)
		session->broken = true;
	pthread_mutex_unlock(&table_lock);
}

void
session_drop_all(void)
{
	pthread_mutex_lock(&table_lock);
	while (sessions != NULL)
		close_session(sessions);
	pthread_mutex_unlock(&table_lock);
}

int
session_count(void)
{
	int			count = 0;

	pthread_mutex_lock(&table_lock);
	expire_sessions();
	for (Session *session = sessions; session != NULL; session = session->next)
		count++;
	pthread_mutex_unlock(&table_lock);
	return count;
}
