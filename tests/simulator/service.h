/*
 * service.h
 *		The Service Layer behind one root: from a request to its answer.
 */
#ifndef SERVICE_H
#define SERVICE_H

#include "context.h"

/* Answers one request; takes and gives back the session. Never fails silently. */
extern void service_handle(Context *context);

/* The same for a part of a batch, whose session is already held. */
extern bool service_dispatch(Context *context);

#endif
