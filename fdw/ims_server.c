/*
 * ims_server.c
 *		From a server's options, and its profile's, to one struct.
 *
 * Explicit options come first, then the profile's, then the defaults of
 * option_table.c.
 */
#include "postgres.h"

#include "ims_option.h"
#include "option.h"
#include "option_table.h"
#include "pgtime.h"

static const ImsWord auth_words[] = {
	{"none", IMS_AUTH_NONE}, {"basic", IMS_AUTH_BASIC},
	{"headers", IMS_AUTH_HEADERS}, {"login", IMS_AUTH_LOGIN},
	{"oauth2_client", IMS_AUTH_OAUTH2_CLIENT},
	{"oauth2_refresh", IMS_AUTH_OAUTH2_REFRESH}, {NULL, 0}
};

static const ImsWord wait_units[] = {
	{"s", IMS_WAIT_SECONDS}, {"ms", IMS_WAIT_MILLISECONDS},
	{"epoch_s", IMS_WAIT_EPOCH_SECONDS}, {"epoch_ms", IMS_WAIT_EPOCH_MILLISECONDS},
	{NULL, 0}
};

static const ImsWord signed_words[] = {
	{"query", IMS_SIGN_QUERY}, {"path_query", IMS_SIGN_PATH_QUERY},
	{"body", IMS_SIGN_BODY}, {NULL, 0}
};

static const ImsWord encoding_words[] = {{"base64", false}, {"hex", true}, {NULL, 0}};

const char *
ims_server_option(const ImsServer *server, const char *name)
{
	const char *value = remote_option(server->remote->options, name);

	if (value == NULL)
		value = remote_option(server->defaults, name);
	return value ? value : option_find(WRAPPER_IMS, OPTION_OF_SERVER, name)->default_value;
}

/* "header NAME …" or "body /pointer …" into a place. */
static ImsPlace *
place_of_words(const char *where, const char *name, const char *option, const char *text,
			   const char *hint)
{
	if (strcmp(where, "header") == 0)
		return ims_parse_place(psprintf("header:%s", name), option);
	if (strcmp(where, "body") != 0 || *name != '/')
		ims_bad_option(option, text, hint);
	return ims_parse_place(name, option);
}

/* "header NAME UNIT" or "body /pointer UNIT". */
static void
parse_throttle_wait(ImsServer *server)
{
	static const char *const hint =
	"Expected \"header NAME UNIT\" or \"body /pointer UNIT\", UNIT being s, ms, epoch_s or epoch_ms.";
	const char *text = ims_server_option(server, "throttle_wait");
	List	   *words = ims_split(text, "");

	if (list_length(words) != 3)
		ims_bad_option("throttle_wait", text, hint);
	server->wait = place_of_words(linitial(words), lsecond(words), "throttle_wait", text, hint);
	server->wait_unit = ims_word_value(wait_units, lthird(words), "throttle_wait");
}

/* "header NAME" or "body /pointer", and possibly "keep N". */
static void
parse_throttle_left(ImsServer *server)
{
	static const char *const hint =
	"Expected \"header NAME\" or \"body /pointer\", and possibly \"keep N\": requests to leave to others.";
	const char *text = ims_server_option(server, "throttle_left");
	List	   *words = ims_split(text, "");

	if (text == NULL)
		return;
	if ((list_length(words) != 2 && list_length(words) != 4) ||
		(list_length(words) == 4 && strcmp(lthird(words), "keep") != 0))
		ims_bad_option("throttle_left", text, hint);
	server->left = place_of_words(linitial(words), lsecond(words), "throttle_left", text, hint);
	server->keep = list_length(words) == 4 ? ims_parse_integer(lfourth(words), "throttle_left") : 0;
}

/* "hmac-sha256 OVER ENCODING SECRET". */
static void
parse_sign(ImsServer *server)
{
	const char *text = ims_server_option(server, "sign");
	List	   *words = ims_split(text, "");

	if (text == NULL)
		return;
	if (list_length(words) != 4 || strcmp(linitial(words), "hmac-sha256") != 0 ||
		!option_find(WRAPPER_IMS, OPTION_OF_USER_MAPPING, lfourth(words)))
		ims_bad_option("sign", text,
					   "Expected \"hmac-sha256 OVER ENCODING OPTION\": OVER being query, path_query or body, ENCODING base64 or hex, OPTION the user mapping's option that holds the key.");
	server->signature.over = ims_word_value(signed_words, lsecond(words), "sign");
	server->signature.hex = ims_word_value(encoding_words, lthird(words), "sign");
	server->signature.secret = lfourth(words);
}

static void
parse_time_zone(ImsServer *server)
{
	const char *name = ims_server_option(server, "time_zone");

	if (pg_tzset(name) == NULL)
		ims_bad_option("time_zone", name, "See pg_timezone_names for those that there are.");
	server->time_zone = pstrdup(name);
}

static const char *
token_text(const ImsServer *server)
{
	const char *token = ims_server_option(server, "login_token");

	return token ? token : "";
}

bool
ims_logs_in(const ImsServer *server)
{
	return server->auth >= IMS_AUTH_LOGIN;
}

ImsServer *
ims_server_open(RemoteServer *remote)
{
	ImsServer  *server = palloc0(sizeof(ImsServer));
	List	   *own_or_defaults;
	const char *base_url;
	const char *ok;

	server->remote = remote;
	server->profile = option_text(remote->options, "profile");
	server->defaults = ims_profile_options(server->profile);
	own_or_defaults = list_concat_copy(remote->options, server->defaults);
	server->auth = ims_word_value(auth_words, ims_server_option(server, "auth"), "auth");
	server->headers = ims_parse_headers(ims_server_option(server, "headers"),
										TEMPLATE_IN_HEADER, "headers");
	server->error_pointers = ims_split(ims_server_option(server, "error"), ",");
	server->null_values = ims_split(ims_server_option(server, "null_values"), ",");
	server->retry_reads = strcmp(ims_server_option(server, "retry_safe"), "none") != 0;
	server->throttle_status = ims_parse_statuses(ims_server_option(server, "throttle_status"),
												 "throttle_status");
	server->throttle_max_wait_ms = option_duration_ms(own_or_defaults, "throttle_max_wait");
	server->concurrency = (int) option_int(own_or_defaults, "concurrency");
	parse_throttle_wait(server);
	parse_throttle_left(server);
	server->rates = ims_parse_rates(ims_server_option(server, "rate"));
	parse_sign(server);
	parse_time_zone(server);
	base_url = ims_server_option(server, "base_url");
	if (base_url && strcmp(token_text(server), "cookie") == 0)
		ims_bad_option("base_url", base_url,
					   "A login by cookie cannot lead elsewhere: cookies go to the host that set them.");
	if (base_url)
		server->base_url = ims_compile(base_url, TEMPLATE_PLAIN, TEMPLATE_IN_HEADER, "base_url");
	ok = ims_server_option(server, "ok");
	server->ok = strcmp(ok, "http") == 0 ? NULL : ims_parse_condition(ok, "ok");
	return server;
}
