/*
 * decode.c
 *		Spellings of values that remotes use and PostgreSQL does not.
 *
 * Each decoder is a few lines and one row of a table.  A value that is not of
 * the expected form passes through unchanged: the input function of the
 * column's type then reports it, with the value in its message.
 */
#include "postgres.h"

#include "decode.h"
#include "lib/stringinfo.h"
#include "utils/timestamp.h"

/* Business One's BoYesNoEnum: member name or database value. */
static char *
decode_yes_no(const JsonValue *value)
{
	if (strcmp(value->text, "tYES") == 0 || strcmp(value->text, "Y") == 0)
		return pstrdup("true");
	if (strcmp(value->text, "tNO") == 0 || strcmp(value->text, "N") == 0)
		return pstrdup("false");
	return value->text;
}

/* Booleans that a remote keeps as 0 and 1 (Tryton on SQLite). */
static char *
decode_bool01(const JsonValue *value)
{
	if (strcmp(value->text, "1") == 0)
		return pstrdup("true");
	if (strcmp(value->text, "0") == 0)
		return pstrdup("false");
	return value->text;
}

/* A member of a small JSON object, or NULL. */
static char *
member(const JsonValue *value, const char *pointer)
{
	return json_scalar(value->text, strlen(value->text), pointer);
}

static int
member_int(const JsonValue *value, const char *pointer)
{
	char	   *text = member(value, pointer);

	return text ? atoi(text) : 0;
}

/* Tryton's typed objects: {"__class__":"Decimal"|"date"|"datetime"|"time"|"timedelta",…}. */
static char *
decode_tryton(const JsonValue *value)
{
	char	   *class;

	if (value->kind != JSON_KIND_STRUCTURE)
		return value->text;
	class = member(value, "/__class__");
	if (class == NULL)
		return value->text;
	if (strcmp(class, "Decimal") == 0)
		return member(value, "/decimal");
	if (strcmp(class, "date") == 0)
		return psprintf("%04d-%02d-%02d", member_int(value, "/year"),
						member_int(value, "/month"), member_int(value, "/day"));
	if (strcmp(class, "datetime") == 0)
		return psprintf("%04d-%02d-%02d %02d:%02d:%02d.%06d+00", member_int(value, "/year"),
						member_int(value, "/month"), member_int(value, "/day"),
						member_int(value, "/hour"), member_int(value, "/minute"),
						member_int(value, "/second"), member_int(value, "/microsecond"));
	return value->text;
}

/* Milliseconds since 1970 as a timestamp with time zone. */
static char *
epoch_ms_text(const char *digits)
{
	char	   *end;
	int64		ms = strtoll(digits, &end, 10);
	TimestampTz when;

	if (end == digits || ms > PG_INT64_MAX / 2000 || ms < PG_INT64_MIN / 2000)
		return NULL;
	when = ms * 1000 - (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY;
	return pstrdup(timestamptz_to_str(when));
}

static char *
decode_epoch_ms(const JsonValue *value)
{
	char	   *text = epoch_ms_text(value->text);

	return text ? text : value->text;
}

/* "/Date(1586833770780)/", as .NET writes dates in JSON. */
static char *
decode_net_date(const JsonValue *value)
{
	char	   *text = NULL;

	if (strncmp(value->text, "/Date(", 6) == 0)
		text = epoch_ms_text(value->text + 6);
	return text ? text : value->text;
}

/* "2026-11-24 12:30:48" that means UTC without saying so. */
static char *
decode_sql_utc(const JsonValue *value)
{
	return psprintf("%s+00", value->text);
}

/* "stock.shipment.internal,1": the part after and before the comma. */
static char *
decode_ref_id(const JsonValue *value)
{
	char	   *comma = strrchr(value->text, ',');

	return comma ? pstrdup(comma + 1) : value->text;
}

static char *
decode_ref_model(const JsonValue *value)
{
	char	   *comma = strrchr(value->text, ',');

	return comma ? pnstrdup(value->text, comma - value->text) : value->text;
}

/* Odoo's many-to-one [7,"Main warehouse"]. */
static char *
decode_m2o_id(const JsonValue *value)
{
	return value->kind == JSON_KIND_STRUCTURE ? member(value, "/0") : value->text;
}

static char *
decode_m2o_name(const JsonValue *value)
{
	return value->kind == JSON_KIND_STRUCTURE ? member(value, "/1") : value->text;
}

/* Any JSON value as JSON text: a string gets its quotes back. */
static char *
decode_json(const JsonValue *value)
{
	StringInfoData quoted;

	if (value->kind != JSON_KIND_STRING)
		return value->text;
	initStringInfo(&quoted);
	json_append_string(&quoted, value->text);
	return quoted.data;
}

/* Octets in base64url (RFC 4648), with or without padding, as bytea's text. */
static char *
decode_base64url(const JsonValue *value)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/";
	StringInfoData hex;
	uint32		bits = 0;
	int			nbits = 0;

	initStringInfo(&hex);
	appendStringInfoString(&hex, "\\x");
	for (const char *c = value->text; *c && *c != '='; c++)
	{
		const char *digit = strchr(digits, *c);

		if (digit == NULL)
			return value->text;
		/* "+" and "/" of plain base64 are the same two digits. */
		bits = (bits << 6) | (digit - digits > 63 ? digit - digits - 2 : digit - digits);
		nbits += 6;
		if (nbits >= 8)
		{
			nbits -= 8;
			appendStringInfo(&hex, "%02x", (bits >> nbits) & 0xff);
		}
	}
	return hex.data;
}

/* A duration with its sign in front, "-P1DT2H": interval wants it at each number. */
static char *
decode_duration(const JsonValue *value)
{
	StringInfoData buf;
	char		before = '\0';

	if (value->text[0] != '-')
		return value->text;
	initStringInfo(&buf);
	for (const char *c = value->text + 1; *c; c++)
	{
		bool		starts_number = *c >= '0' && *c <= '9' && (before < '0' || before > '9') &&
			before != '.';

		appendStringInfo(&buf, "%s%c", starts_number ? "-" : "", *c);
		before = *c;
	}
	return buf.data;
}

static const struct
{
	const char *name;
	DecodeFunction decode;
}			decoders[] =
{
	{"base64url", decode_base64url},
	{"bool01", decode_bool01},
	{"duration", decode_duration},
	{"epoch_ms", decode_epoch_ms},
	{"json", decode_json},
	{"m2o_id", decode_m2o_id},
	{"m2o_name", decode_m2o_name},
	{"net_date", decode_net_date},
	{"ref_id", decode_ref_id},
	{"ref_model", decode_ref_model},
	{"sql_utc", decode_sql_utc},
	{"tryton", decode_tryton},
	{"yes_no", decode_yes_no},
};

DecodeFunction
decode_by_name(const char *name)
{
	for (size_t i = 0; i < lengthof(decoders); i++)
		if (strcmp(decoders[i].name, name) == 0)
			return decoders[i].decode;
	return NULL;
}

const char *
decode_names(void)
{
	StringInfoData names;

	initStringInfo(&names);
	for (size_t i = 0; i < lengthof(decoders); i++)
		appendStringInfo(&names, "%s%s", i ? ", " : "", decoders[i].name);
	return names.data;
}
