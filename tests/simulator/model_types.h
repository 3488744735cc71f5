/*
 * model_types.h
 *		The structured types of the entity model, shared by its data files.
 */
#ifndef MODEL_TYPES_H
#define MODEL_TYPES_H

#include "model.h"

extern const StructType type_item_price;
extern const StructType type_item_cycle_count;
extern const StructType type_item_warehouse_info;
extern const StructType type_item_preferred_vendor;
extern const StructType type_item_unit_of_measurement;
extern const StructType type_item_bar_code;
extern const StructType type_item;
extern const StructType type_warehouse;
extern const StructType type_bin_location;
extern const StructType type_unit_of_measurement;
extern const StructType type_uo_m_group_definition;
extern const StructType type_unit_of_measurement_group;
extern const StructType type_batch_number_detail;
extern const StructType type_serial_number_detail;
extern const StructType type_price_list;
extern const StructType type_serial_number;
extern const StructType type_batch_number;
extern const StructType type_document_lines_bin_allocation;
extern const StructType type_document_line;
extern const StructType type_document_additional_expense;
extern const StructType type_document_reference;
extern const StructType type_document;
extern const StructType type_ccd_number;
extern const StructType type_stock_transfer_lines_bin_allocation;
extern const StructType type_stock_transfer_line;
extern const StructType type_stock_transfer;
extern const StructType type_team_counter;
extern const StructType type_individual_counter;
extern const StructType type_inventory_counting_line_uo_m;
extern const StructType type_inventory_counting_serial_number;
extern const StructType type_inventory_counting_batch_number;
extern const StructType type_inventory_counting_line;
extern const StructType type_inventory_counting_document_references;
extern const StructType type_inventory_counting;
extern const StructType type_inventory_posting_line_uo_m;
extern const StructType type_inventory_posting_serial_number;
extern const StructType type_inventory_posting_batch_number;
extern const StructType type_inventory_posting_ccd_number;
extern const StructType type_inventory_posting_line;
extern const StructType type_inventory_posting_document_references;
extern const StructType type_inventory_posting;
extern const StructType type_bp_address;
extern const StructType type_contact_employee;
extern const StructType type_bp_branch_assignment_item;
extern const StructType type_business_partner;
extern const StructType type_chart_of_account;
extern const StructType type_journal_entry_line;
extern const StructType type_journal_entry;

#endif
