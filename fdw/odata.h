/*
 * odata.h
 *		Predicates and literals in the filter language of a Service Layer.
 */
#ifndef STOCKBRIDGE_ODATA_H
#define STOCKBRIDGE_ODATA_H

#include "postgres.h"

#include "lib/stringinfo.h"
#include "predicate.h"
#include "remote.h"

/* What a rendered predicate selects. */
typedef enum FilterExtent
{
	FILTER_ALL,					/* could not be rendered: no restriction */
	FILTER_SOME,				/* text was appended */
	FILTER_NONE					/* selects no row whatever the data: null operand */
} FilterExtent;

/* How a column is called in the request at hand. */
typedef const char *(*ODataName) (const RemoteColumn *column);

/*
 * odata_deparse_predicate
 *		Append a predicate as $filter text (UTF-8, not yet URL-encoded).
 *
 * Always selects a superset of the predicate; see FilterExtent.
 */
extern FilterExtent odata_deparse_predicate(StringInfo buf, const Predicate *predicate,
											const RemoteTable *table, ODataName name);

/*
 * odata_can_ship
 *		Connector's can_ship for a Service Layer; reasons are in the function.
 */
extern bool odata_can_ship(const RemoteTable *table, const RemoteColumn *column,
						   PredicateOp op, Oid value_type, Oid collation,
						   bool negated);

/* odata_append_string: a string literal, quotes doubled, in UTF-8. */
extern void odata_append_string(StringInfo buf, const char *text);

/*
 * odata_append_query
 *		Append "name=value" to a query string, encoding the value's bytes that
 *		may not stand in one; characters of OData's own syntax stay readable.
 */
extern void odata_append_query(StringInfo url, const char *name, const char *value);

#endif							/* STOCKBRIDGE_ODATA_H */
