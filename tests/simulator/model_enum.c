/*
 * model_enum.c
 *		Enumerations of the entity model: member name, value in the database,
 *		value in the version 2 metadata document.
 *		Pure data: the books hold the database value, the wire the name.
 */
#include "model.h"

static const EnumMember auto_alloc_on_receipt_method_enum_member[] = {
	{"aaormDefaultBin", "0", 0},
	{"aaormItemCurrentAndHistoricalBins", "3", 1},
	{"aaormItemCurrentBins", "2", 2},
	{"aaormLastBinReceivedItem", "1", 3},
};

static const EnumMember batch_detail_service_status_enum_member[] = {
	{"bdsStatus_Released", "0", 0},
	{"bdsStatus_NotAccessible", "1", 1},
	{"bdsStatus_Locked", "2", 2},
};

static const EnumMember bin_action_type_enum_member[] = {
	{"batToWarehouse", "1", 1},
	{"batFromWarehouse", "2", 2},
};

static const EnumMember bin_restrict_item_enum_member[] = {
	{"briNone", "0", 0},
	{"briSpecificItem", "1", 1},
	{"briSingleItemOnly", "2", 2},
	{"briSpecificItemGroup", "3", 3},
	{"briSpecificItemGroupOnly", "4", 4},
};

static const EnumMember bin_restrict_transaction_enum_member[] = {
	{"brtNoRestrictions", "0", 0},
	{"brtAllTrans", "1", 1},
	{"brtInboundTrans", "2", 2},
	{"brtOutboundTrans", "3", 3},
	{"brtAllExceptInventoryTrans", "4", 4},
};

static const EnumMember bin_restrict_uo_m_enum_member[] = {
	{"bruNone", "0", 0},
	{"bruSpecificUoM", "1", 1},
	{"bruSingleUoMOnly", "2", 2},
	{"bruSpecificUoMGroup", "3", 3},
	{"bruSpecificUoMGroupOnly", "4", 4},
};

static const EnumMember bin_restriction_batch_enum_member[] = {
	{"brbNoRestrictions", "N", 0},
	{"brbSingleBatch", "Y", 1},
};

static const EnumMember bo_account_types_member[] = {
	{"at_Revenues", "I", 0},
	{"at_Expenses", "E", 1},
	{"at_Other", "N", 2},
};

static const EnumMember bo_ad_epns_distrib_methods_member[] = {
	{"aedm_None", "N", 0},
	{"aedm_Quantity", "Q", 1},
	{"aedm_Volume", "V", 2},
	{"aedm_Weight", "W", 3},
	{"aedm_Equally", "E", 4},
	{"aedm_RowTotal", "T", 5},
};

static const EnumMember bo_ad_epns_tax_types_member[] = {
	{"aext_NormalTax", "Y", 0},
	{"aext_NoTax", "N", 1},
	{"aext_UseTax", "U", 2},
};

static const EnumMember bo_address_type_member[] = {
	{"bo_ShipTo", "S", 0},
	{"bo_BillTo", "B", 1},
};

static const EnumMember bo_card_types_member[] = {
	{"cCustomer", "C", 0},
	{"cSupplier", "S", 1},
	{"cLid", "L", 2},
};

static const EnumMember bo_doc_item_type_member[] = {
	{"dit_Item", "4", 0},
	{"dit_Resource", "290", 1},
};

static const EnumMember bo_doc_line_type_member[] = {
	{"dlt_Regular", "R", 0},
	{"dlt_Alternative", "A", 1},
};

static const EnumMember bo_doc_whs_auto_issue_method_member[] = {
	{"whsBinSingleChoiceOnly", "0", 0},
	{"whsBinBinCodeOrder", "1", 1},
	{"whsBinAltSortCodeOrder", "2", 2},
	{"whsBinQtyDescendingOrder", "3", 3},
	{"whsBinQtyAscendingOrder", "4", 4},
	{"whsBinFIFO", "5", 5},
	{"whsBinLIFO", "6", 6},
	{"whsBinSingleBinPreferred", "7", 7},
};

static const EnumMember bo_document_sub_type_member[] = {
	{"bod_None", "--", 0},
	{"bod_InvoiceExempt", "IE", 1},
	{"bod_DebitMemo", "DN", 2},
	{"bod_Bill", "IB", 3},
	{"bod_ExemptBill", "EB", 4},
	{"bod_PurchaseDebitMemo", "DM", 5},
	{"bod_ExportInvoice", "IX", 6},
	{"bod_GSTTaxInvoice", "GA", 7},
	{"bod_GSTDebitMemo", "GD", 8},
	{"bod_RefundVoucher", "RV", 9},
};

static const EnumMember bo_document_types_member[] = {
	{"dDocument_Items", "I", 0},
	{"dDocument_Service", "S", 1},
};

static const EnumMember bo_gl_methods_member[] = {
	{"glm_WH", "W", 0},
	{"glm_ItemClass", "C", 1},
	{"glm_ItemLevel", "L", 2},
};

static const EnumMember bo_gst_regn_type_enum_member[] = {
	{"invalid", "0", 0},
	{"gstRegularTDSISD", "1", 1},
	{"gstCasualTaxablePerson", "2", 2},
	{"gstCompositionLevy", "3", 3},
	{"gstGoverDepartPSU", "4", 4},
	{"gstNonResidentTaxablePerson", "5", 5},
	{"gstUNAgencyEmbassy", "6", 6},
};

static const EnumMember bo_gender_types_member[] = {
	{"gt_Female", "F", 0},
	{"gt_Male", "M", 1},
	{"gt_Undefined", "E", 2},
	{"gt_Masked", "*", 3},
};

static const EnumMember bo_inventory_system_member[] = {
	{"bis_MovingAverage", "A", 0},
	{"bis_Standard", "S", 1},
	{"bis_FIFO", "F", 2},
	{"bis_SNB", "B", 3},
};

static const EnumMember bo_item_tree_types_member[] = {
	{"iNotATree", "N", 0},
	{"iAssemblyTree", "A", 1},
	{"iSalesTree", "S", 2},
	{"iProductionTree", "P", 3},
	{"iTemplateTree", "T", 4},
	{"iIngredient", "I", 5},
};

static const EnumMember bo_manage_method_member[] = {
	{"bomm_OnEveryTransaction", "A", 0},
	{"bomm_OnReleaseOnly", "R", 1},
};

static const EnumMember bo_object_types_member[] = {
	{"oChartOfAccounts", "1", 1},
	{"oBusinessPartners", "2", 2},
	{"oBanks", "3", 3},
	{"oItems", "4", 4},
	{"oVatGroups", "5", 5},
	{"oPriceLists", "6", 6},
	{"oSpecialPrices", "7", 7},
	{"oItemProperties", "8", 8},
	{"oBusinessPartnerGroups", "10", 10},
	{"oUsers", "12", 12},
	{"oInvoices", "13", 13},
	{"oCreditNotes", "14", 14},
	{"oDeliveryNotes", "15", 15},
	{"oReturns", "16", 16},
	{"oOrders", "17", 17},
	{"oPurchaseInvoices", "18", 18},
	{"oPurchaseCreditNotes", "19", 19},
	{"oPurchaseDeliveryNotes", "20", 20},
	{"oPurchaseReturns", "21", 21},
	{"oPurchaseOrders", "22", 22},
	{"oQuotations", "23", 23},
	{"oIncomingPayments", "24", 24},
	{"oJournalVouchers", "28", 28},
	{"oJournalEntries", "30", 30},
	{"oStockTakings", "31", 31},
	{"oContacts", "33", 33},
	{"oCreditCards", "36", 36},
	{"oCurrencyCodes", "37", 37},
	{"oPaymentTermsTypes", "40", 40},
	{"oBankPages", "42", 42},
	{"oManufacturers", "43", 43},
	{"oVendorPayments", "46", 46},
	{"oLandedCostsCodes", "48", 48},
	{"oShippingTypes", "49", 49},
	{"oLengthMeasures", "50", 50},
	{"oWeightMeasures", "51", 51},
	{"oItemGroups", "52", 52},
	{"oSalesPersons", "53", 53},
	{"oCustomsGroups", "56", 56},
	{"oChecksforPayment", "57", 57},
	{"oInventoryGenEntry", "59", 59},
	{"oInventoryGenExit", "60", 60},
	{"oWarehouses", "64", 64},
	{"oCommissionGroups", "65", 65},
	{"oProductTrees", "66", 66},
	{"oStockTransfer", "67", 67},
	{"oWorkOrders", "68", 68},
	{"oCreditPaymentMethods", "70", 70},
	{"oCreditCardPayments", "71", 71},
	{"oAlternateCatNum", "73", 73},
	{"oBudget", "77", 77},
	{"oBudgetDistribution", "78", 78},
	{"oMessages", "81", 81},
	{"oBudgetScenarios", "91", 91},
	{"oUserDefaultGroups", "93", 93},
	{"oSalesOpportunities", "97", 97},
	{"oSalesStages", "101", 101},
	{"oActivityTypes", "103", 103},
	{"oActivityLocations", "104", 104},
	{"oDrafts", "112", 112},
	{"oDeductionTaxHierarchies", "116", 116},
	{"oDeductionTaxGroups", "117", 117},
	{"oAdditionalExpenses", "125", 125},
	{"oSalesTaxAuthorities", "126", 126},
	{"oSalesTaxAuthoritiesTypes", "127", 127},
	{"oSalesTaxCodes", "128", 128},
	{"oQueryCategories", "134", 134},
	{"oFactoringIndicators", "138", 138},
	{"oPaymentsDrafts", "140", 140},
	{"oAccountSegmentations", "142", 142},
	{"oAccountSegmentationCategories", "143", 143},
	{"oWarehouseLocations", "144", 144},
	{"oForms1099", "145", 145},
	{"oInventoryCycles", "146", 146},
	{"oWizardPaymentMethods", "147", 147},
	{"oBPPriorities", "150", 150},
	{"oDunningLetters", "151", 151},
	{"oUserFields", "152", 152},
	{"oUserTables", "153", 153},
	{"oPickLists", "156", 156},
	{"oPaymentRunExport", "158", 158},
	{"oUserQueries", "160", 160},
	{"oMaterialRevaluation", "162", 162},
	{"oCorrectionPurchaseInvoice", "163", 163},
	{"oCorrectionPurchaseInvoiceReversal", "164", 164},
	{"oCorrectionInvoice", "165", 165},
	{"oCorrectionInvoiceReversal", "166", 166},
	{"oContractTemplates", "170", 170},
	{"oEmployeesInfo", "171", 171},
	{"oCustomerEquipmentCards", "176", 176},
	{"oWithholdingTaxCodes", "178", 178},
	{"oBillOfExchangeTransactions", "182", 182},
	{"oKnowledgeBaseSolutions", "189", 189},
	{"oServiceContracts", "190", 190},
	{"oServiceCalls", "191", 191},
	{"oUserKeys", "193", 193},
	{"oQueue", "194", 194},
	{"oSalesForecast", "198", 198},
	{"oTerritories", "200", 200},
	{"oIndustries", "201", 201},
	{"oProductionOrders", "202", 202},
	{"oDownPayments", "203", 203},
	{"oPurchaseDownPayments", "204", 204},
	{"oPackagesTypes", "205", 205},
	{"oUserObjectsMD", "206", 206},
	{"oTeams", "211", 211},
	{"oRelationships", "212", 212},
	{"oUserPermissionTree", "214", 214},
	{"oActivityStatus", "217", 217},
	{"oChooseFromList", "218", 218},
	{"oFormattedSearches", "219", 219},
	{"oAttachments2", "221", 221},
	{"oUserLanguages", "223", 223},
	{"oMultiLanguageTranslations", "224", 224},
	{"oDynamicSystemStrings", "229", 229},
	{"oHouseBankAccounts", "231", 231},
	{"oBusinessPlaces", "247", 247},
	{"oLocalEra", "250", 250},
	{"oNotaFiscalCFOP", "258", 258},
	{"oNotaFiscalCST", "259", 259},
	{"oNotaFiscalUsage", "260", 260},
	{"oClosingDateProcedure", "261", 261},
	{"oBPFiscalRegistryID", "278", 278},
	{"oSalesTaxInvoice", "280", 280},
	{"oPurchaseTaxInvoice", "281", 281},
	{"oPurchaseQuotations", "540000006", 540000006},
	{"oStockTransferDraft", "1179", 1179},
	{"oInventoryTransferRequest", "1250000001", 1250000001},
	{"oPurchaseRequest", "1470000113", 1470000113},
	{"oReturnRequest", "234000031", 234000031},
	{"oGoodsReturnRequest", "234000032", 234000032},
	{"oSelfInvoice", "254000065", 254000065},
	{"oSelfCreditMemo", "254000066", 254000066},
};

static const EnumMember bo_price_list_group_num_member[] = {
	{"boplgn_Group1", "0", 0},
	{"boplgn_Group2", "1", 1},
	{"boplgn_Group3", "2", 2},
	{"boplgn_Group4", "3", 3},
};

static const EnumMember bo_rounding_method_member[] = {
	{"borm_FixedEnding", "4", 0},
	{"borm_FixedInterval", "5", 1},
	{"borm_NoRounding", "0", 2},
	{"borm_RoundToFullAmount", "2", 3},
	{"borm_RoundToFullDecAmount", "1", 4},
	{"borm_RoundToFullTensAmount", "3", 5},
};

static const EnumMember bo_rounding_rule_member[] = {
	{"borrRoundDown", "F", 0},
	{"borrRoundOff", "R", 1},
	{"borrRoundUp", "C", 2},
};

static const EnumMember bo_status_member[] = {
	{"bost_Open", "O", 0},
	{"bost_Close", "C", 1},
	{"bost_Paid", "P", 2},
	{"bost_Delivered", "D", 3},
};

static const EnumMember bo_transaction_type_enum_member[] = {
	{"botrntComplete", "C", 0},
	{"botrntReject", "R", 1},
};

static const EnumMember bo_yes_no_enum_member[] = {
	{"tNO", "N", 0},
	{"tYES", "Y", 1},
};

static const EnumMember cancel_status_enum_member[] = {
	{"csYes", "Y", 0},
	{"csNo", "N", 1},
	{"csCancellation", "C", 2},
};

static const EnumMember closing_option_enum_member[] = {
	{"coByCurrentSystemDate", "1", 1},
	{"coByOriginalDocumentDate", "2", 2},
	{"coBySpecifiedDate", "3", 3},
};

static const EnumMember counter_type_enum_member[] = {
	{"ctUser", "12", 0},
	{"ctEmployee", "171", 1},
};

static const EnumMember counting_document_status_enum_member[] = {
	{"cdsOpen", "O", 0},
	{"cdsClosed", "C", 1},
};

static const EnumMember counting_line_status_enum_member[] = {
	{"clsOpen", "O", 0},
	{"clsClosed", "C", 1},
};

static const EnumMember counting_type_enum_member[] = {
	{"ctSingleCounter", "1", 0},
	{"ctMultipleCounters", "2", 1},
};

static const EnumMember document_authorization_status_enum_member[] = {
	{"dasWithout", "-", 0},
	{"dasPending", "W", 1},
	{"dasApproved", "Y", 2},
	{"dasRejected", "N", 3},
	{"dasGenerated", "P", 4},
	{"dasGeneratedbyAuthorizer", "A", 5},
	{"dasCancelled", "C", 6},
};

static const EnumMember inv_base_doc_type_enum_member[] = {
	{"Default", "-1", 0},
	{"Empty", "0", 1},
	{"PurchaseDeliveryNotes", "20", 2},
	{"InventoryGeneralEntry", "59", 3},
	{"WarehouseTransfers", "67", 4},
	{"InventoryTransferRequest", "1250000001", 5},
};

static const EnumMember inventory_posting_price_source_enum_member[] = {
	{"ippsByPriceList", "1", 0},
	{"ippsLastEvaluatedPrice", "2", 1},
	{"ippsItemCost", "3", 2},
};

static const EnumMember issue_primarily_by_enum_member[] = {
	{"ipbSerialAndBatchNumbers", "0", 0},
	{"ipbBinLocations", "1", 1},
};

static const EnumMember item_class_enum_member[] = {
	{"itcService", "1", 1},
	{"itcMaterial", "2", 2},
};

static const EnumMember item_type_enum_member[] = {
	{"itItems", "I", 0},
	{"itLabor", "L", 1},
	{"itTravel", "T", 2},
	{"itFixedAssets", "F", 3},
};

static const EnumMember item_uo_m_type_enum_member[] = {
	{"iutPurchasing", "P", 0},
	{"iutSales", "S", 1},
	{"iutInventory", "I", 2},
};

static const EnumMember link_reference_type_enum_member[] = {
	{"lrt_00", "0", 0},
	{"lrt_01", "1", 1},
	{"lrt_02", "2", 2},
	{"lrt_03", "3", 3},
	{"lrt_04", "4", 4},
	{"lrt_05", "5", 5},
	{"lrt_06", "6", 6},
	{"lrt_07", "7", 7},
	{"lrt_08", "8", 8},
	{"lrt_MX_08", "9", 9},
	{"lrt_MX_09", "10", 10},
};

static const EnumMember multiple_counter_role_enum_member[] = {
	{"mcrTeamCounter", "T", 0},
	{"mcrIndividualCounter", "I", 1},
};

static const EnumMember receiving_bin_locations_method_enum_member[] = {
	{"rblmBinLocationCodeOrder", "0", 0},
	{"rblmAlternativeSortCodeOrder", "1", 1},
};

static const EnumMember receiving_up_to_method_enum_member[] = {
	{"rutmBothMaxQtyAndWeight", "2", 0},
	{"rutmMaximumQty", "0", 1},
	{"rutmMaximumWeight", "1", 2},
};

static const EnumMember referenced_object_type_enum_member[] = {
	{"rot_ExternalDocument", "-1", -1},
	{"rot_SalesQuotation", "23", 23},
	{"rot_SalesOrder", "17", 17},
	{"rot_DeliveryNotes", "15", 15},
	{"rot_ReturnRequest", "234000031", 234000031},
	{"rot_Return", "16", 16},
	{"rot_DownPaymentIncoming", "203", 203},
	{"rot_SalesInvoice", "13", 13},
	{"rot_SalesCreditNote", "14", 14},
	{"rot_CorrectionSalesInvoice", "165", 165},
	{"rot_SalesTaxInvoice", "280", 280},
	{"rot_PurchaseQuotation", "540000006", 540000006},
	{"rot_PurchaseOrder", "22", 22},
	{"rot_GoodsReceiptPO", "20", 20},
	{"rot_GoodsReturnRequest", "234000032", 234000032},
	{"rot_GoodsReturn", "21", 21},
	{"rot_DownPaymentOutgoing", "204", 204},
	{"rot_PurchaseInvoice", "18", 18},
	{"rot_PurchaseCreditNote", "19", 19},
	{"rot_CorrectionPurchaseInvoice", "163", 163},
	{"rot_PurchaseTaxInvoice", "281", 281},
	{"rot_LandedCosts", "69", 69},
	{"rot_IncomingPayments", "24", 24},
	{"rot_JournalEntry", "30", 30},
	{"rot_ProductionOrder", "202", 202},
	{"rot_InternalReconciliation", "321", 321},
	{"rot_OriginalInvoice", "13001", 13001},
	{"rot_OriginalARDownPayment", "20301", 20301},
	{"rot_PurchaseRequest", "1470000113", 1470000113},
	{"rot_GoodsReceipt", "59", 59},
	{"rot_GoodsIssue", "60", 60},
	{"rot_InventoryTransferRequest", "1250000001", 1250000001},
	{"rot_InventoryTransfer", "67", 67},
	{"rot_ChecksforPayment", "57", 57},
	{"rot_MaterialRevaluation", "162", 162},
	{"rot_InventoryCounting", "1470000065", 1470000065},
	{"rot_InventoryPosting", "10000071", 10000071},
	{"rot_OutgoingPayments", "46", 46},
};

static const EnumMember stock_transfer_authorization_status_enum_member[] = {
	{"sasWithout", "-", 0},
	{"sasPending", "W", 1},
	{"sasApproved", "Y", 2},
	{"sasRejected", "N", 3},
	{"sasGenerated", "P", 4},
	{"sasGeneratedbyAuthorizer", "A", 5},
	{"sasCancelled", "C", 6},
};

static const EnumMember trans_types_enum_member[] = {
	{"ttAllTransactions", "-1", 0},
	{"ttOpeningBalance", "-2", 1},
	{"ttClosingBalance", "-3", 2},
	{"ttARInvoice", "13", 3},
	{"ttARCredItnote", "14", 4},
	{"ttDelivery", "15", 5},
	{"ttReturn", "16", 6},
	{"ttAPInvoice", "18", 7},
	{"ttAPCreditNote", "19", 8},
	{"ttPurchaseDeliveryNote", "20", 9},
	{"ttPurchaseReturn", "21", 10},
	{"ttReceipt", "24", 11},
	{"ttDeposit", "25", 12},
	{"ttJournalEntry", "30", 13},
	{"ttVendorPayment", "46", 14},
	{"ttChequesForPayment", "57", 15},
	{"ttStockList", "58", 16},
	{"ttGeneralReceiptToStock", "59", 17},
	{"ttGeneralReleaseFromStock", "60", 18},
	{"ttTransferBetweenWarehouses", "67", 19},
	{"ttWorkInstructions", "68", 20},
	{"ttLandedCosts", "69", 21},
	{"ttDeferredDeposit", "76", 22},
	{"ttCorrectionInvoice", "132", 23},
	{"ttInventoryValuation", "162", 24},
	{"ttAPCorrectionInvoice", "163", 25},
	{"ttAPCorrectionInvoiceReversal", "164", 26},
	{"ttARCorrectionInvoice", "165", 27},
	{"ttARCorrectionInvoiceReversal", "166", 28},
	{"ttBoETransaction", "182", 29},
	{"ttProductionOrder", "202", 30},
	{"ttDownPayment", "203", 31},
	{"ttPurchaseDownPayment", "204", 32},
	{"ttInternalReconciliation", "321", 33},
	{"ttInventoryPosting", "34", 34},
	{"ttInventoryOpeningBalance", "35", 35},
};

const EnumType model_enum[] = {
	{"AutoAllocOnReceiptMethodEnum", auto_alloc_on_receipt_method_enum_member, MODEL_LENGTH(auto_alloc_on_receipt_method_enum_member)},
	{"BatchDetailServiceStatusEnum", batch_detail_service_status_enum_member, MODEL_LENGTH(batch_detail_service_status_enum_member)},
	{"BinActionTypeEnum", bin_action_type_enum_member, MODEL_LENGTH(bin_action_type_enum_member)},
	{"BinRestrictItemEnum", bin_restrict_item_enum_member, MODEL_LENGTH(bin_restrict_item_enum_member)},
	{"BinRestrictTransactionEnum", bin_restrict_transaction_enum_member, MODEL_LENGTH(bin_restrict_transaction_enum_member)},
	{"BinRestrictUoMEnum", bin_restrict_uo_m_enum_member, MODEL_LENGTH(bin_restrict_uo_m_enum_member)},
	{"BinRestrictionBatchEnum", bin_restriction_batch_enum_member, MODEL_LENGTH(bin_restriction_batch_enum_member)},
	{"BoAccountTypes", bo_account_types_member, MODEL_LENGTH(bo_account_types_member)},
	{"BoAdEpnsDistribMethods", bo_ad_epns_distrib_methods_member, MODEL_LENGTH(bo_ad_epns_distrib_methods_member)},
	{"BoAdEpnsTaxTypes", bo_ad_epns_tax_types_member, MODEL_LENGTH(bo_ad_epns_tax_types_member)},
	{"BoAddressType", bo_address_type_member, MODEL_LENGTH(bo_address_type_member)},
	{"BoCardTypes", bo_card_types_member, MODEL_LENGTH(bo_card_types_member)},
	{"BoDocItemType", bo_doc_item_type_member, MODEL_LENGTH(bo_doc_item_type_member)},
	{"BoDocLineType", bo_doc_line_type_member, MODEL_LENGTH(bo_doc_line_type_member)},
	{"BoDocWhsAutoIssueMethod", bo_doc_whs_auto_issue_method_member, MODEL_LENGTH(bo_doc_whs_auto_issue_method_member)},
	{"BoDocumentSubType", bo_document_sub_type_member, MODEL_LENGTH(bo_document_sub_type_member)},
	{"BoDocumentTypes", bo_document_types_member, MODEL_LENGTH(bo_document_types_member)},
	{"BoGLMethods", bo_gl_methods_member, MODEL_LENGTH(bo_gl_methods_member)},
	{"BoGSTRegnTypeEnum", bo_gst_regn_type_enum_member, MODEL_LENGTH(bo_gst_regn_type_enum_member)},
	{"BoGenderTypes", bo_gender_types_member, MODEL_LENGTH(bo_gender_types_member)},
	{"BoInventorySystem", bo_inventory_system_member, MODEL_LENGTH(bo_inventory_system_member)},
	{"BoItemTreeTypes", bo_item_tree_types_member, MODEL_LENGTH(bo_item_tree_types_member)},
	{"BoManageMethod", bo_manage_method_member, MODEL_LENGTH(bo_manage_method_member)},
	{"BoObjectTypes", bo_object_types_member, MODEL_LENGTH(bo_object_types_member)},
	{"BoPriceListGroupNum", bo_price_list_group_num_member, MODEL_LENGTH(bo_price_list_group_num_member)},
	{"BoRoundingMethod", bo_rounding_method_member, MODEL_LENGTH(bo_rounding_method_member)},
	{"BoRoundingRule", bo_rounding_rule_member, MODEL_LENGTH(bo_rounding_rule_member)},
	{"BoStatus", bo_status_member, MODEL_LENGTH(bo_status_member)},
	{"BoTransactionTypeEnum", bo_transaction_type_enum_member, MODEL_LENGTH(bo_transaction_type_enum_member)},
	{"BoYesNoEnum", bo_yes_no_enum_member, MODEL_LENGTH(bo_yes_no_enum_member)},
	{"CancelStatusEnum", cancel_status_enum_member, MODEL_LENGTH(cancel_status_enum_member)},
	{"ClosingOptionEnum", closing_option_enum_member, MODEL_LENGTH(closing_option_enum_member)},
	{"CounterTypeEnum", counter_type_enum_member, MODEL_LENGTH(counter_type_enum_member)},
	{"CountingDocumentStatusEnum", counting_document_status_enum_member, MODEL_LENGTH(counting_document_status_enum_member)},
	{"CountingLineStatusEnum", counting_line_status_enum_member, MODEL_LENGTH(counting_line_status_enum_member)},
	{"CountingTypeEnum", counting_type_enum_member, MODEL_LENGTH(counting_type_enum_member)},
	{"DocumentAuthorizationStatusEnum", document_authorization_status_enum_member, MODEL_LENGTH(document_authorization_status_enum_member)},
	{"InvBaseDocTypeEnum", inv_base_doc_type_enum_member, MODEL_LENGTH(inv_base_doc_type_enum_member)},
	{"InventoryPostingPriceSourceEnum", inventory_posting_price_source_enum_member, MODEL_LENGTH(inventory_posting_price_source_enum_member)},
	{"IssuePrimarilyByEnum", issue_primarily_by_enum_member, MODEL_LENGTH(issue_primarily_by_enum_member)},
	{"ItemClassEnum", item_class_enum_member, MODEL_LENGTH(item_class_enum_member)},
	{"ItemTypeEnum", item_type_enum_member, MODEL_LENGTH(item_type_enum_member)},
	{"ItemUoMTypeEnum", item_uo_m_type_enum_member, MODEL_LENGTH(item_uo_m_type_enum_member)},
	{"LinkReferenceTypeEnum", link_reference_type_enum_member, MODEL_LENGTH(link_reference_type_enum_member)},
	{"MultipleCounterRoleEnum", multiple_counter_role_enum_member, MODEL_LENGTH(multiple_counter_role_enum_member)},
	{"ReceivingBinLocationsMethodEnum", receiving_bin_locations_method_enum_member, MODEL_LENGTH(receiving_bin_locations_method_enum_member)},
	{"ReceivingUpToMethodEnum", receiving_up_to_method_enum_member, MODEL_LENGTH(receiving_up_to_method_enum_member)},
	{"ReferencedObjectTypeEnum", referenced_object_type_enum_member, MODEL_LENGTH(referenced_object_type_enum_member)},
	{"StockTransferAuthorizationStatusEnum", stock_transfer_authorization_status_enum_member, MODEL_LENGTH(stock_transfer_authorization_status_enum_member)},
	{"TransTypesEnum", trans_types_enum_member, MODEL_LENGTH(trans_types_enum_member)},
};

const int model_enum_count = (int) MODEL_LENGTH(model_enum);
