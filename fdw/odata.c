/*
 * odata.c
 *		$filter text for a Service Layer, and what may go into it.
 *
 * The grammar is that of SL §3.1: eq ne gt ge lt le and or not, string
 * literals with doubled quotes, enumeration members and dates quoted.  A leaf
 * that cannot be written exactly is left out, which widens the result; the
 * executor rechecks every qual, so only a narrowing would be wrong.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "odata.h"
#include "utils/lsyscache.h"

/* A decimal literal that a double on the remote's side holds exactly. */
#define EXACT_DIGITS		15

/* More values than this make a URL that servers refuse (SL §3.5). */
#define MAX_IN_VALUES		100

/* How the service at hand wants things spelled. */
typedef struct Style
{
	ODataName	name;
	ODataComparison compare;
} Style;

static bool
is_text_type(Oid type)
{
	return type == TEXTOID || type == VARCHAROID;
}

static bool
is_number_type(Oid type)
{
	return type == INT2OID || type == INT4OID || type == INT8OID || type == NUMERICOID;
}

/* Enumerations have a fixed set of members, so equality on them is exact. */
static bool
is_enum_column(const RemoteColumn *column)
{
	const char *type = remote_option(column->options, "type");

	return type != NULL && strncmp(type, "Edm.", 4) != 0;
}

/*
 * Text: the remote compares with its own collation, which may ignore case
 * (SL §3.1), so "=" and the parts of a LIKE find a superset of PostgreSQL's
 * rows but "<>" may lose some; order comparisons mean something else.  Whether an empty string comes
 * back as null is not documented, so IS NULL stays here.
 */
static bool
can_ship_text(const RemoteColumn *column, PredicateOp op, Oid collation, bool negated)
{
	if (OidIsValid(collation) && !get_collation_isdeterministic(collation))
		return false;
	if (op == PREDICATE_LIKE)
		return !negated;
	if (op == PREDICATE_EQ || op == PREDICATE_IN)
		return !negated || is_enum_column(column);
	if (op == PREDICATE_NE)
		return negated || is_enum_column(column);
	return false;
}

bool
odata_can_ship(const RemoteTable *table pg_attribute_unused(), const RemoteColumn *column,
			   PredicateOp op, Oid value_type, Oid collation, bool negated)
{
	if (remote_option(column->options, "property") == NULL)
		return false;
	if (is_text_type(column->type))
		return is_text_type(value_type) && can_ship_text(column, op, collation, negated);
	if (op == PREDICATE_LIKE)
		return false;
	if (op == PREDICATE_IS_NULL || op == PREDICATE_IS_NOT_NULL)
		return is_number_type(column->type) || column->type == DATEOID;
	if (is_number_type(column->type))
		return is_number_type(value_type);
	if (column->type == DATEOID)
		return value_type == DATEOID;
	if (column->type == BOOLOID)
		return value_type == BOOLOID && (op == PREDICATE_EQ || op == PREDICATE_NE) &&
			is_enum_column(column);

	/* Times are compared by the minute (SL §3.1): not what PostgreSQL does. */
	return false;
}

void
odata_append_string(StringInfo buf, const char *text)
{
	const char *utf8 = pg_server_to_any(text, strlen(text), PG_UTF8);

	appendStringInfoChar(buf, '\'');
	for (; *utf8; utf8++)
	{
		if (*utf8 == '\'')
			appendStringInfoChar(buf, '\'');
		appendStringInfoChar(buf, *utf8);
	}
	appendStringInfoChar(buf, '\'');
}

bool
odata_append_number(StringInfo buf, const char *text)
{
	int			digits = 0;

	for (const char *p = text; *p; p++)
	{
		if (*p >= '0' && *p <= '9')
			digits++;
		else if (*p != '-' && *p != '.')
			return false;
	}
	if (digits > EXACT_DIGITS)
		return false;
	appendStringInfoString(buf, text);
	return true;
}

/* A date "YYYY-MM-DD"; infinity, BC and years of more digits have no literal. */
static bool
append_date(StringInfo buf, const char *text)
{
	if (strlen(text) != 10 || text[0] < '0' || text[0] > '9')
		return false;
	odata_append_string(buf, text);
	return true;
}

/* One value of a column's comparison; false if it has no exact literal. */
static bool
append_literal(StringInfo buf, const RemoteColumn *column, const char *text)
{
	if (is_number_type(column->type))
		return odata_append_number(buf, text);
	if (column->type == DATEOID)
		return append_date(buf, text);
	if (column->type == BOOLOID)
		odata_append_string(buf, text[0] == 't' ? "tYES" : "tNO");
	else
		odata_append_string(buf, text);
	return true;
}

const char *
odata_operator(PredicateOp op)
{
	switch (op)
	{
		case PREDICATE_EQ:
		case PREDICATE_IN:
		case PREDICATE_IS_NULL:
			return "eq";
		case PREDICATE_NE:
		case PREDICATE_IS_NOT_NULL:
			return "ne";
		case PREDICATE_LT:
			return "lt";
		case PREDICATE_LE:
			return "le";
		case PREDICATE_GT:
			return "gt";
		case PREDICATE_GE:
			return "ge";
		default:
			break;
	}
	elog(ERROR, "unexpected predicate operator %d", (int) op);
	return NULL;
}

bool
odata_service_layer_comparison(StringInfo buf, const RemoteColumn *column, const char *name,
							   PredicateOp op, const char *value)
{
	int			start = buf->len;

	appendStringInfo(buf, "%s %s ", name, odata_operator(op));
	if (append_literal(buf, column, value))
		return true;
	buf->len = start;
	buf->data[start] = '\0';
	return false;
}

/*
 * The longest run of plain characters in a LIKE pattern.  A remote may hand it
 * to its database's LIKE, so what means something in any of those ends a run.
 */
static char *
plain_part(const char *pattern, bool *at_start, bool *at_end)
{
	const char *best = pattern;
	size_t		best_len = 0;

	for (const char *p = pattern; *p;)
	{
		size_t		len = strcspn(p, "%_\\[]^");

		if (len > best_len)
		{
			best = p;
			best_len = len;
		}
		p += len;
		if (*p == '\\' && p[1] != '\0')
			p++;
		if (*p)
			p += pg_mblen(p);
	}
	*at_start = best == pattern;
	*at_end = best[best_len] == '\0';
	return pnstrdup(best, best_len);
}

/* LIKE by startswith, endswith or contains (SL §3.1) of a part of its pattern. */
static FilterExtent
deparse_like(StringInfo buf, const Predicate *predicate, const RemoteColumn *column,
			 const Style *style)
{
	bool		at_start;
	bool		at_end;
	char	   *part;

	if (predicate->values == NIL && predicate->param >= 0)
	{
		appendStringInfo(buf, "contains(%s,part of $%d)", style->name(column), predicate->param + 1);
		return FILTER_SOME;
	}
	if (predicate->values == NIL)
		return FILTER_NONE;
	part = plain_part(linitial(predicate->values), &at_start, &at_end);
	if (*part == '\0')
		return FILTER_ALL;
	appendStringInfo(buf, "%s(%s,", at_start ? "startswith" : at_end ? "endswith" : "contains",
					 style->name(column));
	odata_append_string(buf, part);
	appendStringInfoChar(buf, ')');
	return FILTER_SOME;
}

/* "column op value", or for IN a disjunction of equalities. */
static FilterExtent
deparse_leaf(StringInfo buf, const Predicate *predicate, const RemoteColumn *column,
			 const Style *style)
{
	int			start = buf->len;
	ListCell   *lc;

	if (predicate->op == PREDICATE_LIKE)
		return deparse_like(buf, predicate, column, style);
	if (predicate->op == PREDICATE_IS_NULL || predicate->op == PREDICATE_IS_NOT_NULL)
	{
		appendStringInfo(buf, "%s %s null", style->name(column), odata_operator(predicate->op));
		return FILTER_SOME;
	}
	/* Not evaluated yet: shown by EXPLAIN as a parameter. */
	if (predicate->values == NIL && predicate->param >= 0)
	{
		appendStringInfo(buf, "%s %s $%d", style->name(column), odata_operator(predicate->op),
						 predicate->param + 1);
		return FILTER_SOME;
	}
	if (predicate->values == NIL)
		return FILTER_NONE;
	if (list_length(predicate->values) > MAX_IN_VALUES)
		return FILTER_ALL;
	if (list_length(predicate->values) > 1)
		appendStringInfoChar(buf, '(');
	foreach(lc, predicate->values)
	{
		if (foreach_current_index(lc) > 0)
			appendStringInfoString(buf, " or ");
		if (!style->compare(buf, column, style->name(column), predicate->op, lfirst(lc)))
		{
			buf->len = start;
			buf->data[start] = '\0';
			return FILTER_ALL;
		}
	}
	if (list_length(predicate->values) > 1)
		appendStringInfoChar(buf, ')');
	return FILTER_SOME;
}

/* One column equals another; the same column under two names is left out. */
static FilterExtent
deparse_columns(StringInfo buf, const RemoteColumn *column, const RemoteColumn *other,
				const Style *style)
{
	const char *name = style->name(column);

	if (strcmp(name, style->name(other)) == 0)
		return FILTER_ALL;
	appendStringInfo(buf, "%s eq ", name);
	appendStringInfoString(buf, style->name(other));
	return FILTER_SOME;
}

static FilterExtent deparse(StringInfo buf, const Predicate *predicate,
							const RemoteTable *table, const Style *style, bool under_not);

/*
 * AND: what cannot be rendered is left out; one NONE empties it.
 * OR: one ALL makes it ALL; what is NONE is left out.
 * Under NOT a left-out part would narrow the result, so there one ALL makes
 * an AND ALL, too.
 */
static FilterExtent
deparse_branch(StringInfo buf, const Predicate *predicate, const RemoteTable *table,
			   const Style *style, bool under_not)
{
	bool		is_and = predicate->op == PREDICATE_AND;
	FilterExtent neutral = is_and ? FILTER_ALL : FILTER_NONE;
	FilterExtent decisive = is_and ? FILTER_NONE : FILTER_ALL;
	int			start = buf->len;
	int			rendered = 0;
	ListCell   *lc;

	appendStringInfoChar(buf, '(');
	foreach(lc, predicate->args)
	{
		int			before = buf->len;
		FilterExtent extent;

		if (rendered > 0)
			appendStringInfoString(buf, is_and ? " and " : " or ");
		extent = deparse(buf, lfirst(lc), table, style, under_not);
		if (extent == FILTER_SOME)
		{
			rendered++;
			continue;
		}
		if (extent == FILTER_ALL && under_not)
			decisive = FILTER_ALL;
		buf->len = extent == decisive ? start : before;
		buf->data[buf->len] = '\0';
		if (extent == decisive)
			return decisive;
	}
	if (rendered == 0)
	{
		buf->len = start;
		buf->data[start] = '\0';
		return neutral;
	}
	appendStringInfoChar(buf, ')');
	return FILTER_SOME;
}

/* NOT of anything that is not rendered exactly restricts nothing. */
static FilterExtent
deparse_not(StringInfo buf, const Predicate *predicate, const RemoteTable *table,
			const Style *style)
{
	int			start = buf->len;

	appendStringInfoString(buf, "not (");
	if (deparse(buf, linitial(predicate->args), table, style, true) != FILTER_SOME)
	{
		buf->len = start;
		buf->data[start] = '\0';
		return FILTER_ALL;
	}
	appendStringInfoChar(buf, ')');
	return FILTER_SOME;
}

static FilterExtent
deparse(StringInfo buf, const Predicate *predicate, const RemoteTable *table,
		const Style *style, bool under_not)
{
	switch (predicate->op)
	{
		case PREDICATE_AND:
		case PREDICATE_OR:
			return deparse_branch(buf, predicate, table, style, under_not);
		case PREDICATE_NOT:
			return deparse_not(buf, predicate, table, style);
		case PREDICATE_EQ_COLUMN:
			return deparse_columns(buf, &table->columns[predicate->attno - 1],
								   &table->columns[predicate->other - 1], style);
		default:
			return deparse_leaf(buf, predicate, &table->columns[predicate->attno - 1], style);
	}
}

FilterExtent
odata_deparse_predicate(StringInfo buf, const Predicate *predicate,
						const RemoteTable *table, ODataName name, ODataComparison compare)
{
	Style		style = {name, compare};

	return deparse(buf, predicate, table, &style, false);
}

void
odata_append_query(StringInfo url, const char *name, const char *value)
{
	static const char hex[] = "0123456789ABCDEF";
	const unsigned char *p;

	appendStringInfo(url, "%c%s=", strchr(url->data, '?') ? '&' : '?', name);
	for (p = (const unsigned char *) value; *p; p++)
	{
		if (*p > ' ' && *p < 0x7f && strchr("\"#%&+<>\\^`{|}", *p) == NULL)
			appendStringInfoChar(url, *p);
		else
		{
			appendStringInfoChar(url, '%');
			appendStringInfoChar(url, hex[*p >> 4]);
			appendStringInfoChar(url, hex[*p & 15]);
		}
	}
}
