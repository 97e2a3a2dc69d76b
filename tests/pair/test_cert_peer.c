/*
 * Authentication by certificate with a peer played by hand: older signatures, what
 * no honest peer sends, and what a stranger gets to see.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "corp.h"
#include "crypto/cert.h"
#include "pair.h"
#include "puppet.h"
#include "store.h"
#include "tests/unit.h"

static struct puppet p;

static void
begin(uint64_t seed, const char *key)
{
	corp_make();
	world_init(&w, seed);
	alice = world_add(&w, "alice", "192.0.2.1");
	corp_equip(alice, corp_leaf(key, "alice"), corp.inter, corp.root);
	puppet_init(&p, &w, alice, "192.0.2.2");
}

static void
end(void)
{
	puppet_fini(&p);
	world_fini(&w);
}

/* After IDi, CERT and AUTH are there. */
static void
finish(void)
{
	puppet_build_child(&p, OFFER_AUTH_CHILD, 0xc0aabbcc, "10.0.2.0/24",
	    "10.0.1.0/24");
	puppet_seal(&p);
	puppet_say(&p);
}

static bool
let_in(const struct pki_cert *own, const struct pki_cert *above, EVP_PKEY *key,
       enum sign_scheme scheme)
{
	puppet_begin(&p, EXCH_IKE_AUTH, false, p.msgid++);
	puppet_build_id(&p, "bob", 0);
	if (own != NULL)
		puppet_build_cert(&p, own);
	if (above != NULL)
		puppet_build_cert(&p, above);
	puppet_build_signature(&p, "bob", key, scheme);
	finish();
	return message_find(&p.m, PL_AUTH) != NULL && node_up(alice, 1);
}

/* Its answer is signed as we do it ourselves, and by the key of what it shows. */
static bool
answered(const char *name, enum sign_scheme scheme)
{
	const struct payload *cert = message_find(&p.m, PL_CERT);
	const struct payload *auth = message_find(&p.m, PL_AUTH);
	const struct sign_alg *alg = sign_alg(scheme);
	uint8_t octets[PUPPET_OCTETS_MAX];
	struct iov o = { octets, 0 };
	struct cert *c = NULL;
	struct err e = ERR_INIT;
	size_t at = alg->method == 14 ? 1u + alg->algid_len : 0;
	bool ok;

	if (cert == NULL || auth->auth.method != alg->method ||
	    (at != 0 && (auth->auth.data.p[0] != alg->algid_len ||
	    memcmp(auth->auth.data.p + 1, alg->algid, alg->algid_len) != 0)) ||
	    cert_parse(p.crypto, cert->cert.data.p, cert->cert.data.len, &c, &e) < 0)
		return false;
	p.initiator = false;		/* as the other one signs */
	o.len = puppet_octets(&p, name, 0, octets);
	p.initiator = true;
	ok = sign_verify(p.crypto, c, alg, &o, 1, auth->auth.data.p + at,
	    auth->auth.data.len - at, &e) == 0;
	if (!ok)
		printf("\n    %s\n", e.text);
	cert_free(c);
	return ok;
}

/* What a peer does decides what it gets. */
static void
test_schemes(void)
{
	static const struct {
		int		 line;
		const char	*key, *peer;		/* alice's, the peer's */
		bool		 hashes;
		enum sign_scheme theirs, ours;
	} rows[] = {
	/* Without RFC 7427. */
	{ __LINE__, "rsa2048", "rsa2048", false, SIGN_RSA_SHA1, SIGN_RSA_SHA1 },
	{ __LINE__, "p256", "p256", false, SIGN_ECDSA_P256, SIGN_ECDSA_P256 },
	{ __LINE__, "p384", "p384", false, SIGN_ECDSA_P384, SIGN_ECDSA_P384 },
	{ __LINE__, "p521", "p521", false, SIGN_ECDSA_P521, SIGN_ECDSA_P521 },
	{ __LINE__, "p256", "rsa2048", false, SIGN_RSA_SHA1, SIGN_ECDSA_P256 },
	/* It pads as the peer does. */
	{ __LINE__, "rsa2048", "rsa2048", true, SIGN_RSA_SHA256, SIGN_RSA_SHA256 },
	{ __LINE__, "rsa2048", "rsa2048", true, SIGN_RSA_PSS_SHA512,
	  SIGN_RSA_PSS_SHA256 },
	{ __LINE__, "rsa2048", "p256", true, SIGN_ECDSA_SHA256,
	  SIGN_RSA_PSS_SHA256 },
	/* OpenIKED signs with SHA2-256 whatever the curve. */
	{ __LINE__, "p256", "p384", true, SIGN_ECDSA_SHA256, SIGN_ECDSA_SHA256 },
	{ __LINE__, "ed25519", "p256", true, SIGN_ECDSA_SHA512, SIGN_ED25519 },
	{ __LINE__, "p256", "ed25519", true, SIGN_ED25519, SIGN_ECDSA_SHA256 },
	};
	struct pki_cert *c;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin(1 + i, rows[i].key);
		node_config(alice, alice_entry(CORP));
		p.hashes = rows[i].hashes;
		CU_ASSERT_FATAL(puppet_meet(&p));
		CHECK_ROW(rows[i].line, (message_notify(&p.m,
		    N_SIGNATURE_HASH_ALGORITHMS) != NULL) == rows[i].hashes);
		c = corp_leaf(rows[i].peer, "bob");
		CHECK_ROW(rows[i].line, let_in(c, corp.inter, c->key, rows[i].theirs));
		CHECK_ROW(rows[i].line, answered("alice", rows[i].ours));
		CHECK_ROW(rows[i].line, node_said(alice, "signs with SHA-1") ==
		    (rows[i].theirs == SIGN_RSA_SHA1));
		end();
	}
	/* Nothing that both can do. */
	begin(30, "ed25519");
	node_config(alice, alice_entry(CORP));
	CU_ASSERT_FATAL(puppet_meet(&p));
	c = corp_leaf("p256", "bob");
	CU_ASSERT(!let_in(c, corp.inter, c->key, SIGN_ECDSA_P256));
	CU_ASSERT(puppet_told(&p) == N_AUTHENTICATION_FAILED);
	CU_ASSERT(node_said(alice, "none with our key (Ed25519)"));
	end();
}

/* What a stranger is told: the keys of the CAs that it could mean, and that only
 * where there are such tunnels. */
static void
test_certreq(void)
{
	const struct payload *req;
	struct cert *c = NULL;
	struct err e = ERR_INIT;

	begin(40, "p256");
	node_config(alice, alice_entry(""));
	p.hashes = true;
	CU_ASSERT_FATAL(puppet_meet(&p));
	CU_ASSERT(message_find(&p.m, PL_CERTREQ) == NULL);
	CU_ASSERT(message_notify(&p.m, N_SIGNATURE_HASH_ALGORITHMS) == NULL);
	end();

	begin(41, "p256");
	store_ca(alice, "theirs", pki_root("CN=Other"));
	store_ca(alice, "nobody's", pki_root("CN=Unused"));
	node_config(alice, "{\"id\":1,\"local-address\":\"192.0.2.1\","
	    "\"peer\":\"192.0.2.2\",\"remote-id\":{\"value\":\"x\"}" CORP "},"
	    "{\"id\":2,\"local-address\":\"192.0.2.1\","
	    "\"remote-id\":{\"value\":\"y\"}" CORP "},"
	    "{\"id\":3,\"local-address\":\"192.0.2.1\",\"peer\":\"192.0.2.2\","
	    "\"remote-id\":{\"value\":\"z\"}" CORP "},"
	    "{\"id\":4,\"local-address\":\"192.0.2.1\",\"peer\":\"192.0.2.99\","
	    "\"method\":\"cert\",\"certificate\":\"own\",\"ca\":\"theirs\"}");
	CU_ASSERT_FATAL(puppet_meet(&p));
	req = message_find(&p.m, PL_CERTREQ);
	CU_ASSERT_FATAL(req != NULL && cert_parse(p.crypto, corp.root->der, corp.root->len, &c,
	    &e) == 0);
	CU_ASSERT(req->cert.encoding == CERT_ENC_X509 &&
	    req->cert.data.len == CERT_KEY_HASH &&
	    memcmp(req->cert.data.p, cert_key_hash(c), CERT_KEY_HASH) == 0);
	CU_ASSERT(message_next(&p.m, req) == NULL);
	cert_free(c);
	end();
}

static void
hash_and_url(void)
{
	static const char url[] = "01234567890123456789http://127.0.0.1/a.der";

	build_cert(&p.b, PL_CERT, CERT_ENC_HASH_URL, url, sizeof(url) - 1);
}

/* Of our own all goes to the peer but the root. */
static void
test_own_chain(void)
{
	const struct payload *cert;
	struct pki_cert *c;

	begin(45, "p256");
	store_own(alice, "own", corp_leaf("p256", "alice"), corp.inter, corp.root);
	node_config(alice, alice_entry(CORP));
	p.hashes = true;
	CU_ASSERT_FATAL(puppet_meet(&p));
	c = corp_leaf("p256", "bob");
	CU_ASSERT(let_in(c, corp.inter, c->key, SIGN_ECDSA_SHA256));
	cert = message_find(&p.m, PL_CERT);
	CU_ASSERT_FATAL(cert != NULL && (cert = message_next(&p.m, cert)) != NULL);
	CU_ASSERT(cert->cert.data.len == corp.inter->len &&
	    memcmp(cert->cert.data.p, corp.inter->der, corp.inter->len) == 0);
	CU_ASSERT(message_next(&p.m, cert) == NULL);
	CU_ASSERT(message_find(&p.m, PL_CERTREQ) == NULL);
	end();
}

/* What comes with the certificate and is none is passed over; if nothing is left,
 * it is said. */
static void
test_encodings(void)
{
	static const uint8_t some[64] = { 0x30, 0x3e };
	struct pki_cert *c;

	begin(50, "p256");
	node_config(alice, alice_entry(CORP));
	p.hashes = true;
	CU_ASSERT_FATAL(puppet_meet(&p));
	c = corp_leaf("p256", "bob");
	puppet_begin(&p, EXCH_IKE_AUTH, false, p.msgid++);
	puppet_build_id(&p, "bob", 0);
	hash_and_url();
	puppet_build_cert(&p, c);
	build_cert(&p.b, PL_CERT, CERT_ENC_CRL, some, sizeof(some));
	build_cert(&p.b, PL_CERT, 201, some, sizeof(some));
	puppet_build_cert(&p, corp.root);
	puppet_build_cert(&p, corp.inter);
	puppet_build_cert(&p, corp.inter);
	build_cert(&p.b, PL_CERTREQ, CERT_ENC_X509, NULL, 0);
	build_cert(&p.b, PL_CERTREQ, CERT_ENC_X509, some, 33);
	build_cert(&p.b, PL_CERTREQ, 99, NULL, 0);
	puppet_build_signature(&p, "bob", c->key, SIGN_ECDSA_SHA256);
	finish();
	CU_ASSERT(node_up(alice, 1));
	end();

	begin(51, "p256");
	node_config(alice, alice_entry(CORP));
	CU_ASSERT_FATAL(puppet_meet(&p));
	puppet_begin(&p, EXCH_IKE_AUTH, false, p.msgid++);
	puppet_build_id(&p, "bob", 0);
	hash_and_url();
	puppet_build_signature(&p, "bob", corp_leaf("p256", "bob")->key,
	    SIGN_ECDSA_P256);
	finish();
	CU_ASSERT(puppet_told(&p) == N_AUTHENTICATION_FAILED);
	CU_ASSERT(node_said(alice,
	    "sends no X.509 certificate, only hash and URL (encoding 12)"));
	end();
}

/* Lies.  Whatever the cause, the peer hears the same. */
static void
test_lies(void)
{
	enum lie { HONEST, NO_CERT, OTHER_KEY, SWAPPED, FOREIGN_LEAF, GARBAGE,
	    TOO_MANY, ALGID, CUT, EMPTY, SHA1_IN_14, KEY_KIND, PSK, PSK_TOO, NULL_AUTH,
	    LIES };
	static const struct {
		int		 line;
		enum lie	 lie;
		const char	*says;
	} rows[] = {
	{ __LINE__, HONEST, "the peer has proved its certificate" },
	{ __LINE__, NO_CERT, "sends no X.509 certificate" },
	{ __LINE__, OTHER_KEY, "has not signed with the key of its certificate" },
	{ __LINE__, SWAPPED, "" },
	{ __LINE__, FOREIGN_LEAF, "shows a certificate of somebody else" },
	{ __LINE__, GARBAGE, "certificates that cannot be used" },
	{ __LINE__, TOO_MANY, "certificates that cannot be used" },
	{ __LINE__, ALGID, "signs in a way that is not accepted" },
	{ __LINE__, CUT, "cut short" },
	{ __LINE__, EMPTY, "cut short" },
	{ __LINE__, SHA1_IN_14, "signs in a way that is not accepted" },
	{ __LINE__, KEY_KIND, "has not signed with the key of its certificate" },
	{ __LINE__, PSK, "expected was a certificate" },
	{ __LINE__, PSK_TOO, "expected was a certificate" },
	{ __LINE__, NULL_AUTH, "expected was a certificate" },
	};
	static const uint8_t sha1_rsa[] = { 15, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86,
	    0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x05, 0x05, 0x00, 1, 2, 3 };
	static const uint8_t bad_algid[] = { 4, 0x30, 0x20, 0x06, 0x01, 1, 2, 3 };
	static const uint8_t cut[] = { 200, 0x30, 0x05, 0x06 };
	struct pki_cert *bob_cert, *mallory;
	uint8_t first[2048];
	size_t first_len = 0, i, k;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum lie lie = rows[i].lie;

		begin(60 + i, "p256");
		node_config(alice, alice_entry(CORP));
		p.hashes = true;
		CU_ASSERT_FATAL(puppet_meet(&p));
		bob_cert = corp_leaf("p256", "bob");
		mallory = corp_leaf("p256", "mallory");
		puppet_begin(&p, EXCH_IKE_AUTH, false, p.msgid++);
		puppet_build_id(&p, "bob", 0);
		if (lie == GARBAGE)
			build_cert(&p.b, PL_CERT, CERT_ENC_X509, "0", 1);
		if (lie == SWAPPED)
			puppet_build_cert(&p, corp.inter);
		if (lie == FOREIGN_LEAF)
			puppet_build_cert(&p, mallory);
		else if (lie != NO_CERT)
			puppet_build_cert(&p, bob_cert);
		if (lie != SWAPPED && lie != NO_CERT)
			puppet_build_cert(&p, corp.inter);
		for (k = 0; lie == TOO_MANY && k < 9; k++)
			puppet_build_cert(&p, corp_leaf("ed25519", "more"));
		if (lie == ALGID)
			build_auth(&p.b, 14, bad_algid, sizeof(bad_algid));
		else if (lie == CUT)
			build_auth(&p.b, 14, cut, sizeof(cut));
		else if (lie == EMPTY)
			build_auth(&p.b, 14, "", 1);
		else if (lie == SHA1_IN_14)
			build_auth(&p.b, 14, sha1_rsa, sizeof(sha1_rsa));
		else if (lie == PSK || lie == PSK_TOO)
			puppet_build_auth(&p, "bob", lie == PSK ? "" :
			    "correct horse", 0);
		else if (lie == NULL_AUTH)
			build_auth(&p.b, AUTH_NULL, cut, sizeof(cut));
		else if (lie == KEY_KIND)
			puppet_build_signature(&p, "bob",
			    pki_key("ed25519", 7), SIGN_ED25519);
		else
			puppet_build_signature(&p, "bob", lie == OTHER_KEY ||
			    lie == FOREIGN_LEAF ? mallory->key : bob_cert->key,
			    SIGN_ECDSA_SHA256);
		finish();
		CHECK_ROW(rows[i].line, node_up(alice, 1) == (lie == HONEST));
		CHECK_ROW(rows[i].line, node_said(alice, rows[i].says));
		if (getenv("SHOW") != NULL)
			printf("\n%s", alice->log);
		CHECK_ROW(rows[i].line, alice->signed_n == (lie == HONEST));
		if (lie != HONEST) {
			CHECK_ROW(rows[i].line, puppet_told(&p) ==
			    N_AUTHENTICATION_FAILED);
			CHECK_ROW(rows[i].line, first_len == 0 ||
			    first_len == p.got_len);
			first_len = p.got_len;
			memcpy(first, p.got, first_len < sizeof(first) ?
			    first_len : sizeof(first));
		}
		end();
	}
}

/* A tunnel with a secret has no use for a certificate, though another tunnel to the
 * same peer has. */
static void
test_other_tunnel(void)
{
	struct pki_cert *c;

	begin(80, "p256");
	node_config(alice, "{\"id\":1,\"local-address\":\"192.0.2.1\","
	    "\"peer\":\"192.0.2.2\",\"local-id\":{\"value\":\"alice\"},"
	    "\"remote-id\":{\"value\":\"bob\"}},"
	    "{\"id\":2,\"local-address\":\"192.0.2.1\",\"peer\":\"192.0.2.2\","
	    "\"local-subnet\":[\"10.9.0.0/24\"],"
	    "\"remote-subnet\":[\"10.8.0.0/24\"],"
	    "\"remote-id\":{\"value\":\"carol\"}" CORP "}");
	p.hashes = true;
	CU_ASSERT_FATAL(puppet_meet(&p));
	c = corp_leaf("p256", "bob");
	CU_ASSERT(!let_in(c, corp.inter, c->key, SIGN_ECDSA_SHA256));
	CU_ASSERT(node_said(alice, "expected was a pre-shared key"));
	end();
}

/* Libreswan does not say that it refuses us: it begins anew. */
static void
test_silence(void)
{
	struct pki_cert *c;
	int i;

	begin(85, "p256");
	node_config(alice, alice_entry(CORP));
	p.hashes = true;
	c = corp_leaf("p256", "bob");
	for (i = 0; i < 3; i++) {
		CU_ASSERT(!node_said(alice, "does not accept our certificate"));
		p.spi_i += 0x1000;
		p.spi_r = 0;
		CU_ASSERT_FATAL(puppet_meet(&p));
		CU_ASSERT(let_in(c, corp.inter, c->key, SIGN_ECDSA_SHA256));
		world_run(&w, 500);
	}
	CU_ASSERT(node_said(alice, "does not accept our certificate"));
	end();
}

/* As responder, which only says AUTHENTICATION_FAILED. */
static void
refuse(void)
{
	puppet_begin(&p, EXCH_IKE_AUTH, true, 1);
	build_notify(&p.b, PROTO_NONE, N_AUTHENTICATION_FAILED, NULL, 0, NULL, 0);
	puppet_seal(&p);
	puppet_say(&p);
}

static bool
attempt(enum sign_scheme scheme)
{
	unsigned int i;

	puppet_forget(&p);
	for (i = 0; i < 1000 && p.heard == 0; i++)
		world_run(&w, 100);
	if (!puppet_asked(&p) || !puppet_build_answer(&p))
		return false;
	puppet_say(&p);
	return message_find(&p.m, PL_CERT) != NULL &&
	    message_find(&p.m, PL_CERTREQ) != NULL &&
	    alice->scheme == scheme;
}

/* Who begins cannot know how the peer wants RSA padded: it tries. */
static void
test_padding(void)
{
	begin(90, "rsa2048");
	p.hashes = true;
	node_config(alice, alice_entry(CORP ",\"initiator\":true"));
	CU_ASSERT(attempt(SIGN_RSA_PSS_SHA256));
	refuse();
	CU_ASSERT(node_said(alice, "the next attempt signs with RSA PKCS#1 v1.5"));
	CU_ASSERT(attempt(SIGN_RSA_SHA256));
	refuse();
	CU_ASSERT(attempt(SIGN_RSA_PSS_SHA256));
	end();

	/* Without RFC 7427 there is nothing to choose. */
	begin(91, "rsa2048");
	node_config(alice, alice_entry(CORP ",\"initiator\":true"));
	CU_ASSERT(attempt(SIGN_RSA_SHA1));
	refuse();
	CU_ASSERT(!node_said(alice, "the next attempt signs"));
	CU_ASSERT(attempt(SIGN_RSA_SHA1));
	end();
}

UNIT_MAIN("certificates and a peer",
	{ "signatures of all kinds", test_schemes },
	{ "what a stranger is told", test_certreq },
	{ "what of our own is sent", test_own_chain },
	{ "certificates in other encodings", test_encodings },
	{ "lies", test_lies },
	{ "another tunnel's method", test_other_tunnel },
	{ "a peer that leaves without a word", test_silence },
	{ "padding of RSA", test_padding })
