/*
 * odata_type.h
 *		The primitive types of OData V4: what column each becomes, how a value is
 *		written into $filter, and which conditions the service may decide.
 */
#ifndef STOCKBRIDGE_ODATA_TYPE_H
#define STOCKBRIDGE_ODATA_TYPE_H

#include "postgres.h"

#include "lib/stringinfo.h"
#include "odata.h"
#include "odata.h"
#include "predicate.h"
#include "remote.h"

/* What may be shipped of a type, bits. */
#define ODATA_SHIP_EQ		1	/* "=", IN: the answer holds every row wanted */
#define ODATA_SHIP_EXACT	2	/* … and no other, so "<>" and NOT are right as well */
#define ODATA_SHIP_ORDER	4	/* "<", "<=", ">", ">=" */
#define ODATA_SHIP_LIKE		8
#define ODATA_SHIP_NULL		16	/* IS [NOT] NULL */
#define ODATA_KEYSET		32	/* pages may continue after a key of this type */
#define ODATA_SORT			64	/* sorted as here by any service */

typedef struct ODataType
{
	const char *name;			/* "Edm.Int32" */
	const char *local;			/* SQL type of the column; NULL = it gets none */
	Oid			type;			/* the same as an Oid, without which nothing is shipped */
	const char *decoder;		/* decode.h, NULL = the text is the value */
	int			ships;
	bool		is_wide;		/* its numbers may have more digits than a double */

	/*
	 * Append a value as it stands in a URL, in UTF-8 and not yet encoded; false
	 * if it has no literal that a service is sure to read as the same value.
	 */
	bool		(*literal) (StringInfo buf, const RemoteColumn *column, const char *value);

	/* Append "name op value" likewise; NULL = with the literal as it is. */
	bool		(*compare) (StringInfo buf, const RemoteColumn *column,
							const char *name, PredicateOp op, const char *value);

	/* Append a value as JSON, in the server's encoding; NULL = as a string. */
	void		(*json) (StringInfo buf, const RemoteColumn *column, const char *value);
} ODataType;

/*
 * odata_type
 *		The type of that name; any name outside of Edm is an enumeration's, and
 *		what is unknown is a type of which nothing is shipped.
 */
extern const ODataType *odata_type(const char *name);

/* odata_type_is_exact: whether services compare its values exactly as PostgreSQL does. */
extern bool odata_type_is_exact(const ODataType *type);

/* odata_type_can_ship: connector's can_ship for a column of this type. */
extern ShipExtent odata_type_can_ship(const ODataType *type, const RemoteColumn *column,
									  PredicateOp op, Oid value_type, Oid collation);

/*
 * odata_append_json
 *		A value, or null, as it stands in the body of a request; with "strings",
 *		numbers that may be too long for a double stand as strings.
 */
extern void odata_append_json(StringInfo buf, const RemoteColumn *column,
							  const ODataType *type, const char *value, bool strings);

/* odata_comparison: an ODataComparison for columns of the OData connector. */
extern FilterExtent odata_comparison(StringInfo buf, ODataLeaf *leaf);

#endif							/* STOCKBRIDGE_ODATA_TYPE_H */
