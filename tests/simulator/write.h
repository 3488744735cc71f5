/*
 * write.h
 *		Writing entities other than documents, and what all writes share.
 */
#ifndef WRITE_H
#define WRITE_H

#include <jansson.h>

#include "entity.h"

/*
 * A write inside a change set joins its transaction ("nested"); alone it has
 * one of its own, which write_end() commits, or undoes where "ok" is false.
 */
extern bool write_begin(Context *context, bool nested);
extern bool write_end(Context *context, bool nested, bool ok);

/* Inserts a normalised entity with its collections. */
extern bool write_rows(Context *context, const EntitySet *set, json_t *object);

/* 201 with the whole entity, or 204 with its Location (SL 5.1). */
extern bool write_created(Context *context, const EntityKey *key);

/* POST of master data; PATCH and PUT ("replace") of anything (write_update.c); DELETE. */
extern bool write_create(Context *context, const EntitySet *set);
extern bool write_update(Context *context, const EntityKey *key, bool replace);
extern bool write_delete(Context *context, const EntityKey *key);

/* write_load.c: an entity as a normalised object, to be reversed or posted again. */
extern json_t *write_load(Context *context, const EntityKey *key);

/* All rows below an entity. */
extern bool write_delete_collections(Context *context, const EntityKey *key, const char *path, const StructType *type);

/* One row of a collection, at position "seq" under "line"; collections inside it too. */
extern bool write_collection_row(Context *context, const EntityKey *key, const char *table,
								 const StructType *type, int64_t line, int64_t seq, const json_t *row);

/* Binds a member of a normalised object, null where it is absent. */
extern void write_bind(sqlite3_stmt *statement, int position, const json_t *value);

#endif
