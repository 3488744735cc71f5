/*
 * transport.c
 *		HTTP over libcurl's multi interface, driven by a WaitEventSet.
 *
 * One curl multi handle per backend owns all connections.  libcurl tells us
 * by callbacks which sockets and which timer it waits for; we wait for them
 * together with the latch, so that cancel, statement timeout and shutdown are
 * served during any network wait, and hand the events back.
 *
 * Memory and errors: a transfer lives in a context of its own below the
 * caller's, and a reset callback there releases the curl handles, so an ERROR
 * anywhere leaks nothing.  No callback that libcurl calls may raise: they
 * allocate with MCXT_ALLOC_NO_OOM and report failure to libcurl instead.
 *
 * Threads: libcurl resolves names in a thread.  It inherits the signal mask of
 * the moment, so every call into libcurl is made with signals blocked; no
 * handler of the backend ever runs in that thread.
 *
 * Writes: libcurl resends a request by itself when a kept connection dies
 * before the first byte of the answer.  That would be a blind resend, so a
 * write always gets a connection of its own, for which libcurl never does so.
 */
#include "postgres.h"

#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>

#include "compat.h"
#include "miscadmin.h"
#include "storage/latch.h"
#include "transport.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

/* Bounds; a backend needs a handful of each. */
#define MAX_SOCKETS			128
#define MAX_HEADER_BYTES	(256 * 1024)
#define KEPT_CONNECTIONS	16L

/*
 * A Service Layer closes an idle connection after 5 seconds (SL §1.3): do not
 * try one that has been idle for as long.
 */
#define MAX_IDLE_SECONDS	4L

struct HttpTransfer
{
	MemoryContext context;		/* owns this struct and the answer */
	MemoryContextCallback on_reset;
	CURL	   *easy;
	struct curl_slist *request_headers;
	bool		started;		/* added to the multi handle */
	bool		done;
	bool		is_https;
	bool		too_large;
	bool		out_of_memory;
	int64		max_bytes;
	size_t		body_allocated;
	char	   *header_text;
	size_t		header_len;
	size_t		header_allocated;
	HttpResponse response;
	char		error_text[CURL_ERROR_SIZE];
};

typedef struct WatchedSocket
{
	curl_socket_t fd;
	int			what;			/* CURL_POLL_IN, CURL_POLL_OUT, CURL_POLL_INOUT */
} WatchedSocket;

static CURLM *multi = NULL;
static WatchedSocket sockets[MAX_SOCKETS];
static int	nsockets = 0;
static WaitEventSet *wait_set = NULL;
static bool wait_set_stale = true;
static TimestampTz timer_due = 0;	/* 0 = no timer */

/* Block what a backend handles before entering libcurl; restore after. */
static void
enter_curl(sigset_t *saved)
{
	sigset_t	blocked;

	sigfillset(&blocked);
	sigdelset(&blocked, SIGSEGV);
	sigdelset(&blocked, SIGBUS);
	sigdelset(&blocked, SIGFPE);
	sigdelset(&blocked, SIGILL);
	sigdelset(&blocked, SIGTRAP);
	sigdelset(&blocked, SIGABRT);
	pthread_sigmask(SIG_SETMASK, &blocked, saved);
}

static void
leave_curl(const sigset_t *saved)
{
	pthread_sigmask(SIG_SETMASK, saved, NULL);
}

/* libcurl says which events of a socket it waits for. */
static int
on_socket(CURL *easy pg_attribute_unused(), curl_socket_t fd, int what,
		  void *arg pg_attribute_unused(), void *socket_arg pg_attribute_unused())
{
	int			i;

	wait_set_stale = true;
	for (i = 0; i < nsockets; i++)
		if (sockets[i].fd == fd)
			break;
	if (what == CURL_POLL_REMOVE)
	{
		if (i < nsockets)
			sockets[i] = sockets[--nsockets];
		return 0;
	}
	if (i == MAX_SOCKETS)
		return -1;
	sockets[i].fd = fd;
	sockets[i].what = what;
	if (i == nsockets)
		nsockets++;
	return 0;
}

/* libcurl says when it wants to be called without an event. */
static int
on_timer(CURLM *handle pg_attribute_unused(), long timeout_ms,
		 void *arg pg_attribute_unused())
{
	if (timeout_ms < 0)
		timer_due = 0;
	else
		timer_due = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), timeout_ms);
	return 0;
}

/* Create the backend's multi handle; it lives as long as the backend. */
static void
ensure_multi(void)
{
	CURLcode	code;

	if (multi != NULL)
		return;
	code = curl_global_init(CURL_GLOBAL_DEFAULT);
	if (code == CURLE_OK)
		multi = curl_multi_init();
	if (multi == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION),
				 errmsg("could not initialize libcurl: %s", curl_easy_strerror(code))));
	curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, KEPT_CONNECTIONS);
}

/*
 * Make room for "more" bytes and a NUL in a growing buffer of a transfer.
 * Returns false when memory is short; never raises.
 */
static bool
reserve(HttpTransfer *transfer, char **buffer, size_t *allocated,
		size_t used, size_t more)
{
	size_t		size = *allocated ? *allocated : 8192;
	char	   *grown;

	if (used + more + 1 <= *allocated)
		return true;
	while (size < used + more + 1)
		size *= 2;
	grown = MemoryContextAllocExtended(transfer->context, size,
									   MCXT_ALLOC_HUGE | MCXT_ALLOC_NO_OOM);
	if (grown == NULL)
	{
		transfer->out_of_memory = true;
		return false;
	}
	if (*buffer != NULL)
	{
		memcpy(grown, *buffer, used);
		pfree(*buffer);
	}
	*buffer = grown;
	*allocated = size;
	return true;
}

/* Body bytes have arrived, decompressed.  Anything but "size" aborts. */
static size_t
on_body(char *data, size_t unit, size_t count, void *arg)
{
	HttpTransfer *transfer = arg;
	HttpResponse *response = &transfer->response;
	size_t		size = unit * count;

	if ((int64) (response->body_len + size) > transfer->max_bytes)
	{
		transfer->too_large = true;
		return 0;
	}
	if (!reserve(transfer, &response->body, &transfer->body_allocated,
				 response->body_len, size))
		return 0;
	memcpy(response->body + response->body_len, data, size);
	response->body_len += size;
	response->body[response->body_len] = '\0';
	return size;
}

/* One header line has arrived; a status line starts the headers anew. */
static size_t
on_header(char *data, size_t unit, size_t count, void *arg)
{
	HttpTransfer *transfer = arg;
	size_t		size = unit * count;

	if (size >= 5 && memcmp(data, "HTTP/", 5) == 0)
		transfer->header_len = 0;
	if (transfer->header_len + size > MAX_HEADER_BYTES)
	{
		transfer->too_large = true;
		return 0;
	}
	if (!reserve(transfer, &transfer->header_text, &transfer->header_allocated,
				 transfer->header_len, size))
		return 0;
	memcpy(transfer->header_text + transfer->header_len, data, size);
	transfer->header_len += size;
	return size;
}

/* Release what libcurl holds; called when the transfer's context goes away. */
static void
release_transfer(void *arg)
{
	HttpTransfer *transfer = arg;
	sigset_t	saved;

	enter_curl(&saved);
	if (transfer->easy != NULL)
	{
		if (transfer->started)
			curl_multi_remove_handle(multi, transfer->easy);
		curl_easy_cleanup(transfer->easy);
	}
	curl_slist_free_all(transfer->request_headers);
	leave_curl(&saved);
	transfer->easy = NULL;
	transfer->request_headers = NULL;
}

/* Add one "Name: value" line to the request. */
static void
append_header(HttpTransfer *transfer, const char *line)
{
	struct curl_slist *grown;

	if (strpbrk(line, "\r\n") != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_STRING_FORMAT),
				 errmsg("request header contains a line break"),
				 errhint("A value that goes into a header must be a single line.")));
	grown = curl_slist_append(transfer->request_headers, line);
	if (grown == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory")));
	transfer->request_headers = grown;
}

/* Whether the peer is verified, against what, and through which proxy. */
static void
set_security(CURL *easy, const TransportSettings *settings)
{
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, settings->verify_tls ? 1L : 0L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, settings->verify_tls ? 2L : 0L);
	if (settings->ca_file != NULL)
		curl_easy_setopt(easy, CURLOPT_CAINFO, settings->ca_file);
	if (settings->pinned_key != NULL)
		curl_easy_setopt(easy, CURLOPT_PINNEDPUBLICKEY, settings->pinned_key);
	/* An empty string also keeps libcurl from reading http_proxy and the like. */
	curl_easy_setopt(easy, CURLOPT_PROXY, settings->proxy ? settings->proxy : "");
	curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
}

/* Time limits, and what makes a kept connection usable. */
static void
set_timing(CURL *easy, const TransportSettings *settings, bool is_write)
{
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long) settings->connect_timeout_ms);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long) settings->request_timeout_ms);
	if (settings->idle_timeout_ms > 0)
	{
		curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
		curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME,
						 (long) Max(1, settings->idle_timeout_ms / 1000));
	}
	curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, MAX_IDLE_SECONDS);
	curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, is_write ? 1L : 0L);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
#if LIBCURL_VERSION_NUM >= 0x075700
	/* Do not wait for a resolver thread when a transfer is given up. */
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
#endif
}

/* The request itself: method, URL, headers, body. */
static void
set_request(HttpTransfer *transfer, const HttpRequest *request)
{
	CURL	   *easy = transfer->easy;
	ListCell   *lc;

	curl_easy_setopt(easy, CURLOPT_URL, request->url);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1);
	if (request->body != NULL || strcmp(request->method, "POST") == 0)
	{
		size_t		len = request->body ? request->body_len : 0;

		curl_easy_setopt(easy, CURLOPT_POST, 1L);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) len);
		curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, request->body ? request->body : "");
	}
	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);

	/* libcurl would announce bodies over 1 MiB; a Service Layer dislikes it (SL §1.7) */
	append_header(transfer, "Expect:");
	foreach(lc, request->headers)
		append_header(transfer, lfirst(lc));
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->request_headers);
}

/* Where the answer goes. */
static void
set_sinks(HttpTransfer *transfer, const TransportSettings *settings)
{
	CURL	   *easy = transfer->easy;

	curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->error_text);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
	if (settings->compression)
		curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
}

HttpTransfer *
transfer_start(const TransportSettings *settings, const HttpRequest *request)
{
	MemoryContext context;
	HttpTransfer *transfer;
	sigset_t	saved;

	ensure_multi();
	context = AllocSetContextCreate(CurrentMemoryContext, "stockbridge transfer",
									ALLOCSET_SMALL_SIZES);
	transfer = MemoryContextAllocZero(context, sizeof(HttpTransfer));
	transfer->context = context;
	transfer->max_bytes = settings->max_response_bytes;
	transfer->is_https = pg_strncasecmp(request->url, "https:", 6) == 0;
	transfer->on_reset.func = release_transfer;
	transfer->on_reset.arg = transfer;
	MemoryContextRegisterResetCallback(context, &transfer->on_reset);

	transfer->easy = curl_easy_init();
	if (transfer->easy == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory")));
	set_security(transfer->easy, settings);
	set_timing(transfer->easy, settings, request->is_write);
	set_request(transfer, request);
	set_sinks(transfer, settings);

	transfer->response.sent_at = GetCurrentTimestamp();
	enter_curl(&saved);
	transfer->started = curl_multi_add_handle(multi, transfer->easy) == CURLM_OK;
	leave_curl(&saved);
	if (!transfer->started)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("could not start an HTTP request")));
	return transfer;
}

/* Split the received header text into lines of the answer. */
static void
collect_headers(HttpTransfer *transfer)
{
	char	   *line = transfer->header_text;
	char	   *end = line + transfer->header_len;

	while (line < end)
	{
		char	   *stop = memchr(line, '\n', end - line);
		size_t		len = (stop ? stop : end) - line;

		while (len > 0 && (line[len - 1] == '\r' || line[len - 1] == ' '))
			len--;
		if (len > 0 && memchr(line, ':', len) != NULL)
			transfer->response.headers = lappend(transfer->response.headers,
												 pnstrdup(line, len));
		if (stop == NULL)
			break;
		line = stop + 1;
	}
}

/* libcurl's result codes by kind of failure. */
static HttpFailure
failure_of(const HttpTransfer *transfer, CURLcode code)
{
	if (transfer->too_large)
		return HTTP_FAILURE_TOO_LARGE;
	if (transfer->out_of_memory)
		return HTTP_FAILURE_LOCAL;
	switch (code)
	{
		case CURLE_COULDNT_RESOLVE_HOST:
		case CURLE_COULDNT_RESOLVE_PROXY:
			return HTTP_FAILURE_RESOLVE;
		case CURLE_COULDNT_CONNECT:
			return HTTP_FAILURE_CONNECT;
		case CURLE_SSL_CONNECT_ERROR:
		case CURLE_PEER_FAILED_VERIFICATION:
		case CURLE_SSL_CERTPROBLEM:
		case CURLE_SSL_CIPHER:
		case CURLE_SSL_CACERT_BADFILE:
		case CURLE_SSL_ISSUER_ERROR:
		case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
		case CURLE_SSL_INVALIDCERTSTATUS:
			return HTTP_FAILURE_TLS;
		case CURLE_OPERATION_TIMEDOUT:
			return HTTP_FAILURE_TIMEOUT;
		case CURLE_URL_MALFORMAT:
		case CURLE_UNSUPPORTED_PROTOCOL:
		case CURLE_OUT_OF_MEMORY:
		case CURLE_BAD_FUNCTION_ARGUMENT:
			return HTTP_FAILURE_LOCAL;
		default:
			return HTTP_FAILURE_BROKEN;
	}
}

/*
 * Whether a byte of the request can have left.  From the moment at which the
 * connection (with TLS: its handshake) is complete we assume so; a request
 * that failed before is certainly not with the server.
 */
static bool
may_have_been_sent(HttpTransfer *transfer)
{
	curl_off_t	connected = 0;
	long		request_bytes = 0;

	curl_easy_getinfo(transfer->easy,
					  transfer->is_https ? CURLINFO_APPCONNECT_TIME_T : CURLINFO_CONNECT_TIME_T,
					  &connected);
	curl_easy_getinfo(transfer->easy, CURLINFO_REQUEST_SIZE, &request_bytes);
	return connected > 0 || request_bytes > 0;
}

/* Fill in the answer of a transfer that libcurl reports as ended. */
static void
finish_transfer(HttpTransfer *transfer, CURLcode code)
{
	MemoryContext old = MemoryContextSwitchTo(transfer->context);
	HttpResponse *response = &transfer->response;
	long		status = 0;
	curl_off_t	received = 0;

	response->ended_at = GetCurrentTimestamp();
	curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(transfer->easy, CURLINFO_SIZE_DOWNLOAD_T, &received);
	response->status = (int) status;
	response->wire_bytes = received;
	if (response->body == NULL)
		response->body = pstrdup("");
	collect_headers(transfer);
	if (code == CURLE_OK)
		response->outcome = HTTP_ANSWERED;
	else
	{
		response->outcome = may_have_been_sent(transfer) ? HTTP_UNANSWERED : HTTP_NOT_SENT;
		response->failure = failure_of(transfer, code);
		response->failure_text = pstrdup(transfer->error_text[0] ?
										 transfer->error_text : curl_easy_strerror(code));
	}
	transfer->done = true;
	MemoryContextSwitchTo(old);
}

/* Note which transfers have ended. */
static void
collect_finished(void)
{
	CURLMsg    *message;
	int			left;

	while ((message = curl_multi_info_read(multi, &left)) != NULL)
	{
		char	   *private = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private);
		finish_transfer((HttpTransfer *) private, message->data.result);
	}
}

/* Tell libcurl about an event on a socket, or that its timer has run out. */
static void
notify_curl(curl_socket_t fd, int mask)
{
	sigset_t	saved;
	int			running;

	enter_curl(&saved);
	curl_multi_socket_action(multi, fd, mask, &running);
	leave_curl(&saved);
}

/* Build the wait set for the sockets of this moment. */
static void
rebuild_wait_set(void)
{
	int			i;

	if (wait_set != NULL)
	{
		WaitEventSet *old = wait_set;

		wait_set = NULL;
		FreeWaitEventSet(old);
	}
	wait_set = compat_create_wait_event_set(TopMemoryContext, nsockets + 2);
	AddWaitEventToSet(wait_set, WL_LATCH_SET, PGINVALID_SOCKET, MyLatch, NULL);
	AddWaitEventToSet(wait_set, WL_EXIT_ON_PM_DEATH, PGINVALID_SOCKET, NULL, NULL);
	for (i = 0; i < nsockets; i++)
	{
		int			events = 0;

		if (sockets[i].what & CURL_POLL_IN)
			events |= WL_SOCKET_READABLE;
		if (sockets[i].what & CURL_POLL_OUT)
			events |= WL_SOCKET_WRITEABLE;
		if (events != 0)
			AddWaitEventToSet(wait_set, events, sockets[i].fd, NULL, NULL);
	}
	wait_set_stale = false;
}

/* Milliseconds until libcurl's timer is due; -1 = it has none. */
static long
timer_remaining(void)
{
	if (timer_due == 0)
		return -1;
	return TimestampDifferenceMilliseconds(GetCurrentTimestamp(), timer_due);
}

/*
 * Wait for one batch of events and let libcurl work on them; with "may_wait"
 * false take only what has come already.
 */
static void
transport_step(bool may_wait)
{
	static uint32 wait_event = 0;
	WaitEvent	events[MAX_SOCKETS + 2];
	int			nready;
	int			i;

	if (wait_event == 0)
		wait_event = compat_wait_event("StockbridgeHttp");
	if (timer_remaining() == 0)
	{
		timer_due = 0;
		notify_curl(CURL_SOCKET_TIMEOUT, 0);
		collect_finished();
		CHECK_FOR_INTERRUPTS();
		return;
	}
	if (wait_set_stale)
		rebuild_wait_set();
	/*
	 * Reading options took a catalog snapshot.  Where nobody else holds one (a
	 * posting between its commits), it must not keep vacuum back for as long
	 * as the remote takes.
	 */
	InvalidateCatalogSnapshotConditionally();
	nready = WaitEventSetWait(wait_set, may_wait ? timer_remaining() : 0, events,
							  lengthof(events), wait_event);
	for (i = 0; i < nready; i++)
	{
		int			mask = 0;

		if (events[i].events & WL_LATCH_SET)
			ResetLatch(MyLatch);
		if (events[i].events & WL_SOCKET_READABLE)
			mask |= CURL_CSELECT_IN;
		if (events[i].events & WL_SOCKET_WRITEABLE)
			mask |= CURL_CSELECT_OUT;
		if (mask != 0)
			notify_curl(events[i].fd, mask);
	}
	collect_finished();
	CHECK_FOR_INTERRUPTS();
}

void
transport_poll(void)
{
	if (multi != NULL)
		transport_step(false);
}

bool
transfer_is_done(HttpTransfer *transfer)
{
	return transfer->done;
}

HttpResponse *
transfer_wait(HttpTransfer *transfer)
{
	while (!transfer->done)
		transport_step(true);
	return &transfer->response;
}

HttpTransfer *
transfer_wait_any(List *transfers)
{
	Assert(transfers != NIL);
	for (;;)
	{
		ListCell   *lc;

		foreach(lc, transfers)
		{
			HttpTransfer *transfer = lfirst(lc);

			if (transfer->done)
				return transfer;
		}
		transport_step(true);
	}
}

void
transfer_free(HttpTransfer *transfer)
{
	MemoryContextDelete(transfer->context);
}

HttpResponse *
http_send(const TransportSettings *settings, const HttpRequest *request)
{
	return transfer_wait(transfer_start(settings, request));
}

void
transport_pause(long milliseconds)
{
	TimestampTz until = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), milliseconds);

	for (;;)
	{
		long		left = TimestampDifferenceMilliseconds(GetCurrentTimestamp(), until);

		CHECK_FOR_INTERRUPTS();
		if (left <= 0)
			break;
		(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH,
						 left, PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
	}
}

const char *
http_header(const HttpResponse *response, const char *name)
{
	size_t		len = strlen(name);
	ListCell   *lc;

	foreach(lc, response->headers)
	{
		const char *line = lfirst(lc);

		if (pg_strncasecmp(line, name, len) == 0 && line[len] == ':')
		{
			line += len + 1;
			while (*line == ' ' || *line == '\t')
				line++;
			return line;
		}
	}
	return NULL;
}

char *
url_encode(const char *text)
{
	static const char hex[] = "0123456789ABCDEF";
	StringInfoData buf;
	const unsigned char *p;

	initStringInfo(&buf);
	for (p = (const unsigned char *) text; *p; p++)
	{
		if ((*p >= 'A' && *p <= 'Z') || (*p >= 'a' && *p <= 'z') ||
			(*p >= '0' && *p <= '9') || strchr("-._~", *p) != NULL)
			appendStringInfoChar(&buf, *p);
		else
		{
			appendStringInfoChar(&buf, '%');
			appendStringInfoChar(&buf, hex[*p >> 4]);
			appendStringInfoChar(&buf, hex[*p & 15]);
		}
	}
	return buf.data;
}
