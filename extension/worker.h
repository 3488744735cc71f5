/*
 * worker.h
 *		The door of the background workers, for _PG_init.
 */
#ifndef STOCKBRIDGE_WORKER_H
#define STOCKBRIDGE_WORKER_H

/*
 * worker_init
 *		Define the workers' settings and, while the server starts with the
 *		library preloaded, register the workers themselves.
 */
extern void worker_init(void);

#endif							/* STOCKBRIDGE_WORKER_H */
