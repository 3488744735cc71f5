/*
 * session_pack.c
 *		A login as bytes, so that backends can share it.
 *
 * Everything that its use and its end need, because whoever ends it may have
 * neither the options under which it was made nor a database to read them in.
 * The bytes are read on the machine that wrote them, by the same library.
 */
#include "postgres.h"

#include "session_private.h"

static void
put_int(StringInfo buf, int32 value)
{
	appendBinaryStringInfo(buf, (char *) &value, sizeof(value));
}

static void
put_text(StringInfo buf, const char *text)
{
	int			len = text ? (int) strlen(text) : -1;

	put_int(buf, len);
	if (text)
		appendBinaryStringInfo(buf, text, len);
}

static void
put_texts(StringInfo buf, const List *texts)
{
	ListCell   *lc;

	put_int(buf, list_length(texts));
	foreach(lc, texts)
		put_text(buf, lfirst(lc));
}

static void
put_transport(StringInfo buf, const TransportSettings *settings)
{
	/* Numbers and flags as they are; what is pointed to follows. */
	appendBinaryStringInfo(buf, (const char *) settings, sizeof(TransportSettings));
	put_text(buf, settings->ca_file);
	put_text(buf, settings->pinned_key);
	put_text(buf, settings->proxy);
	put_text(buf, settings->client_cert);
	put_text(buf, settings->client_key);
	put_text(buf, settings->client_key_password);
	put_text(buf, settings->proxy_user);
	put_text(buf, settings->proxy_password);
	put_texts(buf, settings->headers);
}

void
session_pack(const Session *session, StringInfo buf)
{
	put_int(buf, session->idle_timeout_ms);
	put_texts(buf, session->headers);
	put_text(buf, session->login_answer);
	put_text(buf, session->logout ? session->logout->method : NULL);
	if (session->logout == NULL)
		return;
	put_text(buf, session->logout->url);
	put_text(buf, session->logout->body);
	put_texts(buf, session->logout->headers);
	put_transport(buf, &session->logout_transport);
}

static void
get_bytes(const char **next, void *target, size_t size)
{
	memcpy(target, *next, size);
	*next += size;
}

static int32
get_int(const char **next)
{
	int32		value;

	get_bytes(next, &value, sizeof(value));
	return value;
}

static char *
get_text(const char **next)
{
	int32		len = get_int(next);
	char	   *text;

	if (len < 0)
		return NULL;
	text = pnstrdup(*next, len);
	*next += len;
	return text;
}

static List *
get_texts(const char **next)
{
	List	   *texts = NIL;

	for (int32 left = get_int(next); left > 0; left--)
		texts = lappend(texts, get_text(next));
	return texts;
}

static void
get_transport(const char **next, TransportSettings *settings)
{
	get_bytes(next, settings, sizeof(TransportSettings));
	settings->ca_file = get_text(next);
	settings->pinned_key = get_text(next);
	settings->proxy = get_text(next);
	settings->client_cert = get_text(next);
	settings->client_key = get_text(next);
	settings->client_key_password = get_text(next);
	settings->proxy_user = get_text(next);
	settings->proxy_password = get_text(next);
	settings->headers = get_texts(next);
	settings->secrets = NIL;
	settings->server_name = NULL;	/* a logout is not traced */
}

void
session_unpack(const StringInfoData *buf, Session *session)
{
	const char *next = buf->data;
	char	   *method;

	session->idle_timeout_ms = get_int(&next);
	session->headers = get_texts(&next);
	session->login_answer = get_text(&next);
	method = get_text(&next);
	if (method == NULL)
		return;
	session->logout = palloc0(sizeof(HttpRequest));
	session->logout->method = method;
	session->logout->url = get_text(&next);
	session->logout->body = get_text(&next);
	session->logout->body_len = session->logout->body ? strlen(session->logout->body) : 0;
	session->logout->headers = get_texts(&next);
	session->logout->is_write = true;
	get_transport(&next, &session->logout_transport);
	Assert(next == buf->data + buf->len);
}
