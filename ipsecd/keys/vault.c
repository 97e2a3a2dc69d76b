#include "vault.h"

#include <string.h>

#include "crypto/sign.h"
#include "item.h"
#include "log.h"
#include "proc/messages.h"
#include "uses.h"
#include "work.h"

/* --- what ike is told --- */

static void
tell(const struct vault *c, const struct label *l)
{
	struct ipc_cert m = { .kind = CERT_LOCAL };
	size_t i;

	memcpy(m.label, l->name, sizeof(m.label));
	if (l->item != NULL && l->item->usable) {
		m.kind = l->item->kind;
		for (i = 0; i < l->item->n; i++)
			m.certs[i].der = cert_der(l->item->certs[i],
						  &m.certs[i].len);
		m.n = (uint16_t)l->item->n;
	} else if (l->request != NULL) {
		m.kind = CERT_REQUEST;
	}
	c->tell(c->arg, &m);
}

static void
changed(void *arg, const struct label *l)
{
	tell(arg, l);
}

void
vault_tell_all(const struct vault *c)
{
	size_t i;

	for (i = 0; i < c->store.n; i++)
		if (c->store.labels[i]->item != NULL ||
		    c->store.labels[i]->request != NULL)
			tell(c, c->store.labels[i]);
}

/* --- life --- */

int
vault_init(struct vault *c, struct event_base *base, struct crypto *crypto,
	   vault_tell_fn *fn, void *arg, struct err *e)
{
	memset(c, 0, sizeof(*c));
	c->store.dir = -1;
	c->crypto = crypto;
	c->tell = fn;
	c->arg = arg;
	c->uses = uses_new(&c->store);
	if (c->uses == NULL)
		return err_set(e, ERR_RESOURCE, "out of memory");
	c->work = work_new(base, e);
	return c->work != NULL ? 0 : -1;
}

void
vault_open(struct vault *c, int dir, struct seal *seal)
{
	struct err e = ERR_INIT;

	c->there = dir >= 0;
	if (store_open(&c->store, c->crypto, dir, seal, &e) < 0) {
		log_error("there is no certificate store: %s", e.text);
		c->there = false;
		store_open_none(&c->store, c->crypto);
	}
	c->store.changed = changed;
	c->store.arg = c;
	log_debug("conf", "%zu labels in the certificate store",
		  store_count(&c->store));
}

void
vault_fini(struct vault *c)
{
	work_free(c->work);
	uses_free(c->uses);
	store_close(&c->store);
}

/* --- tunnels --- */

int
vault_prepare(struct vault *c, const struct lyd_node *tree,
	      const char *const *removed, size_t n, bool replace,
	      void (*warn)(void *, const char *), void *arg, struct err *e)
{
	return uses_prepare(c->uses, tree, removed, n, replace, warn, arg, e);
}

void
vault_apply(struct vault *c)
{
	uses_apply(c->uses);
}

void
vault_abort(struct vault *c)
{
	uses_abort(c->uses);
}

/* --- signing --- */

static int
sign(struct vault *c, const struct keys_request *q, struct keys_reply *a,
     struct err *e)
{
	const struct sign_alg *alg = sign_alg((enum sign_scheme)q->scheme);
	const struct iov octets = { q->octets, q->len };
	struct label *l = uses_certificate(c->uses, q->tunnel);
	struct evp_pkey_st *key;
	size_t len;

	if (l == NULL)
		return err_set(e, ERR_NOTFOUND, "it has no certificate. Set one "
			       "with: certificate LABEL");
	if (alg == NULL)
		return err_set(e, ERR_INVALID, "there is no such signature");
	/* A bare hash could be that of something else. */
	if ((alg->scheme == SIGN_RSA_RAW) != uses_ike1(c->uses, q->tunnel))
		return err_set(e, ERR_INVALID, "%s is not for its version of IKE",
			       alg->name);
	key = store_key(&c->store, l);
	if (key == NULL)
		return err_set(e, ERR_NOTFOUND, "there is no private key of '%s' "
			       "that can be used", l->name);
	if (sign_make(c->crypto, key, alg, &octets, 1, a->mac, &len, e) < 0)
		return -1;
	a->len = (uint16_t)len;
	return 0;
}

void
vault_sign(struct vault *c, const struct keys_request *q, struct keys_reply *a,
	   struct err *e)
{
	memset(a, 0, sizeof(*a));
	a->serial = q->serial;
	a->ok = sign(c, q, a, e) == 0;
	if (!a->ok)
		a->len = 0;
}
