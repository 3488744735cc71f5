/*
 * modify.c
 *		INSERT, UPDATE and DELETE: each row, or batch of new rows, is one write.
 *
 * A remote knows no transaction of ours: what a statement has written stays
 * written even if a later row fails or the transaction is rolled back.  So
 * nothing is sent before it has been checked here, a failure names the rows and
 * says what has gone through, and an outcome that is not known is an error of
 * its own (08007), never a retry.
 *
 * A row to change is found by its key, which travels through the plan in junk
 * columns.  Rows of a statement are sent in the order of the plan.  UPDATE and
 * DELETE are not batched: the executor asks of each row whether it was there.
 */
#include "postgres.h"

#include "connector.h"
#include "compat.h"
#include "executor/executor.h"
#include "modify.h"
#include "modify_plan.h"
#include "nodes/value.h"
#include "row_version.h"
#include "stat.h"
#include "tuple.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"
#include "written.h"

typedef struct ModifyState
{
	RemoteTable *table;
	List	   *attnos;			/* of int: columns to be written */
	List	   *returning;		/* of int: columns to come back, NIL = none */
	TupleReader *reader;		/* of "returning" */
	TupleReader *set_reader;	/* of "attnos", for rows that are read again */
	TupleTableSlot *set_slot;	/* what it reads */
	List	   *keys;			/* of int: attributes of the key */
	AttrNumber *key_junk;		/* where the plan's tuple has them */
	AttrNumber	version_junk;	/* where it has the row's version, invalid = nowhere */
	WrittenNames written;		/* rows that have gone through */
	const RowWrite *sending;	/* rows on their way, for the error context */
	int			nsending;
	RowWrite   *buffer;			/* rows of a COPY that wait to be written together */
	int			nbuffered;
	int			buffer_size;	/* 0 = each is written at once */
	StatTotals	asked;			/* for EXPLAIN ANALYZE */
	double		wait_ms;
	MemoryContext context;		/* lives as long as the statement */
	MemoryContext row_context;	/* reset before each row or batch */
} ModifyState;

/* Refuse to send what the remote ignores without a word. */
static void
check_writable(const ModifyState *state)
{
	ListCell   *lc;

	foreach(lc, state->attnos)
	{
		const RemoteColumn *column = &state->table->columns[lfirst_int(lc) - 1];
		const char *read_only = remote_option(column->options, "read_only");

		if (read_only != NULL && strcmp(read_only, "true") == 0)
			ereport(ERROR,
					(errcode(ERRCODE_GENERATED_ALWAYS),
					 errmsg("column \"%s\" of foreign table %s is computed by the remote and cannot be written",
							column->name, state->table->name)));
	}
}

static ModifyState *
make_state(Relation rel, Oid userid, List *attnos, bool returning)
{
	ModifyState *state = palloc0(sizeof(ModifyState));

	state->table = remote_table_open(RelationGetRelid(rel), userid);
	state->attnos = attnos;
	state->keys = modify_key_attnos(state->table);
	if (returning)
	{
		state->returning = modify_all_attnos(state->table);
		state->reader = tuple_reader_create(state->table, state->returning);
	}
	state->context = CurrentMemoryContext;
	state->row_context = AllocSetContextCreate(CurrentMemoryContext, "stockbridge row",
											   ALLOCSET_DEFAULT_SIZES);
	return state;
}

/* Where the plan's tuples have the key. */
static void
find_junk(ModifyState *state, List *targetlist)
{
	ListCell   *lc;

	state->key_junk = palloc0(sizeof(AttrNumber) * Max(1, list_length(state->keys)));
	foreach(lc, state->keys)
	{
		const RemoteColumn *column = &state->table->columns[lfirst_int(lc) - 1];
		AttrNumber	junk = ExecFindJunkAttributeInTlist(targetlist, modify_junk_name(column));

		if (!AttributeNumberIsValid(junk))
			elog(ERROR, "could not find the key of foreign table %s in the plan",
				 state->table->name);
		state->key_junk[foreach_current_index(lc)] = junk;
	}
	if (modify_has_version(state->table))
		state->version_junk = ExecFindJunkAttributeInTlist(targetlist, "ctid");
}

/* Whether a trigger wants to see each row as the remote keeps it. */
static bool
has_after_trigger(Relation rel, CmdType operation)
{
	const TriggerDesc *triggers = rel->trigdesc;

	return triggers != NULL &&
		((operation == CMD_INSERT && triggers->trig_insert_after_row) ||
		 (operation == CMD_UPDATE && triggers->trig_update_after_row));
}

void
modify_begin(ModifyTableState *mtstate, ResultRelInfo *rinfo, List *fdw_private,
			 int subplan_index pg_attribute_unused(), int eflags)
{
	ModifyState *state;

	if (eflags & EXEC_FLAG_EXPLAIN_ONLY)
		return;
	state = make_state(rinfo->ri_RelationDesc, compat_modify_user(mtstate, rinfo),
					   list_nth(fdw_private, MODIFY_PRIVATE_ATTNOS),
					   intVal(list_nth(fdw_private, MODIFY_PRIVATE_RETURNING)) != 0 ||
					   has_after_trigger(rinfo->ri_RelationDesc, mtstate->operation));
	if (mtstate->operation == CMD_UPDATE)
	{
		check_writable(state);
		state->set_reader = tuple_reader_create(state->table, state->attnos);
		state->set_slot = ExecInitExtraTupleSlot(mtstate->ps.state,
												 RelationGetDescr(rinfo->ri_RelationDesc),
												 &TTSOpsVirtual);
	}
	if (mtstate->operation != CMD_INSERT)
		find_junk(state, outerPlanState(mtstate)->plan->targetlist);
	rinfo->ri_FdwState = state;
}

/* COPY, and rows routed to a partition, come without a plan of ours. */
void
modify_begin_insert(ModifyTableState *mtstate, ResultRelInfo *rinfo)
{
	ModifyState *state;

	/* A partition whose rows are updated keeps its state for that. */
	if (rinfo->ri_FdwState != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("cannot move rows into foreign table \"%s\", which the same statement updates",
						RelationGetRelationName(rinfo->ri_RelationDesc))));
	state = make_state(rinfo->ri_RelationDesc, compat_modify_user(mtstate, rinfo), NIL,
					   rinfo->ri_returningList != NIL ||
					   has_after_trigger(rinfo->ri_RelationDesc, CMD_INSERT));
	state->attnos = modify_all_attnos(state->table);
	rinfo->ri_FdwState = state;
	if (mtstate->ps.plan == NULL && !COMPAT_COPY_BATCHES && modify_batch_size(rinfo) > 1)
	{
		state->buffer_size = modify_batch_size(rinfo);
		state->buffer = palloc0(sizeof(RowWrite) * state->buffer_size);
	}
}

/*
 * Rows that are written together.  Where each must come back (RETURNING, row
 * triggers) the executor wants them one by one.
 */
int
modify_batch_size(ResultRelInfo *rinfo)
{
	ModifyState *state = rinfo->ri_FdwState;
	const TriggerDesc *triggers = rinfo->ri_TrigDesc;
	RemoteTable *table;

	if (rinfo->ri_projectReturning != NULL || rinfo->ri_returningList != NIL ||
		(triggers && (triggers->trig_insert_before_row || triggers->trig_insert_after_row)))
		return 1;
	table = state ? state->table
		: remote_table_open(RelationGetRelid(rinfo->ri_RelationDesc), GetUserId());
	if (table->server->connector->batch_size == NULL)
		return 1;
	return table->server->connector->batch_size(table);
}

/* Values of some columns of a tuple; with "skip_nulls" only those that are set. */
static List *
slot_values(const ModifyState *state, TupleTableSlot *slot, bool skip_nulls)
{
	List	   *values = NIL;
	ListCell   *lc;

	foreach(lc, state->attnos)
	{
		const RemoteColumn *column = &state->table->columns[lfirst_int(lc) - 1];
		RemoteValue *value;
		bool		isnull;
		Datum		datum = slot_getattr(slot, column->attno, &isnull);

		if (isnull && skip_nulls)
			continue;
		value = palloc(sizeof(RemoteValue));
		value->attno = column->attno;
		value->text = tuple_value_text(datum, isnull, column->type);
		values = lappend(values, value);
	}
	return values;
}

/* The key that the plan found for a row. */
static List *
key_values(const ModifyState *state, TupleTableSlot *plan_slot)
{
	List	   *values = NIL;
	ListCell   *lc;

	foreach(lc, state->keys)
	{
		const RemoteColumn *column = &state->table->columns[lfirst_int(lc) - 1];
		RemoteValue *value = palloc(sizeof(RemoteValue));
		bool		isnull;
		Datum		datum = ExecGetJunkAttribute(plan_slot,
												 state->key_junk[foreach_current_index(lc)],
												 &isnull);

		if (isnull)
			elog(ERROR, "key of foreign table %s is null", state->table->name);
		value->attno = column->attno;
		value->text = tuple_value_text(datum, false, column->type);
		values = lappend(values, value);
	}
	return values;
}

/* The version in which the plan's scan has read the row; NULL if it had none. */
static const char *
row_version(const ModifyState *state, TupleTableSlot *plan_slot)
{
	bool		isnull;
	Datum		datum;

	if (!AttributeNumberIsValid(state->version_junk))
		return NULL;
	datum = ExecGetJunkAttribute(plan_slot, state->version_junk, &isnull);
	return isnull ? NULL : row_version_of((ItemPointer) DatumGetPointer(datum));
}

/* What the statement has written before the rows that are on their way. */
static char *
describe_earlier(const ModifyState *state)
{
	char	   *names = written_names_text(&state->written);

	if (state->written.count == 0)
		return "";
	return psprintf("; the " INT64_FORMAT " before %s have gone through and stay so%s%s",
					state->written.count, state->nsending == 1 ? "it" : "them",
					*names ? ": " : "", names);
}

/* Which rows are on their way, in the order of the statement. */
static void
sending_context(void *arg)
{
	const ModifyState *state = arg;
	int64		first = state->written.count + 1;
	WrittenNames names = {0};
	char	   *rows;

	if (first == 1 && state->nsending == 1)
		return;
	for (int i = 0; i < state->nsending; i++)
		written_names_add(&names, state->sending[i].name);
	rows = written_names_text(&names);
	if (state->nsending == 1)
		errcontext("row " INT64_FORMAT " of the statement, for foreign table %s%s",
				   first, state->table->name, describe_earlier(state));
	else
		errcontext("rows " INT64_FORMAT " to " INT64_FORMAT " of the statement, for foreign table %s, all or none%s%s%s",
				   first, first + state->nsending - 1, state->table->name,
				   *rows ? ": " : "", rows, describe_earlier(state));
}

/* Add what has been asked since a moment. */
static void
count_asked(ModifyState *state, const StatTotals *before, TimestampTz start)
{
	StatTotals	now = stat_backend_totals();

	state->asked.requests += now.requests - before->requests;
	state->asked.bytes += now.bytes - before->bytes;
	state->wait_ms += (GetCurrentTimestamp() - start) / 1000.0;
}

/* Let the connector send rows, telling in an error where the statement was. */
static bool
send_rows(ModifyState *state, RowWrite *writes, int nwrites)
{
	const Connector *connector = state->table->server->connector;
	ErrorContextCallback callback = {.callback = sending_context, .arg = state,
	.previous = error_context_stack};
	bool		found = true;
	MemoryContext old;

	state->sending = writes;
	state->nsending = nwrites;
	error_context_stack = &callback;
	if (nwrites == 1)
		found = connector->write_row(writes);
	else
		connector->write_batch(writes, nwrites);
	error_context_stack = callback.previous;
	old = MemoryContextSwitchTo(state->context);
	for (int i = 0; found && i < nwrites; i++)
		written_names_add(&state->written, writes[i].name);
	MemoryContextSwitchTo(old);
	return found;
}

/* Fill a slot with the row that came back. */
static void
fill_slot(ModifyState *state, const RowPage *page, TupleTableSlot *slot)
{
	MemoryContext old;

	ExecClearTuple(slot);
	old = MemoryContextSwitchTo(slot->tts_mcxt);
	tuple_reader_fill(state->reader, page->values, slot);
	MemoryContextSwitchTo(old);
	ExecStoreVirtualTuple(slot);
	ExecMaterializeSlot(slot);
}

/* Whether two values of a column are the same; a type without "=" has none that differ. */
static bool
same_value(const RemoteColumn *column, TupleTableSlot *left, TupleTableSlot *right)
{
	TypeCacheEntry *type = lookup_type_cache(column->type, TYPECACHE_EQ_OPR_FINFO);
	bool		left_null;
	bool		right_null;
	Datum		left_value = slot_getattr(left, column->attno, &left_null);
	Datum		right_value = slot_getattr(right, column->attno, &right_null);

	if (left_null || right_null)
		return left_null == right_null;
	return !OidIsValid(type->eq_opr_finfo.fn_oid) ||
		DatumGetBool(FunctionCall2Coll(&type->eq_opr_finfo, column->collation,
									   left_value, right_value));
}

/*
 * Read a row again that the scan could read in no version: what the statement
 * sets must still be as it was.  False if the row is gone.
 */
static bool
refresh_row(ModifyState *state, TupleTableSlot *old, RowWrite *write)
{
	const Connector *connector = state->table->server->connector;
	ListCell   *lc;

	if (connector->refresh_row == NULL)
		return true;
	if (!connector->refresh_row(write))
		return false;
	if (write->page == NULL)
		return true;
	ExecClearTuple(state->set_slot);
	tuple_reader_fill(state->set_reader, write->page->values, state->set_slot);
	ExecStoreVirtualTuple(state->set_slot);
	foreach(lc, state->attnos)
	{
		const RemoteColumn *column = &state->table->columns[lfirst_int(lc) - 1];

		if (!same_value(column, old, state->set_slot))
			ereport(ERROR,
					(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
					 errmsg("column \"%s\" of foreign table %s has been changed since it was read",
							column->name, state->table->name),
					 errhint("Run the statement again: it then starts from the present state.")));
	}
	return true;
}

/* Send one row; NULL if there is no such row at the remote (any more). */
static TupleTableSlot *
write_row(ModifyState *state, CmdType operation, ResultRelInfo *rinfo, TupleTableSlot *slot,
		  TupleTableSlot *plan_slot)
{
	RowWrite	write = {.table = state->table, .operation = operation,
	.returning = state->returning};
	StatTotals	before = stat_backend_totals();
	TimestampTz start = GetCurrentTimestamp();
	MemoryContext old;
	bool		found;

	MemoryContextReset(state->row_context);
	old = MemoryContextSwitchTo(state->row_context);
	if (operation != CMD_DELETE)
		write.values = slot_values(state, slot, operation == CMD_INSERT);
	if (operation != CMD_INSERT)
	{
		write.key = key_values(state, plan_slot);
		write.version = row_version(state, plan_slot);
	}
	found = (operation != CMD_UPDATE || refresh_row(state, rinfo->ri_oldTupleSlot, &write)) &&
		send_rows(state, &write, 1);
	count_asked(state, &before, start);
	MemoryContextSwitchTo(old);
	if (!found)
		return NULL;
	if (state->returning != NIL)
		fill_slot(state, write.page, slot);
	return slot;
}

/* A column that only the remote writes must not be given a value. */
static void
check_insert(const ModifyState *state, TupleTableSlot *slot)
{
	ModifyState given = *state;
	ListCell   *lc;

	given.attnos = NIL;
	foreach(lc, state->attnos)
	{
		bool		isnull;

		(void) slot_getattr(slot, lfirst_int(lc), &isnull);
		if (!isnull)
			given.attnos = lappend_int(given.attnos, lfirst_int(lc));
	}
	check_writable(&given);
}

/*
 * The conditions of a view WITH CHECK OPTION, which the executor checks after
 * the write, when it is too late.  Only a row that comes back may differ then.
 */
static void
check_view(EState *estate, ResultRelInfo *rinfo, TupleTableSlot *slot)
{
	const ModifyState *state = rinfo->ri_FdwState;

	if (rinfo->ri_WithCheckOptions != NIL && state->returning == NIL)
		ExecWithCheckOptions(WCO_VIEW_CHECK, rinfo, slot, estate);
}

/* A row to be inserted, in the row context. */
static void
prepare_insert(ModifyState *state, RowWrite *write, TupleTableSlot *slot)
{
	MemoryContext old = MemoryContextSwitchTo(state->row_context);

	memset(write, 0, sizeof(RowWrite));
	write->table = state->table;
	write->operation = CMD_INSERT;
	write->values = slot_values(state, slot, true);
	MemoryContextSwitchTo(old);
}

/* Write rows that were prepared, and be ready for others. */
static void
send_prepared(ModifyState *state, RowWrite *writes, int nwrites)
{
	StatTotals	before = stat_backend_totals();
	TimestampTz start = GetCurrentTimestamp();
	MemoryContext old = MemoryContextSwitchTo(state->row_context);

	(void) send_rows(state, writes, nwrites);
	count_asked(state, &before, start);
	MemoryContextSwitchTo(old);
	MemoryContextReset(state->row_context);
}

static void
flush_buffer(ModifyState *state)
{
	int			nbuffered = state->nbuffered;

	state->nbuffered = 0;
	if (nbuffered > 0)
		send_prepared(state, state->buffer, nbuffered);
}

/* COPY is over: what waits is written. */
void
modify_end_insert(EState *estate pg_attribute_unused(), ResultRelInfo *rinfo)
{
	if (rinfo->ri_FdwState != NULL)
		flush_buffer(rinfo->ri_FdwState);
}

TupleTableSlot *
modify_insert(EState *estate, ResultRelInfo *rinfo,
			  TupleTableSlot *slot, TupleTableSlot *plan_slot)
{
	ModifyState *state = rinfo->ri_FdwState;

	check_view(estate, rinfo, slot);
	check_insert(state, slot);
	if (state->buffer_size > 0)
	{
		prepare_insert(state, &state->buffer[state->nbuffered++], slot);
		if (state->nbuffered == state->buffer_size)
			flush_buffer(state);
		return slot;
	}
	return write_row(rinfo->ri_FdwState, CMD_INSERT, rinfo, slot, plan_slot);
}

TupleTableSlot **
modify_insert_batch(EState *estate, ResultRelInfo *rinfo,
					TupleTableSlot **slots, TupleTableSlot **plan_slots pg_attribute_unused(),
					int *nslots)
{
	ModifyState *state = rinfo->ri_FdwState;
	RowWrite   *writes = palloc(sizeof(RowWrite) * *nslots);

	for (int i = 0; i < *nslots; i++)
	{
		check_view(estate, rinfo, slots[i]);
		check_insert(state, slots[i]);
		prepare_insert(state, &writes[i], slots[i]);
	}
	send_prepared(state, writes, *nslots);
	pfree(writes);
	return slots;
}

TupleTableSlot *
modify_update(EState *estate, ResultRelInfo *rinfo,
			  TupleTableSlot *slot, TupleTableSlot *plan_slot)
{
	check_view(estate, rinfo, slot);
	return write_row(rinfo->ri_FdwState, CMD_UPDATE, rinfo, slot, plan_slot);
}

TupleTableSlot *
modify_delete(EState *estate pg_attribute_unused(), ResultRelInfo *rinfo,
			  TupleTableSlot *slot, TupleTableSlot *plan_slot)
{
	return write_row(rinfo->ri_FdwState, CMD_DELETE, rinfo, slot, plan_slot);
}

/* The requests that the writes of a statement would be. */
static void
explain_plan(ModifyTableState *mtstate, ResultRelInfo *rinfo, ExplainState *es)
{
	RemoteTable *table = remote_table_open(RelationGetRelid(rinfo->ri_RelationDesc), GetUserId());

	ExplainPropertyText("Remote Request",
						table->server->connector->describe_write(table, mtstate->operation), es);
	if (mtstate->operation == CMD_INSERT && rinfo->ri_BatchSize > 1)
		ExplainPropertyInteger("Batch Size", NULL, rinfo->ri_BatchSize, es);
}

void
modify_explain(ModifyTableState *mtstate, ResultRelInfo *rinfo,
			   List *fdw_private pg_attribute_unused(),
			   int subplan_index pg_attribute_unused(), ExplainState *es)
{
	const ModifyState *state = rinfo->ri_FdwState;

	if (es->verbose)
		explain_plan(mtstate, rinfo, es);
	if (!es->analyze || state == NULL)
		return;
	ExplainPropertyInteger("Requests", NULL, state->asked.requests, es);
	ExplainPropertyInteger("Bytes Received", NULL, state->asked.bytes, es);
	if (es->timing)
		ExplainPropertyFloat("Remote Wait Time", "ms", state->wait_ms, 3, es);
}
