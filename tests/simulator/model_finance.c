/*
 * model_finance.c
 *		Entity model: partners, accounts and the journal.
 *
 * Pure data: name, EDM type, enumeration, element type, flags, default value
 * in the database, name in version 1 where it differs.
 */
#include "model_types.h"

static const Property bp_address_property[] = {
	{"AddressName", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Street", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Block", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"ZipCode", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"City", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"County", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Country", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"State", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"FederalTaxID", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"TaxCode", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"BuildingFloorRoom", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"AddressType", EDM_ENUM, "BoAddressType", NULL, 0, "S", NULL},
	{"AddressName2", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"AddressName3", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"TypeOfAddress", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"StreetNo", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"BPCode", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"RowNum", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"GlobalLocationNumber", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Nationality", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"TaxOffice", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"GSTIN", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"GstType", EDM_ENUM, "BoGSTRegnTypeEnum", NULL, 0, NULL, NULL},
	{"CreateDate", EDM_DATE, NULL, NULL, PROP_READONLY, NULL, NULL},
};

const StructType type_bp_address = {"BPAddress", bp_address_property, MODEL_LENGTH(bp_address_property)};

static const Property contact_employee_property[] = {
	{"CardCode", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Name", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Position", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Address", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Phone1", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Phone2", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"MobilePhone", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Fax", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"E_Mail", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Pager", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Remarks1", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Remarks2", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Password", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"InternalCode", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"PlaceOfBirth", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"DateOfBirth", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"Gender", EDM_ENUM, "BoGenderTypes", NULL, 0, "E", NULL},
	{"Profession", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Title", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"CityOfBirth", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Active", EDM_ENUM, "BoYesNoEnum", NULL, 0, "Y", NULL},
	{"FirstName", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"MiddleName", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"LastName", EDM_STRING, NULL, NULL, 0, NULL, NULL},
};

const StructType type_contact_employee = {"ContactEmployee", contact_employee_property, MODEL_LENGTH(contact_employee_property)};

static const Property bp_branch_assignment_item_property[] = {
	{"BPCode", EDM_STRING, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"BPLID", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"DisabledForBP", EDM_ENUM, "BoYesNoEnum", NULL, 0, "N", NULL},
};

const StructType type_bp_branch_assignment_item = {"BPBranchAssignmentItem", bp_branch_assignment_item_property, MODEL_LENGTH(bp_branch_assignment_item_property)};

static const Property business_partner_property[] = {
	{"CardCode", EDM_STRING, NULL, NULL, PROP_KEY, NULL, NULL},
	{"CardName", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"CardType", EDM_ENUM, "BoCardTypes", NULL, 0, "C", NULL},
	{"GroupCode", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"PayTermsGrpCode", EDM_INT, NULL, NULL, 0, "-1", NULL},
	{"FederalTaxID", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"PriceListNum", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"Currency", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"DefaultBranch", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"CurrentAccountBalance", EDM_DOUBLE, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"VatGroup", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Valid", EDM_ENUM, "BoYesNoEnum", NULL, 0, "N", NULL},
	{"ValidFrom", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"ValidTo", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"Frozen", EDM_ENUM, "BoYesNoEnum", NULL, 0, "N", NULL},
	{"FrozenFrom", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"FrozenTo", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"Series", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"UpdateDate", EDM_DATE, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"UpdateTime", EDM_TIME, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"CreateDate", EDM_DATE, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"DataVersion", EDM_INT, NULL, NULL, PROP_READONLY | PROP_VERSION, NULL, NULL},
	{"BPAddresses", EDM_COLLECTION, NULL, &type_bp_address, 0, NULL, NULL},
	{"ContactEmployees", EDM_COLLECTION, NULL, &type_contact_employee, 0, NULL, NULL},
	{"BPBranchAssignment", EDM_COLLECTION, NULL, &type_bp_branch_assignment_item, 0, NULL, NULL},
};

const StructType type_business_partner = {"BusinessPartner", business_partner_property, MODEL_LENGTH(business_partner_property)};

static const Property chart_of_account_property[] = {
	{"Code", EDM_STRING, NULL, NULL, PROP_KEY, NULL, NULL},
	{"Name", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Balance", EDM_DOUBLE, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"CashAccount", EDM_ENUM, "BoYesNoEnum", NULL, 0, "N", NULL},
	{"ActiveAccount", EDM_ENUM, "BoYesNoEnum", NULL, 0, "Y", NULL},
	{"AccountLevel", EDM_INT, NULL, NULL, PROP_READONLY, "2", NULL},
	{"FatherAccountKey", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"ExternalCode", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"AccountType", EDM_ENUM, "BoAccountTypes", NULL, 0, "N", NULL},
	{"AcctCurrency", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"LockManualTransaction", EDM_ENUM, "BoYesNoEnum", NULL, 0, "N", NULL},
	{"FormatCode", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"BPLID", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"ValidFor", EDM_ENUM, "BoYesNoEnum", NULL, 0, "N", NULL},
	{"ValidFrom", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"ValidTo", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"FrozenFor", EDM_ENUM, "BoYesNoEnum", NULL, 0, "N", NULL},
	{"FrozenFrom", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"FrozenTo", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"BlockManualPosting", EDM_ENUM, "BoYesNoEnum", NULL, 0, "N", NULL},
};

const StructType type_chart_of_account = {"ChartOfAccount", chart_of_account_property, MODEL_LENGTH(chart_of_account_property)};

static const Property journal_entry_line_property[] = {
	{"Line_ID", EDM_INT, NULL, NULL, 0, "0", NULL},
	{"AccountCode", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Debit", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"Credit", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"FCDebit", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"FCCredit", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"FCCurrency", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"DueDate", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"ShortName", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"ContraAccount", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"LineMemo", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"ReferenceDate1", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"ReferenceDate2", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"Reference1", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Reference2", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"ProjectCode", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"CostingCode", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"TaxDate", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"BaseSum", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"TaxGroup", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"DebitSys", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"CreditSys", EDM_DOUBLE, NULL, NULL, 0, NULL, NULL},
	{"AdditionalReference", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"CostingCode2", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"ControlAccount", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"BPLID", EDM_INT, NULL, NULL, 0, NULL, NULL},
	{"BPLName", EDM_STRING, NULL, NULL, PROP_READONLY, NULL, NULL},
};

const StructType type_journal_entry_line = {"JournalEntryLine", journal_entry_line_property, MODEL_LENGTH(journal_entry_line_property)};

static const Property journal_entry_property[] = {
	{"ReferenceDate", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"Memo", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Reference", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"Reference2", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"TransactionCode", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"ProjectCode", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"TaxDate", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"JdtNum", EDM_INT, NULL, NULL, PROP_KEY | PROP_READONLY, NULL, NULL},
	{"UseAutoStorno", EDM_ENUM, "BoYesNoEnum", NULL, 0, "N", NULL},
	{"StornoDate", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"Series", EDM_INT, NULL, NULL, 0, "0", NULL},
	{"DueDate", EDM_DATE, NULL, NULL, 0, NULL, NULL},
	{"Number", EDM_INT, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"OriginalJournal", EDM_ENUM, "TransTypesEnum", NULL, PROP_READONLY, "-1", NULL},
	{"Original", EDM_INT, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"BaseReference", EDM_STRING, NULL, NULL, PROP_READONLY, NULL, NULL},
	{"Reference3", EDM_STRING, NULL, NULL, 0, NULL, NULL},
	{"JournalEntryLines", EDM_COLLECTION, NULL, &type_journal_entry_line, 0, NULL, NULL},
};

const StructType type_journal_entry = {"JournalEntry", journal_entry_property, MODEL_LENGTH(journal_entry_property)};

