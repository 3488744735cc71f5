/*
 * template.h
 *		Request templates: text with placeholders that values cannot break out of.
 *
 * A template is compiled once into literal and placeholder parts; every
 * placeholder remembers where it stands (path, query, JSON, …), and a value is
 * encoded for that place when the template is rendered.  Values are never
 * looked at for placeholders of their own.
 *
 * Syntax: "{name}", "{name:argument}", "{name[]:argument}" where name is
 * lower case.  A brace before anything but a lower-case letter is literal, so
 * JSON bodies are written as they are; "{{" is a literal brace before a letter.
 * "{b64:…}" and "{json:…}" hold a template of their own; "{each:name:…}" one
 * that is rendered for each element of an array.
 */
#ifndef STOCKBRIDGE_TEMPLATE_H
#define STOCKBRIDGE_TEMPLATE_H

#include "postgres.h"

#include "lib/stringinfo.h"
#include "nodes/pg_list.h"
#include "rowset.h"

typedef enum TemplatePlace
{
	TEMPLATE_PATH,				/* of a URL; becomes TEMPLATE_QUERY after "?" */
	TEMPLATE_QUERY,				/* query of a URL, or a form body */
	TEMPLATE_JSON,				/* outside of JSON strings: a whole JSON value */
	TEMPLATE_JSON_STRING,		/* between the quotes of a JSON string */
	TEMPLATE_HEADER,			/* one header line */
	TEMPLATE_PLAIN				/* inside {b64:…}: bytes as they are */
} TemplatePlace;

/* In which options a placeholder has a meaning; bits. */
typedef enum TemplateScope
{
	TEMPLATE_IN_LOGIN = 1 << 0, /* the request that logs in */
	TEMPLATE_IN_HEADER = 1 << 1,	/* headers of every request */
	TEMPLATE_IN_REQUEST = 1 << 2,	/* request and body of a table */
	TEMPLATE_IN_FILTER = 1 << 3,	/* filters of a column */
	TEMPLATE_IN_WRITE = 1 << 4, /* requests that write a row */
	TEMPLATE_IN_ACT = 1 << 5	/* steps of an act */
} TemplateScope;

/* A placeholder as it stands in a template. */
typedef struct TemplateRef
{
	const char *name;			/* "col" */
	const char *argument;		/* "sku", NULL if none */
	bool		is_list;		/* written with [] */
	TemplatePlace place;
} TemplateRef;

/* What a placeholder stands for. */
typedef struct TemplateValue
{
	JsonKind	kind;			/* NUMBER, BOOL, NULL and STRUCTURE go unquoted into JSON */
	const char *text;			/* the value, in the server's encoding */
	bool		is_list;		/* items instead of text */
	List	   *items;			/* of TemplateValue * */
	List	   *pieces;			/* of char *: rendered filters or pairs, instead of text */
	void	   *within;			/* of an item of {each}: context to render it in */
	bool		verbatim;		/* for display only: append text as it is */
} TemplateValue;

/* Gives the value of a placeholder; raises if there is none. */
typedef TemplateValue *(*TemplateLookup) (void *context, const TemplateRef *ref);

typedef struct Template Template;

/*
 * template_compile
 *		Check and split a template; "option" names it in errors.
 *
 * Raises ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE for an unknown placeholder, one
 * that has no meaning in this scope, or one that is not closed.
 */
extern Template *template_compile(const char *text, TemplatePlace place,
								  TemplateScope scope, const char *option);

/*
 * template_render
 *		Append the text with every placeholder's value, in UTF-8.
 *
 * Raises ERRCODE_FDW_INVALID_DATA_TYPE for a value that cannot stand where it
 * would have to: control characters in a header, nothing in a path.
 */
extern void template_render(const Template *template, StringInfo out,
							TemplateLookup lookup, void *context);

/*
 * template_find
 *		The first placeholder of that name, or NULL.
 */
extern const TemplateRef *template_find(const Template *template, const char *name);

/* template_arguments: arguments of all placeholders of that name, each once. */
extern List *template_arguments(const Template *template, const char *name);

/* template_append_json: one value as JSON, in UTF-8. */
extern void template_append_json(StringInfo out, const TemplateValue *value);

/* template_has_list: whether "{name[]:argument}" is in the template. */
extern bool template_has_list(const Template *template, const char *name, const char *argument);

/* template_value: a value of that kind, allocated in the current context. */
extern TemplateValue *template_value(JsonKind kind, const char *text);

#endif							/* STOCKBRIDGE_TEMPLATE_H */
