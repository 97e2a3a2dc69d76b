/*
 * What peers say that they should not, before and after they are authenticated,
 * and what RFC 7296 wants done about it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "puppet.h"
#include "tests/unit.h"

static struct world w;
static struct node *alice;
static struct puppet p;

static void
begin(void)
{
	world_init(&w, 42);
	alice = world_add(&w, "alice", "192.0.2.1");
	node_config(alice, "{\"id\":1,\"local-address\":\"192.0.2.1\","
	    "\"peer\":\"192.0.2.2\",\"local-id\":{\"value\":\"alice\"},"
	    "\"remote-id\":{\"value\":\"bob\"},"
	    "\"local-subnet\":[\"10.0.1.0/24\"],\"remote-subnet\":[\"10.0.2.0/24\"]}");
	puppet_init(&p, &w, alice, "192.0.2.2");
}

static void
end(void)
{
	puppet_fini(&p);
	world_fini(&w);
}

static void
begin_up(void)
{
	begin();
	CU_ASSERT_FATAL(puppet_meet(&p));
	CU_ASSERT_FATAL(puppet_authenticate(&p, "bob", "correct horse"));
	CU_ASSERT_EQUAL(node_count(alice, 1, true), 1);
}

/* The only message since: an answer of that exchange with that id. */
static bool
answered(uint8_t exchange, uint32_t msgid)
{
	return p.heard == 1 && message_is_response(&p.m) &&
	    p.m.hdr.exchange == exchange && p.m.hdr.msgid == msgid;
}

/* An empty INFORMATIONAL of ours is answered: the SA lives. */
static bool
lives(void)
{
	puppet_begin(&p, EXCH_INFORMATIONAL, false, p.msgid);
	puppet_seal(&p);
	puppet_say(&p);
	if (!answered(EXCH_INFORMATIONAL, p.msgid))
		return false;
	p.msgid++;
	return true;
}

static void
test_proper(void)
{
	begin_up();
	CU_ASSERT(answered(EXCH_IKE_AUTH, 1));
	CU_ASSERT(message_check(&p.m, NULL) == 0 && p.m.shape == SHAPE_AUTH_RESPONSE);
	CU_ASSERT(lives() && lives());
	end();
}

/* --- IKE_SA_INIT --- */

static void
test_init_refused(void)
{
	static const struct {
		int		line;
		unsigned int	at;
		uint8_t		value;
		uint16_t	notify;		/* 0: silence */
	} rows[] = {
		{ __LINE__, 17, 0x30, N_INVALID_MAJOR_VERSION },
		{ __LINE__, 17, 0x10, 0 },
		{ __LINE__, 19, 0x00, 0 },			/* no I flag */
		{ __LINE__, 19, 0x28, 0 },			/* a response */
		{ __LINE__, 27, 0xff, 0 },			/* length */
		{ __LINE__, 23, 1, 0 },				/* message id */
		{ __LINE__, 15, 1, 0 },				/* SPIr */
		{ __LINE__, 29, 0x80, 0xffff },			/* SA marked critical */
		{ __LINE__, 19, 0x0f, 0xffff },			/* reserved flags */
		{ __LINE__, 17, 0x21, 0xffff },			/* minor version */
		{ __LINE__, 32, 0xff, N_INVALID_SYNTAX },	/* a proposal's mark */
	};
	size_t i;

	begin();
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		p.spi_i++;
		puppet_build_init(&p);
		p.buf[rows[i].at] = rows[i].value;
		puppet_say(&p);
		CHECK_ROW(rows[i].line, p.heard == (rows[i].notify != 0));
		if (rows[i].notify == 0)
			continue;
		CHECK_ROW(rows[i].line, p.m.hdr.spi_i == p.spi_i);
		CHECK_ROW(rows[i].line, p.m.hdr.flags == FLAG_RESPONSE);
		if (rows[i].notify == 0xffff)
			CHECK_ROW(rows[i].line, message_find(&p.m, PL_SA) != NULL);
		else
			CHECK_ROW(rows[i].line, puppet_told(&p) == rows[i].notify);
	}
	end();
}

static void
test_init_critical(void)
{
	begin();
	puppet_build_init(&p);
	build_open(&p.b, (enum ike_payload)77);
	build_critical(&p.b, true);
	build_close(&p.b);
	p.len = build_end(&p.b);
	puppet_say(&p);
	CU_ASSERT_EQUAL(puppet_told(&p), N_UNSUPPORTED_CRITICAL_PAYLOAD);
	CU_ASSERT(p.m.pl[0].notify.data.len == 1 && p.m.pl[0].notify.data.p[0] == 77);
	end();
}

/* A value that gives an all-zero secret, or is too short: no IKE_SA. */
static void
test_init_bad_ke(void)
{
	begin();
	CU_ASSERT_FATAL(puppet_meet(&p));
	p.spi_i++;
	puppet_build_init(&p);
	/* The KE payload follows SA; its data is all zero. */
	memset(p.buf + IKE_HDR_LEN + (p.buf[30] << 8 | p.buf[31]) + 8, 0, 32);
	puppet_say(&p);
	CU_ASSERT_EQUAL(p.heard, 1);
	p.spi_r = p.m.hdr.spi_r;
	CU_ASSERT(!puppet_authenticate(&p, "bob", "correct horse"));
	CU_ASSERT_EQUAL(p.heard, 0);
	CU_ASSERT_EQUAL(node_count(alice, 1, true), 0);
	end();
}

/* The same request again has the same answer; every other SPI or nonce not. */
static void
test_init_repeated(void)
{
	uint8_t first[PUPPET_MAX];
	size_t len;

	begin();
	CU_ASSERT_FATAL(puppet_meet(&p));
	len = p.got_len;
	memcpy(first, p.got, len);
	memcpy(p.buf, p.init_i, p.init_i_len);
	p.len = p.init_i_len;
	puppet_say(&p);
	CU_ASSERT(p.heard == 1 && p.got_len == len && memcmp(first, p.got, len) == 0);
	CU_ASSERT(puppet_authenticate(&p, "bob", "correct horse"));
	end();
}

/* --- IKE_AUTH --- */

/* RFC 7296 2.15: the identity is signed as it was sent, reserved octets and
 * all, and what is in them means nothing (2.5). */
static void
test_auth_reserved(void)
{
	begin();
	CU_ASSERT_FATAL(puppet_meet(&p));
	puppet_begin(&p, EXCH_IKE_AUTH, false, p.msgid++);
	puppet_build_id(&p, "bob", 0xa5);
	puppet_build_auth(&p, "bob", "correct horse", 0xa5);
	puppet_build_child(&p, OFFER_AUTH_CHILD, 0xc0aabbcc, "10.0.2.0/24",
	    "10.0.1.0/24");
	puppet_seal(&p);
	puppet_say(&p);
	CU_ASSERT(message_find(&p.m, PL_AUTH) != NULL);
	CU_ASSERT(node_up(alice, 1));
	end();
}

static void
test_auth_odd_order(void)
{
	begin();
	CU_ASSERT_FATAL(puppet_meet(&p));
	puppet_begin(&p, EXCH_IKE_AUTH, false, p.msgid++);
	build_notify(&p.b, PROTO_NONE, 40999, NULL, 0, "??", 2);
	puppet_build_child(&p, OFFER_AUTH_CHILD, 0xc0aabbcc, "10.0.2.0/24",
	    "10.0.1.0/24");
	build_raw(&p.b, PL_VENDOR, "who", 3);
	build_raw(&p.b, (enum ike_payload)200, "what", 4);
	puppet_build_auth(&p, "bob", "correct horse", 0);
	puppet_build_id(&p, "bob", 0);
	puppet_seal(&p);
	puppet_say(&p);
	CU_ASSERT(message_find(&p.m, PL_AUTH) != NULL && node_up(alice, 1));
	end();
}

enum auth_trick { TWO_AUTHS, TWO_IDS, NO_AUTH, WRONG_SECRET, WRONG_ID, EMPTY_ID,
	WRONG_METHOD, SIGNED, CRITICAL, NO_TS, ALIEN };

static void
build_trick(enum auth_trick trick)
{
	const char *who = trick == WRONG_ID ? "mallory" : "bob";

	if (trick == EMPTY_ID)
		build_id(&p.b, PL_IDI, ID_FQDN, NULL, 0);
	else
		puppet_build_id(&p, who, 0);
	if (trick == TWO_IDS)
		puppet_build_id(&p, "mallory", 0);
	if (trick == WRONG_METHOD)
		build_auth(&p.b, AUTH_NULL, "12345678901234567890123456789012", 32);
	else if (trick == SIGNED)
		build_auth(&p.b, AUTH_DIGITAL_SIGNATURE, "\x07\x30\x05\x06\x03\x2b"
		    "\x65\x70 and a signature", 23);
	else if (trick != NO_AUTH)
		puppet_build_auth(&p, who, trick == WRONG_SECRET ?
		    "wrong horse" : "correct horse", 0);
	if (trick == TWO_AUTHS)
		puppet_build_auth(&p, who, "wrong horse", 0);
	if (trick == ALIEN)
		build_ke(&p.b, 31, "12345678901234567890123456789012", 32);
	if (trick == NO_TS)
		return;
	puppet_build_child(&p, OFFER_AUTH_CHILD, 0xc0aabbcc, "10.0.2.0/24",
	    "10.0.1.0/24");
	if (trick == CRITICAL) {
		build_open(&p.b, (enum ike_payload)200);
		build_critical(&p.b, true);
		build_close(&p.b);
	}
}

/* Nobody gets in, and each hears why. */
static void
test_auth_tricks(void)
{
	static const struct {
		int		line;
		enum auth_trick	trick;
		uint16_t	notify;
	} rows[] = {
		{ __LINE__, TWO_AUTHS, N_INVALID_SYNTAX },
		{ __LINE__, TWO_IDS, N_INVALID_SYNTAX },
		{ __LINE__, NO_AUTH, N_AUTHENTICATION_FAILED },
		{ __LINE__, WRONG_SECRET, N_AUTHENTICATION_FAILED },
		{ __LINE__, WRONG_ID, N_AUTHENTICATION_FAILED },
		{ __LINE__, EMPTY_ID, N_AUTHENTICATION_FAILED },
		{ __LINE__, WRONG_METHOD, N_AUTHENTICATION_FAILED },
		{ __LINE__, SIGNED, N_AUTHENTICATION_FAILED },
		{ __LINE__, CRITICAL, N_UNSUPPORTED_CRITICAL_PAYLOAD },
		{ __LINE__, ALIEN, N_INVALID_SYNTAX },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin();
		CU_ASSERT_FATAL(puppet_meet(&p));
		puppet_begin(&p, EXCH_IKE_AUTH, false, p.msgid++);
		build_trick(rows[i].trick);
		puppet_seal(&p);
		puppet_say(&p);
		CHECK_ROW(rows[i].line, answered(EXCH_IKE_AUTH, 1));
		CHECK_ROW(rows[i].line, puppet_told(&p) == rows[i].notify);
		CHECK_ROW(rows[i].line, !node_up(alice, 1));
		CHECK_ROW(rows[i].line, node_count(alice, 1, true) == 0);
		if (rows[i].trick == SIGNED)
			CHECK_ROW(rows[i].line, node_said(alice, "it authenticates "
			    "itself by digital signature (Ed25519;"));
		/* And it does not get in after all. */
		p.msgid = 2;
		puppet_authenticate(&p, "bob", "correct horse");
		CHECK_ROW(rows[i].line, message_find(&p.m, PL_AUTH) == NULL &&
		    !node_up(alice, 1));
		end();
	}
}

/* Clear where it must be encrypted; keys that do not fit; ids that skip. */
static void
test_auth_ignored(void)
{
	struct ike_header h;
	uint8_t good[PUPPET_MAX];
	size_t len, i;

	begin();
	CU_ASSERT_FATAL(puppet_meet(&p));
	h = (struct ike_header){ .spi_i = p.spi_i, .spi_r = p.spi_r, .msgid = 1,
	    .exchange = EXCH_IKE_AUTH, .flags = FLAG_INITIATOR };
	build_begin(&p.b, p.buf, sizeof(p.buf), &h);
	puppet_build_id(&p, "bob", 0);
	puppet_build_auth(&p, "bob", "correct horse", 0);
	puppet_build_child(&p, OFFER_AUTH_CHILD, 0xc0aabbcc, "10.0.2.0/24",
	    "10.0.1.0/24");
	p.len = build_end(&p.b);
	puppet_say(&p);
	CU_ASSERT_EQUAL(p.heard, 0);

	puppet_begin(&p, EXCH_IKE_AUTH, false, 2);
	puppet_build_id(&p, "bob", 0);
	puppet_seal(&p);
	puppet_say(&p);
	CU_ASSERT_EQUAL(p.heard, 0);

	puppet_begin(&p, EXCH_IKE_AUTH, false, 1);
	puppet_build_id(&p, "bob", 0);
	puppet_build_auth(&p, "bob", "correct horse", 0);
	puppet_build_child(&p, OFFER_AUTH_CHILD, 0xc0aabbcc, "10.0.2.0/24",
	    "10.0.1.0/24");
	puppet_seal(&p);
	len = p.len;
	memcpy(good, p.buf, len);
	for (i = 0; i < len; i += 7) {		/* every bit of the header, ICV ... */
		memcpy(p.buf, good, len);
		p.buf[i] ^= 1u << i % 8;
		p.len = len;
		puppet_say(&p);
		CU_ASSERT(!node_up(alice, 1));
	}
	/* And after all that the real one is welcome. */
	memcpy(p.buf, good, len);
	p.len = len;
	puppet_say(&p);
	CU_ASSERT(node_up(alice, 1));
	end();
}

/* --- established --- */

/* RFC 7296 2.4: only something fresh proves that the peer is there. */
static void
test_replay_is_no_life(void)
{
	uint8_t old[PUPPET_MAX];
	size_t len;

	begin_up();
	CU_ASSERT(lives());
	len = p.len;
	memcpy(old, p.buf, len);
	world_run(&w, 25000);
	puppet_forget(&p);
	memcpy(p.buf, old, len);
	p.len = len;
	puppet_send(&p);
	CU_ASSERT(answered(EXCH_INFORMATIONAL, p.msgid - 1));	/* the old answer */
	puppet_forget(&p);
	world_run(&w, 10000);
	CU_ASSERT(p.heard >= 1 && p.m.hdr.exchange == EXCH_INFORMATIONAL);
	CU_ASSERT(!message_is_response(&p.m));
	end();
}

static void
test_repeated_request(void)
{
	uint8_t first[PUPPET_MAX];
	size_t len;

	begin_up();
	CU_ASSERT(lives());
	len = p.got_len;
	memcpy(first, p.got, len);
	puppet_say(&p);
	CU_ASSERT(p.heard == 1 && p.got_len == len && memcmp(first, p.got, len) == 0);
	CU_ASSERT(lives());
	/* One before the last, and one too far. */
	puppet_begin(&p, EXCH_INFORMATIONAL, false, p.msgid - 2);
	puppet_seal(&p);
	puppet_say(&p);
	CU_ASSERT_EQUAL(p.heard, 0);
	puppet_begin(&p, EXCH_INFORMATIONAL, false, p.msgid + 1);
	puppet_seal(&p);
	puppet_say(&p);
	CU_ASSERT_EQUAL(p.heard, 0);
	CU_ASSERT(lives());
	end();
}

static void
test_unknown_payloads(void)
{
	begin_up();
	puppet_begin(&p, EXCH_INFORMATIONAL, false, p.msgid++);
	build_raw(&p.b, (enum ike_payload)99, "x", 1);
	puppet_seal(&p);
	puppet_say(&p);
	CU_ASSERT(answered(EXCH_INFORMATIONAL, p.msgid - 1) && p.m.n == 0);

	puppet_begin(&p, EXCH_INFORMATIONAL, false, p.msgid++);
	build_open(&p.b, (enum ike_payload)99);
	build_critical(&p.b, true);
	build_close(&p.b);
	puppet_seal(&p);
	puppet_say(&p);
	CU_ASSERT_EQUAL(puppet_told(&p), N_UNSUPPORTED_CRITICAL_PAYLOAD);
	CU_ASSERT(p.m.pl[0].notify.data.len == 1 && p.m.pl[0].notify.data.p[0] == 99);
	CU_ASSERT(lives() && node_up(alice, 1));
	end();
}

/* RFC 7296 2.21.3: what is authenticated and makes no sense ends the SA, after
 * the sentence about it. */
static void
test_nonsense(void)
{
	begin_up();
	puppet_begin(&p, EXCH_CREATE_CHILD_SA, false, p.msgid++);
	build_raw(&p.b, PL_SA, "\0\0\0\5", 4);
	puppet_seal(&p);
	puppet_say(&p);
	CU_ASSERT_EQUAL(puppet_told(&p), N_INVALID_SYNTAX);
	CU_ASSERT(!node_up(alice, 1));
	CU_ASSERT(node_said(alice, "payload SA"));
	end();
}

/* Of every type one whose body is cut to three octets: the peer hears that it
 * is wrong, the log names the payload, and the tunnel is there again for a peer
 * that begins anew. */
static void
test_malformed(void)
{
	static const uint8_t types[] = { PL_SA, PL_KE, PL_IDI, PL_IDR, PL_AUTH,
	    PL_NONCE, PL_NOTIFY, PL_DELETE, PL_TSI, PL_TSR, PL_CP, PL_EAP };
	char what[32], name[16];
	size_t i;

	for (i = 0; i < sizeof(types); i++) {
		snprintf(what, sizeof(what), "payload %s: it has 3 octets",
		    name_str(ike_payload_names, types[i], name));
		if (types[i] == PL_NONCE)
			snprintf(what, sizeof(what), "payload No: a nonce has");
		begin();
		/* In clear. */
		puppet_clear(&p, EXCH_IKE_SA_INIT, FLAG_INITIATOR, 0);
		build_raw(&p.b, types[i], "abc", 3);
		build_raw(&p.b, PL_VENDOR, "long", 4);	/* as any answer */
		p.len = build_end(&p.b);
		puppet_say(&p);
		CHECK_ROW(types[i], puppet_told(&p) == N_INVALID_SYNTAX);
		CHECK_ROW(types[i], node_said(alice, what));
		/* Before authentication, and after. */
		CU_ASSERT_FATAL(puppet_meet(&p));
		puppet_begin(&p, EXCH_IKE_AUTH, false, 1);
		build_raw(&p.b, types[i], "abc", 3);
		puppet_seal(&p);
		puppet_say(&p);
		CHECK_ROW(types[i], puppet_told(&p) == N_INVALID_SYNTAX);
		p.spi_i++;
		p.spi_r = 0;
		CU_ASSERT_FATAL(puppet_meet(&p));
		CU_ASSERT_FATAL(puppet_authenticate(&p, "bob", "correct horse"));
		node_forget(alice);
		puppet_begin(&p, EXCH_INFORMATIONAL, false, p.msgid++);
		build_raw(&p.b, types[i], "abc", 3);
		puppet_seal(&p);
		puppet_say(&p);
		CHECK_ROW(types[i], puppet_told(&p) == N_INVALID_SYNTAX);
		CHECK_ROW(types[i], node_said(alice, what));
		if (!node_said(alice, what))
			printf("\n    wanted %s in\n%s\n", what, alice->log);
		CHECK_ROW(types[i], !node_up(alice, 1));
		p.spi_i++;
		p.spi_r = 0;
		CU_ASSERT_FATAL(puppet_meet(&p));
		CHECK_ROW(types[i], puppet_authenticate(&p, "bob", "correct horse"));
		end();
	}
}

/* In clear, nothing is believed once there are keys. */
static void
test_clear_delete(void)
{
	struct ike_header h;

	begin_up();
	h = (struct ike_header){ .spi_i = p.spi_i, .spi_r = p.spi_r,
	    .msgid = p.msgid, .exchange = EXCH_INFORMATIONAL,
	    .flags = FLAG_INITIATOR };
	build_begin(&p.b, p.buf, sizeof(p.buf), &h);
	build_delete(&p.b, PROTO_IKE, NULL, 0);
	p.len = build_end(&p.b);
	puppet_say(&p);
	CU_ASSERT(p.heard == 0 && node_up(alice, 1));
	build_begin(&p.b, p.buf, sizeof(p.buf), &h);
	build_notify(&p.b, PROTO_NONE, N_INVALID_IKE_SPI, NULL, 0, NULL, 0);
	p.len = build_end(&p.b);
	puppet_say(&p);
	CU_ASSERT(p.heard == 0 && node_up(alice, 1));
	CU_ASSERT(lives());
	end();
}

/* The victim asks, we answer with another exchange under the same id: that is
 * no answer. */
static void
test_wrong_answers(void)
{
	struct err e = ERR_INIT;
	uint32_t id;

	begin_up();
	puppet_forget(&p);
	CU_ASSERT_EQUAL(engine_command(alice->engine, w.now, ENGINE_REKEY_CHILD, 1, &e),
	    0);
	CU_ASSERT_FATAL(p.heard == 1 && p.m.hdr.exchange == EXCH_CREATE_CHILD_SA);
	id = p.m.hdr.msgid;
	puppet_begin(&p, EXCH_INFORMATIONAL, true, id);
	puppet_seal(&p);
	puppet_say(&p);
	puppet_begin(&p, EXCH_IKE_AUTH, true, id);
	build_notify(&p.b, PROTO_NONE, N_AUTHENTICATION_FAILED, NULL, 0, NULL, 0);
	puppet_seal(&p);
	puppet_say(&p);
	CU_ASSERT(p.heard == 0 && node_up(alice, 1));
	world_run(&w, 4100);		/* it asks again */
	CU_ASSERT(p.heard == 1 && p.m.hdr.exchange == EXCH_CREATE_CHILD_SA &&
	    p.m.hdr.msgid == id);
	/* The right exchange, refused: the old SA stays, and another try. */
	puppet_begin(&p, EXCH_CREATE_CHILD_SA, true, id);
	build_notify(&p.b, PROTO_NONE, N_TEMPORARY_FAILURE, NULL, 0, NULL, 0);
	puppet_seal(&p);
	puppet_say(&p);
	CU_ASSERT(node_up(alice, 1));
	world_run(&w, 21000);
	CU_ASSERT(p.heard >= 1 && p.m.hdr.exchange == EXCH_CREATE_CHILD_SA &&
	    p.m.hdr.msgid == id + 1);
	end();
}

/* An answer that would do for an IKE_SA where a CHILD_SA was asked for. */
static void
test_answer_for_another(void)
{
	static const uint8_t bytes[32] = { 9, 1 };
	struct err e = ERR_INIT;
	struct algs conf = { 0 };
	struct offer o;
	uint32_t id;

	begin_up();
	puppet_forget(&p);
	CU_ASSERT_EQUAL(engine_command(alice->engine, w.now, ENGINE_REKEY_CHILD, 1, &e),
	    0);
	CU_ASSERT_FATAL(p.heard == 1);
	id = p.m.hdr.msgid;
	offer_init(&o, OFFER_IKE, &conf, false);
	offer_spi(&o, "12345678", 8);
	puppet_begin(&p, EXCH_CREATE_CHILD_SA, true, id);
	build_sa(&p.b, o.p, 1);
	build_ke(&p.b, 31, bytes, 32);
	build_nonce(&p.b, bytes, 32);
	puppet_seal(&p);
	puppet_say(&p);
	CU_ASSERT(node_up(alice, 1) && lives());
	world_run(&w, 21000);		/* the failed attempt is repeated */
	CU_ASSERT(p.heard >= 1 && p.m.hdr.exchange == EXCH_CREATE_CHILD_SA &&
	    p.m.hdr.msgid == id + 1);
	end();
}

/* The chosen proposal of an answer, with PFS or without. */
static void
build_chosen(uint8_t types, uint16_t ke, uint32_t spi)
{
	struct choice c = { .num = 1, .types = types, .suite = { .ke = ke,
	    .protocol = PROTO_ESP, .encr = 20, .key_bits = 128 } };
	uint8_t octets[4] = { (uint8_t)(spi >> 24), (uint8_t)(spi >> 16),
	    (uint8_t)(spi >> 8), (uint8_t)spi };
	struct offer o;

	offer_chosen(&o, OFFER_CHILD, &c);
	offer_spi(&o, octets, 4);
	build_sa(&p.b, o.p, o.n);
}

/* Our default lets the peer leave PFS out (S1-169): it answers NONE, or says
 * nothing of groups at all, and sends no KE. */
static void
test_rekey_without_pfs(void)
{
	static const struct {
		int		line;
		uint8_t		types;
		uint16_t	ke;
		bool		send_ke, ok;
	} rows[] = {
		{ __LINE__, 1 << T_ENCR | 1 << T_KE | 1 << T_ESN, 0, false, true },
		{ __LINE__, 1 << T_ENCR | 1 << T_ESN, 0, false, true },
		{ __LINE__, 1 << T_ENCR | 1 << T_KE | 1 << T_ESN, 31, true, true },
		/* A group without a value, and another than the KE payload's. */
		{ __LINE__, 1 << T_ENCR | 1 << T_KE | 1 << T_ESN, 31, false, false },
		{ __LINE__, 1 << T_ENCR | 1 << T_KE | 1 << T_ESN, 19, true, false },
	};
	uint8_t public[KE_PUBLIC_MAX];
	struct err e = ERR_INIT;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin_up();
		puppet_forget(&p);
		CU_ASSERT_EQUAL(engine_command(alice->engine, w.now,
		    ENGINE_REKEY_CHILD, 1, &e), 0);
		CHECK_ROW(rows[i].line, p.heard == 1 &&
		    message_find(&p.m, PL_KE) != NULL);
		puppet_begin(&p, EXCH_CREATE_CHILD_SA, true, p.m.hdr.msgid);
		build_chosen(rows[i].types, rows[i].ke, 0xc0aabbdd);
		build_nonce(&p.b, p.ni.b, 32);
		CU_ASSERT(ke_public(p.ke, public));
		if (rows[i].send_ke)
			build_ke(&p.b, 31, public, 32);
		/* Towards whom the victim initiates: it is TSi now. */
		puppet_build_ts(&p, "10.0.1.0/24", "10.0.2.0/24");
		puppet_seal(&p);
		node_forget(alice);
		puppet_say(&p);
		CHECK_ROW(rows[i].line, node_up(alice, 1));
		CHECK_ROW(rows[i].line, node_said(alice, "rekeyed") == rows[i].ok);
		if (node_said(alice, "rekeyed") != rows[i].ok)
			printf("\n%s\n", alice->log != NULL ? alice->log : "silent");
		end();
	}
}

/* Refusals that leave everything as it was. */
static void
test_create_refused(void)
{
	const struct payload *n;

	begin_up();
	puppet_begin(&p, EXCH_CREATE_CHILD_SA, false, p.msgid++);
	build_notify(&p.b, PROTO_ESP, N_REKEY_SA, "\xc0\1\1\1", 4, NULL, 0);
	build_nonce(&p.b, p.ni.b, 32);
	puppet_build_child(&p, OFFER_AUTH_CHILD, 0xc0aabbdd, "10.0.2.0/24",
	    "10.0.1.0/24");
	puppet_seal(&p);
	puppet_say(&p);
	CU_ASSERT_EQUAL(puppet_told(&p), N_CHILD_SA_NOT_FOUND);
	n = message_notify(&p.m, N_CHILD_SA_NOT_FOUND);
	CU_ASSERT(n != NULL && n->notify.protocol == PROTO_ESP &&
	    bytes_spi(&n->notify.spi) == 0xc0010101);

	puppet_begin(&p, EXCH_CREATE_CHILD_SA, false, p.msgid++);
	build_nonce(&p.b, p.ni.b, 32);
	puppet_build_child(&p, OFFER_AUTH_CHILD, 0xc0aabbdd, "10.9.2.0/24",
	    "10.0.1.0/24");
	puppet_seal(&p);
	puppet_say(&p);
	CU_ASSERT_EQUAL(puppet_told(&p), N_TS_UNACCEPTABLE);

	puppet_begin(&p, EXCH_CREATE_CHILD_SA, false, p.msgid++);
	build_nonce(&p.b, p.ni.b, 32);
	puppet_build_child(&p, OFFER_AUTH_CHILD, 7, "10.0.2.0/24", "10.0.1.0/24");
	puppet_seal(&p);
	puppet_say(&p);
	CU_ASSERT_EQUAL(puppet_told(&p), N_NO_PROPOSAL_CHOSEN);	/* a reserved SPI */

	puppet_begin(&p, EXCH_CREATE_CHILD_SA, false, p.msgid++);
	build_nonce(&p.b, p.ni.b, 32);
	build_ke(&p.b, 31, "short", 5);
	puppet_build_child(&p, OFFER_CHILD, 0xc0aabbdd, "10.0.2.0/24", "10.0.1.0/24");
	puppet_seal(&p);
	puppet_say(&p);
	CU_ASSERT(puppet_told(&p) != 0);
	CU_ASSERT(lives() && node_up(alice, 1));
	CU_ASSERT_EQUAL(node_count(alice, 1, true), 1);
	end();
}

static void
test_delete_strange(void)
{
	static const uint32_t spis[] = { 1, 0xdeadbeef, 0xc0aabbcc };

	begin_up();
	/* What we never had, and another protocol: an empty answer. */
	puppet_begin(&p, EXCH_INFORMATIONAL, false, p.msgid++);
	build_delete(&p.b, PROTO_ESP, spis, 2);
	build_delete(&p.b, PROTO_AH, spis + 2, 1);
	puppet_seal(&p);
	puppet_say(&p);
	CU_ASSERT(answered(EXCH_INFORMATIONAL, p.msgid - 1) && p.m.n == 0);
	CU_ASSERT(node_up(alice, 1));
	/* Twice the same beside it: one pair goes, ours is named once. */
	puppet_begin(&p, EXCH_INFORMATIONAL, false, p.msgid++);
	build_delete(&p.b, PROTO_ESP, spis, 3);
	build_delete(&p.b, PROTO_ESP, spis + 2, 1);
	puppet_seal(&p);
	puppet_say(&p);
	CU_ASSERT(p.heard >= 1);
	CU_ASSERT(!node_up(alice, 1));
	CU_ASSERT_EQUAL(node_count(alice, 1, true), 0);
	end();
}

/* IKE on port 4500 alone makes no NAT: ESP stays plain (RFC 7296 2.23). */
static void
test_port_4500_without_nat(void)
{
	struct plane_sa *s;

	begin();
	CU_ASSERT_FATAL(puppet_meet(&p));
	p.local.port = p.remote.port = 4500;
	p.encap = true;
	CU_ASSERT(puppet_authenticate(&p, "bob", "correct horse"));
	CU_ASSERT(p.got_encap);
	s = node_sa(alice, 1, true);
	CU_ASSERT(s != NULL && !s->sa.udp_encap);
	s = node_sa(alice, 1, false);
	CU_ASSERT(s != NULL && !s->sa.udp_encap);
	end();
}

UNIT_MAIN("hostile peers",
	{ "a proper peer", test_proper },
	{ "IKE_SA_INIT refused", test_init_refused },
	{ "IKE_SA_INIT with a critical payload", test_init_critical },
	{ "bad public value", test_init_bad_ke },
	{ "IKE_SA_INIT repeated", test_init_repeated },
	{ "reserved octets in IKE_AUTH", test_auth_reserved },
	{ "odd order in IKE_AUTH", test_auth_odd_order },
	{ "tricks in IKE_AUTH", test_auth_tricks },
	{ "ignored instead of IKE_AUTH", test_auth_ignored },
	{ "a replay is no sign of life", test_replay_is_no_life },
	{ "requests repeated and skipped", test_repeated_request },
	{ "unknown payloads", test_unknown_payloads },
	{ "nonsense", test_nonsense },
	{ "malformed payloads of every type", test_malformed },
	{ "clear after keys", test_clear_delete },
	{ "answers of another exchange", test_wrong_answers },
	{ "an answer for another SA", test_answer_for_another },
	{ "rekeying without PFS", test_rekey_without_pfs },
	{ "CREATE_CHILD_SA refused", test_create_refused },
	{ "strange deletes", test_delete_strange },
	{ "port 4500 without a NAT", test_port_4500_without_nat })
