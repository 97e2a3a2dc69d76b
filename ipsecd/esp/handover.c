/*
 * handover: the header in front of an IKE message that esp passes on to ike.
 */
#include "esp.h"

#include "buf.h"

void
esp_ike_build(struct wbuf *w, const struct endpoint *local,
	      const struct endpoint *remote)
{
	wbuf_u8(w, local->addr.family == AF_INET6 ? 6 : 4);
	wbuf_u8(w, 0);
	wbuf_u16(w, local->port);
	wbuf_u16(w, remote->port);
	wbuf_bytes(w, local->addr.b, sizeof(local->addr.b));
	wbuf_bytes(w, remote->addr.b, sizeof(remote->addr.b));
}

static bool
address(struct rbuf *r, uint8_t family, struct addr *a)
{
	size_t n = family == 6 ? 16 : 4;
	const uint8_t *p = rbuf_bytes(r, sizeof(a->b));

	return p && addr_from_bytes(a, p, n) == 0;
}

bool
esp_ike_parse(struct rbuf *r, struct endpoint *local, struct endpoint *remote)
{
	uint8_t family = rbuf_u8(r);

	rbuf_skip(r, 1);
	local->port = rbuf_u16(r);
	remote->port = rbuf_u16(r);
	if (!rbuf_ok(r) || (family != 4 && family != 6))
		return false;
	return address(r, family, &local->addr) &&
	    address(r, family, &remote->addr);
}
