/*
 * written.h
 *		What a transaction has written at remotes, where no rollback reaches it.
 *
 * Every write is announced before it leaves and reported when its answer is
 * known.  If the transaction or subtransaction then rolls back, a WARNING
 * names the server and the rows that stand there, and those of which nobody
 * knows: an error that somebody catches must not make them forgotten.
 */
#ifndef STOCKBRIDGE_WRITTEN_H
#define STOCKBRIDGE_WRITTEN_H

#include "postgres.h"

#include "lib/stringinfo.h"
#include "remote.h"

/* Names of rows as the remote calls them, as many as fit into a message. */
typedef struct WrittenNames
{
	int64		count;			/* of rows, named or not */
	StringInfoData text;		/* the first of them, bounded; data is NULL at first */
	int64		named;			/* how many of them are in text */
} WrittenNames;

/* What became of a write. */
typedef enum WrittenOutcome
{
	WRITTEN_DONE,
	WRITTEN_NOT_DONE,
	WRITTEN_UNKNOWN
} WrittenOutcome;

/*
 * written_names_add
 *		Count a row; its name may be NULL.  Memory is that of the context in
 *		which "names" was first added to.
 */
extern void written_names_add(WrittenNames *names, const char *name);

/* written_names_text: "Items('A'), Items('B') and 3 more"; "" if none is named. */
extern char *written_names_text(const WrittenNames *names);

/*
 * written_begin
 *		A write of so many rows is about to be sent; NULL names are not told.
 *
 * Until written_end its outcome counts as unknown, whatever ends the
 * transaction.  There is one such write at a time.
 */
extern void written_begin(const RemoteServer *server, int nrows, char *const *names);

/*
 * written_hold, written_sent
 *		The request of that write waits, for a login say; and now it leaves.
 *		In between it counts as not written.
 */
extern void written_hold(void);
extern void written_sent(void);

/* written_end: the outcome; "names" replace those of written_begin, if not NULL. */
extern void written_end(WrittenOutcome outcome, char *const *names);

/* written_init: register callbacks; called once from fdw_init. */
extern void written_init(void);

#endif							/* STOCKBRIDGE_WRITTEN_H */
