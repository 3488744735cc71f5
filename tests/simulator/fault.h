/*
 * fault.h
 *		Faults that a test orders for requests to come (SL 11.14).
 *
 * A rule names what it matches and how often; the first rule that matches a
 * request is used up by one.  Rules act in the HTTP front, around the whole of
 * a request, a batch included.
 */
#ifndef FAULT_H
#define FAULT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

typedef enum FaultAction
{
	FAULT_NONE,
	FAULT_DROP_BEFORE_COMMIT,	/* request read, nothing done, connection closed */
	FAULT_DROP_AFTER_COMMIT,	/* done, then closed without an answer */
	FAULT_DELAY,				/* wait, then go on as usual */
	FAULT_STATUS,				/* an HTTP status with an error envelope or HTML */
	FAULT_MALFORMED_JSON,		/* done, answered with half of the body */
	FAULT_TRUNCATE,				/* done, answer cut off in its body */
	FAULT_HTML_502,				/* Apache's page, with or without commit */
	FAULT_KILL_NODE,			/* the same, and the node that had the request is down */
	FAULT_CLOSE_IDLE,			/* done and answered, then closed despite keep-alive */
	FAULT_BROKEN_SESSION,		/* this and every later call of the session: 500 */
	FAULT_SLOW_LOGIN,			/* delay, for Login alone */
	FAULT_PRETTY				/* done, answered with odd spacing */
} FaultAction;

typedef struct Fault
{
	FaultAction action;
	int			delay_ms;
	int			status;
	bool		commit;			/* status, html_502: the request is carried out first */
	bool		reset;			/* drops: TCP reset instead of a plain close */
	char		code[24];		/* status: code and text of the envelope */
	char		message[256];
} Fault;

/* The fault for this request, if any rule matches it. */
extern Fault fault_take(const char *method, const char *target, const char *body, size_t length);

/* Control: add a rule from its JSON (NULL answer: done; else what is wrong with it). */
extern const char *fault_add(json_t *rule);
extern json_t *fault_list(void);
extern void fault_clear(void);

#endif
