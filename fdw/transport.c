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
 */
#include "postgres.h"

#include "compat.h"
#include "miscadmin.h"
#include "stat.h"
#include "storage/latch.h"
#include "transport_private.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

/* Bounds; a backend needs a handful of each. */
#define MAX_SOCKETS			128
#define KEPT_CONNECTIONS	16L

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

/* Tell whoever asked, once, that a transfer has ended or is dropped. */
static void
report_end(HttpTransfer *transfer)
{
	TransferEnded on_end = transfer->on_end;

	transfer->on_end = NULL;
	if (on_end != NULL)
		on_end(transfer->on_end_arg);
}

void
transfer_on_end(HttpTransfer *transfer, TransferEnded on_end, void *arg)
{
	transfer->on_end = on_end;
	transfer->on_end_arg = arg;
	if (transfer->done)
		report_end(transfer);
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
	report_end(transfer);
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
	transfer->serverid = settings->serverid;
	strlcpy(transfer->method, request->method, sizeof(transfer->method));
	transfer->on_reset.func = release_transfer;
	transfer->on_reset.arg = transfer;
	MemoryContextRegisterResetCallback(context, &transfer->on_reset);

	transfer->easy = curl_easy_init();
	if (transfer->easy == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory")));
	transport_set_request(transfer, settings, request);
	transport_set_sinks(transfer, settings);
	transfer->trace = trace_begin(settings, request);

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

/* libcurl reports a transfer as ended: its answer is complete, or never will be. */
static void
end_transfer(HttpTransfer *transfer, CURLcode code)
{
	transport_finish_response(transfer, code);
	transfer->done = true;
	stat_count_response(transfer->serverid, transfer->method, &transfer->response);
	report_end(transfer);
	trace_end(transfer->trace, &transfer->response);
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
		end_transfer((HttpTransfer *) private, message->data.result);
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

/* The shorter of two waits, -1 being the longest. */
static long
shorter_wait(long a, long b)
{
	if (a < 0 || b < 0)
		return Max(a, b);
	return Min(a, b);
}

/*
 * Wait for one batch of events, or for the latch, at most "timeout_ms" (-1 = for
 * as long as it takes, 0 = take only what has come), and let libcurl work.
 */
static void
transport_step(long timeout_ms)
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
	nready = WaitEventSetWait(wait_set, shorter_wait(timer_remaining(), timeout_ms), events,
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
		transport_step(0);
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
		transport_step(-1);
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
		transport_step(-1);
	}
}

HttpResponse *
http_send(const TransportSettings *settings, const HttpRequest *request)
{
	return transfer_wait(transfer_start(settings, request));
}

void
transport_wait(long milliseconds)
{
	transport_step(milliseconds);
}

void
transport_pause(long milliseconds)
{
	TimestampTz until = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), milliseconds);
	long		left;

	CHECK_FOR_INTERRUPTS();
	while ((left = TimestampDifferenceMilliseconds(GetCurrentTimestamp(), until)) > 0)
		transport_step(left);
}
