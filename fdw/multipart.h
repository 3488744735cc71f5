/*
 * multipart.h
 *		Bodies of several parts (RFC 2046), as $batch has them both ways.
 */
#ifndef STOCKBRIDGE_MULTIPART_H
#define STOCKBRIDGE_MULTIPART_H

#include "postgres.h"

#include "nodes/pg_list.h"
#include "transport.h"

/* Bytes of a text that somebody else owns. */
typedef struct TextSpan
{
	const char *start;
	const char *end;			/* behind the last byte */
} TextSpan;

/* multipart_boundary: a fresh boundary, which no body contains but by design. */
extern char *multipart_boundary(void);

/*
 * multipart_boundary_of
 *		The boundary that a Content-Type names, quoted or not; NULL if that is
 *		not multipart/mixed.
 */
extern char *multipart_boundary_of(const char *content_type);

/*
 * multipart_split
 *		The parts of a body, a List of TextSpan *.
 *
 * False if the closing boundary is missing: then the body is not whole,
 * however many parts there are.
 */
extern bool multipart_split(TextSpan body, const char *boundary, List **parts);

/* multipart_headers: take header lines off the front, a List of char * "Name: value". */
extern List *multipart_headers(TextSpan *text);

/*
 * multipart_response
 *		An application/http part as an answer; its headers are those of the part
 *		and then those of the answer in it.  NULL if it is no HTTP answer.
 */
extern HttpResponse *multipart_response(TextSpan part);

#endif							/* STOCKBRIDGE_MULTIPART_H */
