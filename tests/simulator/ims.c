/*
 * ims.c
 *		/ims: a plain REST inventory system in the same program.
 *
 * HTTP Basic, lists with limit and offset, one POST. Knows its own tables and
 * nothing of B1's.
 */
#include <jansson.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "config.h"
#include "ims.h"
#include "ims_stock.h"
#include "payload.h"

typedef struct ImsList
{
	const char *name;
	const char *table;
	const char *columns;
	const char *kinds;			/* s text, n quantity, b boolean, i integer */
	const char *order;
} ImsList;

static const ImsList lists[] = {
	{"products", "ims_product", "sku, name, active", "ssb", "sku"},
	{"locations", "ims_location", "location, name", "ss", "location"},
	{"stock", "ims_stock", "sku, location, on_hand, reserved, as_of", "ssnns", "sku, location"},
	{"movements", "ims_movement", "movement_ref, kind, sku, quantity, from_location, to_location, happened_at, document_ref",
	"sssnssss", "happened_at, movement_ref"},
	{"orders", "ims_order", "order_ref, status, ordered_at, customer_ref, location", "sssss", "order_ref"},
	{"order_lines", "ims_order_line", "order_ref, line, sku, quantity, shipped", "sisnn", "order_ref, line"},
	{"shipments", "ims_shipment", "shipment_ref, order_ref, status, shipped_at, location", "sssss", "shipment_ref"},
};

static void
respond_problem(Context *context, int status, const char *text)
{
	Response   *response = context->response;

	response_reset(response);
	response->status = status;
	response->content_type = "application/json";
	buffer_puts(&response->body, "{\"error\":");
	json_put_string(&response->body, text);
	buffer_puts(&response->body, "}\n");
	if (status == 401)
		response_header(response, "WWW-Authenticate", "Basic realm=\"ims\"");
}

static bool
authorized(Context *context)
{
	const char *header = request_header(context, "Authorization");
	char	   *plain = arena_printf(context->arena, "%s:%s", config.ims_user, config.ims_password);
	size_t		length = strlen(plain);
	char	   *encoded = arena_alloc(context->arena, length * 4 / 3 + 8);

	EVP_EncodeBlock((unsigned char *) encoded, (unsigned char *) plain, (int) length);
	return header != NULL && strncasecmp(header, "Basic ", 6) == 0 && strcmp(header + 6, encoded) == 0;
}

static void
put_row(Context *context, const ImsList *list, sqlite3_stmt *statement)
{
	Buffer	   *body = &context->response->body;
	char	   *names = arena_strdup(context->arena, list->columns);
	char	   *save;
	char	   *name = strtok_r(names, ", ", &save);

	for (int i = 0; name != NULL; i++, name = strtok_r(NULL, ", ", &save))
	{
		buffer_printf(body, "%s\"%s\":", i == 0 ? "{" : ",", name);
		if (sqlite3_column_type(statement, i) == SQLITE_NULL)
			buffer_puts(body, "null");
		else if (list->kinds[i] == 'n')
			json_put_decimal(body, sqlite3_column_int64(statement, i));
		else if (list->kinds[i] == 'i')
			buffer_printf(body, "%lld", (long long) sqlite3_column_int64(statement, i));
		else if (list->kinds[i] == 'b')
			buffer_puts(body, sqlite3_column_int(statement, i) ? "true" : "false");
		else
			json_put_string(body, (const char *) sqlite3_column_text(statement, i));
	}
	buffer_putc(body, '}');
}

/* A query parameter, decoded, or NULL. */
static char *
parameter(Context *context, const char *name)
{
	char	   *copy = arena_strdup(context->arena, context->request->query);
	char	   *save;
	size_t		length = strlen(name);

	for (char *part = strtok_r(copy, "&", &save); part != NULL; part = strtok_r(NULL, "&", &save))
		if (strncmp(part, name, length) == 0 && part[length] == '=' && url_decode(part + length + 1, true))
			return part + length + 1;
	return NULL;
}

static int64_t
number_parameter(Context *context, const char *name, int64_t otherwise, int64_t most)
{
	const char *text = parameter(context, name);
	int64_t		value = text == NULL ? otherwise : strtoll(text, NULL, 10);

	return value < 0 ? 0 : value > most ? most : value;
}

static void
list_rows(Context *context, const ImsList *list)
{
	Buffer	   *body = &context->response->body;
	const char *since = strcmp(list->name, "movements") == 0 ? parameter(context, "since") : NULL;
	const char *where = since == NULL ? "?1 IS NULL" : "happened_at >= ?1";
	int64_t		limit = number_parameter(context, "limit", 100, 10000);
	int64_t		offset = number_parameter(context, "offset", 0, INT64_MAX);
	int64_t		total = db_int(context->db, 0, arena_printf(context->arena, "SELECT count(*) FROM %s WHERE %s",
															list->table, where), "s", since);
	sqlite3_stmt *statement = db_query(context->db,
									   arena_printf(context->arena, "SELECT %s FROM %s WHERE %s ORDER BY %s LIMIT ?2 OFFSET ?3",
													list->columns, list->table, where, list->order),
									   "sii", since, limit, offset);
	bool		first = true;

	context->response->status = 200;
	context->response->content_type = "application/json";
	buffer_puts(body, "{\"data\":[");
	while (statement != NULL && sqlite3_step(statement) == SQLITE_ROW)
	{
		buffer_puts(body, first ? "\n" : ",\n");
		first = false;
		put_row(context, list, statement);
	}
	buffer_printf(body, "],\n\"total\":%lld}\n", (long long) total);
	if (!db_done(context->db, statement))
		respond_problem(context, 500, db_message(context->db));
}

const char *
ims_check(Db *db, const ImsMovement *movement)
{
	static const struct
	{
		const char *kind;
		bool		from;
		bool		to;
	}			rule[] = {
		{"receipt", false, true}, {"dispatch", true, false}, {"adjustment", false, true},
		{"transfer", true, true}, {"count", false, true}, {"return", false, true},
	};
	size_t		i = 0;

	while (i < MODEL_LENGTH(rule) && (movement->kind == NULL || strcmp(rule[i].kind, movement->kind) != 0))
		i++;
	if (i == MODEL_LENGTH(rule))
		return "unknown kind";
	if ((movement->from_location != NULL) != rule[i].from || (movement->to_location != NULL) != rule[i].to)
		return "wrong locations for this kind";
	if (movement->quantity < 0 && strcmp(movement->kind, "adjustment") != 0)
		return "negative quantity";
	if (movement->movement_ref == NULL || movement->sku == NULL || movement->happened_at == NULL)
		return "movement_ref, sku and happened_at are needed";
	if (db_int(db, 0, "SELECT 1 FROM ims_product WHERE sku = ?", "s", movement->sku) == 0)
		return "unknown sku";
	if (db_int(db, 2, "SELECT (? IS NULL) + (? IS NULL) + (SELECT count(*) FROM ims_location WHERE location IN (?, ?))", "ssss",
			   movement->from_location, movement->to_location, movement->from_location, movement->to_location) != 2)
		return "unknown location";
	if (db_int(db, 0, "SELECT 1 FROM ims_movement WHERE movement_ref = ?", "s", movement->movement_ref) != 0)
		return "movement_ref exists already";
	return NULL;
}

static bool
add_stock(Db *db, const char *sku, const char *location, int64_t quantity, const char *at)
{
	return location == NULL ||
		db_run(db, "INSERT INTO ims_stock VALUES (?1, ?2, ?3, 0, ?4) ON CONFLICT (sku, location) DO UPDATE"
			   " SET on_hand = on_hand + ?3, as_of = max(as_of, ?4)", "ssis", sku, location, quantity, at);
}

bool
ims_record(Db *db, const ImsMovement *movement)
{
	int64_t		quantity = movement->quantity;

	if (strcmp(movement->kind, "count") == 0)
		quantity -= db_int(db, 0, "SELECT on_hand FROM ims_stock WHERE sku = ? AND location = ?", "ss",
						   movement->sku, movement->to_location);
	return db_run(db, "INSERT INTO ims_movement VALUES (?, ?, ?, ?, ?, ?, ?, ?)", "sssissss", movement->movement_ref,
				  movement->kind, movement->sku, movement->quantity, movement->from_location, movement->to_location,
				  movement->happened_at, movement->document_ref) &&
		add_stock(db, movement->sku, movement->from_location, -quantity, movement->happened_at) &&
		add_stock(db, movement->sku, movement->to_location, quantity, movement->happened_at);
}

static const char *
now_text(Arena *arena)
{
	char	   *text = arena_alloc(arena, 32);
	time_t		now = time(NULL);
	struct tm	utc;

	gmtime_r(&now, &utc);
	strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", &utc);
	return text;
}

static void
store_movement(Context *context, ImsMovement *movement)
{
	const char *problem;
	sqlite3_stmt *statement;

	if (!db_begin(context->db))
	{
		respond_problem(context, 500, db_message(context->db));
		return;
	}
	if (movement->movement_ref == NULL)
		movement->movement_ref = arena_printf(context->arena, "MV-%04lld", (long long)
											  db_int(context->db, 0, "SELECT count(*) FROM ims_movement", "") + 1);
	problem = ims_check(context->db, movement);
	if (problem == NULL && !ims_record(context->db, movement))
		problem = db_message(context->db);
	if (problem != NULL)
	{
		db_rollback(context->db);
		respond_problem(context, 422, problem);
		return;
	}
	statement = db_query(context->db, arena_printf(context->arena, "SELECT %s FROM ims_movement WHERE movement_ref = ?",
												   lists[3].columns), "s", movement->movement_ref);
	context->response->status = 201;
	context->response->content_type = "application/json";
	if (statement != NULL && sqlite3_step(statement) == SQLITE_ROW)
		put_row(context, &lists[3], statement);
	db_done(context->db, statement);
	if (!db_commit(context->db))
		respond_problem(context, 500, db_message(context->db));
}

static void
post_movement(Context *context)
{
	json_t	   *body = payload_load(context->request->body, context->request->body_length);
	ImsMovement movement = {
		json_string_value(json_object_get(body, "movement_ref")),
		json_string_value(json_object_get(body, "kind")),
		json_string_value(json_object_get(body, "sku")), 0,
		json_string_value(json_object_get(body, "from_location")),
		json_string_value(json_object_get(body, "to_location")),
		json_string_value(json_object_get(body, "happened_at")),
		json_string_value(json_object_get(body, "document_ref")),
	};

	if (movement.happened_at == NULL)
		movement.happened_at = now_text(context->arena);
	if (!json_is_object(body))
		respond_problem(context, 400, "malformed JSON");
	else if (!payload_decimal(json_object_get(body, "quantity"), &movement.quantity))
		respond_problem(context, 422, "quantity must be a number");
	else
		store_movement(context, &movement);
	json_decref(body);
}

void
ims_handle(Context *context)
{
	const char *name = context->request->path + strlen("/ims/");
	bool		get = strcmp(context->request->method, "GET") == 0;

	if (!authorized(context))
	{
		respond_problem(context, 401, "unauthorized");
		return;
	}
	if (strcmp(name, "movements") == 0 && strcmp(context->request->method, "POST") == 0)
	{
		post_movement(context);
		return;
	}
	for (size_t i = 0; i < MODEL_LENGTH(lists); i++)
		if (strcmp(lists[i].name, name) == 0)
		{
			if (get)
				list_rows(context, &lists[i]);
			else
				respond_problem(context, 405, "method not allowed");
			return;
		}
	respond_problem(context, 404, "not found");
}
