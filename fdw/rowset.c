/*
 * rowset.c
 *		One pass over a JSON answer, keeping what the pointers ask for.
 *
 * All pointers of a shape are merged into one tree of member names.  The
 * server's own JSON parser drives a walk down that tree; where the document
 * leaves it, nothing is kept.  Values of enclosing rows may come after the
 * rows inside them, so they are filled in when the enclosing row closes.
 *
 * Everything is allocated in the current context.  The parser checks the
 * stack depth; its errors are turned into one ereport here.
 */
#include "postgres.h"

#include "compat.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "rowset.h"
#include "utils/json.h"
#include "utils/memutils.h"

#define MAX_LEVELS	8			/* "*" tokens in a rows pointer */

/* Tiny rows must not blow up to far more memory than the answer itself has. */
#define MAX_PAGE_ROWS	1000000

typedef struct PointerNode
{
	char	   *key;			/* member name or index; NULL for "*" */
	List	   *children;		/* of PointerNode * */
	int			level;			/* row level that starts here, -1 = none */
	List	   *columns;		/* of int: columns that are this value */
	List	   *key_columns;	/* of int: columns that are this value's name */
	List	   *captures;		/* of int */
} PointerNode;

struct RowShape
{
	PointerNode *root;
	int			nlevels;		/* 0: the value at rows_container is the row */
	int			ncolumns;
	int			ncaptures;
	int		   *column_level;	/* row level that each column belongs to */
	PointerNode *rows_container;	/* what must be there for rows_found */
};

/* A container that the walk is inside of. */
typedef struct Frame
{
	PointerNode *node;			/* NULL: outside of the tree */
	const char *raw_start;		/* start of its text if that is kept */
	int			next_index;		/* arrays: index of the next element */
} Frame;

typedef struct Walk
{
	const RowShape *shape;
	JsonLexContext *lex;
	RowPage    *page;
	int			rows_allocated;
	Frame	   *frames;
	int			nframes;
	int			frames_allocated;
	PointerNode *next;			/* node of the value that comes next */
	char	   *next_key;		/* its member name or index */
	int			first_row[MAX_LEVELS];	/* first innermost row of each open level */
	JsonValue  *outer;			/* values of enclosing rows, by column */
} Walk;

/* Split off the next token of a pointer, unescaping ~1 and ~0. */
static char *
next_token(const char **pointer)
{
	StringInfoData token;
	const char *p = *pointer;

	initStringInfo(&token);
	for (; *p && *p != '/'; p++)
	{
		if (p[0] == '~' && p[1] == '1')
			appendStringInfoChar(&token, '/'), p++;
		else if (p[0] == '~' && p[1] == '0')
			appendStringInfoChar(&token, '~'), p++;
		else
			appendStringInfoChar(&token, *p);
	}
	*pointer = *p ? p + 1 : NULL;
	return token.data;
}

static PointerNode *
make_node(char *key)
{
	PointerNode *node = palloc0(sizeof(PointerNode));

	node->key = key;
	node->level = -1;
	return node;
}

/* The child of that name, or the "*" child if "key" is NULL, made if needed. */
static PointerNode *
ensure_child(PointerNode *parent, char *key)
{
	PointerNode *child;
	ListCell   *lc;

	foreach(lc, parent->children)
	{
		child = lfirst(lc);
		if (key == NULL ? child->key == NULL
			: child->key != NULL && strcmp(child->key, key) == 0)
			return child;
	}
	child = make_node(key);
	parent->children = lappend(parent->children, child);
	return child;
}

static void
bad_pointer(const char *pointer)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid JSON pointer \"%s\"", pointer),
			 errhint("A pointer is empty or starts with \"/\", for example \"/value/*\".")));
}

/* Walk down from a node along a pointer that is empty or starts with "/". */
static PointerNode *
descend(PointerNode *node, const char *pointer)
{
	const char *rest = pointer;

	if (*rest == '\0')
		return node;
	if (*rest != '/')
		bad_pointer(pointer);
	rest++;
	while (rest != NULL)
		node = ensure_child(node, next_token(&rest));
	return node;
}

/* Lay the rows pointer; "levels" receives the node at which each level starts. */
static int
lay_rows(RowShape *shape, const char *pointer, PointerNode **levels)
{
	PointerNode *node = shape->root;
	const char *rest = pointer;
	int			nlevels = 0;

	if (*rest != '\0' && *rest != '/')
		bad_pointer(pointer);
	rest = *rest ? rest + 1 : NULL;
	while (rest != NULL)
	{
		char	   *token = next_token(&rest);

		if (strcmp(token, "*") != 0)
		{
			node = ensure_child(node, token);
			continue;
		}
		if (nlevels == MAX_LEVELS)
			bad_pointer(pointer);
		if (nlevels == 0)
			shape->rows_container = node;
		node = ensure_child(node, NULL);
		node->level = nlevels;
		levels[nlevels++] = node;
	}
	if (nlevels == 0)
	{
		shape->rows_container = node;
		node->level = 0;
		levels[nlevels++] = node;
	}
	return nlevels;
}

/* Lay one column: "#n", "../…", "/…" or "". */
static void
lay_column(RowShape *shape, int column, const char *pointer, PointerNode **levels)
{
	int			level = shape->nlevels - 1;
	const char *rest = pointer;
	PointerNode *node;

	if (*rest == '#')
	{
		level = atoi(rest + 1) - 1;
		if (level < 0 || level >= shape->nlevels)
			bad_pointer(pointer);
		levels[level]->key_columns = lappend_int(levels[level]->key_columns, column);
		shape->column_level[column] = level;
		return;
	}
	while (strncmp(rest, "../", 3) == 0)
	{
		level--;
		rest += 2;
		if (strncmp(rest, "/../", 4) == 0)
			rest++;
	}
	if (level < 0)
		bad_pointer(pointer);
	node = descend(levels[level], rest);
	node->columns = lappend_int(node->columns, column);
	shape->column_level[column] = level;
}

RowShape *
row_shape_create(const char *rows_pointer, List *column_pointers, List *capture_pointers)
{
	RowShape   *shape = palloc0(sizeof(RowShape));
	PointerNode *levels[MAX_LEVELS];
	ListCell   *lc;

	shape->root = make_node(NULL);
	shape->ncolumns = list_length(column_pointers);
	shape->ncaptures = list_length(capture_pointers);
	shape->column_level = palloc0(sizeof(int) * Max(1, shape->ncolumns));
	shape->nlevels = lay_rows(shape, rows_pointer, levels);
	foreach(lc, column_pointers)
		lay_column(shape, foreach_current_index(lc), lfirst(lc), levels);
	foreach(lc, capture_pointers)
	{
		PointerNode *node = descend(shape->root, lfirst(lc));

		node->captures = lappend_int(node->captures, foreach_current_index(lc));
	}
	return shape;
}

/* The node below "parent" that a member name or index leads to. */
static PointerNode *
find_child(const PointerNode *parent, const char *key)
{
	PointerNode *star = NULL;
	ListCell   *lc;

	foreach(lc, parent->children)
	{
		PointerNode *child = lfirst(lc);

		if (child->key == NULL)
			star = child;
		else if (strcmp(child->key, key) == 0)
			return child;
	}
	return star;
}

/* Where the value of a column is kept until its row is complete. */
static JsonValue *
column_slot(Walk *walk, int column)
{
	if (walk->shape->column_level[column] < walk->shape->nlevels - 1)
		return &walk->outer[column];
	if (walk->page->nrows == 0)
		return NULL;
	return &walk->page->values[(Size) (walk->page->nrows - 1) * walk->shape->ncolumns + column];
}

/* Append an innermost row, all of its values absent. */
static void
append_row(Walk *walk)
{
	RowPage    *page = walk->page;
	Size		width = Max(1, walk->shape->ncolumns);

	if (page->nrows == walk->rows_allocated)
	{
		Size		more = walk->rows_allocated ? (Size) walk->rows_allocated * 2 : 64;

		if (page->nrows >= MAX_PAGE_ROWS)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("a page of the remote's answer has more than %d rows",
							MAX_PAGE_ROWS),
					 errhint("Lower the option page_size.")));
		page->values = page->values == NULL
			? MemoryContextAllocHuge(CurrentMemoryContext, more * width * sizeof(JsonValue))
			: repalloc_huge(page->values, more * width * sizeof(JsonValue));
		walk->rows_allocated = (int) more;
	}
	memset(page->values + page->nrows * width, 0, width * sizeof(JsonValue));
	page->nrows++;
}

/* A value starts at a node: open the row that it is, note its name. */
static void
open_value(Walk *walk, PointerNode *node)
{
	const RowShape *shape = walk->shape;
	ListCell   *lc;

	if (node == shape->rows_container)
		walk->page->rows_found = true;
	if (node->level >= 0)
	{
		walk->first_row[node->level] = walk->page->nrows;
		if (node->level == shape->nlevels - 1)
			append_row(walk);
		else
			for (int column = 0; column < shape->ncolumns; column++)
				if (shape->column_level[column] == node->level)
					walk->outer[column].kind = JSON_KIND_ABSENT;
	}
	foreach(lc, node->key_columns)
	{
		JsonValue  *slot = column_slot(walk, lfirst_int(lc));

		slot->kind = JSON_KIND_STRING;
		slot->text = walk->next_key;
	}
}

/* A value is complete: keep it where columns and captures ask for it. */
static void
keep_value(Walk *walk, PointerNode *node, JsonKind kind, char *text)
{
	ListCell   *lc;

	foreach(lc, node->columns)
	{
		JsonValue  *slot = column_slot(walk, lfirst_int(lc));

		if (slot != NULL)
		{
			slot->kind = kind;
			slot->text = text;
		}
	}
	foreach(lc, node->captures)
	{
		JsonValue  *capture = &walk->page->captures[lfirst_int(lc)];

		if (capture->kind == JSON_KIND_ABSENT)
		{
			capture->kind = kind;
			capture->text = text;
		}
	}
}

/* An enclosing row is complete: its values go into all rows inside it. */
static void
close_row(Walk *walk, int level)
{
	const RowShape *shape = walk->shape;

	if (level == shape->nlevels - 1)
		return;
	for (int column = 0; column < shape->ncolumns; column++)
	{
		if (shape->column_level[column] != level)
			continue;
		for (int row = walk->first_row[level]; row < walk->page->nrows; row++)
			walk->page->values[(Size) row * shape->ncolumns + column] = walk->outer[column];
	}
}

/* Enter an object or array. */
static void
push_frame(Walk *walk)
{
	PointerNode *node = walk->next;
	Frame	   *frame;

	if (walk->nframes == walk->frames_allocated)
	{
		walk->frames_allocated *= 2;
		walk->frames = repalloc(walk->frames, sizeof(Frame) * walk->frames_allocated);
	}
	frame = &walk->frames[walk->nframes++];
	frame->node = node;
	frame->next_index = 0;
	frame->raw_start = NULL;
	if (node == NULL)
		return;
	open_value(walk, node);
	if (node->columns != NIL || node->captures != NIL)
		frame->raw_start = walk->lex->token_start;
}

/* Leave an object or array. */
static void
pop_frame(Walk *walk)
{
	Frame	   *frame = &walk->frames[--walk->nframes];

	if (frame->node == NULL)
		return;
	if (frame->raw_start != NULL)
		keep_value(walk, frame->node, JSON_KIND_STRUCTURE,
				   pnstrdup(frame->raw_start,
							walk->lex->prev_token_terminator - frame->raw_start));
	if (frame->node->level >= 0)
		close_row(walk, frame->node->level);
}

static JsonActionResult
on_container_start(void *state)
{
	push_frame(state);
	JSON_ACTION_RETURN(JSON_ACTION_OK);
}

static JsonActionResult
on_container_end(void *state)
{
	pop_frame(state);
	JSON_ACTION_RETURN(JSON_ACTION_OK);
}

static JsonActionResult
on_field_start(void *state, char *name, bool isnull pg_attribute_unused())
{
	Walk	   *walk = state;
	PointerNode *parent = walk->frames[walk->nframes - 1].node;

	walk->next_key = name;
	walk->next = parent ? find_child(parent, name) : NULL;
	JSON_ACTION_RETURN(JSON_ACTION_OK);
}

static JsonActionResult
on_element_start(void *state, bool isnull pg_attribute_unused())
{
	Walk	   *walk = state;
	Frame	   *frame = &walk->frames[walk->nframes - 1];

	walk->next = NULL;
	if (frame->node != NULL && frame->node->children != NIL)
	{
		walk->next_key = psprintf("%d", frame->next_index);
		walk->next = find_child(frame->node, walk->next_key);
	}
	frame->next_index++;
	JSON_ACTION_RETURN(JSON_ACTION_OK);
}

static JsonActionResult
on_scalar(void *state, char *token, JsonTokenType type)
{
	Walk	   *walk = state;
	PointerNode *node = walk->next;
	JsonKind	kind = JSON_KIND_STRING;

	if (node != NULL)
	{
		if (type == JSON_TOKEN_NUMBER)
			kind = JSON_KIND_NUMBER;
		else if (type == JSON_TOKEN_TRUE || type == JSON_TOKEN_FALSE)
			kind = JSON_KIND_BOOL;
		else if (type == JSON_TOKEN_NULL)
			kind = JSON_KIND_NULL;
		/* A scalar where the container of rows should be holds no rows. */
		if (node->level >= 0 || node != walk->shape->rows_container)
			open_value(walk, node);
		keep_value(walk, node, kind, kind == JSON_KIND_NULL ? NULL : token);
		if (node->level >= 0)
			close_row(walk, node->level);
	}
	JSON_ACTION_RETURN(JSON_ACTION_OK);
}

/* Parse text in the server's encoding; the result says how it went. */
static JsonParseErrorType
walk_json(const RowShape *shape, char *json, size_t len, RowPage *page,
		  JsonLexContext **lex)
{
	JsonSemAction actions = {0};
	Walk		walk = {0};

	walk.shape = shape;
	walk.lex = compat_json_lexer(json, (int) len, GetDatabaseEncoding());
	walk.page = page;
	walk.frames_allocated = 32;
	walk.frames = palloc(sizeof(Frame) * walk.frames_allocated);
	walk.next = shape->root;
	walk.outer = palloc0(sizeof(JsonValue) * Max(1, shape->ncolumns));
	page->ncolumns = shape->ncolumns;
	page->captures = palloc0(sizeof(JsonValue) * Max(1, shape->ncaptures));

	actions.semstate = &walk;
	actions.object_start = on_container_start;
	actions.object_end = on_container_end;
	actions.array_start = on_container_start;
	actions.array_end = on_container_end;
	actions.object_field_start = on_field_start;
	actions.array_element_start = on_element_start;
	actions.scalar = on_scalar;
	*lex = walk.lex;
	return pg_parse_json(walk.lex, &actions);
}

/* Refuse what is not UTF-8, saying where; then convert to the server's encoding. */
static char *
to_server_encoding(const char *json, size_t *len, const char *source)
{
	int			valid;
	char	   *converted;

	if (*len > MaxAllocSize - 1)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("answer from %s is too large to parse", source)));
	valid = pg_encoding_verifymbstr(PG_UTF8, json, (int) *len);
	if ((size_t) valid != *len)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_STRING_FORMAT),
				 errmsg("invalid UTF-8 in answer from %s at offset %d", source, valid)));
	converted = pg_any_to_server(json, (int) *len, PG_UTF8);
	if (converted != json)
		*len = strlen(converted);
	return converted;
}

RowPage *
row_shape_parse(const RowShape *shape, const char *json, size_t len, const char *source)
{
	RowPage    *page = palloc0(sizeof(RowPage));
	char	   *text = to_server_encoding(json, &len, source);
	JsonLexContext *lex;
	JsonParseErrorType result = walk_json(shape, text, len, page, &lex);

	if (result != JSON_SUCCESS)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_STRING_FORMAT),
				 errmsg("malformed JSON in answer from %s at offset %zu", source,
						lex->token_start ? (size_t) (lex->token_start - text) : len),
				 errdetail_internal("%s", json_errdetail(result, lex)),
				 errhint("The answer was not read any further and nothing was changed. "
						 "Check what stands between this server and the remote.")));
	return page;
}

char *
json_scalar(const char *json, size_t len, const char *pointer)
{
	RowPage    *page = palloc0(sizeof(RowPage));
	JsonLexContext *lex;
	char	   *text;

	if (len > MaxAllocSize - 1 ||
		(size_t) pg_encoding_verifymbstr(PG_UTF8, json, (int) len) != len)
		return NULL;
	text = pnstrdup(json, len);
	/* In other encodings keep what is certain to convert: this must not raise. */
	if (GetDatabaseEncoding() != PG_UTF8)
		for (char *p = text; *p; p++)
			if (IS_HIGHBIT_SET(*p))
				*p = '?';
	if (walk_json(row_shape_create("", NIL, list_make1(pstrdup(pointer))),
				  text, len, page, &lex) != JSON_SUCCESS)
		return NULL;
	return page->captures[0].text;
}

void
json_append_string(StringInfo buf, const char *text)
{
	escape_json(buf, text);
}

char *
json_pointer_escape(const char *name)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (; *name; name++)
	{
		if (*name == '~')
			appendStringInfoString(&buf, "~0");
		else if (*name == '/')
			appendStringInfoString(&buf, "~1");
		else
			appendStringInfoChar(&buf, *name);
	}
	return buf.data;
}
