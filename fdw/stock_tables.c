/*
 * stock_tables.c
 *		The curated remote schema "stock": data, no code.
 *
 * Only properties that both versions and all known releases have (SL §6): one
 * that a company lacks would fail every SELECT * on the table.  So there are
 * no user-defined fields here, not even our own key field, which a company may
 * not have yet.  The first columns of each table are fixed by contract; names
 * are B1's in snake_case, except that all documents have doc_entry, doc_num
 * and doc_date, whatever their type calls them.
 */
#include "postgres.h"

#include "stock_tables.h"

#define STRING	"Edm.String"
#define INT32	"Edm.Int32"
#define DOUBLE	"Edm.Double"
#define DATE	"Edm.Date"
#define TIME	"Edm.Time"
#define YESNO	"BoYesNoEnum"

#define COLUMN(column, of, edm) {.name = column, .property = of, .type = edm}
#define READ_ONLY(column, of, edm) \
	{.name = column, .property = of, .type = edm, .is_read_only = true}
#define KEY(column, of, edm) {.name = column, .property = of, .type = edm, .is_key = true}
#define READ_ONLY_KEY(column, of, edm) \
	{.name = column, .property = of, .type = edm, .is_key = true, .is_read_only = true}
/* The lines of a document as one column; what B1 computes in them (SL §6). */
#define LINES(column, of, computed) \
	{.name = column, .property = of, .type = COLLECTION_TYPE, .read_only_members = computed}
/* In a table of lines: the key of the object to which the line belongs. */
#define PARENT_KEY(column, of, edm) \
	{.name = column, .property = of, .type = edm, .of_entity = true, .is_key = true}

/* OITM. */
static const ImportColumn item_columns[] = {
	KEY("item_code", "ItemCode", STRING),
	COLUMN("item_name", "ItemName", STRING),
	COLUMN("foreign_name", "ForeignName", STRING),
	COLUMN("items_group_code", "ItemsGroupCode", INT32),
	COLUMN("bar_code", "BarCode", STRING),
	COLUMN("item_type", "ItemType", "ItemTypeEnum"),
	COLUMN("inventory_item", "InventoryItem", YESNO),
	COLUMN("sales_item", "SalesItem", YESNO),
	COLUMN("purchase_item", "PurchaseItem", YESNO),
	COLUMN("valid", "Valid", YESNO),
	COLUMN("valid_from", "ValidFrom", DATE),
	COLUMN("valid_to", "ValidTo", DATE),
	COLUMN("frozen", "Frozen", YESNO),
	COLUMN("frozen_from", "FrozenFrom", DATE),
	COLUMN("frozen_to", "FrozenTo", DATE),
	COLUMN("manage_batch_numbers", "ManageBatchNumbers", YESNO),
	COLUMN("manage_serial_numbers", "ManageSerialNumbers", YESNO),
	COLUMN("manage_stock_by_warehouse", "ManageStockByWarehouse", YESNO),
	COLUMN("inventory_uom", "InventoryUOM", STRING),
	COLUMN("uom_group_entry", "UoMGroupEntry", INT32),
	COLUMN("inventory_uom_entry", "InventoryUoMEntry", INT32),
	COLUMN("sales_unit", "SalesUnit", STRING),
	COLUMN("sales_items_per_unit", "SalesItemsPerUnit", DOUBLE),
	COLUMN("purchase_unit", "PurchaseUnit", STRING),
	COLUMN("purchase_items_per_unit", "PurchaseItemsPerUnit", DOUBLE),
	COLUMN("cost_accounting_method", "CostAccountingMethod", "BoInventorySystem"),
	COLUMN("gl_method", "GLMethod", "BoGLMethods"),
	COLUMN("avg_std_price", "AvgStdPrice", DOUBLE),
	READ_ONLY("moving_average_price", "MovingAveragePrice", DOUBLE),
	COLUMN("prod_std_cost", "ProdStdCost", DOUBLE),
	READ_ONLY("quantity_on_stock", "QuantityOnStock", DOUBLE),
	READ_ONLY("quantity_ordered_by_customers", "QuantityOrderedByCustomers", DOUBLE),
	READ_ONLY("quantity_ordered_from_vendors", "QuantityOrderedFromVendors", DOUBLE),
	COLUMN("min_inventory", "MinInventory", DOUBLE),
	COLUMN("max_inventory", "MaxInventory", DOUBLE),
	COLUMN("desired_inventory", "DesiredInventory", DOUBLE),
	COLUMN("default_warehouse", "DefaultWarehouse", STRING),
	COLUMN("mainsupplier", "Mainsupplier", STRING),
	COLUMN("tree_type", "TreeType", "BoItemTreeTypes"),
	READ_ONLY("create_date", "CreateDate", DATE),
	READ_ONLY("update_date", "UpdateDate", DATE),
	READ_ONLY("update_time", "UpdateTime", TIME),
};

/* OITW, one row per item and warehouse; there is no Available: in_stock - committed + ordered. */
static const ImportColumn item_warehouse_columns[] = {
	PARENT_KEY("item_code", "ItemCode", STRING),
	KEY("warehouse_code", "WarehouseCode", STRING),
	READ_ONLY("in_stock", "InStock", DOUBLE),
	READ_ONLY("committed", "Committed", DOUBLE),
	READ_ONLY("ordered", "Ordered", DOUBLE),
	COLUMN("standard_average_price", "StandardAveragePrice", DOUBLE),
	COLUMN("locked", "Locked", YESNO),
	COLUMN("minimal_stock", "MinimalStock", DOUBLE),
	COLUMN("maximal_stock", "MaximalStock", DOUBLE),
	COLUMN("minimal_order", "MinimalOrder", DOUBLE),
	READ_ONLY("counted_quantity", "CountedQuantity", DOUBLE),
	READ_ONLY("was_counted", "WasCounted", YESNO),
	COLUMN("default_bin", "DefaultBin", INT32),
	COLUMN("inventory_account", "InventoryAccount", STRING),
	COLUMN("cost_account", "CostAccount", STRING),
	COLUMN("decreasing_account", "DecreasingAccount", STRING),
	COLUMN("increasing_account", "IncreasingAccount", STRING),
	COLUMN("transfer_account", "TransferAccount", STRING),
};

/* OWHS. */
static const ImportColumn warehouse_columns[] = {
	KEY("warehouse_code", "WarehouseCode", STRING),
	COLUMN("warehouse_name", "WarehouseName", STRING),
	COLUMN("inactive", "Inactive", YESNO),
	COLUMN("enable_bin_locations", "EnableBinLocations", YESNO),
	COLUMN("drop_ship", "DropShip", YESNO),
	COLUMN("nettable", "Nettable", YESNO),
	COLUMN("business_place_id", "BusinessPlaceID", INT32),
	COLUMN("location", "Location", INT32),
	COLUMN("street", "Street", STRING),
	COLUMN("zip_code", "ZipCode", STRING),
	COLUMN("city", "City", STRING),
	COLUMN("country", "Country", STRING),
	COLUMN("default_bin", "DefaultBin", INT32),
	COLUMN("stock_account", "StockAccount", STRING),
	COLUMN("cost_of_goods_sold", "CostOfGoodsSold", STRING),
	COLUMN("decreasing_account", "DecreasingAccount", STRING),
	COLUMN("increasing_acc", "IncreasingAcc", STRING),
	COLUMN("transfers_acc", "TransfersAcc", STRING),
	COLUMN("goods_clearing_acc", "GoodsClearingAcc", STRING),
};

/* Every marketing document, goods receipts and goods issues: one type in B1. */
static const ImportColumn document_columns[] = {
	READ_ONLY_KEY("doc_entry", "DocEntry", INT32),
	COLUMN("doc_num", "DocNum", INT32),
	COLUMN("doc_date", "DocDate", DATE),
	COLUMN("doc_due_date", "DocDueDate", DATE),
	COLUMN("tax_date", "TaxDate", DATE),
	READ_ONLY("document_status", "DocumentStatus", "BoStatus"),
	READ_ONLY("cancelled", "Cancelled", YESNO),
	READ_ONLY("cancel_status", "CancelStatus", "CancelStatusEnum"),
	COLUMN("doc_type", "DocType", "BoDocumentTypes"),
	COLUMN("card_code", "CardCode", STRING),
	COLUMN("card_name", "CardName", STRING),
	COLUMN("num_at_card", "NumAtCard", STRING),
	COLUMN("doc_total", "DocTotal", DOUBLE),
	COLUMN("doc_currency", "DocCurrency", STRING),
	COLUMN("doc_rate", "DocRate", DOUBLE),
	COLUMN("reference1", "Reference1", STRING),
	COLUMN("reference2", "Reference2", STRING),
	COLUMN("comments", "Comments", STRING),
	COLUMN("journal_memo", "JournalMemo", STRING),
	COLUMN("confirmed", "Confirmed", YESNO),
	READ_ONLY("authorization_status", "AuthorizationStatus", "DocumentAuthorizationStatusEnum"),
	COLUMN("series", "Series", INT32),
	COLUMN("project", "Project", STRING),
	COLUMN("bpl_id_assigned_to_invoice", "BPL_IDAssignedToInvoice", INT32),
	READ_ONLY("trans_num", "TransNum", INT32),
	READ_ONLY("creation_date", "CreationDate", DATE),
	READ_ONLY("update_date", "UpdateDate", DATE),
	READ_ONLY("update_time", "UpdateTime", TIME),
	LINES("document_lines", "DocumentLines",
		  "DocEntry, RemainingOpenQuantity, RemainingOpenInventoryQuantity, BaseOpenQuantity, StockInmPrice, UoMCode, ItemType"),
};

static const ImportColumn document_line_columns[] = {
	PARENT_KEY("doc_entry", "DocEntry", INT32),
	KEY("line_num", "LineNum", INT32),
	COLUMN("item_code", "ItemCode", STRING),
	COLUMN("item_description", "ItemDescription", STRING),
	COLUMN("quantity", "Quantity", DOUBLE),
	COLUMN("warehouse_code", "WarehouseCode", STRING),
	COLUMN("line_status", "LineStatus", "BoStatus"),
	READ_ONLY("remaining_open_quantity", "RemainingOpenQuantity", DOUBLE),
	COLUMN("inventory_quantity", "InventoryQuantity", DOUBLE),
	READ_ONLY("remaining_open_inventory_quantity", "RemainingOpenInventoryQuantity", DOUBLE),
	COLUMN("uom_entry", "UoMEntry", INT32),
	READ_ONLY("uom_code", "UoMCode", STRING),
	COLUMN("measure_unit", "MeasureUnit", STRING),
	COLUMN("units_of_measurment", "UnitsOfMeasurment", DOUBLE),
	COLUMN("ship_date", "ShipDate", DATE),
	COLUMN("price", "Price", DOUBLE),
	COLUMN("unit_price", "UnitPrice", DOUBLE),
	COLUMN("currency", "Currency", STRING),
	COLUMN("rate", "Rate", DOUBLE),
	COLUMN("discount_percent", "DiscountPercent", DOUBLE),
	COLUMN("line_total", "LineTotal", DOUBLE),
	READ_ONLY("stock_inm_price", "StockInmPrice", DOUBLE),
	COLUMN("account_code", "AccountCode", STRING),
	COLUMN("costing_code", "CostingCode", STRING),
	COLUMN("project_code", "ProjectCode", STRING),
	COLUMN("free_text", "FreeText", STRING),
	COLUMN("base_type", "BaseType", INT32),
	COLUMN("base_entry", "BaseEntry", INT32),
	COLUMN("base_line", "BaseLine", INT32),
	COLUMN("visual_order", "VisualOrder", INT32),
};

/* OWTR. */
static const ImportColumn stock_transfer_columns[] = {
	READ_ONLY_KEY("doc_entry", "DocEntry", INT32),
	READ_ONLY("doc_num", "DocNum", INT32),
	COLUMN("doc_date", "DocDate", DATE),
	COLUMN("due_date", "DueDate", DATE),
	COLUMN("tax_date", "TaxDate", DATE),
	READ_ONLY("document_status", "DocumentStatus", "BoStatus"),
	COLUMN("from_warehouse", "FromWarehouse", STRING),
	COLUMN("to_warehouse", "ToWarehouse", STRING),
	COLUMN("card_code", "CardCode", STRING),
	COLUMN("reference1", "Reference1", STRING),
	COLUMN("reference2", "Reference2", STRING),
	COLUMN("comments", "Comments", STRING),
	COLUMN("journal_memo", "JournalMemo", STRING),
	READ_ONLY("authorization_status", "AuthorizationStatus", "StockTransferAuthorizationStatusEnum"),
	COLUMN("series", "Series", INT32),
	COLUMN("price_list", "PriceList", INT32),
	READ_ONLY("bplid", "BPLID", INT32),
	READ_ONLY("trans_num", "TransNum", INT32),
	READ_ONLY("creation_date", "CreationDate", DATE),
	READ_ONLY("update_date", "UpdateDate", DATE),
	LINES("stock_transfer_lines", "StockTransferLines",
		  "DocEntry, RemainingOpenQuantity, RemainingOpenInventoryQuantity, UoMCode, LineStatus"),
};

/* warehouse_code is the destination, base_type a name and no number (SL §6.7). */
static const ImportColumn stock_transfer_line_columns[] = {
	PARENT_KEY("doc_entry", "DocEntry", INT32),
	KEY("line_num", "LineNum", INT32),
	COLUMN("item_code", "ItemCode", STRING),
	COLUMN("item_description", "ItemDescription", STRING),
	COLUMN("quantity", "Quantity", DOUBLE),
	COLUMN("from_warehouse_code", "FromWarehouseCode", STRING),
	COLUMN("warehouse_code", "WarehouseCode", STRING),
	READ_ONLY("line_status", "LineStatus", "BoStatus"),
	READ_ONLY("remaining_open_quantity", "RemainingOpenQuantity", DOUBLE),
	COLUMN("inventory_quantity", "InventoryQuantity", DOUBLE),
	READ_ONLY("remaining_open_inventory_quantity", "RemainingOpenInventoryQuantity", DOUBLE),
	COLUMN("uom_entry", "UoMEntry", INT32),
	READ_ONLY("uom_code", "UoMCode", STRING),
	COLUMN("measure_unit", "MeasureUnit", STRING),
	COLUMN("units_of_measurment", "UnitsOfMeasurment", DOUBLE),
	COLUMN("price", "Price", DOUBLE),
	COLUMN("unit_price", "UnitPrice", DOUBLE),
	COLUMN("currency", "Currency", STRING),
	COLUMN("project_code", "ProjectCode", STRING),
	COLUMN("base_type", "BaseType", "InvBaseDocTypeEnum"),
	COLUMN("base_entry", "BaseEntry", INT32),
	COLUMN("base_line", "BaseLine", INT32),
};

/* OINC. */
static const ImportColumn inventory_counting_columns[] = {
	READ_ONLY_KEY("doc_entry", "DocumentEntry", INT32),
	READ_ONLY("doc_num", "DocumentNumber", INT32),
	COLUMN("doc_date", "CountDate", DATE),
	COLUMN("count_time", "CountTime", TIME),
	READ_ONLY("document_status", "DocumentStatus", "CountingDocumentStatusEnum"),
	COLUMN("counting_type", "CountingType", "CountingTypeEnum"),
	COLUMN("remarks", "Remarks", STRING),
	COLUMN("reference2", "Reference2", STRING),
	COLUMN("branch_id", "BranchID", INT32),
	COLUMN("series", "Series", INT32),
	LINES("inventory_counting_lines", "InventoryCountingLines",
		  "DocumentEntry, InWarehouseQuantity, ItemsPerUnit, Variance, VariancePercentage, VisualOrder, TargetEntry, TargetLine, TargetType, TargetReference"),
};

static const ImportColumn inventory_counting_line_columns[] = {
	PARENT_KEY("doc_entry", "DocumentEntry", INT32),
	KEY("line_num", "LineNumber", INT32),
	COLUMN("item_code", "ItemCode", STRING),
	COLUMN("item_description", "ItemDescription", STRING),
	COLUMN("counted_quantity", "CountedQuantity", DOUBLE),
	READ_ONLY("in_warehouse_quantity", "InWarehouseQuantity", DOUBLE),
	READ_ONLY("variance", "Variance", DOUBLE),
	READ_ONLY("variance_percentage", "VariancePercentage", DOUBLE),
	COLUMN("warehouse_code", "WarehouseCode", STRING),
	COLUMN("bin_entry", "BinEntry", INT32),
	COLUMN("counted", "Counted", YESNO),
	COLUMN("freeze", "Freeze", YESNO),
	COLUMN("line_status", "LineStatus", "CountingLineStatusEnum"),
	COLUMN("uom_code", "UoMCode", STRING),
	COLUMN("uom_counted_quantity", "UoMCountedQuantity", DOUBLE),
	READ_ONLY("items_per_unit", "ItemsPerUnit", DOUBLE),
	COLUMN("project_code", "ProjectCode", STRING),
	COLUMN("remarks", "Remarks", STRING),
	READ_ONLY("target_type", "TargetType", INT32),
	READ_ONLY("target_entry", "TargetEntry", INT32),
	READ_ONLY("target_line", "TargetLine", INT32),
};

/* OIQR. */
static const ImportColumn inventory_posting_columns[] = {
	READ_ONLY_KEY("doc_entry", "DocumentEntry", INT32),
	READ_ONLY("doc_num", "DocumentNumber", INT32),
	COLUMN("doc_date", "PostingDate", DATE),
	COLUMN("count_date", "CountDate", DATE),
	COLUMN("count_time", "CountTime", TIME),
	COLUMN("price_source", "PriceSource", "InventoryPostingPriceSourceEnum"),
	COLUMN("price_list", "PriceList", INT32),
	COLUMN("journal_remark", "JournalRemark", STRING),
	COLUMN("remarks", "Remarks", STRING),
	COLUMN("reference2", "Reference2", STRING),
	COLUMN("branch_id", "BranchID", INT32),
	COLUMN("series", "Series", INT32),
	LINES("inventory_posting_lines", "InventoryPostingLines",
		  "DocumentEntry, InWarehouseQuantity, VariancePercentage, Total, VisualOrder, ItemsPerUnit, ActualPrice, PostedValueLC, PostedValueSC"),
};

static const ImportColumn inventory_posting_line_columns[] = {
	PARENT_KEY("doc_entry", "DocumentEntry", INT32),
	KEY("line_num", "LineNumber", INT32),
	COLUMN("item_code", "ItemCode", STRING),
	COLUMN("item_description", "ItemDescription", STRING),
	COLUMN("counted_quantity", "CountedQuantity", DOUBLE),
	READ_ONLY("in_warehouse_quantity", "InWarehouseQuantity", DOUBLE),
	COLUMN("variance", "Variance", DOUBLE),
	READ_ONLY("variance_percentage", "VariancePercentage", DOUBLE),
	COLUMN("warehouse_code", "WarehouseCode", STRING),
	COLUMN("bin_entry", "BinEntry", INT32),
	COLUMN("price", "Price", DOUBLE),
	READ_ONLY("actual_price", "ActualPrice", DOUBLE),
	COLUMN("currency", "Currency", STRING),
	READ_ONLY("total", "Total", DOUBLE),
	COLUMN("count_date", "CountDate", DATE),
	COLUMN("inventory_offset_increase_account", "InventoryOffsetIncreaseAccount", STRING),
	COLUMN("inventory_offset_decrease_account", "InventoryOffsetDecreaseAccount", STRING),
	COLUMN("uom_code", "UoMCode", STRING),
	COLUMN("uom_counted_quantity", "UoMCountedQuantity", DOUBLE),
	READ_ONLY("items_per_unit", "ItemsPerUnit", DOUBLE),
	COLUMN("project_code", "ProjectCode", STRING),
	COLUMN("remarks", "Remarks", STRING),
	COLUMN("base_type", "BaseType", INT32),
	COLUMN("base_entry", "BaseEntry", INT32),
	COLUMN("base_line", "BaseLine", INT32),
};

/* OCRD. */
static const ImportColumn business_partner_columns[] = {
	KEY("card_code", "CardCode", STRING),
	COLUMN("card_name", "CardName", STRING),
	COLUMN("card_type", "CardType", "BoCardTypes"),
	COLUMN("group_code", "GroupCode", INT32),
	COLUMN("currency", "Currency", STRING),
	READ_ONLY("current_account_balance", "CurrentAccountBalance", DOUBLE),
	COLUMN("federal_tax_id", "FederalTaxID", STRING),
	COLUMN("price_list_num", "PriceListNum", INT32),
	COLUMN("pay_terms_grp_code", "PayTermsGrpCode", INT32),
	COLUMN("valid", "Valid", YESNO),
	COLUMN("valid_from", "ValidFrom", DATE),
	COLUMN("valid_to", "ValidTo", DATE),
	COLUMN("frozen", "Frozen", YESNO),
	COLUMN("frozen_from", "FrozenFrom", DATE),
	COLUMN("frozen_to", "FrozenTo", DATE),
	READ_ONLY("create_date", "CreateDate", DATE),
	READ_ONLY("update_date", "UpdateDate", DATE),
	READ_ONLY("update_time", "UpdateTime", TIME),
};

/* OACT. */
static const ImportColumn account_columns[] = {
	KEY("code", "Code", STRING),
	COLUMN("name", "Name", STRING),
	READ_ONLY("balance", "Balance", DOUBLE),
	COLUMN("format_code", "FormatCode", STRING),
	COLUMN("external_code", "ExternalCode", STRING),
	COLUMN("account_type", "AccountType", "BoAccountTypes"),
	COLUMN("acct_currency", "AcctCurrency", STRING),
	READ_ONLY("account_level", "AccountLevel", INT32),
	COLUMN("father_account_key", "FatherAccountKey", STRING),
	COLUMN("active_account", "ActiveAccount", YESNO),
	COLUMN("cash_account", "CashAccount", YESNO),
	COLUMN("lock_manual_transaction", "LockManualTransaction", YESNO),
	COLUMN("block_manual_posting", "BlockManualPosting", YESNO),
	COLUMN("valid_for", "ValidFor", YESNO),
	COLUMN("frozen_for", "FrozenFor", YESNO),
};

/* OJDT. */
static const ImportColumn journal_entry_columns[] = {
	READ_ONLY_KEY("jdt_num", "JdtNum", INT32),
	READ_ONLY("number", "Number", INT32),
	COLUMN("reference_date", "ReferenceDate", DATE),
	COLUMN("due_date", "DueDate", DATE),
	COLUMN("tax_date", "TaxDate", DATE),
	COLUMN("memo", "Memo", STRING),
	COLUMN("reference", "Reference", STRING),
	COLUMN("reference2", "Reference2", STRING),
	COLUMN("reference3", "Reference3", STRING),
	COLUMN("transaction_code", "TransactionCode", STRING),
	READ_ONLY("original_journal", "OriginalJournal", "TransTypesEnum"),
	READ_ONLY("original", "Original", INT32),
	READ_ONLY("base_reference", "BaseReference", STRING),
	COLUMN("series", "Series", INT32),
	COLUMN("project_code", "ProjectCode", STRING),
	LINES("journal_entry_lines", "JournalEntryLines", NULL),
};

static const ImportColumn journal_entry_line_columns[] = {
	PARENT_KEY("jdt_num", "JdtNum", INT32),
	COLUMN("line_id", "Line_ID", INT32),
	COLUMN("account_code", "AccountCode", STRING),
	COLUMN("debit", "Debit", DOUBLE),
	COLUMN("credit", "Credit", DOUBLE),
	COLUMN("fc_debit", "FCDebit", DOUBLE),
	COLUMN("fc_credit", "FCCredit", DOUBLE),
	COLUMN("fc_currency", "FCCurrency", STRING),
	COLUMN("short_name", "ShortName", STRING),
	COLUMN("contra_account", "ContraAccount", STRING),
	COLUMN("line_memo", "LineMemo", STRING),
	COLUMN("reference_date1", "ReferenceDate1", DATE),
	COLUMN("due_date", "DueDate", DATE),
	COLUMN("reference1", "Reference1", STRING),
	COLUMN("reference2", "Reference2", STRING),
	COLUMN("project_code", "ProjectCode", STRING),
	COLUMN("costing_code", "CostingCode", STRING),
};

#define TABLE(name, entity, collection, columns) \
	{name, entity, collection, NULL, true, false, NULL, lengthof(columns), columns, NULL}
/* Lines that do not carry their parent's key cannot be joined, only unfolded. */
#define NESTED(name, entity, collection, columns) \
	{name, entity, collection, "nested", true, false, NULL, lengthof(columns), columns, NULL}

const ImportTable stock_tables[] = {
	TABLE("items", "Items", NULL, item_columns),
	TABLE("item_warehouses", "Items", "ItemWarehouseInfoCollection", item_warehouse_columns),
	TABLE("warehouses", "Warehouses", NULL, warehouse_columns),
	TABLE("orders", "Orders", NULL, document_columns),
	TABLE("order_lines", "Orders", "DocumentLines", document_line_columns),
	TABLE("delivery_notes", "DeliveryNotes", NULL, document_columns),
	TABLE("delivery_note_lines", "DeliveryNotes", "DocumentLines", document_line_columns),
	TABLE("invoices", "Invoices", NULL, document_columns),
	TABLE("invoice_lines", "Invoices", "DocumentLines", document_line_columns),
	TABLE("returns", "Returns", NULL, document_columns),
	TABLE("return_lines", "Returns", "DocumentLines", document_line_columns),
	TABLE("purchase_orders", "PurchaseOrders", NULL, document_columns),
	TABLE("purchase_order_lines", "PurchaseOrders", "DocumentLines", document_line_columns),
	TABLE("purchase_delivery_notes", "PurchaseDeliveryNotes", NULL, document_columns),
	TABLE("purchase_delivery_note_lines", "PurchaseDeliveryNotes", "DocumentLines", document_line_columns),
	TABLE("inventory_gen_entries", "InventoryGenEntries", NULL, document_columns),
	TABLE("inventory_gen_entry_lines", "InventoryGenEntries", "DocumentLines", document_line_columns),
	TABLE("inventory_gen_exits", "InventoryGenExits", NULL, document_columns),
	TABLE("inventory_gen_exit_lines", "InventoryGenExits", "DocumentLines", document_line_columns),
	TABLE("stock_transfers", "StockTransfers", NULL, stock_transfer_columns),
	TABLE("stock_transfer_lines", "StockTransfers", "StockTransferLines", stock_transfer_line_columns),
	TABLE("inventory_countings", "InventoryCountings", NULL, inventory_counting_columns),
	TABLE("inventory_counting_lines", "InventoryCountings", "InventoryCountingLines", inventory_counting_line_columns),
	TABLE("inventory_postings", "InventoryPostings", NULL, inventory_posting_columns),
	TABLE("inventory_posting_lines", "InventoryPostings", "InventoryPostingLines", inventory_posting_line_columns),
	TABLE("business_partners", "BusinessPartners", NULL, business_partner_columns),
	TABLE("chart_of_accounts", "ChartOfAccounts", NULL, account_columns),
	TABLE("journal_entries", "JournalEntries", NULL, journal_entry_columns),
	NESTED("journal_entry_lines", "JournalEntries", "JournalEntryLines", journal_entry_line_columns),
	{.entity = NULL}
};
