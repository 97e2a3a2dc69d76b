/* ike/proposal: the same with IKEv1, whose transforms are combinations. */
#include "ike/proposal.h"

#include <string.h>

#include "offers.h"
#include "tests/unit.h"

static const struct select_row select_rows[] = {
{ __LINE__, OFFER_IKE, "default", "default", 0, "aes128-sha256-ecp256", true, true },
/* SHA-1 by itself, and last of all. */
{ __LINE__, OFFER_IKE, "default", "aes256-sha1-modp2048", 0, "aes256-sha1-modp2048", true, true },
{ __LINE__, OFFER_IKE, "default", "aes256-aes128-sha1-sha256-modp2048", 0, "aes128-sha256-modp2048", true, true },
{ __LINE__, OFFER_IKE, "default", "aes128-sha256-modp1024", 0, "dh: the peer offers modp1024, we accept ecp256 modp2048 modp3072 modp4096", false, false },
/* Our order, not the peer's. */
{ __LINE__, OFFER_IKE, "aes256-aes128-sha512-sha1-modp4096-modp1024", "aes128-aes256-sha1-sha512-modp1024-modp4096", 0, "aes256-sha512-modp4096", true, true },
{ __LINE__, OFFER_IKE, "aes128-sha1-modp1024", "default", 0, "dh: the peer offers ecp256 modp2048 modp3072 modp4096, we accept modp1024", false, false },
{ __LINE__, OFFER_IKE, "aes128-sha1-modp1024", "aes128-sha1-modp1024", 0, "aes128-sha1-modp1024", true, true },
/* Quick mode: with PFS if the peer wants it, and then in its group. */
{ __LINE__, OFFER_CHILD, "default", "default", 0, "aes128gcm16", true, false },
{ __LINE__, OFFER_CHILD, "default", "aes128-sha1-modp2048", 14, "aes128-sha1-modp2048", true, false },
{ __LINE__, OFFER_CHILD, "default", "aes256-sha256-modp2048", 14, "aes256-sha256-modp2048", true, false },
{ __LINE__, OFFER_CHILD, "default", "aes256-sha256-modp2048", 0, "aes256-sha256-modp2048", true, true },
{ __LINE__, OFFER_CHILD, "aes128-sha256-ecp256-modp2048", "aes128-sha256-modp2048", 14, "aes128-sha256-modp2048", true, false },
{ __LINE__, OFFER_CHILD, "aes128-sha256-modp2048", "aes128-sha256", 0, "dh: the peer offers none, we accept modp2048", false, false },
{ __LINE__, OFFER_CHILD, "aes128-sha256", "aes128-sha256-modp2048", 14, "dh: the peer offers modp2048, we accept none", false, false },
};

static void
test_select(void)
{
	size_t i;

	for (i = 0; i < sizeof(select_rows) / sizeof(select_rows[0]); i++)
		check_select(&select_rows[i], 1);
}

static void
test_defaults(void)
{
	struct algs def = algs_of(1, "default");
	char buf[OFFER_STRLEN], old[ALGS_OLD_STRLEN];
	struct offer o;

	offer_init(&o, OFFER_IKE, &def, true);
	CU_ASSERT_STRING_EQUAL(offer_str(&o, buf), "aes128-aes256-sha256-sha512-"
	    "prfsha256-prfsha512-ecp256-modp2048-modp3072-modp4096, aes128-aes256-"
	    "sha1-prfsha1-ecp256-modp2048-modp3072-modp4096");
	/* So few that the first message is no longer than 1280 octets. */
	CU_ASSERT_EQUAL(travel1(&o, NULL)->sa.n, 24);
	CU_ASSERT(travelled.hdr.length < 1000);
	offer_init(&o, OFFER_CHILD, &def, true);
	CU_ASSERT_EQUAL(o.n, 3);
	CU_ASSERT(!offers(&o, T_ESN, 0, 0) && offers(&o, T_KE, 0, 0));
	CU_ASSERT_EQUAL(offer_one_ke(&o), 0);
	CU_ASSERT_STRING_EQUAL(offer_str(&o, buf), "aes128gcm16-aes256gcm16, "
	    "aes128-aes256-sha256-sha512, aes128-aes256-sha1");
	CU_ASSERT_STRING_EQUAL(algs_old(&def, old), "");
	def = algs_of(1, "aes128-sha256-sha1-modp2048-modp1024");
	CU_ASSERT_STRING_EQUAL(algs_old(&def, old), "sha1 modp1024");
	offer_init(&o, OFFER_CHILD, &def, true);
	CU_ASSERT_EQUAL(offer_one_ke(&o), 14);
	CU_ASSERT(offers(&o, T_KE, 14, 0) && !offers(&o, T_KE, 2, 0));
}

/* Not among what we said: a combination of two proposals, another group, and what
 * a peer of IKEv2 could say. */
static void
test_verify(void)
{
	struct algs a = algs_of(1, "default"), other;
	struct algs b = algs_of(2, "default");
	static const char *const answers[] = { "aes128-sha384-modp2048",
	    "aes128-sha256-modp1024", "aes128-sha256-ecp384" };
	struct offer o, theirs;
	struct err e = ERR_INIT;
	struct choice c;
	size_t i;

	CU_ASSERT(!algs_equal(&a, &b));
	offer_init(&o, OFFER_IKE, &a, false);
	for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		other = algs_of(1, answers[i]);
		offer_init(&theirs, OFFER_IKE, &other, false);
		CU_ASSERT(offer_verify(&o, travel1(&theirs, NULL), &c, &e) < 0);
		CU_ASSERT(strstr(e.text, "which we did not offer") != NULL);
	}
	other = algs_of(1, "aes128-sha256-ecp256-modp2048");
	offer_init(&theirs, OFFER_IKE, &other, false);
	CU_ASSERT(offer_verify(&o, travel1(&theirs, NULL), &c, &e) < 0);
	CU_ASSERT(strstr(e.text, "2 proposals instead of one") != NULL);
}

/* The command that would help is one of IKEv1. */
static void
test_explain(void)
{
	struct algs a = algs_of(1, "aes128-sha256-ecp256");
	struct algs b = algs_of(1, "aes128-sha1-modp1024");
	struct algs c = algs_of(2, "aes128-sha256-ecp256");
	struct offer ours, theirs;
	struct err e = ERR_INIT;
	struct choice choice;

	offer_init(&ours, OFFER_IKE, &a, false);
	offer_init(&theirs, OFFER_IKE, &b, false);
	CU_ASSERT(offer_select(&ours, travel1(&theirs, NULL), 0, &choice, &e) < 0);
	CU_ASSERT(strstr(e.text, "\nhere, set: ike cipher aes128 auth sha1 dh "
	    "modp1024") != NULL);
	offer_init(&ours, OFFER_IKE, &c, false);
	CU_ASSERT(offer_select(&ours, travel1(&theirs, NULL), 2, &choice, &e) < 0);
	CU_ASSERT(strstr(e.text, "here, set") == NULL);
}

UNIT_MAIN("proposal: IKEv1",
	{ "default proposals", test_defaults },
	{ "choosing", test_select },
	{ "checking the answer", test_verify },
	{ "explaining", test_explain })
