/*
 * ims.h
 *		/ims: a plain REST inventory system in the same program.
 */
#ifndef IMS_H
#define IMS_H

#include "context.h"

extern void ims_handle(Context *context);

#endif
