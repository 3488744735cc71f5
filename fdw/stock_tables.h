/*
 * stock_tables.h
 *		The curated remote schema "stock": what a stock-keeper needs of B1.
 */
#ifndef STOCKBRIDGE_STOCK_TABLES_H
#define STOCKBRIDGE_STOCK_TABLES_H

#include "odata_import.h"

/* All tables; a table without entity ends the array. */
extern const ImportTable stock_tables[];

#endif							/* STOCKBRIDGE_STOCK_TABLES_H */
