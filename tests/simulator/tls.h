/*
 * tls.h
 *		A self-signed certificate for 127.0.0.1 and localhost.
 */
#ifndef TLS_H
#define TLS_H

#include <stdbool.h>

/*
 * Certificate and key as PEM, malloc'ed.  Taken from "directory" (ca.pem,
 * key.pem) when they are there, so that a restart keeps its identity; else
 * made and written there.
 */
extern bool tls_identity(const char *directory, char **certificate, char **key);

#endif
