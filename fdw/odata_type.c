/*
 * odata_type.c
 *		The primitive types of OData V4 as data, and their literals.
 *
 * What may be shipped is what can be argued for any service that keeps to the
 * protocol (Part 2, 5.1.1): a condition that its answer could narrow stays
 * here.  Null needs no argument of its own.  OData's comparisons with null are
 * true or false where SQL's are unknown, and a condition that is true in SQL
 * is true whatever its unknown parts are taken for; the executor rechecks.
 *
 * Text: which strings are equal depends on the service's collation, but equal
 * strings are equal everywhere; so "=" and the parts of LIKE find too much at
 * worst, "<>" may lose rows, and an order is somebody else's.
 * Double: NaN is the largest of all in SQL and not comparable in OData, so
 * "x > 5" is asked for as "not (x le 5)".
 * Times: SQL keeps six digits of a second and rounds, services may keep more or
 * fewer; so bounds are asked for in whole seconds around the value.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "compat.h"
#include "datatype/timestamp.h"
#include "fmgr.h"
#include "odata.h"
#include "odata_table.h"
#include "odata_type.h"
#include "rowset.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#define SHIP_ALL (ODATA_SHIP_EQ | ODATA_SHIP_EXACT | ODATA_SHIP_ORDER | ODATA_SHIP_NULL)

static bool
number_literal(StringInfo buf, const RemoteColumn *column pg_attribute_unused(), const char *value)
{
	return odata_append_number(buf, value);
}

static bool
boolean_literal(StringInfo buf, const RemoteColumn *column pg_attribute_unused(), const char *value)
{
	appendStringInfoString(buf, value[0] == 't' ? "true" : "false");
	return true;
}

static bool
guid_literal(StringInfo buf, const RemoteColumn *column pg_attribute_unused(), const char *value)
{
	appendStringInfoString(buf, value);
	return true;
}

static bool
text_literal(StringInfo buf, const RemoteColumn *column pg_attribute_unused(), const char *value)
{
	odata_append_string(buf, value);
	return true;
}

/* Infinity, BC and years of more digits have no literal that all services read. */
static bool
date_literal(StringInfo buf, const RemoteColumn *column pg_attribute_unused(), const char *value)
{
	if (strlen(value) != 10 || value[0] < '0' || value[0] > '9')
		return false;
	appendStringInfoString(buf, value);
	return true;
}

/* "x > 5" as "not (x le 5)", which NaN does not fail. */
static bool
compare_double(StringInfo buf, const RemoteColumn *column,
			   const char *name, PredicateOp op, const char *value)
{
	StringInfoData literal;

	initStringInfo(&literal);
	if (!number_literal(&literal, column, value))
		return false;
	if (op == PREDICATE_GT || op == PREDICATE_GE)
		appendStringInfo(buf, "not (%s %s %s)", name, op == PREDICATE_GT ? "le" : "lt",
						 literal.data);
	else
		appendStringInfo(buf, "%s %s %s", name, odata_operator(op), literal.data);
	return true;
}

/* A service refuses a member that it does not know, so only known ones are sent. */
static bool
enum_literal(StringInfo buf, const RemoteColumn *column, const char *value)
{
	if (!odata_is_member(remote_option(column->options, "values"), value))
		return false;
	appendStringInfoString(buf, remote_option(column->options, "type"));
	odata_append_string(buf, value);
	return true;
}

/* Append a fraction of a second without trailing zeros. */
static void
append_fraction(StringInfo buf, int microseconds)
{
	char	   *digits;

	if (microseconds == 0)
		return;
	digits = psprintf(".%06d", microseconds);
	for (size_t len = strlen(digits); digits[len - 1] == '0'; len--)
		digits[len - 1] = '\0';
	appendStringInfoString(buf, digits);
}

static TimestampTz
parse_timestamp(const char *value)
{
	return DatumGetTimestampTz(DirectFunctionCall3(timestamptz_in, CStringGetDatum(value),
												   ObjectIdGetDatum(InvalidOid),
												   Int32GetDatum(-1)));
}

static TimeADT
parse_time(const char *value)
{
	return DatumGetTimeADT(DirectFunctionCall3(time_in, CStringGetDatum(value),
											   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
}

/* A time as a literal in UTC; NULL if it has none. */
static char *
timestamp_text(TimestampTz when)
{
	struct pg_tm tm;
	fsec_t		fraction;
	StringInfoData buf;

	if (TIMESTAMP_NOT_FINITE(when) ||
		timestamp2tm(when, NULL, &tm, &fraction, NULL, NULL) != 0 ||
		tm.tm_year < 1 || tm.tm_year > 9999)
		return NULL;
	initStringInfo(&buf);
	appendStringInfo(&buf, "%04d-%02d-%02dT%02d:%02d:%02d", tm.tm_year, tm.tm_mon, tm.tm_mday,
					 tm.tm_hour, tm.tm_min, tm.tm_sec);
	append_fraction(&buf, fraction);
	appendStringInfoChar(&buf, 'Z');
	return buf.data;
}

static char *
time_text(TimeADT when)
{
	int64		seconds = when / USECS_PER_SEC;
	StringInfoData buf;

	if (when < 0 || when >= USECS_PER_DAY)
		return NULL;
	initStringInfo(&buf);
	appendStringInfo(&buf, "%02d:%02d:%02d", (int) (seconds / 3600), (int) (seconds / 60 % 60),
					 (int) (seconds % 60));
	append_fraction(&buf, (int) (when % USECS_PER_SEC));
	return buf.data;
}

/*
 * Bounds are sent a little wider, in whole seconds: what reads as v here may be
 * half a microsecond from it there; services exist that refuse a fraction, or
 * that compare times as text, for which "10:00:02.5Z" is before "10:00:02Z".  A
 * bound that has no literal is left out.
 */
static bool
append_bounds(StringInfo buf, const char *name, PredicateOp op, const char *lower, const char *upper)
{
	bool		has_lower = (op == PREDICATE_EQ || op == PREDICATE_GT || op == PREDICATE_GE) && lower;
	bool		has_upper = (op == PREDICATE_EQ || op == PREDICATE_LT || op == PREDICATE_LE) && upper;

	if (has_lower && has_upper)
		appendStringInfo(buf, "(%s ge %s and %s le %s)", name, lower, name, upper);
	else if (has_lower)
		appendStringInfo(buf, "%s ge %s", name, lower);
	else if (has_upper)
		appendStringInfo(buf, "%s le %s", name, upper);
	return has_lower || has_upper;
}

/* The whole second before that of a time, and the one after it. */
static int64
second_before(int64 when)
{
	int64		fraction = when % USECS_PER_SEC;

	return when - (fraction < 0 ? fraction + USECS_PER_SEC : fraction) - USECS_PER_SEC;
}

static bool
compare_timestamp(StringInfo buf, const RemoteColumn *column pg_attribute_unused(),
				  const char *name, PredicateOp op, const char *value)
{
	TimestampTz when = parse_timestamp(value);

	if (TIMESTAMP_NOT_FINITE(when))
		return false;
	return append_bounds(buf, name, op, timestamp_text(second_before(when)),
						 timestamp_text(second_before(when) + 2 * USECS_PER_SEC));
}

static bool
compare_time(StringInfo buf, const RemoteColumn *column pg_attribute_unused(),
			 const char *name, PredicateOp op, const char *value)
{
	TimeADT		when = parse_time(value);

	return append_bounds(buf, name, op, time_text(second_before(when)),
						 time_text(second_before(when) + 2 * USECS_PER_SEC));
}

static bool
timestamp_literal(StringInfo buf, const RemoteColumn *column pg_attribute_unused(),
				  const char *value)
{
	char	   *text = timestamp_text(parse_timestamp(value));

	appendStringInfoString(buf, text ? text : "");
	return text != NULL;
}

static bool
time_literal(StringInfo buf, const RemoteColumn *column pg_attribute_unused(), const char *value)
{
	char	   *text = time_text(parse_time(value));

	appendStringInfoString(buf, text ? text : "");
	return text != NULL;
}

/*
 * JSON
 */

static void
no_such_value(const RemoteColumn *column, const char *value)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_EXCEPTION),
			 errmsg("value %s of column \"%s\" cannot be written to the service", value,
					column->name),
			 errdetail("Type %s has no such value.", remote_option(column->options, "type"))));
}

static void
append_json_literal(StringInfo buf, const RemoteColumn *column pg_attribute_unused(),
					const char *value)
{
	appendStringInfoString(buf, strcmp(value, "t") == 0 ? "true" : strcmp(value, "f") == 0 ? "false" : value);
}

static void
append_json_number(StringInfo buf, const RemoteColumn *column, const char *value)
{
	if (strspn(value, "0123456789.+-eE") != strlen(value))
		no_such_value(column, value);
	appendStringInfoString(buf, value);
}

/* Doubles that are no JSON number are strings (JSON format, 7.1). */
static void
append_json_double(StringInfo buf, const RemoteColumn *column pg_attribute_unused(),
				   const char *value)
{
	if (strcmp(value, "Infinity") == 0)
		appendStringInfoString(buf, "\"INF\"");
	else if (strcmp(value, "-Infinity") == 0)
		appendStringInfoString(buf, "\"-INF\"");
	else if (strcmp(value, "NaN") == 0)
		appendStringInfoString(buf, "\"NaN\"");
	else
		appendStringInfoString(buf, value);
}

static void
append_json_timestamp(StringInfo buf, const RemoteColumn *column, const char *value)
{
	char	   *text = timestamp_text(parse_timestamp(value));

	if (text == NULL)
		no_such_value(column, value);
	json_append_string(buf, text);
}

/* A duration has days and seconds, and no months. */
static void
append_json_duration(StringInfo buf, const RemoteColumn *column, const char *value)
{
	Interval   *interval = DatumGetIntervalP(DirectFunctionCall3(interval_in,
																 CStringGetDatum(value),
																 ObjectIdGetDatum(InvalidOid),
																 Int32GetDatum(-1)));
	int64		microseconds = interval->time + interval->day * USECS_PER_DAY;
	int64		size = microseconds < 0 ? -microseconds : microseconds;

	if (interval->month != 0)
		no_such_value(column, value);
	appendStringInfo(buf, "\"%sP" INT64_FORMAT "DT" INT64_FORMAT "S\"", microseconds < 0 ? "-" : "",
					 size / USECS_PER_DAY, size % USECS_PER_DAY / USECS_PER_SEC);
	if (size % USECS_PER_SEC != 0)
	{
		buf->len -= 2;
		append_fraction(buf, (int) (size % USECS_PER_SEC));
		appendStringInfoString(buf, "S\"");
	}
}

/* Octets, which come as "\\x…", in base64url. */
static void
append_json_binary(StringInfo buf, const RemoteColumn *column pg_attribute_unused(),
				   const char *value)
{
	bytea	   *octets = DatumGetByteaPP(DirectFunctionCall1(byteain, CStringGetDatum(value)));
	char	   *encoded = compat_base64(VARDATA_ANY(octets), VARSIZE_ANY_EXHDR(octets));

	for (char *c = encoded; *c; c++)
		*c = *c == '+' ? '-' : *c == '/' ? '_' : *c;
	appendStringInfo(buf, "\"%s\"", encoded);
}

void
odata_append_json(StringInfo buf, const RemoteColumn *column, const ODataType *type,
				  const char *value, bool strings)
{
	if (value == NULL)
		appendStringInfoString(buf, "null");
	else if (strings && type->is_wide)
		json_append_string(buf, value);
	else if (type->json != NULL && (type->type == column->type || type->type == InvalidOid))
		type->json(buf, column, value);
	else
	{
		odata_check_moment(column, value);
		json_append_string(buf, value);
	}
}

#define SHIP_EXACT (ODATA_SHIP_EQ | ODATA_SHIP_EXACT | ODATA_SHIP_NULL)
#define SHIP_TIMES (ODATA_SHIP_EQ | ODATA_SHIP_ORDER | ODATA_SHIP_NULL)
#define INTEGER(name, local, oid, is_wide) \
	{name, local, oid, NULL, SHIP_ALL | ODATA_KEYSET | ODATA_SORT, is_wide, number_literal, NULL, append_json_number}

/* The most frequent first.  What is not here becomes JSON. */
static const ODataType types[] = {
	{"Edm.String", "text", TEXTOID, NULL,
	ODATA_SHIP_EQ | ODATA_SHIP_LIKE | ODATA_SHIP_NULL, false, text_literal, NULL, NULL},
	INTEGER("Edm.Int32", "integer", INT4OID, false),
	{"Edm.Decimal", "numeric", NUMERICOID, NULL, SHIP_ALL | ODATA_SORT, true,
	number_literal, NULL, append_json_number},
	{"Edm.DateTimeOffset", "timestamp with time zone", TIMESTAMPTZOID, NULL, SHIP_TIMES, false,
	timestamp_literal, compare_timestamp, append_json_timestamp},
	{"Edm.Boolean", "boolean", BOOLOID, NULL, SHIP_EXACT, false,
	boolean_literal, NULL, append_json_literal},
	INTEGER("Edm.Int64", "bigint", INT8OID, true),
	{"Edm.Double", "double precision", FLOAT8OID, NULL, SHIP_ALL, false,
	number_literal, compare_double, append_json_double},
	{"Edm.Date", "date", DATEOID, NULL, SHIP_ALL | ODATA_SORT, false, date_literal, NULL, NULL},
	{"Edm.Guid", "uuid", UUIDOID, NULL, SHIP_EXACT, false, guid_literal, NULL, NULL},
	INTEGER("Edm.Int16", "smallint", INT2OID, false),
	INTEGER("Edm.Byte", "smallint", INT2OID, false),
	INTEGER("Edm.SByte", "smallint", INT2OID, false),
	{"Edm.TimeOfDay", "time", TIMEOID, NULL, SHIP_TIMES, false, time_literal, compare_time, NULL},
	/* In what precision a service compares a single with a literal is not defined. */
	{"Edm.Single", "real", FLOAT4OID, NULL, ODATA_SHIP_NULL, false, NULL, NULL, append_json_double},
	{"Edm.Duration", "interval", INTERVALOID, "duration", ODATA_SHIP_NULL, false,
	NULL, NULL, append_json_duration},
	{"Edm.Binary", "bytea", BYTEAOID, "base64url", ODATA_SHIP_NULL, false,
	NULL, NULL, append_json_binary},
	{"Edm.Stream", NULL, InvalidOid, NULL, 0, false, NULL, NULL, NULL},
};

static const ODataType enumeration = {"", "text", TEXTOID, NULL, SHIP_EXACT, false,
enum_literal, NULL, NULL};

static const ODataType other = {"Edm.Untyped", "jsonb", InvalidOid, "json", 0, false,
NULL, NULL, append_json_literal};

const ODataType *
odata_type(const char *name)
{
	for (size_t i = 0; i < lengthof(types); i++)
	{
		if (strcmp(types[i].name, name) == 0)
			return &types[i];
	}
	return strncmp(name, "Edm.", 4) == 0 ? &other : &enumeration;
}

static bool
is_number_type(Oid type)
{
	return type == INT2OID || type == INT4OID || type == INT8OID || type == NUMERICOID;
}

/* Whether a value of this type is compared as the column's own would be. */
static bool
is_like_type(const ODataType *type, Oid value_type)
{
	if (is_number_type(type->type))
		return is_number_type(value_type);
	return value_type == type->type || (type->type == TEXTOID && value_type == VARCHAROID);
}

bool
odata_type_is_exact(const ODataType *type)
{
	return (type->ships & ODATA_SHIP_EXACT) && type->compare == NULL;
}

static ShipExtent
ship_if(const ODataType *type, int ability)
{
	if (!(type->ships & ability))
		return SHIP_NO;
	return odata_type_is_exact(type) ? SHIP_EXACT : SHIP_WIDER;
}

ShipExtent
odata_type_can_ship(const ODataType *type, const RemoteColumn *column, PredicateOp op,
					Oid value_type, Oid collation)
{
	if (op == PREDICATE_IS_NULL || op == PREDICATE_IS_NOT_NULL)
		return ship_if(type, ODATA_SHIP_NULL);
	if (!is_like_type(type, column->type) || !is_like_type(type, value_type))
		return SHIP_NO;
	if (OidIsValid(collation) && !get_collation_isdeterministic(collation))
		return SHIP_NO;
	switch (op)
	{
		case PREDICATE_EQ:
		case PREDICATE_IN:
			return ship_if(type, ODATA_SHIP_EQ);
		case PREDICATE_NE:
		case PREDICATE_NOT_IN:
			return ship_if(type, ODATA_SHIP_EXACT);
		case PREDICATE_LIKE:
		case PREDICATE_ILIKE:
			return ship_if(type, ODATA_SHIP_LIKE);
		default:
			return ship_if(type, ODATA_SHIP_ORDER);
	}
}
