#include "cert_payload1.h"

#include "crypto/cert.h"
#include "ike/certs.h"
#include "ike/context.h"
#include "ike/pair.h"
#include "ike/sa.h"
#include "ike/tunnel.h"
#include "ike/wire/build1.h"

#define CAS_MAX		16		/* named to a stranger; of more, none */

void
cert1_build_request(struct build *b, const struct cert_entry *ca)
{
	size_t len;
	const uint8_t *name = cert_subject(ca->cert[0], &len);

	build_cert(b, PL_CERTREQ, CERT_ENC_X509, name, len);
}

/* Appends those of a pair to the list; false: they are too many. */
static bool
collect(struct engine *e, const struct pair *p, const struct cert_entry **ca,
	size_t *n)
{
	const struct cert_entry *found;
	const struct tunnel *t;

	for (t = p != NULL ? p->cas : NULL; t != NULL; t = t->ca_next) {
		found = t->conf->version == 1 ? certs_find(e, t->conf->ca) : NULL;
		if (found == NULL)
			continue;
		if (*n == CAS_MAX)
			return false;
		ca[(*n)++] = found;
	}
	return true;
}

/* Who may not read it needs not know whom we trust: the CAs are those of tunnels
 * between these two addresses alone. */
void
cert1_build_requests(struct engine *e, const struct ike_sa *sa, struct build *b)
{
	static const struct addr any;
	const struct cert_entry *ca[CAS_MAX];
	size_t n = 0, i;

	if (!collect(e, pair_find(e, &sa->local.addr, &sa->remote.addr), ca, &n) ||
	    !collect(e, pair_find(e, &sa->local.addr, &any), ca, &n)) {
		build_cert(b, PL_CERTREQ, CERT_ENC_X509, NULL, 0);
		return;
	}
	for (i = 0; i < n; i++)
		cert1_build_request(b, ca[i]);
}
