/*
 * service_layer_compare.c
 *		What a Service Layer's comparisons mean, and how they are written.
 *
 * The grammar is that of SL §3.1: eq ne gt ge lt le, string literals with
 * doubled quotes, enumeration members and dates quoted.  For every kind of
 * property this file says whether the company's answer is exactly what
 * PostgreSQL computes, at least holds it, or may lack rows:
 *
 * - Numbers and dates compare alike, as far as a literal of at most 15 digits
 *   reaches: B1 keeps decimals, and a longer literal could be rounded on its
 *   way into a double.  What no value can meet is not asked for.
 * - Times are compared by the minute (SL §3.1), so wider bounds are sent.
 * - Enumerations are compared by member.  A literal may also be a database
 *   value, which to PostgreSQL is no member: only with a known member is a
 *   comparison exact, or its opposite sent.
 * - Text: the database compares with its own collation, which may ignore case
 *   and trailing blanks (MSSQL, SL §3.1); equality finds too much at worst, its
 *   opposite may lose rows, and an order is somebody else's.  Whether an empty
 *   text is answered as null is not documented.  A server whose option
 *   "text_comparison" is "binary" vouches for all of that.
 *
 * A property whose EDM type is not declared is never called exact.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "compat.h"
#include "odata.h"
#include "service_layer_private.h"
#include "utils/lsyscache.h"

/* Before this day MSSQL's datetime has no value, and its literal is an error. */
#define FIRST_DATE	"1753-01-01"

typedef enum PropertyKind
{
	KIND_OTHER,
	KIND_INTEGER,
	KIND_DECIMAL,
	KIND_DATE,
	KIND_TIME,
	KIND_TEXT,
	KIND_ENUM,
	KIND_BOOLEAN				/* an enumeration read as boolean */
} PropertyKind;

/* Kinds by the type of a column and the declared type of its property. */
static const struct
{
	Oid			type;
	const char *edm_type;
	PropertyKind kind;
}			kinds[] =
{
	{TEXTOID, "Edm.String", KIND_TEXT}, {VARCHAROID, "Edm.String", KIND_TEXT},
	{INT4OID, "Edm.Int32", KIND_INTEGER}, {INT8OID, "Edm.Int32", KIND_INTEGER},
	{INT2OID, "Edm.Int32", KIND_INTEGER}, {NUMERICOID, "Edm.Int32", KIND_INTEGER},
	{NUMERICOID, "Edm.Double", KIND_DECIMAL}, {FLOAT8OID, "Edm.Double", KIND_DECIMAL},
	{DATEOID, "Edm.Date", KIND_DATE}, {DATEOID, "Edm.DateTime", KIND_DATE},
	{DATEOID, "Edm.DateTimeOffset", KIND_DATE}, {TIMEOID, "Edm.Time", KIND_TIME},
	{TIMEOID, "Edm.TimeOfDay", KIND_TIME},
};

static bool
is_text_type(Oid type)
{
	return type == TEXTOID || type == VARCHAROID;
}

static const char *
edm_type(const RemoteColumn *column)
{
	return remote_option(column->options, "type");
}

/* The kind that a column of undeclared type is taken for. */
static PropertyKind
undeclared_kind(Oid type)
{
	for (size_t i = 0; i < lengthof(kinds); i++)
		if (kinds[i].type == type)
			return type == NUMERICOID ? KIND_DECIMAL : kinds[i].kind;
	return KIND_OTHER;
}

static PropertyKind
property_kind(const RemoteColumn *column)
{
	const char *type = edm_type(column);

	if (type == NULL)
		return undeclared_kind(column->type);
	if (strncmp(type, "Edm.", 4) != 0)
		return column->type == BOOLOID && column->decode != NULL ? KIND_BOOLEAN
			: is_text_type(column->type) ? KIND_ENUM : KIND_OTHER;
	for (size_t i = 0; i < lengthof(kinds); i++)
		if (kinds[i].type == column->type && strcmp(kinds[i].edm_type, type) == 0)
			return kinds[i].kind;
	return KIND_OTHER;
}

bool
service_layer_text_is_binary(const RemoteServer *server)
{
	const char *option = remote_option(server->options, "text_comparison");

	return option != NULL && strcmp(option, "binary") == 0;
}

/* Members of an enumeration, NULL if not all of them are known. */
static const char *
enum_members(const RemoteColumn *column)
{
	const char *members = remote_option(column->options, "values");

	if (strcmp(edm_type(column), "BoYesNoEnum") == 0)
		return "tNO, tYES";
	return members != NULL && strstr(members, "...") == NULL ? members : NULL;
}

/*
 * What may be shipped
 */

static bool
is_equality(PredicateOp op)
{
	return op == PREDICATE_EQ || op == PREDICATE_IN;
}

static bool
is_inequality(PredicateOp op)
{
	return op == PREDICATE_NE || op == PREDICATE_NOT_IN;
}

static bool
is_null_test(PredicateOp op)
{
	return op == PREDICATE_IS_NULL || op == PREDICATE_IS_NOT_NULL;
}

static bool
is_like(PredicateOp op)
{
	return op == PREDICATE_LIKE || op == PREDICATE_ILIKE;
}

/* Whether values of a type are compared with a column as its own would be. */
static bool
is_comparable(const RemoteColumn *column, PropertyKind kind, Oid value_type)
{
	switch (kind)
	{
		case KIND_INTEGER:
		case KIND_DECIMAL:
			if (column->type == FLOAT8OID)
				return value_type == FLOAT8OID;
			return value_type == INT2OID || value_type == INT4OID || value_type == INT8OID ||
				value_type == NUMERICOID;
		case KIND_DATE:
			return value_type == DATEOID || value_type == TIMESTAMPOID ||
				value_type == TIMESTAMPTZOID;
		case KIND_TIME:
			return value_type == TIMEOID;
		case KIND_TEXT:
		case KIND_ENUM:
			return is_text_type(value_type);
		case KIND_BOOLEAN:
			return value_type == BOOLOID;
		case KIND_OTHER:
			break;
	}
	return false;
}

/* A declared length or scale changes what is read, and not what the company compares. */
static bool
is_read_as_it_is(const RemoteColumn *column)
{
	return column->typmod == -1;
}

/*
 * Text; a binary comparison has PostgreSQL's order in the collation C.  It is
 * none of what varchar(n) may have cut blanks off.
 */
static ShipExtent
can_ship_text(const RemoteTable *table, const RemoteColumn *column, PredicateOp op, Oid collation)
{
	bool		binary = service_layer_text_is_binary(table->server) &&
		edm_type(column) != NULL && is_read_as_it_is(column);

	if (is_null_test(op))
		return binary ? SHIP_EXACT : op == PREDICATE_IS_NULL ? SHIP_WIDER : SHIP_NO;
	if (OidIsValid(collation) && !get_collation_isdeterministic(collation))
		return SHIP_NO;
	if (op == PREDICATE_ILIKE)
		return SHIP_WIDER;
	if (is_equality(op) || op == PREDICATE_LIKE)
		return binary ? SHIP_EXACT : SHIP_WIDER;
	if (is_inequality(op))
		return binary ? SHIP_EXACT : SHIP_NO;
	return binary && OidIsValid(collation) && compat_collation_is_c(collation) ? SHIP_EXACT : SHIP_NO;
}

static ShipExtent
can_ship_enum(const RemoteColumn *column, PropertyKind kind, PredicateOp op, Oid collation)
{
	bool		known = kind == KIND_BOOLEAN || enum_members(column) != NULL;

	if (OidIsValid(collation) && !get_collation_isdeterministic(collation))
		return SHIP_NO;
	if (is_equality(op))
		return known ? SHIP_EXACT : SHIP_WIDER;
	return is_inequality(op) && known ? SHIP_EXACT : SHIP_NO;
}

static ShipExtent
can_ship_ordered(const RemoteColumn *column, PropertyKind kind, PredicateOp op)
{
	ShipExtent	extent = edm_type(column) != NULL ? SHIP_EXACT : SHIP_WIDER;

	if (kind == KIND_TIME && (is_null_test(op) || is_inequality(op)))
		return SHIP_NO;
	if (is_null_test(op))
		return extent;
	if (kind == KIND_TIME)
		extent = SHIP_WIDER;
	return is_like(op) || !is_read_as_it_is(column) ? SHIP_NO : extent;
}

/*
 * Rows of a nested collection carry columns of two objects, and a filter on the
 * collection cannot be expressed (SL §3.1).
 */
ShipExtent
service_layer_can_ship(const RemoteTable *table, const RemoteColumn *column,
					   PredicateOp op, Oid value_type, Oid collation)
{
	PropertyKind kind = property_kind(column);

	if (remote_option(column->options, "property") == NULL ||
		(table_info(table)->nested && !column_info(table, column->attno)->of_entity) ||
		(!is_null_test(op) && !is_comparable(column, kind, value_type)))
		return SHIP_NO;
	switch (kind)
	{
		case KIND_TEXT:
			return can_ship_text(table, column, op, collation);
		case KIND_ENUM:
		case KIND_BOOLEAN:
			return can_ship_enum(column, kind, op, collation);
		case KIND_OTHER:
			return SHIP_NO;
		default:
			return can_ship_ordered(column, kind, op);
	}
}

bool
service_layer_is_exact(const RemoteTable *table, const RemoteColumn *column)
{
	if (edm_type(column) == NULL || !is_read_as_it_is(column))
		return false;
	switch (property_kind(column))
	{
		case KIND_INTEGER:
		case KIND_DECIMAL:
		case KIND_DATE:
		case KIND_ENUM:
		case KIND_BOOLEAN:
			return true;
		case KIND_TEXT:
			return service_layer_text_is_binary(table->server);
		default:
			return false;
	}
}

/* Enumerations are sorted by what the database holds, not by their members. */
bool
service_layer_can_order(const RemoteTable *table, const RemoteColumn *column, Oid collation)
{
	PropertyKind kind = property_kind(column);

	if (!service_layer_is_exact(table, column) || kind == KIND_ENUM || kind == KIND_BOOLEAN ||
		table_info(table)->nested || service_layer_refuses_order(table, column))
		return false;
	return kind != KIND_TEXT || (OidIsValid(collation) && compat_collation_is_c(collation));
}

/*
 * How it is written
 */

/* Every value that is not null meets the comparison. */
static FilterExtent
append_any_value(StringInfo buf, const ODataLeaf *leaf)
{
	if (leaf->column->not_null)
		return FILTER_ALL;
	appendStringInfo(buf, "%s ne null", leaf->name);
	return FILTER_SOME;
}

/* The company has no literal for a value: everything is asked for. */
static FilterExtent
give_up(ODataLeaf *leaf)
{
	leaf->exact = false;
	return FILTER_ALL;
}

/*
 * A comparison with a value that lies after all (side > 0), before all
 * (side < 0), or beside those (0) that a property can have.
 */
static FilterExtent
append_beyond(StringInfo buf, const ODataLeaf *leaf, int side)
{
	PredicateOp op = leaf->op;
	bool		met = op == PREDICATE_NE ||
		((op == PREDICATE_LT || op == PREDICATE_LE) && side > 0) ||
		((op == PREDICATE_GT || op == PREDICATE_GE) && side < 0);

	return met ? append_any_value(buf, leaf) : FILTER_NONE;
}

static FilterExtent
append_plain(StringInfo buf, const ODataLeaf *leaf, PredicateOp op, const char *literal)
{
	appendStringInfo(buf, "%s %s %s", leaf->name, odata_operator(op), literal);
	return FILTER_SOME;
}

/* A comparison with a value that lies between "below" and the property's next value. */
static FilterExtent
append_between(StringInfo buf, const ODataLeaf *leaf, const char *below)
{
	if (leaf->op == PREDICATE_EQ || leaf->op == PREDICATE_NE)
		return append_beyond(buf, leaf, 0);
	return append_plain(buf, leaf, leaf->op == PREDICATE_LT || leaf->op == PREDICATE_LE
						? PREDICATE_LE : PREDICATE_GT, below);
}

/* Numbers that are none, as PostgreSQL spells them: where they sort, else 0. */
static int
beyond_numbers(const char *value)
{
	if (value[0] == '-')
		return value[1] == 'I' ? -1 : 0;
	return value[0] == 'N' || value[0] == 'I' ? 1 : 0;
}

static FilterExtent
append_decimal(StringInfo buf, ODataLeaf *leaf)
{
	StringInfoData literal;
	int			side = beyond_numbers(leaf->value);

	if (side != 0)
		return append_beyond(buf, leaf, side);
	initStringInfo(&literal);
	if (!odata_append_number(&literal, leaf->value))
		return give_up(leaf);
	return append_plain(buf, leaf, leaf->op, literal.data);
}

/* Compared with whole numbers of 32 bits; digits after the point lie between two. */
static FilterExtent
append_integer(StringInfo buf, ODataLeaf *leaf)
{
	const char *value = leaf->value;
	int			side = beyond_numbers(value);
	size_t		whole = strcspn(value, ".");
	bool		between = strspn(value + whole, ".0") < strlen(value + whole);
	int64		number;
	char	   *literal;

	/* More digits than a 32-bit number has are beyond it without being read. */
	if (side == 0 && whole > 12)
		side = value[0] == '-' ? -1 : 1;
	if (side != 0)
		return append_beyond(buf, leaf, side);
	number = strtoll(value, NULL, 10);
	if (between && value[0] == '-')
		number--;
	if (number > PG_INT32_MAX || number < PG_INT32_MIN)
		return append_beyond(buf, leaf, number > 0 ? 1 : -1);
	literal = psprintf(INT64_FORMAT, number);
	return between ? append_between(buf, leaf, literal)
		: append_plain(buf, leaf, leaf->op, literal);
}

/* A day, from the text of a date or of a time, whose time of day lies between two days. */
static FilterExtent
append_date(StringInfo buf, ODataLeaf *leaf)
{
	const char *value = leaf->value;
	const char *time = strchr(value, ' ');
	StringInfoData literal;

	if (value[0] == '-' || strstr(value, " BC") != NULL)
		return append_beyond(buf, leaf, -1);
	if (value[0] == 'i' || strspn(value, "0123456789") > 4)
		return append_beyond(buf, leaf, 1);
	if (strncmp(value, FIRST_DATE, strlen(FIRST_DATE)) < 0)
		return give_up(leaf);
	initStringInfo(&literal);
	odata_append_string(&literal, pnstrdup(value, strlen(FIRST_DATE)));
	if (time == NULL || (strncmp(time, " 00:00:00", 9) == 0 && time[9] != '.'))
		return append_plain(buf, leaf, leaf->op, literal.data);
	return append_between(buf, leaf, literal.data);
}

/*
 * A time "HH:MM:SS[.ffffff]".  Whether a column's own seconds count against the
 * minute of a literal is not documented; these bounds are wide enough if they
 * do and if they do not.
 */
static FilterExtent
append_time(StringInfo buf, ODataLeaf *leaf)
{
	const char *value = leaf->value;
	PredicateOp op = leaf->op;
	int			minute = atoi(value) * 60 + atoi(value + 3);
	bool		whole = strspn(value + 5, ":0.") == strlen(value + 5);
	bool		has_lower = op == PREDICATE_EQ || op == PREDICATE_GT || op == PREDICATE_GE;
	int			upper = op == PREDICATE_LT && whole ? minute : minute + 1;

	leaf->exact = false;
	if (minute >= 24 * 60)
		return FILTER_ALL;
	if (has_lower)
		appendStringInfo(buf, "%s ge '%02d:%02d'", leaf->name, minute / 60, minute % 60);
	if (op == PREDICATE_GT || op == PREDICATE_GE)
		return FILTER_SOME;
	if (upper >= 24 * 60)
		return has_lower ? FILTER_SOME : FILTER_ALL;
	appendStringInfo(buf, "%s%s lt '%02d:%02d'", has_lower ? " and " : "", leaf->name,
					 upper / 60, upper % 60);
	return FILTER_SOME;
}

static FilterExtent
append_text(StringInfo buf, const ODataLeaf *leaf, const char *value)
{
	StringInfoData literal;

	initStringInfo(&literal);
	odata_append_string(&literal, value);
	return append_plain(buf, leaf, leaf->op, literal.data);
}

/*
 * The list of members is that of the import and may have become longer since.  A
 * name beyond it is looked for here: the company refuses one that it does not know.
 */
static FilterExtent
append_enum(StringInfo buf, ODataLeaf *leaf)
{
	const char *members = enum_members(leaf->column);

	if (members != NULL && !odata_is_member(members, leaf->value))
		return give_up(leaf);
	return append_text(buf, leaf, leaf->value);
}

bool
service_layer_may_refuse_value(const RemoteTable *table, const Predicate *predicate)
{
	const RemoteColumn *column;
	ListCell   *lc;

	foreach(lc, predicate->args)
		if (service_layer_may_refuse_value(table, lfirst(lc)))
			return true;
	if (!is_equality(predicate->op))
		return false;
	column = &table->columns[predicate->attno - 1];
	return property_kind(column) == KIND_ENUM && enum_members(column) == NULL;
}

/* The nulls of a text may be empty texts to the company (see above). */
static FilterExtent
append_null_test(StringInfo buf, const ODataLeaf *leaf)
{
	if (leaf->op == PREDICATE_IS_NULL && property_kind(leaf->column) == KIND_TEXT &&
		!service_layer_text_is_binary(leaf->table->server))
		appendStringInfo(buf, "(%s eq null or %s eq '')", leaf->name, leaf->name);
	else
		append_plain(buf, leaf, leaf->op, "null");
	return FILTER_SOME;
}

FilterExtent
service_layer_comparison(StringInfo buf, ODataLeaf *leaf)
{
	if (is_null_test(leaf->op))
		return append_null_test(buf, leaf);
	switch (property_kind(leaf->column))
	{
		case KIND_INTEGER:
			return append_integer(buf, leaf);
		case KIND_DECIMAL:
			return append_decimal(buf, leaf);
		case KIND_DATE:
			return append_date(buf, leaf);
		case KIND_TIME:
			return append_time(buf, leaf);
		case KIND_ENUM:
			return append_enum(buf, leaf);
		case KIND_BOOLEAN:
			return append_text(buf, leaf, leaf->value[0] == 't' ? "tYES" : "tNO");
		case KIND_TEXT:
			return append_text(buf, leaf, leaf->value);
		case KIND_OTHER:
			break;
	}
	return give_up(leaf);
}
