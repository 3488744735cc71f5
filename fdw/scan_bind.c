/*
 * scan_bind.c
 *		Values of a foreign scan's parameters, as a request has them.
 *
 * They are evaluated when a run begins, in the memory of that run.
 */
#include "postgres.h"

#include "nodes/nodeFuncs.h"
#include "scan_private.h"

/* A copy of a predicate with values filled in; "only_constants" for EXPLAIN. */
static Predicate *
bind_predicate(RemoteScan *state, ExprContext *econtext, const Predicate *predicate,
			   bool only_constants)
{
	Predicate  *bound = palloc(sizeof(Predicate));
	ListCell   *lc;

	*bound = *predicate;
	bound->args = NIL;
	foreach(lc, predicate->args)
		bound->args = lappend(bound->args,
							  bind_predicate(state, econtext, lfirst(lc), only_constants));
	if (predicate->param >= list_length(state->params))
	{
		if (only_constants)
			return bound;
		bound->values = state->keys;
		bound->param = -1;
	}
	else if (predicate->param >= 0 &&
		(!only_constants || IsA(list_nth(state->param_exprs, predicate->param), Const)))
	{
		bool		isnull;
		Datum		value = ExecEvalExpr((ExprState *) list_nth(state->params, predicate->param),
										 econtext, &isnull);

		tuple_bind_leaf(bound, value, isnull);
	}
	return bound;
}

ScanRequest *
scan_bind_request(RemoteScan *state, ExprContext *econtext, bool only_constants)
{
	ScanRequest *request = palloc(sizeof(ScanRequest));

	*request = state->request;
	if (request->predicate != NULL)
		request->predicate = bind_predicate(state, econtext, request->predicate, only_constants);
	return request;
}

char *
scan_run_key(RemoteScan *state, ExprContext *econtext)
{
	StringInfoData key;
	ListCell   *lc;

	initStringInfo(&key);
	foreach(lc, state->params)
	{
		Node	   *expr = list_nth(state->param_exprs, foreach_current_index(lc));
		Datum		value;
		bool		isnull;
		char	   *text;

		if (IsA(expr, Const))
			continue;
		value = ExecEvalExpr((ExprState *) lfirst(lc), econtext, &isnull);
		text = tuple_value_text(value, isnull, exprType(expr));
		if (text == NULL)
			appendStringInfoChar(&key, 'n');
		else
			appendStringInfo(&key, "%zu:%s", strlen(text), text);
	}
	return key.data;
}

/* The value of OFFSET or LIMIT; -1 for none or null. */
static int64
bound_value(RemoteScan *state, ExprContext *econtext, int param, const char *clause)
{
	bool		isnull;
	Datum		value;

	if (param < 0)
		return -1;
	value = ExecEvalExprSwitchContext(list_nth(state->params, param), econtext, &isnull);
	if (isnull)
		return -1;
	if (DatumGetInt64(value) < 0)
		ereport(ERROR,
				(errcode(strcmp(clause, "OFFSET") == 0
						 ? ERRCODE_INVALID_ROW_COUNT_IN_RESULT_OFFSET_CLAUSE
						 : ERRCODE_INVALID_ROW_COUNT_IN_LIMIT_CLAUSE),
				 errmsg("%s must not be negative", clause)));
	return DatumGetInt64(value);
}

int64
scan_bind_bounds(RemoteScan *state, ExprContext *econtext, ScanRequest *request,
				 bool only_constants)
{
	int			offset = state->offset_param;
	int			limit = state->limit_param;
	int64		rows;

	if (only_constants && offset >= 0 && !IsA(list_nth(state->param_exprs, offset), Const))
		offset = -1;
	if (only_constants && limit >= 0 && !IsA(list_nth(state->param_exprs, limit), Const))
		limit = -1;
	request->offset = Max(0, bound_value(state, econtext, offset, "OFFSET"));
	rows = bound_value(state, econtext, limit, "LIMIT");
	request->limit = Max(0, rows);
	return rows;
}
