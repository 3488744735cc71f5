/*
 * pool_private.h
 *		A pool's memory, for the two files of the pool.
 *
 * pool_slot.c has the memory, its lock and its slots; pool.c the rules.
 */
#ifndef STOCKBRIDGE_POOL_PRIVATE_H
#define STOCKBRIDGE_POOL_PRIVATE_H

#include "postgres.h"

#include "pool.h"
#include "storage/condition_variable.h"

typedef enum SlotState
{
	SLOT_FREE,
	SLOT_LOGGING_IN,
	SLOT_IDLE,
	SLOT_BUSY,
	SLOT_REFUSED				/* the remote wanted no further login */
} SlotState;

typedef struct PoolSlot
{
	SlotState	state;
	PoolKey		key;
	int			owner;			/* process id, of logging in and busy */
	bool		spare;			/* busy with read-ahead */
	uint64		serial;
	uint64		lease;
	TimestampTz since;			/* of the state */
	TimestampTz last_used;
	TimestampTz wanted_until;	/* somebody waits for it: not for read-ahead */
	int			idle_timeout_ms;	/* 0 = never */
	int			login_len;
} PoolSlot;

typedef struct PoolHeader
{
	ConditionVariable changed;
	uint64		last_number;	/* of serials and leases */
	int			keeper;
} PoolHeader;

/* How a process sees a pool. */
struct Pool
{
	PoolHeader *header;
	PoolSlot   *slots;
	int			nslots;
	char	   *shared_logins;	/* POOL_LOGIN_BYTES per slot, NULL = own_logins */
	char	  **own_logins;		/* palloc'd */
	bool		stale_seen;		/* by this process, since it was last asked */
};

extern void pool_lock(Pool *pool);
extern void pool_unlock(Pool *pool);

/* pool_unlock_changed: the same, and wake who waits: they take the lock at once. */
extern void pool_unlock_changed(Pool *pool);

/*
 * The rest with the lock held.
 */

/* pool_slot_login: the bytes of a slot's login. */
extern char *pool_slot_login(Pool *pool, const PoolSlot *slot);

/* pool_clear_slot: free a slot and leave nothing of the login in memory. */
extern void pool_clear_slot(Pool *pool, PoolSlot *slot);

extern void pool_set_state(PoolSlot *slot, SlotState state, TimestampTz now);

/* pool_find_slot: the slot of a ticket, NULL if its login is gone. */
extern PoolSlot *pool_find_slot(const PoolTicket *ticket);

extern void pool_make_ticket(Pool *pool, const PoolSlot *slot, PoolTicket *ticket);

#endif							/* STOCKBRIDGE_POOL_PRIVATE_H */
