/*
 * odata_collection.c
 *		Collections that do not come whole with their entity.
 *
 * A service may cut the collection that it puts into an entity, and name a link
 * to the rest.  The link waits here with the values of its entity, which the
 * members on later pages do not repeat, in a memory context of its own.
 */
#include "postgres.h"

#include "odata_cursor.h"
#include "utils/memutils.h"

/* What remains of an entity's collection. */
typedef struct Remainder
{
	MemoryContext context;		/* owns this */
	char	   *url;
	JsonValue  *outer;			/* the entity's columns, in the order of page.attnos */
} Remainder;

static JsonValue
copy_value(const JsonValue *value)
{
	JsonValue	copy = *value;

	if (copy.text != NULL)
		copy.text = pstrdup(copy.text);
	return copy;
}

/* A copy of an entity's values that lives as long as its remainder. */
static JsonValue *
copy_outer(const ODataCursor *cursor, const RowPage *entities, int row)
{
	JsonValue  *outer = palloc0(sizeof(JsonValue) * Max(1, list_length(cursor->page.attnos)));
	const JsonValue *value = &entities->values[(Size) row * entities->ncolumns];
	ListCell   *lc;

	foreach(lc, cursor->page.attnos)
	{
		if (column_info(cursor_table(cursor), lfirst_int(lc))->of_entity)
			outer[foreach_current_index(lc)] = copy_value(value++);
	}
	return outer;
}

/* Keep a link to the rest of a collection for later. */
static void
add_remainder(ODataCursor *cursor, const RowPage *page, const char *request_url,
			  const char *link, const RowPage *entities, int row)
{
	char	   *url = odata_resolve_link(cursor, page, request_url, link);
	MemoryContext context = AllocSetContextCreate(cursor->context, "stockbridge remainder",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	Remainder  *remainder = palloc(sizeof(Remainder));

	remainder->context = context;
	remainder->url = pstrdup(url);
	remainder->outer = copy_outer(cursor, entities, row);
	MemoryContextSwitchTo(cursor->context);
	cursor->remainders = lappend(cursor->remainders, remainder);
	MemoryContextSwitchTo(old);
}

/* The entities of a page, and what remains of their collections. */
RowPage *
odata_read_entities(ODataCursor *cursor, const HttpResponse *response, RowPage *page)
{
	RowPage    *entities;

	if (cursor->entity_shape == NULL)
		return page;
	entities = row_shape_parse(cursor->entity_shape, response->body, response->body_len,
							   cursor->source);
	for (int row = 0; row < entities->nrows; row++)
	{
		const JsonValue *links = &entities->values[(Size) (row + 1) * entities->ncolumns - 2];
		const char *link = links[0].text ? links[0].text : links[1].text;

		if (link != NULL)
			add_remainder(cursor, page, cursor->request_url, link, entities, row);
	}
	return entities;
}

/* Members on a page of their own, and the values of the entity that has them. */
static RowPage *
merge_outer(const ODataCursor *cursor, RowPage *members, const JsonValue *outer)
{
	int			ncolumns = list_length(cursor->page.attnos);
	const JsonValue *value = members->values;
	JsonValue  *values = palloc0(sizeof(JsonValue) * Max(1, (Size) members->nrows * ncolumns));

	for (int row = 0; row < members->nrows; row++)
	{
		for (int i = 0; i < ncolumns; i++)
		{
			int			attno = list_nth_int(cursor->page.attnos, i);

			values[(Size) row * ncolumns + i] =
				column_info(cursor_table(cursor), attno)->of_entity ? copy_value(&outer[i]) : *value++;
		}
	}
	members->values = values;
	members->ncolumns = ncolumns;
	return members;
}

/* The next page of a collection that did not come whole. */
RowPage *
odata_next_of_collection(ODataCursor *cursor)
{
	Remainder  *remainder = linitial(cursor->remainders);
	HttpResponse *response = odata_fetch(cursor, remainder->url, NULL);
	RowPage    *page;
	const char *link;

	if (!odata_is_success(response))
		odata_raise(cursor_table(cursor)->server, response, cursor->attempted);
	page = odata_parse_page(cursor, cursor->member_shape, response);
	cursor->base.counters.pages++;
	page = merge_outer(cursor, page, remainder->outer);
	link = odata_captured(page, CAPTURE_NEXT);
	if (link != NULL)
	{
		char	   *url = odata_resolve_link(cursor, page, remainder->url, link);

		remainder->url = MemoryContextStrdup(remainder->context, url);
		return page;
	}
	cursor->remainders = list_delete_first(cursor->remainders);
	MemoryContextDelete(remainder->context);
	return page;
}
