/*
 * policy.c
 *		Approval procedures and the customer's hook, as a test orders them.
 *
 * Only keeps and matches; document.c does what a policy asks for, after the
 * document has passed every check and inside its transaction.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "policy.h"

typedef struct Rule
{
	struct Rule *next;
	char	   *entity;			/* NULL: every set */
	int			times;			/* left; -1 without end */
	Policy		policy;
} Rule;

static Rule *rules;
static pthread_mutex_t rules_lock = PTHREAD_MUTEX_INITIALIZER;

const char *
policy_add(json_t *json)
{
	static const struct
	{
		const char *name;
		PolicyKind	kind;
	}			kinds[] = {
		{"approval", POLICY_APPROVAL}, {"approval_created", POLICY_APPROVAL_CREATED}, {"reject", POLICY_REJECT},
	};
	const char *kind = json_string_value(json_object_get(json, "kind"));
	const char *entity = json_string_value(json_object_get(json, "entity"));
	const char *text = json_string_value(json_object_get(json, "text"));
	json_t	   *times = json_object_get(json, "times");
	json_t	   *code = json_object_get(json, "code");
	Rule	   *rule;
	size_t		i = 0;

	while (i < MODEL_LENGTH(kinds) && (kind == NULL || strcmp(kinds[i].name, kind) != 0))
		i++;
	if (i == MODEL_LENGTH(kinds))
		return "kind is approval, approval_created or reject";
	if (entity != NULL && model_find_set(entity) == NULL)
		return "no such entity set";
	rule = calloc(1, sizeof(Rule));
	if (rule == NULL)
		abort();
	rule->entity = entity == NULL ? NULL : strdup(entity);
	rule->times = json_is_integer(times) ? (int) json_integer_value(times) : -1;
	rule->policy.kind = kinds[i].kind;
	rule->policy.code = json_is_integer(code) ? (int) json_integer_value(code) : 1000;
	snprintf(rule->policy.text, sizeof(rule->policy.text), "%s", text == NULL ? "Refused by the company's own rule" : text);
	pthread_mutex_lock(&rules_lock);
	rule->next = rules;
	rules = rule;
	pthread_mutex_unlock(&rules_lock);
	return NULL;
}

Policy
policy_take(const char *entity)
{
	Policy		policy = {0};

	pthread_mutex_lock(&rules_lock);
	for (Rule *rule = rules; rule != NULL && policy.kind == POLICY_NONE; rule = rule->next)
		if (rule->times != 0 && (rule->entity == NULL || strcmp(rule->entity, entity) == 0))
		{
			if (rule->times > 0)
				rule->times--;
			policy = rule->policy;
		}
	pthread_mutex_unlock(&rules_lock);
	return policy;
}

void
policy_clear(void)
{
	pthread_mutex_lock(&rules_lock);
	while (rules != NULL)
	{
		Rule	   *next = rules->next;

		free(rules->entity);
		free(rules);
		rules = next;
	}
	pthread_mutex_unlock(&rules_lock);
}
