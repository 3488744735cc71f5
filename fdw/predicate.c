/*
 * predicate.c
 *		Predicates as lists of nodes, so that a cached plan can hold them.
 *
 * Leaf:   (op, attno, other, param, param_is_array, value_type)
 * Branch: (op, child, child, …) with each child a list of the same kind.
 */
#include "postgres.h"

#include "nodes/value.h"
#include "predicate.h"

static bool
is_branch(PredicateOp op)
{
	return op == PREDICATE_AND || op == PREDICATE_OR;
}

Predicate *
predicate_all(List *predicates)
{
	Predicate  *all;

	if (list_length(predicates) < 2)
		return predicates != NIL ? linitial(predicates) : NULL;
	all = palloc0(sizeof(Predicate));
	all->op = PREDICATE_AND;
	all->param = -1;
	all->args = predicates;
	return all;
}

Predicate *
predicate_shift(const Predicate *predicate, int attnos, int params)
{
	Predicate  *shifted;
	ListCell   *lc;

	if (predicate == NULL)
		return NULL;
	shifted = palloc(sizeof(Predicate));
	*shifted = *predicate;
	shifted->args = NIL;
	foreach(lc, predicate->args)
		shifted->args = lappend(shifted->args, predicate_shift(lfirst(lc), attnos, params));
	if (shifted->attno > 0)
		shifted->attno += attnos;
	if (shifted->other > 0)
		shifted->other += attnos;
	if (shifted->param >= 0)
		shifted->param += params;
	return shifted;
}

List *
predicate_to_list(const Predicate *predicate)
{
	List	   *list = list_make1(makeInteger(predicate->op));
	ListCell   *lc;

	if (is_branch(predicate->op))
	{
		foreach(lc, predicate->args)
			list = lappend(list, predicate_to_list(lfirst(lc)));
		return list;
	}
	list = lappend(list, makeInteger(predicate->attno));
	list = lappend(list, makeInteger(predicate->other));
	list = lappend(list, makeInteger(predicate->param));
	list = lappend(list, makeInteger(predicate->param_is_array));
	list = lappend(list, makeInteger((int) predicate->value_type));
	return list;
}

Predicate *
predicate_from_list(List *list)
{
	Predicate  *predicate = palloc0(sizeof(Predicate));

	predicate->op = intVal(linitial(list));
	predicate->param = -1;
	if (is_branch(predicate->op))
	{
		for (int i = 1; i < list_length(list); i++)
			predicate->args = lappend(predicate->args,
									  predicate_from_list(list_nth(list, i)));
		return predicate;
	}
	predicate->attno = intVal(list_nth(list, 1));
	predicate->other = intVal(list_nth(list, 2));
	predicate->param = intVal(list_nth(list, 3));
	predicate->param_is_array = intVal(list_nth(list, 4)) != 0;
	predicate->value_type = (Oid) intVal(list_nth(list, 5));
	return predicate;
}

bool
predicate_uses_only(const Predicate *predicate, List *attnos)
{
	ListCell   *lc;

	foreach(lc, predicate->args)
	{
		if (!predicate_uses_only(lfirst(lc), attnos))
			return false;
	}
	return (predicate->attno == 0 || list_member_int(attnos, predicate->attno)) &&
		(predicate->other == 0 || list_member_int(attnos, predicate->other));
}

Predicate *
predicate_conjunct_eq(Predicate *predicate, int attno)
{
	ListCell   *lc;

	if (predicate == NULL)
		return NULL;
	if ((predicate->op == PREDICATE_EQ || predicate->op == PREDICATE_IN) &&
		predicate->attno == attno)
		return predicate;
	if (predicate->op != PREDICATE_AND)
		return NULL;
	foreach(lc, predicate->args)
	{
		Predicate  *found = predicate_conjunct_eq(lfirst(lc), attno);

		if (found != NULL)
			return found;
	}
	return NULL;
}
