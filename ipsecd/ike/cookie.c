#include "cookie.h"

#include <string.h>

#include "context.h"
#include "secret.h"

static bool
refresh(struct engine *e)
{
	struct cookies *cs = &e->cookies;

	if (cs->made != 0 && e->now - cs->made < COOKIE_LIFE_MS)
		return true;
	/* The first one, too, has one before it, which nobody may know. */
	if ((cs->made == 0 &&
	    !e->ops->random(e->ctx, cs->secret[cs->version & 1], 32)) ||
	    !e->ops->random(e->ctx, cs->secret[(cs->version + 1) & 1], 32))
		return false;
	cs->version++;
	cs->made = e->now != 0 ? e->now : 1;
	return true;
}

static bool
compute(struct engine *e, uint8_t version, uint64_t spi_i,
	const struct endpoint *ep, const struct bytes *nonce,
	uint8_t out[COOKIE_LEN])
{
	const struct prf_alg *prf = prf_by_name("prfsha256");
	uint8_t mac[PRF_MAX];
	struct iov iov[] = {
		{ nonce->p, nonce->len },
		{ ep->addr.b, sizeof(ep->addr.b) },
		{ &ep->port, sizeof(ep->port) },
		{ &spi_i, sizeof(spi_i) },
	};

	out[0] = version;
	if (!prf_mac(e->crypto, prf, e->cookies.secret[version & 1], 32, iov,
	    sizeof(iov) / sizeof(iov[0]), mac))
		return false;
	memcpy(out + 1, mac, COOKIE_LEN - 1);
	return true;
}

bool
cookie_make(struct engine *e, uint64_t spi_i, const struct endpoint *ep,
	    const struct bytes *nonce, uint8_t out[COOKIE_LEN])
{
	return refresh(e) &&
	    compute(e, e->cookies.version, spi_i, ep, nonce, out);
}

bool
cookie_check(struct engine *e, uint64_t spi_i, const struct endpoint *ep,
	     const struct bytes *nonce, const struct bytes *cookie)
{
	uint8_t want[COOKIE_LEN], age;

	if (cookie->len != COOKIE_LEN || e->cookies.made == 0)
		return false;
	age = (uint8_t)(e->cookies.version - cookie->p[0]);
	if (age > 1 || e->now - e->cookies.made >= (2u - age) * COOKIE_LIFE_MS ||
	    !compute(e, cookie->p[0], spi_i, ep, nonce, want))
		return false;
	return secret_mem_equal(want, cookie->p, COOKIE_LEN);
}
