#include "crl_in.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "cert_in.h"
#include "der.h"

static const uint8_t oid_reason[] = { 0x55, 0x1d, 0x15 };
static const uint8_t oid_issuer[] = { 0x55, 0x1d, 0x1d };
static const uint8_t oid_invalidity[] = { 0x55, 0x1d, 0x18 };

static bool
oid_is(const struct tlv *t, const uint8_t oid[3])
{
	return t->len == 3 && memcmp(t->p, oid, 3) == 0;
}

struct entry {
	struct tlv	serial, date;
	uint8_t		reason;
};

static int
read_extension(struct rbuf *r, struct entry *en, struct err *e)
{
	struct tlv t, oid, value, reason;
	struct rbuf ext;
	bool critical = false;

	if (!der_get(r, TAG_SEQUENCE, &t))
		return crl_malformed(e);
	ext = der_inside(&t);
	if (!der_get(&ext, TAG_OID, &oid))
		return crl_malformed(e);
	if (der_next_is(&ext, TAG_BOOLEAN)) {
		if (!der_next(&ext, &value) || value.len != 1)
			return crl_malformed(e);
		critical = value.p[0] != 0;
	}
	if (!der_get(&ext, TAG_OCTETS, &value) || rbuf_left(&ext) != 0)
		return crl_malformed(e);
	if (oid_is(&oid, oid_issuer))
		return err_set(e, ERR_INVALID, "is an indirect CRL (it lists "
		    "certificates of other issuers), which Culvert does not use");
	if (oid_is(&oid, oid_reason)) {
		ext = der_inside(&value);
		if (!der_get(&ext, TAG_ENUM, &reason) || reason.len != 1)
			return crl_malformed(e);
		en->reason = reason.p[0];
	} else if (critical && !oid_is(&oid, oid_invalidity)) {
		return err_set(e, ERR_INVALID, "has an entry with a critical "
		    "extension that Culvert does not know");
	}
	return 0;
}

static int
read_entry(struct rbuf *list, struct entry *en, struct err *e)
{
	struct tlv t, exts;
	struct rbuf r, x;

	en->reason = 0;
	if (!der_get(list, TAG_SEQUENCE, &t))
		return crl_malformed(e);
	r = der_inside(&t);
	if (!der_get(&r, TAG_INTEGER, &en->serial) || en->serial.len == 0 ||
	    !der_next(&r, &en->date) ||
	    (en->date.tag != TAG_UTCTIME && en->date.tag != TAG_TIME))
		return crl_malformed(e);
	if (rbuf_left(&r) == 0)
		return 0;
	if (!der_get(&r, TAG_SEQUENCE, &exts) || rbuf_left(&r) != 0)
		return crl_malformed(e);
	x = der_inside(&exts);
	while (rbuf_left(&x) > 0)
		if (read_extension(&x, en, e) < 0)
			return -1;
	return 0;
}

/* Keyed: who makes the serial numbers must not choose the slots. */
static uint32_t
serial_hash(const struct crl *c, const uint8_t *p, size_t len)
{
	uint64_t h = c->seed ^ len;

	while (len-- > 0)
		h = (h ^ *p++) * 0x9e3779b97f4a7c15ULL + (h >> 29);
	h ^= h >> 32;
	return (uint32_t)(h * 0xbf58476d1ce4e5b9ULL >> 32);
}

static void
index_entry(struct crl *c, const struct tlv *serial, uint32_t at)
{
	const uint8_t *p = serial->p;
	size_t len = serial->len;
	uint32_t i;

	der_shorten(&p, &len);
	i = serial_hash(c, p, len) & c->mask;
	while (c->slot[i] != 0)
		i = (i + 1) & c->mask;
	c->slot[i] = at + 1;
}

int
crl_read_entries(struct crypto *crypto, struct crl *c, struct err *e)
{
	struct rbuf r;
	struct entry en;
	uint32_t at, size = 8;

	rbuf_init(&r, c->list, c->list_len);
	for (c->n = 0; rbuf_left(&r) > 0; c->n++)
		if (read_entry(&r, &en, e) < 0)
			return -1;
	while (size < 2 * c->n)
		size *= 2;
	c->mask = size - 1;
	c->slot = calloc(size, sizeof(*c->slot));
	if (c->slot == NULL || !crypto_random(crypto, &c->seed, sizeof(c->seed)))
		return err_set(e, ERR_RESOURCE, "needs more memory than there is");
	rbuf_init(&r, c->list, c->list_len);
	while (rbuf_left(&r) > 0) {
		at = (uint32_t)r.off;
		if (read_entry(&r, &en, e) < 0)
			return -1;
		index_entry(c, &en.serial, at);
	}
	return 0;
}

static int64_t
entry_time(const struct tlv *date)
{
	const uint8_t *p = date->at;
	ASN1_TIME *t = d2i_ASN1_TIME(NULL, &p, (long)date->whole);
	int64_t s = crl_seconds(t);

	ASN1_TIME_free(t);
	ERR_clear_error();
	return s;
}

/* RFC 5280 5.3.1 */
const char *
crl_reason_str(unsigned int reason)
{
	static const char *const names[] = {
		NULL, "its key is compromised", "its CA is compromised",
		"its owner has changed", "it was replaced",
		"it is no longer needed", "it is on hold", NULL,
		"it was removed from the list", "its privilege is withdrawn",
		"its attribute authority is compromised"
	};

	return reason < sizeof(names) / sizeof(names[0]) ? names[reason] : NULL;
}

bool
crl_revoked(const struct crl *c, const struct cert *cert, struct crl_entry *out)
{
	uint8_t buf[CERT_MAX], *w = buf;
	const ASN1_INTEGER *serial =
	    X509_get0_serialNumber(cert_x509(cert));
	struct rbuf r;
	struct tlv want;
	struct entry en;
	const uint8_t *p, *q;
	size_t len, qlen;
	uint32_t i;
	int n = i2d_ASN1_INTEGER(serial, NULL);

	if (n <= 0 || (size_t)n > sizeof(buf) || i2d_ASN1_INTEGER(serial, &w) != n)
		return false;
	rbuf_init(&r, buf, (size_t)n);
	if (!der_get(&r, TAG_INTEGER, &want))
		return false;
	p = want.p;
	len = want.len;
	der_shorten(&p, &len);
	for (i = serial_hash(c, p, len) & c->mask; c->slot[i] != 0;
	    i = (i + 1) & c->mask) {
		rbuf_init(&r, c->list, c->list_len);
		rbuf_skip(&r, c->slot[i] - 1);
		if (read_entry(&r, &en, NULL) < 0)
			continue;
		q = en.serial.p;
		qlen = en.serial.len;
		der_shorten(&q, &qlen);
		if (qlen != len || memcmp(p, q, len) != 0)
			continue;
		out->when = entry_time(&en.date);
		out->reason = crl_reason_str(en.reason);
		return true;
	}
	return false;
}
