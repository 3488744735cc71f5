/*
 * journal.h
 *		Journal entries of stock documents, and the accounts they use.
 */
#ifndef JOURNAL_H
#define JOURNAL_H

#include <stddef.h>
#include <stdint.h>

#include "books.h"

#define ACCOUNT_RECEIVABLE "121000"
#define ACCOUNT_CLEARING "139900"
#define ACCOUNT_PAYABLE "211000"
#define ACCOUNT_OPENING "310000"
#define ACCOUNT_REVENUE "411000"
#define ACCOUNT_COST "511000"
#define ACCOUNT_DECREASE "521000"
#define ACCOUNT_INCREASE "522000"
#define ACCOUNT_VARIANCE "529000"

#define JOURNAL_LINES 256

/* The two sides of an entry under way; lines of one account are added up. */
typedef struct Journal
{
	struct
	{
		char		account[24];
		int64_t		amount;		/* debit positive, credit negative */
	}			line[JOURNAL_LINES];
	int			count;
	bool		overflow;		/* more accounts than fit: cannot be posted */
} Journal;

/* The stock account of one warehouse. */
extern void journal_stock_account(const char *warehouse, char *account, size_t size);

/* Debit one account, credit another; a negative amount turns it round. */
extern void journal_add(Journal *journal, const char *debit, const char *credit, int64_t amount);

/*
 * Writes the entry and moves the balances of its accounts; *number receives
 * JdtNum, 0 where nothing was to be written.
 */
extern bool journal_post(Db *db, const Journal *journal, const char *origin, int64_t document,
						 const char *date, const char *memo, const char *reference, int64_t *number);

#endif
