/*
 * fetch: requests to the process fetch, which may start again in between: what it
 * has not answered is kept and asked again.
 */
#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "ikeproc.h"
#include "log.h"
#include "proc/ipc.h"
#include "proc/messages.h"

#define LIVES_MAX	3
/* An engine that asks for more without an answer is a broken one. */
#define WISHES_MAX	4096

struct wish {
	struct wish	*next;
	uint32_t	 serial;
	uint32_t	 most;
	unsigned int	 lives;		/* of fetch that have heard it */
	size_t		 len;
	uint8_t		 body[];	/* of the IPC_FETCH */
};

/* The wish, taken out of the list; NULL: nobody wished that. */
static struct wish *
take(struct ikeproc *p, uint32_t serial)
{
	struct wish **at, *found;

	for (at = &p->wishes; *at != NULL; at = &(*at)->next) {
		if ((*at)->serial != serial)
			continue;
		found = *at;
		*at = found->next;
		p->n_wishes--;
		return found;
	}
	return NULL;
}

static void
answer(struct ikeproc *p, uint32_t serial, enum fetch_outcome outcome,
       const char *why)
{
	const struct fetch_reply a = {
		.serial = serial, .outcome = (uint8_t)outcome, .why = why,
	};

	engine_fetched(p->engine, ikeproc_now(), &a);
}

/* --- answers --- */

/* What fetch could still change or take away is not looked at, nor anything that
 * a read could wait for. */
static bool
is_sealed(int fd)
{
	const int want = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW;
	int seals = fcntl(fd, F_GET_SEALS);

	return seals >= 0 && (seals & want) == want;
}

static uint8_t *
read_all(int fd, size_t len)
{
	uint8_t *out = malloc(len);
	size_t got = 0;
	ssize_t n = 1;

	while (out != NULL && got < len && n > 0) {
		n = pread(fd, out + got, len - got, (off_t)got);
		got += n > 0 ? (size_t)n : 0;
	}
	if (got == len)
		return out;
	free(out);
	return NULL;
}

static void
tell_octets(struct ikeproc *p, const struct ipc_fetched *f, int fd)
{
	struct fetch_reply a = { .serial = f->serial, .outcome = FETCH_OK,
				 .len = f->len };
	uint8_t *octets = read_all(fd, f->len);

	if (octets == NULL) {
		answer(p, f->serial, FETCH_FAILED, "cannot be had: ike is out of "
		       "memory");
		return;
	}
	a.data = octets;
	engine_fetched(p->engine, ikeproc_now(), &a);
	free(octets);
}

static bool
fetched(struct ikeproc *p, const struct ipc_fetched *f, int fd)
{
	bool with = f->outcome == FETCH_OK;
	struct wish *w;

	if (with != (fd >= 0) || (with && !is_sealed(fd)))
		return false;
	w = take(p, f->serial);
	if (w == NULL)
		return true;		/* nobody waits any more */
	if (f->len > w->most)
		answer(p, f->serial, FETCH_FAILED, "is longer than asked for");
	else if (with)
		tell_octets(p, f, fd);
	else
		answer(p, f->serial, (enum fetch_outcome)f->outcome, f->why);
	free(w);
	return true;
}

static bool
from_fetch(struct ipc *ipc, uint16_t type, struct rbuf *body, int fd, void *arg)
{
	struct ikeproc *p = arg;
	struct ipc_fetched f;
	bool ok;

	(void)ipc;
	ok = type == IPC_FETCHED && ipc_fetched_parse(body, &f) &&
	    fetched(p, &f, fd);
	if (fd >= 0)
		close(fd);
	return ok;
}

static void
fetch_gone(struct ipc *ipc, const char *why, void *arg)
{
	struct ikeproc *p = arg;

	(void)ipc;
	log_debug("ipc", "fetch: %s", why);
	p->fetch = NULL;
}

static const struct ipc_ops fetch_ops = { from_fetch, fetch_gone };

/* --- questions --- */

static void
tell(struct ikeproc *p, struct wish *w)
{
	w->lives++;
	ipc_send(p->fetch, IPC_FETCH, w->body, w->len);
}

static bool
has_died_enough(const struct wish *w)
{
	return w->lives >= LIVES_MAX;
}

/* An answer may bring new wishes: the list is looked at from its start. */
static void
give_up(struct ikeproc *p)
{
	struct wish *w = p->wishes;
	uint32_t serial;

	while (w != NULL) {
		if (!has_died_enough(w)) {
			w = w->next;
			continue;
		}
		serial = w->serial;
		free(take(p, serial));
		log_error("the process fetch ended %d times over one download, "
			  "which is given up", LIVES_MAX);
		answer(p, serial, FETCH_FAILED, "makes the process that "
		       "downloads it end");
		w = p->wishes;
	}
}

void
fetch_attach(struct ikeproc *p, int fd)
{
	struct wish *w;

	ipc_free(p->fetch);
	p->fetch = ipc_new(p->process.base, fd, &fetch_ops, p);
	for (w = p->wishes; w != NULL && p->fetch != NULL; w = w->next)
		if (!has_died_enough(w))
			tell(p, w);
	give_up(p);
}

/* KEEP, DROP and END have no answer, and nobody misses one that got lost. */
static void
say(struct ikeproc *p, const struct fetch_request *q)
{
	uint8_t body[IPC_FETCH_MAX];
	struct wbuf w;

	wbuf_init(&w, body, sizeof(body));
	ipc_fetch_build(&w, q);
	if (p->fetch != NULL && wbuf_ok(&w))
		ipc_send(p->fetch, IPC_FETCH, body, w.len);
}

static void
wish(struct ikeproc *p, const struct fetch_request *q)
{
	size_t size = IPC_FETCH_HEAD + strlen(q->url) + q->len;
	struct wish *w = NULL;
	struct wbuf b;

	if (p->n_wishes < WISHES_MAX)
		w = malloc(sizeof(*w) + size);
	if (w == NULL) {
		answer(p, q->serial, FETCH_FAILED, "is not fetched: too much is "
		       "being fetched");
		return;
	}
	w->serial = q->serial;
	w->most = q->most;
	w->lives = 0;
	wbuf_init(&b, w->body, size);
	ipc_fetch_build(&b, q);
	w->len = b.len;
	w->next = p->wishes;
	p->wishes = w;
	p->n_wishes++;
	if (p->fetch != NULL)
		tell(p, w);
}

static void
refuse(struct ikeproc *p, const struct fetch_request *q)
{
	char why[IPC_NO_FETCH_MAX + 64];

	if (q->kind == FETCH_CACHED) {
		answer(p, q->serial, FETCH_NONE, "");
		return;
	}
	snprintf(why, sizeof(why), "cannot be fetched: %s", p->no_fetch);
	answer(p, q->serial, FETCH_FAILED, why);
}

void
fetch_ask(struct ikeproc *p, const struct fetch_request *q)
{
	bool answered = q->kind == FETCH_GET || q->kind == FETCH_CACHED ||
	    q->kind == FETCH_POST;

	if (q->kind == FETCH_END)
		free(take(p, q->serial));
	if (q->url != NULL && strlen(q->url) > FETCH_URL_MAX) {
		if (answered)
			answer(p, q->serial, FETCH_FAILED, "is not fetched: the "
			       "URL is too long");
	} else if (answered && p->no_fetch[0] != '\0') {
		refuse(p, q);
	} else if (answered) {
		wish(p, q);
	} else {
		say(p, q);
	}
}
