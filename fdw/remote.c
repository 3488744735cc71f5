/*
 * remote.c
 *		From catalog entries to the structs by which connectors know a remote.
 *
 * Reads options, never interprets what only a connector understands: that is
 * done by its open_table.  Also the one place that words the failures of the
 * network, so that they read alike wherever they happen.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/reloptions.h"
#include "access/table.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_foreign_table.h"
#include "catalog/pg_user_mapping.h"
#include "commands/defrem.h"
#include "connector.h"
#include "foreign/foreign.h"
#include "option.h"
#include "option_table.h"
#include "remote.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

static const Connector *const connectors[] = {
	&service_layer_connector,
	&odata_connector,
	&ims_connector,
};

/* What could not be done, and what to do about it, by HttpFailure. */
static const struct
{
	int			sqlstate;
	const char *failed;			/* completes "could not ... server" */
	const char *hint;
}			failures[] = {
	[HTTP_FAILURE_RESOLVE] = {
		ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION, "find the host of",
		"Check the host name in the server's option \"url\", and the name service of the database host."
	},
	[HTTP_FAILURE_CONNECT] = {
		ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION, "connect to",
		"Check that the remote is running, that host and port in the server's option \"url\" are right, and that no firewall is in the way."
	},
	[HTTP_FAILURE_PROXY] = {
		ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION, "get through the proxy to",
		"Check the server's option \"proxy\", and \"proxy_user\" and \"proxy_password\" of the user mapping."
	},
	[HTTP_FAILURE_TLS] = {
		ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION, "set up a trusted TLS connection to",
		"If the certificate is the remote's own, name its PEM file in the server's option \"ca_file\", or its key in \"pinned_key\". If it asks for one of ours, check \"client_cert\" and \"client_key\"."
	},
	[HTTP_FAILURE_TIMEOUT] = {
		ERRCODE_FDW_ERROR, "get an answer in time from",
		"The limits are the server's options \"request_timeout\" and \"idle_timeout\"."
	},
	[HTTP_FAILURE_TOO_LARGE] = {
		ERRCODE_FDW_ERROR, "accept the answer of",
		"Lower \"page_size\", or raise the server's option \"max_response_size\"."
	},
	[HTTP_FAILURE_BROKEN] = {
		ERRCODE_FDW_ERROR, "get a whole answer from",
		"The connection ended or broke the protocol before the answer was complete."
	},
	[HTTP_FAILURE_LOCAL] = {
		ERRCODE_FDW_ERROR, "send a request to",
		"Check the server's options, above all \"url\", \"ca_file\" and \"pinned_key\"."
	},
};

/* The connector of a wrapper and of the flavour that the server says it is. */
static const Connector *
find_connector(const char *wrapper, List *options)
{
	const char *flavour = option_text(options, "flavour");
	size_t		i;

	for (i = 0; i < lengthof(connectors); i++)
	{
		if (strcmp(connectors[i]->wrapper, wrapper) == 0 &&
			(connectors[i]->flavour == NULL || strcmp(connectors[i]->flavour, flavour) == 0))
			return connectors[i];
	}
	return NULL;
}

const char *
remote_option(List *options, const char *name)
{
	ListCell   *lc;

	foreach(lc, options)
	{
		DefElem    *def = lfirst_node(DefElem, lc);

		if (strcmp(def->defname, name) == 0)
			return defGetString(def);
	}
	return NULL;
}

const char *
remote_require_option(List *options, const char *name, const char *owner)
{
	const char *value = remote_option(options, name);

	if (value == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_OPTION_NAME_NOT_FOUND),
				 errmsg("option \"%s\" of %s is not set", name, owner),
				 errhint("Set it with ALTER ... OPTIONS (ADD %s '...').", name)));
	return value;
}

/* The mapping's tuple of a role, else of PUBLIC (InvalidOid), else NULL. */
static HeapTuple
find_user_mapping(Oid serverid, Oid userid)
{
	HeapTuple	tuple;

	tuple = SearchSysCache2(USERMAPPINGUSERSERVER, ObjectIdGetDatum(userid),
							ObjectIdGetDatum(serverid));
	if (!HeapTupleIsValid(tuple))
		tuple = SearchSysCache2(USERMAPPINGUSERSERVER,
								ObjectIdGetDatum(InvalidOid),
								ObjectIdGetDatum(serverid));
	return HeapTupleIsValid(tuple) ? tuple : NULL;
}

/* As GetUserMapping, but a missing one is no error: some remotes need none. */
static void
read_user_mapping(RemoteServer *remote)
{
	HeapTuple	tuple = find_user_mapping(remote->serverid, remote->userid);
	Datum		options;
	bool		isnull;

	if (tuple == NULL)
		return;
	remote->umid = ((Form_pg_user_mapping) GETSTRUCT(tuple))->oid;
	options = SysCacheGetAttr(USERMAPPINGUSERSERVER, tuple,
							  Anum_pg_user_mapping_umoptions, &isnull);
	if (!isnull)
		remote->user_options = untransformRelOptions(options);
	ReleaseSysCache(tuple);
}

/* As function caches do: a tuple's origin and place tell its version. */
static bool
read_tuple_version(int cache, Oid oid, TransactionId *xmin, ItemPointer tid)
{
	HeapTuple	tuple = SearchSysCache1(cache, ObjectIdGetDatum(oid));

	if (!HeapTupleIsValid(tuple))
		return false;
	*xmin = HeapTupleHeaderGetRawXmin(tuple->t_data);
	*tid = tuple->t_self;
	ReleaseSysCache(tuple);
	return true;
}

bool
remote_version_read(Oid serverid, Oid umid, RemoteVersion *version)
{
	memset(version, 0, sizeof(RemoteVersion));
	if (!read_tuple_version(FOREIGNSERVEROID, serverid, &version->server_xmin, &version->server_tid))
		return false;
	return !OidIsValid(umid) ||
		read_tuple_version(USERMAPPINGOID, umid, &version->mapping_xmin, &version->mapping_tid);
}

static bool
same_place(ItemPointerData a, ItemPointerData b)
{
	return ItemPointerEquals(&a, &b);
}

bool
remote_version_equal(const RemoteVersion *a, const RemoteVersion *b)
{
	return a->server_xmin == b->server_xmin && a->mapping_xmin == b->mapping_xmin &&
		same_place(a->server_tid, b->server_tid) && same_place(a->mapping_tid, b->mapping_tid);
}

static char *
without_trailing_slashes(const char *url)
{
	size_t		len = strlen(url);

	while (len > 0 && url[len - 1] == '/')
		len--;
	return pnstrdup(url, len);
}

static OptionWrapper
wrapper_of(const RemoteServer *remote)
{
	return remote->connector == &ims_connector ? WRAPPER_IMS : WRAPPER_SAP_B1;
}

static int
server_page_size(const RemoteServer *remote)
{
	return option_number(option_find(wrapper_of(remote), OPTION_OF_SERVER, "page_size"),
						 remote->options);
}

RemoteServer *
remote_server_open(Oid serverid, Oid userid)
{
	ForeignServer *server = GetForeignServer(serverid);
	const char *wrapper = GetForeignDataWrapper(server->fdwid)->fdwname;
	RemoteServer *remote = palloc0(sizeof(RemoteServer));

	remote->connector = find_connector(wrapper, server->options);
	if (remote->connector == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("server \"%s\" belongs to foreign data wrapper \"%s\"",
						server->servername, wrapper),
				 errhint("A server of sap_b1_fdw or ims_fdw is needed.")));
	remote->serverid = serverid;
	remote->userid = userid;
	remote->name = server->servername;
	remote->options = server->options;
	remote->url = without_trailing_slashes(remote_require_option(server->options, "url",
																 psprintf("server \"%s\"", remote->name)));
	remote->page_size = server_page_size(remote);
	option_fill_transport(&remote->transport, wrapper_of(remote), server->options);
	remote->transport.serverid = serverid;
	remote->transport.server_name = remote->name;
	read_user_mapping(remote);
	(void) remote_version_read(serverid, remote->umid, &remote->version);
	option_fill_identity(&remote->transport, wrapper_of(remote), remote->user_options);
	return remote;
}

static void
open_columns(RemoteTable *table, TupleDesc desc)
{
	int			i;

	table->ncolumns = desc->natts;
	table->columns = palloc0(sizeof(RemoteColumn) * desc->natts);
	for (i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);
		RemoteColumn *column = &table->columns[i];

		column->attno = i + 1;
		if (attribute->attisdropped)
			continue;
		column->name = pstrdup(NameStr(attribute->attname));
		column->type = attribute->atttypid;
		column->typmod = attribute->atttypmod;
		column->collation = attribute->attcollation;
		column->not_null = attribute->attnotnull;
		column->options = GetForeignColumnOptions(table->relid, column->attno);
	}
}

RemoteTable *
remote_table_open(Oid relid, Oid userid)
{
	RemoteTable *table = palloc0(sizeof(RemoteTable));
	Relation	relation = table_open(relid, AccessShareLock);
	ForeignTable *foreign = GetForeignTable(relid);

	table->relid = relid;
	table->name = quote_qualified_identifier(get_namespace_name(RelationGetNamespace(relation)),
											 RelationGetRelationName(relation));
	table->server = remote_server_open(foreign->serverid, userid);
	table->options = foreign->options;
	open_columns(table, RelationGetDescr(relation));
	table_close(relation, NoLock);
	table->server->connector->open_table(table);
	return table;
}

void
remote_raise_failure(const RemoteServer *server, const HttpResponse *response,
					 const char *attempted)
{
	HttpFailure failure = response->failure;

	if (response->outcome == HTTP_ANSWERED)
		return;
	/* Without a cause, say no more than what is known. */
	if (failure == HTTP_FAILURE_NONE)
		failure = HTTP_FAILURE_BROKEN;
	ereport(ERROR,
			(errcode(failures[failure].sqlstate),
			 errmsg("could not %s server \"%s\" while %s",
					failures[failure].failed, server->name, attempted),
			 response->failure_text ? errdetail("%s", response->failure_text) : 0,
			 errhint("%s", failures[failure].hint)));
}
