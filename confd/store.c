#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "history.h"
#include "unconfirmed.h"
#include "record.h"
#include "schema.h"
#include "startup.h"
#include "unit.h"

/* A restart reads at most so much more than it must. */
#define REPLAY_MAX	200
#define REPLAY_BYTES	(1u << 20)

/* --- opening --- */

static void
boot_id(char *out, size_t size)
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, out, size - 1);

	if (fd >= 0)
		close(fd);
	out[n > 0 ? n : 0] = '\0';
	out[strcspn(out, "\n")] = '\0';
}

static int
open_dirs(struct store *st, const char *dir, struct err *e)
{
	st->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (st->dir < 0)
		return err_set(e, ERR_REALITY, "cannot open the folder %s: %s",
			       dir, strerror(errno));
	st->lock = openat(st->dir, "lock", O_RDWR | O_CREAT | O_CLOEXEC |
			  O_NOFOLLOW, 0600);
	if (st->lock < 0)
		return err_set(e, ERR_REALITY, "cannot write to the folder %s: "
			       "%s", dir, strerror(errno));
	if (flock(st->lock, LOCK_EX | LOCK_NB) < 0)
		return err_set(e, ERR_REALITY, "another confd works in %s "
			       "already", dir);
	if (mkdirat(st->dir, "commits", 0700) < 0 && errno != EEXIST)
		return err_set(e, ERR_REALITY, "cannot make the folder "
			       "%s/commits: %s", dir, strerror(errno));
	st->commits = openat(st->dir, "commits", O_RDONLY | O_DIRECTORY |
			     O_CLOEXEC);
	if (st->commits < 0)
		return err_set(e, ERR_REALITY, "cannot open the folder "
			       "%s/commits: %s", dir, strerror(errno));
	return 0;
}

int
store_open(struct store *st, const struct schema *s, const char *dir,
	   const char *factory, struct err *e)
{
	memset(st, 0, sizeof(*st));
	st->schema = s;
	st->dir = st->commits = st->lock = -1;
	boot_id(st->boot, sizeof(st->boot));
	st->factory_path = strdup(factory);
	if (st->factory_path == NULL)
		return err_set(e, ERR_RESOURCE, "out of memory");
	if (open_dirs(st, dir, e) == 0)
		return 0;
	store_close(st);
	return -1;
}

void
store_close(struct store *st)
{
	history_free(st);
	free(st->factory_path);
	unconfirmed_fini(&st->unconfirmed);
	map_unref(st->startup);
	map_unref(st->before_boot);
	free(st->trouble);
	free(st->instead);
	map_unref(st->at[0].map);
	map_unref(st->at[1].map);
	if (st->commits >= 0)
		close(st->commits);
	if (st->dir >= 0)
		close(st->dir);
	if (st->lock >= 0)
		close(st->lock);
	memset(st, 0, sizeof(*st));
	st->dir = st->commits = st->lock = -1;
}

/* --- loading --- */

/* `running` and the commits after it, as far as they can be read. */
static int
load_last(struct store *st, char *boot, size_t size, struct map **out,
	  store_warn_fn *warn, void *arg, struct err *e)
{
	char text[ERR_TEXT_MAX + 64];
	struct err why = ERR_INIT;
	struct map *m;
	uint32_t n;
	size_t len;

	if (record_read_base(st->dir, st->schema, &st->base, boot, size, &m,
			     &st->base_bytes, e) < 0)
		return -1;
	for (n = st->base + 1; n <= st->last; n++) {
		if (record_apply(st->commits, st->schema, n, true, m, &len,
				 &why) == 0) {
			st->replay_bytes += len;
			continue;
		}
		snprintf(text, sizeof(text), "commit %u cannot be read, so "
			 "running is what it was before it: %s", n, why.text);
		warn(text, arg);
		history_cut(st);
		break;
	}
	*out = m;
	return 0;
}

/* Takes units that are equal from the other map, so that they are the same. */
static int
share(struct unit *before, struct unit *after, void *arg)
{
	if (before != NULL && after != NULL && unit_equal(before, after))
		return map_put(arg, unit_ref(before));
	return 0;
}

/* What was running cannot be read; `why` says why. */
static void
lost_running(struct store *st, const struct err *why, store_warn_fn *warn,
	     void *arg)
{
	char text[ERR_TEXT_MAX + 128];
	struct err e;

	snprintf(text, sizeof(text), "what was running is broken and was not "
		 "used (%s); the file is kept as " RECORD_RUNNING ".broken-N",
		 why->text);
	warn(text, arg);
	if (startup_keep_broken(st, RECORD_RUNNING, &e) < 0)
		warn(e.text, arg);
}

/* A boot that changed running is a commit of its own, so that the history has
 * no gap. */
static int
record_boot(struct store *st, const struct map *last, const struct map *running,
	    struct err *e)
{
	struct commit c = { .comment = NULL };

	c.time = (uint64_t)time(NULL);
	c.user = strdup("confd");
	c.comment = strdup("startup configuration loaded at boot");
	if (c.user == NULL || c.comment == NULL ||
	    store_commit(st, last, running, &c, e) < 0) {
		history_fini(&c);
		return -1;
	}
	return 0;
}

static int
write_base(struct store *st, const struct map *running, struct err *e)
{
	if (record_write_base(st->dir, st->schema, st->last, st->boot, running,
			      &st->base_bytes, e) < 0)
		return -1;
	st->base = st->last;
	st->replay_bytes = 0;
	return 0;
}

int
store_catch_up(struct store *st, const struct map *running, struct err *e)
{
	if (!st->behind)
		return 0;
	if (st->before_boot != NULL &&
	    record_boot(st, st->before_boot, running, e) < 0)
		return -1;
	map_unref(st->before_boot);
	st->before_boot = NULL;
	if (write_base(st, running, e) < 0)
		return -1;
	st->behind = false;
	return 0;
}

int
store_load(struct store *st, struct map **running, store_warn_fn *warn,
	   void *arg, struct err *e)
{
	struct map *last = NULL, *good;
	struct err why = ERR_INIT;
	char boot[64] = "";
	int rc = 0;

	if (history_load(st, warn, arg, e) < 0)
		return -1;
	if (load_last(st, boot, sizeof(boot), &last, warn, arg, &why) < 0 &&
	    why.kind != ERR_NOTFOUND)
		lost_running(st, &why, warn, arg);
	if (last == NULL)
		history_cut(st);
	unconfirmed_load(st, boot, last, warn, arg);
	if (last != NULL && strcmp(boot, st->boot) == 0) {
		*running = last;
		startup_recall(st);
		st->behind = st->cut;
		if (store_catch_up(st, last, &why) < 0)
			warn(why.text, arg);
		return 0;
	}
	good = unconfirmed_before(st, last);
	rc = startup_boot(st, good, running, warn, arg, e);
	map_unref(good);
	if (rc < 0) {
		map_unref(last);
		return -1;
	}
	if (last != NULL && map_diff(last, *running, share, *running) != 0) {
		map_unref(last);
		map_unref(*running);
		*running = NULL;
		return err_set(e, ERR_RESOURCE, "out of memory");
	}
	st->behind = true;
	if (last != NULL && !st->cut)
		st->before_boot = map_ref(last);
	if (store_catch_up(st, *running, &why) < 0)
		warn(why.text, arg);
	unconfirmed_drop(st, warn, arg);
	map_unref(last);
	return 0;
}

/* --- writing --- */

static int
count_change(struct unit *before, struct unit *after, void *arg)
{
	*(size_t *)arg += !unit_equal(before, after);
	return 0;
}

int
store_commit(struct store *st, const struct map *before, const struct map *after,
	     struct commit *c, struct err *e)
{
	size_t len, n = 0;
	char name[16];

	map_diff(before, after, count_change, &n);
	if (n == 0) {
		history_fini(c);
		memset(c, 0, sizeof(*c));
		return 0;
	}
	c->number = st->last + 1;
	if (record_write(st->commits, st->schema, c, before, after, &len, e) < 0) {
		/* It may be there without being on disk for sure. */
		snprintf(name, sizeof(name), "%u", c->number);
		unlinkat(st->commits, name, 0);
		c->number = 0;
		return -1;
	}
	st->last = c->number;
	st->replay_bytes += len;
	/* Without memory the commit is missing in a list, not on disk. */
	if (history_add(st, c) < 0)
		history_fini(c);
	return 0;
}

int
store_tidy(struct store *st, const struct map *running, struct err *e)
{
	uint32_t *v, oldest;
	size_t i, n;
	char name[16];

	if ((st->last - st->base > REPLAY_MAX ||
	     st->replay_bytes > st->base_bytes + REPLAY_BYTES) &&
	    write_base(st, running, e) < 0)
		return -1;
	if (history_numbers(st, &v, &n) < 0)
		return 0;
	oldest = st->last > STORE_HISTORY ? st->last - STORE_HISTORY : 0;
	if (st->unconfirmed.first > 0 && oldest >= st->unconfirmed.first)
		oldest = st->unconfirmed.first - 1;
	for (i = 0; i < n; i++) {
		if (v[i] > oldest || v[i] > st->base)
			continue;
		snprintf(name, sizeof(name), "%u", v[i]);
		unlinkat(st->commits, name, 0);
	}
	free(v);
	return 0;
}

static void
remember(struct store *st, uint32_t commit, const struct map *m)
{
	struct map *copy = commit < st->last ? map_clone(m) : NULL;

	if (copy == NULL)
		return;
	map_unref(st->at[1].map);
	st->at[1] = st->at[0];
	st->at[0].commit = commit;
	st->at[0].map = copy;
}

int
store_at(struct store *st, const struct map *running, uint32_t commit,
	 struct map **out, struct err *e)
{
	struct map *m;
	uint32_t n, oldest;
	size_t len;

	oldest = st->n_history > 0 ? st->history[0].number - 1 : st->last;
	if (commit > st->last || commit < oldest)
		return err_set(e, ERR_NOTFOUND, "there is no commit %u to go "
			       "back to: the history begins with %u and ends "
			       "with %u", commit, oldest, st->last);
	for (n = 0; n < 2; n++)
		if (st->at[n].map != NULL && st->at[n].commit == commit) {
			*out = map_clone(st->at[n].map);
			return *out != NULL ? 0 :
			    err_set(e, ERR_RESOURCE, "out of memory");
		}
	m = map_clone(running);
	if (m == NULL)
		return err_set(e, ERR_RESOURCE, "out of memory");
	for (n = st->last; n > commit; n--)
		if (record_apply(st->commits, st->schema, n, false, m, &len,
				 e) < 0) {
			map_unref(m);
			return -1;
		}
	*out = m;
	remember(st, commit, m);
	return 0;
}
