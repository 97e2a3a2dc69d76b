#include "certs.h"

#include <stdlib.h>
#include <string.h>

#include "bind.h"
#include "conf.h"
#include "context.h"
#include "crypto/cert.h"
#include "crypto/dn.h"
#include "log.h"
#include "tunnel.h"

/* --- the table --- */

static uint32_t
hash_of(const struct engine *e, const char *label)
{
	uint32_t h = (uint32_t)e->seed ^ 2166136261u;

	for (; *label != '\0'; label++)
		h = (h ^ (uint8_t)*label) * 16777619u;
	return h;
}

static struct cert_entry *
find(const struct engine *e, const char *label)
{
	struct link *l = table_find(&e->certs, hash_of(e, label));
	struct cert_entry *c;

	for (; l != NULL; l = table_again(l)) {
		c = table_entry(l, struct cert_entry, by_label);
		if (strcmp(c->label, label) == 0)
			return c;
	}
	return NULL;
}

static struct cert_entry *
obtain(struct engine *e, const char *label)
{
	struct cert_entry *c = find(e, label);
	size_t len = strlen(label);

	if (c != NULL || len > CERTS_LABEL_MAX)
		return c;
	c = calloc(1, sizeof(*c));
	if (c == NULL || !timer_init(&e->timers, &c->check, TIMER_CERTIFICATE)) {
		free(c);
		return NULL;
	}
	c->e = e;
	memcpy(c->label, label, len);
	table_add(&e->certs, &c->by_label, hash_of(e, label));
	return c;
}

static void
forget(struct cert_entry *c)
{
	while (c->n > 0)
		cert_free(c->cert[--c->n]);
	free(c->cert);
	c->cert = NULL;
}

static bool
used(const struct cert_entry *c)
{
	return c->users[CERT_AS_OWN] != NULL || c->users[CERT_AS_CA] != NULL;
}

static void
let_go(struct cert_entry *c)
{
	if (c->stored || used(c))
		return;
	forget(c);
	timer_fini(&c->e->timers, &c->check);
	table_del(&c->e->certs, &c->by_label);
	free(c);
}

void
certs_fini(struct engine *e)
{
	struct link *l, *next;
	struct cert_entry *c;
	uint32_t i;

	for (i = 0; e->certs.bucket != NULL && i <= e->certs.mask; i++)
		for (l = e->certs.bucket[i]; l != NULL; l = next) {
			next = l->next;
			c = table_entry(l, struct cert_entry, by_label);
			c->stored = false;
			let_go(c);
		}
	table_fini(&e->certs);
}

const struct cert_entry *
certs_find(struct engine *e, const char *label)
{
	const struct cert_entry *c = find(e, label);

	return c != NULL && c->n > 0 ? c : NULL;
}

bool
certs_signed_by(const struct cert_entry *own, const struct cert_entry *ca)
{
	const uint8_t *name, *issuer;
	size_t len, issuer_len, i;

	name = cert_subject(ca->cert[0], &len);
	for (i = 0; i < own->n; i++) {
		issuer = cert_issuer(own->cert[i], &issuer_len);
		if (dn_equal(name, len, issuer, issuer_len))
			return true;
	}
	return false;
}

/* --- who uses what --- */

int
certs_use(struct engine *e, struct conf *c, struct err *err)
{
	const char *label[CERT_ROLES] = { c->certificate, c->ca };
	struct cert_entry *entry[CERT_ROLES] = { NULL };
	int i;

	c->uses = calloc(CERT_ROLES, sizeof(*c->uses));
	for (i = 0; i < CERT_ROLES && c->uses != NULL; i++)
		entry[i] = obtain(e, label[i]);
	if (entry[0] == NULL || entry[1] == NULL) {
		for (i = 0; i < CERT_ROLES; i++)
			if (entry[i] != NULL)
				let_go(entry[i]);
		free(c->uses);
		c->uses = NULL;
		return err_set(err, ERR_RESOURCE, "out of memory");
	}
	for (i = 0; i < CERT_ROLES; i++) {
		struct cert_use *u = &c->uses[i], **head = &entry[i]->users[i];

		u->entry = entry[i];
		u->conf = c;
		u->next = *head;
		u->prev = head;
		if (*head != NULL)
			(*head)->prev = &u->next;
		*head = u;
		entry[i]->n_users[i]++;
		/* What ends soon is said when somebody begins to need it. */
		if (!timer_armed(&entry[i]->check))
			timer_set(&e->timers, &entry[i]->check, e->now);
	}
	return 0;
}

void
certs_unuse(struct conf *c)
{
	struct cert_use *u;
	int i;

	for (i = 0; c->uses != NULL && i < CERT_ROLES; i++) {
		u = &c->uses[i];
		*u->prev = u->next;
		if (u->next != NULL)
			u->next->prev = u->prev;
		u->entry->n_users[i]--;
		let_go(u->entry);
	}
	free(c->uses);
	c->uses = NULL;
}

/* Each tunnel looks whether that changes anything for it; alike: it does not, but
 * who failed with the old one may try again.  Whom another CA is not above any more
 * is not let in by what was found out before. */
static void
tell_users(struct engine *e, const struct cert_entry *c, bool alike)
{
	const struct cert_use *u, *next;
	struct tunnel *t;
	int i;

	for (i = 0; i < CERT_ROLES; i++)
		for (u = c->users[i]; u != NULL; u = next) {
			next = u->next;
			t = tunnel_find(e, u->conf->id);
			if (t == NULL || t->conf != u->conf)
				continue;	/* a commit looks for itself */
			if (i == CERT_AS_CA)
				t->generation = ++e->next_generation;
			if (alike)
				tunnel_committed(e, t);
			else
				bind_tunnel(e, u->conf, true);
		}
}

/* --- what keys tells --- */

static bool
same(const struct cert_entry *c, enum cert_kind kind,
     const struct der_octets *der, size_t n)
{
	const uint8_t *old;
	size_t i, len;

	if (!c->stored || c->kind != kind || c->n != n)
		return false;
	for (i = 0; i < n; i++) {
		old = cert_der(c->cert[i], &len);
		if (len != der[i].len || memcmp(old, der[i].der, len) != 0)
			return false;
	}
	return true;
}

static bool
same_names(const struct cert *a, const struct cert *b)
{
	const struct cert_name *x, *y;
	const uint8_t *p, *q;
	size_t i, len, blen;

	p = cert_subject(a, &len);
	q = cert_subject(b, &blen);
	if (len != blen || memcmp(p, q, len) != 0 ||
	    cert_n_names(a) != cert_n_names(b))
		return false;
	for (i = 0; i < cert_n_names(a); i++) {
		x = cert_name(a, i);
		y = cert_name(b, i);
		if (x->kind != y->kind || x->len != y->len ||
		    memcmp(x->p, y->p, x->len) != 0)
			return false;
	}
	return true;
}

static struct cert **
parse(struct engine *e, const char *label, const struct der_octets *der,
      size_t n)
{
	struct cert **cert = calloc(n + 1, sizeof(*cert));
	struct err why = ERR_INIT;
	size_t i;

	if (cert == NULL)
		err_set(&why, ERR_RESOURCE, "out of memory");
	for (i = 0; cert != NULL && i < n; i++)
		if (cert_parse(e->crypto, der[i].der, der[i].len, &cert[i],
		    &why) < 0)
			break;
	if (cert != NULL && i == n)
		return cert;
	log_error("certificate %s of the store cannot be used: %s", label,
	    why.text);
	while (cert != NULL && i > 0)
		cert_free(cert[--i]);
	free(cert);
	return NULL;
}

static void
change(struct engine *e, struct cert_entry *c, enum cert_kind kind,
       struct cert **cert, size_t n)
{
	bool alike = c->n > 0 && n > 0 && c->kind == kind &&
	    (kind == CERT_CA || same_names(c->cert[0], cert[0]));

	forget(c);
	c->cert = cert;
	c->n = n;
	c->kind = (uint8_t)kind;
	c->said = 0;
	if (used(c))
		timer_set(&e->timers, &c->check, e->now);
	tell_users(e, c, alike);
	let_go(c);
}

void
engine_certificate(struct engine *e, uint64_t now, enum cert_kind kind,
		   const char *label, const struct der_octets *der, size_t n)
{
	struct cert_entry *c = find(e, label);
	bool stored = n > 0 || kind == CERT_REQUEST;
	struct cert **cert = NULL;

	if (n > CERTS_MAX || (c == NULL && !stored))
		return;
	if (c == NULL)
		c = obtain(e, label);
	if (c == NULL) {
		log_error("no memory for certificate %s", label);
		return;
	}
	c->stale = false;
	if (same(c, kind, der, n) && stored)
		return;
	if (n > 0) {
		cert = parse(e, label, der, n);
		if (cert == NULL)
			n = 0;
	}
	engine_enter(e, now);
	c->stored = stored;
	change(e, c, kind, cert, n);
	engine_leave(e);
}

void
engine_certificates_begin(struct engine *e, uint64_t now)
{
	uint32_t bucket = 0;
	struct link *l = NULL;

	(void)now;
	while ((l = table_walk(&e->certs, &bucket, l)) != NULL)
		table_entry(l, struct cert_entry, by_label)->stale = true;
}

void
engine_certificates_known(struct engine *e, uint64_t now)
{
	bool first = !e->certs_known;
	struct link *l, *next;
	struct cert_entry *c;
	uint32_t i;

	engine_enter(e, now);
	e->certs_known = true;
	for (i = 0; i <= e->certs.mask; i++)
		for (l = e->certs.bucket[i]; l != NULL; l = next) {
			next = l->next;
			c = table_entry(l, struct cert_entry, by_label);
			if (c->stored && c->stale) {
				c->stored = c->stale = false;
				change(e, c, (enum cert_kind)c->kind, NULL, 0);
			} else if (first && c->n == 0) {
				tell_users(e, c, false);
			}
		}
	engine_leave(e);
}
