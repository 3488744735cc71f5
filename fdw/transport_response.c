/*
 * transport_response.c
 *		Taking in an answer: body, headers, and what became of a request without one.
 *
 * The first half runs inside of libcurl, where nothing may be raised: memory is
 * asked for with MCXT_ALLOC_NO_OOM, and a full answer or a lack of memory ends
 * the transfer through libcurl.
 */
#include "postgres.h"

#include "transport_private.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#define MAX_HEADER_BYTES	(256 * 1024)

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

void
transport_set_sinks(HttpTransfer *transfer, const TransportSettings *settings)
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

/* Whether an HTTP proxy was asked for a tunnel and gave none. */
static bool
refused_by_proxy(const HttpTransfer *transfer)
{
	long		status = 0;

	curl_easy_getinfo(transfer->easy, CURLINFO_HTTP_CONNECTCODE, &status);
	return status >= 300;
}

/* libcurl's result codes by kind of failure. */
static HttpFailure
failure_of(const HttpTransfer *transfer, CURLcode code)
{
	if (transfer->too_large)
		return HTTP_FAILURE_TOO_LARGE;
	if (transfer->out_of_memory)
		return HTTP_FAILURE_LOCAL;
	if (refused_by_proxy(transfer))
		return HTTP_FAILURE_PROXY;
	switch (code)
	{
		case CURLE_COULDNT_RESOLVE_HOST:
			return HTTP_FAILURE_RESOLVE;
		case CURLE_COULDNT_RESOLVE_PROXY:
		case CURLE_PROXY:
			return HTTP_FAILURE_PROXY;
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
 * that failed before is certainly not with the server.  What went to a proxy
 * to ask for a tunnel counts as bytes sent, and is not part of the request.
 */
static bool
may_have_been_sent(HttpTransfer *transfer)
{
	curl_off_t	connected = 0;
	long		request_bytes = 0;
	long		new_connections = 0;

	curl_easy_getinfo(transfer->easy,
					  transfer->is_https ? CURLINFO_APPCONNECT_TIME_T : CURLINFO_CONNECT_TIME_T,
					  &connected);
	curl_easy_getinfo(transfer->easy, CURLINFO_NUM_CONNECTS, &new_connections);
	if (transfer->is_https && new_connections > 0)
		return connected > 0;
	curl_easy_getinfo(transfer->easy, CURLINFO_REQUEST_SIZE, &request_bytes);
	return connected > 0 || request_bytes > 0;
}

void
transport_finish_response(HttpTransfer *transfer, CURLcode code)
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
	MemoryContextSwitchTo(old);
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
