/*
 * memo.c
 *		Answers to reads, remembered: --remember, for benches.
 *
 * A bench measures the client.  With its answers made beforehand, the simulator
 * costs hardly more than their encryption, so that it is not what the client
 * waits for.  Sessions, delays and faults work as ever; whatever is
 * neither a read nor a logout makes everything be forgotten.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "memo.h"

#define MEMO_SLOTS 4096

typedef struct Answer
{
	struct Answer *next;
	char	   *name;			/* what was asked, with the headers that shape the answer */
	char	   *body;
	size_t		length;
	Response	response;		/* without its body */
} Answer;

static Answer *answers[MEMO_SLOTS];
static pthread_mutex_t answers_lock = PTHREAD_MUTEX_INITIALIZER;

static const char *
header_or_empty(const Context *context, const char *name)
{
	const char *value = request_header(context, name);

	return value == NULL ? "" : value;
}

static bool
is_read(const Context *context)
{
	return config.remember && strcmp(context->request->method, "GET") == 0;
}

static char *
name_of(const Context *context)
{
	return arena_printf(context->arena, "%d %s?%s\n%s\n%s\n%s", context->version,
						context->request->path, context->request->query,
						header_or_empty(context, "Prefer"), header_or_empty(context, "B1S-PageSize"),
						header_or_empty(context, "B1S-CaseInsensitive"));
}

static unsigned
slot_of(const char *name)
{
	unsigned	hash = 5381;

	while (*name != '\0')
		hash = hash * 33 + (unsigned char) *name++;
	return hash % MEMO_SLOTS;
}

static Answer *
find(const char *name)
{
	Answer	   *answer = answers[slot_of(name)];

	while (answer != NULL && strcmp(answer->name, name) != 0)
		answer = answer->next;
	return answer;
}

bool
memo_answer(Context *context)
{
	Answer	   *answer;

	if (!is_read(context))
		return false;
	pthread_mutex_lock(&answers_lock);
	answer = find(name_of(context));
	if (answer != NULL)
	{
		Buffer		body = {0};

		*context->response = answer->response;
		buffer_add(&body, answer->body, answer->length);
		context->response->body = body;
	}
	pthread_mutex_unlock(&answers_lock);
	return answer != NULL;
}

static Answer *
make_answer(const char *name, const Response *response)
{
	Answer	   *answer = calloc(1, sizeof(Answer));
	char	   *body = malloc(response->body.length + 1);
	char	   *copy = strdup(name);

	if (answer == NULL || body == NULL || copy == NULL)
		abort();
	if (response->body.length > 0)
		memcpy(body, response->body.data, response->body.length);
	answer->name = copy;
	answer->body = body;
	answer->length = response->body.length;
	answer->response = *response;
	memset(&answer->response.body, 0, sizeof(Buffer));
	return answer;
}

void
memo_note(Context *context)
{
	char	   *name;
	unsigned	slot;

	if (!config.remember)
		return;
	if (!is_read(context))
	{
		if (strstr(context->request->path, "Logout") == NULL)
			memo_drop_all();
		return;
	}
	if (context->response->status != 200)
		return;
	name = name_of(context);
	slot = slot_of(name);
	pthread_mutex_lock(&answers_lock);
	if (find(name) == NULL)
	{
		Answer	   *answer = make_answer(name, context->response);

		answer->next = answers[slot];
		answers[slot] = answer;
	}
	pthread_mutex_unlock(&answers_lock);
}

void
memo_drop_all(void)
{
	pthread_mutex_lock(&answers_lock);
	for (int i = 0; i < MEMO_SLOTS; i++)
	{
		while (answers[i] != NULL)
		{
			Answer	   *answer = answers[i];

			answers[i] = answer->next;
			free(answer->name);
			free(answer->body);
			free(answer);
		}
	}
	pthread_mutex_unlock(&answers_lock);
}
