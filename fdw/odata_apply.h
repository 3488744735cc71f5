/*
 * odata_apply.h
 *		$apply, for the connectors that speak OData.
 */
#ifndef STOCKBRIDGE_ODATA_APPLY_H
#define STOCKBRIDGE_ODATA_APPLY_H

#include "postgres.h"

#include "grouping.h"
#include "odata.h"
#include "rowset.h"

/* What is noted of an answer besides its rows: next links, then counts. */
#define APPLY_CAPTURE_COUNT		3
#define APPLY_CAPTURES			5

/*
 * odata_render_group_filter
 *		Append the filter of a grouping, as odata_deparse_predicate does.
 *
 * *exact becomes false if it does not select exactly the rows wanted, up to
 * those whose groups are dropped when conditions on keys are checked again.
 */
extern FilterExtent odata_render_group_filter(StringInfo buf, const RemoteTable *table,
											  const Predicate *predicate,
											  const Grouping *grouping,
											  ODataComparison compare, bool *exact);

/* odata_render_apply: the $apply of a grouping over the rows of a filter. */
extern char *odata_render_apply(const RemoteTable *table, const Grouping *grouping,
								const char *filter);

/* odata_apply_shape: where its answer has what odata_take_groups needs. */
extern RowShape *odata_apply_shape(const RemoteTable *table, const Grouping *grouping);

/*
 * odata_apply_count_position
 *		Which of the values behind the keys of an answer is a count of rows, -1
 *		if none.  There is one for every grouping without keys.
 */
extern int	odata_apply_count_position(const RemoteTable *table, const Grouping *grouping);

/* odata_counts_groups: whether an answer says how many groups there are in all. */
extern bool odata_counts_groups(const RowPage *raw);

/*
 * odata_take_groups
 *		Turn an answer into a page of groups: keys, then aggregates.
 *
 * Returns NULL, or why the answer cannot be taken for PostgreSQL's own.
 */
extern const char *odata_take_groups(const RemoteTable *table, const Grouping *grouping,
									 const RowPage *raw, RowPage **page);

#endif							/* STOCKBRIDGE_ODATA_APPLY_H */
