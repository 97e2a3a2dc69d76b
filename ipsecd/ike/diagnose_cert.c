#include "diagnose_in.h"

#include <stdio.h>
#include <string.h>

#include "certs.h"
#include "conf.h"
#include "context.h"
#include "crypto/cert.h"
#include "expiry.h"
#include "peer_cert.h"
#include "tunnel.h"

#define YEAR_2026	1767225600	/* nothing of this ran before */

static int64_t
wall(const struct facts *f)
{
	return (int64_t)f->e->ops->wall(f->e->ctx);
}

bool
cert_clock(const struct facts *f, struct finding *d)
{
	char now[CERT_TIME_STRLEN];

	if (f->c->uses == NULL || wall(f) >= YEAR_2026)
		return false;
	symptom(d, "the clock of this system says %s, which is wrong",
	    cert_time_str(wall(f), now));
	say(d, "the validity of certificates, CRLs and OCSP answers is judged by it"
	    "\nset the clock, or let NTP do so; tunnels that wait try again by "
	    "themselves");
	return true;
}

/* One that is over is why the tunnel is down; one that ends soon is not. */
bool
cert_ends(const struct facts *f, struct finding *d)
{
	char text[EXPIRY_STRLEN];
	enum expiry is;
	int i;

	for (i = 0; f->c->uses != NULL && i < CERT_ROLES; i++) {
		is = expiry_str(f->c->uses[i].entry, wall(f), text);
		if (is == EXPIRY_NONE || (!f->up && is < EXPIRY_NOT_YET))
			continue;
		symptom(d, is < EXPIRY_NOT_YET ? "the tunnel will not be "
		    "authenticated anew for long" : f->up ? "the tunnel cannot be "
		    "authenticated anew" : "the tunnel is down, and cannot be "
		    "authenticated");
		say(d, "%s", text);
		return true;
	}
	return false;
}

bool
cert_peer_ends(const struct facts *f, struct finding *d)
{
	char line[PEER_CERT_STRLEN];

	if (!f->up || f->sa == NULL || !peer_cert_ends(f->sa->peer_cert, wall(f),
	    line))
		return false;
	symptom(d, "the tunnel will not be authenticated anew for long");
	say(d, "%s\nthe peer has to get a new one", line);
	return true;
}

static bool
refused_by_identity(const struct tunnel *t)
{
	return t->reason != NULL && (t->reason_code == EV_IDENTITY ||
	    t->reason_code == EV_AUTH || t->reason_code == EV_CERTIFICATE);
}

/* S1-115 with certificates: few of them hold an address. */
bool
cert_address(const struct facts *f, struct finding *d)
{
	char peer[ADDR_STRLEN];

	if (f->up || f->c->uses == NULL || !f->c->auto_remote_id ||
	    !f->c->initiator || !refused_by_identity(f->t))
		return false;
	addr_str(&f->c->peer, peer);
	symptom(d, "there is no remote-id: an initiator then expects the peer's "
	    "address %s as its identity", peer);
	say(d, "the certificate of the peer has to hold %s as a subjectAltName, and "
	    "the peer has to say that this is its identity\nset remote-id to an "
	    "identity that the peer's certificate holds, its subject for example, "
	    "as in: remote-id CN=gw-b, O=Example", peer);
	return true;
}

/* The peer most likely trusts the CA that it is signed by itself. */
bool
cert_other_ca(const struct facts *f, struct finding *d)
{
	char issuer[CERT_NAME_STRLEN], name[CERT_NAME_STRLEN];
	const struct cert_entry *own, *ca;

	if (f->up || f->c->uses == NULL || !refused_by_identity(f->t))
		return false;
	own = f->c->uses[CERT_AS_OWN].entry;
	ca = f->c->uses[CERT_AS_CA].entry;
	if (own->n == 0 || ca->n == 0 || certs_signed_by(own, ca))
		return false;
	symptom(d, "our certificate and the peer's are to be of different CAs");
	say(d, "certificate '%s' is signed by '%.150s', and the peer has to show one "
	    "that leads to '%.150s' (ca %s)\nthat is right only if each side trusts "
	    "the CA of the other", own->label,
	    cert_issuer_str(own->cert[own->n - 1], issuer),
	    cert_subject_str(ca->cert[0], name), ca->label);
	return true;
}

/* S1-125 */
bool
cert_reauth(const struct facts *f, struct finding *d)
{
	if (!f->up || f->c->uses == NULL || !f->c->strict ||
	    f->c->reauth_time != 0)
		return false;
	symptom(d, "a certificate that is revoked from now on would not be noticed");
	say(d, "revocation is checked when the peer authenticates itself, and without "
	    "reauth-time it does so only once\nset reauth-time to half of the time "
	    "after which the CA publishes a new CRL: 12 hours if it does so every "
	    "day" EVENT_HERE "reauth-time 12h");
	return true;
}
