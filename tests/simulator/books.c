/*
 * books.c
 *		Connections to the books, statements, transactions, SQL functions.
 *
 * SQL text reaching this file is either constant or put together from names in
 * the entity model; values are always bound.
 */
#include <locale.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

#include "books.h"

static char *books_path;
static Db  *idle;
static pthread_mutex_t pool_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t write_lock = PTHREAD_MUTEX_INITIALIZER;
static locale_t utf8;
static atomic_uint_fast64_t generation;

/* One character of UTF-8, folded to lower case; advances *text. */
static wint_t
next_folded(const unsigned char **text, const unsigned char *end)
{
	wchar_t		c;
	mbstate_t	state;
	size_t		length;

	if (**text < 0x80)
		return (wint_t) (**text >= 'A' && **text <= 'Z' ? *(*text)++ + 32 : *(*text)++);
	memset(&state, 0, sizeof(state));
	length = mbrtowc(&c, (const char *) *text, (size_t) (end - *text), &state);
	if (length == 0 || length > 8)
		return *(*text)++;
	*text += length;
	return towlower_l((wint_t) c, utf8);
}

/* MSSQL's usual collation: case does not count, nor do trailing blanks. */
static int
compare_folded(void *unused, int a_length, const void *a, int b_length, const void *b)
{
	const unsigned char *p = a;
	const unsigned char *q = b;
	const unsigned char *p_end = p + a_length;
	const unsigned char *q_end = q + b_length;

	(void) unused;
	while (p < p_end || q < q_end)
	{
		wint_t		c = p < p_end ? next_folded(&p, p_end) : L' ';
		wint_t		d = q < q_end ? next_folded(&q, q_end) : L' ';

		if (c != d)
			return c < d ? -1 : 1;
	}
	return 0;
}

static char *
fold_copy(const unsigned char *text, int length)
{
	char	   *copy = malloc((size_t) length * 2 + 8);
	char	   *out = copy;
	const unsigned char *end = text + length;

	while (copy != NULL && text < end)
	{
		wint_t		c = next_folded(&text, end);
		mbstate_t	state;
		size_t		n;

		memset(&state, 0, sizeof(state));
		n = wcrtomb(out, (wchar_t) c, &state);
		if (n == (size_t) -1)
			*out = '?', n = 1;
		out += n;
	}
	if (copy != NULL)
		*out = '\0';
	return copy;
}

/*
 * b1_match(kind, value, pattern, fold): kind 0 starts with, 1 ends with, 2
 * contains.  Not LIKE: the pattern's % and _ are plain characters.
 */
static void
match_function(sqlite3_context *context, int count, sqlite3_value **value)
{
	char	   *text;
	char	   *pattern;
	size_t		text_length;
	size_t		pattern_length;
	bool		fold = sqlite3_value_int(value[3]) != 0;
	bool		result = false;

	(void) count;
	if (sqlite3_value_type(value[1]) == SQLITE_NULL || sqlite3_value_type(value[2]) == SQLITE_NULL)
		return;
	text = (char *) sqlite3_value_text(value[1]);
	pattern = (char *) sqlite3_value_text(value[2]);
	if (fold)
	{
		text = fold_copy((unsigned char *) text, sqlite3_value_bytes(value[1]));
		pattern = fold_copy((unsigned char *) pattern, sqlite3_value_bytes(value[2]));
	}
	if (text != NULL && pattern != NULL)
	{
		text_length = strlen(text);
		pattern_length = strlen(pattern);
		if (sqlite3_value_int(value[0]) == 2)
			result = strstr(text, pattern) != NULL;
		else if (pattern_length <= text_length)
			result = memcmp(sqlite3_value_int(value[0]) == 0 ? text : text + text_length - pattern_length,
							pattern, pattern_length) == 0;
	}
	if (fold)
	{
		free(text);
		free(pattern);
	}
	sqlite3_result_int(context, result);
}

static void
multiply_function(sqlite3_context *context, int count, sqlite3_value **value)
{
	(void) count;
	if (sqlite3_value_type(value[0]) != SQLITE_NULL && sqlite3_value_type(value[1]) != SQLITE_NULL)
		sqlite3_result_int64(context, decimal_multiply(sqlite3_value_int64(value[0]),
													   sqlite3_value_int64(value[1])));
}

/* A division by zero is null, so that a filter drops the row. */
static void
divide_function(sqlite3_context *context, int count, sqlite3_value **value)
{
	(void) count;
	if (sqlite3_value_type(value[0]) != SQLITE_NULL && sqlite3_value_int64(value[1]) != 0)
		sqlite3_result_int64(context, decimal_divide(sqlite3_value_int64(value[0]),
													 sqlite3_value_int64(value[1])));
}

static bool
db_configure(sqlite3 *handle)
{
	int			flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC;

	return sqlite3_exec(handle,
						"PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
						"PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY",
						NULL, NULL, NULL) == SQLITE_OK &&
		sqlite3_busy_timeout(handle, 60000) == SQLITE_OK &&
		sqlite3_create_collation(handle, "B1CI", SQLITE_UTF8, NULL, compare_folded) == SQLITE_OK &&
		sqlite3_create_function(handle, "b1_match", 4, flags, NULL, match_function, NULL, NULL) == SQLITE_OK &&
		sqlite3_create_function(handle, "b1_multiply", 2, flags, NULL, multiply_function, NULL, NULL) == SQLITE_OK &&
		sqlite3_create_function(handle, "b1_divide", 2, flags, NULL, divide_function, NULL, NULL) == SQLITE_OK;
}

static Db *
db_open(void)
{
	Db		   *db = calloc(1, sizeof(Db));

	if (db == NULL)
		return NULL;
	if (sqlite3_open(books_path, &db->handle) != SQLITE_OK || !db_configure(db->handle))
	{
		fprintf(stderr, "b1sim: cannot open %s: %s\n", books_path, sqlite3_errmsg(db->handle));
		sqlite3_close(db->handle);
		free(db);
		return NULL;
	}
	return db;
}

static void
db_close(Db *db)
{
	for (size_t i = 0; i < MODEL_LENGTH(db->cache); i++)
	{
		sqlite3_finalize(db->cache[i].statement);
		free(db->cache[i].sql);
	}
	sqlite3_close(db->handle);
	free(db);
}

bool
books_open(const char *path)
{
	utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t) 0);
	setlocale(LC_CTYPE, "C.UTF-8");
	books_path = strdup(path);
	idle = db_open();
	return idle != NULL && utf8 != (locale_t) 0;
}

void
books_close(void)
{
	while (idle != NULL)
	{
		Db		   *next = idle->next;

		db_close(idle);
		idle = next;
	}
	free(books_path);
	if (utf8 != (locale_t) 0)
		freelocale(utf8);
}

Db *
books_acquire(void)
{
	Db		   *db;

	pthread_mutex_lock(&pool_lock);
	db = idle;
	if (db != NULL)
		idle = db->next;
	pthread_mutex_unlock(&pool_lock);
	return db != NULL ? db : db_open();
}

void
books_release(Db *db)
{
	if (db->writing)
		db_rollback(db);
	pthread_mutex_lock(&pool_lock);
	db->next = idle;
	idle = db;
	pthread_mutex_unlock(&pool_lock);
}

uint64_t
books_generation(void)
{
	return atomic_load(&generation);
}

bool
db_begin(Db *db)
{
	pthread_mutex_lock(&write_lock);
	db->writing = true;
	if (sqlite3_exec(db->handle, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK)
		return true;
	db->writing = false;
	pthread_mutex_unlock(&write_lock);
	return false;
}

static bool
db_end(Db *db, const char *sql)
{
	bool		ok = sqlite3_exec(db->handle, sql, NULL, NULL, NULL) == SQLITE_OK;

	if (!ok)
		sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
	atomic_fetch_add(&generation, 1);
	db->writing = false;
	pthread_mutex_unlock(&write_lock);
	return ok;
}

bool
db_commit(Db *db)
{
	return db_end(db, "COMMIT");
}

void
db_rollback(Db *db)
{
	if (db->writing)
		db_end(db, "ROLLBACK");
}

const char *
db_message(Db *db)
{
	return sqlite3_errmsg(db->handle);
}

sqlite3_stmt *
db_prepare(Db *db, const char *sql)
{
	sqlite3_stmt *statement = NULL;
	int			victim;

	for (size_t i = 0; i < MODEL_LENGTH(db->cache); i++)
		if (db->cache[i].sql != NULL && !db->cache[i].busy && strcmp(db->cache[i].sql, sql) == 0)
		{
			db->cache[i].busy = true;
			return db->cache[i].statement;
		}
	if (sqlite3_prepare_v2(db->handle, sql, -1, &statement, NULL) != SQLITE_OK)
	{
		fprintf(stderr, "b1sim: %s in: %s\n", sqlite3_errmsg(db->handle), sql);
		return NULL;
	}
	for (size_t i = 0; i < MODEL_LENGTH(db->cache); i++)
	{
		victim = db->next_victim;
		db->next_victim = (victim + 1) % (int) MODEL_LENGTH(db->cache);
		if (db->cache[victim].busy)
			continue;
		sqlite3_finalize(db->cache[victim].statement);
		free(db->cache[victim].sql);
		db->cache[victim].sql = strdup(sql);
		db->cache[victim].statement = statement;
		db->cache[victim].busy = true;
		break;
	}
	return statement;
}

static sqlite3_stmt *
db_bind(Db *db, const char *sql, const char *kinds, va_list arguments)
{
	sqlite3_stmt *statement = db_prepare(db, sql);

	for (int i = 1; statement != NULL && *kinds != '\0'; kinds++, i++)
	{
		if (*kinds == 's')
			sqlite3_bind_text(statement, i, va_arg(arguments, const char *), -1, SQLITE_TRANSIENT);
		else
			sqlite3_bind_int64(statement, i, va_arg(arguments, int64_t));
	}
	return statement;
}

sqlite3_stmt *
db_query(Db *db, const char *sql, const char *kinds,...)
{
	va_list		arguments;
	sqlite3_stmt *statement;

	va_start(arguments, kinds);
	statement = db_bind(db, sql, kinds, arguments);
	va_end(arguments);
	return statement;
}

bool
db_done(Db *db, sqlite3_stmt *statement)
{
	bool		ok;

	if (statement == NULL)
		return false;
	ok = sqlite3_reset(statement) == SQLITE_OK;
	sqlite3_clear_bindings(statement);
	for (size_t i = 0; i < MODEL_LENGTH(db->cache); i++)
		if (db->cache[i].statement == statement)
		{
			db->cache[i].busy = false;
			return ok;
		}
	sqlite3_finalize(statement);
	return ok;
}

bool
db_run(Db *db, const char *sql, const char *kinds,...)
{
	va_list		arguments;
	sqlite3_stmt *statement;
	bool		ok;

	va_start(arguments, kinds);
	statement = db_bind(db, sql, kinds, arguments);
	va_end(arguments);
	if (statement == NULL)
		return false;
	while (sqlite3_step(statement) == SQLITE_ROW)
		;
	ok = db_done(db, statement);
	if (!ok)
		fprintf(stderr, "b1sim: %s in: %s\n", sqlite3_errmsg(db->handle), sql);
	return ok;
}

int64_t
db_int(Db *db, int64_t otherwise, const char *sql, const char *kinds,...)
{
	va_list		arguments;
	sqlite3_stmt *statement;

	va_start(arguments, kinds);
	statement = db_bind(db, sql, kinds, arguments);
	va_end(arguments);
	if (statement != NULL && sqlite3_step(statement) == SQLITE_ROW &&
		sqlite3_column_type(statement, 0) != SQLITE_NULL)
		otherwise = sqlite3_column_int64(statement, 0);
	db_done(db, statement);
	return otherwise;
}

char *
db_text(Db *db, Arena *arena, const char *sql, const char *kinds,...)
{
	va_list		arguments;
	sqlite3_stmt *statement;
	char	   *text = NULL;

	va_start(arguments, kinds);
	statement = db_bind(db, sql, kinds, arguments);
	va_end(arguments);
	if (statement != NULL && sqlite3_step(statement) == SQLITE_ROW &&
		sqlite3_column_type(statement, 0) != SQLITE_NULL)
		text = arena_strdup(arena, (const char *) sqlite3_column_text(statement, 0));
	db_done(db, statement);
	return text;
}
