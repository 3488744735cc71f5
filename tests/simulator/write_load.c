/*
 * write_load.c
 *		Stored entities as normalised objects, and removal of their rows.
 */
#include <string.h>

#include "payload.h"
#include "write.h"

static void
load_members(json_t *object, const StructType *type, sqlite3_stmt *statement, int column)
{
	for (size_t i = 0; i < type->property_count; i++)
	{
		const Property *property = &type->property[i];

		if (property->kind == EDM_COLLECTION)
			continue;
		if (sqlite3_column_type(statement, column) == SQLITE_INTEGER)
			payload_set_int(object, property->name, sqlite3_column_int64(statement, column));
		else if (sqlite3_column_type(statement, column) == SQLITE_TEXT)
			payload_set_text(object, property->name, (const char *) sqlite3_column_text(statement, column));
		column++;
	}
}

static const char *
column_list(Context *context, const StructType *type)
{
	static const Selection everything = {true, NULL};
	Sql			sql = {0};
	const char *text;

	entity_put_columns(context, &sql, type, "c", &everything);
	text = arena_strdup(context->arena, sql.text.data);
	sql_free(&sql);
	return text;
}

static bool
load_collections(Context *context, const EntityKey *key, json_t *object, const StructType *type,
				 const char *path, int64_t line)
{
	for (size_t i = 0; i < type->property_count; i++)
	{
		const Property *property = &type->property[i];
		const char *table;
		json_t	   *rows;
		sqlite3_stmt *statement;
		bool		ok = true;

		if (property->kind != EDM_COLLECTION)
			continue;
		table = arena_printf(context->arena, "%s/%s", path, property->name);
		rows = json_array();
		json_object_set_new(object, property->name, rows);
		statement = db_prepare(context->db,
							   arena_printf(context->arena, "SELECT c._seq%s FROM \"%s\" c WHERE c.%s = ? AND coalesce(c._line, 0) = ?"
											" ORDER BY c._seq", column_list(context, property->element), table,
											schema_parent_column(key->set, property->element)));
		if (statement == NULL)
			return false;
		entity_bind_key(statement, 1, key);
		sqlite3_bind_int64(statement, 2, line);
		while (ok && sqlite3_step(statement) == SQLITE_ROW)
		{
			json_t	   *row = json_object();

			json_array_append_new(rows, row);
			load_members(row, property->element, statement, 1);
			ok = load_collections(context, key, row, property->element, table, sqlite3_column_int64(statement, 0));
		}
		if (!db_done(context->db, statement) || !ok)
			return false;
	}
	return true;
}

json_t *
write_load(Context *context, const EntityKey *key)
{
	const EntitySet *set = key->set;
	json_t	   *object = json_object();
	sqlite3_stmt *statement;
	bool		found;

	statement = db_prepare(context->db, arena_printf(context->arena, "SELECT 0%s FROM \"%s\" c WHERE c.\"%s\" = ?",
													 column_list(context, set->type), set->name, set->key));
	if (statement != NULL)
		entity_bind_key(statement, 1, key);
	found = statement != NULL && sqlite3_step(statement) == SQLITE_ROW;
	if (found)
		load_members(object, set->type, statement, 1);
	db_done(context->db, statement);
	if (found && load_collections(context, key, object, set->type, set->name, 0))
		return object;
	json_decref(object);
	if (found)
		respond_database(context);
	else
		respond_not_found(context);
	return NULL;
}

bool
write_delete_collections(Context *context, const EntityKey *key, const char *path, const StructType *type)
{
	for (size_t i = 0; i < type->property_count; i++)
	{
		const Property *property = &type->property[i];
		const char *table;
		const char *sql;

		if (property->kind != EDM_COLLECTION)
			continue;
		table = arena_printf(context->arena, "%s/%s", path, property->name);
		sql = arena_printf(context->arena, "DELETE FROM \"%s\" WHERE %s = ?", table,
						   schema_parent_column(key->set, property->element));
		if (!(key->is_text ? db_run(context->db, sql, "s", key->text) : db_run(context->db, sql, "i", key->number)))
			return respond_database(context);
		if (!write_delete_collections(context, key, table, property->element))
			return false;
	}
	return true;
}
