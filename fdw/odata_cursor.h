/*
 * odata_cursor.h
 *		Between the files that walk through the pages of a service of OData V4.
 *
 * odata_scan.c asks for pages and decides which is next, odata_answer.c reads
 * them, odata_collection.c follows collections that come in pages of their own.
 */
#ifndef STOCKBRIDGE_ODATA_CURSOR_H
#define STOCKBRIDGE_ODATA_CURSOR_H

#include "postgres.h"

#include "odata_service.h"
#include "rowset.h"

/* What is noted of an answer besides its rows; the pairs are of 4.0 and 4.01. */
typedef enum Capture
{
	CAPTURE_NEXT, CAPTURE_NEXT_401,
	CAPTURE_COUNT, CAPTURE_COUNT_401,
	CAPTURE_CONTEXT, CAPTURE_CONTEXT_401,
	CAPTURE_ERROR
} Capture;

typedef struct ODataCursor
{
	ScanCursor	base;
	MemoryContext context;		/* lives as long as the scan */
	RowShape   *shape;			/* rows of the table in a page of entities */
	RowShape   *entity_shape;	/* of a collection's table: the entities themselves */
	RowShape   *member_shape;	/* … and members alone, in pages of their own */
	char	   *attempted;		/* "reading entity set Items": for messages */
	char	   *source;			/* "server "x", entity set Items" */
	ODataPage	page;			/* of the next request of ours */
	const char *filter;			/* the condition as $filter text, "" = none */
	int			additions;		/* index into the array of that name in odata_scan.c */
	bool		by_key;			/* go on after the last key, else by $skip */
	int64		total;			/* entities in all, -1 = not known */
	int64		entities;		/* entities read */
	char	   *request_url;	/* of the page that was read last */
	char	   *next_url;		/* next link, NULL = there is none */
	MemoryContext ahead_context;	/* owns the transfer of next_url */
	HttpTransfer *ahead;		/* NULL = not started yet */
	List	   *remainders;		/* of what odata_collection.c keeps */
	bool		finished;		/* no more entities */
} ODataCursor;

static inline const RemoteTable *
cursor_table(const ODataCursor *cursor)
{
	return cursor->base.request->table;
}

/* Whether the service has an ability (odata_service.h). */
static inline bool
can(const ODataCursor *cursor, int ability)
{
	return !(odata_table(cursor_table(cursor))->unsupported & ability);
}

/* odata_make_shapes: what to look for in the answers of this scan. */
extern void odata_make_shapes(ODataCursor *cursor);

/*
 * odata_parse_page
 *		Read an answer; raises for one that is no page of a service of OData.
 */
extern RowPage *odata_parse_page(const ODataCursor *cursor, const RowShape *shape,
								 const HttpResponse *response);

/* odata_captured: what an answer says besides its rows, in either spelling, or NULL. */
extern const char *odata_captured(const RowPage *page, Capture capture);

/*
 * odata_resolve_link
 *		The absolute URL of a link in an answer to "request_url"; raises unless
 *		it leads on, and to our own server.
 */
extern char *odata_resolve_link(const ODataCursor *cursor, const RowPage *page,
								const char *request_url, const char *link);

/*
 * odata_fetch
 *		Send a request, again while faults are transient; "transfer" may be under
 *		way, or NULL.  Returns what came of it.
 */
extern HttpResponse *odata_fetch(ODataCursor *cursor, const char *url, HttpTransfer *transfer);

/* odata_is_success: whether an answer is what was asked for. */
extern bool odata_is_success(const HttpResponse *response);

/*
 * odata_read_entities
 *		The entities of a page of rows, which for a table of a collection are not
 *		its rows; notes what remains of their collections.
 */
extern RowPage *odata_read_entities(ODataCursor *cursor, const HttpResponse *response,
									RowPage *page);

/* odata_next_of_collection: the next page of what remains, while cursor->remainders. */
extern RowPage *odata_next_of_collection(ODataCursor *cursor);

#endif							/* STOCKBRIDGE_ODATA_CURSOR_H */
