/*
 * connector.h
 *		What a kind of remote must offer so that SQL can read it.
 *
 * Planner and executor code calls a remote only through this struct and never
 * asks which connector it is talking to.  Connectors: service_layer.c (SAP
 * Business One), odata_service.c (any other OData V4), ims.c (declared
 * inventory systems).
 */
#ifndef STOCKBRIDGE_CONNECTOR_H
#define STOCKBRIDGE_CONNECTOR_H

#include "postgres.h"

#include "grouping.h"
#include "nodes/bitmapset.h"
#include "nodes/parsenodes.h"
#include "predicate.h"
#include "remote.h"
#include "rowset.h"

/*
 * One column of an order.  The planner asks for it only where no null of that
 * column can be in the result: remotes differ in where they put nulls.
 */
typedef struct ScanOrder
{
	int			attno;
	bool		descending;
} ScanOrder;

/* A planned scan: everything that decides which requests are sent. */
typedef struct ScanRequest
{
	RemoteTable *table;
	List	   *attnos;			/* of int: attributes to fetch, ascending */
	Predicate  *predicate;		/* NULL = all rows */
	int			page_size;		/* rows asked for per request */
	int			rows_wanted;	/* as many will probably do (LIMIT), 0 = all */
	double		table_rows;		/* of the whole table, as far as is known; 0 = not */
	List	   *order;			/* of ScanOrder *; NIL = any that the connector likes */

	/*
	 * Rows to be left out at the start, and how many are then asked for at most
	 * (0 = all).  Where either is set the predicate must be exact, and the
	 * order is the whole order of the query.
	 */
	int64		offset;
	int64		limit;

	/*
	 * NULL = the rows themselves.  Otherwise a page has the columns of the
	 * grouping, attnos is not used, and the predicate must be exact.
	 */
	Grouping   *grouping;

	/*
	 * Whether the last column of a page, behind all others, is the row's
	 * version, absent where the remote gives none.  Only where has_version.
	 */
	bool		with_version;
} ScanRequest;

/* What a scan has cost so far; shown by EXPLAIN ANALYZE. */
typedef struct ScanCounters
{
	int64		requests;
	int64		pages;
	int64		bytes;			/* body bytes on the wire */
	int64		retries;
	double		wait_ms;		/* time spent waiting for the remote */
} ScanCounters;

/* A running scan; the connector embeds this as first member of its own. */
typedef struct ScanCursor
{
	const ScanRequest *request;
	ScanCounters counters;
	bool		at_end;			/* next_page will give NULL, and ask nothing for it */

	/*
	 * Why the request is not answered, NULL = it is.  Set by open_scan, or by
	 * the first next_page with NULL as its result, when the remote cannot give
	 * exactly what PostgreSQL would compute; the caller then computes it from
	 * plain scans.  Never set for a request on one table without grouping, order,
	 * offset and limit.
	 */
	const char *declined;
} ScanCursor;

/* One value of a row to be written. */
typedef struct RemoteValue
{
	int			attno;
	char	   *text;			/* see tuple_value_text; NULL = null */
} RemoteValue;

/* One row to be written. */
typedef struct RowWrite
{
	RemoteTable *table;
	CmdType		operation;		/* CMD_INSERT, CMD_UPDATE, CMD_DELETE */
	List	   *key;			/* of RemoteValue *: which row, not for INSERT */
	List	   *values;			/* of RemoteValue *: what is set, not for DELETE */
	const char *version;		/* of the row as it was read, NULL = not known */
	List	   *returning;		/* of int: columns to come back, NIL = none */
	/* Results: */
	char	   *name;			/* the row as the remote calls it, "Items('A1')"; set as
								 * soon as it is known, NULL = never */
	RowPage    *page;			/* one row of the columns in "returning", if there
								 * are any: for DELETE as it was before */
} RowWrite;

typedef struct Connector
{
	const char *wrapper;		/* name of the foreign data wrapper, "sap_b1_fdw" */
	const char *flavour;		/* value of the server's option; NULL = there is but one */

	/* Read table and column options: pointers, decoders, private state. */
	void		(*open_table) (RemoteTable *table);

	/*
	 * What the remote's answer to "column op value" is.  SHIP_EXACT is said
	 * before the value is known; a value that cannot be written exactly makes
	 * open_scan decline what depends on it (ScanCursor.declined).
	 */
	ShipExtent	(*can_ship) (const RemoteTable *table, const RemoteColumn *column,
							 PredicateOp op, Oid value_type, Oid collation);

	/*
	 * Whether the remote can sort by a column, under a collation, exactly as
	 * PostgreSQL does, nulls apart.  NULL: by no column of any table.
	 */
	bool		(*can_order) (const RemoteTable *table, const RemoteColumn *column,
							  Oid collation);

	/*
	 * Whether the remote can leave out rows at the start (ScanRequest.offset)
	 * and stop after some.  NULL: of no table.
	 */
	bool		(*can_skip) (const RemoteTable *table);

	/*
	 * Columns that together tell rows apart, a List of int; NIL if none are
	 * known to.  NULL: of no table.
	 */
	List	   *(*unique_key) (const RemoteTable *table);

	/*
	 * Columns, a List of int, for which a scan must be given values (=, IN), or
	 * it fails.  NULL: no table is like that.
	 */
	List	   *(*needs_values) (const RemoteTable *table);

	/*
	 * How many rows the remote has for a request's predicate, or somewhat more,
	 * and how many pages of page_size they make; false if it cannot say without
	 * sending them.  For estimates: need not be exact.  NULL: it never can.
	 */
	bool		(*count_rows) (const ScanRequest *request, double *rows, double *pages);

	/*
	 * How many values of a column one request can ask for (PREDICATE_IN) if they
	 * are short; below 2 = no more than one.  NULL: of no column.
	 */
	int			(*keys_per_request) (const RemoteTable *table, const RemoteColumn *column);

	/*
	 * Whether a request's predicate is sent as it is, in one request a page,
	 * rather than widened or split for its length.  Needs keys_per_request.
	 */
	bool		(*fits) (const ScanRequest *request);

	/*
	 * Whether rows that are alike in a column's value form one group at the
	 * remote exactly as they do here.  NULL: no column of any table.
	 */
	bool		(*can_group) (const RemoteTable *table, const RemoteColumn *column);

	/*
	 * Whether the remote's aggregate of a column is exactly PostgreSQL's; for
	 * AGGREGATE_COUNT, whether the column is never null (NULL = counting rows).
	 */
	bool		(*can_aggregate) (const RemoteTable *table, AggregateFunction function,
								  const RemoteColumn *column);

	/*
	 * Several tables as one whose rows are the combinations that a predicate
	 * keeps; columns numbered through, one table after the other.  A column
	 * without pointer cannot be read there.  Returns NULL if the remote cannot
	 * join them, or not by the predicate's PREDICATE_EQ_COLUMN conjuncts alone.
	 * NULL: no tables of this connector can be joined.
	 */
	RemoteTable *(*join_tables) (List *tables, Predicate *predicate);

	/*
	 * Whether "column = other" may join two tables of "server": true only if
	 * the remote keeps every combination for which PostgreSQL's own operator is
	 * true; *exact if no others.
	 */
	bool		(*can_join) (const RemoteServer *server, const RemoteColumn *column,
							 const RemoteColumn *other, Oid collation, bool *exact);

	/*
	 * The requests of a scan as text, a List of char * without secrets.
	 * Parameter values may be missing (plain EXPLAIN): shown as $1, $2.
	 */
	List	   *(*describe_scan) (const ScanRequest *request);

	/* Start a scan (sends nothing yet); state in the current context. */
	ScanCursor *(*open_scan) (const ScanRequest *request);

	/*
	 * Next page in the current context, columns in the order of
	 * request->attnos; it may be empty; NULL at the end.  Waits; raises on failure.
	 */
	RowPage    *(*next_page) (ScanCursor *cursor);

	/*
	 * Send the request of the next page, unless it is on its way, and return its
	 * transfer.  NULL if next_page will have to wait by itself.  Waits for
	 * nothing but a login.  NULL: never, so that the scan cannot be asynchronous.
	 */
	HttpTransfer *(*page_under_way) (ScanCursor *cursor);

	/* The scan ends, in good order; NULL = nothing but memory to release. */
	void		(*end_scan) (ScanCursor *cursor);

	/*
	 * Page "number", from 0, of those that count_rows counts, read out of turn;
	 * not to be mixed with next_page.  NULL: pages only come one after the other.
	 */
	RowPage    *(*sample_page) (ScanCursor *cursor, int64 number);

	/*
	 * Attributes that name a row to be written, a List of int; NIL if the
	 * table cannot be written.  NULL: no table of this connector can.
	 */
	List	   *(*write_key) (const RemoteTable *table);

	/* Bits 1 << CMD_INSERT, … of what can be done to rows; NULL = nothing. */
	int			(*write_commands) (const RemoteTable *table);

	/*
	 * Raise an error that says what to do instead, if the table refuses a
	 * command for a reason of its own; may be NULL.
	 */
	void		(*refuse_command) (const RemoteTable *table, CmdType command);

	/*
	 * Whether rows are to be written only in the version in which they were
	 * read; NULL = never.
	 */
	bool		(*has_version) (const RemoteTable *table);

	/*
	 * Read a row again that an UPDATE is about to write, where the scan could
	 * not tell its version: sets "version", and "page" to the columns in
	 * "values"; where no such reading is needed, leaves both.  False if the
	 * row is gone.  NULL = never needed.
	 */
	bool		(*refresh_row) (RowWrite *write);

	/*
	 * Write one row, sending at most one write.  False if there is no such
	 * row.  Raises on failure, with 08007 if the outcome is not known; with
	 * 40001 if the row is not in "version" any more.
	 */
	bool		(*write_row) (RowWrite *write);

	/* Most rows that write_batch should get at once; NULL = there is none. */
	int			(*batch_size) (const RemoteTable *table);

	/*
	 * Insert rows of one table, all or none, in one request; raises as
	 * write_row does.  "returning" is not looked at.
	 */
	void		(*write_batch) (RowWrite *writes, int nwrites);

	/* The request of a write as text for EXPLAIN. */
	char	   *(*describe_write) (const RemoteTable *table, CmdType operation);

	/* IMPORT FOREIGN SCHEMA: a List of CREATE FOREIGN TABLE commands. */
	List	   *(*import_schema) (RemoteServer *server,
								  ImportForeignSchemaStmt *stmt);
} Connector;

extern const Connector service_layer_connector;
extern const Connector odata_connector;
extern const Connector ims_connector;

#endif							/* STOCKBRIDGE_CONNECTOR_H */
