/*
 * control.h
 *		/sim: what a test asks of the simulator itself, outside B1's protocol.
 */
#ifndef CONTROL_H
#define CONTROL_H

#include "context.h"

extern void control_handle(Context *context);

/* Counters behind GET /sim/requests. */
extern void control_count(const char *method, const char *target);
extern void control_count_connection(void);
extern void control_reset_counts(void);

/* --record: every request's method and target, for a bench that sends the same again. */
extern bool control_record_to(const char *path);
extern void control_record_end(void);

#endif
