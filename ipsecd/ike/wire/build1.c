#include "build1.h"

#include "crypto/alg.h"
#include "payload.h"

#define HDR_VERSION_AT	17
#define HDR_FLAGS_AT	19
#define KEY_IKE		1
#define LIFE_SECONDS	1
#define LIFE_KILOBYTES	2

void
build1_begin(struct build *b, void *buf, size_t size, const struct ike_header *h)
{
	build_begin(b, buf, size, h);
	wbuf_patch_u8(&b->w, HDR_VERSION_AT, IKE_VERSION_1);
	b->wire = payload1_wire;
}

void
build1_encrypted(struct build *b)
{
	uint8_t flags = wbuf_ok(&b->w) ? b->w.p[HDR_FLAGS_AT] : 0;

	wbuf_patch_u8(&b->w, HDR_FLAGS_AT, flags | FLAG1_ENCRYPTED);
	b->text_at = b->w.len;
}

/* RFC 2409 appendix B: zeros. */
size_t
build1_seal(struct build *b, size_t block, uint8_t **text, size_t *text_len)
{
	size_t over = (b->w.len - b->text_at) % block;

	if (over != 0)
		wbuf_zero(&b->w, block - over);
	*text_len = b->w.len - b->text_at;
	*text = b->w.p + b->text_at;
	return build_end(b);
}

uint8_t *
build1_hash(struct build *b, size_t len)
{
	uint8_t *p;

	build_open(b, PL_HASH);
	p = wbuf_space(&b->w, len);
	build_close(b);
	b->hashed_at = b->w.len;
	return p;
}

void
build1_hashed(const struct build *b, struct bytes *out)
{
	struct rbuf r;

	rbuf_init(&r, b->w.p, b->w.len);
	rbuf_skip(&r, b->hashed_at);
	*out = payload_rest(&r);
}

/* --- SA --- */

static void
attribute(struct build *b, uint16_t type, uint32_t value)
{
	if (value <= UINT16_MAX) {
		wbuf_u16(&b->w, type | ATTR_FORMAT_TV);
		wbuf_u16(&b->w, (uint16_t)value);
	} else {
		wbuf_u16(&b->w, type);
		wbuf_u16(&b->w, 4);
		wbuf_u32(&b->w, value);
	}
}

static void
lifetimes(struct build *b, uint16_t kind, const struct sa1_terms *terms)
{
	if (terms->life_s != 0) {
		attribute(b, kind, LIFE_SECONDS);
		attribute(b, kind + 1, terms->life_s);
	}
	if (terms->life_kb != 0) {
		attribute(b, kind, LIFE_KILOBYTES);
		attribute(b, kind + 1, terms->life_kb);
	}
}

/* One of each type; NULL for what there is none of. */
struct combination {
	const struct transform	*encr, *integ, *ke, *esn;
};

static void
must(struct build *b, uint16_t type, int value)
{
	if (value < 0)
		b->w.bad = true;
	else
		attribute(b, type, (uint32_t)value);
}

static void
attributes_ike(struct build *b, const struct combination *c,
	       const struct sa1_terms *terms)
{
	must(b, 1, alg1_from_v2(ALG1_ENCR, c->encr->id));
	if (c->encr->key_bits != 0)
		attribute(b, 14, c->encr->key_bits);
	must(b, 2, c->integ != NULL ?
	    alg1_from_v2(ALG1_HASH_INTEG, c->integ->id) : -1);
	must(b, 4, c->ke != NULL ? c->ke->id : -1);
	attribute(b, 3, terms->auth);
	lifetimes(b, 11, terms);
}

static void
attributes_esp(struct build *b, const struct combination *c,
	       const struct sa1_terms *terms)
{
	if (c->encr->key_bits != 0)
		attribute(b, 6, c->encr->key_bits);
	if (c->integ != NULL && c->integ->id != 0)
		must(b, 5, alg1_from_v2(ALG1_AUTH, c->integ->id));
	if (c->ke != NULL && c->ke->id != 0)
		attribute(b, 3, c->ke->id);
	attribute(b, 4, terms->mode);
	if (c->esn != NULL && c->esn->id != 0)
		attribute(b, 11, c->esn->id);
	lifetimes(b, 1, terms);
}

/* Where the proposal that is being written begins, and its last transform. */
struct sa_room {
	size_t		at;
	size_t		last;
	unsigned int	n;
};

static void
put_transform(struct build *b, struct sa_room *r, uint8_t protocol,
	      const struct combination *c, const struct sa1_terms *terms)
{
	int esp = alg1_from_v2(ALG1_ESP, c->encr->id);

	if (r->n == SA1_TRANSFORMS_MAX)
		return;
	r->last = b->w.len;
	wbuf_u8(&b->w, 3);
	wbuf_u8(&b->w, 0);
	wbuf_u16(&b->w, 0);
	wbuf_u8(&b->w, (uint8_t)++r->n);
	if (protocol != PROTO_IKE && esp < 0)
		b->w.bad = true;
	wbuf_u8(&b->w, protocol == PROTO_IKE ? KEY_IKE : (uint8_t)esp);
	wbuf_u16(&b->w, 0);
	if (protocol == PROTO_IKE)
		attributes_ike(b, c, terms);
	else
		attributes_esp(b, c, terms);
	build_length(b, r->last);
}

static const struct transform *
next_of(const struct proposal *p, enum transform_type type,
	const struct transform *after)
{
	const struct transform *t = after == NULL ? p->t : after + 1;

	while (t < p->t + p->n && t->type != type)
		t++;
	return t < p->t + p->n ? t : NULL;
}

static void
put_combinations(struct build *b, struct sa_room *r, const struct proposal *p,
		 const struct sa1_terms *terms)
{
	struct combination c = { .esn = next_of(p, T_ESN, NULL) };

	while ((c.encr = next_of(p, T_ENCR, c.encr)) != NULL) {
		c.integ = NULL;
		do {
			c.integ = next_of(p, T_INTEG, c.integ);
			c.ke = NULL;
			do {
				c.ke = next_of(p, T_KE, c.ke);
				put_transform(b, r, p->protocol, &c, terms);
			} while (c.ke != NULL && next_of(p, T_KE, c.ke) != NULL);
		} while (c.integ != NULL && next_of(p, T_INTEG, c.integ) != NULL);
	}
}

/* Up to the first transform. */
static void
begin_sa(struct build *b, struct sa_room *r, uint8_t num, uint8_t protocol,
	 const void *spi, size_t spi_len)
{
	build_open(b, PL_SA);
	wbuf_u32(&b->w, DOI_IPSEC);
	wbuf_u32(&b->w, SIT_IDENTITY_ONLY);
	*r = (struct sa_room){ .at = b->w.len };
	wbuf_u8(&b->w, 0);
	wbuf_u8(&b->w, 0);
	wbuf_u16(&b->w, 0);
	wbuf_u8(&b->w, num);
	wbuf_u8(&b->w, protocol);
	wbuf_u8(&b->w, (uint8_t)spi_len);
	wbuf_u8(&b->w, 0);
	wbuf_bytes(&b->w, spi, spi_len);
}

static void
end_sa(struct build *b, const struct sa_room *r)
{
	if (r->n == 0) {
		b->w.bad = true;
		return;
	}
	wbuf_patch_u8(&b->w, r->last, 0);
	wbuf_patch_u8(&b->w, r->at + 7, (uint8_t)r->n);
	build_length(b, r->at);
	build_close(b);
}

void
build1_sa(struct build *b, const struct proposal *p, size_t n,
	  const struct sa1_terms *terms)
{
	struct sa_room r;
	size_t i;

	begin_sa(b, &r, 1, p->protocol, p->spi.p, p->spi.len);
	for (i = 0; i < n; i++)
		put_combinations(b, &r, &p[i], terms);
	end_sa(b, &r);
}

void
build1_chosen(struct build *b, uint8_t protocol, const struct proposal1 *chosen,
	      const void *spi, size_t spi_len)
{
	struct sa_room r;

	begin_sa(b, &r, chosen->proposal, protocol, spi, spi_len);
	r.last = b->w.len;
	r.n = 1;
	wbuf_bytes(&b->w, chosen->raw.p, chosen->raw.len);
	end_sa(b, &r);
}

/* --- the others --- */

void
build1_ke(struct build *b, const void *data, size_t len)
{
	build_raw(b, PL_KE, data, len);
}

void
build1_sig(struct build *b, const void *data, size_t len)
{
	build_raw(b, PL_AUTH, data, len);
}

void
build1_id(struct build *b, enum ike_payload type, uint8_t id_type, uint8_t protocol,
	  uint16_t port, const void *data, size_t len)
{
	build_open(b, type);
	wbuf_u8(&b->w, id_type);
	wbuf_u8(&b->w, protocol);
	wbuf_u16(&b->w, port);
	wbuf_bytes(&b->w, data, len);
	build_close(b);
}

void
build1_natd(struct build *b, bool draft, const void *hash, size_t len)
{
	/* Types without a number of their own are as they are. */
	build_raw(b, draft ? (enum ike_payload)WIRE1_NATD_DRAFT : PL_NATD, hash, len);
}

void
build1_notify(struct build *b, uint8_t protocol, uint16_t type, const void *spi,
	      size_t spi_len, const void *data, size_t len)
{
	build_open(b, PL_NOTIFY);
	wbuf_u32(&b->w, DOI_IPSEC);
	build_notify_body(b, protocol, type, spi, spi_len, data, len);
	build_close(b);
}

void
build1_delete_isakmp(struct build *b, uint64_t spi_i, uint64_t spi_r)
{
	build_open(b, PL_DELETE);
	wbuf_u32(&b->w, DOI_IPSEC);
	wbuf_u8(&b->w, PROTO_IKE);
	wbuf_u8(&b->w, 16);
	wbuf_u16(&b->w, 1);
	wbuf_u64(&b->w, spi_i);
	wbuf_u64(&b->w, spi_r);
	build_close(b);
}

void
build1_delete(struct build *b, uint8_t protocol, const uint32_t *spis, size_t n)
{
	build_open(b, PL_DELETE);
	wbuf_u32(&b->w, DOI_IPSEC);
	build_delete_body(b, protocol, spis, n);
	build_close(b);
}

size_t
build1_fragment(struct build *b, void *buf, size_t size, const struct ike_header *h,
		uint16_t id, uint8_t number, bool last, const void *data, size_t len)
{
	build1_begin(b, buf, size, h);
	build_open(b, (enum ike_payload)WIRE1_FRAGMENT);
	wbuf_u16(&b->w, id);
	wbuf_u8(&b->w, number);
	wbuf_u8(&b->w, last);
	wbuf_bytes(&b->w, data, len);
	build_close(b);
	return build_end(b);
}
