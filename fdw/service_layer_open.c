/*
 * service_layer_open.c
 *		The beginning of a scan: in which order, with which filter, in how many
 *		parts, and what EXPLAIN shows of it.
 *
 * Sends nothing.
 */
#include "postgres.h"

#include "odata.h"
#include "option.h"
#include "service_layer_cursor.h"

/*
 * Whole entities may be large, documents with many lines above all; as they are
 * read only to be written, each by a request of its own, short pages do.
 */
#define WHOLE_PAGE_SIZE		50

/* Rows that the company leaves out or cuts off cannot be rechecked. */
static bool
is_bounded(const ScanRequest *request)
{
	return request->offset > 0 || request->limit > 0;
}

/* Columns asked for plus those that tell where in the order a row is. */
static List *
needed_attnos(const ScanRequest *request, List *order)
{
	List	   *attnos = list_copy(request->attnos);
	ListCell   *lc;

	foreach(lc, order)
		attnos = list_append_unique_int(attnos, ((ScanOrder *) lfirst(lc))->attno);
	if (attnos != NIL)
		return attnos;
	for (int i = 0; i < request->table->ncolumns; i++)
		if (request->table->columns[i].name != NULL)
			return list_make1_int(i + 1);
	return NIL;
}

static RowShape *
make_shape(const ServiceLayerCursor *cursor)
{
	const RemoteTable *table = cursor_table(cursor);
	const TableInfo *info = table_info(table);
	List	   *next_links = list_make2("/odata.nextLink", "/@odata.nextLink");
	List	   *pointers = NIL;
	ListCell   *lc;

	foreach(lc, cursor->position.attnos)
		pointers = lappend(pointers, table->columns[lfirst_int(lc) - 1].pointer);
	/* The ETag's name in either version; settle_versions makes one column of them. */
	if (cursor->position.whole)
		pointers = list_concat(pointers, list_make2("/odata.etag", "/@odata.etag"));
	return row_shape_create(info->nested ? psprintf("/value/*/%s/*", info->collection) : "/value/*",
							pointers, next_links);
}

/* Where the scan starts and in which order. */
static void
open_position(ServiceLayerCursor *cursor)
{
	const ScanRequest *request = cursor->base.request;
	const TableInfo *info = table_info(request->table);
	PagePosition *position = &cursor->position;

	cursor->by_key = info->keys != NIL && !info->nested &&
		!(is_crossjoin(info) && service_layer_refuses_crossjoin_order(request->table->server));
	if (cursor->by_key || info->nested || request->order != NIL)
		position->order = odata_full_order(request);
	position->attnos = needed_attnos(request, position->order);
	position->whole = request->with_version;
	position->filter = makeStringInfo();
	position->skip = request->offset;
	position->must_filter = is_bounded(request);
}

/*
 * The first page under a LIMIT has the rows that it wants.  If they did not do,
 * a condition checked here keeps few of them, and pages are of full size.
 */
void
service_layer_choose_page_size(ServiceLayerCursor *cursor)
{
	const ScanRequest *request = cursor->base.request;
	int			size = Min(request->page_size, cursor->page_cap);

	if (request->with_version)
		size = Min(size, WHOLE_PAGE_SIZE);
	if (request->rows_wanted > 0 && cursor->base.counters.pages == 0)
		size = Min(size, request->rows_wanted);
	cursor->position.top = 0;
	if (request->limit > 0 && request->limit - cursor->rows <= size)
		cursor->position.top = size = (int) (request->limit - cursor->rows);
	cursor->position.page_size = size;
}

/*
 * A value of a list that has no literal of its own asks for all rows, or for
 * some of another value's: such a list cannot be taken apart.
 */
static bool
has_literals(const RemoteTable *table, const ValueList *list)
{
	for (int i = 0; i < list->nvalues; i++)
	{
		Predicate	one = *list->leaf;
		StringInfoData text;
		bool		exact;

		one.values = list_make1(list->values[i]);
		initStringInfo(&text);
		if (odata_deparse_predicate(&text, &one, table, column_request_name,
									service_layer_comparison, &exact) == FILTER_ALL || !exact)
			return false;
		pfree(text.data);
	}
	return true;
}

/*
 * The list of a request that is to be asked for in parts.  They come one after
 * the other, so there is no order over all of them; and if reading the table
 * takes fewer requests, the table is read.
 */
static ValueList *
split_list(const ScanRequest *request)
{
	ValueList  *list = NULL;

	if (request->predicate != NULL && request->order == NIL &&
		!is_bounded(request))
		list = value_list_create(request->predicate);
	if (list == NULL || !has_literals(request->table, list))
		return NULL;
	if (request->table_rows > 0 &&
		(list->nvalues - 1) / PREDICATE_MAX_LIST > request->table_rows / request->page_size)
		return NULL;
	return list;
}

/* Write the filter of a request, or of the part at hand; true if it can select anything. */
static bool
write_filter(ServiceLayerCursor *cursor, const Predicate *predicate, bool *exact)
{
	resetStringInfo(cursor->position.filter);
	return odata_deparse_predicate(cursor->position.filter, predicate, cursor_table(cursor),
								   column_request_name, service_layer_comparison,
								   exact) != FILTER_NONE;
}

bool
service_layer_start_part(ServiceLayerCursor *cursor)
{
	ValueList  *list = cursor->list;
	MemoryContext old = MemoryContextSwitchTo(cursor->context);
	bool		selects = false;

	cursor->position.after = cursor->last_place = NULL;
	cursor->position.skip = 0;
	cursor->anchored_rows = 0;
	while (!selects && value_list_take(list, PREDICATE_MAX_LIST))
	{
		selects = write_filter(cursor, list->predicate, NULL);
		while (selects && list->next - list->first > 1 &&
			   !service_layer_page_fits(cursor_table(cursor), &cursor->position))
		{
			value_list_shorten(list, (list->next - list->first) / 2);
			selects = write_filter(cursor, list->predicate, NULL);
		}
	}
	MemoryContextSwitchTo(old);
	return selects;
}

/* Whether there is anything to ask for, and if so whether it can be asked exactly. */
static void
open_filter(ServiceLayerCursor *cursor)
{
	const ScanRequest *request = cursor->base.request;
	bool		exact = true;

	cursor->list = split_list(request);
	if (cursor->list != NULL)
		cursor->finished = !service_layer_start_part(cursor);
	else if (request->predicate != NULL)
		cursor->finished = !write_filter(cursor, request->predicate, &exact);
	if (!exact && cursor->position.must_filter)
		cursor->base.declined = "a value of the condition cannot be sent as it is";
	else if (is_bounded(request) && !service_layer_page_fits(request->table, &cursor->position))
		cursor->base.declined = "the condition is too long to be sent";
}

ScanCursor *
service_layer_open_scan(const ScanRequest *request)
{
	ServiceLayerCursor *cursor;
	const RemoteServer *server = request->table->server;

	if (request->grouping != NULL)
		return service_layer_open_groups(request);
	cursor = palloc0(sizeof(ServiceLayerCursor));
	cursor->base.request = request;
	cursor->context = CurrentMemoryContext;
	cursor->source = odata_source(request->table);
	cursor->attempted = psprintf("reading entity set %s", table_info(request->table)->entity);
	cursor->sessions = (int) option_int(server->options, "sessions");
	cursor->page_cap = PG_INT32_MAX;
	open_position(cursor);
	service_layer_choose_page_size(cursor);
	open_filter(cursor);
	if (table_info(request->table)->is_join && !cursor->by_key)
		cursor->base.declined = "the server does not order the rows of a $crossjoin";
	if (cursor->list != NULL)
		cursor->position.attnos = list_append_unique_int(cursor->position.attnos,
														 cursor->list->leaf->attno);
	cursor->shape = make_shape(cursor);
	return &cursor->base;
}

List *
service_layer_describe_scan(const ScanRequest *request)
{
	ServiceLayerCursor *cursor;
	ServiceLayerRequest call = {0};
	const char *root = request->table->server->url;
	char	   *text;

	if (request->grouping != NULL)
		return service_layer_describe_groups(request);
	cursor = (ServiceLayerCursor *) service_layer_open_scan(request);
	if (cursor->base.declined != NULL && is_bounded(request))
	{
		/* Bounds that are declined are kept here. */
		ScanRequest unbounded = *request;

		unbounded.offset = unbounded.limit = 0;
		return service_layer_describe_scan(&unbounded);
	}
	if (cursor->finished)
		return list_make1("none: the condition selects no row");
	if (!service_layer_render_page(request->table, &cursor->position, &call))
		return list_make1("none: the condition is too long to be sent");
	text = psprintf("%s %s", call.method, call.url + strlen(root) + 1);
	if (call.body != NULL)
		text = psprintf("%s %s", text, call.body);
	if (cursor->list != NULL && cursor->list->next < cursor->list->nvalues)
		return list_make2(text, psprintf("the same for the other %d of %d values",
										 cursor->list->nvalues - cursor->list->next,
										 cursor->list->nvalues));
	return list_make1(text);
}
