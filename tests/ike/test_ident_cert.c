/*
 * Which identities a certificate proves, type by type.
 */
#include <stdlib.h>
#include <string.h>

#include "../pki/pki.h"
#include "../unit.h"
#include "crypto/cert.h"
#include "ike/ident_cert.h"
#include "ike/reason.h"

static struct crypto *crypto;

static struct cert *
make(const char *subject, const char *san)
{
	const struct pki_cert *root = pki_root("CN=Root, O=Example");
	const struct pki_cert *leaf = pki_leaf(root, subject, san);
	struct err e = ERR_INIT;

	if (crypto == NULL)
		CU_ASSERT_FATAL(crypto_new(&crypto, &e) == 0);
	return pki_parse(crypto, leaf);
}

static struct ident *
parse(const char *type, const char *value)
{
	struct err e = ERR_INIT;
	struct ident *id = NULL;

	CU_ASSERT_FATAL(ident_parse(&id, type, value, &e) == 0);
	return id;
}

#define SUBJECT	"C=SE, O=Example AB, CN=gw-a"
#define SAN	"DNS:gw-a.example.com, email:ops@example.com, IP:192.0.2.1, " \
	"IP:2001:db8::1, dirName:other\n[other]\nCN=Other"

static void
test_types(void)
{
	static const struct {
		int		 line;
		const char	*type, *value;
		bool		 in;
	} rows[] = {
	{ __LINE__, NULL, "gw-a.example.com", true },
	{ __LINE__, NULL, "GW-A.Example.COM", true },
	{ __LINE__, NULL, "gw-b.example.com", false },
	{ __LINE__, NULL, "a.example.com", false },
	{ __LINE__, NULL, "gw-a.example.com.", false },
	{ __LINE__, NULL, "gw-a", false },		/* the CN is no name */
	{ __LINE__, NULL, "ops@example.com", true },
	{ __LINE__, "email", "OPS@example.com", true },
	{ __LINE__, "name", "ops@example.com", false },
	{ __LINE__, "email", "gw-a.example.com@", false },
	{ __LINE__, NULL, "192.0.2.1", true },
	{ __LINE__, NULL, "192.0.2.2", false },
	{ __LINE__, NULL, "2001:db8:0:0::1", true },
	{ __LINE__, "name", "192.0.2.1", false },
	{ __LINE__, NULL, SUBJECT, true },
	{ __LINE__, NULL, "c=se, o=example  ab, cn=GW-A", true },
	{ __LINE__, NULL, "CN=gw-a, O=Example AB, C=SE", false },	/* order */
	{ __LINE__, NULL, "O=Example AB, CN=gw-a", false },
	{ __LINE__, NULL, "CN=gw-a", false },
	{ __LINE__, "key", "gw-a.example.com", false },
	{ __LINE__, NULL, "@#0102", false },
	};
	struct cert *c = make(SUBJECT, SAN);
	struct err e;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ident *id = parse(rows[i].type, rows[i].value);

		err_clear(&e);
		CHECK_ROW(rows[i].line, (ident_in_cert(id, c, &e) == 0) ==
		    rows[i].in);
		CHECK_ROW(rows[i].line, rows[i].in == (e.text[0] == '\0'));
		ident_free(id);
	}
	cert_free(c);
	pki_free_all();
}

/* No wildcard of a certificate means more than itself. */
static void
test_star(void)
{
	struct cert *c = make("CN=*, O=Example", "DNS:*.example.com");
	struct ident *name = parse(NULL, "gw.example.com");
	struct ident *dn = parse(NULL, "CN=gw, O=Example");
	struct err e = ERR_INIT;

	CU_ASSERT(ident_in_cert(name, c, &e) < 0);
	CU_ASSERT(ident_in_cert(dn, c, &e) < 0);
	ident_free(name);
	ident_free(dn);
	cert_free(c);
	pki_free_all();
}

static void
test_words(void)
{
	struct cert *c = make("CN=gw", "DNS:gw-b.example.com, IP:192.0.2.7, "
	    "URI:https://example.com/");
	struct ident *id = parse(NULL, "bob");
	char all[IDENT_CERT_STRLEN];
	struct err e = ERR_INIT;

	CU_ASSERT(ident_in_cert(id, c, &e) < 0);
	CU_ASSERT_STRING_EQUAL(e.text, "the identity 'bob' (name) is neither the "
	    "subject nor a subjectAltName of the certificate, which holds CN=gw "
	    "(dn), gw-b.example.com (name), 192.0.2.7 (inet)");
	cert_free(c);
	c = make(NULL, "email:a@example.com");
	CU_ASSERT_PTR_NULL(ident_from_subject(c));
	CU_ASSERT_STRING_EQUAL(ident_cert_str(c, all), "a@example.com (email)");
	cert_free(c);
	c = make(NULL, "URI:https://example.com/");
	CU_ASSERT_STRING_EQUAL(ident_cert_str(c, all), "no identity at all");
	ident_free(id);
	cert_free(c);
	pki_free_all();
}

/* More than fits says so, and ends where an identity ends. */
static void
test_many(void)
{
	char san[2048] = "", all[IDENT_CERT_STRLEN];
	struct cert *c;
	size_t at = 0, i;

	for (i = 0; i < 40; i++)
		at += (size_t)snprintf(san + at, sizeof(san) - at,
		    "%sDNS:gateway-%zu.example.com", i > 0 ? ", " : "", i);
	c = make("CN=gw", san);
	ident_cert_str(c, all);
	CU_ASSERT(strlen(all) < sizeof(all));
	CU_ASSERT_STRING_EQUAL(all + strlen(all) - 6, "), ...");
	cert_free(c);
	pki_free_all();
	crypto_free(crypto);
}

/* A stranger's identity that is a pattern here is no command to copy. */
static void
test_not_suggested(void)
{
	static const struct { int line; const char *peer; bool there; } ids[] = {
		{ __LINE__, "gw.example.com", true },
		{ __LINE__, "*.example.com", false },
		{ __LINE__, "*@example.com", false },
		{ __LINE__, "CN=*, O=Example", false },
	};
	struct ident *want, *peer;
	char text[REASON_MAX];
	size_t i;

	CU_ASSERT_FATAL(ident_parse(&want, NULL, "bob", NULL) == 0);
	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		CU_ASSERT_FATAL(ident_parse(&peer, NULL, ids[i].peer, NULL) == 0);
		reason_identity(want, peer, text);
		CHECK_ROW(ids[i].line,
		    (strstr(text, "remote-id") != NULL) == ids[i].there);
		ident_free(peer);
	}
	ident_free(want);
}

UNIT_MAIN("ident_cert",
	{ "type by type", test_types },
	{ "wildcards in certificates", test_star },
	{ "what is said", test_words },
	{ "many", test_many },
	{ "a pattern is not suggested", test_not_suggested })
