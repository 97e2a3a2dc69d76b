#include "natd.h"

#include <string.h>

#include "ike/context.h"
#include "ike/natt.h"
#include "ike/wire/build1.h"
#include "ike/wire/message1.h"
#include "phase1.h"

/* The best first.  In -02 some write a line feed, and most know it so. */
static const enum vendor kinds[] = {
	VENDOR_NATT_RFC, VENDOR_NATT_03, VENDOR_NATT_02N, VENDOR_NATT_02,
};

#define N_KINDS	(sizeof(kinds) / sizeof(kinds[0]))

void
natd_announce(const struct ike_sa *sa, struct build *b)
{
	size_t i;

	if (!sa->initiator) {
		if (sa->v1->natt != 0)
			vendor_build(b, (enum vendor)sa->v1->natt);
		return;
	}
	for (i = 0; i < N_KINDS; i++)
		vendor_build(b, kinds[i]);
}

void
natd_negotiate(struct ike_sa *sa, const struct message *m)
{
	size_t i;

	sa->v1->natt = 0;
	for (i = 0; i < N_KINDS && sa->v1->natt == 0; i++)
		if (message_vendor(m, kinds[i]))
			sa->v1->natt = (uint8_t)kinds[i];
}

/* By the hash that was agreed on. */
static size_t
digest(struct engine *e, const struct ike_sa *sa, const struct endpoint *ep,
       uint8_t out[PRF_MAX])
{
	const struct prf_alg *prf = suite_prf(&sa->suite);
	uint8_t octets[NATT_OCTETS];
	struct iov iov = { octets, 0 };

	iov.len = natt_octets(sa->spi_i, sa->spi_r, ep, octets);
	return hash_of_prf(e->crypto, prf, &iov, 1, out) ? prf->len : 0;
}

void
natd_build(struct engine *e, const struct ike_sa *sa, struct build *b)
{
	bool draft = sa->v1->natt != VENDOR_NATT_RFC;
	struct endpoint from = sa->local;
	uint8_t h[PRF_MAX];

	if (sa->v1->natt == 0)
		return;
	build1_natd(b, draft, h, digest(e, sa, &sa->remote, h));
	if (e->set.caps.force_encap)
		from.port = 0;
	build1_natd(b, draft, h, digest(e, sa, &from, h));
}

static bool
matches(const struct payload *p, const uint8_t *h, size_t len)
{
	return len != 0 && p->body.len == len && memcmp(p->body.p, h, len) == 0;
}

void
natd_detect(struct engine *e, struct ike_sa *sa, const struct message *m)
{
	const struct payload *here = message_find(m, PL_NATD), *there;
	uint8_t h[PRF_MAX];
	bool same = false;
	size_t len;

	there = here != NULL ? message_next(m, here) : NULL;
	sa->natd = sa->v1->natt != 0 && there != NULL;
	if (!sa->natd)
		return;
	len = digest(e, sa, &sa->local, h);
	sa->nat_local = !matches(here, h, len);
	/* A peer with several addresses sends one for each. */
	len = digest(e, sa, &sa->remote, h);
	for (; there != NULL; there = message_next(m, there))
		same |= matches(there, h, len);
	sa->nat_remote = !same;
}
