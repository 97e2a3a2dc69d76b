#include "peer_cert.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/cert.h"
#include "crypto/chain.h"
#include "event.h"
#include "expiry.h"
#include "revocation.h"

struct peer_cert *
peer_cert_new(const struct cert_chain *chain)
{
	char subject[CERT_NAME_STRLEN], issuer[CERT_NAME_STRLEN];
	const struct cert *leaf = chain->cert[0];
	struct peer_cert *p;
	size_t n, m, i;

	n = strlen(cert_subject_str(leaf, subject)) + 1;
	m = strlen(cert_issuer_str(leaf, issuer)) + 1;
	p = calloc(1, sizeof(*p) + n + m);
	if (p == NULL)
		return NULL;
	memcpy(p->subject, subject, n);
	p->issuer = p->subject + n;
	memcpy(p->issuer, issuer, m);
	memcpy(p->sha256, cert_sha256(leaf), sizeof(p->sha256));
	p->not_before = cert_not_before(leaf);
	p->not_after = p->chain_after = cert_not_after(leaf);
	for (i = 1; i + 1 < chain->n; i++)
		if (cert_not_after(chain->cert[i]) < p->chain_after)
			p->chain_after = cert_not_after(chain->cert[i]);
	return p;
}

void
peer_cert_free(struct peer_cert *p)
{
	if (p != NULL)
		free(p->why);
	free(p);
}

bool
peer_cert_same(const struct peer_cert *a, const struct peer_cert *b)
{
	return a != NULL && b != NULL &&
	    memcmp(a->sha256, b->sha256, sizeof(a->sha256)) == 0;
}

void
peer_cert_judged(struct peer_cert *p, const struct revocation_answer *a,
		 int64_t wall)
{
	char line[EVENT_TEXT_MAX + 16];

	if (p == NULL)
		return;
	free(p->why);
	p->why = a->why[0] != '\0' ?
	    strdup(event_line(a->why, line, sizeof(line))) : NULL;
	p->verdict = a->verdict;
	p->checked = wall;
}

bool
peer_cert_ends(const struct peer_cert *p, int64_t wall, char buf[PEER_CERT_STRLEN])
{
	char span[CERT_SPAN_STRLEN], when[CERT_TIME_STRLEN];
	bool over;

	if (p == NULL || expiry_at(p->not_before, p->chain_after, wall) ==
	    EXPIRY_NONE)
		return false;
	over = p->chain_after < wall;
	snprintf(buf, PEER_CERT_STRLEN, "%s of the peer (%.150s) %s %s%s, %s",
	    p->chain_after < p->not_after ? "a certificate in the chain" :
	    "the certificate", p->subject, over ? "expired" : "expires in",
	    cert_span_str(p->chain_after - wall, span), over ? " ago" : "",
	    cert_time_str(p->chain_after, when));
	return true;
}
