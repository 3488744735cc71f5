/*
 * service_layer_join.c
 *		Several foreign tables as the operands of one $crossjoin (SL §3.3).
 *
 * A table of lines is a $crossjoin itself, of an entity set and its collection.
 * Joined with its own entity set the operands are not named twice: the two are
 * one if the key of the entity set is compared with itself, and that equality
 * is then no condition any more.  An operand that would be needed twice in any
 * other way cannot be expressed.
 *
 * Pages continue after the last key of the combination, so every table must
 * have a key.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "service_layer_private.h"
#include "utils/lsyscache.h"

bool
service_layer_can_join(const RemoteServer *server, const RemoteColumn *column,
					   const RemoteColumn *other, Oid collation, bool *exact)
{
	const ColumnInfo *one = column->remote;
	const ColumnInfo *two = other->remote;
	const char *type = odata_declared_type(column);
	bool		is_text = strcmp(type, "Edm.String") == 0;

	*exact = false;
	if (service_layer_refuses_joins(server->serverid) || strcmp(type, odata_declared_type(other)) != 0 ||
		column->type != other->type || column->typmod != -1 || other->typmod != -1)
		return false;
	if (is_text && (column->type != TEXTOID ||
					(OidIsValid(collation) && !get_collation_isdeterministic(collation))))
		return false;

	/* MSSQL compares text without regard to case, but a column is itself. */
	*exact = !is_text || service_layer_text_is_binary(server) || (one->key_of != NULL && two->key_of != NULL &&
						  strcmp(one->key_of, two->key_of) == 0);
	return is_text || (strcmp(type, "Edm.Int32") == 0 && column->type == INT4OID) ||
		(strcmp(type, "Edm.Date") == 0 && column->type == DATEOID);
}

/* A column as the $crossjoin calls it; members of complex properties are not to be had. */
static void
add_column(RemoteTable *joined, const RemoteTable *table, const RemoteColumn *column)
{
	RemoteColumn *added = &joined->columns[joined->ncolumns++];
	ColumnInfo *remote;

	*added = *column;
	added->attno = joined->ncolumns;
	if (column->name == NULL)
		return;
	remote = palloc(sizeof(ColumnInfo));
	*remote = *column_info(table, column->attno);
	added->remote = remote;
	if (remote->operand == NULL)
	{
		remote->operand = table_info(table)->entity;
		remote->request_name = psprintf("%s/%s", remote->operand, remote->property);
		added->pointer = psprintf("/%s/%s", remote->operand, remote->property);
	}
	if (strchr(remote->property, '/') != NULL)
		added->pointer = NULL;
}

/* Columns numbered through, and of the keys each one once. */
static void
add_columns(RemoteTable *joined, const RemoteTable *table)
{
	TableInfo  *info = joined->remote;
	int			first = joined->ncolumns;
	ListCell   *lc;

	for (int i = 0; i < table->ncolumns; i++)
		add_column(joined, table, &table->columns[i]);
	foreach(lc, table_info(table)->keys)
	{
		int			attno = first + lfirst_int(lc);
		bool		known = false;
		ListCell   *key;

		foreach(key, info->keys)
			known = known || strcmp(column_info(joined, lfirst_int(key))->request_name,
									column_info(joined, attno)->request_name) == 0;
		if (!known)
			info->keys = lappend_int(info->keys, attno);
	}
}

/*
 * Whether the key of an entity set is compared with itself: in a column of the
 * table added last, and in one of those before "first".
 */
static bool
is_tied(const RemoteTable *joined, const Predicate *predicate, const char *entity, int first)
{
	const ColumnInfo *one;
	const ColumnInfo *two;
	ListCell   *lc;

	if (predicate->op == PREDICATE_AND)
	{
		foreach(lc, predicate->args)
		{
			if (is_tied(joined, lfirst(lc), entity, first))
				return true;
		}
		return false;
	}
	if (predicate->op != PREDICATE_EQ_COLUMN || predicate->attno > first ||
		predicate->other <= first || predicate->other > joined->ncolumns)
		return false;
	one = column_info(joined, predicate->attno);
	two = column_info(joined, predicate->other);
	return one->key_of != NULL && two->key_of != NULL &&
		strcmp(one->key_of, entity) == 0 && strcmp(two->key_of, entity) == 0;
}

/* Add an operand that is not there; one that is must be the same row of it. */
static bool
add_operand(RemoteTable *joined, const char *path, const char *property,
			const Predicate *predicate, int first)
{
	TableInfo  *info = joined->remote;
	CrossjoinOperand *operand;
	ListCell   *lc;

	foreach(lc, info->operands)
	{
		if (strcmp(((CrossjoinOperand *) lfirst(lc))->path, path) == 0)
			return strchr(path, '/') == NULL && is_tied(joined, predicate, path, first);
	}
	operand = palloc(sizeof(CrossjoinOperand));
	operand->path = path;
	operand->property = property;
	info->operands = lappend(info->operands, operand);
	return true;
}

static bool
add_operands(RemoteTable *joined, const RemoteTable *table, const Predicate *predicate, int first)
{
	const TableInfo *info = table_info(table);
	TableInfo  *all = joined->remote;
	ListCell   *lc;

	if (info->operands == NIL)
		return add_operand(joined, info->entity,
						   column_info(table, linitial_int(info->keys))->property,
						   predicate, first);
	foreach(lc, info->operands)
	{
		const CrossjoinOperand *operand = lfirst(lc);

		if (!add_operand(joined, operand->path, operand->property, predicate, first))
			return false;
	}
	all->links = list_concat_unique_ptr(all->links, info->links);
	return true;
}

static bool
add_table(RemoteTable *joined, const RemoteTable *table, const Predicate *predicate)
{
	const TableInfo *info = table_info(table);
	TableInfo  *all = joined->remote;
	int			first = joined->ncolumns;

	if (info->nested || info->keys == NIL)
		return false;
	add_columns(joined, table);
	all->entity = all->entity == NULL ? info->entity
		: psprintf("%s,%s", all->entity, info->entity);
	all->refuses_apply = all->refuses_apply || info->refuses_apply;
	joined->name = joined->name == NULL ? table->name
		: psprintf("%s, %s", joined->name, table->name);
	return add_operands(joined, table, predicate, first);
}

RemoteTable *
service_layer_join_tables(List *tables, Predicate *predicate)
{
	RemoteTable *joined = palloc0(sizeof(RemoteTable));
	TableInfo  *info = palloc0(sizeof(TableInfo));
	int			ncolumns = 0;
	ListCell   *lc;

	foreach(lc, tables)
		ncolumns += ((RemoteTable *) lfirst(lc))->ncolumns;
	info->is_join = true;
	joined->relid = ((RemoteTable *) linitial(tables))->relid;
	joined->server = ((RemoteTable *) linitial(tables))->server;
	joined->columns = palloc0(sizeof(RemoteColumn) * Max(1, ncolumns));
	joined->remote = info;
	foreach(lc, tables)
	{
		if (!add_table(joined, lfirst(lc), predicate))
			return NULL;
	}
	/* An entity set joined with itself along its key. */
	if (list_length(info->operands) < 2)
		return NULL;
	return joined;
}
