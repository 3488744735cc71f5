/*
 * key_table.c
 *		Keys that a Key Batch Join has asked for, and the rows that they found.
 *
 * Outer keys are the same entry if their texts are the same, for that is what
 * is asked for; a foreign row belongs to every entry that the join's own
 * operator finds equal to it.  Entries and rows live in one memory context, so
 * that forgetting them is one call.
 */
#include "postgres.h"

#include "fmgr.h"
#include "key_table.h"
#include "tuple.h"
#include "utils/datum.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

typedef struct KeyBucket
{
	uint32		hash;
	KeyEntry   *first;
} KeyBucket;

struct KeyTable
{
	MemoryContext context;
	HTAB	   *buckets;
	Size		bytes;
	Size		limit;
	Oid			key_type;
	int16		key_len;
	bool		key_byval;
	Oid			collation;
	FmgrInfo	outer_hash;
	FmgrInfo	inner_hash;
	FmgrInfo	equal;
};

KeyTable *
key_table_create(Oid operator, Oid collation, Oid key_type, Size limit)
{
	KeyTable   *table = palloc0(sizeof(KeyTable));
	Oid			outer_hash;
	Oid			inner_hash;

	if (!get_op_hash_functions(operator, &outer_hash, &inner_hash))
		elog(ERROR, "could not find hash functions of operator %u", operator);
	fmgr_info(outer_hash, &table->outer_hash);
	fmgr_info(inner_hash, &table->inner_hash);
	fmgr_info(get_opcode(operator), &table->equal);
	table->collation = collation;
	table->key_type = key_type;
	get_typlenbyval(key_type, &table->key_len, &table->key_byval);
	table->limit = limit;
	table->context = AllocSetContextCreate(CurrentMemoryContext, "stockbridge keys",
										   ALLOCSET_DEFAULT_SIZES);
	key_table_forget(table);
	return table;
}

void
key_table_forget(KeyTable *table)
{
	HASHCTL		control = {.keysize = sizeof(uint32), .entrysize = sizeof(KeyBucket)};

	MemoryContextReset(table->context);
	control.hcxt = table->context;
	table->buckets = hash_create("stockbridge keys", 256, &control,
								 HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	table->bytes = 0;
}

bool
key_table_is_full(const KeyTable *table)
{
	return table->bytes > table->limit;
}

uint32
key_table_hash(KeyTable *table, Datum value)
{
	return DatumGetUInt32(FunctionCall1Coll(&table->inner_hash, table->collation, value));
}

KeyEntry *
key_table_first(const KeyTable *table, uint32 hash)
{
	KeyBucket  *bucket = hash_search(table->buckets, &hash, HASH_FIND, NULL);

	return bucket != NULL ? bucket->first : NULL;
}

bool
key_table_equal(KeyTable *table, const KeyEntry *entry, Datum value)
{
	return DatumGetBool(FunctionCall2Coll(&table->equal, table->collation, entry->value, value));
}

KeyEntry *
key_table_enter(KeyTable *table, Datum value, bool *fresh)
{
	uint32		hash = DatumGetUInt32(FunctionCall1Coll(&table->outer_hash, table->collation, value));
	char	   *text = tuple_value_text(value, false, table->key_type);
	KeyEntry   *entry;
	KeyBucket  *bucket;
	MemoryContext old;
	bool		found;

	*fresh = false;
	for (entry = key_table_first(table, hash); entry != NULL; entry = entry->same_hash)
		if (strcmp(entry->text, text) == 0)
			return entry;
	*fresh = true;
	old = MemoryContextSwitchTo(table->context);
	entry = palloc0(sizeof(KeyEntry));
	entry->hash = hash;
	entry->text = pstrdup(text);
	entry->value = datumCopy(value, table->key_byval, table->key_len);
	bucket = hash_search(table->buckets, &hash, HASH_ENTER, &found);
	entry->same_hash = found ? bucket->first : NULL;
	bucket->first = entry;
	MemoryContextSwitchTo(old);
	table->bytes += sizeof(KeyEntry) + sizeof(KeyBucket) + 2 * strlen(text);
	return entry;
}

void
key_table_keep(KeyTable *table, KeyEntry *entry, TupleTableSlot *row)
{
	MemoryContext old;
	MinimalTuple tuple;

	if (key_table_is_full(table))
		return;
	old = MemoryContextSwitchTo(table->context);
	tuple = ExecCopySlotMinimalTuple(row);
	entry->rows = lappend(entry->rows, tuple);
	MemoryContextSwitchTo(old);
	table->bytes += GetMemoryChunkSpace(tuple) + 2 * sizeof(ListCell);
}
