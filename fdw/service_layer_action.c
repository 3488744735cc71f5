/*
 * service_layer_action.c
 *		Actions of entities and operations of the company, as SQL functions.
 *
 * What a PATCH cannot say has actions in Business One: Close, Cancel, Reopen of
 * a document, and the operations of services (SL §5.3, §5.4).  They run with
 * the caller's user mapping; whoever may UPDATE a foreign table may call the
 * actions of its rows, whoever has USAGE on a server its operations.
 *
 * An action is a write like any other: sent once, 08007 if its outcome is not
 * known, told of at a rollback.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "compat.h"
#include "fmgr.h"
#include "foreign/foreign.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "odata.h"
#include "service_layer_write.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(stockbridge_call_action);
PG_FUNCTION_INFO_V1(stockbridge_call_service);

/*
 * Operations that only read.  In version 2 they are functions, called by GET;
 * in version 1 everything is called by POST (SL §5.3).
 */
static const char *const reading_operations[] = {
	"CompanyService_GetAdminInfo",
	"CompanyService_GetCompanyInfo",
	"CompanyService_GetPathAdmin",
	"ElectronicDocumentService_GetProtocols",
	"LicenseService_GetInstallationNumber",
	"MessagesService_GetInbox",
	"MessagesService_GetOutbox",
	"SBOBobService_Format_MoneyToString",
	"SBOBobService_GetCurrencyRate",
	"SBOBobService_GetDueDate",
	"SBOBobService_GetIndexRate",
	"SBOBobService_GetLocalCurrency",
	"SBOBobService_GetSystemCurrency",
	"SBOBobService_GetSystemPermission",
	"UserMenuService_GetCurrentUserMenu",
};

static bool
only_reads(const char *operation)
{
	for (size_t i = 0; i < lengthof(reading_operations); i++)
		if (strcmp(reading_operations[i], operation) == 0)
			return true;
	return false;
}

/* A name becomes part of a path: nothing that delimits there may pass. */
static void
check_operation(const char *name)
{
	if (*name == '\0' ||
		strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") != strlen(name))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" is no name of an action or operation", name),
				 errhint("Names are those of $metadata, as in Close or CompanyService_GetAdminInfo.")));
}

/* An answer's JSON, NULL if it has none. */
static Datum
answer_json(FunctionCallInfo fcinfo, const HttpResponse *response)
{
	char	   *text;

	if (response->body_len == 0)
		PG_RETURN_NULL();
	text = pg_any_to_server(response->body, (int) response->body_len, PG_UTF8);
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(text));
}

/* Send a call and return its answer; raises unless it was carried out. */
static HttpResponse *
call(const RemoteServer *server, const ServiceLayerRequest *request, const char *name)
{
	char	   *attempted = psprintf("calling %s", name);
	char	   *look = psprintf("Look whether %s has been carried out", name);
	HttpResponse *response;
	WriteVerdict verdict;
	bool		login_failed = false;

	if (request->is_write)
	{
		PreventCommandIfReadOnly(name);
		verdict = service_layer_send_write(server, request, false, name, attempted, look, &response);
	}
	else
	{
		response = service_layer_send(server, request, &login_failed);
		verdict = service_layer_judge(response, login_failed, false);
	}
	if (verdict != WRITE_DONE)
		service_layer_raise_write(server, response, login_failed, WRITE_REFUSED, attempted, look);
	return response;
}

static char *
parameters_text(FunctionCallInfo fcinfo, int argument)
{
	Jsonb	   *parameters;
	char	   *text;

	if (PG_ARGISNULL(argument))
		return NULL;
	parameters = PG_GETARG_JSONB_P(argument);
	if (!JB_ROOT_IS_OBJECT(parameters))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("parameters must be a JSON object")));
	text = JsonbToCString(NULL, &parameters->root, VARSIZE(parameters));
	return pg_server_to_any(text, strlen(text), PG_UTF8);
}

/*
 * Actions of entities
 */

/* The table whose rows have actions; the caller may write to it. */
static RemoteTable *
open_target(Oid relid)
{
	AclResult	allowed = pg_class_aclcheck(relid, GetUserId(), ACL_UPDATE);
	RemoteTable *table;

	if (get_rel_relkind(relid) != RELKIND_FOREIGN_TABLE)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a foreign table", get_rel_name(relid))));
	if (allowed != ACLCHECK_OK)
		aclcheck_error(allowed, OBJECT_FOREIGN_TABLE, get_rel_name(relid));
	table = remote_table_open(relid, GetUserId());
	if (table->server->connector != &service_layer_connector ||
		table_info(table)->collection != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("foreign table %s is no entity set of SAP Business One", table->name)));
	if (list_length(table_info(table)->keys) != 1)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("foreign table %s has not one key column but %d", table->name,
						list_length(table_info(table)->keys)),
				 errhint("Set the option \"key\" of the column that names a row.")));
	return table;
}

/* The key as the column's type spells it, so that nothing else gets into the path. */
static List *
target_key(const RemoteTable *table, const char *text)
{
	RemoteColumn *column = &table->columns[linitial_int(table_info(table)->keys) - 1];
	RemoteValue *value = palloc(sizeof(RemoteValue));
	Oid			input;
	Oid			ioparam;
	Oid			output;
	bool		varlena;

	getTypeInputInfo(column->type, &input, &ioparam);
	getTypeOutputInfo(column->type, &output, &varlena);
	value->attno = column->attno;
	value->text = OidOutputFunctionCall(output,
										OidInputFunctionCall(input, unconstify(char *, text),
															 ioparam, column->typmod));
	return list_make1(value);
}

/* Refuse an action that the import has not found; without its list Business One decides. */
static void
check_action(const RemoteTable *table, const char *action)
{
	const char *actions = remote_option(table->options, "actions");
	const char *name = actions;
	size_t		len = strlen(action);

	check_operation(action);
	while (name != NULL && *name != '\0')
	{
		size_t		name_len = strcspn(name, ", ");

		if (name_len == len && strncmp(name, action, len) == 0)
			return;
		name += name_len + strspn(name + name_len, ", ");
	}
	if (actions != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("rows of foreign table %s have no action \"%s\"", table->name, action),
				 errhint("Their actions are: %s.", actions)));
}

/* call_action(target regclass, key text, action text, parameters jsonb) */
Datum
stockbridge_call_action(PG_FUNCTION_ARGS)
{
	ServiceLayerRequest request = {.method = "POST", .is_write = true};
	RemoteTable *table;
	List	   *key;
	char	   *action;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("target, key and action must not be null")));
	table = open_target(PG_GETARG_OID(0));
	key = target_key(table, text_to_cstring(PG_GETARG_TEXT_PP(1)));
	action = text_to_cstring(PG_GETARG_TEXT_PP(2));
	check_action(table, action);
	request.url = psprintf("%s/%s/%s", table->server->url, service_layer_key_path(table, key), action);
	request.body = parameters_text(fcinfo, 3);
	return answer_json(fcinfo,
					   call(table->server, &request,
							psprintf("%s/%s", service_layer_key_name(table, key), action)));
}

/*
 * Operations of the company
 */

/* Parameters of a function in its URL: (CardCode='C1',Series=3). */
static char *
function_arguments(Jsonb *parameters)
{
	JsonbIterator *iterator = JsonbIteratorInit(&parameters->root);
	JsonbIteratorToken token;
	JsonbValue	item;
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoChar(&buf, '(');
	while ((token = JsonbIteratorNext(&iterator, &item, true)) != WJB_DONE)
	{
		char	   *text = NULL;
		StringInfoData literal;

		if (token == WJB_KEY)
		{
			text = pnstrdup(item.val.string.val, item.val.string.len);
			check_operation(text);
			appendStringInfo(&buf, "%s%s=", buf.len > 1 ? "," : "", text);
		}
		if (token != WJB_VALUE)
			continue;
		initStringInfo(&literal);
		if (item.type == jbvString)
			odata_append_string(&literal, pnstrdup(item.val.string.val, item.val.string.len));
		else if (item.type == jbvNumeric)
			appendStringInfoString(&literal,
								   DatumGetCString(DirectFunctionCall1(numeric_out,
																	   NumericGetDatum(item.val.numeric))));
		else if (item.type == jbvBool)
			appendStringInfoString(&literal, item.val.boolean ? "true" : "false");
		else
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("parameters of a function must be strings, numbers or booleans")));
		appendStringInfoString(&buf, url_encode(literal.data));
	}
	appendStringInfoChar(&buf, ')');
	return buf.data;
}

static RemoteServer *
open_company(const char *name)
{
	Oid			serverid = get_foreign_server_oid(name, false);
	AclResult	allowed = compat_server_aclcheck(serverid, GetUserId(), ACL_USAGE);
	RemoteServer *server;

	if (allowed != ACLCHECK_OK)
		aclcheck_error(allowed, OBJECT_FOREIGN_SERVER, name);
	server = remote_server_open(serverid, GetUserId());
	if (server->connector != &service_layer_connector)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("server \"%s\" is no Service Layer of SAP Business One", name)));
	return server;
}

/* GET or POST: what the caller says, else what the operation is in this version. */
static bool
is_called_by_get(const RemoteServer *server, const char *operation, const char *method)
{
	size_t		len = strlen(server->url);

	if (method != NULL && strcmp(method, "GET") != 0 && strcmp(method, "POST") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid method \"%s\"", method),
				 errhint("An operation is called by GET or by POST.")));
	if (method != NULL)
		return strcmp(method, "GET") == 0;
	return only_reads(operation) && !(len > 3 && strcmp(server->url + len - 3, "/v1") == 0);
}

/* call_service(server name, operation text, parameters jsonb, method text) */
Datum
stockbridge_call_service(PG_FUNCTION_ARGS)
{
	ServiceLayerRequest request = {0};
	RemoteServer *server;
	char	   *operation;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("server and operation must not be null")));
	server = open_company(NameStr(*PG_GETARG_NAME(0)));
	operation = text_to_cstring(PG_GETARG_TEXT_PP(1));
	check_operation(operation);
	request.url = psprintf("%s/%s", server->url, operation);
	if (is_called_by_get(server, operation,
						 PG_ARGISNULL(3) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(3))))
	{
		request.method = "GET";
		if (parameters_text(fcinfo, 2) != NULL)
			request.url = psprintf("%s%s", request.url, function_arguments(PG_GETARG_JSONB_P(2)));
	}
	else
	{
		request.method = "POST";
		request.body = parameters_text(fcinfo, 2);
		request.is_write = !only_reads(operation);
	}
	return answer_json(fcinfo, call(server, &request, operation));
}
