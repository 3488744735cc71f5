/*
 * metadata_annotation.c
 *		What a service says about its own properties and sets: annotations, within
 *		their elements or in a block of its own that names them.
 *
 * Of the vocabularies only that counts which keeps a request from being refused:
 * what is computed (Core), and what cannot be asked (Capabilities).  Memory and
 * errors are as in metadata_parse.c, which calls this.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "metadata_parser.h"

static MetadataProperty *
named_property(const MetadataType *type, const char *name)
{
	ListCell   *lc;

	foreach(lc, type ? type->properties : NIL)
	{
		MetadataProperty *property = lfirst(lc);

		if (strcmp(property->name, name) == 0)
			return property;
	}
	return NULL;
}

static MetadataSet *
named_set(const MetadataModel *model, const char *name)
{
	ListCell   *lc;

	foreach(lc, model->sets)
	{
		MetadataSet *set = lfirst(lc);

		if (strcmp(set->name, name) == 0)
			return set;
	}
	return NULL;
}

/* Target="Namespace.Type/Property" or "Namespace.Container/Set". */
void
metadata_start_annotations(Parser *parser)
{
	char	   *target = metadata_attribute(parser, "Target");
	char	   *slash = target ? strchr(target, '/') : NULL;

	parser->property = NULL;
	parser->set = NULL;
	if (slash == NULL)
		return;
	*slash = '\0';
	parser->property = named_property(metadata_type(parser->model, target), slash + 1);
	if (parser->property == NULL)
		parser->set = named_set(parser->model, slash + 1);
}

/* Query options that the Capabilities vocabulary lets a set do without. */
static const struct
{
	const char *term;
	const char *member;			/* of a record; NULL = the term's own value */
	const char *unsupported;
}			capabilities[] = {
	{"TopSupported", NULL, "top"},
	{"SkipSupported", NULL, "skip"},
	{"FilterRestrictions", "Filterable", "filter"},
	{"SortRestrictions", "Sortable", "orderby"},
	{"CountRestrictions", "Countable", "count"},
	{"SelectSupport", "Supported", "select"},
	{"ExpandRestrictions", "Expandable", "expand"},
};

/* A term's value for what is being annotated; "member" of a record or NULL. */
static void
note_value(Parser *parser, const char *member, const char *value)
{
	size_t		i;

	if (parser->term == NULL)
		return;
	if (parser->property != NULL && strcmp(parser->term, "Computed") == 0 && member == NULL)
		parser->property->is_read_only = value == NULL || metadata_is_true(value);
	if (parser->set == NULL || value == NULL || strcmp(value, "false") != 0)
		return;
	for (i = 0; i < lengthof(capabilities); i++)
	{
		if (strcmp(capabilities[i].term, parser->term) == 0 &&
			(member == NULL) == (capabilities[i].member == NULL) &&
			(member == NULL || strcmp(capabilities[i].member, member) == 0))
			parser->set->unsupported = lappend(parser->set->unsupported,
											   unconstify(char *, capabilities[i].unsupported));
	}
}

/* Terms are told by their last name: the rest may be any alias. */
void
metadata_start_annotation(Parser *parser)
{
	char	   *term = metadata_attribute(parser, "Term");
	char	   *dot = term ? strrchr(term, '.') : NULL;

	parser->term_member = NULL;
	parser->term = dot ? dot + 1 : NULL;
	if (xmlTextReaderIsEmptyElement(parser->reader) == 1)
		note_value(parser, NULL, metadata_attribute(parser, "Bool"));
}

void
metadata_start_property_value(Parser *parser)
{
	parser->term_member = metadata_attribute(parser, "Property");
	if (parser->term_member != NULL && metadata_has_attribute(parser, "Bool"))
		note_value(parser, parser->term_member, metadata_attribute(parser, "Bool"));
}

void
metadata_start_property_path(Parser *parser)
{
	parser->in_path = parser->set != NULL && parser->term_member != NULL &&
		strcmp(parser->term_member, "NonFilterableProperties") == 0;
}

/* Text counts only as the path of a property. */
void
metadata_read_text(Parser *parser)
{
	const char *text = (const char *) xmlTextReaderConstValue(parser->reader);

	if (parser->in_path && text != NULL)
		parser->set->unfilterable = lappend(parser->set->unfilterable,
											pg_any_to_server(pstrdup(text), strlen(text), PG_UTF8));
	parser->in_path = false;
}
