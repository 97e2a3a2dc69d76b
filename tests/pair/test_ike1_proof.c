/*
 * What proves the peer in IKEv1: a message whose HASH is not right does nothing, nor
 * does one that was said before, and nobody is answered without end.
 */
#include <string.h>

#include "ike/context.h"
#include "ike/ike1/quick.h"
#include "ike/wire/octets.h"
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

/* --- under the keys of main mode --- */

/* With HASH(n), of which 1 is the right one. */
static void
ask(uint32_t msgid, uint32_t number, unsigned int n)
{
	uint8_t cookies[16], seq[4];

	octets_spis(p.spi_i, p.spi_r, cookies);
	octets_u32(number, seq);
	memset(p.iv, 0, sizeof(p.iv));
	puppet1_begin(&p, EXCH1_INFORMATIONAL, msgid);
	puppet1_hash(&p);
	build1_notify(&p.b, PROTO_IKE, N1_R_U_THERE, cookies, 16, seq, 4);
	puppet1_seal(&p, n);
	puppet1_say(&p);
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
		{ __LINE__, 71, 100, 1, 0 }, { __LINE__, 72, 99, 1, 0 },
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

static void
begin_quick(uint32_t msgid, unsigned int n)
{
	static const uint8_t nonce[32] = { 1 }, spi[4] = { 0xc0, 1, 2, 3 };
	const struct sa1_terms terms = { .mode = MODE1_TUNNEL, .life_s = 3600 };
	const struct algs conf = { .ike1 = true };
	struct offer o;

	offer_init(&o, OFFER_CHILD, &conf, false);
	offer_this_ke(&o, 0);
	offer_spi(&o, spi, sizeof(spi));
	puppet1_begin(&p, EXCH1_QUICK, msgid);
	puppet1_hash(&p);
	build1_sa(&p.b, o.p, o.n, &terms);
	build_nonce(&p.b, nonce, sizeof(nonce));
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
	begin_quick(50, 2);
	CU_ASSERT_EQUAL(p.heard, 0);
	for (i = 0; i < QUICK_MAX; i++) {
		begin_quick(60 + i, 1);
		CHECK_ROW((int)i, p.heard == 1);
	}
	begin_quick(60 + i, 1);
	CU_ASSERT_EQUAL(p.heard, 0);
	end();
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

/* By certificate, which alice does not do. */
static void
test_refusals(void)
{
	unsigned int n, heard = 1;

	world_init(&w, 31);
	alice = world_add(&w, "alice", "192.0.2.1");
	node_config(alice, alice_entry(V1));
	puppet1_init(&p, &w, alice, "192.0.2.2");
	CU_ASSERT(!puppet1_meet(&p, NULL) && p.heard == 1);
	for (n = 0; n < 200; n++) {
		first(0x4444 + n);
		puppet1_say(&p);
		heard += p.heard;
	}
	CU_ASSERT_EQUAL(heard, 50);
	end();
}

UNIT_MAIN("what proves a peer of IKEv1",
	{ "its proof", test_proof },
	{ "informational exchanges", test_informational },
	{ "quick modes", test_quick },
	{ "repeated without end", test_repeats },
	{ "refused without end", test_refusals })
