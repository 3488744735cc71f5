/*
 * test_point.h
 *		Named places at which a test stops, fails or kills the process.
 *
 * Only in a library built for tests ("make test-points"); in any other build a
 * point is nothing.  The setting stockbridge.test_points says what happens
 * where: a list of "name=action", the action one of
 *
 *		crash		the process is killed as by kill -9
 *		terminate	it ends as by pg_terminate_backend
 *		error		an ERROR is raised
 *		pause		it stands still until the setting no longer says so
 *
 * and may be followed by a probability: "request sent=crash 0.01".  A process
 * that stands still shows "stockbridge test point: name" as its query in
 * pg_stat_activity, reads the configuration when told to, and can be killed.
 *
 * The points, in the order of the protocol (doc/posting.md):
 *
 *		attempt claimed		the attempt is stored, not committed
 *		attempt committed	it is; nothing of its request has left
 *		request sent		the request is on its way, its answer unread
 *		answer received		the answer is here, nothing of it stored
 *		answer stored		it is stored with all that follows from it, not committed
 *		answer settled		it is committed
 */
#ifndef STOCKBRIDGE_TEST_POINT_H
#define STOCKBRIDGE_TEST_POINT_H

#ifdef STOCKBRIDGE_TEST_POINTS

/* test_point: do what the setting says for this place. */
extern void test_point(const char *name);

/* test_point_sent: the same after giving the network time to take a request. */
extern void test_point_sent(const char *name);

/* test_point_init: define the setting; called once from _PG_init. */
extern void test_point_init(void);

#else
#define test_point(name) ((void) 0)
#define test_point_sent(name) ((void) 0)
#define test_point_init() ((void) 0)
#endif

#endif							/* STOCKBRIDGE_TEST_POINT_H */
