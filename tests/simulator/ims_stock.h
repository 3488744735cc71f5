/*
 * ims_stock.h
 *		Movements of the inventory system and what they do to its stock.
 */
#ifndef IMS_STOCK_H
#define IMS_STOCK_H

#include "books.h"

typedef struct ImsMovement
{
	const char *movement_ref;
	const char *kind;			/* receipt dispatch adjustment transfer count return */
	const char *sku;
	int64_t		quantity;		/* signed for an adjustment; the counted stock for a count */
	const char *from_location;	/* NULL where none */
	const char *to_location;
	const char *happened_at;
	const char *document_ref;
} ImsMovement;

/* What is wrong with a movement, or NULL. */
extern const char *ims_check(Db *db, const ImsMovement *movement);

/* Stores the movement and moves stock; inside the caller's transaction. */
extern bool ims_record(Db *db, const ImsMovement *movement);

#endif
