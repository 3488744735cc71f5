/*
 * post_queue.h
 *		The queue as CALL post() sees it: requests come out, answers go in.
 *
 * Each call is a transaction of its own: when queue_exchange returns, what it
 * took is committed.
 */
#ifndef STOCKBRIDGE_POST_QUEUE_H
#define STOCKBRIDGE_POST_QUEUE_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "nodes/pg_list.h"

#include "../fdw/service_layer.h"

/* A row of type stockbridge.request. */
typedef struct Request
{
	int64		document;
	int64		attempt;
	char	   *purpose;
	Oid			server;
	Oid			owner;
	char	   *method;
	char	   *path;
	char	   *body;			/* NULL = none */
	char	   *guard_path;		/* made in the same change set, NULL = nothing */
	char	   *guard_body;
	TimestampTz send_before;	/* DT_NOEND = any time */
} Request;

/* One document's requests, one after another, each decided by the last answer. */
typedef struct Conversation
{
	MemoryContext context;		/* owns all of it; child of the caller's */
	Request    *request;		/* what is asked now */
	ServiceLayerPending *pending;	/* on its way; NULL = not sent yet */
	ServiceLayerAnswer *answer; /* what came of it; NULL = none yet */
} Conversation;

/* How a link posts. */
typedef struct PostingPolicy
{
	int			sessions;		/* most requests on their way at once */
} PostingPolicy;

/*
 * queue_find_links
 *		The links to post for, a List of char *; raises 42704 for an unknown name.
 */
extern List *queue_find_links(Oid procedure, const char *name, MemoryContext context);

/*
 * queue_prepare_link
 *		Read the items and base documents of a link's company if movements wait
 *		for that, and return how it posts.
 */
extern PostingPolicy queue_prepare_link(const char *link);

/*
 * queue_exchange
 *		Store the answers of conversations and take further requests.
 *
 * "answered" are conversations with an answer, "others" those of this process
 * that have none yet.  Returns a List of Conversation * in "context": those of
 * "answered" that go on, then up to "wanted" new ones.  Conversations that are
 * over are freed.  "probe": take one even if the link is paused.
 */
extern List *queue_exchange(const char *link, List *answered, List *others,
							int wanted, bool probe, MemoryContext context);

#endif							/* STOCKBRIDGE_POST_QUEUE_H */
