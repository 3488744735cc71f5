/*
 * template.c
 *		Compiling of request templates, and what is asked about compiled ones.
 *
 * The compiler walks the text once and keeps track of where it is: in the path
 * or the query of a URL, inside or outside of a JSON string.  Every placeholder
 * keeps its place, for which template_render.c encodes values.
 *
 * Calls nothing that waits.  Memory belongs to the current context.
 */
#include "postgres.h"

#include "option.h"
#include "template_private.h"

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
