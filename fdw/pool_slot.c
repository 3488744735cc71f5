/*
 * pool_slot.c
 *		The memory of the pools: slots, logins, lock.
 *
 * The shared pool has room for logins of a bounded size; a backend's own keeps
 * them as long as they are.  A login's bytes are secrets: they are overwritten
 * when a slot is cleared, and are never shown anywhere.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "pool_private.h"
#include "shared.h"
#include "utils/guc.h"
#include "utils/memutils.h"

#define OWN_SLOTS			64		/* of a backend's own pool */

static int	max_sessions_setting = 128;
static Pool shared_pool;
static Pool own_pool;

static Size
area_size(void)
{
	return MAXALIGN(sizeof(PoolHeader)) + MAXALIGN(max_sessions_setting * sizeof(PoolSlot)) +
		(Size) max_sessions_setting * POOL_LOGIN_BYTES;
}

static void
init_area(void *memory)
{
	ConditionVariableInit(&((PoolHeader *) memory)->changed);
}

static SharedArea area = {.name = "stockbridge sessions", .size = area_size, .init = init_area};

Pool *
pool_own(void)
{
	if (own_pool.header == NULL)
	{
		own_pool.slots = MemoryContextAllocZero(TopMemoryContext, OWN_SLOTS * sizeof(PoolSlot));
		own_pool.own_logins = MemoryContextAllocZero(TopMemoryContext, OWN_SLOTS * sizeof(char *));
		own_pool.nslots = OWN_SLOTS;
		own_pool.header = MemoryContextAllocZero(TopMemoryContext, sizeof(PoolHeader));
		ConditionVariableInit(&own_pool.header->changed);
	}
	return &own_pool;
}

Pool *
pool_common(void)
{
	char	   *memory = area.memory;

	if (!shared_area_is_shared(&area))
		return pool_own();
	if (shared_pool.header == NULL)
	{
		shared_pool.nslots = max_sessions_setting;
		shared_pool.slots = (PoolSlot *) (memory + MAXALIGN(sizeof(PoolHeader)));
		shared_pool.shared_logins = (char *) shared_pool.slots +
			MAXALIGN(shared_pool.nslots * sizeof(PoolSlot));
		shared_pool.header = (PoolHeader *) memory;
	}
	return &shared_pool;
}

bool
pool_is_shared(const Pool *pool)
{
	return pool == &shared_pool;
}

void
pool_lock(Pool *pool)
{
	if (pool_is_shared(pool))
		(void) shared_area_lock(&area, LW_EXCLUSIVE);
}

void
pool_unlock(Pool *pool)
{
	if (pool_is_shared(pool))
		shared_area_unlock(&area);
}

void
pool_unlock_changed(Pool *pool)
{
	pool_unlock(pool);
	ConditionVariableBroadcast(&pool->header->changed);
}

char *
pool_slot_login(Pool *pool, const PoolSlot *slot)
{
	int			i = slot - pool->slots;

	return pool->shared_logins ? pool->shared_logins + (Size) i * POOL_LOGIN_BYTES
		: pool->own_logins[i];
}

void
pool_clear_slot(Pool *pool, PoolSlot *slot)
{
	char	   *login = pool_slot_login(pool, slot);

	if (login != NULL)
		explicit_bzero(login, slot->login_len);
	if (pool->own_logins != NULL && login != NULL)
	{
		pfree(login);
		pool->own_logins[slot - pool->slots] = NULL;
	}
	memset(slot, 0, sizeof(PoolSlot));
}

PoolSlot *
pool_find_slot(const PoolTicket *ticket)
{
	PoolSlot   *slot = &ticket->pool->slots[ticket->slot];

	return slot->state != SLOT_FREE && slot->serial == ticket->serial ? slot : NULL;
}

void
pool_set_state(PoolSlot *slot, SlotState state, TimestampTz now)
{
	slot->state = state;
	slot->since = now;
	slot->owner = state == SLOT_BUSY || state == SLOT_LOGGING_IN ? MyProcPid : 0;
}

void
pool_make_ticket(Pool *pool, const PoolSlot *slot, PoolTicket *ticket)
{
	ticket->pool = pool;
	ticket->slot = slot - pool->slots;
	ticket->serial = slot->serial;
	ticket->lease = slot->lease;
}

int
pool_keeper(Pool *pool)
{
	return pool->header->keeper;
}

void
pool_set_keeper(Pool *pool, int pid)
{
	pool_lock(pool);
	pool->header->keeper = pid;
	pool_unlock(pool);
}

void
pool_init(void)
{
	GucContext	at_start = process_shared_preload_libraries_in_progress ? PGC_POSTMASTER : PGC_SIGHUP;

	DefineCustomIntVariable("stockbridge.max_sessions",
							"Most sessions with remote systems that the backends share.",
							"Of all servers and user mappings together. Takes effect when the library is in shared_preload_libraries.",
							&max_sessions_setting, 128, 8, 8192, at_start, 0,
							NULL, NULL, NULL);
	shared_area_define(&area);
}
