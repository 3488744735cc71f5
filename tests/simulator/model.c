/*
 * model.c
 *		The entity sets, and look-up in the entity model.
 *
 * The property tables are data in model_*.c.  Here they are bound to entity
 * sets, with the object code, tables and behaviour of each (SL 6.1), and the
 * user-defined field and table are added when the company has them.
 */
#include <stdlib.h>
#include <string.h>

#include "model_types.h"

static const Property user_table_property[] = {
	{"Code", EDM_STRING, NULL, NULL, PROP_KEY, NULL, NULL},
	{"Name", EDM_STRING, NULL, NULL, 0, NULL, NULL},
};

static const StructType type_user_table = {"U_SB_POSTED", user_table_property, MODEL_LENGTH(user_table_property)};

static const Property key_field = {"U_SB_KEY", EDM_STRING, NULL, NULL, PROP_USER, NULL, NULL};

/* Document and StockTransfer, with the user field when it is installed. */
static StructType document_type;
static StructType transfer_type;

#define MARKETING "DocEntry"
#define LINES "DocumentLines"

static const EntitySet entity_set[] = {
	{"BatchNumberDetails", &type_batch_number_detail, "DocEntry", "OBTN", NULL, NULL, 10000044, EFFECT_NONE, SET_READONLY, {0}},
	{"BinLocations", &type_bin_location, "AbsEntry", "OBIN", NULL, NULL, 10000206, EFFECT_NONE, 0, {0}},
	{"BusinessPartners", &type_business_partner, "CardCode", "OCRD", NULL, NULL, 2, EFFECT_NONE, SET_ETAG, {0}},
	{"ChartOfAccounts", &type_chart_of_account, "Code", "OACT", NULL, NULL, 1, EFFECT_NONE, 0, {0}},
	{"CreditNotes", &document_type, MARKETING, "ORIN", "RIN1", LINES, 14, EFFECT_IN,
	SET_DOCUMENT | SET_ETAG | SET_SALES, {13, 16, 0, 0}},
	{"DeliveryNotes", &document_type, MARKETING, "ODLN", "DLN1", LINES, 15, EFFECT_OUT,
	SET_DOCUMENT | SET_ETAG | SET_SALES, {17, 0, 0, 0}},
	{"Drafts", &document_type, MARKETING, "ODRF", "DRF1", LINES, 112, EFFECT_NONE,
	SET_DOCUMENT | SET_ETAG | SET_DRAFT, {0}},
	{"GoodsReturnRequest", &document_type, MARKETING, "OPRR", "PRR1", LINES, 234000032, EFFECT_NONE,
	SET_DOCUMENT | SET_ETAG | SET_PURCHASE, {20, 18, 0, 0}},
	{"InventoryCountings", &type_inventory_counting, "DocumentEntry", "OINC", "INC1", "InventoryCountingLines",
	1470000065, EFFECT_COUNT, SET_DOCUMENT, {0}},
	{"InventoryGenEntries", &document_type, MARKETING, "OIGN", "IGN1", LINES, 59, EFFECT_IN,
	SET_DOCUMENT | SET_ETAG | SET_GENERAL, {0}},
	{"InventoryGenExits", &document_type, MARKETING, "OIGE", "IGE1", LINES, 60, EFFECT_OUT,
	SET_DOCUMENT | SET_ETAG | SET_GENERAL, {0}},
	{"InventoryPostings", &type_inventory_posting, "DocumentEntry", "OIQR", "IQR1", "InventoryPostingLines",
	10000071, EFFECT_POSTING, SET_DOCUMENT, {1470000065, 0, 0, 0}},
	{"InventoryTransferRequests", &transfer_type, MARKETING, "OWTQ", "WTQ1", "StockTransferLines",
	1250000001, EFFECT_REQUEST, SET_DOCUMENT, {0}},
	{"Invoices", &document_type, MARKETING, "OINV", "INV1", LINES, 13, EFFECT_OUT,
	SET_DOCUMENT | SET_ETAG | SET_SALES, {17, 15, 0, 0}},
	{"Items", &type_item, "ItemCode", "OITM", NULL, NULL, 4, EFFECT_NONE, SET_ETAG, {0}},
	{"JournalEntries", &type_journal_entry, "JdtNum", "OJDT", "JDT1", "JournalEntryLines", 30, EFFECT_NONE, 0, {0}},
	{"Orders", &document_type, MARKETING, "ORDR", "RDR1", LINES, 17, EFFECT_COMMIT,
	SET_DOCUMENT | SET_ETAG | SET_SALES, {0}},
	{"PriceLists", &type_price_list, "PriceListNo", "OPLN", NULL, NULL, 6, EFFECT_NONE, 0, {0}},
	{"PurchaseCreditNotes", &document_type, MARKETING, "ORPC", "RPC1", LINES, 19, EFFECT_OUT,
	SET_DOCUMENT | SET_ETAG | SET_PURCHASE, {18, 21, 0, 0}},
	{"PurchaseDeliveryNotes", &document_type, MARKETING, "OPDN", "PDN1", LINES, 20, EFFECT_IN,
	SET_DOCUMENT | SET_ETAG | SET_PURCHASE, {22, 0, 0, 0}},
	{"PurchaseInvoices", &document_type, MARKETING, "OPCH", "PCH1", LINES, 18, EFFECT_IN,
	SET_DOCUMENT | SET_ETAG | SET_PURCHASE, {22, 20, 0, 0}},
	{"PurchaseOrders", &document_type, MARKETING, "OPOR", "POR1", LINES, 22, EFFECT_ORDER,
	SET_DOCUMENT | SET_ETAG | SET_PURCHASE, {0}},
	{"PurchaseReturns", &document_type, MARKETING, "ORPD", "RPD1", LINES, 21, EFFECT_OUT,
	SET_DOCUMENT | SET_ETAG | SET_PURCHASE, {20, 234000032, 0, 0}},
	{"ReturnRequest", &document_type, MARKETING, "ORRR", "RRR1", LINES, 234000031, EFFECT_NONE,
	SET_DOCUMENT | SET_ETAG | SET_SALES, {15, 13, 0, 0}},
	{"Returns", &document_type, MARKETING, "ORDN", "RDN1", LINES, 16, EFFECT_IN,
	SET_DOCUMENT | SET_ETAG | SET_SALES, {15, 234000031, 0, 0}},
	{"SerialNumberDetails", &type_serial_number_detail, "DocEntry", "OSRN", NULL, NULL, 10000045, EFFECT_NONE, SET_READONLY, {0}},
	{"StockTransferDrafts", &transfer_type, MARKETING, "ODRF", "DRF1", "StockTransferLines", 1179, EFFECT_NONE,
	SET_DOCUMENT | SET_DRAFT, {0}},
	{"StockTransfers", &transfer_type, MARKETING, "OWTR", "WTR1", "StockTransferLines", 67, EFFECT_TRANSFER,
	SET_DOCUMENT, {1250000001, 0, 0, 0}},
	{"UnitOfMeasurementGroups", &type_unit_of_measurement_group, "AbsEntry", "OUGP", NULL, NULL, 10000197, EFFECT_NONE, 0, {0}},
	{"UnitOfMeasurements", &type_unit_of_measurement, "AbsEntry", "OUOM", NULL, NULL, 10000199, EFFECT_NONE, 0, {0}},
	{"Warehouses", &type_warehouse, "WarehouseCode", "OWHS", NULL, NULL, 64, EFFECT_NONE, 0, {0}},
	/* last, so that it can be left out */
	{"U_SB_POSTED", &type_user_table, "Code", "@SB_POSTED", NULL, NULL, 0, EFFECT_NONE, SET_USERTABLE, {0}},
};

static int	entity_set_count;

/* A copy of "base" with the key field appended when "header_udf". */
static StructType
with_user_field(const StructType *base, bool header_udf)
{
	StructType	type = *base;
	Property   *property;

	if (!header_udf)
		return type;
	property = malloc(sizeof(Property) * (base->property_count + 1));
	if (property == NULL)
		abort();
	memcpy(property, base->property, sizeof(Property) * base->property_count);
	property[base->property_count] = key_field;
	type.property = property;
	type.property_count++;
	return type;
}

void
model_configure(bool header_udf, bool user_table)
{
	document_type = with_user_field(&type_document, header_udf);
	transfer_type = with_user_field(&type_stock_transfer, header_udf);
	entity_set_count = (int) MODEL_LENGTH(entity_set) - (user_table ? 0 : 1);
}

const EntitySet *
model_sets(int *count)
{
	*count = entity_set_count;
	return entity_set;
}

const EntitySet *
model_find_set(const char *name)
{
	for (int i = 0; i < entity_set_count; i++)
		if (strcmp(entity_set[i].name, name) == 0)
			return &entity_set[i];
	return NULL;
}

const EntitySet *
model_find_object(long long object_code)
{
	for (int i = 0; i < entity_set_count; i++)
		if (object_code != 0 && entity_set[i].object_code == object_code)
			return &entity_set[i];
	return NULL;
}

const char *
model_property_name(const Property *property, int version)
{
	if (version == 1 && property->v1_name != NULL)
		return property->v1_name;
	return property->name;
}

const Property *
model_find_property(const StructType *type, const char *name, int version)
{
	for (size_t i = 0; i < type->property_count; i++)
		if (strcmp(model_property_name(&type->property[i], version), name) == 0)
			return &type->property[i];
	return NULL;
}

const EnumType *
model_find_enum(const char *name)
{
	for (int i = 0; i < model_enum_count; i++)
		if (strcmp(model_enum[i].name, name) == 0)
			return &model_enum[i];
	return NULL;
}

const char *
model_enum_value(const char *enumeration, const char *literal)
{
	const EnumType *type = model_find_enum(enumeration);

	if (type == NULL)
		return NULL;
	for (size_t i = 0; i < type->member_count; i++)
		if (strcmp(type->member[i].name, literal) == 0 ||
			strcmp(type->member[i].value, literal) == 0)
			return type->member[i].value;
	return NULL;
}

const char *
model_enum_member(const char *enumeration, const char *value)
{
	const EnumType *type = model_find_enum(enumeration);

	if (type == NULL)
		return value;
	for (size_t i = 0; i < type->member_count; i++)
		if (strcmp(type->member[i].value, value) == 0)
			return type->member[i].name;
	return value;
}
