/*
 * ims_page.c
 *		Pages of a unit: one after the other, until the last.
 *
 * A remote that misbehaves must not make us loop: the same page again, a
 * cursor that returns, rows where a count says there are none left, are
 * errors.  A page that was asked for ahead is used only if it is the one that
 * turns out to come next.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "ims_cursor.h"
#include "utils/memutils.h"

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

/* ---- checks ---- */

/* The same answer to a different request: the remote does not turn the page. */
static void
check_progress(const ImsCursor *cursor, ImsUnit *unit, const HttpResponse *response,
			   const ImsAnswer *answer)
{
	uint64		hash = hash_bytes_extended((const unsigned char *) response->body,
										   (int) response->body_len, 0);

	if (answer->outer_count > 0 && unit->last_len == response->body_len &&
		unit->last_hash == hash)
		raise_endless(cursor, "Two pages that follow each other have the same content.");
	unit->last_hash = hash;
	unit->last_len = response->body_len;
}

/* More rows than were asked for would be skipped or read twice. */
static void
check_count(const ImsCursor *cursor, const ImsUnit *unit, const ImsAnswer *answer)
{
	ImsPaging	paging = cursor->ims->paging;

	if (paging != IMS_PAGE_OFFSET && paging != IMS_PAGE_NUMBER)
		return;
	if (template_find(cursor->ims->url, "limit") == NULL &&
		template_find(cursor->ims->body, "limit") == NULL)
		return;
	if (answer->outer_count > unit->context.limit)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("server \"%s\" sent %d rows where at most " INT64_FORMAT " were asked for, while reading %s",
						cursor->table->server->name, answer->outer_count,
						unit->context.limit, cursor->table->name),
				 errhint("The server does not understand the limit in the table's request: \"%s\".",
						 cursor->ims->request_text)));
}

/* A cursor or link that comes back leads round in circles. */
static char *
take_next(const ImsCursor *cursor, ImsUnit *unit, const char *next)
{
	MemoryContext old = MemoryContextSwitchTo(unit->memory);
	uint64	   *hash = palloc(sizeof(uint64));
	char	   *copy = pstrdup(next);
	ListCell   *lc;

	*hash = hash_bytes_extended((const unsigned char *) next, (int) strlen(next), 0);
	foreach(lc, unit->seen)
		if (*(uint64 *) lfirst(lc) == *hash)
			raise_endless(cursor, "The link to the next page leads back to a page that was read before.");
	unit->seen = lappend(unit->seen, hash);
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

int64
ims_page_count(const ImsCursor *cursor, const ImsAnswer *answer)
{
	char	   *end;
	long long	count = answer->end_text ? strtoll(answer->end_text, &end, 10) : -1;

	if (answer->end_text == NULL || end == answer->end_text || count < 0)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("answer of server \"%s\" has no count at \"%s\" while reading %s",
						cursor->table->server->name, cursor->ims->end_place->text, cursor->table->name),
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
may_be_cut(const ImsUnit *unit, const ImsAnswer *answer)
{
	int			count = answer->outer_count;

	return unit->first_page && count > 0 && count < unit->context.limit &&
		(count % 10 == 0 || count % 25 == 0);
}

/* Whether page_end says that no page follows this one. */
static bool
is_last(const ImsCursor *cursor, ImsUnit *unit, const ImsAnswer *answer)
{
	const ImsTable *ims = cursor->ims;
	int64		count;

	switch (ims->end)
	{
		case IMS_END_SHORT:
			return answer->outer_count < unit->context.limit && !may_be_cut(unit, answer);
		case IMS_END_TOTAL:
			count = ims_page_count(cursor, answer);
			if (answer->outer_count == 0 && unit->received < count)
				raise_endless(cursor,
							  psprintf("It counts " INT64_FORMAT " rows, but after " INT64_FORMAT " it sends none.",
									   count, unit->received));
			unit->total = count;
			return unit->received >= count;
		case IMS_END_PAGES:
			count = ims_page_count(cursor, answer);
			unit->pages = count;
			return unit->context.page - ims->page_start + 1 >= count;
		case IMS_END_FLAG:
			return answer->end_text == NULL || strcmp(answer->end_text, "true") != 0;
		case IMS_END_STATUS:
			return answer->outer_count == 0;
	}
	return true;
}

/* ---- rows that come newest first ---- */

static int
column_index(const List *attnos, int attno)
{
	ListCell   *lc;

	foreach(lc, attnos)
		if (lfirst_int(lc) == attno)
			return foreach_current_index(lc);
	return -1;
}

/*
 * Whether all rows of a page are older than the query's lower bound, so that
 * those after them are, too.  A row that is newer than the one before it by more
 * than the overlap shows that the remote has another order: then rows would be
 * lost without a word.
 */
static bool
is_old_enough(const ImsCursor *cursor, ImsUnit *unit, const RowPage *page)
{
	const ImsTable *ims = cursor->ims;
	const Predicate *bound = ims_since_bound(cursor->base.request, true);
	const RemoteColumn *column = &cursor->table->columns[ims->since - 1];
	int			index = column_index(cursor->attnos, ims->since);
	bool		old = page->nrows > 0;
	TimestampTz oldest;

	if (bound == NULL || bound->values == NIL)
		return false;
	oldest = ims_column_time(column, linitial(bound->values)) - ims->since_overlap;
	for (int row = 0; row < page->nrows; row++)
	{
		const char *text = page->values[(Size) row * page->ncolumns + index].text;
		TimestampTz when = text ? ims_column_time(column, text) : DT_NOEND;

		if (text && when > unit->last_since && when - unit->last_since > ims->since_overlap)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_ERROR),
					 errmsg("rows of %s do not come newest first", cursor->table->name),
					 errdetail("A row of %s follows one of an earlier time.", text),
					 errhint("Have the request ask for that order, or set since_mode to server. Small disorder is allowed by since_overlap.")));
		if (text)
			unit->last_since = when;
		old = old && when < oldest;
	}
	return old;
}

/* ---- turning pages ---- */

static void
turn_by_count(const ImsCursor *cursor, ImsUnit *unit, const ImsAnswer *answer)
{
	if (cursor->ims->end == IMS_END_SHORT && may_be_cut(unit, answer))
		unit->context.limit = answer->outer_count;
	unit->context.offset += answer->outer_count;
	unit->context.page++;
}

/*
 * Point the unit at the page that follows; false if none does.  By offset, what
 * counts is how many rows came: a remote may send fewer than asked for.
 */
static bool
turn_page(const ImsCursor *cursor, ImsUnit *unit, const HttpResponse *response,
		  const ImsAnswer *answer)
{
	const ImsTable *ims = cursor->ims;
	const char *next = ims->paging == IMS_PAGE_LINK ? link_next(response) : answer->next_text;

	if (ims->paging == IMS_PAGE_NONE)
		return false;
	if (ims->since_mode == IMS_SINCE_NEWEST_FIRST && is_old_enough(cursor, unit, answer->page))
		return false;
	if (ims->paging == IMS_PAGE_OFFSET || ims->paging == IMS_PAGE_NUMBER)
	{
		if (is_last(cursor, unit, answer))
			return false;
		check_progress(cursor, unit, response, answer);
		turn_by_count(cursor, unit, answer);
		return true;
	}
	if (next == NULL || *next == '\0' ||
		(ims->end != IMS_END_SHORT && is_last(cursor, unit, answer)))
		return false;
	next = take_next(cursor, unit, next);
	if (ims->paging == IMS_PAGE_CURSOR)
		unit->context.cursor = next;
	else
		unit->next_url = (char *) next;
	return true;
}

bool
ims_page_is_end(const ImsCursor *cursor, const ImsUnit *unit, int status)
{
	if (list_member_int(cursor->ims->empty_status, status))
		return true;
	return cursor->ims->end == IMS_END_STATUS && status == cursor->ims->end_status &&
		!unit->first_page;
}

/* ---- pages asked for ahead ---- */

static void
start_page(ImsCursor *cursor, ImsUnit *unit, const ImsContext *context)
{
	MemoryContext old = MemoryContextSwitchTo(unit->memory);
	ImsAhead   *ahead = palloc0(sizeof(ImsAhead));
	ImsContext	copy = *context;

	ahead->page = context->page;
	ahead->offset = context->offset;
	ahead->memory = AllocSetContextCreate(unit->memory, "stockbridge page ahead",
										  ALLOCSET_SMALL_SIZES);
	MemoryContextSwitchTo(ahead->memory);
	ahead->transfer = ims_request_start(cursor->table, &copy, unit->next_url);
	MemoryContextSwitchTo(unit->memory);
	unit->ahead = lappend(unit->ahead, ahead);
	MemoryContextSwitchTo(old);
}

void
ims_page_start(ImsCursor *cursor, ImsUnit *unit)
{
	if (unit->ahead == NIL && ims_throttle_try(cursor->ims->server, cursor->table))
		start_page(cursor, unit, &unit->context);
}

static void
drop_ahead(ImsUnit *unit)
{
	ListCell   *lc;

	foreach(lc, unit->ahead)
		MemoryContextDelete(((ImsAhead *) lfirst(lc))->memory);
	unit->ahead = NIL;
}

/* Whether the page that comes after "skipped" others of "step" rows is there. */
static bool
is_expected(const ImsCursor *cursor, const ImsUnit *unit, int skipped, int step)
{
	if (skipped == 0)
		return true;
	if (unit->total >= 0)
		return unit->received + (int64) skipped * step < unit->total;
	return unit->pages >= 0 &&
		unit->context.page + skipped - cursor->ims->page_start < unit->pages;
}

/*
 * Keep as many of the following pages on their way as the server allows.  Where
 * their number is known they are asked for at once, by number, or by the offset
 * that pages like the last one lead to; otherwise only the next one is known.
 */
static void
fill_ahead(ImsCursor *cursor, ImsUnit *unit, int step)
{
	const ImsTable *ims = cursor->ims;
	ImsContext	context = unit->context;
	bool		by_count = ims->paging == IMS_PAGE_NUMBER || ims->paging == IMS_PAGE_OFFSET;

	for (int i = 0; i < ims->server->concurrency; i++)
	{
		if ((i > 0 && !by_count) || !is_expected(cursor, unit, i, step))
			break;
		if (i >= list_length(unit->ahead))
		{
			if (!ims_throttle_try(ims->server, cursor->table))
				break;
			start_page(cursor, unit, &context);
		}
		context.page++;
		context.offset += step;
	}
}

/* A LIMIT that the rows so far may satisfy: nothing is asked for on suspicion. */
static bool
may_read_ahead(const ImsCursor *cursor, const ImsUnit *unit)
{
	int			wanted = cursor->base.request->rows_wanted;

	return cursor->ims->server->concurrency > 1 && (wanted == 0 || unit->received < wanted);
}

/* The page asked for ahead, if it is the one that comes now. */
static ImsAhead *
take_ahead(ImsUnit *unit)
{
	ImsAhead   *ahead = unit->ahead ? linitial(unit->ahead) : NULL;

	if (ahead && (ahead->page != unit->context.page || ahead->offset != unit->context.offset))
	{
		drop_ahead(unit);
		return NULL;
	}
	if (ahead)
		unit->ahead = list_delete_first(unit->ahead);
	return ahead;
}

/* ---- reading ---- */

static RowPage *
take_answer(ImsCursor *cursor, ImsUnit *unit, const HttpResponse *response, bool *more)
{
	ImsAnswer  *answer;

	if (ims_page_is_end(cursor, unit, response->status))
		return NULL;
	if (response->status < 200 || response->status > 299)
		ims_raise_status(cursor->table, response);
	answer = ims_answer_read(cursor->projection, response, &unit->context);
	check_count(cursor, unit, answer);
	cursor->base.counters.pages++;
	unit->received += answer->outer_count;
	*more = turn_page(cursor, unit, response, answer);
	unit->first_page = false;
	if (*more && may_read_ahead(cursor, unit))
		fill_ahead(cursor, unit, answer->outer_count);
	return answer->page;
}

RowPage *
ims_page_next(ImsCursor *cursor, ImsUnit *unit, bool *more)
{
	ImsAhead   *ahead = take_ahead(unit);
	HttpResponse *response = ims_request_send(cursor->table, &unit->context, unit->next_url,
											  &cursor->base.counters,
											  ahead ? ahead->transfer : NULL);
	RowPage    *page;

	*more = false;
	page = take_answer(cursor, unit, response, more);
	if (ahead)
		MemoryContextDelete(ahead->memory);
	return page;
}
