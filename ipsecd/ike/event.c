#include "event.h"

#include <stdlib.h>
#include <string.h>

void
events_fini(struct events *es)
{
	size_t i;

	for (i = 0; i < EVENTS_MAX; i++)
		free(es->slot[i]);
	memset(es, 0, sizeof(*es));
}

void
events_add(struct events *es, uint64_t time, const char *text)
{
	struct event **slot = &es->slot[es->next % EVENTS_MAX];
	size_t len = strlen(text);

	free(*slot);
	*slot = malloc(sizeof(**slot) + len + 1);
	if (*slot != NULL) {
		(*slot)->time = time;
		(*slot)->serial = es->next + 1;
		memcpy((*slot)->text, text, len + 1);
	}
	es->next++;
}

const struct event *
events_get(const struct events *es, uint32_t i)
{
	uint32_t n = es->next < EVENTS_MAX ? es->next : EVENTS_MAX, seen = 0, k;

	for (k = es->next - n; k != es->next; k++) {
		const struct event *ev = es->slot[k % EVENTS_MAX];

		if (ev != NULL && seen++ == i)
			return ev;
	}
	return NULL;
}
