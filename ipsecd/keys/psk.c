/*
 * psk: a table indexed by the number of the tunnel; only the pages in use are
 * ever touched, locked or not.
 */
#include "psk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "changes.h"
#include "crypto/crypto.h"
#include "ike/engine.h"
#include "secret.h"
#include "ytree.h"

struct keyring {			/* of a tunnel; empty: none */
	struct secret	psk, ppk;
	bool		ike1;		/* what they are for */
};

struct change {
	uint32_t	 id;
	struct keyring	 keys;
};

struct psks {
	struct keyring	*by_id;		/* IDS */
	size_t		 count;
	/* the transaction under way */
	struct change	*changes;
	size_t		 n_changes;
	size_t		 size;
	bool		 replace;
	/* Where in changes a tunnel's is, the last if there are two; from 1. */
	uint32_t	 staged[IDS];
};

struct psks *
psks_new(void)
{
	struct psks *p = calloc(1, sizeof(*p));
	size_t len = IDS * sizeof(struct keyring);

	if (p == NULL)
		return NULL;
	p->by_id = mmap(NULL, len, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p->by_id == MAP_FAILED) {
		free(p);
		return NULL;
	}
	/* Both as far as the limits of the process allow. */
	(void)mlock2(p->by_id, len, MLOCK_ONFAULT);
	(void)madvise(p->by_id, len, MADV_DONTDUMP);
	return p;
}

static bool
empty(const struct keyring *k)
{
	return k->psk.len == 0 && k->ppk.len == 0;
}

void
psks_free(struct psks *p)
{
	uint32_t id;

	if (p == NULL)
		return;
	psks_abort(p);
	for (id = 0; id < IDS; id++)
		if (!empty(&p->by_id[id]))
			secret_wipe_mem(&p->by_id[id], sizeof(p->by_id[id]));
	munmap(p->by_id, IDS * sizeof(struct keyring));
	free(p);
}

static int
reserve(struct psks *p, size_t n, struct err *e)
{
	/* Allocated once for each transaction: a realloc would leave secrets
	 * behind in freed memory. */
	p->changes = calloc(n > 0 ? n : 1, sizeof(*p->changes));
	if (p->changes == NULL)
		return err_set(e, ERR_RESOURCE, "out of memory");
	p->size = n;
	return 0;
}

/* As typed; NULL: none. */
static int
decode(struct secret *s, uint32_t id, const char *leaf, const char *typed,
       struct err *e)
{
	char path[80];

	if (typed == NULL || secret_from_psk(s, typed) == 0)
		return 0;
	snprintf(path, sizeof(path), "/culvert-tunnel:tunnel/ipsec[id='%u']/%s", id,
		 leaf);
	return err_set_path(e, ERR_INVALID, path, "the %s of tunnel %u does not "
			    "decode: after 0x come hexadecimal digits, after 0s "
			    "base64", leaf, id);
}

bool
psks_is_ike1(const struct lyd_node *entry)
{
	const char *version = ytree_leaf(entry, "version");

	return version != NULL && strcmp(version, "1") == 0;
}

static int
stage(void *arg, uint32_t id, const struct lyd_node *entry, struct err *e)
{
	struct psks *p = arg;
	struct change *c = &p->changes[p->n_changes];

	c->id = id;
	if (entry != NULL) {
		c->keys.ike1 = psks_is_ike1(entry);
		if (decode(&c->keys.psk, id, "secret", ytree_leaf(entry, "secret"),
		    e) < 0 ||
		    decode(&c->keys.ppk, id, "ppk", ytree_leaf(entry, "ppk"), e) < 0)
			return -1;
	}
	p->staged[id] = (uint32_t)++p->n_changes;
	return 0;
}

int
psks_prepare(struct psks *p, const struct lyd_node *tree,
	     const char *const *removed, size_t n, bool replace, struct err *e)
{
	psks_abort(p);
	if (reserve(p, changes_count(tree, n), e) < 0)
		return -1;
	p->replace = replace;
	if (changes_walk(tree, removed, n, stage, p, &p->replace, e) < 0) {
		psks_abort(p);
		return -1;
	}
	return 0;
}

static void
set(struct psks *p, uint32_t id, const struct keyring *k)
{
	struct keyring *old = &p->by_id[id];

	p->count += (size_t)!empty(k) - (size_t)!empty(old);
	if (!empty(old))
		secret_wipe_mem(old, sizeof(*old));
	if (!empty(k))
		*old = *k;
}

void
psks_apply(struct psks *p)
{
	static const struct keyring none;
	size_t i;

	if (p->changes == NULL)
		return;
	for (i = 1; i < IDS && p->replace && p->count > 0; i++)
		set(p, (uint32_t)i, &none);
	for (i = 0; i < p->n_changes; i++)
		set(p, p->changes[i].id, &p->changes[i].keys);
	psks_abort(p);
}

static const struct secret *
will_be(const struct psks *p, uint32_t id)
{
	static const struct secret none;

	if (p->staged[id] != 0)
		return &p->changes[p->staged[id] - 1].keys.psk;
	return p->replace ? &none : &p->by_id[id].psk;
}

bool
psks_same(const struct psks *p, uint32_t a, uint32_t b)
{
	return a < IDS && b < IDS && secret_equal(will_be(p, a), will_be(p, b));
}

void
psks_abort(struct psks *p)
{
	size_t i;

	for (i = 0; i < p->n_changes; i++)
		p->staged[p->changes[i].id] = 0;
	if (p->changes != NULL)
		secret_wipe_mem(p->changes, p->size * sizeof(*p->changes));
	free(p->changes);
	p->changes = NULL;
	p->n_changes = p->size = 0;
	p->replace = false;
}

size_t
psks_count(const struct psks *p)
{
	return p->count;
}

static const char pad[] = "Key Pad for IKEv2";

static bool
mac(struct crypto *c, const struct prf_alg *prf, const struct secret *psk,
    const struct keys_request *q, struct keys_reply *a)
{
	const struct iov label = { pad, sizeof(pad) - 1 };
	const struct iov octets = { q->octets, q->len };
	uint8_t key[PRF_MAX];
	bool ok;

	ok = prf_mac(c, prf, psk->bytes, psk->len, &label, 1, key) &&
	    prf_mac(c, prf, key, prf->len, &octets, 1, a->mac);
	a->len = prf->len;
	secret_wipe_mem(key, sizeof(key));
	return ok;
}

/* Two nonces of 8 to 256 octets (RFC 2409 5).  They could spell the label above:
 * what comes of that is IKEv2's key for AUTH, which is nobody's business. */
static bool
skeyid(struct crypto *c, const struct prf_alg *prf, const struct secret *psk,
       const struct keys_request *q, struct keys_reply *a)
{
	const struct iov octets = { q->octets, q->len };

	if (q->len < 2 * 8 || q->len > 2 * 256 ||
	    (q->len == sizeof(pad) - 1 && memcmp(q->octets, pad, q->len) == 0))
		return false;
	a->len = prf->len;
	return prf_mac(c, prf, psk->bytes, psk->len, &octets, 1, a->mac);
}

static bool
mix(struct crypto *c, const struct prf_alg *prf, const struct secret *ppk,
    const struct keys_request *q, struct keys_reply *a)
{
	size_t n = prf->len, i;
	struct iov key;

	if (q->len != 3 * n || q->len > KEYS_PPK_MAX)
		return false;
	for (i = 0; i < 3; i++) {
		key.p = q->octets + i * n;
		key.len = n;
		if (!prf_plus(c, prf, ppk->bytes, ppk->len, &key, 1,
			      a->mac + i * n, n))
			return false;
	}
	a->len = (uint16_t)q->len;
	return true;
}

void
psks_answer(const struct psks *p, struct crypto *c, const struct keys_request *q,
	    struct keys_reply *a)
{
	const struct prf_alg *prf = prf_find(q->prf);
	const struct keyring *k;

	memset(a, 0, sizeof(*a));
	a->serial = q->serial;
	if (prf == NULL || q->tunnel == 0 || q->tunnel >= IDS)
		return;
	k = &p->by_id[q->tunnel];
	if (q->kind == KEYS_SIGN || k->ike1 != (q->kind == KEYS_SKEYID))
		a->ok = false;		/* not with a pre-shared key of that */
	else if (q->kind == KEYS_PPK)
		a->ok = k->ppk.len > 0 && mix(c, prf, &k->ppk, q, a);
	else if (q->kind == KEYS_SKEYID)
		a->ok = k->psk.len > 0 && skeyid(c, prf, &k->psk, q, a);
	else
		a->ok = k->psk.len > 0 && mac(c, prf, &k->psk, q, a);
	if (!a->ok) {
		secret_wipe_mem(a->mac, sizeof(a->mac));
		a->len = 0;
	}
}
