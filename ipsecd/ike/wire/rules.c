/*
 * Which payloads a message must and may have: RFC 7296 appendix C and the
 * exchanges of RFC 2409 as a table, and the one function that holds a message
 * against it.
 */
#include "message1.h"

#include <stdio.h>

#define P(x)	(1u << (PL_##x - PL_FIRST))

/* Allowed everywhere, any number of times. */
#define ALWAYS	(P(NOTIFY) | P(VENDOR))
/* May be there more than once where they may be there at all. */
#define MANY	(ALWAYS | P(CERT) | P(CERTREQ) | P(DELETE) | P(NATD) | P(NATOA))

#define CHILD	(P(SA) | P(TSI) | P(TSR))
#define CERTS	(P(CERT) | P(CERTREQ))

/* IKEv1's two messages of a pair look the same; what tells others of its apart
 * is whether they are encrypted. */
#define CLEAR	false
#define CRYPT	true

/* The first row that fits gives the message its shape: the more demanding
 * rows of an exchange come first, what hardly anybody does last. */
static const struct rule {
	enum message_shape	shape;
	uint8_t			exchange;	/* the versions' differ */
	bool			response;	/* or CRYPT */
	uint32_t		must;
	uint32_t		may;		/* besides ALWAYS */
} rules[] = {
/*	shape			exchange	      response	must				may */
/* C.1 */
{ SHAPE_INIT_REQUEST,		EXCH_IKE_SA_INIT,	false,	P(SA) | P(KE) | P(NONCE),	P(CERTREQ) },
{ SHAPE_INIT_RESPONSE,		EXCH_IKE_SA_INIT,	true,	P(SA) | P(KE) | P(NONCE),	P(CERTREQ) },
{ SHAPE_INIT_REFUSED,		EXCH_IKE_SA_INIT,	true,	P(NOTIFY),			0 },
/* C.2, C.3 (EAP), RFC 6023 (without a CHILD_SA) */
{ SHAPE_AUTH_REQUEST,		EXCH_IKE_AUTH,		false,	P(IDI) | P(AUTH) | CHILD,	CERTS | P(IDR) | P(CP) },
{ SHAPE_AUTH_REQUEST_EAP,	EXCH_IKE_AUTH,		false,	P(IDI) | CHILD,			P(CERTREQ) | P(IDR) | P(CP) },
{ SHAPE_AUTH_REQUEST_CHILDLESS,	EXCH_IKE_AUTH,		false,	P(IDI) | P(AUTH),		CERTS | P(IDR) | P(CP) },
{ SHAPE_AUTH_EAP,		EXCH_IKE_AUTH,		false,	P(EAP),				0 },
{ SHAPE_AUTH_EAP,		EXCH_IKE_AUTH,		false,	P(AUTH),			0 },
{ SHAPE_AUTH_RESPONSE,		EXCH_IKE_AUTH,		true,	P(IDR) | P(AUTH) | CHILD,	P(CERT) | P(CP) },
{ SHAPE_AUTH_RESPONSE_CHILDLESS, EXCH_IKE_AUTH,		true,	P(IDR) | P(AUTH),		P(CERT) | P(CP) },
{ SHAPE_AUTH_REFUSED,		EXCH_IKE_AUTH,		true,	P(NOTIFY),			0 },
{ SHAPE_AUTH_EAP,		EXCH_IKE_AUTH,		true,	P(EAP),				P(IDR) | P(CERT) | P(AUTH) },
/* C.4, C.5 */
{ SHAPE_CHILD_REQUEST,		EXCH_CREATE_CHILD_SA,	false,	P(NONCE) | CHILD,		P(KE) | P(CP) },
{ SHAPE_IKE_REKEY_REQUEST,	EXCH_CREATE_CHILD_SA,	false,	P(SA) | P(KE) | P(NONCE),	0 },
{ SHAPE_CHILD_RESPONSE,		EXCH_CREATE_CHILD_SA,	true,	P(NONCE) | CHILD,		P(KE) | P(CP) },
{ SHAPE_IKE_REKEY_RESPONSE,	EXCH_CREATE_CHILD_SA,	true,	P(SA) | P(KE) | P(NONCE),	0 },
{ SHAPE_CREATE_REFUSED,		EXCH_CREATE_CHILD_SA,	true,	P(NOTIFY),			0 },
/* C.6 */
{ SHAPE_INFO_REQUEST,		EXCH_INFORMATIONAL,	false,	0,				P(DELETE) | P(CP) },
{ SHAPE_INFO_RESPONSE,		EXCH_INFORMATIONAL,	true,	0,				P(DELETE) | P(CP) },
/* RFC 2409 5, 5.1, 5.4; RFC 3947 3.2 */
{ SHAPE1_MM_SA,			EXCH1_MAIN,		CLEAR,	P(SA),				P(CERTREQ) },
{ SHAPE1_MM_KE,			EXCH1_MAIN,		CLEAR,	P(KE) | P(NONCE),		CERTS | P(NATD) },
{ SHAPE1_MM_HASH,		EXCH1_MAIN,		CRYPT,	P(ID) | P(HASH),		CERTS },
{ SHAPE1_MM_SIG,		EXCH1_MAIN,		CRYPT,	P(ID) | P(AUTH),		CERTS },
/* RFC 2409 5.5 */
{ SHAPE1_QM_SA,			EXCH1_QUICK,		CRYPT,	P(HASH) | P(SA) | P(NONCE) | P(IDI) | P(IDR), P(KE) | P(NATOA) },
{ SHAPE1_QM_SA,			EXCH1_QUICK,		CRYPT,	P(HASH) | P(SA) | P(NONCE),	P(KE) | P(NATOA) },
{ SHAPE1_QM_CONNECTED,		EXCH1_QUICK,		CRYPT,	P(HASH) | P(NOTIFY),		0 },
{ SHAPE1_QM_HASH,		EXCH1_QUICK,		CRYPT,	P(HASH),			0 },
/* RFC 2409 5.7 */
{ SHAPE1_INFO,			EXCH1_INFORMATIONAL,	CRYPT,	P(HASH),			P(DELETE) },
{ SHAPE1_INFO_CLEAR,		EXCH1_INFORMATIONAL,	CLEAR,	0,				P(DELETE) },
};
#define N_RULES	(sizeof(rules) / sizeof(rules[0]))

static uint32_t
missing(const struct rule *r, uint32_t there)
{
	return r->must & ~there;
}

static uint32_t
unwanted(const struct rule *r, uint32_t there)
{
	return there & ~(r->must | r->may | ALWAYS);
}

/* The names of the payloads in a set: "SA, KE". */
static const char *
set_str(const struct name *payloads, uint32_t set, char *buf, size_t size)
{
	size_t at = 0;
	unsigned int i;
	char name[16];

	buf[0] = '\0';
	for (i = 0; i <= PL_LAST - PL_FIRST; i++) {
		if ((set & 1u << i) == 0 || at + 24 > size)
			continue;
		at += (size_t)snprintf(buf + at, size - at, "%s%s",
		    at > 0 ? ", " : "",
		    name_str(payloads, PL_FIRST + (int)i, name));
	}
	return buf;
}

/* The sets of what is there, and of what is there too often. */
static uint32_t
present(const struct message *m, uint32_t *twice)
{
	uint32_t there = 0;
	unsigned int i;

	*twice = 0;
	for (i = 0; i <= PL_LAST - PL_FIRST; i++) {
		if (m->count[i] > 0)
			there |= 1u << i;
		if (m->count[i] > 1)
			*twice |= 1u << i;
	}
	*twice &= ~(uint32_t)MANY;
	return there;
}

static int
complain(const struct message *m, const struct rule *nearest, uint32_t there,
	 uint32_t twice, struct err *e)
{
	const struct name *names = message_payload_names(m);
	const char *what = message_kind_str(m), *exch;
	char set[200], number[16];
	uint32_t lacks;

	exch = name_str(message_exchange_names(m), m->hdr.exchange, number);
	if (nearest == NULL)
		return err_set(e, ERR_INVALID, "exchange type %u is unknown here",
		    m->hdr.exchange);
	if (twice != 0)
		return err_set(e, ERR_INVALID, "%s %s with more than one payload %s",
		    exch, what, set_str(names, twice, set, sizeof(set)));
	if ((lacks = missing(nearest, there)) != 0)
		return err_set(e, ERR_INVALID, "%s %s without payload %s",
		    exch, what, set_str(names, lacks, set, sizeof(set)));
	return err_set(e, ERR_INVALID, "%s %s with payload %s, which does not "
	    "belong there", exch, what,
	    set_str(names, unwanted(nearest, there), set, sizeof(set)));
}

/* RFC 2409 5.5, 5.7: HASH covers what follows it, so that it has to be the first.
 * (Who has shown in main mode who he is has no other encrypted messages.) */
static int
check_hash(struct message *m, struct err *e)
{
	if (!message_is_v1(m) || !m->sk.present || m->hdr.exchange == EXCH1_MAIN ||
	    m->pl[0].type == PL_HASH)
		return 0;
	m->refuse = N1_PAYLOAD_MALFORMED;
	return err_set(e, ERR_INVALID, "a payload before HASH, which does not cover it");
}

static int
found(struct message *m, const struct rule *r, struct err *e)
{
	if (check_hash(m, e) < 0)
		return -1;
	m->shape = r->shape;
	m->refuse = 0;
	return 0;
}

int
message_check(struct message *m, struct err *e)
{
	bool v1 = message_is_v1(m);
	bool column = v1 ? m->sk.present : message_is_response(m);
	const struct rule *r, *nearest = NULL;
	uint32_t twice, there = present(m, &twice);
	int off, best = 64;

	m->shape = SHAPE_NONE;
	m->refuse = v1 ? (uint16_t)N1_PAYLOAD_MALFORMED : N_INVALID_SYNTAX;
	for (r = rules; r < rules + N_RULES; r++) {
		if (r->exchange != m->hdr.exchange || r->response != column)
			continue;
		off = __builtin_popcount(missing(r, there)) +
		    2 * __builtin_popcount(unwanted(r, there));
		if (off == 0 && twice == 0)
			return found(m, r, e);
		if (off < best) {
			best = off;
			nearest = r;
		}
	}
	return complain(m, nearest, there, twice, e);
}

const char *
shape_str(enum message_shape shape)
{
	static const struct name names[] = {
		{ SHAPE_NONE,			"unchecked" },
		{ SHAPE_INIT_REQUEST,		"IKE_SA_INIT request" },
		{ SHAPE_INIT_RESPONSE,		"IKE_SA_INIT response" },
		{ SHAPE_INIT_REFUSED,		"IKE_SA_INIT refusal" },
		{ SHAPE_AUTH_REQUEST,		"IKE_AUTH request" },
		{ SHAPE_AUTH_REQUEST_CHILDLESS,	"IKE_AUTH request without CHILD_SA" },
		{ SHAPE_AUTH_REQUEST_EAP,	"IKE_AUTH request for EAP" },
		{ SHAPE_AUTH_EAP,		"IKE_AUTH with EAP" },
		{ SHAPE_AUTH_RESPONSE,		"IKE_AUTH response" },
		{ SHAPE_AUTH_RESPONSE_CHILDLESS, "IKE_AUTH response without CHILD_SA" },
		{ SHAPE_AUTH_REFUSED,		"IKE_AUTH refusal" },
		{ SHAPE_CHILD_REQUEST,		"CREATE_CHILD_SA request" },
		{ SHAPE_CHILD_RESPONSE,		"CREATE_CHILD_SA response" },
		{ SHAPE_IKE_REKEY_REQUEST,	"IKE_SA rekey request" },
		{ SHAPE_IKE_REKEY_RESPONSE,	"IKE_SA rekey response" },
		{ SHAPE_CREATE_REFUSED,		"CREATE_CHILD_SA refusal" },
		{ SHAPE_INFO_REQUEST,		"INFORMATIONAL request" },
		{ SHAPE_INFO_RESPONSE,		"INFORMATIONAL response" },
		{ SHAPE1_MM_SA,			"main mode with SA" },
		{ SHAPE1_MM_KE,			"main mode with KE" },
		{ SHAPE1_MM_HASH,		"main mode with HASH" },
		{ SHAPE1_MM_SIG,		"main mode with SIG" },
		{ SHAPE1_QM_SA,			"quick mode with SA" },
		{ SHAPE1_QM_HASH,		"quick mode with HASH" },
		{ SHAPE1_QM_CONNECTED,		"quick mode with CONNECTED" },
		{ SHAPE1_INFO,			"informational" },
		{ SHAPE1_INFO_CLEAR,		"informational in clear" },
		{ 0, NULL }
	};
	const char *s = name_find(names, (int)shape);

	return s != NULL ? s : "unknown";
}
