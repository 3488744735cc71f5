/*
 * ims_option.h
 *		Reading the values of options that are more than one word or number.
 *
 * For the files that read options (ims_server.c, ims_table.c, ims_column.c).
 * Whatever is wrong raises ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE and names the
 * option.
 */
#ifndef STOCKBRIDGE_IMS_OPTION_H
#define STOCKBRIDGE_IMS_OPTION_H

#include "postgres.h"

#include "ims.h"

/* A word of an option that stands for a value of an enum; NULL ends a list. */
typedef struct ImsWord
{
	const char *word;
	int			value;
} ImsWord;

/* ims_bad_option: raise; "hint" may be NULL. */
extern void ims_bad_option(const char *option, const char *value, const char *hint)
			pg_attribute_noreturn();

/* ims_word_value: the value of a word; the hint of the error lists all. */
extern int	ims_word_value(const ImsWord *words, const char *word, const char *option);

extern int	ims_parse_integer(const char *text, const char *option);
extern List *ims_parse_statuses(const char *text, const char *option);
extern int	ims_parse_duration(const char *text, const char *option);

/*
 * ims_parse_place
 *		Where something is in an answer: "/pointer", "header:NAME", or
 *		"header:NAME#/pointer" for a header that holds JSON; NULL for NULL.
 */
extern ImsPlace *ims_parse_place(const char *text, const char *option);

/* ims_parse_condition: "/pointer=value"; NULL for NULL. */
extern ImsCondition *ims_parse_condition(const char *text, const char *option);

/*
 * ims_words
 *		Words separated by blanks; one in double quotes may hold blanks, and
 *		"\" before any character in it makes that character plain.
 */
extern List *ims_words(const char *text, const char *option);

/* ims_parse_rates: "2/s, 60/min"; none for NULL. */
extern ImsRates ims_parse_rates(const char *text);

/* ims_parse_headers: Templates of "Name: template" lines. */
extern List *ims_parse_headers(const char *text, TemplateScope scope, const char *option);

/* ims_column_open: column options of one column; ims_column.c. */
extern void ims_column_open(const ImsTable *table, RemoteColumn *remote);

#endif							/* STOCKBRIDGE_IMS_OPTION_H */
