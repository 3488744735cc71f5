/*
 * model_warehouse.c
 *		Entity model: warehouses, bins, units, batches, serial numbers and price lists.
 *
 * Pure data: name, EDM type, enumeration, element type, flags, default value
 * in the database, name in version 1 where it differs.
 */
#include "model_types.h"

static const Property warehouse_property[] = {
	{"Street", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"ZipCode", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"DecreasingAccount", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"ReturningAccount", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"ShippedGoodsAccount", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Location", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"ExpenseAccount", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"DecreaseGLAccount", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"RevenuesAccount", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"CostOfGoodsSold", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"WarehouseCode", EDM_STRING, NULL, NULL, PROP_KEY, NULL, NULL},
	{"City", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"PriceDifferencesAccount", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"VarianceAccount", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Country", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"IncreaseGLAccount", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"WarehouseName", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"DropShip", EDM_ENUM, "BoYesNoEnum", NULL, 0, "N", NULL},
	{"TransfersAcc", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"InternalKey", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"Nettable", EDM_ENUM, "BoYesNoEnum", NULL, 0, "Y", NULL},
	{"IncreasingAcc", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"GoodsClearingAcc", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"StockAccount", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"BusinessPlaceID", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"NegativeInventoryAdjustmentAccount", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"StockInTransitAccount", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"InventoryOffsetProfitAndLossAccount", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"ManageSerialAndBatchNumbers", EDM_ENUM, "BoYesNoEnum", NULL, 0, "N", NULL},
	{"EnableBinLocations", EDM_ENUM, "BoYesNoEnum", NULL, 0, "N", NULL},
	{"BinLocCodeSeparator", EDM_STRING, NULL, NULL, 0, "-", NULL},
	{"DefaultBin", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"DefaultBinEnforced", EDM_ENUM, "BoYesNoEnum", NULL, 0, "N", NULL},
	{"AutoAllocOnIssue", EDM_ENUM, "BoDocWhsAutoIssueMethod", NULL, 0, "0", NULL},
	{"EnableReceivingBinLocations", EDM_ENUM, "BoYesNoEnum", NULL, 0, "N", NULL},
	{"ReceivingBinLocationsBy", EDM_ENUM, "ReceivingBinLocationsMethodEnum", NULL, 0, "0", NULL},
	{"Inactive", EDM_ENUM, "BoYesNoEnum", NULL, 0, "N", NULL},
	{"RestrictReceiptToEmptyBinLocation", EDM_ENUM, "BoYesNoEnum", NULL, 0, "Y", NULL},
	{"ReceiveUpToMaxQuantity", EDM_ENUM, "BoYesNoEnum", NULL, 0, "N", NULL},
	{"AutoAllocOnReceipt", EDM_ENUM, "AutoAllocOnReceiptMethodEnum", NULL, 0, "0", NULL},
	{"ReceiveUpToMaxWeight", EDM_ENUM, "BoYesNoEnum", NULL, 0, "N", NULL},
	{"ReceiveUpToMethod", EDM_ENUM, "ReceivingUpToMethodEnum", NULL, 0, "0", NULL},
};

const StructType type_warehouse = {"Warehouse", warehouse_property, MODEL_LENGTH(warehouse_property)};

static const Property bin_location_property[] = {
	{"AbsEntry", EDM_INT, NULL, NULL, PROP_KEY | PROP_READONLY, NULL, NULL},
	{"Warehouse", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Sublevel1", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Sublevel2", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Sublevel3", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Sublevel4", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"BinCode", EDM_STRING, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"Inactive", EDM_ENUM, "BoYesNoEnum", NULL, 0, "N", NULL},
	{"Description", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"AlternativeSortCode", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"BarCode", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"RestrictedItemType", EDM_ENUM, "BinRestrictItemEnum", NULL, 0, "0", NULL},
	{"SpecificItem", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"SpecificItemGroup", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"BatchRestrictions", EDM_ENUM, "BinRestrictionBatchEnum", NULL, 0, "N", NULL},
	{"RestrictedTransType", EDM_ENUM, "BinRestrictTransactionEnum", NULL, 0, "0", NULL},
	{"RestrictionReason", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"MinimumQty", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"MaximumQty", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"IsSystemBin", EDM_ENUM, "BoYesNoEnum", NULL, PROP_READONLY, "N", NULL},
	{"ReceivingBinLocation", EDM_ENUM, "BoYesNoEnum", NULL, 0, "N", NULL},
	{"ExcludeAutoAllocOnIssue", EDM_ENUM, "BoYesNoEnum", NULL, 0, "N", NULL},
	{"MaximumWeight", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"RestrictedUoMType", EDM_ENUM, "BinRestrictUoMEnum", NULL, 0, "0", NULL},
};

const StructType type_bin_location = {"BinLocation", bin_location_property, MODEL_LENGTH(bin_location_property)};

static const Property unit_of_measurement_property[] = {
	{"AbsEntry", EDM_INT, NULL, NULL, PROP_KEY | PROP_READONLY, NULL, NULL},
	{"Code", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Name", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Volume", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"VolumeUnit", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"Weight1", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"Weight1Unit", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"InternationalSymbol", EDM_STRING, NULL, NULL, 0, NULL, NULL},
};

const StructType type_unit_of_measurement = {"UnitOfMeasurement", unit_of_measurement_property, MODEL_LENGTH(unit_of_measurement_property)};

static const Property uo_m_group_definition_property[] = {
	{"AlternateUoM", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"AlternateQuantity", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"BaseQuantity", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"WeightFactor", EDM_INT, NULL, NULL, 0, "0", NULL},
	{"UdfFactor", EDM_INT, NULL, NULL, 0, "-1", NULL},
	{"Active", EDM_ENUM, "BoYesNoEnum", NULL, 0, NULL, NULL},
};

const StructType type_uo_m_group_definition = {"UoMGroupDefinition", uo_m_group_definition_property, MODEL_LENGTH(uo_m_group_definition_property)};

static const Property unit_of_measurement_group_property[] = {
	{"AbsEntry", EDM_INT, NULL, NULL, PROP_KEY | PROP_READONLY, NULL, NULL},
	{"Code", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Name", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"BaseUoM", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"UoMGroupDefinitionCollection", EDM_COLLECTION, NULL, &type_uo_m_group_definition, 0, NULL, NULL},
};

const StructType type_unit_of_measurement_group = {"UnitOfMeasurementGroup", unit_of_measurement_group_property, MODEL_LENGTH(unit_of_measurement_group_property)};

static const Property batch_number_detail_property[] = {
	{"DocEntry", EDM_INT, NULL, NULL, PROP_KEY | PROP_READONLY, NULL, NULL},
	{"ItemCode", EDM_STRING, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"ItemDescription", EDM_STRING, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"Status", EDM_ENUM, "BatchDetailServiceStatusEnum", NULL, 0, "0", NULL},
	{"Batch", EDM_STRING, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"BatchAttribute1", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"BatchAttribute2", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"AdmissionDate", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"ManufacturingDate", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"ExpirationDate", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"Details", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"SystemNumber", EDM_INT, NULL, NULL, PROP_READONLY, NULL, NULL},
};

const StructType type_batch_number_detail = {"BatchNumberDetail", batch_number_detail_property, MODEL_LENGTH(batch_number_detail_property)};

static const Property serial_number_detail_property[] = {
	{"DocEntry", EDM_INT, NULL, NULL, PROP_KEY | PROP_READONLY, NULL, NULL},
	{"ItemCode", EDM_STRING, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"ItemDescription", EDM_STRING, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"MfrSerialNo", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"SerialNumber", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"LotNumber", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"SystemNumber", EDM_INT, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"AdmissionDate", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"ManufacturingDate", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"ExpirationDate", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"MfrWarrantyStart", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"MFrWarrantyEnd", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"Location", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Details", EDM_STRING, NULL, NULL, 0, NULL, NULL},
};

const StructType type_serial_number_detail = {"SerialNumberDetail", serial_number_detail_property, MODEL_LENGTH(serial_number_detail_property)};

static const Property price_list_property[] = {
	{"RoundingMethod", EDM_ENUM, "BoRoundingMethod", NULL, 0, "0", NULL},
	{"GroupNum", EDM_ENUM, "BoPriceListGroupNum", NULL, 0, "1", NULL},
	{"BasePriceList", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"Factor", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"PriceListNo", EDM_INT, NULL, NULL, PROP_KEY, NULL, NULL},
	{"PriceListName", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"IsGrossPrice", EDM_ENUM, "BoYesNoEnum", NULL, 0, "N", NULL},
	{"Active", EDM_ENUM, "BoYesNoEnum", NULL, 0, "Y", NULL},
	{"ValidFrom", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"ValidTo", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"DefaultPrimeCurrency", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"DefaultAdditionalCurrency1", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"DefaultAdditionalCurrency2", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"RoundingRule", EDM_ENUM, "BoRoundingRule", NULL, 0, "R", NULL},
	{"FixedAmount", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
};

const StructType type_price_list = {"PriceList", price_list_property, MODEL_LENGTH(price_list_property)};

