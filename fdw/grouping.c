/*
 * grouping.c
 *		Groupings as lists of nodes, so that a cached plan can hold them.
 *
 * (keys, functions, attribute numbers): three integer lists, the last two of
 * the same length.
 */
#include "postgres.h"

#include "grouping.h"

void
grouping_add_aggregate(Grouping *grouping, RemoteAggregate aggregate)
{
	RemoteAggregate *added = palloc(sizeof(RemoteAggregate));

	*added = aggregate;
	grouping->aggregates = lappend(grouping->aggregates, added);
}

List *
grouping_to_list(const Grouping *grouping)
{
	List	   *functions = NIL;
	List	   *attnos = NIL;
	ListCell   *lc;

	if (grouping == NULL)
		return NIL;
	foreach(lc, grouping->aggregates)
	{
		RemoteAggregate *aggregate = lfirst(lc);

		functions = lappend_int(functions, aggregate->function);
		attnos = lappend_int(attnos, aggregate->attno);
	}
	return list_make3(grouping->keys, functions, attnos);
}

Grouping *
grouping_from_list(List *list)
{
	Grouping   *grouping;
	List	   *functions;

	if (list == NIL)
		return NULL;
	grouping = palloc0(sizeof(Grouping));
	grouping->keys = linitial(list);
	functions = lsecond(list);
	for (int i = 0; i < list_length(functions); i++)
	{
		RemoteAggregate aggregate = {list_nth_int(functions, i), list_nth_int(lthird(list), i)};

		grouping_add_aggregate(grouping, aggregate);
	}
	return grouping;
}
