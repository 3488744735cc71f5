/*
 * batch.h
 *		POST $batch: parts, change sets, and their combined answer (SL 5.6).
 */
#ifndef BATCH_H
#define BATCH_H

#include "context.h"

extern bool batch_handle(Context *context);

#endif
