/*
 * row_version.h
 *		Versions of remote rows on their way from the scan that reads a row to
 *		the modification that writes it.
 *
 * A plan can carry only columns, and of these the system column ctid is free:
 * a foreign row has no place here.  So a version travels as the number under
 * which this transaction keeps it, in the form of a ctid.
 */
#ifndef STOCKBRIDGE_ROW_VERSION_H
#define STOCKBRIDGE_ROW_VERSION_H

#include "postgres.h"

#include "storage/itemptr.h"

/*
 * row_version_keep
 *		A ctid that stands for a version, until the end of the transaction.
 *
 * Equal versions share one, so that memory grows with the number of different
 * versions only.  NULL gives an invalid ctid.
 */
extern ItemPointerData row_version_keep(const char *version);

/* row_version_of: the version that a ctid stands for, NULL if none. */
extern const char *row_version_of(ItemPointer ctid);

#endif							/* STOCKBRIDGE_ROW_VERSION_H */
