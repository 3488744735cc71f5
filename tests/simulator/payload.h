/*
 * payload.h
 *		JSON bodies: read with exact numbers, checked and normalised.
 *
 * In a normalised object every member has the canonical name of its property
 * and the form the books hold: integers for numbers (decimals times 10^6),
 * strings for text, dates, times and enumerations.
 */
#ifndef PAYLOAD_H
#define PAYLOAD_H

#include <jansson.h>

#include "context.h"
#include "model.h"

/* Like json_loadb, but numbers with a fraction or exponent keep their text. */
extern json_t *payload_load(const char *body, size_t length);

/* A number of payload_load as a decimal. */
extern bool payload_decimal(const json_t *value, int64_t *decimal);

/*
 * A new, normalised object, or NULL with an error in the response.  Read-only
 * members are dropped without a word (SL 3.4), unknown ones refused.
 */
extern json_t *payload_normalize(Context *context, const StructType *type, json_t *object);

/* Body of the request as a normalised object of the set's type. */
extern json_t *payload_read(Context *context, const StructType *type);

/* Members of a normalised object. */
extern int64_t payload_int(const json_t *object, const char *name, int64_t otherwise);
extern const char *payload_text(const json_t *object, const char *name);	/* NULL: absent or null */
extern bool payload_has(const json_t *object, const char *name);	/* present and not null */
extern void payload_set_int(json_t *object, const char *name, int64_t value);
extern void payload_set_text(json_t *object, const char *name, const char *value);

#endif
