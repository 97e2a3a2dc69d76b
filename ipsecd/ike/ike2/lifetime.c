#include "handlers.h"

#include "ike/context.h"
#include "ike/tunnel.h"

/* How long an authentication is good for (RFC 4478); what follows from that is in
 * reauth.c. */

#define LIFETIME_MIN	10		/* seconds; less would be one attempt
					 * after the other */

void
lifetime_build(const struct ike_sa *sa, struct build *b)
{
	uint32_t s = sa->tunnel->conf->reauth_time;
	uint8_t octets[4] = { (uint8_t)(s >> 24), (uint8_t)(s >> 16),
	    (uint8_t)(s >> 8), (uint8_t)s };

	if (s != 0)
		build_notify(b, PROTO_NONE, N_AUTH_LIFETIME, NULL, 0, octets, 4);
}

bool
lifetime_take(struct engine *e, struct ike_sa *sa,
	      const struct message *m)
{
	const struct payload *n = message_notify(m, N_AUTH_LIFETIME);
	const uint8_t *p;
	uint32_t s;

	if (n == NULL || n->notify.data.len != 4 || !sa->caller)
		return false;
	p = n->notify.data.p;
	s = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 |
	    p[3];
	if (s < LIFETIME_MIN)
		s = LIFETIME_MIN;
	sa->lifetime_from = e->now;
	sa->lifetime = e->now + s * 1000ull;
	return true;
}
