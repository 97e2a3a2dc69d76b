#include "cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "crypto/sha256.h"
#include "ike/engine.h"
#include "log.h"
#include "sealed.h"
#include "worker.h"

#define FORMAT		"culvert-fetch 1"
#define HEAD_MAX	(FETCH_URL_MAX + 128)
#define NEW		"new"		/* one at a time */

struct name {
	char	text[2 * SHA256_LEN + 1];
};

/* What is in the folder; of the thread alone. */
struct entry {
	struct name	name;
	size_t		size;
	int64_t		since;		/* when it was written */
};

struct cache {
	struct worker	*worker;
	int		 folder;
	bool		 known;		/* the folder has been looked through */
	struct entry	 entries[CACHE_FILES + 1];
	unsigned int	 n;
	bool		 complained;	/* of a disk that takes nothing */
};

enum what { KEEP, DROP, LOOK };

struct cache_look {
	struct job	 job;
	struct cache	*cache;
	enum what	 what;
	char		 url[FETCH_URL_MAX + 1];
	struct name	 name;
	uint64_t	 until;		/* KEEP */
	size_t		 most;		/* LOOK */
	int		 fd;		/* in of KEEP, out of LOOK; -1 */
	size_t		 len;
	void		(*fn)(void *, int, size_t);
	void		*arg;
};

static bool
set_name(struct name *n, const char *url)
{
	uint8_t hash[SHA256_LEN];
	size_t i;

	if (!sha256(url, strlen(url), hash))
		return false;
	for (i = 0; i < sizeof(hash); i++)
		snprintf(n->text + 2 * i, 3, "%02x", hash[i]);
	return true;
}

static bool
is_name(const char *s)
{
	return strlen(s) == 2 * SHA256_LEN &&
	    strspn(s, "0123456789abcdef") == 2 * SHA256_LEN;
}

/* --- what is there --- */

static unsigned int
find(const struct cache *c, const struct name *n)
{
	unsigned int i;

	for (i = 0; i < c->n; i++)
		if (strcmp(c->entries[i].name.text, n->text) == 0)
			break;
	return i;
}

/* The others stay in their order: of equal age the first that came goes first. */
static void
forget(struct cache *c, unsigned int i)
{
	unlinkat(c->folder, c->entries[i].name.text, 0);
	c->n--;
	memmove(&c->entries[i], &c->entries[i + 1],
		(c->n - i) * sizeof(c->entries[0]));
}

/* Until there are no more than there may be. */
static void
make_room(struct cache *c)
{
	unsigned int i, oldest;
	size_t total;

	for (;;) {
		total = oldest = 0;
		for (i = 0; i < c->n; i++) {
			total += c->entries[i].size;
			if (c->entries[i].since < c->entries[oldest].since)
				oldest = i;
		}
		if (c->n <= CACHE_FILES && total <= CACHE_OCTETS)
			return;
		forget(c, oldest);
	}
}

static void
note(struct cache *c, const struct name *n, const struct stat *st)
{
	unsigned int i = find(c, n);
	struct entry *e = &c->entries[i];

	e->name = *n;
	e->size = (size_t)st->st_size;
	e->since = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
	if (i == c->n)
		c->n++;
	make_room(c);
}

/* Anything else is what a write left that was interrupted, or not ours. */
static void
note_or_remove(struct cache *c, const char *name)
{
	struct name n = { "" };
	struct stat st;

	if (is_name(name) &&
	    fstatat(c->folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(st.st_mode)) {
		memcpy(n.text, name, sizeof(n.text));
		note(c, &n, &st);
	} else if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0) {
		unlinkat(c->folder, name, 0);
	}
}

static void
learn(struct cache *c)
{
	int fd = openat(c->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *e;

	c->known = true;
	if (d == NULL) {
		log_warn("the folder of kept CRLs cannot be read: %s",
			 strerror(errno));
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((e = readdir(d)) != NULL)
		note_or_remove(c, e->d_name);
	closedir(d);
}

/* --- to and from disk --- */

static bool
copy(int from, int to, size_t len)
{
	char buf[65536];
	ssize_t n;

	while (len > 0) {
		n = read(from, buf, len < sizeof(buf) ? len : sizeof(buf));
		if (n <= 0 || !sealed_add(to, buf, (size_t)n))
			return false;
		len -= (size_t)n;
	}
	return true;
}

static bool
write_new(const struct cache_look *j)
{
	int fd = openat(j->cache->folder, NEW, O_WRONLY | O_CREAT | O_TRUNC |
			O_NOFOLLOW | O_CLOEXEC, 0600);
	char head[HEAD_MAX];
	int n = snprintf(head, sizeof(head), FORMAT "\n%llu %zu\n%s\n",
			 (unsigned long long)j->until, j->len, j->url);
	bool ok = fd >= 0 && n > 0 && (size_t)n < sizeof(head) &&
	    sealed_add(fd, head, (size_t)n) && lseek(j->fd, 0, SEEK_SET) == 0 &&
	    copy(j->fd, fd, j->len) && fsync(fd) == 0;

	if (fd >= 0)
		close(fd);
	return ok;
}

static void
keep(struct cache_look *j)
{
	struct cache *c = j->cache;
	struct stat st;

	if (write_new(j) && renameat(c->folder, NEW, c->folder, j->name.text) == 0 &&
	    fsync(c->folder) == 0 &&
	    fstatat(c->folder, j->name.text, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		note(c, &j->name, &st);
		c->complained = false;
		return;
	}
	if (!c->complained)
		log_warn("a CRL cannot be kept on disk: %s", strerror(errno));
	c->complained = true;
	unlinkat(c->folder, NEW, 0);
}

static void
drop(struct cache_look *j)
{
	unsigned int i = find(j->cache, &j->name);

	if (i < j->cache->n)
		forget(j->cache, i);
}

/* Where the octets begin; 0: these are not what was asked for, whole and still
 * to be used. */
static size_t
check_head(struct cache_look *j, const char *head, size_t size)
{
	unsigned long long until;
	size_t len;
	int at = 0, n;

	if (sscanf(head, FORMAT "\n%llu %zu\n%n", &until, &len, &at) != 2 ||
	    at == 0)
		return 0;
	n = (int)strlen(j->url);
	if (strncmp(head + at, j->url, (size_t)n) != 0 || head[at + n] != '\n')
		return 0;
	j->len = len;
	n += at + 1;
	if (until <= (unsigned long long)time(NULL) || len > j->most ||
	    size != (size_t)n + len)
		return 0;
	return (size_t)n;
}

static bool
read_kept(struct cache_look *j, int from)
{
	char head[HEAD_MAX + 1];
	ssize_t n = pread(from, head, HEAD_MAX, 0);
	struct stat st;
	size_t at;

	if (n <= 0 || fstat(from, &st) < 0)
		return false;
	head[n] = '\0';
	at = check_head(j, head, (size_t)st.st_size);
	if (at == 0 || lseek(from, (off_t)at, SEEK_SET) < 0)
		return false;
	j->fd = sealed_new();
	return j->fd >= 0 && copy(from, j->fd, j->len) && sealed_close(j->fd);
}

static void
look(struct cache_look *j)
{
	int from = openat(j->cache->folder, j->name.text, O_RDONLY | O_NOFOLLOW |
			  O_CLOEXEC);

	if (from < 0)
		return;
	if (!read_kept(j, from)) {
		if (j->fd >= 0)
			close(j->fd);
		j->fd = -1;
		drop(j);
	}
	close(from);
}

/* --- jobs --- */

static void
run(struct job *job)
{
	static void (*const deeds[])(struct cache_look *) = {
		[KEEP] = keep, [DROP] = drop, [LOOK] = look,
	};
	struct cache_look *j = (struct cache_look *)job;

	if (!j->cache->known)
		learn(j->cache);
	deeds[j->what](j);
}

static void
done(struct job *job)
{
	struct cache_look *j = (struct cache_look *)job;

	if (j->what == LOOK && j->fn != NULL) {
		j->fn(j->arg, j->fd, j->fd >= 0 ? j->len : 0);
		j->fd = -1;
	}
	if (j->fd >= 0)
		close(j->fd);
	free(j);
}

static struct cache_look *
job_new(struct cache *c, enum what what, const char *url)
{
	struct cache_look *j = calloc(1, sizeof(*j));

	if (j == NULL || !set_name(&j->name, url)) {
		free(j);
		return NULL;
	}
	j->job.run = run;
	j->job.done = done;
	j->cache = c;
	j->what = what;
	j->fd = -1;
	snprintf(j->url, sizeof(j->url), "%s", url);
	return j;
}

struct cache *
cache_new(struct event_base *base, int folder, struct err *e)
{
	struct cache *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		err_set(e, ERR_RESOURCE, "out of memory");
		return NULL;
	}
	c->folder = folder;
	c->worker = worker_new(base, 1, e);
	return c->worker != NULL ? c : NULL;	/* the process ends */
}

void
cache_keep(struct cache *c, const char *url, int fd, size_t len, uint64_t until)
{
	struct cache_look *j = job_new(c, KEEP, url);

	if (j == NULL) {
		close(fd);
		return;
	}
	j->fd = fd;
	j->len = len;
	j->until = until;
	worker_give(c->worker, &j->job);
}

void
cache_drop(struct cache *c, const char *url)
{
	struct cache_look *j = job_new(c, DROP, url);

	if (j != NULL)
		worker_give(c->worker, &j->job);
}

struct cache_look *
cache_look(struct cache *c, const char *url, size_t most,
	   void (*fn)(void *, int, size_t), void *arg)
{
	struct cache_look *j = job_new(c, LOOK, url);

	if (j == NULL)
		return NULL;
	j->most = most;
	j->fn = fn;
	j->arg = arg;
	worker_give(c->worker, &j->job);
	return j;
}

void
cache_look_cancel(struct cache_look *j)
{
	j->fn = NULL;
}
