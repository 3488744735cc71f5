/*
 * seed_company.c
 *		First contents of the books: accounts, periods, partners, warehouses,
 *		units, price lists, and the opening balance of stock.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "config.h"
#include "journal.h"
#include "seed.h"

static bool
seed_accounts(Db *db)
{
	static const struct
	{
		const char *code;
		const char *name;
		const char *type;
		const char *active;
	}			account[] = {
		{"100000", "Assets", "N", "N"},
		{ACCOUNT_RECEIVABLE, "Trade receivables", "N", "Y"},
		{ACCOUNT_CLEARING, "Goods received not invoiced", "N", "Y"},
		{ACCOUNT_PAYABLE, "Trade payables", "N", "Y"},
		{ACCOUNT_OPENING, "Opening balance", "N", "Y"},
		{ACCOUNT_REVENUE, "Sales revenue", "I", "Y"},
		{ACCOUNT_COST, "Cost of goods sold", "E", "Y"},
		{ACCOUNT_DECREASE, "Stock decrease", "E", "Y"},
		{ACCOUNT_INCREASE, "Stock increase", "I", "Y"},
		{ACCOUNT_VARIANCE, "Stock counting differences", "E", "Y"},
	};

	for (size_t i = 0; i < MODEL_LENGTH(account); i++)
		if (!db_run(db, "INSERT INTO ChartOfAccounts (_rid, Code, Name, Balance, ActiveAccount, AccountType, AccountLevel,"
					" FormatCode, AcctCurrency) VALUES (?, ?, ?, 0, ?, ?, ?, ?, 'GBP')", "issssis",
					schema_scatter((int64_t) i + 1), account[i].code, account[i].name, account[i].active, account[i].type,
					(int64_t) (i == 0 ? 1 : 3), account[i].code))
			return false;
	return true;
}

/* One period a month, from two years back to the end of next year. */
static bool
seed_periods(Db *db)
{
	time_t		now = time(NULL);
	struct tm	today;

	gmtime_r(&now, &today);
	for (int month = 0; month < 48; month++)
	{
		int			year = today.tm_year + 1900 - 2 + month / 12;
		char		first[40];
		char		last[40];
		char		code[40];
		struct tm	end = {0};

		end.tm_year = year - 1900;
		end.tm_mon = month % 12 + 1;
		end.tm_mday = 0;
		timegm(&end);
		snprintf(first, sizeof(first), "%04d-%02d-01", year, month % 12 + 1);
		snprintf(last, sizeof(last), "%04d-%02d-%02d", year, month % 12 + 1, end.tm_mday);
		snprintf(code, sizeof(code), "%04d-%02d", year, month % 12 + 1);
		if (!db_run(db, "INSERT INTO period VALUES (?, ?, ?, ?, ?)", "ssisi", first, last,
					(int64_t) (config.closed_before != NULL && strcmp(last, config.closed_before) < 0), code, (int64_t) month + 1))
			return false;
	}
	return true;
}

static bool
seed_partners(Db *db)
{
	for (int i = 1; i <= 30; i++)
	{
		bool		supplier = i > 20;
		char		code[16];
		char		name[48];

		snprintf(code, sizeof(code), "%c%05d", supplier ? 'V' : 'C', supplier ? i - 20 : i);
		snprintf(name, sizeof(name), "%s %d", supplier ? "Supplier" : "Customer", supplier ? i - 20 : i);
		if (!db_run(db, "INSERT INTO BusinessPartners (_rid, CardCode, CardName, CardType, GroupCode, PriceListNum, Currency,"
					" CurrentAccountBalance, Valid, Frozen, Series, CreateDate, UpdateDate, UpdateTime)"
					" VALUES (?, ?, ?, ?, 100, ?, 'GBP', 0, ?, ?, 1, '2024-01-10', '2024-05-01', '10:15:00')", "isssiss",
					schema_scatter(i), code, name, supplier ? "S" : "C", (int64_t) (supplier ? 2 : 1),
					i == 19 ? "N" : "Y", i == 19 ? "Y" : "N"))
			return false;
	}
	return true;
}

static bool
seed_bins(Db *db, const char *warehouse)
{
	for (int64_t bin = 1; bin <= 3; bin++)
	{
		char		code[64];

		if (bin == 1)
			snprintf(code, sizeof(code), "%s-SYSTEM-BIN-LOCATION", warehouse);
		else
			snprintf(code, sizeof(code), "%s-R1-S%d", warehouse, (int) bin - 1);
		if (!db_run(db, "INSERT INTO BinLocations (_rid, AbsEntry, Warehouse, BinCode, IsSystemBin) VALUES (?, ?, ?, ?, ?)",
					"iisss", schema_scatter(bin), bin, warehouse, code, bin == 1 ? "Y" : "N"))
			return false;
	}
	return true;
}

/* 05 is inactive, 06 has bin locations; both exist only in larger companies. */
static bool
seed_warehouse(Db *db, int index)
{
	static const char *const city[] = {"London", "Leeds", "Bristol", "Cardiff", "Glasgow", "Derby", "York", "Bath"};
	char		code[16];
	char		name[48];
	char		account[24];

	seed_warehouse_code(index, code, sizeof(code));
	snprintf(name, sizeof(name), "%s warehouse %s", city[(index - 1) % 8], code);
	journal_stock_account(code, account, sizeof(account));
	if (!db_run(db, "INSERT INTO Warehouses (_rid, WarehouseCode, WarehouseName, City, Country, StockAccount, CostOfGoodsSold,"
				" DecreasingAccount, IncreasingAcc, GoodsClearingAcc, VarianceAccount, InternalKey, Inactive, EnableBinLocations)"
				" VALUES (?, ?, ?, ?, 'GB', ?, '" ACCOUNT_COST "', '" ACCOUNT_DECREASE "', '" ACCOUNT_INCREASE "', '"
				ACCOUNT_CLEARING "', '" ACCOUNT_VARIANCE "', ?, ?, ?)", "issssiss", schema_scatter(index), code, name,
				city[(index - 1) % 8], account, (int64_t) index, index == 5 ? "Y" : "N", index == 6 ? "Y" : "N"))
		return false;
	snprintf(name, sizeof(name), "Stock in warehouse %s", code);
	if (!db_run(db, "INSERT INTO ChartOfAccounts (_rid, Code, Name, Balance, ActiveAccount, AccountType, AccountLevel, FormatCode,"
				" AcctCurrency) VALUES (?, ?, ?, 0, 'Y', 'N', 3, ?, 'GBP')", "isss", schema_scatter(100 + index),
				account, name, account))
		return false;
	return index != 6 || seed_bins(db, code);
}

static bool
seed_units(Db *db)
{
	static const char *const unit[][2] = {{"pcs", "Pieces"}, {"kg", "Kilogram"}, {"box", "Box of twelve"}};

	for (int64_t i = 0; i < 3; i++)
		if (!db_run(db, "INSERT INTO UnitOfMeasurements (_rid, AbsEntry, Code, Name) VALUES (?, ?, ?, ?)", "iiss",
					schema_scatter(i + 1), i + 1, unit[i][0], unit[i][1]))
			return false;
	return db_run(db, "INSERT INTO UnitOfMeasurementGroups (_rid, AbsEntry, Code, Name, BaseUoM) VALUES"
				  " (1, -1, 'Manual', 'Manual', 1), (2, 1, 'PCS-BOX', 'Pieces and boxes', 1)", "") &&
		db_run(db, "INSERT INTO \"UnitOfMeasurementGroups/UoMGroupDefinitionCollection\" (_line, _seq, _parent, AlternateUoM,"
			   " AlternateQuantity, BaseQuantity) VALUES (0, 0, 1, 1, 1000000, 1000000), (0, 1, 1, 3, 1000000, 12000000)", "") &&
		db_run(db, "INSERT INTO PriceLists (_rid, PriceListNo, PriceListName, BasePriceList, Factor, Active) VALUES"
			   " (1, 1, 'Sales price', 1, 1000000, 'Y'), (2, 2, 'Purchase price', 2, 1000000, 'Y')", "");
}

bool
seed_company(Db *db)
{
	if (!seed_accounts(db) || !seed_periods(db) || !seed_partners(db) || !seed_units(db))
		return false;
	for (int w = 1; w <= config.warehouses; w++)
		if (!seed_warehouse(db, w))
			return false;
	return true;
}
