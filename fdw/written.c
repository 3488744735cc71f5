/*
 * written.c
 *		What a transaction has written at remotes, where no rollback reaches it.
 *
 * Entries live in TopTransactionContext, one per server, level of nesting and
 * kind of outcome, so that their number does not depend on the number of rows.
 * The callbacks here only tell: they send nothing and, but for PREPARE, never
 * raise.
 */
#include "postgres.h"

#include "access/xact.h"
#include "nodes/pg_list.h"
#include "utils/memutils.h"
#include "written.h"

/* Names beyond this are only counted. */
#define MAX_NAMES_LENGTH	2000

/* Writes at one server on one level. */
typedef struct WrittenEntry
{
	Oid			serverid;
	char	   *server_name;
	int			level;			/* of transaction nesting */
	WrittenNames done;
	WrittenNames unknown;
} WrittenEntry;

/* Of the current transaction: a list of WrittenEntry *, NIL if nothing is written. */
static List *entries = NIL;

/* The write that is on its way: its entry, and rows not yet in "unknown". */
static WrittenEntry *pending = NULL;
static int	pending_rows = 0;
static char **pending_names = NULL;
static bool pending_sent = false;

void
written_names_add(WrittenNames *names, const char *name)
{
	names->count++;
	if (name == NULL || names->named < names->count - 1)
		return;
	if (names->text.data == NULL)
		initStringInfo(&names->text);
	if (names->text.len + strlen(name) > MAX_NAMES_LENGTH)
		return;
	appendStringInfo(&names->text, "%s%s", names->text.len ? ", " : "", name);
	names->named++;
}

char *
written_names_text(const WrittenNames *names)
{
	if (names->named == 0)
		return "";
	if (names->named == names->count)
		return pstrdup(names->text.data);
	return psprintf("%s and " INT64_FORMAT " more", names->text.data,
					names->count - names->named);
}

static WrittenEntry *
find_entry(Oid serverid, int level)
{
	ListCell   *lc;

	foreach(lc, entries)
	{
		WrittenEntry *entry = lfirst(lc);

		if (entry->serverid == serverid && entry->level == level)
			return entry;
	}
	return NULL;
}

void
written_begin(const RemoteServer *server, int nrows, char *const *names)
{
	MemoryContext old = MemoryContextSwitchTo(TopTransactionContext);
	WrittenEntry *entry = find_entry(server->serverid, GetCurrentTransactionNestLevel());
	char	  **copies = palloc0(sizeof(char *) * Max(nrows, 1));

	if (entry == NULL)
	{
		entry = palloc0(sizeof(WrittenEntry));
		entry->serverid = server->serverid;
		entry->server_name = pstrdup(server->name);
		entry->level = GetCurrentTransactionNestLevel();
		entries = lappend(entries, entry);
	}
	for (int i = 0; i < nrows; i++)
		if (names != NULL && names[i] != NULL)
			copies[i] = pstrdup(names[i]);
	pending_names = copies;
	pending_rows = nrows;
	pending_sent = true;
	pending = entry;
	MemoryContextSwitchTo(old);
}

void
written_hold(void)
{
	pending_sent = false;
}

void
written_sent(void)
{
	pending_sent = true;
}

void
written_end(WrittenOutcome outcome, char *const *names)
{
	MemoryContext old;
	WrittenNames *to;

	if (pending == NULL)
		return;
	old = MemoryContextSwitchTo(TopTransactionContext);
	to = outcome == WRITTEN_UNKNOWN ? &pending->unknown : &pending->done;
	for (int i = 0; i < pending_rows; i++)
	{
		if (outcome != WRITTEN_NOT_DONE)
			written_names_add(to, names != NULL ? names[i] : pending_names[i]);
		if (pending_names[i] != NULL)
			pfree(pending_names[i]);
	}
	pfree(pending_names);
	pending = NULL;
	MemoryContextSwitchTo(old);
}

/* One line about what a rollback leaves at a server. */
static void
warn(const WrittenEntry *entry, const char *what)
{
	StringInfoData detail;

	if (entry->done.count == 0 && entry->unknown.count == 0)
		return;
	initStringInfo(&detail);
	if (entry->done.count > 0)
		appendStringInfo(&detail, "Written: " INT64_FORMAT "%s%s.", entry->done.count,
						 entry->done.named ? ", " : "", written_names_text(&entry->done));
	if (entry->unknown.count > 0)
		appendStringInfo(&detail, "%sOutcome unknown: " INT64_FORMAT "%s%s.",
						 detail.len ? " " : "", entry->unknown.count,
						 entry->unknown.named ? ", " : "", written_names_text(&entry->unknown));
	ereport(WARNING,
			(errcode(ERRCODE_WARNING),
			 errmsg("%s rolled back, but what it wrote to server \"%s\" stands there",
					what, entry->server_name),
			 errdetail_internal("%s", detail.data),
			 errhint("A remote takes no part in transactions. Undo there by hand what should not be.")));
}

/* Tell of the entries of a level and below, and forget them. */
static void
tell(int level, const char *what)
{
	List	   *kept = NIL;
	ListCell   *lc;
	MemoryContext old = MemoryContextSwitchTo(TopTransactionContext);

	if (pending != NULL && pending->level >= level)
		written_end(pending_sent ? WRITTEN_UNKNOWN : WRITTEN_NOT_DONE, NULL);
	foreach(lc, entries)
	{
		WrittenEntry *entry = lfirst(lc);

		if (entry->level < level)
			kept = lappend(kept, entry);
		else
			warn(entry, what);
	}
	entries = kept;
	MemoryContextSwitchTo(old);
}

static void
merge_names(WrittenNames *into, const WrittenNames *from)
{
	bool		whole = into->named == into->count && from->named > 0;

	if (whole && into->text.data == NULL)
		*into = *from;
	else
	{
		if (whole && into->text.len + from->text.len <= MAX_NAMES_LENGTH)
		{
			appendStringInfo(&into->text, "%s%s", into->text.len ? ", " : "", from->text.data);
			into->named += from->named;
		}
		into->count += from->count;
	}
}

/* A subtransaction's writes are its parent's from now on. */
static void
hand_up(int level)
{
	List	   *kept = NIL;
	ListCell   *lc;
	MemoryContext old = MemoryContextSwitchTo(TopTransactionContext);

	foreach(lc, entries)
	{
		WrittenEntry *entry = lfirst(lc);
		WrittenEntry *parent = find_entry(entry->serverid, level - 1);

		if (entry->level == level && parent != NULL)
		{
			merge_names(&parent->done, &entry->done);
			merge_names(&parent->unknown, &entry->unknown);
			continue;
		}
		entry->level = Min(entry->level, level - 1);
		kept = lappend(kept, entry);
	}
	entries = kept;
	MemoryContextSwitchTo(old);
}

static void
at_transaction_event(XactEvent event, void *arg pg_attribute_unused())
{
	if (entries == NIL)
		return;
	switch (event)
	{
		case XACT_EVENT_ABORT:
			tell(1, "the transaction was");
			break;
		case XACT_EVENT_PRE_PREPARE:
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("cannot PREPARE a transaction that has written to a foreign table of stockbridge"),
					 errdetail("What it has written stands at the remote, whatever becomes of the prepared transaction.")));
			break;
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_PREPARE:
			break;
		default:
			return;
	}
	entries = NIL;
	pending = NULL;
}

static void
at_subtransaction_event(SubXactEvent event, SubTransactionId id pg_attribute_unused(),
						SubTransactionId parent pg_attribute_unused(),
						void *arg pg_attribute_unused())
{
	if (entries == NIL)
		return;
	if (event == SUBXACT_EVENT_ABORT_SUB)
		tell(GetCurrentTransactionNestLevel(), "a subtransaction was");
	else if (event == SUBXACT_EVENT_COMMIT_SUB)
		hand_up(GetCurrentTransactionNestLevel());
}

void
written_init(void)
{
	RegisterXactCallback(at_transaction_event, NULL);
	RegisterSubXactCallback(at_subtransaction_event, NULL);
}
