/*
 * template.c
 *		Compiling and rendering of request templates.
 *
 * The compiler walks the text once and keeps track of where it is: in the path
 * or the query of a URL, inside or outside of a JSON string.  Rendering only
 * encodes values for the place noted then, so whatever a value holds, it ends
 * up as one path segment, one query value, one JSON value, one header value.
 *
 * Calls nothing that waits.  Memory belongs to the current context.
 */
#include "postgres.h"

#include "compat.h"
#include "mb/pg_wchar.h"
#include "option.h"
#include "rowset.h"
#include "template.h"
#include "transport.h"

typedef enum ArgumentRule
{
	ARGUMENT_NONE,
	ARGUMENT_OPTIONAL,
	ARGUMENT_REQUIRED,
	ARGUMENT_TEMPLATE,			/* a template in itself */
	ARGUMENT_EACH				/* a name, a colon, and a template */
} ArgumentRule;

typedef struct Placeholder
{
	const char *name;
	ArgumentRule argument;
	bool		may_be_list;
	TemplatePlace inner;		/* of ARGUMENT_TEMPLATE */
	int			scopes;			/* TemplateScope bits */
} Placeholder;

#define EVERY_REQUEST (TEMPLATE_IN_LOGIN | TEMPLATE_IN_HEADER | TEMPLATE_IN_REQUEST | \
					   TEMPLATE_IN_WRITE | TEMPLATE_IN_ACT)
#define ANYWHERE (EVERY_REQUEST | TEMPLATE_IN_FILTER)

static const Placeholder placeholders[] = {
	{"b64", ARGUMENT_TEMPLATE, false, TEMPLATE_PLAIN, ANYWHERE},
	{"json", ARGUMENT_TEMPLATE, false, TEMPLATE_JSON, ANYWHERE},
	{"database", ARGUMENT_NONE, false, 0, EVERY_REQUEST},
	{"user", ARGUMENT_NONE, false, 0, EVERY_REQUEST},
	{"secret", ARGUMENT_REQUIRED, false, 0, EVERY_REQUEST},
	{"login", ARGUMENT_REQUIRED, false, 0, EVERY_REQUEST},
	{"token", ARGUMENT_NONE, false, 0, EVERY_REQUEST},
	{"now", ARGUMENT_OPTIONAL, false, 0, EVERY_REQUEST},
	{"uuid", ARGUMENT_NONE, false, 0, EVERY_REQUEST},
	{"signature", ARGUMENT_NONE, false, 0, TEMPLATE_IN_HEADER},
	{"scope", ARGUMENT_NONE, false, 0, TEMPLATE_IN_LOGIN},
	{"set", ARGUMENT_NONE, false, 0, TEMPLATE_IN_WRITE},
	{"arg", ARGUMENT_REQUIRED, false, 0, TEMPLATE_IN_ACT},
	{"each", ARGUMENT_EACH, false, TEMPLATE_JSON, TEMPLATE_IN_ACT},
	{"item", ARGUMENT_REQUIRED, false, 0, TEMPLATE_IN_ACT},
	{"limit", ARGUMENT_NONE, false, 0, TEMPLATE_IN_REQUEST},
	{"offset", ARGUMENT_NONE, false, 0, TEMPLATE_IN_REQUEST},
	{"page", ARGUMENT_NONE, false, 0, TEMPLATE_IN_REQUEST},
	{"cursor", ARGUMENT_NONE, false, 0, TEMPLATE_IN_REQUEST},
	{"since", ARGUMENT_NONE, false, 0, TEMPLATE_IN_REQUEST},
	{"until", ARGUMENT_NONE, false, 0, TEMPLATE_IN_REQUEST},
	{"col", ARGUMENT_REQUIRED, true, 0, TEMPLATE_IN_REQUEST | TEMPLATE_IN_WRITE},
	{"from", ARGUMENT_REQUIRED, true, 0, TEMPLATE_IN_REQUEST},
	{"filters", ARGUMENT_NONE, false, 0, TEMPLATE_IN_REQUEST},
	{"value", ARGUMENT_NONE, false, 0, TEMPLATE_IN_FILTER},
	{"key", ARGUMENT_NONE, false, 0, TEMPLATE_IN_FILTER},
	{"keys", ARGUMENT_NONE, false, 0, TEMPLATE_IN_FILTER},
	{"values", ARGUMENT_NONE, false, 0, TEMPLATE_IN_FILTER},
};

typedef struct TemplatePart
{
	char	   *literal;		/* NULL for a placeholder */
	TemplateRef ref;
	Template   *inner;			/* the argument of {b64:…}, {json:…} */
} TemplatePart;

struct Template
{
	const char *option;
	List	   *parts;			/* of TemplatePart * */
};

/* State of one walk over a template's text. */
typedef struct Compiler
{
	const char *next;			/* not yet read */
	const char *end;
	TemplatePlace place;		/* at "next" */
	TemplateScope scope;
	Template   *template;
	StringInfoData literal;		/* read since the last placeholder */
} Compiler;

static Template *compile(const char *text, const char *end, TemplatePlace place,
						 TemplateScope scope, const char *option);

/*
 * Names that have a meaning in this scope, for hints: "{limit}, {offset}, …".
 */
static char *
placeholder_names(TemplateScope scope)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (size_t i = 0; i < lengthof(placeholders); i++)
		if (placeholders[i].scopes & scope)
			appendStringInfo(&buf, "%s{%s%s}", buf.len > 0 ? ", " : "",
							 placeholders[i].name,
							 placeholders[i].argument >= ARGUMENT_REQUIRED ? ":…" : "");
	return buf.data;
}

static void
raise_unknown(const Compiler *compiler, const char *name)
{
	List	   *candidates = NIL;
	const char *nearest;

	for (size_t i = 0; i < lengthof(placeholders); i++)
		if (placeholders[i].scopes & compiler->scope)
			candidates = lappend(candidates, (char *) placeholders[i].name);
	nearest = nearest_name(name, candidates);
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
			 errmsg("unknown placeholder \"{%s}\" in option \"%s\"", name,
					compiler->template->option),
			 nearest ? errhint("Did you mean \"{%s}\"? A literal brace before a letter is written \"{{\".", nearest)
			 : errhint("Placeholders here: %s. A literal brace before a letter is written \"{{\".",
					   placeholder_names(compiler->scope))));
}

static const Placeholder *
find_placeholder(const Compiler *compiler, const char *name)
{
	for (size_t i = 0; i < lengthof(placeholders); i++)
		if (strcmp(placeholders[i].name, name) == 0 &&
			(placeholders[i].scopes & compiler->scope))
			return &placeholders[i];
	raise_unknown(compiler, name);
	return NULL;				/* not reached */
}

/* Close the literal that is being read and append it as a part. */
static void
flush_literal(Compiler *compiler)
{
	TemplatePart *part;

	if (compiler->literal.len == 0)
		return;
	part = palloc0(sizeof(TemplatePart));
	part->literal = pstrdup(compiler->literal.data);
	compiler->template->parts = lappend(compiler->template->parts, part);
	resetStringInfo(&compiler->literal);
}

/* Take one literal character and follow where it leads. */
static void
take_literal(Compiler *compiler)
{
	char		c = *compiler->next++;

	appendStringInfoCharMacro(&compiler->literal, c);
	switch (compiler->place)
	{
		case TEMPLATE_PATH:
			if (c == '?')
				compiler->place = TEMPLATE_QUERY;
			break;
		case TEMPLATE_JSON:
			if (c == '"')
				compiler->place = TEMPLATE_JSON_STRING;
			break;
		case TEMPLATE_JSON_STRING:
			if (c == '\\' && compiler->next < compiler->end)
				appendStringInfoCharMacro(&compiler->literal, *compiler->next++);
			else if (c == '"')
				compiler->place = TEMPLATE_JSON;
			break;
		default:
			break;
	}
}

/*
 * The "}" that closes the placeholder opened just before "text".  An argument
 * that is a template may hold braces, as long as they pair up.
 */
static const char *
closing_brace(const Compiler *compiler, const char *text)
{
	int			depth = 1;

	for (const char *p = text; p < compiler->end; p++)
	{
		if (*p == '{')
			depth++;
		else if (*p == '}' && --depth == 0)
			return p;
	}
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
			 errmsg("placeholder \"{%.*s\" in option \"%s\" is not closed",
					(int) Min(compiler->end - text, 20), text,
					compiler->template->option),
			 errhint("A literal brace before a letter is written \"{{\".")));
	return NULL;				/* not reached */
}

/* Raise unless the placeholder is written with what it needs and no more. */
static void
check_form(const Compiler *compiler, const Placeholder *placeholder,
		   const char *argument, bool is_list)
{
	const char *fault = NULL;

	if (argument && placeholder->argument == ARGUMENT_NONE)
		fault = "takes no argument";
	else if ((!argument || *argument == '\0') &&
			 placeholder->argument >= ARGUMENT_REQUIRED)
		fault = "needs an argument after a colon";
	else if (is_list && !placeholder->may_be_list)
		fault = "cannot be a list";
	if (fault)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("placeholder \"{%s}\" in option \"%s\" %s",
						placeholder->name, compiler->template->option, fault)));
}

/* "lines:{item:sku}": the array's name, and what is written for each element. */
static void
take_each(const Compiler *compiler, TemplatePart *part, const char *argument, const char *close)
{
	const char *colon = memchr(argument, ':', close - argument);

	if (colon == NULL || compiler->place != TEMPLATE_JSON)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("placeholder \"{each}\" in option \"%s\" is not complete",
						compiler->template->option),
				 errhint("It stands for elements of a JSON array, as in [{each:lines:{\"sku\":{item:sku}}}].")));
	part->ref.argument = pnstrdup(argument, colon - argument);
	part->inner = compile(colon + 1, close, TEMPLATE_JSON, compiler->scope,
						  compiler->template->option);
}

/* Read "name", "name:argument" or "name[]:argument" up to its brace. */
static void
take_placeholder(Compiler *compiler)
{
	const char *text = compiler->next + 1;
	const char *close = closing_brace(compiler, text);
	size_t		len = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_");
	TemplatePart *part = palloc0(sizeof(TemplatePart));
	char	   *name = pnstrdup(text, len);
	const char *p = text + len;
	const Placeholder *placeholder;

	part->ref.is_list = (close - p >= 2 && strncmp(p, "[]", 2) == 0);
	if (part->ref.is_list)
		p += 2;
	if (*p == ':')
		part->ref.argument = pnstrdup(p + 1, close - p - 1);
	else if (p != close)
		raise_unknown(compiler, pnstrdup(text, close - text));
	placeholder = find_placeholder(compiler, name);
	check_form(compiler, placeholder, part->ref.argument, part->ref.is_list);
	part->ref.name = placeholder->name;
	part->ref.place = compiler->place;
	if (placeholder->argument == ARGUMENT_TEMPLATE)
		part->inner = compile(p + 1, close, placeholder->inner, compiler->scope,
							  compiler->template->option);
	else if (placeholder->argument == ARGUMENT_EACH)
		take_each(compiler, part, p + 1, close);
	compiler->template->parts = lappend(compiler->template->parts, part);
	compiler->next = close + 1;
}

static Template *
compile(const char *text, const char *end, TemplatePlace place,
		TemplateScope scope, const char *option)
{
	Compiler	compiler = {.next = text, .end = end, .place = place, .scope = scope};

	compiler.template = palloc0(sizeof(Template));
	compiler.template->option = option;
	initStringInfo(&compiler.literal);
	while (compiler.next < end)
	{
		bool		more = compiler.next + 1 < end;

		if (*compiler.next == '{' && more && compiler.next[1] == '{' &&
			compiler.next + 2 < end && compiler.next[2] >= 'a' && compiler.next[2] <= 'z')
		{
			compiler.next++;
			take_literal(&compiler);
		}
		else if (*compiler.next == '{' && more &&
				 compiler.next[1] >= 'a' && compiler.next[1] <= 'z')
		{
			flush_literal(&compiler);
			take_placeholder(&compiler);
		}
		else
			take_literal(&compiler);
	}
	flush_literal(&compiler);
	if (place == TEMPLATE_JSON && compiler.place == TEMPLATE_JSON_STRING)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("option \"%s\" holds a JSON string that does not end", option)));
	return compiler.template;
}

Template *
template_compile(const char *text, TemplatePlace place, TemplateScope scope,
				 const char *option)
{
	return compile(text, text + strlen(text), place, scope, option);
}

/* ---- rendering ---- */

/* A text in the server's encoding as UTF-8. */
static const char *
to_utf8(const char *text)
{
	return pg_server_to_any(text, strlen(text), PG_UTF8);
}

/* JSON number of RFC 8259; everything else has to be a string. */
static bool
is_json_number(const char *text)
{
	return IsValidJsonNumber(text, strlen(text));
}

void
template_append_json(StringInfo out, const TemplateValue *value)
{
	if (value->kind == JSON_KIND_NULL || value->kind == JSON_KIND_ABSENT)
		appendStringInfoString(out, "null");
	else if (value->kind == JSON_KIND_BOOL || value->kind == JSON_KIND_STRUCTURE ||
			 (value->kind == JSON_KIND_NUMBER && is_json_number(value->text)))
		appendStringInfoString(out, to_utf8(value->text));
	else
		json_append_string(out, to_utf8(value->text));
}

/* The inside of a JSON string literal. */
static void
append_json_string(StringInfo out, const char *text)
{
	StringInfoData quoted;

	initStringInfo(&quoted);
	json_append_string(&quoted, to_utf8(text));
	appendBinaryStringInfo(out, quoted.data + 1, quoted.len - 2);
	pfree(quoted.data);
}

/* A header line ends at CR or LF: no value may bring one, nor any control. */
static void
append_header(StringInfo out, const char *text, const TemplateRef *ref)
{
	for (const char *p = text; *p; p++)
		if ((unsigned char) *p < 0x20 || *p == 0x7f)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_DATA_TYPE),
					 errmsg("value of placeholder \"{%s}\" holds a control character and cannot be sent in a header",
							ref->name)));
	appendStringInfoString(out, to_utf8(text));
}

/* An empty path segment would address something else than was meant. */
static void
append_path(StringInfo out, const char *text, const TemplateRef *ref)
{
	if (*text == '\0' || strcmp(text, ".") == 0 || strcmp(text, "..") == 0)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_DATA_TYPE),
				 errmsg("value \"%s\" of placeholder \"{%s}\" cannot be a part of a path",
						text, ref->argument ? ref->argument : ref->name)));
	appendStringInfoString(out, url_encode(to_utf8(text)));
}

static void
append_scalar(StringInfo out, const TemplateValue *value, const TemplateRef *ref)
{
	const char *text = value->text ? value->text : "";

	if (value->verbatim)
	{
		appendStringInfoString(out, text);
		return;
	}
	switch (ref->place)
	{
		case TEMPLATE_PATH:
			append_path(out, text, ref);
			break;
		case TEMPLATE_QUERY:
			appendStringInfoString(out, url_encode(to_utf8(text)));
			break;
		case TEMPLATE_JSON:
			template_append_json(out, value);
			break;
		case TEMPLATE_JSON_STRING:
			append_json_string(out, text);
			break;
		case TEMPLATE_HEADER:
			append_header(out, text, ref);
			break;
		case TEMPLATE_PLAIN:
			appendStringInfoString(out, to_utf8(text));
			break;
	}
}

/* A list: a JSON array, or its members with commas between. */
static void
append_list(StringInfo out, const List *items, const TemplateRef *ref)
{
	ListCell   *lc;

	if (ref->place == TEMPLATE_JSON)
		appendStringInfoChar(out, '[');
	foreach(lc, items)
	{
		if (foreach_current_index(lc) > 0)
			appendStringInfoChar(out, ',');
		append_scalar(out, lfirst(lc), ref);
	}
	if (ref->place == TEMPLATE_JSON)
		appendStringInfoChar(out, ']');
}

/* Drop a separator, and blanks around it, from the end of what is rendered. */
static void
strip_separator(StringInfo out, char separator)
{
	while (out->len > 0 && strchr(" \t\r\n", out->data[out->len - 1]))
		out->data[--out->len] = '\0';
	if (out->len > 0 && out->data[out->len - 1] == separator)
		out->data[--out->len] = '\0';
}

/*
 * Rendered filters: members of the array they stand in, or parameters of the
 * query.  Whether a separator is written before the placeholder or not, there
 * is one between filters and what comes before them, and none without filters.
 */
static void
append_pieces(StringInfo out, const List *pieces, TemplatePlace place)
{
	char		separator = (place == TEMPLATE_JSON) ? ',' : '&';
	ListCell   *lc;

	strip_separator(out, separator);
	foreach(lc, pieces)
	{
		if (out->len > 0 && !strchr("[?", out->data[out->len - 1]))
			appendStringInfoChar(out, separator);
		appendStringInfoString(out, lfirst(lc));
	}
}

/* {b64:…} and {json:…}: render the argument, then encode it as one value. */
static void
append_inner(StringInfo out, const TemplatePart *part, TemplateLookup lookup,
			 void *context)
{
	StringInfoData inner;
	TemplateValue value = {.kind = JSON_KIND_STRING};

	initStringInfo(&inner);
	template_render(part->inner, &inner, lookup, context);
	if (strcmp(part->ref.name, "b64") == 0)
	{
		value.text = compat_base64(inner.data, inner.len);
	}
	else
		value.text = pg_any_to_server(inner.data, inner.len, PG_UTF8);
	append_scalar(out, &value, &part->ref);
}

/* {each:NAME:…}: the inner template for every element, with commas between. */
static void
append_each(StringInfo out, const TemplatePart *part, TemplateLookup lookup, void *context)
{
	TemplateValue *value = lookup(context, &part->ref);
	ListCell   *lc;

	foreach(lc, value->items)
	{
		if (foreach_current_index(lc) > 0)
			appendStringInfoChar(out, ',');
		template_render(part->inner, out, lookup, ((TemplateValue *) lfirst(lc))->within);
	}
}

void
template_render(const Template *template, StringInfo out, TemplateLookup lookup,
				void *context)
{
	ListCell   *lc;

	foreach(lc, template->parts)
	{
		TemplatePart *part = lfirst(lc);
		TemplateValue *value;

		if (part->literal)
			appendStringInfoString(out, to_utf8(part->literal));
		else if (part->inner && strcmp(part->ref.name, "each") == 0)
			append_each(out, part, lookup, context);
		else if (part->inner)
			append_inner(out, part, lookup, context);
		else
		{
			value = lookup(context, &part->ref);
			if (value->pieces || strcmp(part->ref.name, "filters") == 0)
				append_pieces(out, value->pieces, part->ref.place);
			else if (value->is_list)
				append_list(out, value->items, &part->ref);
			else
				append_scalar(out, value, &part->ref);
		}
	}
}

/* ---- looking into a template ---- */

const TemplateRef *
template_find(const Template *template, const char *name)
{
	ListCell   *lc;

	if (template == NULL)
		return NULL;
	foreach(lc, template->parts)
	{
		TemplatePart *part = lfirst(lc);
		const TemplateRef *found;

		if (part->inner && (found = template_find(part->inner, name)) != NULL)
			return found;
		if (part->ref.name && strcmp(part->ref.name, name) == 0)
			return &part->ref;
	}
	return NULL;
}

List *
template_arguments(const Template *template, const char *name)
{
	List	   *arguments = NIL;
	ListCell   *lc;

	if (template == NULL)
		return NIL;
	foreach(lc, template->parts)
	{
		TemplatePart *part = lfirst(lc);
		bool		known = false;
		ListCell   *lk;

		if (part->inner)
			arguments = list_concat(arguments, template_arguments(part->inner, name));
		if (!part->ref.argument || strcmp(part->ref.name, name) != 0)
			continue;
		foreach(lk, arguments)
			known |= strcmp(lfirst(lk), part->ref.argument) == 0;
		if (!known)
			arguments = lappend(arguments, (char *) part->ref.argument);
	}
	return arguments;
}

bool
template_has_list(const Template *template, const char *name, const char *argument)
{
	ListCell   *lc;

	if (template == NULL)
		return false;
	foreach(lc, template->parts)
	{
		TemplatePart *part = lfirst(lc);

		if (part->inner && template_has_list(part->inner, name, argument))
			return true;
		if (part->ref.is_list && strcmp(part->ref.name, name) == 0 &&
			strcmp(part->ref.argument, argument) == 0)
			return true;
	}
	return false;
}

TemplateValue *
template_value(JsonKind kind, const char *text)
{
	TemplateValue *value = palloc0(sizeof(TemplateValue));

	value->kind = kind;
	value->text = text;
	return value;
}
