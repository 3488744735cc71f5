/*
 * batch.c
 *		POST $batch: parts, change sets, and their combined answer (SL 5.6).
 *
 * Parts run one after another.  A change set is one transaction; the first
 * failure undoes it, answers with a single part, and stops the batch: parts
 * after it are neither carried out nor answered.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "batch.h"
#include "config.h"
#include "service.h"

#define PART_HEADERS 16

typedef struct Part
{
	const char *header[PART_HEADERS][2];	/* MIME and HTTP headers, in this order */
	int			header_count;
	const char *content_id;
	char	   *method;
	char	   *path;
	char	   *query;
	char	   *body;
	struct Part *change;		/* parts of a change set; NULL: a single request */
	int			change_count;
} Part;

typedef struct Batch
{
	Context    *context;
	const char *boundary;		/* of the answer */
	Buffer		out;
	int			next_boundary;
} Batch;

static bool
incomplete(Context *context)
{
	return respond_error(context, 400, "-1000", "Incomplete Batch Request Body!");
}

/* The boundary parameter of a content type, quoted or not. */
static char *
boundary_of(Arena *arena, const char *content_type)
{
	const char *start = content_type == NULL ? NULL : strcasestr(content_type, "boundary=");
	size_t		length;

	if (start == NULL)
		return NULL;
	start += strlen("boundary=");
	if (*start == '"')
		length = strcspn(++start, "\"");
	else
		length = strcspn(start, "; \r\n");
	return length == 0 ? NULL : arena_strndup(arena, start, length);
}

/* One line without its end; *text moves behind it. NULL at the end of the text. */
static char *
take_line(Arena *arena, char **text)
{
	char	   *start = *text;
	size_t		length = strcspn(start, "\n");

	if (*start == '\0')
		return NULL;
	*text = start + length + (start[length] == '\n' ? 1 : 0);
	if (length > 0 && start[length - 1] == '\r')
		length--;
	return arena_strndup(arena, start, length);
}

/* Header lines up to the blank one; false where the text ends before it. */
static bool
take_headers(Arena *arena, char **text, Part *part)
{
	char	   *line;

	while ((line = take_line(arena, text)) != NULL)
	{
		char	   *colon = strchr(line, ':');

		if (*line == '\0')
			return true;
		if (colon == NULL || part->header_count == PART_HEADERS)
			return false;
		*colon++ = '\0';
		while (*colon == ' ')
			colon++;
		part->header[part->header_count][0] = line;
		part->header[part->header_count++][1] = colon;
	}
	return false;
}

static const char *
part_header(void *source, const char *name)
{
	const Part *part = source;

	for (int i = 0; i < part->header_count; i++)
		if (strcasecmp(part->header[i][0], name) == 0)
			return part->header[i][1];
	return NULL;
}

/*
 * Cuts the text between boundaries into pieces; false unless the closing
 * boundary is there.
 */
static bool
cut_parts(Arena *arena, const char *text, const char *boundary, char ***piece, int *count)
{
	char	   *mark = arena_printf(arena, "--%s", boundary);
	size_t		length = strlen(mark);
	const char *at = strstr(text, mark);

	*piece = NULL;
	*count = 0;
	while (at != NULL)
	{
		const char *start = at + length;
		const char *next;
		const char *end;
		char	  **larger;

		if (strncmp(start, "--", 2) == 0)
			return *count > 0;
		start += strcspn(start, "\n");
		if (*start == '\n')
			start++;
		next = strstr(start, mark);
		if (next == NULL)
			return false;
		/* the line end before a boundary belongs to the boundary */
		end = next;
		if (end > start && end[-1] == '\n')
			end--;
		if (end > start && end[-1] == '\r')
			end--;
		larger = arena_alloc(arena, sizeof(char *) * (size_t) (*count + 1));
		if (*count > 0)
			memcpy(larger, *piece, sizeof(char *) * (size_t) *count);
		*piece = larger;
		(*piece)[(*count)++] = arena_strndup(arena, start, (size_t) (end - start));
		at = next;
	}
	return false;
}

/* "METHOD target [HTTP/1.1]": a path, a bare name, or a whole URL. */
static bool
parse_request_line(Context *context, Part *part, char *line)
{
	char	   *save;
	char	   *method = line == NULL ? NULL : strtok_r(line, " ", &save);
	char	   *target = method == NULL ? NULL : strtok_r(NULL, " ", &save);
	char	   *root;

	if (target == NULL)
		return incomplete(context);
	for (char *c = method; *c != '\0'; c++)
		*c = (char) toupper((unsigned char) *c);
	part->method = method;
	root = strstr(target, "/b1s/v");
	if (root != NULL)
	{
		target = strchr(root + strlen("/b1s/v"), '/');
		if (target == NULL)
			return incomplete(context);
	}
	part->path = target;
	part->query = strchr(target, '?');
	if (part->query != NULL)
		*part->query++ = '\0';
	else
		part->query = "";
	return true;
}

static bool
parse_http(Context *context, char *text, Part *part)
{
	Arena	   *arena = context->arena;

	part->content_id = part_header(part, "Content-ID");
	if (!parse_request_line(context, part, take_line(arena, &text)))
		return false;
	if (!take_headers(arena, &text, part))
		return incomplete(context);
	if (part->content_id == NULL)
		part->content_id = part_header(part, "Content-ID");
	part->body = text;
	return true;
}

static bool
parse_change_set(Context *context, char *text, const char *boundary, Part *part)
{
	char	  **piece;

	if (!cut_parts(context->arena, text, boundary, &piece, &part->change_count))
		return incomplete(context);
	part->change = arena_alloc(context->arena, sizeof(Part) * (size_t) part->change_count);
	for (int i = 0; i < part->change_count; i++)
	{
		Part	   *change = &part->change[i];

		if (!take_headers(context->arena, &piece[i], change))
			return incomplete(context);
		if (!parse_http(context, piece[i], change))
			return false;
		if (strcmp(change->method, "GET") == 0)
			return respond_error(context, 400, "-1000", "Retrieve operations are not allowed in a change set");
		if (context->version == 2 && change->content_id == NULL)
			return respond_error(context, 400, "-1000", "Content-ID is missing in a change set");
	}
	return true;
}

static bool
parse_part(Context *context, char *text, Part *part)
{
	const char *type;

	if (!take_headers(context->arena, &text, part))
		return incomplete(context);
	type = part_header(part, "Content-Type");
	if (type != NULL && strncasecmp(type, "multipart/mixed", strlen("multipart/mixed")) == 0)
	{
		char	   *boundary = boundary_of(context->arena, type);

		return boundary == NULL ? incomplete(context) : parse_change_set(context, text, boundary, part);
	}
	return parse_http(context, text, part);
}

static const char *
reason_of(int status)
{
	static const struct
	{
		int			status;
		const char *reason;
	}			reason[] = {
		{200, "OK"}, {201, "Created"}, {204, "No Content"}, {400, "Bad Request"}, {401, "Unauthorized"}, {404, "Not Found"},
		{405, "Method Not Allowed"}, {412, "Precondition Failed"}, {500, "Internal Server Error"},
	};

	for (size_t i = 0; i < sizeof(reason) / sizeof(reason[0]); i++)
		if (reason[i].status == status)
			return reason[i].reason;
	return "Unknown";
}

static void
put_response(Batch *batch, Buffer *out, const char *boundary, const Part *part, const Response *response)
{
	int			version = batch->context->version;

	buffer_printf(out, "--%s\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n", boundary);
	/* version 2 names the request in the MIME headers, version 1 in the HTTP ones (SL 2) */
	if (version == 2 && part->content_id != NULL)
		buffer_printf(out, "Content-ID: %s\r\n", part->content_id);
	buffer_printf(out, "\r\nHTTP/1.1 %d %s\r\n", response->status, reason_of(response->status));
	if (version == 1 && part->content_id != NULL)
		buffer_printf(out, "Content-ID: %s\r\n", part->content_id);
	for (int i = 0; i < response->header_count; i++)
		buffer_printf(out, "%s: %s\r\n", response->header[i].name, response->header[i].value);
	if (response->content_type != NULL)
		buffer_printf(out, "Content-Type: %s\r\n", response->content_type);
	buffer_printf(out, "Content-Length: %zu\r\n\r\n", response->body.length);
	if (response->body.length > 0)
		buffer_add(out, response->body.data, response->body.length);
	buffer_puts(out, "\n\r\n");
}

/* Runs one part with a context of its own on the same connection and session. */
static bool
run_part(Batch *batch, Part *part, const char *path, Response *response)
{
	Context		context = *batch->context;
	Request		request = {part->method, path, part->query, part->body, strlen(part->body), part_header, part};

	context.request = &request;
	context.response = response;
	context.in_batch = true;
	service_dispatch(&context);
	/* a logout inside the batch ends the session for the rest */
	return response->status > 0 && response->status < 400;
}

/* "$1" or "$1/Cancel": the entity that part 1 of this change set created. */
static const char *
resolve_reference(Batch *batch, const Part *part, int position, char *const *created, const Part *change)
{
	const char *name = part->path + strspn(part->path, "/");

	for (int i = 0; i < position; i++)
	{
		size_t		length = change[i].content_id == NULL ? 0 : strlen(change[i].content_id);

		if (name[0] == '$' && length > 0 && created[i] != NULL && strncmp(name + 1, change[i].content_id, length) == 0 &&
			(name[length + 1] == '\0' || name[length + 1] == '/'))
			return arena_printf(batch->context->arena, "%s%s", created[i], name + length + 1);
	}
	return part->path;
}

/* Below the service root, from an absolute or a rooted Location. */
static char *
created_path(Batch *batch, const Response *response)
{
	for (int i = 0; i < response->header_count; i++)
		if (strcmp(response->header[i].name, "Location") == 0)
		{
			const char *root = strstr(response->header[i].value, "/b1s/v");

			return root == NULL ? NULL : arena_strdup(batch->context->arena, root + strlen("/b1s/v1"));
		}
	return NULL;
}

static void
pause_for_postings(const Part *part)
{
	for (int i = 0; i < part->change_count; i++)
	{
		struct timespec pause = {config.service_ms / 1000, (long) (config.service_ms % 1000) * 1000000};

		if (config.service_ms > 0)
			nanosleep(&pause, NULL);
	}
}

static bool
run_change_set(Batch *batch, Part *part)
{
	Context    *context = batch->context;
	const char *boundary = arena_printf(context->arena, "changesetresponse_%08x%08x", (unsigned) time(NULL), ++batch->next_boundary);
	char	  **created = arena_alloc(context->arena, sizeof(char *) * (size_t) part->change_count);
	Response	response = {0};
	Buffer		set = {0};
	bool		ok = true;
	int			i;

	pause_for_postings(part);
	if (!db_begin(context->db))
		return respond_database(context);
	for (i = 0; ok && i < part->change_count; i++)
	{
		response_reset(&response);
		ok = run_part(batch, &part->change[i], resolve_reference(batch, &part->change[i], i, created, part->change), &response);
		created[i] = created_path(batch, &response);
		if (ok)
			put_response(batch, &set, boundary, &part->change[i], &response);
	}
	if (ok && db_commit(context->db))
	{
		buffer_printf(&batch->out, "--%s\r\nContent-Type: multipart/mixed;boundary=%s\r\n\r\n", batch->boundary, boundary);
		buffer_add(&batch->out, set.data, set.length);
		buffer_printf(&batch->out, "--%s--\r\n", boundary);
	}
	else
	{
		db_rollback(context->db);
		put_response(batch, &batch->out, batch->boundary, &part->change[i - 1], &response);
		ok = false;
	}
	buffer_free(&set);
	response_free(&response);
	return ok;
}

static bool
run_single(Batch *batch, Part *part)
{
	Response	response = {0};
	bool		ok = run_part(batch, part, part->path, &response);

	put_response(batch, &batch->out, batch->boundary, part, &response);
	response_free(&response);
	return ok;
}

bool
batch_handle(Context *context)
{
	char	   *boundary = boundary_of(context->arena, request_header(context, "Content-Type"));
	Batch		batch = {0};
	char	  **piece;
	int			count;
	Part	   *part;

	/* seen by a client: a quoted boundary in a request is not taken (SL 5.6) */
	if (strstr(request_header(context, "Content-Type") == NULL ? "" : request_header(context, "Content-Type"), "boundary=\"") != NULL)
		return respond_error(context, 405, "-1000", "Method Not Allowed");
	if (boundary == NULL || !cut_parts(context->arena, context->request->body, boundary, &piece, &count))
		return incomplete(context);
	part = arena_alloc(context->arena, sizeof(Part) * (size_t) count);
	for (int i = 0; i < count; i++)
		if (!parse_part(context, piece[i], &part[i]))
			return false;
	batch.context = context;
	batch.boundary = arena_printf(context->arena, "batchresponse_%08x%p", (unsigned) time(NULL), (void *) context->arena);
	for (int i = 0; i < count; i++)
		if (!(part[i].change != NULL ? run_change_set(&batch, &part[i]) : run_single(&batch, &part[i])))
			break;
	buffer_printf(&batch.out, "--%s--\r\n", batch.boundary);
	buffer_free(&context->response->body);
	context->response->body = batch.out;
	context->response->status = context->version == 1 ? 202 : 200;
	context->response->content_type = arena_printf(context->arena, "multipart/mixed;boundary=%s", batch.boundary);
	return true;
}
