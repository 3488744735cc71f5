/*
 * tuple.h
 *		Between remote rows and tuples: values in, values out.
 */
#ifndef STOCKBRIDGE_TUPLE_H
#define STOCKBRIDGE_TUPLE_H

#include "postgres.h"

#include "executor/tuptable.h"
#include "predicate.h"
#include "remote.h"
#include "rowset.h"

typedef struct TupleReader TupleReader;

/*
 * tuple_reader_create
 *		Prepare reading rows whose values are those of "attnos" (list of int), in
 *		that order; in the current context.
 */
extern TupleReader *tuple_reader_create(const RemoteTable *table, List *attnos);

/*
 * tuple_reader_create_in_order
 *		The same for rows that are no rows of the table: the values go to the
 *		attributes of "desc" one after the other, and an attribute number of 0
 *		stands for a value that is in no column.
 */
extern TupleReader *tuple_reader_create_in_order(const RemoteTable *table, List *attnos,
												 TupleDesc desc);

/*
 * tuple_reader_fill
 *		Fill a virtual tuple's values; columns that were not read are null.
 *
 * Values are made in the current context.  An input function that refuses a
 * value raises its own error, with table and column as context.
 */
extern void tuple_reader_fill(TupleReader *reader, const JsonValue *values, TupleTableSlot *slot);

/*
 * tuple_value_text
 *		A value as the text that a remote gets: dates in ISO style whatever the
 *		user's settings, otherwise the type's output; NULL for null.
 */
extern char *tuple_value_text(Datum value, bool isnull, Oid type);

/*
 * tuple_bind_leaf
 *		Give a leaf of a predicate the value of its parameter, as such texts.
 *
 * "= ANY" never matches a null, so those of an array are left out.  "<> ALL" is
 * true of no row if there is one: the leaf becomes an IN of no values.
 */
extern void tuple_bind_leaf(Predicate *leaf, Datum value, bool isnull);

#endif							/* STOCKBRIDGE_TUPLE_H */
