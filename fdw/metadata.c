/*
 * metadata.c
 *		From declared types to tables: one per entity set, and one per
 *		collection of complex values in it.
 *
 * Single complex values are flattened into their owner's columns.  A
 * collection within a collection is not a table of its own: a request reaches
 * one level (SL §3.3).  What we do not understand becomes text rather than an
 * error, because metadata differs with every company and release (SL §9).
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "metadata.h"
#include "metadata_model.h"
#include "service_layer_import.h"

/* Complex values within complex values are flattened this deep. */
#define MAX_NESTING			8

/* Base types of base types are followed this far. */
#define MAX_INHERITANCE		16

/* More in all is no company but a bomb: few types make many columns. */
#define MAX_ALL_COLUMNS		1000000

/* The table that is being described. */
typedef struct Builder
{
	const MetadataModel *model;
	const char *server_name;
	List	   *tables;			/* of ImportTable * */
	int			all_columns;	/* in all tables */
	/* of the current table: */
	ImportColumn columns[MaxHeapAttributeNumber];
	int			ncolumns;
	bool		is_full;		/* has as many columns as a table can have */
} Builder;

/* Types that have another name in the other version. */
static const struct
{
	const char *declared;
	const char *type;
}			type_synonyms[] = {
	{"Edm.DateTime", "Edm.Date"},
	{"Edm.DateTimeOffset", "Edm.Date"},
	{"Edm.TimeOfDay", "Edm.Time"},
};

/*
 * Collections whose members carry their parent's key and a number of their own
 * (SL §6), so that $crossjoin can join and page them.  It has to be known of
 * each: PaymentInvoices, for one, have a DocEntry that is the invoice's and not
 * the payment's.  All others are unfolded from their parents, which is always
 * right.
 */
static const struct
{
	const char *collection;
	const char *line_key;
}			joined_collections[] = {
	{"ItemWarehouseInfoCollection", "WarehouseCode"},
	{"DocumentLines", "LineNum"},
	{"StockTransferLines", "LineNum"},
	{"InventoryCountingLines", "LineNumber"},
	{"InventoryPostingLines", "LineNumber"},
};

static const char *
type_name(const MetadataType *type, const char *declared)
{
	const char *dot = strrchr(declared, '.');
	size_t		i;

	if (type)
		return dot ? dot + 1 : declared;
	for (i = 0; i < lengthof(type_synonyms); i++)
	{
		if (strcmp(type_synonyms[i].declared, declared) == 0)
			return type_synonyms[i].type;
	}
	return strncmp(declared, "Edm.", 4) == 0 || dot == NULL ? declared : dot + 1;
}

/* Own and inherited properties, the base type's first. */
static List *
all_properties(const MetadataModel *model, const MetadataType *type, int depth)
{
	const MetadataType *base = NULL;

	if (type->base && depth < MAX_INHERITANCE)
		base = metadata_type(model, type->base);
	if (base == NULL)
		return list_copy(type->properties);
	return list_concat(all_properties(model, base, depth + 1), type->properties);
}

static List *
entity_keys(const MetadataModel *model, const MetadataType *type)
{
	int			depth;

	for (depth = 0; type && depth < MAX_INHERITANCE; depth++)
	{
		if (type->keys != NIL || type->base == NULL)
			return type->keys;
		type = metadata_type(model, type->base);
	}
	return NIL;
}

static bool
has_name(List *names, const char *name)
{
	ListCell   *lc;

	foreach(lc, names)
	{
		if (strcmp(lfirst(lc), name) == 0)
			return true;
	}
	return false;
}

static const MetadataProperty *
find_property(List *properties, const char *name)
{
	ListCell   *lc;

	foreach(lc, properties)
	{
		const MetadataProperty *property = lfirst(lc);

		if (strcmp(property->name, name) == 0)
			return property;
	}
	return NULL;
}

/*
 * Columns
 */

static ImportColumn *
add_column(Builder *builder, const char *path, const MetadataType *type,
		   const char *declared_type)
{
	static ImportColumn ignored;
	ImportColumn *column = &ignored;

	if (builder->ncolumns < MaxHeapAttributeNumber)
		column = &builder->columns[builder->ncolumns++];
	else
		builder->is_full = true;
	memset(column, 0, sizeof(ImportColumn));
	column->property = path;
	column->type = type_name(type, declared_type);
	if (type && type->kind == METADATA_ENUM)
		column->values = type->members.data;
	return column;
}

/* Types on the way from the table's own down to the current one. */
typedef struct Nesting
{
	const struct Nesting *outer;
	const MetadataType *type;
	const char *prefix;			/* "TaxExtension/", "" at the top */
	int			depth;
} Nesting;

static bool
is_within(const Nesting *nesting, const MetadataType *type)
{
	for (; nesting; nesting = nesting->outer)
	{
		if (nesting->type == type)
			return true;
	}
	return false;
}

/*
 * Add the single-valued properties of a type, marking those that are keys and
 * passing over one; both names hold at the top only.
 */
static void
add_properties(Builder *builder, const Nesting *nesting, List *keys, const char *except)
{
	List	   *properties = all_properties(builder->model, nesting->type, 0);
	ListCell   *lc;

	foreach(lc, properties)
	{
		const MetadataProperty *property = lfirst(lc);
		const MetadataType *type = metadata_type(builder->model, property->type);
		const char *path = psprintf("%s%s", nesting->prefix, property->name);

		if (property->is_collection || (except && strcmp(except, property->name) == 0))
			continue;
		if (type == NULL || type->kind == METADATA_ENUM)
			add_column(builder, path, type, property->type)->is_key =
				has_name(keys, property->name);
		else if (nesting->depth < MAX_NESTING && !is_within(nesting, type) &&
				 !builder->is_full)
		{
			Nesting		inner = {nesting, type, psprintf("%s/", path), nesting->depth + 1};

			add_properties(builder, &inner, NIL, NULL);
		}
	}
}

static void
add_all_properties(Builder *builder, const MetadataType *type, List *keys, const char *except)
{
	Nesting		top = {NULL, type, "", 0};

	add_properties(builder, &top, keys, except);
}

/*
 * Tables
 */

static void
start_table(Builder *builder)
{
	builder->ncolumns = 0;
	builder->is_full = false;
}

static void
finish_table(Builder *builder, const char *entity, const char *collection,
			 bool is_nested)
{
	ImportTable *table = palloc0(sizeof(ImportTable));
	ImportColumn *columns = palloc(sizeof(ImportColumn) * Max(builder->ncolumns, 1));

	if (builder->is_full)
		ereport(WARNING,
				(errmsg("%s%s%s of server \"%s\" has more properties than a table can have columns",
						entity, collection ? "/" : "", collection ? collection : "",
						builder->server_name),
				 errdetail("Properties after the first %d are left out.",
						   MaxHeapAttributeNumber)));
	builder->all_columns += builder->ncolumns;
	if (builder->all_columns > MAX_ALL_COLUMNS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("$metadata of server \"%s\" declares more than %d columns",
						builder->server_name, MAX_ALL_COLUMNS)));
	memcpy(columns, builder->columns, sizeof(ImportColumn) * builder->ncolumns);
	table->entity = entity;
	table->collection = collection;
	table->is_nested = is_nested;
	table->ncolumns = builder->ncolumns;
	table->columns = columns;
	builder->tables = lappend(builder->tables, table);
}

/*
 * The property that tells a parent's lines apart, if the collection can be
 * joined with its entity; else NULL.
 */
static const char *
line_key(const Builder *builder, const char *collection, const MetadataType *member,
		 List *keys)
{
	List	   *properties = all_properties(builder->model, member, 0);
	size_t		i;

	for (i = 0; i < lengthof(joined_collections); i++)
	{
		if (strcmp(joined_collections[i].collection, collection) == 0 &&
			list_length(keys) == 1 && find_property(properties, linitial(keys)) &&
			find_property(properties, joined_collections[i].line_key))
			return joined_collections[i].line_key;
	}
	return NULL;
}

/* The parent's key first, then the members' own properties. */
static void
add_collection_table(Builder *builder, const MetadataSet *set,
					 const MetadataType *entity, const MetadataProperty *collection,
					 const MetadataType *member)
{
	List	   *keys = entity_keys(builder->model, entity);
	List	   *properties = all_properties(builder->model, entity, 0);
	const char *number = line_key(builder, collection->name, member, keys);
	ListCell   *lc;

	start_table(builder);
	foreach(lc, keys)
	{
		const MetadataProperty *key = find_property(properties, lfirst(lc));
		ImportColumn *column;

		if (key == NULL)
			continue;
		column = add_column(builder, key->name, metadata_type(builder->model, key->type),
							key->type);
		column->of_entity = true;
		column->is_key = true;
	}
	/* Where lines are joined by the parent's key, their copy of it is the same. */
	if (number)
		add_all_properties(builder, member, list_make1(unconstify(char *, number)),
						   linitial(keys));
	else
		add_all_properties(builder, member, NIL, NULL);
	finish_table(builder, set->name, collection->name, number == NULL);
}

static void
add_set(Builder *builder, const MetadataSet *set)
{
	const MetadataType *type = metadata_type(builder->model, set->type);
	List	   *properties;
	ListCell   *lc;

	if (type == NULL || type->kind != METADATA_ENTITY)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_STRING_FORMAT),
				 errmsg("$metadata of server \"%s\" cannot be read: entity set %s is of unknown type %s",
						builder->server_name, set->name, set->type)));
	start_table(builder);
	add_all_properties(builder, type, entity_keys(builder->model, type), NULL);
	finish_table(builder, set->name, NULL, false);

	properties = all_properties(builder->model, type, 0);
	foreach(lc, properties)
	{
		const MetadataProperty *property = lfirst(lc);
		const MetadataType *member = metadata_type(builder->model, property->type);

		if (property->is_collection && member && member->kind == METADATA_COMPLEX)
			add_collection_table(builder, set, type, property, member);
	}
}

List *
metadata_tables(const char *xml, size_t len, const char *server_name)
{
	Builder    *builder = palloc0(sizeof(Builder));
	ListCell   *lc;

	builder->model = metadata_parse(xml, len, server_name);
	builder->server_name = server_name;
	foreach(lc, builder->model->sets)
		add_set(builder, lfirst(lc));
	return builder->tables;
}
