/*
 * transport.h
 *		HTTP over libcurl, many transfers at once, waited for by PostgreSQL.
 *
 * The room's rules: nobody else includes curl.h; every wait here serves
 * cancel, statement timeout and shutdown at once; an answer never grows past
 * its bound; a write is never sent twice by this layer, not even when a kept
 * connection turns out to be dead.
 */
#ifndef STOCKBRIDGE_TRANSPORT_H
#define STOCKBRIDGE_TRANSPORT_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "nodes/pg_list.h"

/* How a server is reached; filled from server options, times in milliseconds. */
typedef struct TransportSettings
{
	int			connect_timeout_ms; /* TCP and TLS handshake, 0 = none */
	int			request_timeout_ms; /* whole request, 0 = none */
	int			idle_timeout_ms;	/* longest silence on the wire, 0 = none */
	int64		max_response_bytes; /* after decompression */
	char	   *ca_file;		/* PEM of trusted CAs, NULL = the system's */
	char	   *pinned_key;		/* "sha256//base64[;…]" or PEM/DER file */
	bool		verify_tls;		/* false only by insecure_skip_tls_verify */
	bool		compression;	/* offer what libcurl can decode */
	char	   *proxy;			/* NULL = none, environment is never read */
	char	   *client_cert;	/* PEM file by which the remote knows us, NULL = none */
	char	   *client_key;		/* PEM file, NULL = in client_cert */

	/* From the user mapping: secrets. */
	char	   *client_key_password;
	char	   *proxy_user;
	char	   *proxy_password;
	List	   *headers;		/* of char *: sent with every request */
	List	   *secrets;		/* of char *: what a trace must not show */

	/* For statistics and traces. */
	Oid			serverid;		/* InvalidOid = nobody's */
	char	   *server_name;
} TransportSettings;

typedef struct HttpRequest
{
	const char *method;			/* GET, POST, PATCH, … */
	const char *url;			/* absolute, http or https */
	List	   *headers;		/* of char *, "Name: value"; CR, LF refused */
	const char *body;			/* NULL = none */
	size_t		body_len;
	bool		is_write;		/* may change the remote: sent at most once */
} HttpRequest;

/* What is known of a request once its transfer has ended. */
typedef enum HttpOutcome
{
	HTTP_NOT_SENT,				/* no byte of it can have reached the server */
	HTTP_UNANSWERED,			/* may have reached it; no whole answer came */
	HTTP_ANSWERED				/* status and whole body are here */
} HttpOutcome;

/* Why there is no whole answer. */
typedef enum HttpFailure
{
	HTTP_FAILURE_NONE,
	HTTP_FAILURE_RESOLVE,		/* host name unknown */
	HTTP_FAILURE_CONNECT,		/* refused, unreachable, connect timeout */
	HTTP_FAILURE_PROXY,			/* the proxy refused to pass us on */
	HTTP_FAILURE_TLS,			/* certificate, pinned key, handshake */
	HTTP_FAILURE_TIMEOUT,		/* request or idle timeout */
	HTTP_FAILURE_TOO_LARGE,		/* answer passed max_response_bytes */
	HTTP_FAILURE_BROKEN,		/* reset, early end, protocol violation */
	HTTP_FAILURE_LOCAL			/* bad URL, unreadable CA file, no memory */
} HttpFailure;

/*
 * The answer.  Memory belongs to the context that was current at
 * transfer_start.  "body" is NUL-terminated beyond body_len.
 */
typedef struct HttpResponse
{
	HttpOutcome outcome;
	HttpFailure failure;
	const char *failure_text;	/* libcurl's words; holds no secret */
	int			status;			/* HTTP status, 0 if none arrived */
	char	   *body;
	size_t		body_len;
	List	   *headers;		/* of char *, "Name: value" as received */
	TimestampTz sent_at;		/* when the transfer was started */
	TimestampTz ended_at;		/* when it ended, either way */
	int64		wire_bytes;		/* body bytes as received, compressed */
} HttpResponse;

typedef struct HttpTransfer HttpTransfer;

/*
 * transfer_start
 *		Begin a request; returns at once.
 *
 * The transfer, its answer and all curl handles die with the memory context
 * that is current now, which aborts it if it still runs.  Raises an error only
 * for misuse (header with CR or LF) or lack of memory, never for the network.
 */
extern HttpTransfer *transfer_start(const TransportSettings *settings,
									const HttpRequest *request);

/* transfer_is_done: whether the answer can be taken without waiting. */
extern bool transfer_is_done(HttpTransfer *transfer);

/*
 * transfer_wait
 *		Drive all transfers of this backend until this one has ended.
 *
 * Interruptible: raises the pending cancel, timeout or shutdown.
 */
extern HttpResponse *transfer_wait(HttpTransfer *transfer);

/* transfer_wait_any: wait until one of a List of HttpTransfer * has ended. */
extern HttpTransfer *transfer_wait_any(List *transfers);

/*
 * transport_poll
 *		Let all transfers of this backend go on as far as they can without waiting.
 */
extern void transport_poll(void);

/*
 * transfer_on_end
 *		Have a function called once, when the transfer has ended or is dropped.
 *
 * Called with interrupts unserved, also during an abort: it must not raise.
 */
typedef void (*TransferEnded) (void *arg);
extern void transfer_on_end(HttpTransfer *transfer, TransferEnded on_end, void *arg);

/* http_send: transfer_start and transfer_wait in one. */
extern HttpResponse *http_send(const TransportSettings *settings,
							   const HttpRequest *request);

/*
 * transport_wait
 *		Wait, interruptibly, for the process latch or any event of a transfer.
 *
 * At most that long; may return early for no reason.
 */
extern void transport_wait(long milliseconds);

/* transport_pause: wait, interruptibly, for a time, while other transfers go on. */
extern void transport_pause(long milliseconds);

/*
 * http_header
 *		Value of the first response header of that name, or NULL.
 *
 * Names compare without case.  The result points into the response.
 */
extern const char *http_header(const HttpResponse *response, const char *name);

/* url_encode: percent-encode all but RFC 3986 unreserved characters. */
extern char *url_encode(const char *text);

#endif							/* STOCKBRIDGE_TRANSPORT_H */
