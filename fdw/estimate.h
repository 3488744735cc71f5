/*
 * estimate.h
 *		How many rows the planner and ANALYZE may expect of a remote.
 */
#ifndef STOCKBRIDGE_ESTIMATE_H
#define STOCKBRIDGE_ESTIMATE_H

#include "postgres.h"

#include "connector.h"
#include "nodes/pathnodes.h"

typedef struct RemoteSize
{
	double		rows;
	double		pages;			/* of the request's page_size */
} RemoteSize;

/*
 * estimate_size
 *		Ask the remote how many rows a request selects; false if it cannot say.
 *
 * An answer serves this backend for a minute, unless "fresh" asks anew.
 */
extern bool estimate_size(const ScanRequest *request, bool fresh, RemoteSize *size);

/*
 * estimate_bind
 *		A copy of a predicate with the values that its expressions ("params")
 *		are estimated to have; NULL if one of them is not known when planning.
 */
extern Predicate *estimate_bind(PlannerInfo *root, const Predicate *predicate, List *params);

#endif							/* STOCKBRIDGE_ESTIMATE_H */
