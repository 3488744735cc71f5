/*
 * service_layer.c
 *		The connector of sap_b1_fdw: scans over a Business One Service Layer.
 *
 * A table is an entity set, or the line collection of one.  Lines are read as
 * rows of their own through $crossjoin, the only join there is (SL §3.3), or,
 * where no property links them, by unfolding whole documents here.
 *
 * Paging: the server pages by offset and without a snapshot (SL §4), so rows
 * move between pages while others come and go.  Where the key of a table is
 * known we ask for that order and continue after the last key; only a server
 * that refuses $orderby on $crossjoin is read by offset.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "connector.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "nodes/value.h"
#include "odata.h"
#include "option.h"
#include "rowset.h"
#include "service_layer.h"
#include "service_layer_import.h"
#include "service_layer_private.h"
#include "utils/memutils.h"

/* Beyond this a URL may be refused (SL §3.5); a query can then be posted. */
#define MAX_URL_LENGTH		6000

/* Reads are tried this often when the fault is of the passing kind. */
#define MAX_ATTEMPTS		4

/* What a foreign table's options say, once per opening. */
typedef struct TableInfo
{
	const char *entity;			/* "Items" */
	const char *collection;		/* "ItemWarehouseInfoCollection", NULL = none */
	bool		nested;			/* unfold documents instead of $crossjoin */
	const char *parent_key;		/* property linking entity and collection */
	List	   *keys;			/* of int: attributes that identify a row */
} TableInfo;

/* What a column's options say. */
typedef struct ColumnInfo
{
	const char *property;		/* "ItemCode", "TaxExtension/TaxId0" */
	bool		of_entity;		/* else of the collection */
	char	   *request_name;	/* as $filter and $orderby call it */
} ColumnInfo;

typedef struct ServiceLayerCursor
{
	ScanCursor	base;
	MemoryContext context;		/* lives as long as the scan */
	RowShape   *shape;
	char	   *attempted;		/* "reading entity set Items": for messages */
	char	   *source;			/* "server "b1", entity set Items" */
	List	   *attnos;			/* of int: columns asked for, keys included */
	StringInfoData filter;		/* the predicate, without paging */
	bool		by_key;
	char	  **last_key;		/* literals of the last row's key, NULL at first */
	int64		skip;
	int			page_size;		/* of the next page; grows after a small first one */
	bool		finished;
} ServiceLayerCursor;

static TableInfo *
table_info(const RemoteTable *table)
{
	return table->remote;
}

static ColumnInfo *
column_info(const RemoteTable *table, int attno)
{
	return table->columns[attno - 1].remote;
}

static const char *
request_name(const RemoteColumn *column)
{
	return ((ColumnInfo *) column->remote)->request_name;
}

static bool
is_crossjoin(const TableInfo *info)
{
	return info->collection != NULL && !info->nested;
}

/* Where in a row of the answer a column is. */
static char *
column_pointer(const TableInfo *info, const ColumnInfo *column)
{
	const char *slash = column->property;

	if (info->collection == NULL)
		return psprintf("/%s", slash);
	if (info->nested)
		return psprintf(column->of_entity ? "../%s" : "/%s", slash);
	if (column->of_entity)
		return psprintf("/%s/%s", info->entity, slash);
	return psprintf("/%s~1%s/%s", info->entity, info->collection, slash);
}

static void
open_column(const TableInfo *info, RemoteColumn *column)
{
	ColumnInfo *remote = palloc0(sizeof(ColumnInfo));
	const char *of = remote_option(column->options, "of");
	const char *type = remote_option(column->options, "type");

	remote->property = remote_option(column->options, "property");
	if (remote->property == NULL)
		remote->property = column->name;
	remote->of_entity = info->collection == NULL || (of != NULL && strcmp(of, "entity") == 0);
	if (!is_crossjoin(info))
		remote->request_name = pstrdup(remote->property);
	else if (remote->of_entity)
		remote->request_name = psprintf("%s/%s", info->entity, remote->property);
	else
		remote->request_name = psprintf("%s/%s/%s", info->entity, info->collection,
										remote->property);
	column->remote = remote;
	column->pointer = column_pointer(info, remote);
	if (type != NULL && strcmp(type, "BoYesNoEnum") == 0)
		column->decode = decode_by_name("yes_no");
}

static void
service_layer_open_table(RemoteTable *table)
{
	TableInfo  *info = palloc0(sizeof(TableInfo));
	const char *via = remote_option(table->options, "via");

	info->entity = remote_require_option(table->options, "entity", table->name);
	info->collection = remote_option(table->options, "collection");
	info->nested = via != NULL && strcmp(via, "nested") == 0;
	table->remote = info;
	if (is_crossjoin(info))
		info->parent_key = remote_require_option(table->options, "parent_key", table->name);
	for (int i = 0; i < table->ncolumns; i++)
	{
		RemoteColumn *column = &table->columns[i];

		if (column->name == NULL)
			continue;
		open_column(info, column);
		if (option_bool(column->options, "key"))
			info->keys = lappend_int(info->keys, column->attno);
	}
}

/*
 * Nested rows carry columns of two objects, and a filter on the collection
 * cannot be expressed (SL §3.1).
 */
static bool
service_layer_can_ship(const RemoteTable *table, const RemoteColumn *column,
					   PredicateOp op, Oid value_type, Oid collation, bool negated)
{
	ColumnInfo *remote = column->remote;

	if (table_info(table)->nested && !remote->of_entity)
		return false;
	return odata_can_ship(table, column, op, value_type, collation, negated);
}

/*
 * Entity sets are read in the order of their key.  That of text is the
 * remote's collation; $crossjoin may be read without order (see below).
 */
static AttrNumber
service_layer_row_order(const RemoteTable *table)
{
	const TableInfo *info = table_info(table);
	AttrNumber	attno;

	if (info->collection != NULL || list_length(info->keys) != 1)
		return 0;
	attno = linitial_int(info->keys);
	return table->columns[attno - 1].type == INT4OID ? attno : 0;
}

/* Append the distinct members that $select needs of one operand. */
static void
append_select(StringInfo buf, const ServiceLayerCursor *cursor, bool of_entity)
{
	const RemoteTable *table = cursor->base.request->table;
	List	   *seen = NIL;
	ListCell   *lc;

	foreach(lc, cursor->attnos)
	{
		ColumnInfo *column = column_info(table, lfirst_int(lc));
		char	   *member = pnstrdup(column->property, strcspn(column->property, "/"));

		if (column->of_entity == of_entity)
			seen = list_append_unique(seen, makeString(member));
	}
	if (table_info(table)->parent_key != NULL && of_entity)
		seen = list_append_unique(seen, makeString(pstrdup(table_info(table)->parent_key)));
	foreach(lc, seen)
		appendStringInfo(buf, "%s%s", foreach_current_index(lc) ? "," : "", strVal(lfirst(lc)));
}

/* The continuation after the last key: (a gt x or (a eq x and (b gt y or …))). */
static void
append_after_key(StringInfo buf, const ServiceLayerCursor *cursor)
{
	const RemoteTable *table = cursor->base.request->table;
	List	   *keys = table_info(table)->keys;
	int			open = 0;
	ListCell   *lc;

	foreach(lc, keys)
	{
		const char *name = column_info(table, lfirst_int(lc))->request_name;
		const char *literal = cursor->last_key[foreach_current_index(lc)];

		appendStringInfo(buf, "(%s gt %s", name, literal);
		open++;
		if (foreach_current_index(lc) < list_length(keys) - 1)
		{
			appendStringInfo(buf, " or (%s eq %s and ", name, literal);
			open++;
		}
	}
	while (open-- > 0)
		appendStringInfoChar(buf, ')');
}

/* $filter: the join, the predicate, the continuation. */
static char *
render_filter(const ServiceLayerCursor *cursor)
{
	const TableInfo *info = table_info(cursor->base.request->table);
	StringInfoData buf;

	initStringInfo(&buf);
	if (is_crossjoin(info))
		appendStringInfo(&buf, "%s/%s eq %s/%s/%s", info->entity, info->parent_key,
						 info->entity, info->collection, info->parent_key);
	if (cursor->filter.len > 0)
		appendStringInfo(&buf, "%s%s", buf.len ? " and " : "", cursor->filter.data);
	if (cursor->by_key && cursor->last_key != NULL)
	{
		if (buf.len)
			appendStringInfoString(&buf, " and ");
		append_after_key(&buf, cursor);
	}
	return buf.data;
}

static char *
render_order(const ServiceLayerCursor *cursor)
{
	const RemoteTable *table = cursor->base.request->table;
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, table_info(table)->keys)
		appendStringInfo(&buf, "%s%s", foreach_current_index(lc) ? "," : "",
						 column_info(table, lfirst_int(lc))->request_name);
	return buf.data;
}

/* The columns: $select of an entity set, $expand of the operands of a join. */
static char *
render_columns(const ServiceLayerCursor *cursor)
{
	const TableInfo *info = table_info(cursor->base.request->table);
	StringInfoData entity;
	StringInfoData lines;

	initStringInfo(&entity);
	initStringInfo(&lines);
	append_select(&entity, cursor, true);
	if (info->collection == NULL)
		return entity.data;
	if (info->nested)
		return psprintf("%s%s%s", entity.data, entity.len ? "," : "", info->collection);
	append_select(&lines, cursor, false);
	if (lines.len == 0)
		appendStringInfoString(&lines, info->parent_key);
	return psprintf("%s($select=%s),%s/%s($select=%s)", info->entity, entity.data,
					info->entity, info->collection, lines.data);
}

static char *
render_path(const TableInfo *info)
{
	if (!is_crossjoin(info))
		return pstrdup(info->entity);
	return psprintf("$crossjoin(%s,%s/%s)", info->entity, info->entity, info->collection);
}

/* Query options of the next page, each through "append". */
static void
append_options(StringInfo url, const ServiceLayerCursor *cursor,
			   void (*append) (StringInfo, const char *, const char *))
{
	const TableInfo *info = table_info(cursor->base.request->table);
	char	   *filter = render_filter(cursor);

	append(url, is_crossjoin(info) ? "$expand" : "$select", render_columns(cursor));
	if (*filter)
		append(url, "$filter", filter);
	if (info->keys != NIL && (cursor->by_key || info->nested))
		append(url, "$orderby", render_order(cursor));
	if (cursor->skip > 0)
		append(url, "$skip", psprintf(INT64_FORMAT, cursor->skip));
}

/* For QueryService_PostQuery: the options as they are, not URL-encoded. */
static void
append_plain(StringInfo buf, const char *name, const char *value)
{
	appendStringInfo(buf, "%s%s=%s", buf->len ? "&" : "", name, value);
}

/* Fill in the request of the next page; false if it must be posted but cannot. */
static bool
render_request(const ServiceLayerCursor *cursor, ServiceLayerRequest *call)
{
	const RemoteTable *table = cursor->base.request->table;
	StringInfoData url;
	StringInfoData options;
	StringInfoData body;

	initStringInfo(&url);
	appendStringInfo(&url, "%s/%s", table->server->url, render_path(table_info(table)));
	append_options(&url, cursor, odata_append_query);
	call->method = "GET";
	call->url = url.data;
	call->headers = list_make1(psprintf("Prefer: odata.maxpagesize=%d", cursor->page_size));
	if (url.len <= MAX_URL_LENGTH)
		return true;

	/*
	 * Whether posted options are URL-decoded is not documented (SL §3.3): a
	 * text that would differ is not posted.
	 */
	if (!is_crossjoin(table_info(table)) || strpbrk(cursor->filter.data, "&%#+") != NULL)
		return false;
	initStringInfo(&options);
	append_options(&options, cursor, append_plain);
	initStringInfo(&body);
	appendStringInfoString(&body, "{\"QueryPath\":");
	json_append_string(&body, render_path(table_info(table)));
	appendStringInfoString(&body, ",\"QueryOption\":");
	json_append_string(&body, options.data);
	appendStringInfoChar(&body, '}');
	call->method = "POST";
	call->url = psprintf("%s/QueryService_PostQuery", table->server->url);
	call->body = body.data;
	return true;
}

/* The request of the next page; a filter that does not fit is left to us. */
static void
prepare_request(ServiceLayerCursor *cursor, ServiceLayerRequest *call)
{
	if (render_request(cursor, call))
		return;
	resetStringInfo(&cursor->filter);
	(void) render_request(cursor, call);
}

static List *
service_layer_describe_scan(const ScanRequest *request)
{
	ServiceLayerCursor *cursor =
		(ServiceLayerCursor *) service_layer_connector.open_scan(request);
	ServiceLayerRequest call = {0};
	const char *root = request->table->server->url;
	char	   *text;

	if (cursor->finished)
		return list_make1("none: the condition selects no row");
	prepare_request(cursor, &call);
	text = psprintf("%s %s", call.method, call.url + strlen(root) + 1);
	if (call.body != NULL)
		text = psprintf("%s %s", text, call.body);
	return list_make1(text);
}

/* Columns asked for plus the keys that paging needs. */
static List *
needed_attnos(const ScanRequest *request)
{
	List	   *attnos = list_copy(request->attnos);
	ListCell   *lc;

	foreach(lc, table_info(request->table)->keys)
		attnos = list_append_unique_int(attnos, lfirst_int(lc));
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
	const RemoteTable *table = cursor->base.request->table;
	const TableInfo *info = table_info(table);
	List	   *pointers = NIL;
	ListCell   *lc;

	foreach(lc, cursor->attnos)
		pointers = lappend(pointers, table->columns[lfirst_int(lc) - 1].pointer);
	return row_shape_create(info->nested ? psprintf("/value/*/%s/*", info->collection) : "/value/*",
							pointers,
							list_make2("/odata.nextLink", "/@odata.nextLink"));
}

/* Whether a server has refused $orderby on $crossjoin before (SL §4). */
static List *unordered_servers = NIL;

static ScanCursor *
service_layer_open_scan(const ScanRequest *request)
{
	ServiceLayerCursor *cursor = palloc0(sizeof(ServiceLayerCursor));
	const TableInfo *info = table_info(request->table);
	FilterExtent extent = FILTER_ALL;

	cursor->base.request = request;
	cursor->context = CurrentMemoryContext;
	cursor->attnos = needed_attnos(request);
	cursor->source = psprintf("server \"%s\", entity set %s", request->table->server->name,
							  info->entity);
	cursor->attempted = psprintf("reading entity set %s", info->entity);
	initStringInfo(&cursor->filter);
	if (request->predicate != NULL)
		extent = odata_deparse_predicate(&cursor->filter, request->predicate,
										 request->table, request_name);
	cursor->finished = extent == FILTER_NONE;
	cursor->page_size = request->page_size;
	if (request->rows_wanted > 0)
		cursor->page_size = Min(request->page_size, request->rows_wanted);
	cursor->by_key = info->keys != NIL && !info->nested &&
		!(is_crossjoin(info) &&
		  list_member_oid(unordered_servers, request->table->server->serverid));
	cursor->shape = make_shape(cursor);
	return &cursor->base;
}

/* A fault that goes away by itself; reads may simply be asked again. */
static bool
is_transient(const HttpResponse *response)
{
	if (response->outcome != HTTP_ANSWERED)
		return response->failure == HTTP_FAILURE_BROKEN;
	return response->status == 500 || response->status == 502 ||
		response->status == 503 || response->status == 504;
}

/* Send the request of a page, again while faults are transient. */
static HttpResponse *
fetch(ServiceLayerCursor *cursor, const ServiceLayerRequest *call, bool *login_failed)
{
	const RemoteServer *server = cursor->base.request->table->server;
	ScanCounters *counters = &cursor->base.counters;
	HttpResponse *response;

	for (int attempt = 1;; attempt++)
	{
		response = service_layer_send(server, call, login_failed);
		counters->requests++;
		counters->bytes += response->wire_bytes;
		counters->wait_ms += (response->ended_at - response->sent_at) / 1000.0;
		if (*login_failed || !is_transient(response) || attempt == MAX_ATTEMPTS)
			return response;
		/* Every request on a broken session answers 500 (SL §1.2). */
		if (response->status == 500)
			service_layer_forget_session(server);
		counters->retries++;
		transport_pause(100L << attempt);
	}
}

/* A posted query answers with JSON, or with a JSON string that holds it. */
static void
unwrap_text(const char **json, size_t *len)
{
	size_t		blank = strspn(*json, " \t\r\n");

	if ((*json)[blank] == '"')
	{
		char	   *inner = json_scalar(*json, *len, "");

		if (inner != NULL)
		{
			*json = pg_server_to_any(inner, strlen(inner), PG_UTF8);
			*len = strlen(*json);
		}
	}
}

static RowPage *
parse_page(const ServiceLayerCursor *cursor, const HttpResponse *response)
{
	const char *json = response->body;
	size_t		len = response->body_len;
	RowPage    *page;

	unwrap_text(&json, &len);
	page = row_shape_parse(cursor->shape, json, len, cursor->source);
	if (!page->rows_found)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_REPLY_HANDLE),
				 errmsg("answer from %s has no member \"value\"", cursor->source),
				 errhint("Check that the option \"url\" points to a Service Layer.")));
	return page;
}

/* The key of a page's last row as literals, in the scan's context. */
static char **
last_key_of(const ServiceLayerCursor *cursor, const RowPage *page)
{
	List	   *keys = table_info(cursor->base.request->table)->keys;
	MemoryContext old = MemoryContextSwitchTo(cursor->context);
	char	  **literals = palloc(sizeof(char *) * list_length(keys));
	ListCell   *lc;

	foreach(lc, keys)
	{
		int			position = 0;
		const JsonValue *value;
		StringInfoData literal;

		while (list_nth_int(cursor->attnos, position) != lfirst_int(lc))
			position++;
		value = &page->values[(Size) (page->nrows - 1) * page->ncolumns + position];
		if (value->text == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_REPLY_HANDLE),
					 errmsg("a row from %s has no value for key column \"%s\"", cursor->source,
							cursor->base.request->table->columns[lfirst_int(lc) - 1].name)));
		initStringInfo(&literal);
		if (value->kind == JSON_KIND_NUMBER)
			appendStringInfoString(&literal, value->text);
		else
			odata_append_string(&literal, value->text);
		literals[foreach_current_index(lc)] = literal.data;
	}
	MemoryContextSwitchTo(old);
	return literals;
}

static void
raise_no_progress(const ServiceLayerCursor *cursor)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_REPLY_HANDLE),
			 errmsg("%s answers with the same page again", cursor->source),
			 errhint("The server seems to ignore $filter or $skip; the result would never end.")));
}

/* Continue after the last key; a page that does not move on is an error. */
static void
advance_by_key(ServiceLayerCursor *cursor, const RowPage *page)
{
	char	  **key;
	bool		moved = cursor->last_key == NULL;

	if (page->nrows == 0)
		raise_no_progress(cursor);
	key = last_key_of(cursor, page);
	for (int i = 0; !moved && i < list_length(table_info(cursor->base.request->table)->keys); i++)
		moved = strcmp(key[i], cursor->last_key[i]) != 0;
	if (!moved)
		raise_no_progress(cursor);
	cursor->last_key = key;
}

/* Only the number after "skip=" of a next link is used (SL §4). */
static void
advance_by_offset(ServiceLayerCursor *cursor, const char *next_link)
{
	const char *found = strstr(next_link, "skip=");
	int64		skip = found ? strtoll(found + 5, NULL, 10) : 0;

	if (skip <= cursor->skip)
		raise_no_progress(cursor);
	cursor->skip = skip;
}

/* Note where the next page starts, or that there is none. */
static void
advance(ServiceLayerCursor *cursor, const RowPage *page)
{
	const char *next_link = page->captures[0].text ? page->captures[0].text
		: page->captures[1].text;

	/* If the first rows did not do, the condition kept few of them. */
	cursor->page_size = Min((int64) cursor->page_size * 4, cursor->base.request->page_size);
	if (next_link == NULL)
		cursor->finished = true;
	else if (cursor->by_key)
		advance_by_key(cursor, page);
	else
		advance_by_offset(cursor, next_link);
}

/* A first page refused with 400 may be refused only for the order we add. */
static bool
may_be_refused_order(const ServiceLayerCursor *cursor, const HttpResponse *response)
{
	return response->outcome == HTTP_ANSWERED && response->status == 400 &&
		cursor->by_key && cursor->last_key == NULL &&
		is_crossjoin(table_info(cursor->base.request->table));
}

/* Read this server's joins by offset from now on. */
static void
remember_unordered(const RemoteServer *server)
{
	MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);

	unordered_servers = list_append_unique_oid(unordered_servers, server->serverid);
	MemoryContextSwitchTo(old);
}

/* Send the request of the next page; raises unless it succeeds. */
static HttpResponse *
request_page(ServiceLayerCursor *cursor)
{
	const RemoteServer *server = cursor->base.request->table->server;
	ServiceLayerRequest call = {0};
	HttpResponse *response;
	bool		login_failed;
	bool		without_order = false;

	prepare_request(cursor, &call);
	response = fetch(cursor, &call, &login_failed);
	if (!login_failed && may_be_refused_order(cursor, response))
	{
		cursor->by_key = false;
		without_order = true;
		prepare_request(cursor, &call);
		response = fetch(cursor, &call, &login_failed);
	}
	if (login_failed || response->outcome != HTTP_ANSWERED || response->status != 200)
		service_layer_raise(server, response, login_failed, cursor->attempted);
	if (without_order)
		remember_unordered(server);
	return response;
}

static RowPage *
service_layer_next_page(ScanCursor *base)
{
	ServiceLayerCursor *cursor = (ServiceLayerCursor *) base;
	RowPage    *page;

	if (cursor->finished)
		return NULL;
	page = parse_page(cursor, request_page(cursor));
	base->counters.pages++;
	advance(cursor, page);
	return page;
}

const Connector service_layer_connector = {
	.wrapper = "sap_b1_fdw",
	.open_table = service_layer_open_table,
	.can_ship = service_layer_can_ship,
	.row_order = service_layer_row_order,
	.describe_scan = service_layer_describe_scan,
	.open_scan = service_layer_open_scan,
	.next_page = service_layer_next_page,
	.import_schema = service_layer_import,
};
