/*
 * rowset.h
 *		From the bytes of a JSON answer to rows of scalar texts.
 *
 * A RowShape says where the rows are and where in a row each column is, by
 * JSON pointers (RFC 6901).  One pass over the text fills a RowPage; no tree
 * of the document is built and a number keeps its spelling, so that numeric
 * columns are exact.  Whatever the remote sends, the result is rows or one
 * ERROR that names the source and the offset.
 */
#ifndef STOCKBRIDGE_ROWSET_H
#define STOCKBRIDGE_ROWSET_H

#include "postgres.h"

#include "lib/stringinfo.h"
#include "nodes/pg_list.h"

typedef enum JsonKind
{
	JSON_KIND_ABSENT,			/* no such member in this row */
	JSON_KIND_NULL,
	JSON_KIND_STRING,			/* text is the unescaped value */
	JSON_KIND_NUMBER,			/* text is the number as spelled */
	JSON_KIND_BOOL,				/* text is "true" or "false" */
	JSON_KIND_STRUCTURE			/* text is the raw JSON of an object or array */
} JsonKind;

typedef struct JsonValue
{
	char	   *text;			/* in the server's encoding; NULL for absent, null */
	JsonKind	kind;
} JsonValue;

/*
 * Rows pointer: as RFC 6901, where the token "*" stands for every element of
 * an array or every member of an object: "/value/" then "*", or with rows
 * inside rows "/value/", "*", "/DocumentLines/", "*".  Without "*" the value
 * itself is the one row ("" = the whole document).  A pointer that meets
 * nothing gives no rows; rows_found tells that from an empty container.
 *
 * Column pointer: relative to the row.  "../x" is member x of the enclosing
 * row, "../../x" of the one outside that; "#1" is the member name that the
 * first "*" matched (for objects keyed by an id), "#2" the second.
 *
 * Capture pointer: absolute; first match wins (next links, counts, errors).
 */
typedef struct RowShape RowShape;

typedef struct RowPage
{
	int			nrows;
	int			ncolumns;
	JsonValue  *values;			/* row-major, nrows × ncolumns */
	JsonValue  *captures;		/* in the order given */
	bool		rows_found;		/* the container of the rows was there */
} RowPage;

/*
 * row_shape_create
 *		Compile pointers; lists are of char *.
 *
 * Allocated in the current context.  Raises 22023 for a malformed pointer.
 */
extern RowShape *row_shape_create(const char *rows_pointer,
								  List *column_pointers,
								  List *capture_pointers);

/*
 * row_shape_parse
 *		Read one JSON text (UTF-8) into a page in the current context.
 *
 * "source" names server and entity for the error: malformed JSON, bad UTF-8,
 * nesting beyond the stack or \u0000 raise ERRCODE_FDW_INVALID_STRING_FORMAT
 * with the byte offset.
 */
extern RowPage *row_shape_parse(const RowShape *shape, const char *json,
								size_t len, const char *source);

/*
 * json_scalar
 *		The value at one absolute pointer of a JSON text, or NULL.
 *
 * Unlike row_shape_parse it never raises for malformed JSON: it returns NULL,
 * so that it can be used on error bodies of unknown shape.
 */
extern char *json_scalar(const char *json, size_t len, const char *pointer);

/* json_append_string: append text as a JSON string literal, quotes included. */
extern void json_append_string(StringInfo buf, const char *text);

/* json_pointer_escape: one member name as a JSON pointer token ("~", "/"). */
extern char *json_pointer_escape(const char *name);

#endif							/* STOCKBRIDGE_ROWSET_H */
