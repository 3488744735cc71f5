/*
 * qual.c
 *		From PostgreSQL's quals to predicates that a connector may ship.
 *
 * A qual is taken apart only as far as its meaning is certain: built-in
 * comparison operators between a column of the table and an expression that
 * is the same for all of its rows, IN lists, NULL tests, booleans, and AND, OR,
 * NOT of these.  Whether a leaf may be shipped is the connector's word.
 *
 * Under NOT a leaf that selects too much would lose rows, so "negated" goes
 * down with the recursion, and parts may be dropped only where that widens
 * the result.
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
#include "utils/lsyscache.h"

typedef struct QualContext
{
	RelOptInfo *rel;
	const RemoteTable *table;
	Relids		outer;			/* relations whose columns have given values */
	List	  **params;
} QualContext;

static Predicate *build(const QualContext *context, Expr *expr, bool negated);

/* The column that an expression is, looking through binary-compatible casts. */
static const RemoteColumn *
column_of(const QualContext *context, Node *node)
{
	Var		   *var;

	while (IsA(node, RelabelType))
		node = (Node *) ((RelabelType *) node)->arg;
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

/* A leaf that compares a column with an expression. */
static Predicate *
make_comparison(const QualContext *context, const RemoteColumn *column,
				PredicateOp op, Node *value, bool is_array)
{
	Predicate  *predicate = palloc0(sizeof(Predicate));

	predicate->op = op;
	predicate->attno = column->attno;
	predicate->param = list_length(*context->params);
	predicate->param_is_array = is_array;
	predicate->value_type = is_array ? get_element_type(exprType(value)) : exprType(value);
	*context->params = lappend(*context->params, value);
	return predicate;
}

static bool
can_ship(const QualContext *context, const RemoteColumn *column, PredicateOp op,
		 Oid value_type, Oid collation, bool negated)
{
	const Connector *connector = context->table->server->connector;

	return connector->can_ship(context->table, column, op, value_type, collation, negated);
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

/* column OP value, or value OP column. */
static Predicate *
build_operator(const QualContext *context, OpExpr *expr, bool negated)
{
	const RemoteColumn *column;
	Oid			opno = expr->opno;
	Node	   *left;
	Node	   *right;
	PredicateOp op;

	if (list_length(expr->args) != 2)
		return NULL;
	left = linitial(expr->args);
	right = lsecond(expr->args);
	column = column_of(context, left);
	if (column == NULL)
	{
		Node	   *swap = left;

		left = right;
		right = swap;
		column = column_of(context, left);
		opno = get_commutator(opno);
	}
	if (column == NULL || !OidIsValid(opno) || !is_scan_constant(context, right) ||
		!operator_meaning(opno, &op) ||
		!can_ship(context, column, op, exprType(right), expr->inputcollid, negated))
		return NULL;
	return make_comparison(context, column, op, right, false);
}

/* column = ANY (array) */
static Predicate *
build_in(const QualContext *context, ScalarArrayOpExpr *expr, bool negated)
{
	const RemoteColumn *column = column_of(context, linitial(expr->args));
	Node	   *array = lsecond(expr->args);
	PredicateOp op;
	Oid			element;

	if (column == NULL || !expr->useOr || !is_scan_constant(context, array) ||
		!operator_meaning(expr->opno, &op) || op != PREDICATE_EQ)
		return NULL;
	element = get_element_type(exprType(array));
	if (!OidIsValid(element) ||
		!can_ship(context, column, PREDICATE_IN, element, expr->inputcollid, negated))
		return NULL;
	return make_comparison(context, column, PREDICATE_IN, array, true);
}

static Predicate *
build_null_test(const QualContext *context, NullTest *test, bool negated)
{
	const RemoteColumn *column = column_of(context, (Node *) test->arg);
	PredicateOp op = test->nulltesttype == IS_NULL ? PREDICATE_IS_NULL : PREDICATE_IS_NOT_NULL;
	Predicate  *predicate;

	if (column == NULL || test->argisrow ||
		!can_ship(context, column, op, InvalidOid, InvalidOid, negated))
		return NULL;
	predicate = palloc0(sizeof(Predicate));
	predicate->op = op;
	predicate->attno = column->attno;
	predicate->param = -1;
	return predicate;
}

/* A boolean column standing for itself. */
static Predicate *
build_boolean(const QualContext *context, Node *node, bool wanted, bool negated)
{
	const RemoteColumn *column = column_of(context, node);

	if (column == NULL || column->type != BOOLOID ||
		!can_ship(context, column, PREDICATE_EQ, BOOLOID, InvalidOid, negated))
		return NULL;
	return make_comparison(context, column, PREDICATE_EQ, makeBoolConst(wanted, false), false);
}

/*
 * AND and OR.  Dropping an arm widens an AND and, under NOT, an OR; the other
 * two need all of their arms.
 */
static Predicate *
build_branch(const QualContext *context, BoolExpr *expr, bool negated)
{
	bool		is_and = expr->boolop == AND_EXPR;
	bool		may_drop = is_and != negated;
	Predicate  *branch = palloc0(sizeof(Predicate));
	ListCell   *lc;

	branch->op = is_and ? PREDICATE_AND : PREDICATE_OR;
	branch->param = -1;
	foreach(lc, expr->args)
	{
		Predicate  *arm = build(context, lfirst(lc), negated);

		if (arm != NULL)
			branch->args = lappend(branch->args, arm);
		else if (!may_drop)
			return NULL;
	}
	return branch->args != NIL ? branch : NULL;
}

static Predicate *
build_not(const QualContext *context, BoolExpr *expr, bool negated)
{
	Node	   *arg = linitial(expr->args);
	Predicate  *inner = build_boolean(context, arg, false, negated);
	Predicate  *predicate;

	/* NOT column: the same as column = false. */
	if (inner != NULL)
		return inner;
	inner = build(context, (Expr *) arg, !negated);
	if (inner == NULL)
		return NULL;
	predicate = palloc0(sizeof(Predicate));
	predicate->op = PREDICATE_NOT;
	predicate->param = -1;
	predicate->args = list_make1(inner);
	return predicate;
}

static Predicate *
build(const QualContext *context, Expr *expr, bool negated)
{
	switch (nodeTag(expr))
	{
		case T_OpExpr:
			return build_operator(context, (OpExpr *) expr, negated);
		case T_ScalarArrayOpExpr:
			return build_in(context, (ScalarArrayOpExpr *) expr, negated);
		case T_NullTest:
			return build_null_test(context, (NullTest *) expr, negated);
		case T_Var:
			return build_boolean(context, (Node *) expr, true, negated);
		case T_BoolExpr:
			if (((BoolExpr *) expr)->boolop == NOT_EXPR)
				return build_not(context, (BoolExpr *) expr, negated);
			return build_branch(context, (BoolExpr *) expr, negated);
		default:
			return NULL;
	}
}

Predicate *
qual_build_predicate(RelOptInfo *rel, const RemoteTable *table,
					 List *restrictinfos, List **params)
{
	return qual_build_parameterized(rel, table, restrictinfos, NULL, params);
}

Predicate *
qual_build_parameterized(RelOptInfo *rel, const RemoteTable *table,
						 List *restrictinfos, Relids outer, List **params)
{
	QualContext context = {.rel = rel, .table = table, .outer = outer, .params = params};
	List	   *predicates = NIL;
	ListCell   *lc;

	foreach(lc, restrictinfos)
	{
		Predicate  *predicate = build(&context, lfirst_node(RestrictInfo, lc)->clause, false);

		if (predicate != NULL)
			predicates = lappend(predicates, predicate);
	}
	return predicate_all(predicates);
}
