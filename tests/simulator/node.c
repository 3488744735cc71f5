/*
 * node.c
 *		The worker nodes behind the balancer (SL 1.3, 11.4).
 *
 * All nodes are this one process and share the books, as real ones share the
 * database: a node here is what a request is lost with.  Apache's method
 * "bybusyness" picks the node with the fewest requests under way.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "node.h"

#define NODES_MAX 16

typedef struct Node
{
	bool		up;
	int			life;			/* counts its deaths */
	int			under_way;
	long		served;
} Node;

static Node nodes[NODES_MAX];
static int	node_count = 1;
static pthread_mutex_t nodes_lock = PTHREAD_MUTEX_INITIALIZER;

void
node_configure(int count)
{
	node_count = count < 1 ? 1 : count > NODES_MAX ? NODES_MAX : count;
	node_revive_all();
}

void
node_revive_all(void)
{
	pthread_mutex_lock(&nodes_lock);
	for (int i = 0; i < node_count; i++)
		nodes[i].up = true;
	pthread_mutex_unlock(&nodes_lock);
}

/* The node that a cookie names, 0 if it names none of ours. */
static int
node_of_cookie(const char *cookie)
{
	const char *route = cookie == NULL ? NULL : strstr(cookie, "ROUTEID=.node");
	int			node = route == NULL ? 0 : atoi(route + strlen("ROUTEID=.node"));

	return node >= 1 && node <= node_count ? node : 0;
}

static int
least_busy(void)
{
	int			best = 0;

	for (int i = 0; i < node_count; i++)
		if (nodes[i].up && (best == 0 || nodes[i].under_way < nodes[best - 1].under_way ||
							(nodes[i].under_way == nodes[best - 1].under_way &&
							 nodes[i].served < nodes[best - 1].served)))
			best = i + 1;
	return best;
}

NodeVisit
node_enter(const char *cookie)
{
	NodeVisit	visit = {0};
	int			wanted = node_of_cookie(cookie);

	pthread_mutex_lock(&nodes_lock);
	visit.node = wanted != 0 && nodes[wanted - 1].up ? wanted : least_busy();
	visit.moved = wanted != 0 && visit.node != wanted;
	if (visit.node != 0)
	{
		Node	   *node = &nodes[visit.node - 1];

		visit.life = node->life;
		node->under_way++;
		node->served++;
	}
	pthread_mutex_unlock(&nodes_lock);
	return visit;
}

void
node_leave(const NodeVisit *visit)
{
	if (visit->node == 0)
		return;
	pthread_mutex_lock(&nodes_lock);
	nodes[visit->node - 1].under_way--;
	pthread_mutex_unlock(&nodes_lock);
}

void
node_kill(int node)
{
	pthread_mutex_lock(&nodes_lock);
	nodes[node - 1].up = false;
	nodes[node - 1].life++;
	pthread_mutex_unlock(&nodes_lock);
}

bool
node_died_during(const NodeVisit *visit)
{
	bool		died;

	if (visit->node == 0)
		return false;
	pthread_mutex_lock(&nodes_lock);
	died = nodes[visit->node - 1].life != visit->life;
	pthread_mutex_unlock(&nodes_lock);
	return died;
}

const char *
node_control(json_t *body)
{
	json_t	   *number = json_object_get(body, "node");
	json_t	   *up = json_object_get(body, "up");
	int			node = json_is_integer(number) ? (int) json_integer_value(number) : 0;

	if (node < 1 || node > node_count)
		return "there is no such node";
	if (!json_is_boolean(up))
		return "up must be true or false";
	if (json_is_false(up))
		node_kill(node);
	else
	{
		pthread_mutex_lock(&nodes_lock);
		nodes[node - 1].up = true;
		pthread_mutex_unlock(&nodes_lock);
	}
	return NULL;
}

void
node_show(Buffer *body)
{
	pthread_mutex_lock(&nodes_lock);
	buffer_puts(body, "{\"nodes\":[");
	for (int i = 0; i < node_count; i++)
		buffer_printf(body, "%s{\"node\":%d,\"up\":%s,\"served\":%ld}", i == 0 ? "" : ",", i + 1,
					  nodes[i].up ? "true" : "false", nodes[i].served);
	buffer_puts(body, "]}\n");
	pthread_mutex_unlock(&nodes_lock);
}
