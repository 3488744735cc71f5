/*
 * stock.h
 *		Quantities and values of items in warehouses (OITW, OITM).
 */
#ifndef STOCK_H
#define STOCK_H

#include "context.h"

/* Adds to InStock, Committed and Ordered of a warehouse and of the item's totals. */
extern bool stock_add(Db *db, const char *item, const char *warehouse,
					  int64_t in_stock, int64_t committed, int64_t ordered);

/* Receives at a price: moves the averages of warehouse and item first. */
extern bool stock_receive(Db *db, const char *item, const char *warehouse, int64_t quantity, int64_t price);

extern int64_t stock_on_hand(Db *db, const char *item, const char *warehouse);
extern int64_t stock_average_price(Db *db, const char *item, const char *warehouse);

/* Quantity of one batch or serial number in a warehouse; -1 where it is unknown. */
extern int64_t lot_on_hand(Db *db, const char *item, const char *lot, const char *warehouse);
extern bool lot_add(Db *db, const char *item, const char *lot, const char *warehouse, int64_t quantity);
extern bool lot_create_batch(Db *db, const char *item, const char *lot, const char *admission, const char *expiry);
extern bool lot_create_serial(Db *db, const char *item, const char *lot, const char *admission);

#endif
