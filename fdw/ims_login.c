/*
 * ims_login.c
 *		Who we are to an inventory system: headers, and the request that logs in.
 *
 * A login is tried once.  Refused, it raises and is not tried again by itself:
 * several remotes lock an account after a handful of wrong passwords.  What
 * the login answered stays in the session; messages never show it.
 */
#include "postgres.h"

#include "compat.h"
#include "foreign/foreign.h"
#include "ims.h"
#include "miscadmin.h"
#include "option.h"
#include "option_table.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

/* What the logout of a session needs once its statement is long over. */
typedef struct ImsLogout
{
	TransportSettings transport;
	char	   *method;
	char	   *url;
	char	   *body;
	List	   *headers;
} ImsLogout;

/* Time that ending a login may take at the end of a backend. */
#define LOGOUT_TIMEOUT_MS 2000

/* ---- headers ---- */

static char *
render_line(const Template *template, const ImsContext *context)
{
	StringInfoData buf;

	initStringInfo(&buf);
	template_render(template, &buf, ims_lookup, (void *) context);
	return buf.data;
}

static TemplateValue *
lookup(const ImsContext *context, const char *name, const char *argument)
{
	TemplateRef ref = {.name = name, .argument = argument, .place = TEMPLATE_PLAIN};

	return ims_lookup((void *) context, &ref);
}

/* RFC 7617: the first colon ends the user's name, so it cannot hold one. */
static char *
basic_authorization(const ImsContext *context)
{
	const char *user = lookup(context, "user", NULL)->text;
	const char *password = remote_option(context->server->remote->user_options, "password");
	char	   *pair;

	if (strchr(user, ':'))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("user of server \"%s\" holds a colon, which HTTP Basic authentication cannot send",
						context->server->remote->name)));
	pair = psprintf("%s:%s", user, password ? password : "");
	return psprintf("Authorization: Basic %s", compat_base64(pair, strlen(pair)));
}

List *
ims_request_headers(const ImsContext *context, const char *content_type)
{
	List	   *headers = list_make1("Accept: application/json");
	ListCell   *lc;

	if (content_type)
		headers = lappend(headers, psprintf("Content-Type: %s", content_type));
	if (context->server->auth == IMS_AUTH_BASIC)
		headers = lappend(headers, basic_authorization(context));
	foreach(lc, context->server->headers)
		headers = lappend(headers, render_line(lfirst(lc), context));
	if (context->session)
		headers = list_concat(headers, context->session->headers);
	return headers;
}

/* ---- login ---- */

/* A request of the server's options: "METHOD /path" and a body. */
typedef struct LoginRequest
{
	char	   *method;
	char	   *url;
	char	   *body;
	const char *content_type;
} LoginRequest;

static char *
render_option(const ImsContext *context, const char *text, TemplatePlace place, const char *option)
{
	return render_line(ims_compile(text, place, TEMPLATE_IN_LOGIN, option), context);
}

static LoginRequest
build_request(const ImsContext *context, const char *request, const char *request_option,
			  const char *body, const char *body_option, bool form)
{
	LoginRequest result = {0};
	size_t		len = strspn(request, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
	const char *path = request + len + strspn(request + len, " \t");

	if (len == 0 || *path != '/')
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("invalid value \"%s\" for option \"%s\"", request, request_option),
				 errhint("A request is a method and a path, as in \"POST /login\".")));
	result.method = pnstrdup(request, len);
	result.url = psprintf("%s%s", context->server->remote->url,
						  render_option(context, path, TEMPLATE_PATH, request_option));
	if (body)
	{
		result.body = render_option(context, body, form ? TEMPLATE_QUERY : TEMPLATE_JSON, body_option);
		result.content_type = form ? "application/x-www-form-urlencoded" : "application/json";
	}
	return result;
}

static void
raise_refused(const ImsServer *server, const HttpResponse *response)
{
	char	   *message = ims_remote_message(server, response);

	ereport(ERROR,
			(errcode(ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION),
			 errmsg("server \"%s\" refused the login (HTTP status %d)", server->remote->name,
					response->status),
			 message ? errdetail("The server's reason: %s", message) : 0,
			 errhint("Check user and password of the user mapping. It is not tried again by itself: many systems lock an account after a few attempts.")));
}

/* All cookies of the login's answer as one request header. */
static char *
cookie_header(const HttpResponse *response)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, response->headers)
	{
		const char *line = lfirst(lc);
		const char *value = line + strlen("Set-Cookie:");

		if (pg_strncasecmp(line, "Set-Cookie:", strlen("Set-Cookie:")) != 0)
			continue;
		value += strspn(value, " \t");
		appendStringInfo(&buf, "%s%.*s", buf.len ? "; " : "Cookie: ",
						 (int) strcspn(value, "; \t\r\n"), value);
	}
	return buf.len ? buf.data : NULL;
}

/* The answer must hold what login_token points at; NULL if it does not. */
static char *
find_token(const HttpResponse *response, const char *pointer)
{
	char	   *whole;

	if (*pointer)
		return json_scalar(response->body, response->body_len, pointer);
	whole = json_scalar(response->body, response->body_len, "");
	return whole ? whole : (response->body_len ? pstrdup(response->body) : NULL);
}

/* "300s", or a pointer to seconds in the answer. */
static int
login_ttl_ms(const ImsServer *server, const HttpResponse *response)
{
	const char *ttl = ims_server_option(server, "login_ttl");
	char	   *seconds;
	const char *hint;
	int			ms;

	if (ttl == NULL)
		return 0;
	if (*ttl != '/')
	{
		if (!option_parse_number(OPTION_DURATION, ttl, &ms, &hint))
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
					 errmsg("invalid value \"%s\" for option \"login_ttl\"", ttl),
					 hint ? errhint("%s", _(hint)) : 0));
		return ms;
	}
	seconds = json_scalar(response->body, response->body_len, ttl);
	return seconds ? Min(PG_INT32_MAX / 1000, Max(0, atoi(seconds))) * 1000 : 0;
}

/* Header lines of login_header, with the token in them. */
static List *
login_headers(const ImsContext *context, const HttpResponse *response, const char *token_option)
{
	const char *lines = ims_server_option(context->server, "login_header");
	List	   *headers = NIL;
	char	   *state = NULL;

	if (token_option && strcmp(token_option, "cookie") == 0)
	{
		char	   *cookies = cookie_header(response);

		if (cookies == NULL)
			raise_refused(context->server, response);
		headers = lappend(headers, cookies);
	}
	for (char *line = lines ? strtok_r(pstrdup(lines), "\r\n", &state) : NULL; line;
		 line = strtok_r(NULL, "\r\n", &state))
		if (line[strspn(line, " \t")])
			headers = lappend(headers,
							  render_line(ims_compile(line, TEMPLATE_HEADER, TEMPLATE_IN_HEADER,
														   "login_header"), context));
	return headers;
}

void
ims_login_check(const ImsServer *server)
{
	static const struct
	{
		const char *option;
		TemplatePlace place;
		TemplateScope scope;
	}			templates[] =
	{
		{"login_request", TEMPLATE_PATH, TEMPLATE_IN_LOGIN},
		{"login_header", TEMPLATE_HEADER, TEMPLATE_IN_HEADER},
		{"logout_request", TEMPLATE_PATH, TEMPLATE_IN_LOGIN},
		{"logout_body", TEMPLATE_JSON, TEMPLATE_IN_LOGIN},
	};
	bool		form = strcmp(ims_server_option(server, "login_body_type"), "form") == 0;
	const char *body = ims_server_option(server, "login_body");

	for (size_t i = 0; i < lengthof(templates); i++)
	{
		const char *text = ims_server_option(server, templates[i].option);

		if (text)
			ims_compile(text, templates[i].place, templates[i].scope, templates[i].option);
	}
	if (body)
		ims_compile(body, form ? TEMPLATE_QUERY : TEMPLATE_JSON, TEMPLATE_IN_LOGIN, "login_body");
}

static HttpResponse *
send_login(const ImsContext *context)
{
	const ImsServer *server = context->server;
	const char *request = ims_server_option(server, "login_request");
	const char *body_type = ims_server_option(server, "login_body_type");
	LoginRequest login;
	HttpRequest http = {0};
	HttpResponse *response;

	if (request == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_OPTION_NAME_NOT_FOUND),
				 errmsg("server \"%s\" logs in, but option \"login_request\" is not set",
						server->remote->name)));
	login = build_request(context, request, "login_request",
						  ims_server_option(server, "login_body"), "login_body",
						  strcmp(body_type, "form") == 0);
	http.method = login.method;
	http.url = login.url;
	http.headers = ims_request_headers(context, login.content_type);
	http.body = login.body;
	http.body_len = login.body ? strlen(login.body) : 0;
	http.is_write = true;		/* each attempt counts at the remote */
	response = http_send(&server->remote->transport, &http);
	remote_raise_failure(server->remote, response, "logging in");
	return response;
}

/* An answer under HTTP 200 that says no, or lacks what a login gives. */
static void
check_login(const ImsServer *server, const HttpResponse *response)
{
	ListCell   *lc;

	if (response->status == 429)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION),
				 errmsg("server \"%s\" accepts no login for now (HTTP status 429)",
						server->remote->name),
				 errhint("After several wrong passwords some systems refuse even the right one for a time. Check the user mapping, then wait some minutes.")));
	if (response->status < 200 || response->status > 299)
		raise_refused(server, response);
	foreach(lc, server->error_pointers)
		if (json_scalar(response->body, response->body_len, lfirst(lc)))
			raise_refused(server, response);
}

/* ---- logout ---- */

/* Also at the end of a backend: bounded in time, and nobody is told. */
static void
logout(Session *session)
{
	ImsLogout  *end = session->logout_data;
	HttpRequest request = {.method = end->method, .url = end->url, .headers = end->headers,
	.body = end->body, .body_len = end->body ? strlen(end->body) : 0, .is_write = true};
	HttpTransfer *transfer = transfer_start(&end->transport, &request);

	transfer_wait(transfer);
	transfer_free(transfer);
}

static List *
copy_texts(const List *texts)
{
	List	   *copy = NIL;
	ListCell   *lc;

	foreach(lc, texts)
		copy = lappend(copy, pstrdup(lfirst(lc)));
	return copy;
}

/* In the session's context; everything is rendered now, while options are at hand. */
static void
prepare_logout(const ImsContext *context, Session *session)
{
	const ImsServer *server = context->server;
	const char *request = ims_server_option(server, "logout_request");
	LoginRequest rendered;
	ImsLogout  *end;

	if (request == NULL)
		return;
	rendered = build_request(context, request, "logout_request",
							 ims_server_option(server, "logout_body"), "logout_body", false);
	end = palloc0(sizeof(ImsLogout));
	end->transport = server->remote->transport;
	end->transport.ca_file = end->transport.ca_file ? pstrdup(end->transport.ca_file) : NULL;
	end->transport.pinned_key = end->transport.pinned_key ? pstrdup(end->transport.pinned_key) : NULL;
	end->transport.proxy = end->transport.proxy ? pstrdup(end->transport.proxy) : NULL;
	end->transport.connect_timeout_ms = LOGOUT_TIMEOUT_MS;
	end->transport.request_timeout_ms = LOGOUT_TIMEOUT_MS;
	end->method = rendered.method;
	end->url = rendered.url;
	end->body = rendered.body;
	end->headers = copy_texts(ims_request_headers(context, rendered.content_type));
	session->logout_data = end;
	session->logout = logout;
}

/* ---- the login itself ---- */

void
ims_login(const RemoteServer *remote, Session *session)
{
	ImsContext	context = {0};
	HttpResponse *response;
	const char *token_option;
	MemoryContext caller;

	context.server = ims_server_open((RemoteServer *) remote);
	if (!OidIsValid(remote->umid))
		lookup(&context, "user", NULL); /* raises, saying what to create */
	response = send_login(&context);
	check_login(context.server, response);

	caller = MemoryContextSwitchTo(session->context);
	token_option = ims_server_option(context.server, "login_token");
	if (token_option && strcmp(token_option, "cookie") != 0 &&
		(context.token = find_token(response, token_option)) == NULL)
		raise_refused(context.server, response);
	session->login_answer = pnstrdup(response->body ? response->body : "", response->body_len);
	context.login_answer = session->login_answer;
	session->headers = login_headers(&context, response, token_option);
	session->idle_timeout_ms = login_ttl_ms(context.server, response);
	context.session = session;
	prepare_logout(&context, session);
	MemoryContextSwitchTo(caller);
}
