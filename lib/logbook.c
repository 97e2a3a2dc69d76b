#include "logbook.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

void
logbook_init(struct logbook *b, size_t max)
{
	memset(b, 0, sizeof(*b));
	b->slot = calloc(max, sizeof(struct log_entry *));
	b->max = b->slot != NULL ? max : 0;
}

void
logbook_fini(struct logbook *b)
{
	size_t i;

	for (i = 0; i < b->max; i++)
		free(b->slot[i]);
	free(b->slot);
	memset(b, 0, sizeof(*b));
}

void
logbook_add(struct logbook *b, uint64_t time_us, const char *text)
{
	size_t len = strnlen(text, LOGBOOK_LINE_MAX), at;
	struct log_entry *e;

	e = b->max > 0 ? malloc(sizeof(*e) + len + 1) : NULL;
	if (e == NULL)
		return;
	e->time_us = time_us;
	memcpy(e->text, text, len);
	e->text[len] = '\0';
	at = (b->first + b->n) % b->max;
	if (b->n == b->max) {
		free(b->slot[at]);
		b->first = (b->first + 1) % b->max;
	} else {
		b->n++;
	}
	b->slot[at] = e;
}

const struct log_entry *
logbook_get(const struct logbook *b, size_t i)
{
	return i < b->n ? b->slot[(b->first + i) % b->max] : NULL;
}

uint64_t
logbook_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}
