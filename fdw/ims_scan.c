/*
 * ims_scan.c
 *		Pages of a table, asked for once or once for each of a set of rows.
 *
 * A scan is a sequence of units.  A plain table is one unit.  A table whose
 * request needs the value of a column is one unit for each value that the
 * query allows; a table with option "from" is one unit for each row of that
 * other table, which is scanned the same way.  Within a unit, pages follow
 * until the table's page_end says so.
 *
 * A remote that misbehaves must not make us loop: the same page again, a
 * cursor that returns, rows where a count says there are none left are errors.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "ims.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

/* Tables asked for each row of a table, asked for each row of a table, … */
#define MAX_DEPTH	4

typedef struct ImsCursor
{
	ScanCursor	base;
	const RemoteTable *table;
	const ImsTable *ims;
	ImsProjection *projection;
	ImsContext	context;
	MemoryContext memory;		/* of the cursor itself */

	/* The rows that this table is asked for. */
	struct ImsCursor *parent;	/* NULL = none */
	MemoryContext parent_memory;	/* of parent_page */
	RowPage    *parent_page;
	int			parent_next;	/* row of parent_page that comes next */

	/* Combinations of the values that the query binds columns to. */
	int64		ncombinations;
	int64		next_combination;

	/* The unit that is being read. */
	bool		in_unit;
	bool		first_page;
	int64		received;		/* rows before "explode" */
	char	   *next_url;		/* for the next page, NULL = from the template */
	uint64		last_hash;		/* of the last answer's body */
	size_t		last_len;
	List	   *seen;			/* of uint64 *: hashes of cursors and links */
} ImsCursor;

/* ---- bindings ---- */

List *
ims_bindings(const ScanRequest *request)
{
	const ImsTable *ims = request->table->remote;
	List	   *bindings = NIL;
	ListCell   *lc;

	foreach(lc, ims->bound)
	{
		ImsBinding *binding = palloc0(sizeof(ImsBinding));

		binding->column = &request->table->columns[lfirst_int(lc) - 1];
		binding->predicate = predicate_conjunct_eq(request->predicate, lfirst_int(lc));
		if (binding->predicate == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_UNABLE_TO_CREATE_EXECUTION),
					 errmsg("%s can only be read for given values of column \"%s\"",
							request->table->name, binding->column->name),
					 errhint("Add a condition such as %s = … or %s IN (…): the table's request needs it.",
							 quote_identifier(binding->column->name),
							 quote_identifier(binding->column->name))));
		bindings = lappend(bindings, binding);
	}
	return bindings;
}

/* A column written as a list takes all of its values in one request. */
static bool
is_listed(const ImsTable *ims, const char *column)
{
	const TemplateRef *ref = template_find(ims->url, "col");

	if (ref == NULL || strcmp(ref->argument, column) != 0)
		ref = template_find(ims->body, "col");
	return ref && strcmp(ref->argument, column) == 0 && ref->is_list;
}

static int64
count_combinations(const ImsTable *ims, const List *bindings)
{
	int64		count = 1;
	ListCell   *lc;

	foreach(lc, bindings)
	{
		const ImsBinding *binding = lfirst(lc);
		int			nvalues = list_length(binding->predicate->values);

		count *= (nvalues > 1 && is_listed(ims, binding->column->name)) ? 1 : nvalues;
	}
	return count;
}

/* ---- the parent ---- */

/*
 * Whether a row of the parent can have rows of the child that the query wants.
 * Values are compared as texts, for which ims.c ships such a qual only where
 * equal values have equal texts.
 */
static bool
is_wanted(const Predicate *predicate, const List *attnos, const JsonValue *row)
{
	ListCell   *lc;

	if (predicate == NULL)
		return true;
	if (predicate->op == PREDICATE_AND)
	{
		foreach(lc, predicate->args)
			if (!is_wanted(lfirst(lc), attnos, row))
				return false;
		return true;
	}
	foreach(lc, attnos)
	{
		const char *text = row[foreach_current_index(lc)].text;
		ListCell   *lv;

		if (lfirst_int(lc) != predicate->attno || text == NULL)
			continue;
		foreach(lv, predicate->values)
			if (strcmp(lfirst(lv), text) == 0)
				return true;
	}
	return false;
}

/* ---- opening ---- */

static ImsCursor *open_cursor(const ScanRequest *request, int depth);

static void
open_parent(ImsCursor *cursor, const ScanRequest *request, int depth)
{
	RemoteTable *parent = ims_parent_open(request->table);
	ScanRequest *parent_request = ims_parent_request(request, parent);

	if (depth >= MAX_DEPTH)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("option \"from\" of %s leads through more than %d tables",
						request->table->name, MAX_DEPTH),
				 errhint("Check that it does not lead back to the table itself.")));
	cursor->parent = open_cursor(parent_request, depth + 1);
	cursor->parent_memory = AllocSetContextCreate(CurrentMemoryContext, "stockbridge parent page",
												  ALLOCSET_DEFAULT_SIZES);
	cursor->context.parent = parent;
	cursor->context.parent_attnos = parent_request->attnos;
}

static ImsCursor *
open_cursor(const ScanRequest *request, int depth)
{
	ImsCursor  *cursor = palloc0(sizeof(ImsCursor));

	cursor->base.request = request;
	cursor->table = request->table;
	cursor->ims = request->table->remote;
	cursor->memory = CurrentMemoryContext;
	cursor->projection = ims_projection_create(request->table, request->attnos);
	cursor->context.server = cursor->ims->server;
	cursor->context.request = request;
	cursor->context.bindings = ims_bindings(request);
	cursor->ncombinations = count_combinations(cursor->ims, cursor->context.bindings);
	if (cursor->ims->from)
	{
		cursor->next_combination = cursor->ncombinations;	/* no row yet */
		open_parent(cursor, request, depth);
	}
	return cursor;
}

ScanCursor *
ims_open_scan(const ScanRequest *request)
{
	return &open_cursor(request, 0)->base;
}

/* ---- units ---- */

static RowPage *next_page(ImsCursor *cursor);

/* Decode a page in place: its values go into requests and into columns. */
static void
decode_page(const RemoteTable *table, const List *attnos, RowPage *page)
{
	ListCell   *lc;

	foreach(lc, attnos)
	{
		const RemoteColumn *column = &table->columns[lfirst_int(lc) - 1];

		if (column->decode == NULL)
			continue;
		for (int row = 0; row < page->nrows; row++)
		{
			JsonValue  *value = &page->values[(Size) row * page->ncolumns + foreach_current_index(lc)];

			value->text = ims_decoded(column, value);
			value->kind = value->text ? JSON_KIND_STRING : JSON_KIND_NULL;
		}
	}
}

/* The costs of reading the parent are costs of this scan. */
static RowPage *
next_parent_page(ImsCursor *cursor)
{
	MemoryContext old;
	ScanCounters *total = &cursor->base.counters;
	ScanCounters *spent = &cursor->parent->base.counters;
	RowPage    *page;

	MemoryContextReset(cursor->parent_memory);
	old = MemoryContextSwitchTo(cursor->parent_memory);
	page = next_page(cursor->parent);
	if (page)
		decode_page(cursor->context.parent, cursor->context.parent_attnos, page);
	MemoryContextSwitchTo(old);
	total->requests += spent->requests;
	total->pages += spent->pages;
	total->bytes += spent->bytes;
	total->retries += spent->retries;
	total->wait_ms += spent->wait_ms;
	memset(spent, 0, sizeof(ScanCounters));
	return page;
}

/* Make the next wanted row of the parent current; false at the end. */
static bool
next_parent_row(ImsCursor *cursor)
{
	const Predicate *predicate = cursor->parent->base.request->predicate;

	for (;;)
	{
		const JsonValue *row;

		CHECK_FOR_INTERRUPTS();
		if (cursor->parent_page == NULL || cursor->parent_next >= cursor->parent_page->nrows)
		{
			cursor->parent_page = next_parent_page(cursor);
			cursor->parent_next = 0;
			if (cursor->parent_page == NULL)
				return false;
			continue;
		}
		row = cursor->parent_page->values +
			(Size) cursor->parent_next++ * cursor->parent_page->ncolumns;
		if (!is_wanted(predicate, cursor->context.parent_attnos, row))
			continue;
		cursor->context.parent_row = row;
		return true;
	}
}

static bool
next_unit(ImsCursor *cursor)
{
	if (cursor->next_combination >= cursor->ncombinations)
	{
		if (cursor->parent == NULL || cursor->ncombinations == 0 || !next_parent_row(cursor))
			return false;
		cursor->next_combination = 0;
	}
	cursor->context.combination = cursor->next_combination++;
	cursor->context.limit = cursor->ims->page_size;
	cursor->context.page = cursor->ims->page_start;
	cursor->context.offset = cursor->ims->page_start;
	if (cursor->ims->paging == IMS_PAGE_NUMBER)
		cursor->context.offset = 0;
	cursor->context.cursor = NULL;
	cursor->in_unit = true;
	cursor->first_page = true;
	cursor->received = 0;
	cursor->next_url = NULL;
	cursor->last_len = 0;
	cursor->seen = NIL;
	return true;
}

/* ---- pages ---- */

static void
raise_endless(const ImsCursor *cursor, const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_ERROR),
			 errmsg("server \"%s\" does not come to an end while reading %s",
					cursor->table->server->name, cursor->table->name),
			 errdetail("%s", what),
			 errhint("Compare the options page, page_start and page_end with the server's documentation.")));
}

/* The same answer to a different request: the remote does not turn the page. */
static void
check_progress(ImsCursor *cursor, const HttpResponse *response, const ImsAnswer *answer)
{
	uint64		hash = hash_bytes_extended((const unsigned char *) response->body,
										   (int) response->body_len, 0);

	if (answer->outer_count > 0 && cursor->last_len == response->body_len &&
		cursor->last_hash == hash)
		raise_endless(cursor, "Two pages that follow each other have the same content.");
	cursor->last_hash = hash;
	cursor->last_len = response->body_len;
}

/* More rows than were asked for would be skipped or read twice. */
static void
check_count(const ImsCursor *cursor, const ImsAnswer *answer)
{
	ImsPaging	paging = cursor->ims->paging;

	if (paging != IMS_PAGE_OFFSET && paging != IMS_PAGE_NUMBER)
		return;
	if (template_find(cursor->ims->url, "limit") == NULL &&
		template_find(cursor->ims->body, "limit") == NULL)
		return;
	if (answer->outer_count > cursor->context.limit)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("server \"%s\" sent %d rows where at most " INT64_FORMAT " were asked for, while reading %s",
						cursor->table->server->name, answer->outer_count,
						cursor->context.limit, cursor->table->name),
				 errhint("The server does not understand the limit in the table's request: \"%s\".",
						 cursor->ims->request_text)));
}

/* A cursor or link that comes back leads round in circles. */
static char *
take_next(ImsCursor *cursor, const char *next)
{
	MemoryContext old = MemoryContextSwitchTo(cursor->memory);
	uint64	   *hash = palloc(sizeof(uint64));
	char	   *copy = pstrdup(next);
	ListCell   *lc;

	*hash = hash_bytes_extended((const unsigned char *) next, (int) strlen(next), 0);
	foreach(lc, cursor->seen)
		if (*(uint64 *) lfirst(lc) == *hash)
			raise_endless(cursor, "The link to the next page leads back to a page that was read before.");
	cursor->seen = lappend(cursor->seen, hash);
	MemoryContextSwitchTo(old);
	return copy;
}

/* URL of rel="next" in a Link header, NULL if there is none. */
static char *
link_next(const HttpResponse *response)
{
	const char *text = http_header(response, "Link");
	const char *open;

	while (text && (open = strchr(text, '<')) != NULL)
	{
		const char *close = strchr(open, '>');
		size_t		len;

		if (close == NULL)
			return NULL;
		len = strcspn(close, ",");
		if (strstr(pnstrdup(close, len), "rel=\"next\"") || strstr(pnstrdup(close, len), "rel=next"))
			return pnstrdup(open + 1, close - open - 1);
		text = close + len;
	}
	return NULL;
}

/* A count in the answer, -1 if there is none that can be read. */
static int64
count_at_end(const ImsCursor *cursor, const ImsAnswer *answer)
{
	char	   *end;
	long long	count = answer->end_text ? strtoll(answer->end_text, &end, 10) : -1;

	if (answer->end_text == NULL || end == answer->end_text || count < 0)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("answer of server \"%s\" has no count at \"%s\" while reading %s",
						cursor->table->server->name, cursor->ims->end_pointer, cursor->table->name),
				 errhint("Compare the option \"page_end\" with an answer of the server.")));
	return count;
}

/*
 * Remotes silently cut a limit that is too large for them to their own, and
 * that is a round number.  A first page that is short by such a number is not
 * taken as the last: rows would be lost without a word.  The next page, asked
 * for in portions of that size, tells.
 */
static bool
may_be_cut(const ImsCursor *cursor, const ImsAnswer *answer)
{
	int			count = answer->outer_count;

	return cursor->first_page && count > 0 && count < cursor->context.limit &&
		(count % 10 == 0 || count % 25 == 0);
}

/* Whether page_end says that no page follows this one. */
static bool
is_last(const ImsCursor *cursor, const ImsAnswer *answer)
{
	const ImsTable *ims = cursor->ims;
	int64		count;

	switch (ims->end)
	{
		case IMS_END_SHORT:
			return answer->outer_count < cursor->context.limit && !may_be_cut(cursor, answer);
		case IMS_END_TOTAL:
			count = count_at_end(cursor, answer);
			if (answer->outer_count == 0 && cursor->received < count)
				raise_endless(cursor,
							  psprintf("It counts " INT64_FORMAT " rows, but after " INT64_FORMAT " it sends none.",
									   count, cursor->received));
			return cursor->received >= count;
		case IMS_END_PAGES:
			count = count_at_end(cursor, answer);
			return cursor->context.page - ims->page_start + 1 >= count;
		case IMS_END_FLAG:
			return answer->end_text == NULL || strcmp(answer->end_text, "true") != 0;
		case IMS_END_STATUS:
			return answer->outer_count == 0;
	}
	return true;
}

/*
 * Point the cursor at the page that follows.  By offset, what counts is how
 * many rows came: a remote may send fewer than asked for.
 */
static void
turn_page(ImsCursor *cursor, const HttpResponse *response, const ImsAnswer *answer)
{
	const char *next = answer->next_text;

	cursor->in_unit = false;
	switch (cursor->ims->paging)
	{
		case IMS_PAGE_NONE:
			return;
		case IMS_PAGE_OFFSET:
		case IMS_PAGE_NUMBER:
			if (is_last(cursor, answer))
				return;
			check_progress(cursor, response, answer);
			if (cursor->ims->end == IMS_END_SHORT && may_be_cut(cursor, answer))
				cursor->context.limit = answer->outer_count;
			cursor->context.offset += answer->outer_count;
			cursor->context.page++;
			break;
		case IMS_PAGE_LINK:
			next = link_next(response);
			/* FALLTHROUGH */
		case IMS_PAGE_CURSOR:
		case IMS_PAGE_NEXT_URL:
			if (next == NULL || *next == '\0' ||
				(cursor->ims->end != IMS_END_SHORT && is_last(cursor, answer)))
				return;
			next = take_next(cursor, next);
			if (cursor->ims->paging == IMS_PAGE_CURSOR)
				cursor->context.cursor = next;
			else
				cursor->next_url = (char *) next;
			break;
	}
	cursor->in_unit = true;
}

/* Whether a status means the end of the rows rather than a failure. */
static bool
is_end_status(const ImsCursor *cursor, int status)
{
	if (list_member_int(cursor->ims->empty_status, status))
		return true;
	return cursor->ims->end == IMS_END_STATUS && status == cursor->ims->end_status &&
		!cursor->first_page;
}

/* The next page of the unit; NULL if there turns out to be none. */
static RowPage *
read_page(ImsCursor *cursor)
{
	HttpResponse *response = ims_request_send(cursor->table, &cursor->context, cursor->next_url,
											  &cursor->base.counters);
	ImsAnswer  *answer;

	if (is_end_status(cursor, response->status))
	{
		cursor->in_unit = false;
		return NULL;
	}
	if (response->status < 200 || response->status > 299)
		ims_raise_status(cursor->table, response);
	answer = ims_answer_read(cursor->projection, response, &cursor->context);
	check_count(cursor, answer);
	cursor->base.counters.pages++;
	cursor->received += answer->outer_count;
	turn_page(cursor, response, answer);
	cursor->first_page = false;
	return answer->page;
}

/*
 * One page, possibly without rows: the caller frees what it took before it asks
 * again, however many units turn out to be empty.  NULL at the end.
 */
static RowPage *
next_page(ImsCursor *cursor)
{
	RowPage    *page;

	CHECK_FOR_INTERRUPTS();
	if (!cursor->in_unit && !next_unit(cursor))
		return NULL;
	page = read_page(cursor);
	return page ? page : palloc0(sizeof(RowPage));
}

RowPage *
ims_next_page(ScanCursor *cursor)
{
	return next_page((ImsCursor *) cursor);
}

/* ---- estimates and samples ---- */

/* Whether any page can be asked for by its number or offset. */
static bool
has_numbered_pages(const ImsCursor *cursor)
{
	return (cursor->ims->paging == IMS_PAGE_OFFSET || cursor->ims->paging == IMS_PAGE_NUMBER) &&
		cursor->parent == NULL && cursor->ncombinations == 1;
}

/* Page "number" from 0; NULL if there is none. */
static ImsAnswer *
read_numbered_page(ImsCursor *cursor, int64 number)
{
	HttpResponse *response;

	cursor->next_combination = 0;
	(void) next_unit(cursor);
	cursor->context.page += number;
	cursor->context.offset += number * cursor->context.limit;
	response = ims_request_send(cursor->table, &cursor->context, NULL, &cursor->base.counters);
	cursor->first_page = number == 0;
	if (is_end_status(cursor, response->status))
		return NULL;
	if (response->status < 200 || response->status > 299)
		ims_raise_status(cursor->table, response);
	cursor->base.counters.pages++;
	return ims_answer_read(cursor->projection, response, &cursor->context);
}

/* Counts are in the first page of those remotes that count at all. */
bool
ims_count_rows(const ScanRequest *request, double *rows, double *pages)
{
	ImsCursor  *cursor = open_cursor(request, 0);
	ImsEnd		end = cursor->ims->end;
	ImsAnswer  *answer;
	double		count;

	if (!has_numbered_pages(cursor) || (end != IMS_END_TOTAL && end != IMS_END_PAGES))
		return false;
	answer = read_numbered_page(cursor, 0);
	*rows = *pages = 0;
	if (answer == NULL || answer->outer_count == 0)
		return true;
	count = (double) count_at_end(cursor, answer);
	*pages = end == IMS_END_PAGES ? count : ceil(count / answer->outer_count);
	if (end == IMS_END_PAGES)
		count *= answer->outer_count;
	*rows = count * answer->page->nrows / answer->outer_count;
	return true;
}

RowPage *
ims_sample_page(ScanCursor *base, int64 number)
{
	ImsCursor  *cursor = (ImsCursor *) base;
	ImsAnswer  *answer;

	if (!has_numbered_pages(cursor))
		return NULL;
	answer = read_numbered_page(cursor, number);
	return answer != NULL ? answer->page : palloc0(sizeof(RowPage));
}
