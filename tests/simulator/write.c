/*
 * write.c
 *		POST, PATCH, PUT and DELETE of master data; rows of any entity.
 *
 * Statements are made from the entity model; members a request did not give
 * fall to the database's defaults, as in B1.
 */
#include <stdio.h>
#include <string.h>

#include "document.h"
#include "payload.h"
#include "write.h"

bool
write_begin(Context *context, bool nested)
{
	return nested || db_begin(context->db) || respond_database(context);
}

bool
write_end(Context *context, bool nested, bool ok)
{
	if (nested)
		return ok;
	if (!ok)
	{
		db_rollback(context->db);
		return false;
	}
	return db_commit(context->db) || respond_database(context);
}

void
write_bind(sqlite3_stmt *statement, int position, const json_t *value)
{
	if (json_is_integer(value))
		sqlite3_bind_int64(statement, position, json_integer_value(value));
	else if (json_is_string(value))
		sqlite3_bind_text(statement, position, json_string_value(value), -1, SQLITE_TRANSIENT);
	else
		sqlite3_bind_null(statement, position);
}

/* Names and marks of the members that "object" has; the rest keeps its default. */
static int
put_insert(Buffer *sql, const char *table, const char *internal, int internal_count,
		   const StructType *type, const json_t *object)
{
	int			count = internal_count;

	buffer_printf(sql, "INSERT INTO \"%s\" (%s", table, internal);
	for (size_t i = 0; i < type->property_count; i++)
		if (type->property[i].kind != EDM_COLLECTION && payload_has(object, type->property[i].name))
		{
			buffer_printf(sql, ", \"%s\"", type->property[i].name);
			count++;
		}
	buffer_puts(sql, ") VALUES (");
	for (int i = 0; i < count; i++)
		buffer_puts(sql, i == 0 ? "?" : ", ?");
	buffer_putc(sql, ')');
	return count;
}

static void
bind_members(sqlite3_stmt *statement, int position, const StructType *type, const json_t *object)
{
	for (size_t i = 0; i < type->property_count; i++)
		if (type->property[i].kind != EDM_COLLECTION && payload_has(object, type->property[i].name))
			write_bind(statement, position++, json_object_get(object, type->property[i].name));
}

static bool
finish_insert(Context *context, sqlite3_stmt *statement)
{
	int			step = sqlite3_step(statement);
	bool		duplicate = step == SQLITE_CONSTRAINT;

	db_done(context->db, statement);
	if (duplicate)
		return respond_error(context, 400, "-2035", "This entry already exists in the following tables (ODBC -2035)");
	return step == SQLITE_DONE || respond_database(context);
}

static bool
write_collections(Context *context, const EntityKey *key, const char *path, const StructType *type,
				  int64_t line, const json_t *object)
{
	for (size_t i = 0; i < type->property_count; i++)
	{
		const Property *property = &type->property[i];
		size_t		seq;
		json_t	   *row;

		if (property->kind != EDM_COLLECTION)
			continue;
		json_array_foreach(json_object_get(object, property->name), seq, row)
		{
			if (!write_collection_row(context, key, arena_printf(context->arena, "%s/%s", path, property->name),
									  property->element, line, (int64_t) seq, row))
				return false;
		}
	}
	return true;
}

bool
write_collection_row(Context *context, const EntityKey *key, const char *table, const StructType *type,
					 int64_t line, int64_t seq, const json_t *row)
{
	const char *parent = schema_parent_column(key->set, type);
	json_t	   *copy = json_copy((json_t *) row);
	Buffer		sql = {0};
	sqlite3_stmt *statement;
	bool		ok;

	/* the parent's key is bound as an internal column, even where it is a property */
	json_object_del(copy, parent);
	put_insert(&sql, table, arena_printf(context->arena, "_line, _seq, \"%s\"", parent), 3, type, copy);
	statement = db_prepare(context->db, sql.data);
	buffer_free(&sql);
	ok = statement != NULL || respond_database(context);
	if (ok)
	{
		sqlite3_bind_int64(statement, 1, line);
		sqlite3_bind_int64(statement, 2, seq);
		entity_bind_key(statement, 3, key);
		bind_members(statement, 4, type, copy);
		ok = finish_insert(context, statement) && write_collections(context, key, table, type, seq, copy);
	}
	json_decref(copy);
	return ok;
}

static void
key_of(const EntitySet *set, const json_t *object, EntityKey *key)
{
	key->set = set;
	key->is_text = model_find_property(set->type, set->key, 2)->kind == EDM_STRING;
	key->text = payload_text(object, set->key);
	key->number = payload_int(object, set->key, 0);
}

bool
write_rows(Context *context, const EntitySet *set, json_t *object)
{
	EntityKey	key;
	Buffer		sql = {0};
	sqlite3_stmt *statement;
	int64_t		rid;

	key_of(set, object, &key);
	rid = key.is_text ? db_int(context->db, 0, arena_printf(context->arena, "SELECT count(*) FROM \"%s\"", set->name), "") + 20000000 :
		key.number;
	put_insert(&sql, set->name, "_rid", 1, set->type, object);
	statement = db_prepare(context->db, sql.data);
	buffer_free(&sql);
	if (statement == NULL)
		return respond_database(context);
	/* text keys: take the next free place; scattering does the rest */
	while (db_int(context->db, 0, arena_printf(context->arena, "SELECT 1 FROM \"%s\" WHERE _rid = ?", set->name), "i",
				  schema_scatter(rid)) != 0)
		rid++;
	sqlite3_bind_int64(statement, 1, schema_scatter(rid));
	bind_members(statement, 2, set->type, object);
	return finish_insert(context, statement) && write_collections(context, &key, set->name, set->type, 0, object);
}

bool
write_created(Context *context, const EntityKey *key)
{
	const char *prefer = request_header(context, "Prefer");
	Buffer		place = {0};
	bool		ok = true;

	entity_put_key(&place, key);
	if (prefer != NULL && strstr(prefer, "return-no-content") != NULL)
	{
		respond_empty(context);
		response_header(context->response, "Location", "/b1s/v%d/%s%s", context->version, key->set->name, place.data);
		response_header(context->response, "Preference-Applied", "return-no-content");
	}
	else
	{
		ok = entity_single(context, key, "");
		context->response->status = ok ? 201 : context->response->status;
		if (ok)
			response_header(context->response, "Location", "%s/%s%s", context->root, key->set->name, place.data);
	}
	buffer_free(&place);
	return ok;
}

/* Every item has a row in every warehouse. */
static bool
complete_stock_rows(Context *context)
{
	return (db_run(context->db, "UPDATE \"Items/ItemWarehouseInfoCollection\" SET InStock = 0, Committed = 0, Ordered = 0,"
				  " StandardAveragePrice = coalesce(StandardAveragePrice, 0) WHERE InStock IS NULL", "") &&
			db_run(context->db, "INSERT INTO \"Items/ItemWarehouseInfoCollection\" (_seq, ItemCode, WarehouseCode, InStock, Committed,"
				  " Ordered, StandardAveragePrice) SELECT coalesce(w.InternalKey, w._rid), i.ItemCode, w.WarehouseCode, 0, 0, 0, 0"
				  " FROM Items i, Warehouses w WHERE NOT EXISTS (SELECT 1 FROM \"Items/ItemWarehouseInfoCollection\" s"
			   " WHERE s.ItemCode = i.ItemCode AND s.WarehouseCode = w.WarehouseCode)", "")) || respond_database(context);
}

/* What B1 fills in on creation. */
static void
fill_new(Context *context, const EntitySet *set, json_t *object)
{
	const char *today = document_today(context->arena);

	if (model_find_property(set->type, "CreateDate", 2) != NULL)
		payload_set_text(object, "CreateDate", today);
	if (model_find_property(set->type, "UpdateDate", 2) != NULL)
	{
		payload_set_text(object, "UpdateDate", today);
		payload_set_text(object, "UpdateTime", document_now(context->arena));
	}
	if (strcmp(set->name, "Items") == 0)
	{
		payload_set_int(object, "QuantityOnStock", 0);
		payload_set_int(object, "QuantityOrderedByCustomers", 0);
		payload_set_int(object, "QuantityOrderedFromVendors", 0);
		payload_set_int(object, "MovingAveragePrice", 0);
		payload_set_int(object, "AvgStdPrice", payload_int(object, "AvgStdPrice", 0));
	}
}

/* A number for keys that B1 gives out itself. */
static bool
choose_key(Context *context, const EntitySet *set, json_t *object)
{
	const Property *property = model_find_property(set->type, set->key, 2);
	const char *text = payload_text(object, set->key);

	if (property->kind == EDM_STRING)
	{
		if (text == NULL || *text == '\0')
			return respond_error(context, 400, "-5002", "Enter valid code [%s.%s]", set->header_table, set->key);
		if (db_int(context->db, 0, arena_printf(context->arena, "SELECT 1 FROM \"%s\" WHERE \"%s\" = ?", set->name, set->key),
				   "s", text) == 0)
			return true;
		if (strcmp(set->name, "Items") == 0)
			return respond_error(context, 400, "-10", "1320000140 - Item code '%s' already exists", text);
		if (strcmp(set->name, "BusinessPartners") == 0)
			return respond_error(context, 400, "-10", "1320000140 - Business partner code '%s' already assigned to a "
								 "business partner; enter a unique business partner code", text);
		return respond_error(context, 400, "-2035", "This entry already exists in the following tables (ODBC -2035)");
	}
	payload_set_int(object, set->key, db_int(context->db, 0, arena_printf(context->arena, "SELECT max(\"%s\") FROM \"%s\"",
																		  set->key, set->name), "") + 1);
	return true;
}

static bool
check_journal(Context *context, json_t *object)
{
	json_t	   *lines = json_object_get(object, "JournalEntryLines");
	int64_t		balance = 0;
	size_t		i;
	json_t	   *line;

	if (!payload_has(object, "ReferenceDate"))
		payload_set_text(object, "ReferenceDate", document_today(context->arena));
	json_array_foreach(lines, i, line)
	{
		int64_t		amount = payload_int(line, "Debit", 0) - payload_int(line, "Credit", 0);
		const char *account = payload_text(line, "AccountCode");

		payload_set_int(line, "Line_ID", (int64_t) i);
		balance += amount;
		if (account == NULL || db_int(context->db, 0, "SELECT 1 FROM ChartOfAccounts WHERE Code = ?", "s", account) == 0)
			return respond_error(context, 400, "-2028", "No matching records found (ODBC -2028)");
		if (!db_run(context->db, "UPDATE ChartOfAccounts SET Balance = Balance + ? WHERE Code = ?", "is", amount, account))
			return respond_database(context);
	}
	if (json_array_size(lines) < 2 || balance != 0)
		return respond_error(context, 400, "-5002", "Unbalanced transaction [JDT1]");
	payload_set_int(object, "Number", payload_int(object, "JdtNum", 0));
	payload_set_text(object, "OriginalJournal", "30");
	payload_set_int(object, "Original", payload_int(object, "JdtNum", 0));
	return document_check_period(context, model_find_set("JournalEntries"), payload_text(object, "ReferenceDate"));
}

static bool
insert_entity(Context *context, const EntitySet *set, json_t *object, EntityKey *key)
{
	if (!choose_key(context, set, object))
		return false;
	fill_new(context, set, object);
	if (strcmp(set->name, "JournalEntries") == 0 && !check_journal(context, object))
		return false;
	if (!write_rows(context, set, object))
		return false;
	if ((strcmp(set->name, "Items") == 0 || strcmp(set->name, "Warehouses") == 0) && !complete_stock_rows(context))
		return false;
	key_of(set, object, key);
	return true;
}

bool
write_create(Context *context, const EntitySet *set)
{
	json_t	   *object;
	EntityKey	key;
	bool		nested = context->db->writing;
	bool		ok;

	if (set->flags & SET_READONLY)
		return respond_error(context, 400, "-5006", "The requested action is not supported for this object.");
	object = payload_read(context, set->type);
	if (object == NULL)
		return false;
	ok = write_begin(context, nested) && insert_entity(context, set, object, &key) && write_created(context, &key);
	json_decref(object);
	return write_end(context, nested, ok);
}

bool
write_delete(Context *context, const EntityKey *key)
{
	bool		nested = context->db->writing;
	bool		ok;
	const char *sql = arena_printf(context->arena, "DELETE FROM \"%s\" WHERE \"%s\" = ?", key->set->name, key->set->key);

	if ((key->set->flags & (SET_DOCUMENT | SET_READONLY)) != 0 && (key->set->flags & SET_DRAFT) == 0)
		return respond_error(context, 400, "-5006", "The requested action is not supported for this object.");
	if (!write_begin(context, nested))
		return false;
	ok = entity_check_match(context, key);
	/* master data with a history stays */
	if (ok && strcmp(key->set->name, "Items") == 0 &&
		db_int(context->db, 0, "SELECT count(*) FROM \"Items/ItemWarehouseInfoCollection\" WHERE ItemCode = ? AND InStock <> 0",
			   "s", key->text) > 0)
		ok = respond_error(context, 400, "-5006", "The requested action is not supported for this object.");
	if (ok)
	{
		ok = key->is_text ? db_run(context->db, sql, "s", key->text) : db_run(context->db, sql, "i", key->number);
		if (!ok)
			respond_database(context);
		ok = ok && write_delete_collections(context, key, key->set->name, key->set->type);
	}
	if (ok)
		respond_empty(context);
	return write_end(context, nested, ok);
}
