/*
 * entity_read.c
 *		GET of entity sets and entities.
 *
 * A row is written straight from its statement; the collections inside it are
 * read with one prepared statement each, planned once per request.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crossjoin.h"
#include "cursor.h"
#include "entity.h"

/* How to read one collection of an entity, and those inside its rows. */
typedef struct CollectionPlan
{
	const Property *property;
	const char *sql;
	struct CollectionPlan *inner;
	int			inner_count;
} CollectionPlan;

static const Selection everything = {true, NULL};

void
entity_scope(const EntitySet *set, Scope *scope)
{
	memset(scope, 0, sizeof(*scope));
	scope->count = 1;
	scope->operand[0].path = set->name;
	scope->operand[0].set = set;
	scope->operand[0].type = set->type;
	scope->operand[0].alias = "t0";
}

bool
entity_select(Context *context, const StructType *type, const char *text, Selection *selection)
{
	int			count;
	char	  **item;

	memset(selection, 0, sizeof(*selection));
	selection->all = text == NULL || *text == '\0' || strcmp(text, "*") == 0;
	if (selection->all)
		return true;
	selection->shown = arena_alloc(context->arena, type->property_count);
	item = query_split(context, text, &count);
	for (int i = 0; i < count; i++)
	{
		const Property *property = model_find_property(type, item[i], context->version);

		if (property == NULL)
			return respond_error(context, 400, "201", "Property '%s' is invalid", item[i]);
		selection->shown[property - type->property] = true;
	}
	return true;
}

static bool
shows(const Selection *selection, const StructType *type, const Property *property)
{
	return selection->all || selection->shown[property - type->property];
}

int
entity_put_columns(Context *context, Sql *sql, const StructType *type, const char *alias,
				   const Selection *selection)
{
	int			count = 0;

	(void) context;
	for (size_t i = 0; i < type->property_count; i++)
	{
		const Property *property = &type->property[i];

		if (property->kind == EDM_COLLECTION || !shows(selection, type, property))
			continue;
		buffer_printf(&sql->text, ", %s.\"%s\"", alias, property->name);
		count++;
	}
	return count;
}

void
entity_put_value(Context *context, const Property *property, sqlite3_stmt *statement, int column)
{
	Buffer	   *body = &context->response->body;

	if (sqlite3_column_type(statement, column) == SQLITE_NULL)
	{
		buffer_puts(body, "null");
		return;
	}
	switch (property->kind)
	{
		case EDM_INT:
			buffer_printf(body, "%lld", (long long) sqlite3_column_int64(statement, column));
			break;
		case EDM_DOUBLE:
			json_put_decimal(body, sqlite3_column_int64(statement, column));
			break;
		case EDM_DATE:
			buffer_printf(body, "\"%s%s\"", (const char *) sqlite3_column_text(statement, column),
						  context->version == 1 ? "" : "T00:00:00Z");
			break;
		case EDM_ENUM:
			json_put_string(body, model_enum_member(property->enumeration,
													(const char *) sqlite3_column_text(statement, column)));
			break;
		default:
			json_put_string(body, (const char *) sqlite3_column_text(statement, column));
	}
}

int
entity_put_members(Context *context, const StructType *type, const Selection *selection,
				   sqlite3_stmt *statement, int column, bool *comma)
{
	Buffer	   *body = &context->response->body;

	for (size_t i = 0; i < type->property_count; i++)
	{
		const Property *property = &type->property[i];

		if (property->kind == EDM_COLLECTION || !shows(selection, type, property))
			continue;
		buffer_puts(body, *comma ? ", \"" : "\"");
		*comma = true;
		buffer_puts(body, model_property_name(property, context->version));
		buffer_puts(body, "\" : ");
		entity_put_value(context, property, statement, column++);
	}
	return column;
}

static CollectionPlan *
plan_collections(Context *context, const EntitySet *set, const StructType *type,
				 const Selection *selection, const char *path, int *count)
{
	CollectionPlan *plan = arena_alloc(context->arena, sizeof(CollectionPlan) * (type->property_count + 1));

	*count = 0;
	for (size_t i = 0; i < type->property_count; i++)
	{
		const Property *property = &type->property[i];
		Sql			sql = {0};
		const char *table;

		if (property->kind != EDM_COLLECTION || !shows(selection, type, property))
			continue;
		table = arena_printf(context->arena, "%s/%s", path, property->name);
		buffer_puts(&sql.text, "SELECT c._seq");
		entity_put_columns(context, &sql, property->element, "c", &everything);
		buffer_printf(&sql.text, " FROM \"%s\" c WHERE c.%s = ?", table,
					  schema_parent_column(set, property->element));
		/* rows of one item are found by its own index, and come by warehouse */
		if (strcmp(property->element->name, "ItemWarehouseInfo") == 0)
			buffer_puts(&sql.text, " ORDER BY c.WarehouseCode");
		else
			buffer_puts(&sql.text, " AND c._line = ? ORDER BY c._seq");
		plan[*count].property = property;
		plan[*count].sql = arena_strdup(context->arena, sql.text.data);
		plan[*count].inner = plan_collections(context, set, property->element, &everything, table,
											  &plan[*count].inner_count);
		(*count)++;
		sql_free(&sql);
	}
	return plan;
}

static bool put_collections(Context *context, const CollectionPlan *plan, int count,
							const EntityKey *key, int64_t line, bool *comma);

static bool
put_collection(Context *context, const CollectionPlan *plan, const EntityKey *key, int64_t line, bool *comma)
{
	Buffer	   *body = &context->response->body;
	sqlite3_stmt *statement = db_prepare(context->db, plan->sql);
	bool		first = true;
	bool		ok = statement != NULL;

	buffer_printf(body, "%s\"%s\" : [", *comma ? ", " : "", model_property_name(plan->property, context->version));
	*comma = true;
	if (ok)
	{
		entity_bind_key(statement, 1, key);
		if (sqlite3_bind_parameter_count(statement) == 2)
			sqlite3_bind_int64(statement, 2, line);
	}
	while (ok && sqlite3_step(statement) == SQLITE_ROW)
	{
		bool		inner_comma = false;

		buffer_puts(body, first ? "{" : ", {");
		first = false;
		entity_put_members(context, plan->property->element, &everything, statement, 1, &inner_comma);
		ok = put_collections(context, plan->inner, plan->inner_count, key,
							 sqlite3_column_int64(statement, 0), &inner_comma);
		buffer_putc(body, '}');
	}
	buffer_putc(body, ']');
	return db_done(context->db, statement) && ok;
}

static bool
put_collections(Context *context, const CollectionPlan *plan, int count,
				const EntityKey *key, int64_t line, bool *comma)
{
	for (int i = 0; i < count; i++)
		if (!put_collection(context, &plan[i], key, line, comma))
			return false;
	return true;
}

/*
 * With $select, B1 shows the ETag of version 1, whatever the row's (SL 5.5).
 * A full read shows the true one.
 */
static void
put_etag(Context *context, const EntitySet *set, bool selected, int64_t data_version, bool *comma)
{
	char		etag[64];

	if ((set->flags & SET_ETAG) == 0)
		return;
	entity_etag(selected ? 1 : data_version, etag, sizeof(etag));
	json_put_control(&context->response->body, context->version, "etag");
	json_put_string(&context->response->body, etag);
	*comma = true;
}

/* Columns 0 and 1 of a row statement are the key and the data version. */
static void
start_row_query(Context *context, const EntitySet *set, const Selection *selection, Sql *sql)
{
	buffer_printf(&sql->text, "SELECT t0.\"%s\", %s", set->key,
				  set->flags & SET_ETAG ? "t0.DataVersion" : "0");
	entity_put_columns(context, sql, set->type, "t0", selection);
	buffer_printf(&sql->text, " FROM \"%s\" t0", set->name);
}

static void
row_key(Context *context, const EntitySet *set, sqlite3_stmt *statement, EntityKey *key)
{
	key->set = set;
	key->is_text = sqlite3_column_type(statement, 0) == SQLITE_TEXT;
	key->number = sqlite3_column_int64(statement, 0);
	key->text = key->is_text ?
		arena_strdup(context->arena, (const char *) sqlite3_column_text(statement, 0)) : NULL;
}

static bool
put_row(Context *context, const EntitySet *set, const Selection *selection, const CollectionPlan *plan,
		int plan_count, sqlite3_stmt *statement, bool *comma)
{
	EntityKey	key;

	put_etag(context, set, !selection->all, sqlite3_column_int64(statement, 1), comma);
	entity_put_members(context, set->type, selection, statement, 2, comma);
	if (plan_count == 0)
		return true;
	row_key(context, set, statement, &key);
	return put_collections(context, plan, plan_count, &key, 0, comma);
}

static bool
put_where(Context *context, const Scope *scope, const Query *query, Sql *sql)
{
	Node	   *node;

	if (query->filter == NULL || query->filter[strspn(query->filter, " ")] == '\0')
		return true;
	node = odata_parse_filter(context, scope, query->filter);
	if (node == NULL)
		return false;
	buffer_puts(&sql->text, " WHERE ");
	return odata_put_condition(context, sql, node);
}

static bool
count_rows(Context *context, const EntitySet *set, const Query *query, int64_t *rows)
{
	Scope		scope;
	Sql			sql = {0};
	sqlite3_stmt *statement = NULL;
	bool		ok;

	entity_scope(set, &scope);
	buffer_printf(&sql.text, "SELECT count(*) FROM \"%s\" t0", set->name);
	ok = put_where(context, &scope, query, &sql) && (statement = sql_prepare(context, &sql)) != NULL;
	if (ok)
	{
		ok = sqlite3_step(statement) == SQLITE_ROW;
		*rows = sqlite3_column_int64(statement, 0);
		ok = db_done(context->db, statement) && ok;
		if (!ok)
			respond_database(context);
	}
	sql_free(&sql);
	return ok;
}

bool
entity_count(Context *context, const EntitySet *set, const char *query_text)
{
	Query		query;
	int64_t		rows;

	if (!query_parse(context, query_text, &query) || !count_rows(context, set, &query, &rows))
		return false;
	context->response->status = 200;
	context->response->content_type = "text/plain;charset=utf-8";
	buffer_printf(&context->response->body, "%lld", (long long) rows);
	return true;
}

static void
put_list_head(Context *context, const EntitySet *set, const Query *query, int64_t rows)
{
	Buffer	   *body = &context->response->body;

	buffer_puts(body, "{\n   ");
	json_put_control(body, context->version, context->version == 1 ? "metadata" : "context");
	buffer_printf(body, "\"%s/$metadata#%s\",\n", context->root, set->name);
	if (query->count)
	{
		buffer_puts(body, "   ");
		json_put_control(body, context->version, "count");
		/* version 1 prints the count as a string (SL 2) */
		buffer_printf(body, context->version == 1 ? "\"%lld\",\n" : "%lld,\n", (long long) rows);
	}
	buffer_puts(body, "   \"value\" : [");
}

static bool
put_list(Context *context, const EntitySet *set, const Query *query, const Selection *selection,
		 Cursor *cursor)
{
	Buffer	   *body = &context->response->body;
	int			plan_count;
	CollectionPlan *plan = plan_collections(context, set, set->type, selection, set->name, &plan_count);
	int64_t		page = query_page_rows(query);
	int64_t		row = 0;
	bool		ok = true;
	int			step = SQLITE_DONE;

	while (ok && (step = cursor_step(cursor)) == SQLITE_ROW && (page < 0 || row < page))
	{
		bool		comma = false;

		buffer_puts(body, row++ == 0 ? "\n      {" : ",\n      {");
		ok = put_row(context, set, selection, plan, plan_count, cursor_statement(cursor), &comma);
		buffer_putc(body, '}');
	}
	buffer_puts(body, "\n   ]");
	if (step == SQLITE_ROW && query_has_more(query))
		query_put_next_link(context, query, set->name);
	buffer_puts(body, "\n}\n");
	cursor_close(context, cursor, ok && step == SQLITE_ROW);
	return (ok && (step == SQLITE_ROW || step == SQLITE_DONE)) || respond_database(context);
}

bool
entity_list(Context *context, const EntitySet *set, const char *query_text)
{
	Query		query;
	Scope		scope;
	Selection	selection;
	Sql			sql = {0};
	Cursor	   *cursor;
	int64_t		rows = 0;
	bool		ok;

	if (!query_parse(context, query_text, &query))
		return false;
	entity_scope(set, &scope);
	if (query.apply != NULL)
		return apply_read(context, &scope, &query, set->name);
	if (query.expand != NULL)
		return respond_error(context, 400, "201", "Property '%s' is invalid", query.expand);
	if (!entity_select(context, set->type, query.select, &selection) ||
		(query.count && !count_rows(context, set, &query, &rows)))
		return false;

	start_row_query(context, set, &selection, &sql);
	/* without this, SQLite might read an index and so deliver key order */
	if (query.filter == NULL && query.orderby == NULL)
		buffer_puts(&sql.text, " NOT INDEXED");
	ok = put_where(context, &scope, &query, &sql) &&
		(query.orderby == NULL || query_put_order(context, &scope, query.orderby, &sql));
	cursor = ok ? cursor_open(context, &sql, &query) : NULL;
	ok = cursor != NULL;
	if (ok)
	{
		respond_json(context, 200);
		put_list_head(context, set, &query, rows);
		ok = put_list(context, set, &query, &selection, cursor);
	}
	sql_free(&sql);
	return ok;
}

static bool
put_single(Context *context, const EntityKey *key, const Selection *selection, sqlite3_stmt *statement)
{
	Buffer	   *body = &context->response->body;
	const EntitySet *set = key->set;
	int			plan_count;
	CollectionPlan *plan = plan_collections(context, set, set->type, selection, set->name, &plan_count);
	bool		comma = true;
	char		etag[64];
	bool		ok;

	respond_json(context, 200);
	if ((set->flags & SET_ETAG) != 0 && selection->all)
	{
		entity_etag(sqlite3_column_int64(statement, 1), etag, sizeof(etag));
		response_header(context->response, "ETag", "%s", etag);
	}
	buffer_puts(body, "{\n   ");
	json_put_control(body, context->version, context->version == 1 ? "metadata" : "context");
	buffer_printf(body, "\"%s/$metadata#%s/%s\"", context->root, set->name,
				  context->version == 1 ? "@Element" : "$entity");
	if ((set->flags & SET_ETAG) != 0)
		buffer_puts(body, ",\n   ");
	ok = put_row(context, set, selection, plan, plan_count, statement, &comma);
	buffer_puts(body, "\n}\n");
	return ok;
}

bool
entity_single(Context *context, const EntityKey *key, const char *query_text)
{
	Query		query;
	Selection	selection;
	Sql			sql = {0};
	sqlite3_stmt *statement;
	bool		ok;

	if (!query_parse(context, query_text, &query) ||
		!entity_select(context, key->set->type, query.select, &selection))
		return false;
	start_row_query(context, key->set, &selection, &sql);
	buffer_printf(&sql.text, " WHERE t0.\"%s\" = ?", key->set->key);
	statement = sql_prepare(context, &sql);
	sql_free(&sql);
	if (statement == NULL)
		return false;
	entity_bind_key(statement, 1, key);
	if (sqlite3_step(statement) != SQLITE_ROW)
	{
		db_done(context->db, statement);
		return respond_not_found(context);
	}
	ok = put_single(context, key, &selection, statement);
	db_done(context->db, statement);
	return ok || respond_database(context);
}

/* A missing entity answers like a null property; only /$value tells (SL 3.1). */
static bool
put_scalar(Context *context, const Property *property, sqlite3_stmt *statement, bool row, bool raw)
{
	Buffer	   *body = &context->response->body;
	bool		null = !row || sqlite3_column_type(statement, 0) == SQLITE_NULL;

	if (null && raw)
		return respond_error(context, 404, "-2028", "Resource not found for the property: %s", property->name);
	respond_json(context, 200);
	if (null)
	{
		buffer_printf(body, "{ \"%sodata.null\" : true }\n", context->version == 1 ? "" : "@");
		return true;
	}
	if (raw)
	{
		context->response->content_type = "text/plain;charset=utf-8";
		entity_put_value(context, property, statement, 0);
		/* text stands bare, so take the quotes of JSON away again */
		if (body->data[0] == '"')
		{
			buffer_reset(body);
			buffer_puts(body, (const char *) sqlite3_column_text(statement, 0));
		}
		return true;
	}
	buffer_puts(body, "{\n   \"value\" : ");
	entity_put_value(context, property, statement, 0);
	buffer_puts(body, "\n}\n");
	return true;
}

static bool
put_whole_collection(Context *context, const EntityKey *key, const Property *property)
{
	Selection	selection = {false, arena_alloc(context->arena, key->set->type->property_count)};
	int			count;
	CollectionPlan *plan;
	bool		comma = false;

	if (!entity_exists(context, key))
		return false;
	selection.shown[property - key->set->type->property] = true;
	plan = plan_collections(context, key->set, key->set->type, &selection, key->set->name, &count);
	respond_json(context, 200);
	buffer_putc(&context->response->body, '{');
	if (!put_collections(context, plan, count, key, 0, &comma))
		return respond_database(context);
	buffer_puts(&context->response->body, "}\n");
	return true;
}

bool
entity_property(Context *context, const EntityKey *key, const char *name, bool raw)
{
	const Property *property = model_find_property(key->set->type, name, context->version);
	sqlite3_stmt *statement;
	bool		row;
	bool		ok;

	if (property == NULL)
		return respond_error(context, 400, "201", "Property '%s' is invalid", name);
	if (property->kind == EDM_COLLECTION)
		return raw ? respond_unrecognized(context) : put_whole_collection(context, key, property);
	statement = db_prepare(context->db, arena_printf(context->arena, "SELECT \"%s\" FROM \"%s\" WHERE \"%s\" = ?",
													 property->name, key->set->name, key->set->key));
	if (statement == NULL)
		return respond_database(context);
	entity_bind_key(statement, 1, key);
	row = sqlite3_step(statement) == SQLITE_ROW;
	ok = put_scalar(context, property, statement, row, raw);
	db_done(context->db, statement);
	return ok;
}
