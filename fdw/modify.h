/*
 * modify.h
 *		INSERT, UPDATE and DELETE on a foreign table: the planner's callbacks
 *		(modify_plan.c) and the executor's (modify.c).
 */
#ifndef STOCKBRIDGE_MODIFY_H
#define STOCKBRIDGE_MODIFY_H

#include "postgres.h"

#include "commands/explain.h"
#include "foreign/fdwapi.h"

extern int	modify_updatable(Relation rel);
extern void modify_add_targets(PlannerInfo *root, Index rtindex,
							   RangeTblEntry *target_rte, Relation target);
extern List *modify_plan(PlannerInfo *root, ModifyTable *plan, Index rtindex, int subplan_index);
extern void modify_begin(ModifyTableState *mtstate, ResultRelInfo *rinfo, List *fdw_private,
						 int subplan_index, int eflags);
extern void modify_begin_insert(ModifyTableState *mtstate, ResultRelInfo *rinfo);
extern TupleTableSlot *modify_insert(EState *estate, ResultRelInfo *rinfo,
									 TupleTableSlot *slot, TupleTableSlot *plan_slot);
extern void modify_end_insert(EState *estate, ResultRelInfo *rinfo);
extern int	modify_batch_size(ResultRelInfo *rinfo);
extern TupleTableSlot **modify_insert_batch(EState *estate, ResultRelInfo *rinfo,
											TupleTableSlot **slots, TupleTableSlot **plan_slots,
											int *nslots);
extern TupleTableSlot *modify_update(EState *estate, ResultRelInfo *rinfo,
									 TupleTableSlot *slot, TupleTableSlot *plan_slot);
extern TupleTableSlot *modify_delete(EState *estate, ResultRelInfo *rinfo,
									 TupleTableSlot *slot, TupleTableSlot *plan_slot);
extern void modify_explain(ModifyTableState *mtstate, ResultRelInfo *rinfo, List *fdw_private,
						   int subplan_index, ExplainState *es);

#endif							/* STOCKBRIDGE_MODIFY_H */
