#include "sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/cert.h"
#include "crypto/crl.h"
#include "ike/child.h"
#include "ike/context.h"
#include "ike/crlcache.h"
#include "ike/peer_cert.h"
#include "ike/revocation.h"
#include "ike/tunnel.h"
#include "pair/store.h"

/*
 * Lives with certificates: one CA, a certificate for each node, and a CRL on a web
 * that is slow, hangs, fails and forgets to publish.  Now and then a certificate is
 * revoked, and some hours later its node gets another.
 *
 * What must hold: nobody accepts a certificate that a CRL it has revokes, nor, when
 * all lists from before have expired, one that was revoked then; and whatever the
 * web does, relaxed tunnels do not notice (watch.c: the web is no trouble for them).
 *
 * Keys are Ed25519, with IKEv1 RSA: signatures that are always the same and of one
 * length keep a life what its seed says.
 */

#define WALL	1700000000		/* of a world that begins */
#define YEARS	(30ll * 366 * 86400)
#define CRL	"http://ca.example/ca.crl"
#define LIFE_S	2400			/* of a CRL */
#define EVERY_S	600			/* there is a newer one */
/* A relaxed tunnel may go by what failed a minute ago. */
#define LATE_S	(LIFE_S + 60 + 20)

static struct pki_cert *root;

static struct pki_cert *
leaf(const char *name, bool ike1)
{
	char subject[64], san[TUNS_MAX * 2 * 16] = "";
	size_t k, n = 0;

	for (k = 0; k < 2 * TUNS_MAX; k++)
		n += (size_t)snprintf(san + n, sizeof(san) - n, "%sDNS:s%zu-%zu",
		    k > 0 ? "," : "", k / 2, k % 2);
	snprintf(subject, sizeof(subject), "CN=%s, O=Example", name);
	return pki_make(&(struct pki_spec){ .subject = subject, .san = san,
	    .issuer = root, .key = ike1 ? "rsa2048" : "ed25519",
	    .number = ike1 ? 1 : 0, .crl = CRL, .from = WALL - 86400,
	    .to = WALL + YEARS });
}

static int64_t
wall(const struct sim *s)
{
	return WALL + (int64_t)(s->w.now / SECOND);
}

/* --- what the CA does --- */

static void
publish(struct sim *s)
{
	const struct pki_cert *list[NODES_MAX + 1];
	struct pki_crl_spec spec = { .issuer = root, .revoked = list,
	    .last = wall(s), .next = wall(s) + LIFE_S, .number = -1 };
	struct pki_bytes b;
	size_t i, n = 0;

	for (i = 0; i < s->w.n; i++)
		if (s->card[i].bad != NULL)
			list[n++] = s->card[i].bad;
	list[n] = NULL;
	b = pki_crl(&spec);
	web_put(&s->w, CRL, b.p, b.len);
	for (i = 0; i < s->w.n; i++)
		if (s->card[i].bad != NULL && s->card[i].published == 0)
			s->card[i].published = s->w.now;
}

static void
publish_again(struct world *w, void *arg)
{
	struct sim *s = sim_of(w);

	(void)arg;
	if (!s->idle_ca)
		publish(s);
	world_at(w, w->now + EVERY_S * SECOND, publish_again, NULL);
}

void
web_begin(struct sim *s)
{
	size_t i;

	if (!s->certs)
		return;
	if (root == NULL) {
		pki_set_now(WALL);
		root = pki_make(&(struct pki_spec){ .kind = PKI_CA, .key =
		    "ed25519", .subject = "CN=CA, O=Example",
		    .from = WALL - 86400, .to = WALL + YEARS });
	}
	for (i = 0; i < s->w.n; i++)
		s->card[i].own = leaf(s->w.node[i].name, s->ike1);
	publish_again(&s->w, NULL);
	web_well(s);
}

/* keys tells the engine what there is. */
void
web_equip(struct sim *s, struct node *n)
{
	if (!s->certs)
		return;
	store_ca(n, "corp", root);
	store_own(n, "own", s->card[n - s->w.node].own, NULL, NULL);
	store_known(n);
}

/* --- troubles --- */

void
web_well(struct sim *s)
{
	struct page *p = web_find(&s->w, CRL);

	p->hangs = false;
	p->fails = NULL;
	p->delay = sim_random(s, 300);
	s->idle_ca = false;
	publish(s);
	s->web_since = s->w.now;
}

/* Strict tunnels depend on it. */
static void
trouble(struct sim *s)
{
	struct tun *t;

	for (t = s->tun; t < s->tun + s->n; t++)
		if (t->strict)
			watch_trouble(s, t);
}

static void
well_again(struct world *w, void *arg)
{
	struct sim *s = sim_of(w);

	(void)arg;
	ladder_note(s, NULL, "* the web is well");
	web_well(s);
	trouble(s);
}

void
web_ill(struct sim *s)
{
	static const char *const how[] = { "hangs", "fails", "is slow",
	    "has no new CRL" };
	struct page *p = web_find(&s->w, CRL);
	unsigned int i = (unsigned int)sim_random(s, 4);

	if (!s->certs || s->web_since == 0)
		return;
	ladder_note(s, NULL, "* the web %s", how[i]);
	trouble(s);
	s->web_since = 0;
	p->hangs = i == 0;
	p->fails = i == 1 ? "answers 503 Service Unavailable" : NULL;
	p->delay = i == 2 ? 1000 + sim_random(s, 12000) : 0;
	s->idle_ca = i == 3;
	world_at(&s->w, s->w.now + sim_random(s, 8 * HOUR), well_again, NULL);
}

/* Its node has a new one. */
void
web_renew(struct sim *s, struct node *n)
{
	struct card *c = &s->card[n - s->w.node];
	size_t k;
	int side;

	if (c->bad == NULL)
		return;
	ladder_note(s, n, "* gets a new certificate");
	watch_trouble_at(s, n);
	c->own = leaf(n->name, s->ike1);
	c->bad = NULL;
	c->published = 0;
	publish(s);
	if (n->engine != NULL)
		web_equip(s, n);
	for (k = 0; k < s->n; k++)
		for (side = 0; side < 2; side++)
			if (s->tun[k].end[side].node == n)
				s->tun[k].revoked = false;
	look_world(&s->w, n);
}

static void
renew(struct world *w, void *arg)
{
	struct sim *s = sim_of(w);
	struct node *n = arg;

	if (n->frozen)
		world_at(w, w->now + HOUR, renew, arg);
	else
		web_renew(s, n);
}

void
web_revoke(struct sim *s)
{
	struct node *n = &s->w.node[sim_random(s, s->w.n)];
	struct card *c = &s->card[n - s->w.node];
	size_t k;
	int side;

	for (k = 0; k < s->w.n; k++)	/* a tunnel has two ends */
		if (!s->certs || s->card[k].bad != NULL)
			return;
	ladder_note(s, n, "* its certificate is revoked");
	watch_trouble_at(s, n);
	c->bad = c->own;
	if (X509_digest(c->bad->x, EVP_sha256(), c->sha256, NULL) != 1)
		abort();
	if (!s->idle_ca)
		publish(s);
	for (k = 0; k < s->n; k++)
		for (side = 0; side < 2; side++)
			if (s->tun[k].end[side].node == n)
				s->tun[k].revoked = true;
	world_at(&s->w, s->w.now + LIFE_S * SECOND + sim_random(s, 6 * HOUR),
	    renew, n);
}

/* --- what must hold --- */

/* Its list has revoked the certificate, and had come before it was looked up.  By the
 * wall clock, as e->now stands still between calls and while a machine sleeps. */
static bool
listed(const struct engine *e, const struct pki_cert *bad,
       const struct peer_cert *pc)
{
	const struct source *src;
	struct crl_entry en;
	struct err why = ERR_INIT;
	struct cert *c;
	bool is = false;

	if (cert_parse(e->crypto, bad->der, bad->len, &c, &why) < 0)
		return false;
	for (src = e->sources_newest; src != NULL; src = src->older)
		is |= src->crl != NULL &&
		    (int64_t)src->fetched_wall < pc->checked &&
		    crl_revoked(src->crl, c, &en);
	cert_free(c);
	return is;
}

static void
look_sa(struct sim *s, struct node *n, const struct ike_sa *sa)
{
	const struct peer_cert *pc = sa->peer_cert;
	const struct engine *e = n->engine;
	const struct card *c;
	uint64_t ago = node_now(n) - sa->authenticated;
	size_t i;

	for (i = 0; i < s->w.n; i++) {
		c = &s->card[i];
		if (c->bad == NULL || c->published == 0 || pc == NULL ||
		    memcmp(c->sha256, pc->sha256, sizeof(c->sha256)) != 0)
			continue;
		if (pc->checked == 0)
			sim_fail(s, "%s: accepted a certificate without looking "
			    "whether it is revoked", n->name);
		else if (listed(e, c->bad, pc))
			sim_fail(s, "%s: accepted a certificate that a CRL it "
			    "has revokes", n->name);
		else if (s->web_since != 0 && n->behind == 0 &&
		    s->w.now - ago > (c->published > s->web_since ?
		    c->published : s->web_since) + LATE_S * SECOND)
			sim_fail(s, "%s: accepted a certificate that was revoked "
			    "%llu s before", n->name, (unsigned long long)
			    (s->w.now - ago - c->published) / 1000);
	}
}

void
web_look(struct sim *s, struct node *n)
{
	const struct ike_sa *sa;
	uint32_t bucket = 0;
	struct link *l = NULL;

	if (!s->certs || n->engine == NULL)
		return;
	for (size_t i = 0; ; i++) {		/* most of the time nobody is */
		if (i == s->w.n)
			return;
		if (s->card[i].bad != NULL)
			break;
	}
	while ((l = table_walk(&n->engine->sas, &bucket, l)) != NULL) {
		sa = table_entry(l, struct ike_sa, by_spi);
		if (sa->state == IKE_UP)
			look_sa(s, n, sa);
	}
}
