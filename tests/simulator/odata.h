/*
 * odata.h
 *		Expressions and query options of OData as far as Service Layer has them.
 *
 * A text becomes a tree (odata_parse.c), the tree becomes SQL with bound
 * values (odata_sql.c).  What B1 refuses is refused here, with B1's code and
 * words; nothing of the text ever reaches SQL except as a bound value.
 */
#ifndef ODATA_H
#define ODATA_H

#include "context.h"
#include "model.h"

/* One row source an expression may name: an entity set or a line collection. */
typedef struct Operand
{
	const char *path;			/* "Orders" or "Orders/DocumentLines" */
	const EntitySet *set;
	const StructType *type;
	const char *alias;			/* in SQL */
} Operand;

#define SCOPE_OPERANDS 8

typedef struct Scope
{
	Operand		operand[SCOPE_OPERANDS];
	int			count;
	bool		crossjoin;		/* properties are written with their operand's path */
	bool		arithmetic;		/* add, sub, mul and div are understood */
} Scope;

typedef enum NodeKind
{
	NODE_OR,
	NODE_AND,
	NODE_NOT,
	NODE_COMPARE,
	NODE_MATCH,					/* startswith, endswith, contains */
	NODE_ARITHMETIC,
	NODE_FIELD,
	NODE_LITERAL
} NodeKind;

typedef enum LiteralKind
{
	LITERAL_STRING,
	LITERAL_NUMBER,
	LITERAL_NULL
} LiteralKind;

typedef struct Node
{
	NodeKind	kind;
	const char *operator;		/* eq … le, add … div, or the match's kind 0..2 as text */
	struct Node **child;		/* any number for and/or, else one or two */
	int			child_count;
	const Operand *operand;		/* field */
	const Property *property;
	LiteralKind literal;
	const char *text;
} Node;

extern Node *odata_parse_filter(Context *context, const Scope *scope, const char *text);

/* A value of $select … as in a cross join: field or arithmetic. */
extern Node *odata_parse_value(Context *context, const Scope *scope, const char *text);

/* A property by its written path; answers 201 when there is none. */
extern const Property *odata_find_field(Context *context, const Scope *scope, const char *path,
										const Operand **operand);

typedef struct SqlValue
{
	const char *text;			/* NULL: a number */
	int64_t		number;
} SqlValue;

typedef struct Sql
{
	Buffer		text;
	SqlValue   *value;
	int			count;
	int			size;
} Sql;

extern bool odata_put_condition(Context *context, Sql *sql, const Node *node);
extern void odata_put_field(Sql *sql, const Operand *operand, const Property *property);
extern bool odata_put_decimal(Context *context, Sql *sql, const Node *node);
extern void sql_value(Context *context, Sql *sql, const char *text, int64_t number);
extern sqlite3_stmt *sql_prepare(Context *context, const Sql *sql);
extern void sql_free(Sql *sql);

/* Literals of dates and times, normalised; NULL when B1 would not read them. */
extern const char *odata_date(Arena *arena, const char *text);
extern const char *odata_time(Arena *arena, const char *text);

/* The query options of one request, split and decoded but not yet understood. */
typedef struct Query
{
	const char *filter;
	const char *select;
	const char *expand;
	const char *orderby;
	const char *apply;
	bool		count;
	bool		has_top;
	int64_t		top;
	int64_t		skip;
	int64_t		page_size;		/* 0 = no paging */
	bool		any;			/* at least one option was given */
	const char *text;			/* as sent, without $skip and $top: for next links */
} Query;

extern bool query_parse(Context *context, const char *text, Query *query);
extern bool query_put_order(Context *context, const Scope *scope, const char *text, Sql *sql);

/* LIMIT and OFFSET of the page; one row more than a page, to see if more follow. */
extern void query_put_page(const Query *query, Sql *sql);
extern int64_t query_page_rows(const Query *query);

/* Whether rows beyond this page are the server's to announce: not where $top ends it. */
extern bool query_has_more(const Query *query);
extern void query_put_next_link(Context *context, const Query *query, const char *path);

/* The items of a list at its top level: commas inside parentheses or quotes do not count. */
extern char **query_split(Context *context, const char *text, int *count);

#endif
