/*
 * Revocation, by the engine's own interface: what is found out about a chain, and
 * what is said.  S1-088 to S1-094.
 */

#include <openssl/ocsp.h>

#include "ike/event.h"
#include "ike/sa.h"
#include "inquiry.h"
#include "tests/unit.h"

#define OCSP	"http://ocsp.example/"

/* --- the twelve outcomes --- */

static void
test_outcomes(void)
{
	enum { GOOD, REVOKED, EXPIRED, SILENT, NO_POINT, FORGED };
	static const struct {
		int		line;
		int		what;
		bool		strict;
		int		verdict;
		bool		refuse;
		const char	*why;
	} rows[] = {
	{ __LINE__, GOOD, false, REVOCATION_GOOD, false, "" },
	{ __LINE__, GOOD, true, REVOCATION_GOOD, false, "" },
	{ __LINE__, REVOKED, false, REVOCATION_REVOKED, true,
	    "the certificate 'CN=alice, O=Example' is revoked since 2023-" },
	{ __LINE__, REVOKED, true, REVOCATION_REVOKED, true,
	    "because its key is compromised (CRL from " SUB_CRL ")" },
	{ __LINE__, EXPIRED, false, REVOCATION_UNKNOWN, false,
	    "expired on 2023-11-14 22:13:16 UTC; the policy is relaxed" },
	{ __LINE__, EXPIRED, true, REVOCATION_UNKNOWN, true,
	    "CRL from " SUB_CRL ": expired on 2023-11-14 22:13:16 UTC, and the "
	    "policy is strict" },
	{ __LINE__, SILENT, false, REVOCATION_UNKNOWN, false,
	    "CRL from " SUB_CRL ": not reachable in 10 s; the policy is relaxed" },
	{ __LINE__, SILENT, true, REVOCATION_UNKNOWN, true,
	    "CRL from " SUB_CRL ": not reachable in 10 s, and the policy is "
	    "strict\nmake a current CRL reachable there from this machine" EVENT_HERE
	    "revocation relaxed" },
	{ __LINE__, NO_POINT, false, REVOCATION_UNKNOWN, false,
	    "it names no CRL distribution point and no OCSP responder; the policy "
	    "is relaxed" },
	{ __LINE__, NO_POINT, true, REVOCATION_UNKNOWN, true,
	    "and the policy is strict\na certificate that names" },
	{ __LINE__, FORGED, false, REVOCATION_UNKNOWN, false,
	    "is not signed by CN=Sub, O=Example" },
	{ __LINE__, FORGED, true, REVOCATION_UNKNOWN, true,
	    "is not signed by CN=Sub, O=Example: the signature is wrong, and the "
	    "policy is strict" },
	};
	struct peer with = peer("CN=alice, O=Example", SUB_CRL, NULL);
	struct peer without = peer("CN=alice, O=Example", NULL, NULL);
	const struct asked *k;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		inquiry_begin();
		if (rows[i].what == REVOKED)
			publish(SUB_CRL, sub, with.pki);
		if (rows[i].what == EXPIRED)
			publish_as(SUB_CRL, sub, NULL, 86400, -5, NULL);
		if (rows[i].what == SILENT)
			web_find(&w, SUB_CRL)->hangs = true;
		if (rows[i].what == FORGED)
			publish_as(SUB_CRL, sub, NULL, 10, 86400, root->key);
		k = find_out(rows[i].what == NO_POINT ? &without.chain :
		    &with.chain, rows[i].strict);
		CHECK_ROW(rows[i].line, k->a.verdict == rows[i].verdict);
		CHECK_ROW(rows[i].line, k->a.refuse == rows[i].refuse);
		CHECK_ROW(rows[i].line, says(k, rows[i].why));
		CHECK_ROW(rows[i].line, (rows[i].verdict == REVOCATION_GOOD) ==
		    (k->a.why[0] == '\0'));
		inquiry_end();
	}
	cert_free(with.cert);
	cert_free(without.cert);
}

/* Every certificate below the CA, the CA itself never. */
static void
test_chain(void)
{
	struct peer p = peer("CN=alice, O=Example", SUB_CRL, NULL);
	const struct asked *k;

	inquiry_begin();
	publish(ROOT_CRL, root, sub);
	k = find_out(&p.chain, false);
	CU_ASSERT(k->a.refuse && k->a.verdict == REVOCATION_REVOKED);
	CU_ASSERT(says(k, "the certificate 'CN=Sub, O=Example' is revoked"));
	/* Where the intermediate is the CA of the tunnel, it is trusted. */
	k = find_out(&p.direct, true);
	CU_ASSERT_EQUAL(k->a.verdict, REVOCATION_GOOD);
	inquiry_end();

	inquiry_begin();
	web_find(&w, ROOT_CRL)->fails = "answers 503 Service Unavailable";
	k = find_out(&p.chain, true);
	CU_ASSERT(k->a.refuse);
	CU_ASSERT(says(k, "'CN=Sub, O=Example' is revoked: CRL from " ROOT_CRL
	    ": answers 503 Service Unavailable, and the policy is strict"));
	inquiry_end();
	cert_free(p.cert);
}

/* --- who asked is gone --- */

static void
test_gone(void)
{
	struct peer p = peer("CN=alice, O=Example", SUB_CRL, NULL);
	struct asked *k;

	inquiry_begin();
	web_find(&w, SUB_CRL)->delay = 100;
	k = ask(&p.direct, true);
	sa_free(gw->engine, k->sa);
	k->sa = NULL;
	world_run(&w, 20000);
	CU_ASSERT_EQUAL(k->answers, 0);

	/* The engine, in the middle of everything. */
	inquiry_end();
	inquiry_begin();
	web_find(&w, SUB_CRL)->hangs = true;
	k = ask(&p.chain, true);
	world_run(&w, 100);
	inquiry_restart();
	CU_ASSERT_EQUAL(k->answers, 0);

	/* Certificates may go once it has begun. */
	web_find(&w, SUB_CRL)->hangs = false;
	k = ask(&p.direct, true);
	cert_free(p.cert);
	world_run(&w, 20000);
	CU_ASSERT(k->answers == 1 && !k->a.refuse);
	inquiry_end();
}

/* --- OCSP --- */

static void
responder(const struct pki_cert *cert, int status, int64_t ago, int64_t ahead)
{
	int64_t wall = WALL + (int64_t)w.now / 1000;
	struct pki_ocsp_spec spec = {
		.cert = cert, .issuer = sub, .status = status,
		.reason = OCSP_REVOKED_STATUS_SUPERSEDED,
		.last = wall - ago, .next = wall + ahead,
	};
	struct pki_bytes b = pki_ocsp(&spec);

	web_put(&w, OCSP, b.p, b.len);
}

static void
test_ocsp(void)
{
	struct peer p = peer("CN=alice, O=Example", NULL, OCSP);
	struct peer both = peer("CN=bob, O=Example", SUB_CRL, OCSP);
	const struct asked *k;
	uint64_t then;

	inquiry_begin();
	responder(p.pki, V_OCSP_CERTSTATUS_GOOD, 5, 3600);
	then = w.now;
	k = find_out(&p.direct, true);
	CU_ASSERT(!k->a.refuse && k->at == then);
	then = w.now;
	k = find_out(&p.direct, true);
	CU_ASSERT(!k->a.refuse && k->at == then);
	CU_ASSERT_EQUAL(web_find(&w, OCSP)->asked, 1);		/* kept */
	world_run(&w, 3600000);
	responder(p.pki, V_OCSP_CERTSTATUS_REVOKED, 5, 60);
	k = find_out(&p.direct, false);
	CU_ASSERT(k->a.refuse);
	CU_ASSERT(says(k, "is revoked since"));
	CU_ASSERT(says(k, "(OCSP answer from " OCSP ")"));
	inquiry_end();

	inquiry_begin();
	responder(p.pki, V_OCSP_CERTSTATUS_UNKNOWN, 5, 3600);
	k = find_out(&p.direct, false);
	CU_ASSERT(!k->a.refuse && k->a.verdict == REVOCATION_UNKNOWN);
	k = find_out(&p.direct, true);
	CU_ASSERT(k->a.refuse);
	CU_ASSERT(says(k, "OCSP answer from " OCSP ": does not know the "
	    "certificate, and the policy is strict"));
	inquiry_end();

	inquiry_begin();
	responder(both.pki, V_OCSP_CERTSTATUS_GOOD, 5, 3600);
	web_find(&w, OCSP)->hangs = true;
	k = find_out(&p.direct, true);
	CU_ASSERT(k->a.refuse && says(k, "not reachable in 10 s"));
	/* An answer about another certificate. */
	web_find(&w, OCSP)->hangs = false;
	world_run(&w, 6000);
	k = find_out(&p.direct, true);
	CU_ASSERT(k->a.refuse);
	inquiry_end();

	/* Where there is a CRL, nobody asks the responder. */
	inquiry_begin();
	responder(both.pki, V_OCSP_CERTSTATUS_REVOKED, 5, 3600);
	k = find_out(&both.direct, true);
	CU_ASSERT(!k->a.refuse);
	CU_ASSERT_EQUAL(web_find(&w, OCSP)->asked, 0);
	inquiry_end();
	cert_free(p.cert);
	cert_free(both.cert);
}

UNIT_MAIN("revocation",
	{ "setup", inquiry_setup },
	{ "relaxed and strict", test_outcomes },
	{ "every certificate of a chain", test_chain },
	{ "who asked is gone", test_gone },
	{ "OCSP", test_ocsp },
	{ "teardown", inquiry_teardown },
)
