/*
 * service_layer_write.h
 *		Between the files of the Service Layer connector that write.
 *
 * service_layer_body.c makes text of rows and keys, service_layer_collection.c
 * checks lines in JSON, service_layer_outcome.c says what an answer means, service_layer_write.c writes single rows,
 * service_layer_lines.c lines of a document, service_layer_batch.c change sets,
 * service_layer_action.c calls actions.
 */
#ifndef STOCKBRIDGE_SERVICE_LAYER_WRITE_H
#define STOCKBRIDGE_SERVICE_LAYER_WRITE_H

#include "postgres.h"

#include "service_layer_private.h"

/*
 * service_layer_row_body
 *		The values of a row as a JSON object in UTF-8.
 *
 * Raises for what JSON has not (NaN) and for members of collections that B1
 * computes or does not know.
 */
extern char *service_layer_row_body(const RowWrite *write);

/* service_layer_append_values: members of the object only, without its braces. */
extern void service_layer_append_values(StringInfo buf, const RemoteTable *table, List *values);

/*
 * service_layer_check_collection
 *		Refuse a value of a column of type Collection (NULL = null) that is no
 *		array of objects, or has members that B1 computes or does not know.
 *
 * Returns at once for other columns.
 */
extern void service_layer_check_collection(const RemoteColumn *column, const char *json);

/* service_layer_key_path: "Items('A%27%27B')", below the service root, encoded. */
extern char *service_layer_key_path(const RemoteTable *table, List *key);

/* service_layer_key_name: "Items('A''B')", for messages; in the server's encoding. */
extern char *service_layer_key_name(const RemoteTable *table, List *key);

/*
 * service_layer_given_key
 *		The key among the values of a new row, NIL unless it is whole.
 */
extern List *service_layer_given_key(const RowWrite *write);

/* What became of a write. */
typedef enum WriteVerdict
{
	WRITE_DONE,
	WRITE_MISSING,				/* there is no such row */
	WRITE_REFUSED,				/* nothing was written */
	WRITE_UNKNOWN
} WriteVerdict;

/*
 * service_layer_judge
 *		What an answer to a write means (SL §7).
 *
 * "may_become_draft": the write makes a document, which an approval procedure
 * may have turned into a draft when the answer is -2028.
 */
extern WriteVerdict service_layer_judge(const HttpResponse *response, bool login_failed,
										bool may_become_draft);

/* service_layer_makes_document: whether an INSERT may be caught by an approval. */
extern bool service_layer_makes_document(const RemoteTable *table);

/*
 * service_layer_raise_write
 *		Report a write that was refused, missing or of unknown outcome.
 *
 * "attempted" is as in "inserting Items('A')"; "look" completes the hint of an
 * unknown outcome, as in "Look whether Items('A') is there".
 */
extern void service_layer_raise_write(const RemoteServer *server, const HttpResponse *response,
									  bool login_failed, WriteVerdict verdict,
									  const char *attempted, const char *look) pg_attribute_noreturn();

/*
 * service_layer_send_write
 *		Send one write once and report it to written.c; "name" may be NULL.
 *
 * Returns on WRITE_DONE and WRITE_MISSING only.
 */
extern WriteVerdict service_layer_send_write(const RemoteServer *server,
											 const ServiceLayerRequest *call, bool may_become_draft,
											 const char *name, const char *attempted,
											 const char *look, HttpResponse **answer);

/* service_layer_location_name: "Orders(12)" of a Location header's URL; NULL if it has none. */
extern char *service_layer_location_name(const char *location);

/* service_layer_read_entity: GET of a whole entity; NULL if it is not there. */
extern HttpResponse *service_layer_read_entity(const RemoteTable *table, const char *path);

/*
 * service_layer_write_headers
 *		Headers of a PATCH or DELETE: the version that is guarded (option "etag"),
 *		and that lines not given are deleted (option "patch_collections").
 *
 * Raises where a version is needed and the row has none; "name" is the row's.
 */
extern List *service_layer_write_headers(const RowWrite *write, const char *name);

/*
 * service_layer_update_line
 *		UPDATE of one line, after service_layer_refresh_line; false if it is gone.
 */
extern bool service_layer_update_line(RowWrite *write);

#endif							/* STOCKBRIDGE_SERVICE_LAYER_WRITE_H */
