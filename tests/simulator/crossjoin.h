/*
 * crossjoin.h
 *		$crossjoin, $apply, and reading through QueryService_PostQuery.
 */
#ifndef CROSSJOIN_H
#define CROSSJOIN_H

#include "entity.h"

/* "path" is the decoded "$crossjoin(A,B)". */
extern bool crossjoin_read(Context *context, const char *path, const char *query_text);

/* POST QueryService_PostQuery: the same, answered as text/plain (SL 3.3). */
extern bool crossjoin_post_query(Context *context);

/* $apply over the row sources of a scope; "path" is for the next link. */
extern bool apply_read(Context *context, const Scope *scope, const Query *query, const char *path);

/* FROM clause of a scope: operands joined by commas. */
extern void scope_put_from(const Scope *scope, Sql *sql);

#endif
