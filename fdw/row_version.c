/*
 * row_version.c
 *		Versions of remote rows, numbered for one transaction.
 *
 * Business One's versions are hashes of small numbers (SL §5.5), so rows share
 * few of them; a remote that invents one for every row meets a limit.
 */
#include "postgres.h"

#include "row_version.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#define MAX_VERSION_LENGTH	128
#define MAX_VERSIONS		1000000

typedef struct VersionEntry
{
	char		text[MAX_VERSION_LENGTH];	/* hash key */
	BlockNumber number;
} VersionEntry;

/* By text, and by number; both in TopTransactionContext, NULL outside of use. */
static HTAB *versions = NULL;
static const char **texts = NULL;
static BlockNumber nversions = 0;
static BlockNumber texts_allocated = 0;

/* The transaction's memory goes: so does what points to it. */
static void
forget_versions(void *arg pg_attribute_unused())
{
	versions = NULL;
	texts = NULL;
	nversions = 0;
	texts_allocated = 0;
}

static void
make_table(void)
{
	HASHCTL		control = {.keysize = MAX_VERSION_LENGTH, .entrysize = sizeof(VersionEntry),
	.hcxt = TopTransactionContext};
	MemoryContextCallback *callback = MemoryContextAllocZero(TopTransactionContext,
															 sizeof(MemoryContextCallback));

	versions = hash_create("stockbridge row versions", 64, &control,
						   HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
	callback->func = forget_versions;
	MemoryContextRegisterResetCallback(TopTransactionContext, callback);
	texts_allocated = 64;
	texts = MemoryContextAlloc(TopTransactionContext, sizeof(char *) * texts_allocated);
}

/* It becomes a request header, so no more than printable characters may pass. */
static void
check_version(const char *version)
{
	bool		printable = true;

	for (const char *c = version; *c; c++)
		printable = printable && *c >= ' ' && *c < 0x7f;
	if (!printable || strlen(version) >= MAX_VERSION_LENGTH)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_REPLY_HANDLE),
				 errmsg("the remote gives a row a version that is no ETag"),
				 errhint("Set the table's option \"etag\" to off to write without regard to versions.")));
}

ItemPointerData
row_version_keep(const char *version)
{
	ItemPointerData ctid;
	VersionEntry *entry;
	bool		found;

	ItemPointerSetInvalid(&ctid);
	if (version == NULL)
		return ctid;
	check_version(version);
	if (versions == NULL)
		make_table();
	if (nversions >= MAX_VERSIONS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("rows of more than %d different versions in one transaction", MAX_VERSIONS),
				 errhint("Write fewer rows at once, or set the table's option \"etag\" to off.")));
	entry = hash_search(versions, version, HASH_ENTER, &found);
	if (!found)
	{
		entry->number = nversions;
		if (nversions == texts_allocated)
		{
			texts_allocated *= 2;
			texts = repalloc(texts, sizeof(char *) * texts_allocated);
		}
		texts[nversions++] = entry->text;
	}
	ItemPointerSet(&ctid, entry->number, 1);
	return ctid;
}

const char *
row_version_of(ItemPointer ctid)
{
	BlockNumber number = ItemPointerGetBlockNumberNoCheck(ctid);

	return ItemPointerIsValid(ctid) && number < nversions ? texts[number] : NULL;
}
