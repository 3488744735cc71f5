/*
 * decode.h
 *		From a JSON value to the text that a column's input function takes.
 */
#ifndef STOCKBRIDGE_DECODE_H
#define STOCKBRIDGE_DECODE_H

#include "postgres.h"

#include "rowset.h"

/*
 * Called with a value that is neither absent nor null.  A decoder returns text in the current context, or NULL for SQL NULL.  A
 * value that it does not understand is returned as it is, so that the input
 * function of the column's type raises the error.
 */
typedef char *(*DecodeFunction) (const JsonValue *value);

/*
 * decode_by_name
 *		The decoder of that name, NULL if there is none.
 */
extern DecodeFunction decode_by_name(const char *name);

/* decode_names: all names, comma-separated, for hints. */
extern const char *decode_names(void);

#endif							/* STOCKBRIDGE_DECODE_H */
