/*
 * option.c
 *		Checking options when they are set, and reading them when they are used.
 *
 * Everything about a single option stands in option_table.c, the rules of the
 * types in option_check.c; here names are looked up.  What a user mistypes is
 * told with the way out: the near miss, or the object to which the option
 * belongs.  The value of an option whose name is unknown never shows in a
 * message: it may be a mistyped "password".
 */
#include "postgres.h"

#include <limits.h>

#include "access/reloptions.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_foreign_table.h"
#include "catalog/pg_user_mapping.h"
#include "commands/defrem.h"
#include "decode.h"
#include "fmgr.h"
#include "funcapi.h"
#include "option.h"
#include "option_table.h"
#include "remote.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/varlena.h"

/* Largest edit distance at which one name counts as a slip for another. */
#define NEAR_MISS_DISTANCE 3

PG_FUNCTION_INFO_V1(sap_b1_fdw_validator);
PG_FUNCTION_INFO_V1(ims_fdw_validator);
PG_FUNCTION_INFO_V1(stockbridge_option_list);

/* How contexts are called in the view and in messages, by OptionContext. */
static const struct
{
	const char *name;			/* in stockbridge.options */
	const char *phrase;			/* in messages */
}			context_names[] = {
	[OPTION_OF_WRAPPER] = {"wrapper", "the definition"},
	[OPTION_OF_SERVER] = {"server", "a server"},
	[OPTION_OF_USER_MAPPING] = {"user mapping", "a user mapping"},
	[OPTION_OF_TABLE] = {"table", "a foreign table"},
	[OPTION_OF_COLUMN] = {"column", "a column of a foreign table"},
	[OPTION_OF_IMPORT] = {"import", "IMPORT FOREIGN SCHEMA"},
};

static const char *
wrapper_name(int wrapper)
{
	return wrapper == WRAPPER_SAP_B1 ? "sap_b1_fdw" : "ims_fdw";
}

const OptionSpec *
option_find(int wrappers, OptionContext context, const char *name)
{
	const OptionSpec *spec;

	for (spec = option_table; spec->name; spec++)
	{
		if ((spec->wrappers & wrappers) && spec->context == context &&
			strcmp(spec->name, name) == 0)
			return spec;
	}
	return NULL;
}

/* The context that has such an option, if it is not this one. */
static OptionContext
context_of_option(OptionWrapper wrapper, const char *name)
{
	const OptionSpec *spec;

	for (spec = option_table; spec->name; spec++)
	{
		if ((spec->wrappers & wrapper) && strcmp(spec->name, name) == 0)
			return spec->context;
	}
	return OPTION_OF_WRAPPER;
}

/*
 * How far two names are apart, INT_MAX if too far for a slip.  "username" is
 * far from "user" by letters, yet hardly means another; short names must share
 * more.
 */
static int
name_distance(const char *given, const char *candidate)
{
	int			len = strlen(candidate);
	int			limit = Min(NEAR_MISS_DISTANCE, Max(len / 2, 1));
	int			distance;

	if (strncmp(given, candidate, len) == 0)
		return NEAR_MISS_DISTANCE;
	distance = varstr_levenshtein_less_equal(given, strlen(given), candidate,
											 len, 1, 1, 1, limit, true);
	return distance <= limit ? distance : INT_MAX;
}

const char *
nearest_name(const char *given, List *candidates)
{
	const char *nearest = NULL;
	int			best = INT_MAX;
	ListCell   *lc;

	/* Longer than any name of ours: the comparison would only cost time. */
	if (given[0] == '\0' || strlen(given) > NAMEDATALEN)
		return NULL;
	foreach(lc, candidates)
	{
		const char *candidate = lfirst(lc);
		int			distance = name_distance(given, candidate);

		if (distance < best)
		{
			best = distance;
			nearest = candidate;
		}
	}
	return nearest;
}

/* The option of this context that was meant, else of any other, else NULL. */
static const char *
nearest_option(OptionWrapper wrapper, OptionContext context, const char *name)
{
	List	   *here = NIL;
	List	   *elsewhere = NIL;
	const OptionSpec *spec;
	const char *nearest;

	for (spec = option_table; spec->name; spec++)
	{
		if (!(spec->wrappers & wrapper))
			continue;
		if (spec->context == context)
			here = lappend(here, unconstify(char *, spec->name));
		else
			elsewhere = lappend(elsewhere, unconstify(char *, spec->name));
	}
	nearest = nearest_name(name, here);
	return nearest ? nearest : nearest_name(name, elsewhere);
}

/* Raise the error for a name that this context does not know. */
static void
unknown_option(OptionWrapper wrapper, OptionContext context, const char *name)
{
	const char *phrase = context_names[context].phrase;
	OptionContext home = context_of_option(wrapper, name);
	const char *nearest;

	if (home != OPTION_OF_WRAPPER)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
				 errmsg("option \"%s\" does not belong to %s of wrapper \"%s\"",
						name, phrase, wrapper_name(wrapper)),
				 errhint("It is an option of %s.", context_names[home].phrase)));

	nearest = nearest_option(wrapper, context, name);
	if (nearest && !option_find(wrapper, context, nearest))
		home = context_of_option(wrapper, nearest);
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
			 errmsg("invalid option \"%s\" for %s of wrapper \"%s\"",
					name, phrase, wrapper_name(wrapper)),
			 nearest == NULL ? errhint("See stockbridge.options for all of them.") :
			 home == OPTION_OF_WRAPPER ?
			 errhint("Did you mean \"%s\"? See stockbridge.options for all of them.", nearest) :
			 errhint("Did you mean \"%s\"? It is an option of %s.",
					 nearest, context_names[home].phrase)));
}

/* Whether one of "name" or "name=value", separated by commas, is given. */
static bool
any_given(const char *alternatives, List *options)
{
	while (alternatives && *alternatives)
	{
		size_t		len = strcspn(alternatives, ",");
		size_t		name_len = Min(len, strcspn(alternatives, "="));
		const char *given = remote_option(options, pnstrdup(alternatives, name_len));

		if (given && (name_len == len ||
					  strcmp(given, pnstrdup(alternatives + name_len + 1, len - name_len - 1)) == 0))
			return true;
		alternatives += len;
		alternatives += strspn(alternatives, ", ");
	}
	return false;
}

static void
check_required(OptionWrapper wrapper, OptionContext context, List *options)
{
	const OptionSpec *spec;

	for (spec = option_table; spec->name; spec++)
	{
		if ((spec->flags & OPTION_REQUIRED) && (spec->wrappers & wrapper) &&
			spec->context == context && !remote_option(options, spec->name) &&
			!any_given(spec->unless, options))
			ereport(ERROR,
					(errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
					 errmsg("option \"%s\" is required for %s of wrapper \"%s\"",
							spec->name, context_names[context].phrase,
							wrapper_name(wrapper)),
					 errdetail("%s", spec->description)));
	}
}

static void
check_options(OptionWrapper wrapper, OptionContext context, List *options)
{
	ListCell   *lc;

	foreach(lc, options)
	{
		DefElem    *def = lfirst_node(DefElem, lc);
		const OptionSpec *spec = option_find(wrapper, context, def->defname);

		if (spec == NULL)
			unknown_option(wrapper, context, def->defname);
		else
			option_check_value(spec, defGetString(def));
	}
	check_required(wrapper, context, options);
}

void
option_check_import(OptionWrapper wrapper, List *options)
{
	check_options(wrapper, OPTION_OF_IMPORT, options);
}

static void
validate(OptionWrapper wrapper, FunctionCallInfo fcinfo)
{
	List	   *options = untransformRelOptions(PG_GETARG_DATUM(0));
	Oid			catalog = PG_GETARG_OID(1);
	OptionContext context = OPTION_OF_WRAPPER;

	if (catalog == ForeignServerRelationId)
		context = OPTION_OF_SERVER;
	else if (catalog == UserMappingRelationId)
		context = OPTION_OF_USER_MAPPING;
	else if (catalog == ForeignTableRelationId)
		context = OPTION_OF_TABLE;
	else if (catalog == AttributeRelationId)
		context = OPTION_OF_COLUMN;
	check_options(wrapper, context, options);
}

Datum
sap_b1_fdw_validator(PG_FUNCTION_ARGS)
{
	validate(WRAPPER_SAP_B1, fcinfo);
	PG_RETURN_VOID();
}

Datum
ims_fdw_validator(PG_FUNCTION_ARGS)
{
	validate(WRAPPER_IMS, fcinfo);
	PG_RETURN_VOID();
}

/*
 * Reading
 */

const char *
option_value(const OptionSpec *spec, List *options)
{
	const char *value = remote_option(options, spec->name);

	return value ? value : spec->default_value;
}

/* Stored options were checked; but a catalog can be edited by hand. */
static void
stored_value_unreadable(const OptionSpec *spec)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
			 errmsg("invalid value for option \"%s\"", spec->name),
			 errhint("Set the option again with ALTER.")));
}

int
option_number(const OptionSpec *spec, List *options)
{
	const char *value = option_value(spec, options);
	const char *hint;
	int			number = 0;

	if (value && !option_parse_number(spec->type, value, &number, &hint))
		stored_value_unreadable(spec);
	return number;
}

/* The first row of that name: server options precede others in the table. */
static const OptionSpec *
option_by_name(const char *name)
{
	const OptionSpec *spec;

	for (spec = option_table; spec->name; spec++)
	{
		if (strcmp(spec->name, name) == 0)
			return spec;
	}
	elog(ERROR, "option \"%s\" is not in the table of options", name);
}

int64
option_int(List *options, const char *name)
{
	return option_number(option_by_name(name), options);
}

int
option_duration_ms(List *options, const char *name)
{
	return option_number(option_by_name(name), options);
}

bool
option_bool(List *options, const char *name)
{
	const OptionSpec *spec = option_by_name(name);
	const char *value = option_value(spec, options);
	bool		result = false;

	if (value && !parse_bool(value, &result))
		stored_value_unreadable(spec);
	return result;
}

const char *
option_text(List *options, const char *name)
{
	return option_value(option_by_name(name), options);
}

static char *
copy_text(List *options, const char *name)
{
	const char *value = option_text(options, name);

	return value ? pstrdup(value) : NULL;
}

/* Those of a declared system are templates, and rendered by its connector. */
static List *
server_headers(OptionWrapper wrapper, List *options)
{
	const char *headers = wrapper == WRAPPER_SAP_B1 ? remote_option(options, "headers") : NULL;

	return headers ? option_split_lines(headers) : NIL;
}

void
option_fill_transport(TransportSettings *settings, OptionWrapper wrapper, List *options)
{
	settings->connect_timeout_ms = option_duration_ms(options, "connect_timeout");
	settings->request_timeout_ms = option_duration_ms(options, "request_timeout");
	settings->idle_timeout_ms = option_duration_ms(options, "idle_timeout");
	settings->max_response_bytes = option_int(options, "max_response_size");
	settings->ca_file = copy_text(options, "ca_file");
	settings->pinned_key = copy_text(options, "pinned_key");
	settings->verify_tls = !option_bool(options, "insecure_skip_tls_verify");
	settings->compression = option_bool(options, "compression");
	settings->proxy = copy_text(options, "proxy");
	settings->client_cert = copy_text(options, "client_cert");
	settings->client_key = copy_text(options, "client_key");
	settings->headers = server_headers(wrapper, options);
}

void
option_fill_identity(TransportSettings *settings, OptionWrapper wrapper, List *user_options)
{
	const char *headers = wrapper == WRAPPER_SAP_B1 ? remote_option(user_options, "headers") : NULL;
	ListCell   *lc;

	settings->client_key_password = copy_text(user_options, "client_key_password");
	settings->proxy_user = copy_text(user_options, "proxy_user");
	settings->proxy_password = copy_text(user_options, "proxy_password");
	if (headers != NULL)
		settings->headers = list_concat(settings->headers, option_split_lines(headers));
	foreach(lc, user_options)
	{
		DefElem    *def = lfirst_node(DefElem, lc);
		const OptionSpec *spec = option_find(wrapper, OPTION_OF_USER_MAPPING, def->defname);

		if (spec != NULL && (spec->flags & OPTION_SECRET))
			settings->secrets = lappend(settings->secrets, defGetString(def));
	}
}

/*
 * The view stockbridge.options
 */

static Datum
text_or_null(const char *text, bool *isnull)
{
	*isnull = text == NULL;
	return text ? CStringGetTextDatum(text) : (Datum) 0;
}

static void
put_option_row(ReturnSetInfo *result, const OptionSpec *spec, int wrapper)
{
	const char *allowed = spec->allowed;
	Datum		values[8];
	bool		nulls[8] = {false};

	if (spec->min)
		allowed = psprintf("%s to %s", spec->min, spec->max);
	else if (spec->type == OPTION_DECODER)
		allowed = decode_names();
	values[0] = CStringGetTextDatum(wrapper_name(wrapper));
	values[1] = CStringGetTextDatum(context_names[spec->context].name);
	values[2] = CStringGetTextDatum(spec->name);
	values[3] = CStringGetTextDatum(option_type_name(spec->type));
	values[4] = text_or_null(spec->default_value, &nulls[4]);
	values[5] = text_or_null(allowed, &nulls[5]);
	values[6] = BoolGetDatum((spec->flags & OPTION_SECRET) != 0);
	values[7] = CStringGetTextDatum(spec->description);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* One row per wrapper and option, in the order of the table. */
Datum
stockbridge_option_list(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	const OptionSpec *spec;

	InitMaterializedSRF(fcinfo, 0);
	for (spec = option_table; spec->name; spec++)
	{
		if (spec->wrappers & WRAPPER_SAP_B1)
			put_option_row(result, spec, WRAPPER_SAP_B1);
		if (spec->wrappers & WRAPPER_IMS)
			put_option_row(result, spec, WRAPPER_IMS);
	}
	return (Datum) 0;
}
