#include "history.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record.h"

void
history_fini(struct commit *c)
{
	free(c->user);
	free(c->from);
	free(c->comment);
}

int
history_add(struct store *st, struct commit *c)
{
	struct commit *h;

	if (st->n_history == STORE_HISTORY) {
		history_fini(&st->history[0]);
		memmove(st->history, st->history + 1,
			--st->n_history * sizeof(*h));
	}
	h = reallocarray(st->history, st->n_history + 1, sizeof(*h));
	if (h == NULL)
		return -1;
	st->history = h;
	h[st->n_history++] = *c;
	return 0;
}

int
history_numbers(struct store *st, uint32_t **out, size_t *n)
{
	DIR *d = fdopendir(openat(st->commits, ".", O_RDONLY | O_DIRECTORY |
				  O_CLOEXEC));
	struct dirent *f;
	uint32_t *v = NULL, *w;
	char *end;
	unsigned long number;

	*n = 0;
	if (d == NULL)
		return -1;
	while ((f = readdir(d)) != NULL) {
		number = strtoul(f->d_name, &end, 10);
		if (number == 0 || number > UINT32_MAX || *end != '\0')
			continue;
		w = reallocarray(v, *n + 1, sizeof(*v));
		if (w == NULL)
			break;
		v = w;
		v[(*n)++] = (uint32_t)number;
	}
	closedir(d);
	*out = v;
	return 0;
}

static int
by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

int
history_load(struct store *st, store_warn_fn *warn, void *arg, struct err *e)
{
	struct commit c;
	uint32_t *v = NULL;
	size_t i, n, first;
	char text[ERR_TEXT_MAX + 64];
	struct err why;

	if (history_numbers(st, &v, &n) < 0)
		return err_set(e, ERR_REALITY, "cannot read the folder of "
			       "commits: %s", strerror(errno));
	if (n > 0)
		qsort(v, n, sizeof(*v), by_number);
	for (first = n; first > 1 && v[first - 2] == v[first - 1] - 1;)
		first--;
	first = first > 0 ? first - 1 : 0;
	for (i = first; i < n; i++) {
		if (record_head(st->commits, v[i], &c, &why) < 0) {
			snprintf(text, sizeof(text), "commit %u cannot be read "
				 "and is left out: %s", v[i], why.text);
			warn(text, arg);
			continue;
		}
		if (history_add(st, &c) < 0) {
			history_fini(&c);
			free(v);
			return err_set(e, ERR_RESOURCE, "out of memory");
		}
	}
	st->last = n > 0 ? v[n - 1] : 0;
	free(v);
	return 0;
}

void
history_cut(struct store *st)
{
	while (st->n_history > 0)
		history_fini(&st->history[--st->n_history]);
	if (st->last > 0)
		st->last++;
	st->cut = true;
}

void
history_free(struct store *st)
{
	while (st->n_history > 0)
		history_fini(&st->history[--st->n_history]);
	free(st->history);
	st->history = NULL;
}
