/*
 * extension_lock.c
 *		Keeps background work and DROP or ALTER EXTENSION out of each other's way.
 *
 * DROP EXTENSION locks the extension first and its tables after that.  Work
 * that locks tables in an order of its own could deadlock with it; work that
 * locks the extension first either comes before, or waits with empty hands.
 */
#include "postgres.h"

#include "catalog/pg_extension.h"
#include "commands/extension.h"
#include "fmgr.h"
#include "storage/lmgr.h"

#include "extension_lock.h"

PG_FUNCTION_INFO_V1(stockbridge_begin_work);

bool
extension_lock(void)
{
	Oid			extension = get_extension_oid("stockbridge", true);

	if (!OidIsValid(extension))
		return false;
	LockDatabaseObject(ExtensionRelationId, extension, 0, AccessShareLock);

	/* It may have been dropped, and even made again, while we waited. */
	return get_extension_oid("stockbridge", true) == extension;
}

Datum
stockbridge_begin_work(PG_FUNCTION_ARGS)
{
	(void) fcinfo;
	if (!extension_lock())
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("extension \"stockbridge\" was dropped while this was waiting")));
	PG_RETURN_VOID();
}
