/*
 * stock.c
 *		Quantities and values of items in warehouses (OITW, OITM).
 *
 * Every change of stock goes through here, inside the transaction of the
 * document that causes it.  Items.UpdateDate does not move with stock (SL 12.11).
 */
#include "stock.h"

bool
stock_add(Db *db, const char *item, const char *warehouse, int64_t in_stock, int64_t committed, int64_t ordered)
{
	if (in_stock == 0 && committed == 0 && ordered == 0)
		return true;
	return db_run(db, "UPDATE \"Items/ItemWarehouseInfoCollection\" SET InStock = InStock + ?, Committed = Committed + ?,"
				  " Ordered = Ordered + ? WHERE ItemCode = ? AND WarehouseCode = ?", "iiiss",
				  in_stock, committed, ordered, item, warehouse) &&
		db_run(db, "UPDATE Items SET QuantityOnStock = QuantityOnStock + ?, QuantityOrderedByCustomers ="
			   " QuantityOrderedByCustomers + ?, QuantityOrderedFromVendors = QuantityOrderedFromVendors + ?"
			   " WHERE ItemCode = ?", "iiis", in_stock, committed, ordered, item);
}

int64_t
stock_on_hand(Db *db, const char *item, const char *warehouse)
{
	return db_int(db, 0, "SELECT InStock FROM \"Items/ItemWarehouseInfoCollection\" WHERE ItemCode = ? AND WarehouseCode = ?",
				  "ss", item, warehouse);
}

int64_t
stock_average_price(Db *db, const char *item, const char *warehouse)
{
	return db_int(db, 0, "SELECT StandardAveragePrice FROM \"Items/ItemWarehouseInfoCollection\""
				  " WHERE ItemCode = ? AND WarehouseCode = ?", "ss", item, warehouse);
}

/* The average of what is there and what comes; negative stock has no say in it. */
static int64_t
new_average(int64_t quantity, int64_t average, int64_t more, int64_t price)
{
	if (quantity <= 0 || quantity + more <= 0)
		return price;
	return decimal_divide(decimal_multiply(quantity, average) + decimal_multiply(more, price), quantity + more);
}

bool
stock_receive(Db *db, const char *item, const char *warehouse, int64_t quantity, int64_t price)
{
	int64_t		local = new_average(stock_on_hand(db, item, warehouse), stock_average_price(db, item, warehouse),
									quantity, price);
	int64_t		total = new_average(db_int(db, 0, "SELECT QuantityOnStock FROM Items WHERE ItemCode = ?", "s", item),
									db_int(db, 0, "SELECT AvgStdPrice FROM Items WHERE ItemCode = ?", "s", item),
									quantity, price);

	return db_run(db, "UPDATE \"Items/ItemWarehouseInfoCollection\" SET StandardAveragePrice = ?"
				  " WHERE ItemCode = ? AND WarehouseCode = ?", "iss", local, item, warehouse) &&
		db_run(db, "UPDATE Items SET AvgStdPrice = ?1, MovingAveragePrice = ?1 WHERE ItemCode = ?2", "is", total, item) &&
		stock_add(db, item, warehouse, quantity, 0, 0);
}

int64_t
lot_on_hand(Db *db, const char *item, const char *lot, const char *warehouse)
{
	return db_int(db, -1, "SELECT quantity FROM batch_stock WHERE item = ? AND batch = ? AND warehouse = ?", "sss",
				  item, lot, warehouse);
}

bool
lot_add(Db *db, const char *item, const char *lot, const char *warehouse, int64_t quantity)
{
	return db_run(db, "INSERT INTO batch_stock VALUES (?1, ?2, ?3, ?4) ON CONFLICT (item, batch, warehouse)"
				  " DO UPDATE SET quantity = quantity + ?4", "sssi", item, lot, warehouse, quantity);
}

bool
lot_create_batch(Db *db, const char *item, const char *lot, const char *admission, const char *expiry)
{
	int64_t		entry = db_int(db, 0, "SELECT max(DocEntry) FROM BatchNumberDetails", "") + 1;

	return db_int(db, 0, "SELECT 1 FROM BatchNumberDetails WHERE ItemCode = ? AND Batch = ?", "ss", item, lot) == 1 ||
		db_run(db, "INSERT INTO BatchNumberDetails (_rid, DocEntry, ItemCode, ItemDescription, Batch, AdmissionDate,"
			   " ExpirationDate, SystemNumber) SELECT ?, ?, ItemCode, ItemName, ?, ?, ?, ? FROM Items WHERE ItemCode = ?",
			   "iisssis", schema_scatter(entry), entry, lot, admission, expiry, entry, item);
}

bool
lot_create_serial(Db *db, const char *item, const char *lot, const char *admission)
{
	int64_t		entry = db_int(db, 0, "SELECT max(DocEntry) FROM SerialNumberDetails", "") + 1;

	return db_int(db, 0, "SELECT 1 FROM SerialNumberDetails WHERE ItemCode = ? AND SerialNumber = ?", "ss", item, lot) == 1 ||
		db_run(db, "INSERT INTO SerialNumberDetails (_rid, DocEntry, ItemCode, ItemDescription, SerialNumber, AdmissionDate,"
			   " SystemNumber) SELECT ?, ?, ItemCode, ItemName, ?, ?, ? FROM Items WHERE ItemCode = ?",
			   "iissis", schema_scatter(entry), entry, lot, admission, entry, item);
}
