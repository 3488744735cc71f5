/*
 * odata_query.c
 *		Query options, order, and paging (SL 3.1, 4).
 *
 * Paging is by offset, without snapshot or token, as in B1: rows that come or
 * go before the offset shift later pages.  Next links never carry the page
 * size.  Whether they repeat the other options differs between releases: by
 * default version 1 prints the bare form of the guide, version 2 the full one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config.h"
#include "odata.h"

#define DEFAULT_PAGE 20

static bool
fail_option(Context *context, const char *name)
{
	return respond_error(context, 400, "201", "Query string error - Invalid value of %s", name);
}

static bool
parse_count(const char *text, int64_t *value)
{
	char	   *end;

	errno = 0;
	*value = strtoll(text, &end, 10);
	return end != text && *end == '\0' && errno == 0 && *value >= 0;
}

/* Prefer: odata.maxpagesize=N beats B1S-PageSize beats the default. */
static void
read_page_size(Context *context, Query *query)
{
	const char *prefer = request_header(context, "Prefer");
	const char *option = request_header(context, "B1S-PageSize");
	const char *found = prefer == NULL ? NULL : strcasestr(prefer, "maxpagesize=");

	query->page_size = DEFAULT_PAGE;
	if (option != NULL && !parse_count(option, &query->page_size))
		query->page_size = DEFAULT_PAGE;
	if (found == NULL)
		return;
	query->page_size = strtoll(found + strlen("maxpagesize="), NULL, 10);
	if (query->page_size < 0)
		query->page_size = DEFAULT_PAGE;
	response_header(context->response, "Preference-Applied", "odata.maxpagesize=%lld",
					(long long) query->page_size);
}

static bool
take_option(Context *context, Query *query, const char *name, const char *value)
{
	query->any = true;
	if (strcmp(name, "$filter") == 0)
		query->filter = value;
	else if (strcmp(name, "$select") == 0)
		query->select = value;
	else if (strcmp(name, "$expand") == 0)
		query->expand = value;
	else if (strcmp(name, "$orderby") == 0)
		query->orderby = value;
	else if (strcmp(name, "$apply") == 0)
		query->apply = value;
	else if (strcmp(name, "$top") == 0)
	{
		query->has_top = true;
		return parse_count(value, &query->top) || fail_option(context, name);
	}
	else if (strcmp(name, "$skip") == 0)
		return parse_count(value, &query->skip) || fail_option(context, name);
	else if (strcmp(name, "$count") == 0)
		query->count = context->version == 2 && strcmp(value, "true") == 0;
	else if (strcmp(name, "$inlinecount") == 0)
		query->count = context->version == 1 && strcmp(value, "allpages") == 0;
	else if (strcmp(name, "$format") != 0)
		return respond_error(context, 400, "201", "Query string error - Invalid query option '%s'", name);
	return true;
}

bool
query_parse(Context *context, const char *text, Query *query)
{
	char	   *copy = arena_strdup(context->arena, text);
	char	   *kept = arena_alloc(context->arena, strlen(text) + 2);
	char	   *save = NULL;

	memset(query, 0, sizeof(*query));
	for (char *part = strtok_r(copy, "&", &save); part != NULL; part = strtok_r(NULL, "&", &save))
	{
		char	   *raw = arena_strdup(context->arena, part);
		char	   *value = strchr(part, '=');

		value = value == NULL ? part + strlen(part) : value;
		if (*value == '=')
			*value++ = '\0';
		if (!url_decode(part, true) || !url_decode(value, true))
			return respond_error(context, 400, "201", "Query string error - Invalid encoding");
		/* options without '$' are custom options: OData lets a service ignore them */
		if (part[0] != '$')
			continue;
		if (!take_option(context, query, part, value))
			return false;
		if (strcmp(part, "$skip") != 0 && strcmp(part, "$top") != 0)
		{
			strcat(kept, raw);
			strcat(kept, "&");
		}
	}
	query->text = kept;
	read_page_size(context, query);
	return true;
}

char **
query_split(Context *context, const char *text, int *count)
{
	char	  **item = NULL;
	int			depth = 0;
	bool		quoted = false;
	const char *start = text;

	*count = 0;
	for (;; text++)
	{
		if (*text == '\'')
			quoted = !quoted;
		else if (*text == '(' && !quoted)
			depth++;
		else if (*text == ')' && !quoted)
			depth--;
		if (*text == '\0' || (*text == ',' && depth == 0 && !quoted))
		{
			char	  **larger = arena_alloc(context->arena, sizeof(char *) * (size_t) (*count + 1));
			const char *end = text;

			while (*start == ' ')
				start++;
			while (end > start && end[-1] == ' ')
				end--;
			if (*count > 0)
				memcpy(larger, item, sizeof(char *) * (size_t) *count);
			item = larger;
			item[(*count)++] = arena_strndup(context->arena, start, (size_t) (end - start));
			start = text + 1;
		}
		if (*text == '\0')
			return item;
	}
}

bool
query_put_order(Context *context, const Scope *scope, const char *text, Sql *sql)
{
	int			count;
	char	  **item = query_split(context, text, &count);

	for (int i = 0; i < count; i++)
	{
		char	   *direction = strchr(item[i], ' ');
		const Operand *operand;
		const Property *property;

		if (direction != NULL)
		{
			*direction++ = '\0';
			while (*direction == ' ')
				direction++;
			if (strcasecmp(direction, "asc") != 0 && strcasecmp(direction, "desc") != 0)
				return fail_option(context, "$orderby");
		}
		property = odata_find_field(context, scope, item[i], &operand);
		if (property == NULL)
			return false;
		buffer_puts(&sql->text, i == 0 ? " ORDER BY " : ", ");
		odata_put_field(sql, operand, property);
		if (property->kind == EDM_STRING && context->case_insensitive)
			buffer_puts(&sql->text, " COLLATE B1CI");
		buffer_puts(&sql->text, direction != NULL && strcasecmp(direction, "desc") == 0 ? " DESC" : "");
	}
	return true;
}

int64_t
query_page_rows(const Query *query)
{
	if (query->page_size == 0)
		return query->has_top ? query->top : -1;
	return query->has_top && query->top < query->page_size ? query->top : query->page_size;
}

bool
query_has_more(const Query *query)
{
	return query->page_size != 0 && (!query->has_top || query->top > query->page_size);
}

void
query_put_page(const Query *query, Sql *sql)
{
	int64_t		rows = query_page_rows(query);

	buffer_printf(&sql->text, " LIMIT %lld OFFSET %lld", (long long) (query_has_more(query) ? rows + 1 : rows),
				  (long long) query->skip);
}

void
query_put_next_link(Context *context, const Query *query, const char *path)
{
	Buffer	   *body = &context->response->body;
	bool		full = config.next_link_full < 0 ? context->version == 2 : config.next_link_full > 0;
	int64_t		rows = query_page_rows(query);
	Buffer		link = {0};

	buffer_puts(&link, path);
	buffer_putc(&link, '?');
	if (full)
	{
		buffer_puts(&link, query->text);
		if (query->has_top)
			buffer_printf(&link, "$top=%lld&", (long long) (query->top - rows));
	}
	buffer_printf(&link, "$skip=%lld", (long long) (query->skip + rows));
	buffer_puts(body, ",\n   ");
	json_put_control(body, context->version, "nextLink");
	json_put_string(body, link.data);
	buffer_free(&link);
}
