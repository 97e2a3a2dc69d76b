#include "handlers.h"

#include "ike/child.h"
#include "ike/context.h"
#include "ike/life.h"
#include "ike/tunnel.h"

#define SILENT_MS	60000
#define SILENT_TIMES	2		/* once it may have been restarted */

/* Libreswan 4.10 forgets an IKE_SA whose responder it does not believe, without a
 * word, and begins anew: all it ever said on the last one was IKE_AUTH. */
static void
refused_in_silence(struct engine *e, const struct ike_sa *sa)
{
	struct tunnel *t = sa->tunnel;
	const struct ike_sa *last;

	for (last = sa->initiator ? NULL : t->sas; last != NULL; last = last->next)
		if (last != sa && last->state == IKE_UP && !last->initiator &&
		    last->msgid_in == 2 && last->msgid_out == 0 &&
		    e->now - last->authenticated < SILENT_MS)
			break;
	if (last == NULL) {
		t->silent = 0;
		return;
	}
	if (t->silent < UINT8_MAX && ++t->silent >= SILENT_TIMES)
		tunnel_event(e, t, EV_AUTH, "the peer begins anew again and again, "
		    "and says nothing on the IKE_SA before: it seems that it "
		    "does not accept %s, or our identity, and does not say so\n"
		    "its log says why", t->conf->method == METHOD_CERT ?
		    "our certificate" : "our proof of the secret");
}

void
established(struct engine *e, struct ike_sa *sa)
{
	struct child_sa *c, *next;
	struct tunnel *t = sa->tunnel;

	refused_in_silence(e, sa);
	life_begin(e, sa);
	for (c = sa->children; c != NULL; c = next) {
		next = c->next;
		if (c->state == CHILD_INSTALLING && c->pending == 0 &&
		    !c->failed)
			child_up(e, c);
	}
	if (child_any(sa)) {		/* not one that only waits for its Delete */
		if (t->reason_code == EV_REAUTH)
			tunnel_no_reason(t);
	} else if (sa->again) {	/* the old one has what this one lacks */
		sa->want |= WANT_DELETE;
		tunnel_lost(e, t, LOST_ATTEMPT, EV_REAUTH, "the peer refuses "
		    "the CHILD_SA with it");
	} else {
		tunnel_childless(e, t);
	}
}
