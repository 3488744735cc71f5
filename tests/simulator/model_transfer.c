/*
 * model_transfer.c
 *		Entity model: stock transfers.
 *
 * Pure data: name, EDM type, enumeration, element type, flags, default value
 * in the database, name in version 1 where it differs.
 */
#include "model_types.h"

static const Property ccd_number_property[] = {
	{"TrackingNote", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"TrackingNoteLine", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"CCDNumberProperty", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Quantity", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"CountryOfOrigin", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"SubLineNumber", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"DocumentEntry", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"BaseLineNumber", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"ChildNumber", EDM_INT, NULL, NULL, 0, NULL, NULL},
};

const StructType type_ccd_number = {"CCDNumber", ccd_number_property, MODEL_LENGTH(ccd_number_property)};

static const Property stock_transfer_lines_bin_allocation_property[] = {
	{"BinAbsEntry", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"Quantity", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"AllowNegativeQuantity", EDM_ENUM, "BoYesNoEnum", NULL, 0, "N", NULL},
	{"SerialAndBatchNumbersBaseLine", EDM_INT, NULL, NULL, 0, "-1", NULL},
	{"BinActionType", EDM_ENUM, "BinActionTypeEnum", NULL, 0, NULL, NULL},
	{"BaseLineNumber", EDM_INT, NULL, NULL, 0, NULL, NULL},
};

const StructType type_stock_transfer_lines_bin_allocation = {"StockTransferLinesBinAllocation", stock_transfer_lines_bin_allocation_property, MODEL_LENGTH(stock_transfer_lines_bin_allocation_property)};

static const Property stock_transfer_line_property[] = {
	{"LineNum", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"DocEntry", EDM_INT, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"ItemCode", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"ItemDescription", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Quantity", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"Price", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"Currency", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Rate", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"DiscountPercent", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"VendorNum", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"SerialNumber", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"WarehouseCode", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"FromWarehouseCode", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"ProjectCode", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Factor", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"Factor2", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"Factor3", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"Factor4", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"DistributionRule", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"DistributionRule2", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"DistributionRule3", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"DistributionRule4", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"DistributionRule5", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"UseBaseUnits", EDM_ENUM, "BoYesNoEnum", NULL, 0, "N", NULL},
	{"MeasureUnit", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"UnitsOfMeasurment", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"BaseType", EDM_ENUM, "InvBaseDocTypeEnum", NULL, 0, "-1", NULL},
	{"BaseLine", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"BaseEntry", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"UnitPrice", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"UoMEntry", EDM_INT, NULL, NULL, 0, "0", NULL},
	{"UoMCode", EDM_STRING, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"InventoryQuantity", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"RemainingOpenQuantity", EDM_DOUBLE, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"RemainingOpenInventoryQuantity", EDM_DOUBLE, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"LineStatus", EDM_ENUM, "BoStatus", NULL, PROP_READONLY, NULL, NULL},
	{"WeightOfRecycledPlastic", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"PlasticPackageExemptionReason", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"SerialNumbers", EDM_COLLECTION, NULL, &type_serial_number, 0, NULL, NULL},
	{"BatchNumbers", EDM_COLLECTION, NULL, &type_batch_number, 0, NULL, NULL},
	{"CCDNumbers", EDM_COLLECTION, NULL, &type_ccd_number, 0, NULL, NULL},
	{"StockTransferLinesBinAllocations", EDM_COLLECTION, NULL, &type_stock_transfer_lines_bin_allocation, 0, NULL, NULL},
};

const StructType type_stock_transfer_line = {"StockTransferLine", stock_transfer_line_property, MODEL_LENGTH(stock_transfer_line_property)};

static const Property stock_transfer_property[] = {
	{"DocEntry", EDM_INT, NULL, NULL, PROP_KEY | PROP_READONLY, NULL, NULL},
	{"Series", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"DocDate", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"DueDate", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"CardCode", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Reference1", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Reference2", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Comments", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"JournalMemo", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"PriceList", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"FromWarehouse", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"ToWarehouse", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"CreationDate", EDM_DATE, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"UpdateDate", EDM_DATE, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"FinancialPeriod", EDM_INT, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"TransNum", EDM_INT, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"DocNum", EDM_INT, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"TaxDate", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"DocObjectCode", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"AuthorizationStatus", EDM_ENUM, "StockTransferAuthorizationStatusEnum", NULL, PROP_READONLY, NULL, NULL},
	{"BPLID", EDM_INT, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"BPLName", EDM_STRING, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"AttachmentEntry", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"DocumentStatus", EDM_ENUM, "BoStatus", NULL, PROP_READONLY, "O", NULL},
	{"SAPPassport", EDM_STRING, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"StockTransferLines", EDM_COLLECTION, NULL, &type_stock_transfer_line, 0, NULL, NULL},
	{"DocumentReferences", EDM_COLLECTION, NULL, &type_document_reference, 0, NULL, NULL},
};

const StructType type_stock_transfer = {"StockTransfer", stock_transfer_property, MODEL_LENGTH(stock_transfer_property)};

