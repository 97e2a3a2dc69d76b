#include "state_cert.h"

#include <stdio.h>

#include "certs.h"
#include "conf.h"
#include "crypto/cert.h"
#include "event.h"
#include "expiry.h"
#include "json.h"
#include "peer_cert.h"
#include "revocation.h"
#include "tunnel.h"

static void
print_validity(struct json *j, int64_t from, int64_t to, int64_t wall)
{
	char days[16];
	int n = snprintf(days, sizeof(days), "%d", expiry_days(to, wall));

	json_time(j, "not-before", from);
	json_time(j, "not-after", to);
	json_raw(j, "days-left", days, (size_t)n);
}

static void
print_entry(struct json *j, const char *name, const struct cert_entry *c,
	    int64_t wall)
{
	char buf[CERT_NAME_STRLEN];

	json_object(j, name);
	json_str(j, "label", c->label);
	if (c->n > 0) {
		json_str(j, "subject", cert_subject_str(c->cert[0], buf));
		json_str(j, "issuer", cert_issuer_str(c->cert[0], buf));
		print_validity(j, cert_not_before(c->cert[0]),
		    cert_not_after(c->cert[0]), wall);
	}
	json_object_end(j);
}

void
state_certificate(const struct conf *c, int64_t wall, struct json *j)
{
	if (c->uses == NULL)
		return;
	print_entry(j, "certificate", c->uses[CERT_AS_OWN].entry, wall);
	print_entry(j, "ca", c->uses[CERT_AS_CA].entry, wall);
}

void
state_warnings(const struct tunnel *t, int64_t wall, struct json *j)
{
	char text[EXPIRY_STRLEN], line[EXPIRY_STRLEN + 16];
	char peer[PEER_CERT_STRLEN];
	const struct ike_sa *sa = tunnel_sa(t);
	int i;

	if (t->conf->uses == NULL)
		return;
	for (i = 0; i < CERT_ROLES; i++)
		if (expiry_str(t->conf->uses[i].entry, wall, text) != EXPIRY_NONE)
			json_str(j, NULL, event_line(text, line, sizeof(line)));
	if (sa != NULL && peer_cert_ends(sa->peer_cert, wall, peer))
		json_str(j, NULL, peer);
}

void
state_peer_cert(const struct peer_cert *p, int64_t wall, struct json *j)
{
	static const char *const verdicts[] = { [REVOCATION_GOOD] = "good",
	    [REVOCATION_REVOKED] = "revoked", [REVOCATION_UNKNOWN] = "unknown" };

	if (p == NULL)
		return;
	json_object(j, "peer-certificate");
	json_str(j, "subject", p->subject);
	json_str(j, "issuer", p->issuer);
	print_validity(j, p->not_before, p->not_after, wall);
	if (p->checked != 0) {
		json_str(j, "revocation", verdicts[p->verdict]);
		json_time(j, "revocation-time", p->checked);
		if (p->why != NULL)
			json_str(j, "revocation-reason", p->why);
	}
	json_object_end(j);
}
