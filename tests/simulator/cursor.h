/*
 * cursor.h
 *		Reading one page of a long answer without reading those before it.
 */
#ifndef CURSOR_H
#define CURSOR_H

#include "odata.h"

typedef struct Cursor Cursor;

/*
 * The rows of "sql" for the page of "query": cursor_step() yields them one by
 * one.  Answers with an error and NULL when the statement fails.
 */
extern Cursor *cursor_open(Context *context, Sql *sql, const Query *query);
extern sqlite3_stmt *cursor_statement(const Cursor *cursor);
extern int	cursor_step(Cursor *cursor);	/* SQLITE_ROW, SQLITE_DONE or an error */

/*
 * Ends the page.  "unread": the last row stepped to belongs to the next page.
 */
extern void cursor_close(Context *context, Cursor *cursor, bool unread);

/* Gives up what is kept between pages. */
extern void cursor_drop_all(void);

#endif
