/*
 * http.h
 *		The HTTPS front: connections, limits, keep-alive, faults.
 */
#ifndef HTTP_H
#define HTTP_H

#include <stdbool.h>

/* Listens on the loopback; returns the port, or 0 with a message on stderr. */
extern int	http_start(int port, const char *certificate, const char *key);
extern void http_stop(void);

#endif
