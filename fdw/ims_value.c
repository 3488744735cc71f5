/*
 * ims_value.c
 *		What the placeholders of a template stand for.
 *
 * One table of names and functions.  Secrets come from the user mapping or
 * from the login's answer and go into the rendered request only; when a
 * request is rendered for display, they are replaced by their names.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "ims.h"
#include "option.h"
#include "option_table.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

/* A value that only is known when the plan runs, for display: "$1". */
static TemplateValue *
shown_parameter(const Predicate *predicate)
{
	TemplateValue *value = template_value(JSON_KIND_STRING, psprintf("$%d", predicate->param + 1));

	value->verbatim = true;
	return value;
}

static TemplateValue *
shown_secret(const char *name)
{
	TemplateValue *value = template_value(JSON_KIND_STRING, psprintf("‹%s›", name));

	value->verbatim = true;
	return value;
}

/* Known only when the plan runs; a parameter that is null has no values either. */
static bool
is_unbound(const Predicate *predicate)
{
	return predicate->values == NIL && predicate->param >= 0;
}

/* The one value of a predicate that a placeholder stands for. */
static TemplateValue *
predicate_value(const ImsContext *context, const Predicate *predicate, int which)
{
	const RemoteColumn *column = &context->request->table->columns[predicate->attno - 1];

	if (which >= list_length(predicate->values))
		return shown_parameter(predicate);
	return ims_format_value(column, predicate->op, list_nth(predicate->values, which));
}

static TemplateValue *
predicate_list(const ImsContext *context, const Predicate *predicate)
{
	TemplateValue *list = template_value(JSON_KIND_STRING, NULL);

	if (is_unbound(predicate))
		return shown_parameter(predicate);
	list->is_list = true;
	for (int i = 0; i < list_length(predicate->values); i++)
		list->items = lappend(list->items, predicate_value(context, predicate, i));
	return list;
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
		return shown_secret("user");
	return template_value(JSON_KIND_STRING, user_option(context, "user"));
}

static TemplateValue *
value_secret(const ImsContext *context, const TemplateRef *ref)
{
	if (context->describe)
		return shown_secret(ref->argument);
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
		return shown_secret("login");
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
		return shown_secret("token");
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
		return shown_secret("now");
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
		return shown_secret("uuid");
	return template_value(JSON_KIND_STRING,
						  DatumGetCString(DirectFunctionCall1(uuid_out,
															  DirectFunctionCall1(gen_random_uuid, (Datum) 0))));
}

/*
 * Infinite times and NaN have no spelling that remotes agree on: such a filter
 * is not sent.
 */
static bool
is_sendable(const RemoteColumn *column, const Predicate *predicate)
{
	bool		is_time = column->type == TIMESTAMPTZOID || column->type == TIMESTAMPOID ||
		column->type == DATEOID;
	ListCell   *lc;

	if (!is_time && ims_kind_of_type(column->type) != JSON_KIND_NUMBER)
		return true;
	foreach(lc, predicate->values)
	{
		const char *text = lfirst(lc);

		if (isalpha((unsigned char) text[*text == '-' ? 1 : 0]))
			return false;
	}
	return true;
}

/* The bound of a predicate on a column, on one side. */
static const Predicate *
find_bound(const Predicate *predicate, int attno, PredicateOp inclusive, PredicateOp strict)
{
	ListCell   *lc;

	if (predicate == NULL)
		return NULL;
	if (predicate->attno == attno &&
		(predicate->op == inclusive || predicate->op == strict || predicate->op == PREDICATE_EQ))
		return predicate;
	if (predicate->op != PREDICATE_AND)
		return NULL;
	foreach(lc, predicate->args)
	{
		const Predicate *found = find_bound(lfirst(lc), attno, inclusive, strict);

		if (found)
			return found;
	}
	return NULL;
}

const Predicate *
ims_since_bound(const ScanRequest *request, bool lower)
{
	const ImsTable *ims = request->table->remote;
	const Predicate *bound = NULL;

	if (ims->since != 0)
		bound = lower ? find_bound(request->predicate, ims->since, PREDICATE_GE, PREDICATE_GT)
			: find_bound(request->predicate, ims->since, PREDICATE_LE, PREDICATE_LT);
	if (bound && !is_sendable(&request->table->columns[ims->since - 1], bound))
		return NULL;
	return bound;
}

/*
 * A lower bound is moved back by since_overlap: what the remote compares need
 * not be to the microsecond what the column shows.
 */
static TemplateValue *
lower_bound_value(const ImsContext *context, const Predicate *bound)
{
	const RemoteTable *table = context->request->table;
	const ImsTable *ims = table->remote;
	const RemoteColumn *column = &table->columns[bound->attno - 1];
	const ImsColumn *own = column->remote;
	TimestampTz when;

	if (ims->since_overlap == 0 || bound->attno != ims->since || bound->values == NIL)
		return predicate_value(context, bound, 0);
	when = ims_column_time(column, linitial(bound->values)) - ims->since_overlap;
	return ims_format_time(when, own->format,
						   column->type == TIMESTAMPTZOID ? own->time_zone : NULL);
}

/* The column that {since} and {until} are about. */
static const ImsColumn *
since_column(const ImsContext *context)
{
	const RemoteTable *table = context->request->table;
	const ImsTable *ims = table->remote;

	if (ims->since == 0)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_OPTION_NAME_NOT_FOUND),
				 errmsg("the request of %s uses {since} or {until}, but option \"since\" names no column",
						table->name)));
	return table->columns[ims->since - 1].remote;
}

/* {since}: the window's start, the query's bound, or all of the past. */
static TemplateValue *
value_since(const ImsContext *context, const TemplateRef *ref pg_attribute_unused())
{
	const ImsColumn *column = since_column(context);
	const Predicate *bound = ims_since_bound(context->request, true);

	if (context->in_window)
		return ims_format_time(context->window_from, column->format, column->time_zone);
	if (bound && (bound->values || is_unbound(bound)))
		return lower_bound_value(context, bound);
	return ims_format_time(SetEpochTimestamp(), column->format, column->time_zone);
}

/* {until}: the window's end, the query's bound, or soon. */
static TemplateValue *
value_until(const ImsContext *context, const TemplateRef *ref pg_attribute_unused())
{
	const ImsColumn *column = since_column(context);
	const Predicate *bound = ims_since_bound(context->request, false);
	TimestampTz until = context->in_window ? context->window_until
		: ims_round_up(GetCurrentTimestamp(), USECS_PER_DAY);

	if (!context->in_window && bound && (bound->values || is_unbound(bound)))
		return predicate_value(context, bound, 0);
	return ims_format_time(ims_round_up(until, ims_format_unit(column->format)),
						   column->format, column->time_zone);
}

/* A column written as a list takes all of its values in one request. */
int
ims_binding_count(const ImsContext *context, const ImsBinding *binding)
{
	const ImsTable *ims = context->request->table->remote;
	int			nvalues = list_length(binding->predicate->values);

	if (nvalues > 1 && (template_has_list(ims->url, "col", binding->column->name) ||
						template_has_list(ims->body, "col", binding->column->name)))
		return 1;
	return nvalues;
}

/*
 * {col:NAME}: the value that the query binds the column to.  With several, one
 * request is sent for each: "combination" counts through all of them.
 */
static TemplateValue *
value_col(const ImsContext *context, const TemplateRef *ref)
{
	int64		combination = context->combination;
	ListCell   *lc;

	if (context->write)
		return ims_written_value(context, ref->argument);
	foreach(lc, context->bindings)
	{
		const ImsBinding *binding = lfirst(lc);
		int			nvalues = Max(1, ims_binding_count(context, binding));

		if (strcmp(binding->column->name, ref->argument) == 0)
			return ref->is_list ? predicate_list(context, binding->predicate)
				: predicate_value(context, binding->predicate, combination % nvalues);
		combination /= nvalues;
	}
	elog(ERROR, "column \"%s\" is not bound", ref->argument);
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
		return shown_secret(ref->argument);
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
		return shown_secret("signature");
	return template_value(JSON_KIND_STRING, context->signature);
}

static TemplateValue *
value_scope(const ImsContext *context, const TemplateRef *ref pg_attribute_unused())
{
	return template_value(JSON_KIND_STRING, ims_server_option(context->server, "scope"));
}

static TemplateValue *
value_value(const ImsContext *context, const TemplateRef *ref pg_attribute_unused())
{
	if (context->filter->op == PREDICATE_GE || context->filter->op == PREDICATE_GT)
		return lower_bound_value(context, context->filter);
	return predicate_value(context, context->filter, context->filter_value);
}

static TemplateValue *
value_values(const ImsContext *context, const TemplateRef *ref pg_attribute_unused())
{
	return predicate_list(context, context->filter);
}

/* {key}, {keys}: as {value}, of what the query's values are known by elsewhere. */
static TemplateValue *
value_key(const ImsContext *context, const TemplateRef *ref)
{
	const RemoteColumn *column = &context->request->table->columns[context->filter->attno - 1];
	const ImsColumn *own = column->remote;
	TemplateValue *list = template_value(JSON_KIND_STRING, NULL);
	ListCell   *lc;

	if (context->describe)
		return shown_secret("key");
	if (strcmp(ref->name, "key") == 0)
		return template_value(own->lookup->key_kind,
							  list_nth(context->filter->values, context->filter_value));
	list->is_list = true;
	foreach(lc, context->filter->values)
		list->items = lappend(list->items, template_value(own->lookup->key_kind, lfirst(lc)));
	return list;
}

/* ---- filters ---- */

/* The comparisons that a filter may stand in for, the narrower first. */
Template *
ims_filter_for(const ImsColumn *column, PredicateOp op)
{
	static const PredicateOp wider[PREDICATE_IN + 1] = {
		[PREDICATE_EQ] = PREDICATE_IN,
		[PREDICATE_GT] = PREDICATE_GE,
		[PREDICATE_LT] = PREDICATE_LE,
	};

	if (op > PREDICATE_IN)
		return NULL;
	if (column->filter[op])
		return column->filter[op];
	return wider[op] ? column->filter[wider[op]] : NULL;
}

static char *
render_filter(ImsContext *context, const Template *template, const Predicate *predicate, int which)
{
	StringInfoData buf;

	initStringInfo(&buf);
	context->filter = predicate;
	context->filter_value = which;
	template_render(template, &buf, ims_lookup, context);
	return buf.data;
}

/*
 * Filters of the conjuncts that the remote understands.  What it does not is
 * left out: the answer then holds more rows, and the executor checks them all.
 */
static List *
render_conjuncts(ImsContext *context, const Predicate *predicate)
{
	List	   *pieces = NIL;
	const RemoteColumn *column;
	const Template *filter;
	ListCell   *lc;

	if (predicate == NULL)
		return NIL;
	if (predicate->op == PREDICATE_AND)
	{
		foreach(lc, predicate->args)
			pieces = list_concat(pieces, render_conjuncts(context, lfirst(lc)));
		return pieces;
	}
	if (predicate->op < PREDICATE_EQ || predicate->op > PREDICATE_IN ||
		(predicate->values == NIL && !is_unbound(predicate)))
		return NIL;
	column = &context->request->table->columns[predicate->attno - 1];
	filter = ims_filter_for(column->remote, predicate->op);
	if (filter == NULL || !is_sendable(column, predicate))
		return NIL;
	if (predicate->op != PREDICATE_IN || template_find(filter, "values") || template_find(filter, "keys"))
		return list_make1(render_filter(context, filter, predicate, 0));
	for (int i = 0; i < Max(1, list_length(predicate->values)); i++)
		pieces = lappend(pieces, render_filter(context, filter, predicate, i));
	return pieces;
}

static TemplateValue *
value_filters(const ImsContext *context, const TemplateRef *ref pg_attribute_unused())
{
	TemplateValue *value = template_value(JSON_KIND_STRING, NULL);
	ImsContext	inner = *context;

	value->pieces = render_conjuncts(&inner, context->request->predicate);
	return value;
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
	{"filters", value_filters},
	{"value", value_value},
	{"values", value_values},
	{"key", value_key},
	{"keys", value_key},
	{"col", value_col},
	{"from", value_from},
	{"since", value_since},
	{"until", value_until},
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
