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
#include "policy.h"
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

/*
 * An approval procedure caught the document: everything it did is undone, and
 * a draft of it stays.
 */
static bool
park_draft(Context *context, const EntitySet *set, json_t *header, EntityKey *draft)
{
	bool		transfer = model_find_property(set->type, "StockTransferLines", 2) != NULL;

	if (sqlite3_exec(context->db->handle, "ROLLBACK TO before_policy", NULL, NULL, NULL) != SQLITE_OK)
		return respond_database(context);
	draft->set = model_find_set(transfer ? "StockTransferDrafts" : "Drafts");
	payload_set_text(header, "DocObjectCode", arena_printf(context->arena, "%lld", set->object_code));
	return document_post(context, draft->set, header, &draft->number);
}

/* The customer's rules have the last word on a document that B1 itself accepts. */
static bool
apply_policy(Context *context, const EntitySet *set, json_t *header, EntityKey *key, PolicyKind *kind)
{
	Policy		policy = {0};

	if ((set->flags & SET_DRAFT) == 0 && set->effect != EFFECT_COUNT && set->effect != EFFECT_POSTING)
		policy = policy_take(set->name);
	*kind = policy.kind;
	if (policy.kind == POLICY_REJECT)
		return respond_error(context, 400, "-1116", "(%d) %s", policy.code, policy.text);
	return policy.kind == POLICY_NONE || park_draft(context, set, header, key);
}

/* The answer to a parked document names the set it was sent to, and lies (SL 7). */
static bool
respond_parked(Context *context, const EntitySet *set, const EntityKey *draft)
{
	if (!entity_single(context, draft, ""))
		return false;
	context->response->status = 201;
	response_header(context->response, "Location", "%s/%s(%lld)", context->root, set->name, (long long) draft->number);
	return true;
}

bool
document_create(Context *context, const EntitySet *set)
{
	json_t	   *header = payload_read(context, set->type);
	json_t	   *trial = json_deep_copy(header);
	EntityKey	key = {set, NULL, 0, false};
	bool		nested = context->db->writing;
	PolicyKind	kind = POLICY_NONE;
	bool		ok;

	if (header == NULL)
		return false;
	ok = write_begin(context, nested) &&
		(sqlite3_exec(context->db->handle, "SAVEPOINT before_policy", NULL, NULL, NULL) == SQLITE_OK || respond_database(context)) &&
		document_post(context, set, trial, &key.number) && apply_policy(context, set, header, &key, &kind) &&
		(kind == POLICY_NONE ? write_created(context, &key) : respond_parked(context, set, &key));
	json_decref(trial);
	json_decref(header);
	ok = write_end(context, nested, ok);
	if (ok && kind == POLICY_APPROVAL)
		return respond_error(context, 400, "-2028", "No matching records found (ODBC -2028)");
	return ok;
}
