/*
 * metadata.h
 *		The tables that a $metadata document declares.
 */
#ifndef STOCKBRIDGE_METADATA_H
#define STOCKBRIDGE_METADATA_H

#include "postgres.h"

#include "nodes/pg_list.h"

/*
 * metadata_tables
 *		A List of ImportTable *, in the order of the document, from EDMX of
 *		OData 3 or 4.
 *
 * Memory in the current context.  The document may be anything: what is no
 * EDMX raises ERRCODE_FDW_INVALID_STRING_FORMAT with server and line; nothing
 * in it makes us open a file or a connection, or expand an entity.
 */
extern List *metadata_tables(const char *xml, size_t len, const char *server_name);

#endif							/* STOCKBRIDGE_METADATA_H */
