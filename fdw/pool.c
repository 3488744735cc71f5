/*
 * pool.c
 *		Slots for logins, and the rules by which backends share them.
 *
 *	 free → logging in → busy ⇄ idle → free
 *				└→ refused → free (after a while)
 *
 * At most one backend logs in for a key at a time, and there are never more
 * slots of a key than it may have sessions.  A busy slot belongs to one process;
 * what a process leaves behind is found by its end or by its process id.
 *
 * Read-ahead keeps sessions busy while its backend waits for its own client, so
 * it must not starve others: it takes only what nobody waits for, and what it
 * has held for a while is lent out as long as that backend waits for its client.
 * The remote has answered by then (only the answer is not fetched), or at worst
 * serves one request after the other (SL §1.5).
 *
 * All under one lock, for a loop over the slots; nothing may be raised there.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "pool_private.h"
#include "storage/proc.h"
#include "storage/procarray.h"
#include "transport.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/wait_event.h"

#define WAIT_MS				1000	/* between looks for ended processes */
#define LEND_AFTER_MS		2000	/* read-ahead for an idle client may hold a session for so long */
#define WANTED_MS			(2 * WAIT_MS)	/* a waiter's claim, which it renews */
#define REFUSED_MS			30000	/* no further login meanwhile */

static bool
same_owner(const PoolKey *a, const PoolKey *b)
{
	return a->databaseid == b->databaseid && a->serverid == b->serverid && a->umid == b->umid;
}

static bool
same_key(const PoolKey *a, const PoolKey *b)
{
	return same_owner(a, b) && remote_version_equal(&a->version, &b->version);
}

static bool
has_passed(TimestampTz since, TimestampTz now, int ms)
{
	return TimestampDifferenceExceeds(since, now, ms);
}

/* Whether the remote has forgotten an idle login, or a refusal is long ago. */
static bool
is_over(const PoolSlot *slot, TimestampTz now)
{
	if (slot->state == SLOT_REFUSED)
		return has_passed(slot->since, now, REFUSED_MS);
	return slot->state == SLOT_IDLE && slot->idle_timeout_ms > 0 &&
		has_passed(slot->last_used, now, slot->idle_timeout_ms);
}

/*
 * Taking
 */

/* What a look over the slots of a key has found. */
typedef struct Survey
{
	PoolSlot   *idle;			/* used last: others may expire */
	PoolSlot   *lent;			/* held by read-ahead for long */
	PoolSlot   *free;
	int			sessions;		/* that there are, or are about to be */
	bool		reading_ahead;	/* this backend is */
	bool		logging_in;
	bool		stale;			/* idle, but of options that have changed */
} Survey;

/* Whether a backend does nothing before its client reads or writes. */
static bool
waits_for_client(int pid)
{
	PGPROC	   *process = BackendPidGetProc(pid);
	uint32		wait = process ? *(volatile uint32 *) &process->wait_event_info : 0;

	return wait == WAIT_EVENT_CLIENT_READ || wait == WAIT_EVENT_CLIENT_WRITE;
}

static void
survey_slot(Survey *survey, PoolSlot *slot, const PoolKey *key, TimestampTz now)
{
	bool		current = same_key(&slot->key, key);

	/* One of other options is about to be logged out (session.c). */
	if (slot->state == SLOT_IDLE && !current)
	{
		survey->stale = true;
		return;
	}
	survey->sessions++;
	switch (slot->state)
	{
		case SLOT_IDLE:
			if (survey->idle == NULL || survey->idle->last_used < slot->last_used)
				survey->idle = slot;
			break;
		case SLOT_BUSY:
			if (slot->owner == MyProcPid && slot->spare)
				survey->reading_ahead = true;
			if (current && slot->spare && has_passed(slot->since, now, LEND_AFTER_MS) &&
				waits_for_client(slot->owner))
				survey->lent = slot;
			break;
		case SLOT_LOGGING_IN:
			survey->logging_in = true;
			break;
		default:
			break;
	}
}

static void
survey_slots(Pool *pool, const PoolKey *key, TimestampTz now, Survey *survey)
{
	memset(survey, 0, sizeof(Survey));
	for (int i = 0; i < pool->nslots; i++)
	{
		PoolSlot   *slot = &pool->slots[i];

		if (is_over(slot, now))
			pool_clear_slot(pool, slot);
		if (slot->state == SLOT_FREE)
			survey->free = slot;
		else if (same_owner(&slot->key, key))
			survey_slot(survey, slot, key, now);
	}
}

/* Read-ahead leaves the sessions of a key alone for as long as somebody waits. */
static void
claim_sessions(Pool *pool, const PoolKey *key, TimestampTz now)
{
	for (int i = 0; i < pool->nslots; i++)
		if (pool->slots[i].state != SLOT_FREE && same_key(&pool->slots[i].key, key))
			pool->slots[i].wanted_until = TimestampTzPlusMilliseconds(now, WANTED_MS);
}

/*
 * Use a session.  The claims of those who wait for others remain.  A shared one
 * is only looked at here; whether the remote has accepted it comes by pool_touch.
 */
static void
use_slot(Pool *pool, PoolSlot *slot, PoolUse use, TimestampTz now)
{
	if (use == POOL_SHARED)
		return;
	slot->last_used = now;
	pool_set_state(slot, SLOT_BUSY, now);
	slot->spare = use == POOL_SPARE;
	slot->lease = ++pool->header->last_number;
	slot->wanted_until = 0;
}

static void
reserve_slot(Pool *pool, PoolSlot *slot, const PoolKey *key, TimestampTz now)
{
	slot->key = *key;
	slot->serial = ++pool->header->last_number;
	pool_set_state(slot, SLOT_LOGGING_IN, now);
}

/*
 * Which slot to use, or to log in with.  A backend that has asked for pages ahead
 * waits for one of those rather than log in.
 */
static PoolGrant
choose_slot(const Survey *survey, int max_sessions, PoolUse use, TimestampTz now, PoolSlot **slot)
{
	if (survey->idle != NULL && (use != POOL_SPARE || survey->idle->wanted_until < now))
	{
		*slot = survey->idle;
		return POOL_SESSION;
	}
	if (survey->idle != NULL || survey->logging_in ||
		(use == POOL_EXCLUSIVE && survey->reading_ahead))
		return POOL_WAIT;
	if (survey->sessions < max_sessions)
	{
		*slot = survey->free;
		return survey->free ? POOL_LOG_IN : POOL_FULL;
	}
	if (use != POOL_SPARE && survey->lent != NULL)
	{
		*slot = survey->lent;
		return POOL_SESSION;
	}
	return POOL_WAIT;
}

PoolGrant
pool_take(Pool *pool, const PoolKey *key, int max_sessions, PoolUse use,
		  PoolTicket *ticket, StringInfo login)
{
	TimestampTz now = GetCurrentTimestamp();
	PoolSlot   *slot = NULL;
	Survey		survey;
	PoolGrant	grant;

	/* Memory is asked for where it may fail. */
	resetStringInfo(login);
	enlargeStringInfo(login, POOL_LOGIN_BYTES);
	pool_lock(pool);
	survey_slots(pool, key, now, &survey);
	pool->stale_seen |= survey.stale;
	grant = choose_slot(&survey, max_sessions, use, now, &slot);
	/* Who waits for itself need not keep itself back. */
	if (grant == POOL_WAIT && use != POOL_SPARE && !survey.reading_ahead)
		claim_sessions(pool, key, now);
	if (grant == POOL_SESSION)
	{
		use_slot(pool, slot, use, now);
		appendBinaryStringInfo(login, pool_slot_login(pool, slot), slot->login_len);
	}
	else if (grant == POOL_LOG_IN)
		reserve_slot(pool, slot, key, now);
	if (slot != NULL)
		pool_make_ticket(pool, slot, ticket);
	pool_unlock(pool);
	return grant;
}

bool
pool_stale_seen(Pool *pool)
{
	bool		seen = pool->stale_seen;

	pool->stale_seen = false;
	return seen;
}

bool
pool_holds(Pool *pool, const PoolKey *key)
{
	bool		found = false;

	pool_lock(pool);
	for (int i = 0; i < pool->nslots && !found; i++)
		found = pool->slots[i].state == SLOT_IDLE && same_key(&pool->slots[i].key, key);
	pool_unlock(pool);
	return found;
}

void
pool_put(PoolTicket *ticket, PoolUse use, const StringInfoData *login, int idle_timeout_ms)
{
	Pool	   *pool = ticket->pool;
	TimestampTz now = GetCurrentTimestamp();
	PoolSlot   *slot;
	char	   *copy = NULL;

	if (pool->own_logins != NULL)
		copy = MemoryContextAlloc(TopMemoryContext, login->len + 1);
	Assert(copy != NULL || login->len <= POOL_LOGIN_BYTES);
	pool_lock(pool);
	slot = pool_find_slot(ticket);
	if (slot != NULL)
	{
		if (copy != NULL)
			pool->own_logins[ticket->slot] = copy;
		memcpy(pool_slot_login(pool, slot), login->data, login->len);
		slot->login_len = login->len;
		slot->idle_timeout_ms = idle_timeout_ms;
		pool_set_state(slot, SLOT_IDLE, now);
		slot->last_used = now;
		use_slot(pool, slot, use, now);
		pool_make_ticket(pool, slot, ticket);
	}
	pool_unlock_changed(pool);
}

bool
pool_give_up(const PoolTicket *ticket, bool refused)
{
	Pool	   *pool = ticket->pool;
	TimestampTz now = GetCurrentTimestamp();
	PoolSlot   *slot;
	bool		others = false;

	pool_lock(pool);
	slot = pool_find_slot(ticket);
	for (int i = 0; i < pool->nslots && slot != NULL && !others; i++)
		others = (pool->slots[i].state == SLOT_IDLE || pool->slots[i].state == SLOT_BUSY) &&
			same_key(&pool->slots[i].key, &slot->key);
	if (slot != NULL && refused && others)
		pool_set_state(slot, SLOT_REFUSED, now);
	else if (slot != NULL)
		pool_clear_slot(pool, slot);
	pool_unlock_changed(pool);
	return others;
}

/*
 * Giving back
 */

void
pool_release(const PoolTicket *ticket)
{
	Pool	   *pool = ticket->pool;
	TimestampTz now = GetCurrentTimestamp();
	PoolSlot   *slot;

	pool_lock(pool);
	slot = pool_find_slot(ticket);
	if (slot == NULL || slot->state != SLOT_BUSY || slot->lease != ticket->lease)
	{
		pool_unlock(pool);
		return;
	}
	pool_set_state(slot, SLOT_IDLE, now);
	slot->last_used = now;
	pool_unlock_changed(pool);
}

void
pool_touch(const PoolTicket *ticket)
{
	PoolSlot   *slot;

	pool_lock(ticket->pool);
	slot = pool_find_slot(ticket);
	if (slot != NULL)
		slot->last_used = GetCurrentTimestamp();
	pool_unlock(ticket->pool);
}

void
pool_drop(const PoolTicket *ticket)
{
	PoolSlot   *slot;

	pool_lock(ticket->pool);
	slot = pool_find_slot(ticket);
	if (slot != NULL)
		pool_clear_slot(ticket->pool, slot);
	pool_unlock_changed(ticket->pool);
}

bool
pool_discard(const PoolTicket *ticket, StringInfo login)
{
	Pool	   *pool = ticket->pool;
	PoolSlot   *slot;
	bool		discarded = false;

	enlargeStringInfo(login, POOL_LOGIN_BYTES);
	pool_lock(pool);
	slot = pool_find_slot(ticket);
	if (slot != NULL && slot->state == SLOT_IDLE)
	{
		appendBinaryStringInfo(login, pool_slot_login(pool, slot), slot->login_len);
		pool_clear_slot(pool, slot);
		discarded = true;
	}
	pool_unlock_changed(pool);
	return discarded;
}

/*
 * Looking
 */

int
pool_idle(Pool *pool, PoolTicket **tickets, PoolKey **keys)
{
	TimestampTz now = GetCurrentTimestamp();
	int			count = 0;

	*tickets = palloc(sizeof(PoolTicket) * pool->nslots);
	*keys = palloc(sizeof(PoolKey) * pool->nslots);
	pool_lock(pool);
	for (int i = 0; i < pool->nslots; i++)
	{
		if (is_over(&pool->slots[i], now))
			pool_clear_slot(pool, &pool->slots[i]);
		if (pool->slots[i].state != SLOT_IDLE)
			continue;
		pool_make_ticket(pool, &pool->slots[i], &(*tickets)[count]);
		(*keys)[count++] = pool->slots[i].key;
	}
	pool_unlock(pool);
	return count;
}

bool
pool_oldest_idle(Pool *pool, PoolTicket *ticket)
{
	PoolSlot   *oldest = NULL;

	pool_lock(pool);
	for (int i = 0; i < pool->nslots; i++)
		if (pool->slots[i].state == SLOT_IDLE &&
			(oldest == NULL || pool->slots[i].last_used < oldest->last_used))
			oldest = &pool->slots[i];
	if (oldest != NULL)
		pool_make_ticket(pool, oldest, ticket);
	pool_unlock(pool);
	return oldest != NULL;
}

/* Give back what a process used that is no more. */
static void
release_owner(Pool *pool, PoolSlot *slot, TimestampTz now)
{
	if (slot->state == SLOT_LOGGING_IN)
		pool_clear_slot(pool, slot);
	else if (slot->state == SLOT_BUSY)
		pool_set_state(slot, SLOT_IDLE, now);
}

/* Processes give back at their end; this is for one that could not. */
static void
release_ended(Pool *pool)
{
	TimestampTz now = GetCurrentTimestamp();

	pool_lock(pool);
	for (int i = 0; i < pool->nslots; i++)
	{
		PoolSlot   *slot = &pool->slots[i];

		if (slot->owner != 0 && slot->owner != MyProcPid && BackendPidGetProc(slot->owner) == NULL)
			release_owner(pool, slot, now);
	}
	pool_unlock(pool);
}

void
pool_end_backend(Pool *pool)
{
	TimestampTz now = GetCurrentTimestamp();

	pool_lock(pool);
	for (int i = 0; i < pool->nslots; i++)
		if (pool->slots[i].owner == MyProcPid)
			release_owner(pool, &pool->slots[i], now);
	pool_unlock_changed(pool);
}

bool
pool_in_use(Pool *pool)
{
	bool		found = false;

	release_ended(pool);
	pool_lock(pool);
	for (int i = 0; i < pool->nslots && !found; i++)
		found = pool->slots[i].owner != 0;
	pool_unlock(pool);
	return found;
}

/*
 * Waiting
 */

void
pool_prepare_wait(Pool *pool)
{
	/* Also when prepared already: a wake-up has taken us off the list. */
	ConditionVariablePrepareToSleep(&pool->header->changed);
}

/*
 * The condition variable wakes us through the latch.  Our own transfers go on
 * meanwhile: it may be one of them that everybody waits for.
 */
void
pool_wait(Pool *pool)
{
	static TimestampTz looked_at = 0;

	transport_wait(WAIT_MS);
	if (has_passed(looked_at, GetCurrentTimestamp(), WAIT_MS))
	{
		release_ended(pool);
		looked_at = GetCurrentTimestamp();
	}
}

void
pool_cancel_wait(Pool *pool pg_attribute_unused())
{
	(void) ConditionVariableCancelSleep();
}
