/*
 * document.h
 *		Posting documents: checks, effects on stock and on base documents.
 *
 * The order of a posting is fixed: header checks, line checks (document_line.c),
 * effects (document_effect.c), rows, journal, ledger.  All of it happens in one
 * transaction; any refusal undoes all.
 */
#ifndef DOCUMENT_H
#define DOCUMENT_H

#include <jansson.h>

#include "context.h"
#include "journal.h"
#include "model.h"

typedef struct DocumentLine
{
	json_t	   *json;			/* normalised; receives computed members */
	int			position;		/* from 0 */
	const char *item;			/* texts live in the request's arena */
	const char *warehouse;
	const char *from_warehouse;	/* transfers */
	int64_t		quantity;		/* signed only for a posting's variance */
	int64_t		price;
	int64_t		cost;			/* value moved, set by the effect */
	bool		inventory;
	bool		batches;
	bool		serials;
	const EntitySet *base;		/* NULL: draws on nothing */
	int64_t		base_entry;
	int64_t		base_line;
	int64_t		base_open;		/* open quantity of the base line before */
} DocumentLine;

typedef struct Document
{
	Context    *context;
	const EntitySet *set;
	json_t	   *header;			/* normalised */
	DocumentLine *line;
	int			count;
	int64_t		entry;
	int64_t		number;
	const char *date;
	int64_t		total;
	Journal		journal;
} Document;

/* POST Set */
extern bool document_create(Context *context, const EntitySet *set);

/*
 * Posts a normalised header with its lines inside the caller's transaction;
 * *entry receives the DocEntry.
 */
extern bool document_post(Context *context, const EntitySet *set, json_t *header, int64_t *entry);

/* document_line.c: resolves bases, checks every line, fills document->line. */
extern bool document_check_lines(Document *document);

/* document_effect.c: stock, base documents, journal lines; and the way back. */
extern bool document_apply(Document *document);
extern bool document_reverse(Document *document);

/* document_open.c: what the open lines of an order hold back, taken (1) or given back (-1). */
extern bool document_hold(Context *context, const EntitySet *set, int64_t entry, int sign);

/* A line added to a stored document by PATCH: checked and written, not yet held. */
extern bool document_append_line(Context *context, const EntitySet *set, int64_t entry, json_t *row);

/* document_action.c */
extern bool document_cancel(Context *context, const EntitySet *set, int64_t entry, int64_t *cancellation);
extern bool document_close(Context *context, const EntitySet *set, int64_t entry);
extern bool document_reopen(Context *context, const EntitySet *set, int64_t entry);

/* document_lot.c: batches, serial numbers and bins of a line, checked and moved. */
extern bool document_move_lots(Document *document, DocumentLine *line, const char *warehouse, int direction);

/* Refusals with B1's locator: text [IGE1.ItemCode][line: n] */
extern bool document_refuse(Document *document, const DocumentLine *line, const char *code,
							const char *text, const char *column);

/* Adds to the open quantity of a line; closes or reopens line and header as it falls. */
extern bool document_add_open(Db *db, const EntitySet *set, int64_t entry, int64_t line, int64_t quantity);

/* Closes the header when no line is open any more. */
extern bool document_settle_header(Db *db, const EntitySet *set, int64_t entry);

/* Refuses a date outside the open posting periods. */
extern bool document_check_period(Context *context, const EntitySet *set, const char *date);

/* Name of the date that decides the posting period. */
extern const char *document_date_member(const EntitySet *set);

extern const char *document_today(Arena *arena);
extern const char *document_now(Arena *arena);	/* HH:MM:SS */

/* Whether stock moved already with the base, so that this document moves none. */
extern bool document_base_moved(const EntitySet *set, const EntitySet *base);

#endif
