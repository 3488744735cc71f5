/*
 * ims_format.c
 *		How PostgreSQL's values are written into requests.
 *
 * Times go out in UTC, in one of a few spellings that remotes agree on; an
 * upper bound is never rounded down.  Numbers keep their text.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "ims.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

/* Formats, and the microseconds that each can tell apart. */
static const struct
{
	const char *name;
	ImsFormat	format;
	int64		unit;
}			formats[] =
{
	{"text", IMS_FORMAT_TEXT, 1},
	{"iso", IMS_FORMAT_ISO, 1},
	{"sql", IMS_FORMAT_SQL, USECS_PER_SEC},
	{"date", IMS_FORMAT_DATE, USECS_PER_DAY},
	{"epoch", IMS_FORMAT_EPOCH, USECS_PER_SEC},
	{"epoch_ms", IMS_FORMAT_EPOCH_MS, 1000},
	{"bool01", IMS_FORMAT_BOOL01, 1},
};

ImsFormat
ims_format_by_name(const char *name)
{
	StringInfoData known;

	initStringInfo(&known);
	for (size_t i = 0; i < lengthof(formats); i++)
	{
		if (strcmp(formats[i].name, name) == 0)
			return formats[i].format;
		appendStringInfo(&known, "%s%s", i ? ", " : "", formats[i].name);
	}
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
			 errmsg("unknown format \"%s\"", name),
			 errhint("Formats: %s.", known.data)));
	return IMS_FORMAT_TEXT;		/* not reached */
}

int64
ims_format_unit(ImsFormat format)
{
	for (size_t i = 0; i < lengthof(formats); i++)
		if (formats[i].format == format)
			return formats[i].unit;
	return 1;
}

/* ---- times ---- */

struct pg_tm
ims_utc_parts(TimestampTz when, fsec_t *fraction)
{
	struct pg_tm tm;

	if (timestamp2tm((Timestamp) when, NULL, &tm, fraction, NULL, NULL) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp out of range")));
	return tm;
}

char *
ims_iso_time(TimestampTz when)
{
	fsec_t		fraction;
	struct pg_tm tm = ims_utc_parts(when, &fraction);

	return psprintf("%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", tm.tm_year, tm.tm_mon,
					tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, fraction);
}

static int64
unix_microseconds(TimestampTz when)
{
	return when + (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY;
}

TemplateValue *
ims_format_time(TimestampTz when, ImsFormat format)
{
	fsec_t		fraction;
	struct pg_tm tm = ims_utc_parts(when, &fraction);

	switch (format)
	{
		case IMS_FORMAT_SQL:
			return template_value(JSON_KIND_STRING,
								  psprintf("%04d-%02d-%02d %02d:%02d:%02d", tm.tm_year, tm.tm_mon,
										   tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec));
		case IMS_FORMAT_DATE:
			return template_value(JSON_KIND_STRING,
								  psprintf("%04d-%02d-%02d", tm.tm_year, tm.tm_mon, tm.tm_mday));
		case IMS_FORMAT_EPOCH:
			return template_value(JSON_KIND_NUMBER,
								  psprintf(INT64_FORMAT, unix_microseconds(when) / USECS_PER_SEC));
		case IMS_FORMAT_EPOCH_MS:
			return template_value(JSON_KIND_NUMBER,
								  psprintf(INT64_FORMAT, unix_microseconds(when) / 1000));
		default:
			return template_value(JSON_KIND_STRING, ims_iso_time(when));
	}
}

TimestampTz
ims_round_up(TimestampTz when, int64 unit)
{
	int64		rest = when % unit;

	if (rest < 0)
		rest += unit;
	return rest == 0 ? when : when + (unit - rest);
}

/* A value as PostgreSQL's output function gave it, as a time. */
static TimestampTz
parse_time(const char *text)
{
	return DatumGetTimestampTz(DirectFunctionCall3(timestamptz_in, CStringGetDatum(text),
												   ObjectIdGetDatum(InvalidOid),
												   Int32GetDatum(-1)));
}

/* A timestamp without time zone is taken as UTC, like all times sent. */
static TimestampTz
column_time(const RemoteColumn *column, const char *text)
{
	if (column->type == TIMESTAMPTZOID)
		return parse_time(text);
	return (TimestampTz) DatumGetTimestamp(DirectFunctionCall3(timestamp_in, CStringGetDatum(text),
															   ObjectIdGetDatum(InvalidOid),
															   Int32GetDatum(-1)));
}

/* ---- values of the query ---- */

JsonKind
ims_kind_of_type(Oid type)
{
	switch (type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case NUMERICOID:
		case FLOAT4OID:
		case FLOAT8OID:
			return JSON_KIND_NUMBER;
		case BOOLOID:
			return JSON_KIND_BOOL;
		default:
			return JSON_KIND_STRING;
	}
}

static TemplateValue *
format_bool(ImsFormat format, const char *text)
{
	bool		is_true = (*text == 't');

	if (format == IMS_FORMAT_BOOL01)
		return template_value(JSON_KIND_NUMBER, is_true ? "1" : "0");
	return template_value(JSON_KIND_BOOL, is_true ? "true" : "false");
}

TemplateValue *
ims_format_value(const RemoteColumn *column, PredicateOp op, const char *text)
{
	const ImsColumn *ims = column->remote;
	bool		is_time = column->type == TIMESTAMPTZOID || column->type == TIMESTAMPOID;

	if (column->type == BOOLOID)
		return format_bool(ims->format, text);
	if (is_time && ims->format != IMS_FORMAT_TEXT)
	{
		TimestampTz when = column_time(column, text);

		if (TIMESTAMP_NOT_FINITE(when))
			return template_value(JSON_KIND_STRING, text);
		if (op == PREDICATE_LE || op == PREDICATE_LT)
			when = ims_round_up(when, ims_format_unit(ims->format));
		return ims_format_time(when, ims->format);
	}
	return template_value(ims_kind_of_type(column->type), text);
}
