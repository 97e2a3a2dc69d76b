#include "cert_payload.h"

#include <stdio.h>
#include <string.h>

#include "auth.h"
#include "crypto/chain.h"
#include "crypto/dn.h"
#include "ike/certs.h"
#include "ike/context.h"
#include "ike/pair.h"
#include "ike/tunnel.h"
#include "ike/wire/signature.h"

#define CAS_MAX		16		/* named to a stranger; of more, none */

/* --- IKE_SA_INIT --- */

void
cert_build_init(const struct ike_sa *sa, struct build *b)
{
	if (sa->tunnel->conf->method == METHOD_CERT)
		signature_announce(b);
}

/* The keys of CAs, each once. */
struct authorities {
	uint8_t	 hash[CAS_MAX * CERT_KEY_HASH];
	size_t	 n;
	bool	 many;			/* more than fit */
};

static bool
has(const uint8_t *list, size_t n, const uint8_t hash[CERT_KEY_HASH])
{
	for (; n > 0; n--, list += CERT_KEY_HASH)
		if (memcmp(list, hash, CERT_KEY_HASH) == 0)
			return true;
	return false;
}

static void
collect(struct engine *e, const struct pair *p, struct authorities *a)
{
	const struct cert_entry *ca;
	const struct tunnel *t;
	const uint8_t *hash;

	for (t = p != NULL ? p->cas : NULL; t != NULL && !a->many;
	    t = t->ca_next) {
		if (t->conf->version != 2)
			continue;
		ca = certs_find(e, t->conf->ca);
		hash = ca != NULL ? cert_key_hash(ca->cert[0]) : NULL;
		if (hash == NULL || has(a->hash, a->n, hash))
			continue;
		a->many = a->n == CAS_MAX;
		if (!a->many)
			memcpy(a->hash + a->n++ * CERT_KEY_HASH, hash,
			    CERT_KEY_HASH);
	}
}

/* Who may not read it needs not know whom we trust: the CAs are those of tunnels
 * between these two addresses alone, as hashes.  Without them strongSwan would keep
 * its certificate to itself, and a peer with several could not choose.  An empty
 * list asks for any. */
void
cert_build_init_response(struct engine *e, const struct ike_sa *sa,
			 struct build *b)
{
	static const struct addr any;
	const struct pair *pair[2];
	struct authorities a = { .n = 0 };

	pair[0] = pair_find(e, &sa->local.addr, &sa->remote.addr);
	pair[1] = pair_find(e, &sa->local.addr, &any);
	collect(e, pair[0], &a);
	collect(e, pair[1], &a);
	if (a.n == 0)
		return;
	build_cert(b, PL_CERTREQ, CERT_ENC_X509, a.hash,
	    a.many ? 0 : a.n * CERT_KEY_HASH);
	if (sa->setup->hashes != 0)
		signature_announce(b);
}

/* Whether the CA is above all of our certificates. */
static bool
is_root_of(const struct cert *ca, const struct cert_entry *own)
{
	const struct cert *last = own->cert[own->n - 1];
	const uint8_t *issuer, *subject;
	size_t ilen, slen;

	issuer = cert_issuer(last, &ilen);
	subject = cert_subject(ca, &slen);
	return dn_equal(issuer, ilen, subject, slen);
}

enum certreq
cert_asked(struct engine *e, const struct conf *c, const struct message *m)
{
	const struct payload *p = message_find(m, PL_CERTREQ);
	const struct cert_entry *own, *ca;
	bool asked = p != NULL, named = false, known;
	size_t n, i;

	if (!asked || c->method != METHOD_CERT)
		return asked ? CERTREQ_ANY : CERTREQ_NONE;
	own = certs_find(e, c->certificate);
	ca = certs_find(e, c->ca);
	if (own == NULL)
		return CERTREQ_ANY;
	known = ca != NULL && is_root_of(ca->cert[0], own);
	for (; p != NULL; p = message_next(m, p)) {
		n = p->cert.data.len / CERT_KEY_HASH;
		if (p->cert.encoding != CERT_ENC_X509 || n == 0)
			continue;
		named = true;
		if (known && has(p->cert.data.p, n, cert_key_hash(ca->cert[0])))
			return CERTREQ_OURS;
		for (i = own->n > 1 ? 1 : 0; i < own->n; i++)
			if (has(p->cert.data.p, n, cert_key_hash(own->cert[i])))
				return CERTREQ_OURS;
	}
	return named && known ? CERTREQ_FOREIGN : CERTREQ_ANY;
}

/* --- IKE_AUTH --- */

void
cert_build_request(struct build *b, const struct cert_entry *ca)
{
	build_cert(b, PL_CERTREQ, CERT_ENC_X509,
	    cert_key_hash(ca->cert[0]), CERT_KEY_HASH);
}
