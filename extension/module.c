/*
 * module.c
 *		What happens when the library is loaded.
 *
 * The wrapper side, the workers and the test points each define their own settings; nothing may
 * be defined under "stockbridge." after the prefix is reserved here.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/guc.h"

#include "../fdw/fdw.h"
#include "test_point.h"
#include "worker.h"

PG_MODULE_MAGIC;

void		_PG_init(void);

void
_PG_init(void)
{
	fdw_init();
	worker_init();
	test_point_init();
	MarkGUCPrefixReserved("stockbridge");
}
