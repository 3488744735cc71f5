/*
 * ims_login.c
 *		Who we are to an inventory system: headers, and the request that logs in.
 *
 * A login is tried once.  Refused, it raises and is not tried again by itself:
 * several remotes lock an account after a handful of wrong passwords.  What
 * the login answered stays in the session; messages never show it.
 */
#include "postgres.h"

#include "common/cryptohash.h"
#include "common/hmac.h"
#include "common/sha2.h"
#include "compat.h"
#include "ims.h"
#include "option_table.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

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
ims_request_headers(const ImsContext *context, const char *content_type, const List *extra)
{
	List	   *headers = list_make1("Accept: application/json");
	ListCell   *lc;

	if (content_type)
		headers = lappend(headers, psprintf("Content-Type: %s", content_type));
	if (context->server->auth == IMS_AUTH_BASIC)
		headers = lappend(headers, basic_authorization(context));
	foreach(lc, context->server->headers)
		headers = lappend(headers, render_line(lfirst(lc), context));
	foreach(lc, extra)
		headers = lappend(headers, render_line(lfirst(lc), context));
	if (context->session)
		headers = list_concat(headers, context->session->headers);
	return headers;
}

/* ---- signatures ---- */

/* What is signed, byte for byte as it is sent. */
static const char *
signed_text(ImsSigned over, const char *url, const char *body)
{
	const char *path = strchr(strstr(url, "://") + 3, '/');
	const char *query = strchr(url, '?');

	if (over == IMS_SIGN_QUERY)
		return query ? query + 1 : "";
	if (over == IMS_SIGN_PATH_QUERY)
		return path ? path : "/";
	return body ? body : "";
}

char *
ims_signature(const ImsServer *server, const char *url, const char *body)
{
	const ImsSignature *sign = &server->signature;
	ImsContext	context = {.server = server};
	uint8		digest[PG_SHA256_DIGEST_LENGTH];
	const char *key;
	const char *text;
	pg_hmac_ctx *hmac;
	char	   *hex;

	if (sign->over == IMS_SIGN_NOTHING)
		return NULL;
	key = lookup(&context, "secret", sign->secret)->text;
	text = signed_text(sign->over, url, body);
	hmac = pg_hmac_create(PG_SHA256);
	if (hmac == NULL ||
		pg_hmac_init(hmac, (const uint8 *) key, strlen(key)) < 0 ||
		pg_hmac_update(hmac, (const uint8 *) text, strlen(text)) < 0 ||
		pg_hmac_final(hmac, digest, sizeof(digest)) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("could not sign a request to server \"%s\"", server->remote->name)));
	pg_hmac_free(hmac);
	if (!sign->hex)
		return compat_base64((char *) digest, sizeof(digest));
	hex = palloc(2 * sizeof(digest) + 1);
	for (size_t i = 0; i < sizeof(digest); i++)
		sprintf(hex + 2 * i, "%02x", digest[i]);
	return hex;
}

/* ---- login ---- */

/*
 * What the login options are where OAuth 2 (RFC 6749) says it; explicit ones
 * and those of a profile come first.
 */
#define CLIENT_IN_BODY "&client_id={secret:client_id}&client_secret={secret:client_secret}"

static const struct
{
	ImsAuth		auth;			/* IMS_AUTH_NONE = both grants */
	const char *option;
	const char *value;
}			oauth_presets[] =
{
	{IMS_AUTH_OAUTH2_CLIENT, "login_body", "grant_type=client_credentials"},
	{IMS_AUTH_OAUTH2_REFRESH, "login_body", "grant_type=refresh_token&refresh_token={secret:refresh_token}"},
	{IMS_AUTH_NONE, "login_body_type", "form"},
	{IMS_AUTH_NONE, "login_token", "/access_token"},
	{IMS_AUTH_NONE, "login_header", "Authorization: Bearer {token}"},
	{IMS_AUTH_NONE, "login_ttl", "/expires_in"},
};

static bool
is_oauth(const ImsServer *server)
{
	return server->auth == IMS_AUTH_OAUTH2_CLIENT || server->auth == IMS_AUTH_OAUTH2_REFRESH;
}

static bool
client_in_body(const ImsServer *server)
{
	return strcmp(ims_server_option(server, "client_auth"), "body") == 0;
}

/* An option of the login: as given, else what the way to log in implies. */
static const char *
login_option(const ImsServer *server, const char *name)
{
	const char *given = remote_option(server->remote->options, name);

	if (given == NULL)
		given = remote_option(server->defaults, name);
	if (given || !is_oauth(server))
		return given ? given : ims_server_option(server, name);
	if (strcmp(name, "login_request") == 0)
		return ims_server_option(server, "token_url")
			? psprintf("POST %s", ims_server_option(server, "token_url")) : NULL;
	for (size_t i = 0; i < lengthof(oauth_presets); i++)
	{
		if (strcmp(oauth_presets[i].option, name) != 0 ||
			(oauth_presets[i].auth != IMS_AUTH_NONE && oauth_presets[i].auth != server->auth))
			continue;
		if (strcmp(name, "login_body") != 0)
			return oauth_presets[i].value;
		return psprintf("%s%s%s", oauth_presets[i].value,
						client_in_body(server) ? CLIENT_IN_BODY : "",
						ims_server_option(server, "scope") ? "&scope={scope}" : "");
	}
	return ims_server_option(server, name);
}

/* A request of the server's options: "METHOD /path" and a body. */
typedef struct LoginRequest
{
	char	   *method;
	char	   *url;
	char	   *body;
	const char *content_type;
	bool		elsewhere;		/* not below the server's url */
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

	result.elsewhere = strncmp(path, "https://", 8) == 0 || strncmp(path, "http://", 7) == 0;
	if (len == 0 || (*path != '/' && !result.elsewhere))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("invalid value \"%s\" for option \"%s\"", request, request_option),
				 errhint("A request is a method and a path or URL, as in \"POST /login\".")));
	result.method = pnstrdup(request, len);
	result.url = psprintf("%s%s", result.elsewhere ? "" : ims_base_url(context),
						  render_option(context, path, TEMPLATE_PATH, request_option));
	if (result.elsewhere)
		ims_check_base_url(context->server->remote, pnstrdup(result.url, strcspn(result.url, "?")));
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

/*
 * An issuer that gives out a new refresh token with each access token.  It is
 * not stored: a secret's place is the user mapping, and a transaction that only
 * reads, and may be rolled back, must not change that.
 */
static void
warn_of_new_refresh_token(const ImsServer *server, const HttpResponse *response)
{
	const char *sent = remote_option(server->remote->user_options, "refresh_token");
	char	   *told = json_scalar(response->body, response->body_len, "/refresh_token");

	if (server->auth != IMS_AUTH_OAUTH2_REFRESH || told == NULL || sent == NULL ||
		strcmp(told, sent) == 0)
		return;
	ereport(WARNING,
			(errmsg("server \"%s\" has replaced the refresh token of the user mapping",
					server->remote->name),
			 errdetail("The new one is not stored, and the issuer may not accept the old one again."),
			 errhint("Use client credentials (auth oauth2_client), or have the issuer give out refresh tokens that stay.")));
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

/*
 * "300s" of idleness, or a pointer to seconds in the answer.  Those count from
 * the login on; a tenth is left out, so that no request carries a token that
 * expires on the way.
 */
static int
login_ttl_ms(const ImsServer *server, const HttpResponse *response)
{
	const char *ttl = login_option(server, "login_ttl");
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
	return seconds ? Min(PG_INT32_MAX / 1000, Max(0, atoi(seconds))) * 900 : 0;
}

/* Header lines of login_header, with the token in them. */
static List *
login_headers(const ImsContext *context, const HttpResponse *response, const char *token_option)
{
	const char *lines = login_option(context->server, "login_header");
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
	bool		form = strcmp(login_option(server, "login_body_type"), "form") == 0;
	const char *body = login_option(server, "login_body");

	for (size_t i = 0; i < lengthof(templates); i++)
	{
		const char *text = login_option(server, templates[i].option);

		if (text)
			ims_compile(text, templates[i].place, templates[i].scope, templates[i].option);
	}
	if (body)
		ims_compile(body, form ? TEMPLATE_QUERY : TEMPLATE_JSON, TEMPLATE_IN_LOGIN, "login_body");
}

/* RFC 6749, 2.3.1: id and secret are form-encoded before they become a pair. */
static char *
client_authorization(const ImsContext *context)
{
	char	   *pair = psprintf("%s:%s", url_encode(lookup(context, "secret", "client_id")->text),
								url_encode(lookup(context, "secret", "client_secret")->text));

	return psprintf("Authorization: Basic %s", compat_base64(pair, strlen(pair)));
}

/*
 * A login at another address gets what it is sent to say and nothing else: the
 * option "headers" may hold secrets of the server itself.
 */
static List *
headers_for_login(const ImsContext *context, const LoginRequest *login)
{
	List	   *headers;

	if (!login->elsewhere)
		return ims_request_headers(context, login->content_type, NIL);
	headers = list_make1("Accept: application/json");
	if (login->content_type)
		headers = lappend(headers, psprintf("Content-Type: %s", login->content_type));
	if (is_oauth(context->server) && !client_in_body(context->server))
		headers = lappend(headers, client_authorization(context));
	return headers;
}

static HttpResponse *
send_login(const ImsContext *context)
{
	const ImsServer *server = context->server;
	const char *request = login_option(server, "login_request");
	LoginRequest login;
	TransportSettings settings;
	HttpRequest http = {0};
	HttpResponse *response;

	if (request == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_OPTION_NAME_NOT_FOUND),
				 errmsg("server \"%s\" logs in, but option \"%s\" is not set",
						server->remote->name, is_oauth(server) ? "token_url" : "login_request")));
	login = build_request(context, request, "login_request",
						  login_option(server, "login_body"), "login_body",
						  strcmp(login_option(server, "login_body_type"), "form") == 0);
	http.method = login.method;
	http.url = login.url;
	http.headers = headers_for_login(context, &login);
	http.body = login.body;
	http.body_len = login.body ? strlen(login.body) : 0;
	http.is_write = true;		/* each attempt counts at the remote */
	settings = server->remote->transport;
	if (login.elsewhere)
		settings.headers = NIL;
	response = http_send(&settings, &http);
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

/* In the session's context; everything is rendered now, while options are at hand. */
static void
prepare_logout(const ImsContext *context, Session *session)
{
	const ImsServer *server = context->server;
	const char *request = ims_server_option(server, "logout_request");
	LoginRequest rendered;
	HttpRequest *end;

	if (request == NULL)
		return;
	rendered = build_request(context, request, "logout_request",
							 ims_server_option(server, "logout_body"), "logout_body", false);
	end = palloc0(sizeof(HttpRequest));
	end->method = rendered.method;
	end->url = rendered.url;
	end->body = rendered.body;
	end->body_len = rendered.body ? strlen(rendered.body) : 0;
	end->headers = ims_request_headers(context, rendered.content_type, NIL);
	session->logout = end;
	session->logout_transport = server->remote->transport;
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
		lookup(&context, "secret", is_oauth(context.server) ? "client_id" : "user"); /* raises, saying what to create */
	response = send_login(&context);
	check_login(context.server, response);
	warn_of_new_refresh_token(context.server, response);

	caller = MemoryContextSwitchTo(session->context);
	token_option = login_option(context.server, "login_token");
	if (token_option && strcmp(token_option, "cookie") != 0 &&
		(context.token = find_token(response, token_option)) == NULL)
		raise_refused(context.server, response);
	session->login_answer = pnstrdup(response->body ? response->body : "", response->body_len);
	context.login_answer = session->login_answer;
	session->headers = login_headers(&context, response, token_option);
	session->idle_timeout_ms = login_ttl_ms(context.server, response);
	context.session = session;
	(void) ims_base_url(&context);	/* raises if the answer names none */
	prepare_logout(&context, session);
	MemoryContextSwitchTo(caller);
}

bool
ims_login_lasts_by_use(const ImsServer *server)
{
	const char *ttl = login_option(server, "login_ttl");

	return ttl == NULL || *ttl != '/';
}
