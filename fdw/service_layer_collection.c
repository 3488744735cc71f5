/*
 * service_layer_collection.c
 *		Lines of a document that are written with it, as JSON.
 *
 * Business One ignores members that it computes without a word and refuses
 * those that it does not know (SL §5.1).  So what the column's options know of
 * both is checked here, before anything is sent.
 */
#include "postgres.h"

#include "odata_import.h"
#include "option.h"
#include "service_layer_write.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

/* The names of a list like "ItemCode, Quantity", as a List of char *. */
static List *
split_names(const char *names)
{
	List	   *list = NIL;

	while (names != NULL && *names != '\0')
	{
		size_t		len = strcspn(names, ", ");

		list = lappend(list, pnstrdup(names, len));
		names += len + strspn(names + len, ", ");
	}
	return list;
}

static bool
is_among(List *names, const char *name)
{
	ListCell   *lc;

	foreach(lc, names)
		if (strcmp(lfirst(lc), name) == 0)
			return true;
	return false;
}

static void
check_member(const RemoteColumn *column, List *members, List *computed, const char *name)
{
	const char *nearest;

	if (is_among(computed, name))
		ereport(ERROR,
				(errcode(ERRCODE_GENERATED_ALWAYS),
				 errmsg("member \"%s\" of column \"%s\" is computed by the remote and cannot be written",
						name, column->name),
				 errdetail("Business One would ignore it without a word."),
				 errhint("Leave it out.")));
	/* Annotations and user-defined fields that came after the import may pass. */
	if (members == NIL || is_among(members, name) || strchr(name, '@') != NULL ||
		strncmp(name, "U_", 2) == 0)
		return;
	nearest = nearest_name(name, members);
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("rows of column \"%s\" have no member \"%s\"", column->name, name),
			 nearest ? errhint("Did you mean \"%s\"?", nearest) :
			 errhint("The members that there are, are in the column's option \"members\"; import the foreign schema again if the company's have changed.")));
}

static void
refuse_form(const RemoteColumn *column)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_JSON_TEXT),
			 errmsg("value of column \"%s\" must be a JSON array of objects", column->name),
			 errhint("For example '[{\"ItemCode\": \"A1\", \"Quantity\": 2}]'.")));
}

void
service_layer_check_collection(const RemoteColumn *column, const char *json)
{
	const char *type = remote_option(column->options, "type");
	List	   *members = split_names(remote_option(column->options, "members"));
	List	   *computed = split_names(remote_option(column->options, "read_only_members"));
	Jsonb	   *value;
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue	item;
	int			depth = 0;

	if (type == NULL || strcmp(type, COLLECTION_TYPE) != 0)
		return;
	if (json == NULL)
		refuse_form(column);
	value = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(json)));
	if (!JB_ROOT_IS_ARRAY(value) || JB_ROOT_IS_SCALAR(value))
		refuse_form(column);
	iterator = JsonbIteratorInit(&value->root);
	while ((token = JsonbIteratorNext(&iterator, &item, false)) != WJB_DONE)
	{
		if ((token == WJB_ELEM || token == WJB_BEGIN_ARRAY) && depth == 1)
			refuse_form(column);
		if (token == WJB_BEGIN_ARRAY || token == WJB_BEGIN_OBJECT)
			depth++;
		else if (token == WJB_END_ARRAY || token == WJB_END_OBJECT)
			depth--;
		else if (token == WJB_KEY && depth == 2)
			check_member(column, members, computed,
						 pnstrdup(item.val.string.val, item.val.string.len));
	}
}
