/*
 * action.h
 *		Bound actions of entities, and service operations (SL 5.3, 5.4).
 */
#ifndef ACTION_H
#define ACTION_H

#include "entity.h"

/* POST Set(key)/Name */
extern bool action_perform(Context *context, const EntityKey *key, const char *name);

/* XService_Y */
extern bool action_service(Context *context, const char *name, const char *method);

#endif
