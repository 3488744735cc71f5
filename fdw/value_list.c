/*
 * value_list.c
 *		A long list of values in a condition, asked for in parts.
 *
 * Pure data, in the context of its creation.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "lib/qunique.h"
#include "value_list.h"

/* The longest list among the conjuncts, NULL if none has two values. */
static Predicate *
longest_list(Predicate *predicate)
{
	Predicate  *longest = NULL;
	ListCell   *lc;

	if (predicate->op == PREDICATE_IN)
		return list_length(predicate->values) > 1 ? predicate : NULL;
	if (predicate->op != PREDICATE_AND)
		return NULL;
	foreach(lc, predicate->args)
	{
		Predicate  *found = longest_list(lfirst(lc));

		if (found != NULL &&
			(longest == NULL || list_length(found->values) > list_length(longest->values)))
			longest = found;
	}
	return longest;
}

static Predicate *
copy_predicate(const Predicate *predicate)
{
	Predicate  *copy = palloc(sizeof(Predicate));
	ListCell   *lc;

	*copy = *predicate;
	copy->args = NIL;
	foreach(lc, predicate->args)
		copy->args = lappend(copy->args, copy_predicate(lfirst(lc)));
	return copy;
}

/* Numbers that are equal must be one value: without zeros at the end, or minus zero. */
static char *
plain_number(const char *value)
{
	char	   *plain = pstrdup(value);
	char	   *end = plain + strlen(plain);

	if (strchr(plain, '.') != NULL && strchr(plain, 'e') == NULL)
	{
		while (end[-1] == '0')
			end--;
		if (end[-1] == '.')
			end--;
		*end = '\0';
	}
	return strcmp(plain, "-0") == 0 ? plain + 1 : plain;
}

static int
compare_values(const void *a, const void *b)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

ValueList *
value_list_create(const Predicate *predicate)
{
	ValueList  *list = palloc0(sizeof(ValueList));
	ListCell   *lc;

	list->predicate = copy_predicate(predicate);
	list->leaf = longest_list(list->predicate);
	if (list->leaf == NULL)
		return NULL;
	list->values = palloc(sizeof(char *) * list_length(list->leaf->values));
	foreach(lc, list->leaf->values)
		list->values[list->nvalues++] =
			list->leaf->value_type == NUMERICOID || list->leaf->value_type == FLOAT8OID
			? plain_number(lfirst(lc)) : lfirst(lc);
	qsort(list->values, list->nvalues, sizeof(char *), compare_values);
	list->nvalues = (int) qunique(list->values, list->nvalues, sizeof(char *), compare_values);
	return list;
}

void
value_list_shorten(ValueList *list, int keep)
{
	list->next = list->first + keep;
	list->leaf->values = NIL;
	for (int i = list->first; i < list->next; i++)
		list->leaf->values = lappend(list->leaf->values, list->values[i]);
}

bool
value_list_take(ValueList *list, int most)
{
	if (list->next == list->nvalues)
		return false;
	list->first = list->next;
	value_list_shorten(list, Min(most, list->nvalues - list->first));
	return true;
}

bool
value_list_owns(const ValueList *list, const char *text)
{
	char	  **found = bsearch(&text, list->values, list->nvalues, sizeof(char *), compare_values);

	return found == NULL ||
		(found >= list->values + list->first && found < list->values + list->next);
}
