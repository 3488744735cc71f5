/*
 * modify_plan.h
 *		Between the planner's half of modifying a foreign table (modify_plan.c)
 *		and the executor's (modify.c).
 */
#ifndef STOCKBRIDGE_MODIFY_PLAN_H
#define STOCKBRIDGE_MODIFY_PLAN_H

#include "postgres.h"

#include "remote.h"

/* Positions in the list that modify_plan returns. */
typedef enum ModifyPrivate
{
	MODIFY_PRIVATE_ATTNOS,		/* integer list: columns to be written */
	MODIFY_PRIVATE_RETURNING	/* integer: whether rows must come back */
} ModifyPrivate;

/*
 * modify_junk_name
 *		Name of the junk column that carries a key attribute.
 *
 * Partitions of one parent share a junk column only if it means the same in all
 * of them.
 */
extern char *modify_junk_name(const RemoteColumn *column);

/* modify_key_attnos: attributes that name a row, a List of int; NIL = none do. */
extern List *modify_key_attnos(const RemoteTable *table);

/* modify_all_attnos: all columns of a table, a List of int. */
extern List *modify_all_attnos(const RemoteTable *table);

/* modify_has_version: whether rows are written only in the version that was read. */
extern bool modify_has_version(const RemoteTable *table);

#endif							/* STOCKBRIDGE_MODIFY_PLAN_H */
