/*
 * odata_write.c
 *		One row into, in, or out of an entity set of OData V4.
 *
 * INSERT is a POST, UPDATE a PATCH of the members that are set, DELETE a
 * DELETE (Part 1, 11.4).  Rows of collections belong to their entity and are
 * not written as rows of their own.  A write is sent once.
 *
 * A service may demand the version of what is to be changed (428): nothing was
 * written then, so the entity is read for its ETag and the write sent with it.
 * Refused is what a status of 4xx says; any other answer that is no success
 * leaves the outcome unknown: SQLSTATE 08007.
 */
#include "postgres.h"

#include "link.h"
#include "mb/pg_wchar.h"
#include "nodes/value.h"
#include "odata.h"
#include "odata_service.h"
#include "rowset.h"
#include "written.h"

List *
odata_write_key(const RemoteTable *table)
{
	const ODataTable *info = odata_table(table);
	ListCell   *lc;

	/* A key within a complex value goes by an alias in addresses, which we do not know. */
	foreach(lc, info->base.keys)
		if (strchr(column_info(table, lfirst_int(lc))->property, '/') != NULL)
			return NIL;
	return info->base.collection == NULL && !info->singleton ? info->base.keys : NIL;
}

int
odata_write_commands(const RemoteTable *table)
{
	if (odata_write_key(table) == NIL)
		return 0;
	return (1 << CMD_INSERT) | (1 << CMD_UPDATE) | (1 << CMD_DELETE);
}

/* As for Business One: by the option "etag" of the table, else of the server. */
bool
odata_has_version(const RemoteTable *table)
{
	return odata_write_key(table) != NIL &&
		strcmp(odata_table_option(table, "etag", "auto"), "off") != 0;
}

/*
 * Rendering
 */

/* Whether a path is below an object: "Address/City" below "Address/". */
static const char *
below(const char *path, const char *prefix)
{
	size_t		len = strlen(prefix);

	return strncmp(path, prefix, len) == 0 ? path + len : NULL;
}

/* The members of one object: of the entity, or of the complex value at a path. */
static void
append_object(StringInfo buf, const RowWrite *write, const char *prefix, bool strings)
{
	List	   *done = NIL;
	ListCell   *lc;

	appendStringInfoChar(buf, '{');
	foreach(lc, write->values)
	{
		const RemoteValue *value = lfirst(lc);
		const char *rest = below(column_info(write->table, value->attno)->property, prefix);
		char	   *member = rest ? pnstrdup(rest, strcspn(rest, "/")) : NULL;

		if (member == NULL || list_member(done, makeString(member)))
			continue;
		if (done != NIL)
			appendStringInfoChar(buf, ',');
		done = lappend(done, makeString(member));
		json_append_string(buf, member);
		appendStringInfoChar(buf, ':');
		if (strchr(rest, '/') != NULL)
			append_object(buf, write, psprintf("%s%s/", prefix, member), strings);
		else
			odata_append_json(buf, &write->table->columns[value->attno - 1],
							  odata_column(write->table, value->attno)->type, value->text, strings);
	}
	appendStringInfoChar(buf, '}');
}

/*
 * Whether a number has more digits than a double keeps: many services read
 * JSON numbers as doubles, and strings in their place if the request says so
 * (JSON format, 3.2).
 */
static bool
needs_strings(const RowWrite *write)
{
	ListCell   *lc;

	foreach(lc, write->values)
	{
		const RemoteValue *value = lfirst(lc);
		StringInfoData ignored;

		initStringInfo(&ignored);
		if (value->text != NULL && odata_column(write->table, value->attno)->type->is_wide &&
			!odata_append_number(&ignored, value->text))
			return true;
	}
	return false;
}

static char *
render_body(const RowWrite *write)
{
	StringInfoData buf;

	initStringInfo(&buf);
	append_object(&buf, write, "", needs_strings(write));
	return pg_server_to_any(buf.data, buf.len, PG_UTF8);
}

/* The literal of one key column, in UTF-8. */
static char *
key_literal(const RowWrite *write, const RemoteValue *value)
{
	const RemoteColumn *column = &write->table->columns[value->attno - 1];
	const ODataType *type = odata_column(write->table, value->attno)->type;
	StringInfoData buf;

	initStringInfo(&buf);
	/* A number is itself here, however many digits it has. */
	if (type->ships & ODATA_KEYSET)
		appendStringInfoString(&buf, value->text);
	else if (type->literal == NULL || !type->literal(&buf, column, value->text))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("a row of foreign table %s cannot be addressed: value %s of key column \"%s\" has no literal",
						write->table->name, value->text, column->name)));
	return buf.data;
}

/* "Products(1)", "Prices(Item='A',List=2)"; encoded for a URL, or to be read. */
static char *
render_address(const RowWrite *write, bool encoded)
{
	const char *entity = table_info(write->table)->entity;
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	appendStringInfo(&buf, "%s(", encoded ? url_encode(entity) : entity);
	foreach(lc, write->key)
	{
		const RemoteValue *value = lfirst(lc);
		char	   *literal = key_literal(write, value);

		appendStringInfo(&buf, "%s%s%s%s", foreach_current_index(lc) ? "," : "",
						 list_length(write->key) > 1 ? column_info(write->table, value->attno)->property : "",
						 list_length(write->key) > 1 ? "=" : "",
						 encoded ? url_encode(literal) : pg_any_to_server(literal, strlen(literal), PG_UTF8));
	}
	appendStringInfoChar(&buf, ')');
	return buf.data;
}

/*
 * Sending
 */

static char *
describe_attempt(const RowWrite *write)
{
	if (write->name == NULL)
		return psprintf("inserting into entity set %s", table_info(write->table)->entity);
	return psprintf("%s %s", write->operation == CMD_INSERT ? "inserting" :
					write->operation == CMD_UPDATE ? "updating" : "deleting", write->name);
}

static bool
is_done(const HttpResponse *response)
{
	return response->outcome == HTTP_ANSWERED && response->status >= 200 && response->status < 300;
}

/* Nothing was written: it never left, or the service says that it will not. */
static bool
is_refused(const HttpResponse *response)
{
	return response->outcome == HTTP_NOT_SENT ||
		(response->outcome == HTTP_ANSWERED && response->status >= 300 &&
		 response->status < 500 && response->status != 408);
}

static void
raise_unknown(const RowWrite *write, const HttpResponse *response)
{
	ereport(ERROR,
			(errcode(ERRCODE_TRANSACTION_RESOLUTION_UNKNOWN),
			 errmsg("the outcome of %s at server \"%s\" is not known", describe_attempt(write),
					write->table->server->name),
			 response->outcome == HTTP_ANSWERED ?
			 errdetail("The answer was HTTP status %d.", response->status) :
			 errdetail("The request was sent, but no whole answer was received: %s.",
					   response->failure_text ? response->failure_text : "the connection ended"),
			 errhint("Look whether it has been carried out before you try again.")));
}

/* A read that belongs to a write; NULL if there is no such entity. */
static HttpResponse *
read_entity(const RowWrite *write, const char *url)
{
	ODataRequest request = {.method = "GET", .url = url, .accept = odata_accept_json};
	HttpResponse *response = transfer_wait(odata_start(write->table->server, &request));

	if (response->outcome == HTTP_ANSWERED && response->status == 404 &&
		odata_error_message(response) != NULL)
		return NULL;
	if (response->outcome != HTTP_ANSWERED || response->status != 200)
		odata_raise(write->table->server, response,
					psprintf("reading %s", write->name ? write->name : table_info(write->table)->entity));
	return response;
}

/* The version of an entity as it is now, NULL if it has none or is not there. */
static char *
read_version(const RowWrite *write, const char *url)
{
	HttpResponse *response = read_entity(write, url);
	char	   *version = NULL;

	if (response != NULL)
		version = json_scalar(response->body, response->body_len, "/@odata.etag");
	if (response != NULL && version == NULL)
		version = json_scalar(response->body, response->body_len, "/@etag");
	if (response != NULL && version == NULL && http_header(response, "ETag") != NULL)
		version = pstrdup(http_header(response, "ETag"));
	return version;
}

/* Send a write and report what has become of it. */
static HttpResponse *
send_once(const RowWrite *write, const ODataRequest *request)
{
	char	   *names[1] = {write->name};
	HttpResponse *response;

	written_begin(write->table->server, 1, names);
	response = transfer_wait(odata_start(write->table->server, request));
	written_end(is_done(response) ? WRITTEN_DONE :
				is_refused(response) ? WRITTEN_NOT_DONE : WRITTEN_UNKNOWN, names);
	return response;
}

/* Send a write; NULL if there is no such row, errors are raised. */
static HttpResponse *
send_write(const RowWrite *write, ODataRequest *request)
{
	HttpResponse *response = send_once(write, request);

	if (response->outcome == HTTP_ANSWERED && response->status == 428 && request->version == NULL)
	{
		request->version = read_version(write, request->url);
		if (request->version != NULL)
			response = send_once(write, request);
	}
	if (is_done(response))
		return response;
	if (!is_refused(response))
		raise_unknown(write, response);
	/* Only the service knows what is missing; a proxy's 404 says nothing of it. */
	if (response->status == 404 && write->operation != CMD_INSERT &&
		odata_error_message(response) != NULL)
		return NULL;
	odata_raise(write->table->server, response, describe_attempt(write));
}

/*
 * Rows
 */

/* The row as it is after a write: from the answer, or read at its address. */
static bool
return_row(RowWrite *write, HttpResponse *response, const char *url)
{
	if (write->returning == NIL)
		return true;
	if (response->body_len == 0 && url == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("server \"%s\" has carried out %s, but did not return the row",
						write->table->server->name, describe_attempt(write))));
	if (response->body_len == 0)
		response = read_entity(write, url);
	if (response != NULL)
		write->page = odata_parse_row(write, response);
	return response != NULL;
}

/* "Products(7)" of the address of a new entity, as it may be shown. */
static char *
address_name(const char *location)
{
	const char *slash = location ? strrchr(location, '/') : NULL;

	if (slash == NULL || strchr(slash, '(') == NULL || strlen(slash) > NAMEDATALEN * 4 ||
		strspn(slash, "/ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_().,='%-") != strlen(slash))
		return NULL;
	return pstrdup(slash + 1);
}

static bool
insert_row(RowWrite *write)
{
	const RemoteServer *server = write->table->server;
	ODataRequest request = {.method = "POST", .accept = odata_accept_json};
	HttpResponse *response;
	const char *location;

	request.url = psprintf("%s/%s", server->url, url_encode(table_info(write->table)->entity));
	request.body = render_body(write);
	request.strings = needs_strings(write);
	request.prefer = write->returning == NIL ? "return=minimal" : "return=representation";
	response = send_write(write, &request);
	location = http_header(response, "Location");
	if (location == NULL)
		location = http_header(response, "OData-EntityId");
	write->name = address_name(location);
	return return_row(write, response,
					  location ? link_resolve(server->url, request.url, location) : NULL);
}

/* Without its version, a row is not written where the option "etag" requires one. */
static void
check_version(const RowWrite *write)
{
	if (write->version == NULL &&
		strcmp(odata_table_option(write->table, "etag", "auto"), "require") == 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("server \"%s\" gave no version of %s", write->table->server->name,
						write->name),
				 errdetail("Option \"etag\" requires that a row is written only in the version that was read.")));
}

bool
odata_write_row(RowWrite *write)
{
	ODataRequest request = {.accept = odata_accept_json, .version = write->version};
	HttpResponse *response;

	if (write->operation == CMD_INSERT)
		return insert_row(write);
	request.url = psprintf("%s/%s", write->table->server->url, render_address(write, true));
	write->name = render_address(write, false);
	check_version(write);
	if (write->operation == CMD_DELETE)
	{
		request.method = "DELETE";
		if (write->returning != NIL)
		{
			response = read_entity(write, request.url);
			if (response == NULL)
				return false;
			write->page = odata_parse_row(write, response);
		}
		return send_write(write, &request) != NULL;
	}
	request.method = "PATCH";
	request.body = render_body(write);
	request.strings = needs_strings(write);
	request.prefer = write->returning == NIL ? "return=minimal" : "return=representation";
	response = send_write(write, &request);
	return response != NULL && return_row(write, response, request.url);
}

char *
odata_describe_write(const RemoteTable *table, CmdType operation)
{
	const char *entity = table_info(table)->entity;

	if (operation == CMD_INSERT)
		return psprintf("POST %s", entity);
	return psprintf("%s %s(key)", operation == CMD_UPDATE ? "PATCH" : "DELETE", entity);
}
