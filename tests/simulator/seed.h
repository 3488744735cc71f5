/*
 * seed.h
 *		First contents of the books: the same for the same options and seed.
 */
#ifndef SEED_H
#define SEED_H

#include <stdint.h>

#include "books.h"

extern bool seed_books(Db *db);

/* Parts of it, each in its file. */
extern bool seed_company(Db *db);	/* accounts, partners, units, warehouses, periods */
extern bool seed_items(Db *db);		/* items, stock, batches */
extern bool seed_documents(Db *db);	/* open sales and purchase orders, through the document engine */
extern bool seed_ims(Db *db);		/* the inventory system's side */

/* A number that depends on the seed and its two arguments alone. */
extern uint64_t seed_random(uint64_t stream, uint64_t index);

extern const char *seed_item_code(int index, char *code, size_t size);	/* 1: A00001 */
extern const char *seed_warehouse_code(int index, char *code, size_t size);	/* 1: 01 */
extern const char *seed_location(int index, char *code, size_t size);	/* 1: WH-A */

#endif
