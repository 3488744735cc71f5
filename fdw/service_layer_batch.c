/*
 * service_layer_batch.c
 *		Several new rows in one change set of a $batch (SL §5.6).
 *
 * A change set is written whole or not at all.  Its answer is judged strictly:
 * written is only what one whole nested multipart says, part by part; refused
 * is only what a single part with an error says.  Whatever else comes, cut
 * short, with fewer parts than rows, or from a gateway, leaves the outcome
 * unknown, and that is what is raised.
 *
 * In the answer the Content-ID is among the headers of the part in version 2,
 * of the answer inside it in version 1.
 */
#include "postgres.h"

#include "multipart.h"
#include "option.h"
#include "service_layer_change_set.h"
#include "service_layer_write.h"
#include "written.h"

/* One change set and what came of it. */
typedef struct ChangeSet
{
	RowWrite   *writes;
	int			nwrites;
	char	  **names;			/* of the rows, NULL where B1 gives the key */
	HttpResponse *failed;		/* the answer that is no success */
	int			failed_row;		/* whose it is, -1 = not told */
} ChangeSet;

int
service_layer_batch_size(const RemoteTable *table)
{
	if (remote_option(table->options, "batch_size") != NULL)
		return (int) option_int(table->options, "batch_size");
	return (int) option_int(table->server->options, "batch_size");
}

static void
render_batch(const ChangeSet *set, ServiceLayerRequest *call)
{
	const RemoteTable *table = set->writes[0].table;
	ChangeSetText *text = change_set_begin(table->server);

	for (int i = 0; i < set->nwrites; i++)
		change_set_add(text, url_encode(table_info(table)->entity), "Prefer: return-no-content\r\n",
					   service_layer_row_body(&set->writes[i]));
	call->method = "POST";
	call->is_write = true;
	change_set_finish(text, call);
}

/* The row that a part's Content-ID names, -1 if none. */
static int
row_of(const ChangeSet *set, const HttpResponse *response)
{
	const char *id = http_header(response, "Content-ID");
	int			row = id ? atoi(id) - 1 : -1;

	return row >= 0 && row < set->nwrites ? row : -1;
}

/* An answer that does not settle what has become of the change set. */
static WriteVerdict
unsettled(ChangeSet *set, HttpResponse *response, const char *why)
{
	response->outcome = HTTP_UNANSWERED;
	response->failure_text = why;
	set->failed = response;
	return WRITE_UNKNOWN;
}

/* A single part in place of the change set's answer. */
static WriteVerdict
judge_single(ChangeSet *set, HttpResponse *outer, HttpResponse *part)
{
	WriteVerdict verdict;

	if (part == NULL)
		return unsettled(set, outer, "a part of the batch is no HTTP answer");
	verdict = service_layer_judge(part, false, service_layer_makes_document(set->writes[0].table));
	if (verdict == WRITE_DONE)
		return unsettled(set, outer, "the batch has fewer answers than requests");
	set->failed = part;
	set->failed_row = row_of(set, part);
	return verdict == WRITE_MISSING ? WRITE_REFUSED : verdict;
}

/* Take over what a successful part says of its row. */
static void
take_part(ChangeSet *set, const HttpResponse *part, int position)
{
	int			row = row_of(set, part);
	const char *location = http_header(part, "Location");
	char	   *name = location ? service_layer_location_name(location) : NULL;

	if (row < 0)
		row = position;
	if (name != NULL)
		set->names[row] = name;
}

/* The parts of a change set that was carried out. */
static WriteVerdict
judge_parts(ChangeSet *set, HttpResponse *outer, const List *parts)
{
	ListCell   *lc;

	if (list_length(parts) != set->nwrites)
		return unsettled(set, outer, "the change set has fewer answers than requests");
	foreach(lc, parts)
	{
		HttpResponse *part = multipart_response(*(TextSpan *) lfirst(lc));

		if (part == NULL || service_layer_judge(part, false, false) != WRITE_DONE)
			return unsettled(set, outer, "the answers of the change set contradict each other");
		take_part(set, part, foreach_current_index(lc));
	}
	return WRITE_DONE;
}

static WriteVerdict
judge_batch(ChangeSet *set, HttpResponse *response, bool login_failed)
{
	List	   *parts;
	const char *doubt;
	bool		whole;

	set->failed = response;
	if (login_failed || !change_set_was_judged(response))
		return service_layer_judge(response, login_failed, false) == WRITE_UNKNOWN
			? WRITE_UNKNOWN : WRITE_REFUSED;
	doubt = change_set_parts(response, &parts, &whole);
	if (doubt != NULL)
		return unsettled(set, response, doubt);
	if (!whole || (list_length(parts) == 1 && set->nwrites > 1))
		return judge_single(set, response, multipart_response(*(TextSpan *) linitial(parts)));
	return judge_parts(set, response, parts);
}

/* The rows of the set by name, as many as are known. */
static char *
row_names(const ChangeSet *set)
{
	WrittenNames names = {0};

	for (int i = 0; i < set->nwrites; i++)
		written_names_add(&names, set->names[i]);
	return written_names_text(&names);
}

static void
raise_failure(const ChangeSet *set, bool login_failed, WriteVerdict verdict)
{
	const RemoteTable *table = set->writes[0].table;
	const char *entity = table_info(table)->entity;
	const char *names = row_names(set);
	char	   *attempted = psprintf("inserting %d rows into entity set %s", set->nwrites, entity);
	char	   *look = psprintf("Look for %s (all of them are there, or none)",
								*names ? names : psprintf("them among the newest of entity set %s", entity));

	if (verdict == WRITE_REFUSED && set->failed_row >= 0)
		attempted = set->names[set->failed_row] != NULL
			? psprintf("inserting %s", set->names[set->failed_row])
			: psprintf("inserting row %d of %d into entity set %s", set->failed_row + 1,
					   set->nwrites, entity);
	service_layer_raise_write(table->server, set->failed, login_failed, verdict, attempted, look);
}

void
service_layer_write_batch(RowWrite *writes, int nwrites)
{
	ChangeSet	set = {.writes = writes, .nwrites = nwrites, .failed_row = -1};
	const RemoteServer *server = writes[0].table->server;
	ServiceLayerRequest call = {0};
	HttpResponse *response;
	bool		login_failed;
	WriteVerdict verdict;

	set.names = palloc0(sizeof(char *) * nwrites);
	for (int i = 0; i < nwrites; i++)
	{
		List	   *key = service_layer_given_key(&writes[i]);

		if (key != NIL)
			set.names[i] = writes[i].name = service_layer_key_name(writes[i].table, key);
	}
	render_batch(&set, &call);
	written_begin(server, nwrites, set.names);
	response = service_layer_send(server, &call, &login_failed);
	verdict = judge_batch(&set, response, login_failed);
	written_end(verdict == WRITE_DONE ? WRITTEN_DONE :
				verdict == WRITE_UNKNOWN ? WRITTEN_UNKNOWN : WRITTEN_NOT_DONE, set.names);
	if (verdict != WRITE_DONE)
		raise_failure(&set, login_failed, verdict);
	for (int i = 0; i < nwrites; i++)
		writes[i].name = set.names[i];
}
