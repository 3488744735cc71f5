/*
 * service_layer_scan.c
 *		Page after page of a Service Layer table, several on their way.
 *
 * The server pages by offset and without a snapshot (SL §4), so rows move
 * between pages while others come and go.  Where the key of a table is known
 * we ask for that order, and every page continues after the last key read:
 * rows that stay are read exactly once.
 *
 * Read-ahead keeps that promise.  A page that is asked for before its
 * predecessor has arrived cannot name the last key, so it is asked for by
 * offset, but beginning with the last row of its predecessor.  If that row
 * comes first, the rest are the rows after that key; if not, rows have moved,
 * the pages on their way are dropped, and the scan goes on after the last key.
 *
 * Only a server that refuses $orderby on $crossjoin, and collections without
 * linking property, are read by plain offset.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "odata.h"
#include "service_layer_cursor.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/*
 * Pages read one after the other before several are asked for at once: a short
 * scan must not cost further logins.
 */
#define PAGES_BEFORE_FANNING	4

/*
 * Pages that have arrived wait here so that no session is idle while an earlier
 * page is late or being read; as long as they take no more than this together,
 * there may be as many of them as there are sessions.
 */
#define MAX_BYTES_WAITING	(16 * 1024 * 1024)

/*
 * Reading a page
 */

/* The version of each row into the last column, whichever name it came by. */
static void
settle_versions(RowPage *page)
{
	for (int row = 0; row < page->nrows; row++)
	{
		JsonValue  *last = &page->values[(Size) (row + 1) * page->ncolumns - 1];

		if (last->text == NULL)
			*last = last[-1];
	}
}

static RowPage *
parse_page(const ServiceLayerCursor *cursor, const HttpResponse *response)
{
	RowPage    *page = service_layer_parse(cursor->shape, response, cursor->source);

	if (cursor->position.whole)
		settle_versions(page);
	return page;
}

/* One value of a row's place in the order as a literal. */
static char *
place_literal(const ServiceLayerCursor *cursor, const RowPage *page, int row, int attno)
{
	const JsonValue *value;
	StringInfoData literal;
	int			position = 0;

	while (list_nth_int(cursor->position.attnos, position) != attno)
		position++;
	value = &page->values[(Size) row * page->ncolumns + position];
	if (value->text == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_REPLY_HANDLE),
				 errmsg("a row from %s has no value for key column \"%s\"", cursor->source,
						cursor_table(cursor)->columns[attno - 1].name)));
	initStringInfo(&literal);
	if (value->kind == JSON_KIND_NUMBER)
		appendStringInfoString(&literal, value->text);
	else
		odata_append_string(&literal, value->text);
	return literal.data;
}

/* The place of a row in the order as literals, in the current context. */
static char **
row_place(const ServiceLayerCursor *cursor, const RowPage *page, int row)
{
	List	   *order = cursor->position.order;
	char	  **literals = palloc(sizeof(char *) * list_length(order));
	ListCell   *lc;

	foreach(lc, order)
		literals[foreach_current_index(lc)] =
			place_literal(cursor, page, row, ((ScanOrder *) lfirst(lc))->attno);
	return literals;
}

static bool
places_equal(const ServiceLayerCursor *cursor, char **a, char **b)
{
	for (int i = 0; i < list_length(cursor->position.order); i++)
		if (strcmp(a[i], b[i]) != 0)
			return false;
	return true;
}

static void
raise_no_progress(const ServiceLayerCursor *cursor)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_REPLY_HANDLE),
			 errmsg("%s answers with the same page again", cursor->source),
			 errhint("The server seems to ignore $filter or $skip; the result would never end.")));
}

/* Remember the place of a page's last row; a page that does not move on is an error. */
static void
advance_by_key(ServiceLayerCursor *cursor, const RowPage *page, bool has_next)
{
	MemoryContext old;
	char	  **place;

	if (page->nrows == 0)
	{
		if (has_next)
			raise_no_progress(cursor);
		return;
	}
	old = MemoryContextSwitchTo(cursor->context);
	place = row_place(cursor, page, page->nrows - 1);
	MemoryContextSwitchTo(old);
	if (cursor->last_place != NULL && places_equal(cursor, place, cursor->last_place))
		raise_no_progress(cursor);
	cursor->last_place = place;
	cursor->anchored_rows += page->nrows;
}

/* Only the number after "skip=" of a next link is used (SL §4). */
static void
advance_by_offset(ServiceLayerCursor *cursor, const char *next_link)
{
	const char *found = strstr(next_link, "skip=");
	int64		skip = found ? strtoll(found + 5, NULL, 10) : 0;

	if (skip <= cursor->position.skip)
		raise_no_progress(cursor);
	cursor->position.skip = skip;
}

/* Note how far a page has brought the scan. */
static void
advance(ServiceLayerCursor *cursor, const RowPage *page)
{
	const char *next_link = page->captures[0].text ? page->captures[0].text
		: page->captures[1].text;

	cursor->base.counters.pages++;
	cursor->rows += page->nrows;
	cursor->finished = next_link == NULL ||
		(cursor->base.request->limit > 0 && cursor->rows >= cursor->base.request->limit);
	if (cursor->by_key)
		advance_by_key(cursor, page, next_link != NULL);
	else if (next_link != NULL)
		advance_by_offset(cursor, next_link);
}

/*
 * Pages ahead
 */

static void
drop_ahead(ServiceLayerCursor *cursor)
{
	ListCell   *lc;

	foreach(lc, cursor->ahead)
		MemoryContextDelete(((PageAhead *) lfirst(lc))->context);
	cursor->ahead = NIL;
	cursor->end_in_sight = false;
}

/* Rows that come after the anchor and are not wanted. */
static int64
first_skip(const ServiceLayerCursor *cursor)
{
	return cursor->position.after == NULL ? cursor->base.request->offset : 0;
}

/* The next page to be asked for starts after the last row. */
static void
anchor_at_last_row(ServiceLayerCursor *cursor)
{
	cursor->position.after = cursor->last_place;
	cursor->position.skip = first_skip(cursor);
	cursor->anchored_rows = 0;
}

/*
 * Start one more page at the position.  One that overlaps its predecessor only
 * saves time, so a further session is opened for it in long scans alone; the
 * other is needed now, by whatever session there is.
 */
static bool
start_ahead(ServiceLayerCursor *cursor, bool overlaps)
{
	const RemoteTable *table = cursor_table(cursor);
	MemoryContext context = AllocSetContextCreate(cursor->context, "stockbridge page ahead",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	PageAhead  *page = palloc0(sizeof(PageAhead));
	ServiceLayerRequest call = {0};
	HttpResponse *refusal;

	page->context = context;
	page->overlaps = overlaps;
	service_layer_render_page(table, &cursor->position, &call);
	if (overlaps)
		page->transfer = service_layer_start(table->server, &call,
											 cursor->base.counters.pages >= PAGES_BEFORE_FANNING);
	else
		(void) service_layer_start_within(table->server, &call, 1, &page->transfer, &refusal);
	MemoryContextSwitchTo(cursor->context);
	if (page->transfer == NULL)
		MemoryContextDelete(context);
	else
		cursor->ahead = lappend(cursor->ahead, page);
	MemoryContextSwitchTo(old);
	return cursor->ahead != NIL && llast(cursor->ahead) == page;
}

/* Most pages that may be on their way or waiting. */
static int
depth_ahead(const ServiceLayerCursor *cursor)
{
	int			depth = 2 * cursor->sessions;

	if (cursor->page_bytes * depth > MAX_BYTES_WAITING)
		depth = cursor->sessions;
	return (int) Min(depth, cursor->base.counters.pages);
}

/*
 * Ask for as many pages as may be on their way: one more after every page read,
 * so that a short scan asks for few that do not exist.  With a LIMIT none is
 * asked for before the rows that it wants have been read.
 */
static void
read_ahead(ServiceLayerCursor *cursor)
{
	if (!cursor->finished)
		service_layer_choose_page_size(cursor);
	if (cursor->finished || cursor->end_in_sight || !cursor->by_key ||
		cursor->base.request->limit > 0 ||
		cursor->position.page_size < 2 ||
		(cursor->base.request->rows_wanted > 0 &&
		 cursor->anchored_rows < cursor->base.request->rows_wanted))
		return;
	while (list_length(cursor->ahead) < depth_ahead(cursor))
	{
		int64		pages = list_length(cursor->ahead);

		cursor->position.skip = first_skip(cursor) + cursor->anchored_rows - 1 +
			pages * (cursor->position.page_size - 1);
		if (!start_ahead(cursor, true))
			break;
	}
}

/* Whether a page ahead has arrived as asked for; anything else is asked again. */
static bool
is_usable(const HttpResponse *response)
{
	return response->outcome == HTTP_ANSWERED && response->status == 200;
}

/* Take the first row off a page if it is the one that the scan stopped at. */
static bool
joins_on(const ServiceLayerCursor *cursor, RowPage *page)
{
	if (page->nrows == 0 || !places_equal(cursor, row_place(cursor, page, 0), cursor->last_place))
		return false;
	page->values += page->ncolumns;
	page->nrows--;
	return true;
}

/* Whether a page that has arrived names no next one; in doubt it does. */
static bool
says_last(const HttpResponse *response)
{
	static const char next_link[] = "odata.nextLink";

	return is_usable(response) &&
		memmem(response->body, response->body_len, next_link, sizeof(next_link) - 1) == NULL;
}

/* Wait for the first page ahead, asking for further ones as sessions get free. */
static HttpResponse *
wait_for_first(ServiceLayerCursor *cursor)
{
	HttpTransfer *first = ((PageAhead *) linitial(cursor->ahead))->transfer;

	/* The first may be there for long: what has come since frees sessions. */
	transport_poll();
	for (;;)
	{
		List	   *running = NIL;
		ListCell   *lc;

		foreach(lc, cursor->ahead)
		{
			PageAhead  *page = lfirst(lc);

			if (page->arrived)
				continue;
			page->arrived = transfer_is_done(page->transfer);
			if (!page->arrived)
				running = lappend(running, page->transfer);
			else if (says_last(transfer_wait(page->transfer)))
				cursor->end_in_sight = true;
		}
		read_ahead(cursor);
		if (transfer_is_done(first))
			return transfer_wait(first);
		(void) transfer_wait_any(running);
		list_free(running);
	}
}

/* The first page ahead, in the current context; NULL if it is of no use. */
static RowPage *
take_ahead(ServiceLayerCursor *cursor)
{
	PageAhead  *ahead = linitial(cursor->ahead);
	TimestampTz start = GetCurrentTimestamp();
	HttpResponse *response = wait_for_first(cursor);
	RowPage    *page = NULL;

	odata_count_response(&cursor->base.counters, response, start);
	cursor->page_bytes = response->body_len;
	if (is_usable(response))
	{
		page = parse_page(cursor, response);
		if (ahead->overlaps && !joins_on(cursor, page))
			page = NULL;
	}
	cursor->ahead = list_delete_first(cursor->ahead);
	MemoryContextDelete(ahead->context);
	return page;
}

/* Leave to a page of a part those of its rows that belong to it. */
static void
keep_own_rows(const ServiceLayerCursor *cursor, RowPage *page)
{
	const ValueList *list = cursor->list;
	int			position = 0;
	int			kept = 0;
	Oid			type;

	if (list == NULL || list->next - list->first == list->nvalues)
		return;
	type = cursor_table(cursor)->columns[list->leaf->attno - 1].type;
	if (type != TEXTOID && type != VARCHAROID)
		return;
	while (list_nth_int(cursor->position.attnos, position) != list->leaf->attno)
		position++;
	for (int i = 0; i < page->nrows; i++)
	{
		JsonValue  *row = &page->values[(Size) i * page->ncolumns];

		if (row[position].text == NULL || !value_list_owns(list, row[position].text))
			continue;
		memmove(&page->values[(Size) kept++ * page->ncolumns], row,
				sizeof(JsonValue) * page->ncolumns);
	}
	page->nrows = kept;
}

/* Where the rows are asked for in parts, go on to the next part at the end of one. */
static void
next_part(ServiceLayerCursor *cursor)
{
	if (!cursor->finished || cursor->list == NULL)
		return;
	drop_ahead(cursor);
	cursor->finished = !service_layer_start_part(cursor);
}

/* Let the next request be that of the page after what has been read. */
static void
go_on(ServiceLayerCursor *cursor)
{
	if (cursor->by_key)
		anchor_at_last_row(cursor);
	service_layer_choose_page_size(cursor);
}

HttpTransfer *
service_layer_page_under_way(ScanCursor *base)
{
	ServiceLayerCursor *cursor = (ServiceLayerCursor *) base;

	if (base->request->grouping != NULL || base->declined != NULL ||
		table_info(cursor_table(cursor))->is_join)
		return NULL;
	next_part(cursor);
	if (cursor->finished)
		return NULL;
	if (cursor->ahead == NIL)
	{
		go_on(cursor);
		(void) start_ahead(cursor, false);
	}
	return cursor->ahead != NIL ? ((PageAhead *) linitial(cursor->ahead))->transfer : NULL;
}

RowPage *
service_layer_next_page(ScanCursor *base)
{
	ServiceLayerCursor *cursor = (ServiceLayerCursor *) base;
	HttpResponse *response;
	RowPage    *page = NULL;
	bool		whole = false;	/* of the size that was asked for, or the last */

	if (base->request->grouping != NULL)
		return service_layer_next_groups(base);
	next_part(cursor);
	if (cursor->finished)
	{
		drop_ahead(cursor);
		return NULL;
	}
	if (cursor->ahead != NIL)
	{
		whole = !((PageAhead *) linitial(cursor->ahead))->overlaps;
		page = take_ahead(cursor);
	}
	if (page == NULL)
	{
		drop_ahead(cursor);
		go_on(cursor);
		response = service_layer_request_page(cursor);
		if (response == NULL)
			return NULL;
		page = parse_page(cursor, response);
		whole = true;
	}
	advance(cursor, page);
	if (whole && !cursor->finished && page->nrows > 0 &&
		page->nrows < cursor->position.page_size)
		cursor->page_cap = page->nrows;
	base->at_end = cursor->finished &&
		(cursor->list == NULL || cursor->list->next == cursor->list->nvalues);
	read_ahead(cursor);
	keep_own_rows(cursor, page);
	return page;
}

bool
service_layer_fits(const ScanRequest *request)
{
	ServiceLayerCursor *cursor = (ServiceLayerCursor *) service_layer_open_scan(request);
	ServiceLayerRequest call = {0};

	if (cursor->finished)
		return true;
	if (cursor->position.filter->len == 0 ||
		(cursor->list != NULL && cursor->list->next < cursor->list->nvalues) ||
		!service_layer_page_fits(request->table, &cursor->position))
		return false;
	(void) service_layer_render_page(request->table, &cursor->position, &call);
	return call.body != NULL || strlen(call.url) + ODATA_KEY_ROOM <= SERVICE_LAYER_MAX_URL;
}

/* By offset: which rows a page of a sample has is of no matter. */
RowPage *
service_layer_sample_page(ScanCursor *base, int64 number)
{
	ServiceLayerCursor *cursor = (ServiceLayerCursor *) base;
	RowPage    *page;

	cursor->position.skip = number * cursor->position.page_size;
	page = parse_page(cursor, service_layer_request_page(cursor));
	cursor->base.counters.pages++;
	return page;
}
