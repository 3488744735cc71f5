/*
 * stat.h
 *		Cumulative counters per remote server and HTTP method.
 *
 * Behind the view stockbridge.stat_remote.  Of the whole cluster when the
 * library is preloaded, else of one backend.  Counting never raises.
 */
#ifndef STOCKBRIDGE_STAT_H
#define STOCKBRIDGE_STAT_H

#include "postgres.h"

#include "transport.h"

/* stat_count_response: a request has ended, answered or not (InvalidOid is ignored). */
extern void stat_count_response(Oid serverid, const char *method, const HttpResponse *response);

/* stat_backend_totals: what this backend has asked of all remotes together. */
typedef struct StatTotals
{
	int64		requests;
	int64		bytes;			/* body bytes on the wire */
} StatTotals;

extern StatTotals stat_backend_totals(void);

/* stat_count_scan: pages and rows that a scan has read, and requests it sent again. */
extern void stat_count_scan(Oid serverid, int64 pages, int64 rows, int64 retries);

/* stat_count_login: a login was accepted or refused. */
extern void stat_count_login(Oid serverid, bool accepted);

/* stat_count_wait: milliseconds spent waiting for a free session. */
extern void stat_count_wait(Oid serverid, double ms);

/* stat_init: called once from _PG_init. */
extern void stat_init(void);

#endif							/* STOCKBRIDGE_STAT_H */
