/*
 * tuple.c
 *		Between remote rows and tuples: input and output functions.
 */
#include "postgres.h"

#include "fmgr.h"
#include "tuple.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"

/* How one column becomes a Datum. */
typedef struct ColumnInput
{
	int			attno;
	DecodeFunction decode;
	FmgrInfo	function;
	Oid			ioparam;
	int32		typmod;
} ColumnInput;

struct TupleReader
{
	const RemoteTable *table;
	int			ninputs;
	ColumnInput *inputs;
	const ColumnInput *converting;	/* for the error context */
};

TupleReader *
tuple_reader_create(const RemoteTable *table, List *attnos)
{
	TupleReader *reader = palloc0(sizeof(TupleReader));
	ListCell   *lc;

	reader->table = table;
	reader->ninputs = list_length(attnos);
	reader->inputs = palloc0(sizeof(ColumnInput) * Max(1, reader->ninputs));
	foreach(lc, attnos)
	{
		ColumnInput *input = &reader->inputs[foreach_current_index(lc)];
		const RemoteColumn *column = &table->columns[lfirst_int(lc) - 1];
		Oid			function;

		input->attno = column->attno;
		input->decode = column->decode;
		input->typmod = column->typmod;
		getTypeInputInfo(column->type, &function, &input->ioparam);
		fmgr_info(function, &input->function);
	}
	return reader;
}

/* Say which column an input function complains about. */
static void
conversion_context(void *arg)
{
	TupleReader *reader = arg;

	if (reader->converting != NULL)
		errcontext("column \"%s\" of foreign table %s",
				   reader->table->columns[reader->converting->attno - 1].name,
				   reader->table->name);
}

/* One value as a Datum; false for null. */
static bool
convert_value(TupleReader *reader, ColumnInput *input, const JsonValue *value, Datum *datum)
{
	char	   *text = value->text;

	reader->converting = input;
	if (text != NULL && input->decode != NULL)
		text = input->decode(value);
	if (text == NULL)
		return false;
	*datum = InputFunctionCall(&input->function, text, input->ioparam, input->typmod);
	return true;
}

void
tuple_reader_fill(TupleReader *reader, const JsonValue *values, TupleTableSlot *slot)
{
	ErrorContextCallback callback = {.callback = conversion_context, .arg = reader,
	.previous = error_context_stack};

	error_context_stack = &callback;
	memset(slot->tts_isnull, true, sizeof(bool) * slot->tts_tupleDescriptor->natts);
	for (int i = 0; i < reader->ninputs; i++)
	{
		int			column = reader->inputs[i].attno - 1;

		slot->tts_isnull[column] = !convert_value(reader, &reader->inputs[i], &values[i],
												  &slot->tts_values[column]);
	}
	reader->converting = NULL;
	error_context_stack = callback.previous;
}

char *
tuple_value_text(Datum value, bool isnull, Oid type)
{
	Oid			output;
	bool		varlena;
	char	   *text;
	int			nest;

	if (isnull)
		return NULL;
	nest = NewGUCNestLevel();
	(void) set_config_option("datestyle", "ISO", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	getTypeOutputInfo(type, &output, &varlena);
	text = OidOutputFunctionCall(output, value);
	AtEOXact_GUC(true, nest);
	return text;
}
