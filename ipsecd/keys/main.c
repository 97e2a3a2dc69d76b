/*
 * keys: two doors, one for confd (secrets and certificates in) and one for ike
 * (MACs, signatures and public certificates out).
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

#include <openssl/crypto.h>

#include "vault.h"
#include "crypto/crypto.h"
#include "log.h"
#include "proc/process.h"
#include "proc/ipc.h"
#include "proc/messages.h"
#include "proc/owner.h"
#include "proc/sandbox.h"
#include "psk.h"
#include "seal.h"
#include "shared.h"

#define HELD_MAX	256
#define PATIENCE	{ 8, 0 }	/* seconds after the start */
#define FILES_MAX	64
/* For private keys, and what OpenSSL makes of them: kept out of swap and core
 * files as far as the limits of the process allow. */
#define SECURE_HEAP	(4 << 20)

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
	struct shared		*shared;
	struct vault		 vault;
	STAILQ_HEAD(, held)	 held;
	unsigned int		 n_held;
	bool			 waiting;	/* for the first configuration */
	struct event		*patience;
};

static const char *const calls[] = {
	"accept4", "recvfrom", "recvmsg", "sendto", "sendmsg", "getsockopt",
	/* the files of the certificate store */
	"openat", "getdents64", "fsync", "renameat", "renameat2", "unlinkat",
	/* a thread that makes a key */
	"clone", "clone3", "set_robust_list", "rseq",
	NULL
};

static void
answer(struct keys *k, const struct keys_request *q)
{
	uint8_t body[IPC_SMALL_MAX];
	struct keys_reply a;
	struct err e = ERR_INIT;
	struct wbuf w;

	if (q->kind == KEYS_SIGN) {
		vault_sign(&k->vault, q, &a, &e);
		if (!a.ok)
			log_info("ipsec %u: no signature: %s", q->tunnel, e.text);
	} else {
		psks_answer(k->psks, k->crypto, q, &a);
		if (!a.ok)
			log_info("ipsec %u: no %s", q->tunnel,
				 q->kind == KEYS_PPK ? "ppk" : "secret");
	}
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

/* --- certificates to ike --- */

static void
tell_cert(void *arg, const struct ipc_cert *c)
{
	static uint8_t body[IPC_CERT_MAX];
	struct keys *k = arg;
	struct wbuf w;

	if (k->ike == NULL)
		return;
	wbuf_init(&w, body, sizeof(body));
	ipc_cert_build(&w, c);
	if (wbuf_ok(&w))
		ipc_send(k->ike, IPC_CERT, body, w.len);
}

/* Takes fd. */
static void
attach_ike(struct keys *k, int fd)
{
	k->ike = ipc_new(k->process.base, fd, &ike_ops, k);
	if (k->ike == NULL)
		return;
	vault_tell_all(&k->vault);
	ipc_send(k->ike, IPC_CERTS, NULL, 0);
}

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
	k->ike = NULL;
	attach_ike(k, fd);
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

	if (psks_prepare(k->psks, tree, removed, n, replace, e) < 0)
		return -1;
	if (shared_prepare(k->shared, k->psks, tree, removed, n, replace, warn, arg,
			   e) == 0 &&
	    vault_prepare(&k->vault, tree, removed, n, replace, warn, arg, e) == 0)
		return 0;
	psks_abort(k->psks);
	shared_abort(k->shared);
	return -1;
}

static void
apply(void *ctx)
{
	struct keys *k = ctx;

	psks_apply(k->psks);
	shared_apply(k->shared);
	vault_apply(&k->vault);
	log_debug("conf", "%zu secrets", psks_count(k->psks));
	if (k->waiting)
		stop_waiting(k);
}

static void
abort_txn(void *ctx)
{
	struct keys *k = ctx;

	psks_abort(k->psks);
	shared_abort(k->shared);
	vault_abort(&k->vault);
}

static int
get(void *ctx, const char *path, const char *fields, struct json *j, struct err *e)
{
	struct keys *k = ctx;

	return vault_get(&k->vault, path, fields, j, e);
}

static int
action(void *ctx, const char *path, const struct lyd_node *input, struct action *a,
       struct err *e)
{
	struct keys *k = ctx;

	return vault_action(&k->vault, path, input, a, e);
}

static const struct owner_ops owner_ops = {
	.prepare = prepare, .apply = apply, .abort = abort_txn, .get = get,
	.action = action,
};

/* NULL: there is none, and monitor has said why, or it is no good. */
static struct seal *
device_key(const struct options *opt)
{
	struct err e = ERR_INIT;
	struct seal *s;

	if (!opt->has_fd[FD_DEVICE])
		return NULL;
	s = seal_read(FD_DEVICE, &e);
	if (s == NULL)
		log_error("no private key can be used: %s", e.text);
	return s;
}

/* The folder of the certificate store is the root, if there is one. */
static int
lock_in(struct keys *k, const struct options *opt, struct err *e)
{
	struct sandbox box = {
		.calls = calls, .files = FILES_MAX, .threads = true,
		.own_folder = opt->has_fd[FD_STORE], .own = FD_STORE,
	};

	return process_enter_box(&k->process, &box, e);
}

static int
start(struct keys *k, const struct options *opt, struct err *e)
{
	static const struct timeval patience = PATIENCE;
	struct seal *seal;

	if (CRYPTO_secure_malloc_init(SECURE_HEAP, 32) == 0)
		log_info("private keys are not kept out of swap: OpenSSL has no "
			 "secure heap here");
	seal = device_key(opt);
	if (process_init(&k->process, opt, e) < 0 ||
	    process_load_models(&k->process, e) < 0 ||
	    crypto_new(&k->crypto, e) < 0)
		return -1;
	k->psks = psks_new();
	k->shared = shared_new();
	k->patience = event_new(k->process.base, -1, 0, out_of_patience, k);
	if (k->psks == NULL || k->shared == NULL || k->patience == NULL ||
	    event_add(k->patience, &patience) < 0)
		return err_set(e, ERR_RESOURCE, "out of memory");
	k->waiting = true;
	if (vault_init(&k->vault, k->process.base, k->crypto, tell_cert, k, e) < 0 ||
	    lock_in(k, opt, e) < 0)
		return -1;
	vault_open(&k->vault, opt->has_fd[FD_STORE] ? FD_STORE : -1, seal);
	k->owner = owner_new(k->process.base, FD_OWNER, k->process.yang,
			     k->process.confd, &owner_ops, k, e);
	if (k->owner == NULL)
		return -1;
	if (opt->has_fd[FD_KEYS])
		attach_ike(k, FD_KEYS);
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
	vault_fini(&k.vault);
	shared_free(k.shared);
	psks_free(k.psks);
	return status;
}
