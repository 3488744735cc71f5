/*
 * multipart.c
 *		Bodies of several parts (RFC 2046), as $batch has them both ways.
 *
 * Reads what a network has sent: any bytes, zeros included, give parts or
 * "not whole", never an error.  Knows nothing of what the parts mean.
 */
#include "postgres.h"

#include <ctype.h>

#include "multipart.h"

/* Header lines of one part; more are no Service Layer's. */
#define MAX_HEADERS			100

char *
multipart_boundary(void)
{
	uint64		random[2];

	if (!pg_strong_random(random, sizeof(random)))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not generate a random boundary")));
	return psprintf("stockbridge_" UINT64_FORMAT "_" UINT64_FORMAT, random[0], random[1]);
}

char *
multipart_boundary_of(const char *content_type)
{
	const char *parameter;

	if (content_type == NULL ||
		pg_strncasecmp(content_type, "multipart/mixed", strlen("multipart/mixed")) != 0)
		return NULL;
	for (parameter = strchr(content_type, ';'); parameter; parameter = strchr(parameter, ';'))
	{
		size_t		len;

		parameter += 1 + strspn(parameter + 1, " \t");
		if (pg_strncasecmp(parameter, "boundary=", strlen("boundary=")) != 0)
			continue;
		parameter += strlen("boundary=");
		if (*parameter == '"')
			len = strcspn(++parameter, "\"");
		else
			len = strcspn(parameter, "; \t");
		return len > 0 ? pnstrdup(parameter, len) : NULL;
	}
	return NULL;
}

/* Where a mark begins a line, at or after "from"; NULL if nowhere. */
static const char *
find_mark(TextSpan text, const char *from, const char *mark)
{
	size_t		len = strlen(mark);

	while (from < text.end && (size_t) (text.end - from) >= len)
	{
		const char *at = memchr(from, mark[0], text.end - from - len + 1);

		if (at == NULL)
			return NULL;
		if ((at == text.start || at[-1] == '\n') && memcmp(at, mark, len) == 0)
			return at;
		from = at + 1;
	}
	return NULL;
}

/* Behind the end of the line that "at" is in. */
static const char *
next_line(const char *at, const char *end)
{
	const char *newline = at < end ? memchr(at, '\n', end - at) : NULL;

	return newline ? newline + 1 : end;
}

bool
multipart_split(TextSpan body, const char *boundary, List **parts)
{
	char	   *mark = psprintf("--%s", boundary);
	size_t		len = strlen(mark);
	const char *at = find_mark(body, body.start, mark);

	*parts = NIL;
	while (at != NULL)
	{
		TextSpan   *part;
		const char *start = at + len;

		if (body.end - start >= 2 && memcmp(start, "--", 2) == 0)
			return true;
		start = next_line(start, body.end);
		at = find_mark(body, start, mark);
		if (at == NULL)
			return false;
		part = palloc(sizeof(TextSpan));
		part->start = start;
		/* The line end before a boundary belongs to the boundary. */
		part->end = at > start ? at - 1 : at;
		if (part->end > start && part->end[-1] == '\r')
			part->end--;
		*parts = lappend(*parts, part);
	}
	return false;
}

/* Take one line off the front, without its end; NULL when nothing is left. */
static char *
take_line(TextSpan *text)
{
	const char *start = text->start;
	const char *end;

	if (start >= text->end)
		return NULL;
	text->start = next_line(start, text->end);
	end = text->start;
	while (end > start && (end[-1] == '\n' || end[-1] == '\r'))
		end--;
	return pnstrdup(start, end - start);
}

List *
multipart_headers(TextSpan *text)
{
	List	   *headers = NIL;
	char	   *line;

	while ((line = take_line(text)) != NULL && *line != '\0')
		if (list_length(headers) < MAX_HEADERS)
			headers = lappend(headers, line);
	return headers;
}

/* The status of "HTTP/1.1 201 Created", 0 if the line is none of this kind. */
static int
parse_status(const char *line)
{
	const char *blank;
	int			status;

	if (line == NULL || strncmp(line, "HTTP/", strlen("HTTP/")) != 0)
		return 0;
	blank = strchr(line, ' ');
	status = blank ? atoi(blank + 1) : 0;
	return status >= 100 && status <= 999 ? status : 0;
}

HttpResponse *
multipart_response(TextSpan part)
{
	HttpResponse *response = palloc0(sizeof(HttpResponse));

	response->headers = multipart_headers(&part);
	response->status = parse_status(take_line(&part));
	if (response->status == 0)
		return NULL;
	response->headers = list_concat(response->headers, multipart_headers(&part));
	/* Captured answers have blank lines behind a part's body. */
	while (part.end > part.start && isspace((unsigned char) part.end[-1]))
		part.end--;
	response->outcome = HTTP_ANSWERED;
	response->body_len = part.end - part.start;
	response->body = palloc(response->body_len + 1);
	memcpy(response->body, part.start, response->body_len);
	response->body[response->body_len] = '\0';
	return response;
}
