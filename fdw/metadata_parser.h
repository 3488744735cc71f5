/*
 * metadata_parser.h
 *		Between the files that read EDMX: where the one pass over it is.
 */
#ifndef STOCKBRIDGE_METADATA_PARSER_H
#define STOCKBRIDGE_METADATA_PARSER_H

#include "postgres.h"

#include <libxml/xmlreader.h>

#include "metadata_model.h"

typedef struct Parser
{
	xmlTextReaderPtr reader;
	MemoryContextCallback free_reader;
	const char *server_name;
	MetadataModel *model;
	char	   *namespace;		/* of the Schema we are in */
	char	   *container;		/* … and of the EntityContainer */
	MetadataType *type;			/* the type whose members are being read */
	MetadataProperty *property; /* what annotations are about: a property, */
	MetadataSet *set;			/* or an entity set */
	char	   *term;			/* what they say of it, and in which member */
	char	   *term_member;
	char	   *action;			/* bound action whose first parameter is to come */
	bool		in_path;		/* the text is the path of a property */
	bool		seen_root;
	char		error[200];		/* libxml2's first complaint */
	int			error_line;
} Parser;

/* metadata_has_attribute, metadata_attribute: of the current element; NULL if it has none. */
extern bool metadata_has_attribute(const Parser *parser, const char *name);
extern char *metadata_attribute(const Parser *parser, const char *name);

/* metadata_is_true: a Boolean as XML spells it; NULL is false. */
static inline bool
metadata_is_true(const char *value)
{
	return value != NULL && (strcmp(value, "true") == 0 || strcmp(value, "1") == 0);
}

/* Elements of annotations, and the text in them (metadata_annotation.c). */
extern void metadata_start_annotations(Parser *parser);
extern void metadata_start_annotation(Parser *parser);
extern void metadata_start_property_value(Parser *parser);
extern void metadata_start_property_path(Parser *parser);
extern void metadata_read_text(Parser *parser);

#endif							/* STOCKBRIDGE_METADATA_PARSER_H */
