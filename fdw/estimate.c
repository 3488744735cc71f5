/*
 * estimate.c
 *		Row counts of remotes, asked for and kept for a while.
 *
 * A count is a request, and the planner asks for the same one again and again:
 * answers are kept per backend, by the text of the request that they are for.
 * They are estimates, so it is enough that they are forgotten by time, and
 * when a server or foreign table is altered.
 */
#include "postgres.h"

#include "estimate.h"
#include "lib/stringinfo.h"
#include "optimizer/optimizer.h"
#include "tuple.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#define KEEP_MS		60000
#define MAX_KEPT	64

typedef struct KeptSize
{
	char	   *request;
	TimestampTz asked_at;
	bool		known;
	RemoteSize	size;
} KeptSize;

static MemoryContext kept_context = NULL;
static KeptSize *kept = NULL;	/* ring of MAX_KEPT, in kept_context */
static int	next_kept = 0;

static void
forget_all(Datum arg pg_attribute_unused(), int cache pg_attribute_unused(),
		   uint32 hash pg_attribute_unused())
{
	for (int i = 0; kept != NULL && i < MAX_KEPT; i++)
		kept[i].asked_at = 0;
}

static void
ensure_kept(void)
{
	if (kept != NULL)
		return;
	kept_context = AllocSetContextCreate(CacheMemoryContext, "stockbridge remote sizes",
										 ALLOCSET_SMALL_SIZES);
	kept = MemoryContextAllocZero(kept_context, sizeof(KeptSize) * MAX_KEPT);
	CacheRegisterSyscacheCallback(FOREIGNSERVEROID, forget_all, (Datum) 0);
	CacheRegisterSyscacheCallback(FOREIGNTABLEREL, forget_all, (Datum) 0);
}

/* What tells one count from another: table, user, and what would be sent. */
static char *
request_key(const ScanRequest *request)
{
	StringInfoData key;
	ListCell   *lc;

	initStringInfo(&key);
	appendStringInfo(&key, "%u %u %d", request->table->relid, request->table->server->userid,
					 request->page_size);
	foreach(lc, request->table->server->connector->describe_scan(request))
		appendStringInfo(&key, "\n%s", (char *) lfirst(lc));
	return key.data;
}

static KeptSize *
find_kept(const char *key)
{
	for (int i = 0; i < MAX_KEPT; i++)
		if (kept[i].request != NULL && strcmp(kept[i].request, key) == 0)
			return &kept[i];
	return NULL;
}

/* Take the slot of the oldest count for a new one. */
static KeptSize *
make_kept(const char *key)
{
	char	   *copy = MemoryContextStrdup(kept_context, key);
	KeptSize   *slot = &kept[next_kept];

	next_kept = (next_kept + 1) % MAX_KEPT;
	if (slot->request != NULL)
		pfree(slot->request);
	slot->request = copy;
	return slot;
}

bool
estimate_size(const ScanRequest *request, bool fresh, RemoteSize *size)
{
	const Connector *connector = request->table->server->connector;
	TimestampTz now = GetCurrentTimestamp();
	char	   *key;
	KeptSize   *found;
	KeptSize	asked = {.asked_at = now};

	if (connector->count_rows == NULL)
		return false;
	ensure_kept();
	key = request_key(request);
	found = find_kept(key);
	if (fresh || found == NULL || TimestampDifferenceExceeds(found->asked_at, now, KEEP_MS))
	{
		asked.known = connector->count_rows(request, &asked.size.rows, &asked.size.pages);
		/* The look-ups in between may have forgotten what there was. */
		found = find_kept(key);
		if (found == NULL)
			found = make_kept(key);
		asked.request = found->request;
		*found = asked;
	}
	*size = found->size;
	return found->known;
}

/* Fill in the value of one leaf; false if it is not known. */
static bool
bind_leaf(PlannerInfo *root, Predicate *leaf, List *params)
{
	Const	   *value;

	if (leaf->param < 0)
		return true;
	value = (Const *) estimate_expression_value(root, list_nth(params, leaf->param));
	if (!IsA(value, Const))
		return false;
	tuple_bind_leaf(leaf, value->constvalue, value->constisnull);
	return true;
}

Predicate *
estimate_bind(PlannerInfo *root, const Predicate *predicate, List *params)
{
	Predicate  *bound = palloc(sizeof(Predicate));
	ListCell   *lc;

	*bound = *predicate;
	bound->args = NIL;
	foreach(lc, predicate->args)
	{
		Predicate  *arg = estimate_bind(root, lfirst(lc), params);

		if (arg == NULL)
			return NULL;
		bound->args = lappend(bound->args, arg);
	}
	return bind_leaf(root, bound, params) ? bound : NULL;
}
