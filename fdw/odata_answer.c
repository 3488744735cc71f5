/*
 * odata_answer.c
 *		What a page of a service of OData V4 says.
 *
 * Names of the protocol are looked for in both spellings, that of 4.0 with
 * "odata." and that of 4.01.  Whatever a page holds, a link in it is followed
 * only within the origin of the server's URL.
 */
#include "postgres.h"

#include "link.h"
#include "odata_cursor.h"

static const char *const capture_pointers[] = {
	"/@odata.nextLink", "/@nextLink",
	"/@odata.count", "/@count",
	"/@odata.context", "/@context",
	"/error/message"
};

static List *
captures(void)
{
	List	   *pointers = NIL;

	for (size_t i = 0; i < lengthof(capture_pointers); i++)
		pointers = lappend(pointers, unconstify(char *, capture_pointers[i]));
	return pointers;
}

/* Links to the rest of a collection, relative to its entity. */
static List *
link_pointers(const TableInfo *info)
{
	char	   *pointer = odata_path_pointer(info->collection);

	return list_make2(psprintf("%s@odata.nextLink", pointer), psprintf("%s@nextLink", pointer));
}

void
odata_make_shapes(ODataCursor *cursor)
{
	const RemoteTable *table = cursor_table(cursor);
	const TableInfo *info = table_info(table);
	const char *rows = odata_table(table)->singleton ? "" : "/value/*";
	List	   *all = NIL;
	List	   *of_entity = NIL;
	List	   *of_member = NIL;
	ListCell   *lc;

	foreach(lc, cursor->page.attnos)
	{
		char	   *pointer = table->columns[lfirst_int(lc) - 1].pointer;

		all = lappend(all, pointer);
		if (strncmp(pointer, "../", 3) == 0)
			of_entity = lappend(of_entity, pointer + 2);
		else
			of_member = lappend(of_member, pointer);
	}
	if (info->collection == NULL)
	{
		/* Behind all columns, where the executor expects it. */
		if (cursor->base.request->with_version)
			all = lappend(all, "/@odata.etag");
		cursor->shape = row_shape_create(rows, all, captures());
		return;
	}
	cursor->shape = row_shape_create(psprintf("%s%s/*", rows, odata_path_pointer(info->collection)),
									 all, captures());
	cursor->entity_shape = row_shape_create(rows, list_concat(of_entity, link_pointers(info)), NIL);
	cursor->member_shape = row_shape_create(rows, of_member, captures());
}

const char *
odata_captured(const RowPage *page, Capture capture)
{
	return page->captures[capture].text ? page->captures[capture].text
		: page->captures[capture + 1].text;
}

static void
check_value(const ODataCursor *cursor, const RowPage *page, const HttpResponse *response)
{
	if (page->rows_found || odata_table(cursor_table(cursor))->singleton ||
		json_scalar(response->body, response->body_len, "/value") != NULL)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FDW_REPLY_HANDLE),
			 errmsg("answer from %s has no member \"value\"", cursor->source),
			 errhint("Check that the server's option \"url\" is the root of a service of OData V4.")));
}

RowPage *
odata_parse_page(const ODataCursor *cursor, const RowShape *shape, const HttpResponse *response)
{
	RowPage    *page = row_shape_parse(shape, response->body, response->body_len, cursor->source);

	if (page->captures[CAPTURE_ERROR].text != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("%s failed while it was answering: %s", cursor->source,
						page->captures[CAPTURE_ERROR].text)));
	check_value(cursor, page, response);
	return page;
}

/* Relative links are meant from the context of the answer, if it names one. */
char *
odata_resolve_link(const ODataCursor *cursor, const RowPage *page, const char *request_url, const char *link)
{
	const RemoteServer *server = cursor_table(cursor)->server;
	const char *context = odata_captured(page, CAPTURE_CONTEXT);
	const char *base = context ? link_resolve(server->url, request_url, context) : NULL;
	char	   *url = link_resolve(server->url, base ? base : request_url, link);

	if (url == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("server \"%s\" names a next page that is not its own", server->name),
				 errdetail("The link is \"%s\".", pnstrdup(link, strnlen(link, 200))),
				 errhint("Requests go to scheme, host and port of the option \"url\" only. If these links are wrong because of a proxy, set the option \"paging\" to client.")));
	if (strcmp(url, request_url) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_REPLY_HANDLE),
				 errmsg("%s names a page as the next one of itself", cursor->source),
				 errhint("The result would never end.")));
	return url;
}
