/*
 * seed_documents.c
 *		First contents of the books: open sales and purchase orders, and the
 *		opening balance of the stock accounts.
 *
 * Orders go through the document engine, so that Committed and Ordered are
 * what they would be had a user entered them.
 */
#include <jansson.h>
#include <string.h>

#include "config.h"
#include "document.h"
#include "payload.h"
#include "seed.h"

static json_t *
make_order(int index, bool purchase)
{
	json_t	   *lines = json_array();
	json_t	   *order;
	char		code[32];
	char		card[16];

	for (int line = 0; line < 1 + index % 3; line++)
	{
		int			item = 1 + (int) (seed_random(purchase ? 4 : 3, (uint64_t) (index * 16 + line)) % 10);
		json_t	   *row = json_object();

		if (item > config.items)
			item = config.items;
		payload_set_text(row, "ItemCode", seed_item_code(item, code, sizeof(code)));
		payload_set_int(row, "Quantity", (int64_t) (1 + (index + line) % 9) * DECIMAL_ONE);
		payload_set_text(row, "WarehouseCode", "01");
		json_array_append_new(lines, row);
	}
	snprintf(card, sizeof(card), "%c%05d", purchase ? 'V' : 'C', 1 + index % 8);
	order = json_object();
	payload_set_text(order, "CardCode", card);
	payload_set_text(order, "NumAtCard", purchase ? "Q-1" : "WEB-1");
	json_object_set_new(order, "DocumentLines", lines);
	return order;
}

/* Warehouse by warehouse, what the seeded stock is worth. */
static bool
post_opening(Db *db, const char *date)
{
	sqlite3_stmt *statement = db_query(db, "SELECT WarehouseCode, sum(b1_multiply(InStock, StandardAveragePrice)) FROM"
									   " \"Items/ItemWarehouseInfoCollection\" GROUP BY WarehouseCode", "");
	bool		ok = true;

	while (ok && statement != NULL && sqlite3_step(statement) == SQLITE_ROW)
	{
		Journal		journal = {0};
		char		account[24];
		int64_t		number;

		journal_stock_account((const char *) sqlite3_column_text(statement, 0), account, sizeof(account));
		journal_add(&journal, account, ACCOUNT_OPENING, sqlite3_column_int64(statement, 1));
		ok = journal_post(db, &journal, "-2", 0, date, "Opening balance of stock", NULL, &number);
	}
	return db_done(db, statement) && ok;
}

bool
seed_documents(Db *db)
{
	Response	response = {0};
	Context		context = {0};
	bool		ok;

	context.arena = arena_create();
	context.db = db;
	context.response = &response;
	context.version = 2;
	ok = post_opening(db, document_today(context.arena));
	for (int i = 0; ok && config.items > 0 && i < 2 * config.orders; i++)
	{
		json_t	   *order = make_order(i / 2, i % 2 == 1);
		int64_t		entry;

		ok = document_post(&context, model_find_set(i % 2 == 1 ? "PurchaseOrders" : "Orders"), order, &entry);
		json_decref(order);
	}
	if (!ok && response.body.data != NULL)
		fprintf(stderr, "b1sim: seeding orders: %s\n", response.body.data);
	response_free(&response);
	arena_destroy(context.arena);
	return ok;
}
