/*
 * document_lot.c
 *		Batches, serial numbers and bins of a line: complete, known, moved.
 *
 * The quantities must add up to the line's, else -4014 (SL 6.8).  A receipt
 * creates what it names; an issue must name what is there.
 */
#include <string.h>

#include "document.h"
#include "payload.h"
#include "stock.h"

static bool
refuse_incomplete(Document *document, const DocumentLine *line)
{
	return document_refuse(document, line, "-4014", "Cannot add row without complete selection of batch/serial numbers", "Quantity");
}

/* Where the rows are, and what they call the number: it differs by document. */
static json_t *
lot_rows(const Document *document, const DocumentLine *line, const char **name)
{
	if (document->set->effect == EFFECT_POSTING)
	{
		*name = line->serials ? "InternalSerialNumber" : "BatchNumber";
		return json_object_get(line->json, line->serials ? "InventoryPostingSerialNumbers" : "InventoryPostingBatchNumbers");
	}
	*name = line->serials ? "InternalSerialNumber" : "BatchNumberProperty";
	return json_object_get(line->json, line->serials ? "SerialNumbers" : "BatchNumbers");
}

static bool
move_lot(Document *document, const DocumentLine *line, const json_t *row, const char *lot,
		 const char *warehouse, int64_t quantity)
{
	Db		   *db = document->context->db;
	const char *expiry = payload_text(row, "ExpiryDate");

	if (quantity > 0 && !(line->serials ? lot_create_serial(db, line->item, lot, document->date) :
						  lot_create_batch(db, line->item, lot, document->date, expiry)))
		return respond_database(document->context);
	if (quantity < 0 && lot_on_hand(db, line->item, lot, warehouse) < -quantity)
		return document_refuse(document, line, "-10",
							   arena_printf(document->context->arena, "Batch/serial number '%s' does not exist; "
											"specify a valid batch/serial number", lot), "ItemCode");
	return lot_add(db, line->item, lot, warehouse, quantity) || respond_database(document->context);
}

static bool
move_all_lots(Document *document, DocumentLine *line, const char *warehouse, int direction)
{
	const char *name;
	json_t	   *rows = lot_rows(document, line, &name);
	int64_t		sum = 0;
	size_t		i;
	json_t	   *row;

	json_array_foreach(rows, i, row)
	{
		const char *lot = payload_text(row, name);
		int64_t		quantity = payload_int(row, "Quantity", line->serials ? DECIMAL_ONE : 0);

		if (lot == NULL || quantity <= 0 || (line->serials && quantity != DECIMAL_ONE))
			return refuse_incomplete(document, line);
		sum += quantity;
		if (sum > line->quantity)
			return refuse_incomplete(document, line);
		if (!move_lot(document, line, row, lot, warehouse, direction * quantity))
			return false;
	}
	return sum == line->quantity || refuse_incomplete(document, line);
}

/* In a warehouse with bins, the allocations add up to the line too. */
static bool
check_bins(Document *document, const DocumentLine *line, const char *warehouse, int direction)
{
	Db		   *db = document->context->db;
	bool		transfer = document->set->effect == EFFECT_TRANSFER;
	json_t	   *rows = json_object_get(line->json, transfer ? "StockTransferLinesBinAllocations" : "DocumentLinesBinAllocations");
	const char *want = direction < 0 ? "batFromWarehouse" : "batToWarehouse";
	int64_t		sum = 0;
	size_t		i;
	json_t	   *row;

	if (db_int(db, 0, "SELECT EnableBinLocations = 'Y' FROM Warehouses WHERE WarehouseCode = ?", "s", warehouse) == 0)
		return true;
	if (document->set->effect == EFFECT_POSTING)
		return payload_has(line->json, "BinEntry") || refuse_incomplete(document, line);
	json_array_foreach(rows, i, row)
	{
		const char *action = payload_text(row, "BinActionType");

		if (transfer && (action == NULL || strcmp(model_enum_member("BinActionTypeEnum", action), want) != 0))
			continue;
		if (db_int(db, 0, "SELECT 1 FROM BinLocations WHERE AbsEntry = ? AND Warehouse = ? AND Inactive <> 'Y'", "is",
				   payload_int(row, "BinAbsEntry", 0), warehouse) == 0)
			return document_refuse(document, line, "-5002", "Enter valid code", "BinAbsEntry");
		sum += payload_int(row, "Quantity", 0);
	}
	return sum == line->quantity || refuse_incomplete(document, line);
}

bool
document_move_lots(Document *document, DocumentLine *line, const char *warehouse, int direction)
{
	if (line->quantity == 0)
		return true;
	if (!check_bins(document, line, warehouse, direction))
		return false;
	return (!line->batches && !line->serials) || move_all_lots(document, line, warehouse, direction);
}
