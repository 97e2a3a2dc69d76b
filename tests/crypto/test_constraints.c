/*
 * crypto/chain: name constraints of every kind (RFC 5280 4.2.1.10), and that what
 * is said of them names the CA, the constraint and the name.
 */
#include "paths.h"

#include <stdlib.h>

#include "tests/unit.h"

/* Of the intermediate; the peer's subjectAltName and subject; why it is refused. */
static const struct row {
	int		 line;
	const char	*constraint, *san, *subject, *why;
} rows[] = {
	/* DNS: the domain and what is below it, regardless of case. */
	{ __LINE__, "permitted;DNS:example.com", "DNS:example.com", "CN=x", NULL },
	{ __LINE__, "permitted;DNS:example.com", "DNS:A.B.EXAMPLE.com", "CN=x",
	    NULL },
	{ __LINE__, "permitted;DNS:example.com", "DNS:notexample.com", "CN=x",
	    "CA \"CN=Inter\" may sign only for DNS example.com (name constraints), "
	    "which rules out the DNS \"notexample.com\" of certificate \"CN=x\"" },
	{ __LINE__, "permitted;DNS:example.com",
	    "DNS:gw.example.com, DNS:gw.example.org", "CN=x",
	    "rules out the DNS \"gw.example.org\"" },
	{ __LINE__, "permitted;DNS:example.com,permitted;DNS:example.org",
	    "DNS:gw.example.org", "CN=x", NULL },
	{ __LINE__, "permitted;DNS:example.com,permitted;DNS:example.org",
	    "DNS:gw.example.net", "CN=x", "only for DNS example.com, DNS "
	    "example.org (name" },
	{ __LINE__, "permitted;DNS:.example.com", "DNS:gw.example.com", "CN=x",
	    NULL },
	{ __LINE__, "excluded;DNS:example.com", "DNS:gw.example.com", "CN=x",
	    "CA \"CN=Inter\" may not sign for DNS example.com (name constraints), "
	    "which rules out the DNS \"gw.example.com\"" },
	{ __LINE__, "excluded;DNS:example.com", "DNS:gw.example.org", "CN=x", NULL },
	{ __LINE__, "permitted;DNS:example.com,excluded;DNS:evil.example.com",
	    "DNS:gw.evil.example.com", "CN=x", "may not sign for DNS "
	    "evil.example.com" },
	/* A wildcard is a name like any other: below what is permitted. */
	{ __LINE__, "permitted;DNS:example.com", "DNS:*.example.com", "CN=x", NULL },
	{ __LINE__, "permitted;DNS:example.com", "DNS:*.com", "CN=x",
	    "rules out the DNS \"*.com\"" },
	/* Only names of its kind are constrained, */
	{ __LINE__, "permitted;DNS:example.com", "IP:192.0.2.1", "CN=x", NULL },
	{ __LINE__, "permitted;DNS:example.com", NULL, "CN=x", NULL },
	/* but a host's name in the CN is one if there is none in a SAN. */
	{ __LINE__, "permitted;DNS:example.com", NULL, "CN=gw.example.org",
	    "name constraints of a CA above it rule out" },
	{ __LINE__, "permitted;DNS:example.com", "DNS:a.example.com",
	    "CN=gw.example.org", NULL },
	/* An empty constraint is every name. */
	{ __LINE__, "DER:30:06:a0:04:30:02:82:00", "DNS:gw.example.com", "CN=x",
	    NULL },
	/* Mail: a mailbox, a host, a domain; also that in the subject. */
	{ __LINE__, "permitted;email:a@example.com", "email:a@example.com", "CN=x",
	    NULL },
	{ __LINE__, "permitted;email:a@example.com", "email:b@example.com", "CN=x",
	    "only for email a@example.com" },
	{ __LINE__, "permitted;email:example.com", "email:b@example.com", "CN=x",
	    NULL },
	{ __LINE__, "permitted;email:example.com", "email:b@sub.example.com", "CN=x",
	    "rules out the email \"b@sub.example.com\"" },
	{ __LINE__, "permitted;email:.example.com", "email:b@sub.example.com",
	    "CN=x", NULL },
	{ __LINE__, "excluded;email:example.com", "email:b@EXAMPLE.com", "CN=x",
	    "may not sign for email example.com" },
	{ __LINE__, "permitted;email:example.com", NULL, "CN=x, E=a@example.org",
	    "certificate \"CN=x, E=a@example.org\"" },
	/* Addresses of both families. */
	{ __LINE__, "permitted;IP:192.0.2.0/255.255.255.0", "IP:192.0.2.1", "CN=x",
	    NULL },
	{ __LINE__, "permitted;IP:192.0.2.0/255.255.255.0", "IP:192.0.3.1", "CN=x",
	    "only for IP 192.0.2.0/24 (name constraints), which rules out the IP "
	    "\"192.0.3.1\"" },
	{ __LINE__, "permitted;IP:192.0.2.0/255.255.255.0", "IP:2001:db8::1", "CN=x",
	    "rules out the IP \"2001:db8::1\"" },
	{ __LINE__, "excluded;IP:2001:db8::/ffff:ffff::", "IP:2001:db8::1", "CN=x",
	    "may not sign for IP 2001:db8::/32" },
	{ __LINE__, "excluded;IP:0.0.0.0/0.0.0.0", "IP:192.0.2.1", "CN=x",
	    "IP 0.0.0.0/0" },
	/* URIs: by their host. */
	{ __LINE__, "permitted;URI:example.com", "URI:https://example.com/x", "CN=x",
	    NULL },
	{ __LINE__, "permitted;URI:example.com", "URI:https://a.example.com/x",
	    "CN=x", "only for URI example.com" },
	{ __LINE__, "permitted;URI:.example.com", "URI:https://a.example.com/x",
	    "CN=x", NULL },
	{ __LINE__, "permitted;URI:example.com", "URI:no-host", "CN=x",
	    "cannot be checked" },
	/* Distinguished names: a prefix, of subject and subjectAltName. */
	{ __LINE__, "permitted;dirName:d\n[d]\nO = Example", NULL,
	    "O=Example, CN=x", NULL },
	{ __LINE__, "permitted;dirName:d\n[d]\nO = Example", NULL, "O=Other, CN=x",
	    "only for DN O=Example (name constraints), which rules out the subject "
	    "\"O=Other, CN=x\"" },
	{ __LINE__, "permitted;dirName:d\n[d]\nO = Example", NULL, "CN=x, O=Example",
	    "rules out the subject" },
	{ __LINE__, "permitted;dirName:d\n[d]\nO = Example", "DNS:a", "", NULL },
	{ __LINE__, "excluded;dirName:d\n[d]\nO = Example", "dirName:e", "CN=x",
	    "may not sign for DN O=Example (name constraints), which rules out the "
	    "DN \"O=Example, CN=y\"" },
	/* Kinds that nobody can check, and names of them. */
	{ __LINE__, "permitted;RID:1.2.3", "DNS:a", "CN=x", NULL },
	{ __LINE__, "permitted;RID:1.2.3", "RID:1.2.3.4", "CN=x",
	    "cannot be checked" },
};

static void
test_rows(void)
{
	struct pki_cert *root = pki_root("CN=Root"), *inter;
	char ca[256], leaf[256];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];
		const struct pki_cert *peers[3] = { NULL };

		snprintf(ca, sizeof(ca), "nameConstraints = critical,%s",
		    r->constraint);
		snprintf(leaf, sizeof(leaf), "[e]\nO = Example\nCN = y");
		inter = MAKE(.kind = PKI_CA, .subject = "CN=Inter", .issuer = root,
		    .ext = ca);
		peers[0] = MAKE(.subject = r->subject[0] != '\0' ? r->subject : NULL,
		    .issuer = inter, .san = r->san, .ext = leaf);
		peers[1] = inter;
		paths_check(r->line, PKI_NOW, root, peers, r->why, 3);
	}
}

/* Wherever above the certificate the constraint is, and critical or not; what is
 * below adds to it and takes nothing away. */
static void
test_where(void)
{
	static const char com[] = "nameConstraints = permitted;DNS:example.com";
	static const char all[] = "nameConstraints = permitted;DNS:example.com,"
	    "permitted;DNS:example.org";
	struct pki_cert *root, *a, *b;

	root = MAKE(.kind = PKI_CA, .subject = "CN=Root", .ext = com);
	TRUSTED(2, root, pki_leaf(root, "CN=x", "DNS:a.example.com"));
	REFUSED("CA \"CN=Root\" may sign only for", root,
	    pki_leaf(root, "CN=x", "DNS:a.example.org"));
	a = MAKE(.kind = PKI_CA, .subject = "CN=A", .issuer = root, .ext = all);
	REFUSED("CA \"CN=Root\" may sign only for", root,
	    pki_leaf(a, "CN=x", "DNS:a.example.org"), a);
	TRUSTED(3, root, pki_leaf(a, "CN=x", "DNS:a.example.com"), a);
	/* The names of CAs are constrained as well, */
	root = MAKE(.kind = PKI_CA, .subject = "CN=Root",
	    .ext = "nameConstraints = permitted;dirName:d\n[d]\nO = Example");
	a = pki_inter(root, "O=Other, CN=A");
	REFUSED("rules out the subject \"O=Other, CN=A\" of certificate", root,
	    pki_leaf(a, "O=Example, CN=x", NULL), a);
	/* but not those of a CA that only renews itself. */
	b = MAKE(.kind = PKI_CA, .subject = "CN=Root", .issuer = root);
	TRUSTED(3, root, pki_leaf(b, "O=Example, CN=x", NULL), b);
	/* Above the one that is trusted nobody looks. */
	root = MAKE(.kind = PKI_CA, .subject = "CN=Root", .ext = com);
	a = pki_inter(root, "CN=A");
	TRUSTED(2, a, pki_leaf(a, "CN=x", "DNS:a.example.org"), root);
	/* In who is no CA it says nothing. */
	root = pki_root("CN=Root");
	TRUSTED(2, root, MAKE(.subject = "CN=x", .issuer = root,
	    .san = "DNS:a.example.org", .ext = com));
}

/* Names times constraints, each compared with each, would take long. */
static void
test_many(void)
{
	static char ext[100000], san[100000];
	struct pki_cert *root = pki_root("CN=Root"), *inter;
	size_t at, i;

	at = (size_t)snprintf(ext, sizeof(ext), "nameConstraints = @n\n[n]\n");
	for (i = 0; i < 700; i++)
		at += (size_t)snprintf(ext + at, sizeof(ext) - at,
		    "excluded;DNS.%zu = a%zu.org\n", i, i);
	inter = MAKE(.kind = PKI_CA, .subject = "CN=Inter", .issuer = root,
	    .ext = ext);
	for (at = 0, i = 0; i < 1600; i++)
		at += (size_t)snprintf(san + at, sizeof(san) - at, "%sDNS:%zu",
		    i > 0 ? "," : "", i);
	REFUSED("cannot be checked", root, pki_leaf(inter, "CN=x", san), inter);
	TRUSTED(3, root, pki_leaf(inter, "CN=x", "DNS:a"), inter);
}

UNIT_MAIN("crypto/chain: name constraints",
	{ "of every kind", test_rows },
	{ "wherever they are", test_where },
	{ "too many to compare", test_many },
	{ "all is freed", paths_done })
