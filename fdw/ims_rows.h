/*
 * ims_rows.h
 *		Rows of an inventory system: out of answers, completed, added up.
 *
 * ims_rows.c finds them in an answer, ims_resolve.c replaces keys by what they
 * stand for elsewhere, ims_group.c adds up those of a group.
 */
#ifndef STOCKBRIDGE_IMS_ROWS_H
#define STOCKBRIDGE_IMS_ROWS_H

#include "postgres.h"

#include "ims.h"

typedef struct ImsProjection ImsProjection;

/*
 * ims_projection_create
 *		How the columns "attnos" come out of an answer.  "rows" is where the rows
 *		are, NULL = as the table's options say.
 */
extern ImsProjection *ims_projection_create(const RemoteTable *table, List *attnos,
											const char *rows);

/* What one answer holds. */
typedef struct ImsAnswer
{
	RowPage    *page;			/* columns as the projection's attnos */
	int			outer_count;	/* rows before "explode" */
	char	   *end_text;		/* at page_end's pointer, NULL if absent */
	char	   *next_text;		/* at page_next, NULL if absent */
} ImsAnswer;

/*
 * ims_answer_read
 *		Rows of one answer; raises for a failure under HTTP 200 and for an
 *		answer without rows where they should be.
 */
extern ImsAnswer *ims_answer_read(ImsProjection *projection,
								  const HttpResponse *response,
								  const ImsContext *context);

/* ims_finds: whether a condition holds in a JSON text; true for NULL. */
extern bool ims_finds(const ImsCondition *condition, const char *json, size_t len);

/* ---- values that are looked up elsewhere ---- */

typedef struct ImsResolver ImsResolver;

/*
 * ims_resolver_create
 *		For the columns of "attnos" with an option "lookup"; NULL if there is none.
 *
 * Keys are asked for as they come, in one request for many where the other
 * table has a filter for them; otherwise that table is read once.  What was
 * found is kept for the length of the scan.
 */
extern ImsResolver *ims_resolver_create(const RemoteTable *table, List *attnos, int depth);

/*
 * ims_resolve_request
 *		The request with conditions on looked-up columns turned into conditions
 *		on their keys, where a filter takes {key} or {keys}.
 *
 * Reads the other tables for the keys.  NULL if a value has none: then no row
 * can have it.
 */
extern ScanRequest *ims_resolve_request(const ScanRequest *request, int depth,
										ScanCounters *counters);

/* ims_takes_keys: whether a filter is about the key and not the value. */
extern bool ims_takes_keys(const Template *filter);

/* ims_resolve: replace keys by what they stand for; null where there is none. */
extern void ims_resolve(ImsResolver *resolver, RowPage *page, ScanCounters *counters);

/* ---- rows that are added up ---- */

typedef struct ImsGroup ImsGroup;

/*
 * ims_group_create, ims_group_add, ims_group_next
 *		One row for each value of the option "group_by": numbers are added up, of
 *		times the earliest counts, of the rest the first.  Sorted in work_mem
 *		and on disk, so that memory does not depend on the number of rows.
 */
extern ImsGroup *ims_group_create(const RemoteTable *table, List *attnos);
extern void ims_group_add(ImsGroup *group, const RowPage *page);
extern RowPage *ims_group_next(ImsGroup *group);

/* ims_group_end: release the sort; at the end of rows that happens by itself. */
extern void ims_group_end(ImsGroup *group);

#endif							/* STOCKBRIDGE_IMS_ROWS_H */
