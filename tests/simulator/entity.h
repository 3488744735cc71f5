/*
 * entity.h
 *		Reading entities: lists, single ones, property paths, JSON of rows.
 */
#ifndef ENTITY_H
#define ENTITY_H

#include "odata.h"

/* A key as the path writes it, in the form the books hold. */
typedef struct EntityKey
{
	const EntitySet *set;
	const char *text;			/* string key */
	int64_t		number;			/* integer key */
	bool		is_text;
} EntityKey;

/* Which properties of a type an answer shows. */
typedef struct Selection
{
	bool		all;
	bool	   *shown;			/* by position in the type */
} Selection;

extern bool entity_parse_key(Context *context, const EntitySet *set, const char *text, EntityKey *key);
extern void entity_bind_key(sqlite3_stmt *statement, int position, const EntityKey *key);
extern void entity_put_key(Buffer *buffer, const EntityKey *key);	/* ('x') or (5) */

/* Answers 404/-2028 and false where it does not exist. */
extern bool entity_exists(Context *context, const EntityKey *key);

extern void entity_scope(const EntitySet *set, Scope *scope);
extern bool entity_select(Context *context, const StructType *type, const char *text, Selection *selection);

/* GET Set?… */
extern bool entity_list(Context *context, const EntitySet *set, const char *query_text);
extern bool entity_count(Context *context, const EntitySet *set, const char *query_text);

/* GET Set(key)?… ; also the body of an answer to POST */
extern bool entity_single(Context *context, const EntityKey *key, const char *query_text);

/* GET Set(key)/Property[/$value] */
extern bool entity_property(Context *context, const EntityKey *key, const char *name, bool raw);

/* W/"…" of a data version (SL 5.5). */
extern void entity_etag(int64_t data_version, char *etag, size_t size);

/* If-Match against the row as it is: false with 412/-2039 where they differ. */
extern bool entity_check_match(Context *context, const EntityKey *key);

/* One value of a row, as JSON of the context's version. */
extern void entity_put_value(Context *context, const Property *property, sqlite3_stmt *statement, int column);

/* The columns of a selection, and one row of them as members without braces. */
extern int	entity_put_columns(Context *context, Sql *sql, const StructType *type, const char *alias,
							   const Selection *selection);
extern int	entity_put_members(Context *context, const StructType *type, const Selection *selection,
							   sqlite3_stmt *statement, int column, bool *comma);

#endif
