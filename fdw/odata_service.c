/*
 * odata_service.c
 *		The connector of sap_b1_fdw's flavour "odata": what its options mean.
 *
 * For any service of OData V4 that is not SAP Business One.  A table is an
 * entity set, a singleton, or a collection of one; a collection's rows are
 * unfolded from the entities that hold them.  What a service cannot do is an
 * option, which the import fills in from what the service says of itself.
 */
#include "postgres.h"

#include "odata.h"
#include "odata_service.h"
#include "option.h"

static const struct
{
	const char *name;
	int			bit;
}			abilities[] = {
	{"filter", ODATA_FILTER},
	{"functions", ODATA_FUNCTIONS},
	{"orderby", ODATA_ORDERBY},
	{"select", ODATA_SELECT},
	{"expand", ODATA_EXPAND},
	{"top", ODATA_TOP},
	{"skip", ODATA_SKIP},
	{"count", ODATA_COUNT},
	{"apply", ODATA_APPLY},
};

/* Bits of a list "orderby, count"; what is no ability is an error. */
static int
read_abilities(const char *list)
{
	int			bits = 0;

	while (list && *list)
	{
		size_t		len = strcspn(list, ", ");
		int			bit = 0;

		for (size_t i = 0; i < lengthof(abilities); i++)
			if (strlen(abilities[i].name) == len && strncmp(abilities[i].name, list, len) == 0)
				bit = abilities[i].bit;
		if (bit == 0)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
					 errmsg("invalid value for option \"%s\": \"%s\"", "unsupported", list),
					 errhint("A list of: filter, functions, orderby, select, expand, top, skip, count, apply.")));
		bits |= bit;
		list += len;
		list += strspn(list, ", ");
	}
	return bits;
}

char *
odata_path_pointer(const char *path)
{
	StringInfoData buf;

	initStringInfo(&buf);
	while (*path)
	{
		size_t		len = strcspn(path, "/");
		char	   *segment = pnstrdup(path, len);

		/* A name of a type, "Namespace.Type", leaves no trace in the answer. */
		if (strchr(segment, '.') == NULL)
			appendStringInfo(&buf, "/%s", json_pointer_escape(segment));
		path += len + (path[len] == '/');
	}
	return buf.data;
}

/* Where in a row of the answer a column is. */
static char *
column_pointer(const ODataTable *info, const ODataColumn *column)
{
	char	   *pointer = odata_path_pointer(column->base.property);

	if (info->base.collection == NULL)
		return pointer;
	if (column->base.of_entity)
		return psprintf("..%s", pointer);
	return info->via == ODATA_VIA_VALUES ? pstrdup("") : pointer;
}

static void
open_column(const ODataTable *info, RemoteColumn *column)
{
	ODataColumn *remote = palloc0(sizeof(ODataColumn));
	const char *of = remote_option(column->options, "of");
	const char *type = remote_option(column->options, "type");

	remote->base.property = remote_option(column->options, "property");
	if (remote->base.property == NULL)
		remote->base.property = column->name;
	remote->base.of_entity = info->base.collection == NULL ||
		(of != NULL && strcmp(of, "entity") == 0);
	remote->base.request_name = pstrdup(remote->base.property);
	remote->type = odata_type(type ? type : "Edm.Untyped");
	remote->filterable = type != NULL && option_bool(column->options, "filterable");
	column->remote = remote;
	column->pointer = column_pointer(info, remote);
	if (remote->type->decoder != NULL &&
		(remote->type->type == column->type || type == NULL || remote->type->type == InvalidOid))
		column->decode = decode_by_name(remote->type->decoder);
}

static void
open_columns(RemoteTable *table, ODataTable *info)
{
	info->key_orders = true;
	for (int i = 0; i < table->ncolumns; i++)
	{
		RemoteColumn *column = &table->columns[i];

		if (column->name == NULL)
			continue;
		open_column(info, column);
		if (!option_bool(column->options, "key"))
			continue;
		info->base.keys = lappend_int(info->base.keys, column->attno);
		if (!(odata_column(table, column->attno)->type->ships & ODATA_KEYSET) ||
			!odata_column(table, column->attno)->filterable)
			info->key_orders = false;
	}
	if (info->base.keys == NIL || info->singleton)
		info->key_orders = false;
}

static ODataVia
read_via(const RemoteTable *table)
{
	const char *via = remote_option(table->options, "via");

	if (via != NULL && strcmp(via, "values") == 0)
		return ODATA_VIA_VALUES;
	if (via != NULL && strcmp(via, "expand") == 0)
		return ODATA_VIA_EXPAND;
	return ODATA_VIA_NESTED;
}

static void
odata_open_table(RemoteTable *table)
{
	ODataTable *info = palloc0(sizeof(ODataTable));

	info->base.entity = remote_require_option(table->options, "entity", table->name);
	info->base.collection = remote_option(table->options, "collection");
	info->base.nested = info->base.collection != NULL;
	info->via = read_via(table);
	info->singleton = option_bool(table->options, "singleton");
	info->client_paging = strcmp(option_text(table->server->options, "paging"), "client") == 0;
	info->unsupported = read_abilities(remote_option(table->server->options, "unsupported")) |
		read_abilities(remote_option(table->options, "unsupported"));
	if (info->singleton && info->base.collection != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("foreign table %s cannot be of a collection of a singleton", table->name),
				 errhint("Read the singleton with a jsonb column for the collection.")));
	if (info->singleton)
		info->unsupported |= ODATA_FILTER | ODATA_ORDERBY | ODATA_TOP | ODATA_SKIP | ODATA_COUNT;
	table->remote = info;
	open_columns(table, info);
}

/* A condition on a collection's member cannot choose rows, only entities. */
static ShipExtent
odata_can_ship_here(const RemoteTable *table, const RemoteColumn *column, PredicateOp op,
					Oid value_type, Oid collation)
{
	const ODataTable *info = odata_table(table);
	const ODataColumn *remote = column->remote;
	bool		is_function = op == PREDICATE_LIKE || op == PREDICATE_ILIKE;

	if ((info->unsupported & ODATA_FILTER) || !remote->filterable || !remote->base.of_entity ||
		(is_function && (info->unsupported & ODATA_FUNCTIONS)))
		return SHIP_NO;
	return odata_type_can_ship(remote->type, column, op, value_type, collation);
}

FilterExtent
odata_comparison(StringInfo buf, ODataLeaf *leaf)
{
	const ODataType *type = ((ODataColumn *) leaf->column->remote)->type;
	StringInfoData literal;

	leaf->exact = odata_type_is_exact(type) && type->type == leaf->column->type;
	initStringInfo(&literal);
	if (leaf->value == NULL)
		appendStringInfo(buf, "%s %s null", leaf->name, odata_operator(leaf->op));
	else if (type->compare != NULL)
		return type->compare(buf, leaf->column, leaf->name, leaf->op, leaf->value)
			? FILTER_SOME : FILTER_ALL;
	else if (type->literal(&literal, leaf->column, leaf->value))
		appendStringInfo(buf, "%s %s %s", leaf->name, odata_operator(leaf->op), literal.data);
	else
	{
		leaf->exact = false;
		return FILTER_ALL;
	}
	return FILTER_SOME;
}

/* Entities can be sorted by what all services sort alike. */
static bool
odata_can_order(const RemoteTable *table, const RemoteColumn *column,
				Oid collation pg_attribute_unused())
{
	const ODataTable *info = odata_table(table);
	const ODataType *type = odata_column(table, column->attno)->type;

	return info->base.collection == NULL && !(info->unsupported & ODATA_ORDERBY) &&
		(type->ships & ODATA_SORT) && type->type == column->type;
}

static List *
odata_unique_key(const RemoteTable *table)
{
	return table_info(table)->collection == NULL ? table_info(table)->keys : NIL;
}

const Connector odata_connector = {
	.wrapper = "sap_b1_fdw",
	.flavour = "odata",
	.open_table = odata_open_table,
	.can_ship = odata_can_ship_here,
	.can_order = odata_can_order,
	.unique_key = odata_unique_key,
	.count_rows = odata_count_rows,
	.keys_per_request = odata_keys_per_request,
	.fits = odata_fits,
	.can_group = odata_can_group,
	.can_aggregate = odata_can_aggregate,
	.describe_scan = odata_describe_scan,
	.open_scan = odata_open_scan,
	.next_page = odata_next_page,
	.sample_page = odata_sample_page,
	.write_key = odata_write_key,
	.write_commands = odata_write_commands,
	.has_version = odata_has_version,
	.write_row = odata_write_row,
	.describe_write = odata_describe_write,
	.import_schema = odata_import,
};
