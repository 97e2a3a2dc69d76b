/*
 * keys: requests to the process keys, and the public certificates that it tells.  keys
 * may start again in between: what it has not answered is kept and asked again, so that
 * the engine always gets an answer, and it tells all its certificates again.
 */
#include <event2/event.h>
#include <stdlib.h>
#include <unistd.h>

#include "buf.h"
#include "ikeproc.h"
#include "log.h"
#include "proc/ipc.h"
#include "proc/messages.h"
#include "secret.h"

#define HEAD_LEN	12		/* of the body, before the octets */
#define LIVES_MAX	3

struct asked {
	struct asked	*next;
	uint32_t	 serial;
	uint32_t	 tunnel;
	unsigned int	 lives;		/* of keys that have heard it */
	size_t		 len;
	uint8_t		 body[];
};

/* False: nobody asked that. */
static bool
forget(struct ikeproc *p, uint32_t serial)
{
	struct asked **a, *gone;

	for (a = &p->asked; *a != NULL; a = &(*a)->next) {
		if ((*a)->serial != serial)
			continue;
		gone = *a;
		*a = gone->next;
		secret_wipe_mem(gone->body, gone->len);
		free(gone);
		return true;
	}
	return false;
}

static bool
on_reply(struct ikeproc *p, struct rbuf *body)
{
	struct keys_reply a;
	bool ok = ipc_keys_reply_parse(body, &a);

	if (ok && forget(p, a.serial))
		engine_keys_reply(p->engine, ikeproc_now(), &a);
	secret_wipe_mem(&a, sizeof(a));
	return ok;
}

static bool
on_certificate(struct ikeproc *p, struct rbuf *body)
{
	struct ipc_cert c;

	if (!ipc_cert_parse(body, &c))
		return false;
	engine_certificate(p->engine, ikeproc_now(), c.kind, c.label, c.certs, c.n);
	return true;
}

static bool
from_keys(struct ipc *ipc, uint16_t type, struct rbuf *body, int fd, void *arg)
{
	struct ikeproc *p = arg;

	(void)ipc;
	if (fd >= 0) {
		close(fd);
		return false;
	}
	switch (type) {
	case IPC_KEYS_REPLY:
		return on_reply(p, body);
	case IPC_CERT:
		return on_certificate(p, body);
	case IPC_CERTS:
		engine_certificates_known(p->engine, ikeproc_now());
		return true;
	}
	return false;
}

static void
keys_gone(struct ipc *ipc, const char *why, void *arg)
{
	struct ikeproc *p = arg;

	(void)ipc;
	log_debug("ipc", "keys: %s", why);
	p->keys = NULL;
}

static const struct ipc_ops keys_ops = { from_keys, keys_gone };

static void
tell(struct ikeproc *p, struct asked *a)
{
	a->lives++;
	ipc_send(p->keys, IPC_KEYS_REQUEST, a->body, a->len);
}

/* One that ended each time after it was asked is not asked for ever. */
static void
give_up(struct ikeproc *p)
{
	struct asked *a, *next;

	for (a = p->asked; a != NULL; a = next) {
		const struct keys_reply no = { .serial = a->serial };

		next = a->next;
		if (a->lives < LIVES_MAX)
			continue;
		log_error("tunnel %u: the process keys ended %d times when it was "
			  "asked to authenticate it; this attempt fails",
			  a->tunnel, LIVES_MAX);
		(void)forget(p, a->serial);
		engine_keys_reply(p->engine, ikeproc_now(), &no);
	}
}

void
keys_attach(struct ikeproc *p, int fd)
{
	struct asked *a;

	ipc_free(p->keys);
	p->keys = ipc_new(p->process.base, fd, &keys_ops, p);
	if (p->engine == NULL) {	/* which is for what comes from there */
		if (p->keys != NULL)
			ipc_hold(p->keys, true);
		return;
	}
	engine_certificates_begin(p->engine, ikeproc_now());
	give_up(p);
	for (a = p->asked; a != NULL && p->keys != NULL; a = a->next)
		tell(p, a);
}

void
keys_start(struct ikeproc *p)
{
	if (p->keys != NULL)
		ipc_hold(p->keys, false);
}

void
keys_ask(struct ikeproc *p, const struct keys_request *q)
{
	const struct keys_reply no = { .serial = q->serial };
	struct asked *a = malloc(sizeof(*a) + HEAD_LEN + q->len);
	struct wbuf w;

	if (a == NULL || q->len > IPC_BODY_MAX - HEAD_LEN) {
		free(a);
		engine_keys_reply(p->engine, ikeproc_now(), &no);
		return;
	}
	a->serial = q->serial;
	a->tunnel = q->tunnel;
	a->lives = 0;
	wbuf_init(&w, a->body, HEAD_LEN + q->len);
	ipc_keys_request_build(&w, q);
	a->len = w.len;
	a->next = p->asked;
	p->asked = a;
	if (p->keys != NULL)
		tell(p, a);
}
