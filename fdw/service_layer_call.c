/*
 * service_layer_call.c
 *		Requests outside of a scan, several on their way at once.
 *
 * What came of a request is returned as evidence and never raised.  A request
 * is sent once, and again only while it is refused for its session, at the
 * latest until a login made for it is refused as well.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "rowset.h"
#include "service_layer.h"
#include "service_layer_pair.h"
#include "service_layer_private.h"
#include "utils/memutils.h"

struct ServiceLayerPending
{
	MemoryContext context;		/* that it was begun in */
	RemoteServer *server;
	ServiceLayerRequest request;
	int			most_sessions;
	Session    *session;
	HttpTransfer *transfer;		/* NULL = waits for a session, or refused */
	HttpResponse *refusal;		/* the answer of a login that failed */
	bool		is_pair;		/* a change set of a document and its guard */
};

/* Send it if a session is to be had. */
static void
start(ServiceLayerPending *pending)
{
	MemoryContext old = MemoryContextSwitchTo(pending->context);

	pending->session = service_layer_start_within(pending->server, &pending->request,
												  pending->most_sessions, &pending->transfer,
												  &pending->refusal);
	MemoryContextSwitchTo(old);
}

ServiceLayerPending *
service_layer_begin(Oid serverid, Oid userid, const ServiceLayerCall *call, int most_sessions)
{
	ServiceLayerPending *pending = palloc0(sizeof(ServiceLayerPending));
	RemoteServer *server = remote_server_open(serverid, userid);

	if (server->connector != &service_layer_connector)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("server \"%s\" is not of foreign data wrapper sap_b1_fdw", server->name)));
	pending->context = CurrentMemoryContext;
	pending->server = server;
	pending->most_sessions = most_sessions;
	pending->request.method = call->method;
	pending->request.url = psprintf("%s/%s", server->url, call->path);
	pending->request.is_write = call->is_write;
	if (call->body != NULL)
		pending->request.body = pg_server_to_any(call->body, strlen(call->body), PG_UTF8);
	if (call->guard_path != NULL)
	{
		service_layer_render_pair(server, &pending->request, call->path, call->guard_path,
								  pg_server_to_any(call->guard_body, strlen(call->guard_body), PG_UTF8));
		pending->is_pair = true;
	}
	start(pending);
	return pending->transfer == NULL && pending->refusal == NULL ? NULL : pending;
}

bool
service_layer_is_done(ServiceLayerPending *pending)
{
	if (pending->refusal != NULL)
		return true;
	if (pending->transfer != NULL && !transfer_is_done(pending->transfer))
		return false;
	if (pending->transfer != NULL)
	{
		if (!service_layer_drop_lost_session(pending->session, transfer_wait(pending->transfer),
											 &pending->request))
			return true;
		pending->transfer = NULL;
	}
	start(pending);
	return pending->refusal != NULL;
}

/* Answer body in the server's encoding; NULL if it is empty or no valid text. */
static char *
body_text(const HttpResponse *response)
{
	if (response->body_len == 0 || response->body_len > MaxAllocSize - 1 ||
		!pg_verify_mbstr(PG_UTF8, response->body, (int) response->body_len, true))
		return NULL;
	return GetDatabaseEncoding() == PG_UTF8 ? response->body :
		json_scalar(response->body, response->body_len, "");
}

ServiceLayerAnswer *
service_layer_end(ServiceLayerPending *pending)
{
	ServiceLayerAnswer *answer = palloc0(sizeof(ServiceLayerAnswer));
	bool		no_session = pending->refusal != NULL;
	HttpResponse *response = no_session ? pending->refusal : transfer_wait(pending->transfer);
	const char *location;

	if (pending->is_pair && !no_session)
		response = service_layer_judge_pair(response);
	location = http_header(response, "Location");
	answer->outcome = no_session ? HTTP_NOT_SENT : response->outcome;
	answer->login_failed = no_session && response->outcome == HTTP_ANSWERED &&
		response->status < 500;
	answer->status = response->status;
	answer->sent_at = response->sent_at;
	answer->ended_at = response->ended_at;
	answer->body = body_text(response);
	answer->location = location ? pstrdup(location) : NULL;
	if (response->outcome != HTTP_ANSWERED)
		answer->error_message = pstrdup(response->failure_text);
	else if (response->status >= 300 || no_session)
	{
		answer->error_code = odata_error_code(response);
		answer->error_message = odata_error_message(response);
		if (answer->error_message == NULL)
			answer->error_message = psprintf("HTTP status %d without a Service Layer error",
											 response->status);
	}
	return answer;
}
