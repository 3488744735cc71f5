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
 * How a kind of service spells a comparison of a column with a value: appends
 * it, or appends nothing and returns false if the value has no literal for
 * which the service's answer would hold every row that is wanted.
 */
typedef bool (*ODataComparison) (StringInfo buf, const RemoteColumn *column,
								 const char *name, PredicateOp op, const char *value);

/*
 * odata_deparse_predicate
 *		Append a predicate as $filter text (UTF-8, not yet URL-encoded).
 *
 * Always selects a superset of the predicate; see FilterExtent.
 */
extern FilterExtent odata_deparse_predicate(StringInfo buf, const Predicate *predicate,
											const RemoteTable *table, ODataName name,
											ODataComparison compare);

/* odata_service_layer_comparison: as a Service Layer spells it. */
extern bool odata_service_layer_comparison(StringInfo buf, const RemoteColumn *column,
										   const char *name, PredicateOp op, const char *value);

/* odata_operator: "eq", "gt"; that of IN is the one of its equalities. */
extern const char *odata_operator(PredicateOp op);

/* odata_append_number: false if it is not finite or has more digits than a double keeps. */
extern bool odata_append_number(StringInfo buf, const char *text);

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
