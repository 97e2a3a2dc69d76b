/*
 * IKE_AUTH by certificate, from a peer that has made keys with the victim and says
 * then what it likes: as initiator, or as responder.
 *
 * A fuzzer does not invent a certificate, nor a signature, so both are there to be
 * put together at will, and to be changed.  Nobody gets in but with bob's own
 * certificate and a signature by its key.
 *
 * input: an octet that says which role; then payloads, an octet each with
 * arguments behind it.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "alice.h"
#include "buf.h"
#include "tests/pair/puppet.h"
#include "tests/pair/store.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define PAYLOADS_MAX	40
#define WALL	1700000000
#define CERT	",\"method\":\"cert\",\"certificate\":\"own\",\"ca\":\"corp\""
#define PEER(more)	TUNNEL(1, "192.0.2.2", "bob", "10.0.2.0/24", CERT more)

enum { BOB, SUB, ROOT, MALLORY, STRANGER, CERTS, ALICE = CERTS };

static struct puppet p;
static struct pki_cert *cert[CERTS + 1];
static EVP_PKEY *key[CERTS + 1];
static bool shown, signed_well;		/* what an honest peer does */

/* The same in every run, as EdDSA's signatures are. */
static EVP_PKEY *
fixed_key(uint8_t octet)
{
	uint8_t raw[32];
	EVP_PKEY *k;

	memset(raw, octet, sizeof(raw));
	k = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, raw, sizeof(raw));
	must(k != NULL);
	return k;
}

static struct pki_cert *
make(int i, enum pki_kind kind, const char *subject, const char *san,
     const struct pki_cert *issuer)
{
	char serial[8];

	snprintf(serial, sizeof(serial), "10%02d", i);
	key[i] = fixed_key((uint8_t)(0x40 + i));
	return pki_make(&(struct pki_spec){ .kind = kind, .subject = subject,
	    .san = san, .issuer = issuer, .use_key = key[i], .serial = serial,
	    .from = WALL - PKI_DAY, .to = WALL + 30000ll * PKI_DAY });
}

static void
once(void)
{
	pki_set_now(WALL);
	cert[ROOT] = make(ROOT, PKI_CA, "CN=Root", NULL, NULL);
	cert[SUB] = make(SUB, PKI_CA, "CN=Sub CA", NULL, cert[ROOT]);
	cert[BOB] = make(BOB, PKI_LEAF, "CN=bob", "DNS:bob", cert[SUB]);
	cert[MALLORY] = make(MALLORY, PKI_LEAF, "CN=mallory", "DNS:mallory",
	    cert[SUB]);
	cert[STRANGER] = make(STRANGER, PKI_LEAF, "CN=bob", "DNS:bob", NULL);
	cert[ALICE] = make(ALICE, PKI_LEAF, "CN=alice", "DNS:alice", cert[SUB]);
}

static bool
start(bool initiator)
{
	if (cert[ROOT] == NULL)
		once();
	alice_start();
	shown = signed_well = false;
	puppet_init(&p, &w, alice, "192.0.2.2");
	p.hashes = true;
	store_own(alice, "own", cert[ALICE], cert[SUB], NULL);
	store_ca(alice, "corp", cert[ROOT]);
	store_known(alice);
	node_config(alice, initiator ? PEER("") :
	    PEER(",\"initiator\":true"));
	if (initiator)
		return puppet_meet(&p);
	world_run(&w, 10);
	if (!puppet_asked(&p) || !puppet_build_answer(&p))
		return false;
	puppet_send(&p);
	return true;
}

/* A certificate of ours with an octet changed, and cut. */
static void
spoiled(struct rbuf *r)
{
	const struct pki_cert *c = cert[rbuf_u8(r) % CERTS];
	uint16_t at = rbuf_u16(r), cut = rbuf_u16(r);
	uint8_t with = rbuf_u8(r);
	size_t len = c->len - cut % 8;
	uint8_t copy[2048];

	must(c->len <= sizeof(copy));
	memcpy(copy, c->der, c->len);
	copy[at % c->len] ^= with;
	build_cert(&p.b, PL_CERT, CERT_ENC_X509, copy, len);
	shown |= c == cert[BOB] && with == 0 && len == c->len;
}

static void
raw(struct rbuf *r, enum ike_payload type)
{
	uint8_t kind = rbuf_u8(r), len = rbuf_u8(r);
	const uint8_t *data = len <= rbuf_left(r) ? rbuf_bytes(r, len) : NULL;

	if (data == NULL)
		return;
	if (type == PL_AUTH)
		build_auth(&p.b, kind, data, len);
	else
		build_cert(&p.b, type, kind, data, len);
}

/* By one of the keys; or what was signed was something else; or as what it is not. */
static void
signature(struct rbuf *r)
{
	uint8_t who = rbuf_u8(r) % CERTS, how = rbuf_u8(r);
	static const char *const names[] = { "bob", "mallory" };

	puppet_build_signature(&p, names[how & 1], key[who], SIGN_ED25519);
	if (how & 2) {
		uint16_t at = rbuf_u16(r);
		uint8_t with = rbuf_u8(r);

		/* Of length, algorithm and signature. */
		p.buf[p.b.w.len - 1 - at % 72] ^= with;
		if (with != 0)
			return;
	}
	signed_well |= who == BOB && (how & 1) == 0;
}

static void
payload(struct rbuf *r)
{
	uint8_t i;

	switch (rbuf_u8(r) % 8) {
	case 0:
		i = rbuf_u8(r) % CERTS;
		puppet_build_cert(&p, cert[i]);
		shown |= i == BOB;
		break;
	case 1:
		spoiled(r);
		break;
	case 2:
		raw(r, PL_CERT);
		break;
	case 3:
		raw(r, PL_CERTREQ);
		break;
	case 4:
		signature(r);
		break;
	case 5:
		raw(r, PL_AUTH);
		break;
	case 6:
		build_notify(&p.b, PROTO_NONE, rbuf_u16(r), NULL, 0, NULL, 0);
		break;
	case 7:
		puppet_build_auth(&p, "bob", "correct horse", 0);
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rbuf r;
	bool initiator;
	int i;

	if (size == 0 || size > 4096)
		return 0;
	rbuf_init(&r, data, size);
	initiator = (rbuf_u8(&r) & 1) == 0;
	must(start(initiator));
	puppet_begin(&p, EXCH_IKE_AUTH, !initiator, 1);
	puppet_build_id(&p, "bob", 0);
	for (i = 0; i < PAYLOADS_MAX && rbuf_left(&r) > 0 &&
	    p.b.w.len < PUPPET_MAX - 2600; i++)
		payload(&r);
	puppet_build_child(&p, OFFER_AUTH_CHILD, 0xc0aabbcc, initiator ?
	    "10.0.2.0/24" : "10.0.1.0/24", initiator ? "10.0.1.0/24" :
	    "10.0.2.0/24");
	puppet_seal(&p);
	puppet_send(&p);
	must(!node_up(alice, 1) || (shown && signed_well));
	must(node_state(alice, 0) != NULL);
	world_run(&w, 60000);
	puppet_fini(&p);
	alice_stop();
	return 0;
}
