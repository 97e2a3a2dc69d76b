#include "mtu.h"

#include "child.h"
#include "context.h"
#include "natt.h"

#define ESP_HEADER	8		/* SPI and sequence number */
#define ESP_TRAILER	2		/* length of the padding, next header */
#define UDP_HEADER	8
#define TCP_HEADER	20

static uint32_t
ip_header(const struct addr *a)
{
	return a->family == AF_INET6 ? 40 : 20;
}

/* RFC 4303 2: what is encrypted fills blocks, and at least whole words. */
uint32_t
mtu_inner(const struct engine *e, const struct child_sa *c)
{
	const struct encr_alg *encr = suite_encr(&c->suite);
	const struct integ_alg *integ = suite_integ(&c->suite);
	uint32_t outer = c->path_mtu != 0 ? c->path_mtu : MTU_UNKNOWN;
	uint32_t around, word, inner;

	if (encr == NULL || (!IS_AEAD(encr) && integ == NULL))
		return 0;
	around = ip_header(&c->sa->remote.addr) +
	    (natt_wanted(e, c->sa) ? UDP_HEADER : 0) + ESP_HEADER + encr->iv_len +
	    (IS_AEAD(encr) ? encr->icv_len : integ->icv_len);
	word = encr->block > 4 ? encr->block : 4;
	if (outer < around + word)
		return 0;
	inner = outer - around;
	inner -= inner % word;
	inner -= ESP_TRAILER;
	if (e->set.caps.mtu != 0 && inner > e->set.caps.mtu)
		inner = e->set.caps.mtu;
	return inner;
}

uint32_t
mtu_mss(const struct child_sa *c, uint32_t inner)
{
	const struct prefix *p = c->subnets != NULL ?
	    subnets_local(c->subnets) : NULL;
	uint32_t around = 20 + TCP_HEADER;
	size_t i;

	for (i = 0; p != NULL && i < c->subnets->n_local; i++)
		if (ip_header(&p[i].addr) + TCP_HEADER > around)
			around = ip_header(&p[i].addr) + TCP_HEADER;
	return inner > around ? inner - around : 0;
}
