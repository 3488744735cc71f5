/*
 * entity_key.c
 *		Keys of entities, and the versions their ETags tell.
 */
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "entity.h"

void
entity_etag(int64_t data_version, char *etag, size_t size)
{
	unsigned char digest[SHA_DIGEST_LENGTH];
	char		text[24];
	char		hex[2 * SHA_DIGEST_LENGTH + 1];

	snprintf(text, sizeof(text), "%lld", (long long) data_version);
	SHA1((unsigned char *) text, strlen(text), digest);
	for (int i = 0; i < SHA_DIGEST_LENGTH; i++)
		snprintf(hex + 2 * i, 3, "%02X", digest[i]);
	snprintf(etag, size, "W/\"%s\"", hex);
}

bool
entity_parse_key(Context *context, const EntitySet *set, const char *text, EntityKey *key)
{
	const Property *property = model_find_property(set->type, set->key, 2);
	size_t		name_length = strlen(set->key);
	char	   *copy;
	char	   *end;

	key->set = set;
	key->is_text = property->kind == EDM_STRING;
	key->text = NULL;
	key->number = 0;
	if (strncmp(text, set->key, name_length) == 0 && text[name_length] == '=')
		text += name_length + 1;
	if (!key->is_text)
	{
		key->number = strtoll(text, &end, 10);
		return (end != text && *end == '\0') || respond_unrecognized(context);
	}
	if (*text++ != '\'')
		return respond_unrecognized(context);
	key->text = copy = arena_alloc(context->arena, strlen(text) + 1);
	for (; *text != '\0'; text++)
	{
		if (*text == '\'' && *++text != '\'')
			break;
		*copy++ = *text;
	}
	return (text[-1] == '\'' && *text == '\0') || respond_unrecognized(context);
}

void
entity_bind_key(sqlite3_stmt *statement, int position, const EntityKey *key)
{
	if (key->is_text)
		sqlite3_bind_text(statement, position, key->text, -1, SQLITE_TRANSIENT);
	else
		sqlite3_bind_int64(statement, position, key->number);
}

void
entity_put_key(Buffer *buffer, const EntityKey *key)
{
	if (!key->is_text)
	{
		buffer_printf(buffer, "(%lld)", (long long) key->number);
		return;
	}
	buffer_puts(buffer, "('");
	for (const char *text = key->text; *text != '\0'; text++)
	{
		if (*text == '\'')
			buffer_putc(buffer, '\'');
		buffer_putc(buffer, *text);
	}
	buffer_puts(buffer, "')");
}

/* The data version of a row, 0 where the set has none, -1 where the row is absent. */
static int64_t
row_version(Context *context, const EntityKey *key)
{
	const char *sql = arena_printf(context->arena, "SELECT %s FROM \"%s\" WHERE \"%s\" = ?",
								   key->set->flags & SET_ETAG ? "DataVersion" : "0", key->set->name, key->set->key);

	return key->is_text ? db_int(context->db, -1, sql, "s", key->text) :
		db_int(context->db, -1, sql, "i", key->number);
}

bool
entity_exists(Context *context, const EntityKey *key)
{
	return row_version(context, key) >= 0 || respond_not_found(context);
}

bool
entity_check_match(Context *context, const EntityKey *key)
{
	const char *match = request_header(context, "If-Match");
	int64_t		data_version = row_version(context, key);
	char		etag[64];

	if (data_version < 0)
		return respond_not_found(context);
	if (match == NULL || strcmp(match, "*") == 0 || (key->set->flags & SET_ETAG) == 0)
		return true;
	entity_etag(data_version, etag, sizeof(etag));
	if (strcmp(match, etag) == 0)
		return true;
	return respond_error(context, 412, "-2039", "Another user or another operation modified data; "
						 "to continue, open the window again (ODBC -2039)");
}
