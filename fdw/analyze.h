/*
 * analyze.h
 *		ANALYZE of foreign tables.
 */
#ifndef STOCKBRIDGE_ANALYZE_H
#define STOCKBRIDGE_ANALYZE_H

#include "postgres.h"

#include "foreign/fdwapi.h"

/* analyze_table: the callback AnalyzeForeignTable. */
extern bool analyze_table(Relation relation, AcquireSampleRowsFunc *func,
						  BlockNumber *totalpages);

#endif							/* STOCKBRIDGE_ANALYZE_H */
