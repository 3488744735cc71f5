/*
 * service_layer_pair.h
 *		Two new entities in one change set: a document and the row that guards it.
 */
#ifndef STOCKBRIDGE_SERVICE_LAYER_PAIR_H
#define STOCKBRIDGE_SERVICE_LAYER_PAIR_H

#include "service_layer_private.h"

/*
 * service_layer_render_pair
 *		Turn a request that makes one entity into one whose change set makes
 *		another first: "path" and "body" (UTF-8) of both.
 */
extern void service_layer_render_pair(const RemoteServer *server, ServiceLayerRequest *request,
									  const char *path, const char *guard_path,
									  const char *guard_body);

/*
 * service_layer_judge_pair
 *		What came of the second entity, as if it had been asked for alone.
 *
 * The answer is that of its part, or the only part, by which the company
 * refuses both.  Whatever else comes is an answer that did not come
 * (HTTP_UNANSWERED): then the outcome is not known.
 */
extern HttpResponse *service_layer_judge_pair(HttpResponse *response);

#endif							/* STOCKBRIDGE_SERVICE_LAYER_PAIR_H */
