/*
 * odata_apply_answer.c
 *		Groups and aggregates through $apply: whether an answer can be believed.
 *
 * What the remote has added up cannot be rechecked, so every doubt is a reason
 * to decline the answer.  What is relied on:
 *
 * - Groups come in one answer: pages of an unordered answer would neither be
 *   stable nor of one instant.
 * - Two groups of an answer never have the same key.  A remote that tells apart
 *   what it spells alike (null and '', a time within a day) is found out so.
 * - Amounts are decimals that travel as doubles.  A sum is exact if it has no
 *   more digits than a double holds.
 * - The remote's average only serves to find the number of values that are not
 *   null; the division is done here.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "odata_apply.h"
#include "odata_table.h"
#include "rowset.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

/* A double holds that many decimal digits of any number. */
#define EXACT_DIGITS		15
#define EXACT_INTEGER		1e15
/* … and a number with six decimal places if it is below this. */
#define EXACT_DECIMAL		1e9
/*
 * An average may be cut after the sixth place, or after 15 digits; some
 * databases cut that of integers to an integer.
 */
#define AVERAGE_ERROR		1e-6
#define AVERAGE_DIGITS		1e-14
#define AVERAGE_INTEGER_ERROR	1.0

static bool
is_integer(const RemoteColumn *column)
{
	return column->type == INT2OID || column->type == INT4OID || column->type == INT8OID;
}

/* A type outside of Edm is an enumeration. */
static bool
is_enum(const RemoteColumn *column)
{
	return strncmp(odata_declared_type(column), "Edm.", 4) != 0;
}

/* An answer while it is turned into groups. */
typedef struct ApplyAnswer
{
	const RemoteTable *table;
	const Grouping *grouping;
	const RowPage *raw;
	const char *doubt;			/* why it cannot be believed, NULL = it can */
} ApplyAnswer;

/* Value number "position" of a row, wherever it stands; a null and doubt if nowhere. */
static const JsonValue *
raw_value(ApplyAnswer *answer, int row, int position)
{
	static const JsonValue missing = {NULL, JSON_KIND_NULL};
	int			width = is_crossjoin(table_info(answer->table)) ? 2 : 1;
	const JsonValue *value = &answer->raw->values[(Size) row * answer->raw->ncolumns +
												  position * width];

	for (int i = 0; i < width; i++)
	{
		if (value[i].kind != JSON_KIND_ABSENT)
			return &value[i];
	}
	answer->doubt = "the answer lacks a value";
	return &missing;
}

/* A count, which may come as a string (SL §3.2). */
static JsonValue
take_count(ApplyAnswer *answer, int row, int position)
{
	const JsonValue *value = raw_value(answer, row, position);

	if (value->text == NULL || *value->text == '\0' ||
		strspn(value->text, "0123456789") != strlen(value->text))
		answer->doubt = "a count is not a number";
	return *value;
}

/* Whether a text is a plain decimal number, so that input functions take it. */
static bool
is_plain_number(const char *text)
{
	const char *p = text + (*text == '-');
	size_t		digits = strspn(p, "0123456789");

	if (digits == 0)
		return false;
	p += digits;
	if (*p == '.')
		p += 1 + strspn(p + 1, "0123456789");
	return *p == '\0';
}

/*
 * A number of a column's kind, as the column's input function takes it; those
 * that doubles do not hold may come as strings.
 */
static JsonValue
take_number(ApplyAnswer *answer, int row, int position, const RemoteColumn *column)
{
	const JsonValue *value = raw_value(answer, row, position);
	JsonValue	number = *value;
	char	   *point;

	if (value->kind == JSON_KIND_NULL)
		return number;
	if (value->text == NULL || !is_plain_number(value->text))
		answer->doubt = "an aggregate is not a plain number";
	else if (is_integer(column) && (point = strchr(value->text, '.')) != NULL)
	{
		number.text = pnstrdup(value->text, point - value->text);
		if (strspn(point + 1, "0") != strlen(point + 1))
			answer->doubt = "an aggregate of integers is not an integer";
	}
	return number;
}

static int
significant_digits(const char *number)
{
	int			digits = 0;

	for (; *number != '\0'; number++)
		digits += *number >= '0' && *number <= '9' && (digits > 0 || *number != '0');
	return digits;
}

/*
 * A least or greatest value, which a plain read may spell as a double: with
 * more digits than that has the two may differ.
 */
static JsonValue
take_extreme(ApplyAnswer *answer, int row, int position, const RemoteColumn *column)
{
	JsonValue	value = take_number(answer, row, position, column);

	if (value.text != NULL && answer->doubt == NULL &&
		significant_digits(value.text) > EXACT_DIGITS)
		answer->doubt = "a value has more digits than a double holds exactly";
	return value;
}

/*
 * Whether a sum is the sum of what is spelled on the wire.  What the remote
 * holds as decimals and sends as doubles has at most six places; what it calls
 * decimals it adds up as such, or betrays that it does not by the digits.
 */
static bool
is_exact_sum(const RemoteColumn *column, const char *sum)
{
	if (is_integer(column))
		return fabs(strtod(sum, NULL)) < EXACT_INTEGER;
	if (strcmp(odata_declared_type(column), "Edm.Decimal") == 0)
		return significant_digits(sum) <= EXACT_DIGITS;
	return fabs(strtod(sum, NULL)) < EXACT_DECIMAL;
}

static JsonValue
take_sum(ApplyAnswer *answer, int row, int position, const RemoteColumn *column)
{
	JsonValue	sum = take_number(answer, row, position, column);

	if (sum.text != NULL && answer->doubt == NULL && !is_exact_sum(column, sum.text))
		answer->doubt = "a sum has more digits than a double holds exactly";
	return sum;
}

/*
 * The number of values behind a sum and its average: the only integer that
 * gives this average, within its error.  0 if there is no such integer.
 */
static int64
number_of_values(const RemoteColumn *column, double sum, double average)
{
	double		error = (is_integer(column) ? AVERAGE_INTEGER_ERROR : AVERAGE_ERROR) +
		fabs(average) * AVERAGE_DIGITS;
	double		lower;
	double		upper;

	sum = fabs(sum);
	average = fabs(average);
	if (average <= error)
		return 0;
	lower = ceil(sum / (average + error) - 1e-3);
	upper = floor(sum / (average - error) + 1e-3);
	return lower == upper && lower >= 1 && lower < EXACT_INTEGER ? (int64) lower : 0;
}

/* An average, divided here as PostgreSQL's avg divides. */
static JsonValue
take_average(ApplyAnswer *answer, int row, int position, const RemoteColumn *column)
{
	JsonValue	sum = take_sum(answer, row, position, column);
	const JsonValue *remote = raw_value(answer, row, position + 1);
	Datum		number;
	int64		count = 0;

	if (sum.text == NULL || answer->doubt != NULL)
		return sum;
	if (remote->text != NULL)
		count = number_of_values(column, strtod(sum.text, NULL), strtod(remote->text, NULL));
	if (strtod(sum.text, NULL) == 0)
		count = 1;				/* zero, however many values there are */
	if (count == 0)
	{
		answer->doubt = "an average is not exact";
		return sum;
	}
	number = DirectFunctionCall3(numeric_in, CStringGetDatum(sum.text),
								 ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
	number = DirectFunctionCall2(numeric_div, number,
								 DirectFunctionCall1(int8_numeric, Int64GetDatum(count)));
	sum.text = DatumGetCString(DirectFunctionCall1(numeric_out, number));
	return sum;
}

/*
 * A key.  The member of an enumeration has a name; what is shorter than any is
 * the database's own value (SL §2), which plain reads do not show.
 */
static JsonValue
take_key(ApplyAnswer *answer, int row, int position, const RemoteColumn *column)
{
	const JsonValue *value = raw_value(answer, row, position);

	if (is_enum(column) && value->text != NULL && (value->kind != JSON_KIND_STRING || strlen(value->text) < 3))
		answer->doubt = "an enumeration is not spelled by name";
	if (is_integer(column))
		return take_number(answer, row, position, column);
	return *value;
}

/* One aggregate at "*position", which is moved past its terms. */
static JsonValue
take_aggregate(ApplyAnswer *answer, int row, int *position, const RemoteAggregate *aggregate)
{
	const RemoteColumn *column = NULL;

	if (aggregate->attno > 0)
		column = &answer->table->columns[aggregate->attno - 1];
	switch (aggregate->function)
	{
		case AGGREGATE_COUNT:
		case AGGREGATE_COUNT_DISTINCT:
			return take_count(answer, row, (*position)++);
		case AGGREGATE_SUM:
			return take_sum(answer, row, (*position)++, column);
		case AGGREGATE_AVERAGE:
			*position += 2;
			return take_average(answer, row, *position - 2, column);
		case AGGREGATE_MIN:
		case AGGREGATE_MAX:
			break;
	}
	if (column->type == DATEOID)
		return *raw_value(answer, row, (*position)++);
	return take_extreme(answer, row, (*position)++, column);
}

/* One group.  Aggregates of an empty input are null, whatever the remote says. */
static void
take_row(ApplyAnswer *answer, int row, JsonValue *values)
{
	int			position = 0;
	bool		is_empty = false;
	ListCell   *lc;

	foreach(lc, answer->grouping->keys)
	{
		const RemoteColumn *column = &answer->table->columns[lfirst_int(lc) - 1];

		*values++ = take_key(answer, row, position++, column);
	}
	if (answer->grouping->keys == NIL)
	{
		int			place = odata_apply_count_position(answer->table, answer->grouping);
		JsonValue	count = take_count(answer, row, place);

		is_empty = count.text != NULL && strcmp(count.text, "0") == 0;
	}
	foreach(lc, answer->grouping->aggregates)
	{
		const RemoteAggregate *aggregate = lfirst(lc);
		JsonValue	value;

		if (answer->doubt != NULL)
			return;
		value = take_aggregate(answer, row, &position, aggregate);
		if (is_empty && aggregate->function >= AGGREGATE_SUM)
			value.text = NULL;
		*values++ = value;
	}
}

static int
compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

/* Whether no two groups have the same key. */
static bool
keys_are_distinct(const RowPage *page, int nkeys)
{
	char	  **texts = palloc_extended(sizeof(char *) * (Size) Max(1, page->nrows),
										MCXT_ALLOC_HUGE);
	StringInfoData text;
	bool		distinct = true;

	initStringInfo(&text);
	for (int row = 0; row < page->nrows; row++)
	{
		resetStringInfo(&text);
		for (int i = 0; i < nkeys; i++)
		{
			const char *value = page->values[(Size) row * page->ncolumns + i].text;

			json_append_string(&text, value ? value : "");
			appendStringInfoString(&text, value ? "," : "null,");
		}
		texts[row] = pstrdup(text.data);
	}
	qsort(texts, page->nrows, sizeof(char *), compare_texts);
	for (int row = 1; row < page->nrows; row++)
		distinct = distinct && strcmp(texts[row - 1], texts[row]) != 0;
	return distinct;
}

bool
odata_counts_groups(const RowPage *raw)
{
	return raw->captures[APPLY_CAPTURE_COUNT].text != NULL ||
		raw->captures[APPLY_CAPTURE_COUNT + 1].text != NULL;
}

const char *
odata_take_groups(const RemoteTable *table, const Grouping *grouping,
				  const RowPage *raw, RowPage **page)
{
	ApplyAnswer answer = {.table = table, .grouping = grouping, .raw = raw};
	int			nkeys = list_length(grouping->keys);

	for (int i = 0; i < APPLY_CAPTURE_COUNT; i++)
	{
		if (raw->captures[i].text != NULL)
			return "the answer is one page of several";
	}
	for (int i = APPLY_CAPTURE_COUNT; i < APPLY_CAPTURES; i++)
	{
		if (raw->captures[i].text != NULL && strtod(raw->captures[i].text, NULL) != raw->nrows)
			return "the answer does not have all groups";
	}
	if (nkeys == 0 && raw->nrows != 1)
		return "the answer is not one row";
	*page = palloc0(sizeof(RowPage));
	(*page)->nrows = raw->nrows;
	(*page)->ncolumns = nkeys + list_length(grouping->aggregates);
	(*page)->rows_found = true;
	(*page)->values = palloc_extended(sizeof(JsonValue) * (Size) Max(1, raw->nrows) * (*page)->ncolumns,
									  MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (int row = 0; row < raw->nrows && answer.doubt == NULL; row++)
		take_row(&answer, row, &(*page)->values[(Size) row * (*page)->ncolumns]);
	if (answer.doubt == NULL && !keys_are_distinct(*page, nkeys))
		return "two groups have the same key";
	return answer.doubt;
}
