/*
 * odata_table.h
 *		Tables, rows and errors of OData, for the connectors that speak it.
 *
 * The connector of the Service Layer and the one of services of OData V4 embed
 * these structs or take them as they are; what is beyond them is in
 * service_layer_private.h and odata_service.h, which do not know each other.
 */
#ifndef STOCKBRIDGE_ODATA_TABLE_H
#define STOCKBRIDGE_ODATA_TABLE_H

#include "postgres.h"

#include "connector.h"
#include "datatype/timestamp.h"
#include "remote.h"
#include "transport.h"

/* Room that the continuation after a key may need in the URLs of later pages. */
#define ODATA_KEY_ROOM		600

/* One operand of a $crossjoin. */
typedef struct CrossjoinOperand
{
	const char *path;			/* "Items", "Items/ItemWarehouseInfoCollection" */
	const char *property;		/* selected if no column of it is */
} CrossjoinOperand;

/*
 * What a foreign table's options say, once per opening.  Several tables joined
 * (service_layer_join.c) have operands, links and keys like one of lines.
 */
typedef struct TableInfo
{
	const char *entity;			/* "Items"; of a join, all of them */
	const char *collection;		/* "ItemWarehouseInfoCollection", NULL = none */
	bool		nested;			/* unfold documents instead of $crossjoin */
	const char *parent_key;		/* property linking entity and collection */
	List	   *operands;		/* of CrossjoinOperand *, NIL = no $crossjoin */
	List	   *links;			/* of char *: conditions between the operands */
	List	   *keys;			/* of int: attributes that identify a row */
	bool		is_join;		/* of several tables */
	bool		refuses_apply;	/* the server has refused to group this table */
} TableInfo;

/* What a column's options say. */
typedef struct ColumnInfo
{
	const char *property;		/* "ItemCode", "TaxExtension/TaxId0" */
	bool		of_entity;		/* else of the collection */
	const char *operand;		/* of the $crossjoin, NULL = the entity set itself */
	char	   *request_name;	/* as $filter and $orderby call it */
	const char *key_of;			/* entity set whose whole key it is, NULL = none */
	bool		is_code;		/* text by which the remote groups as PostgreSQL does */
	bool		is_key;			/* so never null */
} ColumnInfo;

static inline TableInfo *
table_info(const RemoteTable *table)
{
	return table->remote;
}

static inline ColumnInfo *
column_info(const RemoteTable *table, int attno)
{
	return table->columns[attno - 1].remote;
}

static inline bool
is_crossjoin(const TableInfo *info)
{
	return info->operands != NIL;
}

/* column_request_name: an ODataName. */
extern const char *column_request_name(const RemoteColumn *column);

/* odata_declared_type: the option "type" of a column, "" if it has none. */
extern const char *odata_declared_type(const RemoteColumn *column);

/* odata_is_member: whether a name is one of "a, b, c"; false for NULL. */
extern bool odata_is_member(const char *members, const char *name);

/* odata_table_option: an option of the table, else of its server, else "otherwise". */
extern const char *odata_table_option(const RemoteTable *table, const char *name,
									  const char *otherwise);

/* odata_source: "server "b1", entity set Items", for messages about an answer. */
extern char *odata_source(const RemoteTable *table);

/*
 * odata_full_order
 *		The order asked for, a List of ScanOrder *, and in it that of the key, so
 *		that every row has its place.
 */
extern List *odata_full_order(const ScanRequest *request);

/* odata_parse_row: one row of the columns in "returning" from an entity's JSON. */
extern RowPage *odata_parse_row(const RowWrite *write, const HttpResponse *response);

/* odata_count_response: add an answer to what a scan has cost. */
extern void odata_count_response(ScanCounters *counters, const HttpResponse *response,
								 TimestampTz wait_start);

/* error.code and error.message of an answer, in any version; NULL if it is no error of OData. */
extern char *odata_error_code(const HttpResponse *response);
extern char *odata_error_message(const HttpResponse *response);

#endif							/* STOCKBRIDGE_ODATA_TABLE_H */
