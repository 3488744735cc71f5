/*
 * node.h
 *		The worker nodes behind the balancer (SL 1.3, 11.4).
 *
 * A request goes to the node of its ROUTEID cookie while that is up, else to the
 * one with the least to do.  A node that dies takes the answers of its requests
 * along; what they have committed stays.
 */
#ifndef NODE_H
#define NODE_H

#include <jansson.h>
#include <stdbool.h>

#include "text.h"

/* One request's stay on a node. */
typedef struct NodeVisit
{
	int			node;			/* from 1; 0 = none is up */
	int			life;			/* of the node, when the request came */
	bool		moved;			/* its cookie names another node */
} NodeVisit;

extern void node_configure(int count);

/* Route a request by its Cookie header (may be NULL); leave when it is answered. */
extern NodeVisit node_enter(const char *cookie);
extern void node_leave(const NodeVisit *visit);

extern void node_kill(int node);
extern bool node_died_during(const NodeVisit *visit);

/* All up again. */
extern void node_revive_all(void);

/* Control: {"node":1,"up":false}; NULL = done, else what is wrong with it. */
extern const char *node_control(json_t *body);
extern void node_show(Buffer *body);

#endif
