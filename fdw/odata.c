/*
 * odata.c
 *		$filter text for a service of OData.
 *
 * Comparisons are spelled by the kind of service at hand (ODataComparison); here
 * they are put together, and LIKE becomes the functions of SL §3.1, which all
 * of them know.  A leaf that cannot be written exactly is left out, which widens
 * the result; the executor rechecks every qual, so only a narrowing would be
 * wrong.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "odata.h"

/* A decimal literal that a double on the remote's side holds exactly. */
#define EXACT_DIGITS		15

/* What is being deparsed, and how the service at hand wants it spelled. */
typedef struct Deparse
{
	const RemoteTable *table;
	ODataName	name;
	ODataComparison compare;
	bool		exact;			/* no value has widened the result so far */
} Deparse;

static void
truncate_text(StringInfo buf, int len)
{
	buf->len = len;
	buf->data[len] = '\0';
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

const char *
odata_operator(PredicateOp op)
{
	switch (op)
	{
		case PREDICATE_EQ:
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

/* Whether only wildcards for any text, and those at its ends, surround a pattern's part. */
static bool
is_whole_pattern(const char *pattern, const char *part)
{
	size_t		len = strlen(part);

	pattern += strspn(pattern, "%");
	return strncmp(pattern, part, len) == 0 &&
		strspn(pattern + len, "%") == strlen(pattern + len);
}

/*
 * The longest run of characters in a LIKE pattern that mean themselves: those
 * in "special" do not in some database to whose own LIKE a remote may hand it.
 */
static char *
plain_part(const char *pattern, const char *special, bool *at_start, bool *at_end)
{
	const char *best = pattern;
	size_t		best_len = 0;

	for (const char *p = pattern; *p;)
	{
		size_t		len = strcspn(p, special);

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

/* Without regard to case only what has no case is known to be contained. */
static char *
caseless_part(const char *pattern)
{
	const char *best = pattern;
	size_t		best_len = 0;

	for (const char *p = pattern; *p;)
	{
		size_t		len = strspn(p, "0123456789-./:,;+*=()# ");

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
	return pnstrdup(best, best_len);
}

/* LIKE by equality, startswith, endswith or contains (SL §3.1) of its longest part. */
static FilterExtent
deparse_like(StringInfo buf, const Predicate *predicate, Deparse *context, const char *name)
{
	bool		at_start = false;
	bool		at_end = false;
	const char *pattern;
	char	   *part;

	if (predicate->values == NIL && predicate->param >= 0)
	{
		appendStringInfo(buf, "contains(%s,part of $%d)", name, predicate->param + 1);
		return FILTER_SOME;
	}
	if (predicate->values == NIL)
		return FILTER_NONE;
	pattern = linitial(predicate->values);
	part = predicate->op == PREDICATE_ILIKE ? caseless_part(pattern)
		: plain_part(pattern, "%_\\[]^", &at_start, &at_end);
	if (predicate->op == PREDICATE_ILIKE || *part == '\0' || !is_whole_pattern(pattern, part))
		context->exact = false;
	if (*part == '\0')
		return FILTER_ALL;
	if (at_start && at_end)
		appendStringInfo(buf, "%s eq ", name);
	else
		appendStringInfo(buf, "%s(%s,", at_start ? "startswith" : at_end ? "endswith" : "contains",
						 name);
	odata_append_string(buf, part);
	if (!(at_start && at_end))
		appendStringInfoChar(buf, ')');
	return FILTER_SOME;
}

/* One column equals another; the same column under two names is left out. */
static FilterExtent
deparse_columns(StringInfo buf, const Predicate *predicate, const Deparse *context)
{
	const char *name = context->name(&context->table->columns[predicate->attno - 1]);
	const char *other = context->name(&context->table->columns[predicate->other - 1]);

	if (strcmp(name, other) == 0)
		return FILTER_ALL;
	appendStringInfo(buf, "%s eq %s", name, other);
	return FILTER_SOME;
}

/* One comparison, or test for null if "value" is NULL. */
static FilterExtent
deparse_value(StringInfo buf, Deparse *context, const RemoteColumn *column, PredicateOp op,
			  const char *value)
{
	ODataLeaf	leaf = {context->table, column, context->name(column), op, value, true};
	FilterExtent extent = context->compare(buf, &leaf);

	context->exact &= leaf.exact;
	return extent;
}

/*
 * A comparison with each of some values: any of them is met, or all of them.
 * What OData says of "ne" and null is not what SQL says.
 */
static FilterExtent
deparse_values(StringInfo buf, const Predicate *predicate, Deparse *context,
			   const RemoteColumn *column, PredicateOp op)
{
	bool		all = op == PREDICATE_NE;
	bool		needs_value = all && !column->not_null;
	bool		single = list_length(predicate->values) == 1 && !needs_value;
	const char *separator = all ? " and " : " or ";
	int			start = buf->len;
	int			rendered = 0;
	ListCell   *lc;

	if (!single)
		appendStringInfoChar(buf, '(');
	foreach(lc, predicate->values)
	{
		int			before = buf->len;
		FilterExtent extent;

		if (rendered > 0)
			appendStringInfoString(buf, separator);
		extent = deparse_value(buf, context, column, op, lfirst(lc));
		if (extent == FILTER_SOME)
		{
			rendered++;
			continue;
		}
		truncate_text(buf, before);
		if (extent == (all ? FILTER_NONE : FILTER_ALL))
		{
			truncate_text(buf, start);
			return extent;
		}
	}
	if (needs_value)
	{
		appendStringInfoString(buf, rendered > 0 ? separator : "");
		(void) deparse_value(buf, context, column, PREDICATE_IS_NOT_NULL, NULL);
		rendered++;
	}
	if (rendered == 0)
		truncate_text(buf, start);
	else if (!single)
		appendStringInfoChar(buf, ')');
	return rendered > 0 ? FILTER_SOME : all ? FILTER_ALL : FILTER_NONE;
}

static FilterExtent
deparse_leaf(StringInfo buf, const Predicate *predicate, Deparse *context)
{
	const RemoteColumn *column = &context->table->columns[predicate->attno - 1];
	const char *name = context->name(column);
	PredicateOp op = predicate->op == PREDICATE_IN ? PREDICATE_EQ
		: predicate->op == PREDICATE_NOT_IN ? PREDICATE_NE : predicate->op;

	if (op == PREDICATE_LIKE || op == PREDICATE_ILIKE)
		return deparse_like(buf, predicate, context, name);
	if (op == PREDICATE_IS_NULL || op == PREDICATE_IS_NOT_NULL)
		return deparse_value(buf, context, column, op, NULL);
	/* Not evaluated yet: shown by EXPLAIN as a parameter. */
	if (predicate->values == NIL && predicate->param >= 0)
	{
		appendStringInfo(buf, "%s %s $%d", name, odata_operator(op), predicate->param + 1);
		return FILTER_SOME;
	}
	/* No value at all is met by all rows, and a null among them by none. */
	if (predicate->values == NIL && predicate->op == PREDICATE_NOT_IN)
	{
		context->exact = false;
		return FILTER_ALL;
	}
	if (predicate->values == NIL)
		return FILTER_NONE;
	if (list_length(predicate->values) > PREDICATE_MAX_LIST)
	{
		context->exact = false;
		return FILTER_ALL;
	}
	return deparse_values(buf, predicate, context, column, op);
}

static FilterExtent deparse(StringInfo buf, const Predicate *predicate, Deparse *context);

/*
 * AND: what selects all is left out; one NONE empties it.
 * OR: one ALL makes it ALL; what is NONE is left out.
 */
static FilterExtent
deparse_branch(StringInfo buf, const Predicate *predicate, Deparse *context)
{
	bool		is_and = predicate->op == PREDICATE_AND;
	FilterExtent neutral = is_and ? FILTER_ALL : FILTER_NONE;
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
		extent = deparse(buf, lfirst(lc), context);
		if (extent == FILTER_SOME)
		{
			rendered++;
			continue;
		}
		truncate_text(buf, extent == neutral ? before : start);
		if (extent != neutral)
			return extent;
	}
	if (rendered == 0)
	{
		truncate_text(buf, start);
		return neutral;
	}
	appendStringInfoChar(buf, ')');
	return FILTER_SOME;
}

static FilterExtent
deparse(StringInfo buf, const Predicate *predicate, Deparse *context)
{
	if (predicate->op == PREDICATE_EQ_COLUMN)
		return deparse_columns(buf, predicate, context);
	if (predicate->op == PREDICATE_AND || predicate->op == PREDICATE_OR)
		return deparse_branch(buf, predicate, context);
	return deparse_leaf(buf, predicate, context);
}

FilterExtent
odata_deparse_predicate(StringInfo buf, const Predicate *predicate,
						const RemoteTable *table, ODataName name, ODataComparison compare,
						bool *exact)
{
	Deparse		context = {table, name, compare, true};
	FilterExtent extent = deparse(buf, predicate, &context);

	if (exact != NULL)
		*exact = context.exact;
	return extent;
}

void
odata_check_moment(const RemoteColumn *column, const char *text)
{
	Oid			type = column->type;
	bool		has_day = type == DATEOID || type == TIMESTAMPOID || type == TIMESTAMPTZOID;
	size_t		len = strlen(text);

	if ((has_day && (strspn(text, "0123456789") != 4 || (len > 3 && strcmp(text + len - 3, " BC") == 0))) ||
		((type == TIMEOID || type == TIMETZOID) && strncmp(text, "24", 2) == 0))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_FIELD_OVERFLOW),
				 errmsg("value %s of column \"%s\" is beyond the calendar of a remote",
						text, column->name),
				 errhint("Days have years from 0001 to 9999, and times end before 24:00.")));
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
