/*
 * document_line.c
 *		Lines of a document: bases, items, warehouses, accounts, quantities.
 *
 * Refuses what B1 refuses, before anything is written, in B1's words where they
 * are known (SL 7) and with its locator.
 */
#include <string.h>

#include "document.h"
#include "payload.h"

static const char *
line_text(Document *document, const DocumentLine *line, const char *member)
{
	const char *text = payload_text(line->json, member);

	return text == NULL ? NULL : arena_strdup(document->context->arena, text);
}

static bool
is_counting(const Document *document)
{
	return document->set->effect == EFFECT_COUNT || document->set->effect == EFFECT_POSTING;
}

/* The set whose lines this line draws on; NULL with *ok where there is none. */
static bool
find_base(Document *document, DocumentLine *line)
{
	const char *text = payload_text(line->json, "BaseType");
	int64_t		type = text == NULL ? payload_int(line->json, "BaseType", -1) : 0;

	if (text != NULL)
	{
		int64_t		decimal = 0;

		if (!decimal_parse_rounded(text, &decimal))
			return document_refuse(document, line, "-5002", "Invalid base document type", "BaseType");
		type = decimal / DECIMAL_ONE;
	}
	if (type <= 0 || !payload_has(line->json, "BaseEntry"))
		return true;
	for (size_t i = 0; i < MODEL_LENGTH(document->set->base); i++)
		if (document->set->base[i] != 0 && document->set->base[i] == type)
			line->base = model_find_object(type);
	if (line->base == NULL)
		return document_refuse(document, line, "-5002", "Invalid base document type", "BaseType");
	line->base_entry = payload_int(line->json, "BaseEntry", 0);
	line->base_line = payload_int(line->json, "BaseLine", 0);
	return true;
}

/* Takes from the base line what this line leaves out. */
static void
copy_from_base(DocumentLine *line, sqlite3_stmt *statement)
{
	static const char *const member[] = {"ItemCode", "WarehouseCode", "Quantity", "Price", "ItemDescription", "FromWarehouseCode"};

	for (int i = 0; i < sqlite3_column_count(statement) - 2 && i < (int) MODEL_LENGTH(member); i++)
	{
		if (payload_has(line->json, member[i]) || sqlite3_column_type(statement, i + 2) == SQLITE_NULL)
			continue;
		if (sqlite3_column_type(statement, i + 2) == SQLITE_INTEGER)
			payload_set_int(line->json, member[i], sqlite3_column_int64(statement, i + 2));
		else
			payload_set_text(line->json, member[i], (const char *) sqlite3_column_text(statement, i + 2));
	}
}

static bool
draw_on_base(Document *document, DocumentLine *line)
{
	Context    *context = document->context;
	const EntitySet *base = line->base;
	bool		counting = base->effect == EFFECT_COUNT;
	sqlite3_stmt *statement;
	bool		found;
	bool		open;

	statement = db_query(context->db,
						 arena_printf(context->arena, "SELECT LineStatus, %s, ItemCode, WarehouseCode, %s, %s, ItemDescription%s"
									  " FROM \"%s/%s\" WHERE %s = ? AND %s = ?",
									  counting ? "0" : "RemainingOpenQuantity", counting ? "NULL" : "RemainingOpenQuantity",
									  counting ? "NULL" : "Price", base->effect == EFFECT_REQUEST ? ", FromWarehouseCode" : "",
									  base->name, base->lines, base->key, counting ? "LineNumber" : "LineNum"),
						 "ii", line->base_entry, line->base_line);
	found = statement != NULL && sqlite3_step(statement) == SQLITE_ROW;
	open = found && strcmp((const char *) sqlite3_column_text(statement, 0), "O") == 0;
	if (found)
	{
		line->base_open = sqlite3_column_int64(statement, 1);
		copy_from_base(line, statement);
	}
	db_done(context->db, statement);
	if (!found)
		return respond_error(context, 400, "-2028", "No matching records found (ODBC -2028)");
	return open || document_refuse(document, line, "-5002", "One of the base documents has already been closed", "BaseEntry");
}

/* Active means: not frozen, and inside the validity window where there is one. */
static bool
check_active(Document *document, DocumentLine *line)
{
	static const char *const sql =
	"SELECT NOT (CASE WHEN Frozen = 'Y' THEN coalesce(FrozenFrom, '') <= ?2 AND coalesce(FrozenTo, '9') >= ?2"
	" WHEN Valid = 'Y' THEN NOT (coalesce(ValidFrom, '') <= ?2 AND coalesce(ValidTo, '9') >= ?2) ELSE 0 END)"
	" FROM Items WHERE ItemCode = ?1";

	if (db_int(document->context->db, 0, sql, "ss", line->item, document->date) != 0)
		return true;
	return document_refuse(document, line, "-10",
						   arena_printf(document->context->arena, "Item '%s' is inactive", line->item), "ItemCode");
}

static bool
check_item(Document *document, DocumentLine *line)
{
	Context    *context = document->context;
	Db		   *db = context->db;

	if (db_int(db, 0, "SELECT 1 FROM Items WHERE ItemCode = ?", "s", line->item) == 0)
		return respond_error(context, 400, "-2028", "No matching records found (ODBC -2028)");
	/* the code as the master has it: the collation may forgive another spelling */
	line->item = db_text(db, context->arena, "SELECT ItemCode FROM Items WHERE ItemCode = ?", "s", line->item);
	payload_set_text(line->json, "ItemCode", line->item);
	line->inventory = db_int(db, 0, "SELECT InventoryItem = 'Y' FROM Items WHERE ItemCode = ?", "s", line->item) != 0;
	line->batches = db_int(db, 0, "SELECT ManageBatchNumbers = 'Y' FROM Items WHERE ItemCode = ?", "s", line->item) != 0;
	line->serials = db_int(db, 0, "SELECT ManageSerialNumbers = 'Y' FROM Items WHERE ItemCode = ?", "s", line->item) != 0;
	if (!payload_has(line->json, "ItemDescription"))
		payload_set_text(line->json, "ItemDescription",
						 db_text(db, context->arena, "SELECT ItemName FROM Items WHERE ItemCode = ?", "s", line->item));
	if (!line->inventory && (document->set->flags & (SET_SALES | SET_PURCHASE)) == 0)
		return respond_error(context, 400, "-10", "Item is not an inventory item [OITM.InvntItem] , '%s'", line->item);
	return check_active(document, line);
}

static bool
check_warehouse(Document *document, DocumentLine *line, const char *warehouse, const char *column)
{
	Db		   *db = document->context->db;
	int64_t		inactive = db_int(db, -1, "SELECT Inactive = 'Y' FROM Warehouses WHERE WarehouseCode = ?", "s", warehouse);

	if (inactive < 0)
		return document_refuse(document, line, "-5002", "Enter valid code", column);
	if (inactive > 0)
		return document_refuse(document, line, "-10",
							   arena_printf(document->context->arena, "Warehouse '%s' is inactive", warehouse), column);
	if (db_int(db, 0, "SELECT Locked = 'Y' FROM \"Items/ItemWarehouseInfoCollection\" WHERE ItemCode = ? AND WarehouseCode = ?",
			   "ss", line->item, warehouse) != 0)
		return document_refuse(document, line, "-10", "Item is locked in this warehouse", column);
	return true;
}

static bool
check_account(Document *document, DocumentLine *line)
{
	const char *account = payload_text(line->json, "AccountCode");
	int64_t		active;

	if (account == NULL)
		return true;
	active = db_int(document->context->db, -1, "SELECT ActiveAccount = 'Y' AND FrozenFor <> 'Y' FROM ChartOfAccounts"
					" WHERE Code = ?", "s", account);
	if (active < 0)
		return respond_error(document->context, 400, "-2028", "No matching records found (ODBC -2028)");
	return active > 0 || document_refuse(document, line, "-10", "G/L account is inactive", "AcctCode");
}

/* The line's warehouse, else the header's, else the item's default. */
static bool
resolve_warehouses(Document *document, DocumentLine *line)
{
	Context    *context = document->context;

	line->warehouse = line_text(document, line, "WarehouseCode");
	if (line->warehouse == NULL && payload_has(document->header, "ToWarehouse"))
		line->warehouse = arena_strdup(context->arena, payload_text(document->header, "ToWarehouse"));
	if (line->warehouse == NULL)
		line->warehouse = db_text(context->db, context->arena, "SELECT DefaultWarehouse FROM Items WHERE ItemCode = ?", "s", line->item);
	if (line->warehouse == NULL)
		line->warehouse = "01";
	payload_set_text(line->json, "WarehouseCode", line->warehouse);
	if (!check_warehouse(document, line, line->warehouse, "WhsCode"))
		return false;
	if (document->set->effect != EFFECT_TRANSFER && document->set->effect != EFFECT_REQUEST)
		return true;
	line->from_warehouse = line_text(document, line, "FromWarehouseCode");
	if (line->from_warehouse == NULL && payload_has(document->header, "FromWarehouse"))
		line->from_warehouse = arena_strdup(context->arena, payload_text(document->header, "FromWarehouse"));
	if (line->from_warehouse == NULL)
		return document_refuse(document, line, "-5002", "Enter valid code", "FromWhsCod");
	payload_set_text(line->json, "FromWarehouseCode", line->from_warehouse);
	if (strcmp(line->from_warehouse, line->warehouse) == 0)
		return document_refuse(document, line, "-5002", "From and to warehouse must differ", "WhsCode");
	return check_warehouse(document, line, line->from_warehouse, "FromWhsCod");
}

static void
resolve_price(Document *document, DocumentLine *line)
{
	Db		   *db = document->context->db;
	int64_t		price = payload_int(line->json, "UnitPrice", payload_int(line->json, "Price", -1));
	int64_t		discount = payload_int(line->json, "DiscountPercent", 0);

	if (price < 0 && payload_has(line->json, "LineTotal") && line->quantity != 0)
		price = decimal_divide(payload_int(line->json, "LineTotal", 0), line->quantity);
	if (price < 0 && (document->set->flags & (SET_SALES | SET_PURCHASE)) != 0)
		price = db_int(db, 0, "SELECT Price FROM \"Items/ItemPrices\" WHERE _parent = ? AND PriceList = ?", "si", line->item,
					   (int64_t) (document->set->flags & SET_SALES ? 1 : 2));
	if (price < 0)
		price = db_int(db, 0, "SELECT AvgStdPrice FROM Items WHERE ItemCode = ?", "s", line->item);
	if (!payload_has(line->json, "UnitPrice"))
		payload_set_int(line->json, "UnitPrice", price);
	line->price = price - decimal_multiply(price, discount / 100);
	if (is_counting(document))
		return;
	payload_set_int(line->json, "Price", line->price);
	if (model_find_property(document->set->type, "DocTotal", 2) != NULL)
	{
		int64_t		total = decimal_multiply(line->price, line->quantity);

		payload_set_int(line->json, "LineTotal", total);
		document->total += total;
	}
}

static bool
resolve_quantity(Document *document, DocumentLine *line)
{
	if (is_counting(document))
	{
		line->quantity = payload_int(line->json, "CountedQuantity", payload_int(line->json, "UoMCountedQuantity", 0));
		return line->quantity >= 0 || document_refuse(document, line, "-5002", "Enter a quantity that is not negative", "CountQty");
	}
	if (!payload_has(line->json, "Quantity"))
		payload_set_int(line->json, "Quantity", DECIMAL_ONE);
	line->quantity = payload_int(line->json, "Quantity", 0);
	return line->quantity > 0 || document_refuse(document, line, "-5002", "Enter a quantity greater than zero", "Quantity");
}

static void
fill_line(Document *document, DocumentLine *line)
{
	if (is_counting(document))
	{
		payload_set_int(line->json, "LineNumber", line->position);
		payload_set_int(line->json, "VisualOrder", line->position + 1);
		if (document->set->effect == EFFECT_COUNT)
			payload_set_text(line->json, "LineStatus", "O");
		return;
	}
	payload_set_int(line->json, "LineNum", line->position);
	payload_set_int(line->json, "InventoryQuantity", line->quantity);
	payload_set_int(line->json, "RemainingOpenQuantity", line->quantity);
	payload_set_int(line->json, "RemainingOpenInventoryQuantity", line->quantity);
	payload_set_text(line->json, "LineStatus", "O");
	if (model_find_property(document->set->type, "DocType", 2) == NULL)
		return;
	payload_set_int(line->json, "VisualOrder", line->position);
	if (line->base != NULL)
		payload_set_int(line->json, "BaseOpenQuantity", line->base_open);
}

static bool
check_line(Document *document, DocumentLine *line)
{
	if (!find_base(document, line) || (line->base != NULL && !draw_on_base(document, line)))
		return false;
	line->item = line_text(document, line, "ItemCode");
	if (line->item == NULL)
		return document_refuse(document, line, "-5002", "Enter an item number", "ItemCode");
	if (!check_item(document, line) || !resolve_warehouses(document, line) || !check_account(document, line) ||
		!resolve_quantity(document, line))
		return false;
	resolve_price(document, line);
	fill_line(document, line);
	return true;
}

/* Two lines under one number: B1 loses track of their batches (SL 6.8). */
static bool
check_line_numbers(Document *document, json_t *lines)
{
	size_t		i;
	size_t		j;
	json_t	   *a;
	json_t	   *b;

	json_array_foreach(lines, i, a)
	{
		if (!payload_has(a, "LineNum") || !(payload_has(a, "BatchNumbers") || payload_has(a, "SerialNumbers")))
			continue;
		json_array_foreach(lines, j, b)
		{
			if (j < i && payload_int(a, "LineNum", -1) == payload_int(b, "LineNum", -2))
				return respond_error(document->context, 400, "-4014",
									 "Cannot add row without complete selection of batch/serial numbers");
		}
	}
	return true;
}

bool
document_check_lines(Document *document)
{
	json_t	   *lines = json_object_get(document->header, document->set->lines);
	size_t		i;
	json_t	   *json;

	document->count = (int) json_array_size(lines);
	if (document->count == 0)
		return respond_error(document->context, 400, "-5002", "Enter at least one line [%s]", document->set->line_table);
	if (!check_line_numbers(document, lines))
		return false;
	document->line = arena_alloc(document->context->arena, sizeof(DocumentLine) * (size_t) document->count);
	json_array_foreach(lines, i, json)
	{
		document->line[i].json = json;
		document->line[i].position = (int) i;
		if (document->set->flags & SET_DRAFT)
		{
			payload_set_int(json, "LineNum", (int64_t) i);
			payload_set_text(json, "LineStatus", "O");
		}
		else if (!check_line(document, &document->line[i]))
			return false;
	}
	return true;
}
