/*
 * ims_act.c
 *		One step of an act: a request with arguments, sent once, and what came of it.
 *
 * An act is more than one request (create, then wait, assign, done).  Their
 * sequence, and the state between them, is kept in SQL; here is only the
 * sending.  What a remote does wrong is a result and not an error, so that the
 * caller can record it: "done", "refused" (it said no), "not_sent" (no byte can
 * have reached it) or "unknown".
 */
#include "postgres.h"

#include "fmgr.h"
#include "foreign/foreign.h"
#include "funcapi.h"
#include "ims_option.h"
#include "ims_rows.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(stockbridge_send_step);
PG_FUNCTION_INFO_V1(stockbridge_check_step);

/* The value in a JSON object: at a pointer, or of a member. */
static JsonValue
value_in(const char *json, const char *where)
{
	char	   *pointer = *where == '/' ? pstrdup(where) : psprintf("/%s", json_pointer_escape(where));
	RowShape   *shape = row_shape_create("", list_make1(pointer), NIL);
	RowPage    *page = row_shape_parse(shape, json, strlen(json), "the arguments of an act");

	return page->nrows > 0 ? page->values[0] : (JsonValue) {0};
}

static TemplateValue *
required_value(const char *json, const char *where)
{
	JsonValue	value = value_in(json, where);

	if (value.kind == JSON_KIND_ABSENT)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the act has no argument \"%s\"", where),
				 errhint("An earlier step may have to find it, or begin_act() be given it.")));
	return template_value(value.kind, value.text);
}

/* {arg:NAME} or {arg:/pointer}: one of the arguments, in its own JSON type. */
TemplateValue *
ims_value_arg(const ImsContext *context, const TemplateRef *ref)
{
	return required_value(context->arguments, ref->argument);
}

/* {item:NAME}: the same of the element that {each:…} is at. */
TemplateValue *
ims_value_item(const ImsContext *context, const TemplateRef *ref)
{
	if (context->item == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("placeholder \"{item:%s}\" stands outside of {each:…}", ref->argument)));
	return required_value(context->item, ref->argument);
}

TemplateValue *
ims_value_each(const ImsContext *context, const TemplateRef *ref)
{
	TemplateValue *array = required_value(context->arguments, ref->argument);
	RowShape   *shape = row_shape_create("/*", list_make1(""), NIL);
	RowPage    *page = row_shape_parse(shape, array->text ? array->text : "[]",
									   strlen(array->text ? array->text : "[]"), "the arguments of an act");

	array->is_list = true;
	for (int i = 0; i < page->nrows; i++)
	{
		TemplateValue *item = template_value(JSON_KIND_STRUCTURE, page->values[i].text);
		ImsContext *within = palloc(sizeof(ImsContext));

		*within = *context;
		within->item = page->values[i].text;
		item->within = within;
		array->items = lappend(array->items, item);
	}
	return array;
}

static char *
render(const char *text, TemplatePlace place, const char *option, ImsContext *context)
{
	StringInfoData buf;

	initStringInfo(&buf);
	template_render(ims_compile(text, place, TEMPLATE_IN_ACT, option), &buf, ims_lookup, context);
	return buf.data;
}

/* Where the path of "METHOD /path" begins; raises if it is not one. */
static const char *
path_of(const char *request)
{
	size_t		len = strspn(request, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
	const char *path = request + len + strspn(request + len, " \t");

	if (len == 0 || *path != '/')
		ims_bad_option("request", request, "A request is a method and a path, as in \"POST /orders/{arg:order}/ship\".");
	return path;
}

Datum
stockbridge_check_step(PG_FUNCTION_ARGS)
{
	if (!PG_ARGISNULL(0))
		ims_compile(path_of(text_to_cstring(PG_GETARG_TEXT_PP(0))), TEMPLATE_PATH, TEMPLATE_IN_ACT, "request");
	if (!PG_ARGISNULL(1))
		ims_compile(text_to_cstring(PG_GETARG_TEXT_PP(1)), TEMPLATE_JSON, TEMPLATE_IN_ACT, "body");
	PG_RETURN_VOID();
}

/* "METHOD /path" and a body, as they are sent. */
static HttpRequest
build_step(ImsContext *context, const char *request, const char *body, bool is_read)
{
	HttpRequest result = {.is_write = !is_read};
	const char *path = path_of(request);

	result.method = pnstrdup(request, strspn(request, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"));
	result.url = render(path, TEMPLATE_PATH, "request", context);
	result.body = body ? render(body, TEMPLATE_JSON, "body", context) : NULL;
	return result;
}

/* What an answer means for the step. */
static const char *
outcome_of(const ImsServer *server, const HttpResponse *response)
{
	ListCell   *lc;

	if (response->outcome == HTTP_NOT_SENT)
		return "not_sent";
	if (response->outcome == HTTP_UNANSWERED || response->status >= 500 || response->status == 408)
		return list_member_int(server->throttle_status, response->status) ? "not_sent" : "unknown";
	if (list_member_int(server->throttle_status, response->status))
		return "not_sent";
	if (response->status < 200 || response->status > 299 ||
		!ims_finds(server->ok, response->body, response->body_len))
		return "refused";
	foreach(lc, server->error_pointers)
	{
		char	   *text = json_scalar(response->body, response->body_len, lfirst(lc));

		if (text && *text && strcmp(text, "false") != 0 && strcmp(text, "[]") != 0 &&
			strcmp(text, "{}") != 0)
			return "refused";
	}
	return "done";
}

/* An answer as text that can be stored: valid JSON, or nothing. */
static char *
answer_text(const HttpResponse *response)
{
	size_t		len = response->body_len;

	if (response->outcome != HTTP_ANSWERED || len == 0 ||
		(size_t) pg_encoding_verifymbstr(PG_UTF8, response->body, (int) len) != len ||
		json_scalar(response->body, len, "") == NULL)
		return NULL;
	return pg_any_to_server(response->body, len, PG_UTF8);
}

static HttpResponse *
send_step(ImsContext *context, const char *request, const char *body, bool is_read)
{
	HttpRequest step = build_step(context, request, body, is_read);
	HttpRequest again = step;
	HttpResponse *response = ims_request_once(context, NULL, &step, NIL, false);

	/* A dead login did nothing: once more with a new one. */
	if (response->outcome == HTTP_ANSWERED && response->status == 401 && context->session)
	{
		session_retire((Session *) context->session);
		response = ims_request_once(context, NULL, &again, NIL, false);
	}
	if (response->outcome == HTTP_ANSWERED && ims_is_throttled(context->server, response))
		ims_throttled(context->server, response, 0);
	return response;
}

/*
 * send_step(server, request, body, arguments, is_read) → outcome, status, answer, message
 */
Datum
stockbridge_send_step(PG_FUNCTION_ARGS)
{
	ForeignServer *foreign = GetForeignServerByName(NameStr(*PG_GETARG_NAME(0)), false);
	RemoteServer *remote = remote_server_open(foreign->serverid, GetUserId());
	ImsContext	context = {0};
	HttpResponse *response;
	TupleDesc	desc;
	Datum		values[4] = {0};
	bool		nulls[4] = {false, false, false, false};
	char	   *answer;
	char	   *message;

	if (remote->connector != &ims_connector)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("server \"%s\" is not a server of ims_fdw", remote->name)));
	context.server = ims_server_open(remote);
	context.arguments = text_to_cstring(PG_GETARG_TEXT_PP(3));
	response = send_step(&context, text_to_cstring(PG_GETARG_TEXT_PP(1)),
						 PG_ARGISNULL(2) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(2)),
						 PG_GETARG_BOOL(4));
	answer = answer_text(response);
	message = response->outcome == HTTP_ANSWERED ? ims_remote_message(context.server, response)
		: pstrdup(response->failure_text);
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	values[0] = CStringGetTextDatum(outcome_of(context.server, response));
	values[1] = Int32GetDatum(response->status);
	nulls[2] = answer == NULL;
	if (answer)
		values[2] = CStringGetTextDatum(answer);
	nulls[3] = message == NULL;
	if (message)
		values[3] = CStringGetTextDatum(message);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}
