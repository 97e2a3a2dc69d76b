/*
 * What proves the peer in IKEv1: a message whose HASH is not right does nothing, nor
 * does one that was said before, and nobody is answered without end.
 */
#include <stdio.h>
#include <string.h>

#include "ike/context.h"
#include "ike/ike1/phase1.h"
#include "ike/ike1/quick.h"
#include "ike/wire/octets.h"
#include "corp.h"
#include "pair.h"
#include "puppet1.h"
#include "tests/unit.h"

static struct puppet1 p;

static void
begin_met(uint64_t seed)
{
	world_init(&w, seed);
	alice = world_add(&w, "alice", "192.0.2.1");
	node_config(alice, alice_entry(V1));
	puppet1_init(&p, &w, alice, "192.0.2.2");
	CU_ASSERT_FATAL(puppet1_meet(&p, "correct horse"));
}

static void
begin_up(uint64_t seed)
{
	begin_met(seed);
	CU_ASSERT_FATAL(puppet1_authenticate(&p, "bob"));
	CU_ASSERT_FATAL(node_said(alice, "established"));
}

static void
end(void)
{
	puppet1_fini(&p);
	world_fini(&w);
}

static uint32_t
ike_sas(void)
{
	struct engine_stats s;

	engine_get_stats(alice->engine, &s);
	return (uint32_t)s.ike_sas;
}

/* --- main mode --- */

static void
refused(int line, const char *why)
{
	puppet1_seal(&p, 0);
	puppet1_say(&p);
	CHECK_ROW(line, node_said(alice, why));
	CHECK_ROW(line, !node_said(alice, "established"));
	/* In clear as well, for who cannot read it otherwise. */
	CHECK_ROW(line, p.heard == 2 && !(p.got[19] & FLAG1_ENCRYPTED));
	world_run(&w, 60000);
	CHECK_ROW(line, ike_sas() == 0);
	end();
}

static void
test_proof(void)
{
	static const uint8_t zeros[256];

	begin_met(1);
	puppet1_begin(&p, EXCH1_MAIN, 0);
	puppet1_build_auth(&p, "bob");
	p.buf[p.b.w.len - 1] ^= 1;
	refused(__LINE__, "does not know the secret");

	begin_met(2);
	puppet1_begin(&p, EXCH1_MAIN, 0);
	puppet1_build_auth(&p, "bob");
	p.buf[IKE_HDR_LEN + 5] = 6;	/* behind the ID's header and type */
	refused(__LINE__, "identifies itself for IP protocol 6 alone");

	begin_met(3);
	puppet1_begin(&p, EXCH1_MAIN, 0);
	build1_id(&p.b, PL_ID, ID_FQDN, 0, 0, "bob", 3);
	build1_sig(&p.b, zeros, sizeof(zeros));
	refused(__LINE__, "authenticates itself by a signature, agreed was on a "
	    "pre-shared key");
}

/* The answer to what alice offers says another way of authentication. */
static void
test_other_auth(void)
{
	static const struct {
		int line; const char *more; uint8_t is, said;
	} rows[] = {
		{ __LINE__, "", AUTH1_PSK, AUTH1_PSK },
		{ __LINE__, "", AUTH1_PSK, AUTH1_RSA },
		{ __LINE__, CORP, AUTH1_RSA, AUTH1_RSA },
		{ __LINE__, CORP, AUTH1_RSA, AUTH1_PSK },
	};
	uint8_t *method, was[4] = { 0x80, 3, 0 };
	const struct pki_cert *own;
	const struct payload *sa;
	char more[256];
	size_t i;

	corp_make();
	own = corp_leaf("rsa2048", "alice");
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		world_init(&w, 4);
		alice = world_add(&w, "alice", "192.0.2.1");
		puppet1_init(&p, &w, alice, "192.0.2.2");
		corp_equip(alice, own, NULL, corp.root);
		snprintf(more, sizeof(more), V1 ",\"initiator\":true%s",
		    rows[i].more);
		node_config(alice, alice_entry(more));
		world_run(&w, 10);
		sa = message_find(&p.m, PL_SA);
		CU_ASSERT_FATAL(sa != NULL && sa->sa.n > 0);
		p.spi_i = p.m.hdr.spi_i;
		p.spi_r = 0x2222;
		puppet1_clear(&p, EXCH1_MAIN, 0);
		build1_chosen(&p.b, PROTO_IKE, sa1_chosen(sa, sa->sa.p[0].num),
		    NULL, 0);
		p.len = build_end(&p.b);
		was[3] = rows[i].is;
		method = memmem(p.buf, p.len, was, sizeof(was));
		CU_ASSERT_FATAL(method != NULL);
		method[3] = rows[i].said;
		puppet1_say(&p);
		CHECK_ROW(rows[i].line, p.heard == (rows[i].said == rows[i].is));
		end();
	}
}

/* --- under the keys of main mode --- */

/* With HASH(n), of which 1 is the right one. */
static void
tell(uint32_t msgid, uint16_t type, uint32_t number, unsigned int n)
{
	uint8_t cookies[16], seq[4];

	octets_spis(p.spi_i, p.spi_r, cookies);
	octets_u32(number, seq);
	memset(p.iv, 0, sizeof(p.iv));
	puppet1_begin(&p, EXCH1_INFORMATIONAL, msgid);
	puppet1_hash(&p);
	build1_notify(&p.b, PROTO_IKE, type, cookies, 16, seq, 4);
	puppet1_seal(&p, n);
	puppet1_say(&p);
}

static void
ask(uint32_t msgid, uint32_t number, unsigned int n)
{
	tell(msgid, N1_R_U_THERE, number, n);
}

static void
test_informational(void)
{
	static const struct {
		int line; uint32_t msgid, number; unsigned int hash, heard;
	} rows[] = {
		{ __LINE__, 70, 100, 2, 0 }, { __LINE__, 70, 100, 3, 0 },
		{ __LINE__, 70, 100, 1, 1 },
		{ __LINE__, 70, 101, 1, 0 },	/* that exchange is over */
		{ __LINE__, 71, 100, 1, 1 },	/* our answer was lost */
		{ __LINE__, 72, 99, 1, 0 },
		{ __LINE__, 73, 101, 1, 1 },
	};
	unsigned int n;
	size_t i;

	begin_up(10);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ask(rows[i].msgid, rows[i].number, rows[i].hash);
		CHECK_ROW(rows[i].line, p.heard == rows[i].heard);
	}
	for (n = 2; n >= 1; n--) {
		puppet1_begin(&p, EXCH1_INFORMATIONAL, 80 + n);
		puppet1_hash(&p);
		build1_delete_isakmp(&p.b, p.spi_i, p.spi_r);
		puppet1_seal(&p, n);
		puppet1_say(&p);
		CHECK_ROW((int)n, ike_sas() == (n == 1 ? 0 : 1));
	}
	end();
}

/* The number in the R-U-THERE that was heard; 0: none was. */
static uint32_t
asked(void)
{
	const struct payload *n = p.m.n > 0 ? message_notify(&p.m,
	    (enum ike_notify)N1_R_U_THERE) : NULL;
	uint32_t number;

	return n != NULL && notify_u32(n, &number) ? number : 0;
}

/* The answer to another question is no sign of life. */
static void
test_acknowledged(void)
{
	static const struct { int line; uint32_t more; bool dead; } rows[] = {
		{ __LINE__, 0, false }, { __LINE__, 1, true },
		{ __LINE__, UINT32_MAX, true },
	};
	uint32_t number, id = 500;
	struct engine_stats stats;
	unsigned int s;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		world_init(&w, 12);
		alice = world_add(&w, "alice", "192.0.2.1");
		alice->idle_ms = UINT32_MAX;
		node_config(alice, alice_entry(V1 ",\"dpd-delay\":10,"
		    "\"dpd-timeout\":30"));
		puppet1_init(&p, &w, alice, "192.0.2.2");
		CU_ASSERT_FATAL(puppet1_meet(&p, "correct horse"));
		CU_ASSERT_FATAL(puppet1_authenticate(&p, "bob"));
		for (s = 0; s < 90; s++) {
			puppet1_forget(&p);
			world_run(&w, 1000);
			number = asked();
			if (number != 0)
				tell(id++, N1_R_U_THERE_ACK,
				    number + rows[i].more, 1);
		}
		CHECK_ROW(rows[i].line, id > 503);
		CHECK_ROW(rows[i].line, node_said(alice, "is dead") ==
		    rows[i].dead);
		engine_get_stats(alice->engine, &stats);
		CHECK_ROW(rows[i].line, (stats.dropped != 0) == rows[i].dead);
		end();
	}
}

/* group: of PFS, or 0; ke: octets of a public value, or 0. */
static void
begin_quick(uint32_t msgid, unsigned int n, uint16_t group, size_t ke)
{
	static const uint8_t nonce[32] = { 1 }, spi[4] = { 0xc0, 1, 2, 3 };
	static const uint8_t value[512] = { 2 };
	const struct sa1_terms terms = { .mode = MODE1_TUNNEL, .life_s = 3600 };
	const struct algs conf = { .ike1 = true };
	struct offer o;

	offer_init(&o, OFFER_CHILD, &conf, false);
	offer_this_ke(&o, group);
	offer_spi(&o, spi, sizeof(spi));
	puppet1_begin(&p, EXCH1_QUICK, msgid);
	puppet1_hash(&p);
	build1_sa(&p.b, o.p, o.n, &terms);
	build_nonce(&p.b, nonce, sizeof(nonce));
	if (ke != 0)
		build1_ke(&p.b, value, ke);
	build1_id(&p.b, PL_IDI, 4, 0, 0, "\n\0\2\0\377\377\377\0", 8);
	build1_id(&p.b, PL_IDR, 4, 0, 0, "\n\0\1\0\377\377\377\0", 8);
	puppet1_seal(&p, n);
	puppet1_say(&p);
}

static void
test_quick(void)
{
	uint32_t i;

	begin_up(20);
	begin_quick(50, 2, 0, 0);
	CU_ASSERT_EQUAL(p.heard, 0);
	for (i = 0; i < QUICK_MAX; i++) {
		begin_quick(60 + i, 1, 0, 0);
		CHECK_ROW((int)i, p.heard == 1);
	}
	begin_quick(60 + i, 1, 0, 0);
	CU_ASSERT_EQUAL(p.heard, 0);
	end();
}

/* A key exchange is there when, and as, it was agreed on. */
static void
test_group(void)
{
	static const struct { int line; uint16_t group; size_t ke; } rows[] = {
		{ __LINE__, 14, 0 }, { __LINE__, 14, 255 },
		{ __LINE__, 14, 257 }, { __LINE__, 0, 256 },
	};
	size_t i;

	begin_up(21);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin_quick(90 + (uint32_t)i, 1, rows[i].group, rows[i].ke);
		CHECK_ROW(rows[i].line, p.heard == 1 && p.m.n > 0 &&
		    p.m.hdr.exchange == EXCH1_INFORMATIONAL);
	}
	begin_quick(99, 1, 14, 256);
	CU_ASSERT(p.heard == 1 && p.m.hdr.exchange == EXCH1_QUICK);
	end();
}

/* Main mode's message id is that of nothing else, however many ids have come since. */
static void
test_message_id(void)
{
	uint8_t iv[CBC_IV];
	uint32_t i;

	begin_up(11);
	for (i = 1; i <= SEEN_MAX; i++) {
		ask(i, i, 1);
		CHECK_ROW((int)i, p.heard == 1);
		begin_quick(i, 1, 14, 0);	/* is refused */
		CHECK_ROW((int)i, p.heard == 1);
	}
	memcpy(iv, p.keys.iv, sizeof(iv));
	CU_ASSERT(keymat1_iv(p.crypto, p.keys.prf, iv, 0, p.keys.iv));
	ask(0, i, 1);
	CU_ASSERT_EQUAL(p.heard, 0);
	CU_ASSERT(keymat1_iv(p.crypto, p.keys.prf, iv, 0, p.keys.iv));
	begin_quick(0, 1, 14, 0);
	CU_ASSERT_EQUAL(p.heard, 0);
	memcpy(p.keys.iv, iv, sizeof(iv));
	ask(i, i, 1);			/* so it was not the number */
	CU_ASSERT_EQUAL(p.heard, 1);
	end();
}

/* Message 3, with HASH(n) of all that was said. */
static void
confirm(const struct nonce *nr, unsigned int n)
{
	uint8_t was[sizeof(p.iv)];

	memcpy(was, p.iv, sizeof(was));
	memset(&p.ni, 0, sizeof(p.ni));
	p.ni.b[0] = 1;			/* as in begin_quick() */
	p.ni.len = 32;
	p.nr = *nr;
	puppet1_begin(&p, EXCH1_QUICK, p.msgid);
	puppet1_hash(&p);
	puppet1_seal(&p, n);
	puppet1_say(&p);
	if (n != 3)			/* the next is under the same IV */
		memcpy(p.iv, was, sizeof(was));
}

static void
test_confirm(void)
{
	const struct payload *n;
	struct nonce nr;

	begin_up(23);
	begin_quick(60, 1, 0, 0);
	n = message_find(&p.m, PL_NONCE);
	CU_ASSERT_FATAL(n != NULL && nonce1_set(&nr, &n->body));
	confirm(&nr, 2);
	CU_ASSERT(!node_up(alice, 1));
	confirm(&nr, 3);
	CU_ASSERT(node_up(alice, 1));
	end();
}

/* Who answers: what is not as agreed on, or not proved, is no CHILD_SA. */
static void
test_answer(void)
{
	static const uint8_t spi[4] = { 0xc0, 1, 2, 3 }, value[512] = { 2 };
	static const struct {
		int line; size_t ke; unsigned int hash; bool taken, refused;
	} rows[] = {
		{ __LINE__, 256, 2, true, false },
		{ __LINE__, 256, 1, false, false },
		{ __LINE__, 255, 2, false, true },
		{ __LINE__, 257, 2, false, true },
		{ __LINE__, 0, 2, false, true },
	};
	const struct payload *sa, *nonce;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		world_init(&w, 22);
		alice = world_add(&w, "alice", "192.0.2.1");
		puppet1_init(&p, &w, alice, "192.0.2.2");
		node_config(alice, alice_entry(V1 ",\"initiator\":true,\"esp\":{"
		    "\"cipher\":[\"aes128gcm16\"],\"dh\":[\"modp2048\"]}"));
		world_run(&w, 10);
		CU_ASSERT_FATAL(puppet1_answer(&p, "correct horse"));
		CU_ASSERT_FATAL(puppet1_authenticate(&p, "bob"));
		sa = message_find(&p.m, PL_SA);
		nonce = message_find(&p.m, PL_NONCE);
		CU_ASSERT_FATAL(sa != NULL && nonce != NULL &&
		    p.m.hdr.exchange == EXCH1_QUICK);
		p.ni.len = (uint16_t)nonce->body.len;
		memcpy(p.ni.b, nonce->body.p, p.ni.len);
		puppet1_begin(&p, EXCH1_QUICK, p.m.hdr.msgid);
		puppet1_hash(&p);
		build1_chosen(&p.b, PROTO_ESP, sa1_chosen(sa, sa->sa.p[0].num), spi,
		    sizeof(spi));
		build_nonce(&p.b, p.nr.b, p.nr.len);
		if (rows[i].ke != 0)
			build1_ke(&p.b, value, rows[i].ke);
		puppet1_seal(&p, rows[i].hash);
		puppet1_say(&p);
		CHECK_ROW(rows[i].line, node_up(alice, 1) == rows[i].taken);
		CHECK_ROW(rows[i].line, node_said(alice, "answer is not valid") ==
		    rows[i].refused);
		end();
	}
}

/* --- without end --- */

static unsigned int
say_again(unsigned int times)
{
	unsigned int n = 0;

	for (; times > 0; times--) {
		puppet1_say(&p);
		n += p.heard;
	}
	return n;
}

/* A first message with what the puppet offered before. */
static void
first(uint64_t spi_i)
{
	p.spi_i = spi_i;
	p.spi_r = 0;
	puppet1_clear(&p, EXCH1_MAIN, 0);
	build_raw(&p.b, PL_SA, p.sa_i, p.sa_i_len);
	p.len = build_end(&p.b);
}

static void
test_repeats(void)
{
	begin_up(30);
	CU_ASSERT_EQUAL(say_again(100), 16);		/* of message 5 */
	first(0x3333);
	CU_ASSERT_EQUAL(say_again(100), 1 + 16);
	end();
}

/* By certificate, which alice does not do.  Where no tunnel is, there is silence. */
static void
test_refusals(void)
{
	unsigned int n, heard = 1;

	world_init(&w, 31);
	alice = world_add(&w, "alice", "192.0.2.1");
	puppet1_init(&p, &w, alice, "192.0.2.2");
	node_config(alice, alice_entry(V1 ",\"peer\":\"192.0.2.77\""));
	CU_ASSERT(!puppet1_meet(&p, NULL) && p.heard == 0);
	node_config(alice, alice_entry(V1));
	CU_ASSERT(!puppet1_meet(&p, NULL) && p.heard == 1);
	for (n = 0; n < 200; n++) {
		first(0x4444 + n);
		puppet1_say(&p);
		heard += p.heard;
	}
	CU_ASSERT_EQUAL(heard, 50);
	end();
}

/* What anybody can say is asked about once. */
static void
test_hints(void)
{
	unsigned int n, heard = 0;

	begin_up(40);
	for (n = 0; n < 50; n++) {
		puppet1_clear(&p, EXCH1_INFORMATIONAL, 700 + n);
		build1_notify(&p.b, PROTO_IKE, N1_INVALID_COOKIE, NULL, 0, NULL, 0);
		p.len = build_end(&p.b);
		puppet1_say(&p);
		heard += p.heard;
	}
	CU_ASSERT_EQUAL(heard, 1);
	end();
}

UNIT_MAIN("what proves a peer of IKEv1",
	{ "its proof", test_proof },
	{ "another way of authentication", test_other_auth },
	{ "informational exchanges", test_informational },
	{ "message id 0", test_message_id },
	{ "the answer to another question", test_acknowledged },
	{ "quick modes", test_quick },
	{ "groups", test_group },
	{ "the answer of a quick mode", test_answer },
	{ "its last message", test_confirm },
	{ "repeated without end", test_repeats },
	{ "refused without end", test_refusals },
	{ "hints", test_hints })
