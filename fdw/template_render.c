/*
 * template_render.c
 *		Compiled templates as the bytes that are sent.
 *
 * A value is encoded for the place that the compiler has noted (template.c), so
 * whatever it holds, it ends up as one path segment, one query value, one JSON
 * value, one header value.
 *
 * Calls nothing that waits but what gives the values.  Memory belongs to the
 * current context.
 */
#include "postgres.h"

#include "compat.h"
#include "mb/pg_wchar.h"
#include "template_private.h"
#include "transport.h"

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

TemplateValue *
template_value(JsonKind kind, const char *text)
{
	TemplateValue *value = palloc0(sizeof(TemplateValue));

	value->kind = kind;
	value->text = text;
	return value;
}
