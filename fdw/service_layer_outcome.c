/*
 * service_layer_outcome.c
 *		What an answer to a write means, and how it is told.
 *
 * The rule is SL §7: refused is only what Business One itself says it has
 * refused.  Everything else that does not say that the write is done (no
 * answer, a gateway's page, a body that cannot be read) leaves the outcome
 * unknown: SQLSTATE 08007, with what to look for.  Nothing is sent twice.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "rowset.h"
#include "service_layer_write.h"
#include "written.h"

/* Business One's own number inside of a wrapping -10 (SL §7): the key exists. */
#define DUPLICATE_MASTER	"1320000140"

/* A Location beyond this names no row that is worth telling. */
#define MAX_NAME_LENGTH		1000

static bool
is_code(const HttpResponse *response, const char *code)
{
	char	   *found = odata_error_code(response);

	return found != NULL && strcmp(found, code) == 0;
}

/* Whether a body is one whole JSON object, as every answer with content is. */
static bool
is_json_object(const HttpResponse *response)
{
	char	   *text = json_scalar(response->body, response->body_len, "");

	return text != NULL && text[0] == '{';
}

/* Whether the status says that the write is done, and the body agrees. */
static bool
is_done(const HttpResponse *response)
{
	switch (response->status)
	{
		case 204:
			return true;
		case 201:
		case 200:
			return response->body_len == 0 || is_json_object(response);
		default:
			return false;
	}
}

WriteVerdict
service_layer_judge(const HttpResponse *response, bool login_failed, bool may_become_draft)
{
	if (login_failed || response->outcome == HTTP_NOT_SENT)
		return WRITE_REFUSED;
	if (response->outcome != HTTP_ANSWERED)
		return WRITE_UNKNOWN;
	if (is_done(response))
		return WRITE_DONE;
	if (response->status < 300 || response->status >= 500 || response->status == 408)
		return WRITE_UNKNOWN;
	if (is_code(response, "-2028") && may_become_draft)
		return WRITE_UNKNOWN;
	/* Only Business One knows what is missing; a proxy's 404 says nothing of it. */
	if (response->status == 404 && odata_error_message(response) != NULL)
		return WRITE_MISSING;
	return WRITE_REFUSED;
}

bool
service_layer_makes_document(const RemoteTable *table)
{
	const TableInfo *info = table_info(table);

	return list_length(info->keys) == 1 &&
		strcmp(column_info(table, linitial_int(info->keys))->property, "DocEntry") == 0;
}

/* What came instead of an answer that settles it. */
static const char *
describe_answer(const HttpResponse *response)
{
	const char *message;

	if (response->outcome != HTTP_ANSWERED)
		return psprintf("no whole answer was received: %s",
						response->failure_text ? response->failure_text : "the connection ended");
	message = odata_error_message(response);
	if (message != NULL)
		return psprintf("the answer was HTTP status %d, error code %s: %s", response->status,
						odata_error_code(response) ? odata_error_code(response) : "none",
						message);
	return psprintf("the answer was HTTP status %d with a body that cannot be read",
					response->status);
}

static void
raise_unknown(const RemoteServer *server, const HttpResponse *response, const char *attempted,
			  const char *look)
{
	bool		draft = response->outcome == HTTP_ANSWERED && response->status < 500 &&
		is_code(response, "-2028");

	ereport(ERROR,
			(errcode(ERRCODE_TRANSACTION_RESOLUTION_UNKNOWN),
			 errmsg("the outcome of %s at server \"%s\" is not known", attempted, server->name),
			 errdetail("The request was sent, but %s.", describe_answer(response)),
			 draft ? errhint("A code that it refers to may be unknown, or an approval procedure has made it a draft. Look into Drafts before you try again.") :
			 errhint("%s before you try again.", look)));
}

/* Refusals that have a SQLSTATE of their own; others are raised by the caller. */
static void
raise_known_refusal(const RemoteServer *server, const HttpResponse *response, const char *attempted)
{
	char	   *message = odata_error_message(response);

	if (message == NULL)
		return;
	if (is_code(response, "-2035") ||
		strncmp(message, DUPLICATE_MASTER, strlen(DUPLICATE_MASTER)) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNIQUE_VIOLATION),
				 errmsg("server \"%s\" refused %s: %s", server->name, attempted, message)));
	if (response->status == 412 || is_code(response, "-2039"))
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("server \"%s\" refused %s: it has been changed since it was read",
						server->name, attempted),
				 errdetail("Business One says: %s", message),
				 errhint("Run the statement again: it then starts from the present state.")));
	if (response->status == 404)
		ereport(ERROR,
				(errcode(ERRCODE_NO_DATA_FOUND),
				 errmsg("server \"%s\" refused %s: %s", server->name, attempted, message),
				 errhint("Check the key, and that Business One knows the entity set or action in this place.")));
}

void
service_layer_raise_write(const RemoteServer *server, const HttpResponse *response,
						  bool login_failed, WriteVerdict verdict, const char *attempted,
						  const char *look)
{
	if (verdict == WRITE_UNKNOWN)
		raise_unknown(server, response, attempted, look);
	if (!login_failed && response->outcome == HTTP_ANSWERED)
		raise_known_refusal(server, response, attempted);
	service_layer_raise(server, response, login_failed, attempted);
}

WriteVerdict
service_layer_send_write(const RemoteServer *server, const ServiceLayerRequest *call,
						 bool may_become_draft, const char *name, const char *attempted,
						 const char *look, HttpResponse **answer)
{
	char	   *names[1] = {unconstify(char *, name)};
	bool		login_failed;
	WriteVerdict verdict;
	const char *location;

	written_begin(server, 1, names);
	*answer = service_layer_send(server, call, &login_failed);
	verdict = service_layer_judge(*answer, login_failed, may_become_draft);
	location = verdict == WRITE_DONE ? http_header(*answer, "Location") : NULL;
	if (location != NULL && service_layer_location_name(location) != NULL)
		names[0] = service_layer_location_name(location);
	written_end(verdict == WRITE_DONE ? WRITTEN_DONE :
				verdict == WRITE_UNKNOWN ? WRITTEN_UNKNOWN : WRITTEN_NOT_DONE, names);
	if (verdict == WRITE_REFUSED || verdict == WRITE_UNKNOWN)
		service_layer_raise_write(server, *answer, login_failed, verdict, attempted, look);
	return verdict;
}

/* A hexadecimal digit's value, -1 if it is none. */
static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = pg_tolower((unsigned char) c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

char *
service_layer_location_name(const char *location)
{
	const char *start = strstr(location, "/b1s/v");
	StringInfoData name;

	start = start ? strchr(start + strlen("/b1s/v"), '/') : strrchr(location, '/');
	if (start == NULL || strchr(start, '(') == NULL || strlen(start) > MAX_NAME_LENGTH)
		return NULL;
	initStringInfo(&name);
	for (start++; *start; start++)
	{
		int			high = start[0] == '%' ? hex_value(start[1]) : -1;
		int			low = high >= 0 ? hex_value(start[2]) : -1;
		int			byte = low < 0 ? (unsigned char) *start : high << 4 | low;

		/* It is for reading, and comes from outside. */
		if (byte < ' ' || (byte >= 0x80 && GetDatabaseEncoding() != PG_UTF8))
			return NULL;
		appendStringInfoChar(&name, (char) byte);
		if (low >= 0)
			start += 2;
	}
	return pg_verify_mbstr(PG_UTF8, name.data, name.len, true) ? name.data : NULL;
}
