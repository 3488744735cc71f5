/*
 * fault.c
 *		Faults that a test orders for requests to come (SL 11.14).
 *
 * Only keeps and matches rules; http.c carries them out, because most of them
 * are about the connection and not about B1.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "model.h"

typedef struct Rule
{
	struct Rule *next;
	char	   *method;			/* NULL: any */
	char	   *path_contains;
	char	   *body_contains;
	int			skip;			/* matches to let pass first */
	int			times;			/* left; -1 without end */
	const char *name;
	Fault		fault;
} Rule;

static const struct
{
	const char *name;
	FaultAction action;
	int			default_delay;
}			actions[] = {
	{"drop_before_commit", FAULT_DROP_BEFORE_COMMIT, 0},
	{"drop_after_commit", FAULT_DROP_AFTER_COMMIT, 0},
	{"delay", FAULT_DELAY, 1000},
	{"status", FAULT_STATUS, 0},
	{"malformed_json", FAULT_MALFORMED_JSON, 0},
	{"truncate", FAULT_TRUNCATE, 0},
	{"html_502", FAULT_HTML_502, 0},
	{"kill_node", FAULT_KILL_NODE, 0},
	{"close_idle", FAULT_CLOSE_IDLE, 0},
	{"broken_session", FAULT_BROKEN_SESSION, 0},
	{"slow_login", FAULT_SLOW_LOGIN, 4000},
	{"pretty", FAULT_PRETTY, 0},
};

static Rule *rules;
static pthread_mutex_t rules_lock = PTHREAD_MUTEX_INITIALIZER;

static char *
copy_member(json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text == NULL ? NULL : strdup(text);
}

static void
free_rule(Rule *rule)
{
	free(rule->method);
	free(rule->path_contains);
	free(rule->body_contains);
	free(rule);
}

static int
int_member(json_t *object, const char *name, int otherwise)
{
	json_t	   *value = json_object_get(object, name);

	return json_is_integer(value) ? (int) json_integer_value(value) : otherwise;
}

const char *
fault_add(json_t *json)
{
	json_t	   *match = json_object_get(json, "match");
	const char *action = json_string_value(json_object_get(json, "action"));
	const char *text;
	Rule	   *rule;
	Rule	  **end = &rules;
	size_t		i = 0;

	if (!json_is_object(json) || action == NULL)
		return "a fault needs an action";
	while (i < MODEL_LENGTH(actions) && strcmp(actions[i].name, action) != 0)
		i++;
	if (i == MODEL_LENGTH(actions))
		return "unknown action";
	if (match != NULL && !json_is_object(match))
		return "match must be an object";
	rule = calloc(1, sizeof(Rule));
	if (rule == NULL)
		abort();
	rule->name = actions[i].name;
	rule->method = copy_member(match, "method");
	rule->path_contains = copy_member(match, "path_contains");
	rule->body_contains = copy_member(match, "body_contains");
	rule->skip = int_member(json, "skip", 0);
	rule->times = int_member(json, "times", 1);
	rule->fault.action = actions[i].action;
	rule->fault.delay_ms = int_member(json, "delay_ms", actions[i].default_delay);
	rule->fault.status = int_member(json, "status", actions[i].action == FAULT_HTML_502 ||
									 actions[i].action == FAULT_KILL_NODE ? 502 : 500);
	rule->fault.commit = json_is_true(json_object_get(json, "commit"));
	rule->fault.reset = json_is_true(json_object_get(json, "reset"));
	text = json_string_value(json_object_get(json, "code"));
	snprintf(rule->fault.code, sizeof(rule->fault.code), "%s", text == NULL ? "-1" : text);
	text = json_string_value(json_object_get(json, "message"));
	snprintf(rule->fault.message, sizeof(rule->fault.message), "%s", text == NULL ? "Internal error" : text);

	pthread_mutex_lock(&rules_lock);
	while (*end != NULL)
		end = &(*end)->next;
	*end = rule;
	pthread_mutex_unlock(&rules_lock);
	return NULL;
}

static bool
matches(const Rule *rule, const char *method, const char *target, const char *body, size_t length)
{
	if (rule->times == 0)
		return false;
	if (rule->fault.action == FAULT_SLOW_LOGIN && strstr(target, "/Login") == NULL)
		return false;
	return (rule->method == NULL || strcmp(rule->method, method) == 0) &&
		(rule->path_contains == NULL || strstr(target, rule->path_contains) != NULL) &&
		(rule->body_contains == NULL ||
		 (length > 0 && memmem(body, length, rule->body_contains, strlen(rule->body_contains)) != NULL));
}

Fault
fault_take(const char *method, const char *target, const char *body, size_t length)
{
	Fault		fault = {0};

	pthread_mutex_lock(&rules_lock);
	for (Rule *rule = rules; rule != NULL && fault.action == FAULT_NONE; rule = rule->next)
	{
		if (!matches(rule, method, target, body, length))
			continue;
		if (rule->skip > 0)
			rule->skip--;
		else
		{
			if (rule->times > 0)
				rule->times--;
			fault = rule->fault;
		}
	}
	pthread_mutex_unlock(&rules_lock);
	return fault;
}

json_t *
fault_list(void)
{
	json_t	   *list = json_array();

	pthread_mutex_lock(&rules_lock);
	for (Rule *rule = rules; rule != NULL; rule = rule->next)
		json_array_append_new(list, json_pack("{s:s, s:i, s:i, s:s*, s:s*}", "action", rule->name,
											  "times", rule->times, "skip", rule->skip,
											  "method", rule->method, "path_contains", rule->path_contains));
	pthread_mutex_unlock(&rules_lock);
	return list;
}

void
fault_clear(void)
{
	pthread_mutex_lock(&rules_lock);
	while (rules != NULL)
	{
		Rule	   *next = rules->next;

		free_rule(rules);
		rules = next;
	}
	pthread_mutex_unlock(&rules_lock);
}
