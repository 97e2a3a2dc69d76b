#include "diagnose_in.h"

#include <string.h>

#include "context.h"
#include "ike1/phase1.h"
#include "tunnel.h"

/* RFC 3706 is an offer, and old peers may not make it. */
bool
ike1_no_dpd(const struct facts *f, struct finding *d)
{
	char s[32];

	if (!f->up || f->sa == NULL || f->sa->v1 == NULL || f->sa->v1->dpd ||
	    f->c->dpd_action == DPD_DISABLED)
		return false;
	symptom(d, "the peer does not offer dead peer detection (RFC 3706), so that it "
	    "cannot be asked whether it is there");
	say(d, "if it dies, the tunnel counts as up until its keys end, in up to %s"
	    "\nswitch dead peer detection on at the peer, or replace the keys more "
	    "often" EVENT_HERE "sa-rekey-time 15m",
	    span(f->c->rekey_time * 1100ull, s));
	return true;
}

/* Who cannot read our last message of main mode, or does not like it, need not say
 * so: the keys come from the secret. */
bool
ike1_unproved(const struct facts *f, struct finding *d)
{
	bool psk = f->c->method == METHOD_PSK;
	char to[ENDPOINT_STRLEN];

	if (f->sa == NULL || f->sa->state != IKE1_I_AUTH)
		return false;
	d->code = event_code_str(EV_AUTH);
	symptom(d, "the tunnel is down: %s answers the key exchange, but not our "
	    "proof of the %s", peer_str(f, to), psk ? "secret" :
	    "certificate's key");
	say(d, "the peer can make nothing of it, or does not accept it: %s, or UDP "
	    "port 4500 is blocked\nits log says which", psk ? "most likely the "
	    "secrets differ" : "it does not know our identity or trust the CA of our "
	    "certificate");
	advise_secret(f, d);
	return true;
}
