/*
 * service_layer_private.h
 *		Between service_layer.c (scans) and service_layer_session.c (requests).
 */
#ifndef STOCKBRIDGE_SERVICE_LAYER_PRIVATE_H
#define STOCKBRIDGE_SERVICE_LAYER_PRIVATE_H

#include "postgres.h"

#include "remote.h"
#include "transport.h"

typedef struct ServiceLayerRequest
{
	const char *method;
	const char *url;			/* absolute, below server->url */
	List	   *headers;		/* of char *, besides cookies and content type */
	const char *body;			/* JSON in UTF-8, NULL = none */
	bool		is_write;
} ServiceLayerRequest;

/*
 * service_layer_send
 *		Send one request in a session, logging in when there is none.
 *
 * Returns whatever came of it; with *login_failed the answer is that of the
 * login and the request itself was not sent.
 */
extern HttpResponse *service_layer_send(const RemoteServer *server,
										const ServiceLayerRequest *call,
										bool *login_failed);

/* service_layer_forget_session: every request on it fails (SL §1.2), drop it. */
extern void service_layer_forget_session(const RemoteServer *server);

/* error.code and error.message of an answer, in either version; NULL if none. */
extern char *service_layer_error_code(const HttpResponse *response);
extern char *service_layer_error_message(const HttpResponse *response);

/* service_layer_raise: report an answer that is no success; never returns. */
extern void service_layer_raise(const RemoteServer *server, const HttpResponse *response,
								bool login_failed, const char *attempted) pg_attribute_noreturn();

#endif							/* STOCKBRIDGE_SERVICE_LAYER_PRIVATE_H */
