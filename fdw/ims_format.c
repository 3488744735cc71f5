/*
 * ims_format.c
 *		How PostgreSQL's values are written into requests.
 *
 * Times go out in one of a few spellings that remotes agree on: those with a
 * zone in UTC, those without in the server's time_zone; an upper bound is never
 * rounded down.  Numbers keep their text.  Times that come in without a zone get
 * the server's here, too.
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
	{"string", IMS_FORMAT_STRING, 1},
	{"tryton", IMS_FORMAT_TRYTON, 1},
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

/* Year, month, day, … of a time in a zone; NULL = UTC. */
static struct pg_tm
parts_in_zone(TimestampTz when, const char *time_zone, fsec_t *fraction)
{
	struct pg_tm tm;
	pg_tz	   *zone = time_zone ? pg_tzset(time_zone) : NULL;
	int			offset;

	if (timestamp2tm((Timestamp) when, zone ? &offset : NULL, &tm, fraction, NULL, zone) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp out of range")));
	return tm;
}

struct pg_tm
ims_utc_parts(TimestampTz when, fsec_t *fraction)
{
	return parts_in_zone(when, NULL, fraction);
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

/* Tryton's typed objects; its times are UTC. */
static char *
tryton_time(TimestampTz when, bool with_time)
{
	fsec_t		fraction;
	struct pg_tm tm = parts_in_zone(when, NULL, &fraction);

	if (!with_time)
		return psprintf("{\"__class__\":\"date\",\"year\":%d,\"month\":%d,\"day\":%d}",
						tm.tm_year, tm.tm_mon, tm.tm_mday);
	return psprintf("{\"__class__\":\"datetime\",\"year\":%d,\"month\":%d,\"day\":%d,\"hour\":%d,\"minute\":%d,\"second\":%d,\"microsecond\":%d}",
					tm.tm_year, tm.tm_mon, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, fraction);
}

TemplateValue *
ims_format_time(TimestampTz when, ImsFormat format, const char *time_zone)
{
	fsec_t		fraction;
	struct pg_tm tm = parts_in_zone(when, time_zone, &fraction);

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
		case IMS_FORMAT_TRYTON:
			return template_value(JSON_KIND_STRUCTURE, tryton_time(when, true));
		default:
			return template_value(JSON_KIND_STRING, ims_iso_time(when));
	}
}

char *
ims_with_zone(const char *text, const char *time_zone)
{
	const char *time = strpbrk(text, "T ");

	if (!isdigit((unsigned char) *text))
		return (char *) text;
	if (time == NULL)
		return psprintf("%s 00:00:00 %s", text, time_zone);
	for (const char *p = time + 1; *p; p++)
		if (isalpha((unsigned char) *p) || *p == '+' || *p == '-')
			return (char *) text;
	return psprintf("%s %s", text, time_zone);
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
TimestampTz
ims_column_time(const RemoteColumn *column, const char *text)
{
	const ImsColumn *ims = column->remote;

	if (column->type == TIMESTAMPTZOID)
		return parse_time(ims_with_zone(text, ims->time_zone));
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

/* A number, or a date, in one of the formats that are not its plain text. */
static TemplateValue *
format_plain(const RemoteColumn *column, ImsFormat format, const char *text)
{
	JsonKind	kind = ims_kind_of_type(column->type);

	if (format == IMS_FORMAT_STRING)
		kind = JSON_KIND_STRING;
	if (format != IMS_FORMAT_TRYTON)
		return template_value(kind, text);
	if (kind == JSON_KIND_NUMBER)
		return template_value(JSON_KIND_STRUCTURE,
							  psprintf("{\"__class__\":\"Decimal\",\"decimal\":\"%s\"}", text));
	if (column->type == DATEOID && isdigit((unsigned char) *text))
		return template_value(JSON_KIND_STRUCTURE,
							  tryton_time(parse_time(ims_with_zone(text, "UTC")), false));
	return template_value(kind, text);
}

TemplateValue *
ims_format_value(const RemoteColumn *column, PredicateOp op, const char *text)
{
	const ImsColumn *ims = column->remote;
	bool		is_time = column->type == TIMESTAMPTZOID || column->type == TIMESTAMPOID;
	TimestampTz when;

	if (column->type == BOOLOID)
		return format_bool(ims->format, text);
	if (!is_time || ims->format == IMS_FORMAT_TEXT)
		return format_plain(column, ims->format, text);
	when = ims_column_time(column, text);
	if (TIMESTAMP_NOT_FINITE(when))
		return template_value(JSON_KIND_STRING, text);
	if (op == PREDICATE_LE || op == PREDICATE_LT)
		when = ims_round_up(when, ims_format_unit(ims->format));
	return ims_format_time(when, ims->format,
						   column->type == TIMESTAMPTZOID ? ims->time_zone : NULL);
}
