/*
 * service_layer_apply.c
 *		Which groups and aggregates a Service Layer computes as PostgreSQL does.
 *
 * What is relied on, besides what odata_apply.c checks of every answer:
 *
 * - A remote that makes one group of what we tell apart could not be found out:
 *   MSSQL compares text without regard to case (SL §3.1).  So unless the
 *   server's option text_comparison vouches for it, text is a key only where
 *   two values cannot differ in case alone: the key of an entity set, which is
 *   unique under the remote's own comparison, and the warehouse of a stock row,
 *   which Business One itself copies from the warehouse.
 * - Numbers that are no integers are decimals of at most six places (SL §2).
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "service_layer_private.h"

static bool
is_integer(const RemoteColumn *column)
{
	return strcmp(odata_declared_type(column), "Edm.Int32") == 0 &&
		(column->type == INT4OID || column->type == INT8OID);
}

/* A declared scale would round what is read, and not what the remote adds up. */
static bool
is_decimal(const RemoteColumn *column)
{
	return strcmp(odata_declared_type(column), "Edm.Double") == 0 && column->type == NUMERICOID &&
		column->typmod == -1;
}

static bool
is_date(const RemoteColumn *column)
{
	return strcmp(odata_declared_type(column), "Edm.Date") == 0 && column->type == DATEOID;
}

static bool
is_text(const RemoteColumn *column)
{
	return strcmp(odata_declared_type(column), "Edm.String") == 0 &&
		(column->type == TEXTOID || column->type == VARCHAROID) && column->typmod == -1;
}

static bool
is_code(const RemoteTable *table, const RemoteColumn *column)
{
	return is_text(column) && column_info(table, column->attno)->is_code;
}

/* $apply works on the columns of a table of the database (SL §3.2). */
static bool
is_plain_property(const RemoteTable *table, const RemoteColumn *column)
{
	return !table_info(table)->nested && !table_info(table)->refuses_apply &&
		remote_option(column->options, "property") != NULL &&
		strchr(column_info(table, column->attno)->property, '/') == NULL;
}

bool
service_layer_can_group(const RemoteTable *table, const RemoteColumn *column)
{
	return is_plain_property(table, column) && column->type != FLOAT8OID &&
		(service_layer_is_exact(table, column) || is_code(table, column));
}

bool
service_layer_can_aggregate(const RemoteTable *table, AggregateFunction function,
							const RemoteColumn *column)
{
	if (column == NULL)
		return function == AGGREGATE_COUNT && !table_info(table)->nested &&
			!table_info(table)->refuses_apply;
	if (!is_plain_property(table, column))
		return false;
	switch (function)
	{
		case AGGREGATE_COUNT:
			return column->not_null;
		case AGGREGATE_COUNT_DISTINCT:
			return is_integer(column) || is_date(column) || is_code(table, column) ||
				(is_text(column) && service_layer_is_exact(table, column));
		case AGGREGATE_SUM:
		case AGGREGATE_AVERAGE:
			return is_integer(column) || is_decimal(column);
		case AGGREGATE_MIN:
		case AGGREGATE_MAX:
			return is_integer(column) || is_decimal(column) || is_date(column);
	}
	return false;
}
