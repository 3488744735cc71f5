/*
 * ims_write.c
 *		INSERT, UPDATE and DELETE by the requests that a table declares.
 *
 * A row is one request, sent once.  What comes back decides: an answer that
 * says no is an error, one that cannot be relied on is 08007, for the outcome
 * is not known.  Only an answer that proves that nothing was done (401 of a dead
 * login, a status that the options call throttling) lets it be sent again.
 */
#include "postgres.h"

#include "ims_rows.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "written.h"

/* ---- what is written ---- */

static const RemoteValue *
find_value(const List *values, int attno)
{
	ListCell   *lc;

	foreach(lc, values)
		if (((RemoteValue *) lfirst(lc))->attno == attno)
			return lfirst(lc);
	return NULL;
}

static TemplateValue *
formatted(const RemoteColumn *column, const char *text)
{
	return text ? ims_format_value(column, PREDICATE_EQ, text)
		: template_value(JSON_KIND_NULL, NULL);
}

TemplateValue *
ims_written_value(const ImsContext *context, const char *name)
{
	const RowWrite *write = context->write;
	const RemoteColumn *column = ims_column_by_name(write->table, name, "insert, update or delete");
	const RemoteValue *value = find_value(write->values, column->attno);
	TemplateValue *shown;

	if (context->describe)
	{
		shown = template_value(JSON_KIND_STRING, psprintf("‹%s›", name));
		shown->verbatim = true;
		return shown;
	}
	if (value == NULL)
		value = find_value(write->key, column->attno);
	if (value == NULL && write->operation == CMD_UPDATE)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_UNABLE_TO_CREATE_EXECUTION),
				 errmsg("an update of %s needs a value of column \"%s\"", write->table->name, name),
				 errhint("The request sends it whatever else changes: SET %s as well.",
						 quote_identifier(name))));
	return formatted(column, value ? value->text : NULL);
}

/* A member of the object that {set} stands for: path, and value. */
typedef struct Member
{
	const char *path;			/* "name", or "outer/name" */
	TemplateValue *value;
} Member;

static List *
written_members(const RowWrite *write)
{
	List	   *members = NIL;
	ListCell   *lc;

	foreach(lc, write->values)
	{
		const RemoteValue *value = lfirst(lc);
		const RemoteColumn *column = &write->table->columns[value->attno - 1];
		const ImsColumn *ims = column->remote;
		Member	   *member;

		if (ims->write == NULL)
			continue;			/* used elsewhere in the request: check_used() */
		member = palloc(sizeof(Member));
		member->path = ims->write;
		member->value = formatted(column, value->text);
		members = lappend(members, member);
	}
	return members;
}

/* Members as a JSON object; those of "outer/…" become an object of their own. */
static void
append_object(StringInfo buf, List *members)
{
	List	   *done = NIL;
	ListCell   *lc;

	appendStringInfoChar(buf, '{');
	foreach(lc, members)
	{
		const Member *member = lfirst(lc);
		size_t		len = strcspn(member->path, "/");
		char	   *name = pnstrdup(member->path, len);
		List	   *inner = NIL;
		ListCell   *lm;

		if (list_member(done, makeString(name)))
			continue;
		json_append_string(buf, (done ? (appendStringInfoChar(buf, ','), name) : name));
		done = lappend(done, makeString(name));
		appendStringInfoChar(buf, ':');
		if (member->path[len] == '\0')
		{
			template_append_json(buf, member->value);
			continue;
		}
		foreach(lm, members)
		{
			const Member *other = lfirst(lm);
			Member	   *below = palloc(sizeof(Member));

			if (strncmp(other->path, member->path, len + 1) != 0)
				continue;
			*below = *other;
			below->path += len + 1;
			inner = lappend(inner, below);
		}
		append_object(buf, inner);
	}
	appendStringInfoChar(buf, '}');
}

/* In a query or a form: name=value pairs. */
static List *
as_pairs(const List *members)
{
	List	   *pairs = NIL;
	ListCell   *lc;

	foreach(lc, members)
	{
		const Member *member = lfirst(lc);

		pairs = lappend(pairs, psprintf("%s=%s", url_encode(member->path),
										url_encode(member->value->text ? member->value->text : "")));
	}
	return pairs;
}

TemplateValue *
ims_value_set(const ImsContext *context, const TemplateRef *ref)
{
	TemplateValue *value = template_value(JSON_KIND_STRUCTURE, "‹set›");
	StringInfoData buf;
	List	   *members;

	if (context->describe)
	{
		value->verbatim = true;
		return value;
	}
	members = written_members(context->write);
	if (ref->place == TEMPLATE_QUERY)
	{
		value->pieces = as_pairs(members);
		return value;
	}
	initStringInfo(&buf);
	append_object(&buf, members);
	value->text = buf.data;
	return value;
}

/* ---- sending ---- */

List *
ims_write_key(const RemoteTable *table)
{
	const ImsTable *ims = table->remote;

	return ims->key;
}

static char *
render(const Template *template, ImsContext *context)
{
	StringInfoData buf;

	if (template == NULL)
		return NULL;
	initStringInfo(&buf);
	template_render(template, &buf, ims_lookup, context);
	return buf.data;
}

/* "inserting into ims.products", and the key if there is one, for messages. */
static char *
described(const RowWrite *write)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	appendStringInfo(&buf, "%s %s",
					 write->operation == CMD_INSERT ? "inserting into" :
					 write->operation == CMD_UPDATE ? "updating" : "deleting from",
					 write->table->name);
	foreach(lc, write->key)
	{
		const RemoteValue *value = lfirst(lc);

		appendStringInfo(&buf, "%s%s %s", foreach_current_index(lc) ? ", " : " the row with ",
						 write->table->columns[value->attno - 1].name, value->text);
	}
	return buf.data;
}

/* "wms.products sku A1": the row in a message, as far as its key is known. */
static char *
row_name(const RowWrite *write)
{
	const ImsTable *ims = write->table->remote;
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	appendStringInfoString(&buf, write->table->name);
	foreach(lc, ims->key)
	{
		const RemoteValue *value = find_value(write->key, lfirst_int(lc));

		if (value == NULL)
			value = find_value(write->values, lfirst_int(lc));
		if (value != NULL && value->text != NULL)
			appendStringInfo(&buf, " %s %s", write->table->columns[lfirst_int(lc) - 1].name,
							 value->text);
	}
	return buf.data;
}

static void
raise_unknown(const RowWrite *write, const char *cause)
{
	ereport(ERROR,
			(errcode(ERRCODE_TRANSACTION_RESOLUTION_UNKNOWN),
			 errmsg("server \"%s\" gave no answer that can be relied on while %s",
					write->table->server->name, described(write)),
			 errdetail("%s. The row may have been written or not.", cause),
			 errhint("Look before you try again.")));
}

static void
raise_refused(const RowWrite *write, const HttpResponse *response)
{
	const ImsTable *ims = write->table->remote;
	char	   *message = ims_remote_message(ims->server, response);
	int			code = ERRCODE_FDW_ERROR;

	written_end(WRITTEN_NOT_DONE, NULL);

	if (response->status == 409)
		code = write->operation == CMD_INSERT ? ERRCODE_UNIQUE_VIOLATION
			: ERRCODE_T_R_SERIALIZATION_FAILURE;
	else if (response->status == 412)
		code = ERRCODE_T_R_SERIALIZATION_FAILURE;
	else if (response->status == 401 || response->status == 403)
		code = ERRCODE_INSUFFICIENT_PRIVILEGE;
	ereport(ERROR,
			(errcode(code),
			 errmsg("server \"%s\" refused %s (HTTP status %d)",
					write->table->server->name, described(write), response->status),
			 message ? errdetail("The server's reason: %s", message) : 0));
}

/* Statuses after which the remote may or may not have done it. */
static bool
is_ambiguous(int status)
{
	return status == 408 || status >= 500;
}

/* Those of the headers whose columns have values in this row. */
static List *
headers_with_values(const RowWrite *write)
{
	const ImsTable *ims = write->table->remote;
	List	   *headers = NIL;
	ListCell   *lc;
	ListCell   *ln;

	foreach(lc, ims->write_headers)
	{
		bool		complete = true;

		foreach(ln, template_arguments(lfirst(lc), "col"))
		{
			int			attno = ims_column_by_name(write->table, lfirst(ln), "write_headers")->attno;
			const RemoteValue *value = find_value(write->values, attno);

			if (value == NULL)
				value = find_value(write->key, attno);
			complete = complete && value && value->text;
		}
		if (complete)
			headers = lappend(headers, lfirst(lc));
	}
	return headers;
}

/*
 * Send until there is an answer that is about this row; only what proves that
 * nothing was done is tried again.
 */
static HttpResponse *
send_write(const RowWrite *write, ImsContext *context)
{
	const ImsTable *ims = write->table->remote;
	const ImsServer *server = ims->server;
	const ImsWrite *how = &ims->write[write->operation];
	char	   *path = render(how->url, context);
	char	   *body = render(how->body, context);
	List	   *headers = headers_with_values(write);
	bool		logged_in_anew = false;
	int			throttled = 0;

	for (;;)
	{
		HttpRequest request = {.method = how->method, .url = path, .body = body, .is_write = true};
		HttpResponse *response;

		written_sent();
		response = ims_request_once(context, write->table, &request, headers, ims->form_body);
		if (response->outcome == HTTP_UNANSWERED)
			raise_unknown(write, response->failure_text);
		/* What follows is about a request that was refused, or never left. */
		if (response->outcome != HTTP_ANSWERED || response->status == 401 ||
			list_member_int(server->throttle_status, response->status))
			written_hold();
		remote_raise_failure(server->remote, response, described(write));
		if (response->status == 401 && context->session && !logged_in_anew)
		{
			logged_in_anew = true;
			session_retire((Session *) context->session);
		}
		else if (list_member_int(server->throttle_status, response->status))
			ims_throttled(server, response, ++throttled);
		else
			return response;
	}
}

/* False if there is no such row; raises unless the answer says that it is done. */
static bool
check_answer(const RowWrite *write, const HttpResponse *response)
{
	const ImsTable *ims = write->table->remote;
	ListCell   *lc;

	if (response->status == 404 && write->operation != CMD_INSERT)
		return false;
	if (is_ambiguous(response->status))
		raise_unknown(write, psprintf("It answered HTTP status %d", response->status));
	if (response->status < 200 || response->status > 299 ||
		!ims_finds(ims->write_ok, response->body, response->body_len))
		raise_refused(write, response);
	foreach(lc, ims->server->error_pointers)
	{
		char	   *text = json_scalar(response->body, response->body_len, lfirst(lc));

		if (text && *text && strcmp(text, "[]") != 0 && strcmp(text, "{}") != 0 &&
			strcmp(text, "false") != 0)
			raise_refused(write, response);
	}
	return true;
}

/* ---- what comes back ---- */

/* What was sent, and the new key if the answer tells it. */
static void
fill_sent(const RowWrite *write, const HttpResponse *response, JsonValue *row)
{
	const ImsTable *ims = write->table->remote;
	char	   *key = ims->result_key
		? json_scalar(response->body, response->body_len, ims->result_key) : NULL;
	ListCell   *lc;

	foreach(lc, write->returning)
	{
		const RemoteValue *value = find_value(write->values, lfirst_int(lc));
		JsonValue  *cell = &row[foreach_current_index(lc)];

		if (value == NULL)
			value = find_value(write->key, lfirst_int(lc));
		cell->text = value ? value->text : NULL;
		if (key && ims->key && lfirst_int(lc) == linitial_int(ims->key))
			cell->text = key;
		cell->kind = cell->text ? JSON_KIND_STRING : JSON_KIND_NULL;
	}
}

/* What the answer says of the row comes before what was sent. */
static void
fill_told(const RowWrite *write, const HttpResponse *response, ImsContext *context, JsonValue *row)
{
	const ImsTable *ims = write->table->remote;
	ScanRequest request = {.table = write->table, .attnos = write->returning};
	ImsProjection *projection;
	ImsResolver *resolver;
	ImsAnswer  *answer;
	ScanCounters counters = {0};

	if (ims->result == NULL || response->body_len == 0)
		return;
	context->request = &request;
	projection = ims_projection_create(write->table, write->returning, ims->result);
	answer = ims_answer_read(projection, response, context);
	if (answer->page->nrows == 0)
		return;
	resolver = ims_resolver_create(write->table, write->returning, 0);
	if (resolver)
		ims_resolve(resolver, answer->page, &counters);
	for (int i = 0; i < answer->page->ncolumns; i++)
		if (answer->page->values[i].text)
			row[i] = answer->page->values[i];
}

static RowPage *
returned_row(const RowWrite *write, const HttpResponse *response, ImsContext *context)
{
	RowPage    *page = palloc0(sizeof(RowPage));

	page->nrows = 1;
	page->ncolumns = list_length(write->returning);
	page->values = palloc0(sizeof(JsonValue) * Max(1, page->ncolumns));
	fill_sent(write, response, page->values);
	fill_told(write, response, context, page->values);
	return page;
}

/* A row to be removed is not read first: it could be another one by then. */
static void
check_possible(const RowWrite *write)
{
	if (write->operation == CMD_DELETE && write->returning)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("DELETE … RETURNING is not possible on foreign table %s", write->table->name),
				 errhint("Read the rows first.")));
}

static bool
names_column(const Template *template, const char *name)
{
	ListCell   *lc;

	foreach(lc, template_arguments(template, "col"))
		if (strcmp(lfirst(lc), name) == 0)
			return true;
	return false;
}

/* Raise if a value was given that the request has no place for: it would be lost. */
static void
check_used(const RowWrite *write)
{
	const ImsTable *ims = write->table->remote;
	const ImsWrite *how = &ims->write[write->operation];
	bool		has_set = template_find(how->body, "set") || template_find(how->url, "set");
	ListCell   *lc;
	ListCell   *lh;

	foreach(lc, write->values)
	{
		const RemoteColumn *column = &write->table->columns[((RemoteValue *) lfirst(lc))->attno - 1];
		bool		used = (has_set && ((ImsColumn *) column->remote)->write) ||
			names_column(how->url, column->name) || names_column(how->body, column->name);

		foreach(lh, ims->write_headers)
			used = used || names_column(lfirst(lh), column->name);
		if (!used)
			ereport(ERROR,
					(errcode(ERRCODE_GENERATED_ALWAYS),
					 errmsg("column \"%s\" of foreign table %s cannot be written",
							column->name, write->table->name),
					 errhint("The request has no place for it. The column's option \"write\" may name the member that {set} writes it as.")));
	}
}

int
ims_write_commands(const RemoteTable *table)
{
	const ImsTable *ims = table->remote;
	int			commands = 0;

	for (CmdType command = CMD_UPDATE; command <= CMD_DELETE; command++)
		if (ims->write[command].method &&
			(command == CMD_INSERT || ims->key != NIL))
			commands |= 1 << command;
	return commands;
}

bool
ims_write_row(RowWrite *write)
{
	const ImsTable *ims = write->table->remote;
	ImsContext	context = {.server = ims->server, .write = write};
	HttpResponse *response;
	bool		found;

	check_possible(write);
	check_used(write);
	write->name = row_name(write);
	written_begin(write->table->server, 1, &write->name);
	response = send_write(write, &context);
	found = check_answer(write, response);
	written_end(found ? WRITTEN_DONE : WRITTEN_NOT_DONE, NULL);
	if (!found)
		return false;
	if (write->returning)
		write->page = returned_row(write, response, &context);
	return true;
}

char *
ims_describe_write(const RemoteTable *table, CmdType operation)
{
	const ImsTable *ims = table->remote;
	const ImsWrite *how = &ims->write[operation];
	RowWrite	write = {.table = (RemoteTable *) table, .operation = operation};
	ImsContext	context = {.server = ims->server, .write = &write, .describe = true};
	StringInfoData buf;
	char	   *body;

	initStringInfo(&buf);
	if (how->method == NULL)
		return "none is declared";
	appendStringInfo(&buf, "%s %s%s", how->method, ims_base_url(&context), render(how->url, &context));
	body = render(how->body, &context);
	if (body)
		appendStringInfo(&buf, " %s", body);
	return pg_any_to_server(buf.data, buf.len, PG_UTF8);
}
