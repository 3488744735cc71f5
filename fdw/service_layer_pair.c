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

#include "multipart.h"
#include "service_layer_change_set.h"
#include "service_layer_pair.h"

void
service_layer_render_pair(const RemoteServer *server, ServiceLayerRequest *request,
						  const char *path, const char *guard_path, const char *guard_body)
{
	ChangeSetText *text = change_set_begin(server);

	change_set_add(text, guard_path, "", guard_body);
	change_set_add(text, path, "", request->body);
	change_set_finish(text, request);
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

HttpResponse *
service_layer_judge_pair(HttpResponse *response)
{
	List	   *parts;
	HttpResponse *guard;
	HttpResponse *document;
	const char *doubt;
	bool		whole;

	/* Refused as a whole, or by a gateway: its status and text tell which. */
	if (!change_set_was_judged(response))
		return response;
	doubt = change_set_parts(response, &parts, &whole);
	if (doubt != NULL)
		return unsettled(response, doubt);
	if (list_length(parts) == 1)
		return judge_single(response, linitial(parts));
	if (list_length(parts) != 2)
		return unsettled(response, "the change set has another number of answers than of requests");
	guard = part_answer(response, linitial(parts));
	document = part_answer(response, lsecond(parts));
	if (!is_success(guard) || !is_success(document))
		return unsettled(response, "the answers of the change set contradict each other");
	return document;
}
