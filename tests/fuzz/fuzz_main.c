/*
 * An engine and a peer of IKEv1 that says whatever comes in main mode: in clear, in
 * both roles; under keys of a key exchange, knowing the secret or not, or by
 * certificate.
 *
 * input: a byte for the stage, then messages: how, exchange, first payload, length
 * (2), body.  How: 1 encrypted, 2 with a proper identity and HASH before the body,
 * 4 with a HASH of informational exchanges, 8 the body is one payload of the type
 * `first` (else whatever is after the header), 0x10 time passes, 0x20 with a message
 * id, 0x40 as a fragment of which the body's first octets are the numbers, 0x80 what
 * is signed is signed by another's key.
 */
#include <stdint.h>
#include <stdio.h>

#include "alice.h"
#include "buf.h"
#include "tests/pair/puppet1.h"
#include "tests/pair/store.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

enum stage { CLEAR, ANSWER, STRANGER, PEER, RESPONDER, CERT, CERT_RESPONDER, STAGES };

#define MESSAGES_MAX	16

static struct puppet1 p;
static struct pki_cert *root, *alices, *bobs, *mallorys;
static bool by_cert, proved;

#define WALL	1700000000
#define BY_CERT	",\"method\":\"cert\",\"certificate\":\"own\",\"ca\":\"corp\""
#define BOB(more)	TUNNEL(1, "192.0.2.2", "bob", "10.0.2.0/24", \
	",\"version\":\"1\"" more)

static struct pki_cert *
leaf(const char *name)
{
	char san[32], subject[32];

	snprintf(san, sizeof(san), "DNS:%s", name);
	snprintf(subject, sizeof(subject), "CN=%s", name);
	return pki_make(&(struct pki_spec){ .issuer = root, .key = "rsa2048",
	    .subject = subject, .san = san, .from = WALL - PKI_DAY,
	    .to = WALL + 30000ll * PKI_DAY });
}

static void
equip(void)
{
	if (root == NULL) {
		pki_set_now(WALL);
		root = pki_make(&(struct pki_spec){ .kind = PKI_CA,
		    .subject = "CN=Root", .from = WALL - PKI_DAY,
		    .to = WALL + 30000ll * PKI_DAY });
		alices = leaf("alice");
		bobs = leaf("bob");
		mallorys = leaf("mallory");
	}
	store_own(alice, "own", alices, NULL, NULL);
	store_ca(alice, "corp", root);
	store_known(alice);
}

/* Her tunnel calls the peer, or waits for it. */
static void
start(bool calls)
{
	alice_start();
	proved = false;
	puppet1_init(&p, &w, alice, "192.0.2.2");
	p.fragments = true;
	if (by_cert)
		equip();
	node_config(alice, by_cert ?
	    calls ? BOB(BY_CERT ",\"initiator\":true") : BOB(BY_CERT) :
	    calls ? BOB(",\"initiator\":true") : BOB(""));
	world_run(&w, 10);
}

/* Cookies as the victim gave them. */
static void
learn(void)
{
	if (p.heard == 0)
		return;
	p.spi_i = p.m.hdr.spi_i;
	p.spi_r = p.m.hdr.spi_r != 0 ? p.m.hdr.spi_r : 0x2222222222222222;
}

/* Bob's certificate, and that he is alive; or that mallory is. */
static void
sign(bool forged)
{
	const struct bytes shown = { bobs->der, bobs->len };

	puppet1_build_signature(&p, "bob", &shown,
	    forged ? mallorys->key : bobs->key);
	proved |= !forged;
}

static void
say(uint8_t how, uint8_t exchange, uint8_t first, const uint8_t *body, size_t len)
{
	static const uint8_t exchanges[] = { EXCH1_MAIN, EXCH1_MAIN,
	    EXCH1_INFORMATIONAL, EXCH1_QUICK, EXCH1_AGGRESSIVE };
	bool crypt = (how & 1) != 0 && p.met;
	uint32_t msgid = how & 0x20 ? 0x1000u + exchange : 0;
	struct ike_header h = { .spi_i = p.spi_i, .spi_r = p.spi_r };
	bool whole = true;

	if (exchange < 200)
		exchange = exchanges[exchange % 5];
	h.exchange = exchange;
	if (how & 0x40 && len > 2) {
		p.len = build1_fragment(&p.b, p.buf, sizeof(p.buf), &h, first,
		    body[0], body[1] & 1, body + 2, len - 2);
		puppet1_say(&p);
		return;
	}
	(crypt ? puppet1_begin : puppet1_clear)(&p, exchange, msgid);
	if (crypt && how & 4) {
		puppet1_hash(&p);
		whole = false;
	}
	if (crypt && how & 2) {
		if (by_cert)
			sign((how & 0x80) != 0);
		else
			puppet1_build_auth(&p, "bob");
		whole = false;
	}
	if (how & 8) {
		build_raw(&p.b, (enum ike_payload)first, body, len);
		whole = false;
	} else {
		wbuf_bytes(&p.b.w, body, len);
	}
	if (whole)
		p.buf[16] = first;
	if (crypt)
		puppet1_seal(&p, 1);
	else
		p.len = build_end(&p.b);
	if (p.len != 0)
		puppet1_say(&p);
}

static void
talk(struct rbuf *r)
{
	int i;

	for (i = 0; i < MESSAGES_MAX && rbuf_left(r) >= 5; i++) {
		uint8_t how = rbuf_u8(r), exchange = rbuf_u8(r);
		uint8_t first = rbuf_u8(r);
		size_t len = rbuf_u16(r);
		const uint8_t *body;

		if (len > rbuf_left(r))
			len = rbuf_left(r);
		if (len > 2048)
			len = 2048;
		body = rbuf_bytes(r, len);
		if (how & 0x10)
			world_run(&w, 5000);
		if (p.spi_r == 0)
			learn();
		say(how, exchange, first, body, len);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const bool calls[] = { [ANSWER] = true, [RESPONDER] = true,
	    [CERT_RESPONDER] = true, [STAGES] = false };
	static const char *const secrets[] = { [STRANGER] = "wrong",
	    [PEER] = "correct horse", [RESPONDER] = "correct horse",
	    [STAGES] = NULL };
	enum stage stage;
	struct rbuf r;

	if (size < 2 || size > 8192)
		return 0;
	rbuf_init(&r, data, size);
	stage = (enum stage)(rbuf_u8(&r) % STAGES);
	by_cert = stage >= CERT;
	start(calls[stage]);
	if (stage == ANSWER)
		learn();
	else if (stage != CLEAR)
		must((calls[stage] ? puppet1_answer : puppet1_meet)(&p,
		    secrets[stage]));
	talk(&r);
	alice_judge(by_cert ? !proved : stage < PEER);
	puppet1_fini(&p);
	alice_stop();
	return 0;
}
