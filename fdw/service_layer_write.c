/*
 * service_layer_write.c
 *		One row into, in, or out of an entity set.
 *
 * INSERT is a POST, UPDATE a PATCH of the members that are set, DELETE a
 * DELETE (SL §5.1).  A row of a collection belongs to its entity; only its
 * UPDATE is possible (service_layer_lines.c).  A write is sent once.
 *
 * A row's version, where B1 gives one, goes with the write as If-Match
 * (SL §5.5): if somebody else has changed the row since the statement read it,
 * nothing is written and the error is 40001.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "service_layer_write.h"

List *
service_layer_write_key(const RemoteTable *table)
{
	const TableInfo *info = table_info(table);
	int			nparents = 0;
	ListCell   *lc;

	if (info->collection == NULL)
		return info->keys;
	/* A line is named by its entity's key and its own. */
	foreach(lc, info->keys)
		nparents += column_info(table, lfirst_int(lc))->of_entity;
	if (info->nested || nparents == 0 || nparents == list_length(info->keys))
		return NIL;
	return info->keys;
}

int
service_layer_write_commands(const RemoteTable *table)
{
	const TableInfo *info = table_info(table);

	if (service_layer_write_key(table) == NIL)
		return 0;
	if (info->collection != NULL)
		return 1 << CMD_UPDATE;
	return (1 << CMD_INSERT) | (1 << CMD_UPDATE) | (1 << CMD_DELETE);
}

void
service_layer_refuse_command(const RemoteTable *table, CmdType command)
{
	const TableInfo *info = table_info(table);

	if (info->collection == NULL || (command == CMD_UPDATE && !info->nested))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("rows of foreign table %s cannot be %s on their own", table->name,
					command == CMD_INSERT ? "inserted" :
					command == CMD_DELETE ? "deleted" : "updated"),
			 errdetail("They are the %s of an entity of %s, and Business One writes both together.",
					   info->collection, info->entity),
			 command == CMD_DELETE ?
			 errhint("Close the line or cancel the document, with stockbridge.call_action; or update the column of the %s in a table with option patch_collections 'replace'.", info->collection) :
			 errhint("Write the column of the %s in the table of %s.", info->collection, info->entity)));
}


/* "inserting Items('A')", "updating Orders(22)": for messages. */
static char *
describe_attempt(const RowWrite *write, const char *name)
{
	const char *verb = write->operation == CMD_INSERT ? "inserting" :
		write->operation == CMD_UPDATE ? "updating" : "deleting";

	if (name == NULL)
		return psprintf("%s into entity set %s", verb, table_info(write->table)->entity);
	return psprintf("%s %s", verb, name);
}

/* What to do about an outcome that is not known. */
static char *
describe_look(const RowWrite *write, const char *name)
{
	if (name == NULL)
		return psprintf("Business One gives its key: look for it among the newest of entity set %s",
						table_info(write->table)->entity);
	return psprintf(write->operation == CMD_UPDATE ? "Look at %s" : "Look whether %s is there",
					name);
}

HttpResponse *
service_layer_read_entity(const RemoteTable *table, const char *path)
{
	ServiceLayerRequest call = {.method = "GET"};
	bool		login_failed;
	HttpResponse *response;

	call.url = psprintf("%s/%s", table->server->url, path);
	response = service_layer_send(table->server, &call, &login_failed);
	if (service_layer_judge(response, login_failed, false) == WRITE_MISSING)
		return NULL;
	if (login_failed || response->outcome != HTTP_ANSWERED || response->status != 200)
		service_layer_raise(table->server, response, login_failed,
							psprintf("reading entity set %s", table_info(table)->entity));
	return response;
}

/* Read a row by its key; false if it is not there. */
static bool
read_row(RowWrite *write, const char *path)
{
	HttpResponse *response = service_layer_read_entity(write->table, path);

	if (response == NULL)
		return false;
	write->page = odata_parse_row(write, response);
	return true;
}

bool
service_layer_has_version(const RemoteTable *table)
{
	return table_info(table)->collection == NULL &&
		strcmp(odata_table_option(table, "etag", "auto"), "off") != 0;
}

/* Whether an UPDATE sets a whole collection; a line of one is not the whole. */
static bool
sets_collection(const RowWrite *write)
{
	ListCell   *lc;

	foreach(lc, write->values)
	{
		Oid			type = write->table->columns[((RemoteValue *) lfirst(lc))->attno - 1].type;

		if (type == JSONBOID || type == JSONOID)
			return write->operation == CMD_UPDATE && table_info(write->table)->collection == NULL;
	}
	return false;
}

/* The version that a write is bound to, NULL = none; raises where one is needed. */
static const char *
guarding_version(const RowWrite *write, const char *name, bool replaces)
{
	const char *guard = odata_table_option(write->table, "etag", "auto");
	const char *version = strcmp(guard, "off") == 0 ? NULL : write->version;

	if (version == NULL && replaces)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("lines of %s at server \"%s\" cannot be replaced without its version",
						name, write->table->server->name),
				 errdetail("Lines that somebody else has added meanwhile would be deleted unseen."),
				 errhint("Set the option \"patch_collections\" to merge, or \"etag\" to auto where the entity set has ETags.")));
	if (version == NULL && strcmp(guard, "require") == 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("server \"%s\" gave no version of %s", write->table->server->name, name),
				 errdetail("Option \"etag\" requires that a row is written only in the version that was read."),
				 errhint("Entity set %s may have no ETags: then write with etag 'auto'.",
						 table_info(write->table)->entity)));
	return version;
}

List *
service_layer_write_headers(const RowWrite *write, const char *name)
{
	bool		replaces = sets_collection(write) &&
		strcmp(odata_table_option(write->table, "patch_collections", "merge"), "replace") == 0;
	const char *version = guarding_version(write, name, replaces);
	List	   *headers = NIL;

	if (version != NULL)
		headers = lappend(headers, psprintf("If-Match: %s", version));
	if (replaces)
		headers = lappend(headers, "B1S-ReplaceCollectionsOnPatch: true");
	return headers;
}

static void
insert_row(RowWrite *write)
{
	const RemoteTable *table = write->table;
	ServiceLayerRequest call = {.method = "POST", .is_write = true};
	List	   *key = service_layer_given_key(write);
	char	   *name = key != NIL ? service_layer_key_name(table, key) : NULL;
	HttpResponse *response;
	const char *location;

	call.url = psprintf("%s/%s", table->server->url, url_encode(table_info(table)->entity));
	call.body = service_layer_row_body(write);
	if (write->returning == NIL)
		call.headers = list_make1("Prefer: return-no-content");
	if (service_layer_send_write(table->server, &call, service_layer_makes_document(table), name,
								 describe_attempt(write, name), describe_look(write, name),
								 &response) == WRITE_MISSING)
		service_layer_raise_write(table->server, response, false, WRITE_REFUSED,
								  describe_attempt(write, name), NULL);
	location = http_header(response, "Location");
	write->name = location ? service_layer_location_name(location) : NULL;
	if (write->name == NULL)
		write->name = name;
	if (write->returning == NIL)
		return;
	if (response->body_len == 0)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("server \"%s\" has carried out %s, but did not return the row",
						table->server->name, describe_attempt(write, write->name))));
	write->page = odata_parse_row(write, response);
}

bool
service_layer_write_row(RowWrite *write)
{
	const RemoteTable *table = write->table;
	ServiceLayerRequest call = {.is_write = true};
	HttpResponse *response;
	char	   *path;

	if (write->operation == CMD_INSERT)
	{
		insert_row(write);
		return true;
	}
	if (table_info(table)->collection != NULL)
		return service_layer_update_line(write);
	path = service_layer_key_path(table, write->key);
	write->name = service_layer_key_name(table, write->key);
	call.url = psprintf("%s/%s", table->server->url, path);
	call.headers = service_layer_write_headers(write, write->name);
	call.method = write->operation == CMD_UPDATE ? "PATCH" : "DELETE";
	if (write->operation == CMD_UPDATE)
		call.body = service_layer_row_body(write);
	else if (write->returning != NIL && !read_row(write, path))
		return false;
	if (service_layer_send_write(table->server, &call, false, write->name,
								 describe_attempt(write, write->name),
								 describe_look(write, write->name), &response) == WRITE_MISSING)
		return false;
	return write->operation == CMD_DELETE || write->returning == NIL || read_row(write, path);
}

char *
service_layer_describe_write(const RemoteTable *table, CmdType operation)
{
	const TableInfo *info = table_info(table);

	if (operation == CMD_INSERT)
		return psprintf("POST %s", info->entity);
	if (info->collection != NULL)
		return psprintf("GET %s(key), PATCH %s(key) with one of its %s", info->entity,
						info->entity, info->collection);
	return psprintf("%s %s(key)", operation == CMD_UPDATE ? "PATCH" : "DELETE", info->entity);
}
