#include "stranger.h"

#include <string.h>

#include "ike/child.h"
#include "ike/context.h"
#include "ike/pair.h"
#include "ike/tunnel.h"
#include "ike/wire/build.h"
#include "ike2.h"

#define ERRORS_MAX	50	/* in a second, to all together */
#define HINTS_MAX	10	/* likewise, followed */
#define FRESH_MS	1000	/* heard so lately, a peer needs not be asked */
#define LOOKED_AT_MAX	16	/* tunnels between two addresses */

static void
answer(struct engine *e, const struct stranger *s, const struct ike_header *h,
       uint16_t type, const void *data, size_t len)
{
	struct build b;
	size_t n;

	build_begin(&b, e->out, sizeof(e->out), h);
	build_notify(&b, PROTO_NONE, type, NULL, 0, data, len);
	n = build_end(&b);
	if (n != 0 && n <= s->len)
		engine_send(e, s->local, s->remote, s->encap, e->out, n);
}

void
stranger_refuse(struct engine *e, const struct stranger *s, uint16_t type,
		const void *data, size_t len)
{
	struct ike_header h = *s->hdr;
	bool needed = type == N_COOKIE || type == N_INVALID_KE_PAYLOAD;

	if (!needed && !rate_ok(&e->errors, e->now, ERRORS_MAX))
		return;
	h.spi_r = 0;
	h.flags = FLAG_RESPONSE;
	answer(e, s, &h, type, data, len);
}

void
stranger_version(struct engine *e, const struct stranger *s)
{
	struct ike_header h = *s->hdr;

	engine_drop(e, s->remote, "version %u.%u of IKE",
	    (unsigned int)IKE_MAJOR(h.version), h.version & 15u);
	if ((h.flags & FLAG_RESPONSE) != 0 || IKE_MAJOR(h.version) < 2 ||
	    !rate_ok(&e->errors, e->now, ERRORS_MAX))
		return;
	h.flags = FLAG_RESPONSE;
	answer(e, s, &h, N_INVALID_MAJOR_VERSION, NULL, 0);
}

/* --- hints --- */

/* Ask the peer itself, unless that is under way. */
static void
suspect(struct engine *e, struct ike_sa *sa, const struct stranger *s,
	const char *what)
{
	char who[ENDPOINT_STRLEN];

	if (e->now - sa->heard < FRESH_MS || sa->hinted ||
	    !rate_ok(&e->hints, e->now, HINTS_MAX)) {
		engine_drop(e, s->remote, "an unproved %s", what);
		return;
	}
	sa->hinted = true;
	tunnel_event(e, sa->tunnel, EV_PEER_SILENT, "somebody at %s says, "
	    "without proof, that the peer has lost this tunnel (%s); asking it",
	    endpoint_str(s->remote, who), what);
	if (sa->asked != 0)
		return;
	sa->want |= WANT_PROBE;
	ike2_next(e, sa);
}

/* The pair of addresses, if there is a tunnel for it. */
static struct pair *
between(struct engine *e, const struct stranger *s)
{
	static const struct addr any;
	struct pair *p = pair_find(e, &s->local->addr, &s->remote->addr);

	return p != NULL ? p : pair_find(e, &s->local->addr, &any);
}

/* ESP for that SPI reached a peer that does not know it. */
static void
invalid_spi(struct engine *e, const struct stranger *s, uint32_t spi)
{
	struct pair *p = pair_find(e, &s->local->addr, &s->remote->addr);
	unsigned int n = 0;
	struct tunnel *t;
	struct ike_sa *sa;

	for (t = p != NULL ? p->tunnels : NULL; t != NULL && n < LOOKED_AT_MAX;
	    t = t->pair_next, n++)
		for (sa = t->sas; sa != NULL; sa = sa->next)
			if (sa->state == IKE_UP && spi != 0 &&
			    child_by_peer(sa, spi) != NULL) {
				suspect(e, sa, s, "INVALID_SPI");
				return;
			}
}

void
stranger_unknown(struct engine *e, const struct stranger *s)
{
	const struct payload *n;
	struct ike_header h = *s->hdr;
	uint64_t spi = (h.flags & FLAG_INITIATOR) != 0 ? h.spi_r : h.spi_i;

	engine_drop(e, s->remote, "no IKE_SA with SPI %016llx",
	    (unsigned long long)spi);
	if ((h.flags & FLAG_RESPONSE) != 0)
		return;
	if (h.next == PL_SK || h.next == PL_SKF) {
		if (spi == 0 || between(e, s) == NULL ||
		    !rate_ok(&e->errors, e->now, ERRORS_MAX))
			return;
		h.flags = (uint8_t)(FLAG_RESPONSE |
		    (~h.flags & FLAG_INITIATOR));
		answer(e, s, &h, N_INVALID_IKE_SPI, NULL, 0);
	} else if (h.exchange == EXCH_INFORMATIONAL &&
	    message_parse(&e->msg, s->msg, s->len, NULL) == 0 &&
	    (n = message_notify(&e->msg, N_INVALID_SPI)) != NULL) {
		invalid_spi(e, s, bytes_spi(&n->notify.data));
	}
}

bool
stranger_hint(struct engine *e, struct ike_sa *sa, const struct stranger *s)
{
	const struct ike_header *h = s->hdr;

	if ((h->flags & FLAG_RESPONSE) == 0 || h->next == PL_SK ||
	    h->next == PL_SKF || sa->state != IKE_UP ||
	    h->spi_i != sa->spi_i || h->spi_r != sa->spi_r)
		return false;
	if (message_parse(&e->msg, s->msg, s->len, NULL) == 0 &&
	    message_notify(&e->msg, N_INVALID_IKE_SPI) != NULL)
		suspect(e, sa, s, "INVALID_IKE_SPI");
	else
		engine_drop(e, s->remote, "in clear, for an IKE_SA with keys");
	return true;
}
