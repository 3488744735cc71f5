/*
 * metadata.h
 *		The tables that a $metadata document declares.
 */
#ifndef STOCKBRIDGE_METADATA_H
#define STOCKBRIDGE_METADATA_H

#include "postgres.h"

#include "nodes/pg_list.h"

/* A name and what goes with it; a NULL name ends an array of them. */
typedef struct MetadataPair
{
	const char *name;
	const char *other;
} MetadataPair;

/* How a kind of service is to be read. */
typedef struct MetadataRules
{
	const MetadataPair *synonyms;	/* EDM types that the tables know by another
									 * name; NULL = no column */
	const MetadataPair *joined; /* collections that $crossjoin joins, and what tells
								 * their members apart */
	bool		qualified_names;	/* enumerations with their namespace */
	bool		whole;			/* whatever has a type: collections of primitive
								 * values and contained entities as tables, those
								 * within rows as JSON; singletons */
	bool		collection_columns; /* collections of complex values as columns of their
									 * entity's table, besides their own */
	bool		actions;		/* those that are bound to a set's type */
	bool		navigations;	/* entities of other sets that a collection leads to */
	bool		derived;		/* properties of types that extend a set's type */
} MetadataRules;

/*
 * metadata_tables
 *		A List of ImportTable *, in the order of the document, from EDMX of
 *		OData 3 or 4.
 *
 * Memory in the current context.  The document may be anything: what is no
 * EDMX raises ERRCODE_FDW_INVALID_STRING_FORMAT with server and line; nothing
 * in it makes us open a file or a connection, or expand an entity.  A set of a
 * type that is not declared is left out with a warning.
 */
extern List *metadata_tables(const char *xml, size_t len, const char *server_name,
							 const MetadataRules *rules);

#endif							/* STOCKBRIDGE_METADATA_H */
