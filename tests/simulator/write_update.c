/*
 * write_update.c
 *		PATCH and PUT (SL 5.1, 5.2).
 *
 * A row of a collection that carries its identifier changes that row; without
 * one it is appended; rows not sent stay, unless B1S-ReplaceCollectionsOnPatch
 * asks for their removal.  A posted stock document keeps what was posted: only
 * its texts and user fields change.
 */
#include <string.h>

#include "document.h"
#include "payload.h"
#include "write.h"

/* How rows of a collection are told apart. */
static const struct
{
	const char *element;
	const char *identifier;
}			identifiers[] = {
	{"DocumentLine", "LineNum"}, {"StockTransferLine", "LineNum"}, {"InventoryCountingLine", "LineNumber"},
	{"InventoryPostingLine", "LineNumber"}, {"ItemWarehouseInfo", "WarehouseCode"}, {"ItemPrice", "PriceList"},
	{"JournalEntryLine", "Line_ID"}, {"BPAddress", "RowNum"}, {"UoMGroupDefinition", "AlternateUoM"},
	{"ItemPreferredVendor", "BPCode"}, {"ContactEmployee", "InternalCode"}, {"DocumentReference", "LineNumber"},
};

/* Fixed once a document has moved stock or money. */
static const char *const fixed_header[] = {
	"DocDate", "PostingDate", "CountDate", "CardCode", "DocTotal", "FromWarehouse", "ToWarehouse", "DocNum", "Series",
};
static const char *const fixed_line[] = {
	"ItemCode", "Quantity", "WarehouseCode", "FromWarehouseCode", "Price", "UnitPrice", "LineTotal", "CountedQuantity",
	"Variance", "BaseType", "BaseEntry", "BaseLine",
};

static const char *
identifier_of(const StructType *element)
{
	for (size_t i = 0; i < MODEL_LENGTH(identifiers); i++)
		if (strcmp(identifiers[i].element, element->name) == 0)
			return identifiers[i].identifier;
	return NULL;
}

/* Orders, requests and drafts stay open to change; counts until they are posted. */
static bool
is_posted(const EntitySet *set)
{
	return (set->flags & SET_DOCUMENT) != 0 && (set->flags & SET_DRAFT) == 0 &&
		(set->effect == EFFECT_IN || set->effect == EFFECT_OUT || set->effect == EFFECT_TRANSFER ||
		 set->effect == EFFECT_POSTING);
}

static bool
refuse_fixed(Context *context, const json_t *object, const char *const *member, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (json_object_get(object, member[i]) != NULL)
			return respond_error(context, 400, "-1029", "Field '%s' cannot be updated (ODBC -1029)", member[i]);
	return true;
}

/* UPDATE of the members given; with "replace", of all that may be written. */
static bool
update_row(Context *context, const char *table, const StructType *type, const json_t *object, bool replace,
		   const char *where, const EntityKey *key, const json_t *identifier)
{
	Buffer		sql = {0};
	int			count = 0;
	sqlite3_stmt *statement;
	bool		ok;

	buffer_printf(&sql, "UPDATE \"%s\" SET ", table);
	for (size_t i = 0; i < type->property_count; i++)
	{
		const Property *property = &type->property[i];
		bool		given = json_object_get(object, property->name) != NULL;

		if (property->kind == EDM_COLLECTION || (property->flags & (PROP_KEY | PROP_READONLY | PROP_VERSION)) != 0)
			continue;
		if (given)
			buffer_printf(&sql, "%s\"%s\" = ?", count++ == 0 ? "" : ", ", property->name);
		else if (replace)
			buffer_printf(&sql, "%s\"%s\" = coalesce(?, %s%s%s)", count++ == 0 ? "" : ", ", property->name,
						  property->initial == NULL ? "" : "'", property->initial == NULL ? "NULL" : property->initial,
						  property->initial == NULL ? "" : "'");
	}
	if (count == 0)
	{
		buffer_free(&sql);
		return true;
	}
	buffer_puts(&sql, where);
	statement = db_prepare(context->db, sql.data);
	buffer_free(&sql);
	if (statement == NULL)
		return respond_database(context);
	count = 0;
	for (size_t i = 0; i < type->property_count; i++)
	{
		const Property *property = &type->property[i];
		json_t	   *value = json_object_get(object, property->name);

		if (property->kind != EDM_COLLECTION && (property->flags & (PROP_KEY | PROP_READONLY | PROP_VERSION)) == 0 &&
			(value != NULL || replace))
			write_bind(statement, ++count, value);
	}
	entity_bind_key(statement, ++count, key);
	if (identifier != NULL)
		write_bind(statement, ++count, identifier);
	sqlite3_step(statement);
	ok = db_done(context->db, statement);
	return ok || respond_database(context);
}

static bool
row_exists(Context *context, const EntityKey *key, const char *table, const StructType *element,
		   const char *identifier, const json_t *value)
{
	sqlite3_stmt *statement = db_prepare(context->db,
										 arena_printf(context->arena, "SELECT 1 FROM \"%s\" WHERE %s = ? AND \"%s\" = ?", table,
													  schema_parent_column(key->set, element), identifier));
	bool		found;

	if (statement == NULL)
		return false;
	entity_bind_key(statement, 1, key);
	write_bind(statement, 2, value);
	found = sqlite3_step(statement) == SQLITE_ROW;
	db_done(context->db, statement);
	return found;
}

/* An order line whose quantity changes keeps what was drawn from it. */
static bool
adjust_open_quantity(Context *context, const EntityKey *key, const json_t *row)
{
	const EntitySet *set = key->set;

	if (!payload_has(row, "Quantity") || (set->flags & SET_DOCUMENT) == 0)
		return true;
	return db_run(context->db, arena_printf(context->arena, "UPDATE \"%s/%s\" SET RemainingOpenQuantity = max(?1 - (Quantity"
											" - RemainingOpenQuantity), 0), RemainingOpenInventoryQuantity = max(?1 - (Quantity -"
											" RemainingOpenQuantity), 0), InventoryQuantity = ?1 WHERE %s = ?2 AND LineNum = ?3",
											set->name, set->lines, set->key),
				  "iii", payload_int(row, "Quantity", 0), key->number, payload_int(row, "LineNum", 0)) ||
		respond_database(context);
}

static bool
append_row(Context *context, const EntityKey *key, const char *table, const Property *property, json_t *row)
{
	int64_t		next;

	if ((key->set->flags & SET_DOCUMENT) != 0 && strcmp(property->name, key->set->lines) == 0)
		return document_append_line(context, key->set, key->number, row);
	next = db_int(context->db, 0, arena_printf(context->arena, "SELECT max(_seq) + 1 FROM \"%s\"", table), "");
	return write_collection_row(context, key, table, property->element, 0, next, row);
}

static bool
patch_row(Context *context, const EntityKey *key, const char *table, const Property *property, json_t *row)
{
	const char *identifier = identifier_of(property->element);
	json_t	   *value = identifier == NULL ? NULL : json_object_get(row, identifier);
	bool		document_line = (key->set->flags & SET_DOCUMENT) != 0 && strcmp(property->name, key->set->lines) == 0;

	if (document_line && is_posted(key->set) && !refuse_fixed(context, row, fixed_line, MODEL_LENGTH(fixed_line)))
		return false;
	if (value == NULL || !row_exists(context, key, table, property->element, identifier, value))
	{
		if (document_line && is_posted(key->set))
			return respond_error(context, 400, "-1029", "Lines cannot be added (ODBC -1029)");
		return append_row(context, key, table, property, row);
	}
	if (document_line && !adjust_open_quantity(context, key, row))
		return false;
	return update_row(context, table, property->element, row, false,
					  arena_printf(context->arena, " WHERE %s = ? AND \"%s\" = ?",
								   schema_parent_column(key->set, property->element), identifier), key, value);
}

/* Removes the rows of a collection that the body does not name. */
static bool
remove_others(Context *context, const EntityKey *key, const char *table, const Property *property, json_t *rows)
{
	const char *identifier = identifier_of(property->element);
	Sql			sql = {0};
	sqlite3_stmt *statement;
	size_t		i;
	json_t	   *row;
	int			named = 0;

	if (identifier == NULL)
		return true;
	buffer_printf(&sql.text, "DELETE FROM \"%s\" WHERE %s = ", table, schema_parent_column(key->set, property->element));
	sql_value(context, &sql, key->text, key->number);
	json_array_foreach(rows, i, row)
	{
		json_t	   *value = json_object_get(row, identifier);

		if (value == NULL || json_is_null(value))
			continue;
		if (named++ == 0)
			buffer_printf(&sql.text, " AND (\"%s\" IS NULL OR \"%s\" NOT IN (", identifier, identifier);
		else
			buffer_puts(&sql.text, ", ");
		sql_value(context, &sql, json_string_value(value), json_integer_value(value));
	}
	if (named > 0)
		buffer_puts(&sql.text, "))");
	statement = sql_prepare(context, &sql);
	sql_free(&sql);
	if (statement == NULL)
		return false;
	sqlite3_step(statement);
	return db_done(context->db, statement) || respond_database(context);
}

static bool
patch_collections(Context *context, const EntityKey *key, const json_t *object)
{
	bool		replace = request_flag(context, "B1S-ReplaceCollectionsOnPatch");

	for (size_t i = 0; i < key->set->type->property_count; i++)
	{
		const Property *property = &key->set->type->property[i];
		json_t	   *rows = json_object_get(object, property->name);
		const char *table;
		size_t		r;
		json_t	   *row;

		if (property->kind != EDM_COLLECTION || !json_is_array(rows))
			continue;
		table = arena_printf(context->arena, "%s/%s", key->set->name, property->name);
		if (replace && !is_posted(key->set) && !remove_others(context, key, table, property, rows))
			return false;
		json_array_foreach(rows, r, row)
		{
			if (!patch_row(context, key, table, property, row))
				return false;
		}
	}
	return true;
}

/* Version and time of the change; totals of a document from its lines. */
static bool
touch(Context *context, const EntityKey *key)
{
	const EntitySet *set = key->set;
	Buffer		sql = {0};
	bool		ok = true;

	buffer_printf(&sql, "UPDATE \"%s\" SET \"%s\" = \"%s\"", set->name, set->key, set->key);
	if (set->flags & SET_ETAG)
		buffer_puts(&sql, ", DataVersion = DataVersion + 1");
	if (model_find_property(set->type, "UpdateDate", 2) != NULL)
		buffer_printf(&sql, ", UpdateDate = '%s'", document_today(context->arena));
	if (model_find_property(set->type, "UpdateTime", 2) != NULL)
		buffer_printf(&sql, ", UpdateTime = '%s'", document_now(context->arena));
	buffer_printf(&sql, " WHERE \"%s\" = ?", set->key);
	ok = key->is_text ? db_run(context->db, sql.data, "s", key->text) : db_run(context->db, sql.data, "i", key->number);
	buffer_free(&sql);
	if (ok && (set->flags & SET_DOCUMENT) != 0 && model_find_property(set->type, "DocTotal", 2) != NULL && !is_posted(set))
		ok = db_run(context->db, arena_printf(context->arena, "UPDATE \"%s/%s\" SET LineTotal = b1_multiply(Price, Quantity)"
											  " WHERE DocEntry = ?", set->name, set->lines), "i", key->number) &&
			db_run(context->db, arena_printf(context->arena, "UPDATE \"%s\" SET DocTotal = (SELECT sum(LineTotal) FROM \"%s/%s\" l"
											 " WHERE l.DocEntry = ?1) WHERE DocEntry = ?1", set->name, set->name, set->lines),
				   "i", key->number);
	return ok || respond_database(context);
}

static bool
apply_update(Context *context, const EntityKey *key, const json_t *object, bool replace)
{
	const EntitySet *set = key->set;
	bool		lines = set->lines != NULL && json_object_get(object, set->lines) != NULL;

	if (is_posted(set) && !refuse_fixed(context, object, fixed_header, MODEL_LENGTH(fixed_header)))
		return false;
	if (lines && (set->flags & SET_DOCUMENT) != 0 && !document_hold(context, set, key->number, -1))
		return false;
	if (!update_row(context, set->name, set->type, object, replace,
					arena_printf(context->arena, " WHERE \"%s\" = ?", set->key), key, NULL) ||
		!patch_collections(context, key, object))
		return false;
	if (lines && (set->flags & SET_DOCUMENT) != 0 && !document_hold(context, set, key->number, 1))
		return false;
	return touch(context, key);
}

bool
write_update(Context *context, const EntityKey *key, bool replace)
{
	json_t	   *object;
	bool		nested = context->db->writing;
	bool		ok;

	if ((key->set->flags & SET_READONLY) != 0 || (replace && (key->set->flags & SET_DOCUMENT) != 0))
		return respond_error(context, 400, "-5006", "The requested action is not supported for this object.");
	object = payload_read(context, key->set->type);
	if (object == NULL)
		return false;
	ok = write_begin(context, nested) && entity_check_match(context, key) && apply_update(context, key, object, replace);
	json_decref(object);
	if (ok)
		respond_empty(context);
	return write_end(context, nested, ok);
}
