/*
 * ims_table.c
 *		From options to the connector's structs.
 *
 * Everything that can be wrong in an option is found here, when the table is
 * opened for planning, and named by option and table.  Structs live in the
 * current context.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "ims.h"
#include "option.h"
#include "option_table.h"

/* A word of an option that stands for a value of an enum. */
typedef struct ImsWord
{
	const char *word;
	int			value;
} ImsWord;

static const ImsWord auth_words[] = {
	{"none", IMS_AUTH_NONE}, {"basic", IMS_AUTH_BASIC},
	{"headers", IMS_AUTH_HEADERS}, {"login", IMS_AUTH_LOGIN}, {NULL, 0}
};

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

static const ImsWord wait_units[] = {
	{"s", IMS_WAIT_SECONDS}, {"ms", IMS_WAIT_MILLISECONDS},
	{"epoch_s", IMS_WAIT_EPOCH_SECONDS}, {"epoch_ms", IMS_WAIT_EPOCH_MILLISECONDS},
	{NULL, 0}
};

/* Column options that hold a filter, and the comparison each is for. */
static const ImsWord filter_options[] = {
	{"filter_eq", PREDICATE_EQ}, {"filter_in", PREDICATE_IN},
	{"filter_ge", PREDICATE_GE}, {"filter_gt", PREDICATE_GT},
	{"filter_le", PREDICATE_LE}, {"filter_lt", PREDICATE_LT}, {NULL, 0}
};

static void
raise_bad_option(const char *option, const char *value, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
			 errmsg("invalid value \"%s\" for option \"%s\"", value, option),
			 hint ? errhint("%s", hint) : 0));
}

static int
word_value(const ImsWord *words, const char *word, const char *option)
{
	StringInfoData known;

	initStringInfo(&known);
	for (const ImsWord *w = words; w->word; w++)
	{
		if (strcmp(w->word, word) == 0)
			return w->value;
		appendStringInfo(&known, "%s%s", known.len ? ", " : "Allowed: ", w->word);
	}
	raise_bad_option(option, word, psprintf("%s.", known.data));
	return 0;					/* not reached */
}

List *
ims_split(const char *text, const char *separators)
{
	List	   *words = NIL;
	char	   *delimiters = psprintf(" \t\r\n%s", separators);

	while (text && *(text += strspn(text, delimiters)))
	{
		size_t		len = strcspn(text, delimiters);

		words = lappend(words, pnstrdup(text, len));
		text += len;
	}
	return words;
}

static int
parse_integer(const char *text, const char *option)
{
	char	   *end;
	long		value;

	errno = 0;
	value = strtol(text, &end, 10);
	if (errno || end == text || *end || value < 0 || value > PG_INT32_MAX)
		raise_bad_option(option, text, "A whole number is expected.");
	return (int) value;
}

static List *
parse_statuses(const char *text, const char *option)
{
	List	   *statuses = NIL;
	ListCell   *lc;

	foreach(lc, ims_split(text, ","))
		statuses = lappend_int(statuses, parse_integer(lfirst(lc), option));
	return statuses;
}

/* ---- server ---- */

const char *
ims_server_option(const ImsServer *server, const char *name)
{
	const char *value = remote_option(server->remote->options, name);

	if (value == NULL)
		value = remote_option(server->defaults, name);
	return value ? value : option_find(WRAPPER_IMS, OPTION_OF_SERVER, name)->default_value;
}

/* RFC 9110, token. */
#define HEADER_NAME_CHARACTERS \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~"

/* Header templates, one a line, "Name: template". */
static List *
parse_headers(const char *text, const char *option)
{
	List	   *headers = NIL;
	char	   *copy = text ? pstrdup(text) : NULL;
	char	   *state = NULL;

	for (char *line = copy ? strtok_r(copy, "\r\n", &state) : NULL; line;
		 line = strtok_r(NULL, "\r\n", &state))
	{
		while (*line == ' ' || *line == '\t')
			line++;
		if (*line == '\0')
			continue;
		if (line[strspn(line, HEADER_NAME_CHARACTERS)] != ':' || *line == ':')
			raise_bad_option(option, line, "Each line is a header as in \"Name: value\".");
		headers = lappend(headers, ims_compile(line, TEMPLATE_HEADER,
													TEMPLATE_IN_HEADER, option));
	}
	return headers;
}

/* "header NAME UNIT" or "body /pointer UNIT". */
static void
parse_throttle_wait(ImsServer *server)
{
	const char *text = ims_server_option(server, "throttle_wait");
	List	   *words = ims_split(text, "");

	if (list_length(words) != 3 ||
		(strcmp(linitial(words), "header") != 0 && strcmp(linitial(words), "body") != 0))
		raise_bad_option("throttle_wait", text,
						 "Expected \"header NAME UNIT\" or \"body /pointer UNIT\", UNIT being s, ms, epoch_s or epoch_ms.");
	server->wait_in_body = strcmp(linitial(words), "body") == 0;
	server->wait_name = lsecond(words);
	server->wait_unit = word_value(wait_units, lthird(words), "throttle_wait");
}

/* "http", or "/pointer=value". */
static void
parse_ok(ImsServer *server)
{
	const char *text = ims_server_option(server, "ok");
	const char *equals = strchr(text, '=');

	if (strcmp(text, "http") == 0)
		return;
	if (*text != '/' || equals == NULL)
		raise_bad_option("ok", text, "Expected \"http\", or a pointer and its value as in \"/code=0\".");
	server->ok_pointer = pnstrdup(text, equals - text);
	server->ok_value = pstrdup(equals + 1);
}

ImsServer *
ims_server_open(RemoteServer *remote)
{
	ImsServer  *server = palloc0(sizeof(ImsServer));
	List	   *own_or_defaults;

	server->remote = remote;
	server->profile = option_text(remote->options, "profile");
	server->defaults = ims_profile_options(server->profile);
	own_or_defaults = list_concat_copy(remote->options, server->defaults);
	server->auth = word_value(auth_words, ims_server_option(server, "auth"), "auth");
	server->headers = parse_headers(ims_server_option(server, "headers"), "headers");
	server->error_pointers = ims_split(ims_server_option(server, "error"), ",");
	server->null_values = ims_split(ims_server_option(server, "null_values"), ",");
	server->retry_reads = strcmp(ims_server_option(server, "retry_safe"), "none") != 0;
	server->throttle_status = parse_statuses(ims_server_option(server, "throttle_status"),
											 "throttle_status");
	server->throttle_max_wait_ms = option_duration_ms(own_or_defaults, "throttle_max_wait");
	parse_throttle_wait(server);
	parse_ok(server);
	return server;
}

/* ---- table ---- */

/* "METHOD /path?query" into its two halves. */
static void
parse_request(ImsTable *table, const char *text)
{
	size_t		len = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
	const char *path = text + len + strspn(text + len, " \t");

	if (len == 0 || path == text + len || *path != '/')
		raise_bad_option("request", text,
						 "A request is a method and a path below the server's url, as in \"GET /stock?limit={limit}\".");
	table->method = pnstrdup(text, len);
	table->request_text = pstrdup(text);
	table->url = ims_compile(path, TEMPLATE_PATH, TEMPLATE_IN_REQUEST, "request");
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
		raise_bad_option("explode", explode, "A pointer inside of a row is expected, as in \"/levels/*\".");
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
	table->end = word_value(end_words, word, "page_end");
	if ((colon != NULL) != (table->end != IMS_END_SHORT))
		raise_bad_option("page_end", text, "Expected short, total:/pointer, pages:/pointer, flag:/pointer or status:N.");
	if (table->end == IMS_END_STATUS)
		table->end_status = parse_integer(colon + 1, "page_end");
	else if (colon)
		table->end_pointer = pstrdup(colon + 1);
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
	table->page_size = Max(1, parse_integer(size, "page_size"));
	table->paging = word_value(paging_words, page ? page : "none", "page");
	table->page_start = start ? parse_integer(start, "page_start")
		: (table->paging == IMS_PAGE_NUMBER ? 1 : 0);
	table->page_next = next ? pstrdup(next) : NULL;
	parse_page_end(table, remote_option(options, "page_end"));
	table->empty_status = parse_statuses(remote_option(options, "empty_status"), "empty_status");
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
		raise_bad_option("request", table->request_text,
						 "{filters} stands in a query, in a form or in a JSON array.");
	table->has_filters = true;
	table->filter_place = ref->place;
}

/* ---- columns ---- */

RemoteColumn *
ims_column_by_name(const RemoteTable *table, const char *name, const char *option)
{
	List	   *names = NIL;
	const char *nearest;

	for (int i = 0; i < table->ncolumns; i++)
	{
		if (table->columns[i].name == NULL)
			continue;
		if (strcmp(table->columns[i].name, name) == 0)
			return &table->columns[i];
		names = lappend(names, table->columns[i].name);
	}
	nearest = nearest_name(name, names);
	ereport(ERROR,
			(errcode(ERRCODE_FDW_COLUMN_NAME_NOT_FOUND),
			 errmsg("option \"%s\" names column \"%s\", which %s does not have",
					option, name, table->name),
			 nearest ? errhint("Did you mean \"%s\"?", nearest) : 0));
	return NULL;				/* not reached */
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

/* The right side of a case: pointer, "-" and pointer, "null", or a literal. */
static void
parse_case_result(ImsCase *result, char *text)
{
	if (*text == '-' && text[1] == '/')
	{
		result->negate = true;
		text++;
	}
	if (*text == '/' || *text == '#' || strncmp(text, "../", 3) == 0)
		result->pointer = text;
	else if (strcmp(text, "null") != 0)
		result->literal = text;
}

/* "map": cases separated by ";", each "pattern = result". */
static List *
parse_map(const char *map, int npointers)
{
	List	   *cases = NIL;
	char	   *state = NULL;

	for (char *text = strtok_r(pstrdup(map), ";\r\n", &state); text;
		 text = strtok_r(NULL, ";\r\n", &state))
	{
		ImsCase    *one = palloc0(sizeof(ImsCase));
		char	   *equals = strchr(text, '=');
		List	   *result;

		if (text[strspn(text, " \t\r\n")] == '\0')
			continue;
		if (equals == NULL)
			raise_bad_option("map", text, "Cases are written \"pattern = result\", separated by \";\".");
		one->pattern = ims_split(pnstrdup(text, equals - text), "");
		result = ims_split(equals + 1, "");
		if (list_length(one->pattern) != npointers || list_length(result) != 1)
			raise_bad_option("map", text,
							 "A case has one word or \"*\" for each pointer of option \"by\", and one result: a literal, a pointer, or null.");
		parse_case_result(one, linitial(result));
		cases = lappend(cases, one);
	}
	return cases;
}

/* "sum": "/array /number" or "/array /number /member=value". */
static void
parse_sum(ImsColumn *column, const char *sum)
{
	List	   *words = ims_split(sum, "");
	char	   *equals = list_length(words) == 3 ? strchr(lthird(words), '=') : NULL;

	if (list_length(words) < 2 || list_length(words) > 3 ||
		(list_length(words) == 3 && equals == NULL))
		raise_bad_option("sum", sum,
						 "Expected the array, the number in an element, and possibly a condition, as in \"/moves /quantity /state=done\".");
	column->sum_array = linitial(words);
	column->sum_value = lsecond(words);
	if (equals == NULL)
		return;
	column->sum_if = pnstrdup(lthird(words), equals - (char *) lthird(words));
	column->sum_equals = equals + 1;
}

static void
parse_path(ImsColumn *column, const char *name, const char *path)
{
	if (path == NULL)
		column->path = column->by ? NULL : psprintf("/%s", json_pointer_escape(name));
	else if (strcmp(path, "@sent_at") == 0)
		column->sent_at = true;
	else if (strncmp(path, "@from:", 6) == 0)
		column->from = pstrdup(path + 6);
	else if (*path == '@' && strcmp(path, "@none") != 0)
		raise_bad_option("path", path, "Other than pointers there are \"@sent_at\", \"@from:COLUMN\" and \"@none\".");
	else if (*path != '@')
		column->path = pstrdup(path);
}

static void
parse_filters(ImsColumn *column, const ImsTable *table, List *options)
{
	for (const ImsWord *option = filter_options; option->word; option++)
	{
		const char *text = remote_option(options, option->word);
		Template   *filter;

		if (text == NULL)
			continue;
		if (!table->has_filters)
			raise_bad_option(option->word, text,
							 "The table's request has no place for it: write {filters} into its query or body.");
		filter = ims_compile(text, table->filter_place, TEMPLATE_IN_FILTER, option->word);
		/* Repeated conditions of a JSON domain would all have to be true. */
		if (option->value == PREDICATE_IN && table->filter_place == TEMPLATE_JSON &&
			!template_find(filter, "values"))
			raise_bad_option(option->word, text, "In a JSON body it takes the list, {values}.");
		column->filter[option->value] = filter;
	}
}

/* Times go out as ISO 8601 in UTC unless told otherwise; the rest as text. */
static ImsFormat
default_format(Oid type)
{
	return type == TIMESTAMPTZOID || type == TIMESTAMPOID ? IMS_FORMAT_ISO : IMS_FORMAT_TEXT;
}

static void
open_column(const ImsTable *table, RemoteColumn *remote)
{
	ImsColumn  *column = palloc0(sizeof(ImsColumn));
	const char *by = remote_option(remote->options, "by");
	const char *sum = remote_option(remote->options, "sum");
	const char *map = remote_option(remote->options, "map");
	const char *decode = remote_option(remote->options, "decode");
	const char *format = remote_option(remote->options, "format");

	if ((by == NULL) != (map == NULL))
		raise_bad_option(by ? "by" : "map", by ? by : map,
						 "The options by and map go together: pointers that choose, and the cases.");
	if (by)
	{
		column->by = ims_split(by, "");
		column->cases = parse_map(map, list_length(column->by));
	}
	if (sum)
		parse_sum(column, sum);
	else
		parse_path(column, remote->name, remote_option(remote->options, "path"));
	parse_filters(column, table, remote->options);
	column->format = format ? ims_format_by_name(format) : default_format(remote->type);
	if (decode && (remote->decode = decode_by_name(decode)) == NULL)
		raise_bad_option("decode", decode, psprintf("Decoders: %s.", decode_names()));
	remote->pointer = column->path;
	remote->remote = column;
}

void
ims_table_open(RemoteTable *remote)
{
	ImsTable   *table = palloc0(sizeof(ImsTable));
	const char *since = remote_option(remote->options, "since");
	const char *from = remote_option(remote->options, "from");

	table->server = ims_server_open(remote->server);
	parse_request(table, remote_require_option(remote->options, "request", remote->name));
	parse_body(table, remote->options);
	parse_rows(table, remote->options);
	parse_paging(table, remote->options);
	check_paging(table, remote->name);
	find_filter_place(table);
	table->from = from ? pstrdup(from) : NULL;
	remote->remote = table;
	remote->server->page_size = table->page_size;
	for (int i = 0; i < remote->ncolumns; i++)
		if (remote->columns[i].name)
			open_column(table, &remote->columns[i]);
	find_bound_columns(remote, table);
	if (since)
		table->since = ims_column_by_name(remote, since, "since")->attno;
}
