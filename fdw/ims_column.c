/*
 * ims_column.c
 *		From a column's options to its struct.
 *
 * Where the value stands in a row, what it is turned into on the way, how a
 * condition on it is sent, and how it is written.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "ims_option.h"
#include "ims_rows.h"
#include "option.h"

/* Column options that hold a filter, and the comparison each is for. */
static const ImsWord filter_options[] = {
	{"filter_eq", PREDICATE_EQ}, {"filter_in", PREDICATE_IN},
	{"filter_ge", PREDICATE_GE}, {"filter_gt", PREDICATE_GT},
	{"filter_le", PREDICATE_LE}, {"filter_lt", PREDICATE_LT}, {NULL, 0}
};

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

/* Length of a text up to one of "stops" outside of double quotes. */
static size_t
plain_span(const char *text, const char *stops)
{
	bool		quoted = false;
	const char *p;

	for (p = text; *p && (quoted || !strchr(stops, *p)); p++)
	{
		if (*p == '\\' && quoted && p[1])
			p++;
		else if (*p == '"')
			quoted = !quoted;
	}
	return p - text;
}

static ImsCase *
parse_case(char *text, int npointers)
{
	ImsCase    *one = palloc0(sizeof(ImsCase));
	size_t		equals = plain_span(text, "=");
	List	   *result;

	if (text[equals] == '\0')
		ims_bad_option("map", text, "Cases are written \"pattern = result\", separated by \";\".");
	one->pattern = ims_words(pnstrdup(text, equals), "map");
	result = ims_words(text + equals + 1, "map");
	if (list_length(one->pattern) != npointers || list_length(result) != 1)
		ims_bad_option("map", text,
					   "A case has one word or \"*\" for each pointer of option \"by\", and one result: a literal, a pointer, or null. A word with blanks in it stands in double quotes.");
	parse_case_result(one, linitial(result));
	return one;
}

/* "map": cases separated by ";" or line ends, each "pattern = result". */
static List *
parse_map(const char *map, int npointers)
{
	List	   *cases = NIL;

	while (*map)
	{
		size_t		len = plain_span(map, ";\r\n");
		char	   *text = pnstrdup(map, len);

		if (text[strspn(text, " \t")])
			cases = lappend(cases, parse_case(text, npointers));
		map += len + (map[len] != '\0');
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
		ims_bad_option("sum", sum,
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
	else if (strncmp(path, "@value:", 7) == 0)
		column->constant = pstrdup(path + 7);
	else if (*path == '@' && strcmp(path, "@none") != 0)
		ims_bad_option("path", path, "Other than pointers there are \"@sent_at\", \"@from:COLUMN\", \"@value:TEXT\" and \"@none\".");
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
			ims_bad_option(option->word, text,
							 "The table's request has no place for it: write {filters} into its query or body.");
		filter = ims_compile(text, table->filter_place, TEMPLATE_IN_FILTER, option->word);
		/* Repeated conditions of a JSON domain would all have to be true. */
		if (option->value == PREDICATE_IN && table->filter_place == TEMPLATE_JSON &&
			!template_find(filter, "values") && !template_find(filter, "keys"))
			ims_bad_option(option->word, text, "In a JSON body it takes the list, {values}.");
		if (ims_takes_keys(filter) && column->lookup == NULL)
			ims_bad_option(option->word, text, "{key} is what the option lookup finds; the column has none.");
		column->filter[option->value] = filter;
	}
}

/* Times go out as ISO 8601 in UTC unless told otherwise; the rest as text. */
static ImsFormat
default_format(Oid type)
{
	return type == TIMESTAMPTZOID || type == TIMESTAMPOID ? IMS_FORMAT_ISO : IMS_FORMAT_TEXT;
}

/* "lookup": table, its column that holds the key, its column that is wanted. */
static ImsLookup *
parse_lookup(const char *text)
{
	List	   *words = text ? ims_split(text, "") : NIL;
	ImsLookup  *lookup;

	if (text == NULL)
		return NULL;
	if (list_length(words) != 3)
		ims_bad_option("lookup", text,
					   "Expected a table, its column to find the value in, and the column that is wanted, as in \"products id sku\".");
	lookup = palloc(sizeof(ImsLookup));
	lookup->resource = linitial(words);
	lookup->key = lsecond(words);
	lookup->value = lthird(words);
	return lookup;
}

/*
 * The member that {set} writes a column as: option "write", else what "path"
 * names if it is one member of the row.
 */
static char *
written_member(const RemoteColumn *remote, const ImsColumn *column)
{
	const char *write = remote_option(remote->options, "write");

	if (write)
		return strcmp(write, "@none") == 0 ? NULL : pstrdup(write);
	if (column->path == NULL || *column->path != '/' || strchr(column->path + 1, '/') ||
		column->lookup || column->by)
		return NULL;
	return pstrdup(column->path + 1);
}

void
ims_column_open(const ImsTable *table, RemoteColumn *remote)
{
	ImsColumn  *column = palloc0(sizeof(ImsColumn));
	const char *by = remote_option(remote->options, "by");
	const char *sum = remote_option(remote->options, "sum");
	const char *map = remote_option(remote->options, "map");
	const char *decode = remote_option(remote->options, "decode");
	const char *format = remote_option(remote->options, "format");

	if ((by == NULL) != (map == NULL))
		ims_bad_option(by ? "by" : "map", by ? by : map,
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
	column->lookup = parse_lookup(remote_option(remote->options, "lookup"));
	parse_filters(column, table, remote->options);
	column->format = format ? ims_format_by_name(format) : default_format(remote->type);
	column->time_zone = table->server->time_zone;
	if (decode && (column->decode = decode_by_name(decode)) == NULL)
		ims_bad_option("decode", decode, psprintf("Decoders: %s.", decode_names()));
	column->write = written_member(remote, column);
	remote->pointer = column->path;
	remote->remote = column;
}
