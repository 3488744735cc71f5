/*
 * odata_parse.c
 *		$filter and value expressions: text to tree.
 *
 * The grammar is that of SL 3.1 and no more: comparisons, and/or/not, four
 * functions; arithmetic only inside a cross join (SL 3.3).  Lambdas, in, has,
 * and every other function are refused with code 201.  Recursion is bounded.
 */
#include <ctype.h>
#include <string.h>

#include "odata.h"

#define DEPTH_LIMIT 200

typedef enum TokenKind
{
	TOKEN_END,
	TOKEN_WORD,					/* name, path or keyword */
	TOKEN_STRING,
	TOKEN_NUMBER,
	TOKEN_PUNCTUATION,			/* ( ) , */
	TOKEN_BAD
} TokenKind;

typedef struct Parser
{
	Context    *context;
	const Scope *scope;
	const char *next;			/* first character after the current token */
	TokenKind	kind;
	const char *text;			/* of the current token, decoded */
	int			depth;
	bool		failed;
} Parser;

static Node *parse_or(Parser *parser);
static Node *parse_sum(Parser *parser);

static Node *
fail(Parser *parser, const char *message)
{
	if (!parser->failed)
		respond_error(parser->context, 400, "201", "%s", message);
	parser->failed = true;
	return NULL;
}

static Node *
fail_condition(Parser *parser)
{
	return fail(parser, "Query string error - Invalid filter condition");
}

static Node *
fail_symbol(Parser *parser)
{
	return fail(parser, "Query string error - Invalid symbol in the filter condition");
}

/* A quoted literal; *text stands behind the opening quote. */
static bool
scan_string(Parser *parser, const char *text)
{
	char	   *copy = arena_alloc(parser->context->arena, strlen(text) + 1);

	parser->text = copy;
	for (;; text++)
	{
		if (*text == '\0')
			return false;
		if (*text == '\'' && *++text != '\'')
			break;
		*copy++ = *text;
	}
	parser->next = text;
	return true;
}

static void
scan_run(Parser *parser, const char *start, const char *extra)
{
	const char *end = start + 1;

	while (isalnum((unsigned char) *end) || (*end != '\0' && strchr(extra, *end) != NULL))
		end++;
	parser->text = arena_strndup(parser->context->arena, start, (size_t) (end - start));
	parser->next = end;
}

static void
advance(Parser *parser)
{
	const char *text = parser->next;

	while (*text == ' ' || *text == '\t')
		text++;
	parser->next = text;
	if (*text == '\0')
		parser->kind = TOKEN_END;
	else if (*text == '\'')
		parser->kind = scan_string(parser, text + 1) ? TOKEN_STRING : TOKEN_BAD;
	else if (isalpha((unsigned char) *text) || *text == '_' || *text == '$')
	{
		scan_run(parser, text, "_/$");
		parser->kind = TOKEN_WORD;
		/* datetime'…' and its relatives are strings with a prefix */
		if (*parser->next == '\'')
			parser->kind = strcmp(parser->text, "datetime") == 0 &&
				scan_string(parser, parser->next + 1) ? TOKEN_STRING : TOKEN_BAD;
	}
	else if (isdigit((unsigned char) *text) || ((*text == '-' || *text == '.') && text[1] != '\0'))
	{
		scan_run(parser, text, ".+-:");
		parser->kind = TOKEN_NUMBER;
	}
	else if (strchr("(),", *text) != NULL)
	{
		parser->text = arena_strndup(parser->context->arena, text, 1);
		parser->next = text + 1;
		parser->kind = TOKEN_PUNCTUATION;
	}
	else
		parser->kind = TOKEN_BAD;
}

static bool
at(const Parser *parser, TokenKind kind, const char *text)
{
	return parser->kind == kind && strcmp(parser->text, text) == 0;
}

static bool
take(Parser *parser, const char *punctuation)
{
	if (!at(parser, TOKEN_PUNCTUATION, punctuation))
	{
		if (parser->kind == TOKEN_BAD)
			fail_symbol(parser);
		else
			fail_condition(parser);
		return false;
	}
	advance(parser);
	return true;
}

static Node *
make_node(Parser *parser, NodeKind kind, const char *operator, Node *left, Node *right)
{
	Node	   *node = arena_alloc(parser->context->arena, sizeof(Node));

	node->kind = kind;
	node->operator = operator;
	node->child = arena_alloc(parser->context->arena, sizeof(Node *) * 2);
	node->child[0] = left;
	node->child[1] = right;
	node->child_count = right != NULL ? 2 : left != NULL ? 1 : 0;
	return node;
}

static void
add_child(Parser *parser, Node *node, Node *child)
{
	/* grows at powers of two; the arena keeps the old arrays until the end */
	if (node->child_count >= 2 && (node->child_count & (node->child_count - 1)) == 0)
	{
		Node	  **larger = arena_alloc(parser->context->arena,
										 sizeof(Node *) * (size_t) node->child_count * 2);

		memcpy(larger, node->child, sizeof(Node *) * (size_t) node->child_count);
		node->child = larger;
	}
	node->child[node->child_count++] = child;
}

const Property *
odata_find_field(Context *context, const Scope *scope, const char *path, const Operand **operand)
{
	const char *name = path;
	const Property *property = NULL;

	*operand = &scope->operand[0];
	if (scope->crossjoin)
	{
		const char *slash = strrchr(path, '/');

		name = NULL;
		for (int i = 0; slash != NULL && i < scope->count; i++)
			if (strlen(scope->operand[i].path) == (size_t) (slash - path) &&
				strncmp(scope->operand[i].path, path, (size_t) (slash - path)) == 0)
			{
				*operand = &scope->operand[i];
				name = slash + 1;
			}
	}
	if (name != NULL)
		property = model_find_property((*operand)->type, name, context->version);
	if (property == NULL || property->kind == EDM_COLLECTION)
	{
		respond_error(context, 400, "201", "Property '%s' is invalid", path);
		return NULL;
	}
	return property;
}

static Node *
parse_field(Parser *parser)
{
	const Operand *operand;
	const Property *property;
	Node	   *node;

	property = odata_find_field(parser->context, parser->scope, parser->text, &operand);
	if (property == NULL)
	{
		parser->failed = true;
		return NULL;
	}
	node = make_node(parser, NODE_FIELD, NULL, NULL, NULL);
	node->operand = operand;
	node->property = property;
	node->text = parser->text;
	advance(parser);
	return node;
}

static Node *
parse_literal(Parser *parser)
{
	Node	   *node = make_node(parser, NODE_LITERAL, NULL, NULL, NULL);

	node->literal = parser->kind == TOKEN_STRING ? LITERAL_STRING :
		parser->kind == TOKEN_NUMBER ? LITERAL_NUMBER : LITERAL_NULL;
	node->text = parser->text;
	advance(parser);
	return node;
}

/* startswith(P,'x') and so on; substringof('x',P) has its arguments swapped. */
static Node *
parse_function(Parser *parser, const char *name)
{
	static const struct
	{
		const char *name;
		const char *kind;
		bool		swapped;
	}			function[] = {
		{"startswith", "0", false}, {"endswith", "1", false},
		{"contains", "2", false}, {"substringof", "2", true},
	};

	for (size_t i = 0; i < MODEL_LENGTH(function); i++)
	{
		Node	   *first;
		Node	   *second;
		Node	   *field;
		Node	   *pattern;

		if (strcmp(function[i].name, name) != 0)
			continue;
		if (!take(parser, "(") || (first = parse_sum(parser)) == NULL || !take(parser, ",") ||
			(second = parse_sum(parser)) == NULL || !take(parser, ")"))
			return NULL;
		field = function[i].swapped ? second : first;
		pattern = function[i].swapped ? first : second;
		if (field->kind != NODE_FIELD || field->property->kind != EDM_STRING ||
			pattern->kind != NODE_LITERAL || pattern->literal != LITERAL_STRING)
			return fail_condition(parser);
		return make_node(parser, NODE_MATCH, function[i].kind, field, pattern);
	}
	return fail_condition(parser);
}

static bool
is_lambda(const char *word)
{
	const char *slash = strrchr(word, '/');

	return slash != NULL && (strcmp(slash, "/any") == 0 || strcmp(slash, "/all") == 0);
}

static Node *
parse_primary(Parser *parser)
{
	Node	   *node;

	if (at(parser, TOKEN_PUNCTUATION, "("))
	{
		if (++parser->depth > DEPTH_LIMIT)
			return fail_condition(parser);
		advance(parser);
		node = parse_or(parser);
		parser->depth--;
		return node != NULL && take(parser, ")") ? node : NULL;
	}
	if (parser->kind == TOKEN_STRING || parser->kind == TOKEN_NUMBER || at(parser, TOKEN_WORD, "null"))
		return parse_literal(parser);
	if (parser->kind == TOKEN_WORD)
	{
		const char *word = parser->text;

		if (*parser->next == '(')
		{
			if (is_lambda(word))
				return fail_symbol(parser);
			advance(parser);
			return parse_function(parser, word);
		}
		/* a line collection of the set itself is not reachable from a filter */
		if (!parser->scope->crossjoin && strchr(word, '/') != NULL)
			return fail_condition(parser);
		return parse_field(parser);
	}
	return parser->kind == TOKEN_BAD ? fail_symbol(parser) : fail_condition(parser);
}

/* One level of left-associative arithmetic with the operators a and b. */
static Node *
parse_arithmetic(Parser *parser, const char *a, const char *b, Node *(*lower) (Parser *))
{
	Node	   *left = lower(parser);

	while (left != NULL && (at(parser, TOKEN_WORD, a) || at(parser, TOKEN_WORD, b)))
	{
		const char *operator = parser->text;
		Node	   *right;

		if (!parser->scope->arithmetic || left->kind < NODE_ARITHMETIC)
			return fail_condition(parser);
		advance(parser);
		right = lower(parser);
		if (right == NULL)
			return NULL;
		if (right->kind < NODE_ARITHMETIC)
			return fail_condition(parser);
		left = make_node(parser, NODE_ARITHMETIC, operator, left, right);
	}
	return left;
}

static Node *
parse_product(Parser *parser)
{
	return parse_arithmetic(parser, "mul", "div", parse_primary);
}

static Node *
parse_sum(Parser *parser)
{
	return parse_arithmetic(parser, "add", "sub", parse_product);
}

static bool
is_comparison(const Parser *parser)
{
	static const char *const operators[] = {"eq", "ne", "gt", "ge", "lt", "le"};

	for (size_t i = 0; parser->kind == TOKEN_WORD && i < MODEL_LENGTH(operators); i++)
		if (strcmp(parser->text, operators[i]) == 0)
			return true;
	return false;
}

static Node *
parse_comparison(Parser *parser)
{
	Node	   *left = parse_sum(parser);
	Node	   *right;
	const char *operator;

	if (left == NULL)
		return NULL;
	if (!is_comparison(parser))
		return left->kind < NODE_ARITHMETIC || parser->depth > 0 ? left : fail_condition(parser);
	operator = parser->text;
	/* a literal stands on the right; a condition is not a value */
	if (left->kind < NODE_ARITHMETIC || left->kind == NODE_LITERAL)
		return fail_condition(parser);
	advance(parser);
	right = parse_sum(parser);
	if (right == NULL)
		return NULL;
	if (right->kind < NODE_ARITHMETIC)
		return fail_condition(parser);
	return make_node(parser, NODE_COMPARE, operator, left, right);
}

static Node *
parse_not(Parser *parser)
{
	Node	   *child;

	if (!at(parser, TOKEN_WORD, "not"))
		return parse_comparison(parser);
	advance(parser);
	/* not takes a parenthesis or a function, never a bare comparison */
	child = parse_primary(parser);
	if (child == NULL)
		return NULL;
	if (child->kind >= NODE_ARITHMETIC)
		return fail_condition(parser);
	return make_node(parser, NODE_NOT, NULL, child, NULL);
}

static Node *
parse_chain(Parser *parser, const char *word, NodeKind kind, Node *(*lower) (Parser *))
{
	Node	   *first = lower(parser);
	Node	   *chain = NULL;

	while (first != NULL && at(parser, TOKEN_WORD, word))
	{
		Node	   *next;

		advance(parser);
		next = lower(parser);
		if (next == NULL)
			return NULL;
		if (first->kind >= NODE_ARITHMETIC || next->kind >= NODE_ARITHMETIC)
			return fail_condition(parser);
		if (chain == NULL)
			chain = make_node(parser, kind, NULL, first, next);
		else
			add_child(parser, chain, next);
	}
	return chain != NULL ? chain : first;
}

static Node *
parse_and(Parser *parser)
{
	return parse_chain(parser, "and", NODE_AND, parse_not);
}

static Node *
parse_or(Parser *parser)
{
	return parse_chain(parser, "or", NODE_OR, parse_and);
}

static Node *
parse_whole(Context *context, const Scope *scope, const char *text, bool condition)
{
	Parser		parser = {context, scope, text, TOKEN_END, NULL, 0, false};
	Node	   *node;

	advance(&parser);
	node = condition ? parse_or(&parser) : parse_sum(&parser);
	if (node == NULL)
		return NULL;
	if (parser.kind == TOKEN_BAD)
		return fail_symbol(&parser);
	if (parser.kind != TOKEN_END || (node->kind < NODE_ARITHMETIC) != condition)
		return fail_condition(&parser);
	return node;
}

Node *
odata_parse_filter(Context *context, const Scope *scope, const char *text)
{
	return parse_whole(context, scope, text, true);
}

Node *
odata_parse_value(Context *context, const Scope *scope, const char *text)
{
	return parse_whole(context, scope, text, false);
}
