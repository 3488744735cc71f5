/*
 * odata_import.h
 *		IMPORT FOREIGN SCHEMA from services of OData: what is common to all.
 *
 * A source (stock_tables.c, metadata.c) describes tables by the service's names
 * and EDM types; odata_import.c gives them local names and writes the commands.
 */
#ifndef STOCKBRIDGE_ODATA_IMPORT_H
#define STOCKBRIDGE_ODATA_IMPORT_H

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
	bool		is_read_only;	/* computed by the service, which ignores writes (SL §5.1) */
	bool		is_unfilterable;	/* conditions on it stay here */
	/* Of a collection as one column, type COLLECTION_TYPE: */
	const char *members;		/* "ItemCode, Quantity": all properties of its rows, NULL =
								 * not known */
	const char *read_only_members;	/* those that the service computes, NULL = none known */
} ImportColumn;

/* Type of a column that holds a whole collection as JSON. */
#define COLLECTION_TYPE		"Collection"

typedef struct ImportTable
{
	const char *name;			/* snake_case name; NULL = to be made */
	const char *entity;			/* entity set */
	const char *collection;		/* NULL = the entity's own table */
	const char *via;			/* how a collection is read, as the option; NULL =
								 * joined by its parent's key */
	bool		is_curated;		/* name is also its canonical name; tYES is true */
	bool		is_singleton;	/* one entity instead of a set */
	const char *unsupported;	/* query options that the service does not know */
	int			ncolumns;
	const ImportColumn *columns;
	const char *actions;		/* "Cancel, Close": of the set's rows, NULL = not known */
} ImportTable;

/* Type of the column that a property becomes. */
typedef const char *(*ImportType) (const ImportTable *table, const ImportColumn *column);

/*
 * import_tables
 *		Write a List of CREATE FOREIGN TABLE commands for a List of ImportTable *.
 *
 * Honours LIMIT TO and EXCEPT itself, by local and by remote names, and then
 * clears them in the statement (see there); likewise the options "names" and
 * "collections".
 */
extern List *import_tables(RemoteServer *server, ImportForeignSchemaStmt *stmt,
						   List *tables, ImportType type);

#endif							/* STOCKBRIDGE_ODATA_IMPORT_H */
