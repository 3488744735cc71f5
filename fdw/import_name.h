/*
 * import_name.h
 *		Local names for remote ones: snake_case, short enough, without clashes.
 */
#ifndef STOCKBRIDGE_IMPORT_NAME_H
#define STOCKBRIDGE_IMPORT_NAME_H

#include "postgres.h"

/* Names given out so far, in one schema or one table. */
typedef struct NameSet NameSet;

extern NameSet *name_set_create(void);

/*
 * name_set_add
 *		The name itself, or if it is too long or taken, one made of it.
 *
 * Names are cut to what an identifier may have, and a taken one gets _2, _3
 * and so on: the same names in the same order always give the same result.
 */
extern char *name_set_add(NameSet *set, const char *wanted);

/* name_cut: the name with a suffix, cut to what an identifier may have. */
extern char *name_cut(const char *name, const char *suffix);

/* snake_case: "ItemWarehouseInfo" → item_warehouse_info, "UoMCode" → uom_code. */
extern char *snake_case(const char *name);

#endif							/* STOCKBRIDGE_IMPORT_NAME_H */
