#include "inquiry.h"

#include <stdio.h>
#include <string.h>

#include "ike/conf.h"
#include "ike/context.h"
#include "ike/machine.h"
#include "ike/sa.h"
#include "tests/unit.h"

struct node *gw;
struct pki_cert *root, *sub;
struct asked asked[ASKS_MAX];
size_t n_asked;

static struct crypto *crypto;
static struct cert *root_c, *sub_c;
static bool inside;

/* --- what asks --- */

static void
answered(struct engine *e, struct ike_sa *sa, const struct revocation_answer *a)
{
	size_t i;

	CU_ASSERT(!inside);
	for (i = 0; i < n_asked; i++)
		if (asked[i].serial == sa->serial) {
			asked[i].answers++;
			asked[i].at = e->now;
			asked[i].a = *a;
		}
}

struct asked *
ask(const struct cert_chain *chain, bool strict)
{
	struct engine *e = gw->engine;
	struct asked *k = &asked[n_asked++];
	struct conf conf;

	memset(k, 0, sizeof(*k));
	memset(&conf, 0, sizeof(conf));
	conf.strict = strict;
	engine_enter(e, node_now(gw));
	k->sa = sa_new(e, NULL, true, &ike2_machine);
	k->serial = k->sa->serial;
	inside = true;
	CU_ASSERT(revocation_begin(e, &conf, chain, sa_spi(k->sa), k->serial,
	    answered));
	inside = false;
	engine_leave(e);
	return k;
}

struct asked *
find_out(const struct cert_chain *chain, bool strict)
{
	struct asked *k = ask(chain, strict);

	world_run(&w, 10000);
	CU_ASSERT_EQUAL(k->answers, 1);
	return k;
}

bool
says(const struct asked *k, const char *text)
{
	if (strstr(k->a.why, text) != NULL)
		return true;
	printf("\n    not '%s' in: %s\n", text, k->a.why);
	return false;
}

/* --- certificates --- */

static struct peer
peer_of(const struct pki_spec *spec)
{
	struct peer p = { .pki = pki_make(spec) };

	p.cert = pki_parse(crypto, p.pki);
	p.chain.cert[0] = p.direct.cert[0] = p.cert;
	p.chain.cert[1] = p.direct.cert[1] = sub_c;
	p.chain.cert[2] = root_c;
	p.chain.n = 3;
	p.direct.n = 2;
	return p;
}

struct peer
peer(const char *subject, const char *crl, const char *ocsp)
{
	struct pki_spec spec = {
		.kind = PKI_LEAF, .subject = subject, .issuer = sub,
		.crl = crl, .ocsp = ocsp,
	};

	return peer_of(&spec);
}

struct peer
peer_two(void)
{
	struct pki_spec spec = {
		.kind = PKI_LEAF, .subject = "CN=alice, O=Example", .issuer = sub,
		.ext = "crlDistributionPoints = URI:" SUB_CRL ", URI:" ALT_CRL,
	};

	return peer_of(&spec);
}

struct page *
publish_as(const char *url, const struct pki_cert *issuer,
	   const struct pki_cert *revoked, int64_t ago, int64_t ahead,
	   EVP_PKEY *forged)
{
	const struct pki_cert *list[] = { revoked, NULL };
	int64_t wall = WALL + (int64_t)w.now / 1000;
	struct pki_crl_spec spec = {
		.issuer = issuer, .revoked = list, .reason = "keyCompromise",
		.last = wall - ago, .next = wall + ahead, .sign_key = forged,
		.number = -1,
	};
	struct pki_bytes b = pki_crl(&spec);

	return web_put(&w, url, b.p, b.len);
}

struct page *
publish(const char *url, const struct pki_cert *issuer,
	const struct pki_cert *revoked)
{
	return publish_as(url, issuer, revoked, 10, 86400, NULL);
}

/* --- its life --- */

void
inquiry_begin(void)
{
	world_init(&w, 7);
	gw = world_add(&w, "gw", NULL);
	n_asked = 0;
	publish(ROOT_CRL, root, NULL);
	publish(SUB_CRL, sub, NULL);
}

void
inquiry_forget(void)
{
	size_t i;

	for (i = 0; i < n_asked; i++)
		if (asked[i].sa != NULL)
			sa_free(gw->engine, asked[i].sa);
	n_asked = 0;
}

void
inquiry_end(void)
{
	inquiry_forget();
	world_fini(&w);
}

void
inquiry_restart(void)
{
	size_t i;

	for (i = 0; i < n_asked; i++)
		asked[i].sa = NULL;
	engine_free(gw->engine);
	gw->engine = NULL;
	node_stop(gw);
	node_start(gw);
	n_asked = 0;
}

void
inquiry_setup(void)
{
	struct pki_spec spec = {
		.kind = PKI_CA, .subject = "CN=Sub, O=Example", .crl = ROOT_CRL,
	};
	struct err e = ERR_INIT;

	CU_ASSERT_FATAL(crypto_new(&crypto, &e) == 0);
	pki_set_now(WALL);
	root = pki_root("CN=Root, O=Example");
	spec.issuer = root;
	sub = pki_make(&spec);
	root_c = pki_parse(crypto, root);
	sub_c = pki_parse(crypto, sub);
}

void
inquiry_teardown(void)
{
	cert_free(root_c);
	cert_free(sub_c);
	crypto_free(crypto);
	pki_free_all();
}
