/*
 * Under attack: half-open IKE_SAs are bounded and their room is shared out,
 * cookies prove an address, nothing we say to a stranger is longer than what he
 * said, and nothing he says is believed.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
#include <string.h>

#include "ike/cookie.h"
#include "puppet.h"
#include "tests/unit.h"

#define MAX	64		/* half_open_max */

static struct world w;
static struct node *alice;
static struct puppet p;

/* From any address, so that strangers are let in so far. */
static const char tunnel[] = "{\"id\":1,\"local-address\":\"192.0.2.1\","
    "\"local-id\":{\"value\":\"alice\"},\"remote-id\":{\"value\":\"bob\"},"
    "\"local-subnet\":[\"10.0.1.0/24\"],\"remote-subnet\":[\"10.0.2.0/24\"]}";

static void
begin(uint32_t max)
{
	world_init(&w, 44);
	alice = world_add(&w, "alice", "192.0.2.1");
	alice->set.half_open_max = max;
	node_stop(alice);
	node_start(alice);
	node_config(alice, tunnel);
	puppet_init(&p, &w, alice, "192.0.2.2");
}

static void
end(void)
{
	puppet_fini(&p);
	world_fini(&w);
}

static uint32_t
half_open(void)
{
	struct engine_stats s;

	engine_get_stats(alice->engine, &s);
	return s.half_open;
}

enum got { SILENCE, AN_ANSWER, A_COOKIE, SOMETHING };

/* A first message with an SPI of its own, from a port of its own. */
static enum got
ask(void)
{
	puppet_build_init(&p);
	puppet_say(&p);
	if (p.heard == 0)
		return SILENCE;
	return message_find(&p.m, PL_SA) != NULL ? AN_ANSWER :
	    message_notify(&p.m, N_COOKIE) != NULL ? A_COOKIE : SOMETHING;
}

static enum got
ask_anew(void)
{
	p.spi_i++;
	p.local.port++;
	p.cookie_len = 0;
	return ask();
}

static void
come_from(uint32_t n)
{
	p.local.addr.b[0] = 10;
	p.local.addr.b[1] = (uint8_t)(n >> 16);
	p.local.addr.b[2] = (uint8_t)(n >> 8);
	p.local.addr.b[3] = (uint8_t)n;
}

/* As a proper peer does: asks, and again with the cookie if it gets one. */
static enum got
ask_properly(void)
{
	enum got got = ask_anew();

	if (got != A_COOKIE)
		return got;
	CU_ASSERT(puppet_take_cookie(&p));
	return ask();
}

/* One source gets a quarter of the room for nothing, and much with cookies;
 * another is as welcome as before. */
static void
test_source(void)
{
	unsigned int i;

	begin(MAX);
	for (i = 0; i < MAX / 4; i++)
		CHECK_ROW(i, ask_anew() == AN_ANSWER);
	for (i = 0; i < 100; i++)
		CHECK_ROW(i, ask_anew() == A_COOKIE);
	CU_ASSERT_EQUAL(half_open(), MAX / 4);
	come_from(7);
	CU_ASSERT_EQUAL(ask_anew(), AN_ANSWER);
	/* A NAT with many peers: all of them get in, each with a cookie. */
	CU_ASSERT(addr_parse(&p.local.addr, "192.0.2.2") == 0);
	for (i = MAX / 4; i < MAX * 4; i++)
		CHECK_ROW(i, ask_properly() == AN_ANSWER);
	CU_ASSERT_EQUAL(half_open(), MAX * 4 + 1);
	CU_ASSERT_EQUAL(ask_properly(), SILENCE);
	come_from(8);
	CU_ASSERT_EQUAL(ask_properly(), AN_ANSWER);
	/* And they go when they do not go on. */
	world_run(&w, 29000);
	CU_ASSERT_EQUAL(half_open(), MAX * 4 + 2);
	world_run(&w, 2000);
	CU_ASSERT_EQUAL(half_open(), 0);
	end();
}

/* The addresses of an IPv6 /64 are one source. */
static void
test_source6(void)
{
	unsigned int i;

	begin(MAX);
	node_config(alice, "{\"id\":1,\"local-address\":\"2001:db8::1\","
	    "\"local-id\":{\"value\":\"alice\"}}");
	CU_ASSERT(addr_parse(&p.remote.addr, "2001:db8::1") == 0);
	CU_ASSERT(addr_parse(&p.local.addr, "2001:db8:7::2") == 0);
	for (i = 0; i < MAX / 4; i++) {
		p.local.addr.b[8 + i % 8]++;
		CHECK_ROW(i, ask_anew() == AN_ANSWER);
	}
	p.local.addr.b[12]++;
	CU_ASSERT_EQUAL(ask_anew(), A_COOKIE);
	p.local.addr.b[7]++;
	CU_ASSERT_EQUAL(ask_anew(), AN_ANSWER);
	end();
}

/* Spoofed addresses without end: bounded, and a peer with a cookie gets in. */
static void
test_everywhere(void)
{
	unsigned int i;

	begin(MAX);
	for (i = 0; i < 10000; i++) {
		come_from(i);
		(void)ask_anew();
	}
	CU_ASSERT_EQUAL(half_open(), MAX);
	CU_ASSERT(addr_parse(&p.local.addr, "192.0.2.2") == 0);
	p.local.port = 500;
	CU_ASSERT_EQUAL(ask_properly(), AN_ANSWER);
	/* Not spoofed, all with cookies: the room is full, and the oldest make
	 * place for the newest, but not before they had their chance. */
	for (i = 0; i < MAX * 20; i++) {
		come_from(i);
		CHECK_ROW(i, ask_properly() == AN_ANSWER ||
		    half_open() == MAX * 16);
		CHECK_ROW(i, half_open() <= MAX * 16);
	}
	CU_ASSERT_EQUAL(half_open(), MAX * 16);
	world_run(&w, 1100);
	CU_ASSERT_EQUAL(ask_properly(), AN_ANSWER);
	CU_ASSERT_EQUAL(half_open(), MAX * 16);
	world_run(&w, 31000);
	CU_ASSERT_EQUAL(half_open(), 0);
	end();
}

/* The 120 seconds in which a cookie is worth something, and what it proves. */
static void
test_cookie(void)
{
	uint8_t cookie[64];
	size_t len;
	unsigned int i;

	begin(MAX);
	for (i = 0; i < MAX; i++) {
		come_from((uint32_t)i);
		(void)ask_anew();
	}
	CU_ASSERT_EQUAL(ask_anew(), A_COOKIE);
	CU_ASSERT_FATAL(puppet_take_cookie(&p));
	len = p.cookie_len;
	memcpy(cookie, p.cookie, len);
	for (i = 0; i < len; i++) {
		p.cookie[i] ^= 1;
		CHECK_ROW(i, ask() == A_COOKIE);
		p.cookie[i] ^= 1;
	}
	p.spi_i++;
	CU_ASSERT_EQUAL(ask(), A_COOKIE);
	p.spi_i--;
	p.local.addr.b[3]++;
	CU_ASSERT_EQUAL(ask(), A_COOKIE);
	p.local.addr.b[3]--;
	p.local.port++;
	CU_ASSERT_EQUAL(ask(), A_COOKIE);
	p.local.port--;
	p.ni.b[0] ^= 1;
	CU_ASSERT_EQUAL(ask(), A_COOKIE);
	p.ni.b[0] ^= 1;
	p.cookie_len--;
	CU_ASSERT_EQUAL(ask(), A_COOKIE);
	p.cookie_len++;
	/* Another secret is in use by now; the one before still counts. */
	for (i = 0; i < 4; i++) {
		world_run(&w, 20000);
		p.spi_i += 1000;
		(void)ask();
		p.spi_i -= 1000;
	}
	memcpy(p.cookie, cookie, len);
	CU_ASSERT_EQUAL(ask(), AN_ANSWER);
	end();
}

/* An old one is none, though its version number has come round. */
static void
test_cookie_old(void)
{
	unsigned int i;

	begin(0);
	CU_ASSERT_EQUAL(ask_anew(), A_COOKIE);
	CU_ASSERT(puppet_take_cookie(&p));
	CU_ASSERT_EQUAL(ask(), SILENCE);	/* right, but there is no room */
	for (i = 0; i < 256; i++) {
		world_run(&w, 60001);
		p.spi_i++;
		CU_ASSERT_EQUAL(ask(), A_COOKIE);
		p.spi_i--;
		CHECK_ROW(i, i == 0 || ask() == A_COOKIE);
	}
	end();
}

/*
 * A bare hash of secret | nonce | address ... can be prolonged by who has one:
 * the nonce has any length, so what was behind it becomes part of a longer one,
 * and another address follows.
 */
static void
test_cookie_not_prolonged(void)
{
	static const uint8_t pad[1] = { 0x80 };
	uint8_t more[26], old[64], *at;
	SHA256_CTX c;
	unsigned int i;

	begin(0);
	CU_ASSERT_EQUAL(ask_anew(), A_COOKIE);
	CU_ASSERT_FATAL(puppet_take_cookie(&p) && p.cookie_len == COOKIE_LEN);
	memcpy(old, p.cookie, sizeof(old));
	/* The state after 32 + 32 + 26 octets and their padding: two blocks. */
	SHA256_Init(&c);
	for (i = 0; i < 8; i++)
		c.h[i] = (uint32_t)old[1 + 4 * i] << 24 |
		    (uint32_t)old[2 + 4 * i] << 16 |
		    (uint32_t)old[3 + 4 * i] << 8 | old[4 + 4 * i];
	c.Nl = 128 * 8;
	at = p.ni.b + p.ni.len;
	memcpy(at, p.local.addr.b, 16);
	memcpy(at + 16, &p.local.port, 2);
	memcpy(at + 18, &p.spi_i, 8);
	memset(at + 26, 0, 38);
	memcpy(at + 26, pad, 1);
	at[62] = 90 * 8 >> 8;
	at[63] = 90 * 8 & 0xff;
	p.ni.len = (uint16_t)(p.ni.len + 64);
	come_from(99);			/* who never saw a cookie */
	memcpy(more, p.local.addr.b, 16);
	memcpy(more + 16, &p.local.port, 2);
	memcpy(more + 18, &p.spi_i, 8);
	SHA256_Update(&c, more, sizeof(more));
	SHA256_Final(p.cookie + 1, &c);
	CU_ASSERT_EQUAL(ask(), A_COOKIE);
	end();
}

/* Made with the secret before the first one, were that not random, by somebody who
 * never saw a cookie. */
static void
test_cookie_not_forged(void)
{
	static const uint8_t nothing[32];
	uint8_t mac[PRF_MAX];
	struct iov iov[] = {
		{ p.ni.b, 0 },
		{ p.local.addr.b, sizeof(p.local.addr.b) },
		{ &p.local.port, sizeof(p.local.port) },
		{ &p.spi_i, sizeof(p.spi_i) },
	};

	begin(0);
	CU_ASSERT_EQUAL(ask_anew(), A_COOKIE);
	CU_ASSERT_FATAL(puppet_take_cookie(&p) && p.cookie[0] == 1);
	iov[0].len = p.ni.len;
	CU_ASSERT_FATAL(prf_mac(p.crypto, prf_by_name("prfsha256"), nothing, 32,
	    iov, sizeof(iov) / sizeof(iov[0]), mac));
	p.cookie[0] = 0;
	memcpy(p.cookie + 1, mac, COOKIE_LEN - 1);
	CU_ASSERT_EQUAL(ask(), A_COOKIE);
	end();
}

/* A cookie first, then another group, then both (RFC 7296 2.6.1). */
static void
test_cookie_and_group(void)
{
	const struct payload *n;

	begin(1);
	come_from(1);
	CU_ASSERT_EQUAL(ask_anew(), AN_ANSWER);		/* the room is taken */
	CU_ASSERT(addr_parse(&p.local.addr, "192.0.2.2") == 0);
	node_config(alice, "{\"id\":1,\"local-address\":\"192.0.2.1\","
	    "\"local-id\":{\"value\":\"alice\"},\"remote-id\":{\"value\":\"bob\"},"
	    "\"local-subnet\":[\"10.0.1.0/24\"],\"remote-subnet\":[\"10.0.2.0/24\"],"
	    "\"ike\":{\"cipher\":[\"aes128\"],\"auth\":[\"sha256\"],\"dh\":[\"ecp256\"]}}");
	CU_ASSERT_EQUAL(ask_anew(), A_COOKIE);
	CU_ASSERT(puppet_take_cookie(&p));
	CU_ASSERT_EQUAL(ask(), SOMETHING);
	n = message_notify(&p.m, N_INVALID_KE_PAYLOAD);
	CU_ASSERT(n != NULL && notify_u16(n) == 19);
	ke_free(p.ke);
	p.ke = ke_new(p.crypto, ke_by_name("ecp256"));
	CU_ASSERT_EQUAL(ask(), AN_ANSWER);
	end();
}

/* --- what we say --- */

/* Of each kind that a stranger can provoke: no longer than what provoked it;
 * and errors not without end. */
static void
test_no_amplification(void)
{
	unsigned int kind, len, i, heard = 0;

	begin(MAX);
	for (kind = 0; kind < 6; kind++)
		for (len = 0; len < 40; len++) {
			world_run(&w, 100);
			p.spi_i++;
			p.spi_r = kind == 5 ? 5 : 0;
			puppet_clear(&p, kind == 5 ? EXCH_INFORMATIONAL :
			    EXCH_IKE_SA_INIT, FLAG_INITIATOR, 0);
			if (kind == 1)		/* critical and unknown */
				build_open(&p.b, (enum ike_payload)77);
			if (kind == 1)
				build_critical(&p.b, true);
			for (i = 0; i < len && kind == 1; i++)
				wbuf_u8(&p.b.w, 0);
			if (kind == 1)
				build_close(&p.b);
			if (kind == 2)
				build_raw(&p.b, PL_SA, p.ni.b, len % 32);
			if (kind == 3)
				build_raw(&p.b, PL_VENDOR, p.ni.b, len % 32);
			p.len = build_end(&p.b);
			if (kind == 4) {	/* another version */
				p.buf[17] = 0x30;
				p.len += len;
				p.buf[27] = (uint8_t)p.len;
			}
			if (kind == 5)		/* for an SA that is gone */
				p.buf[16] = PL_SK;
			puppet_say(&p);
			heard += p.heard;
			CHECK_ROW(kind * 100 + len, p.heard <= 1 &&
			    (p.heard == 0 || p.got_len <= p.len));
		}
	CU_ASSERT(heard > 40);
	heard = 0;
	for (i = 0; i < 1000; i++) {
		p.spi_i++;
		puppet_clear(&p, EXCH_IKE_SA_INIT, FLAG_INITIATOR, 0);
		build_raw(&p.b, PL_VENDOR, p.ni.b, 32);
		p.len = build_end(&p.b);
		puppet_forget(&p);
		engine_input(alice->engine, w.now, &p.remote, &p.local, false,
		    p.buf, p.len);
		world_run(&w, 0);
		heard += p.heard;
	}
	CU_ASSERT(heard <= 100);
	/* An answer, once more and again; not for ever. */
	world_run(&w, 2000);
	p.spi_r = 0;
	p.spi_i++;
	CU_ASSERT_EQUAL(ask(), AN_ANSWER);
	heard = p.heard;
	for (i = 0; i < 100; i++) {
		(void)ask();
		heard += p.heard;
	}
	CU_ASSERT(heard > 5 && heard < 20);
	end();
}

/* Longer than any proposal needs: nothing is kept or said. */
static void
test_too_long(void)
{
	static uint8_t junk[2000];

	begin(MAX);
	puppet_build_init(&p);
	build_raw(&p.b, PL_VENDOR, junk, sizeof(junk));
	p.len = build_end(&p.b);
	puppet_say(&p);
	CU_ASSERT(p.heard == 1 && half_open() == 1);
	p.spi_i++;
	puppet_build_init(&p);
	build_raw(&p.b, PL_VENDOR, junk, sizeof(junk));
	build_raw(&p.b, PL_VENDOR, junk, sizeof(junk));
	p.len = build_end(&p.b);
	CU_ASSERT_FATAL(p.len == 0 || p.len > 4096);
	end();
}

/* --- what we hear --- */

static void
begin_up(void)
{
	begin(MAX);
	CU_ASSERT_FATAL(puppet_meet(&p));
	CU_ASSERT_FATAL(puppet_authenticate(&p, "bob", "correct horse"));
	world_run(&w, 2000);
	puppet_forget(&p);
}

static bool
probed(void)
{
	return p.heard >= 1 && p.m.hdr.exchange == EXCH_INFORMATIONAL &&
	    !message_is_response(&p.m) && p.m.sk.present && p.m.n == 0;
}

/* RFC 7296 2.21.4: a message for an IKE_SA that is not here is answered with
 * INVALID_IKE_SPI in clear; one in an answer is not. */
static void
test_unknown_spi(void)
{
	uint64_t right;

	begin_up();
	right = p.spi_r;
	p.spi_r ^= 0x55;
	puppet_begin(&p, EXCH_INFORMATIONAL, false, 7);
	puppet_seal(&p);
	puppet_send(&p);
	CU_ASSERT(p.heard == 1 && puppet_told(&p) == N_INVALID_IKE_SPI);
	CU_ASSERT(p.m.hdr.flags == FLAG_RESPONSE && p.m.hdr.msgid == 7 &&
	    p.m.hdr.exchange == EXCH_INFORMATIONAL &&
	    p.m.hdr.spi_i == p.spi_i && p.m.hdr.spi_r == p.spi_r);
	puppet_begin(&p, EXCH_INFORMATIONAL, true, 7);
	puppet_seal(&p);
	puppet_say(&p);
	CU_ASSERT_EQUAL(p.heard, 0);
	p.spi_r = right;
	/* Strangers for whom there is no tunnel hear nothing. */
	node_config(alice, "{\"id\":2,\"local-address\":\"192.0.2.1\","
	    "\"peer\":\"192.0.2.77\",\"local-id\":{\"value\":\"alice\"}}");
	p.spi_r ^= 0x55;
	puppet_begin(&p, EXCH_INFORMATIONAL, false, 7);
	puppet_seal(&p);
	puppet_say(&p);
	CU_ASSERT_EQUAL(p.heard, 0);
	end();
}

/* And such an answer makes us ask the peer, once, and nothing else. */
static void
test_hint(void)
{
	unsigned int i;

	begin_up();
	for (i = 0; i < 20; i++) {
		p.buf[0] = 0;
		puppet_clear(&p, EXCH_INFORMATIONAL, FLAG_INITIATOR | FLAG_RESPONSE, 3);
		build_notify(&p.b, PROTO_NONE, N_INVALID_IKE_SPI, NULL, 0, NULL, 0);
		p.len = build_end(&p.b);
		puppet_send(&p);
	}
	CU_ASSERT(p.heard == 1 && probed() && node_up(alice, 1));
	CU_ASSERT(node_said(alice, "INVALID_IKE_SPI"));
	puppet_begin(&p, EXCH_INFORMATIONAL, true, p.m.hdr.msgid);
	puppet_seal(&p);
	puppet_say(&p);
	CU_ASSERT(p.heard == 0 && node_up(alice, 1));
	/* Wrong SPIs: not even that. */
	world_run(&w, 2000);
	p.spi_r ^= 1;
	puppet_clear(&p, EXCH_INFORMATIONAL, FLAG_INITIATOR | FLAG_RESPONSE, 3);
	build_notify(&p.b, PROTO_NONE, N_INVALID_IKE_SPI, NULL, 0, NULL, 0);
	p.len = build_end(&p.b);
	puppet_send(&p);
	CU_ASSERT(p.heard == 0 && node_up(alice, 1));
	end();
}

/* RFC 7296 1.5: INVALID_SPI outside any IKE_SA, about ESP that we send. */
static void
test_hint_spi(void)
{
	static const uint8_t spi[4] = { 0xc0, 0xaa, 0xbb, 0xcc };
	static const uint8_t other[4] = { 0xc0, 0xaa, 0xbb, 0xcd };
	uint64_t spi_i, spi_r;

	begin(MAX);
	node_config(alice, "{\"id\":1,\"local-address\":\"192.0.2.1\","
	    "\"peer\":\"192.0.2.2\",\"local-id\":{\"value\":\"alice\"},"
	    "\"remote-id\":{\"value\":\"bob\"},"
	    "\"local-subnet\":[\"10.0.1.0/24\"],\"remote-subnet\":[\"10.0.2.0/24\"]}");
	CU_ASSERT_FATAL(puppet_meet(&p));
	CU_ASSERT_FATAL(puppet_authenticate(&p, "bob", "correct horse"));
	world_run(&w, 2000);
	spi_i = p.spi_i;
	spi_r = p.spi_r;
	p.spi_i = 0x99;
	p.spi_r = 0;
	puppet_clear(&p, EXCH_INFORMATIONAL, FLAG_INITIATOR, 0);
	build_notify(&p.b, PROTO_NONE, N_INVALID_SPI, NULL, 0, other, 4);
	p.len = build_end(&p.b);
	puppet_say(&p);
	CU_ASSERT_EQUAL(p.heard, 0);
	puppet_clear(&p, EXCH_INFORMATIONAL, FLAG_INITIATOR, 0);
	build_notify(&p.b, PROTO_NONE, N_INVALID_SPI, NULL, 0, spi, 4);
	p.len = build_end(&p.b);
	p.spi_i = spi_i;
	p.spi_r = spi_r;
	puppet_send(&p);
	CU_ASSERT(probed() && node_up(alice, 1));
	end();
}

UNIT_MAIN("under attack",
	{ "shares of a source", test_source },
	{ "IPv6 sources", test_source6 },
	{ "from everywhere", test_everywhere },
	{ "what a cookie proves", test_cookie },
	{ "old cookies", test_cookie_old },
	{ "no cookie for another address", test_cookie_not_prolonged },
	{ "cookies are not forged", test_cookie_not_forged },
	{ "a cookie and another group", test_cookie_and_group },
	{ "no amplification", test_no_amplification },
	{ "too long a first message", test_too_long },
	{ "INVALID_IKE_SPI said", test_unknown_spi },
	{ "INVALID_IKE_SPI heard", test_hint },
	{ "INVALID_SPI heard", test_hint_spi })
