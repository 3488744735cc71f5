/*
 * transport_private.h
 *		Between the files of the transport; nobody else sees libcurl.
 *
 * transport.c drives transfers, transport_request.c says what is asked for,
 * transport_response.c takes in what comes.
 */
#ifndef STOCKBRIDGE_TRANSPORT_PRIVATE_H
#define STOCKBRIDGE_TRANSPORT_PRIVATE_H

#include "postgres.h"

#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>

#include "trace.h"
#include "transport.h"

struct HttpTransfer
{
	MemoryContext context;		/* owns this struct and the answer */
	MemoryContextCallback on_reset;
	TransferEnded on_end;		/* NULL = nobody asks */
	void	   *on_end_arg;
	Oid			serverid;		/* to whom it is accounted */
	TransferTrace *trace;		/* NULL = not traced */
	char		method[16];
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

/* Block what a backend handles before entering libcurl; restore after. */
static inline void
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

static inline void
leave_curl(const sigset_t *saved)
{
	pthread_sigmask(SIG_SETMASK, saved, NULL);
}

/* transport_set_request: everything libcurl must know to send (transport_request.c). */
extern void transport_set_request(HttpTransfer *transfer, const TransportSettings *settings,
								  const HttpRequest *request);

/* transport_set_sinks: where the answer goes (transport_response.c). */
extern void transport_set_sinks(HttpTransfer *transfer, const TransportSettings *settings);

/* transport_finish_response: fill in the answer of a transfer that has ended with "code". */
extern void transport_finish_response(HttpTransfer *transfer, CURLcode code);

#endif							/* STOCKBRIDGE_TRANSPORT_PRIVATE_H */
