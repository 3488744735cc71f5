/*
 * ims_check.c
 *		What can be wrong with a profile, found without a server to talk to.
 *
 * Opens the profile's tables as a scan would, against a server that does not
 * exist: every template is compiled, every pointer, case and column name is
 * checked.  Nothing is sent.
 */
#include "postgres.h"

#include "fmgr.h"
#include "ims_rows.h"
#include "nodes/makefuncs.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(stockbridge_check_profile);

static RemoteServer *
imaginary_server(char *profile)
{
	RemoteServer *server = palloc0(sizeof(RemoteServer));

	server->name = psprintf("of profile %s", profile);
	server->url = "http://localhost";
	server->connector = &ims_connector;
	server->options = list_make1(makeDefElem("profile", (Node *) makeString(profile), -1));
	return server;
}

/* Tables that this one joins, or looks values up in, and their columns. */
static void
check_others(const RemoteTable *table)
{
	const ImsTable *ims = table->remote;
	List	   *attnos = NIL;
	ListCell   *lc;

	foreach(lc, ims->members)
		(void) ims_table_by_resource(table, lfirst(lc), "joins the rows of");
	for (int i = 0; i < table->ncolumns; i++)
		attnos = lappend_int(attnos, i + 1);
	(void) ims_resolver_create(table, attnos, 0);
}

static void
check_table(RemoteServer *server, const ImsProfileTable *described)
{
	RemoteTable *table = ims_profile_table_open(server, described);
	const ImsTable *ims = table->remote;
	ScanRequest request = {.table = table, .page_size = ims->page_size};

	for (int i = 0; i < table->ncolumns; i++)
		request.attnos = lappend_int(request.attnos, i + 1);
	ims_projection_create(table, request.attnos, NULL);
	if (ims->from)
		ims_parent_request(&request, ims_parent_open(table));
	check_others(table);
}

Datum
stockbridge_check_profile(PG_FUNCTION_ARGS)
{
	char	   *profile = text_to_cstring(PG_GETARG_TEXT_PP(0));
	RemoteServer *server = imaginary_server(profile);
	ListCell   *lc;

	ims_login_check(ims_server_open(server));
	foreach(lc, ims_profile_tables(profile))
		check_table(server, lfirst(lc));
	PG_RETURN_VOID();
}
