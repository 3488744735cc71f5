/*
 * ims.c
 *		The connector of declared inventory systems.
 *
 * Any system that answers JSON over HTTP, described by options: see ims.h for
 * the parts.  This file decides what may be shipped and shows what will be
 * sent; the rest of the connector's functions have files of their own.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "ims.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/lsyscache.h"

static bool
is_text(Oid type)
{
	return type == TEXTOID || type == VARCHAROID;
}

static bool
is_integer(Oid type)
{
	return type == INT2OID || type == INT4OID || type == INT8OID;
}

static bool
is_ordered(Oid type)
{
	return is_integer(type) || type == NUMERICOID || type == FLOAT4OID || type == FLOAT8OID ||
		type == DATEOID || type == TIMESTAMPOID || type == TIMESTAMPTZOID;
}

/*
 * Whether column and value are of types whose comparison means the same to the
 * remote.  Texts compare for equality only, and only where equal texts are
 * equal bytes: order and case are each system's own.  char(n) is left out, as
 * it ignores trailing blanks.
 */
static bool
is_comparable(Oid column, Oid value, Oid collation, bool equality)
{
	if (is_text(column) && is_text(value))
		return equality && (!OidIsValid(collation) || get_collation_isdeterministic(collation));
	if (is_integer(column) && is_integer(value))
		return true;
	if (column != value)
		return false;
	return is_ordered(column) || (equality && (column == BOOLOID || column == UUIDOID));
}

/*
 * A format that cuts a time short can widen a lower bound, and an upper one is
 * rounded up; equality with what is left after cutting would lose rows.
 */
static bool
keeps_equality(const ImsColumn *column)
{
	return ims_format_unit(column->format) == 1;
}

ShipExtent
ims_can_ship(const RemoteTable *table, const RemoteColumn *column, PredicateOp op,
			 Oid value_type, Oid collation)
{
	const ImsTable *ims = table->remote;
	const ImsColumn *own = column->remote;
	bool		equality = op == PREDICATE_EQ || op == PREDICATE_IN;

	/* No profile promises that its filters let nothing else through. */
	if (op < PREDICATE_EQ || op > PREDICATE_IN || op == PREDICATE_NE)
		return SHIP_NO;
	if (ims->derived && (column->attno != ims->since || (op != PREDICATE_GE && op != PREDICATE_GT)))
		return SHIP_NO;
	if (!is_comparable(column->type, value_type, collation, equality))
		return SHIP_NO;
	/* A part of the rows that are added up must not decide about their sum. */
	if (ims->group_by && !list_member_int(ims->group_by, column->attno))
		return SHIP_NO;
	if (ims->members)
		return SHIP_WIDER;		/* each member takes what it understands */
	if (equality && !keeps_equality(own))
		return SHIP_NO;
	if (equality && list_member_int(ims->bound, column->attno))
		return SHIP_WIDER;
	if (own->from)
		return equality && (is_text(column->type) || is_integer(column->type)) ? SHIP_WIDER : SHIP_NO;
	if (op != PREDICATE_IN && ims->since == column->attno)
		return SHIP_WIDER;
	return ims_filter_for(own, op) != NULL ? SHIP_WIDER : SHIP_NO;
}

/* ---- EXPLAIN ---- */

static char *
describe_request(const ScanRequest *request, ImsContext *context)
{
	const ImsTable *ims = request->table->remote;
	StringInfoData buf;
	char	   *body = ims_render_body(request->table, context);

	initStringInfo(&buf);
	appendStringInfo(&buf, "%s%s %s", ims->from ? ims->batch > 1 ? "for these rows, some at a time: " : "for each of these rows: " : "",
					 ims->method, ims_render_url(request->table, context));
	if (body)
		appendStringInfo(&buf, " %s", body);
	return pg_any_to_server(buf.data, buf.len, PG_UTF8);
}

static List *describe_scan(const ScanRequest *request, int depth);

static List *
describe_union(const ScanRequest *request, int depth)
{
	const ImsTable *ims = request->table->remote;
	List	   *lines = NIL;
	ListCell   *lc;

	foreach(lc, ims->members)
	{
		RemoteTable *member = ims_table_by_resource(request->table, lfirst(lc), "joins the rows of");

		lines = list_concat(lines, describe_scan(ims_member_request(request, member), depth + 1));
	}
	return lines;
}

/* First page of each table on the way, outermost first. */
static List *
describe_scan(const ScanRequest *request, int depth)
{
	const ImsTable *ims = request->table->remote;
	ImsContext	context = {.describe = true};
	List	   *lines = NIL;

	if (depth > 4)
		return list_make1("…");	/* the scan itself will say what is wrong */
	if (ims->derived)
		return list_make1("none: differences of stock that stockbridge.derive_movements() has kept");
	if (ims->members)
		return describe_union(request, depth);
	context.server = ims->server;
	context.request = request;
	context.limit = ims->page_size;
	context.page = ims->page_start;
	context.offset = ims->paging == IMS_PAGE_NUMBER ? 0 : ims->page_start;
	context.bindings = ims_bindings(request);
	if (ims->from)
		lines = describe_scan(ims_parent_request(request, ims_parent_open(request->table)), depth + 1);
	return lappend(lines, describe_request(request, &context));
}

static List *
ims_describe_scan(const ScanRequest *request)
{
	return describe_scan(request, 0);
}

static List *
ims_needs_values(const RemoteTable *table)
{
	const ImsTable *ims = table->remote;

	return list_union_int(ims->bound, ims->required);
}

/* A list of values goes into one request where the column has a filter for one. */
static int
ims_keys_per_request(const RemoteTable *table, const RemoteColumn *column)
{
	const ImsTable *ims = table->remote;
	const ImsColumn *own = column->remote;

	if (ims->derived || ims->members || own->from || list_member_int(ims->bound, column->attno) ||
		ims_filter_for(own, PREDICATE_IN) == NULL)
		return 1;
	return PREDICATE_MAX_LIST;
}

/* A longer request line may be refused; a body has no such bound. */
#define MAX_REQUEST_LINE	6000

static bool
ims_fits(const ScanRequest *request)
{
	const ImsTable *ims = request->table->remote;

	return ims->body != NULL || strlen(llast(ims_describe_scan(request))) <= MAX_REQUEST_LINE;
}

const Connector ims_connector = {
	.wrapper = "ims_fdw",
	.open_table = ims_table_open,
	.can_ship = ims_can_ship,
	.needs_values = ims_needs_values,
	.count_rows = ims_count_rows,
	.keys_per_request = ims_keys_per_request,
	.fits = ims_fits,
	.describe_scan = ims_describe_scan,
	.open_scan = ims_open_scan,
	.next_page = ims_next_page,
	.sample_page = ims_sample_page,
	.end_scan = ims_end_scan,
	.write_key = ims_write_key,
	.write_commands = ims_write_commands,
	.write_row = ims_write_row,
	.describe_write = ims_describe_write,
	.import_schema = ims_import_schema,
};
