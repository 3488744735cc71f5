/*
 * ims_sample.c
 *		How many rows a table has, and pages of it out of turn: for estimates.
 *
 * Only of tables whose pages can be asked for by number or offset; counts are
 * in the first page of those remotes that count at all.
 */
#include "postgres.h"

#include <math.h>

#include "ims_cursor.h"

static bool
has_numbered_pages(const ImsCursor *cursor)
{
	const ImsTable *ims = cursor->ims;

	return (ims->paging == IMS_PAGE_OFFSET || ims->paging == IMS_PAGE_NUMBER) &&
		ims->group_by == NIL && ims->since_mode == IMS_SINCE_SERVER &&
		cursor->parent == NULL && cursor->ncombinations == 1;
}

/* Page "number" from 0; NULL if there is none. */
static ImsAnswer *
read_numbered_page(ImsCursor *cursor, int64 number)
{
	ImsUnit    *unit;
	HttpResponse *response;
	ImsAnswer  *answer;

	if (!cursor->resolved)
		ims_resolve_conditions(cursor);
	if (cursor->context.request == NULL)
		return NULL;			/* no row can meet the condition */
	cursor->next_combination = 0;
	unit = ims_unit_next(cursor);
	unit->context.page += number;
	unit->context.offset += number * unit->context.limit;
	unit->first_page = number == 0;
	response = ims_request_send(cursor->table, &unit->context, NULL, &cursor->base.counters, NULL);
	if (ims_page_is_end(cursor, unit, response->status))
		return NULL;
	if (response->status < 200 || response->status > 299)
		ims_raise_status(cursor->table, response);
	cursor->base.counters.pages++;
	answer = ims_answer_read(cursor->projection, response, &unit->context);
	if (cursor->resolver)
		ims_resolve(cursor->resolver, answer->page, &cursor->base.counters);
	return answer;
}

bool
ims_count_rows(const ScanRequest *request, double *rows, double *pages)
{
	const ImsTable *ims = request->table->remote;
	ImsCursor  *cursor;
	ImsAnswer  *answer;
	double		count;

	if (ims->method == NULL || (ims->end != IMS_END_TOTAL && ims->end != IMS_END_PAGES))
		return false;
	cursor = (ImsCursor *) ims_open_inner_scan(request, 0);
	if (!has_numbered_pages(cursor))
		return false;
	answer = read_numbered_page(cursor, 0);
	*rows = *pages = 0;
	if (answer == NULL || answer->outer_count == 0)
		return true;
	count = (double) ims_page_count(cursor, answer);
	*pages = ims->end == IMS_END_PAGES ? count : ceil(count / answer->outer_count);
	if (ims->end == IMS_END_PAGES)
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
