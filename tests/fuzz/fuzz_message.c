/*
 * The wire codec of both versions and all that looks at a decoded message before
 * anybody is authenticated: rules, printing, proposals, identities, selectors.
 * What is encrypted is taken as decrypted.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ike/ident.h"
#include "ike/proposal.h"
#include "ike/ts.h"
#include "ike/wire/build1.h"
#include "ike/wire/message1.h"
#include "tests/ike/sample.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static struct message m, again;

static void
must(bool ok)
{
	if (!ok)
		abort();
}

/* Reads every octet, so that the sanitizer sees a pointer that lies. */
static void
touch(const struct bytes *b)
{
	static volatile uint8_t sum;
	size_t i;

	must(b->len == 0 || b->p != NULL);
	for (i = 0; i < b->len; i++)
		sum = (uint8_t)(sum + b->p[i]);
}

static void
try_offer(enum offer_kind kind, const struct algs *conf, const struct payload *p)
{
	char text[SUITE_STRLEN];
	struct offer ours, answer;
	struct err e = ERR_INIT;
	struct choice c;

	offer_init(&ours, kind, conf, true);
	if (offer_select(&ours, p, 31, &c, &e) == 0) {
		must(suite_encr(&c.suite) != NULL);
		must(IS_AEAD(suite_encr(&c.suite)) == (suite_integ(&c.suite) == NULL));
		must(kind != OFFER_IKE || (suite_prf(&c.suite) != NULL &&
		    suite_ke(&c.suite) != NULL));
		must(suite_str(&c.suite, text)[0] != '\0');
		must(suite_show(&c.suite, text)[0] != '\0');
		offer_chosen(&answer, kind, &c);
		must(answer.n == 1 && answer.p[0].n >= 1 && answer.p[0].n <= 5);
	} else {
		must(e.kind == ERR_REALITY && e.text[0] != '\0');
	}
	err_clear(&e);
	if (offer_verify(&ours, p, &c, &e) < 0)
		must(e.kind == ERR_INVALID && e.text[0] != '\0');
	else
		must(suite_encr(&c.suite) != NULL);
	must(offer_explain(&ours, p, &e) < 0);
}

static bool
any(const struct proposal1 *p, const void *ctx)
{
	(void)ctx;
	return p->why == NULL;
}

/* Each of IKEv1's transforms can be answered, and is read as it was. */
static void
try_transforms(const struct payload *p)
{
	static struct proposal room[MSG_PROPOSALS_MAX];
	static uint8_t buf[1 << 17];
	const struct payload *sa;
	struct payload some;
	struct build b;
	size_t i, len;

	sa1_filter(&some, room, p, any, NULL);
	must(some.sa.n <= p->sa.n);
	for (i = 0; i < p->sa.n; i++) {
		must(p->sa.p[i].num == i + 1 &&
		    sa1_chosen(p, p->sa.p[i].num) == &p->sa.v1[i]);
		must((p->sa.v1[i].why != NULL) == p->sa.p[i].t[0].unknown);
		touch(&p->sa.v1[i].raw);
	}
	i = p->sa.n - 1;
	build1_begin(&b, buf, sizeof(buf), &m.hdr);
	build1_chosen(&b, p->sa.p[i].protocol, &p->sa.v1[i], NULL, 0);
	len = build_end(&b);
	buf[19] = 0;
	must(message1_parse(&again, buf, len, NULL) == 0);
	sa = message_find(&again, PL_SA);
	must(sa->sa.n == 1 && sa->sa.v1[0].auth == p->sa.v1[i].auth &&
	    sa->sa.v1[0].life_s == p->sa.v1[i].life_s &&
	    sa->sa.p[0].n == p->sa.p[i].n);
}

static void
try_sa(const struct payload *p)
{
	struct algs a = { .ike1 = p->sa.v1 != NULL };
	size_t i;

	for (i = 0; i < p->sa.n; i++)
		touch(&p->sa.p[i].spi);
	if (a.ike1)
		try_transforms(p);
	try_offer(OFFER_IKE, &a, p);
	try_offer(OFFER_AUTH_CHILD, &a, p);
	try_offer(OFFER_CHILD, &a, p);
	if (a.ike1)
		return;
	must(algs_from_names(&a, PROTO_IKE, 2, "aes256gcm16 aes128", "sha256",
	    "prfsha384", "ecp256 x25519", NULL) == 0);
	try_offer(OFFER_IKE, &a, p);
	algs_fini(&a);
}

static void
try_id(const struct payload *p)
{
	static const char *const patterns[] = { "%any", "*.example.com",
	    "*@example.com", "CN=*, O=Example", "192.168.0.1" };
	static char text[IDENT_STRLEN];
	struct ident *id, *pattern;
	size_t i;

	touch(&p->id.data);
	if (ident_from_payload(&id, p, NULL) < 0)
		return;
	must(ident_equal(id, id) && ident_match(id, id) != IDENT_NO);
	must(ident_str(id, text)[0] != '\0' && ident_type_str(id) != NULL);
	(void)ident_hash(id, 0);
	for (i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		must(ident_parse(&pattern, NULL, patterns[i], NULL) == 0);
		(void)ident_match(pattern, id);
		(void)ident_match(id, pattern);
		ident_free(pattern);
	}
	ident_free(id);
}

static void
try_ts(const struct payload *p)
{
	static const char *const text[] = { "10.0.0.0/8", "192.168.0.1",
	    "172.16.0.0/12", "fd00::/16", "2001:db8::/32", "0.0.0.0/0", "::/0" };
	struct subnets ours = { .n_local = 5, .n_remote = 2 };
	char list[TS_LIST_STRLEN];
	struct err e = ERR_INIT;
	struct ts_set got;
	struct ts inner;
	size_t i;

	must(ts_list_str(p, list)[0] != '\0');
	for (i = 0; i < 7; i++)
		must(prefix_parse(&ours.p[i], text[i]) == 0);
	if (ts_narrow(subnets_local(&ours), 5, p, &got)) {
		must(got.n > 0 && got.n <= SUBNETS_MAX);
		for (i = 0; i < got.n; i++) {
			ts_from_prefix(&inner, &got.p[i]);
			must(ts_covered(subnets_local(&ours), 5, &inner));
		}
	}
	if (ts_verify(subnets_remote(&ours), 2, p, &got))
		for (i = 0; i < p->ts.n; i++)
			must(ts_covered(got.p, got.n, &p->ts.ts[i]));
	must(ts_explain(&ours, p, p, &e) < 0);
}

static void
try_payload(const struct payload *p)
{
	uint64_t spi_i, spi_r;
	uint32_t life_s, life_kb;
	size_t i;

	touch(&p->body);
	switch (p->type) {
	case PL_SA:
		try_sa(p);
		break;
	case PL_IDI:
	case PL_IDR:
		try_id(p);
		break;
	case PL_TSI:
	case PL_TSR:
		try_ts(p);
		break;
	case PL_NOTIFY:
		touch(&p->notify.spi);
		touch(&p->notify.data);
		(void)notify_u16(p);
		(void)notify_u32(p, &life_s);
		notify_lifetime(p, &life_s, &life_kb);
		break;
	case PL_DELETE:
		touch(&p->del.spis);
		for (i = 0; i < p->del.n && i < 1000; i++) {
			(void)delete_spi(p, i);
			(void)delete_cookies(p, i, &spi_i, &spi_r);
		}
		break;
	}
}

/* What was decoded can be encoded, and is then decoded as the same. */
static void
try_again(void)
{
	static uint8_t buf[1 << 18];
	struct build b;
	size_t i, len;

	build_begin(&b, buf, sizeof(buf), &m.hdr);
	for (i = 0; i < m.n; i++)
		if (m.pl[i].type != PL_DELETE)
			sample_rebuild(&b, &m.pl[i]);
		else
			build_raw(&b, PL_DELETE, m.pl[i].body.p, m.pl[i].body.len);
	len = build_end(&b);
	if (len == 0)
		return;
	for (i = 0; i < m.n; i++)	/* selectors of unknown types are gone */
		if ((m.pl[i].type == PL_TSI || m.pl[i].type == PL_TSR) &&
		    m.pl[i].ts.n == 0)
			return;
	must(message_parse(&again, buf, len, NULL) == 0);
	must(again.n == m.n && again.n_transforms == m.n_transforms &&
	    again.n_selectors == m.n_selectors);
	for (i = 0; i < m.n_selectors; i++)
		must(ts_equal(&m.selectors[i], &again.selectors[i]));
}

static void
try_message(uint8_t *bytes, size_t len)
{
	char line[MESSAGE_STRLEN];
	struct err e = ERR_INIT;
	uint8_t *text;
	size_t i;

	if (message_parse(&m, bytes, len, &e) < 0) {
		must(e.text[0] != '\0');
		return;
	}
	must(message_str(&m, line)[0] != '\0');
	if (m.sk.present) {
		touch(&m.sk.body);
		text = bytes + len - m.sk.body.len;
		if (message_parse_inner(&m, text, m.sk.body.len, &e) < 0) {
			must(e.text[0] != '\0' && m.refuse != 0);
			return;
		}
		must(message_str(&m, line)[0] != '\0');
	}
	if (message_check(&m, &e) < 0)
		must(m.refuse == N_INVALID_SYNTAX && e.text[0] != '\0');
	(void)message_error(&m);
	for (i = 0; i < m.n; i++)
		try_payload(&m.pl[i]);
	try_again();
}

static void
try_message1(uint8_t *bytes, size_t len)
{
	char line[MESSAGE_STRLEN];
	struct err e = ERR_INIT;
	size_t i;

	if (message1_parse(&m, bytes, len, &e) < 0) {
		must(e.text[0] != '\0');
		return;
	}
	must(message_str(&m, line)[0] != '\0');
	touch(&m.fragment.data);
	if (m.sk.present && message1_parse_inner(&m, bytes + IKE_HDR_LEN,
	    len - IKE_HDR_LEN, &e) < 0) {
		must(e.text[0] != '\0' && m.refuse != 0);
		return;
	}
	must(message_str(&m, line)[0] != '\0');
	touch(&m.hashed);
	if (message_check(&m, &e) < 0)
		must(m.refuse == N1_PAYLOAD_MALFORMED && e.text[0] != '\0');
	else if (m.shape >= SHAPE1_QM_SA && m.shape <= SHAPE1_INFO)
		must(m.pl[0].type == PL_HASH);
	for (i = 0; i < m.n; i++)
		try_payload(&m.pl[i]);
}

/* Once as it is, once with a header that lets it pass: a fuzzer that had to
 * find the right length first would find little else. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *bytes;
	bool v1;

	if (size > 65535)
		return 0;
	bytes = malloc(size > 0 ? size : 1);
	if (bytes == NULL)
		return 0;
	if (size > 0)
		memcpy(bytes, data, size);
	try_message(bytes, size);
	try_message1(bytes, size);
	if (size >= IKE_HDR_LEN) {
		v1 = IKE_MAJOR(bytes[17]) == 1;
		bytes[0] |= 1;
		bytes[17] = v1 ? IKE_VERSION_1 : IKE_VERSION_2;
		bytes[24] = bytes[25] = 0;
		bytes[26] = (uint8_t)(size >> 8);
		bytes[27] = (uint8_t)size;
		(v1 ? try_message1 : try_message)(bytes, size);
	}
	free(bytes);
	return 0;
}
