/*
 * rate.h
 *		How often a remote may be asked, kept by all backends together.
 *
 * Two rules per database and server: budgets ("60 requests in any minute"),
 * counted before a request is sent, and a time before which nothing may be
 * sent, because the remote said so (429, 503, no budget left).  Across backends
 * when the library is preloaded, else each backend keeps its own.
 */
#ifndef STOCKBRIDGE_RATE_H
#define STOCKBRIDGE_RATE_H

#include "postgres.h"

#include "datatype/timestamp.h"

/* At most "requests" in any "per_ms" milliseconds. */
typedef struct RateLimit
{
	int			requests;		/* at least 1 */
	int			per_ms;			/* at least 1; a day is 86400000 */
} RateLimit;

/* Budgets that one server may have at once, as in "2/s, 60/min, 5000/d". */
#define RATE_MAX_LIMITS		4

/*
 * rate_wait
 *		Wait, interruptibly, until a request may be sent, and count it.
 *
 * Call it once before every request, also without limits ("nlimits" 0): the
 * time set by rate_block_until holds in any case.  Returns false at once,
 * counting nothing, if it would have to wait longer than "max_wait_ms" (-1 = no
 * bound); then *until (if not NULL) is when a request may be sent at the
 * earliest.
 */
extern bool rate_wait(Oid serverid, const RateLimit *limits, int nlimits,
					  int max_wait_ms, TimestampTz *until);

/*
 * rate_block_until
 *		Let no backend send to this server before "until".
 *
 * A time already set is kept if it is later.
 */
extern void rate_block_until(Oid serverid, TimestampTz until);

/* rate_init: called once from _PG_init. */
extern void rate_init(void);

#endif							/* STOCKBRIDGE_RATE_H */
