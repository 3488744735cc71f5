/*
 * seed_ims.c
 *		First contents of the inventory system.
 *
 * Its stock is B1's, plus the movements that B1 has not been told of: a receipt
 * and a dispatch, so that a fresh pair of systems differs in exactly two rows.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "config.h"
#include "ims_stock.h"
#include "seed.h"

static void
hours_ago(int hours, char *text, size_t size)
{
	time_t		then = time(NULL) - (time_t) hours * 3600;
	struct tm	utc;

	then -= then % 60;
	gmtime_r(&then, &utc);
	strftime(text, size, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

static bool
seed_locations(Db *db)
{
	for (int w = 1; w <= config.warehouses; w++)
	{
		char		location[24];
		char		warehouse[16];
		char		name[48];

		seed_location(w, location, sizeof(location));
		seed_warehouse_code(w, warehouse, sizeof(warehouse));
		snprintf(name, sizeof(name), "Warehouse %s", location + strlen("WH-"));
		if (!db_run(db, "INSERT INTO ims_location VALUES (?, ?, ?)", "sss", location, name, warehouse))
			return false;
	}
	return true;
}

static bool
copy_stock(Db *db)
{
	char		as_of[32];

	hours_ago(24, as_of, sizeof(as_of));
	return db_run(db, "INSERT INTO ims_product SELECT ItemCode, coalesce(ItemName, ''), Frozen <> 'Y' FROM Items"
				  " WHERE InventoryItem = 'Y'", "") &&
		db_run(db, "INSERT INTO ims_stock SELECT s.ItemCode, l.location, s.InStock, 0, ? FROM"
			   " \"Items/ItemWarehouseInfoCollection\" s JOIN ims_location l ON l.warehouse = s.WarehouseCode"
			   " WHERE s.InStock <> 0", "s", as_of);
}

/* What the demo tells: 25 pieces arrived, 7 were sent, and B1 knows of neither. */
static bool
seed_movements(Db *db)
{
	ImsMovement receipt = {"MV-0001", "receipt", "A00001", 25 * DECIMAL_ONE, NULL, "WH-A", NULL, "PO-4711"};
	ImsMovement dispatch = {"MV-0002", "dispatch", "A00002", 7 * DECIMAL_ONE, "WH-A", NULL, NULL, "SO-2024"};
	char		first[32];
	char		second[32];

	hours_ago(3, first, sizeof(first));
	hours_ago(2, second, sizeof(second));
	receipt.happened_at = first;
	dispatch.happened_at = second;
	if (config.warehouses > 1)
		dispatch.from_location = "WH-B";
	return (config.items < 1 || ims_record(db, &receipt)) && (config.items < 2 || ims_record(db, &dispatch));
}

static bool
seed_orders(Db *db)
{
	static const char *const status[] = {"open", "allocated", "shipped"};

	for (int64_t i = 0; i < 3 && config.items >= 10; i++)
	{
		char		order[16];
		char		shipment[16];
		char		at[32];
		char		sku[32];

		snprintf(order, sizeof(order), "SO-%d", 3001 + (int) i);
		snprintf(shipment, sizeof(shipment), "SH-%d", 9001 + (int) i);
		hours_ago(30 - (int) i, at, sizeof(at));
		if (!db_run(db, "INSERT INTO ims_order VALUES (?, ?, ?, ?, 'WH-A')", "ssss", order, status[i], at, "C00001"))
			return false;
		for (int64_t line = 1; line <= 2; line++)
			if (!db_run(db, "INSERT INTO ims_order_line VALUES (?, ?, ?, ?, ?)", "sisii", order, line,
						seed_item_code((int) (3 + i + line), sku, sizeof(sku)), (2 + line) * DECIMAL_ONE,
						i == 2 ? (2 + line) * DECIMAL_ONE : 0))
				return false;
		if (i == 2 && !db_run(db, "INSERT INTO ims_shipment VALUES (?, ?, 'shipped', ?, 'WH-A')", "sss", shipment, order, at))
			return false;
	}
	return true;
}

bool
seed_ims(Db *db)
{
	return seed_locations(db) && copy_stock(db) && seed_movements(db) && seed_orders(db);
}
