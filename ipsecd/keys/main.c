/*
 * keys: two doors, one for confd (secrets in) and one for ike (MACs out).
 *
 * A request that comes before the first configuration waits for it a while:
 * after a restart of keys confd is back in a moment, and a refusal would cost
 * the peers an authentication failure.
 */
#include "config.h"

#include "keys.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "crypto/crypto.h"
#include "log.h"
#include "proc/process.h"
#include "proc/ipc.h"
#include "proc/messages.h"
#include "proc/owner.h"
#include "psk.h"

#define HELD_MAX	256
#define PATIENCE	{ 8, 0 }	/* seconds after the start */

struct held {
	STAILQ_ENTRY(held)	 next;
	struct keys_request	 q;
	uint8_t			 octets[];	/* maybe keys */
};

struct keys {
	struct process	 process;
	struct owner		*owner;
	struct ipc		*ike;		/* NULL while there is none */
	struct crypto		*crypto;
	struct psks		*psks;
	STAILQ_HEAD(, held)	 held;
	unsigned int		 n_held;
	bool			 waiting;	/* for the first configuration */
	struct event		*patience;
};

static const char *const calls[] = {
	"accept4", "recvfrom", "recvmsg", "sendto", "sendmsg", "getsockopt", NULL
};

static void
answer(struct keys *k, const struct keys_request *q)
{
	uint8_t body[IPC_SMALL_MAX];
	struct keys_reply a;
	struct wbuf w;

	psks_answer(k->psks, k->crypto, q, &a);
	if (!a.ok)
		log_info("ipsec %u: no %s", q->tunnel,
			 q->kind == KEYS_SIGN ? "private key" :
			 q->kind == KEYS_PPK ? "ppk" : "secret");
	wbuf_init(&w, body, sizeof(body));
	ipc_keys_reply_build(&w, &a);
	if (k->ike != NULL && wbuf_ok(&w))
		ipc_send(k->ike, IPC_KEYS_REPLY, body, w.len);
	secret_wipe_mem(&a, sizeof(a));
	secret_wipe_mem(body, sizeof(body));
}

static void
drop_held(struct keys *k, bool and_answer)
{
	struct held *h;

	while ((h = STAILQ_FIRST(&k->held)) != NULL) {
		STAILQ_REMOVE_HEAD(&k->held, next);
		if (and_answer)
			answer(k, &h->q);
		secret_wipe_mem(h->octets, h->q.len);
		free(h);
	}
	k->n_held = 0;
}

static void
hold(struct keys *k, const struct keys_request *q)
{
	struct held *h = NULL;

	if (k->n_held < HELD_MAX)
		h = malloc(sizeof(*h) + q->len);
	if (h == NULL) {
		answer(k, q);
		return;
	}
	h->q = *q;
	memcpy(h->octets, q->octets, q->len);
	h->q.octets = h->octets;
	STAILQ_INSERT_TAIL(&k->held, h, next);
	k->n_held++;
}

static void
stop_waiting(struct keys *k)
{
	k->waiting = false;
	event_del(k->patience);
	drop_held(k, true);
}

static void
out_of_patience(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	stop_waiting(arg);
}

/* --- ike --- */

static bool
from_ike(struct ipc *p, uint16_t type, struct rbuf *body, int fd, void *arg)
{
	struct keys *k = arg;
	struct keys_request q;

	(void)p;
	if (fd >= 0 || type != IPC_KEYS_REQUEST ||
	    !ipc_keys_request_parse(body, &q))
		return false;
	if (k->waiting)
		hold(k, &q);
	else
		answer(k, &q);
	return true;
}

static void
ike_gone(struct ipc *p, const char *why, void *arg)
{
	struct keys *k = arg;

	(void)p;
	log_debug("ipc", "ike: %s", why);
	k->ike = NULL;
	drop_held(k, false);
}

static const struct ipc_ops ike_ops = { from_ike, ike_gone };

/* --- monitor --- */

static bool
from_monitor(uint16_t type, struct rbuf *body, int fd, void *arg)
{
	struct keys *k = arg;

	if (type != IPC_PEER || fd < 0 || rbuf_u8(body) != CHILD_IKE ||
	    rbuf_left(body) != 0)
		return false;
	ipc_free(k->ike);
	drop_held(k, false);
	k->ike = ipc_new(k->process.base, fd, &ike_ops, k);
	return true;
}

static void
stop(void *arg)
{
	struct keys *k = arg;

	process_leave(&k->process, CHILD_DONE);
}

/* --- confd --- */

static int
prepare(void *ctx, const struct lyd_node *tree, const char *const *removed,
	size_t n, bool replace, void (*warn)(void *, const char *), void *arg,
	struct err *e)
{
	struct keys *k = ctx;

	(void)warn;
	(void)arg;
	return psks_prepare(k->psks, tree, removed, n, replace, e);
}

static void
apply(void *ctx)
{
	struct keys *k = ctx;

	psks_apply(k->psks);
	log_debug("conf", "%zu secrets", psks_count(k->psks));
	if (k->waiting)
		stop_waiting(k);
}

static void
abort_txn(void *ctx)
{
	struct keys *k = ctx;

	psks_abort(k->psks);
}

static const struct owner_ops owner_ops = {
	.prepare = prepare, .apply = apply, .abort = abort_txn,
};

static int
start(struct keys *k, const struct options *opt, struct err *e)
{
	static const struct timeval patience = PATIENCE;

	if (process_init(&k->process, opt, e) < 0 ||
	    process_load_models(&k->process, e) < 0 ||
	    crypto_new(&k->crypto, e) < 0)
		return -1;
	k->psks = psks_new();
	k->patience = event_new(k->process.base, -1, 0, out_of_patience, k);
	if (k->psks == NULL || k->patience == NULL ||
	    event_add(k->patience, &patience) < 0)
		return err_set(e, ERR_RESOURCE, "out of memory");
	k->waiting = true;
	if (process_enter(&k->process, calls, 64, e) < 0)
		return -1;
	k->owner = owner_new(k->process.base, FD_OWNER, k->process.yang,
			     k->process.confd, &owner_ops, k, e);
	if (k->owner == NULL)
		return -1;
	if (opt->has_fd[FD_KEYS])
		k->ike = ipc_new(k->process.base, FD_KEYS, &ike_ops, k);
	ipc_send(k->process.monitor, IPC_READY, NULL, 0);
	return 0;
}

int
keys_main(const struct options *opt)
{
	struct keys k = { .process = { .received = from_monitor, .stop = stop } };
	struct err e = ERR_INIT;
	int status;

	k.process.arg = &k;
	STAILQ_INIT(&k.held);
	if (start(&k, opt, &e) < 0) {
		log_error("%s", e.text);
		return CHILD_FAILED;
	}
	status = process_run(&k.process);
	psks_free(k.psks);
	return status;
}
