/* ipsecd/proc/messages and path: there and back, and what must not parse */
#include "proc/messages.h"

#include <string.h>

#include "buf.h"
#include "proc/path.h"
#include "tests/unit.h"

static void
test_start(void)
{
	struct ipc_start in = { .caps = { "user", true, true, 1024, 1380 }, .worker = 3,
				.no_fetch = "not there" };
	struct ipc_start out;
	uint8_t b[IPC_SMALL_MAX];
	struct wbuf w;
	struct rbuf r;
	size_t n;

	wbuf_init(&w, b, sizeof(b));
	ipc_start_build(&w, &in);
	CU_ASSERT(wbuf_ok(&w));
	rbuf_init(&r, b, w.len);
	CU_ASSERT(ipc_start_parse(&r, &out));
	CU_ASSERT(strcmp(in.caps.name, out.caps.name) == 0 &&
		  in.caps.esn == out.caps.esn &&
		  in.caps.force_encap == out.caps.force_encap &&
		  in.caps.replay_window == out.caps.replay_window &&
		  in.caps.mtu == out.caps.mtu &&
		  in.worker == out.worker &&
		  strcmp(in.no_fetch, out.no_fetch) == 0);
	for (n = 0; n < w.len; n++) {
		rbuf_init(&r, b, n);
		CU_ASSERT(!ipc_start_parse(&r, &out));
	}
	rbuf_init(&r, b, w.len + 1);
	CU_ASSERT(!ipc_start_parse(&r, &out));
	memset(b, 'x', 8);			/* a name without an end */
	rbuf_init(&r, b, w.len);
	CU_ASSERT(!ipc_start_parse(&r, &out));
}

static void
test_address(void)
{
	static const char *const texts[] = { "192.0.2.1", "2001:db8::7" };
	struct ipc_address in, out;
	uint8_t b[IPC_SMALL_MAX];
	struct wbuf w;
	struct rbuf r;
	size_t i;

	for (i = 0; i < 2; i++) {
		CU_ASSERT(addr_parse(&in.addr, texts[i]) == 0);
		in.present = i == 0;
		wbuf_init(&w, b, sizeof(b));
		ipc_address_build(&w, &in);
		rbuf_init(&r, b, w.len);
		CU_ASSERT(ipc_address_parse(&r, &out));
		CU_ASSERT(addr_equal(&in.addr, &out.addr));
		CU_ASSERT_EQUAL(in.present, out.present);
		rbuf_init(&r, b, w.len - 1);
		CU_ASSERT(!ipc_address_parse(&r, &out));
	}
	b[0] = 2;				/* neither here nor gone */
	rbuf_init(&r, b, 5);
	CU_ASSERT(!ipc_address_parse(&r, &out));
}

static void
test_keys(void)
{
	struct keys_request q = { 77, 65535, 5, (const uint8_t *)"octets", 6,
				  KEYS_SIGN, 7 };
	struct keys_reply a = { .serial = 78, .ok = true,
				.len = KEYS_REPLY_MAX }, b;
	uint8_t buf[IPC_SMALL_MAX];
	struct wbuf w;
	struct rbuf r;

	wbuf_init(&w, buf, sizeof(buf));
	ipc_keys_request_build(&w, &q);
	rbuf_init(&r, buf, w.len);
	CU_ASSERT(ipc_keys_request_parse(&r, &q));
	CU_ASSERT(q.serial == 77 && q.tunnel == 65535 && q.prf == 5 &&
		  q.kind == KEYS_SIGN && q.scheme == 7);
	CU_ASSERT(q.len == 6 && memcmp(q.octets, "octets", 6) == 0);
	buf[10] = KEYS_SKEYID + 1;		/* nothing we could do */
	rbuf_init(&r, buf, w.len);
	CU_ASSERT(!ipc_keys_request_parse(&r, &q));
	buf[10] = KEYS_SKEYID;
	rbuf_init(&r, buf, w.len);
	CU_ASSERT(ipc_keys_request_parse(&r, &q) && q.kind == KEYS_SKEYID);
	buf[10] = KEYS_AUTH;
	rbuf_init(&r, buf, w.len - 6);		/* nothing to sign */
	CU_ASSERT(!ipc_keys_request_parse(&r, &q));

	memset(a.mac, 0xa5, sizeof(a.mac));
	wbuf_init(&w, buf, sizeof(buf));
	ipc_keys_reply_build(&w, &a);
	rbuf_init(&r, buf, w.len);
	CU_ASSERT(ipc_keys_reply_parse(&r, &b));
	CU_ASSERT(b.serial == 78 && b.ok && b.len == KEYS_REPLY_MAX);
	CU_ASSERT(memcmp(a.mac, b.mac, sizeof(a.mac)) == 0);
	rbuf_init(&r, buf, w.len + 1);		/* longer than any MAC */
	CU_ASSERT(!ipc_keys_reply_parse(&r, &b));
	rbuf_init(&r, buf, 5);			/* yes, but no MAC */
	CU_ASSERT(!ipc_keys_reply_parse(&r, &b));
	a.ok = false;
	wbuf_init(&w, buf, sizeof(buf));
	ipc_keys_reply_build(&w, &a);
	rbuf_init(&r, buf, w.len);
	CU_ASSERT(ipc_keys_reply_parse(&r, &b) && !b.ok && b.len == 0);
}

static size_t
build_cert(uint8_t *buf, size_t size, const struct ipc_cert *c)
{
	struct wbuf w;

	wbuf_init(&w, buf, size);
	ipc_cert_build(&w, c);
	CU_ASSERT_FATAL(wbuf_ok(&w));
	return w.len;
}

static bool
parse_cert(const uint8_t *buf, size_t len, struct ipc_cert *c)
{
	struct rbuf r;

	rbuf_init(&r, buf, len);
	return ipc_cert_parse(&r, c);
}

static void
test_cert(void)
{
	struct ipc_cert in = { .kind = CERT_LOCAL, .label = "gw-1.x", .n = 2,
			       .certs = { { (const uint8_t *)"leaf", 4 },
					  { (const uint8_t *)"inter", 5 } } };
	uint8_t buf[256];
	struct ipc_cert out;
	size_t len = build_cert(buf, sizeof(buf), &in), n;

	CU_ASSERT(parse_cert(buf, len, &out));
	CU_ASSERT(out.kind == CERT_LOCAL && strcmp(out.label, "gw-1.x") == 0);
	CU_ASSERT(out.n == 2 && out.certs[1].len == 5 &&
		  memcmp(out.certs[1].der, "inter", 5) == 0);
	for (n = 0; n < len; n++)
		CU_ASSERT(!parse_cert(buf, n, &out));
	buf[len] = 0;
	CU_ASSERT(!parse_cert(buf, len + 1, &out));

	in.n = 0;				/* gone */
	len = build_cert(buf, sizeof(buf), &in);
	CU_ASSERT(parse_cert(buf, len, &out) && out.n == 0);
	in.kind = CERT_REQUEST;
	len = build_cert(buf, sizeof(buf), &in);
	CU_ASSERT(parse_cert(buf, len, &out) && out.kind == CERT_REQUEST);
}

/* Well-formed but senseless. */
static void
test_cert_nonsense(void)
{
	static uint8_t big[IPC_CERT_MAX + 4096];
	struct ipc_cert c = { .label = "a", .n = 1,
			      .certs = { { big, IPC_CERT_OCTETS_MAX } } }, out;
	static uint8_t buf[sizeof(big)];
	size_t len = build_cert(buf, sizeof(buf), &c);

	CU_ASSERT(len <= IPC_CERT_MAX && parse_cert(buf, len, &out));
	c.certs[0].len++;			/* more than there may be */
	len = build_cert(buf, sizeof(buf), &c);
	CU_ASSERT(!parse_cert(buf, len, &out));
	c.certs[0].len = 0;			/* no certificate */
	len = build_cert(buf, sizeof(buf), &c);
	CU_ASSERT(!parse_cert(buf, len, &out));
	c.certs[0].len = 1;
	len = build_cert(buf, sizeof(buf), &c);
	CU_ASSERT(parse_cert(buf, len, &out));
	buf[0] = CERT_CA + 1;
	CU_ASSERT(!parse_cert(buf, len, &out));
	buf[0] = CERT_REQUEST;			/* has none */
	CU_ASSERT(!parse_cert(buf, len, &out));
	buf[0] = CERT_LOCAL;
	buf[2] = '\n';				/* no label */
	CU_ASSERT(!parse_cert(buf, len, &out));
	buf[2] = '-';
	CU_ASSERT(!parse_cert(buf, len, &out));
	buf[2] = '/';
	CU_ASSERT(!parse_cert(buf, len, &out));
	buf[2] = '_';
	CU_ASSERT(parse_cert(buf, len, &out));
	buf[4] = IPC_CERTS_MAX + 1;
	CU_ASSERT(!parse_cert(buf, len, &out));
	buf[1] = 0;
	CU_ASSERT(!parse_cert(buf, len, &out));
	buf[1] = 255;
	CU_ASSERT(!parse_cert(buf, len, &out));
	c.kind = CERT_CA;			/* one alone */
	c.n = 2;
	c.certs[1].der = big;
	c.certs[1].len = 1;
	len = build_cert(buf, sizeof(buf), &c);
	CU_ASSERT(!parse_cert(buf, len, &out));
}

static void
test_fetch(void)
{
	static const char url[] = "http://crl.example/a.crl";
	static const struct { int line; struct fetch_request q; bool ok; } rows[] = {
		{ __LINE__, { 7, FETCH_GET, 9, url, NULL, 0, 0 }, true },
		{ __LINE__, { 7, FETCH_CACHED, 9, url, NULL, 0, 0 }, true },
		{ __LINE__, { 7, FETCH_POST, 9, url, (const uint8_t *)"body", 4, 0 },
		  true },
		{ __LINE__, { 0, FETCH_DROP, 0, url, NULL, 0, 0 }, true },
		{ __LINE__, { 7, FETCH_KEEP, 0, NULL, NULL, 0, 1e10 }, true },
		{ __LINE__, { 7, FETCH_END, 0, NULL, NULL, 0, 0 }, true },
		{ __LINE__, { 7, FETCH_END + 1, 9, url, NULL, 0, 0 }, false },
		{ __LINE__, { 7, FETCH_GET, 0, url, NULL, 0, 0 }, false },
		{ __LINE__, { 7, FETCH_GET, 9, "", NULL, 0, 0 }, false },
		{ __LINE__, { 7, FETCH_GET, 9, url, (const uint8_t *)"b", 1, 0 },
		  false },
		{ __LINE__, { 7, FETCH_POST, 9, url, NULL, 0, 0 }, false },
		{ __LINE__, { 7, FETCH_KEEP, 0, url, NULL, 0, 0 }, false },
	};
	char got[FETCH_URL_MAX + 1];
	uint8_t b[IPC_FETCH_MAX];
	struct fetch_request q;
	struct wbuf w;
	struct rbuf r;
	size_t i, n;
	bool ok;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct fetch_request *want = &rows[i].q;

		wbuf_init(&w, b, sizeof(b));
		ipc_fetch_build(&w, want);
		rbuf_init(&r, b, w.len);
		ok = ipc_fetch_parse(&r, &q, got);
		CHECK_ROW(rows[i].line, wbuf_ok(&w) && ok == rows[i].ok);
		if (!ok)
			continue;
		CHECK_ROW(rows[i].line, q.serial == want->serial &&
			  q.kind == want->kind && q.most == want->most &&
			  q.until == want->until && q.len == want->len &&
			  strcmp(got, want->url ? want->url : "") == 0);
		for (n = 0; n < IPC_FETCH_HEAD; n++) {
			rbuf_init(&r, b, n);
			CHECK_ROW(rows[i].line, !ipc_fetch_parse(&r, &q, got));
		}
	}
	wbuf_init(&w, b, sizeof(b));
	ipc_fetch_build(&w, &rows[0].q);
	b[IPC_FETCH_HEAD + 3] = '\0';		/* an end before the end */
	rbuf_init(&r, b, w.len);
	CU_ASSERT(!ipc_fetch_parse(&r, &q, got));
	b[IPC_FETCH_HEAD - 2] = 0xff;		/* a URL beyond every bound */
	rbuf_init(&r, b, w.len);
	CU_ASSERT(!ipc_fetch_parse(&r, &q, got));
}

static void
test_fetched(void)
{
	static const struct { int line; struct ipc_fetched f; bool ok; } rows[] = {
		{ __LINE__, { 7, FETCH_OK, 10, "" }, true },
		{ __LINE__, { 7, FETCH_NONE, 0, "" }, true },
		{ __LINE__, { 7, FETCH_FAILED, 0, "answers 404" }, true },
		{ __LINE__, { 7, FETCH_FAILED + 1, 0, "answers 404" }, false },
		{ __LINE__, { 7, FETCH_FAILED, 0, "" }, false },
		{ __LINE__, { 7, FETCH_FAILED, 1, "answers 404" }, false },
		{ __LINE__, { 7, FETCH_OK, 0, "" }, false },
		{ __LINE__, { 7, FETCH_OK, 10, "answers 404" }, false },
		{ __LINE__, { 7, FETCH_FAILED, 0, "answers\nset here: x" }, false },
		{ __LINE__, { 7, FETCH_FAILED, 0, "answers \033[2J" }, false },
	};
	uint8_t b[IPC_FETCHED_MAX + 1];
	struct ipc_fetched f;
	struct wbuf w;
	struct rbuf r;
	size_t i;
	bool ok;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		wbuf_init(&w, b, sizeof(b));
		ipc_fetched_build(&w, &rows[i].f);
		rbuf_init(&r, b, w.len);
		ok = ipc_fetched_parse(&r, &f);
		CHECK_ROW(rows[i].line, ok == rows[i].ok && (!ok ||
			  (f.serial == 7 && f.outcome == rows[i].f.outcome &&
			   f.len == rows[i].f.len &&
			   strcmp(f.why, rows[i].f.why) == 0)));
	}
	memset(b, 'x', sizeof(b));		/* a sentence without an end */
	b[4] = FETCH_FAILED;
	memset(b + 5, 0, 4);
	rbuf_init(&r, b, sizeof(b));
	CU_ASSERT(!ipc_fetched_parse(&r, &f));
}

static void
test_path(void)
{
	static const struct {
		int line; const char *text; bool ok; uint32_t id; const char *rest;
	} rows[] = {
		{ __LINE__, "/culvert-tunnel:tunnel", true, 0, "" },
		{ __LINE__, "/culvert-tunnel:tunnel/restart", true, 0, "restart" },
		{ __LINE__, "/culvert-tunnel:tunnel/culvert-tunnel:restart", true,
		  0, "restart" },
		{ __LINE__, "/culvert-tunnel:tunnel/ipsec", true, 0, "" },
		{ __LINE__, "/culvert-tunnel:tunnel/ipsec[id='7']", true, 7, "" },
		{ __LINE__, "/tunnel/ipsec[id=\"7\"]/initiate", true, 7,
		  "initiate" },
		{ __LINE__, "/culvert-tunnel:tunnel/culvert-tunnel:ipsec"
		  "[culvert-tunnel:id='65535']/state/status", true, 65535,
		  "state/status" },
		{ __LINE__, "/tunnel/ipsec[id='65536']", false, 0, NULL },
		{ __LINE__, "/tunnel/ipsec[id='0']", false, 0, NULL },
		{ __LINE__, "/tunnel/ipsec[id='7\"]", false, 0, NULL },
		{ __LINE__, "/tunnel/ipsec[id='7'", false, 0, NULL },
		{ __LINE__, "/tunnel/ipsec[id='7']x", false, 0, NULL },
		{ __LINE__, "/tunnel/ipsec[id='", false, 0, NULL },
		{ __LINE__, "/tunnel/ipsec[name='7']", false, 0, NULL },
		{ __LINE__, "/tunnels", false, 0, NULL },
		{ __LINE__, "/culvert-system:system", false, 0, NULL },
		{ __LINE__, "tunnel", false, 0, NULL },
		{ __LINE__, "", false, 0, NULL },
	};
	struct err e = ERR_INIT;
	struct tunnel_path t;
	size_t i;
	bool ok;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ok = tunnel_path_parse(&t, rows[i].text, &e) == 0;
		CHECK_ROW(rows[i].line, ok == rows[i].ok);
		if (!ok || !rows[i].ok)
			continue;
		CHECK_ROW(rows[i].line, t.id == rows[i].id);
		CHECK_ROW(rows[i].line, strcmp(t.rest, rows[i].rest) == 0);
	}
}

UNIT_MAIN("messages",
	{ "start", test_start },
	{ "address", test_address },
	{ "keys", test_keys },
	{ "certificates", test_cert },
	{ "certificates that make no sense", test_cert_nonsense },
	{ "fetch", test_fetch },
	{ "fetched", test_fetched },
	{ "paths", test_path },
)
