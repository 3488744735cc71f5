/*
 * ims_profile.c
 *		Reading profiles from the extension's tables.
 *
 * A profile is needed by whoever may use its server, so the tables are read
 * directly, without the caller's privileges, search_path or row security
 * having a say.  They are small: a sequential scan, once per statement, is
 * cheaper than a cache that has to be told of changes.
 */
#include "postgres.h"

#include "access/reloptions.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/namespace.h"
#include "ims.h"
#include "option.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

typedef void (*TakeRow) (TupleTableSlot *slot, Oid relid, void *result);

static Datum
row_value(TupleTableSlot *slot, Oid relid, const char *column, bool *isnull)
{
	AttrNumber	attno = get_attnum(relid, column);

	if (attno == InvalidAttrNumber)
		elog(ERROR, "table %s has no column %s", get_rel_name(relid), column);
	return slot_getattr(slot, attno, isnull);
}

static char *
row_text(TupleTableSlot *slot, Oid relid, const char *column)
{
	bool		isnull;
	Datum		value = row_value(slot, relid, column, &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

/* Options are stored as PostgreSQL stores them: an array of "name=value". */
static List *
row_options(TupleTableSlot *slot, Oid relid)
{
	bool		isnull;
	Datum		value = row_value(slot, relid, "options", &isnull);

	return isnull ? NIL : untransformRelOptions(value);
}

/*
 * Call "take" for every row of a table of schema stockbridge, or for those
 * where "column" is "wanted".
 */
static void
for_each_row(const char *table, const char *column, const char *wanted,
			 TakeRow take, void *result)
{
	Oid			relid = get_relname_relid(table, get_namespace_oid("stockbridge", false));
	Relation	relation;
	Snapshot	snapshot;
	TableScanDesc scan;
	TupleTableSlot *slot;

	if (!OidIsValid(relid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("table stockbridge.%s does not exist", table),
				 errhint("Profiles are read from it. Is the extension stockbridge complete in this database?")));
	relation = table_open(relid, AccessShareLock);
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	slot = table_slot_create(relation, NULL);
	scan = table_beginscan(relation, snapshot, 0, NULL);
	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		char	   *key = row_text(slot, relid, column);

		if (wanted == NULL || (key && strcmp(key, wanted) == 0))
			take(slot, relid, result);
	}
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	UnregisterSnapshot(snapshot);
	table_close(relation, AccessShareLock);
}

typedef struct FoundProfile
{
	bool		found;
	List	   *options;
} FoundProfile;

static void
take_profile(TupleTableSlot *slot, Oid relid, void *result)
{
	FoundProfile *profile = result;

	profile->found = true;
	profile->options = row_options(slot, relid);
}

static void
take_name(TupleTableSlot *slot, Oid relid, void *result)
{
	List	  **names = result;

	*names = lappend(*names, row_text(slot, relid, "name"));
}

static void
raise_unknown_profile(const char *profile)
{
	List	   *names = NIL;
	const char *nearest;

	for_each_row("profile", "name", NULL, take_name, &names);
	nearest = nearest_name(profile, names);
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
			 errmsg("there is no profile \"%s\"", profile),
			 nearest ? errhint("Did you mean \"%s\"? See stockbridge.profiles for all of them.", nearest)
			 : errhint("See stockbridge.profiles for those that there are; stockbridge.add_profile() adds one.")));
}

List *
ims_profile_options(const char *profile)
{
	FoundProfile result = {0};

	for_each_row("profile", "name", profile, take_profile, &result);
	if (!result.found)
		raise_unknown_profile(profile);
	return result.options;
}

/* An element of a list that is to be ordered by "position". */
typedef struct Placed
{
	int32		position;
	char	   *table_name;		/* of a column */
	void	   *item;
} Placed;

static int
compare_placed(const ListCell *a, const ListCell *b)
{
	int32		left = ((Placed *) lfirst(a))->position;
	int32		right = ((Placed *) lfirst(b))->position;

	return (left > right) - (left < right);
}

static Placed *
place(TupleTableSlot *slot, Oid relid, void *item)
{
	Placed	   *placed = palloc0(sizeof(Placed));
	bool		isnull;
	Datum		position = row_value(slot, relid, "position", &isnull);

	placed->position = isnull ? 0 : DatumGetInt32(position);
	placed->item = item;
	return placed;
}

static void
take_table(TupleTableSlot *slot, Oid relid, void *result)
{
	List	  **tables = result;
	ImsProfileTable *table = palloc0(sizeof(ImsProfileTable));

	table->name = row_text(slot, relid, "name");
	table->options = row_options(slot, relid);
	*tables = lappend(*tables, place(slot, relid, table));
}

static void
take_column(TupleTableSlot *slot, Oid relid, void *result)
{
	List	  **columns = result;
	ImsProfileColumn *column = palloc0(sizeof(ImsProfileColumn));
	bool		isnull;
	Placed	   *placed;

	column->name = row_text(slot, relid, "name");
	column->type = DatumGetObjectId(row_value(slot, relid, "type", &isnull));
	column->options = row_options(slot, relid);
	placed = place(slot, relid, column);
	placed->table_name = row_text(slot, relid, "table_name");
	*columns = lappend(*columns, placed);
}

List *
ims_profile_tables(const char *profile)
{
	List	   *tables = NIL;
	List	   *columns = NIL;
	List	   *result = NIL;
	ListCell   *lt;
	ListCell   *lc;

	for_each_row("profile_table", "profile", profile, take_table, &tables);
	for_each_row("profile_column", "profile", profile, take_column, &columns);
	list_sort(tables, compare_placed);
	list_sort(columns, compare_placed);
	foreach(lt, tables)
	{
		ImsProfileTable *table = ((Placed *) lfirst(lt))->item;

		foreach(lc, columns)
		{
			Placed	   *column = lfirst(lc);

			if (strcmp(column->table_name, table->name) == 0)
				table->columns = lappend(table->columns, column->item);
		}
		result = lappend(result, table);
	}
	return result;
}
