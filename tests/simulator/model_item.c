/*
 * model_item.c
 *		Entity model: items with their warehouses and prices.
 *
 * Pure data: name, EDM type, enumeration, element type, flags, default value
 * in the database, name in version 1 where it differs.
 */
#include "model_types.h"

static const Property item_price_property[] = {
	{"PriceList", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"Price", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"Currency", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"AdditionalPrice1", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"AdditionalCurrency1", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"AdditionalPrice2", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"AdditionalCurrency2", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"BasePriceList", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"Factor", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
};

const StructType type_item_price = {"ItemPrice", item_price_property, MODEL_LENGTH(item_price_property)};

static const Property item_cycle_count_property[] = {
	{"CycleCode", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"Alert", EDM_ENUM, "BoYesNoEnum", NULL, 0, "N", NULL},
	{"NextCountingDate", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"AlertTime", EDM_TIME, NULL, NULL, 0, NULL, NULL},
	{"DestinationUser", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"WarehouseCode", EDM_STRING, NULL, NULL, 0, NULL, NULL},
};

const StructType type_item_cycle_count = {"ItemCycleCount", item_cycle_count_property, MODEL_LENGTH(item_cycle_count_property)};

static const Property item_warehouse_info_property[] = {
	{"MinimalStock", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"MaximalStock", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"MinimalOrder", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"StandardAveragePrice", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"Locked", EDM_ENUM, "BoYesNoEnum", NULL, 0, "N", NULL},
	{"InventoryAccount", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"CostAccount", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"TransferAccount", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"DecreasingAccount", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"IncreasingAccount", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"WarehouseCode", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"InStock", EDM_DOUBLE, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"Committed", EDM_DOUBLE, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"Ordered", EDM_DOUBLE, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"CountedQuantity", EDM_DOUBLE, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"WasCounted", EDM_ENUM, "BoYesNoEnum", NULL, PROP_READONLY, "N", NULL},
	{"UserSignature", EDM_INT, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"Counted", EDM_DOUBLE, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"NegativeInventoryAdjustmentAccount", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"GLDecreaseAcct", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"GLIncreaseAcct", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"StockInTransitAccount", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"InventoryOffsetProfitAndLossAccount", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"DefaultBin", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"DefaultBinEnforced", EDM_ENUM, "BoYesNoEnum", NULL, 0, "N", NULL},
	{"ItemCode", EDM_STRING, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"ItemCycleCounts", EDM_COLLECTION, NULL, &type_item_cycle_count, 0, NULL, NULL},
};

const StructType type_item_warehouse_info = {"ItemWarehouseInfo", item_warehouse_info_property, MODEL_LENGTH(item_warehouse_info_property)};

static const Property item_preferred_vendor_property[] = {
	{"BPCode", EDM_STRING, NULL, NULL, 0, NULL, NULL},
};

const StructType type_item_preferred_vendor = {"ItemPreferredVendor", item_preferred_vendor_property, MODEL_LENGTH(item_preferred_vendor_property)};

static const Property item_unit_of_measurement_property[] = {
	{"UoMType", EDM_ENUM, "ItemUoMTypeEnum", NULL, 0, "P", NULL},
	{"UoMEntry", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"DefaultBarcode", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"DefaultPackage", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"Length1", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"Length1Unit", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"Length2", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"Length2Unit", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"Width1", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"Width1Unit", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"Width2", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"Width2Unit", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"Height1", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"Height1Unit", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"Height2", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"Height2Unit", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"Volume", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"VolumeUnit", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"Weight1", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"Weight1Unit", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"Weight2", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"Weight2Unit", EDM_INT, NULL, NULL, 0, NULL, NULL},
};

const StructType type_item_unit_of_measurement = {"ItemUnitOfMeasurement", item_unit_of_measurement_property, MODEL_LENGTH(item_unit_of_measurement_property)};

static const Property item_bar_code_property[] = {
	{"AbsEntry", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"UoMEntry", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"Barcode", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"FreeText", EDM_STRING, NULL, NULL, 0, NULL, NULL},
};

const StructType type_item_bar_code = {"ItemBarCode", item_bar_code_property, MODEL_LENGTH(item_bar_code_property)};

static const Property item_property[] = {
	{"ItemCode", EDM_STRING, NULL, NULL, PROP_KEY, NULL, NULL},
	{"ItemName", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"ForeignName", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"ItemsGroupCode", EDM_INT, NULL, NULL, 0, "100", NULL},
	{"BarCode", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"PurchaseItem", EDM_ENUM, "BoYesNoEnum", NULL, 0, "Y", NULL},
	{"SalesItem", EDM_ENUM, "BoYesNoEnum", NULL, 0, "Y", NULL},
	{"InventoryItem", EDM_ENUM, "BoYesNoEnum", NULL, 0, "Y", NULL},
	{"Mainsupplier", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"SupplierCatalogNo", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"DesiredInventory", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"MinInventory", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"TreeType", EDM_ENUM, "BoItemTreeTypes", NULL, 0, "N", NULL},
	{"AssetItem", EDM_ENUM, "BoYesNoEnum", NULL, 0, "N", NULL},
	{"Manufacturer", EDM_INT, NULL, NULL, 0, "-1", NULL},
	{"QuantityOnStock", EDM_DOUBLE, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"QuantityOrderedFromVendors", EDM_DOUBLE, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"QuantityOrderedByCustomers", EDM_DOUBLE, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"ManageSerialNumbers", EDM_ENUM, "BoYesNoEnum", NULL, 0, "N", NULL},
	{"ManageBatchNumbers", EDM_ENUM, "BoYesNoEnum", NULL, 0, "N", NULL},
	{"Valid", EDM_ENUM, "BoYesNoEnum", NULL, 0, "N", NULL},
	{"ValidFrom", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"ValidTo", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"ValidRemarks", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Frozen", EDM_ENUM, "BoYesNoEnum", NULL, 0, "N", NULL},
	{"FrozenFrom", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"FrozenTo", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"FrozenRemarks", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"SalesUnit", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"SalesItemsPerUnit", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"PurchaseUnit", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"PurchaseItemsPerUnit", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"MovingAveragePrice", EDM_DOUBLE, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"AvgStdPrice", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"DefaultWarehouse", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"GLMethod", EDM_ENUM, "BoGLMethods", NULL, 0, "W", NULL},
	{"MaxInventory", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"ManageStockByWarehouse", EDM_ENUM, "BoYesNoEnum", NULL, 0, NULL, NULL},
	{"ForceSelectionOfSerialNumber", EDM_ENUM, "BoYesNoEnum", NULL, 0, "Y", NULL},
	{"ManageSerialNumbersOnReleaseOnly", EDM_ENUM, "BoYesNoEnum", NULL, 0, "N", NULL},
	{"CostAccountingMethod", EDM_ENUM, "BoInventorySystem", NULL, 0, NULL, NULL},
	{"SRIAndBatchManageMethod", EDM_ENUM, "BoManageMethod", NULL, 0, "R", NULL},
	{"IsPhantom", EDM_ENUM, "BoYesNoEnum", NULL, 0, "N", NULL},
	{"InventoryUOM", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"ItemType", EDM_ENUM, "ItemTypeEnum", NULL, 0, "I", NULL},
	{"ItemClass", EDM_ENUM, "ItemClassEnum", NULL, 0, "2", NULL},
	{"AutoCreateSerialNumbersOnRelease", EDM_ENUM, "BoYesNoEnum", NULL, 0, "N", NULL},
	{"Series", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"IssuePrimarilyBy", EDM_ENUM, "IssuePrimarilyByEnum", NULL, 0, NULL, NULL},
	{"UoMGroupEntry", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"InventoryUoMEntry", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"DefaultSalesUoMEntry", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"DefaultPurchasingUoMEntry", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"InventoryWeight", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"DefaultCountingUnit", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"CountingItemsPerUnit", EDM_DOUBLE, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"DefaultCountingUoMEntry", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"ProdStdCost", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"VirtualAssetItem", EDM_ENUM, "BoYesNoEnum", NULL, 0, "N", NULL},
	{"UpdateDate", EDM_DATE, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"UpdateTime", EDM_TIME, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"CreateDate", EDM_DATE, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"CreateTime", EDM_TIME, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"DataVersion", EDM_INT, NULL, NULL, PROP_READONLY | PROP_VERSION, NULL, NULL},
	{"ItemPrices", EDM_COLLECTION, NULL, &type_item_price, 0, NULL, NULL},
	{"ItemWarehouseInfoCollection", EDM_COLLECTION, NULL, &type_item_warehouse_info, 0, NULL, NULL},
	{"ItemPreferredVendors", EDM_COLLECTION, NULL, &type_item_preferred_vendor, 0, NULL, NULL},
	{"ItemUnitOfMeasurementCollection", EDM_COLLECTION, NULL, &type_item_unit_of_measurement, 0, NULL, NULL},
	{"ItemBarCodeCollection", EDM_COLLECTION, NULL, &type_item_bar_code, 0, NULL, NULL},
};

const StructType type_item = {"Item", item_property, MODEL_LENGTH(item_property)};

