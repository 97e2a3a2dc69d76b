/*
 * An initiator whose peer is none, or lies: RFC 7296 2.6, 2.21, 3.3, 3.10.1.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "puppet.h"
#include "tests/unit.h"

static struct world w;
static struct node *bob;
static struct puppet p;

static void
begin(const char *more)
{
	char text[1024];

	world_init(&w, 43);
	bob = world_add(&w, "bob", "192.0.2.2");
	puppet_init(&p, &w, bob, "192.0.2.1");
	snprintf(text, sizeof(text), "{\"id\":1,\"initiator\":true,"
	    "\"local-address\":\"192.0.2.2\",\"peer\":\"192.0.2.1\","
	    "\"local-id\":{\"value\":\"bob\"},\"remote-id\":{\"value\":\"alice\"},"
	    "\"local-subnet\":[\"10.0.2.0/24\"],\"remote-subnet\":[\"10.0.1.0/24\"]%s}",
	    more);
	node_config(bob, text);
	world_run(&w, 10);
	CU_ASSERT_FATAL(puppet_asked(&p));
}

static void
end(void)
{
	puppet_fini(&p);
	world_fini(&w);
}

/* A clear answer to IKE_SA_INIT with one notify. */
static void
refuse(uint16_t notify, const void *data, size_t len)
{
	uint64_t spi_r = p.spi_r;

	p.spi_r = 0;
	puppet_clear(&p, EXCH_IKE_SA_INIT, FLAG_RESPONSE, 0);
	p.spi_r = spi_r;
	build_notify(&p.b, PROTO_NONE, notify, NULL, 0, data, len);
	p.len = build_end(&p.b);
	puppet_say(&p);
}

/* Through IKE_SA_INIT; bob's IKE_AUTH is in p.m then. */
static bool
meet(void)
{
	if (!puppet_build_answer(&p))
		return false;
	puppet_say(&p);
	return p.heard == 1 && p.m.hdr.exchange == EXCH_IKE_AUTH &&
	    message_find(&p.m, PL_AUTH) != NULL;
}

static void
answer_auth(const char *name, const char *psk)
{
	puppet_begin(&p, EXCH_IKE_AUTH, true, 1);
	puppet_build_id(&p, name, 0);
	puppet_build_auth(&p, name, psk, 0);
	puppet_build_child(&p, OFFER_AUTH_CHILD, 0xc0aabbcc, "10.0.2.0/24",
	    "10.0.1.0/24");
	puppet_seal(&p);
	puppet_say(&p);
}

static void
test_proper(void)
{
	begin("");
	CU_ASSERT_FATAL(meet());
	CU_ASSERT(message_check(&p.m, NULL) == 0 && p.m.shape == SHAPE_AUTH_REQUEST);
	answer_auth("alice", "correct horse");
	CU_ASSERT(node_up(bob, 1));
	CU_ASSERT_EQUAL(node_count(bob, 1, true), 1);
	end();
}

/* Reserved octets in the answer (2.5, 2.15). */
static void
test_reserved(void)
{
	begin("");
	CU_ASSERT_FATAL(meet());
	puppet_begin(&p, EXCH_IKE_AUTH, true, 1);
	puppet_build_id(&p, "alice", 0x5a);
	puppet_build_auth(&p, "alice", "correct horse", 0x5a);
	puppet_build_child(&p, OFFER_AUTH_CHILD, 0xc0aabbcc, "10.0.2.0/24",
	    "10.0.1.0/24");
	puppet_seal(&p);
	puppet_say(&p);
	CU_ASSERT(node_up(bob, 1));
	end();
}

/* 2.6: the same request with the cookie in front, nothing else changed. */
static void
test_cookie(void)
{
	uint8_t cookie[64], old[PUPPET_MAX];
	size_t len = p.got_len;

	memset(cookie, 0xcc, sizeof(cookie));
	begin("");
	len = p.got_len;
	memcpy(old, p.got, len);
	refuse(N_COOKIE, cookie, 64);
	CU_ASSERT_FATAL(p.heard == 1);
	CU_ASSERT(p.m.pl[0].type == PL_NOTIFY && p.m.pl[0].notify.type == N_COOKIE);
	CU_ASSERT(p.m.pl[0].notify.data.len == 64 &&
	    memcmp(p.m.pl[0].notify.data.p, cookie, 64) == 0);
	CU_ASSERT(p.m.hdr.spi_i == p.spi_i && p.m.hdr.msgid == 0);
	/* Behind the cookie everything is as before. */
	CU_ASSERT(p.got_len == len + 8 + 64 &&
	    memcmp(p.got + IKE_HDR_LEN + 8 + 64, old + IKE_HDR_LEN,
	    len - IKE_HDR_LEN) == 0);
	/* 2.6.1: then another group; the cookie stays. */
	refuse(N_INVALID_KE_PAYLOAD, "\0\x13", 2);
	CU_ASSERT_FATAL(p.heard == 1);
	CU_ASSERT(message_find(&p.m, PL_KE)->ke.group == 19);
	CU_ASSERT(message_notify(&p.m, N_COOKIE) != NULL);
	end();
}

static void
test_silly_refusals(void)
{
	static const struct {
		int		line;
		uint16_t	notify;
		const char	*data;
		size_t		len;
	} rows[] = {
		{ __LINE__, N_COOKIE, "", 0 },
		{ __LINE__, N_COOKIE, "12345678901234567890123456789012345678901234567"
		    "890123456789012345", 65 },
		{ __LINE__, N_INVALID_KE_PAYLOAD, "\0\2", 2 },	/* not offered */
		{ __LINE__, N_INVALID_KE_PAYLOAD, "\0\x1f", 2 },	/* what it was */
		{ __LINE__, N_INVALID_KE_PAYLOAD, "\0\0", 2 },
		{ __LINE__, N_INVALID_KE_PAYLOAD, "\x13", 1 },
		{ __LINE__, N_INVALID_KE_PAYLOAD, "", 0 },
		{ __LINE__, 12345, "", 0 },
		{ __LINE__, N_INITIAL_CONTACT, "", 0 },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin("");
		refuse(rows[i].notify, rows[i].data, rows[i].len);
		CHECK_ROW(rows[i].line, p.heard == 0);
		/* The real peer is still heard. */
		p.m.n = 0;
		end();
	}
}

/* Cookies and groups for ever do not keep it busy for ever. */
static void
test_endless(void)
{
	unsigned int i, answers = 0;

	begin("");
	for (i = 0; i < 50; i++) {
		refuse(i % 2 == 0 ? N_INVALID_KE_PAYLOAD : N_COOKIE,
		    i % 4 == 0 ? "\0\x13" : "\0\x1f", 2);
		answers += p.heard;
	}
	CU_ASSERT(answers < 10);
	end();
}

/* 2.21.1: an error that anybody could have sent does not end the attempt. */
static void
test_spoofed_error(void)
{
	struct message request;

	begin("");
	request = p.m;
	refuse(N_NO_PROPOSAL_CHOSEN, NULL, 0);
	refuse(N_AUTHENTICATION_FAILED, NULL, 0);
	refuse(N_INVALID_SYNTAX, NULL, 0);
	CU_ASSERT_EQUAL(p.heard, 0);
	CU_ASSERT(node_said(bob, "NO_PROPOSAL_CHOSEN"));
	/* The request again, and the right answer. */
	puppet_forget(&p);
	world_run(&w, 4100);
	CU_ASSERT_FATAL(p.heard >= 1 && puppet_asked(&p));
	CU_ASSERT(p.m.hdr.spi_i == request.hdr.spi_i);
	CU_ASSERT(meet());
	answer_auth("alice", "correct horse");
	CU_ASSERT(node_up(bob, 1));
	end();
}

/* Answers to IKE_SA_INIT that are none; after each the true one is taken. */
static void
test_init_ignored(void)
{
	static const struct {
		int		line;
		unsigned int	at;
		uint8_t		value;
	} rows[] = {
		{ __LINE__, 0, 0x99 },		/* SPIi */
		{ __LINE__, 17, 0x30 },		/* version */
		{ __LINE__, 18, EXCH_IKE_AUTH },
		{ __LINE__, 19, 0x28 },		/* from the initiator */
		{ __LINE__, 19, 0x00 },		/* a request */
		{ __LINE__, 23, 1 },		/* message id */
		{ __LINE__, 27, 0 },		/* length */
		{ __LINE__, 36, 2 },		/* number of the proposal */
		{ __LINE__, 37, PROTO_ESP },
		{ __LINE__, 39, 2 },		/* number of transforms */
		{ __LINE__, 47, 13 },		/* cipher: aes128ctr */
		{ __LINE__, 51, 0xc0 },		/* key length: 192 */
	};
	uint8_t good[PUPPET_MAX];
	size_t len, i;

	begin("");
	CU_ASSERT_FATAL(puppet_build_answer(&p));
	len = p.len;
	memcpy(good, p.buf, len);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memcpy(p.buf, good, len);
		p.buf[rows[i].at] = rows[i].value;
		p.len = len;
		puppet_say(&p);
		CHECK_ROW(rows[i].line, p.heard == 0 ||
		    p.m.hdr.exchange != EXCH_IKE_AUTH);
	}
	memcpy(p.buf, good, len);
	memset(p.buf + 8, 0, 8);		/* no SPIr */
	puppet_say(&p);
	CU_ASSERT_EQUAL(p.heard, 0);
	memcpy(p.buf, good, len);
	p.len = len;
	puppet_say(&p);
	CU_ASSERT(p.heard == 1 && p.m.hdr.exchange == EXCH_IKE_AUTH);
	end();
}

enum trick { WRONG_SECRET, WRONG_NAME, NO_AUTH, TWO_AUTHS, NULL_AUTH, SIGNED, NO_ID, EAP };

static void
build_trick(enum trick trick)
{
	const char *who = trick == WRONG_NAME ? "mallory" : "alice";

	if (trick != NO_ID)
		puppet_build_id(&p, who, 0);
	if (trick == EAP) {
		build_raw(&p.b, PL_EAP, "\1\1\0\5\1", 5);
		return;
	}
	if (trick == NULL_AUTH)
		build_auth(&p.b, AUTH_NULL, "12345678901234567890123456789012", 32);
	else if (trick == SIGNED)
		build_auth(&p.b, AUTH_DIGITAL_SIGNATURE, "\x0c\x30\x0a\x06\x08\x2a"
		    "\x86\x48\xce\x3d\x04\x03\x02 and a signature", 28);
	else if (trick != NO_AUTH)
		puppet_build_auth(&p, who, trick == WRONG_SECRET ? "wrong horse" :
		    "correct horse", 0);
	if (trick == TWO_AUTHS)
		puppet_build_auth(&p, who, "correct horse", 0);
	puppet_build_child(&p, OFFER_AUTH_CHILD, 0xc0aabbcc, "10.0.2.0/24",
	    "10.0.1.0/24");
}

static void
test_auth_tricks(void)
{
	static const struct {
		int		line;
		enum trick	trick;
		const char	*said;
	} rows[] = {
		{ __LINE__, WRONG_SECRET, "does not know the secret" },
		{ __LINE__, WRONG_NAME, "the peer is 'mallory'" },
		{ __LINE__, NO_AUTH, "without payload AUTH" },
		{ __LINE__, TWO_AUTHS, "more than one payload AUTH" },
		{ __LINE__, NULL_AUTH, "NULL authentication" },
		{ __LINE__, SIGNED, "the peer authenticates itself by digital "
		  "signature (ECDSA with SHA2-256; it verifies with none), expected "
		  "was a pre-shared key" },
		{ __LINE__, NO_ID, "without payload IDr" },
		{ __LINE__, EAP, "" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin("");
		CU_ASSERT_FATAL(meet());
		puppet_begin(&p, EXCH_IKE_AUTH, true, 1);
		build_trick(rows[i].trick);
		puppet_seal(&p);
		puppet_say(&p);
		CHECK_ROW(rows[i].line, !node_up(bob, 1));
		CHECK_ROW(rows[i].line, node_count(bob, 1, true) == 0);
		CHECK_ROW(rows[i].line, node_said(bob, rows[i].said));
		if (!node_said(bob, rows[i].said))
			printf("\n%s\n", bob->log);
		world_run(&w, 200000);
		CHECK_ROW(rows[i].line, !node_up(bob, 1));
		end();
	}
}

/* The IKE_SA is good, the CHILD_SA is not what was asked for. */
static void
test_child_tricks(void)
{
	static const struct {
		int		line;
		const char	*tsi, *tsr;
		uint32_t	spi;
		bool		ok;
	} rows[] = {
		{ __LINE__, "10.0.2.0/24", "10.0.1.0/24", 0xc0aabbcc, true },
		{ __LINE__, "10.0.2.0/25", "10.0.1.128/25", 0xc0aabbcc, true },
		{ __LINE__, "10.0.0.0/8", "10.0.1.0/24", 0xc0aabbcc, false },
		{ __LINE__, "10.0.2.0/24", "0.0.0.0/0", 0xc0aabbcc, false },
		{ __LINE__, "10.0.1.0/24", "10.0.2.0/24", 0xc0aabbcc, false },
		{ __LINE__, "10.0.2.0/24", "10.0.1.0/24", 255, false },
		{ __LINE__, "10.0.2.0/24", "10.0.1.0/24", 0, false },
	};
	struct plane_sa *s;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin("");
		CU_ASSERT_FATAL(meet());
		puppet_begin(&p, EXCH_IKE_AUTH, true, 1);
		puppet_build_id(&p, "alice", 0);
		puppet_build_auth(&p, "alice", "correct horse", 0);
		puppet_build_child(&p, OFFER_AUTH_CHILD, rows[i].spi, rows[i].tsi,
		    rows[i].tsr);
		puppet_seal(&p);
		puppet_say(&p);
		CHECK_ROW(rows[i].line, node_up(bob, 1) == rows[i].ok);
		s = node_sa(bob, 1, false);
		CHECK_ROW(rows[i].line, (s != NULL) == rows[i].ok);
		CHECK_ROW(rows[i].line, (strstr(node_state(bob, 1),
		    "next-attempt") == NULL) == rows[i].ok);
		CHECK_ROW(rows[i].line, s == NULL || 
		    subnets_remote(&s->sa.subnets)->addr.b[2] == 1);
		end();
	}
}

/* IKE_AUTH refused inside: the attempt ends, and another begins later. */
static void
test_auth_refused(void)
{
	begin("");
	CU_ASSERT_FATAL(meet());
	puppet_begin(&p, EXCH_IKE_AUTH, true, 1);
	build_notify(&p.b, PROTO_NONE, N_AUTHENTICATION_FAILED, NULL, 0, NULL, 0);
	puppet_seal(&p);
	puppet_say(&p);
	CU_ASSERT(!node_up(bob, 1) && node_said(bob, "AUTHENTICATION_FAILED"));
	puppet_forget(&p);
	world_run(&w, 400000);
	CU_ASSERT(p.heard >= 1);
	end();
}

/* In clear, or sealed with keys of nobody: waits on. */
static void
test_auth_ignored(void)
{
	begin("");
	CU_ASSERT_FATAL(meet());
	puppet_clear(&p, EXCH_IKE_AUTH, FLAG_RESPONSE, 1);
	build_notify(&p.b, PROTO_NONE, N_AUTHENTICATION_FAILED, NULL, 0, NULL, 0);
	p.len = build_end(&p.b);
	puppet_say(&p);
	puppet_clear(&p, EXCH_INFORMATIONAL, FLAG_RESPONSE, 1);
	build_notify(&p.b, PROTO_NONE, N_INVALID_IKE_SPI, NULL, 0, NULL, 0);
	p.len = build_end(&p.b);
	puppet_say(&p);
	puppet_begin(&p, EXCH_IKE_AUTH, true, 1);
	build_notify(&p.b, PROTO_NONE, N_AUTHENTICATION_FAILED, NULL, 0, NULL, 0);
	puppet_seal(&p);
	p.buf[p.len - 1] ^= 1;
	puppet_say(&p);
	/* A request where an answer is due. */
	puppet_begin(&p, EXCH_INFORMATIONAL, false, 0);
	build_delete(&p.b, PROTO_IKE, NULL, 0);
	puppet_seal(&p);
	puppet_say(&p);
	CU_ASSERT(!node_up(bob, 1));
	answer_auth("alice", "correct horse");
	CU_ASSERT(node_up(bob, 1));
	end();
}

UNIT_MAIN("impostors",
	{ "a proper peer", test_proper },
	{ "reserved octets", test_reserved },
	{ "cookie and group", test_cookie },
	{ "silly refusals", test_silly_refusals },
	{ "refusals without end", test_endless },
	{ "spoofed errors", test_spoofed_error },
	{ "IKE_SA_INIT answers that are none", test_init_ignored },
	{ "tricks in IKE_AUTH", test_auth_tricks },
	{ "tricks with the CHILD_SA", test_child_tricks },
	{ "IKE_AUTH refused", test_auth_refused },
	{ "ignored instead of IKE_AUTH", test_auth_ignored })
