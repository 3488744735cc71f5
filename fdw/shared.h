/*
 * shared.h
 *		Memory that the backends of a cluster share when the library is preloaded.
 *
 * Each user declares one SharedArea, static, and defines it from _PG_init.
 * Without shared_preload_libraries the same structures live in the backend's
 * own memory, so that nobody needs a second way for that.
 */
#ifndef STOCKBRIDGE_SHARED_H
#define STOCKBRIDGE_SHARED_H

#include "postgres.h"

#include "storage/lwlock.h"

typedef struct SharedArea
{
	const char *name;			/* as pg_shmem_allocations shows it */
	Size		(*size) (void); /* settings may decide; asked at server start */
	void		(*init) (void *memory); /* fills in zeroed memory; NULL = zeros will do */

	/* Set by shared.c. */
	void	   *memory;
	LWLock	   *lock;			/* NULL: the memory is this backend's own */
} SharedArea;

/* shared_area_define: called from _PG_init, once per area. */
extern void shared_area_define(SharedArea *area);

/*
 * shared_area_lock, shared_area_unlock
 *		Enter and leave an area; returns its memory.
 *
 * Nothing may be raised and nothing waited for in between.
 */
extern void *shared_area_lock(SharedArea *area, LWLockMode mode);
extern void shared_area_unlock(SharedArea *area);

/* shared_area_is_shared: whether other backends see the same memory. */
extern bool shared_area_is_shared(const SharedArea *area);

/* shared_init: hooks of server start; called from _PG_init, before any definition. */
extern void shared_init(void);

#endif							/* STOCKBRIDGE_SHARED_H */
