/*
 * schema.c
 *		Tables of the books, made from the entity model.
 *
 * One table per entity set and collection (see books.h), plus the few that B1
 * keeps to itself: the ledger, numbering, posting periods, batch stock; and
 * those of the inventory system.  Indexes are made after seeding, which is
 * what makes half a million rows a matter of seconds.
 */
#include <stdio.h>
#include <string.h>

#include "books.h"
#include "config.h"

static const char *const internal_schema =
"CREATE TABLE ledger (seq INTEGER PRIMARY KEY, entity TEXT, doc_entry INTEGER);"
"CREATE TABLE cancelled (entity TEXT, doc_entry INTEGER, letter TEXT, PRIMARY KEY (entity, doc_entry)) WITHOUT ROWID;"
"CREATE TABLE drawn (base INTEGER, entry INTEGER, line INTEGER, q INTEGER);"
"CREATE TABLE number (entity TEXT PRIMARY KEY, doc_entry INTEGER, doc_num INTEGER) WITHOUT ROWID;"
"CREATE TABLE period (first TEXT PRIMARY KEY, last TEXT, locked INTEGER, code TEXT, id INTEGER) WITHOUT ROWID;"
"CREATE TABLE batch_stock (item TEXT, batch TEXT, warehouse TEXT, quantity INTEGER,"
" PRIMARY KEY (item, batch, warehouse)) WITHOUT ROWID;"
"CREATE TABLE ims_product (sku TEXT PRIMARY KEY, name TEXT, active INTEGER) WITHOUT ROWID;"
"CREATE TABLE ims_location (location TEXT PRIMARY KEY, name TEXT, warehouse TEXT) WITHOUT ROWID;"
"CREATE TABLE ims_stock (sku TEXT, location TEXT, on_hand INTEGER, reserved INTEGER, as_of TEXT,"
" PRIMARY KEY (sku, location)) WITHOUT ROWID;"
"CREATE TABLE ims_movement (movement_ref TEXT PRIMARY KEY, kind TEXT, sku TEXT, quantity INTEGER,"
" from_location TEXT, to_location TEXT, happened_at TEXT, document_ref TEXT) WITHOUT ROWID;"
"CREATE TABLE ims_order (order_ref TEXT PRIMARY KEY, status TEXT, ordered_at TEXT, customer_ref TEXT,"
" location TEXT) WITHOUT ROWID;"
"CREATE TABLE ims_order_line (order_ref TEXT, line INTEGER, sku TEXT, quantity INTEGER, shipped INTEGER,"
" PRIMARY KEY (order_ref, line)) WITHOUT ROWID;"
"CREATE TABLE ims_shipment (shipment_ref TEXT PRIMARY KEY, order_ref TEXT, status TEXT, shipped_at TEXT,"
" location TEXT) WITHOUT ROWID;";

static const char *const internal_index =
"CREATE UNIQUE INDEX IF NOT EXISTS item_warehouse ON \"Items/ItemWarehouseInfoCollection\" (ItemCode, WarehouseCode);"
"CREATE INDEX IF NOT EXISTS drawn_base ON drawn (base, entry, line);"
"CREATE INDEX IF NOT EXISTS ims_movement_order ON ims_movement (happened_at, movement_ref);"
"ANALYZE;";

static bool
execute(Db *db, const char *sql)
{
	if (sqlite3_exec(db->handle, sql, NULL, NULL, NULL) == SQLITE_OK)
		return true;
	fprintf(stderr, "b1sim: %s in: %s\n", sqlite3_errmsg(db->handle), sql);
	return false;
}

static void
put_columns(Buffer *sql, const StructType *type, const char *key)
{
	const char *collate = config.case_insensitive ? " COLLATE B1CI" : "";

	for (size_t i = 0; i < type->property_count; i++)
	{
		const Property *property = &type->property[i];
		bool		integer = property->kind == EDM_INT || property->kind == EDM_DOUBLE;

		if (property->kind == EDM_COLLECTION)
			continue;
		buffer_printf(sql, ", \"%s\" %s%s%s", property->name, integer ? "INTEGER" : "TEXT",
					  property->kind == EDM_STRING ? collate : "",
					  key != NULL && strcmp(property->name, key) == 0 ? " UNIQUE NOT NULL" : "");
		if (property->initial != NULL && property->kind != EDM_DOUBLE)
			buffer_printf(sql, integer ? " DEFAULT %s" : " DEFAULT '%s'", property->initial);
		if (property->flags & PROP_VERSION)
			buffer_puts(sql, " DEFAULT 1");
	}
}

const char *
schema_parent_column(const EntitySet *set, const StructType *element)
{
	const Property *own = model_find_property(element, set->key, 2);

	return own != NULL ? own->name : "_parent";
}

/* The table of one collection, and those of the collections inside it. */
static bool
create_collection(Db *db, const EntitySet *set, const StructType *element, const char *path)
{
	Buffer		sql = {0};
	Arena	   *arena = arena_create();
	bool		ok;

	buffer_printf(&sql, "CREATE TABLE \"%s\" (_line INTEGER, _seq INTEGER", path);
	if (strcmp(schema_parent_column(set, element), "_parent") == 0)
		buffer_puts(&sql, ", _parent");
	put_columns(&sql, element, NULL);
	buffer_puts(&sql, ")");
	ok = execute(db, sql.data);
	for (size_t i = 0; ok && i < element->property_count; i++)
		if (element->property[i].kind == EDM_COLLECTION)
			ok = create_collection(db, set, element->property[i].element,
								   arena_printf(arena, "%s/%s", path, element->property[i].name));
	buffer_free(&sql);
	arena_destroy(arena);
	return ok;
}

static bool
create_set(Db *db, const EntitySet *set)
{
	Buffer		sql = {0};
	char		path[128];
	bool		ok;

	buffer_printf(&sql, "CREATE TABLE \"%s\" (_rid INTEGER PRIMARY KEY", set->name);
	put_columns(&sql, set->type, set->key);
	buffer_puts(&sql, ")");
	ok = execute(db, sql.data);
	for (size_t i = 0; ok && i < set->type->property_count; i++)
	{
		const Property *property = &set->type->property[i];

		snprintf(path, sizeof(path), "%s/%s", set->name, property->name);
		if (property->kind == EDM_COLLECTION)
			ok = create_collection(db, set, property->element, path);
	}
	buffer_free(&sql);
	return ok;
}

bool
schema_create(Db *db)
{
	int			count;
	const EntitySet *set = model_sets(&count);
	bool		ok = execute(db, internal_schema);

	for (int i = 0; ok && i < count; i++)
		ok = create_set(db, &set[i]);
	/* these two are looked up while seeding */
	return ok && execute(db,
						 "CREATE UNIQUE INDEX batch_key ON BatchNumberDetails (ItemCode, Batch);"
						 "CREATE UNIQUE INDEX serial_key ON SerialNumberDetails (ItemCode, SerialNumber)");
}

static bool
index_collection(Db *db, const EntitySet *set, const StructType *element, const char *path)
{
	Arena	   *arena = arena_create();
	bool		ok = true;

	/* item and warehouse have a better one, and half a million rows */
	if (strcmp(element->name, "ItemWarehouseInfo") != 0)
		ok = execute(db, arena_printf(arena, "CREATE INDEX IF NOT EXISTS \"index %s\" ON \"%s\" (%s, _line, _seq)",
									  path, path, schema_parent_column(set, element)));
	for (size_t i = 0; ok && i < element->property_count; i++)
		if (element->property[i].kind == EDM_COLLECTION)
			ok = index_collection(db, set, element->property[i].element,
								  arena_printf(arena, "%s/%s", path, element->property[i].name));
	arena_destroy(arena);
	return ok;
}

bool
schema_index(Db *db)
{
	int			count;
	const EntitySet *set = model_sets(&count);
	char		path[128];
	bool		ok = true;

	for (int i = 0; i < count; i++)
		for (size_t j = 0; ok && j < set[i].type->property_count; j++)
		{
			const Property *property = &set[i].type->property[j];

			snprintf(path, sizeof(path), "%s/%s", set[i].name, property->name);
			if (property->kind == EDM_COLLECTION)
				ok = index_collection(db, &set[i], property->element, path);
		}
	return ok && execute(db, internal_index);
}

/* An odd multiplier permutes the numbers below 2^32. */
int64_t
schema_scatter(int64_t number)
{
	return (int64_t) (((uint64_t) number * UINT64_C(2654435761)) & UINT64_C(0xffffffff));
}
