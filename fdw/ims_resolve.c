/*
 * ims_resolve.c
 *		Columns whose value is looked up in another table of the system.
 *
 * Many interfaces tell of products and places by internal keys only.  Option
 * "lookup" of a column names the table that knows them, its column that holds
 * the key and its column that is wanted.  Keys are asked for as pages come, many
 * in one request; where the other table has no filter for them, it is read once.
 * The other way round, conditions on such a column become conditions on the key
 * where a filter takes {key}.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "ims_rows.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

/* Keys that one request asks for. */
#define KEYS_PER_REQUEST 50

typedef struct Found
{
	char	   *key;			/* hash key: the text, not the pointer */
	char	   *value;			/* NULL = there is none */
} Found;

typedef struct ResolvedColumn
{
	int			index;			/* of the column in a page */
	const ImsLookup *lookup;
	RemoteTable *target;
	RemoteColumn *key;
	RemoteColumn *value;
	bool		by_key;			/* the target can be asked for given keys */
	bool		complete;		/* the whole target has been read */
	HTAB	   *found;
} ResolvedColumn;

struct ImsResolver
{
	MemoryContext memory;
	int			depth;
	List	   *columns;		/* of ResolvedColumn * */
};

static uint32
hash_text(const void *key, Size size pg_attribute_unused())
{
	const char *text = *(char *const *) key;

	return hash_bytes((const unsigned char *) text, (int) strlen(text));
}

static int
compare_text(const void *a, const void *b, Size size pg_attribute_unused())
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

static ResolvedColumn *
open_column(const RemoteTable *table, int index, const ImsLookup *lookup)
{
	ResolvedColumn *column = palloc0(sizeof(ResolvedColumn));
	HASHCTL		control = {.keysize = sizeof(char *), .entrysize = sizeof(Found),
	.hash = hash_text, .match = compare_text, .hcxt = CurrentMemoryContext};
	const ImsTable *ims;

	column->index = index;
	column->lookup = lookup;
	column->target = ims_table_by_resource(table, lookup->resource, "looks values up in");
	column->key = ims_column_by_name(column->target, lookup->key, "lookup");
	column->value = ims_column_by_name(column->target, lookup->value, "lookup");
	ims = column->target->remote;
	column->by_key = ims_filter_for(column->key->remote, PREDICATE_IN) != NULL ||
		list_member_int(ims->bound, column->key->attno);
	column->found = hash_create("stockbridge looked up", 256, &control,
								HASH_ELEM | HASH_FUNCTION | HASH_COMPARE | HASH_CONTEXT);
	return column;
}

ImsResolver *
ims_resolver_create(const RemoteTable *table, List *attnos, int depth)
{
	ImsResolver *resolver = palloc0(sizeof(ImsResolver));
	ListCell   *lc;

	resolver->memory = CurrentMemoryContext;
	resolver->depth = depth;
	foreach(lc, attnos)
	{
		const ImsColumn *column = table->columns[lfirst_int(lc) - 1].remote;

		if (column->lookup)
			resolver->columns = lappend(resolver->columns,
										open_column(table, foreach_current_index(lc), column->lookup));
	}
	return resolver->columns ? resolver : NULL;
}

/* Note what a key stands for; the first row that tells it counts. */
static void
keep(ImsResolver *resolver, ResolvedColumn *column, char *key, const char *value)
{
	MemoryContext old = MemoryContextSwitchTo(resolver->memory);
	bool		known;
	Found	   *found = hash_search(column->found, &key, HASH_FIND, NULL);

	if (found == NULL)
	{
		key = pstrdup(key);
		found = hash_search(column->found, &key, HASH_ENTER, &known);
		found->value = NULL;
	}
	if (found->value == NULL && value)
		found->value = pstrdup(value);
	MemoryContextSwitchTo(old);
}

/* The scan of the other table: for some keys, or for all with NIL. */
static ScanRequest *
lookup_request(const ResolvedColumn *column, List *keys)
{
	ScanRequest *request = palloc0(sizeof(ScanRequest));

	request->table = column->target;
	request->page_size = ((ImsTable *) column->target->remote)->page_size;
	request->attnos = list_make1_int(column->key->attno);
	request->attnos = list_append_unique_int(request->attnos, column->value->attno);
	if (keys == NIL)
		return request;
	request->predicate = palloc0(sizeof(Predicate));
	request->predicate->op = PREDICATE_IN;
	request->predicate->attno = column->key->attno;
	request->predicate->param = -1;
	request->predicate->value_type = column->key->type;
	request->predicate->values = keys;
	return request;
}

static void
read_rows(ImsResolver *resolver, ResolvedColumn *column, List *keys, ScanCounters *counters)
{
	MemoryContext memory = AllocSetContextCreate(CurrentMemoryContext, "stockbridge look-up",
												 ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(memory);
	ScanCursor *cursor = ims_open_inner_scan(lookup_request(column, keys), resolver->depth + 1);
	MemoryContext page_memory = AllocSetContextCreate(memory, "stockbridge look-up page",
													  ALLOCSET_DEFAULT_SIZES);
	int			value = column->key == column->value ? 0 : 1;
	RowPage    *page;

	MemoryContextSwitchTo(page_memory);
	while ((page = ims_next_page(cursor)) != NULL)
	{
		for (int row = 0; row < page->nrows; row++)
		{
			JsonValue  *cells = page->values + (Size) row * page->ncolumns;

			if (cells[0].text)
				keep(resolver, column, cells[0].text, cells[value].text);
		}
		MemoryContextReset(page_memory);
	}
	ims_end_scan(cursor);
	ims_add_counters(counters, &cursor->counters);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(memory);
}

static bool
is_known(const ResolvedColumn *column, char *key)
{
	return hash_search(column->found, &key, HASH_FIND, NULL) != NULL;
}

/* Ask for the keys of a page that are not known yet. */
static void
read_missing(ImsResolver *resolver, ResolvedColumn *column, const RowPage *page,
			 ScanCounters *counters)
{
	List	   *keys = NIL;

	for (int row = 0; row < page->nrows; row++)
	{
		char	   *key = page->values[(Size) row * page->ncolumns + column->index].text;

		if (key == NULL || is_known(column, key))
			continue;
		keep(resolver, column, key, NULL);
		keys = lappend(keys, key);
		if (list_length(keys) == KEYS_PER_REQUEST)
		{
			read_rows(resolver, column, keys, counters);
			keys = NIL;
		}
	}
	if (keys)
		read_rows(resolver, column, keys, counters);
}

static void
resolve_column(ImsResolver *resolver, ResolvedColumn *column, RowPage *page,
			   ScanCounters *counters)
{
	if (column->by_key)
		read_missing(resolver, column, page, counters);
	else if (!column->complete && page->nrows > 0)
	{
		read_rows(resolver, column, NIL, counters);
		column->complete = true;
	}
	for (int row = 0; row < page->nrows; row++)
	{
		JsonValue  *cell = &page->values[(Size) row * page->ncolumns + column->index];
		Found	   *found = cell->text ? hash_search(column->found, &cell->text, HASH_FIND, NULL) : NULL;

		cell->text = found ? found->value : NULL;
		cell->kind = cell->text ? JSON_KIND_STRING : JSON_KIND_NULL;
	}
}

void
ims_resolve(ImsResolver *resolver, RowPage *page, ScanCounters *counters)
{
	ListCell   *lc;

	foreach(lc, resolver->columns)
		resolve_column(resolver, lfirst(lc), page, counters);
}

/* ---- the other way round: from values of the query to keys ---- */

bool
ims_takes_keys(const Template *filter)
{
	return template_find(filter, "key") || template_find(filter, "keys");
}

/* The keys of rows in the other table that have one of the values. */
static List *
keys_of_values(const ResolvedColumn *column, const List *values, int depth, ScanCounters *counters)
{
	ScanRequest *request = lookup_request(column, NIL);
	ScanCursor *cursor;
	List	   *keys = NIL;
	RowPage    *page;
	int			value = column->key == column->value ? 0 : 1;

	if (ims_filter_for(column->value->remote, PREDICATE_IN) != NULL)
	{
		request = lookup_request(column, (List *) values);
		request->predicate->attno = column->value->attno;
		request->predicate->value_type = column->value->type;
	}
	cursor = ims_open_inner_scan(request, depth + 1);
	while ((page = ims_next_page(cursor)) != NULL)
		for (int row = 0; row < page->nrows; row++)
		{
			const JsonValue *cells = page->values + (Size) row * page->ncolumns;
			ListCell   *lc;

			foreach(lc, values)
				if (cells[0].text && cells[value].text && strcmp(lfirst(lc), cells[value].text) == 0)
					keys = lappend(keys, cells[0].text);
		}
	ims_end_scan(cursor);
	ims_add_counters(counters, &cursor->counters);
	return keys;
}

/* A condition on a looked-up column as one on its key; NULL if nothing can meet it. */
static Predicate *
resolve_condition(const ScanRequest *request, const Predicate *predicate, int depth,
				  ScanCounters *counters)
{
	const RemoteTable *table = request->table;
	const ImsColumn *own = table->columns[predicate->attno - 1].remote;
	ResolvedColumn *column = open_column(table, 0, own->lookup);
	Predicate  *resolved = palloc(sizeof(Predicate));

	own->lookup->key_kind = ims_kind_of_type(column->key->type);
	*resolved = *predicate;
	resolved->values = keys_of_values(column, predicate->values, depth, counters);
	if (resolved->values == NIL)
		return NULL;
	resolved->op = list_length(resolved->values) > 1 ? PREDICATE_IN : PREDICATE_EQ;
	return resolved;
}

static bool
is_about_key(const ScanRequest *request, const Predicate *predicate)
{
	const ImsColumn *own;

	if (predicate->op != PREDICATE_EQ && predicate->op != PREDICATE_IN)
		return false;
	own = request->table->columns[predicate->attno - 1].remote;
	return own->lookup && predicate->values != NIL &&
		ims_takes_keys(ims_filter_for(own, predicate->op));
}

ScanRequest *
ims_resolve_request(const ScanRequest *request, int depth, ScanCounters *counters)
{
	ScanRequest *resolved = palloc(sizeof(ScanRequest));
	List	   *conjuncts = NIL;
	ListCell   *lc;

	*resolved = *request;
	if (request->predicate == NULL)
		return resolved;
	conjuncts = request->predicate->op == PREDICATE_AND ? request->predicate->args
		: list_make1(request->predicate);
	resolved->predicate = palloc0(sizeof(Predicate));
	resolved->predicate->op = PREDICATE_AND;
	resolved->predicate->param = -1;
	foreach(lc, conjuncts)
	{
		Predicate  *conjunct = lfirst(lc);

		if (is_about_key(request, conjunct) &&
			(conjunct = resolve_condition(request, conjunct, depth, counters)) == NULL)
			return NULL;
		/* So many keys make a request that servers refuse; rows are checked here. */
		if (conjunct != lfirst(lc) && list_length(conjunct->values) > PREDICATE_MAX_LIST)
			continue;
		resolved->predicate->args = lappend(resolved->predicate->args, conjunct);
	}
	return resolved;
}
