/*
 * crossjoin.c
 *		$crossjoin of entity sets and line collections (SL 3.3).
 *
 * A comma join with the caller's predicate as its WHERE: as in B1, nothing is
 * joined that the filter does not join.  Rows are objects keyed by operand
 * path, operands in alphabetical order.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "crossjoin.h"
#include "cursor.h"

/* What one operand shows: columns of the model and computed values. */
typedef struct Expansion
{
	bool		expanded;
	Selection	selection;
	const char **alias;
	Node	  **value;
	int			value_count;
} Expansion;

static bool
invalid(Context *context)
{
	return respond_error(context, 400, "-1000", "invalid $crossjoin query");
}

static bool
resolve_operand(Context *context, const char *path, Operand *operand, int position)
{
	const char *slash = strchr(path, '/');
	const Property *property;

	operand->path = path;
	operand->alias = arena_printf(context->arena, "t%d", position);
	operand->set = model_find_set(slash == NULL ? path :
								  arena_strndup(context->arena, path, (size_t) (slash - path)));
	if (operand->set == NULL)
		return respond_error(context, 400, "-1002", "Invalid entityset '%s'", path);
	operand->type = operand->set->type;
	if (slash == NULL)
		return true;
	property = model_find_property(operand->set->type, slash + 1, context->version);
	if (property == NULL || property->kind != EDM_COLLECTION)
		return respond_error(context, 400, "-1002", "Invalid entityset '%s'", path);
	operand->type = property->element;
	return true;
}

static int
compare_operands(const void *a, const void *b)
{
	return strcmp(((const Operand *) a)->path, ((const Operand *) b)->path);
}

static bool
parse_operands(Context *context, const char *path, Scope *scope)
{
	size_t		length = strlen(path);
	int			count;
	char	  **item;

	memset(scope, 0, sizeof(*scope));
	scope->crossjoin = true;
	scope->arithmetic = true;
	if (length < strlen("$crossjoin()") || path[length - 1] != ')')
		return invalid(context);
	path += strlen("$crossjoin(");
	item = query_split(context, arena_strndup(context->arena, path, strlen(path) - 1), &count);
	if (count < 2 || count > SCOPE_OPERANDS)
		return invalid(context);
	for (int i = 0; i < count; i++)
		if (!resolve_operand(context, item[i], &scope->operand[i], i))
			return false;
	scope->count = count;
	qsort(scope->operand, (size_t) count, sizeof(Operand), compare_operands);
	for (int i = 1; i < count; i++)
		if (strcmp(scope->operand[i - 1].path, scope->operand[i].path) == 0)
			return invalid(context);
	return true;
}

/* "expression as Alias": true with the two parts, false for a plain name. */
static bool
split_alias(Context *context, const char *item, const char **expression, const char **alias)
{
	const char *as = strstr(item, " as ");

	if (as == NULL)
		return false;
	*expression = arena_strndup(context->arena, item, (size_t) (as - item));
	*alias = as + strlen(" as ") + strspn(as + strlen(" as "), " ");
	return true;
}

/* The text inside A($select=…): names and computed values. */
static bool
parse_select(Context *context, const Operand *operand, const char *text, Expansion *expansion)
{
	int			count;
	char	  **item = query_split(context, text, &count);
	Buffer		names = {0};
	Scope		scope = {{*operand}, 1, false, true};
	bool		ok = true;

	scope.operand[0].path = operand->path;
	expansion->alias = arena_alloc(context->arena, sizeof(char *) * (size_t) count);
	expansion->value = arena_alloc(context->arena, sizeof(Node *) * (size_t) count);
	for (int i = 0; ok && i < count; i++)
	{
		const char *expression;
		int			n = expansion->value_count;

		if (!split_alias(context, item[i], &expression, &expansion->alias[n]))
		{
			buffer_puts(&names, names.length > 0 ? "," : "");
			buffer_puts(&names, item[i]);
			continue;
		}
		/* the tree points at the operand, so the scope must outlive it */
		{
			Scope	   *kept = arena_alloc(context->arena, sizeof(Scope));

			*kept = scope;
			expansion->value[n] = odata_parse_value(context, kept, expression);
		}
		ok = expansion->value[n] != NULL;
		expansion->value_count++;
	}
	if (ok && names.length > 0)
		ok = entity_select(context, operand->type, names.data, &expansion->selection);
	else if (ok)
		expansion->selection.shown = arena_alloc(context->arena, operand->type->property_count);
	buffer_free(&names);
	return ok;
}

static bool
parse_expand(Context *context, const Scope *scope, const char *text, Expansion *expansion)
{
	int			count;
	char	  **item = query_split(context, text, &count);

	for (int i = 0; i < count; i++)
	{
		char	   *options = strchr(item[i], '(');
		int			o;

		if (options != NULL)
		{
			size_t		length = strlen(options);

			if (options[length - 1] != ')' || strncmp(options, "($select=", strlen("($select=")) != 0)
				return invalid(context);
			options[length - 1] = '\0';
			*options = '\0';
			options += strlen("($select=");
		}
		for (o = 0; o < scope->count; o++)
			if (strcmp(scope->operand[o].path, item[i]) == 0)
				break;
		if (o == scope->count)
			return respond_error(context, 400, "201", "Property '%s' is invalid", item[i]);
		expansion[o].expanded = true;
		if (options == NULL)
			expansion[o].selection.all = true;
		else if (!parse_select(context, &scope->operand[o], options, &expansion[o]))
			return false;
	}
	return true;
}

void
scope_put_from(const Scope *scope, Sql *sql)
{
	for (int i = 0; i < scope->count; i++)
		buffer_printf(&sql->text, "%s\"%s\" %s", i == 0 ? " FROM " : ", ",
					  scope->operand[i].path, scope->operand[i].alias);
}

static bool
put_select_list(Context *context, const Scope *scope, const Expansion *expansion, Sql *sql)
{
	buffer_puts(&sql->text, "SELECT 0");
	for (int i = 0; i < scope->count; i++)
	{
		if (!expansion[i].expanded)
			continue;
		entity_put_columns(context, sql, scope->operand[i].type, scope->operand[i].alias,
						   &expansion[i].selection);
		for (int v = 0; v < expansion[i].value_count; v++)
		{
			buffer_puts(&sql->text, ", ");
			if (!odata_put_decimal(context, sql, expansion[i].value[v]))
				return false;
		}
	}
	return true;
}

static void
put_row(Context *context, const Scope *scope, const Expansion *expansion, sqlite3_stmt *statement)
{
	Buffer	   *body = &context->response->body;
	int			column = 1;
	bool		first = true;

	for (int i = 0; i < scope->count; i++)
	{
		bool		comma = false;

		if (!expansion[i].expanded)
			continue;
		buffer_printf(body, "%s\"%s\" : {", first ? "" : ", ", scope->operand[i].path);
		first = false;
		column = entity_put_members(context, scope->operand[i].type, &expansion[i].selection,
									statement, column, &comma);
		for (int v = 0; v < expansion[i].value_count; v++, column++)
		{
			buffer_printf(body, "%s\"%s\" : ", comma ? ", " : "", expansion[i].alias[v]);
			comma = true;
			if (sqlite3_column_type(statement, column) == SQLITE_NULL)
				buffer_puts(body, "null");
			else
				json_put_decimal(body, sqlite3_column_int64(statement, column));
		}
		buffer_putc(body, '}');
	}
}

static bool
put_rows(Context *context, const Scope *scope, const Query *query, const Expansion *expansion,
		 Cursor *cursor, const char *path, int64_t count)
{
	Buffer	   *body = &context->response->body;
	int64_t		page = query_page_rows(query);
	int64_t		row = 0;
	int			step;

	respond_json(context, 200);
	buffer_puts(body, "{\n   ");
	json_put_control(body, context->version, context->version == 1 ? "metadata" : "context");
	buffer_printf(body, "\"%s/$metadata#Collection(Edm.ComplexType)\",\n   ", context->root);
	if (query->count)
	{
		json_put_control(body, context->version, "count");
		buffer_printf(body, context->version == 1 ? "\"%lld\",\n   " : "%lld,\n   ", (long long) count);
	}
	buffer_puts(body, "\"value\" : [");
	while ((step = cursor_step(cursor)) == SQLITE_ROW && (page < 0 || row < page))
	{
		buffer_puts(body, row++ == 0 ? "\n      {" : ",\n      {");
		put_row(context, scope, expansion, cursor_statement(cursor));
		buffer_putc(body, '}');
	}
	buffer_puts(body, "\n   ]");
	if (step == SQLITE_ROW && query_has_more(query))
		query_put_next_link(context, query, path);
	buffer_puts(body, "\n}\n");
	cursor_close(context, cursor, step == SQLITE_ROW);
	return step == SQLITE_ROW || step == SQLITE_DONE || respond_database(context);
}

static bool
count_rows(Context *context, const Scope *scope, const Node *node, int64_t *count)
{
	Sql			sql = {0};
	sqlite3_stmt *statement = NULL;

	buffer_puts(&sql.text, "SELECT count(*)");
	scope_put_from(scope, &sql);
	if (node != NULL)
		buffer_puts(&sql.text, " WHERE ");
	if (node == NULL || odata_put_condition(context, &sql, node))
		statement = sql_prepare(context, &sql);
	sql_free(&sql);
	if (statement == NULL)
		return false;
	if (sqlite3_step(statement) == SQLITE_ROW)
		*count = sqlite3_column_int64(statement, 0);
	return db_done(context->db, statement) || respond_database(context);
}

static bool
read_rows(Context *context, const Scope *scope, const Query *query, const char *path)
{
	Expansion	expansion[SCOPE_OPERANDS] = {0};
	Node	   *node = NULL;
	Sql			sql = {0};
	Cursor	   *cursor;
	int64_t		count = 0;
	bool		ok;

	if (query->expand == NULL || query->select != NULL)
		return invalid(context);
	if (!parse_expand(context, scope, query->expand, expansion) ||
		(query->filter != NULL && (node = odata_parse_filter(context, scope, query->filter)) == NULL) ||
		(query->count && !count_rows(context, scope, node, &count)))
		return false;
	ok = put_select_list(context, scope, expansion, &sql);
	if (ok)
	{
		scope_put_from(scope, &sql);
		if (node != NULL)
		{
			buffer_puts(&sql.text, " WHERE ");
			ok = odata_put_condition(context, &sql, node);
		}
	}
	ok = ok && (query->orderby == NULL || query_put_order(context, scope, query->orderby, &sql));
	cursor = ok ? cursor_open(context, &sql, query) : NULL;
	ok = cursor != NULL && put_rows(context, scope, query, expansion, cursor, path, count);
	sql_free(&sql);
	return ok;
}

bool
crossjoin_read(Context *context, const char *path, const char *query_text)
{
	Scope		scope;
	Query		query;

	if (!parse_operands(context, path, &scope) || !query_parse(context, query_text, &query))
		return false;
	if (!query.any)
		return invalid(context);
	if (query.apply != NULL)
		return apply_read(context, &scope, &query, path);
	return read_rows(context, &scope, &query, path);
}

bool
crossjoin_post_query(Context *context)
{
	json_t	   *body = json_loadb(context->request->body, context->request->body_length, 0, NULL);
	const char *path = json_string_value(json_object_get(body, "QueryPath"));
	const char *option = json_string_value(json_object_get(body, "QueryOption"));
	bool		ok;

	if (path == NULL || strncmp(path, "$crossjoin(", strlen("$crossjoin(")) != 0)
		ok = invalid(context);
	else
		ok = crossjoin_read(context, path, option == NULL ? "" : option);
	json_decref(body);
	if (ok)
		context->response->content_type = "text/plain;charset=utf-8";
	return ok;
}
