/*
 * config.h
 *		What the command line decided.  Written once by main.c, read by all.
 */
#ifndef CONFIG_H
#define CONFIG_H

#include <stdbool.h>

typedef struct Config
{
	/* where */
	const char *directory;
	int			port;
	bool		fresh_books;	/* discard what the directory holds */

	/* the company */
	const char *company;
	const char *user;
	const char *password;
	bool		header_udf;
	bool		user_table;
	bool		case_insensitive;	/* MSSQL's collation instead of HANA's */
	bool		negative_stock;		/* BlockStockNegativeQuantity = tNO */
	bool		general_cancel;		/* goods receipt and issue may be cancelled */
	const char *closed_before;		/* posting periods before this date are locked */

	/* seeding */
	int			items;
	int			warehouses;
	int			orders;
	unsigned	seed;
	bool		edge_items;			/* items whose codes and names break careless clients */

	/* sessions */
	int			session_timeout;	/* seconds */
	int			session_limit;		/* per user, 0 = none */
	int			nodes;				/* worker nodes behind the balancer */
	int			failover_ms;		/* that a node needs to take over a session */

	/* pace */
	int			page_delay_ms;		/* before every answer to a read */
	int			service_ms;			/* inside every posting of a document */
	int			metadata_delay_ms;

	/* protocol */
	int			next_link_full;		/* next links repeat the query: -1 as the version does, 0, 1 */
	const char *metadata_file[3];	/* by version */
	bool		remember;				/* answers to reads come from memory the second time */
	const char *record_file;		/* methods and targets of all requests, NULL = none */

	/* the inventory system */
	const char *ims_user;
	const char *ims_password;
} Config;

extern Config config;

#endif
