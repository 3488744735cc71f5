/*
 * ims_table.c
 *		From a table's options to its struct.
 *
 * Everything that can be wrong in an option is found here, when the table is
 * opened for planning, and named by option and table.  Structs live in the
 * current context.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "ims_option.h"
#include "option.h"

static const ImsWord paging_words[] = {
	{"none", IMS_PAGE_NONE}, {"page", IMS_PAGE_NUMBER},
	{"offset", IMS_PAGE_OFFSET}, {"cursor", IMS_PAGE_CURSOR},
	{"link", IMS_PAGE_LINK}, {"next_url", IMS_PAGE_NEXT_URL}, {NULL, 0}
};

static const ImsWord end_words[] = {
	{"short", IMS_END_SHORT}, {"total", IMS_END_TOTAL},
	{"pages", IMS_END_PAGES}, {"flag", IMS_END_FLAG},
	{"status", IMS_END_STATUS}, {NULL, 0}
};

static const ImsWord since_words[] = {
	{"server", IMS_SINCE_SERVER}, {"newest_first", IMS_SINCE_NEWEST_FIRST},
	{"window", IMS_SINCE_WINDOW}, {NULL, 0}
};

/* "METHOD /path?query" into its two halves; returns the method. */
static char *
parse_request(const char *text, TemplateScope scope, const char *option, Template **url)
{
	size_t		len = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
	const char *path = text + len + strspn(text + len, " \t");

	if (len == 0 || path == text + len || *path != '/')
		ims_bad_option(option, text,
					   "A request is a method and a path below the server's url, as in \"GET /stock?limit={limit}\".");
	*url = ims_compile(path, TEMPLATE_PATH, scope, option);
	return pnstrdup(text, len);
}

static void
parse_body(ImsTable *table, List *options)
{
	const char *body = remote_option(options, "body");
	const char *type = option_text(options, "body_type");

	table->form_body = type && strcmp(type, "form") == 0;
	if (body)
		table->body = ims_compile(body, table->form_body ? TEMPLATE_QUERY : TEMPLATE_JSON,
									   TEMPLATE_IN_REQUEST, "body");
}

/* "rows", and "explode" below each of them. */
static void
parse_rows(ImsTable *table, List *options)
{
	const char *rows = option_text(options, "rows");
	const char *explode = remote_option(options, "explode");

	table->rows = pstrdup(rows ? rows : "/*");
	if (explode == NULL)
		return;
	if (*explode != '/')
		ims_bad_option("explode", explode, "A pointer inside of a row is expected, as in \"/levels/*\".");
	table->outer_rows = table->rows;
	table->rows = psprintf("%s%s%s", table->outer_rows, explode,
						   strchr(explode, '*') ? "" : "/*");
}

/* "short", "total:/pointer", "pages:/pointer", "flag:/pointer", "status:N". */
static void
parse_page_end(ImsTable *table, const char *text)
{
	const char *colon;
	char	   *word;

	if (text == NULL)
		text = "short";
	colon = strchr(text, ':');
	word = colon ? pnstrdup(text, colon - text) : pstrdup(text);
	table->end = ims_word_value(end_words, word, "page_end");
	if ((colon != NULL) != (table->end != IMS_END_SHORT))
		ims_bad_option("page_end", text, "Expected short, total:/pointer, pages:/pointer, flag:/pointer or status:N.");
	if (table->end == IMS_END_STATUS)
		table->end_status = ims_parse_integer(colon + 1, "page_end");
	else if (colon)
		table->end_place = ims_parse_place(colon + 1, "page_end");
}

static bool
table_uses(const ImsTable *table, const char *placeholder)
{
	return template_find(table->url, placeholder) || template_find(table->body, placeholder);
}

/* A way of paging needs the placeholder that turns the page. */
static void
check_paging(const ImsTable *table, const char *owner)
{
	const char *missing = NULL;

	if (table->paging == IMS_PAGE_NONE && table_uses(table, "limit"))
		missing = "a way to ask for the next page, or a request without {limit}";
	else if (table->paging == IMS_PAGE_OFFSET && !table_uses(table, "offset"))
		missing = "{offset} in its request or body";
	else if (table->paging == IMS_PAGE_NUMBER && !table_uses(table, "page"))
		missing = "{page} in its request or body";
	else if (table->paging == IMS_PAGE_CURSOR && !table_uses(table, "cursor"))
		missing = "{cursor} in its request or body";
	else if ((table->paging == IMS_PAGE_CURSOR || table->paging == IMS_PAGE_NEXT_URL) &&
			 table->page_next == NULL)
		missing = "the option page_next";
	else if ((table->paging == IMS_PAGE_OFFSET || table->paging == IMS_PAGE_NUMBER) &&
			 table->end == IMS_END_SHORT && !table_uses(table, "limit"))
		missing = "{limit} in its request or body, or a page_end other than short";
	if (missing)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_OPTION_NAME_NOT_FOUND),
				 errmsg("%s cannot be paged as its option \"page\" says", owner),
				 errhint("It needs %s.", missing)));
}

static void
parse_paging(ImsTable *table, List *options)
{
	const char *page = option_text(options, "page");
	const char *start = remote_option(options, "page_start");
	const char *next = remote_option(options, "page_next");
	const char *size = remote_option(options, "page_size");

	if (size == NULL)
		size = ims_server_option(table->server, "page_size");
	table->page_size = Max(1, ims_parse_integer(size, "page_size"));
	table->paging = ims_word_value(paging_words, page ? page : "none", "page");
	table->page_start = start ? ims_parse_integer(start, "page_start")
		: (table->paging == IMS_PAGE_NUMBER ? 1 : 0);
	table->page_next = ims_parse_place(next, "page_next");
	parse_page_end(table, remote_option(options, "page_end"));
	table->empty_status = ims_parse_statuses(remote_option(options, "empty_status"), "empty_status");
}

/* Where filters go decides how their templates are compiled. */
static void
find_filter_place(ImsTable *table)
{
	const TemplateRef *ref = template_find(table->url, "filters");

	if (ref == NULL)
		ref = template_find(table->body, "filters");
	if (ref == NULL)
		return;
	if (ref->place != TEMPLATE_QUERY && ref->place != TEMPLATE_JSON)
		ims_bad_option("request", table->request_text,
						 "{filters} stands in a query, in a form or in a JSON array.");
	table->has_filters = true;
	table->filter_place = ref->place;
}

/* Columns that the request cannot do without. */
static void
find_bound_columns(RemoteTable *remote, ImsTable *table)
{
	List	   *names = list_concat(template_arguments(table->url, "col"),
									template_arguments(table->body, "col"));
	ListCell   *lc;

	foreach(lc, names)
		table->bound = list_append_unique_int(table->bound,
											  ims_column_by_name(remote, lfirst(lc), "request")->attno);
}

/* Columns named by an option, as a list of int. */
static List *
named_columns(RemoteTable *remote, const char *option)
{
	List	   *attnos = NIL;
	ListCell   *lc;

	foreach(lc, ims_split(remote_option(remote->options, option), ","))
		attnos = list_append_unique_int(attnos,
										ims_column_by_name(remote, lfirst(lc), option)->attno);
	return attnos;
}

static void
parse_since(RemoteTable *remote, ImsTable *table)
{
	const char *since = remote_option(remote->options, "since");
	const char *mode = remote_option(remote->options, "since_mode");
	const char *overlap = remote_option(remote->options, "since_overlap");
	const char *window = remote_option(remote->options, "since_window");
	const RemoteColumn *column;

	table->since_mode = ims_word_value(since_words, mode ? mode : "server", "since_mode");
	table->since_overlap = overlap ? ims_parse_duration(overlap, "since_overlap") * INT64CONST(1000) : 0;
	table->since_window = window ? ims_parse_duration(window, "since_window") * INT64CONST(1000) : 0;
	if ((table->since_mode == IMS_SINCE_WINDOW) != (table->since_window > 0))
		ims_bad_option("since_window", window ? window : "",
					   "It goes with since_mode window, and must be longer than nothing.");
	/* Kept differences are found by their time. */
	for (int i = 0; table->derived && since == NULL && i < remote->ncolumns; i++)
		if (remote->columns[i].name && strcmp(remote->columns[i].name, "happened_at") == 0)
			since = "happened_at";
	if (since == NULL)
	{
		if (mode || overlap)
			ims_bad_option(mode ? "since_mode" : "since_overlap", mode ? mode : overlap,
						   "Name the column that it is about in the option since.");
		return;
	}
	column = ims_column_by_name(remote, since, "since");
	table->since = column->attno;
	if ((table->since_mode != IMS_SINCE_SERVER || table->since_overlap > 0) &&
		column->type != TIMESTAMPTZOID && column->type != TIMESTAMPOID)
		ims_bad_option("since", since, "A column of a timestamp type is expected.");
}

/* What is taken where an answer has rows of arrays, or none of its own. */
static void
parse_source(ImsTable *table, const RemoteTable *remote)
{
	List	   *options = remote->options;
	const char *request = remote_option(options, "request");
	const char *derived = remote_option(options, "derived");

	table->members = ims_split(remote_option(options, "union"), ",");
	table->derived = derived && strcmp(derived, "true") == 0;
	if ((request != NULL) + (table->members != NIL) + table->derived != 1)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_OPTION_NAME_NOT_FOUND),
				 errmsg("%s needs one of the options request, union and derived", remote->name),
				 errhint("A request reads rows, as in \"GET /stock?limit={limit}\"; a union names other tables; derived movements are differences of stock.")));
	table->request_text = pstrdup(request ? request : "");
	if (request)
		table->method = parse_request(request, TEMPLATE_IN_REQUEST, "request", &table->url);
}

static void
parse_throttle(ImsTable *table, List *options)
{
	const char *batch = remote_option(options, "batch");

	table->rates = ims_parse_rates(remote_option(options, "rate"));
	table->batch = batch ? ims_parse_integer(batch, "batch") : 1;
	table->ok = table->server->ok;
	if (remote_option(options, "ok"))
		table->ok = strcmp(remote_option(options, "ok"), "http") == 0 ? NULL
			: ims_parse_condition(remote_option(options, "ok"), "ok");
}

/* ---- writing ---- */

static const struct
{
	CmdType		operation;
	const char *request;
	const char *body;
}			write_options[] =
{
	{CMD_INSERT, "insert", "insert_body"},
	{CMD_UPDATE, "update", "update_body"},
	{CMD_DELETE, "delete", "delete_body"},
};

/* Every column that a write names must be there. */
static void
check_written_columns(const RemoteTable *remote, const Template *template, const char *option)
{
	ListCell   *lc;

	foreach(lc, template_arguments(template, "col"))
		ims_column_by_name(remote, lfirst(lc), option);
}

static void
parse_writes(RemoteTable *remote, ImsTable *table)
{
	List	   *options = remote->options;
	TemplatePlace place = table->form_body ? TEMPLATE_QUERY : TEMPLATE_JSON;

	for (size_t i = 0; i < lengthof(write_options); i++)
	{
		ImsWrite   *write = &table->write[write_options[i].operation];
		const char *request = remote_option(options, write_options[i].request);
		const char *body = remote_option(options, write_options[i].body);

		if (request == NULL)
			continue;
		write->method = parse_request(request, TEMPLATE_IN_WRITE, write_options[i].request, &write->url);
		if (body)
			write->body = ims_compile(body, place, TEMPLATE_IN_WRITE, write_options[i].body);
		check_written_columns(remote, write->url, write_options[i].request);
		check_written_columns(remote, write->body, write_options[i].body);
	}
	table->write_headers = ims_parse_headers(remote_option(options, "write_headers"),
											 TEMPLATE_IN_WRITE, "write_headers");
	table->write_ok = ims_parse_condition(remote_option(options, "write_ok"), "write_ok");
	table->result = remote_option(options, "result") ? pstrdup(remote_option(options, "result")) : NULL;
	table->result_key = remote_option(options, "result_key") ? pstrdup(remote_option(options, "result_key")) : NULL;
	for (int i = 0; i < remote->ncolumns; i++)
		if (remote->columns[i].name && option_bool(remote->columns[i].options, "key"))
			table->key = lappend_int(table->key, i + 1);
}

void
ims_table_open(RemoteTable *remote)
{
	ImsTable   *table = palloc0(sizeof(ImsTable));
	const char *from = remote_option(remote->options, "from");
	const char *names = remote_option(remote->options, "columns_ptr");

	table->server = ims_server_open(remote->server);
	parse_source(table, remote);
	parse_body(table, remote->options);
	parse_rows(table, remote->options);
	parse_paging(table, remote->options);
	check_paging(table, remote->name);
	parse_throttle(table, remote->options);
	find_filter_place(table);
	table->names = names ? pstrdup(names) : NULL;
	table->from = from ? pstrdup(from) : NULL;
	remote->remote = table;
	remote->server->page_size = table->page_size;
	for (int i = 0; i < remote->ncolumns; i++)
		if (remote->columns[i].name)
			ims_column_open(table, &remote->columns[i]);
	find_bound_columns(remote, table);
	table->required = named_columns(remote, "require");
	table->group_by = named_columns(remote, "group_by");
	parse_since(remote, table);
	parse_writes(remote, table);
}
