/*
 * value_list.h
 *		A long list of values in a condition, asked for in parts.
 *
 * "column IN (1,000 values)" makes a request that servers refuse; a request per
 * value would be worse.  So the list becomes parts, each a request of its own,
 * every distinct value in one of them.
 */
#ifndef STOCKBRIDGE_VALUE_LIST_H
#define STOCKBRIDGE_VALUE_LIST_H

#include "postgres.h"

#include "predicate.h"

typedef struct ValueList
{
	Predicate  *predicate;		/* a copy of the whole, of which "leaf" is the list */
	Predicate  *leaf;			/* its values are those of the part at hand */
	char	  **values;			/* distinct, sorted by bytes */
	int			nvalues;
	int			first;			/* of the part at hand */
	int			next;			/* first one behind it */
} ValueList;

/*
 * value_list_create
 *		The longest list among the conditions that a row must meet all of, or
 *		NULL if there is none of two values or more.
 *
 * No part is at hand yet.
 */
extern ValueList *value_list_create(const Predicate *predicate);

/*
 * value_list_take
 *		The next part, of at most so many values; false if none are left.
 */
extern bool value_list_take(ValueList *list, int most);

/* value_list_shorten: leave to the part at hand only its first "keep" values. */
extern void value_list_shorten(ValueList *list, int keep);

/*
 * value_list_owns
 *		Whether a row whose column has this text belongs to the part at hand.
 *
 * A remote that takes 'a' and 'A' for equal answers the same row for either; it
 * is kept where its own text was asked for.
 */
extern bool value_list_owns(const ValueList *list, const char *text);

#endif							/* STOCKBRIDGE_VALUE_LIST_H */
