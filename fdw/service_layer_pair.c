/*
 * service_layer_pair.c
 *		A document and its guard in one change set of a $batch (SL §5.6, §10.2).
 *
 * The guard is a row of a user table whose Code is the document's key.  The
 * company refuses a second row of that Code, and with it the change set: so a
 * document cannot be made twice.  The guard goes first, because refusing it
 * costs the company less.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "multipart.h"
#include "service_layer_pair.h"

/* Where a part's request line looks for a set: "/b1s/v2/" of the server's URL. */
static char *
service_root(const RemoteServer *server)
{
	const char *path = strstr(server->url, "/b1s/");

	if (path == NULL)
	{
		path = strstr(server->url, "://");
		path = path ? path + strlen("://") : server->url;
		path += strcspn(path, "/");
	}
	return psprintf("%s/", path);
}

static void
append_part(StringInfo buf, const char *boundary, int content_id, const char *root,
			const char *path, const char *body)
{
	appendStringInfo(buf, "--%s\r\n"
					 "Content-Type: application/http\r\n"
					 "Content-Transfer-Encoding: binary\r\n"
					 "Content-ID: %d\r\n"
					 "\r\n"
					 "POST %s%s\r\n"
					 "Content-Type: application/json\r\n"
					 "\r\n"
					 "%s\r\n", boundary, content_id, root, path, body);
}

void
service_layer_render_pair(const RemoteServer *server, ServiceLayerRequest *request,
						  const char *path, const char *guard_path, const char *guard_body)
{
	char	   *outer = multipart_boundary();
	char	   *inner = multipart_boundary();
	char	   *root = service_root(server);
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfo(&buf, "--%s\r\nContent-Type: multipart/mixed;boundary=%s\r\n\r\n", outer, inner);
	append_part(&buf, inner, 1, root, guard_path, guard_body);
	append_part(&buf, inner, 2, root, path, request->body);
	appendStringInfo(&buf, "--%s--\r\n--%s--\r\n", inner, outer);
	request->url = psprintf("%s/$batch", server->url);
	request->content_type = psprintf("multipart/mixed;boundary=%s", outer);
	request->body = buf.data;
}

/* An answer that settles nothing. */
static HttpResponse *
unsettled(HttpResponse *response, const char *why)
{
	response->outcome = HTTP_UNANSWERED;
	response->failure_text = why;
	return response;
}

/* A part as an answer of its own, with the times of the whole. */
static HttpResponse *
part_answer(HttpResponse *outer, const TextSpan *part)
{
	HttpResponse *answer = multipart_response(*part);

	if (answer == NULL)
		return unsettled(outer, "a part of the batch is no HTTP answer");
	answer->outcome = HTTP_ANSWERED;
	answer->sent_at = outer->sent_at;
	answer->ended_at = outer->ended_at;
	return answer;
}

static bool
is_success(const HttpResponse *response)
{
	return response->outcome == HTTP_ANSWERED && response->status >= 200 && response->status < 300;
}

/* A single part in place of the change set's: both were refused, or nobody knows. */
static HttpResponse *
judge_single(HttpResponse *outer, const TextSpan *part)
{
	HttpResponse *answer = part_answer(outer, part);

	if (is_success(answer))
		return unsettled(outer, "the batch has fewer answers than requests");
	return answer;
}

static HttpResponse *
judge_change_set(HttpResponse *outer, TextSpan body, const char *boundary)
{
	List	   *parts;
	HttpResponse *guard;
	HttpResponse *document;

	if (!multipart_split(body, boundary, &parts))
		return unsettled(outer, "the answer ends before the closing boundary of the change set");
	if (list_length(parts) == 1)
		return judge_single(outer, linitial(parts));
	if (list_length(parts) != 2)
		return unsettled(outer, "the change set has another number of answers than of requests");
	guard = part_answer(outer, linitial(parts));
	document = part_answer(outer, lsecond(parts));
	if (!is_success(guard) || !is_success(document))
		return unsettled(outer, "the answers of the change set contradict each other");
	return document;
}

HttpResponse *
service_layer_judge_pair(HttpResponse *response)
{
	TextSpan	body = {response->body, response->body + response->body_len};
	char	   *boundary;
	List	   *parts;
	List	   *headers;

	/* Refused as a whole, or by a gateway: its status and text tell which. */
	if (response->outcome != HTTP_ANSWERED || (response->status != 200 && response->status != 202))
		return response;
	boundary = multipart_boundary_of(http_header(response, "Content-Type"));
	if (boundary == NULL)
		return unsettled(response, "the answer is no batch");
	if (!multipart_split(body, boundary, &parts))
		return unsettled(response, "the answer ends before the closing boundary of the batch");
	if (list_length(parts) != 1)
		return unsettled(response, "the batch has another number of answers than of change sets");
	body = *(TextSpan *) linitial(parts);
	headers = multipart_headers(&body);
	boundary = multipart_boundary_of(http_header(&(HttpResponse) {.headers = headers}, "Content-Type"));
	if (boundary != NULL)
		return judge_change_set(response, body, boundary);
	return judge_single(response, linitial(parts));
}
