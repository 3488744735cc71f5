/*
 * ims_value.c
 *		What the placeholders of a template stand for.
 *
 * One table of names and functions.  Secrets come from the user mapping or
 * from the login's answer and go into the rendered request only; when a
 * request is rendered for display, they are replaced by their names.
 */
#include "postgres.h"

#include "ims.h"
#include "option.h"
#include "option_table.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

TemplateValue *
ims_shown_secret(const char *name)
{
	TemplateValue *value = template_value(JSON_KIND_STRING, psprintf("‹%s›", name));

	value->verbatim = true;
	return value;
}

/* ---- one function per placeholder ---- */

static TemplateValue *
number_value(int64 number)
{
	return template_value(JSON_KIND_NUMBER, psprintf(INT64_FORMAT, number));
}

static TemplateValue *
value_limit(const ImsContext *context, const TemplateRef *ref pg_attribute_unused())
{
	return number_value(context->limit);
}

static TemplateValue *
value_offset(const ImsContext *context, const TemplateRef *ref pg_attribute_unused())
{
	return number_value(context->offset);
}

static TemplateValue *
value_page(const ImsContext *context, const TemplateRef *ref pg_attribute_unused())
{
	return number_value(context->page);
}

/* No cursor yet: null in JSON, nothing elsewhere. */
static TemplateValue *
value_cursor(const ImsContext *context, const TemplateRef *ref)
{
	if (context->cursor == NULL && ref->place == TEMPLATE_JSON)
		return template_value(JSON_KIND_NULL, NULL);
	return template_value(JSON_KIND_STRING, context->cursor ? context->cursor : "");
}

static TemplateValue *
value_database(const ImsContext *context, const TemplateRef *ref pg_attribute_unused())
{
	const RemoteServer *remote = context->server->remote;

	return template_value(JSON_KIND_STRING,
						  remote_require_option(remote->options, "database",
												psprintf("server \"%s\"", remote->name)));
}

/* An option of the user mapping, or an error that says how to set it. */
static const char *
user_option(const ImsContext *context, const char *name)
{
	const RemoteServer *remote = context->server->remote;
	const char *value = remote_option(remote->user_options, name);

	if (value)
		return value;
	ereport(ERROR,
			(errcode(ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION),
			 errmsg("server \"%s\" needs option \"%s\" of a user mapping", remote->name, name),
			 errhint("%s USER MAPPING FOR CURRENT_USER SERVER %s OPTIONS (%s%s '…').",
					 OidIsValid(remote->umid) ? "ALTER" : "CREATE",
					 quote_identifier(remote->name),
					 OidIsValid(remote->umid) ? "ADD " : "", quote_identifier(name))));
	return NULL;				/* not reached */
}

static TemplateValue *
value_user(const ImsContext *context, const TemplateRef *ref pg_attribute_unused())
{
	if (context->describe)
		return ims_shown_secret("user");
	return template_value(JSON_KIND_STRING, user_option(context, "user"));
}

static TemplateValue *
value_secret(const ImsContext *context, const TemplateRef *ref)
{
	if (context->describe)
		return ims_shown_secret(ref->argument);
	return template_value(JSON_KIND_STRING, user_option(context, ref->argument));
}

/* What the login answered, while it is being made or afterwards. */
static const char *
login_answer(const ImsContext *context, const TemplateRef *ref)
{
	const char *answer = context->login_answer;

	if (answer == NULL && context->session)
		answer = context->session->login_answer;
	if (answer == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("placeholder \"{%s}\" has no value on server \"%s\"", ref->name,
						context->server->remote->name),
				 errhint("It comes from the login's answer: set the server's option auth to login.")));
	return answer;
}

static TemplateValue *
value_login(const ImsContext *context, const TemplateRef *ref)
{
	const char *answer;
	char	   *text;

	if (context->describe)
		return ims_shown_secret("login");
	answer = login_answer(context, ref);
	text = json_scalar(answer, strlen(answer), ref->argument);
	if (text == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION),
				 errmsg("login to server \"%s\" did not return a value at \"%s\"",
						context->server->remote->name, ref->argument)));
	return template_value(JSON_KIND_STRING, text);
}

static TemplateValue *
value_token(const ImsContext *context, const TemplateRef *ref)
{
	if (context->describe)
		return ims_shown_secret("token");
	if (context->token)
		return template_value(JSON_KIND_STRING, context->token);
	if (context->session == NULL)
		login_answer(context, ref);
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
			 errmsg("placeholder \"{token}\" stands in login_header only"),
			 errhint("Elsewhere, write {login:/pointer}.")));
	return NULL;				/* not reached */
}

/* Parts of a date, as {now:year}; everything else after "now:" is a format. */
static bool
is_date_part(const char *name)
{
	return strcmp(name, "year") == 0 || strcmp(name, "month") == 0 || strcmp(name, "day") == 0;
}

/* {now}, {now:FORMAT}, and the parts of a date {now:year}, {now:month}, {now:day}. */
static TemplateValue *
value_now(const ImsContext *context, const TemplateRef *ref)
{
	TimestampTz now = GetCurrentTimestamp();
	fsec_t		fraction;
	struct pg_tm tm = ims_utc_parts(now, &fraction);

	if (context->describe)
		return ims_shown_secret("now");
	if (ref->argument == NULL)
		return ims_format_time(now, IMS_FORMAT_ISO, NULL);
	if (strcmp(ref->argument, "year") == 0)
		return number_value(tm.tm_year);
	if (strcmp(ref->argument, "month") == 0)
		return number_value(tm.tm_mon);
	if (strcmp(ref->argument, "day") == 0)
		return number_value(tm.tm_mday);
	return ims_format_time(now, ims_format_by_name(ref->argument), context->server->time_zone);
}

static TemplateValue *
value_uuid(const ImsContext *context, const TemplateRef *ref pg_attribute_unused())
{
	if (context->describe)
		return ims_shown_secret("uuid");
	return template_value(JSON_KIND_STRING,
						  DatumGetCString(DirectFunctionCall1(uuid_out,
															  DirectFunctionCall1(gen_random_uuid, (Datum) 0))));
}

/* A column of one of the rows that the request is sent for. */
static TemplateValue *
parent_value(const ImsContext *context, int which, const char *name)
{
	ListCell   *lc;

	foreach(lc, context->parent_attnos)
	{
		const JsonValue *value = &context->parent_rows[which][foreach_current_index(lc)];

		if (strcmp(context->parent->columns[lfirst_int(lc) - 1].name, name) == 0)
			return template_value(value->kind == JSON_KIND_NULL ? JSON_KIND_NULL
								  : ims_kind_of_type(context->parent->columns[lfirst_int(lc) - 1].type),
								  value->text);
	}
	elog(ERROR, "column \"%s\" was not read", name);
}

/* {from:NAME}, or {from[]:NAME} for all rows that one request asks for. */
static TemplateValue *
value_from(const ImsContext *context, const TemplateRef *ref)
{
	TemplateValue *list;

	if (context->nparents == 0)
		return ims_shown_secret(ref->argument);
	if (!ref->is_list)
		return parent_value(context, 0, ref->argument);
	list = template_value(JSON_KIND_STRING, NULL);
	list->is_list = true;
	for (int i = 0; i < context->nparents; i++)
		list->items = lappend(list->items, parent_value(context, i, ref->argument));
	return list;
}

static TemplateValue *
value_signature(const ImsContext *context, const TemplateRef *ref pg_attribute_unused())
{
	if (context->describe || context->signature == NULL)
		return ims_shown_secret("signature");
	return template_value(JSON_KIND_STRING, context->signature);
}

static TemplateValue *
value_scope(const ImsContext *context, const TemplateRef *ref pg_attribute_unused())
{
	return template_value(JSON_KIND_STRING, ims_server_option(context->server, "scope"));
}

/* ---- the table of them ---- */

static const struct
{
	const char *name;
	TemplateValue *(*value) (const ImsContext *context, const TemplateRef *ref);
}			values[] =
{
	{"limit", value_limit},
	{"offset", value_offset},
	{"page", value_page},
	{"cursor", value_cursor},
	{"filters", ims_value_filters},
	{"value", ims_value_value},
	{"values", ims_value_values},
	{"key", ims_value_key},
	{"keys", ims_value_key},
	{"col", ims_value_col},
	{"from", value_from},
	{"since", ims_value_since},
	{"until", ims_value_until},
	{"now", value_now},
	{"uuid", value_uuid},
	{"database", value_database},
	{"user", value_user},
	{"secret", value_secret},
	{"login", value_login},
	{"token", value_token},
	{"signature", value_signature},
	{"scope", value_scope},
	{"set", ims_value_set},
	{"arg", ims_value_arg},
	{"each", ims_value_each},
	{"item", ims_value_item},
};

TemplateValue *
ims_lookup(void *context, const TemplateRef *ref)
{
	for (size_t i = 0; i < lengthof(values); i++)
		if (strcmp(values[i].name, ref->name) == 0)
			return values[i].value(context, ref);
	elog(ERROR, "placeholder {%s} has no function", ref->name);
}

static void
check_secret(const char *name, const char *option)
{
	List	   *names = NIL;

	if (option_find(WRAPPER_IMS, OPTION_OF_USER_MAPPING, name))
		return;
	for (const OptionSpec *spec = option_table; spec->name; spec++)
		if ((spec->wrappers & WRAPPER_IMS) && spec->context == OPTION_OF_USER_MAPPING)
			names = lappend(names, (char *) spec->name);
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
			 errmsg("placeholder \"{secret:%s}\" in option \"%s\" names no option of a user mapping",
					name, option),
			 errhint("Did you mean \"{secret:%s}\"?", nearest_name(name, names))));
}

Template *
ims_compile(const char *text, TemplatePlace place, TemplateScope scope, const char *option)
{
	Template   *template = template_compile(text, place, scope, option);
	ListCell   *lc;

	foreach(lc, template_arguments(template, "secret"))
		check_secret(lfirst(lc), option);
	foreach(lc, template_arguments(template, "now"))
		if (!is_date_part(lfirst(lc)))
			ims_format_by_name(lfirst(lc));
	return template;
}

/* ---- keeping secrets ---- */

/* Replace all occurrences of a text. */
static char *
replace_all(const char *text, const char *find, const char *replacement)
{
	StringInfoData buf;
	const char *hit;

	initStringInfo(&buf);
	while ((hit = strstr(text, find)) != NULL)
	{
		appendBinaryStringInfo(&buf, text, hit - text);
		appendStringInfoString(&buf, replacement);
		text = hit + strlen(find);
	}
	appendStringInfoString(&buf, text);
	return buf.data;
}

char *
ims_redact(const RemoteServer *server, const char *text)
{
	char	   *result = pstrdup(text);
	ListCell   *lc;

	foreach(lc, server->user_options)
	{
		const DefElem *option = lfirst(lc);
		const char *value = remote_option(list_make1((void *) option), option->defname);

		if (strcmp(option->defname, "user") != 0 && *value)
			result = replace_all(result, value, psprintf("‹%s›", option->defname));
	}
	return result;
}
