/*
 * context.c
 *		Answers in the words of either protocol version (SL 2).
 *
 * Knows the envelope of errors and the names of control members; knows nothing
 * of entities or of the transport.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "context.h"

const char *
request_header(const Context *context, const char *name)
{
	const Request *request = context->request;

	return request->header == NULL ? NULL : request->header(request->header_source, name);
}

bool
request_flag(const Context *context, const char *name)
{
	const char *value = request_header(context, name);

	return value != NULL && (strcasecmp(value, "true") == 0 || strcasecmp(value, "yes") == 0 ||
							 strcasecmp(value, "tyes") == 0 || strcmp(value, "1") == 0);
}

void
response_header(Response *response, const char *name, const char *format,...)
{
	va_list		arguments;

	if (response->header_count == RESPONSE_HEADERS)
		return;
	va_start(arguments, format);
	vsnprintf(response->header[response->header_count].value,
			  sizeof(response->header[0].value), format, arguments);
	va_end(arguments);
	response->header[response->header_count++].name = name;
}

void
response_reset(Response *response)
{
	buffer_reset(&response->body);
	response->status = 0;
	response->content_type = NULL;
	response->header_count = 0;
}

void
response_free(Response *response)
{
	buffer_free(&response->body);
}

void
json_put_control(Buffer *buffer, int version, const char *name)
{
	buffer_printf(buffer, "\"%sodata.%s\" : ", version == 1 ? "" : "@", name);
}

void
respond_json(Context *context, int status)
{
	Response   *response = context->response;

	response->status = status;
	response->content_type = context->version == 1 ?
		"application/json;odata=minimalmetadata;charset=utf-8" :
		"application/json;odata.metadata=minimal;charset=utf-8";
}

void
respond_empty(Context *context)
{
	buffer_reset(&context->response->body);
	context->response->status = 204;
	context->response->content_type = NULL;
}

bool
respond_error(Context *context, int status, const char *code, const char *format,...)
{
	Buffer	   *body = &context->response->body;
	va_list		arguments;
	char	   *message;

	va_start(arguments, format);
	message = arena_vprintf(context->arena, format, arguments);
	va_end(arguments);

	response_reset(context->response);
	respond_json(context, status);
	if (context->version == 1)
	{
		buffer_printf(body, "{\n   \"error\" : {\n      \"code\" : %s,\n      \"message\" : {\n"
					  "         \"lang\" : \"en-us\",\n         \"value\" : ", code);
		json_put_string(body, message);
		buffer_puts(body, "\n      }\n   }\n}\n");
	}
	else
	{
		buffer_printf(body, "{\n   \"error\" : {\n      \"code\" : \"%s\",\n"
					  "      \"details\" : [],\n      \"message\" : ", code);
		json_put_string(body, message);
		buffer_puts(body, "\n   }\n}\n");
	}
	return false;
}

bool
respond_not_found(Context *context)
{
	return respond_error(context, 404, "-2028", "No matching records found (ODBC -2028)");
}

/* A statement on the books failed: the simulator's own fault, shown as such. */
bool
respond_database(Context *context)
{
	return respond_error(context, 500, "-1", "Internal error: %s", db_message(context->db));
}

bool
respond_unrecognized(Context *context)
{
	return respond_error(context, 400, "200", "Unrecognized resource path.");
}
