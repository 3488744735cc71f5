/*
 * ims.h
 *		What the files of the declarative connector (ims*.c) share.
 *
 * An inventory system is described by options alone.  Server options come from
 * CREATE SERVER or, where it is silent, from the server's profile; table and
 * column options are those of the foreign table.  ims_table.c reads them into
 * the structs below, ims_value.c gives placeholders their values, ims_login.c
 * and ims_request.c send, ims_rows.c makes rows of answers, ims_scan.c pages
 * and expands.  Nothing here knows a product by name.
 */
#ifndef STOCKBRIDGE_IMS_H
#define STOCKBRIDGE_IMS_H

#include "postgres.h"

#include "connector.h"
#include "pgtime.h"
#include "session.h"
#include "template.h"

/* ---- what the options say ---- */

typedef enum ImsAuth
{
	IMS_AUTH_NONE,
	IMS_AUTH_BASIC,
	IMS_AUTH_HEADERS,
	IMS_AUTH_LOGIN
} ImsAuth;

/* Unit of a time to wait, or of a time at which to come back. */
typedef enum ImsWaitUnit
{
	IMS_WAIT_SECONDS,
	IMS_WAIT_MILLISECONDS,
	IMS_WAIT_EPOCH_SECONDS,
	IMS_WAIT_EPOCH_MILLISECONDS
} ImsWaitUnit;

typedef struct ImsServer
{
	RemoteServer *remote;
	const char *profile;
	List	   *defaults;		/* of DefElem *: the profile's server options */
	ImsAuth		auth;
	List	   *headers;		/* of Template *: sent with every request */
	List	   *error_pointers; /* of char *: failure under HTTP 200 if one is set */
	char	   *ok_pointer;		/* NULL = the HTTP status decides */
	char	   *ok_value;
	List	   *null_values;	/* of char *: JSON literals that mean null */
	bool		retry_reads;
	List	   *throttle_status;	/* of int */
	bool		wait_in_body;
	char	   *wait_name;		/* header name or pointer */
	ImsWaitUnit wait_unit;
	int			throttle_max_wait_ms;
} ImsServer;

typedef enum ImsPaging
{
	IMS_PAGE_NONE,
	IMS_PAGE_NUMBER,
	IMS_PAGE_OFFSET,
	IMS_PAGE_CURSOR,			/* page_next is the next value of {cursor} */
	IMS_PAGE_LINK,				/* header Link: <…>; rel="next" */
	IMS_PAGE_NEXT_URL			/* page_next is the next URL */
} ImsPaging;

typedef enum ImsEnd
{
	IMS_END_SHORT,				/* fewer rows than asked for */
	IMS_END_TOTAL,				/* all of the rows that the answer counts */
	IMS_END_PAGES,				/* the last of the pages that the answer counts */
	IMS_END_FLAG,				/* pointer is not true any more */
	IMS_END_STATUS				/* this HTTP status instead of rows */
} ImsEnd;

typedef struct ImsTable
{
	ImsServer  *server;
	char	   *method;
	Template   *url;			/* path and query */
	Template   *body;			/* NULL = none */
	bool		form_body;
	char	   *request_text;	/* option "request", for messages */
	char	   *rows;			/* pointer, "explode" included */
	char	   *outer_rows;		/* pointer without "explode", NULL if there is none */
	ImsPaging	paging;
	int			page_size;
	int64		page_start;
	char	   *page_next;
	ImsEnd		end;
	char	   *end_pointer;	/* of total, pages, flag */
	int			end_status;
	List	   *empty_status;	/* of int */
	char	   *from;			/* resource whose rows this one is asked for; NULL = none */
	AttrNumber	since;			/* column of {since} and {until}, 0 = none */
	bool		has_filters;	/* there is a place for filters */
	TemplatePlace filter_place;
	List	   *bound;			/* of int: columns of {col:…} and {col[]:…} */
} ImsTable;

/* How a value of a column is written into a request. */
typedef enum ImsFormat
{
	IMS_FORMAT_TEXT,
	IMS_FORMAT_ISO,
	IMS_FORMAT_SQL,
	IMS_FORMAT_DATE,
	IMS_FORMAT_EPOCH,
	IMS_FORMAT_EPOCH_MS,
	IMS_FORMAT_BOOL01
} ImsFormat;

/* One "pattern = result" of a column option "map". */
typedef struct ImsCase
{
	List	   *pattern;		/* of char *: a text or "*" for each pointer of "by" */
	char	   *pointer;		/* where the value is, or NULL */
	char	   *literal;		/* the value itself; NULL with no pointer: null */
	bool		negate;
} ImsCase;

typedef struct ImsColumn
{
	char	   *path;			/* pointer in the row; NULL if none */
	bool		sent_at;		/* "@sent_at": when the request was sent */
	char	   *from;			/* "@from:NAME": column of the row it is asked for */
	List	   *by;				/* of char *: pointers that choose a case */
	List	   *cases;			/* of ImsCase * */
	char	   *sum_array;		/* array in the row whose elements are added up; NULL = none */
	char	   *sum_value;		/* pointer to the number in an element */
	char	   *sum_if;			/* pointer to what must be sum_equals; NULL = all elements */
	char	   *sum_equals;
	Template   *filter[PREDICATE_IN + 1];	/* by operator, NULL = not understood */
	ImsFormat	format;
} ImsColumn;

/* ims_server_open: what the options and the profile say about a server. */
extern ImsServer *ims_server_open(RemoteServer *remote);

/* ims_server_option: explicit option, else the profile's, else the default. */
extern const char *ims_server_option(const ImsServer *server, const char *name);

/* ims_table_open: fill table->remote, column->remote, column->decode. */
extern void ims_table_open(RemoteTable *table);

/* ims_column_by_name: raises, with a hint, if there is none. */
extern RemoteColumn *ims_column_by_name(const RemoteTable *table, const char *name,
										const char *option);

/*
 * ims_parent_open
 *		The table whose rows a table with option "from" is asked for: the
 *		foreign table of that resource in the same schema, else the profile's.
 */
extern RemoteTable *ims_parent_open(const RemoteTable *table);

/* ims_profile_table_open: a profile's table without a foreign table for it. */
struct ImsProfileTable;
extern RemoteTable *ims_profile_table_open(RemoteServer *server,
										   const struct ImsProfileTable *described);

/*
 * ims_compile
 *		template_compile, and a check that {secret:…} names an option that user
 *		mappings have and {now:…} a format.
 */
extern Template *ims_compile(const char *text, TemplatePlace place, TemplateScope scope,
							 const char *option);

/* ims_split: words separated by blanks or any of "separators". */
extern List *ims_split(const char *text, const char *separators);

/* ---- profiles ---- */

typedef struct ImsProfileColumn
{
	char	   *name;
	Oid			type;
	List	   *options;		/* of DefElem * */
} ImsProfileColumn;

typedef struct ImsProfileTable
{
	char	   *name;
	List	   *options;		/* of DefElem * */
	List	   *columns;		/* of ImsProfileColumn *, in order */
} ImsProfileTable;

/*
 * ims_profile_options
 *		Server options of a profile; raises, with a hint, if there is none.
 */
extern List *ims_profile_options(const char *profile);

/* ims_profile_tables: a List of ImsProfileTable *, in order. */
extern List *ims_profile_tables(const char *profile);

/* ---- values of placeholders ---- */

typedef struct ImsContext
{
	const ImsServer *server;
	const Session *session;		/* NULL before login, or if there is none */
	const char *login_answer;	/* while the login is being made */
	const char *token;
	const ScanRequest *request; /* NULL outside of a scan */
	bool		describe;		/* for display: no secrets, no times */
	int64		limit;
	int64		offset;
	int64		page;
	const char *cursor;
	List	   *bindings;		/* of ImsBinding * */
	int64		combination;	/* which of the bindings' combinations */
	const RemoteTable *parent;	/* row it is asked for */
	List	   *parent_attnos;	/* of int */
	const JsonValue *parent_row;	/* in the order of parent_attnos, decoded */
	const Predicate *filter;	/* while one filter is rendered */
	int			filter_value;	/* which of its values is {value} */
} ImsContext;

/* A column that is bound by the query to one or more values. */
typedef struct ImsBinding
{
	const RemoteColumn *column;
	const Predicate *predicate;
} ImsBinding;

/* ims_lookup: the TemplateLookup of all templates; context is an ImsContext. */
extern TemplateValue *ims_lookup(void *context, const TemplateRef *ref);

/* ims_format_by_name: raises, with a hint, for an unknown one. */
extern ImsFormat ims_format_by_name(const char *name);

/* ims_format_unit: microseconds that the format can tell apart. */
extern int64 ims_format_unit(ImsFormat format);

/* ims_format_time: a time, in UTC, in one of the formats. */
extern TemplateValue *ims_format_time(TimestampTz when, ImsFormat format);

/* ims_format_value: a value of the query as a request has it for its column. */
extern TemplateValue *ims_format_value(const RemoteColumn *column, PredicateOp op,
									   const char *text);

/* ims_kind_of_type: what values of a type are in JSON. */
extern JsonKind ims_kind_of_type(Oid type);

/*
 * ims_round_up
 *		The next time that is a multiple of "unit" microseconds: an upper
 *		bound that is rounded down would lose rows.
 */
extern TimestampTz ims_round_up(TimestampTz when, int64 unit);

/* ims_utc_parts: year, month, day, … of a time in UTC. */
extern struct pg_tm ims_utc_parts(TimestampTz when, fsec_t *fraction);

/* ims_filter_for: the filter that a comparison can be sent as, or NULL. */
extern Template *ims_filter_for(const ImsColumn *column, PredicateOp op);

/* ims_iso_time: "2026-11-24T12:30:00.000000Z". */
extern char *ims_iso_time(TimestampTz when);

/* ims_redact: remote text with every secret of the user mapping replaced. */
extern char *ims_redact(const RemoteServer *server, const char *text);

/* ---- requests ---- */

/* ims_login_check: compile the server's login templates; raises for a bad one. */
extern void ims_login_check(const ImsServer *server);

/* ims_login: the SessionLogin of auth = login. */
extern void ims_login(const RemoteServer *remote, Session *session);

/* ims_request_headers: those of option "headers", of auth = basic, of the login. */
extern List *ims_request_headers(const ImsContext *context, const char *content_type);

/*
 * ims_same_origin_url
 *		Resolve a link that the remote gave; raises unless it stays at the
 *		server's scheme, host and port.
 */
extern char *ims_same_origin_url(const RemoteServer *server, const char *link);

/*
 * ims_request_send
 *		Send the table's request (or a GET of "next_url") until it is answered.
 *
 * Waits out throttling, repeats transient failures of reads, logs in anew once
 * after a 401.  Returns the answer whatever its status; raises if there is none.
 */
extern HttpResponse *ims_request_send(const RemoteTable *table, ImsContext *context,
									  const char *next_url, ScanCounters *counters);

/* ims_raise_status: the error of an answer that is not 2xx. */
extern void ims_raise_status(const RemoteTable *table, const HttpResponse *response)
			pg_attribute_noreturn();

/* ims_remote_message: what an answer says went wrong, redacted; NULL if nothing. */
extern char *ims_remote_message(const ImsServer *server, const HttpResponse *response);

/* ims_render_url, ims_render_body: the request's texts as they are sent. */
extern char *ims_render_url(const RemoteTable *table, ImsContext *context);
extern char *ims_render_body(const RemoteTable *table, ImsContext *context);

/* ---- rows ---- */

typedef struct ImsProjection ImsProjection;

/* ims_projection_create: how the columns "attnos" come out of an answer. */
extern ImsProjection *ims_projection_create(const RemoteTable *table, List *attnos);

/* What one answer holds. */
typedef struct ImsAnswer
{
	RowPage    *page;			/* columns as the projection's attnos */
	int			outer_count;	/* rows before "explode" */
	char	   *end_text;		/* at page_end's pointer, NULL if absent */
	char	   *next_text;		/* at page_next, NULL if absent */
} ImsAnswer;

/*
 * ims_answer_read
 *		Rows of one answer; raises for a failure under HTTP 200 and for an
 *		answer without rows where they should be.
 */
extern ImsAnswer *ims_answer_read(const ImsProjection *projection,
								  const HttpResponse *response,
								  const ImsContext *context);

/* ims_decoded: the text of a value as its column's input function takes it. */
extern char *ims_decoded(const RemoteColumn *column, const JsonValue *value);

/* ---- the connector's functions that have a file of their own ---- */

extern ScanCursor *ims_open_scan(const ScanRequest *request);
extern RowPage *ims_next_page(ScanCursor *cursor);
extern RowPage *ims_sample_page(ScanCursor *cursor, int64 number);
extern bool ims_count_rows(const ScanRequest *request, double *rows, double *pages);
extern List *ims_import_schema(RemoteServer *server, ImportForeignSchemaStmt *stmt);

/*
 * ims_parent_request
 *		The scan of the parent that gives what a child scan needs: columns
 *		used by the child's templates and rows, quals that carry over.
 */
extern ScanRequest *ims_parent_request(const ScanRequest *child, RemoteTable *parent);

/* ims_bindings: columns of {col:…} with their quals; raises if one is unbound. */
extern List *ims_bindings(const ScanRequest *request);

#endif							/* STOCKBRIDGE_IMS_H */
