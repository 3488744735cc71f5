/*
 * metadata_model.h
 *		What metadata_parse.c has read and metadata.c makes tables of.
 */
#ifndef STOCKBRIDGE_METADATA_MODEL_H
#define STOCKBRIDGE_METADATA_MODEL_H

#include "postgres.h"

#include "lib/stringinfo.h"
#include "nodes/pg_list.h"
#include "utils/hsearch.h"

/* OData's bound for one identifier; longer ones are refused. */
#define METADATA_NAME_MAX		128
#define METADATA_QUALIFIED_MAX	512

typedef enum MetadataKind
{
	METADATA_ENTITY,
	METADATA_COMPLEX,
	METADATA_ENUM,
	METADATA_DEFINITION			/* another name for a primitive type, its "base" */
} MetadataKind;

typedef struct MetadataProperty
{
	char	   *name;
	char	   *type;			/* "Edm.Int32", "SAPB1.Address"; of a collection: its members' */
	bool		is_collection;
	bool		is_navigation;	/* leads to entities */
	bool		is_contained;	/* … that are part of this one */
	bool		is_read_only;	/* the service computes it (Core.Computed) */
	bool		is_unfilterable;	/* may not stand in $filter */
} MetadataProperty;

typedef struct MetadataType
{
	char		qualified_name[METADATA_QUALIFIED_MAX]; /* hash key */
	MetadataKind kind;
	char	   *base;			/* qualified name of the type it extends, or NULL */
	List	   *properties;		/* of MetadataProperty *, without navigation */
	List	   *navigations;	/* of MetadataProperty * */
	List	   *keys;			/* of char *: paths of properties */
	StringInfoData members;		/* of an enumeration: "tNO, tYES" */
	List	   *member_values;	/* of char *: their values, as far as declared */
	bool		is_ambiguous;	/* of an enumeration: flags, or two names of one value */
} MetadataType;

typedef struct MetadataSet
{
	char	   *name;
	char	   *type;			/* qualified name */
	char	   *container;
	bool		is_singleton;	/* one entity, not a set */
	List	   *unsupported;	/* of char *: query options that the service does not know */
	List	   *unfilterable;	/* of char *: properties that may not stand in $filter */
} MetadataSet;

typedef struct MetadataModel
{
	HTAB	   *types;			/* of MetadataType */
	List	   *all_types;		/* of MetadataType *, in the order of the document */
	List	   *sets;			/* of MetadataSet *, in the order of the document */
	List	   *aliases;		/* of char *: alias, namespace, alias, … */
	List	   *actions;		/* of char *: bound action, type of its rows, action, … */
} MetadataModel;

/* metadata_parse: see metadata_tables for what it accepts and raises. */
extern MetadataModel *metadata_parse(const char *xml, size_t len,
									 const char *server_name);

/* metadata_type: the type of a qualified name, NULL if there is none. */
extern const MetadataType *metadata_type(const MetadataModel *model,
										 const char *qualified_name);

#endif							/* STOCKBRIDGE_METADATA_MODEL_H */
