/*
 * qual.c
 *		From PostgreSQL's quals to predicates that a connector may ship.
 *
 * A qual is taken apart only as far as its meaning is certain: built-in
 * comparison operators between a column of the table and an expression that
 * is the same for all of its rows, lists of values, NULL and truth tests,
 * IS DISTINCT FROM, and AND and OR of these.  Whether a leaf may be shipped is
 * the connector's word.  NOT is no case of its own: the planner has turned it
 * into the operators' negators, and what it could not turn is left here.
 *
 * What is left out of an AND widens the result, which the executor rechecks;
 * it makes the whole inexact.
 */
#include "postgres.h"

#include "access/transam.h"
#include "catalog/pg_type.h"
#include "connector.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "scan.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

typedef struct QualContext
{
	RelOptInfo *rel;
	const RemoteTable *table;
	Relids		outer;			/* relations whose columns have given values */
	List	  **params;
	bool		exact;			/* no leaf was widened and nothing left out so far */
} QualContext;

static Predicate *build(QualContext *context, Expr *expr);

/*
 * Functions that PostgreSQL inserts to compare a column with a value of a wider
 * type, and that neither change the value nor its order.
 */
static bool
is_widening_cast(Oid function)
{
	switch (function)
	{
		case F_INT4_INT2:
		case F_INT8_INT2:
		case F_INT8_INT4:
		case F_NUMERIC_INT2:
		case F_NUMERIC_INT4:
		case F_NUMERIC_INT8:
		case F_TIMESTAMP_DATE:
			return true;
		default:
			return false;
	}
}

/* The column that an expression is, looking through casts that change nothing. */
static const RemoteColumn *
column_of(const QualContext *context, Node *node)
{
	Var		   *var;

	for (;;)
	{
		if (IsA(node, RelabelType))
			node = (Node *) ((RelabelType *) node)->arg;
		else if (IsA(node, FuncExpr) && is_widening_cast(((FuncExpr *) node)->funcid))
			node = linitial(((FuncExpr *) node)->args);
		else
			break;
	}
	var = (Var *) node;
	if (!IsA(node, Var) || (Index) var->varno != context->rel->relid ||
		var->varlevelsup != 0 || var->varattno <= 0)
		return NULL;
	return &context->table->columns[var->varattno - 1];
}

/* Whether an expression has one value for the whole scan. */
static bool
is_scan_constant(const QualContext *context, Node *node)
{
	ListCell   *lc;

	foreach(lc, pull_var_clause(node, PVC_RECURSE_AGGREGATES | PVC_RECURSE_WINDOWFUNCS |
								PVC_RECURSE_PLACEHOLDERS))
		if (!bms_is_member(lfirst_node(Var, lc)->varno, context->outer))
			return false;
	return !contain_volatile_functions(node) && !contain_subplans(node);
}

static Predicate *
make_leaf(const RemoteColumn *column, PredicateOp op)
{
	Predicate  *predicate = palloc0(sizeof(Predicate));

	predicate->op = op;
	predicate->attno = column->attno;
	predicate->param = -1;
	return predicate;
}

/* A leaf that compares a column with an expression. */
static Predicate *
make_comparison(const QualContext *context, const RemoteColumn *column,
				PredicateOp op, Node *value, bool is_array)
{
	Predicate  *predicate = make_leaf(column, op);

	predicate->param = list_length(*context->params);
	predicate->param_is_array = is_array;
	predicate->value_type = is_array ? get_element_type(exprType(value)) : exprType(value);
	*context->params = lappend(*context->params, value);
	return predicate;
}

static Predicate *
make_branch(PredicateOp op, List *args)
{
	Predicate  *branch = palloc0(sizeof(Predicate));

	branch->op = op;
	branch->param = -1;
	branch->args = args;
	return branch;
}

static bool
can_ship(QualContext *context, const RemoteColumn *column, PredicateOp op,
		 Oid value_type, Oid collation)
{
	ShipExtent	extent = context->table->server->connector->can_ship(context->table, column, op,
																	 value_type, collation);

	if (extent == SHIP_WIDER)
		context->exact = false;
	return extent != SHIP_NO;
}

/*
 * What a built-in comparison operator means; false for all others.  Among the
 * built-in operators on the types that connectors ship these names have but
 * one meaning.
 */
static bool
operator_meaning(Oid opno, PredicateOp *op)
{
	static const struct
	{
		const char *name;
		PredicateOp op;
	}			meanings[] =
	{
		{"=", PREDICATE_EQ},
		{"<>", PREDICATE_NE},
		{"<", PREDICATE_LT},
		{"<=", PREDICATE_LE},
		{">", PREDICATE_GT},
		{">=", PREDICATE_GE},
		{"~~", PREDICATE_LIKE},
		{"~~*", PREDICATE_ILIKE},
	};
	char	   *name = opno < FirstGenbkiObjectId ? get_opname(opno) : NULL;

	for (size_t i = 0; name != NULL && i < lengthof(meanings); i++)
	{
		if (strcmp(meanings[i].name, name) == 0)
		{
			*op = meanings[i].op;
			return true;
		}
	}
	return false;
}

/*
 * The column and the value of a comparison, whichever side they are on; *opno
 * becomes the operator that has the column on the left.
 */
static const RemoteColumn *
comparison_sides(const QualContext *context, List *args, Oid *opno, Node **value)
{
	const RemoteColumn *column;

	if (list_length(args) != 2)
		return NULL;
	*value = lsecond(args);
	column = column_of(context, linitial(args));
	if (column == NULL)
	{
		*value = linitial(args);
		column = column_of(context, lsecond(args));
		*opno = get_commutator(*opno);
	}
	return column != NULL && OidIsValid(*opno) && is_scan_constant(context, *value) ? column : NULL;
}

/* column OP value, or value OP column. */
static Predicate *
build_operator(QualContext *context, OpExpr *expr)
{
	Oid			opno = expr->opno;
	Node	   *value;
	PredicateOp op;
	const RemoteColumn *column = comparison_sides(context, expr->args, &opno, &value);

	if (column == NULL || !operator_meaning(opno, &op) ||
		!can_ship(context, column, op, exprType(value), expr->inputcollid))
		return NULL;
	return make_comparison(context, column, op, value, false);
}

/* column = ANY (array), column <> ALL (array) */
static Predicate *
build_list(QualContext *context, ScalarArrayOpExpr *expr)
{
	const RemoteColumn *column = column_of(context, linitial(expr->args));
	Node	   *array = lsecond(expr->args);
	PredicateOp op;
	Oid			element = get_element_type(exprType(array));

	if (column == NULL || !is_scan_constant(context, array) || !OidIsValid(element) ||
		!operator_meaning(expr->opno, &op) ||
		op != (expr->useOr ? PREDICATE_EQ : PREDICATE_NE))
		return NULL;
	op = expr->useOr ? PREDICATE_IN : PREDICATE_NOT_IN;
	if (!can_ship(context, column, op, element, expr->inputcollid))
		return NULL;
	return make_comparison(context, column, op, array, true);
}

static Predicate *
build_null(QualContext *context, const RemoteColumn *column, bool is_null)
{
	PredicateOp op = is_null ? PREDICATE_IS_NULL : PREDICATE_IS_NOT_NULL;

	if (!can_ship(context, column, op, InvalidOid, InvalidOid))
		return NULL;
	return make_leaf(column, op);
}

static Predicate *
build_null_test(QualContext *context, NullTest *test)
{
	const RemoteColumn *column = column_of(context, (Node *) test->arg);

	if (column == NULL || test->argisrow)
		return NULL;
	return build_null(context, column, test->nulltesttype == IS_NULL);
}

/*
 * column IS [NOT] DISTINCT FROM a constant: a comparison, and of the nulls only
 * what the constant makes of them.
 */
static Predicate *
build_distinct(QualContext *context, DistinctExpr *expr, bool distinct)
{
	Oid			opno = expr->opno;
	PredicateOp op = distinct ? PREDICATE_NE : PREDICATE_EQ;
	PredicateOp meaning;
	Node	   *value;
	Predicate  *comparison;
	Predicate  *null;
	const RemoteColumn *column = comparison_sides(context, expr->args, &opno, &value);

	if (column == NULL || !IsA(value, Const) ||
		!operator_meaning(opno, &meaning) || meaning != PREDICATE_EQ)
		return NULL;
	if (((Const *) value)->constisnull)
		return build_null(context, column, !distinct);
	if (!can_ship(context, column, op, exprType(value), expr->inputcollid))
		return NULL;
	comparison = make_comparison(context, column, op, value, false);
	if (!distinct)
		return comparison;
	null = build_null(context, column, true);
	return null == NULL ? NULL : make_branch(PREDICATE_OR, list_make2(comparison, null));
}

/* A boolean column that has one of its two values. */
static Predicate *
build_boolean(QualContext *context, Node *node, bool wanted)
{
	const RemoteColumn *column = column_of(context, node);

	if (column == NULL || column->type != BOOLOID ||
		!can_ship(context, column, PREDICATE_EQ, BOOLOID, InvalidOid))
		return NULL;
	return make_comparison(context, column, PREDICATE_EQ, makeBoolConst(wanted, false), false);
}

/* column IS [NOT] TRUE, FALSE, UNKNOWN */
static Predicate *
build_boolean_test(QualContext *context, BooleanTest *test)
{
	Node	   *arg = (Node *) test->arg;
	const RemoteColumn *column = column_of(context, arg);
	Predicate  *other;
	Predicate  *null;

	switch (test->booltesttype)
	{
		case IS_TRUE:
		case IS_FALSE:
			return build_boolean(context, arg, test->booltesttype == IS_TRUE);
		case IS_UNKNOWN:
		case IS_NOT_UNKNOWN:
			return column == NULL ? NULL
				: build_null(context, column, test->booltesttype == IS_UNKNOWN);
		case IS_NOT_TRUE:
		case IS_NOT_FALSE:
			other = build_boolean(context, arg, test->booltesttype == IS_NOT_FALSE);
			null = other == NULL ? NULL : build_null(context, column, true);
			return null == NULL ? NULL : make_branch(PREDICATE_OR, list_make2(other, null));
	}
	return NULL;
}

/* Of NOT only what has no negator: a boolean column, IS DISTINCT FROM. */
static Predicate *
build_not(QualContext *context, Node *arg)
{
	if (IsA(arg, DistinctExpr))
		return build_distinct(context, (DistinctExpr *) arg, false);
	return build_boolean(context, arg, false);
}

/*
 * Whether a branch is a disjunction of equalities of one column with values of
 * one type: a list of values written out.
 */
static bool
is_list_of_values(const QualContext *context, const Predicate *branch)
{
	const Predicate *first = linitial(branch->args);
	Oid			type;
	ListCell   *lc;

	if (branch->op != PREDICATE_OR || list_length(branch->args) < 2 || first->param < 0)
		return false;
	type = exprType(list_nth(*context->params, first->param));
	if (!OidIsValid(get_array_type(type)))
		return false;
	foreach(lc, branch->args)
	{
		const Predicate *arm = lfirst(lc);

		if (arm->op != PREDICATE_EQ || arm->attno != first->attno || arm->param < 0 ||
			exprType(list_nth(*context->params, arm->param)) != type)
			return false;
	}
	return true;
}

/*
 * That list as one leaf, which a connector can send in parts if it is long; its
 * values are the parameters from "nparams" on.
 */
static Predicate *
make_list(QualContext *context, const Predicate *branch, int nparams)
{
	const Predicate *first = linitial(branch->args);
	ArrayExpr  *array = makeNode(ArrayExpr);
	ListCell   *lc;

	foreach(lc, branch->args)
		array->elements = lappend(array->elements,
								  list_nth(*context->params, ((Predicate *) lfirst(lc))->param));
	array->element_typeid = exprType(linitial(array->elements));
	array->array_typeid = get_array_type(array->element_typeid);
	array->array_collid = exprCollation(linitial(array->elements));
	array->location = -1;
	*context->params = list_truncate(*context->params, nparams);
	return make_comparison(context, &context->table->columns[first->attno - 1], PREDICATE_IN,
						   eval_const_expressions(NULL, (Node *) array), true);
}

/* AND and OR.  Leaving out an arm widens an AND; an OR needs all of its arms. */
static Predicate *
build_branch(QualContext *context, BoolExpr *expr)
{
	bool		is_and = expr->boolop == AND_EXPR;
	int			nparams = list_length(*context->params);
	Predicate  *branch = make_branch(is_and ? PREDICATE_AND : PREDICATE_OR, NIL);
	ListCell   *lc;

	foreach(lc, expr->args)
	{
		Predicate  *arm = build(context, lfirst(lc));

		if (arm != NULL)
			branch->args = lappend(branch->args, arm);
		else if (!is_and)
		{
			*context->params = list_truncate(*context->params, nparams);
			return NULL;
		}
	}
	if (branch->args == NIL)
		return NULL;
	return is_list_of_values(context, branch) ? make_list(context, branch, nparams) : branch;
}

/* A predicate for an expression; NULL if it is left out. */
static Predicate *
build(QualContext *context, Expr *expr)
{
	Predicate  *predicate = NULL;

	switch (nodeTag(expr))
	{
		case T_OpExpr:
			predicate = build_operator(context, (OpExpr *) expr);
			break;
		case T_ScalarArrayOpExpr:
			predicate = build_list(context, (ScalarArrayOpExpr *) expr);
			break;
		case T_NullTest:
			predicate = build_null_test(context, (NullTest *) expr);
			break;
		case T_DistinctExpr:
			predicate = build_distinct(context, (DistinctExpr *) expr, true);
			break;
		case T_BooleanTest:
			predicate = build_boolean_test(context, (BooleanTest *) expr);
			break;
		case T_Var:
			predicate = build_boolean(context, (Node *) expr, true);
			break;
		case T_BoolExpr:
			if (((BoolExpr *) expr)->boolop == NOT_EXPR)
				predicate = build_not(context, linitial(((BoolExpr *) expr)->args));
			else
				predicate = build_branch(context, (BoolExpr *) expr);
			break;
		default:
			break;
	}
	if (predicate == NULL)
		context->exact = false;
	return predicate;
}

/* All of a list that is not left out. */
static Predicate *
build_all(QualContext *context, List *restrictinfos)
{
	List	   *predicates = NIL;
	ListCell   *lc;

	foreach(lc, restrictinfos)
	{
		Predicate  *predicate = build(context, lfirst_node(RestrictInfo, lc)->clause);

		if (predicate != NULL)
			predicates = lappend(predicates, predicate);
	}
	return predicate_all(predicates);
}

Predicate *
qual_build_predicate(RelOptInfo *rel, const RemoteTable *table,
					 List *restrictinfos, List **params, bool *exact)
{
	QualContext context = {.rel = rel, .table = table, .params = params, .exact = true};
	Predicate  *predicate = build_all(&context, restrictinfos);

	*exact = context.exact;
	return predicate;
}

Predicate *
qual_build_parameterized(RelOptInfo *rel, const RemoteTable *table,
						 List *restrictinfos, Relids outer, List **params)
{
	QualContext context = {.rel = rel, .table = table, .outer = outer, .params = params};

	return build_all(&context, restrictinfos);
}
