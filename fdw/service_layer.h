/*
 * service_layer.h
 *		Calls to SAP Business One's Service Layer outside of a table scan.
 *
 * For the posting of documents: what happened to a request is returned as
 * evidence, never raised, because the caller must record it.
 */
#ifndef STOCKBRIDGE_SERVICE_LAYER_H
#define STOCKBRIDGE_SERVICE_LAYER_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "transport.h"

typedef struct ServiceLayerCall
{
	const char *method;			/* GET, POST, PATCH, DELETE */
	const char *path;			/* under the service root, encoded: "InventoryGenEntries" */
	const char *body;			/* JSON, NULL = none */
	const char *guard_path;		/* made in the same change set, NULL = nothing */
	const char *guard_body;		/* its JSON */
	bool		is_write;		/* false also for a POST that only reads */
} ServiceLayerCall;

typedef struct ServiceLayerAnswer
{
	HttpOutcome outcome;		/* of the request itself, see transport.h; without a
								 * session it is HTTP_NOT_SENT */
	bool		login_failed;	/* the company refused the login, not: was unreachable */
	int			status;			/* HTTP status, 0 if none arrived */
	char	   *error_code;		/* error.code as text, NULL if none */
	char	   *error_message;	/* error.message, or why there is no answer; NULL on success */
	char	   *body;			/* answer body in the server's encoding, NULL if none */
	char	   *location;		/* Location header, NULL if none */
	TimestampTz sent_at;
	TimestampTz ended_at;
} ServiceLayerAnswer;

/* A request on its way; dies with the memory context it was begun in. */
typedef struct ServiceLayerPending ServiceLayerPending;

/*
 * service_layer_begin
 *		Send one request as a role on a sap_b1_fdw server, without waiting for
 *		its answer.
 *
 * It takes an idle session, or logs in while there are fewer than
 * "most_sessions"; the login is waited for.  Returns NULL if neither is
 * possible.  Raises only for cancel, timeout, shutdown, a server that is not of
 * sap_b1_fdw and one without user mapping.
 */
extern ServiceLayerPending *service_layer_begin(Oid serverid, Oid userid,
												const ServiceLayerCall *call,
												int most_sessions);

/*
 * service_layer_is_done
 *		Whether a request has ended; transport_wait lets it go on.
 *
 * A 401 with code 301 is answered by one resend in another session, which is
 * safe also for a write because the session is refused before any business
 * processing (SL §1.2).
 */
extern bool service_layer_is_done(ServiceLayerPending *pending);

/* service_layer_end: what came of a request that is done, in the current context. */
extern ServiceLayerAnswer *service_layer_end(ServiceLayerPending *pending);

#endif							/* STOCKBRIDGE_SERVICE_LAYER_H */
