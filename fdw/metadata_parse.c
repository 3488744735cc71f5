/*
 * metadata_parse.c
 *		One pass over an EDMX document, with libxml2's pull reader.
 *
 * The document comes from a remote and may be hostile: no network, no external
 * subset, no entities (a document type declaration is refused), libxml2's own
 * limits on depth and sizes left on, names bounded and checked here.
 *
 * libxml2 allocates with malloc and must not be jumped out of.  Nothing here
 * raises while libxml2 is on the stack (we pull, it does not call back, except
 * for the error handler, which only takes notes), and the reader belongs to a
 * memory context whose reset frees it, so every ERROR is safe.  Everything
 * kept is copied to palloc'ed memory in the server's encoding.
 */
#include "postgres.h"

#include <libxml/xmlreader.h>

#include "mb/pg_wchar.h"
#include "metadata_parser.h"
#include "miscadmin.h"
#include "utils/memutils.h"

static void
free_reader(void *arg)
{
	Parser	   *parser = arg;

	if (parser->reader)
		xmlFreeTextReader(parser->reader);
	parser->reader = NULL;
}

/* Called by libxml2: must not raise.  Only plain text gets into our message. */
static void
note_error(void *arg, const char *message, xmlParserSeverities severity,
		   xmlTextReaderLocatorPtr locator)
{
	Parser	   *parser = arg;
	size_t		len = Min(strcspn(message, "\n"), sizeof(parser->error) - 1);
	size_t		i;

	if (parser->error[0] != '\0' || severity == XML_PARSER_SEVERITY_WARNING ||
		severity == XML_PARSER_SEVERITY_VALIDITY_WARNING)
		return;
	for (i = 0; i < len; i++)
		parser->error[i] = message[i] >= ' ' && message[i] < 0x7f ? message[i] : '?';
	parser->error[len] = '\0';
	parser->error_line = xmlTextReaderLocatorLineNumber(locator);
}

static void
invalid_document(const Parser *parser, int line, const char *reason)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_STRING_FORMAT),
			 errmsg("$metadata of server \"%s\" cannot be read: %s at line %d",
					parser->server_name, reason, line),
			 errhint("Check that the server's option \"url\" is the root of the service.")));
}

static int
current_line(const Parser *parser)
{
	return (int) xmlGetLineNo(xmlTextReaderCurrentNode(parser->reader));
}

bool
metadata_has_attribute(const Parser *parser, const char *name)
{
	bool		found = xmlTextReaderMoveToAttribute(parser->reader, BAD_CAST name) == 1;

	(void) xmlTextReaderMoveToElement(parser->reader);
	return found;
}

char *
metadata_attribute(const Parser *parser, const char *name)
{
	const char *value;
	char	   *copy;

	if (xmlTextReaderMoveToAttribute(parser->reader, BAD_CAST name) != 1)
		return NULL;
	value = (const char *) xmlTextReaderConstValue(parser->reader);
	copy = pstrdup(value ? value : "");
	(void) xmlTextReaderMoveToElement(parser->reader);
	return pg_any_to_server(copy, strlen(copy), PG_UTF8);
}

/*
 * Names end up in statements, options and URLs.  What EDM allows in them is
 * letters, digits and underscores; namespaces and types have dots as well.
 * Against the standard, user-defined objects of B1 have inner spaces ("My
 * Item"), and properties of others hyphens ("request-id").
 */
static bool
is_plain_name(const char *name, size_t max, const char *also)
{
	size_t		len = strlen(name);
	const char *c;

	if (len == 0 || len >= max || name[0] == ' ' || name[len - 1] == ' ')
		return false;
	for (c = name; *c; c++)
	{
		bool		letter = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
			(*c >= '0' && *c <= '9') || *c == '_' || IS_HIGHBIT_SET(*c);

		if (!letter && strchr(also, *c) == NULL)
			return false;
	}
	return true;
}

static char *
checked_attribute(const Parser *parser, const char *name, size_t max, const char *also)
{
	char	   *value = metadata_attribute(parser, name);

	if (value == NULL || !is_plain_name(value, max, also))
		invalid_document(parser, current_line(parser),
						 psprintf("attribute %s is missing or no name", name));
	return value;
}

static char *
name_attribute(const Parser *parser)
{
	return checked_attribute(parser, "Name", METADATA_NAME_MAX, " -");
}

/*
 * Elements
 */

static void
start_schema(Parser *parser)
{
	char	   *alias = metadata_attribute(parser, "Alias");

	parser->namespace = checked_attribute(parser, "Namespace",
										  METADATA_QUALIFIED_MAX - METADATA_NAME_MAX - 1, ".");
	if (alias && is_plain_name(alias, METADATA_NAME_MAX, ""))
		parser->model->aliases = list_concat(parser->model->aliases,
											 list_make2(alias, parser->namespace));
}

static void
start_type(Parser *parser, MetadataKind kind)
{
	char	   *name = name_attribute(parser);
	char		key[METADATA_QUALIFIED_MAX] = {0};
	bool		found;

	if (parser->namespace == NULL)
		invalid_document(parser, current_line(parser), "type outside of a schema");
	snprintf(key, sizeof(key), "%s.%s", parser->namespace, name);
	parser->type = hash_search(parser->model->types, key, HASH_ENTER, &found);
	if (found)
		invalid_document(parser, current_line(parser),
						 psprintf("type %s is declared twice", name));
	parser->type->kind = kind;
	parser->type->base = metadata_attribute(parser, "BaseType");
	parser->type->properties = NIL;
	parser->type->navigations = NIL;
	parser->type->keys = NIL;
	parser->type->member_values = NIL;
	parser->type->is_ambiguous = false;
	initStringInfo(&parser->type->members);
	parser->model->all_types = lappend(parser->model->all_types, parser->type);
}

static void
start_entity_type(Parser *parser)
{
	start_type(parser, METADATA_ENTITY);
}

static void
start_complex_type(Parser *parser)
{
	start_type(parser, METADATA_COMPLEX);
}

static void
start_enum_type(Parser *parser)
{
	start_type(parser, METADATA_ENUM);
	parser->type->is_ambiguous = metadata_is_true(metadata_attribute(parser, "IsFlags"));
}

static void
start_type_definition(Parser *parser)
{
	start_type(parser, METADATA_DEFINITION);
	parser->type->base = checked_attribute(parser, "UnderlyingType", METADATA_QUALIFIED_MAX, ". ");
}

/* A property of any kind from the element's Name and Type. */
static MetadataProperty *
read_property(Parser *parser)
{
	static const char collection[] = "Collection(";
	MetadataProperty *property = palloc0(sizeof(MetadataProperty));
	size_t		len;

	property->name = name_attribute(parser);
	property->type = checked_attribute(parser, "Type", METADATA_QUALIFIED_MAX, ". ()");
	property->is_collection = strncmp(property->type, collection, strlen(collection)) == 0;
	len = strlen(property->type);
	if (property->is_collection && property->type[len - 1] == ')')
		property->type = pnstrdup(property->type + strlen(collection),
								  len - strlen(collection) - 1);
	if (!is_plain_name(property->type, METADATA_QUALIFIED_MAX, ". "))
		invalid_document(parser, current_line(parser),
						 psprintf("type of property %s is no name", property->name));
	return property;
}

static void
start_property(Parser *parser)
{
	/* With mapping information there are some that declare nothing. */
	if (parser->type == NULL || !metadata_has_attribute(parser, "Name"))
		return;
	parser->property = read_property(parser);
	parser->type->properties = lappend(parser->type->properties, parser->property);
}

/* Without a type it is one of OData 3, which leads through an association. */
static void
start_navigation(Parser *parser)
{
	MetadataProperty *property;

	if (parser->type == NULL || !metadata_has_attribute(parser, "Type"))
		return;
	property = read_property(parser);
	property->is_navigation = true;
	property->is_contained = metadata_is_true(metadata_attribute(parser, "ContainsTarget"));
	parser->type->navigations = lappend(parser->type->navigations, property);
}

static void
start_property_ref(Parser *parser)
{
	/* Associations of version 1 have them too, outside of any type. */
	if (parser->type)
		parser->type->keys = lappend(parser->type->keys,
									 checked_attribute(parser, "Name", METADATA_QUALIFIED_MAX,
													   " -/"));
}

/* Two names of one value: which of them an answer uses, nobody knows. */
static void
note_member_value(MetadataType *type, char *value)
{
	ListCell   *lc;

	if (value == NULL)
		return;
	foreach(lc, type->member_values)
		type->is_ambiguous = type->is_ambiguous || strcmp(lfirst(lc), value) == 0;
	type->member_values = lappend(type->member_values, value);
}

static void
start_member(Parser *parser)
{
	char	   *name;

	if (parser->type == NULL || parser->type->kind != METADATA_ENUM)
		return;
	/* Only to be shown, so anything goes. */
	name = metadata_attribute(parser, "Name");
	if (name == NULL)
		return;
	appendStringInfo(&parser->type->members, "%s%s",
					 parser->type->members.len ? ", " : "", name);
	note_member_value(parser->type, metadata_attribute(parser, "Value"));
}

static void
start_container(Parser *parser)
{
	parser->container = metadata_attribute(parser, "Name");
}

static void
add_set(Parser *parser, const char *type_attribute)
{
	MetadataSet *set = palloc0(sizeof(MetadataSet));

	set->name = name_attribute(parser);
	set->type = checked_attribute(parser, type_attribute, METADATA_QUALIFIED_MAX, ". ");
	set->container = parser->container;
	parser->model->sets = lappend(parser->model->sets, set);
	parser->set = set;
	parser->property = NULL;
}

static void
start_entity_set(Parser *parser)
{
	add_set(parser, "EntityType");
}

static void
start_singleton(Parser *parser)
{
	add_set(parser, "Type");
	parser->set->is_singleton = true;
}

/* An action is bound to the type of its first parameter; the attribute says so in either version. */
static void
start_action(Parser *parser)
{
	bool		bound = metadata_is_true(metadata_attribute(parser, "IsBound")) ||
		metadata_is_true(metadata_attribute(parser, "IsBindable"));

	parser->action = bound ? name_attribute(parser) : NULL;
}

static void
start_parameter(Parser *parser)
{
	char	   *type = metadata_attribute(parser, "Type");

	if (parser->action != NULL && type != NULL)
		parser->model->actions = lappend(lappend(parser->model->actions, parser->action), type);
	parser->action = NULL;
}

/* The elements that matter, the most frequent first; all others are passed by. */
static const struct
{
	const char *name;
	void		(*start) (Parser *parser);
	bool		is_type;		/* has members, which end with it */
}			elements[] = {
	{"Property", start_property, false},
	{"Member", start_member, false},
	{"ComplexType", start_complex_type, true},
	{"EnumType", start_enum_type, true},
	{"EntityType", start_entity_type, true},
	{"Parameter", start_parameter, false},
	{"FunctionImport", start_action, false},
	{"Action", start_action, false},
	{"Annotation", metadata_start_annotation, false},
	{"PropertyValue", metadata_start_property_value, false},
	{"PropertyPath", metadata_start_property_path, false},
	{"NavigationProperty", start_navigation, false},
	{"EntitySet", start_entity_set, false},
	{"PropertyRef", start_property_ref, false},
	{"Annotations", metadata_start_annotations, false},
	{"TypeDefinition", start_type_definition, true},
	{"Singleton", start_singleton, false},
	{"EntityContainer", start_container, false},
	{"Schema", start_schema, false},
};

static void
read_element(Parser *parser, bool starts)
{
	const char *name = (const char *) xmlTextReaderConstLocalName(parser->reader);
	bool		ends = !starts || xmlTextReaderIsEmptyElement(parser->reader) == 1;
	size_t		i;

	if (starts && !parser->seen_root && strcmp(name, "Edmx") != 0)
		invalid_document(parser, current_line(parser), "the document is no EDMX");
	parser->seen_root = true;
	for (i = 0; i < lengthof(elements); i++)
	{
		if (strcmp(elements[i].name, name) != 0)
			continue;
		if (starts)
			elements[i].start(parser);
		if (ends && elements[i].is_type)
			parser->type = NULL;
		return;
	}
}

static void
read_node(Parser *parser)
{
	switch (xmlTextReaderNodeType(parser->reader))
	{
		case XML_READER_TYPE_ELEMENT:
			read_element(parser, true);
			break;
		case XML_READER_TYPE_END_ELEMENT:
			read_element(parser, false);
			break;
		case XML_READER_TYPE_TEXT:
			metadata_read_text(parser);
			break;
		case XML_READER_TYPE_DOCUMENT_TYPE:
		case XML_READER_TYPE_ENTITY_REFERENCE:
			invalid_document(parser, current_line(parser),
							 "document types and entities are refused");
			break;
		default:
			break;
	}
}

static void
read_document(Parser *parser)
{
	int			result;

	while ((result = xmlTextReaderRead(parser->reader)) == 1)
	{
		CHECK_FOR_INTERRUPTS();
		read_node(parser);
	}
	if (result != 0 || parser->error[0] != '\0')
		invalid_document(parser, parser->error_line,
						 parser->error[0] ? parser->error : "malformed XML");
	if (!parser->seen_root)
		invalid_document(parser, 1, "the document is empty");
}

static MetadataModel *
create_model(void)
{
	MetadataModel *model = palloc0(sizeof(MetadataModel));
	HASHCTL		control = {0};

	control.keysize = METADATA_QUALIFIED_MAX;
	control.entrysize = sizeof(MetadataType);
	control.hcxt = CurrentMemoryContext;
	model->types = hash_create("metadata types", 2048, &control,
							   HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
	return model;
}

MetadataModel *
metadata_parse(const char *xml, size_t len, const char *server_name)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "metadata reader",
												  ALLOCSET_SMALL_SIZES);
	Parser	   *parser = MemoryContextAllocZero(context, sizeof(Parser));
	MetadataModel *model = create_model();

	parser->server_name = server_name;
	parser->model = model;
	if (len == 0 || len > INT_MAX)
		invalid_document(parser, 1, len ? "the document is too large" : "the document is empty");
	parser->reader = xmlReaderForMemory(xml, (int) len, NULL, NULL,
										XML_PARSE_NONET | XML_PARSE_COMPACT);
	parser->free_reader.func = free_reader;
	parser->free_reader.arg = parser;
	MemoryContextRegisterResetCallback(context, &parser->free_reader);
	if (parser->reader == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("could not allocate an XML reader")));
	xmlTextReaderSetErrorHandler(parser->reader, note_error, parser);
	read_document(parser);
	MemoryContextDelete(context);
	return model;
}

static const MetadataType *
find_type(const MetadataModel *model, const char *qualified_name)
{
	if (strlen(qualified_name) >= METADATA_QUALIFIED_MAX)
		return NULL;
	return hash_search(model->types, qualified_name, HASH_FIND, NULL);
}

const MetadataType *
metadata_type(const MetadataModel *model, const char *qualified_name)
{
	const MetadataType *type = find_type(model, qualified_name);
	const char *dot = strrchr(qualified_name, '.');
	int			i;

	if (type || dot == NULL)
		return type;
	for (i = 0; !type && i < list_length(model->aliases); i += 2)
	{
		const char *alias = list_nth(model->aliases, i);

		if (strlen(alias) == (size_t) (dot - qualified_name) &&
			strncmp(alias, qualified_name, dot - qualified_name) == 0)
			type = find_type(model, psprintf("%s%s", (char *) list_nth(model->aliases, i + 1), dot));
	}
	return type;
}
