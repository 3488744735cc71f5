/*
 * cursor.c
 *		Reading one page of a long answer without reading those before it.
 *
 * Offset paging makes the database step over all earlier rows on every page.
 * B1's server has the machine for that, this program has a test's; so a
 * statement that has delivered a page is kept for a while, standing at its
 * place, and the next page of the same query takes it up.  Nobody can tell the
 * difference: as soon as anything is committed, kept statements are worthless
 * and dropped, and the page is read anew, shifted rows and all (SL 4).
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cursor.h"

#define KEPT 24
#define KEEP_SECONDS 5

struct Cursor
{
	char	   *key;			/* text and values; NULL: not to be kept */
	Db		   *db;				/* its own connection, if kept */
	sqlite3_stmt *statement;
	int64_t		position;		/* rows stepped over or delivered */
	bool		pending;		/* the statement stands on a row not yet delivered */
	bool		ended;			/* the statement has no row left; stepping would begin anew */
	uint64_t	generation;		/* of the books it reads */
	time_t		used_at;
};

static Cursor *kept[KEPT];
static pthread_mutex_t kept_lock = PTHREAD_MUTEX_INITIALIZER;

static void
destroy(Cursor *cursor)
{
	if (cursor->key != NULL)
	{
		sqlite3_finalize(cursor->statement);
		books_release(cursor->db);
	}
	free(cursor->key);
	free(cursor);
}

static char *
make_key(const Sql *sql)
{
	Buffer		key = {0};

	buffer_puts(&key, sql->text.data);
	for (int i = 0; i < sql->count; i++)
		if (sql->value[i].text != NULL)
			buffer_printf(&key, "\1%s", sql->value[i].text);
		else
			buffer_printf(&key, "\2%lld", (long long) sql->value[i].number);
	return key.data;
}

/* The kept statement that stands nearest before the place, if any. */
static Cursor *
take_kept(const char *key, int64_t position)
{
	Cursor	   *found = NULL;
	int			slot = -1;
	time_t		oldest = time(NULL) - KEEP_SECONDS;

	pthread_mutex_lock(&kept_lock);
	for (int i = 0; i < KEPT; i++)
	{
		if (kept[i] == NULL)
			continue;
		if (kept[i]->generation != books_generation() || kept[i]->used_at < oldest)
		{
			destroy(kept[i]);
			kept[i] = NULL;
		}
		else if (kept[i]->position <= position && strcmp(kept[i]->key, key) == 0 &&
				 (found == NULL || kept[i]->position > found->position))
		{
			found = kept[i];
			slot = i;
		}
	}
	if (found != NULL)
		kept[slot] = NULL;
	pthread_mutex_unlock(&kept_lock);
	return found;
}

static void
put_back(Cursor *cursor)
{
	Cursor	   *displaced = cursor;

	cursor->used_at = time(NULL);
	pthread_mutex_lock(&kept_lock);
	for (int i = 0; i < KEPT && displaced == cursor; i++)
		if (kept[i] == NULL)
		{
			kept[i] = cursor;
			displaced = NULL;
		}
	if (displaced == cursor)
	{
		int			oldest = 0;

		for (int i = 1; i < KEPT; i++)
			if (kept[i]->used_at < kept[oldest]->used_at)
				oldest = i;
		displaced = kept[oldest];
		kept[oldest] = cursor;
	}
	pthread_mutex_unlock(&kept_lock);
	if (displaced != NULL)
		destroy(displaced);
}

static bool
bind_values(sqlite3_stmt *statement, const Sql *sql)
{
	for (int i = 0; i < sql->count; i++)
		if ((sql->value[i].text != NULL ?
			 sqlite3_bind_text(statement, i + 1, sql->value[i].text, -1, SQLITE_TRANSIENT) :
			 sqlite3_bind_int64(statement, i + 1, sql->value[i].number)) != SQLITE_OK)
			return false;
	return true;
}

/* A fresh statement on a connection of its own. Takes over "key". */
static Cursor *
start_kept(Context *context, const Sql *sql, char *key)
{
	Cursor	   *cursor = calloc(1, sizeof(Cursor));

	if (cursor == NULL)
		abort();
	cursor->key = key;
	cursor->generation = books_generation();
	cursor->db = books_acquire();
	if (cursor->db != NULL &&
		sqlite3_prepare_v2(cursor->db->handle, sql->text.data, -1, &cursor->statement, NULL) == SQLITE_OK &&
		bind_values(cursor->statement, sql))
		return cursor;
	respond_error(context, 500, "-1", "Internal error: %s", cursor->db == NULL ? "no connection" : db_message(cursor->db));
	if (cursor->db != NULL)
		destroy(cursor);
	else
	{
		free(cursor->key);
		free(cursor);
	}
	return NULL;
}

static Cursor *
start_plain(Context *context, Sql *sql, const Query *query)
{
	Cursor	   *cursor = calloc(1, sizeof(Cursor));

	if (cursor == NULL)
		abort();
	query_put_page(query, sql);
	cursor->statement = sql_prepare(context, sql);
	if (cursor->statement != NULL)
		return cursor;
	free(cursor);
	return NULL;
}

Cursor *
cursor_open(Context *context, Sql *sql, const Query *query)
{
	Cursor	   *cursor;
	char	   *key;

	/* a single page, or one that must see this transaction's own rows */
	if (query->page_size == 0 || (query->has_top && query->skip == 0) || context->db->writing)
		return start_plain(context, sql, query);
	key = make_key(sql);
	cursor = take_kept(key, query->skip);
	if (cursor != NULL)
		free(key);
	else
		cursor = start_kept(context, sql, key);
	while (cursor != NULL && cursor->position < query->skip)
	{
		int			step = cursor->pending ? SQLITE_ROW : sqlite3_step(cursor->statement);

		cursor->pending = false;
		cursor->ended = step != SQLITE_ROW;
		if (cursor->ended)
			break;
		cursor->position++;
	}
	return cursor;
}

sqlite3_stmt *
cursor_statement(const Cursor *cursor)
{
	return cursor->statement;
}

int
cursor_step(Cursor *cursor)
{
	int			step = cursor->ended ? SQLITE_DONE
		: cursor->pending ? SQLITE_ROW : sqlite3_step(cursor->statement);

	cursor->pending = false;
	if (step == SQLITE_ROW)
		cursor->position++;
	return step;
}

void
cursor_close(Context *context, Cursor *cursor, bool unread)
{
	if (cursor->key == NULL)
	{
		db_done(context->db, cursor->statement);
		free(cursor);
	}
	else if (unread)
	{
		cursor->pending = true;
		cursor->position--;
		put_back(cursor);
	}
	else
		destroy(cursor);
}

void
cursor_drop_all(void)
{
	pthread_mutex_lock(&kept_lock);
	for (int i = 0; i < KEPT; i++)
		if (kept[i] != NULL)
		{
			destroy(kept[i]);
			kept[i] = NULL;
		}
	pthread_mutex_unlock(&kept_lock);
}
