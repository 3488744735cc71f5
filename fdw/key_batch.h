/*
 * key_batch.h
 *		Key Batch Join: joining rows of any plan to a foreign table by asking for
 *		many keys in one request.
 *
 * key_batch.c plans it, key_batch_exec.c and key_batch_step.c run it.
 */
#ifndef STOCKBRIDGE_KEY_BATCH_H
#define STOCKBRIDGE_KEY_BATCH_H

#include "postgres.h"

#include "nodes/extensible.h"

#define KEY_BATCH_NAME	"Key Batch Join"

/* Positions in a CustomScan's custom_private list. */
typedef enum KeyBatchPrivate
{
	KEY_BATCH_JOIN_TYPE,		/* Integer: JOIN_INNER, JOIN_LEFT, JOIN_SEMI, JOIN_ANTI */
	KEY_BATCH_OUTER_COLUMNS,	/* Integer: columns of the scan tuple that are the outer side's */
	KEY_BATCH_KEYS,				/* Integer: keys for one request at most */
	KEY_BATCH_OPERATOR			/* OID list: equality, outer key on the left; its collation */
} KeyBatchPrivate;

/* Positions in a CustomScan's custom_exprs list. */
typedef enum KeyBatchExpr
{
	KEY_BATCH_CONDITIONS,		/* list: what makes two rows a pair */
	KEY_BATCH_OUTER_KEY,
	KEY_BATCH_INNER_KEY
} KeyBatchExpr;

/* key_batch_init: GUC, planner hook; called once when the library loads. */
extern void key_batch_init(void);

/* key_batch_create_state: CustomScanMethods.CreateCustomScanState. */
extern Node *key_batch_create_state(CustomScan *plan);

#endif							/* STOCKBRIDGE_KEY_BATCH_H */
