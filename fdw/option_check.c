/*
 * option_check.c
 *		What a value of each option type may look like.
 *
 * One function per type and one table that names them.  A value that passes
 * here can be used without further checks: names and paths go into URLs as
 * they are, a URL has no credentials in it, numbers are within their bounds.
 *
 * No message holds the value of a secret, nor a URL that might hold one.
 */
#include "postgres.h"

#include <ctype.h>

#include "catalog/pg_authid.h"
#include "decode.h"
#include "miscadmin.h"
#include "option.h"
#include "option_table.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"

typedef void (*OptionCheck) (const OptionSpec *spec, const char *value);

/*
 * invalid_value
 *		Raise the one error for values; "value" is NULL where it must not show.
 */
static void
invalid_value(const OptionSpec *spec, const char *value, const char *hint)
{
	if (spec->flags & OPTION_SECRET)
		value = NULL;
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
			 value ? errmsg("invalid value for option \"%s\": \"%s\"",
							spec->name, value) :
			 errmsg("invalid value for option \"%s\"", spec->name),
			 hint ? errhint("%s", hint) : 0));
}

static void
check_text(const OptionSpec *spec, const char *value)
{
	if (value[0] == '\0' && !(spec->flags & OPTION_MAY_BE_EMPTY))
		invalid_value(spec, NULL, "The value must not be empty.");
}

/*
 * Names become part of request URLs: nothing that delimits there may pass.  An
 * inner space may, which a URL can encode: user-defined objects have it.
 */
static void
check_url_part(const OptionSpec *spec, const char *value, const char *also_refused)
{
	static const char refused[] = "\"%&'(),:;=?@#$<>[]{}\\";
	const char *c;

	check_text(spec, value);
	for (c = value; *c; c++)
	{
		bool		at_end = c == value || c[1] == '\0';

		if ((unsigned char) *c < ' ' || *c == 0x7f || (*c == ' ' && at_end) ||
			strchr(refused, *c) ||
			strchr(also_refused, *c))
			invalid_value(spec, value,
						  psprintf("Leading and trailing spaces and the characters %s%s are not allowed.",
								   refused, also_refused));
	}
}

static void
check_name(const OptionSpec *spec, const char *value)
{
	check_url_part(spec, value, "/");
}

static void
check_path(const OptionSpec *spec, const char *value)
{
	size_t		len = strlen(value);

	check_url_part(spec, value, "");
	if (value[0] == '/' || value[len - 1] == '/' || strstr(value, "//"))
		invalid_value(spec, value, "A path is names separated by single slashes.");
}

/* Length of the scheme with "://" if it is one of a comma-separated list, else 0. */
static size_t
url_scheme_length(const char *url, const char *schemes)
{
	const char *colon = strstr(url, "://");
	size_t		len = colon ? colon - url : 0;
	const char *scheme = schemes;

	while (len > 0)
	{
		size_t		scheme_len = strcspn(scheme, ",");

		if (scheme_len == len && pg_strncasecmp(scheme, url, len) == 0)
			return len + strlen("://");
		if (scheme[scheme_len] == '\0')
			break;
		scheme += scheme_len + 1;
	}
	return 0;
}

/* host[:port], host possibly an IPv6 address in brackets */
static bool
is_authority(const char *text, size_t len)
{
	const char *end = text + len;
	const char *port = text;
	long		number = 0;

	if (len > 0 && *text == '[')
	{
		size_t		inside = strspn(text + 1, "0123456789abcdefABCDEF:.");

		if (inside == 0 || inside + 2 > len || text[inside + 1] != ']')
			return false;
		port = text + inside + 2;
	}
	else
		while (port < end && *port != ':')
			port++;
	if (port == text)
		return false;
	if (port == end)
		return true;
	if (*port != ':' || port + 1 == end)
		return false;
	while (++port < end)
	{
		if (!isdigit((unsigned char) *port))
			return false;
		number = Min(number * 10 + (*port - '0'), 100000);
	}
	return number >= 1 && number <= 65535;
}

static void
check_any_url(const OptionSpec *spec, const char *value, const char *schemes,
			  const char *hint)
{
	const char *authority;
	const char *c;

	authority = value + url_scheme_length(value, schemes);
	if (authority == value)
		invalid_value(spec, NULL, hint);
	if (strchr(authority, '@'))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("option \"%s\" must not contain credentials", spec->name),
				 errhint("Put user and password into the user mapping: CREATE USER MAPPING ... OPTIONS (user '...', password '...').")));
	for (c = value; *c; c++)
	{
		if ((unsigned char) *c <= ' ' || *c == 0x7f || strchr("\"<>\\^`{|}", *c))
			invalid_value(spec, NULL, "White space and other unusual characters in a URL must be percent-encoded.");
	}
	if (strpbrk(authority, "?#"))
		invalid_value(spec, NULL, "The URL must not have a query or a fragment.");
	if (!is_authority(authority, strcspn(authority, "/")))
		invalid_value(spec, NULL, "After the scheme comes a host name or address, and optionally a port from 1 to 65535.");
}

static void
check_url(const OptionSpec *spec, const char *value)
{
	check_any_url(spec, value, "https,http",
				  "The URL must begin with https:// or http://.");
}

static void
check_proxy_url(const OptionSpec *spec, const char *value)
{
	check_any_url(spec, value, "http,https,socks4,socks4a,socks5,socks5h",
				  "The URL must begin with http://, https://, socks4://, socks4a://, socks5:// or socks5h://.");
}

/*
 * A file option makes the server process open a path, and what becomes of it
 * tells about the file: the same privilege is asked for as to read files.
 */
static void
check_file(const OptionSpec *spec, const char *value)
{
	check_text(spec, value);
	if (!has_privs_of_role(GetUserId(), ROLE_PG_READ_SERVER_FILES))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to set option \"%s\" to a file", spec->name),
				 errdetail("Only roles with privileges of the \"%s\" role may name files on the database host.",
						   "pg_read_server_files")));
	if (!is_absolute_path(value))
		invalid_value(spec, value, "The path must be absolute.");
}

static void
check_key_or_file(const OptionSpec *spec, const char *value)
{
	if (strncmp(value, "sha256//", strlen("sha256//")) != 0)
		check_file(spec, value);
}

/* Headers that the transport or a login decides about, or that frame a message. */
static const char *const reserved_headers[] = {
	"Connection", "Content-Encoding", "Content-Length", "Content-Type", "Cookie", "Expect", "Host",
	"Proxy-Authorization", "TE", "Trailer", "Transfer-Encoding", "Upgrade",
};

static void
check_header(const OptionSpec *spec, const char *line)
{
	size_t		len = strspn(line, "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

	if (len == 0 || line[len] != ':' || line[len + 1 + strspn(line + len + 1, " \t")] == '\0')
		invalid_value(spec, NULL, "Each line is a header, as in \"Name: value\".");
	for (const char *c = line + len; *c; c++)
		if (((unsigned char) *c < ' ' && *c != '\t') || *c == 0x7f)
			invalid_value(spec, NULL, "A header must not contain control characters.");
	for (size_t i = 0; i < lengthof(reserved_headers); i++)
		if (strlen(reserved_headers[i]) == len && pg_strncasecmp(line, reserved_headers[i], len) == 0)
			invalid_value(spec, NULL, psprintf("The header \"%s\" is set by the wrapper itself.", reserved_headers[i]));
	if (!(spec->flags & OPTION_SECRET) &&
		strlen("Authorization") == len && pg_strncasecmp(line, "Authorization", len) == 0)
		invalid_value(spec, NULL, "A secret header belongs to the user mapping, into its option \"headers\".");
}

static void
check_headers(const OptionSpec *spec, const char *value)
{
	List	   *lines = option_split_lines(value);
	ListCell   *lc;

	if (lines == NIL)
		check_text(spec, "");
	foreach(lc, lines)
		check_header(spec, lfirst(lc));
}

List *
option_split_lines(const char *value)
{
	List	   *lines = NIL;

	while (*value)
	{
		size_t		len = strcspn(value, "\n");

		if (strspn(value, " \t") < len)
			lines = lappend(lines, pnstrdup(value, len));
		value += len;
		if (*value)
			value++;
	}
	return lines;
}

static bool
parse_duration(const char *value, int *result, const char **hint)
{
	size_t		len = strlen(value);

	/* Without unit it is seconds; the server's parser would take milliseconds. */
	if (len > 0 && isdigit((unsigned char) value[len - 1]))
		value = psprintf("%ss", value);
	return parse_int(value, result, GUC_UNIT_MS, hint);
}

bool
option_parse_number(OptionType type, const char *value, int *result, const char **hint)
{
	*hint = NULL;
	if (type == OPTION_DURATION)
		return parse_duration(value, result, hint);
	return parse_int(value, result, type == OPTION_SIZE ? GUC_UNIT_BYTE : 0, hint);
}

static void
check_number(const OptionSpec *spec, const char *value)
{
	const char *bounds = psprintf("Values from %s to %s are allowed.", spec->min, spec->max);
	const char *hint;
	int			number;
	int			bound;

	if (!option_parse_number(spec->type, value, &number, &hint))
		invalid_value(spec, value, hint ? psprintf("%s %s", hint, bounds) : bounds);
	if ((option_parse_number(spec->type, spec->min, &bound, &hint) && number < bound) ||
		(option_parse_number(spec->type, spec->max, &bound, &hint) && number > bound))
		invalid_value(spec, value, bounds);
}

static void
check_boolean(const OptionSpec *spec, const char *value)
{
	bool		result;

	if (!parse_bool(value, &result))
		invalid_value(spec, value, "A boolean is expected: true or false.");
}

static List *
enum_members(const OptionSpec *spec)
{
	List	   *members = NIL;
	const char *member = spec->allowed;

	while (*member)
	{
		size_t		len = strcspn(member, ",");

		members = lappend(members, pnstrdup(member, len));
		member += len;
		member += strspn(member, ", ");
	}
	return members;
}

static void
check_enum(const OptionSpec *spec, const char *value)
{
	List	   *members = enum_members(spec);
	const char *nearest;
	ListCell   *lc;

	foreach(lc, members)
	{
		if (strcmp(lfirst(lc), value) == 0)
			return;
	}
	nearest = nearest_name(value, members);
	invalid_value(spec, value,
				  nearest ? psprintf("Did you mean \"%s\"? Allowed are: %s.",
									 nearest, spec->allowed) :
				  psprintf("Allowed are: %s.", spec->allowed));
}

static void
check_decoder(const OptionSpec *spec, const char *value)
{
	if (decode_by_name(value) == NULL)
		invalid_value(spec, value,
					  psprintf("Allowed are: %s.", decode_names()));
}

/* Name in the view and check, by OptionType. */
static const struct
{
	const char *name;
	OptionCheck check;
}			option_types[] = {
	[OPTION_TEXT] = {"text", check_text},
	[OPTION_NAME] = {"name", check_name},
	[OPTION_PATH] = {"path", check_path},
	[OPTION_URL] = {"url", check_url},
	[OPTION_PROXY_URL] = {"url", check_proxy_url},
	[OPTION_FILE] = {"file", check_file},
	[OPTION_KEY_OR_FILE] = {"key or file", check_key_or_file},
	[OPTION_HEADERS] = {"headers", check_headers},
	[OPTION_INTEGER] = {"integer", check_number},
	[OPTION_BOOLEAN] = {"boolean", check_boolean},
	[OPTION_DURATION] = {"duration", check_number},
	[OPTION_SIZE] = {"size", check_number},
	[OPTION_ENUM] = {"enum", check_enum},
	[OPTION_DECODER] = {"decoder", check_decoder},
};

const char *
option_type_name(OptionType type)
{
	return option_types[type].name;
}

void
option_check_value(const OptionSpec *spec, const char *value)
{
	option_types[spec->type].check(spec, value);
}
