/*
 * link.h
 *		Links that a remote puts into its answers.
 */
#ifndef STOCKBRIDGE_LINK_H
#define STOCKBRIDGE_LINK_H

#include "postgres.h"

/*
 * link_resolve
 *		The absolute URL of a link found in an answer (RFC 3986), or NULL.
 *
 * "base" is the absolute URL that relative links are meant from.  NULL unless
 * the result has scheme, host and port of "own", our server's URL: requests,
 * and what authenticates them, go nowhere else.  What may not stand in a URL
 * is percent-encoded, a fragment cut off.
 */
extern char *link_resolve(const char *own, const char *base, const char *link);

#endif							/* STOCKBRIDGE_LINK_H */
