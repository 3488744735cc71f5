/*
 * metadata.h
 *		$metadata in either version, from the model or from a given file.
 */
#ifndef METADATA_H
#define METADATA_H

#include "context.h"

/* Reads the files the configuration names; false with a message on stderr. */
extern bool metadata_load(void);
extern void metadata_unload(void);

extern bool metadata_serve(Context *context);

#endif
