/*
 * model_document.c
 *		Entity model: marketing documents, goods receipts and goods issues.
 *
 * Pure data: name, EDM type, enumeration, element type, flags, default value
 * in the database, name in version 1 where it differs.
 */
#include "model_types.h"

static const Property serial_number_property[] = {
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

const StructType type_serial_number = {"SerialNumber", serial_number_property, MODEL_LENGTH(serial_number_property)};

static const Property batch_number_property[] = {
	{"BatchNumberProperty", EDM_STRING, NULL, NULL, 0, NULL, "BatchNumber"},
	{"ManufacturerSerialNumber", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"InternalSerialNumber", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"ExpiryDate", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"ManufacturingDate", EDM_DATE, NULL, NULL, 0, NULL, NULL},
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

const StructType type_batch_number = {"BatchNumber", batch_number_property, MODEL_LENGTH(batch_number_property)};

static const Property document_lines_bin_allocation_property[] = {
	{"BinAbsEntry", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"Quantity", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"AllowNegativeQuantity", EDM_ENUM, "BoYesNoEnum", NULL, 0, "N", NULL},
	{"SerialAndBatchNumbersBaseLine", EDM_INT, NULL, NULL, 0, "-1", NULL},
	{"BaseLineNumber", EDM_INT, NULL, NULL, 0, NULL, NULL},
};

const StructType type_document_lines_bin_allocation = {"DocumentLinesBinAllocation", document_lines_bin_allocation_property, MODEL_LENGTH(document_lines_bin_allocation_property)};

static const Property document_line_property[] = {
	{"LineNum", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"ItemCode", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"ItemDescription", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Quantity", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"ShipDate", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"Price", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"Currency", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Rate", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"DiscountPercent", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"WarehouseCode", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"TreeType", EDM_ENUM, "BoItemTreeTypes", NULL, 0, "N", NULL},
	{"AccountCode", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"UseBaseUnits", EDM_ENUM, "BoYesNoEnum", NULL, 0, "N", NULL},
	{"CostingCode", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"ProjectCode", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"VatGroup", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"BaseType", EDM_INT, NULL, NULL, 0, "-1", NULL},
	{"BaseEntry", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"BaseLine", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"TaxCode", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"BackOrder", EDM_ENUM, "BoYesNoEnum", NULL, 0, NULL, NULL},
	{"FreeText", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"MeasureUnit", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"UnitsOfMeasurment", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"LineTotal", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"TransactionType", EDM_ENUM, "BoTransactionTypeEnum", NULL, 0, NULL, NULL},
	{"StockInmPrice", EDM_DOUBLE, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"VisualOrder", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"BaseOpenQuantity", EDM_DOUBLE, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"UnitPrice", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"LineStatus", EDM_ENUM, "BoStatus", NULL, 0, NULL, NULL},
	{"LineType", EDM_ENUM, "BoDocLineType", NULL, 0, "R", NULL},
	{"CostingCode2", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"RemainingOpenQuantity", EDM_DOUBLE, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"RequiredDate", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"WithoutInventoryMovement", EDM_ENUM, "BoYesNoEnum", NULL, 0, "N", NULL},
	{"ActualBaseEntry", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"ActualBaseLine", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"DocEntry", EDM_INT, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"EnableReturnCost", EDM_ENUM, "BoYesNoEnum", NULL, 0, "N", NULL},
	{"ReturnCost", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"UoMEntry", EDM_INT, NULL, NULL, 0, "0", NULL},
	{"UoMCode", EDM_STRING, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"InventoryQuantity", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"RemainingOpenInventoryQuantity", EDM_DOUBLE, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"ParentLineNum", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"ItemType", EDM_ENUM, "BoDocItemType", NULL, PROP_READONLY, "4", NULL},
	{"SerialNumbers", EDM_COLLECTION, NULL, &type_serial_number, 0, NULL, NULL},
	{"BatchNumbers", EDM_COLLECTION, NULL, &type_batch_number, 0, NULL, NULL},
	{"DocumentLinesBinAllocations", EDM_COLLECTION, NULL, &type_document_lines_bin_allocation, 0, NULL, NULL},
};

const StructType type_document_line = {"DocumentLine", document_line_property, MODEL_LENGTH(document_line_property)};

static const Property document_additional_expense_property[] = {
	{"ExpenseCode", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"LineTotal", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"LineTotalFC", EDM_DOUBLE, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"LineTotalSys", EDM_DOUBLE, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"PaidToDate", EDM_DOUBLE, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"PaidToDateFC", EDM_DOUBLE, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"PaidToDateSys", EDM_DOUBLE, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"Remarks", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"DistributionMethod", EDM_ENUM, "BoAdEpnsDistribMethods", NULL, 0, NULL, NULL},
	{"TaxLiable", EDM_ENUM, "BoYesNoEnum", NULL, 0, "Y", NULL},
	{"VatGroup", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"TaxPercent", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"TaxSum", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"TaxSumFC", EDM_DOUBLE, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"TaxSumSys", EDM_DOUBLE, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"DeductibleTaxSum", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"DeductibleTaxSumFC", EDM_DOUBLE, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"DeductibleTaxSumSys", EDM_DOUBLE, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"AquisitionTax", EDM_ENUM, "BoYesNoEnum", NULL, PROP_READONLY, "N", NULL},
	{"TaxCode", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"TaxType", EDM_ENUM, "BoAdEpnsTaxTypes", NULL, 0, "Y", NULL},
	{"TaxPaid", EDM_DOUBLE, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"TaxPaidFC", EDM_DOUBLE, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"TaxPaidSys", EDM_DOUBLE, NULL, NULL, PROP_READONLY, NULL, NULL},
};

const StructType type_document_additional_expense = {"DocumentAdditionalExpense", document_additional_expense_property, MODEL_LENGTH(document_additional_expense_property)};

static const Property document_reference_property[] = {
	{"DocEntry", EDM_INT, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"LineNumber", EDM_INT, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"RefDocEntr", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"RefDocNum", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"ExtDocNum", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"RefObjType", EDM_ENUM, "ReferencedObjectTypeEnum", NULL, 0, NULL, NULL},
	{"AccessKey", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"IssueDate", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"IssuerCNPJ", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"IssuerCode", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Model", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Series", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Number", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"RefAccKey", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"RefAmount", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"SubSeries", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Remark", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"LinkRefTyp", EDM_ENUM, "LinkReferenceTypeEnum", NULL, 0, NULL, NULL},
};

const StructType type_document_reference = {"DocumentReference", document_reference_property, MODEL_LENGTH(document_reference_property)};

static const Property document_property[] = {
	{"DocEntry", EDM_INT, NULL, NULL, PROP_KEY | PROP_READONLY, NULL, NULL},
	{"DocNum", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"DocType", EDM_ENUM, "BoDocumentTypes", NULL, 0, "I", NULL},
	{"HandWritten", EDM_ENUM, "BoYesNoEnum", NULL, 0, NULL, NULL},
	{"DocDate", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"DocDueDate", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"CardCode", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"CardName", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"NumAtCard", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"DocTotal", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"AttachmentEntry", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"DocCurrency", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"DocRate", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"Reference1", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Reference2", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Comments", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"JournalMemo", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"PaymentGroupCode", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"DocTime", EDM_TIME, NULL, NULL, 0, NULL, NULL},
	{"Confirmed", EDM_ENUM, "BoYesNoEnum", NULL, 0, "Y", NULL},
	{"Series", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"TaxDate", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"DocObjectCode", EDM_ENUM, "BoObjectTypes", NULL, 0, NULL, NULL},
	{"CreationDate", EDM_DATE, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"UpdateDate", EDM_DATE, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"FinancialPeriod", EDM_INT, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"UserSign", EDM_INT, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"TransNum", EDM_INT, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"Project", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"DocumentSubType", EDM_ENUM, "BoDocumentSubType", NULL, 0, "--", NULL},
	{"DocumentStatus", EDM_ENUM, "BoStatus", NULL, PROP_READONLY, "O", NULL},
	{"PeriodIndicator", EDM_STRING, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"BPL_IDAssignedToInvoice", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"ReserveInvoice", EDM_ENUM, "BoYesNoEnum", NULL, 0, "N", NULL},
	{"Cancelled", EDM_ENUM, "BoYesNoEnum", NULL, PROP_READONLY, "N", NULL},
	{"ReopenManuallyClosedOrCanceledDocument", EDM_ENUM, "BoYesNoEnum", NULL, 0, NULL, NULL},
	{"ClosingOption", EDM_ENUM, "ClosingOptionEnum", NULL, 0, "1", NULL},
	{"AuthorizationStatus", EDM_ENUM, "DocumentAuthorizationStatusEnum", NULL, PROP_READONLY, NULL, NULL},
	{"BPLName", EDM_STRING, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"CancelStatus", EDM_ENUM, "CancelStatusEnum", NULL, PROP_READONLY, "N", NULL},
	{"SAPPassport", EDM_STRING, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"UpdateTime", EDM_TIME, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"DataVersion", EDM_INT, NULL, NULL, PROP_READONLY | PROP_VERSION, NULL, NULL},
	{"InventoryStatus", EDM_ENUM, "BoStatus", NULL, 0, NULL, NULL},
	{"DocumentLines", EDM_COLLECTION, NULL, &type_document_line, 0, NULL, NULL},
	{"DocumentAdditionalExpenses", EDM_COLLECTION, NULL, &type_document_additional_expense, 0, NULL, NULL},
	{"DocumentReferences", EDM_COLLECTION, NULL, &type_document_reference, 0, NULL, NULL},
};

const StructType type_document = {"Document", document_property, MODEL_LENGTH(document_property)};

