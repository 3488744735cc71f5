/*
 * service_layer_session.c
 *		Logged-in requests to a Service Layer, and what its errors mean.
 *
 * A login is two cookies (SL §1.1); they live in the pool of session.c and go
 * only to the server's own URL.  A session that answers 401 is replaced until
 * one that was logged in just now is refused as well (SL §1.2): the session
 * manager's refusal, code 301, comes before any business processing, so even a
 * write may be sent again; a 401 on a fresh login is a refusal.  A session that
 * answers 500 may be broken and is not used again.  Nothing else is ever sent
 * twice here.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "connector.h"
#include "option.h"
#include "rowset.h"
#include "service_layer_private.h"
#include "session.h"
#include "utils/memutils.h"
#include "written.h"

/* "NAME=value" of a Set-Cookie header, without its attributes. */
static char *
cookie_pair(const char *header)
{
	const char *end = strchr(header, ';');

	return end ? pnstrdup(header, end - header) : pstrdup(header);
}

/* The request header that repeats the cookies of a login's answer. */
static char *
cookie_header(const HttpResponse *response)
{
	StringInfoData buf;
	ListCell   *lc;
	bool		any = false;

	initStringInfo(&buf);
	appendStringInfoString(&buf, "Cookie: ");
	foreach(lc, response->headers)
	{
		const char *line = lfirst(lc);

		if (pg_strncasecmp(line, "Set-Cookie:", 11) != 0)
			continue;
		line += 11 + strspn(line + 11, " \t");
		appendStringInfo(&buf, "%s%s", any ? "; " : "", cookie_pair(line));
		any = true;
	}
	return any ? buf.data : NULL;
}

/* Everything that ends the login, for whoever does it (SL §1.1). */
static void
prepare_logout(const RemoteServer *server, Session *session)
{
	session->logout = palloc0(sizeof(HttpRequest));
	session->logout->method = "POST";
	session->logout->url = psprintf("%s/Logout", server->url);
	session->logout->headers = session->headers;
	session->logout_transport = server->transport;
}

/* JSON body of a login. */
static char *
login_body(const RemoteServer *server, const char *user, const char *password)
{
	StringInfoData buf;
	const char *language = remote_option(server->options, "language");

	initStringInfo(&buf);
	appendStringInfoString(&buf, "{\"CompanyDB\":");
	json_append_string(&buf, remote_require_option(server->options, "company", server->name));
	appendStringInfoString(&buf, ",\"UserName\":");
	json_append_string(&buf, user);
	appendStringInfoString(&buf, ",\"Password\":");
	json_append_string(&buf, password);
	if (language != NULL)
		appendStringInfo(&buf, ",\"Language\":%s", language);
	appendStringInfoChar(&buf, '}');
	return pg_server_to_any(buf.data, buf.len, PG_UTF8);
}

/* Take over an accepted login: cookies and idle timeout. */
static void
accept_login(const RemoteServer *server, Session *session, const HttpResponse *response)
{
	MemoryContext old = MemoryContextSwitchTo(session->context);
	char	   *cookies = cookie_header(response);
	char	   *minutes = json_scalar(response->body, response->body_len, "/SessionTimeout");

	if (cookies != NULL)
		session->headers = list_make1(cookies);
	session->idle_timeout_ms = Min(minutes ? Max(atoi(minutes), 0) : 0, 24 * 60) * 60 * 1000;
	prepare_logout(server, session);
	MemoryContextSwitchTo(old);
}

/*
 * Log in; a SessionTry whose argument is the answer that was no login.  Raises
 * only for a missing user mapping or option.
 */
static bool
login(const RemoteServer *server, Session *session, void *arg)
{
	HttpResponse **refusal = arg;
	const char *user = remote_option(server->user_options, "user");
	const char *password = remote_option(server->user_options, "password");
	List	   *headers = list_make2("Content-Type: application/json", "Accept: application/json");
	HttpRequest request = {.method = "POST", .headers = headers, .is_write = true};
	HttpResponse *response;

	if (user == NULL || password == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION),
				 errmsg("no user and password for server \"%s\"", server->name),
				 errhint("Run CREATE USER MAPPING FOR CURRENT_USER SERVER %s OPTIONS (user '...', password '...').",
						 server->name)));
	request.url = psprintf("%s/Login", server->url);
	request.body = login_body(server, user, password);
	request.body_len = strlen(request.body);
	response = http_send(&server->transport, &request);
	if (response->outcome == HTTP_ANSWERED && response->status == 200)
		accept_login(server, session, response);
	*refusal = response;
	return session->headers != NIL;
}

/*
 * Start a request with the cookies of a session, which is given back when it has
 * ended.  They are the server's own, and go nowhere else.
 */
static HttpTransfer *
start_with(const RemoteServer *server, Session *session, const ServiceLayerRequest *call)
{
	HttpRequest request = {.method = call->method, .url = call->url, .is_write = call->is_write};
	size_t		root_len = strlen(server->url);
	HttpTransfer *transfer;

	if (strncmp(call->url, server->url, root_len) != 0 || call->url[root_len] != '/')
		elog(ERROR, "request outside of the url of server \"%s\"", server->name);
	request.headers = list_concat_copy(session->headers, call->headers);
	if (call->body != NULL)
	{
		request.headers = lappend(request.headers,
								  psprintf("Content-Type: %s", call->content_type ?
										   call->content_type : "application/json"));
		request.body = call->body;
		request.body_len = strlen(call->body);
	}
	if (call->is_write)
		written_sent();
	transfer = transfer_start(&server->transport, &request);
	session_occupy(session, transfer);
	return transfer;
}

/*
 * Whether the request was refused for its session, so that it may be sent again.
 * A write only if the Service Layer itself says so by its code (SL §7, rule 1):
 * what a proxy means by 401 nobody knows.
 */
static bool
is_lost_session(const HttpResponse *response, const ServiceLayerRequest *call)
{
	char	   *code;

	if (response->outcome != HTTP_ANSWERED || response->status != 401)
		return false;
	code = odata_error_code(response);
	return !call->is_write || (code != NULL && strcmp(code, "301") == 0);
}

static int
max_sessions(const RemoteServer *server)
{
	return (int) option_int(server->options, "sessions");
}

HttpResponse *
service_layer_send(const RemoteServer *server, const ServiceLayerRequest *call,
				   bool *login_failed)
{
	HttpResponse *response = NULL;
	bool		again;

	/* Every session that there is may be lost; a fresh one that is refused is not. */
	*login_failed = false;
	do
	{
		Session    *session;

		if (call->is_write)
			written_hold();
		session = session_borrow(server, max_sessions(server), login, &response);
		if (session == NULL)
		{
			*login_failed = true;
			return response;
		}
		response = transfer_wait(start_with(server, session, call));
		again = service_layer_drop_lost_session(session, response, call);
	} while (again);
	return response;
}

Session *
service_layer_start_within(const RemoteServer *server, const ServiceLayerRequest *call,
						   int most_sessions, HttpTransfer **transfer, HttpResponse **refusal)
{
	HttpResponse *response = NULL;
	bool		refused;
	Session    *session = session_try_borrow(server, Min(most_sessions, max_sessions(server)),
											 POOL_FURTHER, login, &response, &refused);

	*refusal = refused ? response : NULL;
	*transfer = session ? start_with(server, session, call) : NULL;
	return session;
}

HttpTransfer *
service_layer_start(const RemoteServer *server, const ServiceLayerRequest *call,
					bool may_log_in)
{
	HttpResponse *refusal;
	bool		refused;
	Session    *session;

	/* A refusal is no fault here: the sessions that there are will do. */
	session = session_try_borrow(server, may_log_in ? max_sessions(server) : 0, POOL_SPARE, login,
								 &refusal, &refused);
	return session ? start_with(server, session, call) : NULL;
}

bool
service_layer_drop_lost_session(Session *session, const HttpResponse *response,
								const ServiceLayerRequest *call)
{
	bool		lost = is_lost_session(response, call) && !session->fresh;

	if (lost)
		session_retire(session);
	/* Every request on a broken session answers 500 (SL §1.2). */
	else if (response->outcome == HTTP_ANSWERED && response->status == 500)
		session_discard(session);
	return lost;
}

/* Codes of a Service Layer that does not know an entity set or member (SL §7). */
static bool
is_metadata_code(const char *code)
{
	static const char *const codes[] = {"200", "201", "-1000", "-1002"};

	for (size_t i = 0; code != NULL && i < lengthof(codes); i++)
		if (strcmp(code, codes[i]) == 0)
			return true;
	return false;
}

/* What to do about an answer, by its status and code. */
static const char *
status_hint(int status, const char *code)
{
	if (status == 400)
		return is_metadata_code(code)
			? "If the company's fields have changed, import the foreign schema again."
			: "The text is Business One's own; the data or the set-up of the company must change.";
	if (status >= 300 && status < 400)
		return "Redirects are not followed. Put the final address into the option \"url\".";
	switch (status)
	{
		case 401:
		case 403:
			return "Check the authorizations of the Business One user in the user mapping.";
		case 404:
			return "Check the option \"url\": it ends in /b1s/v1 or /b1s/v2.";
		case 502:
		case 503:
		case 504:
			return "The Service Layer or a proxy before it is not available. Try again later.";
		default:
			return "See the log of the Service Layer.";
	}
}

static int
status_sqlstate(int status)
{
	switch (status)
	{
		case 401:
			return ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION;
		case 403:
			return ERRCODE_INSUFFICIENT_PRIVILEGE;
		case 404:
			return ERRCODE_FDW_TABLE_NOT_FOUND;
		case 412:
			return ERRCODE_T_R_SERIALIZATION_FAILURE;
		default:
			return ERRCODE_FDW_ERROR;
	}
}

/* A login that was refused: say whose, where, and why. */
static void
raise_login_failure(const RemoteServer *server, const HttpResponse *response)
{
	char	   *message;

	remote_raise_failure(server, response, "logging in");
	message = odata_error_message(response);
	ereport(ERROR,
			(errcode(ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION),
			 errmsg("could not log in to server \"%s\": %s", server->name,
					message ? message : psprintf("HTTP status %d without a Service Layer error",
												 response->status)),
			 errdetail("Company database \"%s\", user \"%s\", HTTP status %d, error code %s.",
					   remote_option(server->options, "company"),
					   remote_option(server->user_options, "user"),
					   response->status,
					   odata_error_code(response) ? odata_error_code(response) : "none"),
			 errhint("Check user and password in the user mapping and \"company\" and \"url\" of the server.")));
}

void
service_layer_raise(const RemoteServer *server, const HttpResponse *response,
					bool login_failed, const char *attempted)
{
	char	   *message;
	char	   *code;

	if (login_failed)
		raise_login_failure(server, response);
	remote_raise_failure(server, response, attempted);
	message = odata_error_message(response);
	code = odata_error_code(response);
	if (message == NULL)
		message = psprintf("HTTP status %d with a body that is no Service Layer error",
						   response->status);
	ereport(ERROR,
			(errcode(status_sqlstate(response->status)),
			 errmsg("server \"%s\" refused %s: %s", server->name, attempted, message),
			 errdetail("HTTP status %d, error code %s.", response->status, code ? code : "none"),
			 errhint("%s", status_hint(response->status, code))));
}
