/*
 * journal.c
 *		Journal entries of stock documents.
 *
 * Runs inside the transaction of the document.  Each warehouse has a stock
 * account of its own, so that stock value and ledger can be tied out by
 * warehouse.
 */
#include <stdio.h>
#include <string.h>

#include "journal.h"

void
journal_stock_account(const char *warehouse, char *account, size_t size)
{
	snprintf(account, size, "1311%s", warehouse);
}

static void
add_side(Journal *journal, const char *account, int64_t amount)
{
	int			i = 0;

	while (i < journal->count && strcmp(journal->line[i].account, account) != 0)
		i++;
	if (i == JOURNAL_LINES)
	{
		journal->overflow = true;
		return;
	}
	if (i == journal->count)
		snprintf(journal->line[journal->count++].account, sizeof(journal->line[0].account), "%s", account);
	journal->line[i].amount += amount;
}

void
journal_add(Journal *journal, const char *debit, const char *credit, int64_t amount)
{
	add_side(journal, debit, amount);
	add_side(journal, credit, -amount);
}

static bool
insert_line(Db *db, int64_t number, int64_t position, const char *account, int64_t amount, const char *date, const char *memo)
{
	return db_run(db, "INSERT INTO \"JournalEntries/JournalEntryLines\" (_line, _seq, _parent, Line_ID, AccountCode, ShortName,"
				  " Debit, Credit, DueDate, ReferenceDate1, TaxDate, LineMemo) VALUES (0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
				  "iiissiissss", position, number, position, account, account,
				  amount > 0 ? amount : INT64_C(0), amount < 0 ? -amount : INT64_C(0), date, date, date, memo) &&
		db_run(db, "UPDATE ChartOfAccounts SET Balance = coalesce(Balance, 0) + ? WHERE Code = ?", "is", amount, account);
}

bool
journal_post(Db *db, const Journal *journal, const char *origin, int64_t document,
			 const char *date, const char *memo, const char *reference, int64_t *number)
{
	int64_t		position = 0;

	*number = 0;
	if (journal->overflow)
		return false;
	for (int i = 0; i < journal->count; i++)
		if (journal->line[i].amount != 0)
			*number = -1;
	if (*number == 0)
		return true;
	*number = db_int(db, 0, "SELECT max(JdtNum) FROM JournalEntries", "") + 1;
	if (!db_run(db, "INSERT INTO JournalEntries (_rid, JdtNum, Number, ReferenceDate, TaxDate, DueDate, Memo, Reference2,"
				" OriginalJournal, Original, BaseReference) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", "iiissssssis",
				schema_scatter(*number), *number, *number, date, date, date, memo, reference, origin, document, ""))
		return false;
	for (int i = 0; i < journal->count; i++)
		if (journal->line[i].amount != 0 &&
			!insert_line(db, *number, position++, journal->line[i].account, journal->line[i].amount, date, memo))
			return false;
	return true;
}
