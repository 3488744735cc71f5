/*
 * tuple.c
 *		Between remote rows and tuples: input and output functions.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "tuple.h"
#include "utils/array.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"

/* How one column becomes a Datum. */
typedef struct ColumnInput
{
	int			place;			/* in the tuple, from 0 */
	const char *name;			/* the column's, NULL = none */
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

static TupleReader *
make_reader(const RemoteTable *table, int ninputs)
{
	TupleReader *reader = palloc0(sizeof(TupleReader));

	reader->table = table;
	reader->ninputs = ninputs;
	reader->inputs = palloc0(sizeof(ColumnInput) * Max(1, ninputs));
	return reader;
}

static void
set_input_type(ColumnInput *input, Oid type, int32 typmod)
{
	Oid			function;

	input->typmod = typmod;
	getTypeInputInfo(type, &function, &input->ioparam);
	fmgr_info(function, &input->function);
}

TupleReader *
tuple_reader_create(const RemoteTable *table, List *attnos)
{
	TupleReader *reader = make_reader(table, list_length(attnos));
	ListCell   *lc;

	foreach(lc, attnos)
	{
		ColumnInput *input = &reader->inputs[foreach_current_index(lc)];
		const RemoteColumn *column = &table->columns[lfirst_int(lc) - 1];

		input->place = column->attno - 1;
		input->name = column->name;
		input->decode = column->decode;
		set_input_type(input, column->type, column->typmod);
	}
	return reader;
}

TupleReader *
tuple_reader_create_in_order(const RemoteTable *table, List *attnos, TupleDesc desc)
{
	TupleReader *reader = make_reader(table, list_length(attnos));
	ListCell   *lc;

	foreach(lc, attnos)
	{
		int			place = foreach_current_index(lc);
		ColumnInput *input = &reader->inputs[place];
		Form_pg_attribute attribute = TupleDescAttr(desc, place);

		input->place = place;
		if (lfirst_int(lc) > 0)
		{
			input->name = table->columns[lfirst_int(lc) - 1].name;
			input->decode = table->columns[lfirst_int(lc) - 1].decode;
		}
		set_input_type(input, attribute->atttypid, attribute->atttypmod);
	}
	return reader;
}

/* Say which column an input function complains about. */
static void
conversion_context(void *arg)
{
	TupleReader *reader = arg;

	if (reader->converting == NULL)
		return;
	if (reader->converting->name != NULL)
		errcontext("column \"%s\" of foreign table %s", reader->converting->name,
				   reader->table->name);
	else
		errcontext("aggregate of foreign table %s", reader->table->name);
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
		int			place = reader->inputs[i].place;

		slot->tts_isnull[place] = !convert_value(reader, &reader->inputs[i], &values[i],
												 &slot->tts_values[place]);
	}
	reader->converting = NULL;
	error_context_stack = callback.previous;
}

/* Types whose output does not depend on the user's settings. */
static bool
has_fixed_output(Oid type)
{
	return type == TEXTOID || type == VARCHAROID || type == INT2OID || type == INT4OID ||
		type == INT8OID || type == NUMERICOID || type == BOOLOID;
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
	getTypeOutputInfo(type, &output, &varlena);
	if (has_fixed_output(type))
		return OidOutputFunctionCall(output, value);
	nest = NewGUCNestLevel();
	(void) set_config_option("datestyle", "ISO", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	text = OidOutputFunctionCall(output, value);
	AtEOXact_GUC(true, nest);
	return text;
}

/* The elements of an array, nulls left out. */
static List *
array_texts(Datum array, Oid element_type, bool *has_null)
{
	int16		len;
	bool		byval;
	char		align;
	Datum	   *elements;
	bool	   *nulls;
	int			count;
	List	   *texts = NIL;

	*has_null = false;
	get_typlenbyvalalign(element_type, &len, &byval, &align);
	deconstruct_array(DatumGetArrayTypeP(array), element_type, len, byval, align,
					  &elements, &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		if (nulls[i])
			*has_null = true;
		else
			texts = lappend(texts, tuple_value_text(elements[i], false, element_type));
	}
	return texts;
}

void
tuple_bind_leaf(Predicate *leaf, Datum value, bool isnull)
{
	leaf->param = -1;
	leaf->values = NIL;
	if (!isnull)
		leaf->values = leaf->param_is_array ? array_texts(value, leaf->value_type, &isnull)
			: list_make1(tuple_value_text(value, false, leaf->value_type));
	if (isnull && leaf->op == PREDICATE_NOT_IN)
	{
		leaf->op = PREDICATE_IN;
		leaf->values = NIL;
	}
}
