/*
 * odata_service_import.c
 *		IMPORT FOREIGN SCHEMA from a service of OData V4: all that $metadata declares.
 */
#include "postgres.h"

#include "metadata.h"
#include "odata_import.h"
#include "odata_service.h"
#include "option.h"
#include "option_table.h"

/* A stream's octets are at an address of their own. */
static const MetadataPair type_synonyms[] = {
	{"Edm.Stream", NULL},
	{NULL, NULL}
};

static const char *
local_type(const ImportTable *table pg_attribute_unused(), const ImportColumn *column)
{
	return odata_type(column->type)->local;
}

static List *
declared_tables(const RemoteServer *server, const ImportForeignSchemaStmt *stmt)
{
	MetadataRules rules = {.synonyms = type_synonyms, .qualified_names = true, .whole = true};
	ODataRequest request = {.method = "GET", .accept = "application/xml"};
	HttpResponse *response;

	request.url = psprintf("%s/$metadata", server->url);
	rules.navigations = option_bool(stmt->options, "navigations");
	rules.derived = option_bool(stmt->options, "derived");
	response = transfer_wait(odata_start(server, &request));
	if (response->outcome != HTTP_ANSWERED || response->status != 200)
		odata_raise(server, response, "reading $metadata");
	return metadata_tables(response->body, response->body_len, server->name, &rules);
}

List *
odata_import(RemoteServer *server, ImportForeignSchemaStmt *stmt)
{
	option_check_import(WRAPPER_SAP_B1, stmt->options);
	if (strcmp(stmt->remote_schema, "odata") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_SCHEMA_NOT_FOUND),
				 errmsg("server \"%s\" has no schema \"%s\"", server->name, stmt->remote_schema),
				 errhint("There is \"odata\", everything in $metadata.")));
	return import_tables(server, stmt, declared_tables(server, stmt), local_type);
}
