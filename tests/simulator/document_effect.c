/*
 * document_effect.c
 *		What a document does to stock, to its bases, and to the ledger.
 *
 * Runs inside the posting's transaction, line by line in order, so that a
 * second line for the same item sees what the first one did.
 */
#include <string.h>

#include "config.h"
#include "document.h"
#include "payload.h"
#include "stock.h"

#define DELIVERY 15
#define RETURN 16
#define INVOICE 13
#define CREDIT_NOTE 14
#define GOODS_RECEIPT_PO 20
#define GOODS_RETURN 21
#define PURCHASE_INVOICE 18
#define PURCHASE_CREDIT 19
#define GOODS_RECEIPT 59
#define GOODS_ISSUE 60

bool
document_base_moved(const EntitySet *set, const EntitySet *base)
{
	(void) set;
	return base != NULL && (base->object_code == DELIVERY || base->object_code == RETURN ||
							base->object_code == GOODS_RECEIPT_PO || base->object_code == GOODS_RETURN) &&
		/* a return of a delivery moves it back; an invoice of it moves nothing */
		(set->object_code == INVOICE || set->object_code == CREDIT_NOTE ||
		 set->object_code == PURCHASE_INVOICE || set->object_code == PURCHASE_CREDIT);
}

/* What the base line held back is released, up to what was open. */
static bool
release_base(Document *document, const DocumentLine *line)
{
	Db		   *db = document->context->db;
	int64_t		released = line->quantity < line->base_open ? line->quantity : line->base_open;
	bool		ok = true;

	if (line->base == NULL)
		return true;
	if (line->base->effect == EFFECT_COUNT)
		return document_add_open(db, line->base, line->base_entry, line->base_line, -1);
	if (line->inventory && line->base->effect == EFFECT_COMMIT)
		ok = stock_add(db, line->item, line->warehouse, 0, -released, 0);
	else if (line->inventory && line->base->effect == EFFECT_ORDER)
		ok = stock_add(db, line->item, line->warehouse, 0, 0, -released);
	else if (line->inventory && line->base->effect == EFFECT_REQUEST)
		ok = stock_add(db, line->item, line->from_warehouse, 0, -released, 0) &&
			stock_add(db, line->item, line->warehouse, 0, 0, -released);
	return ok && db_run(db, "INSERT INTO drawn VALUES (?, ?, ?, ?)", "iiii", (int64_t) line->base->object_code,
						line->base_entry, line->base_line, line->quantity) &&
		document_add_open(db, line->base, line->base_entry, line->base_line, -line->quantity);
}

static bool
take_out(Document *document, DocumentLine *line, const char *warehouse, int64_t quantity)
{
	Db		   *db = document->context->db;

	if (!config.negative_stock && stock_on_hand(db, line->item, warehouse) < quantity)
		return document_refuse(document, line, "-10", "Quantity falls into negative inventory", "ItemCode");
	line->cost = decimal_multiply(stock_average_price(db, line->item, warehouse), quantity);
	return stock_add(db, line->item, warehouse, -quantity, 0, 0) || respond_database(document->context);
}

/* What came in from outside has a price; what comes back has its cost. */
static bool
put_in(Document *document, DocumentLine *line, int64_t quantity)
{
	bool		returned = (document->set->flags & SET_SALES) != 0;
	Db		   *db = document->context->db;
	int64_t		price = returned ? stock_average_price(db, line->item, line->warehouse) : line->price;

	line->cost = decimal_multiply(price, quantity);
	return stock_receive(db, line->item, line->warehouse, quantity, price) || respond_database(document->context);
}

static const char *
account_of(DocumentLine *line, const char *otherwise)
{
	const char *account = payload_text(line->json, "AccountCode");

	return account == NULL ? otherwise : account;
}

/* The other side of the stock account, by kind of document. */
static const char *
counter_account(const Document *document, DocumentLine *line)
{
	switch (document->set->object_code)
	{
		case GOODS_RECEIPT:
			return account_of(line, ACCOUNT_INCREASE);
		case GOODS_ISSUE:
			return account_of(line, ACCOUNT_DECREASE);
		case GOODS_RECEIPT_PO:
		case GOODS_RETURN:
			return ACCOUNT_CLEARING;
		case PURCHASE_INVOICE:
		case PURCHASE_CREDIT:
			return ACCOUNT_PAYABLE;
		default:
			return ACCOUNT_COST;
	}
}

/* Invoices and credit notes also post what is owed. */
static void
add_revenue(Document *document, DocumentLine *line)
{
	int64_t		total = decimal_multiply(line->price, line->quantity);

	if (document->set->object_code == INVOICE)
		journal_add(&document->journal, ACCOUNT_RECEIVABLE, ACCOUNT_REVENUE, total);
	else if (document->set->object_code == CREDIT_NOTE)
		journal_add(&document->journal, ACCOUNT_REVENUE, ACCOUNT_RECEIVABLE, total);
	else if (document->set->object_code == PURCHASE_INVOICE && document_base_moved(document->set, line->base))
		journal_add(&document->journal, ACCOUNT_CLEARING, ACCOUNT_PAYABLE, total);
	else if (document->set->object_code == PURCHASE_CREDIT && document_base_moved(document->set, line->base))
		journal_add(&document->journal, ACCOUNT_PAYABLE, ACCOUNT_CLEARING, total);
}

static bool
move_stock(Document *document, DocumentLine *line, int direction)
{
	char		stock[24];

	add_revenue(document, line);
	if (!line->inventory || document_base_moved(document->set, line->base))
		return true;
	if (strcmp(payload_text(line->json, "WithoutInventoryMovement") != NULL ?
			   payload_text(line->json, "WithoutInventoryMovement") : "N", "Y") == 0)
		return true;
	if (!document_move_lots(document, line, line->warehouse, direction) ||
		!(direction > 0 ? put_in(document, line, line->quantity) :
		  take_out(document, line, line->warehouse, line->quantity)))
		return false;
	journal_stock_account(line->warehouse, stock, sizeof(stock));
	journal_add(&document->journal, stock, counter_account(document, line), direction > 0 ? line->cost : -line->cost);
	payload_set_int(line->json, "StockInmPrice", line->quantity == 0 ? 0 : decimal_divide(line->cost, line->quantity));
	return true;
}

static bool
transfer_stock(Document *document, DocumentLine *line)
{
	char		from[24];
	char		to[24];
	int64_t		price = stock_average_price(document->context->db, line->item, line->from_warehouse);

	if (!document_move_lots(document, line, line->from_warehouse, -1) ||
		!document_move_lots(document, line, line->warehouse, 1) ||
		!take_out(document, line, line->from_warehouse, line->quantity))
		return false;
	if (!stock_receive(document->context->db, line->item, line->warehouse, line->quantity, price))
		return respond_database(document->context);
	journal_stock_account(line->from_warehouse, from, sizeof(from));
	journal_stock_account(line->warehouse, to, sizeof(to));
	journal_add(&document->journal, to, from, line->cost);
	return true;
}

/* Writes what B1 computes from the stock before, and returns the variance. */
static int64_t
record_count(Document *document, DocumentLine *line)
{
	int64_t		before = stock_on_hand(document->context->db, line->item, line->warehouse);
	int64_t		variance = line->quantity - before;

	payload_set_int(line->json, "CountedQuantity", line->quantity);
	payload_set_int(line->json, "InWarehouseQuantity", before);
	payload_set_int(line->json, "Variance", variance);
	if (before != 0)
		payload_set_int(line->json, "VariancePercentage", decimal_divide(variance, before) * 100);
	return variance;
}

static bool
post_count(Document *document, DocumentLine *line)
{
	int64_t		variance;
	int64_t		price = payload_int(line->json, "Price", -1);
	char		stock[24];
	bool		ok = true;

	/* a posting may state the difference instead of the count */
	if (!payload_has(line->json, "CountedQuantity") && payload_has(line->json, "Variance"))
		line->quantity = stock_on_hand(document->context->db, line->item, line->warehouse) +
			payload_int(line->json, "Variance", 0);
	variance = record_count(document, line);
	line->price = price >= 0 ? price : stock_average_price(document->context->db, line->item, line->warehouse);
	line->quantity = variance < 0 ? -variance : variance;
	if (!document_move_lots(document, line, line->warehouse, variance < 0 ? -1 : 1))
		return false;
	if (variance > 0)
		ok = put_in(document, line, variance);
	else if (variance < 0)
		ok = take_out(document, line, line->warehouse, -variance);
	if (!ok)
		return false;
	journal_stock_account(line->warehouse, stock, sizeof(stock));
	journal_add(&document->journal, stock, ACCOUNT_VARIANCE, variance > 0 ? line->cost : -line->cost);
	payload_set_int(line->json, "Price", line->price);
	payload_set_int(line->json, "Total", variance > 0 ? line->cost : -line->cost);
	return true;
}

static bool
apply_line(Document *document, DocumentLine *line)
{
	Db		   *db = document->context->db;
	int64_t		held = line->inventory ? line->quantity : 0;

	switch (document->set->effect)
	{
		case EFFECT_COMMIT:
			return stock_add(db, line->item, line->warehouse, 0, held, 0) || respond_database(document->context);
		case EFFECT_ORDER:
			return stock_add(db, line->item, line->warehouse, 0, 0, held) || respond_database(document->context);
		case EFFECT_REQUEST:
			return (stock_add(db, line->item, line->from_warehouse, 0, held, 0) &&
					stock_add(db, line->item, line->warehouse, 0, 0, held)) || respond_database(document->context);
		case EFFECT_IN:
			return move_stock(document, line, 1);
		case EFFECT_OUT:
			return move_stock(document, line, -1);
		case EFFECT_TRANSFER:
			return transfer_stock(document, line);
		case EFFECT_COUNT:
			record_count(document, line);
			return true;
		case EFFECT_POSTING:
			return post_count(document, line);
		case EFFECT_NONE:
			break;
	}
	return true;
}

bool
document_apply(Document *document)
{
	if (document->set->flags & SET_DRAFT)
		return true;
	for (int i = 0; i < document->count; i++)
	{
		if (document->set->effect != EFFECT_NONE && !release_base(document, &document->line[i]))
			return respond_database(document->context);
		if (!apply_line(document, &document->line[i]))
			return false;
	}
	return true;
}

/* Back into the base what this line had taken from it. */
static bool
restore_base(Document *document, DocumentLine *line)
{
	Db		   *db = document->context->db;
	bool		ok = true;

	if (line->base == NULL)
		return true;
	if (line->inventory && line->base->effect == EFFECT_COMMIT)
		ok = stock_add(db, line->item, line->warehouse, 0, line->quantity, 0);
	else if (line->inventory && line->base->effect == EFFECT_ORDER)
		ok = stock_add(db, line->item, line->warehouse, 0, 0, line->quantity);
	else if (line->inventory && line->base->effect == EFFECT_REQUEST)
		ok = stock_add(db, line->item, line->from_warehouse, 0, line->quantity, 0) &&
			stock_add(db, line->item, line->warehouse, 0, 0, line->quantity);
	return ok && db_run(db, "INSERT INTO drawn VALUES (?, ?, ?, ?)", "iiii", (int64_t) line->base->object_code,
						line->base_entry, line->base_line, -line->quantity) &&
		document_add_open(db, line->base, line->base_entry, line->base_line, line->quantity);
}

static bool
reverse_line(Document *document, DocumentLine *line)
{
	Db		   *db = document->context->db;
	int64_t		price = payload_int(line->json, "StockInmPrice", payload_int(line->json, "Price", 0));

	if (!restore_base(document, line))
		return respond_database(document->context);
	if (!line->inventory || document_base_moved(document->set, line->base))
		return true;
	switch (document->set->effect)
	{
		case EFFECT_IN:
			return document_move_lots(document, line, line->warehouse, -1) &&
				take_out(document, line, line->warehouse, line->quantity);
		case EFFECT_OUT:
			return document_move_lots(document, line, line->warehouse, 1) &&
				(stock_receive(db, line->item, line->warehouse, line->quantity, price) || respond_database(document->context));
		case EFFECT_TRANSFER:
			return document_move_lots(document, line, line->warehouse, -1) &&
				document_move_lots(document, line, line->from_warehouse, 1) &&
				take_out(document, line, line->warehouse, line->quantity) &&
				(stock_receive(db, line->item, line->from_warehouse, line->quantity,
							   stock_average_price(db, line->item, line->warehouse)) || respond_database(document->context));
		default:
			return true;
	}
}

bool
document_reverse(Document *document)
{
	for (int i = 0; i < document->count; i++)
		if (!reverse_line(document, &document->line[i]))
			return false;
	return true;
}
