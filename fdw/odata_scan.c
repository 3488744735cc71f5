/*
 * odata_scan.c
 *		Page after page of a service of OData V4.
 *
 * A page ends with a next link, which is followed as it is given, or it is the
 * last.  That is the protocol; but services exist that cut a result at some
 * limit of theirs and say nothing.  So the first request also asks how many
 * entities there are, and a scan that has seen fewer goes on by itself: after
 * the last key where the key is made of integers, else by $skip, in the order
 * of the key, which every request of ours names.  Where the service cannot
 * count, the scan goes on until a page is empty.
 *
 * A collection's rows are unfolded from the entities that hold them.  Such a
 * collection may come in pages of its own, whose links stand in the entity.
 *
 * Memory: one page that is read, and one on its way; next links of collections
 * are kept with their entity's values until they are followed.
 */
#include "postgres.h"

#include "odata.h"
#include "odata_cursor.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* Reads are tried this often when the fault is of the passing kind. */
#define MAX_ATTEMPTS		5

/*
 * What is in a request besides the columns.  A service that refuses it, or
 * breaks on it, is asked with less, in this order.
 */
static const struct
{
	bool		page_size;		/* $top, Prefer: odata.maxpagesize */
	bool		order_and_count;	/* $orderby, $count */
	bool		filter;
	bool		select;
}			additions[] = {
	{true, true, true, true},
	{true, true, false, true},
	{false, true, true, true},
	{false, false, true, true},
	{false, false, false, true},
	{false, false, true, false},
	{false, false, false, false},
};

/* Tables whose service takes less than all of it. */
typedef struct KnownAdditions
{
	Oid			relid;
	int			additions;		/* index into the array above */
} KnownAdditions;

static List *known_additions = NIL;	/* in TopMemoryContext */

/*
 * Opening
 */

/* Columns asked for, and the keys, by which the scan goes on and rows are told apart. */
static List *
needed_attnos(const ScanRequest *request)
{
	List	   *attnos = list_copy(request->attnos);
	ListCell   *lc;

	foreach(lc, table_info(request->table)->keys)
		attnos = list_append_unique_int(attnos, lfirst_int(lc));
	return attnos;
}

/*
 * A condition as $filter text.  Of one that is too long for a URL, those parts
 * that fit: the rest is rechecked here anyway.
 */
static FilterExtent
render_predicate(StringInfo buf, const RemoteTable *table, const Predicate *predicate)
{
	FilterExtent extent = odata_deparse_predicate(buf, predicate, table, column_request_name,
												  odata_comparison, NULL);
	ListCell   *lc;

	if (odata_url_fits(buf->data))
		return extent;
	resetStringInfo(buf);
	extent = FILTER_ALL;
	foreach(lc, predicate->op == PREDICATE_AND ? predicate->args : NIL)
	{
		StringInfoData part;

		initStringInfo(&part);
		if (odata_deparse_predicate(&part, lfirst(lc), table, column_request_name,
									odata_comparison, NULL) != FILTER_SOME ||
			!odata_url_fits(psprintf("%s%s", buf->data, part.data)))
			continue;
		appendStringInfo(buf, "%s%s", buf->len ? " and " : "", part.data);
		extent = FILTER_SOME;
	}
	return extent;
}

static int
find_additions(const RemoteTable *table)
{
	ListCell   *lc;

	foreach(lc, known_additions)
	{
		const KnownAdditions *known = lfirst(lc);

		if (known->relid == table->relid)
			return known->additions;
	}
	return 0;
}

/* Use as much from now on as this table's service has taken. */
static void
remember_additions(const RemoteTable *table, int taken)
{
	MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);
	KnownAdditions *known = palloc(sizeof(KnownAdditions));

	known->relid = table->relid;
	known->additions = taken;
	known_additions = lcons(known, known_additions);
	MemoryContextSwitchTo(old);
}

/* Whether an order is that of the key, ascending. */
static bool
is_key_order(const RemoteTable *table, List *order)
{
	List	   *keys = table_info(table)->keys;

	if (order == NIL || list_length(order) != list_length(keys))
		return false;
	for (int i = 0; i < list_length(keys); i++)
	{
		const ScanOrder *item = list_nth(order, i);

		if (item->attno != list_nth_int(keys, i) || item->descending)
			return false;
	}
	return true;
}

static void
use_additions(ODataCursor *cursor, int number)
{
	const ScanRequest *request = cursor->base.request;
	ODataPage  *page = &cursor->page;
	bool		allowed = additions[number].order_and_count;

	cursor->additions = number;
	page->filter = additions[number].filter ? cursor->filter : "";
	page->select = additions[number].select && can(cursor, ODATA_SELECT);
	page->order = NIL;
	if (request->order != NIL || (allowed && can(cursor, ODATA_ORDERBY)))
		page->order = odata_full_order(request);
	cursor->by_key = odata_table(request->table)->key_orders && can(cursor, ODATA_FILTER) &&
		is_key_order(request->table, page->order);
	page->count = allowed && can(cursor, ODATA_COUNT);
}

static void
open_page(ODataCursor *cursor)
{
	const ScanRequest *request = cursor->base.request;
	const RemoteTable *table = request->table;
	ODataPage  *page = &cursor->page;
	StringInfoData filter;

	initStringInfo(&filter);
	page->attnos = needed_attnos(request);
	if (request->predicate != NULL)
		cursor->finished = render_predicate(&filter, table, request->predicate) == FILTER_NONE;
	cursor->filter = filter.data;
	use_additions(cursor, find_additions(table));
	if (!odata_url_fits(odata_render_page(table, page)))
		cursor->filter = "";
	page->filter = cursor->filter;
}

/* Entities to ask for: all there are, unless we page or fewer will do. */
static void
choose_top(ODataCursor *cursor)
{
	const ScanRequest *request = cursor->base.request;
	int			top = odata_table(request->table)->client_paging ? request->page_size : 0;

	if (request->rows_wanted > 0 && cursor->base.counters.pages == 0 &&
		table_info(request->table)->collection == NULL)
		top = top > 0 ? Min(top, request->rows_wanted) : request->rows_wanted;
	cursor->page.top = can(cursor, ODATA_TOP) && additions[cursor->additions].page_size ? top : 0;
}

ScanCursor *
odata_open_scan(const ScanRequest *request)
{
	ODataCursor *cursor;
	const char *entity = table_info(request->table)->entity;

	if (request->grouping != NULL)
		return odata_open_groups(request);
	cursor = palloc0(sizeof(ODataCursor));
	cursor->base.request = request;
	cursor->context = CurrentMemoryContext;
	cursor->source = psprintf("server \"%s\", entity set %s", request->table->server->name, entity);
	cursor->attempted = psprintf("reading entity set %s", entity);
	cursor->total = -1;
	open_page(cursor);
	choose_top(cursor);
	odata_make_shapes(cursor);
	return &cursor->base;
}

List *
odata_describe_scan(const ScanRequest *request)
{
	ODataCursor *cursor;
	const char *root = request->table->server->url;

	if (request->grouping != NULL)
		return odata_describe_groups(request);
	cursor = (ODataCursor *) odata_open_scan(request);
	if (cursor->finished)
		return list_make1("none: the condition selects no row");
	return list_make1(psprintf("GET %s", odata_render_page(request->table, &cursor->page) +
							   strlen(root) + 1));
}

/*
 * Requests
 */

static HttpTransfer *
start(const ODataCursor *cursor, const char *url)
{
	const RemoteTable *table = cursor_table(cursor);
	ODataRequest request = {.method = "GET", .url = url, .accept = odata_accept_json};

	if (additions[cursor->additions].page_size && !odata_table(table)->client_paging &&
		!odata_table(table)->singleton)
		request.prefer = psprintf("odata.maxpagesize=%d", cursor->base.request->page_size);
	return odata_start(table->server, &request);
}

static HttpResponse *
wait_for(ODataCursor *cursor, HttpTransfer *transfer)
{
	TimestampTz begin = GetCurrentTimestamp();
	HttpResponse *response = transfer_wait(transfer);

	odata_count_response(&cursor->base.counters, response, begin);
	/* Some services put a byte order mark before their JSON (RFC 8259, 8.1). */
	if (response->body_len >= 3 && memcmp(response->body, "\xEF\xBB\xBF", 3) == 0)
	{
		response->body += 3;
		response->body_len -= 3;
	}
	return response;
}

HttpResponse *
odata_fetch(ODataCursor *cursor, const char *url, HttpTransfer *transfer)
{
	for (int attempt = 1;; attempt++)
	{
		HttpResponse *response = wait_for(cursor, transfer ? transfer : start(cursor, url));
		long		pause_ms;

		if (!odata_is_transient(response, &pause_ms) || attempt == MAX_ATTEMPTS)
			return response;
		transfer = NULL;
		cursor->base.counters.retries++;
		transport_pause(pause_ms > 0 ? pause_ms : 100L << attempt);
	}
}

bool
odata_is_success(const HttpResponse *response)
{
	return response->outcome == HTTP_ANSWERED && response->status == 200;
}

/* A first request may be refused only for what is in it besides the columns. */
static bool
may_be_refused_additions(const ODataCursor *cursor, const HttpResponse *response)
{
	return response->outcome == HTTP_ANSWERED &&
		(response->status == 400 || response->status == 500 || response->status == 501) &&
		cursor->base.counters.pages == 0;
}

/* The next smaller set of additions that is another request; -1 = none. */
static int
less_additions(const ODataCursor *cursor)
{
	int			number = cursor->additions + 1;

	while (number < (int) lengthof(additions) && !additions[number].filter &&
		   cursor->filter[0] == '\0')
		number++;
	return number < (int) lengthof(additions) ? number : -1;
}

/* The answer is right without the condition, but it may be far too much. */
static void
warn_of_refused_filter(const ODataCursor *cursor, const char *refusal)
{
	ereport(WARNING,
			(errmsg("server \"%s\" refused the condition of %s, so all of it is read",
					cursor_table(cursor)->server->name, cursor->attempted),
			 errdetail("%s", refusal ? refusal : "It gave no reason."),
			 errhint("Set the option filterable to false for the column that it cannot filter by.")));
}

/* Send a request of ours and wait; raises unless it succeeds. */
static HttpResponse *
request_page(ODataCursor *cursor)
{
	const RemoteTable *table = cursor_table(cursor);
	char	   *url = odata_render_page(table, &cursor->page);
	HttpResponse *response = odata_fetch(cursor, url, NULL);
	const char *refusal = NULL;
	int			first = cursor->additions;

	/* Only what fails twice is taken for more than a passing fault. */
	if (response->status == 500 && may_be_refused_additions(cursor, response))
	{
		cursor->base.counters.retries++;
		response = odata_fetch(cursor, url, NULL);
	}
	while (may_be_refused_additions(cursor, response) && less_additions(cursor) >= 0)
	{
		if (additions[cursor->additions].filter)
			refusal = odata_error_message(response);
		use_additions(cursor, less_additions(cursor));
		choose_top(cursor);
		url = odata_render_page(table, &cursor->page);
		response = odata_fetch(cursor, url, NULL);
	}
	if (!odata_is_success(response))
		odata_raise(table->server, response, cursor->attempted);
	if (!additions[cursor->additions].filter)
		warn_of_refused_filter(cursor, refusal);
	else if (cursor->additions != first)
		remember_additions(table, cursor->additions);
	cursor->request_url = MemoryContextStrdup(cursor->context, url);
	return response;
}

/* The page that the next link leads to; it may be on its way already. */
static HttpResponse *
follow_link(ODataCursor *cursor)
{
	HttpResponse *response = odata_fetch(cursor, cursor->next_url, cursor->ahead);

	if (!odata_is_success(response))
		odata_raise(cursor_table(cursor)->server, response, cursor->attempted);
	cursor->request_url = cursor->next_url;
	cursor->next_url = NULL;
	return response;
}

/*
 * Going on
 */

/* One key value of an entity as a literal, from the page that "attnos" describes. */
static char *
key_literal(const ODataCursor *cursor, const RowPage *page, int position, int attno)
{
	const JsonValue *value = &page->values[(Size) (page->nrows - 1) * page->ncolumns + position];

	if (value->text == NULL || strspn(value->text, "-0123456789") != strlen(value->text))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_REPLY_HANDLE),
				 errmsg("a row from %s has no integer for key column \"%s\"", cursor->source,
						cursor_table(cursor)->columns[attno - 1].name)));
	return MemoryContextStrdup(cursor->context, value->text);
}

/* Where in a row of a page of entities a key column is. */
static int
key_position(const ODataCursor *cursor, int attno)
{
	int			position = 0;
	ListCell   *lc;

	foreach(lc, cursor->page.attnos)
	{
		if (lfirst_int(lc) == attno)
			break;
		if (column_info(cursor_table(cursor), lfirst_int(lc))->of_entity)
			position++;
	}
	return position;
}

/* The literals of the last entity's key. */
static char **
last_key(const ODataCursor *cursor, const RowPage *entities)
{
	List	   *keys = table_info(cursor_table(cursor))->keys;
	char	  **literals = MemoryContextAlloc(cursor->context, sizeof(char *) * list_length(keys));
	ListCell   *lc;

	foreach(lc, keys)
		literals[foreach_current_index(lc)] =
			key_literal(cursor, entities, key_position(cursor, lfirst_int(lc)), lfirst_int(lc));
	return literals;
}

static void
raise_no_progress(const ODataCursor *cursor)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_REPLY_HANDLE),
			 errmsg("%s answers with the same page again", cursor->source),
			 errhint("The service seems to ignore $filter and $skip. If what it gives at once is all there is, set the option \"unsupported\" of the server or table to 'filter, skip, count'.")));
}

/* There is no way to ask for more: an error if there is more to be had. */
static void
finish_unable(ODataCursor *cursor)
{
	cursor->finished = true;
	if (cursor->entities < cursor->total)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_REPLY_HANDLE),
				 errmsg("%s gave " INT64_FORMAT " of " INT64_FORMAT " entities and no next link",
						cursor->source, cursor->entities, cursor->total),
				 errhint("The rest could be asked for by $skip, which the option \"unsupported\" rules out.")));
}

/* Let our next request begin after the last entity read. */
static void
go_on_after(ODataCursor *cursor, const RowPage *entities)
{
	const ODataTable *info = odata_table(cursor_table(cursor));
	char	  **before = cursor->page.after_key;
	bool		moved = false;

	cursor->page.count = false;
	if (!cursor->by_key)
	{
		if (!can(cursor, ODATA_SKIP))
			finish_unable(cursor);
		cursor->page.skip = cursor->entities;
		return;
	}
	cursor->page.after_key = last_key(cursor, entities);
	for (int i = 0; before != NULL && i < list_length(info->base.keys); i++)
		moved = moved || strcmp(before[i], cursor->page.after_key[i]) != 0;
	if (before != NULL && !moved)
		raise_no_progress(cursor);
}

/* Note where the scan goes on, or that it is at its end. */
static void
advance(ODataCursor *cursor, const RowPage *page, const RowPage *entities)
{
	const ODataTable *info = odata_table(cursor_table(cursor));
	const char *link = odata_captured(page, CAPTURE_NEXT);
	const char *count = odata_captured(page, CAPTURE_COUNT);

	cursor->base.counters.pages++;
	cursor->entities += entities->nrows;
	if (count != NULL && cursor->total < 0)
		cursor->total = strtoll(count, NULL, 10);
	if (link != NULL && !info->client_paging)
		cursor->next_url = MemoryContextStrdup(cursor->context,
											   odata_resolve_link(cursor, page, cursor->request_url, link));
	else if (info->singleton || entities->nrows == 0 ||
			 (cursor->total >= 0 && cursor->entities >= cursor->total))
		cursor->finished = true;
	else
		go_on_after(cursor, entities);
}

/*
 * Pages
 */

static void
drop_ahead(ODataCursor *cursor)
{
	if (cursor->ahead_context != NULL)
		MemoryContextDelete(cursor->ahead_context);
	cursor->ahead_context = NULL;
	cursor->ahead = NULL;
}

/*
 * Ask for the page behind the next link while this one is being read; under a
 * LIMIT not before the first page has turned out not to do.
 */
static void
read_ahead(ODataCursor *cursor)
{
	MemoryContext old;

	if (cursor->next_url == NULL ||
		(cursor->base.request->rows_wanted > 0 && cursor->base.counters.pages < 2))
		return;
	cursor->ahead_context = AllocSetContextCreate(cursor->context, "stockbridge page ahead",
												  ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(cursor->ahead_context);
	cursor->ahead = start(cursor, cursor->next_url);
	MemoryContextSwitchTo(old);
}

RowPage *
odata_next_page(ScanCursor *base)
{
	ODataCursor *cursor = (ODataCursor *) base;
	HttpResponse *response;
	RowPage    *page;

	if (base->request->grouping != NULL)
		return odata_next_groups(base);
	if (cursor->remainders != NIL)
		return odata_next_of_collection(cursor);
	if (cursor->finished)
		return NULL;
	if (cursor->next_url == NULL)
		choose_top(cursor);
	response = cursor->next_url ? follow_link(cursor) : request_page(cursor);
	page = odata_parse_page(cursor, cursor->shape, response);
	advance(cursor, page, odata_read_entities(cursor, response, page));
	base->at_end = cursor->finished && cursor->remainders == NIL;
	drop_ahead(cursor);
	read_ahead(cursor);
	return page;
}

/* Entities by offset; what a service pages of its own accord makes the sample smaller. */
RowPage *
odata_sample_page(ScanCursor *base, int64 number)
{
	ODataCursor *cursor = (ODataCursor *) base;
	RowPage    *page;
	HttpResponse *response;

	if (!can(cursor, ODATA_SKIP) || !can(cursor, ODATA_TOP))
		return NULL;
	cursor->page.count = false;
	cursor->page.top = base->request->page_size;
	cursor->page.skip = number * base->request->page_size;
	response = request_page(cursor);
	page = odata_parse_page(cursor, cursor->shape, response);
	cursor->base.counters.pages++;
	return page;
}
