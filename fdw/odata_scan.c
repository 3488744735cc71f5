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

#include "link.h"
#include "odata.h"
#include "odata_service.h"
#include "rowset.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* Reads are tried this often when the fault is of the passing kind. */
#define MAX_ATTEMPTS		5

/* What is noted of an answer besides its rows; the pairs are of 4.0 and 4.01. */
typedef enum Capture
{
	CAPTURE_NEXT, CAPTURE_NEXT_401,
	CAPTURE_COUNT, CAPTURE_COUNT_401,
	CAPTURE_CONTEXT, CAPTURE_CONTEXT_401,
	CAPTURE_ERROR
} Capture;

static const char *const capture_pointers[] = {
	"/@odata.nextLink", "/@nextLink",
	"/@odata.count", "/@count",
	"/@odata.context", "/@context",
	"/error/message"
};

/* What remains of an entity's collection. */
typedef struct Remainder
{
	MemoryContext context;		/* owns this */
	char	   *url;
	JsonValue  *outer;			/* the entity's columns, in the order of page.attnos */
} Remainder;

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
	int			additions;		/* index into the array of that name */
	bool		by_key;			/* go on after the last key, else by $skip */
	int64		total;			/* entities in all, -1 = not known */
	int64		entities;		/* entities read */
	char	   *request_url;	/* of the page that was read last */
	char	   *next_url;		/* next link, NULL = there is none */
	MemoryContext ahead_context;	/* owns the transfer of next_url */
	HttpTransfer *ahead;		/* NULL = not started yet */
	List	   *remainders;		/* of Remainder * */
	bool		finished;		/* no more entities */
} ODataCursor;

/*
 * What we add to a request, less and less: a service that refuses it, or
 * breaks on it, is asked with less.
 */
static const struct
{
	bool		page_size;		/* Prefer: odata.maxpagesize */
	bool		order_and_count;	/* $orderby, $count */
}			additions[] = {
	{true, true},
	{false, true},
	{false, false},
};

/* Tables whose service takes less than all of it. */
typedef struct KnownAdditions
{
	Oid			relid;
	int			additions;		/* index into the array above */
} KnownAdditions;

static List *known_additions = NIL;	/* in TopMemoryContext */

static const RemoteTable *
cursor_table(const ODataCursor *cursor)
{
	return cursor->base.request->table;
}

static bool
can(const ODataCursor *cursor, int ability)
{
	return !(odata_table(cursor_table(cursor))->unsupported & ability);
}

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

static List *
captures(void)
{
	List	   *pointers = NIL;

	for (size_t i = 0; i < lengthof(capture_pointers); i++)
		pointers = lappend(pointers, unconstify(char *, capture_pointers[i]));
	return pointers;
}

/* Links to the rest of a collection, relative to its entity. */
static List *
link_pointers(const TableInfo *info)
{
	char	   *pointer = odata_path_pointer(info->collection);

	return list_make2(psprintf("%s@odata.nextLink", pointer), psprintf("%s@nextLink", pointer));
}

static void
make_shapes(ODataCursor *cursor)
{
	const RemoteTable *table = cursor_table(cursor);
	const TableInfo *info = table_info(table);
	const char *rows = odata_table(table)->singleton ? "" : "/value/*";
	List	   *all = NIL;
	List	   *of_entity = NIL;
	List	   *of_member = NIL;
	ListCell   *lc;

	foreach(lc, cursor->page.attnos)
	{
		char	   *pointer = table->columns[lfirst_int(lc) - 1].pointer;

		all = lappend(all, pointer);
		if (strncmp(pointer, "../", 3) == 0)
			of_entity = lappend(of_entity, pointer + 2);
		else
			of_member = lappend(of_member, pointer);
	}
	if (info->collection == NULL)
	{
		/* Behind all columns, where the executor expects it. */
		if (cursor->base.request->with_version)
			all = lappend(all, "/@odata.etag");
		cursor->shape = row_shape_create(rows, all, captures());
		return;
	}
	cursor->shape = row_shape_create(psprintf("%s%s/*", rows, odata_path_pointer(info->collection)),
									 all, captures());
	cursor->entity_shape = row_shape_create(rows, list_concat(of_entity, link_pointers(info)), NIL);
	cursor->member_shape = row_shape_create(rows, of_member, captures());
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

/* The order asked for, and in it that of the key, so that every row has its place. */
static List *
full_order(const ScanRequest *request)
{
	List	   *order = list_copy(request->order);
	Bitmapset  *attnos = NULL;
	ListCell   *lc;

	foreach(lc, order)
		attnos = bms_add_member(attnos, ((ScanOrder *) lfirst(lc))->attno);
	foreach(lc, table_info(request->table)->keys)
	{
		ScanOrder  *key = palloc0(sizeof(ScanOrder));

		key->attno = lfirst_int(lc);
		if (!bms_is_member(key->attno, attnos))
			order = lappend(order, key);
	}
	return order;
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
	page->order = NIL;
	if (request->order != NIL || (allowed && can(cursor, ODATA_ORDERBY)))
		page->order = full_order(request);
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
	page->filter = filter.data;
	use_additions(cursor, find_additions(table));
	if (!odata_url_fits(odata_render_page(table, page)))
		page->filter = "";
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
	cursor->page.top = can(cursor, ODATA_TOP) ? top : 0;
}

ScanCursor *
odata_open_scan(const ScanRequest *request)
{
	ODataCursor *cursor = palloc0(sizeof(ODataCursor));
	const char *entity = table_info(request->table)->entity;

	cursor->base.request = request;
	cursor->context = CurrentMemoryContext;
	cursor->source = psprintf("server \"%s\", entity set %s", request->table->server->name, entity);
	cursor->attempted = psprintf("reading entity set %s", entity);
	cursor->total = -1;
	open_page(cursor);
	choose_top(cursor);
	make_shapes(cursor);
	return &cursor->base;
}

List *
odata_describe_scan(const ScanRequest *request)
{
	ODataCursor *cursor = (ODataCursor *) odata_open_scan(request);
	const char *root = request->table->server->url;

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

	cursor->base.counters.wait_ms += (GetCurrentTimestamp() - begin) / 1000.0;
	cursor->base.counters.requests++;
	cursor->base.counters.bytes += response->wire_bytes;
	return response;
}

/* Send a request, again while faults are transient; "transfer" may be under way. */
static HttpResponse *
fetch(ODataCursor *cursor, const char *url, HttpTransfer *transfer)
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

static bool
is_success(const HttpResponse *response)
{
	return response->outcome == HTTP_ANSWERED && response->status == 200;
}

/* A first request may be refused only for what we add to it. */
static bool
may_be_refused_additions(const ODataCursor *cursor, const HttpResponse *response)
{
	return response->outcome == HTTP_ANSWERED &&
		(response->status == 400 || response->status == 500 || response->status == 501) &&
		cursor->base.counters.pages == 0 && cursor->additions + 1 < (int) lengthof(additions);
}

/* Send a request of ours and wait; raises unless it succeeds. */
static HttpResponse *
request_page(ODataCursor *cursor)
{
	const RemoteTable *table = cursor_table(cursor);
	char	   *url = odata_render_page(table, &cursor->page);
	HttpResponse *response = fetch(cursor, url, NULL);
	int			first = cursor->additions;

	while (may_be_refused_additions(cursor, response))
	{
		use_additions(cursor, cursor->additions + 1);
		url = odata_render_page(table, &cursor->page);
		response = fetch(cursor, url, NULL);
	}
	if (!is_success(response))
		odata_raise(table->server, response, cursor->attempted);
	if (cursor->additions != first)
		remember_additions(table, cursor->additions);
	cursor->request_url = MemoryContextStrdup(cursor->context, url);
	return response;
}

/* The page that the next link leads to; it may be on its way already. */
static HttpResponse *
follow_link(ODataCursor *cursor)
{
	HttpResponse *response = fetch(cursor, cursor->next_url, cursor->ahead);

	if (!is_success(response))
		odata_raise(cursor_table(cursor)->server, response, cursor->attempted);
	cursor->request_url = cursor->next_url;
	cursor->next_url = NULL;
	return response;
}

/*
 * Reading a page
 */

static const char *
captured(const RowPage *page, Capture capture)
{
	return page->captures[capture].text ? page->captures[capture].text
		: page->captures[capture + 1].text;
}

static RowPage *
parse_page(const ODataCursor *cursor, const RowShape *shape, const HttpResponse *response)
{
	RowPage    *page = row_shape_parse(shape, response->body, response->body_len, cursor->source);

	if (page->captures[CAPTURE_ERROR].text != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("%s failed while it was answering: %s", cursor->source,
						page->captures[CAPTURE_ERROR].text)));
	return page;
}

static void
check_value(const ODataCursor *cursor, const RowPage *page, const HttpResponse *response)
{
	if (page->rows_found || odata_table(cursor_table(cursor))->singleton ||
		json_scalar(response->body, response->body_len, "/value") != NULL)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FDW_REPLY_HANDLE),
			 errmsg("answer from %s has no member \"value\"", cursor->source),
			 errhint("Check that the server's option \"url\" is the root of a service of OData V4.")));
}

/*
 * The absolute URL of a link in an answer to "request_url".  Relative ones are
 * meant from the context of the answer, if it names one.
 */
static char *
resolve(const ODataCursor *cursor, const RowPage *page, const char *request_url, const char *link)
{
	const RemoteServer *server = cursor_table(cursor)->server;
	const char *context = captured(page, CAPTURE_CONTEXT);
	const char *base = context ? link_resolve(server->url, request_url, context) : NULL;
	char	   *url = link_resolve(server->url, base ? base : request_url, link);

	if (url == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("server \"%s\" names a next page that is not its own", server->name),
				 errdetail("The link is \"%s\".", pnstrdup(link, strnlen(link, 200))),
				 errhint("Requests go to scheme, host and port of the option \"url\" only. If these links are wrong because of a proxy, set the option \"paging\" to client.")));
	if (strcmp(url, request_url) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_REPLY_HANDLE),
				 errmsg("%s names a page as the next one of itself", cursor->source),
				 errhint("The result would never end.")));
	return url;
}

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
			 errhint("The service seems to ignore $filter or $skip; the result would never end.")));
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
			cursor->finished = true;
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
	const char *link = captured(page, CAPTURE_NEXT);
	const char *count = captured(page, CAPTURE_COUNT);

	cursor->base.counters.pages++;
	cursor->entities += entities->nrows;
	if (count != NULL && cursor->total < 0)
		cursor->total = strtoll(count, NULL, 10);
	if (link != NULL && !info->client_paging)
		cursor->next_url = MemoryContextStrdup(cursor->context,
											   resolve(cursor, page, cursor->request_url, link));
	else if (info->singleton || entities->nrows == 0 ||
			 (cursor->total >= 0 && cursor->entities >= cursor->total))
		cursor->finished = true;
	else
		go_on_after(cursor, entities);
}

/*
 * Collections
 */

static JsonValue
copy_value(const JsonValue *value)
{
	JsonValue	copy = *value;

	if (copy.text != NULL)
		copy.text = pstrdup(copy.text);
	return copy;
}

/* A copy of an entity's values that lives as long as its remainder. */
static JsonValue *
copy_outer(const ODataCursor *cursor, const RowPage *entities, int row)
{
	JsonValue  *outer = palloc0(sizeof(JsonValue) * Max(1, list_length(cursor->page.attnos)));
	const JsonValue *value = &entities->values[(Size) row * entities->ncolumns];
	ListCell   *lc;

	foreach(lc, cursor->page.attnos)
	{
		if (column_info(cursor_table(cursor), lfirst_int(lc))->of_entity)
			outer[foreach_current_index(lc)] = copy_value(value++);
	}
	return outer;
}

/* Keep a link to the rest of a collection for later. */
static void
add_remainder(ODataCursor *cursor, const RowPage *page, const char *request_url,
			  const char *link, const RowPage *entities, int row)
{
	char	   *url = resolve(cursor, page, request_url, link);
	MemoryContext context = AllocSetContextCreate(cursor->context, "stockbridge remainder",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	Remainder  *remainder = palloc(sizeof(Remainder));

	remainder->context = context;
	remainder->url = pstrdup(url);
	remainder->outer = copy_outer(cursor, entities, row);
	MemoryContextSwitchTo(cursor->context);
	cursor->remainders = lappend(cursor->remainders, remainder);
	MemoryContextSwitchTo(old);
}

/* The entities of a page, and what remains of their collections. */
static RowPage *
read_entities(ODataCursor *cursor, const HttpResponse *response, const RowPage *page)
{
	RowPage    *entities;

	if (cursor->entity_shape == NULL)
		return unconstify(RowPage *, page);
	entities = row_shape_parse(cursor->entity_shape, response->body, response->body_len,
							   cursor->source);
	for (int row = 0; row < entities->nrows; row++)
	{
		const JsonValue *links = &entities->values[(Size) (row + 1) * entities->ncolumns - 2];
		const char *link = links[0].text ? links[0].text : links[1].text;

		if (link != NULL)
			add_remainder(cursor, page, cursor->request_url, link, entities, row);
	}
	return entities;
}

/* Members on a page of their own, and the values of the entity that has them. */
static RowPage *
merge_outer(const ODataCursor *cursor, RowPage *members, const JsonValue *outer)
{
	int			ncolumns = list_length(cursor->page.attnos);
	const JsonValue *value = members->values;
	JsonValue  *values = palloc0(sizeof(JsonValue) * Max(1, (Size) members->nrows * ncolumns));

	for (int row = 0; row < members->nrows; row++)
	{
		for (int i = 0; i < ncolumns; i++)
		{
			int			attno = list_nth_int(cursor->page.attnos, i);

			values[(Size) row * ncolumns + i] =
				column_info(cursor_table(cursor), attno)->of_entity ? copy_value(&outer[i]) : *value++;
		}
	}
	members->values = values;
	members->ncolumns = ncolumns;
	return members;
}

/* The next page of a collection that did not come whole. */
static RowPage *
next_of_collection(ODataCursor *cursor)
{
	Remainder  *remainder = linitial(cursor->remainders);
	HttpResponse *response = fetch(cursor, remainder->url, NULL);
	RowPage    *page;
	const char *link;

	if (!is_success(response))
		odata_raise(cursor_table(cursor)->server, response, cursor->attempted);
	page = parse_page(cursor, cursor->member_shape, response);
	check_value(cursor, page, response);
	cursor->base.counters.pages++;
	page = merge_outer(cursor, page, remainder->outer);
	link = captured(page, CAPTURE_NEXT);
	if (link != NULL)
	{
		char	   *url = resolve(cursor, page, remainder->url, link);

		remainder->url = MemoryContextStrdup(remainder->context, url);
		return page;
	}
	cursor->remainders = list_delete_first(cursor->remainders);
	MemoryContextDelete(remainder->context);
	return page;
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

	if (cursor->remainders != NIL)
		return next_of_collection(cursor);
	if (cursor->finished)
		return NULL;
	if (cursor->next_url == NULL)
		choose_top(cursor);
	response = cursor->next_url ? follow_link(cursor) : request_page(cursor);
	page = parse_page(cursor, cursor->shape, response);
	check_value(cursor, page, response);
	advance(cursor, page, read_entities(cursor, response, page));
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
	page = parse_page(cursor, cursor->shape, response);
	check_value(cursor, page, response);
	cursor->base.counters.pages++;
	return page;
}
