/*
 * memo.h
 *		Answers to reads, remembered: --remember, for benches.
 */
#ifndef MEMO_H
#define MEMO_H

#include "context.h"

/* Fills the response in from memory; false if it is not there. */
extern bool memo_answer(Context *context);

/* Remembers the answer to a read; any other request forgets them all. */
extern void memo_note(Context *context);

extern void memo_drop_all(void);

#endif
