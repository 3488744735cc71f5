/*
 * odata_sql.c
 *		Conditions and values: tree to SQL.
 *
 * Each comparison is rendered so that the books answer as B1's database would:
 * three-valued logic for nulls, dates by the day, times by the minute (SL 3.1),
 * numbers exactly, whatever the number of digits in the literal.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "odata.h"

static bool
fail_condition(Context *context)
{
	return respond_error(context, 400, "201", "Query string error - Invalid filter condition");
}

void
sql_value(Context *context, Sql *sql, const char *text, int64_t number)
{
	if (sql->count == sql->size)
	{
		SqlValue   *larger;

		sql->size = sql->size == 0 ? 16 : sql->size * 2;
		larger = arena_alloc(context->arena, sizeof(SqlValue) * (size_t) sql->size);
		if (sql->count > 0)
			memcpy(larger, sql->value, sizeof(SqlValue) * (size_t) sql->count);
		sql->value = larger;
	}
	sql->value[sql->count].text = text;
	sql->value[sql->count++].number = number;
	buffer_putc(&sql->text, '?');
}

sqlite3_stmt *
sql_prepare(Context *context, const Sql *sql)
{
	sqlite3_stmt *statement = db_prepare(context->db, sql->text.data);

	if (statement == NULL)
	{
		respond_database(context);
		return NULL;
	}
	for (int i = 0; i < sql->count; i++)
	{
		if (sql->value[i].text != NULL)
			sqlite3_bind_text(statement, i + 1, sql->value[i].text, -1, SQLITE_TRANSIENT);
		else
			sqlite3_bind_int64(statement, i + 1, sql->value[i].number);
	}
	return statement;
}

void
sql_free(Sql *sql)
{
	buffer_free(&sql->text);
}

void
odata_put_field(Sql *sql, const Operand *operand, const Property *property)
{
	buffer_printf(&sql->text, "%s.\"%s\"", operand->alias, property->name);
}

static bool
all_digits(const char *text, int count)
{
	for (int i = 0; i < count; i++)
		if (!isdigit((unsigned char) text[i]))
			return false;
	return true;
}

static bool
valid_date(const char *date)
{
	int			year = atoi(date);
	int			month = atoi(date + 5);
	int			day = atoi(date + 8);
	static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool		leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1] &&
		(month != 2 || day != 29 || leap);
}

const char *
odata_date(Arena *arena, const char *text)
{
	size_t		length = strlen(text);
	char	   *date;

	if (length >= 10 && all_digits(text, 4) && text[4] == '-' && all_digits(text + 5, 2) &&
		text[7] == '-' && all_digits(text + 8, 2) && (length == 10 || text[10] == 'T' || text[10] == ' '))
		date = arena_strndup(arena, text, 10);
	else if ((length == 8 || length == 14) && all_digits(text, (int) length))
		date = arena_printf(arena, "%.4s-%.2s-%.2s", text, text + 4, text + 6);
	else
		return NULL;
	return valid_date(date) ? date : NULL;
}

const char *
odata_time(Arena *arena, const char *text)
{
	const char *t = strchr(text, 'T');
	char		digits[7] = "000000";
	int			count = 0;

	if (t != NULL && odata_date(arena, text) != NULL)
		text = t + 1;
	for (; *text != '\0' && count < 6; text++)
	{
		if (isdigit((unsigned char) *text))
			digits[count++] = *text;
		else if (*text != ':' || count % 2 != 0)
			return NULL;
	}
	/* fractions and zones may follow seconds; they have no effect */
	if ((count != 4 && count != 6) || (*text != '\0' && strchr(".Z+-", *text) == NULL))
		return NULL;
	if (strncmp(digits, "24", 2) >= 0 || digits[2] > '5' || digits[4] > '5')
		return NULL;
	return arena_printf(arena, "%.2s:%.2s:%.2s", digits, digits + 2, digits + 4);
}

static const char *
sql_operator(const char *operator)
{
	static const char *const pair[][2] = {
		{"eq", "="}, {"ne", "<>"}, {"gt", ">"}, {"ge", ">="}, {"lt", "<"}, {"le", "<="}
	};

	for (size_t i = 0; i < MODEL_LENGTH(pair); i++)
		if (strcmp(pair[i][0], operator) == 0)
			return pair[i][1];
	return "=";
}

/* The left side of a comparison: a field, or arithmetic in units of 10^-6. */
static bool
put_value(Context *context, Sql *sql, const Node *node)
{
	if (node->kind == NODE_ARITHMETIC)
		return odata_put_decimal(context, sql, node);
	if (node->property->kind == EDM_TIME)
		buffer_puts(&sql->text, "substr(");
	odata_put_field(sql, node->operand, node->property);
	if (node->property->kind == EDM_TIME)
		buffer_puts(&sql->text, ", 1, 5)");
	return true;
}

/* A condition that holds (or not) for every value and is null for null. */
static bool
put_constant(Context *context, Sql *sql, const Node *value, bool truth)
{
	buffer_putc(&sql->text, '(');
	if (!put_value(context, sql, value))
		return false;
	buffer_puts(&sql->text, truth ? " IS NOT NULL OR NULL)" : " IS NULL AND NULL)");
	return true;
}

/* value OP number, where the number may not fit the column's type exactly. */
static bool
put_number(Context *context, Sql *sql, const Node *value, const char *operator, const char *text)
{
	bool		integer = value->kind == NODE_FIELD && value->property->kind == EDM_INT;
	bool		greater = operator[0] == 'g';
	bool		equality = strcmp(operator, "eq") == 0 || strcmp(operator, "ne") == 0;
	int64_t		number;
	DecimalFit	fit = decimal_parse(text, &number);

	if (fit == DECIMAL_INVALID)
		return fail_condition(context);
	if (integer && fit <= DECIMAL_INEXACT)
	{
		int64_t		floor = number / DECIMAL_ONE - (number % DECIMAL_ONE < 0 ? 1 : 0);

		if (number % DECIMAL_ONE != 0)
			fit = DECIMAL_INEXACT;
		number = floor;
	}
	if (fit == DECIMAL_ABOVE || fit == DECIMAL_BELOW || (fit == DECIMAL_INEXACT && equality))
		return put_constant(context, sql, value,
							equality ? strcmp(operator, "ne") == 0 : greater == (fit == DECIMAL_BELOW));
	if (!put_value(context, sql, value))
		return false;
	/* between two representable numbers, > and >= are the same question */
	if (fit == DECIMAL_INEXACT)
		operator = greater ? "gt" : "le";
	buffer_printf(&sql->text, " %s ", sql_operator(operator));
	sql_value(context, sql, NULL, number);
	return true;
}

/* The literal as the column holds it, or NULL when it cannot be one. */
static const char *
text_literal(Context *context, const Property *property, const char *text)
{
	switch (property->kind)
	{
		case EDM_STRING:
			return text;
		case EDM_ENUM:
			return model_enum_value(property->enumeration, text);
		case EDM_DATE:
			return odata_date(context->arena, text);
		case EDM_TIME:
			text = odata_time(context->arena, text);
			return text == NULL ? NULL : arena_strndup(context->arena, text, 5);
		default:
			return NULL;
	}
}

static bool
put_literal_comparison(Context *context, Sql *sql, const Node *value, const char *operator, const Node *literal)
{
	bool		numeric = value->kind == NODE_ARITHMETIC ||
		value->property->kind == EDM_INT || value->property->kind == EDM_DOUBLE;
	const char *text;

	if (literal->literal == LITERAL_NULL)
	{
		bool		equal = strcmp(operator, "eq") == 0;

		if (!equal && strcmp(operator, "ne") != 0)
			return fail_condition(context);
		if (!put_value(context, sql, value))
			return false;
		buffer_puts(&sql->text, equal ? " IS NULL" : " IS NOT NULL");
		return true;
	}
	if (numeric != (literal->literal == LITERAL_NUMBER))
		return fail_condition(context);
	if (numeric)
		return put_number(context, sql, value, operator, literal->text);
	text = text_literal(context, value->property, literal->text);
	if (text == NULL)
		return fail_condition(context);
	put_value(context, sql, value);
	buffer_printf(&sql->text, " %s ", sql_operator(operator));
	sql_value(context, sql, text, 0);
	if (value->property->kind == EDM_STRING && context->case_insensitive)
		buffer_puts(&sql->text, " COLLATE B1CI");
	return true;
}

static bool
is_number(const Node *node)
{
	return node->kind == NODE_ARITHMETIC || (node->kind == NODE_LITERAL && node->literal == LITERAL_NUMBER) ||
		(node->kind == NODE_FIELD && (node->property->kind == EDM_INT || node->property->kind == EDM_DOUBLE));
}

/* Any numeric node in units of 10^-6. */
bool
odata_put_decimal(Context *context, Sql *sql, const Node *node)
{
	int64_t		number;
	const char *operator = node->operator;

	if (!is_number(node))
		return fail_condition(context);
	if (node->kind == NODE_LITERAL)
	{
		if (!decimal_parse_rounded(node->text, &number))
			return fail_condition(context);
		sql_value(context, sql, NULL, number);
		return true;
	}
	if (node->kind == NODE_FIELD)
	{
		buffer_putc(&sql->text, '(');
		odata_put_field(sql, node->operand, node->property);
		buffer_puts(&sql->text, node->property->kind == EDM_INT ? " * 1000000)" : ")");
		return true;
	}
	buffer_puts(&sql->text, operator[0] == 'm' ? "b1_multiply(" : operator[0] == 'd' ? "b1_divide(" : "(");
	if (!odata_put_decimal(context, sql, node->child[0]))
		return false;
	buffer_puts(&sql->text, operator[0] == 'a' ? " + " : operator[0] == 's' ? " - " : ", ");
	if (!odata_put_decimal(context, sql, node->child[1]))
		return false;
	buffer_putc(&sql->text, ')');
	return true;
}

/* Two properties compare when they are of one kind; integers fit decimals. */
static bool
put_field_comparison(Context *context, Sql *sql, const Node *left, const char *operator, const Node *right)
{
	bool		numeric = is_number(left);
	bool		same = left->kind == NODE_FIELD && right->kind == NODE_FIELD &&
		left->property->kind == right->property->kind;

	if (numeric != is_number(right) || (!numeric && !same))
		return fail_condition(context);
	if (!(same ? put_value(context, sql, left) : odata_put_decimal(context, sql, left)))
		return false;
	buffer_printf(&sql->text, " %s ", sql_operator(operator));
	return same ? put_value(context, sql, right) : odata_put_decimal(context, sql, right);
}

/*
 * A chain of and/or as a balanced tree: SQLite bounds the depth of an
 * expression, B1 takes lists of thousands.
 */
static bool
put_chain(Context *context, Sql *sql, const Node *node, int from, int to)
{
	int			middle = from + (to - from) / 2;

	if (to - from == 1)
		return odata_put_condition(context, sql, node->child[from]);
	buffer_putc(&sql->text, '(');
	if (!put_chain(context, sql, node, from, middle))
		return false;
	buffer_puts(&sql->text, node->kind == NODE_AND ? " AND " : " OR ");
	if (!put_chain(context, sql, node, middle, to))
		return false;
	buffer_putc(&sql->text, ')');
	return true;
}

bool
odata_put_condition(Context *context, Sql *sql, const Node *node)
{
	bool		fold = context->case_insensitive || config.case_insensitive;

	switch (node->kind)
	{
		case NODE_AND:
		case NODE_OR:
			return put_chain(context, sql, node, 0, node->child_count);
		case NODE_NOT:
			buffer_puts(&sql->text, "NOT (");
			if (!odata_put_condition(context, sql, node->child[0]))
				return false;
			buffer_putc(&sql->text, ')');
			return true;
		case NODE_MATCH:
			buffer_printf(&sql->text, "b1_match(%s, ", node->operator);
			odata_put_field(sql, node->child[0]->operand, node->child[0]->property);
			buffer_puts(&sql->text, ", ");
			sql_value(context, sql, node->child[1]->text, 0);
			buffer_printf(&sql->text, ", %d)", fold);
			return true;
		case NODE_COMPARE:
			if (node->child[1]->kind == NODE_LITERAL)
				return put_literal_comparison(context, sql, node->child[0], node->operator, node->child[1]);
			return put_field_comparison(context, sql, node->child[0], node->operator, node->child[1]);
		default:
			return fail_condition(context);
	}
}
