/*
 * service_layer_import.h
 *		IMPORT FOREIGN SCHEMA from SAP Business One: what is common to both
 *		remote schemas, the curated "stock" and the complete "service_layer".
 *
 * A source (stock_tables.c, metadata.c) describes tables by B1's names and EDM
 * types; service_layer_import.c chooses local names and types and writes the
 * commands.
 */
#ifndef STOCKBRIDGE_SERVICE_LAYER_IMPORT_H
#define STOCKBRIDGE_SERVICE_LAYER_IMPORT_H

#include "postgres.h"

#include "nodes/parsenodes.h"
#include "nodes/pg_list.h"
#include "remote.h"

typedef struct ImportColumn
{
	const char *name;			/* snake_case name; NULL = to be made from property */
	const char *property;		/* "ItemCode", "TaxExtension/TaxId0" */
	const char *type;			/* "Edm.Int32", or the name of an enumeration */
	const char *values;			/* members of the enumeration, NULL if none */
	bool		of_entity;		/* in a collection's table: the entity's property */
	bool		is_key;			/* part of what identifies a row; in a nested
								 * collection, of what identifies its parent */
	bool		is_read_only;	/* computed by B1, writes to it are ignored (SL §5.1) */
} ImportColumn;

typedef struct ImportTable
{
	const char *name;			/* snake_case name; NULL = to be made */
	const char *entity;			/* entity set */
	const char *collection;		/* NULL = the entity's own table */
	bool		is_nested;		/* the collection does not carry its parent's key */
	bool		is_curated;		/* name is also its canonical name; tYES is true */
	int			ncolumns;
	const ImportColumn *columns;
} ImportTable;

/*
 * service_layer_import
 *		The connector's import_schema: a List of CREATE FOREIGN TABLE commands.
 *
 * Honours LIMIT TO and EXCEPT itself, by local and by B1's names, and then
 * clears them in the statement (see there).
 */
extern List *service_layer_import(RemoteServer *server,
								  ImportForeignSchemaStmt *stmt);

#endif							/* STOCKBRIDGE_SERVICE_LAYER_IMPORT_H */
