#include "first.h"

#include <stdlib.h>

#include "context.h"
#include "tunnel.h"

#define HALF_OPEN_MS	30000

bool
first_heard(struct engine *e, const struct stranger *s)
{
	/* Who has just been started does not know yet what to refuse. */
	if (!e->configured)
		engine_drop(e, s->remote, "our configuration has not come yet");
	else if (e->certs_awaited && !e->certs_known)
		engine_drop(e, s->remote, "our certificates have not come yet");
	else
		return true;
	return false;
}

void
first_crowded(struct engine *e, const struct stranger *s, const char *what)
{
	if (log_rate_ok(&e->strangers, e->now))
		tunnel_event(e, NULL, EV_WARNING, "too many half-open IKE_SAs: "
		    "%s are dropped", what);
	engine_drop(e, s->remote, "too many half-open IKE_SAs");
}

struct ike_sa *
first_sa(struct engine *e, const struct stranger *s,
	 const struct ike_machine *machine)
{
	struct ike_sa *sa = sa_new(e, NULL, false, machine);
	struct setup *st;

	if (sa == NULL)
		return NULL;
	sa->spi_i = s->hdr->spi_i;
	sa->local = *s->local;
	sa->remote = *s->remote;
	sa->encap = s->encap;
	st = sa->setup = calloc(1, sizeof(*st));
	if (st != NULL) {
		st->sa = sa;
		st->begun = e->now;
		st->init_request = packet_new(s->msg, s->len);
	}
	if (st == NULL || st->init_request == NULL) {
		sa_free(e, sa);
		return NULL;
	}
	return sa;
}

void
first_answered(struct engine *e, struct ike_sa *sa, enum ike_state state)
{
	sa_enter(e, sa, state);
	timer_set(&e->timers, &sa->sent.timer, e->now + HALF_OPEN_MS);
}

void
first_failed(struct engine *e, const struct stranger *s, struct ike_sa *sa)
{
	engine_drop(e, s->remote, "no memory for an IKE_SA");
	sa_free(e, sa);
}
