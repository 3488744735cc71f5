/*
 * service_layer_cursor.h
 *		A scan of a Service Layer's table while it runs.
 *
 * Between service_layer_open.c, which begins it, and service_layer_scan.c,
 * which walks through its pages.
 */
#ifndef STOCKBRIDGE_SERVICE_LAYER_CURSOR_H
#define STOCKBRIDGE_SERVICE_LAYER_CURSOR_H

#include "postgres.h"

#include "rowset.h"
#include "service_layer_private.h"
#include "value_list.h"

/* A page that is on its way or waits to be read. */
typedef struct PageAhead
{
	MemoryContext context;		/* owns this and the transfer */
	HttpTransfer *transfer;
	bool		arrived;		/* and has been looked at */
	bool		overlaps;		/* begins with the last row of its predecessor */
} PageAhead;

typedef struct ServiceLayerCursor
{
	ScanCursor	base;
	MemoryContext context;		/* lives as long as the scan */
	RowShape   *shape;
	char	   *attempted;		/* "reading entity set Items": for messages */
	char	   *source;			/* "server "b1", entity set Items" */
	PagePosition position;		/* of the next page to be asked for */
	bool		by_key;
	char	  **last_place;	/* of the last row in the order, as literals; NULL at first */
	int64		rows;			/* rows read */
	int64		anchored_rows;	/* … since position.after was set */
	List	   *ahead;			/* of PageAhead *, in order */
	bool		end_in_sight;	/* a page ahead has arrived that says it is the last */
	size_t		page_bytes;		/* length of the last body read */
	ValueList  *list;			/* asked for in parts, NULL = there is none */
	int			sessions;		/* most sessions to use */
	int			page_cap;		/* rows that the server puts on a page at most */
	bool		finished;
} ServiceLayerCursor;

static inline const RemoteTable *
cursor_table(const ServiceLayerCursor *cursor)
{
	return cursor->base.request->table;
}

/* service_layer_choose_page_size: rows to ask for with the next page, and whether as the last ones. */
extern void service_layer_choose_page_size(ServiceLayerCursor *cursor);

/*
 * service_layer_start_part
 *		Begin with the next part of the cursor's list of values, as many of them
 *		as fit a request; false at its end.
 */
extern bool service_layer_start_part(ServiceLayerCursor *cursor);

/*
 * service_layer_request_page
 *		Send the request of the next page and wait; raises unless it succeeds.
 *		NULL if a join or an order is declined.
 *
 * What a server refuses is left out and done here; it is remembered as long as
 * the session lives (service_layer_refusal.c).
 */
extern HttpResponse *service_layer_request_page(ServiceLayerCursor *cursor);

/* service_layer_refuses_crossjoin_order: whether a server refuses $orderby on $crossjoin. */
extern bool service_layer_refuses_crossjoin_order(const RemoteServer *server);

#endif							/* STOCKBRIDGE_SERVICE_LAYER_CURSOR_H */
