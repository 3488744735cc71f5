/*
 * document.c
 *		POST of documents: header, numbering, rows, ledger.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "document.h"
#include "entity.h"
#include "payload.h"
#include "write.h"

const char *
document_today(Arena *arena)
{
	char	   *text = arena_alloc(arena, 16);
	time_t		now = time(NULL);
	struct tm	utc;

	gmtime_r(&now, &utc);
	strftime(text, 16, "%Y-%m-%d", &utc);
	return text;
}

const char *
document_now(Arena *arena)
{
	char	   *text = arena_alloc(arena, 16);
	time_t		now = time(NULL);
	struct tm	utc;

	gmtime_r(&now, &utc);
	strftime(text, 16, "%H:%M:%S", &utc);
	return text;
}

bool
document_refuse(Document *document, const DocumentLine *line, const char *code, const char *text, const char *column)
{
	if (line == NULL)
		return respond_error(document->context, 400, code, "%s [%s.%s]", text, document->set->header_table, column);
	return respond_error(document->context, 400, code, "%s [%s.%s][line: %d]", text, document->set->line_table,
						 column, line->position + 1);
}

const char *
document_date_member(const EntitySet *set)
{
	if (set->effect == EFFECT_POSTING)
		return "PostingDate";
	return set->effect == EFFECT_COUNT ? "CountDate" : "DocDate";
}

bool
document_check_period(Context *context, const EntitySet *set, const char *date)
{
	int64_t		locked = db_int(context->db, -1, "SELECT locked FROM period WHERE first <= ?1 AND last >= ?1", "s", date);

	if (locked < 0)
		return respond_error(context, 400, "-5002", "Date deviates from permissible range [%s.%s]", set->header_table,
							 document_date_member(set));
	if (locked > 0)
		return respond_error(context, 400, "-4013", "Posting period locked; specify an alternative date");
	return true;
}

/* The partner exists, is of the right kind, and is active. */
static bool
check_partner(Document *document)
{
	Context    *context = document->context;
	const char *card = payload_text(document->header, "CardCode");
	const char *want = document->set->flags & SET_SALES ? "C" : "S";
	const char *type;
	const char *name;

	if (card == NULL)
		return (document->set->flags & (SET_SALES | SET_PURCHASE)) == 0 ||
			document_refuse(document, NULL, "-5002", "Customer or vendor code is missing", "CardCode");
	type = db_text(context->db, context->arena, "SELECT CardType FROM BusinessPartners WHERE CardCode = ?", "s", card);
	if (type == NULL)
		return respond_error(context, 400, "-2028", "No matching records found (ODBC -2028)");
	if ((document->set->flags & (SET_SALES | SET_PURCHASE)) != 0 && strcmp(type, want) != 0)
		return document_refuse(document, NULL, "-5002", "Enter valid code", "CardCode");
	if (db_int(context->db, 0, "SELECT Frozen = 'Y' FROM BusinessPartners WHERE CardCode = ?", "s", card) != 0)
		return document_refuse(document, NULL, "-10", "Business partner is inactive", "CardCode");
	name = db_text(context->db, context->arena, "SELECT CardName FROM BusinessPartners WHERE CardCode = ?", "s", card);
	if (!payload_has(document->header, "CardName") && model_find_property(document->set->type, "CardName", 2) != NULL)
		payload_set_text(document->header, "CardName", name);
	return true;
}

static void
default_text(Document *document, const char *member, const char *value)
{
	if (model_find_property(document->set->type, member, 2) != NULL && !payload_has(document->header, member))
		payload_set_text(document->header, member, value);
}

static void
set_if_known(Document *document, const char *member, const char *text, int64_t number)
{
	if (model_find_property(document->set->type, member, 2) == NULL)
		return;
	if (text != NULL)
		payload_set_text(document->header, member, text);
	else
		payload_set_int(document->header, member, number);
}

static bool
check_header(Document *document)
{
	Context    *context = document->context;
	const char *member = document_date_member(document->set);
	const char *today = document_today(context->arena);

	default_text(document, member, today);
	document->date = arena_strdup(context->arena, payload_text(document->header, member));
	default_text(document, "TaxDate", document->date);
	default_text(document, "DocDueDate", document->date);
	default_text(document, "DueDate", document->date);
	default_text(document, "CountDate", document->date);
	set_if_known(document, "CreationDate", today, 0);
	set_if_known(document, "UpdateDate", today, 0);
	set_if_known(document, "UpdateTime", document_now(context->arena), 0);
	set_if_known(document, "DocTime", document_now(context->arena), 0);
	if (document->set->flags & SET_DRAFT)
		return true;
	return document_check_period(context, document->set, document->date) && check_partner(document);
}

/* The next numbers of the set; DocNum runs apart from DocEntry, as in B1. */
static bool
take_numbers(Document *document)
{
	Db		   *db = document->context->db;
	const char *entity = document->set->name;

	if (!db_run(db, "INSERT INTO number VALUES (?, 0, 100000) ON CONFLICT DO NOTHING", "s", entity) ||
		!db_run(db, "UPDATE number SET doc_entry = doc_entry + 1, doc_num = doc_num + 1 WHERE entity = ?", "s", entity))
		return respond_database(document->context);
	document->entry = db_int(db, 0, "SELECT doc_entry FROM number WHERE entity = ?", "s", entity);
	document->number = db_int(db, 0, "SELECT doc_num FROM number WHERE entity = ?", "s", entity);
	return true;
}

static void
fill_header(Document *document)
{
	const char *period;

	set_if_known(document, document->set->key, NULL, document->entry);
	set_if_known(document, "DocNum", NULL, document->number);
	set_if_known(document, "DocumentNumber", NULL, document->number);
	set_if_known(document, "DocTotal", NULL, document->total);
	/* a draft says what it is to become */
	if ((document->set->flags & SET_DRAFT) == 0 || !payload_has(document->header, "DocObjectCode"))
		set_if_known(document, "DocObjectCode", arena_printf(document->context->arena, "%lld",
															 document->set->object_code), 0);
	set_if_known(document, "DataVersion", NULL, 1);
	set_if_known(document, "UserSign", NULL, 1);
	default_text(document, "Reference1", arena_printf(document->context->arena, "%lld", (long long) document->number));
	default_text(document, "DocCurrency", "GBP");
	if (!payload_has(document->header, "Series"))
		set_if_known(document, "Series", NULL, 10);
	period = db_text(document->context->db, document->context->arena,
					 "SELECT code FROM period WHERE first <= ?1 AND last >= ?1", "s", document->date);
	if (period != NULL)
	{
		set_if_known(document, "PeriodIndicator", arena_strndup(document->context->arena, period, 4), 0);
		set_if_known(document, "FinancialPeriod", NULL, db_int(document->context->db, 0,
															   "SELECT id FROM period WHERE code = ?", "s", period));
	}
	if (document->set->flags & SET_DRAFT)
		set_if_known(document, "AuthorizationStatus", "W", 0);
}

static bool
post_journal(Document *document)
{
	Context    *context = document->context;
	int64_t		number;

	if (!journal_post(context->db, &document->journal,
					  arena_printf(context->arena, "%lld", document->set->object_code), document->entry, document->date,
					  arena_printf(context->arena, "%s %lld", document->set->name, (long long) document->number),
					  payload_text(document->header, "Reference2"), &number))
		return respond_database(context);
	if (number > 0)
		set_if_known(document, "TransNum", NULL, number);
	return true;
}

bool
document_post(Context *context, const EntitySet *set, json_t *header, int64_t *entry)
{
	Document   *document = arena_alloc(context->arena, sizeof(Document));

	document->context = context;
	document->set = set;
	document->header = header;
	if (!check_header(document) || !document_check_lines(document) || !take_numbers(document))
		return false;
	if (!document_apply(document) || !post_journal(document))
		return false;
	fill_header(document);
	if (!write_rows(context, set, header))
		return false;
	*entry = document->entry;
	if (set->flags & SET_DRAFT)
		return true;
	return db_run(context->db, "INSERT INTO ledger (entity, doc_entry) VALUES (?, ?)", "si", set->name, document->entry) ||
		respond_database(context);
}

bool
document_create(Context *context, const EntitySet *set)
{
	json_t	   *header = payload_read(context, set->type);
	EntityKey	key = {set, NULL, 0, false};
	bool		nested = context->db->writing;
	bool		ok;

	if (header == NULL)
		return false;
	ok = write_begin(context, nested) && document_post(context, set, header, &key.number) &&
		write_created(context, &key);
	json_decref(header);
	return write_end(context, nested, ok);
}
