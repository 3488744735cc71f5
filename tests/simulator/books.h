/*
 * books.h
 *		B1's books: a SQLite database, opened by many readers and one writer.
 *
 * A Db is one connection with a cache of prepared statements; a thread takes
 * one for the length of a request.  Readers see the last commit (write-ahead
 * log).  db_begin() takes the one writer's lock of the process, so that a
 * posting never meets SQLITE_BUSY.
 *
 * Columns carry the names of properties, tables those of entity sets; the rows
 * of a collection live in "Set/Collection", those of a collection within its
 * lines in "Set/Collection/Inner".  Besides its properties a table has
 *	_rid	physical place of a header row, scattered on purpose: rows read
 *			without $orderby come in no useful order (SL 4);
 *	_parent key of the header, unless the element type has that property;
 *	_line	_seq of the line an inner row belongs to;
 *	_seq	position within the collection.
 */
#ifndef BOOKS_H
#define BOOKS_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "model.h"
#include "text.h"

typedef struct Db
{
	sqlite3    *handle;
	bool		writing;		/* holds the writer's lock and a transaction */
	struct Db  *next;
	struct
	{
		char	   *sql;
		sqlite3_stmt *statement;
		bool		busy;
	}			cache[64];
	int			next_victim;
} Db;

extern bool books_open(const char *path);
extern void books_close(void);
extern Db  *books_acquire(void);
extern void books_release(Db *db);

/* Counts commits, so that a cache can tell that the books moved. */
extern uint64_t books_generation(void);

extern bool db_begin(Db *db);
extern bool db_commit(Db *db);
extern void db_rollback(Db *db);
extern const char *db_message(Db *db);

/*
 * A statement ready to bind or step; hand it back with db_done().  The letters
 * of "kinds" bind what follows in order: s text (NULL allowed), i int64_t.
 */
extern sqlite3_stmt *db_prepare(Db *db, const char *sql);
extern sqlite3_stmt *db_query(Db *db, const char *sql, const char *kinds,...);
extern bool db_done(Db *db, sqlite3_stmt *statement);
extern bool db_run(Db *db, const char *sql, const char *kinds,...);

/* First column of the first row, or "otherwise" where there is none or it is null. */
extern int64_t db_int(Db *db, int64_t otherwise, const char *sql, const char *kinds,...);

/* First column of the first row as text of the arena, or NULL. */
extern char *db_text(Db *db, Arena *arena, const char *sql, const char *kinds,...);

/* schema.c */
extern bool schema_create(Db *db);
extern bool schema_index(Db *db);
extern const char *schema_parent_column(const EntitySet *set, const StructType *element);

/* A row id that scatters consecutive numbers over the table. */
extern int64_t schema_scatter(int64_t number);

#endif
