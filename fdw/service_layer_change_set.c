/*
 * service_layer_change_set.c
 *		Writing a $batch of one change set, and taking its answer apart (SL §5.6).
 *
 * Both versions are sent the same: the boundary unquoted, lines ending in
 * CRLF, a Content-ID in the part (mandatory in version 2).  The outer status of
 * the answer is 200 or 202.  An answer that is not whole has no parts here,
 * however many of them have arrived.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "multipart.h"
#include "service_layer_change_set.h"

struct ChangeSetText
{
	const RemoteServer *server;
	const char *root;			/* path of the service: "/b1s/v2" */
	char	   *outer;			/* boundaries */
	char	   *inner;
	int			nparts;
	StringInfoData buf;
};

/* Where a part's request line looks for a set: the path of the server's URL. */
static const char *
service_root(const RemoteServer *server)
{
	const char *path = strstr(server->url, "/b1s/");

	if (path == NULL)
	{
		path = strstr(server->url, "://");
		path = path ? path + strlen("://") : server->url;
		path += strcspn(path, "/");
	}
	return path;
}

ChangeSetText *
change_set_begin(const RemoteServer *server)
{
	ChangeSetText *text = palloc0(sizeof(ChangeSetText));

	text->server = server;
	text->root = service_root(server);
	text->outer = multipart_boundary();
	text->inner = multipart_boundary();
	initStringInfo(&text->buf);
	appendStringInfo(&text->buf, "--%s\r\nContent-Type: multipart/mixed;boundary=%s\r\n\r\n",
					 text->outer, text->inner);
	return text;
}

void
change_set_add(ChangeSetText *text, const char *path, const char *headers, const char *body)
{
	appendStringInfo(&text->buf, "--%s\r\n"
					 "Content-Type: application/http\r\n"
					 "Content-Transfer-Encoding: binary\r\n"
					 "Content-ID: %d\r\n"
					 "\r\n"
					 "POST %s/%s\r\n"
					 "Content-Type: application/json\r\n"
					 "%s"
					 "\r\n"
					 "%s\r\n", text->inner, ++text->nparts, text->root, path, headers, body);
}

void
change_set_finish(ChangeSetText *text, ServiceLayerRequest *request)
{
	appendStringInfo(&text->buf, "--%s--\r\n--%s--\r\n", text->inner, text->outer);
	request->url = psprintf("%s/$batch", text->server->url);
	request->content_type = psprintf("multipart/mixed;boundary=%s", text->outer);
	request->body = text->buf.data;
}

bool
change_set_was_judged(const HttpResponse *response)
{
	return response->outcome == HTTP_ANSWERED &&
		(response->status == 200 || response->status == 202);
}

const char *
change_set_parts(const HttpResponse *response, List **parts, bool *whole)
{
	TextSpan	body = {response->body, response->body + response->body_len};
	char	   *boundary = multipart_boundary_of(http_header(response, "Content-Type"));
	List	   *headers;

	*whole = false;
	if (boundary == NULL)
		return "the answer is no batch";
	if (!multipart_split(body, boundary, parts))
		return "the answer ends before the closing boundary of the batch";
	if (list_length(*parts) != 1)
		return "the batch has another number of answers than of change sets";
	body = *(TextSpan *) linitial(*parts);
	headers = multipart_headers(&body);
	boundary = multipart_boundary_of(http_header(&(HttpResponse) {.headers = headers}, "Content-Type"));
	if (boundary == NULL)
		return NULL;
	*whole = true;
	return multipart_split(body, boundary, parts) ? NULL
		: "the answer ends before the closing boundary of the change set";
}
