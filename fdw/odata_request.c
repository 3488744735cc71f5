/*
 * odata_request.c
 *		Requests to a service of OData V4: URLs, headers, and what errors mean.
 *
 * There is no login: who we are goes with every request, and every request
 * goes to the origin of the server's URL.  Answers are asked for in version
 * 4.0 (Part 1, 8.2.7), with numbers that doubles do not hold as strings.
 */
#include "postgres.h"

#include "compat.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "nodes/value.h"
#include "odata.h"
#include "odata_service.h"
#include "rowset.h"

/*
 * What servers take without being told to take more: IIS stops at 2,048
 * characters of query, others at 4,096 or 8,192.
 */
#define MAX_URL_LENGTH		2000

/* Longest wait that a service may ask for before a read is repeated. */
#define MAX_PAUSE_SECONDS	60

const char *const odata_accept_json =
	"application/json;odata.metadata=minimal;IEEE754Compatible=true, "
	"application/json;odata.metadata=minimal;q=0.9, application/json;q=0.8";

/*
 * URLs
 */

/* What $select calls the property of a path: it, or the cast that it is behind. */
static char *
selected_member(const char *path)
{
	size_t		len = strcspn(path, "/");

	if (path[len] == '/' && memchr(path, '.', len) != NULL)
		len += 1 + strcspn(path + len + 1, "/");
	return pnstrdup(path, len);
}

/* The distinct members that columns of the entity, or of its collection, need. */
static List *
members_of(const RemoteTable *table, List *attnos, bool of_entity)
{
	List	   *members = NIL;
	ListCell   *lc;

	foreach(lc, attnos)
	{
		const ColumnInfo *column = column_info(table, lfirst_int(lc));

		if (column->of_entity == of_entity)
			members = list_append_unique(members, makeString(selected_member(column->property)));
	}
	return members;
}

static char *
join(List *members, const char *separator)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, members)
		appendStringInfo(&buf, "%s%s", foreach_current_index(lc) ? separator : "",
						 strVal(lfirst(lc)));
	return buf.data;
}

/* $select of the entity, and $expand of a collection that is not part of it. */
static void
append_columns(StringInfo url, const RemoteTable *table, const ODataPage *page)
{
	const ODataTable *info = odata_table(table);
	List	   *members = members_of(table, page->attnos, true);
	List	   *inner = NIL;

	if (info->base.collection != NULL && info->via != ODATA_VIA_EXPAND)
		members = list_append_unique(members, makeString(selected_member(info->base.collection)));
	if (members != NIL && page->select)
		odata_append_query(url, "$select", join(members, ","));
	if (info->base.collection == NULL || info->via != ODATA_VIA_EXPAND)
		return;
	if (page->select)
		inner = members_of(table, page->attnos, false);
	odata_append_query(url, "$expand",
					   inner == NIL ? info->base.collection
					   : psprintf("%s($select=%s)", info->base.collection, join(inner, ",")));
}

/* The continuation after the last key: (a gt x or (a eq x and (b gt y or …))). */
static void
append_after_key(StringInfo buf, const RemoteTable *table, const ODataPage *page)
{
	List	   *keys = table_info(table)->keys;
	int			open = 0;
	ListCell   *lc;

	foreach(lc, keys)
	{
		const char *name = column_info(table, lfirst_int(lc))->request_name;
		const char *literal = page->after_key[foreach_current_index(lc)];

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

static void
append_filter(StringInfo url, const RemoteTable *table, const ODataPage *page)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoString(&buf, page->filter);
	if (page->after_key != NULL)
	{
		if (buf.len > 0)
			appendStringInfoString(&buf, " and ");
		append_after_key(&buf, table, page);
	}
	if (buf.len > 0)
		odata_append_query(url, "$filter", buf.data);
}

static char *
render_order(const RemoteTable *table, List *order)
{
	List	   *names = NIL;
	ListCell   *lc;

	foreach(lc, order)
	{
		const ScanOrder *item = lfirst(lc);

		names = lappend(names, makeString(psprintf("%s%s",
												   column_info(table, item->attno)->request_name,
												   item->descending ? " desc" : "")));
	}
	return join(names, ",");
}

char *
odata_render_page(const RemoteTable *table, const ODataPage *page)
{
	StringInfoData url;

	initStringInfo(&url);
	appendStringInfo(&url, "%s/%s", table->server->url, url_encode(table_info(table)->entity));
	append_columns(&url, table, page);
	append_filter(&url, table, page);
	if (page->order != NIL)
		odata_append_query(&url, "$orderby", render_order(table, page->order));
	if (page->count)
		odata_append_query(&url, "$count", "true");
	if (page->top > 0)
		odata_append_query(&url, "$top", psprintf("%d", page->top));
	if (page->skip > 0)
		odata_append_query(&url, "$skip", psprintf(INT64_FORMAT, page->skip));
	return url.data;
}

bool
odata_url_fits(const char *url)
{
	return strlen(url) <= MAX_URL_LENGTH;
}

/*
 * Sending
 */

/* Authorization by user and password (RFC 7617), in UTF-8. */
static char *
basic_header(const char *user, const char *password)
{
	char	   *pair = psprintf("%s:%s", user, password ? password : "");
	char	   *utf8 = pg_server_to_any(pair, strlen(pair), PG_UTF8);

	return psprintf("Authorization: Basic %s", compat_base64(utf8, strlen(utf8)));
}

/*
 * Who we are, as the user mapping has it; nothing without one.  Its option
 * "headers" goes with every request by itself.
 */
static char *
identity_header(const RemoteServer *server)
{
	const char *user = remote_option(server->user_options, "user");
	const char *token = remote_option(server->user_options, "token");

	if (token != NULL)
		return psprintf("Authorization: Bearer %s", token);
	if (user != NULL)
		return basic_header(user, remote_option(server->user_options, "password"));
	return NULL;
}

static void
add_header(List **headers, const char *name, const char *value)
{
	if (value != NULL)
		*headers = lappend(*headers, psprintf("%s: %s", name, value));
}

HttpTransfer *
odata_start(const RemoteServer *server, const ODataRequest *request)
{
	HttpRequest http = {.method = request->method, .url = request->url};
	char	   *identity = identity_header(server);

	http.is_write = strcmp(request->method, "GET") != 0;
	if (identity != NULL)
		http.headers = lappend(http.headers, identity);
	add_header(&http.headers, "Accept", request->accept);
	add_header(&http.headers, "OData-MaxVersion", "4.0");
	add_header(&http.headers, "Prefer", request->prefer);
	add_header(&http.headers, "If-Match", request->version);
	if (request->body != NULL)
	{
		add_header(&http.headers, "OData-Version", "4.0");
		add_header(&http.headers, "Content-Type", request->strings
				   ? "application/json;IEEE754Compatible=true" : "application/json");
		http.body = request->body;
		http.body_len = strlen(request->body);
	}
	return transfer_start(&server->transport, &http);
}

bool
odata_is_transient(const HttpResponse *response, long *pause_ms)
{
	const char *wait;

	*pause_ms = 0;
	if (response->outcome != HTTP_ANSWERED)
		return response->failure == HTTP_FAILURE_BROKEN;
	if (response->status != 429 && response->status != 502 &&
		response->status != 503 && response->status != 504)
		return false;
	wait = http_header(response, "Retry-After");
	if (wait != NULL && wait[0] >= '0' && wait[0] <= '9')
		*pause_ms = Min(strtol(wait, NULL, 10), MAX_PAUSE_SECONDS) * 1000L;
	return true;
}

/*
 * Errors
 */

/* What a status means here, and what to do about it. */
static const struct
{
	int			status;
	int			sqlstate;
	const char *hint;
}			statuses[] = {
	{400, ERRCODE_FDW_ERROR, "The text is the service's own. A query option that it lacks can be named in the option \"unsupported\" of the server or table; if its data model has changed, import it again."},
	{401, ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION, "Check user and password, token or headers in the user mapping."},
	{403, ERRCODE_INSUFFICIENT_PRIVILEGE, "The service knows who asks and does not allow it. Check the rights of that user there."},
	{404, ERRCODE_FDW_TABLE_NOT_FOUND, "Check that the server's option \"url\" is the root of the service, and the table's option \"entity\"."},
	{405, ERRCODE_FDW_TABLE_NOT_FOUND, "The service declares this set but does not serve it by itself; its entities may be a collection of another one."},
	{406, ERRCODE_FDW_ERROR, "The service does not answer in JSON, so it cannot be read."},
	{409, ERRCODE_UNIQUE_VIOLATION, "It contradicts what is there, often an entity of the same key."},
	{412, ERRCODE_T_R_SERIALIZATION_FAILURE, "Somebody has changed the entity since it was read. Run the statement again: it then starts from the present state."},
	{410, ERRCODE_FDW_ERROR, "The next page has expired. Lower \"page_size\", or set the server's option \"paging\" to client."},
	{414, ERRCODE_FDW_ERROR, "The condition is too long for the service. Use a shorter list."},
	{429, ERRCODE_FDW_ERROR, "The service asks to be called less often. Try again later."},
	{501, ERRCODE_FDW_ERROR, "Name what the service does not support in the option \"unsupported\" of the server or table."},
};

static int
status_sqlstate(int status)
{
	for (size_t i = 0; i < lengthof(statuses); i++)
		if (statuses[i].status == status)
			return statuses[i].sqlstate;
	return ERRCODE_FDW_ERROR;
}

static const char *
status_hint(int status)
{
	for (size_t i = 0; i < lengthof(statuses); i++)
		if (statuses[i].status == status)
			return statuses[i].hint;
	if (status >= 300 && status < 400)
		return "Redirects are not followed. Put the final address into the option \"url\".";
	return "The fault is at the service or before it. See its log.";
}

void
odata_raise(const RemoteServer *server, const HttpResponse *response, const char *attempted)
{
	char	   *message;
	char	   *code;

	remote_raise_failure(server, response, attempted);
	code = json_scalar(response->body, response->body_len, "/error/code");
	message = odata_error_message(response);
	if (message == NULL)
		message = psprintf("HTTP status %d with a body that is no OData error", response->status);
	ereport(ERROR,
			(errcode(status_sqlstate(response->status)),
			 errmsg("server \"%s\" refused %s: %s", server->name, attempted, message),
			 errdetail("HTTP status %d, error code %s.", response->status,
					   code && *code ? code : "none"),
			 errhint("%s", status_hint(response->status))));
}
