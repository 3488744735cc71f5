/*
 * service_layer_import.c
 *		IMPORT FOREIGN SCHEMA from SAP Business One.
 *
 * Two remote schemas: "stock" is curated and needs no request, so it can be
 * imported before the company can be reached; "service_layer" is everything
 * that $metadata declares.
 */
#include "postgres.h"

#include "metadata.h"
#include "odata_import.h"
#include "option.h"
#include "option_table.h"
#include "service_layer_private.h"
#include "stock_tables.h"

/* Types that have another name in the other version. */
static const MetadataPair type_synonyms[] = {
	{"Edm.DateTime", "Edm.Date"},
	{"Edm.DateTimeOffset", "Edm.Date"},
	{"Edm.TimeOfDay", "Edm.Time"},
	{NULL, NULL}
};

/*
 * Collections whose members carry their parent's key and a number of their own
 * (SL §6), so that $crossjoin can join and page them.  It has to be known of
 * each: PaymentInvoices, for one, have a DocEntry that is the invoice's and not
 * the payment's.  All others are unfolded from their parents, which is always
 * right.
 */
static const MetadataPair joined_collections[] = {
	{"ItemWarehouseInfoCollection", "WarehouseCode"},
	{"DocumentLines", "LineNum"},
	{"StockTransferLines", "LineNum"},
	{"InventoryCountingLines", "LineNumber"},
	{"InventoryPostingLines", "LineNumber"},
	{NULL, NULL}
};

/* Local types; all that is not listed is text, as enumerations are. */
static const struct
{
	const char *edm;
	const char *local;
}			column_types[] = {
	{"Edm.Int32", "integer"},
	{"Edm.Double", "numeric"},	/* spelled in decimal on the wire: SL §2 */
	{"Edm.Date", "date"},
	{"Edm.Time", "time"},
	{"Edm.Int16", "smallint"},
	{"Edm.Byte", "smallint"},
	{"Edm.SByte", "smallint"},
	{"Edm.Int64", "bigint"},
	{"Edm.Decimal", "numeric"},
	{"Edm.Single", "numeric"},
	{"Edm.Boolean", "boolean"},
	{"Edm.Guid", "uuid"},
	{COLLECTION_TYPE, "jsonb"},
};

static const char *
local_type(const ImportTable *table, const ImportColumn *column)
{
	size_t		i;

	for (i = 0; i < lengthof(column_types); i++)
	{
		if (strcmp(column_types[i].edm, column->type) == 0)
			return column_types[i].local;
	}
	if (table->is_curated && strcmp(column->type, "BoYesNoEnum") == 0)
		return "boolean";
	return "text";
}

static List *
curated_tables(void)
{
	List	   *tables = NIL;
	const ImportTable *table;

	for (table = stock_tables; table->entity; table++)
		tables = lappend(tables, unconstify(ImportTable *, table));
	return tables;
}

static List *
declared_tables(const RemoteServer *server, const ImportForeignSchemaStmt *stmt)
{
	MetadataRules rules = {.synonyms = type_synonyms, .joined = joined_collections, .actions = true};
	ServiceLayerRequest call = {0};
	HttpResponse *response;
	bool		login_failed = false;

	rules.collection_columns = option_bool(stmt->options, "collection_columns");
	call.method = "GET";
	call.url = psprintf("%s/$metadata", server->url);
	call.headers = list_make1("Accept: application/xml");
	response = service_layer_send(server, &call, &login_failed);
	if (login_failed || response->outcome != HTTP_ANSWERED || response->status != 200)
		service_layer_raise(server, response, login_failed, "reading $metadata");
	return metadata_tables(response->body, response->body_len, server->name, &rules);
}

static List *
remote_tables(const RemoteServer *server, const ImportForeignSchemaStmt *stmt)
{
	const char *remote_schema = stmt->remote_schema;
	const char *nearest;

	if (strcmp(remote_schema, "stock") == 0)
		return curated_tables();
	if (strcmp(remote_schema, "service_layer") == 0)
		return declared_tables(server, stmt);
	nearest = nearest_name(remote_schema, list_make2("stock", "service_layer"));
	ereport(ERROR,
			(errcode(ERRCODE_FDW_SCHEMA_NOT_FOUND),
			 errmsg("server \"%s\" has no schema \"%s\"", server->name, remote_schema),
			 nearest ? errhint("Did you mean \"%s\"?", nearest) :
			 errhint("There are \"stock\", a curated set, and \"service_layer\", everything in $metadata.")));
}

List *
service_layer_import(RemoteServer *server, ImportForeignSchemaStmt *stmt)
{
	option_check_import(WRAPPER_SAP_B1, stmt->options);
	return import_tables(server, stmt, remote_tables(server, stmt), local_type);
}
