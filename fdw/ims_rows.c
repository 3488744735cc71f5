/*
 * ims_rows.c
 *		From one answer to rows in the shape of the foreign table.
 *
 * A column is a pointer into the row, a case chosen by other values of the
 * row, a column of the row that was asked for, or the time of the request.
 * The shape fetches all pointers that any of these needs; the cells put the
 * columns together from them.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "ims_rows.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

/* One column of the result. */
typedef struct ImsCell
{
	const RemoteColumn *column;
	int			path;			/* index of its pointer, -1 = none */
	int			sum;			/* index of the array to add up, -1 = none */
	RowShape   *sum_shape;		/* number and condition in its elements */
	List	   *by;				/* of int: indexes of the pointers that choose */
	List	   *case_paths;		/* of int, one for each case, -1 = none */
} ImsCell;

struct ImsProjection
{
	const RemoteTable *table;
	MemoryContext context;		/* of the projection itself */
	char	   *rows;			/* pointer to what repeats */
	char	   *below;			/* from there to the row, "" if that is it */
	List	   *pointers;		/* of char *: what the cells need of a row */
	List	   *captures;		/* of char * */
	RowShape   *shape;
	RowShape   *names_shape;	/* names of rows that are arrays; NULL = rows are objects */
	List	   *names;			/* of char *: those that "shape" was made for */
	RowShape   *outer_shape;	/* rows before "explode", to count them */
	int			ncells;
	ImsCell    *cells;
	int			nerrors;		/* captures: error pointers first, then these */
	int			ok_capture;
	int			end_capture;	/* in the body; -1 = none, or in a header */
	int			next_capture;
};

static int
add_pointer(List **pointers, const char *pointer)
{
	ListCell   *lc;

	if (pointer == NULL)
		return -1;
	foreach(lc, *pointers)
		if (strcmp(lfirst(lc), pointer) == 0)
			return foreach_current_index(lc);
	*pointers = lappend(*pointers, (char *) pointer);
	return list_length(*pointers) - 1;
}

static void
fill_cell(ImsCell *cell, const RemoteColumn *column, List **pointers)
{
	const ImsColumn *ims = column->remote;
	ListCell   *lc;

	cell->column = column;
	cell->path = add_pointer(pointers, ims->path);
	cell->sum = add_pointer(pointers, ims->sum_array);
	if (cell->sum >= 0)
		cell->sum_shape = row_shape_create("/*", ims->sum_if
										   ? list_make2(ims->sum_value, ims->sum_if)
										   : list_make1(ims->sum_value), NIL);
	foreach(lc, ims->by)
		cell->by = lappend_int(cell->by, add_pointer(pointers, lfirst(lc)));
	foreach(lc, ims->cases)
		cell->case_paths = lappend_int(cell->case_paths,
									   add_pointer(pointers, ((ImsCase *) lfirst(lc))->pointer));
}

static int
add_place(List **captures, const ImsPlace *place)
{
	return place == NULL || place->header ? -1 : add_pointer(captures, place->pointer);
}

/*
 * A pointer that goes on below its last "*" says that a member of what repeats
 * is the row; cut it there and return the rest.
 */
static char *
cut_below_star(char *pointer)
{
	char	   *star = strrchr(pointer, '*');
	char	   *rest;

	if (star == NULL || star[1] != '/')
		return pstrdup("");
	rest = pstrdup(star + 1);
	star[1] = '\0';
	return rest;
}

/* Pointers of the cells, from what repeats; "../x" is beside the row then. */
static List *
pointers_below(const List *pointers, const char *below)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, pointers)
	{
		const char *pointer = lfirst(lc);

		if (*below && strncmp(pointer, "../", 3) == 0)
			result = lappend(result, pstrdup(pointer + 2));
		else if (*pointer == '/' || *pointer == '\0')
			result = lappend(result, psprintf("%s%s", below, pointer));
		else
			result = lappend(result, pstrdup(pointer));
	}
	return result;
}

ImsProjection *
ims_projection_create(const RemoteTable *table, List *attnos, const char *rows)
{
	ImsProjection *projection = palloc0(sizeof(ImsProjection));
	const ImsTable *ims = table->remote;
	ListCell   *lc;

	projection->table = table;
	projection->context = CurrentMemoryContext;
	projection->rows = pstrdup(rows ? rows : ims->rows);
	projection->below = cut_below_star(projection->rows);
	projection->captures = list_copy(ims->server->error_pointers);
	projection->ncells = list_length(attnos);
	projection->cells = palloc0(sizeof(ImsCell) * Max(1, projection->ncells));
	foreach(lc, attnos)
		fill_cell(&projection->cells[foreach_current_index(lc)],
				  &table->columns[lfirst_int(lc) - 1], &projection->pointers);
	projection->pointers = pointers_below(projection->pointers, projection->below);
	projection->nerrors = list_length(projection->captures);
	projection->ok_capture = ims->ok ? add_pointer(&projection->captures, ims->ok->pointer) : -1;
	projection->end_capture = add_place(&projection->captures, ims->end_place);
	projection->next_capture = add_place(&projection->captures, ims->page_next);
	projection->shape = row_shape_create(projection->rows, projection->pointers, projection->captures);
	if (ims->names && rows == NULL)
	{
		char	   *names = pstrdup(ims->names);
		char	   *name = cut_below_star(names);

		projection->names_shape = row_shape_create(names, list_make1(name), NIL);
	}
	if (ims->outer_rows && rows == NULL)
		projection->outer_shape = row_shape_create(ims->outer_rows, NIL, NIL);
	return projection;
}

/* ---- rows that are arrays ---- */

/* "/name/rest" as "/index/rest"; a name that is not there leads nowhere. */
static char *
pointer_by_index(const char *pointer, const List *names)
{
	size_t		len = *pointer == '/' ? strcspn(pointer + 1, "/") : 0;
	ListCell   *lc;

	if (*pointer != '/')
		return (char *) pointer;
	foreach(lc, names)
	{
		char	   *name = json_pointer_escape(lfirst(lc));

		if (strlen(name) == len && strncmp(name, pointer + 1, len) == 0)
			return psprintf("/%d%s", foreach_current_index(lc), pointer + 1 + len);
	}
	return psprintf("/-%s", pointer + 1 + len);
}

static bool
same_names(const List *names, const RowPage *found)
{
	ListCell   *lc;

	if (list_length(names) != found->nrows)
		return false;
	foreach(lc, names)
	{
		const char *name = found->values[foreach_current_index(lc)].text;

		if (strcmp(lfirst(lc), name ? name : "") != 0)
			return false;
	}
	return true;
}

/* The shape of rows whose columns are named in the answer itself. */
static void
shape_by_names(ImsProjection *projection, const HttpResponse *response, const char *source)
{
	RowPage    *found = row_shape_parse(projection->names_shape, response->body,
										response->body_len, source);
	MemoryContext old;
	List	   *pointers = NIL;
	ListCell   *lc;

	if (projection->names != NIL && same_names(projection->names, found))
		return;
	old = MemoryContextSwitchTo(projection->context);
	projection->names = NIL;
	for (int i = 0; i < found->nrows; i++)
		projection->names = lappend(projection->names,
									pstrdup(found->values[i].text ? found->values[i].text : ""));
	foreach(lc, projection->pointers)
		pointers = lappend(pointers, pointer_by_index(lfirst(lc), projection->names));
	projection->shape = row_shape_create(projection->rows, pointers, projection->captures);
	MemoryContextSwitchTo(old);
}

/* ---- one cell ---- */

static JsonValue
null_value(void)
{
	return (JsonValue) {.text = NULL, .kind = JSON_KIND_NULL};
}

static JsonValue
text_value(char *text)
{
	return (JsonValue) {.text = text, .kind = JSON_KIND_STRING};
}

/*
 * Whether a value is one of those that the remote uses for "none".  For a
 * boolean column, false is false.
 */
static bool
means_null(const ImsServer *server, const RemoteColumn *column, const JsonValue *value)
{
	const char *literal = value->text;
	ListCell   *lc;

	if (literal == NULL ||
		(column && value->kind == JSON_KIND_BOOL && column->type == BOOLOID))
		return false;
	if (value->kind == JSON_KIND_STRING)
		literal = psprintf("\"%s\"", literal);
	foreach(lc, server->null_values)
		if (strcmp(lfirst(lc), literal) == 0)
			return true;
	return false;
}

/* The number with its sign turned; what is no number stays as it is. */
static JsonValue
negated(const RemoteColumn *column, JsonValue value)
{
	char	   *text = value.text;

	if (text && value.kind == JSON_KIND_STRUCTURE && ((ImsColumn *) column->remote)->decode)
		text = ((ImsColumn *) column->remote)->decode(&value);
	if (text == NULL)
		return null_value();
	if (*text == '-')
		return text_value(text + 1);
	return text_value(isdigit((unsigned char) *text) ? psprintf("-%s", text) : text);
}

/* "*" for anything, "text*" and "*text" for what begins or ends so. */
static bool
word_matches(const char *word, const char *text)
{
	size_t		len = strlen(word);
	size_t		text_len = strlen(text);

	if (strcmp(word, "*") == 0)
		return true;
	if (len > 1 && word[len - 1] == '*')
		return strncmp(word, text, len - 1) == 0;
	if (len > 1 && *word == '*')
		return text_len >= len - 1 && strcmp(word + 1, text + text_len - (len - 1)) == 0;
	return strcmp(word, text) == 0;
}

static bool
case_matches(const ImsServer *server, const ImsCase *one, const ImsCell *cell,
			 const JsonValue *row)
{
	ListCell   *lp;
	ListCell   *lb;

	forboth(lp, one->pattern, lb, cell->by)
	{
		const char *word = lfirst(lp);
		const JsonValue *value = &row[lfirst_int(lb)];
		const char *text = means_null(server, NULL, value) ? NULL : value->text;

		if (!word_matches(word, text ? text : "null"))
			return false;
	}
	return true;
}

/* The value of the first case that matches; false if none does. */
static bool
take_case(const ImsServer *server, const ImsCell *cell, const JsonValue *row, JsonValue *value)
{
	const ImsColumn *ims = cell->column->remote;
	ListCell   *lc;
	ListCell   *lp;

	forboth(lc, ims->cases, lp, cell->case_paths)
	{
		const ImsCase *one = lfirst(lc);

		if (!case_matches(server, one, cell, row))
			continue;
		if (lfirst_int(lp) < 0)
			*value = one->literal ? text_value(one->literal) : null_value();
		else if (one->negate)
			*value = negated(cell->column, row[lfirst_int(lp)]);
		else
			*value = row[lfirst_int(lp)];
		return true;
	}
	return false;
}

static Datum
numeric_of(const char *text)
{
	return DirectFunctionCall3(numeric_in, CStringGetDatum(text), ObjectIdGetDatum(InvalidOid),
							   Int32GetDatum(-1));
}

/*
 * The exact sum over an array in the row.  No array, no sum; an empty one, or
 * none that meets the condition, is 0.
 */
static JsonValue
sum_value(const ImsCell *cell, const JsonValue *array, const char *source)
{
	const ImsColumn *ims = cell->column->remote;
	char	   *utf8;
	Datum		sum = numeric_of("0");
	RowPage    *elements;

	if (array->kind != JSON_KIND_STRUCTURE)
		return null_value();
	utf8 = pg_server_to_any(array->text, strlen(array->text), PG_UTF8);
	elements = row_shape_parse(cell->sum_shape, utf8, strlen(utf8), source);
	for (int i = 0; i < elements->nrows; i++)
	{
		const JsonValue *element = &elements->values[(Size) i * elements->ncolumns];

		if (element[0].text == NULL ||
			(ims->sum_if && (element[1].text == NULL || strcmp(element[1].text, ims->sum_equals) != 0)))
			continue;
		sum = DirectFunctionCall2(numeric_add, sum, numeric_of(element[0].text));
	}
	return text_value(DatumGetCString(DirectFunctionCall1(numeric_out, sum)));
}

/* A column of the row that this answer was asked for. */
static JsonValue
parent_value(const ImsContext *context, const char *name)
{
	ListCell   *lc;

	foreach(lc, context->parent_attnos)
		if (context->nparents == 1 &&
			strcmp(context->parent->columns[lfirst_int(lc) - 1].name, name) == 0)
			return context->parent_rows[0][foreach_current_index(lc)];
	return null_value();
}

/* What stands in the row for a column, before it is decoded. */
static JsonValue
raw_value(const ImsCell *cell, const JsonValue *row, const ImsContext *context)
{
	JsonValue	value;

	if (!take_case(context->server, cell, row, &value))
	{
		if (cell->path < 0)
			return null_value();
		value = row[cell->path];
	}
	return means_null(context->server, cell->column, &value) ? null_value() : value;
}

static JsonValue
cell_value(const ImsCell *cell, const JsonValue *row, const HttpResponse *response,
		   const ImsContext *context)
{
	const ImsColumn *ims = cell->column->remote;
	JsonValue	value;

	if (ims->sent_at)
		return text_value(ims_iso_time(response->sent_at));
	if (ims->from)
		return parent_value(context, ims->from);
	if (ims->constant)
		return text_value(ims->constant);
	if (cell->sum >= 0)
		return sum_value(cell, &row[cell->sum], context->request->table->name);
	value = raw_value(cell, row, context);
	if (value.text && ims->decode)
		value = text_value(ims->decode(&value));
	if (value.text == NULL)
		return null_value();
	if (cell->column->type == TIMESTAMPTZOID && ims->lookup == NULL)
		value = text_value(ims_with_zone(value.text, ims->time_zone));
	return value;
}

bool
ims_finds(const ImsCondition *condition, const char *json, size_t len)
{
	char	   *text = condition ? json_scalar(json, len, condition->pointer) : NULL;

	return condition == NULL || (text && strcmp(text, condition->value) == 0);
}

/* ---- one answer ---- */

/* Whether what stands at an error pointer tells of an error. */
static bool
tells_error(const JsonValue *value)
{
	if (value->text == NULL || *value->text == '\0')
		return false;
	if (value->kind == JSON_KIND_BOOL)
		return strcmp(value->text, "true") == 0;
	return strcmp(value->text, "[]") != 0 && strcmp(value->text, "{}") != 0;
}

static void
raise_failure(const ImsProjection *projection, const HttpResponse *response)
{
	const ImsTable *ims = projection->table->remote;
	char	   *message = ims_remote_message(ims->server, response);

	ereport(ERROR,
			(errcode(ERRCODE_FDW_ERROR),
			 errmsg("server \"%s\" reports a failure while reading %s",
					projection->table->server->name, projection->table->name),
			 message ? errdetail("The server's reason: %s", message) : 0));
}

/* HTTP status 200 is not always success. */
static void
check_success(const ImsProjection *projection, const RowPage *page, const HttpResponse *response)
{
	const ImsTable *ims = projection->table->remote;
	int			ok = projection->ok_capture;

	for (int i = 0; i < projection->nerrors; i++)
		if (tells_error(&page->captures[i]))
			raise_failure(projection, response);
	if (ok >= 0 && (page->captures[ok].text == NULL ||
					strcmp(page->captures[ok].text, ims->ok->value) != 0))
		raise_failure(projection, response);
	if (!page->rows_found)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("answer of server \"%s\" has no rows at \"%s\" while reading %s",
						projection->table->server->name, ims->rows, projection->table->name),
				 errhint("Compare the option \"rows\" with an answer of the server. If the server sends this for \"no rows\", say so with empty_status.")));
}

/* Put the columns of all rows together from the values that were fetched. */
static RowPage *
project(const ImsProjection *projection, const RowPage *raw, const HttpResponse *response,
		const ImsContext *context)
{
	RowPage    *page = palloc0(sizeof(RowPage));
	int			width = projection->ncells;

	page->nrows = raw->nrows;
	page->ncolumns = width;
	page->rows_found = true;
	page->values = MemoryContextAllocHuge(CurrentMemoryContext,
										  sizeof(JsonValue) * Max(1, (Size) raw->nrows * width));
	for (int row = 0; row < raw->nrows; row++)
		for (int i = 0; i < width; i++)
			page->values[(Size) row * width + i] =
				cell_value(&projection->cells[i], raw->values + (Size) row * raw->ncolumns,
						   response, context);
	return page;
}

/* What is at a place of the answer: captured on the way, or in a header. */
static char *
captured(const RowPage *page, int capture, const ImsPlace *place, const HttpResponse *response)
{
	if (place && place->header)
		return ims_place_text(place, response);
	return capture < 0 ? NULL : page->captures[capture].text;
}

ImsAnswer *
ims_answer_read(ImsProjection *projection, const HttpResponse *response,
				const ImsContext *context)
{
	const ImsTable *ims = projection->table->remote;
	ImsAnswer  *answer = palloc0(sizeof(ImsAnswer));
	char	   *source = psprintf("server \"%s\" while reading %s",
								  projection->table->server->name, projection->table->name);
	RowPage    *raw;

	if (projection->names_shape)
		shape_by_names(projection, response, source);
	raw = row_shape_parse(projection->shape, response->body, response->body_len, source);
	check_success(projection, raw, response);
	answer->outer_count = raw->nrows;
	if (projection->outer_shape)
		answer->outer_count = row_shape_parse(projection->outer_shape, response->body,
											  response->body_len, source)->nrows;
	answer->page = project(projection, raw, response, context);
	answer->end_text = captured(raw, projection->end_capture, ims->end_place, response);
	answer->next_text = captured(raw, projection->next_capture, ims->page_next, response);
	return answer;
}
