/*
 * option.h
 *		Every option of both wrappers, declared in one table.
 *
 * The validator, the stockbridge.options view and the hints for near misses
 * all read that table; nothing else lists options.
 */
#ifndef STOCKBRIDGE_OPTION_H
#define STOCKBRIDGE_OPTION_H

#include "postgres.h"

#include "nodes/pg_list.h"
#include "option_table.h"
#include "remote.h"

/*
 * option_int, option_bool, option_duration_ms
 *		Value of an option, or its declared default when it is not given.
 *
 * Options were checked when they were set; a value that no longer parses
 * raises ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE.
 */
extern int64 option_int(List *options, const char *name);
extern bool option_bool(List *options, const char *name);
extern int	option_duration_ms(List *options, const char *name);
extern const char *option_text(List *options, const char *name);

/* option_fill_transport: transport settings from server options. */
extern void option_fill_transport(TransportSettings *settings, OptionWrapper wrapper,
								  List *options);

/* option_fill_identity: those from user mapping options, after the former. */
extern void option_fill_identity(TransportSettings *settings, OptionWrapper wrapper,
								 List *user_options);

/*
 * nearest_name
 *		The candidate closest to "given" for a hint, or NULL if none is near.
 */
extern const char *nearest_name(const char *given, List *candidates);

#endif							/* STOCKBRIDGE_OPTION_H */
