/*
 * child: what ike wishes, from its question until it lets go of the answer.
 *
 * The octets of a download stay here a while after they were passed on, for ike
 * says only then whether they are worth keeping.
 */
#include "config.h"

#include <event2/event.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include "buf.h"
#include "cache.h"
#include "fetch.h"
#include "log.h"
#include "proc/ipc.h"
#include "proc/messages.h"
#include "proc/process.h"
#include "web.h"

/* Of ike at once; an ike that wishes for more is a broken one. */
#define WISHES_MAX	4096
/* What ike may still say it wants kept: octets in all, and for how long. */
#define HELD_MAX	(64u << 20)
#define HELD_SECONDS	60
#define SWEEP		{ 15, 0 }

struct wish {
	TAILQ_ENTRY(wish)	 next;
	struct fetchproc	*proc;
	uint32_t		 serial;
	struct transfer		*transfer;	/* one of these three */
	struct cache_look	*look;
	int			 fd;		/* passed on, held; -1 */
	size_t			 len;
	unsigned int		 age;		/* sweeps, held */
	char			 url[FETCH_URL_MAX + 1];
};

struct fetchproc {
	struct process		 process;
	struct ipc		*ike;		/* NULL while there is none */
	struct web		*web;
	struct cache		*cache;		/* NULL: nothing is kept */
	struct event		*sweep;
	TAILQ_HEAD(, wish)	 wishes;	/* oldest first */
	unsigned int		 n_wishes;
	size_t			 held;		/* octets */
};

static struct wish *
find(struct fetchproc *p, uint32_t serial)
{
	struct wish *w;

	TAILQ_FOREACH(w, &p->wishes, next)
		if (w->serial == serial)
			return w;
	return NULL;
}

/* The octets held for it, which are now the caller's. */
static int
let_go(struct wish *w)
{
	int fd = w->fd;

	if (fd >= 0)
		w->proc->held -= w->len;
	w->fd = -1;
	return fd;
}

static void
wish_free(struct wish *w)
{
	int fd = let_go(w);

	if (fd >= 0)
		close(fd);
	if (w->transfer != NULL)
		web_cancel(w->transfer);
	if (w->look != NULL)
		cache_look_cancel(w->look);
	TAILQ_REMOVE(&w->proc->wishes, w, next);
	w->proc->n_wishes--;
	free(w);
}

static void
forget_all(struct fetchproc *p)
{
	struct wish *w;

	while ((w = TAILQ_FIRST(&p->wishes)) != NULL)
		wish_free(w);
}

static struct wish *
wish_new(struct fetchproc *p, const struct fetch_request *q)
{
	struct wish *w = p->n_wishes < WISHES_MAX ? calloc(1, sizeof(*w)) : NULL;

	if (w == NULL)
		return NULL;
	w->proc = p;
	w->serial = q->serial;
	w->fd = -1;
	memcpy(w->url, q->url, strlen(q->url) + 1);
	TAILQ_INSERT_TAIL(&p->wishes, w, next);
	p->n_wishes++;
	return w;
}

/* --- answers --- */

/* Takes fd. */
static void
answer(struct fetchproc *p, const struct ipc_fetched *a, int fd)
{
	uint8_t body[IPC_FETCHED_MAX];
	struct wbuf w;

	wbuf_init(&w, body, sizeof(body));
	ipc_fetched_build(&w, a);
	if (p->ike != NULL)
		ipc_send_fd(p->ike, IPC_FETCHED, body, w.len, fd);
	else if (fd >= 0)
		close(fd);
}

static void
answer_failed(struct fetchproc *p, uint32_t serial, const char *why)
{
	struct ipc_fetched a = { .serial = serial, .outcome = FETCH_FAILED };

	strncpy(a.why, why, sizeof(a.why) - 1);
	answer(p, &a, -1);
}

/* Should they not be wanted after all, the oldest make room. */
static void
hold(struct wish *w, int fd, size_t len)
{
	struct fetchproc *p = w->proc;
	struct wish *old, *next;

	for (old = TAILQ_FIRST(&p->wishes); old != NULL && p->held + len > HELD_MAX;
	     old = next) {
		next = TAILQ_NEXT(old, next);
		if (old->fd >= 0)
			wish_free(old);
	}
	w->fd = fd;
	w->len = len;
	w->age = 0;
	p->held += len;
}

static void
on_fetched(void *arg, struct fetched *f)
{
	struct wish *w = arg;
	struct fetchproc *p = w->proc;
	struct ipc_fetched a = { .serial = w->serial, .outcome = FETCH_OK,
				 .len = (uint32_t)f->len };
	int fd = f->fd >= 0 ? fcntl(f->fd, F_DUPFD_CLOEXEC, 0) : -1;

	w->transfer = NULL;
	if (f->fd < 0) {
		answer_failed(p, w->serial, f->why);
		wish_free(w);
	} else if (fd < 0) {
		close(f->fd);
		answer_failed(p, w->serial, "was fetched, but there is no room "
			      "for it here");
		wish_free(w);
	} else {
		hold(w, f->fd, f->len);
		answer(p, &a, fd);
	}
}

static void
on_looked(void *arg, int fd, size_t len)
{
	struct wish *w = arg;
	const struct ipc_fetched a = {
		.serial = w->serial, .len = (uint32_t)len,
		.outcome = fd >= 0 ? FETCH_OK : FETCH_NONE,
	};

	w->look = NULL;
	answer(w->proc, &a, fd);
	wish_free(w);
}

/* --- questions --- */

static void
look(struct fetchproc *p, const struct fetch_request *q)
{
	const struct ipc_fetched none = { .serial = q->serial,
					  .outcome = FETCH_NONE };
	struct wish *w = p->cache != NULL ? wish_new(p, q) : NULL;

	if (w != NULL)
		w->look = cache_look(p->cache, q->url, q->most, on_looked, w);
	if (w != NULL && w->look != NULL)
		return;
	answer(p, &none, -1);
	if (w != NULL)
		wish_free(w);
}

static void
get(struct fetchproc *p, const struct fetch_request *q)
{
	struct wish *w = wish_new(p, q);

	if (w != NULL)
		w->transfer = web_fetch(p->web, q, on_fetched, w);
	if (w != NULL && w->transfer != NULL)
		return;
	answer_failed(p, q->serial, "is not fetched: too much is being fetched");
	if (w != NULL)
		wish_free(w);
}

static void
keep(struct fetchproc *p, const struct fetch_request *q)
{
	struct wish *w = find(p, q->serial);

	if (w == NULL || w->fd < 0)
		return;			/* let go of meanwhile */
	if (p->cache != NULL) {
		size_t len = w->len;

		cache_keep(p->cache, w->url, let_go(w), len, q->until);
	}
	wish_free(w);
}

static bool
from_ike(struct ipc *ipc, uint16_t type, struct rbuf *body, int fd, void *arg)
{
	struct fetchproc *p = arg;
	char url[FETCH_URL_MAX + 1];
	struct fetch_request q;
	struct wish *w;

	(void)ipc;
	if (fd >= 0)
		close(fd);
	if (fd >= 0 || type != IPC_FETCH || !ipc_fetch_parse(body, &q, url))
		return false;
	w = find(p, q.serial);
	switch ((enum fetch_kind)q.kind) {
	case FETCH_GET:
	case FETCH_POST:
		if (w == NULL)
			get(p, &q);
		return w == NULL;
	case FETCH_CACHED:
		if (w == NULL)
			look(p, &q);
		return w == NULL;
	case FETCH_KEEP:
		keep(p, &q);
		return true;
	case FETCH_DROP:
		if (p->cache != NULL)
			cache_drop(p->cache, url);
		return true;
	case FETCH_END:
		if (w != NULL)
			wish_free(w);
		return true;
	}
	return false;
}

static void
ike_gone(struct ipc *ipc, const char *why, void *arg)
{
	struct fetchproc *p = arg;

	(void)ipc;
	log_debug("ipc", "ike: %s", why);
	p->ike = NULL;
	forget_all(p);
}

static const struct ipc_ops ike_ops = { from_ike, ike_gone };

static void
on_sweep(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval sweep = SWEEP;
	struct fetchproc *p = arg;
	struct wish *w, *next;

	(void)fd;
	(void)what;
	for (w = TAILQ_FIRST(&p->wishes); w != NULL; w = next) {
		next = TAILQ_NEXT(w, next);
		if (w->fd >= 0 && ++w->age > HELD_SECONDS / sweep.tv_sec)
			wish_free(w);
	}
}

/* --- monitor --- */

static void
attach(struct fetchproc *p, int fd)
{
	ipc_free(p->ike);
	forget_all(p);
	p->ike = ipc_new(p->process.base, fd, &ike_ops, p);
}

static bool
from_monitor(uint16_t type, struct rbuf *body, int fd, void *arg)
{
	if (type == IPC_PEER && fd >= 0 && rbuf_u8(body) == CHILD_IKE &&
	    rbuf_left(body) == 0) {
		attach(arg, fd);
		return true;
	}
	if (fd >= 0)
		close(fd);
	return false;
}

static void
stop(void *arg)
{
	struct fetchproc *p = arg;

	process_leave(&p->process, CHILD_DONE);
}

static int
start(struct fetchproc *p, const struct options *opt, struct err *e)
{
	static const struct timeval sweep = SWEEP;
	int folder = opt->has_fd[FD_CACHE] ? FD_CACHE : -1;
	struct sandbox box = fetch_sandbox(folder);

	if (process_init(&p->process, opt, e) < 0 || web_load(e) < 0)
		return -1;
	p->sweep = event_new(p->process.base, -1, EV_PERSIST, on_sweep, p);
	if (p->sweep == NULL || event_add(p->sweep, &sweep) < 0)
		return err_set(e, ERR_RESOURCE, "out of memory");
	if (process_enter_box(&p->process, &box, e) < 0)
		return -1;
	p->web = web_new(p->process.base, e);
	if (p->web == NULL)
		return -1;
	if (folder >= 0 &&
	    (p->cache = cache_new(p->process.base, folder, e)) == NULL)
		return -1;
	if (opt->has_fd[FD_FETCH])
		attach(p, FD_FETCH);
	ipc_send(p->process.monitor, IPC_READY, NULL, 0);
	return 0;
}

int
fetch_child(const struct options *opt)
{
	struct fetchproc p = {
		.process = { .received = from_monitor, .stop = stop },
	};
	struct err e = ERR_INIT;

	p.process.arg = &p;
	TAILQ_INIT(&p.wishes);
	if (start(&p, opt, &e) < 0) {
		log_error("%s", e.text);
		return CHILD_FAILED;
	}
	return process_run(&p.process);
}
