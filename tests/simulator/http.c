/*
 * http.c
 *		The HTTPS front: connections, limits, keep-alive, faults.
 *
 * One thread serves one connection, so that a slow or delayed request holds up
 * nobody else.  An idle connection closes after five seconds and any after a
 * hundred requests, both announced as Apache does (SL 1.3).  This file alone
 * knows libmicrohttpd, and alone carries faults out.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "context.h"
#include "control.h"
#include "fault.h"
#include "http.h"
#include "ims.h"
#include "node.h"
#include "service.h"
#include "session.h"

#define BODY_LIMIT (64 * 1024 * 1024)
#define IDLE_SECONDS 5
#define REQUESTS_PER_CONNECTION 100

typedef struct Connection
{
	int			requests;
} Connection;

/* One request while MHD feeds it to us. */
typedef struct Exchange
{
	char	   *target;			/* path?query, as sent */
	Buffer		body;
	bool		started;
	bool		too_large;
	bool		close_after;	/* shut the socket once the answer is out */
} Exchange;

static struct MHD_Daemon *listener;
static int	listener_port;

static const char *
header_of(void *source, const char *name)
{
	return MHD_lookup_connection_value(source, MHD_HEADER_KIND, name);
}

static void
sleep_ms(int milliseconds)
{
	struct timespec pause = {milliseconds / 1000, (long) (milliseconds % 1000) * 1000000};

	while (nanosleep(&pause, &pause) != 0 && errno == EINTR)
		;
}

static int
socket_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	return info == NULL ? -1 : info->connect_fd;
}

/* Cuts the line under the client; the caller then refuses to answer. */
static enum MHD_Result
drop_connection(struct MHD_Connection *connection, bool reset)
{
	struct linger abortive = {1, 0};
	int			fd = socket_of(connection);

	if (reset)
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &abortive, sizeof(abortive));
	else
		shutdown(fd, SHUT_RDWR);
	return MHD_NO;
}

static void
respond_html(Response *response, int status)
{
	static const struct
	{
		int			status;
		const char *title;
		const char *text;
	}			page[] = {
		{502, "Proxy Error", "The proxy server received an invalid\r\nresponse from an upstream server."},
		{503, "Service Unavailable", "The server is temporarily unable to service your\r\nrequest."},
		{504, "Gateway Timeout", "The gateway did not receive a timely response\r\nfrom the upstream server."},
	};
	const char *title = "Error";
	const char *text = "";

	for (size_t i = 0; i < MODEL_LENGTH(page); i++)
		if (page[i].status == status)
		{
			title = page[i].title;
			text = page[i].text;
		}
	response_reset(response);
	response->status = status;
	response->content_type = "text/html; charset=iso-8859-1";
	buffer_printf(&response->body, "<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\n<html><head>\n"
				  "<title>%d %s</title>\n</head><body>\n<h1>%s</h1>\n<p>%s</p>\n</body></html>\n",
				  status, title, title, text);
}

static void
respond_ping(Context *context)
{
	context->response->status = 200;
	context->response->content_type = "application/json";
	buffer_printf(&context->response->body, "{\"message\":\"PONG\",\"sender\":\"load balancer\",\"timestamp\":%lld}\n",
				  (long long) time(NULL));
}

/* Hands the request to the area its path names. */
static void
route(Context *context, char *target)
{
	char	   *query = strchr(target, '?');
	char	   *root = NULL;

	if (query != NULL)
		*query++ = '\0';
	context->request->query = query == NULL ? "" : query;
	context->request->path = target;
	if (strncmp(target, "/b1s/v1/", 8) == 0 || strncmp(target, "/b1s/v2/", 8) == 0)
	{
		const char *host = request_header(context, "Host");

		context->version = target[6] - '0';
		root = host != NULL ? arena_printf(context->arena, "https://%s/b1s/v%d", host, context->version) :
			arena_printf(context->arena, "https://127.0.0.1:%d/b1s/v%d", listener_port, context->version);
		context->root = root;
		context->request->path = target + 7;
		service_handle(context);
	}
	else if (strncmp(target, "/ims/", 5) == 0)
		ims_handle(context);
	else if (strncmp(target, "/sim/", 5) == 0)
		control_handle(context);
	else if (strncmp(target, "/ping", 5) == 0)
		respond_ping(context);
	else
		respond_html(context->response, 404);
}

static void
perform(struct MHD_Connection *connection, const char *method, Exchange *exchange, int node,
		Response *response)
{
	Request		request = {0};
	Context		context = {0};

	request.method = method;
	request.body = exchange->body.data == NULL ? "" : exchange->body.data;
	request.body_length = exchange->body.length;
	request.header = header_of;
	request.header_source = connection;
	context.arena = arena_create();
	context.request = &request;
	context.response = response;
	context.version = 2;
	context.node = node;
	context.db = books_acquire();
	if (context.db == NULL)
		respond_html(response, 503);
	else
	{
		route(&context, arena_strdup(context.arena, exchange->target));
		books_release(context.db);
	}
	arena_destroy(context.arena);
}

typedef struct Truncated
{
	char	   *data;
	size_t		length;
} Truncated;

static ssize_t
truncated_read(void *source, uint64_t position, char *buffer, size_t size)
{
	Truncated  *truncated = source;
	size_t		left = truncated->length / 2 - (size_t) position;

	if (left == 0)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	size = size < left ? size : left;
	memcpy(buffer, truncated->data + position, size);
	return (ssize_t) size;
}

static void
truncated_free(void *source)
{
	Truncated  *truncated = source;

	free(truncated->data);
	free(truncated);
}

/* The body passes to MHD; the response keeps nothing of it. */
static struct MHD_Response *
wrap_body(Response *response, FaultAction action)
{
	struct MHD_Response *answer;
	Truncated  *truncated;

	if (action == FAULT_TRUNCATE && response->body.length > 1)
	{
		truncated = malloc(sizeof(Truncated));
		if (truncated == NULL)
			abort();
		truncated->data = response->body.data;
		truncated->length = response->body.length;
		answer = MHD_create_response_from_callback(truncated->length, 16384, truncated_read,
												   truncated, truncated_free);
	}
	else
		answer = MHD_create_response_from_buffer(response->body.length, response->body.data,
												 MHD_RESPMEM_MUST_FREE);
	memset(&response->body, 0, sizeof(response->body));
	return answer;
}

static void
put_keep_alive(struct MHD_Connection *connection, struct MHD_Response *answer)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	Connection *state = info == NULL ? NULL : info->socket_context;
	int			left = state == NULL ? 0 : REQUESTS_PER_CONNECTION - ++state->requests;
	char		text[40];

	if (left <= 0)
	{
		MHD_add_response_header(answer, MHD_HTTP_HEADER_CONNECTION, "close");
		return;
	}
	snprintf(text, sizeof(text), "timeout=%d, max=%d", IDLE_SECONDS, left);
	MHD_add_response_header(answer, "Keep-Alive", text);
}

static enum MHD_Result
send_response(struct MHD_Connection *connection, Response *response, FaultAction action)
{
	struct MHD_Response *answer = wrap_body(response, action);
	enum MHD_Result result;

	if (answer == NULL)
		return MHD_NO;
	if (response->content_type != NULL)
		MHD_add_response_header(answer, MHD_HTTP_HEADER_CONTENT_TYPE, response->content_type);
	for (int i = 0; i < response->header_count; i++)
		MHD_add_response_header(answer, response->header[i].name, response->header[i].value);
	put_keep_alive(connection, answer);
	result = MHD_queue_response(connection, (unsigned) response->status, answer);
	MHD_destroy_response(answer);
	return result;
}

/* Blanks where JSON allows them and nobody expects them (SL 2: never match text). */
static void
spread_json(Response *response)
{
	Buffer		spread = {0};
	bool		quoted = false;
	const char *text = response->body.data == NULL ? "" : response->body.data;

	for (; *text != '\0'; text++)
	{
		bool		mark = !quoted && strchr("{}[]:,", *text) != NULL;

		if (*text == '"')
			quoted = !quoted;
		buffer_puts(&spread, mark ? "\n\t " : "");
		buffer_putc(&spread, *text);
		buffer_puts(&spread, mark ? "  " : "");
		if (quoted && *text == '\\' && text[1] != '\0')
			buffer_putc(&spread, *++text);
	}
	buffer_free(&response->body);
	response->body = spread;
}

static void
respond_fault(Response *response, const Fault *fault, int version)
{
	Context		context = {0};

	if (fault->status >= 502 && fault->status <= 504)
	{
		respond_html(response, fault->status);
		return;
	}
	context.arena = arena_create();
	context.response = response;
	context.version = version;
	respond_error(&context, fault->status, fault->code, "%s", fault->message);
	arena_destroy(context.arena);
}

static int
version_of(const char *target)
{
	return strncmp(target, "/b1s/v1/", 8) == 0 ? 1 : 2;
}

static bool
is_service(const char *target)
{
	return strncmp(target, "/b1s/", 5) == 0;
}

/* The request on its node, as the balancer sees it: its answer, or Apache's page. */
static void
perform_on_node(struct MHD_Connection *connection, const char *method, Exchange *exchange,
				const Fault *fault, Response *response)
{
	bool		page = fault->action == FAULT_STATUS || fault->action == FAULT_HTML_502 ||
		fault->action == FAULT_KILL_NODE;
	NodeVisit	visit = {0};

	if (is_service(exchange->target))
	{
		visit = node_enter(header_of(connection, "Cookie"));
		if (visit.node == 0)
		{
			respond_html(response, 503);
			return;
		}
	}
	if (!page || fault->commit)
		perform(connection, method, exchange, visit.node, response);
	if (page)
		respond_fault(response, fault, version_of(exchange->target));
	if (fault->action == FAULT_KILL_NODE && visit.node != 0)
		node_kill(visit.node);
	else if (node_died_during(&visit))
		respond_html(response, 502);
	else if (visit.moved)
		response_header(response, "Set-Cookie", "ROUTEID=.node%d; path=/b1s", visit.node);
	node_leave(&visit);
}

/* Carries the request out, bent by the fault. MHD_NO closes without an answer. */
static enum MHD_Result
answer(struct MHD_Connection *connection, const char *method, Exchange *exchange, Response *response)
{
	Fault		fault = {0};

	if (strncmp(exchange->target, "/sim/", 5) != 0)
		fault = fault_take(method, exchange->target, exchange->body.data, exchange->body.length);
	if (fault.delay_ms > 0)
		sleep_ms(fault.delay_ms);
	if (fault.action == FAULT_DROP_BEFORE_COMMIT)
		return drop_connection(connection, fault.reset);
	if (fault.action == FAULT_BROKEN_SESSION)
		session_break(header_of(connection, "Cookie"));
	perform_on_node(connection, method, exchange, &fault, response);
	if (fault.action == FAULT_DROP_AFTER_COMMIT)
		return drop_connection(connection, fault.reset);
	if (fault.action == FAULT_MALFORMED_JSON)
	{
		response->body.length /= 2;
		if (response->body.data != NULL)
			response->body.data[response->body.length] = '\0';
	}
	if (fault.action == FAULT_PRETTY)
		spread_json(response);
	exchange->close_after = fault.action == FAULT_CLOSE_IDLE;
	return send_response(connection, response, fault.action);
}

static enum MHD_Result
answer_request(struct MHD_Connection *connection, const char *method, Exchange *exchange)
{
	Response	response = {0};
	enum MHD_Result result;

	/* the idle clock stands still while we work */
	MHD_set_connection_option(connection, MHD_CONNECTION_OPTION_TIMEOUT, 0u);
	control_count(method, exchange->target);
	if (exchange->too_large)
	{
		respond_html(&response, 413);
		result = send_response(connection, &response, FAULT_NONE);
	}
	else
		result = answer(connection, method, exchange, &response);
	MHD_set_connection_option(connection, MHD_CONNECTION_OPTION_TIMEOUT, (unsigned) IDLE_SECONDS);
	response_free(&response);
	return result;
}

static enum MHD_Result
on_request(void *unused, struct MHD_Connection *connection, const char *url, const char *method,
		   const char *http_version, const char *data, size_t *size, void **state)
{
	Exchange   *exchange = *state;

	(void) unused;
	(void) url;
	(void) http_version;
	if (exchange == NULL)
		return MHD_NO;
	if (!exchange->started)
	{
		exchange->started = true;
		return MHD_YES;
	}
	if (*size > 0)
	{
		if (exchange->body.length + *size > BODY_LIMIT)
			exchange->too_large = true;
		else
			buffer_add(&exchange->body, data, *size);
		*size = 0;
		return MHD_YES;
	}
	return answer_request(connection, method, exchange);
}

/* MHD decodes the URL it passes on; this is the only place to get it as sent. */
static void *
on_uri(void *unused, const char *uri, struct MHD_Connection *connection)
{
	Exchange   *exchange = calloc(1, sizeof(Exchange));

	(void) unused;
	(void) connection;
	if (exchange != NULL)
		exchange->target = strdup(uri);
	return exchange;
}

static void
on_completed(void *unused, struct MHD_Connection *connection, void **state,
			 enum MHD_RequestTerminationCode code)
{
	Exchange   *exchange = *state;

	(void) unused;
	(void) code;
	if (exchange == NULL)
		return;
	if (exchange->close_after)
		shutdown(socket_of(connection), SHUT_RDWR);
	buffer_free(&exchange->body);
	free(exchange->target);
	free(exchange);
	*state = NULL;
}

static void
on_connection(void *unused, struct MHD_Connection *connection, void **state,
			  enum MHD_ConnectionNotificationCode code)
{
	(void) unused;
	(void) connection;
	if (code == MHD_CONNECTION_NOTIFY_STARTED)
	{
		*state = calloc(1, sizeof(Connection));
		control_count_connection();
	}
	else
		free(*state);
}

int
http_start(int port, const char *certificate, const char *key)
{
	struct sockaddr_in address = {0};
	const union MHD_DaemonInfo *info;

	address.sin_family = AF_INET;
	address.sin_port = htons((uint16_t) port);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = MHD_start_daemon(MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD |
								MHD_USE_POLL | MHD_USE_TLS | MHD_USE_ITC,
								(uint16_t) port, NULL, NULL, on_request, NULL,
								MHD_OPTION_SOCK_ADDR, (struct sockaddr *) &address,
								MHD_OPTION_HTTPS_MEM_KEY, key,
								MHD_OPTION_HTTPS_MEM_CERT, certificate,
								MHD_OPTION_CONNECTION_TIMEOUT, (unsigned) IDLE_SECONDS,
								MHD_OPTION_CONNECTION_LIMIT, 1000u,
								MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t) 256 * 1024,
								MHD_OPTION_LISTENING_ADDRESS_REUSE, 1u,
								MHD_OPTION_URI_LOG_CALLBACK, on_uri, NULL,
								MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL,
								MHD_OPTION_NOTIFY_CONNECTION, on_connection, NULL,
								MHD_OPTION_END);
	if (listener == NULL)
	{
		fprintf(stderr, "b1sim: cannot listen on port %d: %s\n", port, strerror(errno));
		return 0;
	}
	info = MHD_get_daemon_info(listener, MHD_DAEMON_INFO_BIND_PORT);
	listener_port = info == NULL ? port : info->port;
	return listener_port;
}

void
http_stop(void)
{
	if (listener != NULL)
		MHD_stop_daemon(listener);
	listener = NULL;
}
