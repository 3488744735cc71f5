/*
 * service_layer_change_set.h
 *		A $batch of one change set (SL §5.6): its request, and the parts of its answer.
 *
 * What the parts mean is for the caller to judge, by how many requests there were.
 */
#ifndef STOCKBRIDGE_SERVICE_LAYER_CHANGE_SET_H
#define STOCKBRIDGE_SERVICE_LAYER_CHANGE_SET_H

#include "service_layer_private.h"

/* A change set that is being written. */
typedef struct ChangeSetText ChangeSetText;

/* change_set_begin: start one for a server, in the current context. */
extern ChangeSetText *change_set_begin(const RemoteServer *server);

/*
 * change_set_add
 *		Add a POST of "body" (JSON in UTF-8) to "path", encoded and below the
 *		service root; "headers" are whole lines, "" = none.
 */
extern void change_set_add(ChangeSetText *text, const char *path, const char *headers,
						   const char *body);

/* change_set_finish: make it the content of a request. */
extern void change_set_finish(ChangeSetText *text, ServiceLayerRequest *request);

/* change_set_was_judged: whether an answer has come that is about a batch, not against it. */
extern bool change_set_was_judged(const HttpResponse *response);

/*
 * change_set_parts
 *		Take the parts, of TextSpan *, out of an answer that change_set_was_judged.
 *
 * Without a change set in it, "whole" is false and the only part says why there
 * is none.  Returns NULL, or why the answer settles nothing.
 */
extern const char *change_set_parts(const HttpResponse *response, List **parts, bool *whole);

#endif							/* STOCKBRIDGE_SERVICE_LAYER_CHANGE_SET_H */
