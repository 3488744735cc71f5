/*
 * context.h
 *		One request to the Service Layer and its answer, free of any transport.
 *
 * The HTTP front and the batch reader both make these; everything behind them
 * works on a Context alone.  A function that answers false has already put an
 * error into the response.
 */
#ifndef CONTEXT_H
#define CONTEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "books.h"
#include "text.h"

typedef struct Session Session;

typedef struct Request
{
	const char *method;
	const char *path;			/* below the service root, still percent-encoded */
	const char *query;			/* after '?', still percent-encoded, "" if none */
	const char *body;			/* NUL-terminated */
	size_t		body_length;
	const char *(*header) (void *source, const char *name);
	void	   *header_source;
} Request;

#define RESPONSE_HEADERS 12

typedef struct Response
{
	int			status;
	const char *content_type;	/* NULL for an empty body */
	Buffer		body;
	int			header_count;
	struct
	{
		const char *name;
		char		value[512];
	}			header[RESPONSE_HEADERS];
} Response;

typedef struct Context
{
	Arena	   *arena;
	Db		   *db;
	Request    *request;
	Response   *response;
	Session    *session;
	int			node;			/* that works on it, from 1 */
	int			version;		/* 1 or 2 */
	const char *root;			/* https://host:port/b1s/vN */
	bool		case_insensitive;	/* asked for by this request's header */
	bool		in_batch;
} Context;

extern const char *request_header(const Context *context, const char *name);

/* Header "name" holds the value "yes"-like: true, 1, yes, tYES in any case. */
extern bool request_flag(const Context *context, const char *name);

extern void response_header(Response *response, const char *name, const char *format,...)
			__attribute__((format(printf, 3, 4)));
extern void response_reset(Response *response);
extern void response_free(Response *response);

/* Puts the version's error envelope into the response. Always returns false. */
extern bool respond_error(Context *context, int status, const char *code, const char *format,...)
			__attribute__((format(printf, 4, 5)));

/* The answers that recur; all return false. */
extern bool respond_not_found(Context *context);
extern bool respond_database(Context *context);
extern bool respond_unrecognized(Context *context);

/* 200 with the JSON content type of the version; the caller fills the body. */
extern void respond_json(Context *context, int status);
extern void respond_empty(Context *context);	/* 204 */

/* "odata.x" or "@odata.x", as a member name with quotes, colon and blank. */
extern void json_put_control(Buffer *buffer, int version, const char *name);

#endif
