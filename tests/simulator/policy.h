/*
 * policy.h
 *		What a customer's own set-up does to postings: approval procedures and the
 *		hook of SBO_SP_TransactionNotification (SL 7, 11.12, 11.13).
 */
#ifndef POLICY_H
#define POLICY_H

#include <jansson.h>
#include <stdbool.h>

typedef enum PolicyKind
{
	POLICY_NONE,
	POLICY_APPROVAL,			/* parks a draft, answers -2028 */
	POLICY_APPROVAL_CREATED,	/* parks a draft, answers 201 with the draft's number */
	POLICY_REJECT				/* -1116 with the customer's own number and text */
} PolicyKind;

typedef struct Policy
{
	PolicyKind	kind;
	int			code;
	char		text[256];
} Policy;

/* The policy that a valid document of this set runs into, if any. */
extern Policy policy_take(const char *entity);

/* Control: add a policy from its JSON (NULL answer: done; else what is wrong with it). */
extern const char *policy_add(json_t *json);
extern void policy_clear(void);

#endif
