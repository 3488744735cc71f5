/*
 * extension_lock.h
 *		The door between background work and DROP or ALTER EXTENSION.
 */
#ifndef STOCKBRIDGE_EXTENSION_LOCK_H
#define STOCKBRIDGE_EXTENSION_LOCK_H

/*
 * extension_lock
 *		Whether the extension is installed; if so, it cannot be dropped or
 *		updated before the end of this transaction.
 *
 * Waits for whoever is doing that.  To be called before the transaction locks
 * any of the extension's tables.
 */
extern bool extension_lock(void);

#endif							/* STOCKBRIDGE_EXTENSION_LOCK_H */
