/*
 * option_table.h
 *		The table of all options and the few questions asked of it.
 *
 * option_table.c is data only.  option_check.c holds the rules of the types,
 * option.c checks names and reads values; importers check their options by it.
 */
#ifndef STOCKBRIDGE_OPTION_TABLE_H
#define STOCKBRIDGE_OPTION_TABLE_H

#include "postgres.h"

#include "nodes/pg_list.h"

/* Bits, because most server options belong to both wrappers. */
typedef enum OptionWrapper
{
	WRAPPER_SAP_B1 = 1,
	WRAPPER_IMS = 2
} OptionWrapper;

typedef enum OptionContext
{
	OPTION_OF_WRAPPER,			/* none exists; CREATE FOREIGN DATA WRAPPER */
	OPTION_OF_SERVER,
	OPTION_OF_USER_MAPPING,
	OPTION_OF_TABLE,
	OPTION_OF_COLUMN,
	OPTION_OF_IMPORT			/* IMPORT FOREIGN SCHEMA … OPTIONS */
} OptionContext;

typedef enum OptionType
{
	OPTION_TEXT,
	OPTION_NAME,				/* goes into a URL as it is: no delimiters */
	OPTION_PATH,				/* names separated by "/" */
	OPTION_URL,					/* http, https */
	OPTION_PROXY_URL,			/* http, https, socks */
	OPTION_FILE,				/* path on the database host: privileged */
	OPTION_KEY_OR_FILE,			/* "sha256//…" or a path */
	OPTION_HEADERS,				/* lines "Name: value" */
	OPTION_INTEGER,
	OPTION_BOOLEAN,
	OPTION_DURATION,			/* "10s", "5min"; without unit: seconds */
	OPTION_SIZE,				/* "64MB"; without unit: bytes */
	OPTION_ENUM,				/* one of "allowed" */
	OPTION_DECODER				/* a name of decode.h */
} OptionType;

#define OPTION_SECRET	1		/* its value never appears in any message */
#define OPTION_REQUIRED	2
#define OPTION_MAY_BE_EMPTY	4	/* "" is a value, as in a JSON pointer to the whole */

typedef struct OptionSpec
{
	int			wrappers;		/* OptionWrapper bits */
	OptionContext context;
	const char *name;			/* NULL ends the table */
	OptionType	type;
	int			flags;
	const char *default_value;	/* NULL = none */
	const char *allowed;		/* OPTION_ENUM: members, separated by ", " */
	const char *min;			/* numeric types: bounds, in the type's spelling */
	const char *max;
	const char *unless;			/* OPTION_REQUIRED: not where one of these is given, as
								 * in "token, flavour=odata" */
	const char *description;	/* one sentence */
} OptionSpec;

extern const OptionSpec option_table[];

/* option_find: the row of that option, NULL if there is none. */
extern const OptionSpec *option_find(int wrappers, OptionContext context,
									 const char *name);

/*
 * option_check_import
 *		Check the OPTIONS of IMPORT FOREIGN SCHEMA; errors as the validators'.
 */
extern void option_check_import(OptionWrapper wrapper, List *options);

/* option_value: the value given, else the row's default, else NULL. */
extern const char *option_value(const OptionSpec *spec, List *options);

/* option_number: the same of a numeric type, in ms, bytes or as it is; else 0. */
extern int	option_number(const OptionSpec *spec, List *options);

/*
 * Rules of the types (option_check.c)
 */

/* option_check_value: raise unless the value suits the option. */
extern void option_check_value(const OptionSpec *spec, const char *value);

/* option_parse_number: false if it is none; "*hint" may then say why. */
extern bool option_parse_number(OptionType type, const char *value,
								int *result, const char **hint);

/* option_split_lines: the lines of an OPTION_HEADERS, copied; empty ones left out. */
extern List *option_split_lines(const char *value);

extern const char *option_type_name(OptionType type);

#endif							/* STOCKBRIDGE_OPTION_TABLE_H */
