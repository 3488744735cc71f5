/*
 * fdw.h
 *		The door of the wrapper side for _PG_init.
 */
#ifndef STOCKBRIDGE_FDW_H
#define STOCKBRIDGE_FDW_H

/* fdw_init: GUCs and callbacks of the wrappers; called once when the library loads. */
extern void fdw_init(void);

#endif							/* STOCKBRIDGE_FDW_H */
