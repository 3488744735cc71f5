/*
 * link.c
 *		Links that a remote puts into its answers: where they lead, and whether
 *		we go there.
 *
 * Pure text, in the current context.  An authority is compared only if it is
 * plainly one: no user information, no escapes, so that no two parsers can
 * disagree about the host.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "link.h"

/* Characters of an authority: nothing to argue about. */
#define HOST_CHARACTERS \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:[]"

/*
 * "scheme://host:port" of an absolute URL in lower case, the default port
 * left out; NULL if it is not plainly one.  *rest is what follows.
 */
static char *
origin_of(const char *url, const char **rest)
{
	const char *host;
	const char *default_port;
	size_t		len;
	char	   *origin;

	if (pg_strncasecmp(url, "https://", 8) == 0)
		host = url + 8, default_port = ":443";
	else if (pg_strncasecmp(url, "http://", 7) == 0)
		host = url + 7, default_port = ":80";
	else
		return NULL;
	len = strspn(host, HOST_CHARACTERS);
	*rest = host + len;
	if (len == 0 || (**rest && !strchr("/?#", **rest)))
		return NULL;
	origin = pnstrdup(url, *rest - url);
	for (char *p = origin; *p; p++)
		*p = pg_tolower((unsigned char) *p);
	len = strlen(origin) - strlen(default_port);
	if (strcmp(origin + len, default_port) == 0)
		origin[len] = '\0';
	return origin;
}

/* Percent-encode what may not stand in a URL; escapes that are there stay. */
static char *
encode_unusual(const char *link)
{
	StringInfoData buf;
	const unsigned char *p;

	initStringInfo(&buf);
	for (p = (const unsigned char *) link; *p && *p != '#'; p++)
	{
		if (*p <= ' ' || *p >= 0x7f || strchr("\"<>\\^`{|}", *p))
			appendStringInfo(&buf, "%%%02X", *p);
		else
			appendStringInfoChar(&buf, *p);
	}
	return buf.data;
}

/* Whether a link begins with a scheme, as in "http:". */
static bool
has_scheme(const char *link)
{
	size_t		len = strcspn(link, ":/?");

	return len > 0 && link[len] == ':';
}

/* A relative path after the directory of the base's path. */
static char *
merge_path(const char *path, const char *link)
{
	size_t		len = strcspn(path, "?#");

	while (len > 0 && path[len - 1] != '/')
		len--;
	for (;;)
	{
		if (strncmp(link, "./", 2) == 0)
			link += 2;
		else if (strncmp(link, "../", 3) == 0)
		{
			link += 3;
			if (len > 1)
				len--;
			while (len > 0 && path[len - 1] != '/')
				len--;
		}
		else
			break;
	}
	return psprintf("%.*s%s%s", (int) len, path, len == 0 ? "/" : "", link);
}

/* What stands after the origin of the base once the link has been followed. */
static char *
relative_target(const char *path, const char *link)
{
	if (link[0] == '/')
		return pstrdup(link);
	if (link[0] == '?' || link[0] == '\0')
		return psprintf("%.*s%s", (int) strcspn(path, "?#"), path, link);
	return merge_path(path, link);
}

char *
link_resolve(const char *own, const char *base, const char *link)
{
	const char *rest;
	char	   *origin = origin_of(own, &rest);
	char	   *target;
	char	   *url = encode_unusual(link);

	if (url[0] == '/' && url[1] == '/')
		url = psprintf("%.*s%s", (int) strcspn(base, "/"), base, url);
	target = origin_of(has_scheme(url) ? url : base, &rest);
	if (origin == NULL || target == NULL || strcmp(origin, target) != 0)
		return NULL;
	return psprintf("%s%s", origin, has_scheme(url) ? rest : relative_target(rest, url));
}
