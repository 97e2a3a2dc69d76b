/*
 * Error notifies: what a peer's word does to an SA, and what is told to people.
 */
#include <string.h>

#include "ike/notify.h"
#include "puppet.h"
#include "tests/unit.h"

static struct world w;
static struct node *alice;
static struct puppet p;

static const char tunnel[] = "{\"id\":1,\"local-address\":\"192.0.2.1\","
    "\"peer\":\"192.0.2.2\",\"local-id\":{\"value\":\"alice\"},"
    "\"remote-id\":{\"value\":\"bob\"},"
    "\"local-subnet\":[\"10.0.1.0/24\"],\"remote-subnet\":[\"10.0.2.0/24\"]}";

static void
begin_up(void)
{
	world_init(&w, 43);
	alice = world_add(&w, "alice", "192.0.2.1");
	node_config(alice, tunnel);
	puppet_init(&p, &w, alice, "192.0.2.2");
	CU_ASSERT_FATAL(puppet_meet(&p));
	CU_ASSERT_FATAL(puppet_authenticate(&p, "bob", "correct horse"));
	node_forget(alice);
}

static void
end(void)
{
	puppet_fini(&p);
	world_fini(&w);
}

/* An INFORMATIONAL request with one notify. */
static void
inform(uint16_t type, const void *data, size_t len)
{
	puppet_begin(&p, EXCH_INFORMATIONAL, false, p.msgid++);
	build_notify(&p.b, PROTO_NONE, type, NULL, 0, data, len);
	puppet_seal(&p);
	puppet_say(&p);
}

static bool
lives(void)
{
	puppet_begin(&p, EXCH_INFORMATIONAL, false, p.msgid++);
	puppet_seal(&p);
	puppet_say(&p);
	return p.heard >= 1 && node_up(alice, 1);
}

/* Every error that RFC 7296 and its companions name has a meaning here. */
static void
test_table(void)
{
	static const uint16_t types[] = { 1, 4, 5, 7, 9, 11, 14, 17, 24, 34, 35, 36,
	    37, 38, 39, 40, 41, 43, 44, 47 };
	char text[NOTIFY_STRLEN];
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		CHECK_ROW(types[i], notify_meaning(types[i])->type == types[i]);
		notify_explain(types[i], text);
		CHECK_ROW(types[i], strlen(text) < NOTIFY_STRLEN - 2 &&
		    strstr(text, ": ") != NULL);
	}
	CU_ASSERT_EQUAL(notify_meaning(8191)->type, 0);
	CU_ASSERT(strncmp(notify_explain(8191, text), "8191: ", 6) == 0);
	CU_ASSERT(strstr(notify_explain(0, text), "neither") != NULL);
}

/* RFC 7296 3.10.1: unknown errors and status notifies in a request are ignored,
 * and said. */
static void
test_unknown(void)
{
	begin_up();
	inform(8191, "x", 1);
	CU_ASSERT(p.heard == 1 && p.m.n == 0);
	CU_ASSERT(node_said(alice, "8191"));
	inform(40960, "y", 1);
	CU_ASSERT(p.heard == 1 && p.m.n == 0);
	CU_ASSERT(lives());
	end();
}

/* What authenticated peers complain about without being asked. */
static void
test_complaints(void)
{
	static const struct {
		int		line;
		uint16_t	type;
		bool		up;
	} rows[] = {
		{ __LINE__, N_INVALID_SELECTORS, true },
		{ __LINE__, N_INVALID_MESSAGE_ID, true },
		{ __LINE__, N_UNSUPPORTED_CRITICAL_PAYLOAD, true },
		{ __LINE__, N_TEMPORARY_FAILURE, true },
		{ __LINE__, N_AUTHENTICATION_FAILED, false },
		{ __LINE__, N_INVALID_SYNTAX, false },
	};
	char num[16];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin_up();
		inform(rows[i].type, NULL, 0);
		CHECK_ROW(rows[i].line, p.heard >= 1);
		CHECK_ROW(rows[i].line, node_up(alice, 1) == rows[i].up);
		CHECK_ROW(rows[i].line, node_said(alice, name_str(
		    ike_notify_names, rows[i].type, num)));
		end();
	}
}

/* The peer has lost a CHILD_SA: a new one is asked for; not if it is so young
 * that this may be about what was on its way, nor for one we never had. */
static void
test_invalid_spi(void)
{
	static const uint8_t spi[4] = { 0xc0, 0xaa, 0xbb, 0xcc };

	begin_up();
	inform(N_INVALID_SPI, spi, 4);
	CU_ASSERT(p.heard == 1 && node_up(alice, 1));
	world_run(&w, 11000);
	inform(N_INVALID_SPI, "\1\2\3\4", 4);
	CU_ASSERT(p.heard == 1 && node_up(alice, 1));
	inform(N_INVALID_SPI, spi, 4);
	CU_ASSERT(p.heard == 2 && p.m.hdr.exchange == EXCH_INFORMATIONAL &&
	    !message_is_response(&p.m) && message_find(&p.m, PL_DELETE) != NULL);
	puppet_begin(&p, EXCH_INFORMATIONAL, true, p.m.hdr.msgid);
	puppet_seal(&p);
	puppet_say(&p);
	CU_ASSERT(p.heard == 1 && p.m.hdr.exchange == EXCH_CREATE_CHILD_SA &&
	    message_find(&p.m, PL_TSI) != NULL &&
	    message_notify(&p.m, N_REKEY_SA) == NULL);
	end();
}

/* RFC 7296 2.21.3: INVALID_SYNTAX as an answer ends the IKE_SA at both ends;
 * other errors only the request. */
static void
test_answers(void)
{
	static const struct {
		int			line;
		enum engine_command	cmd;
		uint16_t		type;
		bool			up;
	} rows[] = {
		{ __LINE__, ENGINE_REKEY_CHILD, N_INVALID_SYNTAX, false },
		{ __LINE__, ENGINE_REKEY_IKE, N_INVALID_SYNTAX, false },
		{ __LINE__, ENGINE_REKEY_CHILD, N_NO_ADDITIONAL_SAS, true },
		{ __LINE__, ENGINE_REKEY_IKE, N_NO_ADDITIONAL_SAS, true },
		{ __LINE__, ENGINE_REKEY_CHILD, N_UNSUPPORTED_CRITICAL_PAYLOAD, true },
		{ __LINE__, ENGINE_REKEY_CHILD, N_SINGLE_PAIR_REQUIRED, true },
		{ __LINE__, ENGINE_REKEY_CHILD, 8191, true },
		{ __LINE__, ENGINE_REKEY_IKE, 8191, true },
	};
	struct err e = ERR_INIT;
	char text[NOTIFY_STRLEN];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin_up();
		puppet_forget(&p);
		CU_ASSERT_EQUAL(engine_command(alice->engine, w.now, rows[i].cmd, 1,
		    &e), 0);
		CHECK_ROW(rows[i].line, p.heard == 1);
		puppet_begin(&p, EXCH_CREATE_CHILD_SA, true, p.m.hdr.msgid);
		build_notify(&p.b, PROTO_NONE, rows[i].type, NULL, 0, NULL, 0);
		puppet_seal(&p);
		puppet_say(&p);
		CHECK_ROW(rows[i].line, node_up(alice, 1) == rows[i].up);
		CHECK_ROW(rows[i].line, node_said(alice,
		    notify_explain(rows[i].type, text)));
		if (rows[i].up)
			CHECK_ROW(rows[i].line, lives());
		end();
	}
}

/* An answer that is complete and has an error beside it that nobody knows: the
 * request has failed (3.10.1).  In clear it is not believed. */
static void
test_unknown_in_answers(void)
{
	struct err e = ERR_INIT;
	uint8_t public[KE_PUBLIC_MAX];

	begin_up();
	puppet_forget(&p);
	CU_ASSERT_EQUAL(engine_command(alice->engine, w.now, ENGINE_REKEY_CHILD, 1,
	    &e), 0);
	CU_ASSERT_FATAL(p.heard == 1);
	puppet_begin(&p, EXCH_CREATE_CHILD_SA, true, p.m.hdr.msgid);
	build_notify(&p.b, PROTO_NONE, 8191, NULL, 0, NULL, 0);
	build_nonce(&p.b, p.ni.b, 32);
	CU_ASSERT(ke_public(p.ke, public));
	build_ke(&p.b, 31, public, 32);
	p.initiator = false;
	puppet_build_child(&p, OFFER_CHILD, 0xc0aabbdd, "10.0.1.0/24", "10.0.2.0/24");
	p.initiator = true;
	puppet_seal(&p);
	puppet_say(&p);
	CU_ASSERT(!node_said(alice, "rekeyed:") && node_said(alice, "8191"));
	CU_ASSERT(node_up(alice, 1));
	CU_ASSERT_EQUAL(node_count(alice, 1, true), 1);
	end();
}

/* Flags, SPIs, exchanges and versions that do not fit, under the right keys: as
 * if nothing had come. */
static void
test_header(void)
{
	static const struct {
		int		line;
		unsigned int	at;
		uint8_t		value;
	} rows[] = {
		{ __LINE__, 19, 0 },		/* not the initiator's */
		{ __LINE__, 19, FLAG_RESPONSE | FLAG_INITIATOR },
		{ __LINE__, 19, FLAG_RESPONSE },
		{ __LINE__, 18, 99 },		/* exchange */
		{ __LINE__, 18, EXCH_IKE_SA_INIT },
		{ __LINE__, 17, 0x30 },		/* version */
		{ __LINE__, 17, 0x10 },
		{ __LINE__, 0, 0x77 },		/* SPIs */
		{ __LINE__, 15, 0x77 },
		{ __LINE__, 23, 0x77 },		/* message id */
		{ __LINE__, 20, 0xff },
		{ __LINE__, 27, 0x77 },		/* length */
		{ __LINE__, 16, PL_NOTIFY },	/* first payload */
	};
	size_t i;

	begin_up();
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		world_run(&w, 2000);
		puppet_begin(&p, EXCH_INFORMATIONAL, false, p.msgid);
		build_delete(&p.b, PROTO_IKE, NULL, 0);
		puppet_seal(&p);
		p.buf[rows[i].at] = rows[i].value;
		puppet_say(&p);
		CHECK_ROW(rows[i].line, !message_is_response(&p.m) || p.heard == 0 ||
		    !p.m.sk.present);
		CHECK_ROW(rows[i].line, lives());
	}
	end();
}

/* Vendor ids and status notifies that nobody knows, everywhere. */
static void
test_vendors(void)
{
	world_init(&w, 43);
	alice = world_add(&w, "alice", "192.0.2.1");
	node_config(alice, tunnel);
	puppet_init(&p, &w, alice, "192.0.2.2");
	p.vendor = true;
	CU_ASSERT_FATAL(puppet_meet(&p));
	CU_ASSERT_FATAL(puppet_authenticate(&p, "bob", "correct horse"));
	puppet_begin(&p, EXCH_INFORMATIONAL, false, p.msgid++);
	build_raw(&p.b, PL_VENDOR, NULL, 0);
	build_notify(&p.b, PROTO_ESP, 65535, "spi!", 4, "??", 2);
	puppet_seal(&p);
	puppet_say(&p);
	CU_ASSERT(p.heard == 1 && p.m.n == 0);
	puppet_begin(&p, EXCH_CREATE_CHILD_SA, false, p.msgid++);
	build_raw(&p.b, PL_VENDOR, "who", 3);
	build_notify(&p.b, PROTO_NONE, 65535, NULL, 0, "??", 2);
	build_nonce(&p.b, p.ni.b, 32);
	puppet_build_child(&p, OFFER_AUTH_CHILD, 0xc0aabbdd, "10.0.2.0/24",
	    "10.0.1.0/24");
	puppet_seal(&p);
	puppet_say(&p);
	CU_ASSERT(message_find(&p.m, PL_TSI) != NULL);
	end();
}

UNIT_MAIN("error notifies",
	{ "the table", test_table },
	{ "unknown ones in a request", test_unknown },
	{ "complaints", test_complaints },
	{ "INVALID_SPI", test_invalid_spi },
	{ "as answers", test_answers },
	{ "unknown ones beside an answer", test_unknown_in_answers },
	{ "headers that do not fit", test_header },
	{ "vendor ids", test_vendors })
