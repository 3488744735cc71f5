/*
 * service_layer_private.h
 *		Between the files of the Service Layer connector.
 *
 * service_layer.c reads options, service_layer_compare.c knows comparisons,
 * service_layer_render.c writes requests, service_layer_open.c begins a scan,
 * service_layer_scan.c walks through its pages, service_layer_session.c sends,
 * service_layer_call.c does both for callers outside of a scan.
 */
#ifndef STOCKBRIDGE_SERVICE_LAYER_PRIVATE_H
#define STOCKBRIDGE_SERVICE_LAYER_PRIVATE_H

#include "postgres.h"

#include "connector.h"
#include "lib/stringinfo.h"
#include "odata.h"
#include "odata_table.h"
#include "remote.h"
#include "session.h"
#include "transport.h"

/* A longer URL may be refused (SL §3.5); a query can then be posted. */
#define SERVICE_LAYER_MAX_URL	6000

typedef struct ServiceLayerRequest
{
	const char *method;
	const char *url;			/* absolute, below server->url */
	List	   *headers;		/* of char *, besides cookies and content type */
	const char *body;			/* in UTF-8, NULL = none */
	const char *content_type;	/* of the body, NULL = application/json */
	bool		is_write;
} ServiceLayerRequest;

/*
 * One page to ask for.  The rows are those of the scan's filter, after the place
 * "after" if there is one, without the first "skip" of them.
 */
typedef struct PagePosition
{
	List	   *attnos;			/* of int: columns asked for */
	StringInfo	filter;			/* the predicate as $filter text, may be empty */
	List	   *order;			/* of ScanOrder *, NIL = any */
	char	  **after;			/* literals of a row's place in it, NULL = from the start */
	int64		skip;
	int64		top;			/* rows that are wanted at most, 0 = all */
	bool		must_filter;	/* the rows may not be more than those of the filter */
	int			page_size;		/* 0 = all in one */
	const Grouping *grouping;	/* NULL = rows */
	bool		whole;			/* entities as they are: with $select their versions
								 * would not be true (SL §5.5) */
} PagePosition;

/* How conditions are shipped (service_layer_compare.c): can_ship and can_order of connector.h. */
extern ShipExtent service_layer_can_ship(const RemoteTable *table, const RemoteColumn *column,
										 PredicateOp op, Oid value_type, Oid collation);
extern bool service_layer_can_order(const RemoteTable *table, const RemoteColumn *column,
									Oid collation);

/* service_layer_text_is_binary: whether the server's option vouches for its collation. */
extern bool service_layer_text_is_binary(const RemoteServer *server);

/* service_layer_refuses_order: whether the server has refused to sort by a column. */
extern bool service_layer_refuses_order(const RemoteTable *table, const RemoteColumn *column);

/*
 * service_layer_is_exact
 *		Whether the company takes two values of a column for equal exactly where
 *		PostgreSQL does: for grouping and joining by it.
 */
extern bool service_layer_is_exact(const RemoteTable *table, const RemoteColumn *column);

/* service_layer_comparison: an ODataComparison. */
extern FilterExtent service_layer_comparison(StringInfo buf, ODataLeaf *leaf);

/*
 * service_layer_may_refuse_value
 *		Whether a condition names members of an enumeration of which not all are
 *		known here: the Service Layer refuses one that it does not know.
 */
extern bool service_layer_may_refuse_value(const RemoteTable *table, const Predicate *predicate);

/*
 * service_layer_render_page
 *		Fill in the request of a page.
 *
 * A filter that neither fits a URL nor can be posted is emptied, because the
 * executor rechecks every condition; false where that must not be.
 */
extern bool service_layer_render_page(const RemoteTable *table, PagePosition *position,
									  ServiceLayerRequest *call);

/* service_layer_page_fits: whether the request of a page can be sent with its filter. */
extern bool service_layer_page_fits(const RemoteTable *table, const PagePosition *position);

/* The callbacks for grouping (service_layer_apply.c). */
extern bool service_layer_can_group(const RemoteTable *table, const RemoteColumn *column);
extern bool service_layer_can_aggregate(const RemoteTable *table, AggregateFunction function,
										const RemoteColumn *column);

/* A grouped scan (service_layer_groups.c): the callbacks of connector.h for it. */
extern ScanCursor *service_layer_open_groups(const ScanRequest *request);
extern RowPage *service_layer_next_groups(ScanCursor *cursor);
extern List *service_layer_describe_groups(const ScanRequest *request);

/* service_layer_refuses_apply: whether the server has refused to group a table. */
extern bool service_layer_refuses_apply(const RemoteTable *table);

/*
 * service_layer_fetch
 *		Send a request that reads and wait, again while faults are transient;
 *		adds to what the scan has cost.
 */
extern HttpResponse *service_layer_fetch(const RemoteServer *server,
										 const ServiceLayerRequest *call,
										 ScanCounters *counters, bool *login_failed);

/*
 * service_layer_is_refusal
 *		An answer of a release that does not know the request, or fails over it.
 *		What is asked instead will tell if the fault was another.
 *
 * *lasting tells one that need not be asked again from a failure, which may be
 * owed to the data: a sum that overflows.
 */
extern bool service_layer_is_refusal(const HttpResponse *response, bool *lasting);

/*
 * service_layer_parse
 *		The rows of an answer; "source" names server and entity set for errors.
 */
extern RowPage *service_layer_parse(const RowShape *shape, const HttpResponse *response,
									const char *source);

/* The callbacks for joining (service_layer_join.c). */
extern RemoteTable *service_layer_join_tables(List *tables, Predicate *predicate);
extern bool service_layer_can_join(const RemoteServer *server, const RemoteColumn *column,
								   const RemoteColumn *other, Oid collation, bool *exact);

/* service_layer_refuses_joins: whether a server has refused to join, or to order joins. */
extern bool service_layer_refuses_joins(Oid serverid);

/* The scan's callbacks of connector.h. */
extern ScanCursor *service_layer_open_scan(const ScanRequest *request);
extern RowPage *service_layer_next_page(ScanCursor *cursor);
extern List *service_layer_describe_scan(const ScanRequest *request);
extern RowPage *service_layer_sample_page(ScanCursor *cursor, int64 number);
extern HttpTransfer *service_layer_page_under_way(ScanCursor *cursor);
extern bool service_layer_fits(const ScanRequest *request);
extern bool service_layer_count_rows(const ScanRequest *request, double *rows, double *pages);

/* The callbacks for writing (service_layer_write.c and its like). */
extern List *service_layer_write_key(const RemoteTable *table);
extern int	service_layer_write_commands(const RemoteTable *table);
extern void service_layer_refuse_command(const RemoteTable *table, CmdType command);
extern bool service_layer_has_version(const RemoteTable *table);
extern bool service_layer_refresh_line(RowWrite *write);
extern bool service_layer_write_row(RowWrite *write);
extern int	service_layer_batch_size(const RemoteTable *table);
extern void service_layer_write_batch(RowWrite *writes, int nwrites);
extern char *service_layer_describe_write(const RemoteTable *table, CmdType operation);

/* service_layer_import (service_layer_import.c): the connector's import_schema. */
extern List *service_layer_import(RemoteServer *server, ImportForeignSchemaStmt *stmt);

/*
 * service_layer_send
 *		Send one request in a session, logging in when there is none.
 *
 * Returns whatever came of it; with *login_failed the answer is that of the
 * login and the request itself was not sent.
 */
extern HttpResponse *service_layer_send(const RemoteServer *server,
										const ServiceLayerRequest *call,
										bool *login_failed);

/*
 * service_layer_start
 *		Start a request on an idle session without waiting for its answer.
 *
 * Returns NULL if every session is in use and there may be no more of them.
 * With "may_log_in" a further session is opened while there are fewer than the
 * server's option "sessions".  An answer is judged by the caller.
 */
extern HttpTransfer *service_layer_start(const RemoteServer *server,
										 const ServiceLayerRequest *call,
										 bool may_log_in);

/*
 * service_layer_start_within
 *		As service_layer_start, with a bound of the caller's own besides the
 *		server's, and for requests that are as urgent as any.
 *
 * Returns the session and its *transfer; NULL if there is none to be had now, or
 * if the login was refused and there is no other: then *refusal is its answer.
 */
extern Session *service_layer_start_within(const RemoteServer *server,
										   const ServiceLayerRequest *call,
										   int most_sessions,
										   HttpTransfer **transfer,
										   HttpResponse **refusal);

/*
 * service_layer_drop_lost_session
 *		Retire a session if an answer says that it is lost or broken; true if the
 *		request was refused for that alone, so that it may be sent again.
 *
 * A login that is refused right after it was made is no lost one.
 */
extern bool service_layer_drop_lost_session(Session *session, const HttpResponse *response,
											const ServiceLayerRequest *call);

/* service_layer_raise: report an answer that is no success; never returns. */
extern void service_layer_raise(const RemoteServer *server, const HttpResponse *response,
								bool login_failed, const char *attempted) pg_attribute_noreturn();

#endif							/* STOCKBRIDGE_SERVICE_LAYER_PRIVATE_H */
