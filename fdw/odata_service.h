/*
 * odata_service.h
 *		Between the files of the connector for services of OData V4.
 *
 * odata_service.c reads options, odata_request.c writes and sends requests,
 * odata_scan.c walks through pages.  What tables and columns have in common
 * with those of a Service Layer is odata_table.h's.
 */
#ifndef STOCKBRIDGE_ODATA_SERVICE_H
#define STOCKBRIDGE_ODATA_SERVICE_H

#include "postgres.h"

#include "connector.h"
#include "odata.h"
#include "odata_table.h"
#include "odata_type.h"

/* What a service may be unable to do, bits. */
#define ODATA_FILTER	1
#define ODATA_FUNCTIONS	2		/* contains, startswith, endswith */
#define ODATA_ORDERBY	4
#define ODATA_SELECT	8
#define ODATA_EXPAND	16
#define ODATA_TOP		32
#define ODATA_SKIP		64
#define ODATA_COUNT		128
#define ODATA_APPLY		256

/* How the rows of a collection are read. */
typedef enum ODataVia
{
	ODATA_VIA_NESTED,			/* objects within the entity */
	ODATA_VIA_VALUES,			/* bare values within the entity */
	ODATA_VIA_EXPAND			/* entities that $expand puts into it */
} ODataVia;

typedef struct ODataTable
{
	TableInfo	base;			/* first, so that table_info() works; "nested" is
								 * whether there is a collection */
	ODataVia	via;
	bool		singleton;
	bool		client_paging;
	bool		key_orders;		/* every key column has ODATA_KEYSET and may be filtered by */
	int			unsupported;	/* bits above */
} ODataTable;

typedef struct ODataColumn
{
	ColumnInfo	base;			/* first, so that column_info() works */
	const ODataType *type;
	bool		filterable;
} ODataColumn;

static inline ODataTable *
odata_table(const RemoteTable *table)
{
	return table->remote;
}

static inline ODataColumn *
odata_column(const RemoteTable *table, int attno)
{
	return table->columns[attno - 1].remote;
}

/* One page to ask for: what a URL of ours, not a next link, has to say. */
typedef struct ODataPage
{
	List	   *attnos;			/* of int: columns asked for */
	const char *filter;			/* $filter text, "" = none */
	char	  **after_key;		/* literals of a key, NULL = from the start */
	List	   *order;			/* of ScanOrder *, NIL = as the service likes */
	bool		select;			/* ask for these columns only */
	bool		count;			/* ask how many there are in all */
	int64		skip;
	int			top;			/* 0 = no bound */
} ODataPage;

/* odata_render_page: the URL of a page. */
extern char *odata_render_page(const RemoteTable *table, const ODataPage *page);

/* odata_url_fits: whether services, and what stands before them, take a URL of that length. */
extern bool odata_url_fits(const char *url);

/* odata_path_pointer: JSON pointer of a property path, without the casts in it. */
extern char *odata_path_pointer(const char *path);

/* A request; what is not set is not sent. */
typedef struct ODataRequest
{
	const char *method;
	const char *url;			/* absolute, of the server's origin */
	const char *accept;
	const char *prefer;
	const char *version;		/* If-Match */
	const char *body;			/* JSON in UTF-8 */
	bool		strings;		/* … with Int64 and Decimal as strings */
} ODataRequest;

/* odata_start: start a request, as whom the user mapping says, without waiting. */
extern HttpTransfer *odata_start(const RemoteServer *server, const ODataRequest *request);

/* odata_accept_json: the media types that we read, the best first. */
extern const char *const odata_accept_json;

/*
 * odata_is_transient
 *		Whether a fault goes away by itself; *pause_ms is how long the service
 *		asks to wait, 0 if it does not say.
 */
extern bool odata_is_transient(const HttpResponse *response, long *pause_ms);

/* odata_raise: report an answer that is no success; never returns. */
extern void odata_raise(const RemoteServer *server, const HttpResponse *response,
						const char *attempted) pg_attribute_noreturn();

/* The scan's callbacks of connector.h. */
extern ScanCursor *odata_open_scan(const ScanRequest *request);
extern RowPage *odata_next_page(ScanCursor *cursor);
extern List *odata_describe_scan(const ScanRequest *request);
extern RowPage *odata_sample_page(ScanCursor *cursor, int64 number);
extern int	odata_keys_per_request(const RemoteTable *table, const RemoteColumn *column);
extern bool odata_fits(const ScanRequest *request);
extern bool odata_count_rows(const ScanRequest *request, double *rows, double *pages);

/* The callbacks for writing (odata_write.c). */
extern List *odata_write_key(const RemoteTable *table);
extern int	odata_write_commands(const RemoteTable *table);
extern bool odata_has_version(const RemoteTable *table);
extern bool odata_write_row(RowWrite *write);
extern char *odata_describe_write(const RemoteTable *table, CmdType operation);

/* The callbacks for grouping, and a grouped scan's (odata_groups.c). */
extern bool odata_can_group(const RemoteTable *table, const RemoteColumn *column);
extern bool odata_can_aggregate(const RemoteTable *table, AggregateFunction function,
								const RemoteColumn *column);
extern ScanCursor *odata_open_groups(const ScanRequest *request);
extern RowPage *odata_next_groups(ScanCursor *cursor);
extern List *odata_describe_groups(const ScanRequest *request);

/* odata_import (odata_service_import.c): the connector's import_schema. */
extern List *odata_import(RemoteServer *server, ImportForeignSchemaStmt *stmt);

#endif							/* STOCKBRIDGE_ODATA_SERVICE_H */
