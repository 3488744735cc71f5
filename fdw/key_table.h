/*
 * key_table.h
 *		Keys that a Key Batch Join has asked for, and the rows that they found.
 *
 * Bounded: when it is full, rows are no longer kept, until its owner has it
 * forget everything.
 */
#ifndef STOCKBRIDGE_KEY_TABLE_H
#define STOCKBRIDGE_KEY_TABLE_H

#include "postgres.h"

#include "executor/tuptable.h"
#include "nodes/pg_list.h"

typedef struct KeyEntry
{
	struct KeyEntry *same_hash;
	uint32		hash;
	char	   *text;			/* as a request has it */
	Datum		value;
	List	   *rows;			/* of MinimalTuple: what it found */
	bool		known;			/* "rows" are all of them */
	bool		asked;			/* by the request under way */
	void	   *waiting;		/* the owner's */
} KeyEntry;

typedef struct KeyTable KeyTable;

/*
 * key_table_create
 *		An empty table, in the current context, of keys that an equality compares
 *		with those of foreign rows.
 */
extern KeyTable *key_table_create(Oid operator, Oid collation, Oid key_type, Size limit);

/* key_table_forget: empty it. */
extern void key_table_forget(KeyTable *table);

/* key_table_is_full: rows are not kept any more. */
extern bool key_table_is_full(const KeyTable *table);

/* key_table_enter: the entry of a key, made if there is none; then *fresh is set. */
extern KeyEntry *key_table_enter(KeyTable *table, Datum value, bool *fresh);

/* key_table_hash: of a foreign row's key, for key_table_first. */
extern uint32 key_table_hash(KeyTable *table, Datum value);

/* key_table_first: first entry of that hash; further ones are at same_hash. */
extern KeyEntry *key_table_first(const KeyTable *table, uint32 hash);

/* key_table_equal: whether an entry's key equals that of a foreign row. */
extern bool key_table_equal(KeyTable *table, const KeyEntry *entry, Datum value);

/* key_table_keep: add a row to what a key found, unless the table is full. */
extern void key_table_keep(KeyTable *table, KeyEntry *entry, TupleTableSlot *row);

#endif							/* STOCKBRIDGE_KEY_TABLE_H */
