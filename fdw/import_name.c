/*
 * import_name.c
 *		Local names for remote ones: snake_case, short enough, without clashes.
 *
 * Knows nothing of tables or remotes.  Everything lives in the memory context
 * that is current at the time of the call.
 */
#include "postgres.h"

#include "import_name.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/hsearch.h"

struct NameSet
{
	HTAB	   *taken;			/* keys are names */
};

NameSet *
name_set_create(void)
{
	NameSet    *set = palloc(sizeof(NameSet));
	HASHCTL		control = {0};

	control.keysize = NAMEDATALEN;
	control.entrysize = NAMEDATALEN;
	control.hcxt = CurrentMemoryContext;
	set->taken = hash_create("names of an import", 256, &control,
							 HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
	return set;
}

char *
name_cut(const char *name, const char *suffix)
{
	int			room = NAMEDATALEN - 1 - strlen(suffix);
	int			len = pg_mbcliplen(name, strlen(name), room);

	return psprintf("%.*s%s", len, name, suffix);
}

char *
name_set_add(NameSet *set, const char *wanted)
{
	char	   *name = name_cut(wanted, "");
	bool		found;
	int			number;

	(void) hash_search(set->taken, name, HASH_ENTER, &found);
	for (number = 2; found; number++)
	{
		name = name_cut(wanted, psprintf("_%d", number));
		(void) hash_search(set->taken, name, HASH_ENTER, &found);
	}
	return name;
}

/* Letters as identifiers of OData have them; the locale must not matter. */
static inline bool
is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static inline bool
is_lower_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/*
 * Whether a word begins at c: a capital after a small letter or a digit, or
 * the last capital of several if a small letter follows (GLMethod).
 */
static bool
begins_word(const char *name, const char *c)
{
	if (c == name || !is_upper(*c))
		return false;
	if (is_lower_or_digit(c[-1]))
		return true;
	return is_upper(c[-1]) && c[1] >= 'a' && c[1] <= 'z';
}

char *
snake_case(const char *name)
{
	StringInfoData buf;
	const char *c;

	initStringInfo(&buf);
	for (c = name; *c; c++)
	{
		/* Unit of measure is one word, in spite of its capitals. */
		if (strncmp(c, "UoM", 3) == 0)
		{
			if (c > name && c[-1] != '_')
				appendStringInfoChar(&buf, '_');
			appendStringInfoString(&buf, "uom");
			c += 2;
			if (is_upper(c[1]))
				appendStringInfoChar(&buf, '_');
			continue;
		}
		if (begins_word(name, c) && buf.len > 0 && buf.data[buf.len - 1] != '_')
			appendStringInfoChar(&buf, '_');
		appendStringInfoChar(&buf, *c == '/' || *c == ' ' ? '_' : pg_ascii_tolower(*c));
	}
	return buf.data;
}
