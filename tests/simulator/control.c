/*
 * control.c
 *		/sim: what a test asks of the simulator itself, outside B1's protocol.
 *
 * Needs no login.  Reads the books directly, so that a test compares what B1
 * has with what the other side claims.
 */
#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "control.h"
#include "fault.h"
#include "node.h"
#include "payload.h"
#include "policy.h"
#include "seed.h"
#include "session.h"
#include "stock.h"

typedef struct Count
{
	struct Count *next;
	char	   *name;			/* "GET /b1s/v2/Items" */
	int64_t		requests;
} Count;

static Count *counts;
static int64_t total_requests;
static int64_t logins;
static int64_t logouts;
static atomic_llong connections;
static FILE *record;			/* under counts_lock once requests come in */
static pthread_mutex_t counts_lock = PTHREAD_MUTEX_INITIALIZER;

/* "METHOD /path", without query, keys replaced by "(…)" so that counts add up. */
static char *
count_name(const char *method, const char *target)
{
	Buffer		name = {0};
	size_t		length = strcspn(target, "?");
	const char *open = memchr(target, '(', length);

	buffer_printf(&name, "%s ", method);
	if (open != NULL && strstr(target, "$crossjoin") == NULL)
	{
		const char *close = memrchr(target, ')', length);

		buffer_add(&name, target, (size_t) (open - target));
		buffer_puts(&name, "(…)");
		if (close != NULL)
			buffer_add(&name, close + 1, length - (size_t) (close + 1 - target));
	}
	else
		buffer_add(&name, target, length);
	return name.data;
}

bool
control_record_to(const char *path)
{
	if (path == NULL)
		return true;
	record = fopen(path, "w");
	if (record == NULL)
	{
		perror(path);
		return false;
	}
	setvbuf(record, NULL, _IOLBF, 0);
	return true;
}

void
control_record_end(void)
{
	if (record != NULL)
		fclose(record);
	record = NULL;
}

void
control_count(const char *method, const char *target)
{
	char	   *name;
	Count	   *count;

	if (strncmp(target, "/sim/", 5) == 0)
		return;
	name = count_name(method, target);
	pthread_mutex_lock(&counts_lock);
	if (record != NULL)
		fprintf(record, "%s %s\n", method, target);
	total_requests++;
	if (strstr(name, "/Login") != NULL)
		logins++;
	if (strstr(name, "/Logout") != NULL)
		logouts++;
	for (count = counts; count != NULL && strcmp(count->name, name) != 0; count = count->next)
		;
	if (count == NULL && (count = calloc(1, sizeof(Count))) != NULL)
	{
		count->name = name;
		count->next = counts;
		counts = count;
		name = NULL;
	}
	if (count != NULL)
		count->requests++;
	pthread_mutex_unlock(&counts_lock);
	free(name);
}

void
control_count_connection(void)
{
	atomic_fetch_add(&connections, 1);
}

void
control_reset_counts(void)
{
	pthread_mutex_lock(&counts_lock);
	while (counts != NULL)
	{
		Count	   *next = counts->next;

		free(counts->name);
		free(counts);
		counts = next;
	}
	total_requests = logins = logouts = 0;
	atomic_store(&connections, 0);
	pthread_mutex_unlock(&counts_lock);
}

static void
answer(Context *context, int status)
{
	context->response->status = status;
	context->response->content_type = "application/json";
}

static void
problem(Context *context, int status, const char *text)
{
	response_reset(context->response);
	answer(context, status);
	buffer_puts(&context->response->body, "{\"error\":");
	json_put_string(&context->response->body, text);
	buffer_puts(&context->response->body, "}\n");
}

static void
show_requests(Context *context)
{
	Buffer	   *body = &context->response->body;
	const char *comma = "";

	answer(context, 200);
	pthread_mutex_lock(&counts_lock);
	buffer_printf(body, "{\"total\":%lld,\"logins\":%lld,\"logouts\":%lld,\"connections\":%lld,\"sessions\":%d,\"counts\":{",
				  (long long) total_requests, (long long) logins, (long long) logouts,
				  (long long) atomic_load(&connections), session_count());
	for (Count *count = counts; count != NULL; count = count->next)
	{
		buffer_puts(body, comma);
		json_put_string(body, count->name);
		buffer_printf(body, ":%lld", (long long) count->requests);
		comma = ",";
	}
	pthread_mutex_unlock(&counts_lock);
	buffer_puts(body, "}}\n");
}

static void
put_text(Buffer *body, const char *name, const char *text)
{
	buffer_printf(body, "\"%s\":", name);
	if (text == NULL)
		buffer_puts(body, "null");
	else
		json_put_string(body, text);
}

static void
put_ledger_lines(Context *context, const EntitySet *set, int64_t entry)
{
	Buffer	   *body = &context->response->body;
	bool		counting = set->effect == EFFECT_COUNT || set->effect == EFFECT_POSTING;
	bool		transfer = set->effect == EFFECT_TRANSFER || set->effect == EFFECT_REQUEST;
	sqlite3_stmt *statement;
	const char *comma = "";

	statement = db_query(context->db,
						 arena_printf(context->arena, "SELECT _seq, ItemCode, WarehouseCode, %s, %s, %s FROM \"%s/%s\" WHERE %s = ? ORDER BY _seq",
									  counting ? "CountedQuantity" : "Quantity", transfer ? "FromWarehouseCode" : "NULL",
									  counting ? "Variance" : "NULL", set->name, set->lines, set->key), "i", entry);
	while (statement != NULL && sqlite3_step(statement) == SQLITE_ROW)
	{
		buffer_printf(body, "%s{\"line_num\":%lld,", comma, (long long) sqlite3_column_int64(statement, 0));
		put_text(body, "item_code", (const char *) sqlite3_column_text(statement, 1));
		buffer_putc(body, ',');
		put_text(body, "warehouse_code", (const char *) sqlite3_column_text(statement, 2));
		buffer_puts(body, ",\"quantity\":");
		json_put_decimal(body, sqlite3_column_int64(statement, 3));
		if (transfer)
		{
			buffer_putc(body, ',');
			put_text(body, "from_warehouse_code", (const char *) sqlite3_column_text(statement, 4));
		}
		if (counting)
		{
			buffer_puts(body, ",\"variance\":");
			json_put_decimal(body, sqlite3_column_int64(statement, 5));
		}
		buffer_putc(body, '}');
		comma = ",";
	}
	db_done(context->db, statement);
}

static void
put_ledger_document(Context *context, const char *entity, int64_t entry)
{
	Buffer	   *body = &context->response->body;
	const EntitySet *set = model_find_set(entity);
	bool		counting = set->effect == EFFECT_COUNT || set->effect == EFFECT_POSTING;
	bool		keyed = model_find_property(set->type, "U_SB_KEY", 2) != NULL;
	const char *letter = db_text(context->db, context->arena, "SELECT letter FROM cancelled WHERE entity = ? AND doc_entry = ?",
								 "si", entity, entry);
	sqlite3_stmt *statement;

	statement = db_query(context->db,
						 arena_printf(context->arena, "SELECT %s, %s, %s FROM \"%s\" WHERE %s = ?",
									  counting ? "DocumentNumber" : "DocNum",
									  set->effect == EFFECT_POSTING ? "PostingDate" : counting ? "CountDate" : "DocDate",
									  keyed ? "U_SB_KEY" : "NULL", set->name, set->key), "i", entry);
	buffer_printf(body, "{\"entity\":\"%s\",\"doc_entry\":%lld,", entity, (long long) entry);
	if (statement != NULL && sqlite3_step(statement) == SQLITE_ROW)
	{
		buffer_printf(body, "\"doc_num\":%lld,", (long long) sqlite3_column_int64(statement, 0));
		put_text(body, "doc_date", (const char *) sqlite3_column_text(statement, 1));
		buffer_putc(body, ',');
		put_text(body, "key", (const char *) sqlite3_column_text(statement, 2));
	}
	db_done(context->db, statement);
	buffer_printf(body, ",\"cancelled\":%s,\"cancellation\":%s,\"lines\":[",
				  letter != NULL && *letter == 'Y' ? "true" : "false", letter != NULL && *letter == 'C' ? "true" : "false");
	put_ledger_lines(context, set, entry);
	buffer_puts(body, "]}");
}

static void
show_ledger(Context *context)
{
	Buffer	   *body = &context->response->body;
	sqlite3_stmt *statement = db_query(context->db, "SELECT entity, doc_entry FROM ledger ORDER BY seq", "");
	const char *comma = "\n";

	answer(context, 200);
	buffer_puts(body, "{\"documents\":[");
	while (statement != NULL && sqlite3_step(statement) == SQLITE_ROW)
	{
		buffer_puts(body, comma);
		put_ledger_document(context, (const char *) sqlite3_column_text(statement, 0), sqlite3_column_int64(statement, 1));
		comma = ",\n";
	}
	buffer_puts(body, "]}\n");
	if (!db_done(context->db, statement))
		problem(context, 500, db_message(context->db));
}

static void
show_stock(Context *context)
{
	static const char *const number[] = {"in_stock", "committed", "ordered", "average_price"};
	Buffer	   *body = &context->response->body;
	sqlite3_stmt *statement = db_query(context->db, "SELECT ItemCode, WarehouseCode, InStock, Committed, Ordered, StandardAveragePrice"
									   " FROM \"Items/ItemWarehouseInfoCollection\" ORDER BY ItemCode, WarehouseCode", "");
	const char *comma = "\n";

	answer(context, 200);
	buffer_puts(body, "{\"stock\":[");
	while (statement != NULL && sqlite3_step(statement) == SQLITE_ROW)
	{
		buffer_puts(body, comma);
		buffer_putc(body, '{');
		put_text(body, "item_code", (const char *) sqlite3_column_text(statement, 0));
		buffer_putc(body, ',');
		put_text(body, "warehouse_code", (const char *) sqlite3_column_text(statement, 1));
		for (int i = 0; i < 4; i++)
		{
			buffer_printf(body, ",\"%s\":", number[i]);
			json_put_decimal(body, sqlite3_column_int64(statement, i + 2));
		}
		buffer_putc(body, '}');
		comma = ",\n";
	}
	buffer_puts(body, "]}\n");
	if (!db_done(context->db, statement))
		problem(context, 500, db_message(context->db));
}

/* Someone changes stock behind everybody's back (SL 11.16): no document tells. */
static const char *
drift_stock(Context *context, json_t *body)
{
	const char *item = json_string_value(json_object_get(body, "item_code"));
	const char *warehouse = json_string_value(json_object_get(body, "warehouse_code"));
	const char *locked = json_string_value(json_object_get(body, "locked"));
	int64_t		in_stock = 0;
	int64_t		committed = 0;

	if (item == NULL || warehouse == NULL)
		return "item_code and warehouse_code are needed";
	if (db_int(context->db, 0, "SELECT 1 FROM \"Items/ItemWarehouseInfoCollection\" WHERE ItemCode = ? AND WarehouseCode = ?", "ss",
			   item, warehouse) == 0)
		return "no such item in this warehouse";
	payload_decimal(json_object_get(body, "in_stock"), &in_stock);
	payload_decimal(json_object_get(body, "committed"), &committed);
	if (!db_begin(context->db))
		return db_message(context->db);
	if (!stock_add(context->db, item, warehouse, in_stock, committed, 0) ||
		(locked != NULL && !db_run(context->db, "UPDATE \"Items/ItemWarehouseInfoCollection\" SET Locked = ? WHERE ItemCode = ?"
								   " AND WarehouseCode = ?", "sss", locked, item, warehouse)))
	{
		db_rollback(context->db);
		return "the books refused the change";
	}
	return db_commit(context->db) ? NULL : db_message(context->db);
}

/* Locks or opens the posting periods that a date range touches. */
static const char *
lock_periods(Context *context, json_t *body)
{
	const char *from = json_string_value(json_object_get(body, "from"));
	const char *to = json_string_value(json_object_get(body, "to"));
	bool		ok;

	if (from == NULL || to == NULL || !json_is_boolean(json_object_get(body, "locked")))
		return "from, to and locked are needed";
	if (!db_begin(context->db))
		return db_message(context->db);
	ok = db_run(context->db, "UPDATE period SET locked = ? WHERE last >= ? AND first <= ?", "iss",
				(int64_t) json_is_true(json_object_get(body, "locked")), from, to);
	return ok && db_commit(context->db) ? NULL : db_message(context->db);
}

static const char *
reset_books(Context *context)
{
	sqlite3_stmt *statement;
	Buffer		sql = {0};
	bool		ok;

	if (!db_begin(context->db))
		return db_message(context->db);
	statement = db_query(context->db, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'", "");
	while (statement != NULL && sqlite3_step(statement) == SQLITE_ROW)
		buffer_printf(&sql, "DELETE FROM \"%s\";", (const char *) sqlite3_column_text(statement, 0));
	db_done(context->db, statement);
	ok = sqlite3_exec(context->db->handle, sql.data, NULL, NULL, NULL) == SQLITE_OK && seed_books(context->db);
	buffer_free(&sql);
	if (!ok)
		db_rollback(context->db);
	fault_clear();
	node_revive_all();
	policy_clear();
	session_drop_all();
	control_reset_counts();
	return ok && db_commit(context->db) ? NULL : "the books could not be reset";
}

static const char *
add_fault(Context *context, json_t *body)
{
	(void) context;
	return fault_add(body);
}

static const char *
add_policy(Context *context, json_t *body)
{
	(void) context;
	return policy_add(body);
}

static const char *
drop_sessions(Context *context, json_t *body)
{
	(void) context;
	(void) body;
	session_drop_all();
	return NULL;
}

static const char *
reset(Context *context, json_t *body)
{
	(void) body;
	return reset_books(context);
}

static void
show_faults(Context *context)
{
	json_t	   *list = fault_list();
	char	   *text = json_dumps(list, JSON_COMPACT);

	answer(context, 200);
	buffer_printf(&context->response->body, "{\"faults\":%s}\n", text == NULL ? "[]" : text);
	free(text);
	json_decref(list);
}

static void
show_nodes(Context *context)
{
	answer(context, 200);
	node_show(&context->response->body);
}

static const char *
set_node(Context *context, json_t *body)
{
	(void) context;
	return node_control(body);
}

static void
perform(Context *context, const char *(*act) (Context *, json_t *))
{
	json_t	   *body = json_loadb(context->request->body, context->request->body_length, 0, NULL);
	const char *wrong = act(context, body);

	json_decref(body);
	if (wrong != NULL)
		problem(context, 400, wrong);
	else
	{
		answer(context, 200);
		buffer_puts(&context->response->body, "{\"done\":true}\n");
	}
}

void
control_handle(Context *context)
{
	static const struct
	{
		const char *name;
		void		(*show) (Context *);
		const char *(*act) (Context *, json_t *);
	}			route[] = {
		{"ledger", show_ledger, NULL}, {"stock", show_stock, drift_stock}, {"requests", show_requests, NULL},
		{"fault", show_faults, add_fault}, {"reset", NULL, reset}, {"period", NULL, lock_periods},
		{"sessions", NULL, drop_sessions}, {"policy", NULL, add_policy}, {"node", show_nodes, set_node},
	};
	static const struct
	{
		const char *name;
		void		(*clear) (void);
	}			clearable[] = {
		{"fault", fault_clear}, {"policy", policy_clear}, {"requests", control_reset_counts},
	};
	const char *name = context->request->path + strlen("/sim/");
	const char *method = context->request->method;

	for (size_t i = 0; i < MODEL_LENGTH(clearable); i++)
		if (strcmp(method, "DELETE") == 0 && strcmp(clearable[i].name, name) == 0)
		{
			clearable[i].clear();
			answer(context, 200);
			buffer_puts(&context->response->body, "{\"done\":true}\n");
			return;
		}
	for (size_t i = 0; i < MODEL_LENGTH(route); i++)
	{
		if (strcmp(route[i].name, name) != 0)
			continue;
		if (strcmp(method, "GET") == 0 && route[i].show != NULL)
			route[i].show(context);
		else if (strcmp(method, "POST") == 0 && route[i].act != NULL)
			perform(context, route[i].act);
		else
			problem(context, 405, "method not allowed");
		return;
	}
	problem(context, 404, "not found");
}
