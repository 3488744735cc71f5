/*
 * shared.c
 *		Areas of shared memory, or of the backend's own where there is none.
 *
 * A library may ask for shared memory and locks only while the server starts.
 * One loaded later keeps the same structures to itself: the areas' users see
 * the difference by shared_area_is_shared alone.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "shared.h"
#include "storage/ipc.h"
#include "storage/shmem.h"
#include "utils/memutils.h"

#define MAX_AREAS		8
#define LOCK_TRANCHE	"stockbridge"

static SharedArea *areas[MAX_AREAS];
static int	nareas = 0;
static shmem_request_hook_type previous_request_hook = NULL;
static shmem_startup_hook_type previous_startup_hook = NULL;

void
shared_area_define(SharedArea *area)
{
	Assert(nareas < MAX_AREAS);
	areas[nareas++] = area;
}

static void
request_areas(void)
{
	if (previous_request_hook)
		previous_request_hook();
	for (int i = 0; i < nareas; i++)
		RequestAddinShmemSpace(MAXALIGN(areas[i]->size()));
	RequestNamedLWLockTranche(LOCK_TRANCHE, nareas);
}

static void
attach_area(SharedArea *area, LWLock *lock)
{
	Size		size = area->size();
	bool		found;

	area->memory = ShmemInitStruct(area->name, size, &found);
	area->lock = lock;
	if (found)
		return;
	memset(area->memory, 0, size);
	if (area->init)
		area->init(area->memory);
}

static void
start_areas(void)
{
	LWLockPadded *locks;

	if (previous_startup_hook)
		previous_startup_hook();
	locks = GetNamedLWLockTranche(LOCK_TRANCHE);
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	for (int i = 0; i < nareas; i++)
		attach_area(areas[i], &locks[i].lock);
	LWLockRelease(AddinShmemInitLock);
}

void
shared_init(void)
{
	if (!process_shared_preload_libraries_in_progress)
		return;
	previous_request_hook = shmem_request_hook;
	shmem_request_hook = request_areas;
	previous_startup_hook = shmem_startup_hook;
	shmem_startup_hook = start_areas;
}

void *
shared_area_lock(SharedArea *area, LWLockMode mode)
{
	if (area->lock != NULL)
		LWLockAcquire(area->lock, mode);
	else if (area->memory == NULL)
	{
		area->memory = MemoryContextAllocZero(TopMemoryContext, area->size());
		if (area->init)
			area->init(area->memory);
	}
	return area->memory;
}

void
shared_area_unlock(SharedArea *area)
{
	if (area->lock != NULL)
		LWLockRelease(area->lock);
}

bool
shared_area_is_shared(const SharedArea *area)
{
	return area->lock != NULL;
}
