/*
 * model_counting.c
 *		Entity model: inventory counting and posting.
 *
 * Pure data: name, EDM type, enumeration, element type, flags, default value
 * in the database, name in version 1 where it differs.
 */
#include "model_types.h"

static const Property team_counter_property[] = {
	{"DocumentEntry", EDM_INT, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"CounterID", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"CounterType", EDM_ENUM, "CounterTypeEnum", NULL, 0, "12", NULL},
	{"CounterName", EDM_STRING, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"CounterNumber", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"CounterVisualOrder", EDM_INT, NULL, NULL, PROP_READONLY, NULL, NULL},
};

const StructType type_team_counter = {"TeamCounter", team_counter_property, MODEL_LENGTH(team_counter_property)};

static const Property individual_counter_property[] = {
	{"DocumentEntry", EDM_INT, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"CounterID", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"CounterType", EDM_ENUM, "CounterTypeEnum", NULL, 0, "12", NULL},
	{"CounterName", EDM_STRING, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"CounterNumber", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"CounterVisualOrder", EDM_INT, NULL, NULL, PROP_READONLY, NULL, NULL},
};

const StructType type_individual_counter = {"IndividualCounter", individual_counter_property, MODEL_LENGTH(individual_counter_property)};

static const Property inventory_counting_line_uo_m_property[] = {
	{"DocumentEntry", EDM_INT, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"LineNumber", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"ChildNumber", EDM_INT, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"UoMCountedQuantity", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"ItemsPerUnit", EDM_DOUBLE, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"CountedQuantity", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"UoMCode", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"BarCode", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"CounterType", EDM_ENUM, "CounterTypeEnum", NULL, 0, "12", NULL},
	{"CounterID", EDM_INT, NULL, NULL, 0, "-1", NULL},
	{"MultipleCounterRole", EDM_ENUM, "MultipleCounterRoleEnum", NULL, 0, "I", NULL},
};

const StructType type_inventory_counting_line_uo_m = {"InventoryCountingLineUoM", inventory_counting_line_uo_m_property, MODEL_LENGTH(inventory_counting_line_uo_m_property)};

static const Property inventory_counting_serial_number_property[] = {
	{"ManufacturerSerialNumber", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"InternalSerialNumber", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"ExpiryDate", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"ManufactureDate", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"ReceptionDate", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"WarrantyStart", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"WarrantyEnd", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"Location", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Notes", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"BatchID", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"SystemSerialNumber", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"BaseLineNumber", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"Quantity", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"DocumentEntry", EDM_INT, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"CounterType", EDM_ENUM, "CounterTypeEnum", NULL, 0, "12", NULL},
	{"CounterID", EDM_INT, NULL, NULL, 0, "-1", NULL},
	{"MultipleCounterRole", EDM_ENUM, "MultipleCounterRoleEnum", NULL, 0, "I", NULL},
	{"TrackingNote", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"TrackingNoteLine", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"ItemCode", EDM_STRING, NULL, NULL, 0, NULL, NULL},
};

const StructType type_inventory_counting_serial_number = {"InventoryCountingSerialNumber", inventory_counting_serial_number_property, MODEL_LENGTH(inventory_counting_serial_number_property)};

static const Property inventory_counting_batch_number_property[] = {
	{"BatchNumber", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"ManufacturerSerialNumber", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"InternalSerialNumber", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"ExpiryDate", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"ManufactureDate", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"AddmisionDate", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"Location", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Notes", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Quantity", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"BaseLineNumber", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"DocumentEntry", EDM_INT, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"CounterType", EDM_ENUM, "CounterTypeEnum", NULL, 0, "12", NULL},
	{"CounterID", EDM_INT, NULL, NULL, 0, "-1", NULL},
	{"MultipleCounterRole", EDM_ENUM, "MultipleCounterRoleEnum", NULL, 0, "I", NULL},
	{"TrackingNote", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"TrackingNoteLine", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"ItemCode", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"SystemSerialNumber", EDM_INT, NULL, NULL, 0, NULL, NULL},
};

const StructType type_inventory_counting_batch_number = {"InventoryCountingBatchNumber", inventory_counting_batch_number_property, MODEL_LENGTH(inventory_counting_batch_number_property)};

static const Property inventory_counting_line_property[] = {
	{"DocumentEntry", EDM_INT, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"LineNumber", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"ItemCode", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"ItemDescription", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Freeze", EDM_ENUM, "BoYesNoEnum", NULL, 0, "N", NULL},
	{"WarehouseCode", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"BinEntry", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"InWarehouseQuantity", EDM_DOUBLE, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"Counted", EDM_ENUM, "BoYesNoEnum", NULL, 0, "N", NULL},
	{"UoMCode", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"BarCode", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"UoMCountedQuantity", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"ItemsPerUnit", EDM_DOUBLE, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"CountedQuantity", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"Variance", EDM_DOUBLE, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"VariancePercentage", EDM_DOUBLE, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"VisualOrder", EDM_INT, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"TargetEntry", EDM_INT, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"TargetLine", EDM_INT, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"TargetType", EDM_INT, NULL, NULL, PROP_READONLY, "-1", NULL},
	{"TargetReference", EDM_STRING, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"ProjectCode", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Manufacturer", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"SupplierCatalogNo", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"PreferredVendor", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"CostingCode", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"CostingCode2", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"CostingCode3", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"CostingCode4", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"CostingCode5", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Remarks", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"LineStatus", EDM_ENUM, "CountingLineStatusEnum", NULL, 0, "O", NULL},
	{"CounterType", EDM_ENUM, "CounterTypeEnum", NULL, 0, "12", NULL},
	{"CounterID", EDM_INT, NULL, NULL, 0, "-1", NULL},
	{"MultipleCounterRole", EDM_ENUM, "MultipleCounterRoleEnum", NULL, 0, "I", NULL},
	{"WeightOfRecycledPlastic", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"PlasticPackageExemptionReason", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"InventoryCountingLineUoMs", EDM_COLLECTION, NULL, &type_inventory_counting_line_uo_m, 0, NULL, NULL},
	{"InventoryCountingSerialNumbers", EDM_COLLECTION, NULL, &type_inventory_counting_serial_number, 0, NULL, NULL},
	{"InventoryCountingBatchNumbers", EDM_COLLECTION, NULL, &type_inventory_counting_batch_number, 0, NULL, NULL},
};

const StructType type_inventory_counting_line = {"InventoryCountingLine", inventory_counting_line_property, MODEL_LENGTH(inventory_counting_line_property)};

static const Property inventory_counting_document_references_property[] = {
	{"DocEntry", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"LineNumber", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"ReferencedDocEntry", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"ReferencedDocNumber", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"ExternalReferencedDocNumber", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"ReferencedObjectType", EDM_ENUM, "ReferencedObjectTypeEnum", NULL, 0, NULL, NULL},
	{"IssueDate", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"Remark", EDM_STRING, NULL, NULL, 0, NULL, NULL},
};

const StructType type_inventory_counting_document_references = {"InventoryCountingDocumentReferences", inventory_counting_document_references_property, MODEL_LENGTH(inventory_counting_document_references_property)};

static const Property inventory_counting_property[] = {
	{"DocumentEntry", EDM_INT, NULL, NULL, PROP_KEY | PROP_READONLY, NULL, NULL},
	{"DocumentNumber", EDM_INT, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"Series", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"CountDate", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"CountTime", EDM_TIME, NULL, NULL, 0, NULL, NULL},
	{"SingleCounterType", EDM_ENUM, "CounterTypeEnum", NULL, 0, "12", NULL},
	{"SingleCounterID", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"DocumentStatus", EDM_ENUM, "CountingDocumentStatusEnum", NULL, PROP_READONLY, "O", NULL},
	{"Remarks", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Reference2", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"BranchID", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"DocObjectCodeEx", EDM_STRING, NULL, NULL, PROP_READONLY, "1470000065", NULL},
	{"FinancialPeriod", EDM_INT, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"PeriodIndicator", EDM_STRING, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"CountingType", EDM_ENUM, "CountingTypeEnum", NULL, 0, "1", NULL},
	{"AttachmentEntry", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"YearEndDate", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"TeamCounters", EDM_COLLECTION, NULL, &type_team_counter, 0, NULL, NULL},
	{"IndividualCounters", EDM_COLLECTION, NULL, &type_individual_counter, 0, NULL, NULL},
	{"InventoryCountingLines", EDM_COLLECTION, NULL, &type_inventory_counting_line, 0, NULL, NULL},
	{"InventoryCountingDocumentReferencesCollection", EDM_COLLECTION, NULL, &type_inventory_counting_document_references, 0, NULL, NULL},
};

const StructType type_inventory_counting = {"InventoryCounting", inventory_counting_property, MODEL_LENGTH(inventory_counting_property)};

static const Property inventory_posting_line_uo_m_property[] = {
	{"DocumentEntry", EDM_INT, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"LineNumber", EDM_INT, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"ChildNumber", EDM_INT, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"UoMCountedQuantity", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"ItemsPerUnit", EDM_DOUBLE, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"CountedQuantity", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"UoMCode", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"BarCode", EDM_STRING, NULL, NULL, 0, NULL, NULL},
};

const StructType type_inventory_posting_line_uo_m = {"InventoryPostingLineUoM", inventory_posting_line_uo_m_property, MODEL_LENGTH(inventory_posting_line_uo_m_property)};

static const Property inventory_posting_serial_number_property[] = {
	{"DocumentEntry", EDM_INT, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"ManufacturerSerialNumber", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"InternalSerialNumber", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"ExpiryDate", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"ManufactureDate", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"ReceptionDate", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"WarrantyStart", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"WarrantyEnd", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"Location", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Notes", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"BatchID", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"SystemSerialNumber", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"BaseLineNumber", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"Quantity", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"TrackingNote", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"TrackingNoteLine", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"ItemCode", EDM_STRING, NULL, NULL, 0, NULL, NULL},
};

const StructType type_inventory_posting_serial_number = {"InventoryPostingSerialNumber", inventory_posting_serial_number_property, MODEL_LENGTH(inventory_posting_serial_number_property)};

static const Property inventory_posting_batch_number_property[] = {
	{"DocumentEntry", EDM_INT, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"BatchNumber", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"ManufacturerSerialNumber", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"InternalSerialNumber", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"ExpiryDate", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"ManufactureDate", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"AddmisionDate", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"Location", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Notes", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Quantity", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"BaseLineNumber", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"TrackingNote", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"TrackingNoteLine", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"ItemCode", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"SystemSerialNumber", EDM_INT, NULL, NULL, 0, NULL, NULL},
};

const StructType type_inventory_posting_batch_number = {"InventoryPostingBatchNumber", inventory_posting_batch_number_property, MODEL_LENGTH(inventory_posting_batch_number_property)};

static const Property inventory_posting_ccd_number_property[] = {
	{"TrackingNote", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"TrackingNoteLine", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"CCDNumber", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Quantity", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"CountryOfOrigin", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"SubLineNumber", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"DocumentEntry", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"BaseLineNumber", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"ChildNumber", EDM_INT, NULL, NULL, 0, NULL, NULL},
};

const StructType type_inventory_posting_ccd_number = {"InventoryPostingCCDNumber", inventory_posting_ccd_number_property, MODEL_LENGTH(inventory_posting_ccd_number_property)};

static const Property inventory_posting_line_property[] = {
	{"DocumentEntry", EDM_INT, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"LineNumber", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"ItemCode", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"ItemDescription", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"WarehouseCode", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"BinEntry", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"InWarehouseQuantity", EDM_DOUBLE, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"BarCode", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Variance", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"VariancePercentage", EDM_DOUBLE, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"CountedQuantity", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"Price", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"Currency", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Total", EDM_DOUBLE, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"VisualOrder", EDM_INT, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"CountDate", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"CountTime", EDM_TIME, NULL, NULL, 0, NULL, NULL},
	{"BaseEntry", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"BaseLine", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"BaseType", EDM_INT, NULL, NULL, 0, "1470000065", NULL},
	{"BaseReference", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Remarks", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"InventoryOffsetIncreaseAccount", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"InventoryOffsetDecreaseAccount", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"ProjectCode", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Manufacturer", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"SupplierCatalogNo", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"PreferredVendor", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"CostingCode", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"CostingCode2", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"CostingCode3", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"CostingCode4", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"CostingCode5", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"UoMCode", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"UoMCountedQuantity", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"ItemsPerUnit", EDM_DOUBLE, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"AllowBinNegativeQuantity", EDM_ENUM, "BoYesNoEnum", NULL, 0, "N", NULL},
	{"ActualPrice", EDM_DOUBLE, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"PostedValueLC", EDM_DOUBLE, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"PostedValueSC", EDM_DOUBLE, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"InventoryPostingLineUoMs", EDM_COLLECTION, NULL, &type_inventory_posting_line_uo_m, 0, NULL, NULL},
	{"InventoryPostingSerialNumbers", EDM_COLLECTION, NULL, &type_inventory_posting_serial_number, 0, NULL, NULL},
	{"InventoryPostingBatchNumbers", EDM_COLLECTION, NULL, &type_inventory_posting_batch_number, 0, NULL, NULL},
	{"InventoryPostingCCDNumbers", EDM_COLLECTION, NULL, &type_inventory_posting_ccd_number, 0, NULL, NULL},
};

const StructType type_inventory_posting_line = {"InventoryPostingLine", inventory_posting_line_property, MODEL_LENGTH(inventory_posting_line_property)};

static const Property inventory_posting_document_references_property[] = {
	{"DocEntry", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"LineNumber", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"ReferencedDocEntry", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"ReferencedDocNumber", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"ExternalReferencedDocNumber", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"ReferencedObjectType", EDM_ENUM, "ReferencedObjectTypeEnum", NULL, 0, NULL, NULL},
	{"IssueDate", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"Remark", EDM_STRING, NULL, NULL, 0, NULL, NULL},
};

const StructType type_inventory_posting_document_references = {"InventoryPostingDocumentReferences", inventory_posting_document_references_property, MODEL_LENGTH(inventory_posting_document_references_property)};

static const Property inventory_posting_property[] = {
	{"DocumentEntry", EDM_INT, NULL, NULL, PROP_KEY | PROP_READONLY, NULL, NULL},
	{"DocumentNumber", EDM_INT, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"Series", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"PostingDate", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"CountDate", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"CountTime", EDM_TIME, NULL, NULL, 0, NULL, NULL},
	{"Remarks", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Reference2", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"BranchID", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"PriceSource", EDM_ENUM, "InventoryPostingPriceSourceEnum", NULL, 0, "3", NULL},
	{"PriceList", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"JournalRemark", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"DocObjectCodeEx", EDM_STRING, NULL, NULL, PROP_READONLY, "10000071", NULL},
	{"FinancialPeriod", EDM_INT, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"PeriodIndicator", EDM_STRING, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"AttachmentEntry", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"YearEndDate", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"InventoryPostingLines", EDM_COLLECTION, NULL, &type_inventory_posting_line, 0, NULL, NULL},
	{"InventoryPostingDocumentReferencesCollection", EDM_COLLECTION, NULL, &type_inventory_posting_document_references, 0, NULL, NULL},
};

const StructType type_inventory_posting = {"InventoryPosting", inventory_posting_property, MODEL_LENGTH(inventory_posting_property)};

