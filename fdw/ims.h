/*
 * ims.h
 *		What the files of the declarative connector (ims*.c) share.
 *
 * An inventory system is described by options alone.  Server options come from
 * CREATE SERVER or, where it is silent, from the server's profile; table and
 * column options are those of the foreign table.  ims_server.c, ims_table.c and
 * ims_column.c read them into the structs below, ims_value.c gives placeholders
 * their values, ims_login.c, ims_throttle.c and ims_request.c send, ims_rows.c
 * makes rows of answers, ims_scan.c pages and expands, ims_resolve.c looks
 * values up, ims_group.c adds rows up, ims_write.c writes.  Nothing here knows a
 * product by name.
 */
#ifndef STOCKBRIDGE_IMS_H
#define STOCKBRIDGE_IMS_H

#include "postgres.h"

#include "connector.h"
#include "pgtime.h"
#include "rate.h"
#include "session.h"
#include "template.h"

/* ---- what the options say ---- */

typedef enum ImsAuth
{
	IMS_AUTH_NONE,
	IMS_AUTH_BASIC,
	IMS_AUTH_HEADERS,
	IMS_AUTH_LOGIN,				/* this and those below it log in */
	IMS_AUTH_OAUTH2_CLIENT,
	IMS_AUTH_OAUTH2_REFRESH
} ImsAuth;

/* A place in an answer: in a header, in JSON, or in the JSON of a header. */
typedef struct ImsPlace
{
	char	   *text;			/* as the option says it, for messages */
	char	   *header;			/* NULL = the body */
	char	   *pointer;		/* NULL = the header's whole value */
} ImsPlace;

/* "60/min, 5000/d". */
typedef struct ImsRates
{
	int			n;
	RateLimit	limits[RATE_MAX_LIMITS];
} ImsRates;

/* A value that has to stand at a pointer. */
typedef struct ImsCondition
{
	char	   *pointer;
	char	   *value;
} ImsCondition;

/* What a signature is of, and how it is written. */
typedef enum ImsSigned
{
	IMS_SIGN_NOTHING,
	IMS_SIGN_QUERY,				/* what follows "?" in the URL, "" if nothing does */
	IMS_SIGN_PATH_QUERY,		/* path and query, as sent */
	IMS_SIGN_BODY
} ImsSigned;

typedef struct ImsSignature
{
	ImsSigned	over;
	bool		hex;			/* otherwise base64 */
	char	   *secret;			/* user mapping option that holds the key */
} ImsSignature;

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
	ImsCondition *ok;			/* NULL = the HTTP status decides */
	List	   *null_values;	/* of char *: JSON literals that mean null */
	bool		retry_reads;
	List	   *throttle_status;	/* of int */
	ImsPlace   *wait;			/* how long to wait, in an answer */
	ImsWaitUnit wait_unit;
	int			throttle_max_wait_ms;
	ImsRates	rates;
	ImsPlace   *left;			/* how many requests are left, NULL = not told */
	int			keep;			/* how many of them to leave to others */
	Template   *base_url;		/* where requests go after the login, NULL = url */
	ImsSignature signature;
	char	   *time_zone;		/* of times that name none */
	int			concurrency;	/* requests on their way at once, in a scan */
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

/* How a lower bound of the column "since" is used. */
typedef enum ImsSinceMode
{
	IMS_SINCE_SERVER,			/* sent, if the request has a place for it */
	IMS_SINCE_NEWEST_FIRST,		/* rows come newest first: stop when they get older */
	IMS_SINCE_WINDOW			/* one request for each window of since_window */
} ImsSinceMode;

/* Templates that write a row: one of INSERT, UPDATE, DELETE. */
typedef struct ImsWrite
{
	char	   *method;			/* NULL = not possible */
	Template   *url;
	Template   *body;			/* NULL = none */
} ImsWrite;

typedef struct ImsTable
{
	ImsServer  *server;
	List	   *members;		/* of char *: resources whose rows this one joins; NIL = none */
	bool		derived;		/* rows are differences of stock that were kept */
	char	   *method;
	Template   *url;			/* path and query */
	Template   *body;			/* NULL = none */
	bool		form_body;
	char	   *request_text;	/* option "request", for messages */
	char	   *rows;			/* pointer, "explode" included */
	char	   *outer_rows;		/* pointer without "explode", NULL if there is none */
	char	   *names;			/* pointer to the names of rows that are arrays, or NULL */
	ImsPaging	paging;
	int			page_size;
	int64		page_start;
	ImsPlace   *page_next;
	ImsEnd		end;
	ImsPlace   *end_place;		/* of total, pages, flag */
	int			end_status;
	List	   *empty_status;	/* of int */
	char	   *from;			/* resource whose rows this one is asked for; NULL = none */
	int			batch;			/* rows of "from" that one request asks for */
	AttrNumber	since;			/* column of {since} and {until}, 0 = none */
	ImsSinceMode since_mode;
	int64		since_overlap;	/* microseconds that a lower bound is moved back */
	int64		since_window;	/* microseconds */
	bool		has_filters;	/* there is a place for filters */
	TemplatePlace filter_place;
	List	   *bound;			/* of int: columns of {col:…} and {col[]:…} */
	List	   *required;		/* of int: columns that the query must restrict */
	List	   *group_by;		/* of int: one row for each value of these, NIL = all rows */
	ImsCondition *ok;			/* NULL = the HTTP status decides */
	ImsRates	rates;			/* of this table alone, besides the server's */
	ImsWrite	write[CMD_DELETE + 1];	/* by CmdType */
	List	   *write_headers;	/* of Template * */
	ImsCondition *write_ok;
	char	   *result;			/* pointer to the row in the answer of a write, or NULL */
	char	   *result_key;		/* pointer to the new row's key there, or NULL */
	List	   *key;			/* of int: columns that name a row to be written */
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
	IMS_FORMAT_BOOL01,
	IMS_FORMAT_STRING,			/* a number as a JSON string */
	IMS_FORMAT_TRYTON			/* {"__class__":"Decimal",…}, …"date",… */
} ImsFormat;

/* Option "lookup": the value is the key of a row elsewhere. */
typedef struct ImsLookup
{
	char	   *resource;		/* table to look into */
	char	   *key;			/* its column that has the value found here */
	char	   *value;			/* its column that is wanted */
	JsonKind	key_kind;		/* of the key, once the table has been opened */
} ImsLookup;

/* One "pattern = result" of a column option "map". */
typedef struct ImsCase
{
	List	   *pattern;		/* of char *: a text, "*", "text*" or "*text" for each of "by" */
	char	   *pointer;		/* where the value is, or NULL */
	char	   *literal;		/* the value itself; NULL with no pointer: null */
	bool		negate;
} ImsCase;

typedef struct ImsColumn
{
	char	   *path;			/* pointer in the row; NULL if none */
	bool		sent_at;		/* "@sent_at": when the request was sent */
	char	   *from;			/* "@from:NAME": column of the row it is asked for */
	char	   *constant;		/* "@value:TEXT" */
	DecodeFunction decode;		/* NULL = the text as it is */
	ImsLookup  *lookup;			/* NULL = none */
	List	   *by;				/* of char *: pointers that choose a case */
	List	   *cases;			/* of ImsCase * */
	char	   *sum_array;		/* array in the row whose elements are added up; NULL = none */
	char	   *sum_value;		/* pointer to the number in an element */
	char	   *sum_if;			/* pointer to what must be sum_equals; NULL = all elements */
	char	   *sum_equals;
	Template   *filter[PREDICATE_IN + 1];	/* by operator, NULL = not understood */
	ImsFormat	format;
	const char *time_zone;		/* of times that name none */
	char	   *write;			/* member that {set} writes it as; NULL = not written */
} ImsColumn;

/* ims_logs_in: whether requests need a login first. */
extern bool ims_logs_in(const ImsServer *server);

/* ims_server_open: what the options and the profile say about a server. */
extern ImsServer *ims_server_open(RemoteServer *remote);

/* ims_server_option: explicit option, else the profile's, else the default. */
extern const char *ims_server_option(const ImsServer *server, const char *name);

/* ims_table_open: fill table->remote and column->remote. */
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

/*
 * ims_table_by_resource
 *		The same for any resource; "use" completes "%s is … " for the error.
 */
extern RemoteTable *ims_table_by_resource(const RemoteTable *table, const char *resource,
										  const char *use);

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
	int			nparents;		/* 1, or as many rows as one request asks for */
	const JsonValue **parent_rows;	/* each in the order of parent_attnos */
	bool		in_window;		/* since_mode window: the window's bounds */
	TimestampTz window_from;
	TimestampTz window_until;
	const struct RowWrite *write;	/* row that is written, NULL in a scan */
	const char *arguments;		/* JSON object of {arg:…}, NULL outside of an act */
	const char *item;			/* JSON object of {item:…}, NULL outside of {each:…} */
	const char *signature;		/* {signature} of the request that is being built */
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

/* ims_written_value: {col:NAME} while a row is written; ims_write.c. */
extern TemplateValue *ims_written_value(const ImsContext *context, const char *column);

/* ims_shown_secret: what stands for a value that is not to be shown. */
extern TemplateValue *ims_shown_secret(const char *name);

/* Placeholders of conditions: ims_condition.c. */
extern TemplateValue *ims_value_since(const ImsContext *context, const TemplateRef *ref);
extern TemplateValue *ims_value_until(const ImsContext *context, const TemplateRef *ref);
extern TemplateValue *ims_value_col(const ImsContext *context, const TemplateRef *ref);
extern TemplateValue *ims_value_value(const ImsContext *context, const TemplateRef *ref);
extern TemplateValue *ims_value_values(const ImsContext *context, const TemplateRef *ref);
extern TemplateValue *ims_value_key(const ImsContext *context, const TemplateRef *ref);
extern TemplateValue *ims_value_filters(const ImsContext *context, const TemplateRef *ref);

/* ims_value_set: {set} of a write.  The others: {arg:…}, {each:…}, {item:…} of an act. */
extern TemplateValue *ims_value_set(const ImsContext *context, const TemplateRef *ref);
extern TemplateValue *ims_value_arg(const ImsContext *context, const TemplateRef *ref);
extern TemplateValue *ims_value_each(const ImsContext *context, const TemplateRef *ref);
extern TemplateValue *ims_value_item(const ImsContext *context, const TemplateRef *ref);

/* ims_format_by_name: raises, with a hint, for an unknown one. */
extern ImsFormat ims_format_by_name(const char *name);

/* ims_format_unit: microseconds that the format can tell apart. */
extern int64 ims_format_unit(ImsFormat format);

/*
 * ims_format_time
 *		A time in one of the formats: those without a zone in "time_zone", NULL = UTC.
 */
extern TemplateValue *ims_format_time(TimestampTz when, ImsFormat format, const char *time_zone);

/* ims_column_time: a value of a timestamp column; without a zone it is in the column's. */
extern TimestampTz ims_column_time(const RemoteColumn *column, const char *text);

/*
 * ims_with_zone
 *		A time as the remote wrote it, with the zone that it means added if it
 *		names none.
 */
extern char *ims_with_zone(const char *text, const char *time_zone);

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

/* ims_login: the SessionLogin of those servers that ims_logs_in. */
extern void ims_login(const RemoteServer *remote, Session *session);

/* ims_login_lasts_by_use: whether use prolongs a login; if not, its answer says how long. */
extern bool ims_login_lasts_by_use(const ImsServer *server);

/*
 * ims_request_headers
 *		Those of option "headers", of auth = basic, of the login, and "extra",
 *		a List of Template *.
 */
extern List *ims_request_headers(const ImsContext *context, const char *content_type,
								 const List *extra);

/* ims_signature: {signature} of a request; NULL if the server's are not signed. */
extern char *ims_signature(const ImsServer *server, const char *url, const char *body);

/*
 * ims_base_url
 *		Where requests go: the option "url", or what the login's answer says.
 */
extern char *ims_base_url(const ImsContext *context);

/*
 * ims_same_origin_url
 *		Resolve a link that the remote gave; raises unless it stays at scheme,
 *		host and port of "base".
 */
extern char *ims_same_origin_url(const RemoteServer *server, const char *base, const char *link);

/* ims_check_base_url: raise unless it is an absolute URL, no less safe than "url". */
extern void ims_check_base_url(const RemoteServer *server, const char *base);

/* ---- throttling ---- */

/*
 * ims_throttle_before
 *		Wait, interruptibly, until the rates of server and table and what the
 *		last answers said allow another request, and count it.  "table" may be
 *		NULL.  Raises if that would be longer than throttle_max_wait.
 */
extern void ims_throttle_before(const ImsServer *server, const RemoteTable *table);

/* ims_throttle_try: the same without waiting; false if it would have to. */
extern bool ims_throttle_try(const ImsServer *server, const RemoteTable *table);

/* ims_throttle_after: note what an answer says is left. */
extern void ims_throttle_after(const ImsServer *server, const HttpResponse *response);

/* ims_is_throttled: whether an answer says "too many requests". */
extern bool ims_is_throttled(const ImsServer *server, const HttpResponse *response);

/*
 * ims_throttled
 *		Note how long a throttled answer asks to wait; the next request will.
 *
 * Raises if that is too long, or if this is not the first such answer by far;
 * with attempt 0 it only takes note.
 */
extern void ims_throttled(const ImsServer *server, const HttpResponse *response, int attempt);

/* ims_place_text: what is at a place of an answer, NULL if nothing is. */
extern char *ims_place_text(const ImsPlace *place, const HttpResponse *response);

/*
 * ims_request_send
 *		Send the table's request (or a GET of "next_url") until it is answered.
 *
 * Waits out throttling, repeats transient failures of reads, logs in anew once
 * after a 401.  The first try may have been started before ("started", NULL = not).
 * Returns the answer whatever its status; raises if there is none.
 */
extern HttpResponse *ims_request_send(const RemoteTable *table, ImsContext *context,
									  const char *next_url, ScanCounters *counters,
									  HttpTransfer *started);

/*
 * ims_request_start
 *		Send the same request without waiting; ims_request_send takes the
 *		transfer as "started" when the answer is wanted.
 */
extern HttpTransfer *ims_request_start(const RemoteTable *table, ImsContext *context,
									   const char *next_url);

/*
 * ims_request_once
 *		Send a request of method, path below the base URL and body, once.
 *
 * Logs in if need be, adds the usual headers, "headers" (of Template *) and the
 * signature, and waits for the rate; "table" may be NULL.  Returns whatever
 * came of it.
 */
extern HttpResponse *ims_request_once(ImsContext *context, const RemoteTable *table,
									  HttpRequest *request, const List *headers,
									  bool form_body);

/* ims_raise_status: the error of an answer that is not 2xx. */
extern void ims_raise_status(const RemoteTable *table, const HttpResponse *response)
			pg_attribute_noreturn();

/* ims_remote_message: what an answer says went wrong, redacted; NULL if nothing. */
extern char *ims_remote_message(const ImsServer *server, const HttpResponse *response);

/* ims_render_url, ims_render_body: the request's texts as they are sent. */
extern char *ims_render_url(const RemoteTable *table, ImsContext *context);
extern char *ims_render_body(const RemoteTable *table, ImsContext *context);

/* ---- the connector's functions that have a file of their own ---- */

extern ScanCursor *ims_open_scan(const ScanRequest *request);

/* ims_open_inner_scan: the same for a scan that serves another one. */
extern ScanCursor *ims_open_inner_scan(const ScanRequest *request, int depth);
extern RowPage *ims_next_page(ScanCursor *cursor);
extern RowPage *ims_sample_page(ScanCursor *cursor, int64 number);
extern bool ims_count_rows(const ScanRequest *request, double *rows, double *pages);
extern void ims_end_scan(ScanCursor *cursor);

/* ims_add_counters: costs of a scan that serves another are costs of that one. */
extern void ims_add_counters(ScanCounters *total, ScanCounters *spent);
extern List *ims_write_key(const RemoteTable *table);
extern int	ims_write_commands(const RemoteTable *table);
extern bool ims_write_row(RowWrite *write);
extern char *ims_describe_write(const RemoteTable *table, CmdType operation);
extern List *ims_import_schema(RemoteServer *server, ImportForeignSchemaStmt *stmt);

/*
 * ims_parent_request
 *		The scan of the parent that gives what a child scan needs: columns
 *		used by the child's templates and rows, quals that carry over.
 */
extern ScanRequest *ims_parent_request(const ScanRequest *child, RemoteTable *parent);

/*
 * ims_member_request
 *		The scan of one member of a union: its columns of the same names, and
 *		what of the filter it can be sent.
 */
extern ScanRequest *ims_member_request(const ScanRequest *whole, RemoteTable *member);

/* ims_since_bound: the lower or upper bound of the query on option "since", or NULL. */
extern const Predicate *ims_since_bound(const ScanRequest *request, bool lower);

/* ims_can_ship: see connector.h. */
extern ShipExtent ims_can_ship(const RemoteTable *table, const RemoteColumn *column,
							   PredicateOp op, Oid value_type, Oid collation);

/* ims_binding_count: how many requests the values of a binding make. */
extern int	ims_binding_count(const ImsContext *context, const ImsBinding *binding);

/* ims_bindings: columns of {col:…} with their quals; raises if one is unbound. */
extern List *ims_bindings(const ScanRequest *request);

#endif							/* STOCKBRIDGE_IMS_H */
