/*
 * odata.h
 *		Predicates and literals in the filter language of OData.
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
	FILTER_ALL,					/* every row: nothing was appended */
	FILTER_SOME,				/* text was appended */
	FILTER_NONE					/* selects no row whatever the data */
} FilterExtent;

/* One comparison of a column with a value, or a test for null. */
typedef struct ODataLeaf
{
	const RemoteTable *table;
	const RemoteColumn *column;
	const char *name;			/* of the column in the request at hand */
	PredicateOp op;				/* EQ to GE, IS_NULL, IS_NOT_NULL */
	const char *value;			/* not for tests for null */
	bool		exact;			/* set to false if more is selected than is wanted */
} ODataLeaf;

/* How a column is called in the request at hand. */
typedef const char *(*ODataName) (const RemoteColumn *column);

/*
 * How a kind of service spells a leaf: appends it and returns FILTER_SOME, or
 * appends nothing.  FILTER_ALL is right also if the value has no literal for
 * which the service's answer would hold every row that is wanted.
 */
typedef FilterExtent (*ODataComparison) (StringInfo buf, ODataLeaf *leaf);

/*
 * odata_deparse_predicate
 *		Append a predicate as $filter text (UTF-8, not yet URL-encoded).
 *
 * Always selects a superset of the predicate.  *exact, if not NULL, tells
 * whether a value made it a wider one than can_ship has promised.
 */
extern FilterExtent odata_deparse_predicate(StringInfo buf, const Predicate *predicate,
											const RemoteTable *table, ODataName name,
											ODataComparison compare, bool *exact);

/* odata_operator: "eq", "gt"; a test for null is one of equality with it. */
extern const char *odata_operator(PredicateOp op);

/* odata_append_number: false if it is not finite or has more digits than a double keeps. */
extern bool odata_append_number(StringInfo buf, const char *text);

/*
 * odata_check_moment
 *		Raise an error for a date or time that the calendar of a remote lacks, if
 *		the column is one: infinity, BC, a year of more than four digits, 24:00.
 */
extern void odata_check_moment(const RemoteColumn *column, const char *text);

/* odata_append_string: a string literal, quotes doubled, in UTF-8. */
extern void odata_append_string(StringInfo buf, const char *text);

/*
 * odata_append_query
 *		Append "name=value" to a query string, encoding the value's bytes that
 *		may not stand in one; characters of OData's own syntax stay readable.
 */
extern void odata_append_query(StringInfo url, const char *name, const char *value);

#endif							/* STOCKBRIDGE_ODATA_H */
