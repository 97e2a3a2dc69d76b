#include "natt.h"

#include <string.h>

#include "child.h"
#include "context.h"
#include "ike2/mobike.h"
#include "machine.h"
#include "tunnel.h"

size_t
natt_octets(uint64_t spi_i, uint64_t spi_r, const struct endpoint *ep,
	    uint8_t out[NATT_OCTETS])
{
	struct wbuf w;

	wbuf_init(&w, out, NATT_OCTETS);
	wbuf_u64(&w, spi_i);
	wbuf_u64(&w, spi_r);
	wbuf_bytes(&w, ep->addr.b, addr_len(&ep->addr));
	wbuf_u16(&w, ep->port);
	return w.len;
}

/* RFC 7296 2.23. */
static bool
digest(struct engine *e, uint64_t spi_i, uint64_t spi_r,
       const struct endpoint *ep, uint8_t out[20])
{
	uint8_t octets[NATT_OCTETS];
	struct iov iov = { octets, 0 };

	iov.len = natt_octets(spi_i, spi_r, ep, octets);
	return hash_sha1(e->crypto, &iov, 1, out);
}

void
natt_build(struct engine *e, const struct ike_sa *sa, struct build *b)
{
	natt_build_between(e, sa, &sa->local, &sa->remote, b);
}

void
natt_build_between(struct engine *e, const struct ike_sa *sa,
		   const struct endpoint *local, const struct endpoint *remote,
		   struct build *b)
{
	uint8_t h[20];
	struct endpoint from = *local;

	if (e->set.caps.force_encap)
		from.port = 0;
	if (!digest(e, sa->spi_i, sa->spi_r, &from, h))
		return;
	build_notify(b, PROTO_NONE, N_NAT_DETECTION_SOURCE_IP, NULL, 0,
	    h, sizeof(h));
	if (!digest(e, sa->spi_i, sa->spi_r, remote, h))
		return;
	build_notify(b, PROTO_NONE, N_NAT_DETECTION_DESTINATION_IP, NULL, 0,
	    h, sizeof(h));
}

static bool
matches(const struct payload *p, const uint8_t h[20])
{
	return p->notify.data.len == 20 &&
	    memcmp(p->notify.data.p, h, 20) == 0;
}

void
natt_detect(struct engine *e, struct ike_sa *sa, const struct message *m)
{
	const struct payload *src, *dst, *p;
	uint8_t h[20];
	bool same = false;

	src = message_notify(m, N_NAT_DETECTION_SOURCE_IP);
	dst = message_notify(m, N_NAT_DETECTION_DESTINATION_IP);
	sa->natd = src != NULL && dst != NULL;
	if (!sa->natd)
		return;
	/* A peer with several addresses sends one source hash for each. */
	if (!digest(e, m->hdr.spi_i, m->hdr.spi_r, &sa->remote, h))
		return;
	for (p = src; p != NULL; p = message_next(m, p))
		if (p->notify.type == N_NAT_DETECTION_SOURCE_IP &&
		    matches(p, h))
			same = true;
	sa->nat_remote = !same;
	if (!digest(e, m->hdr.spi_i, m->hdr.spi_r, &sa->local, h))
		return;
	sa->nat_local = !matches(dst, h);
}

bool
natt_wanted(const struct engine *e, const struct ike_sa *sa)
{
	return sa->natd &&
	    (sa->nat_local || sa->nat_remote || e->set.caps.force_encap);
}

void
natt_float(struct engine *e, struct ike_sa *sa)
{
	/* RFC 4555 3.3: who may move will not be able to change the port. */
	if (sa->encap || !(natt_wanted(e, sa) ||
	    (sa->natd && sa->machine->version == 2 &&
	    sa->tunnel->conf->mobike)))
		return;
	sa->encap = true;
	sa->local.port = e->set.natt_port;
	sa->remote.port = e->set.natt_port;
}

void
natt_follow(struct engine *e, struct ike_sa *sa, const struct endpoint *local,
	    const struct endpoint *remote, bool encap)
{
	bool first = sa->state == IKE_R_INIT || sa->state == IKE1_R_KE;
	char from[ENDPOINT_STRLEN], to[ENDPOINT_STRLEN];
	struct child_sa *c;

	if (endpoint_equal(&sa->remote, remote) &&
	    endpoint_equal(&sa->local, local))
		return;
	if (!first && !sa->nat_remote)
		return;
	if (!first && sa->tunnel != NULL)
		tunnel_event(e, sa->tunnel, EV_MOVED, "peer moved from %s to %s",
		    endpoint_str(&sa->remote, from), endpoint_str(remote, to));
	sa->remote = *remote;
	sa->local = *local;
	sa->encap = encap;
	if (sa->mobike != NULL) {
		sa->mobike->used_local = *local;
		sa->mobike->used_remote = *remote;
	}
	for (c = sa->children; c != NULL; c = c->next)
		child_update(e, c);
}

void
natt_mapping(struct engine *e, struct ike_sa *sa, const struct endpoint *peer)
{
	/* ESP can be repeated from anywhere by anybody: with MOBIKE the peer says
	 * where it is, and proves it; only another port is the NAT's doing. */
	if (sa->mobike != NULL &&
	    (!addr_equal(&peer->addr, &sa->mobike->used_remote.addr) ||
	    !addr_equal(&peer->addr, &sa->remote.addr)))
		return;
	natt_follow(e, sa, &sa->local, peer, sa->encap);
}
