#include "signature.h"

#include <stdio.h>
#include <string.h>

#include "buf.h"
#include "build.h"
#include "names.h"

static const struct name hashes[] = {
	{ SIGNATURE_SHA1,	"SHA1" },
	{ SIGNATURE_SHA2_256,	"SHA2-256" },
	{ SIGNATURE_SHA2_384,	"SHA2-384" },
	{ SIGNATURE_SHA2_512,	"SHA2-512" },
	{ SIGNATURE_IDENTITY,	"IDENTITY" },
	{ 0, NULL }
};

/* RFC 7427 appendix A, RFC 8420: object identifiers as people write them. */
static const struct { const char *oid, *name; } algorithms[] = {
	{ "1.2.840.113549.1.1.5",	"RSA with SHA1" },
	{ "1.2.840.113549.1.1.10",	"RSA-PSS" },
	{ "1.2.840.113549.1.1.11",	"RSA with SHA2-256" },
	{ "1.2.840.113549.1.1.12",	"RSA with SHA2-384" },
	{ "1.2.840.113549.1.1.13",	"RSA with SHA2-512" },
	{ "1.2.840.10040.4.3",		"DSA with SHA1" },
	{ "2.16.840.1.101.3.4.3.2",	"DSA with SHA2-256" },
	{ "1.2.840.10045.4.1",		"ECDSA with SHA1" },
	{ "1.2.840.10045.4.3.2",	"ECDSA with SHA2-256" },
	{ "1.2.840.10045.4.3.3",	"ECDSA with SHA2-384" },
	{ "1.2.840.10045.4.3.4",	"ECDSA with SHA2-512" },
	{ "1.3.101.112",		"Ed25519" },
	{ "1.3.101.113",		"Ed448" },
};

uint8_t
signature_hashes(const struct message *m)
{
	const struct payload *n = message_notify(m, N_SIGNATURE_HASH_ALGORITHMS);
	uint8_t set = 0;
	uint16_t hash;
	struct rbuf b;

	if (n == NULL)
		return 0;
	rbuf_init(&b, n->notify.data.p, n->notify.data.len);
	while (rbuf_left(&b) >= 2) {
		hash = rbuf_u16(&b);
		if (name_find(hashes, hash) != NULL)
			set |= (uint8_t)(1u << hash);
	}
	return set;
}

/* The strongest first: some take the first that they know. */
void
signature_announce(struct build *b)
{
	static const uint8_t ours[] = { 0, SIGNATURE_SHA2_512,
	    0, SIGNATURE_SHA2_384, 0, SIGNATURE_SHA2_256, 0, SIGNATURE_IDENTITY };

	build_notify(b, PROTO_NONE, N_SIGNATURE_HASH_ALGORITHMS, NULL, 0, ours,
	    sizeof(ours));
}

const char *
signature_hashes_str(uint8_t set, char buf[SIGNATURE_HASHES_STRLEN])
{
	const struct name *n;
	size_t at = 0;

	snprintf(buf, SIGNATURE_HASHES_STRLEN, "none");
	for (n = hashes; n->name != NULL; n++)
		if (set & 1u << n->value)
			at += (size_t)snprintf(buf + at,
			    SIGNATURE_HASHES_STRLEN - at, "%s%s",
			    at > 0 ? " " : "", n->name);
	return buf;
}

/* A DER length of up to two octets; what does not fit is refused later. */
static size_t
der_len(struct rbuf *b)
{
	size_t len = rbuf_u8(b);

	if (len == 0x81)
		len = rbuf_u8(b);
	else if (len == 0x82)
		len = rbuf_u16(b);
	else if (len > 0x80)
		b->bad = true;
	return len;
}

/* The arcs of an object identifier with dots between. */
static bool
oid_str(struct rbuf *b, char *buf, size_t size)
{
	uint32_t arc = 0, first;
	size_t at = 0, octets = 0;
	uint8_t c;
	int n;

	while (rbuf_left(b) > 0) {
		c = rbuf_u8(b);
		if (++octets > 4)
			return false;
		arc = arc << 7 | (c & 0x7f);
		if (c & 0x80)
			continue;
		first = arc < 80 ? arc / 40 : 2;
		n = at == 0 ? snprintf(buf, size, "%u.%u", first,
		    arc - 40 * first) :
		    snprintf(buf + at, size - at, ".%u", arc);
		if (n < 0 || (size_t)n >= size - at)
			return false;
		at += (size_t)n;
		arc = 0;
		octets = 0;
	}
	return at > 0 && octets == 0;
}

/* RFC 7427 3: a length, and so much of an AlgorithmIdentifier (RFC 5280). */
const char *
signature_alg_str(const struct bytes *auth, char buf[SIGNATURE_ALG_STRLEN])
{
	struct rbuf all, id, seq, oid;
	size_t i;

	rbuf_init(&all, auth->p, auth->len);
	id = rbuf_sub(&all, rbuf_u8(&all));
	if (rbuf_u8(&id) != 0x30)	/* SEQUENCE */
		id.bad = true;
	seq = rbuf_sub(&id, der_len(&id));
	if (rbuf_u8(&seq) != 0x06)	/* OBJECT IDENTIFIER */
		seq.bad = true;
	oid = rbuf_sub(&seq, der_len(&seq));
	if (!rbuf_ok(&all) || !rbuf_ok(&id) || !rbuf_ok(&seq) ||
	    !oid_str(&oid, buf, SIGNATURE_ALG_STRLEN)) {
		snprintf(buf, SIGNATURE_ALG_STRLEN,
		    "an algorithm that cannot be read");
		return buf;
	}
	for (i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++)
		if (strcmp(buf, algorithms[i].oid) == 0)
			snprintf(buf, SIGNATURE_ALG_STRLEN, "%s",
			    algorithms[i].name);
	return buf;
}
