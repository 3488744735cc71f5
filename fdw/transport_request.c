/*
 * transport_request.c
 *		What libcurl is told about a request: TLS, proxy, limits, message.
 *
 * The one place that sets request options of a curl handle.  Strings are copied
 * by libcurl.  Secrets (proxy password, key password, headers) go from here to
 * libcurl and nowhere else.
 *
 * Writes: libcurl resends a request by itself when a kept connection dies
 * before the first byte of the answer.  That would be a blind resend, so a
 * write always gets a connection of its own, for which libcurl never does so.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "transport_private.h"

/*
 * A Service Layer closes an idle connection after 5 seconds (SL §1.3): do not
 * try one that has been idle for as long.
 */
#define MAX_IDLE_SECONDS	4L

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

/* Against what the peer is verified, and by what it knows us. */
static void
set_tls(CURL *easy, const TransportSettings *settings)
{
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, settings->verify_tls ? 1L : 0L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, settings->verify_tls ? 2L : 0L);
	if (settings->ca_file != NULL)
		curl_easy_setopt(easy, CURLOPT_CAINFO, settings->ca_file);
	if (settings->pinned_key != NULL)
		curl_easy_setopt(easy, CURLOPT_PINNEDPUBLICKEY, settings->pinned_key);
	if (settings->client_cert != NULL)
		curl_easy_setopt(easy, CURLOPT_SSLCERT, settings->client_cert);
	if (settings->client_key != NULL)
		curl_easy_setopt(easy, CURLOPT_SSLKEY, settings->client_key);
	/* Also an empty one: libcurl's TLS library must never ask at a terminal. */
	if (settings->client_cert != NULL)
		curl_easy_setopt(easy, CURLOPT_KEYPASSWD,
						 settings->client_key_password ? settings->client_key_password : "");
}

/* Through which proxy.  An empty one keeps libcurl from reading http_proxy and the like. */
static void
set_proxy(CURL *easy, const TransportSettings *settings)
{
	curl_easy_setopt(easy, CURLOPT_PROXY, settings->proxy ? settings->proxy : "");
	curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
	if (settings->proxy == NULL)
		return;
	/* What is meant for the remote must not reach the proxy, nor the reverse. */
	curl_easy_setopt(easy, CURLOPT_HEADEROPT, (long) CURLHEADER_SEPARATE);
	if (settings->proxy_user != NULL)
		curl_easy_setopt(easy, CURLOPT_PROXYUSERNAME, settings->proxy_user);
	if (settings->proxy_password != NULL)
		curl_easy_setopt(easy, CURLOPT_PROXYPASSWORD, settings->proxy_password);
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
set_message(HttpTransfer *transfer, const TransportSettings *settings, const HttpRequest *request)
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
	foreach(lc, settings->headers)
		append_header(transfer, lfirst(lc));
	foreach(lc, request->headers)
		append_header(transfer, lfirst(lc));
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->request_headers);
}

void
transport_set_request(HttpTransfer *transfer, const TransportSettings *settings,
					  const HttpRequest *request)
{
	CURL	   *easy = transfer->easy;

	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	set_tls(easy, settings);
	set_proxy(easy, settings);
	set_timing(easy, settings, request->is_write);
	set_message(transfer, settings, request);
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
