/*
 * service_layer_lines.c
 *		UPDATE of one row of a collection: a line of a document.
 *
 * A line is changed by a PATCH of its entity with that line alone, which has
 * its identifier; Business One keeps the other lines (SL §5.2).  A line that
 * it does not know it would append instead.  So the entity is read first: the
 * line must be there with the values that the statement has read, and the PATCH
 * carries the version of that reading, where the entity set has versions
 * (SL §5.5).  That read has no $select, for one with it tells a wrong version.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "rowset.h"
#include "service_layer_write.h"

/* The values of a list that are of the entity, or of the collection. */
static List *
values_of(const RemoteTable *table, List *values, bool of_entity)
{
	List	   *found = NIL;
	ListCell   *lc;

	foreach(lc, values)
	{
		RemoteValue *value = lfirst(lc);

		if (column_info(table, value->attno)->of_entity == of_entity)
			found = lappend(found, value);
	}
	return found;
}

/* The place of the line with that identifier on a page whose first columns are its keys. */
static int
find_line(const RowPage *page, List *line_key)
{
	for (int row = 0; row < page->nrows; row++)
	{
		const JsonValue *values = &page->values[(Size) row * page->ncolumns];
		bool		same = true;
		ListCell   *lc;

		foreach(lc, line_key)
		{
			const RemoteValue *value = lfirst(lc);
			const char *text = values[foreach_current_index(lc)].text;

			same = same && text != NULL && strcmp(text, value->text) == 0;
		}
		if (same)
			return row;
	}
	return -1;
}

/* Values of an answer at JSON pointers made of columns, of rows at "rows". */
static RowPage *
parse_values(const RemoteTable *table, const HttpResponse *response, const char *rows, List *attnos)
{
	List	   *pointers = NIL;
	ListCell   *lc;

	foreach(lc, attnos)
		pointers = lappend(pointers, psprintf("/%s", column_info(table, lfirst_int(lc))->property));
	return row_shape_parse(row_shape_create(rows, pointers, NIL),
						   response->body, response->body_len,
						   psprintf("server \"%s\", entity set %s", table->server->name,
									table_info(table)->entity));
}

static List *
attnos_of(List *values)
{
	List	   *attnos = NIL;
	ListCell   *lc;

	foreach(lc, values)
		attnos = lappend_int(attnos, ((RemoteValue *) lfirst(lc))->attno);
	return attnos;
}

/*
 * Columns of the line in an entity's answer, whether of the line or of the
 * entity; NULL if it is not there.
 */
static RowPage *
parse_line(const RowWrite *write, List *attnos, const HttpResponse *response)
{
	const RemoteTable *table = write->table;
	List	   *line_key = values_of(table, write->key, false);
	int			nkeys = list_length(line_key);
	RowPage    *lines = parse_values(table, response,
									 psprintf("/%s/*", table_info(table)->collection),
									 list_concat(attnos_of(line_key), attnos));
	RowPage    *entity = parse_values(table, response, "", attnos);
	int			row = find_line(lines, line_key);
	ListCell   *lc;

	if (row < 0)
		return NULL;
	foreach(lc, attnos)
	{
		int			i = foreach_current_index(lc);

		if (!column_info(table, lfirst_int(lc))->of_entity)
			entity->values[i] = lines->values[(Size) row * lines->ncolumns + nkeys + i];
	}
	return entity;
}

/* {"DocumentLines":[{"LineNum":0,"Quantity":5}]} in UTF-8. */
static char *
render_body(const RowWrite *write, List *line_key)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoChar(&buf, '{');
	json_append_string(&buf, table_info(write->table)->collection);
	appendStringInfoString(&buf, ":[{");
	service_layer_append_values(&buf, write->table, list_concat_copy(line_key, write->values));
	appendStringInfoString(&buf, "}]}");
	return pg_server_to_any(buf.data, buf.len, PG_UTF8);
}

static void
check_values(const RowWrite *write)
{
	List	   *foreign = values_of(write->table, write->values, true);

	if (foreign != NIL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("column \"%s\" of foreign table %s belongs to the entity, not to its %s",
						write->table->columns[((RemoteValue *) linitial(foreign))->attno - 1].name,
						write->table->name, table_info(write->table)->collection)));
}

/* Path of the entity that a line belongs to. */
static char *
entity_path(const RowWrite *write)
{
	return service_layer_key_path(write->table, values_of(write->table, write->key, true));
}

bool
service_layer_refresh_line(RowWrite *write)
{
	HttpResponse *response;
	const char *etag;

	if (table_info(write->table)->collection == NULL)
		return true;
	check_values(write);
	response = service_layer_read_entity(write->table, entity_path(write));
	if (response == NULL)
		return false;
	write->page = parse_line(write, attnos_of(write->values), response);
	etag = http_header(response, "ETag");
	write->version = etag ? pstrdup(etag) : NULL;
	return write->page != NULL;
}

bool
service_layer_update_line(RowWrite *write)
{
	const RemoteTable *table = write->table;
	List	   *line_key = values_of(table, write->key, false);
	char	   *path = entity_path(write);
	ServiceLayerRequest call = {.method = "PATCH", .is_write = true};
	HttpResponse *response;

	write->name = psprintf("%s, %s %s",
						   service_layer_key_name(table, values_of(table, write->key, true)),
						   table_info(table)->collection,
						   ((RemoteValue *) linitial(line_key))->text);
	call.url = psprintf("%s/%s", table->server->url, path);
	call.headers = service_layer_write_headers(write, write->name);
	call.body = render_body(write, line_key);
	if (service_layer_send_write(table->server, &call, false, write->name,
								 psprintf("updating %s", write->name),
								 psprintf("Look at %s", write->name), &response) == WRITE_MISSING)
		return false;
	if (write->returning == NIL)
		return true;
	response = service_layer_read_entity(table, path);
	write->page = response ? parse_line(write, write->returning, response) : NULL;
	return write->page != NULL;
}
