/*
 * metadata.c
 *		From declared types to tables: one per entity set, and one per
 *		collection in it.
 *
 * Single complex values are flattened into their owner's columns.  A
 * collection within a collection is not a table of its own: a request reaches
 * one level (SL §3.3).  What we do not understand becomes text or JSON rather
 * than an error, because metadata differs with every service and release
 * (SL §9).  In what kinds of services differ is data: MetadataRules.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "metadata.h"
#include "metadata_model.h"
#include "odata_import.h"

/* Complex values within complex values are flattened this deep. */
#define MAX_NESTING			8

/* Base types of base types are followed this far. */
#define MAX_INHERITANCE		16

/* More in all is no company but a bomb: few types make many columns. */
#define MAX_ALL_COLUMNS		1000000

/* What is read as it is, because it has no columns. */
#define JSON_TYPE			"Edm.Untyped"

/* A collection found in an entity. */
typedef struct Collection
{
	const char *path;			/* "DocumentLines", "Address/Phones" */
	const MetadataProperty *property;
} Collection;

/* The table that is being described. */
typedef struct Builder
{
	const MetadataModel *model;
	const MetadataRules *rules;
	const char *server_name;
	List	   *tables;			/* of ImportTable * */
	List	   *action_types;	/* of MetadataType *: whose each of the model's actions is */
	int			all_columns;	/* in all tables */
	/* of the current table: */
	ImportColumn columns[MaxHeapAttributeNumber];
	int			ncolumns;
	bool		is_full;		/* has as many columns as a table can have */
	List	   *keys;			/* of char *: paths of the properties that are keys */
	const char *except;			/* path of a property to pass over, or NULL */
	bool		collections_as_json;
	List	   *collections;	/* of Collection *, found on the way */
} Builder;

static const MetadataPair *
find_pair(const MetadataPair *pairs, const char *name)
{
	for (; pairs && pairs->name; pairs++)
	{
		if (strcmp(pairs->name, name) == 0)
			return pairs;
	}
	return NULL;
}

/* What a table calls a type; NULL if there is to be no column of it. */
static const char *
type_name(const Builder *builder, const MetadataType *type, const char *declared)
{
	const MetadataPair *synonym = find_pair(builder->rules->synonyms, declared);
	const char *dot = strrchr(declared, '.');

	if (type && type->kind == METADATA_ENUM && builder->rules->qualified_names)
		return type->qualified_name;
	if (type == NULL && synonym)
		return synonym->other;
	if (type == NULL && strncmp(declared, "Edm.", 4) == 0)
		return declared;
	if (builder->rules->whole && (type == NULL || type->kind != METADATA_ENUM))
		return JSON_TYPE;
	return dot ? dot + 1 : declared;
}

/* The name of a type, and the type if it is declared, behind any definitions. */
static const char *
resolve_type(const Builder *builder, const char *name, const MetadataType **type)
{
	*type = metadata_type(builder->model, name);
	for (int depth = 0; *type && (*type)->kind == METADATA_DEFINITION && depth < MAX_INHERITANCE; depth++)
	{
		name = (*type)->base;
		*type = metadata_type(builder->model, name);
	}
	return name;
}

/* Own and inherited properties, the base type's first; or navigations. */
static List *
all_properties(const MetadataModel *model, const MetadataType *type, bool navigations, int depth)
{
	const MetadataType *base = NULL;
	List	   *own = navigations ? type->navigations : type->properties;

	if (type->base && depth < MAX_INHERITANCE)
		base = metadata_type(model, type->base);
	if (base == NULL)
		return list_copy(own);
	return list_concat(all_properties(model, base, navigations, depth + 1), own);
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
is_derived_from(const MetadataModel *model, const MetadataType *type, const MetadataType *base)
{
	for (int depth = 0; type && type->base && depth < MAX_INHERITANCE; depth++)
	{
		type = metadata_type(model, type->base);
		if (type == base)
			return true;
	}
	return false;
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

/* The property at a path of a type, or NULL. */
static const MetadataProperty *
find_property(const MetadataModel *model, const MetadataType *type, const char *path)
{
	size_t		len = strcspn(path, "/");
	List	   *properties = type ? all_properties(model, type, false, 0) : NIL;
	ListCell   *lc;

	foreach(lc, properties)
	{
		const MetadataProperty *property = lfirst(lc);

		if (strlen(property->name) != len || strncmp(property->name, path, len) != 0)
			continue;
		if (path[len] == '\0')
			return property;
		return find_property(model, metadata_type(model, property->type), path + len + 1);
	}
	return NULL;
}

/*
 * Columns
 */

static void
add_column(Builder *builder, const char *path, const MetadataProperty *property,
		   const MetadataType *type, const char *type_text)
{
	ImportColumn *column;

	if (type_text == NULL)
		return;
	if (builder->ncolumns == MaxHeapAttributeNumber)
	{
		builder->is_full = true;
		return;
	}
	column = &builder->columns[builder->ncolumns++];
	memset(column, 0, sizeof(ImportColumn));
	column->property = path;
	column->type = type_text;
	column->is_key = has_name(builder->keys, path);
	column->is_read_only = property->is_read_only;
	column->is_unfilterable = property->is_unfilterable;
	if (type && type->kind == METADATA_ENUM)
	{
		column->values = type->members.data;
		column->is_unfilterable = column->is_unfilterable ||
			(builder->rules->whole && type->is_ambiguous);
	}
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

/* The whole collection as one column, which says what its rows can have. */
static void
add_collection_column(Builder *builder, const char *path, const MetadataProperty *property)
{
	const MetadataType *type;
	StringInfoData members;
	int			before = builder->ncolumns;
	ListCell   *lc;

	(void) resolve_type(builder, property->type, &type);
	if (type == NULL || type->kind != METADATA_COMPLEX)
		return;
	initStringInfo(&members);
	foreach(lc, all_properties(builder->model, type, false, 0))
		appendStringInfo(&members, "%s%s", members.len ? ", " : "",
						 ((MetadataProperty *) lfirst(lc))->name);
	add_column(builder, path, property, NULL, COLLECTION_TYPE);
	if (builder->ncolumns > before && members.len > 0)
		builder->columns[before].members = members.data;
}

static void
add_collection(Builder *builder, const char *path, const MetadataProperty *property)
{
	Collection *collection = palloc(sizeof(Collection));

	if (builder->rules->collection_columns)
		add_collection_column(builder, path, property);

	if (builder->collections_as_json)
	{
		add_column(builder, path, property, NULL, JSON_TYPE);
		return;
	}
	collection->path = path;
	collection->property = property;
	builder->collections = lappend(builder->collections, collection);
}

static void add_properties(Builder *builder, const Nesting *nesting, List *properties);

/* A column, or those of a complex value. */
static void
add_property(Builder *builder, const Nesting *nesting, const MetadataProperty *property)
{
	const char *path = psprintf("%s%s", nesting->prefix, property->name);
	const MetadataType *type;
	const char *declared = resolve_type(builder, property->type, &type);

	if (builder->except && strcmp(builder->except, path) == 0)
		return;
	if (property->is_collection && (nesting->depth == 0 || builder->rules->whole))
		add_collection(builder, path, property);
	else if (property->is_collection)
		return;
	else if (type == NULL || type->kind == METADATA_ENUM)
		add_column(builder, path, property, type, type_name(builder, type, declared));
	else if (nesting->depth < MAX_NESTING && !is_within(nesting, type) && !builder->is_full)
	{
		Nesting		inner = {nesting, type, psprintf("%s/", path), nesting->depth + 1};

		add_properties(builder, &inner, all_properties(builder->model, type, false, 0));
	}
	else if (builder->rules->whole)
		add_column(builder, path, property, NULL, JSON_TYPE);
}

static void
add_properties(Builder *builder, const Nesting *nesting, List *properties)
{
	ListCell   *lc;

	foreach(lc, properties)
		add_property(builder, nesting, lfirst(lc));
}

static void
add_all_properties(Builder *builder, const MetadataType *type)
{
	Nesting		top = {NULL, type, "", 0};

	add_properties(builder, &top, all_properties(builder->model, type, false, 0));
}

/* What types that extend this one have besides, each under its type's name. */
static void
add_derived_properties(Builder *builder, const MetadataType *type)
{
	ListCell   *lc;

	foreach(lc, builder->model->all_types)
	{
		const MetadataType *derived = lfirst(lc);
		Nesting		top = {NULL, derived, psprintf("%s/", derived->qualified_name), 0};

		if (is_derived_from(builder->model, derived, type))
			add_properties(builder, &top, derived->properties);
	}
}

/*
 * Tables
 */

static void
start_table(Builder *builder, List *keys)
{
	builder->ncolumns = 0;
	builder->is_full = false;
	builder->keys = keys;
	builder->except = NULL;
	builder->collections_as_json = false;
	builder->collections = NIL;
}

/* Names of the actions that the rows of a type have, NULL if none. */
static char *
actions_of(const Builder *builder, const MetadataType *type)
{
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; i < list_length(builder->action_types); i++)
		if (list_nth(builder->action_types, i) == type)
			appendStringInfo(&names, "%s%s", names.len ? ", " : "",
							 (char *) list_nth(builder->model->actions, i * 2));
	return names.len ? names.data : NULL;
}

static void
finish_table(Builder *builder, const MetadataSet *set, const char *collection, const char *via)
{
	ImportTable *table = palloc0(sizeof(ImportTable));
	ImportColumn *columns = palloc(sizeof(ImportColumn) * Max(builder->ncolumns, 1));
	ListCell   *lc;

	if (builder->is_full)
		ereport(WARNING,
				(errmsg("%s%s%s of server \"%s\" has more properties than a table can have columns",
						set->name, collection ? "/" : "", collection ? collection : "",
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
	for (int i = 0; i < builder->ncolumns; i++)
		if (has_name(set->unfilterable, columns[i].property))
			columns[i].is_unfilterable = true;
	table->entity = set->name;
	table->collection = collection;
	table->via = via;
	table->is_singleton = set->is_singleton;
	foreach(lc, set->unsupported)
		table->unsupported = psprintf("%s%s%s", table->unsupported ? table->unsupported : "",
									  table->unsupported ? "," : "", (char *) lfirst(lc));
	if (builder->rules->actions && collection == NULL)
		table->actions = actions_of(builder, metadata_type(builder->model, set->type));
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
	const MetadataPair *joined = find_pair(builder->rules->joined, collection);

	if (joined != NULL && member != NULL && list_length(keys) == 1 &&
		find_property(builder->model, member, linitial(keys)) &&
		find_property(builder->model, member, joined->other))
		return joined->other;
	return NULL;
}

/* The key of a collection's entity, by which a row finds its parent. */
static void
add_parent_key(Builder *builder, const MetadataType *entity, List *keys)
{
	ListCell   *lc;

	foreach(lc, keys)
	{
		const MetadataProperty *key = find_property(builder->model, entity, lfirst(lc));
		int			before = builder->ncolumns;
		const MetadataType *type;
		const char *declared;

		if (key == NULL)
			continue;
		declared = resolve_type(builder, key->type, &type);
		add_column(builder, lfirst(lc), key, type, type_name(builder, type, declared));
		if (builder->ncolumns > before)
			builder->columns[before].of_entity = true;
	}
}

/* How a collection is read if $crossjoin does not join it; NULL if it is no table. */
static const char *
collection_via(const Builder *builder, const Collection *collection, const MetadataType *member)
{
	bool		is_complex = member && member->kind == METADATA_COMPLEX;

	if (collection->property->is_navigation)
		return member && member->kind == METADATA_ENTITY ? "expand" : NULL;
	if (is_complex)
		return "nested";
	return builder->rules->whole ? "values" : NULL;
}

/* The parent's key first, then the members' own properties. */
static void
add_collection_table(Builder *builder, const MetadataSet *set,
					 const MetadataType *entity, const Collection *collection)
{
	List	   *keys = entity_keys(builder->model, entity);
	const MetadataType *member;
	const char *declared = resolve_type(builder, collection->property->type, &member);
	const char *via = collection_via(builder, collection, member);
	const char *number = line_key(builder, collection->path, member, keys);

	if (via == NULL)
		return;
	start_table(builder, keys);
	builder->collections_as_json = builder->rules->whole;
	add_parent_key(builder, entity, keys);
	/* Where lines are joined by the parent's key, their copy of it is the same. */
	builder->keys = number ? list_make1(unconstify(char *, number)) : NIL;
	if (number)
		builder->except = linitial(keys);
	if (strcmp(via, "values") == 0)
		add_column(builder, "value", collection->property, member,
				   type_name(builder, member, declared));
	else
		add_all_properties(builder, member);
	finish_table(builder, set, collection->path, number ? NULL : via);
}

/* Entities that an entity has or, if asked for, leads to. */
static void
find_navigations(Builder *builder, const MetadataType *type)
{
	List	   *navigations = all_properties(builder->model, type, true, 0);
	ListCell   *lc;

	foreach(lc, navigations)
	{
		const MetadataProperty *navigation = lfirst(lc);

		if (navigation->is_collection &&
			(builder->rules->navigations || (builder->rules->whole && navigation->is_contained)))
			add_collection(builder, navigation->name, navigation);
	}
}

static void
add_set(Builder *builder, const MetadataSet *set)
{
	const MetadataType *type = metadata_type(builder->model, set->type);
	List	   *collections;
	ListCell   *lc;

	if (type == NULL || type->kind != METADATA_ENTITY)
	{
		ereport(WARNING,
				(errmsg("entity set %s of server \"%s\" is left out", set->name,
						builder->server_name),
				 errdetail("Its type %s is not declared in $metadata.", set->type)));
		return;
	}
	if (set->is_singleton && !builder->rules->whole)
		return;
	start_table(builder, entity_keys(builder->model, type));
	builder->collections_as_json = set->is_singleton;
	add_all_properties(builder, type);
	if (builder->rules->derived)
		add_derived_properties(builder, type);
	if (!set->is_singleton)
		find_navigations(builder, type);
	collections = builder->collections;
	finish_table(builder, set, NULL, NULL);
	foreach(lc, collections)
		add_collection_table(builder, set, type, lfirst(lc));
}

List *
metadata_tables(const char *xml, size_t len, const char *server_name, const MetadataRules *rules)
{
	Builder    *builder = palloc0(sizeof(Builder));
	ListCell   *lc;

	builder->model = metadata_parse(xml, len, server_name);
	builder->rules = rules;
	builder->server_name = server_name;
	for (int i = 1; rules->actions && i < list_length(builder->model->actions); i += 2)
		builder->action_types = lappend(builder->action_types,
										unconstify(MetadataType *, metadata_type(builder->model, list_nth(builder->model->actions, i))));
	foreach(lc, builder->model->sets)
		add_set(builder, lfirst(lc));
	return builder->tables;
}
