/*
 * ims_option.c
 *		Words, numbers, places and conditions in the values of options.
 */
#include "postgres.h"

#include "ims_option.h"
#include "option_table.h"

void
ims_bad_option(const char *option, const char *value, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
			 errmsg("invalid value \"%s\" for option \"%s\"", value, option),
			 hint ? errhint("%s", hint) : 0));
	pg_unreachable();
}

int
ims_word_value(const ImsWord *words, const char *word, const char *option)
{
	StringInfoData known;

	initStringInfo(&known);
	for (const ImsWord *w = words; w->word; w++)
	{
		if (strcmp(w->word, word) == 0)
			return w->value;
		appendStringInfo(&known, "%s%s", known.len ? ", " : "Allowed: ", w->word);
	}
	ims_bad_option(option, word, psprintf("%s.", known.data));
}

List *
ims_split(const char *text, const char *separators)
{
	List	   *words = NIL;
	char	   *delimiters = psprintf(" \t\r\n%s", separators);

	while (text && *(text += strspn(text, delimiters)))
	{
		size_t		len = strcspn(text, delimiters);

		words = lappend(words, pnstrdup(text, len));
		text += len;
	}
	return words;
}

List *
ims_words(const char *text, const char *option)
{
	List	   *words = NIL;
	const char *p = text;

	while (*(p += strspn(p, " \t\r\n")))
	{
		StringInfoData word;

		if (*p != '"')
		{
			size_t		len = strcspn(p, " \t\r\n");

			words = lappend(words, pnstrdup(p, len));
			p += len;
			continue;
		}
		initStringInfo(&word);
		for (p++; *p && *p != '"'; p++)
		{
			if (*p == '\\' && p[1])
				p++;
			appendStringInfoChar(&word, *p);
		}
		if (*p++ != '"')
			ims_bad_option(option, text, "A double quote is not closed.");
		words = lappend(words, word.data);
	}
	return words;
}

int
ims_parse_integer(const char *text, const char *option)
{
	char	   *end;
	long		value;

	errno = 0;
	value = strtol(text, &end, 10);
	if (errno || end == text || *end || value < 0 || value > PG_INT32_MAX)
		ims_bad_option(option, text, "A whole number is expected.");
	return (int) value;
}

List *
ims_parse_statuses(const char *text, const char *option)
{
	List	   *statuses = NIL;
	ListCell   *lc;

	foreach(lc, ims_split(text, ","))
		statuses = lappend_int(statuses, ims_parse_integer(lfirst(lc), option));
	return statuses;
}

int
ims_parse_duration(const char *text, const char *option)
{
	const char *hint = NULL;
	int			ms;

	if (!option_parse_number(OPTION_DURATION, text, &ms, &hint))
		ims_bad_option(option, text, hint ? hint : "A duration is expected, as in 30s or 1h.");
	return ms;
}

/* RFC 9110, token. */
#define HEADER_NAME_CHARACTERS \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!$%&'*+-.^_`|~"

ImsPlace *
ims_parse_place(const char *text, const char *option)
{
	ImsPlace   *place;
	const char *name;
	size_t		len;

	if (text == NULL)
		return NULL;
	place = palloc0(sizeof(ImsPlace));
	place->text = pstrdup(text);
	if (*text == '\0' || *text == '/')
	{
		place->pointer = pstrdup(text);
		return place;
	}
	name = strncmp(text, "header:", 7) == 0 ? text + 7 : "";
	len = strspn(name, HEADER_NAME_CHARACTERS);
	if (len == 0 || (name[len] && (name[len] != '#' || name[len + 1] != '/')))
		ims_bad_option(option, text,
					   "A place in an answer is a JSON pointer as in \"/meta/next\", or \"header:NAME\", or \"header:NAME#/pointer\" for a header that holds JSON.");
	place->header = pnstrdup(name, len);
	place->pointer = name[len] ? pstrdup(name + len + 1) : NULL;
	return place;
}

ImsCondition *
ims_parse_condition(const char *text, const char *option)
{
	ImsCondition *condition;
	const char *equals;

	if (text == NULL)
		return NULL;
	equals = strchr(text, '=');
	if (*text != '/' || equals == NULL)
		ims_bad_option(option, text, "Expected a pointer and its value as in \"/code=0\".");
	condition = palloc0(sizeof(ImsCondition));
	condition->pointer = pnstrdup(text, equals - text);
	condition->value = pstrdup(equals + 1);
	return condition;
}

/* "60/60s", "2/s": requests, and the time for them. */
static RateLimit
parse_rate(const char *rate, const char *text)
{
	const char *slash = strchr(rate, '/');
	RateLimit	limit = {0};

	if (slash)
	{
		limit.requests = ims_parse_integer(pnstrdup(rate, slash - rate), "rate");
		limit.per_ms = ims_parse_duration(isdigit((unsigned char) slash[1]) ? slash + 1
										  : psprintf("1%s", slash + 1), "rate");
	}
	if (limit.requests < 1 || limit.per_ms < 1)
		ims_bad_option("rate", text, "Requests and the time for them are expected, as in \"60/min\" or \"2/s, 5000/d\".");
	return limit;
}

ImsRates
ims_parse_rates(const char *text)
{
	ImsRates	rates = {0};
	ListCell   *lc;

	foreach(lc, ims_split(text, ","))
	{
		if (rates.n == RATE_MAX_LIMITS)
			ims_bad_option("rate", text, psprintf("At most %d rates are kept.", RATE_MAX_LIMITS));
		rates.limits[rates.n++] = parse_rate(lfirst(lc), text);
	}
	return rates;
}

List *
ims_parse_headers(const char *text, TemplateScope scope, const char *option)
{
	List	   *headers = NIL;
	char	   *copy = text ? pstrdup(text) : NULL;
	char	   *state = NULL;

	for (char *line = copy ? strtok_r(copy, "\r\n", &state) : NULL; line;
		 line = strtok_r(NULL, "\r\n", &state))
	{
		while (*line == ' ' || *line == '\t')
			line++;
		if (*line == '\0')
			continue;
		if (line[strspn(line, HEADER_NAME_CHARACTERS)] != ':' || *line == ':')
			ims_bad_option(option, line, "Each line is a header as in \"Name: value\".");
		headers = lappend(headers, ims_compile(line, TEMPLATE_HEADER, scope, option));
	}
	return headers;
}
