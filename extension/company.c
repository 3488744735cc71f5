/*
 * company.c
 *		stockbridge.company_request(): one request to a company, for set-up.
 *
 * What prepare_company() asks and installs goes through here, with the caller's
 * rights and user mapping.  What came of it is returned, not raised.
 */
#include "postgres.h"

#include "fmgr.h"
#include "foreign/foreign.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"

#include "../fdw/compat.h"
#include "../fdw/service_layer.h"
#include "../fdw/transport.h"

PG_FUNCTION_INFO_V1(stockbridge_company_request);

/* Send and wait. */
static ServiceLayerAnswer *
ask(Oid server, const ServiceLayerCall *call)
{
	ServiceLayerPending *pending;

	while ((pending = service_layer_begin(server, GetUserId(), call, 1)) == NULL)
		transport_wait(100);
	while (!service_layer_is_done(pending))
		transport_wait(100);
	return service_layer_end(pending);
}

static Datum
text_or_null(const char *text, bool *isnull)
{
	*isnull = (text == NULL);
	return text == NULL ? (Datum) 0 : CStringGetTextDatum(text);
}

static char *
text_argument(FunctionCallInfo fcinfo, int i)
{
	return PG_ARGISNULL(i) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(i));
}

Datum
stockbridge_company_request(PG_FUNCTION_ARGS)
{
	char	   *name = PG_ARGISNULL(0) ? NULL : NameStr(*PG_GETARG_NAME(0));
	ServiceLayerCall call = {
		.method = text_argument(fcinfo, 1),
		.path = text_argument(fcinfo, 2),
		.body = text_argument(fcinfo, 3),
	};
	ForeignServer *server;
	ServiceLayerAnswer *answer;
	TupleDesc	tupdesc;
	Datum		values[4];
	bool		nulls[4];

	if (name == NULL || call.method == NULL || call.path == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("a request needs a server, a method and a path")));
	server = GetForeignServerByName(name, false);
	if (compat_server_aclcheck(server->serverid, GetUserId(), ACL_USAGE) != ACLCHECK_OK)
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_FOREIGN_SERVER, name);
	call.is_write = strcmp(call.method, "GET") != 0;
	answer = ask(server->serverid, &call);

	if (get_call_result_type(fcinfo, NULL, &tupdesc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	nulls[0] = (answer->outcome != HTTP_ANSWERED || answer->status == 0);
	values[0] = Int32GetDatum(answer->status);
	values[1] = text_or_null(answer->error_code, &nulls[1]);
	values[2] = text_or_null(answer->error_message, &nulls[2]);
	values[3] = text_or_null(answer->body, &nulls[3]);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(tupdesc), values, nulls)));
}
