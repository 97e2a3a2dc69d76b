#include "unconfirmed.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "record.h"
#include "store.h"
#include "unit.h"

uint64_t
unconfirmed_now(void)
{
	struct timespec ts = { 0, 0 };

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

void
unconfirmed_fini(struct unconfirmed *p)
{
	free(p->user);
	memset(p, 0, sizeof(*p));
}

int
unconfirmed_set(struct store *st, const struct unconfirmed *p, struct err *e)
{
	struct unconfirmed now = *p;

	now.user = strdup(p->user);
	if (now.user == NULL)
		return err_set(e, ERR_RESOURCE, "out of memory");
	if (record_write_unconfirmed(st->dir, &now, st->boot, e) < 0) {
		free(now.user);
		return -1;
	}
	unconfirmed_fini(&st->unconfirmed);
	st->unconfirmed = now;
	return 0;
}

int
unconfirmed_settle(struct store *st, struct err *e)
{
	if (unlinkat(st->dir, RECORD_UNCONFIRMED, 0) < 0 && errno != ENOENT)
		return err_set(e, ERR_REALITY, "cannot remove the file "
			       RECORD_UNCONFIRMED ": %s", strerror(errno));
	if (fsync(st->dir) < 0)
		return err_set(e, ERR_REALITY, "cannot write the folder of "
			       RECORD_UNCONFIRMED ": %s", strerror(errno));
	unconfirmed_fini(&st->unconfirmed);
	return 0;
}

struct map *
unconfirmed_before(struct store *st, struct map *last)
{
	struct map *m;
	struct err e;

	if (last == NULL)
		return NULL;
	if (st->unconfirmed.first > 0 &&
	    store_at(st, last, st->unconfirmed.first - 1, &m, &e) == 0)
		return m;
	return map_ref(last);
}

static void
forget(struct store *st, unconfirmed_warn_fn *warn, void *arg)
{
	struct err e;

	if (unconfirmed_settle(st, &e) < 0)
		warn(e.text, arg);
	unconfirmed_fini(&st->unconfirmed);
}

void
unconfirmed_drop(struct store *st, unconfirmed_warn_fn *warn, void *arg)
{
	char text[ERR_TEXT_MAX];

	if (st->unconfirmed.first == 0)
		return;
	snprintf(text, sizeof(text), "commit %u of %s was not confirmed before "
		 "the machine was started again, and is not used",
		 st->unconfirmed.last, st->unconfirmed.user);
	warn(text, arg);
	forget(st, warn, arg);
}

static int
differs(struct unit *a, struct unit *b, void *arg)
{
	(void)arg;
	return !unit_equal(a, b);
}

/* A crash came between taking it back and removing the file. */
static bool
taken_back(struct store *st, struct map *last)
{
	struct map *before = unconfirmed_before(st, last);
	bool is;

	if (before == NULL || before == last) {
		map_unref(before);
		return false;
	}
	is = map_diff(before, last, differs, NULL) == 0;
	map_unref(before);
	return is;
}

void
unconfirmed_load(struct store *st, const char *boot, struct map *last,
		 unconfirmed_warn_fn *warn, void *arg)
{
	char text[ERR_TEXT_MAX + 128], was[64];
	struct err e = ERR_INIT;

	if (record_read_unconfirmed(st->dir, &st->unconfirmed, was, sizeof(was), &e) < 0) {
		if (e.kind == ERR_NOTFOUND)
			return;
		snprintf(text, sizeof(text), "whether a commit waits to be "
			 "confirmed cannot be read, so what is running stays: "
			 "%s", e.text);
		warn(text, arg);
		forget(st, warn, arg);
	} else if (st->cut) {
		snprintf(text, sizeof(text), "commit %u of %s waits to be "
			 "confirmed and cannot be taken back any more, so what "
			 "is running stays", st->unconfirmed.last, st->unconfirmed.user);
		warn(text, arg);
		forget(st, warn, arg);
	} else if (st->unconfirmed.first > st->last || taken_back(st, last)) {
		/* The commit it was written for was not made, or is undone. */
		forget(st, warn, arg);
	} else if (strcmp(boot, st->boot) == 0 && strcmp(was, st->boot) != 0) {
		/* It should have been dropped when the machine started. */
		unconfirmed_drop(st, warn, arg);
	} else if (st->unconfirmed.last > st->last) {
		st->unconfirmed.last = st->last;
	}
}
