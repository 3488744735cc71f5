/*
 * scan_async.c
 *		Several foreign scans below one Append, their requests on their way at
 *		the same time: partitions or a UNION ALL over several companies.
 *
 * Append asks every asynchronous scan for a row before it waits for any.  It
 * would wait on one file descriptor for each; libcurl has any number, shared by
 * all scans of the backend, and timers.  So nothing is registered with Append's
 * wait set: when Append asks what to wait for and has nothing else to do, we
 * wait ourselves, in the transport, where cancel, timeout and shutdown are
 * served, for the first of the scans to be ready, and hand its row over.
 *
 * While Append has local plans to run, or rows of another wrapper to wait for,
 * nothing is waited for here; transfers only go on as far as they have come.
 */
#include "postgres.h"

#include "connector.h"
#include "executor/execAsync.h"
#include "executor/instrument.h"
#include "scan.h"

bool
async_is_capable(ForeignPath *path)
{
	const RelationPlan *plan = path->path.parent->fdw_private;

	return IS_SIMPLE_REL(path->path.parent) && plan != NULL && plan->scan_tlist == NIL &&
		plan->table->server->connector->page_under_way != NULL;
}

/* Finish a request with the next row, or leave it pending if that is not here. */
static void
produce(AsyncRequest *request)
{
	ForeignScanState *node = castNode(ForeignScanState, request->requestee);
	TupleTableSlot *row = NULL;
	HttpTransfer *transfer;

	while (!scan_is_done(node))
	{
		if (!scan_is_ready(node, &transfer))
		{
			ExecAsyncRequestPending(request);
			return;
		}
		row = node->ss.ps.ExecProcNodeReal(&node->ss.ps);
		if (!TupIsNull(row))
			break;
	}
	ExecAsyncRequestDone(request, row);
}

void
async_request(AsyncRequest *request)
{
	produce(request);
}

/* Whether a request waits for one of our scans. */
static bool
is_ours(const AsyncRequest *request)
{
	const ForeignScanState *node = (const ForeignScanState *) request->requestee;

	return IsA(node, ForeignScanState) && node->fdwroutine->ForeignAsyncRequest == async_request;
}

/* Whether all that Append can do is to wait for our scans. */
static bool
must_wait(const AppendState *append)
{
	int			i = -1;

	if (!append->as_syncdone || append->as_nasyncresults > 0)
		return false;
	while ((i = bms_next_member(append->as_asyncplans, i)) >= 0)
	{
		const AsyncRequest *request = append->as_asyncrequests[i];

		if (request->callback_pending && !is_ours(request))
			return false;
	}
	return true;
}

/* Wait until one of the scans is ready; "node" is one of them. */
static void
wait_for_any(const AppendState *append, ForeignScanState *node)
{
	List	   *transfers = NIL;
	int			i = -1;

	while ((i = bms_next_member(append->as_asyncplans, i)) >= 0)
	{
		const AsyncRequest *request = append->as_asyncrequests[i];
		HttpTransfer *transfer;

		if (!request->callback_pending)
			continue;
		if (scan_is_ready(castNode(ForeignScanState, request->requestee), &transfer))
			return;
		if (transfer != NULL)
			transfers = lappend(transfers, transfer);
	}
	if (transfers != NIL)
		(void) transfer_wait_any(transfers);
	else
		scan_wait(node);
	list_free(transfers);
}

void
async_configure_wait(AsyncRequest *request)
{
	AppendState *append = castNode(AppendState, request->requestor);
	ForeignScanState *node = castNode(ForeignScanState, request->requestee);
	HttpTransfer *transfer;

	transport_poll();
	if (must_wait(append))
		wait_for_any(append, node);
	if (!scan_is_ready(node, &transfer))
		return;
	request->callback_pending = false;
	produce(request);
	ExecAsyncResponse(request);
	if (request->requestee->instrument != NULL && request->request_complete)
		InstrUpdateTupleCount(request->requestee->instrument,
							  TupIsNull(request->result) ? 0.0 : 1.0);
}

/* Only called for events that were registered, and none is. */
void
async_notify(AsyncRequest *request)
{
	produce(request);
}
