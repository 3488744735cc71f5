/*
 * seed.c
 *		First contents of the books: order of seeding, codes, randomness, items.
 *
 * Everything is derived from the seed and a counter, so that two runs with the
 * same options hold the same rows.  Dates of documents and movements are taken
 * from today, because a posting period must be open for them.
 */
#include <stdio.h>
#include <string.h>

#include "config.h"
#include "seed.h"

/* splitmix64 over seed, stream and index */
uint64_t
seed_random(uint64_t stream, uint64_t index)
{
	uint64_t	z = (uint64_t) config.seed * UINT64_C(0x9e3779b97f4a7c15) + stream * UINT64_C(0xbf58476d1ce4e5b9) + index;

	z += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

const char *
seed_item_code(int index, char *code, size_t size)
{
	snprintf(code, size, "A%05d", index);
	return code;
}

const char *
seed_warehouse_code(int index, char *code, size_t size)
{
	snprintf(code, size, "%02d", index);
	return code;
}

/* WH-A … WH-Z, WH-AA … */
const char *
seed_location(int index, char *code, size_t size)
{
	char		letters[8];
	int			at = (int) sizeof(letters) - 1;

	letters[at] = '\0';
	for (; index > 0 && at > 0; index = (index - 1) / 26)
		letters[--at] = (char) ('A' + (index - 1) % 26);
	snprintf(code, size, "WH-%s", letters + at);
	return code;
}

/* What one item is like. The first ten are always plain, active and in stock. */
typedef struct SeedItem
{
	char		code[32];
	char		name[80];
	bool		inventory;
	bool		frozen;
	bool		batches;
	bool		serials;
	bool		fractional;
	int64_t		price;
} SeedItem;

static void
describe_item(int index, SeedItem *item)
{
	static const char *const noun[] = {"Bracket", "Valve", "Cable", "Lamp", "Filter", "Hinge", "Pump", "Sensor"};
	static const char *const kind[] = {"steel", "brass", "M8", "24 V", "heavy duty", "compact", "blue", "outdoor"};
	uint64_t	r = seed_random(1, (uint64_t) index);
	bool		plain = index <= 10;

	memset(item, 0, sizeof(*item));
	seed_item_code(index, item->code, sizeof(item->code));
	snprintf(item->name, sizeof(item->name), "%s %s %d", noun[r % 8], kind[(r >> 3) % 8], index);
	item->inventory = plain || (r >> 8) % 50 != 0;
	item->frozen = !plain && (r >> 16) % 25 == 0;
	item->batches = !plain && item->inventory && (r >> 24) % 20 == 0;
	item->serials = !plain && item->inventory && !item->batches && (r >> 24) % 50 == 1;
	item->fractional = !plain && !item->batches && !item->serials && (r >> 32) % 10 == 0;
	item->price = (int64_t) ((r >> 40) % 49900 + 100) * (DECIMAL_ONE / 100);
	if ((r >> 56) % 8 == 0)
		item->price += (int64_t) (r % 10000);
}

static int64_t
seed_quantity(const SeedItem *item, int index, int warehouse)
{
	uint64_t	r = seed_random(2, (uint64_t) index * 4096 + (uint64_t) warehouse);
	int64_t		quantity;

	if (!item->inventory || warehouse == 5)
		return 0;				/* warehouse 05 is inactive, and empty */
	if (item->serials)
		return (int64_t) (r % 3) * DECIMAL_ONE;
	if (index > 10 && r % 4 == 0)
		return 0;
	quantity = (int64_t) ((r >> 8) % 450 + 50) * DECIMAL_ONE;
	return item->fractional ? quantity + (int64_t) ((r >> 24) % 8) * (DECIMAL_ONE / 8) : quantity;
}

static bool
insert_batch(Db *db, const SeedItem *item, const char *warehouse, int64_t quantity, int64_t *entry)
{
	char		batch[48];

	snprintf(batch, sizeof(batch), "B-%s-1", item->code);
	if (db_int(db, 0, "SELECT 1 FROM BatchNumberDetails WHERE ItemCode = ? AND Batch = ?", "ss", item->code, batch) == 0 &&
		!db_run(db, "INSERT INTO BatchNumberDetails (_rid, DocEntry, ItemCode, ItemDescription, Batch, AdmissionDate, SystemNumber)"
				" VALUES (?, ?, ?, ?, ?, '2024-01-15', 1)", "iisss",
				schema_scatter(*entry), *entry, item->code, item->name, batch))
		return false;
	(*entry)++;
	return db_run(db, "INSERT INTO batch_stock VALUES (?, ?, ?, ?)", "sssi", item->code, batch, warehouse, quantity);
}

static bool
insert_serials(Db *db, const SeedItem *item, const char *warehouse, int64_t quantity, int64_t *entry)
{
	char		serial[64];

	for (int64_t n = 1; n * DECIMAL_ONE <= quantity; n++, (*entry)++)
	{
		snprintf(serial, sizeof(serial), "S-%s-%s-%lld", item->code, warehouse, (long long) n);
		if (!db_run(db, "INSERT INTO SerialNumberDetails (_rid, DocEntry, ItemCode, ItemDescription, SerialNumber, AdmissionDate, SystemNumber)"
					" VALUES (?, ?, ?, ?, ?, '2024-01-15', ?)", "iisssi",
					schema_scatter(*entry), *entry, item->code, item->name, serial, n) ||
			!db_run(db, "INSERT INTO batch_stock VALUES (?, ?, ?, ?)", "sssi", item->code, serial, warehouse, DECIMAL_ONE))
			return false;
	}
	return true;
}

static bool
insert_item_warehouses(Db *db, const SeedItem *item, int index, int64_t *total)
{
	/* numbers of batch and serial masters; seeding runs in one thread */
	static int64_t entry;
	char		warehouse[16];

	if (index == 1)
		entry = 1;
	*total = 0;
	for (int w = 1; w <= config.warehouses; w++)
	{
		int64_t		quantity = seed_quantity(item, index, w);

		seed_warehouse_code(w, warehouse, sizeof(warehouse));
		*total += quantity;
		if (!db_run(db, "INSERT INTO \"Items/ItemWarehouseInfoCollection\" (_seq, ItemCode, WarehouseCode, InStock,"
					" Committed, Ordered, StandardAveragePrice, MinimalStock, Counted, CountedQuantity)"
					" VALUES (?, ?, ?, ?, 0, 0, ?, 0, 0, 0)", "issii",
					(int64_t) w, item->code, warehouse, quantity, item->inventory ? item->price : 0))
			return false;
		if (item->batches && quantity > 0 && !insert_batch(db, item, warehouse, quantity, &entry))
			return false;
		if (item->serials && !insert_serials(db, item, warehouse, quantity, &entry))
			return false;
	}
	return true;
}

static bool
insert_prices(Db *db, const SeedItem *item)
{
	for (int64_t list = 1; list <= 2; list++)
		if (!db_run(db, "INSERT INTO \"Items/ItemPrices\" (_line, _seq, _parent, PriceList, Price, Currency, BasePriceList, Factor)"
					" VALUES (0, ?, ?, ?, ?, 'GBP', ?, 1000000)", "isiii", list, item->code, list,
					list == 1 ? item->price / 100 * 130 : item->price, list))
			return false;
	return true;
}

static bool
insert_item(Db *db, int index)
{
	SeedItem	item;
	int64_t		total;
	int64_t		price;
	const char *unit;
	char		updated[16];

	describe_item(index, &item);
	price = item.inventory ? item.price : 0;
	unit = item.fractional ? "kg" : "pcs";
	snprintf(updated, sizeof(updated), "%02d:%02d:%02d", index % 24, index % 60, (index * 7) % 60);
	return insert_item_warehouses(db, &item, index, &total) && insert_prices(db, &item) &&
		db_run(db, "INSERT INTO Items (_rid, ItemCode, ItemName, ItemsGroupCode, InventoryItem, SalesItem, PurchaseItem,"
			   " QuantityOnStock, QuantityOrderedFromVendors, QuantityOrderedByCustomers, ManageSerialNumbers,"
			   " ManageBatchNumbers, Valid, Frozen, MovingAveragePrice, AvgStdPrice, DefaultWarehouse, InventoryUOM,"
			   " SalesUnit, PurchaseUnit, SalesItemsPerUnit, PurchaseItemsPerUnit, CostAccountingMethod, UoMGroupEntry,"
			   " InventoryUoMEntry, ManageStockByWarehouse, Series, CreateDate, CreateTime, UpdateDate, UpdateTime)"
			   " VALUES (?, ?, ?, 100, ?, 'Y', 'Y', ?, 0, 0, ?, ?, ?, ?, ?, ?, '01', ?, ?, ?,"
			   " 1000000, 1000000, 'A', -1, ?, 'Y', 3, '2024-01-15', '09:30:00', '2024-06-01', ?)",
			   "isssissssiisssis", schema_scatter(index), item.code, item.name, item.inventory ? "Y" : "N", total,
			   item.serials ? "Y" : "N", item.batches ? "Y" : "N", item.frozen ? "N" : "Y", item.frozen ? "Y" : "N",
			   price, price, unit, unit, unit, (int64_t) (item.fractional ? 2 : 1), updated);
}

/* Codes and names that break a careless quoting, encoding, LIKE or collation. */
static bool
insert_edge_items(Db *db)
{
	static const char *const edge[][2] = {
		{"E-QUOTE'1", "Quote's \"double\""}, {"E-100%", "Hundred % sure"}, {"E_UNDER", "Under_score"},
		{"E-BACK\\1", "Back\\slash"}, {"e-case", "lower case"}, {"E-CASE", "UPPER CASE"},
		{"E-PLUS+1", "Plus + and & and ="}, {"E/SLASH", "Slash / in code"}, {"E-#HASH?", "Hash # and ?"},
		{"E-TRAIL", "Trailing blank "}, {"E-UML\xc3\x84", "\xc3\x84rger \xc3\xa4rger \xc3\x9f"},
		{"E-CYR", "\xd0\x9c\xd0\xbe\xd1\x81\xd0\xba\xd0\xb2\xd0\xb0"}, {"E-EMOJI", "Box \xf0\x9f\x93\xa6"},
		{"E-EMPTY", ""}, {"E-NULL", NULL}, {"E-(PAREN)", "Paren (x)"}, {"E-COMMA,1", "Comma, and; semicolon"},
		{"E SPACE", "Space in code"}, {"E-WORD", "null"}, {"E-PRICE", "Prices at the limits"},
	};

	for (size_t i = 0; i < MODEL_LENGTH(edge); i++)
	{
		/* the two that differ by case alone cannot both exist under MSSQL */
		if (config.case_insensitive && strcmp(edge[i][0], "e-case") == 0)
			continue;
		for (int w = 1; w <= config.warehouses; w++)
		{
			char		warehouse[16];

			seed_warehouse_code(w, warehouse, sizeof(warehouse));
			if (!db_run(db, "INSERT INTO \"Items/ItemWarehouseInfoCollection\" (_seq, ItemCode, WarehouseCode, InStock, Committed,"
						" Ordered, StandardAveragePrice) VALUES (?, ?, ?, 0, 0, 0, 0)", "iss", (int64_t) w, edge[i][0], warehouse))
				return false;
		}
		if (!db_run(db, "INSERT INTO Items (_rid, ItemCode, ItemName, Valid, Frozen, QuantityOnStock, QuantityOrderedFromVendors,"
					" QuantityOrderedByCustomers, AvgStdPrice, MovingAveragePrice, DesiredInventory, MinInventory, MaxInventory,"
					" CreateDate, UpdateDate, UpdateTime) VALUES (?, ?, ?, 'Y', 'N', 0, 0, 0, ?, 0, ?, ?, ?, '2024-02-29',"
					" '2024-12-31', '23:59:59')", "issiiii", schema_scatter(10000000 + (int64_t) i), edge[i][0], edge[i][1],
					(int64_t) (i == 19 ? 1 : 0), (int64_t) (i == 19 ? -1 : 300000),
					(int64_t) (i == 19 ? INT64_C(9007199254740993) : 100000), (int64_t) (i == 19 ? INT64_C(9223372036854775807) : 200000)))
			return false;
	}
	return true;
}

bool
seed_items(Db *db)
{
	for (int i = 1; i <= config.items; i++)
		if (!insert_item(db, i))
			return false;
	return !config.edge_items || insert_edge_items(db);
}

bool
seed_books(Db *db)
{
	return seed_company(db) && seed_items(db) && schema_index(db) && seed_documents(db) && seed_ims(db);
}
