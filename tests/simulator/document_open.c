/*
 * document_open.c
 *		Open quantities of stored documents: lines, header, what they hold back.
 */
#include <stdio.h>
#include <string.h>

#include "document.h"
#include "entity.h"
#include "payload.h"
#include "stock.h"
#include "write.h"

bool
document_settle_header(Db *db, const EntitySet *set, int64_t entry)
{
	char		sql[400];

	if (set->effect == EFFECT_POSTING)
		return true;
	snprintf(sql, sizeof(sql), "UPDATE \"%s\" SET DocumentStatus = CASE WHEN EXISTS (SELECT 1 FROM \"%s/%s\" l WHERE l.%s = ?1"
			 " AND l.LineStatus = 'O') THEN 'O' ELSE 'C' END WHERE %s = ?1", set->name, set->name, set->lines,
			 set->key, set->key);
	return db_run(db, sql, "i", entry);
}

bool
document_add_open(Db *db, const EntitySet *set, int64_t entry, int64_t line, int64_t quantity)
{
	char		sql[600];

	if (set->effect == EFFECT_COUNT)
		snprintf(sql, sizeof(sql), "UPDATE \"%s/%s\" SET LineStatus = CASE WHEN ?3 < 0 THEN 'C' ELSE 'O' END"
				 " WHERE %s = ?1 AND LineNumber = ?2", set->name, set->lines, set->key);
	else
		snprintf(sql, sizeof(sql), "UPDATE \"%s/%s\" SET RemainingOpenQuantity = max(RemainingOpenQuantity + ?3, 0),"
				 " RemainingOpenInventoryQuantity = max(RemainingOpenInventoryQuantity + ?3, 0),"
				 " LineStatus = CASE WHEN RemainingOpenQuantity + ?3 > 0 THEN 'O' ELSE 'C' END"
				 " WHERE %s = ?1 AND LineNum = ?2", set->name, set->lines, set->key);
	return db_run(db, sql, "iii", entry, line, quantity) && document_settle_header(db, set, entry);
}

static bool
hold_line(Db *db, const EntitySet *set, sqlite3_stmt *statement, int sign)
{
	const char *item = (const char *) sqlite3_column_text(statement, 0);
	const char *warehouse = (const char *) sqlite3_column_text(statement, 1);
	const char *from = (const char *) sqlite3_column_text(statement, 3);
	int64_t		open = sign * sqlite3_column_int64(statement, 2);

	switch (set->effect)
	{
		case EFFECT_COMMIT:
			return stock_add(db, item, warehouse, 0, open, 0);
		case EFFECT_ORDER:
			return stock_add(db, item, warehouse, 0, 0, open);
		case EFFECT_REQUEST:
			return stock_add(db, item, from, 0, open, 0) && stock_add(db, item, warehouse, 0, 0, open);
		default:
			return true;
	}
}

bool
document_hold(Context *context, const EntitySet *set, int64_t entry, int sign)
{
	sqlite3_stmt *statement;
	bool		ok = true;

	if (set->effect != EFFECT_COMMIT && set->effect != EFFECT_ORDER && set->effect != EFFECT_REQUEST)
		return true;
	statement = db_query(context->db,
						 arena_printf(context->arena, "SELECT l.ItemCode, l.WarehouseCode, l.RemainingOpenQuantity, %s"
									  " FROM \"%s/%s\" l JOIN Items i ON i.ItemCode = l.ItemCode"
									  " WHERE l.%s = ? AND l.LineStatus = 'O' AND i.InventoryItem = 'Y'",
									  set->effect == EFFECT_REQUEST ? "l.FromWarehouseCode" : "NULL",
									  set->name, set->lines, set->key), "i", entry);
	while (ok && statement != NULL && sqlite3_step(statement) == SQLITE_ROW)
		ok = hold_line(context->db, set, statement, sign);
	return (db_done(context->db, statement) && ok) || respond_database(context);
}

bool
document_append_line(Context *context, const EntitySet *set, int64_t entry, json_t *row)
{
	Document   *document = arena_alloc(context->arena, sizeof(Document));
	const StructType *element = model_find_property(set->type, set->lines, 2)->element;
	EntityKey	key = {set, NULL, entry, false};
	int64_t		next;
	bool		ok;

	next = db_int(context->db, -1, arena_printf(context->arena, "SELECT max(_seq) FROM \"%s/%s\" WHERE %s = ?",
												set->name, set->lines, set->key), "i", entry) + 1;
	document->context = context;
	document->set = set;
	document->date = document_today(context->arena);
	document->header = json_pack("{s:[O]}", set->lines, row);
	ok = document->header != NULL && document_check_lines(document);
	if (ok)
	{
		payload_set_int(row, "LineNum", next);
		payload_set_int(row, "LineNumber", next);
		ok = write_collection_row(context, &key, arena_printf(context->arena, "%s/%s", set->name, set->lines),
								  element, 0, next, row);
	}
	json_decref(document->header);
	return ok;
}
