/*
 * apply.c
 *		$apply: aggregate, groupby and filter, over a set or a cross join (SL 3.2).
 *
 * Understood is [filter(…)/] followed by aggregate(…) or groupby(…), as the
 * guide prints it.  countdistinct answers a string, as B1 does.  Over a cross
 * join the aggregate names its operand: A(P with max as M), A/$count as N; its
 * results stand inside the object of that operand, and rows have no id.
 */
#include <string.h>

#include "crossjoin.h"

typedef struct Output
{
	const Operand *operand;
	const Property *property;	/* NULL for $count */
	const char *method;			/* NULL for a grouping key */
	const char *name;			/* alias, or name of the key */
	const char *sql;
} Output;

#define OUTPUTS 64

typedef struct Apply
{
	Context    *context;
	const Scope *scope;
	const char *filter;
	Output		output[OUTPUTS];
	int			count;
	int			keys;			/* the first of the outputs */
} Apply;

static bool
invalid(Apply *apply)
{
	return respond_error(apply->context, 400, "201", "Query string error - Invalid $apply expression");
}

/* The inside of "name(…)" when the text is exactly that, else NULL. */
static char *
inside(Apply *apply, const char *text, const char *name)
{
	size_t		length = strlen(name);
	size_t		whole = strlen(text);

	if (strncmp(text, name, length) != 0 || text[length] != '(' || text[whole - 1] != ')')
		return NULL;
	return arena_strndup(apply->context->arena, text + length + 1, whole - length - 2);
}

/* Two results of one name in the same object would be one member twice. */
static bool
is_named_twice(const Apply *apply, const Output *output)
{
	for (int i = 0; i < apply->count; i++)
		if (strcmp(apply->output[i].name, output->name) == 0 &&
			strcmp(apply->output[i].operand->path, output->operand->path) == 0)
			return true;
	return false;
}

static bool
add_output(Apply *apply, Output output)
{
	if (apply->count == OUTPUTS || is_named_twice(apply, &output))
		return invalid(apply);
	apply->output[apply->count++] = output;
	return true;
}

static bool
add_key(Apply *apply, const char *path)
{
	Output		output = {0};

	output.property = odata_find_field(apply->context, apply->scope, path, &output.operand);
	if (output.property == NULL)
		return false;
	output.name = model_property_name(output.property, apply->context->version);
	output.sql = arena_printf(apply->context->arena, "%s.\"%s\"", output.operand->alias, output.property->name);
	apply->keys++;
	return add_output(apply, output);
}

static const char *
aggregate_sql(Apply *apply, const Output *output, const char *column)
{
	static const struct
	{
		const char *method;
		const char *format;
	}			function[] = {
		{"sum", "sum(%s)"}, {"max", "max(%s)"}, {"min", "min(%s)"}, {"countdistinct", "count(DISTINCT %s)"},
	};
	bool		number = output->property->kind == EDM_INT || output->property->kind == EDM_DOUBLE;

	if (strcmp(output->method, "average") == 0 && number)
		return arena_printf(apply->context->arena, "b1_divide(sum(%s)%s, count(%s) * 1000000)", column,
							output->property->kind == EDM_INT ? " * 1000000" : "", column);
	if (!number && strcmp(output->method, "sum") == 0)
		return NULL;
	for (size_t i = 0; i < MODEL_LENGTH(function); i++)
	{
		Buffer		text = {0};
		const char *sql;

		if (strcmp(function[i].method, output->method) != 0)
			continue;
		buffer_add(&text, function[i].format, strcspn(function[i].format, "%"));
		buffer_puts(&text, column);
		buffer_putc(&text, ')');
		sql = arena_strdup(apply->context->arena, text.data);
		buffer_free(&text);
		return sql;
	}
	return NULL;
}

/* "P with method as Alias"; the path is relative to "operand" in a cross join. */
static bool
add_aggregate(Apply *apply, const char *text, const Operand *operand)
{
	char	   *copy = arena_strdup(apply->context->arena, text);
	char	   *save;
	char	   *word[5];
	int			words = 0;
	Output		output = {0};
	Scope		single = {{*operand}, 1, false, false};
	const Operand *found;

	for (char *w = strtok_r(copy, " ", &save); w != NULL; w = strtok_r(NULL, " ", &save))
		if (words == 5)
			return invalid(apply);
		else
			word[words++] = w;
	output.operand = operand;
	if (words == 3 && strcmp(word[0], "$count") == 0 && strcmp(word[1], "as") == 0)
	{
		output.method = "$count";
		output.name = word[2];
		output.sql = "count(*)";
		return add_output(apply, output);
	}
	if (words != 5 || strcmp(word[1], "with") != 0 || strcmp(word[3], "as") != 0)
		return invalid(apply);
	output.property = odata_find_field(apply->context, &single, word[0], &found);
	if (output.property == NULL)
		return false;
	output.method = word[2];
	output.name = word[4];
	output.sql = aggregate_sql(apply, &output, arena_printf(apply->context->arena, "%s.\"%s\"", operand->alias,
															output.property->name));
	return output.sql == NULL ? invalid(apply) : add_output(apply, output);
}

/* A(P with max as M) or A/$count as N. */
static bool
add_operand_aggregate(Apply *apply, const char *text)
{
	for (int i = 0; i < apply->scope->count; i++)
	{
		const Operand *operand = &apply->scope->operand[i];
		size_t		length = strlen(operand->path);
		char	   *body = inside(apply, text, operand->path);

		if (body != NULL)
		{
			int			count;
			char	  **item = query_split(apply->context, body, &count);

			for (int j = 0; j < count; j++)
				if (!add_aggregate(apply, item[j], operand))
					return false;
			return true;
		}
		if (strncmp(text, operand->path, length) == 0 && strncmp(text + length, "/$count ", 8) == 0)
			return add_aggregate(apply, text + length + 1, operand);
	}
	return invalid(apply);
}

static bool
parse_aggregates(Apply *apply, const char *text)
{
	int			count;
	char	  **item = query_split(apply->context, text, &count);

	for (int i = 0; i < count; i++)
		if (!(apply->scope->crossjoin ? add_operand_aggregate(apply, item[i]) :
			  add_aggregate(apply, item[i], &apply->scope->operand[0])))
			return false;
	return true;
}

static bool
parse_groupby(Apply *apply, const char *text)
{
	int			count;
	char	  **item = query_split(apply->context, text, &count);
	char	   *keys = inside(apply, item[0], "");
	char	   *aggregates = NULL;
	int			key_count;

	if (keys == NULL || count > 2)
		return invalid(apply);
	if (count == 2 && (aggregates = inside(apply, item[1], "aggregate")) == NULL)
		return invalid(apply);
	item = query_split(apply->context, keys, &key_count);
	for (int i = 0; i < key_count; i++)
		if (!add_key(apply, item[i]))
			return false;
	return count == 1 || parse_aggregates(apply, aggregates);
}

/* Cuts at the first '/' that stands outside parentheses and quotes. */
static char *
cut_step(char *text)
{
	int			depth = 0;
	bool		quoted = false;

	for (; *text != '\0'; text++)
	{
		if (*text == '\'')
			quoted = !quoted;
		else if (!quoted && *text == '(')
			depth++;
		else if (!quoted && *text == ')')
			depth--;
		else if (!quoted && depth == 0 && *text == '/')
		{
			*text = '\0';
			return text + 1;
		}
	}
	return NULL;
}

static bool
parse_apply(Apply *apply, const char *text)
{
	char	   *step = arena_strdup(apply->context->arena, text);
	char	   *next = cut_step(step);
	char	   *body;

	apply->filter = inside(apply, step, "filter");
	if (apply->filter != NULL)
	{
		if (next == NULL)
			return invalid(apply);
		step = next;
		next = cut_step(step);
	}
	if (next != NULL)
		return invalid(apply);
	if ((body = inside(apply, step, "groupby")) != NULL)
		return parse_groupby(apply, body);
	if ((body = inside(apply, step, "aggregate")) != NULL)
		return parse_aggregates(apply, body);
	return invalid(apply);
}

static bool
put_order(Apply *apply, const char *text, Sql *sql)
{
	int			count;
	char	  **item = query_split(apply->context, text, &count);

	for (int i = 0; i < count; i++)
	{
		char	   *direction = strchr(item[i], ' ');
		int			found = -1;

		if (direction != NULL)
			*direction++ = '\0';
		for (int o = 0; o < apply->count; o++)
			if (strcmp(apply->output[o].name, item[i]) == 0 ||
				(apply->output[o].method == NULL && apply->scope->crossjoin &&
				 strcmp(arena_printf(apply->context->arena, "%s/%s", apply->output[o].operand->path,
									 apply->output[o].name), item[i]) == 0))
				found = o;
		if (found < 0)
			return respond_error(apply->context, 400, "201", "Property '%s' is invalid", item[i]);
		buffer_printf(&sql->text, "%s%d%s", i == 0 ? " ORDER BY " : ", ", found + 1,
					  direction != NULL && strcmp(direction, "desc") == 0 ? " DESC" : "");
	}
	return true;
}

static bool
put_sql(Apply *apply, const Query *query, Sql *sql)
{
	for (int i = 0; i < apply->count; i++)
		buffer_printf(&sql->text, "%s%s", i == 0 ? "SELECT " : ", ", apply->output[i].sql);
	if (apply->scope->crossjoin)
		scope_put_from(apply->scope, sql);
	else
		buffer_printf(&sql->text, " FROM \"%s\" t0", apply->scope->operand[0].path);
	if (apply->filter != NULL)
	{
		Node	   *node = odata_parse_filter(apply->context, apply->scope, apply->filter);

		buffer_puts(&sql->text, " WHERE ");
		if (node == NULL || !odata_put_condition(apply->context, sql, node))
			return false;
	}
	for (int i = 0; i < apply->keys; i++)
		buffer_printf(&sql->text, "%s%s", i == 0 ? " GROUP BY " : ", ", apply->output[i].sql);
	if (query->orderby != NULL && !put_order(apply, query->orderby, sql))
		return false;
	query_put_page(query, sql);
	return true;
}

static void
put_output(Apply *apply, const Output *output, sqlite3_stmt *statement, int column)
{
	Context    *context = apply->context;
	Buffer	   *body = &context->response->body;
	int64_t		value = sqlite3_column_int64(statement, column);

	buffer_printf(body, "\"%s\" : ", output->name);
	if (output->method != NULL && strcmp(output->method, "$count") == 0)
		buffer_printf(body, "%lld", (long long) value);
	else if (output->method != NULL && strcmp(output->method, "countdistinct") == 0)
		buffer_printf(body, "\"%lld\"", (long long) value);
	else if (output->method != NULL && strcmp(output->method, "average") == 0 &&
			 sqlite3_column_type(statement, column) != SQLITE_NULL)
		json_put_decimal(body, value);
	else
		entity_put_value(context, output->property, statement, column);
}

static void
put_row(Apply *apply, sqlite3_stmt *statement)
{
	Buffer	   *body = &apply->context->response->body;

	bool		first = true;

	if (!apply->scope->crossjoin)
	{
		json_put_control(body, apply->context->version, "id");
		buffer_puts(body, "null");
		for (int i = 0; i < apply->count; i++)
		{
			buffer_puts(body, ", ");
			put_output(apply, &apply->output[i], statement, i);
		}
		return;
	}
	for (int o = 0; o < apply->scope->count; o++)
	{
		const Operand *operand = &apply->scope->operand[o];
		bool		open = false;

		for (int i = 0; i < apply->count; i++)
			if (strcmp(apply->output[i].operand->path, operand->path) == 0)
			{
				if (open)
					buffer_puts(body, ", ");
				else
					buffer_printf(body, "%s\"%s\" : {", first ? "" : ", ", operand->path);
				first = false;
				open = true;
				put_output(apply, &apply->output[i], statement, i);
			}
		if (open)
			buffer_putc(body, '}');
	}
}

static bool
put_rows(Apply *apply, const Query *query, sqlite3_stmt *statement, const char *path)
{
	Context    *context = apply->context;
	Buffer	   *body = &context->response->body;
	int64_t		page = query_page_rows(query);
	int64_t		row = 0;
	int			step;

	respond_json(context, 200);
	buffer_puts(body, "{\n   ");
	json_put_control(body, context->version, context->version == 1 ? "metadata" : "context");
	buffer_printf(body, "\"%s/$metadata#%s\",\n   \"value\" : [", context->root,
				  apply->scope->crossjoin ? "Collection(Edm.ComplexType)" : apply->scope->operand[0].path);
	while ((step = sqlite3_step(statement)) == SQLITE_ROW && (page < 0 || row < page))
	{
		buffer_puts(body, row++ == 0 ? "\n      {" : ",\n      {");
		put_row(apply, statement);
		buffer_putc(body, '}');
	}
	buffer_puts(body, "\n   ]");
	if (step == SQLITE_ROW)
		query_put_next_link(context, query, path);
	buffer_puts(body, "\n}\n");
	return step == SQLITE_ROW || step == SQLITE_DONE || respond_database(context);
}

bool
apply_read(Context *context, const Scope *scope, const Query *query, const char *path)
{
	Apply	   *apply = arena_alloc(context->arena, sizeof(Apply));
	Sql			sql = {0};
	sqlite3_stmt *statement = NULL;
	bool		ok;

	apply->context = context;
	apply->scope = scope;
	if (query->filter != NULL || query->select != NULL || query->expand != NULL)
		return invalid(apply);
	ok = parse_apply(apply, query->apply) && put_sql(apply, query, &sql) &&
		(statement = sql_prepare(context, &sql)) != NULL;
	if (ok)
	{
		ok = put_rows(apply, query, statement, path);
		db_done(context->db, statement);
	}
	sql_free(&sql);
	return ok;
}
