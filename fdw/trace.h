/*
 * trace.h
 *		One line for every request, for whoever must see what is really sent.
 *
 * With stockbridge.trace on, the line comes as a NOTICE; else it goes to the
 * log at DEBUG1.  It has method, URL, status, bytes and time; never a header or
 * a body.  What the user mapping holds, and the values of query parameters that
 * are called like secrets, are replaced.
 */
#ifndef STOCKBRIDGE_TRACE_H
#define STOCKBRIDGE_TRACE_H

#include "postgres.h"

#include "transport.h"

typedef struct TransferTrace TransferTrace;

/* trace_begin: note a request in the current context; NULL if nobody listens. */
extern TransferTrace *trace_begin(const TransportSettings *settings, const HttpRequest *request);

/* trace_end: write the line of a request ("trace" may be NULL). */
extern void trace_end(TransferTrace *trace, const HttpResponse *response);

/* trace_init: define the setting; called once from _PG_init. */
extern void trace_init(void);

#endif							/* STOCKBRIDGE_TRACE_H */
