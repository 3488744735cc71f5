/*
 * test_point.c
 *		Test points; see test_point.h.  Empty unless built for tests.
 */
#include "postgres.h"

#include "test_point.h"

#ifdef STOCKBRIDGE_TEST_POINTS

#include <signal.h>
#include <unistd.h>

#include "common/pg_prng.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/interrupt.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/varlena.h"

#include "../fdw/transport.h"

/* How long a request is given to reach the remote, in steps of a tenth. */
#define SENDING_MS 100

static char *test_points = NULL;

/*
 * What the setting says for a point: its action, or NULL.  The dice are thrown
 * here, so an answer is good for one use.
 */
static char *
find_action(const char *name)
{
	List	   *entries;
	ListCell   *lc;

	if (!SplitGUCList(pstrdup(test_points), ',', &entries))
		return NULL;
	foreach(lc, entries)
	{
		char	   *entry = pstrdup(lfirst(lc));
		char	   *action = strchr(entry, '=');
		char	   *probability;

		if (action == NULL)
			continue;
		*action++ = '\0';
		if (strcmp(entry, name) != 0)
			continue;
		probability = strchr(action, ' ');
		if (probability != NULL)
			*probability++ = '\0';
		if (probability != NULL &&
			pg_prng_double(&pg_global_prng_state) >= strtod(probability, NULL))
			return NULL;
		return action;
	}
	return NULL;
}

/* Stand still while the setting says so. */
static void
pause_at(const char *name)
{
	char	   *activity = psprintf("stockbridge test point: %s", name);
	char	   *action = "pause";

	ereport(LOG, (errmsg("process stands still at test point \"%s\"", name)));
	pgstat_report_activity(STATE_RUNNING, activity);
	while (action != NULL && strcmp(action, "pause") == 0)
	{
		transport_pause(10);
		if (ConfigReloadPending)
		{
			ConfigReloadPending = false;
			ProcessConfigFile(PGC_SIGHUP);
		}
		action = find_action(name);
	}
}

static void
act(const char *name, const char *action)
{
	if (strcmp(action, "crash") == 0)
	{
		ereport(LOG, (errmsg("process is killed at test point \"%s\"", name)));
		kill(MyProcPid, SIGKILL);
		pause();
	}
	else if (strcmp(action, "terminate") == 0)
		ereport(FATAL,
				(errcode(ERRCODE_ADMIN_SHUTDOWN),
				 errmsg("process ends at test point \"%s\"", name)));
	else if (strcmp(action, "error") == 0)
		ereport(ERROR, (errmsg("error at test point \"%s\"", name)));
	else if (strcmp(action, "pause") == 0)
		pause_at(name);
}

void
test_point(const char *name)
{
	char	   *action = find_action(name);

	if (action != NULL)
		act(name, action);
}

void
test_point_sent(const char *name)
{
	char	   *action = find_action(name);

	if (action == NULL)
		return;
	for (int i = 0; i < 10; i++)
		transport_wait(SENDING_MS / 10);
	act(name, action);
}

void
test_point_init(void)
{
	DefineCustomStringVariable("stockbridge.test_points",
							   "What happens at which test point: a list of name=action.",
							   NULL, &test_points, "", PGC_SUSET, GUC_LIST_INPUT,
							   NULL, NULL, NULL);
}

#endif							/* STOCKBRIDGE_TEST_POINTS */
