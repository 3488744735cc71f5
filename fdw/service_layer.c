/*
 * service_layer.c
 *		The connector of sap_b1_fdw: what its options mean.
 *
 * A table is an entity set, or the line collection of one.  Lines are read as
 * rows of their own through $crossjoin, the only join there is (SL §3.3), or,
 * where no property links them, by unfolding whole documents here.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "option.h"
#include "rowset.h"
#include "service_layer_private.h"

/* Where in a row of the answer a column is. */
static char *
column_pointer(const TableInfo *info, const ColumnInfo *column)
{
	if (column->operand != NULL)
		return psprintf("/%s/%s", json_pointer_escape(column->operand), column->property);
	return psprintf(info->nested && column->of_entity ? "../%s" : "/%s", column->property);
}

static void
open_column(const TableInfo *info, RemoteColumn *column)
{
	ColumnInfo *remote = palloc0(sizeof(ColumnInfo));
	const char *of = remote_option(column->options, "of");
	const char *type = remote_option(column->options, "type");

	remote->property = remote_option(column->options, "property");
	if (remote->property == NULL)
		remote->property = column->name;
	remote->of_entity = info->collection == NULL || (of != NULL && strcmp(of, "entity") == 0);
	remote->is_key = option_bool(column->options, "key");
	if (is_crossjoin(info))
		remote->operand = ((CrossjoinOperand *) (remote->of_entity ? linitial(info->operands)
												 : lsecond(info->operands)))->path;
	remote->request_name = remote->operand == NULL ? pstrdup(remote->property)
		: psprintf("%s/%s", remote->operand, remote->property);
	column->remote = remote;
	column->pointer = column_pointer(info, remote);
	/* As text it stays the member's name, as all other enumerations do. */
	if (type != NULL && strcmp(type, "BoYesNoEnum") == 0 && column->type == BOOLOID)
		column->decode = decode_by_name("yes_no");
}

static CrossjoinOperand *
make_operand(const char *path, const char *property)
{
	CrossjoinOperand *operand = palloc(sizeof(CrossjoinOperand));

	operand->path = path;
	operand->property = property;
	return operand;
}

/* A table of lines is the $crossjoin of its entity set and the collection. */
static void
open_lines(TableInfo *info)
{
	char	   *lines = psprintf("%s/%s", info->entity, info->collection);

	info->operands = list_make2(make_operand(info->entity, info->parent_key),
								make_operand(lines, info->parent_key));
	info->links = list_make1(psprintf("%s/%s eq %s/%s", info->entity, info->parent_key,
									  lines, info->parent_key));
}

/*
 * The stock rows of an item, one for each warehouse, are made by Business One,
 * which copies the warehouse's code.
 */
static bool
is_stock_warehouse(const TableInfo *info, const ColumnInfo *column)
{
	return info->collection != NULL && !column->of_entity &&
		strcmp(info->collection, "ItemWarehouseInfoCollection") == 0 &&
		strcmp(column->property, "WarehouseCode") == 0;
}

/* Columns whose values are unique in the company, or copies of such. */
static void
mark_codes(RemoteTable *table)
{
	TableInfo  *info = table->remote;
	ColumnInfo *entity_key = NULL;
	int			entity_keys = 0;

	for (int i = 0; i < table->ncolumns; i++)
	{
		ColumnInfo *column = table->columns[i].remote;

		if (column == NULL)
			continue;
		column->is_code = is_stock_warehouse(info, column);
		if (column->is_key && column->of_entity)
		{
			entity_key = column;
			entity_keys++;
		}
	}
	if (entity_keys == 1 && !info->nested)
	{
		entity_key->key_of = info->entity;
		entity_key->is_code = true;
	}
}

static void
service_layer_open_table(RemoteTable *table)
{
	TableInfo  *info = palloc0(sizeof(TableInfo));
	const char *via = remote_option(table->options, "via");

	info->entity = remote_require_option(table->options, "entity", table->name);
	info->collection = remote_option(table->options, "collection");
	info->nested = via != NULL && strcmp(via, "nested") == 0;
	info->refuses_apply = service_layer_refuses_apply(table);
	table->remote = info;
	if (info->collection != NULL && !info->nested)
	{
		info->parent_key = remote_require_option(table->options, "parent_key", table->name);
		open_lines(info);
	}
	for (int i = 0; i < table->ncolumns; i++)
	{
		RemoteColumn *column = &table->columns[i];

		if (column->name == NULL)
			continue;
		open_column(info, column);
		if (!column_info(table, column->attno)->is_key)
			continue;
		info->keys = lappend_int(info->keys, column->attno);
		column->not_null = true;
	}
	mark_codes(table);
}

/* Unfolded documents are counted by the company as documents. */
static bool
service_layer_can_skip(const RemoteTable *table)
{
	return !table_info(table)->nested;
}

static List *
service_layer_unique_key(const RemoteTable *table)
{
	return table_info(table)->nested ? NIL : table_info(table)->keys;
}

/* So many equalities of short values, each under its column's name, make a URL. */
static int
service_layer_keys_per_request(const RemoteTable *table pg_attribute_unused(),
							   const RemoteColumn *column)
{
	int			length = (int) strlen(column_request_name(column)) + 30;

	return Min(PREDICATE_MAX_LIST, (SERVICE_LAYER_MAX_URL - 2 * ODATA_KEY_ROOM) / length);
}

const Connector service_layer_connector = {
	.wrapper = "sap_b1_fdw",
	.flavour = "service_layer",
	.open_table = service_layer_open_table,
	.can_ship = service_layer_can_ship,
	.unique_key = service_layer_unique_key,
	.count_rows = service_layer_count_rows,
	.can_order = service_layer_can_order,
	.can_skip = service_layer_can_skip,
	.keys_per_request = service_layer_keys_per_request,
	.fits = service_layer_fits,
	.can_group = service_layer_can_group,
	.can_aggregate = service_layer_can_aggregate,
	.join_tables = service_layer_join_tables,
	.can_join = service_layer_can_join,
	.describe_scan = service_layer_describe_scan,
	.open_scan = service_layer_open_scan,
	.next_page = service_layer_next_page,
	.page_under_way = service_layer_page_under_way,
	.sample_page = service_layer_sample_page,
	.write_key = service_layer_write_key,
	.write_commands = service_layer_write_commands,
	.refuse_command = service_layer_refuse_command,
	.has_version = service_layer_has_version,
	.refresh_row = service_layer_refresh_line,
	.write_row = service_layer_write_row,
	.batch_size = service_layer_batch_size,
	.write_batch = service_layer_write_batch,
	.describe_write = service_layer_describe_write,
	.import_schema = service_layer_import,
};
