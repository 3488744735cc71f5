/*
 * document_action.c
 *		Cancel, close and reopen stored documents.
 *
 * An order is cancelled in place.  A document that moved stock is cancelled by
 * a second document of the same set that moves it back, as the client does
 * (SL 5.3); both then say so in CancelStatus.
 */
#include <stdio.h>
#include <string.h>

#include "config.h"
#include "document.h"
#include "entity.h"
#include "payload.h"
#include "stock.h"
#include "write.h"

static const char *
status_of(Context *context, const EntitySet *set, int64_t entry)
{
	return db_text(context->db, context->arena,
				   arena_printf(context->arena, "SELECT DocumentStatus FROM \"%s\" WHERE \"%s\" = ?", set->name, set->key), "i", entry);
}

static bool
unsupported(Context *context)
{
	return respond_error(context, 400, "-5006", "The requested action is not supported for this object.");
}

/* Closes lines and header; what the lines held back is free. */
static bool
close_rows(Context *context, const EntitySet *set, int64_t entry)
{
	const char *lines = arena_printf(context->arena, "UPDATE \"%s/%s\" SET LineStatus = 'C'%s WHERE %s = ?", set->name, set->lines,
									 set->effect == EFFECT_COUNT ? "" :
									 ", RemainingOpenQuantity = 0, RemainingOpenInventoryQuantity = 0", set->key);
	const char *header = arena_printf(context->arena, "UPDATE \"%s\" SET DocumentStatus = 'C'%s WHERE %s = ?", set->name,
									  set->flags & SET_ETAG ? ", DataVersion = DataVersion + 1" : "", set->key);

	return document_hold(context, set, entry, -1) &&
		((db_run(context->db, lines, "i", entry) && db_run(context->db, header, "i", entry)) || respond_database(context));
}

bool
document_close(Context *context, const EntitySet *set, int64_t entry)
{
	const char *status = set->effect == EFFECT_POSTING ? NULL : status_of(context, set, entry);

	if (status == NULL || (set->flags & (SET_DRAFT | SET_GENERAL)) != 0)
		return unsupported(context);
	if (strcmp(status, "C") == 0)
		return respond_error(context, 400, "-5002", "Document is already closed");
	return close_rows(context, set, entry);
}

static bool
is_cancelled(Context *context, const EntitySet *set, int64_t entry)
{
	if (model_find_property(set->type, "CancelStatus", 2) == NULL)
		return db_int(context->db, 0, "SELECT count(*) FROM cancelled WHERE entity = ? AND doc_entry = ?", "si", set->name, entry) > 0;
	return db_int(context->db, 0, arena_printf(context->arena, "SELECT coalesce(CancelStatus, 'N') <> 'N' FROM \"%s\" WHERE DocEntry = ?",
											   set->name), "i", entry) != 0;
}

/* "letter": Y for the cancelled document, C for the one that cancels it. */
static bool
mark_cancelled(Context *context, const EntitySet *set, int64_t entry, const char *letter)
{
	if (!db_run(context->db, "INSERT INTO cancelled VALUES (?, ?, ?)", "sis", set->name, entry, letter))
		return respond_database(context);
	if (model_find_property(set->type, "CancelStatus", 2) == NULL)
		return true;
	return db_run(context->db, arena_printf(context->arena, "UPDATE \"%s\" SET CancelStatus = ?1, Cancelled = CASE ?1 WHEN 'Y' THEN 'Y'"
											" ELSE 'N' END WHERE DocEntry = ?2", set->name), "si", letter, entry) ||
		respond_database(context);
}

/* Lines of the stored document as the effects want them. */
static void
fill_line(Document *document, DocumentLine *line, json_t *json, int position)
{
	Context    *context = document->context;
	const char *from = payload_text(json, "FromWarehouseCode");
	const char *base = payload_text(json, "BaseType");
	int64_t		base_type = base == NULL ? payload_int(json, "BaseType", -1) : 0;

	line->json = json;
	line->position = position;
	line->item = arena_strdup(context->arena, payload_text(json, "ItemCode"));
	line->warehouse = arena_strdup(context->arena, payload_text(json, "WarehouseCode"));
	line->from_warehouse = from == NULL ? NULL : arena_strdup(context->arena, from);
	line->quantity = payload_int(json, "Quantity", 0);
	line->price = payload_int(json, "Price", 0);
	line->inventory = db_int(context->db, 0, "SELECT InventoryItem = 'Y' FROM Items WHERE ItemCode = ?", "s", line->item) != 0;
	line->batches = db_int(context->db, 0, "SELECT ManageBatchNumbers = 'Y' FROM Items WHERE ItemCode = ?", "s", line->item) != 0;
	line->serials = db_int(context->db, 0, "SELECT ManageSerialNumbers = 'Y' FROM Items WHERE ItemCode = ?", "s", line->item) != 0;
	if (base != NULL && decimal_parse_rounded(base, &base_type))
		base_type /= DECIMAL_ONE;
	if (base_type > 0 && payload_has(json, "BaseEntry"))
		line->base = model_find_object(base_type);
	line->base_entry = payload_int(json, "BaseEntry", 0);
	line->base_line = payload_int(json, "BaseLine", 0);
}

/* The original's entry with its sides changed. */
static void
reverse_journal(Document *document, int64_t original)
{
	sqlite3_stmt *statement = db_query(document->context->db, "SELECT AccountCode, Debit - Credit FROM"
									   " \"JournalEntries/JournalEntryLines\" WHERE _parent = ?", "i", original);
	Journal    *journal = &document->journal;

	while (statement != NULL && sqlite3_step(statement) == SQLITE_ROW && journal->count < JOURNAL_LINES)
	{
		snprintf(journal->line[journal->count].account, sizeof(journal->line[0].account), "%s",
				 (const char *) sqlite3_column_text(statement, 0));
		journal->line[journal->count++].amount = -sqlite3_column_int64(statement, 1);
	}
	db_done(document->context->db, statement);
}

/* The cancelling document: the same lines, new numbers, closed at birth. */
static bool
store_cancellation(Document *document, int64_t original)
{
	Context    *context = document->context;
	const EntitySet *set = document->set;
	int64_t		transaction = 0;

	reverse_journal(document, payload_int(document->header, "TransNum", 0));
	if (!db_run(context->db, "UPDATE number SET doc_entry = doc_entry + 1, doc_num = doc_num + 1 WHERE entity = ?", "s", set->name))
		return respond_database(context);
	document->entry = db_int(context->db, 0, "SELECT doc_entry FROM number WHERE entity = ?", "s", set->name);
	document->number = db_int(context->db, 0, "SELECT doc_num FROM number WHERE entity = ?", "s", set->name);
	if (!journal_post(context->db, &document->journal, arena_printf(context->arena, "%lld", set->object_code), document->entry,
					  document->date, arena_printf(context->arena, "%s %lld cancels %lld", set->name, (long long) document->number,
												   (long long) original), NULL, &transaction))
		return respond_database(context);
	payload_set_int(document->header, "DocEntry", document->entry);
	payload_set_int(document->header, "DocNum", document->number);
	payload_set_int(document->header, "DataVersion", 1);
	payload_set_text(document->header, "DocDate", document->date);
	/* the key names one posting; its cancellation is another */
	json_object_del(document->header, "U_SB_KEY");
	if (transaction > 0)
		payload_set_int(document->header, "TransNum", transaction);
	for (int i = 0; i < document->count; i++)
	{
		payload_set_int(document->line[i].json, "BaseEntry", original);
		payload_set_int(document->line[i].json, "BaseLine", document->line[i].position);
		if (model_find_property(set->type, "DocType", 2) != NULL)
			payload_set_int(document->line[i].json, "BaseType", set->object_code);
	}
	if (!write_rows(context, set, document->header) || !close_rows(context, set, document->entry) ||
		!close_rows(context, set, original) || !mark_cancelled(context, set, original, "Y") ||
		!mark_cancelled(context, set, document->entry, "C"))
		return false;
	return db_run(context->db, "INSERT INTO ledger (entity, doc_entry) VALUES (?, ?)", "si", set->name, document->entry) ||
		respond_database(context);
}

static bool
cancel_by_document(Context *context, const EntitySet *set, int64_t entry, int64_t *cancellation)
{
	Document   *document = arena_alloc(context->arena, sizeof(Document));
	EntityKey	key = {set, NULL, entry, false};
	json_t	   *lines;
	size_t		i;
	json_t	   *json;
	bool		ok;

	document->context = context;
	document->set = set;
	document->header = write_load(context, &key);
	if (document->header == NULL)
		return false;
	document->date = document_today(context->arena);
	lines = json_object_get(document->header, set->lines);
	document->count = (int) json_array_size(lines);
	document->line = arena_alloc(context->arena, sizeof(DocumentLine) * (size_t) (document->count + 1));
	json_array_foreach(lines, i, json)
		fill_line(document, &document->line[i], json, (int) i);
	ok = document_check_period(context, set, document->date) && document_reverse(document) &&
		store_cancellation(document, entry);
	*cancellation = document->entry;
	json_decref(document->header);
	return ok;
}

/* An order from which something was delivered can be closed, not cancelled. */
static bool
cancel_in_place(Context *context, const EntitySet *set, int64_t entry)
{
	if (db_int(context->db, 0, arena_printf(context->arena, "SELECT count(*) FROM \"%s/%s\" WHERE %s = ? AND RemainingOpenQuantity <> Quantity",
											set->name, set->lines, set->key), "i", entry) > 0)
		return respond_error(context, 400, "-5002", "Document has been partly processed; close it instead");
	return close_rows(context, set, entry) && mark_cancelled(context, set, entry, "Y");
}

bool
document_cancel(Context *context, const EntitySet *set, int64_t entry, int64_t *cancellation)
{
	*cancellation = 0;
	if ((set->flags & SET_DRAFT) != 0 || set->effect == EFFECT_COUNT || set->effect == EFFECT_POSTING ||
		((set->flags & SET_GENERAL) != 0 && !config.general_cancel))
		return unsupported(context);
	if (is_cancelled(context, set, entry))
		return respond_error(context, 400, "-5002", "Document is already cancelled");
	if (set->effect == EFFECT_IN || set->effect == EFFECT_OUT || set->effect == EFFECT_TRANSFER)
		return cancel_by_document(context, set, entry, cancellation);
	if (strcmp(status_of(context, set, entry), "C") == 0)
		return respond_error(context, 400, "-5002", "Document is already closed");
	return cancel_in_place(context, set, entry);
}

bool
document_reopen(Context *context, const EntitySet *set, int64_t entry)
{
	const char *sql;

	if ((set->effect != EFFECT_COMMIT && set->effect != EFFECT_ORDER) || is_cancelled(context, set, entry))
		return unsupported(context);
	if (strcmp(status_of(context, set, entry), "O") == 0)
		return respond_error(context, 400, "-5002", "Document is already open");
	/* what targets drew stays drawn: open again is what they left */
	sql = arena_printf(context->arena, "UPDATE \"%s/%s\" SET LineStatus = 'O', RemainingOpenQuantity = Quantity - coalesce((SELECT sum(q)"
					   " FROM drawn d WHERE d.base = ?2 AND d.entry = ?1 AND d.line = LineNum), 0) WHERE DocEntry = ?1",
					   set->name, set->lines);
	if (!db_run(context->db, sql, "ii", entry, (int64_t) set->object_code) ||
		!db_run(context->db, arena_printf(context->arena, "UPDATE \"%s/%s\" SET LineStatus = 'C' WHERE DocEntry = ? AND"
										  " RemainingOpenQuantity <= 0", set->name, set->lines), "i", entry) ||
		!document_settle_header(context->db, set, entry))
		return respond_database(context);
	return document_hold(context, set, entry, 1);
}
