/*
 * The SA payload of IKEv1 (RFC 2408 3.4 to 3.6; attributes: RFC 2409 appendix A
 * and RFC 2407 4.5): each transform becomes a struct proposal of IKEv2's.
 *
 * A transform that cannot be chosen is no error of the message: it says why, and
 * the others stand.
 */
#include "payload.h"

#include "buf.h"
#include "crypto/alg.h"
#include "message1.h"

#define KEY_IKE		1		/* the transform of phase 1 */
#define AES_KEY_BITS	128		/* of a peer that says none */
#define LIFE_SECONDS	1
#define LIFE_KILOBYTES	2

/* What attributes say, whatever their numbers in a phase. */
enum field {
	F_NONE, F_ENCR, F_HASH, F_METHOD, F_GROUP, F_KEY_BITS, F_MODE, F_ESN,
	F_LIFE_TYPE, F_LIFE, FIELDS
};

struct said {
	bool		 there[FIELDS];
	uint32_t	 v[FIELDS];
	uint32_t	 life_s, life_kb;
	const char	*why;		/* not to be chosen */
};

static const uint8_t phase1[] = {
	[1] = F_ENCR, [2] = F_HASH, [3] = F_METHOD, [4] = F_GROUP,
	[11] = F_LIFE_TYPE, [12] = F_LIFE, [14] = F_KEY_BITS,
};
static const uint8_t phase2[] = {
	[1] = F_LIFE_TYPE, [2] = F_LIFE, [3] = F_GROUP, [4] = F_MODE,
	[5] = F_HASH, [6] = F_KEY_BITS, [11] = F_ESN,
};

/* Both forms (RFC 2408 3.3).  More than 32 bits are as many as there can be. */
static bool
get_attribute(struct rbuf *b, uint16_t *type, uint32_t *value)
{
	uint16_t n;

	*type = rbuf_u16(b);
	n = rbuf_u16(b);
	if ((*type & ATTR_FORMAT_TV) != 0) {
		*type &= (uint16_t)~ATTR_FORMAT_TV;
		*value = n;
		return rbuf_ok(b);
	}
	if (n > rbuf_left(b))
		return false;
	*value = 0;
	for (; n > 0; n--) {
		uint8_t octet = rbuf_u8(b);

		*value = *value >> 24 != 0 ? UINT32_MAX : *value << 8 | octet;
	}
	return true;
}

/* RFC 2407 4.5: kind, then how long, perhaps of each kind. */
static void
say_life(struct said *s, uint32_t value)
{
	uint32_t *life = s->v[F_LIFE_TYPE] == LIFE_SECONDS ? &s->life_s :
	    s->v[F_LIFE_TYPE] == LIFE_KILOBYTES ? &s->life_kb : NULL;

	if (!s->there[F_LIFE_TYPE] || life == NULL)
		s->why = "it has a lifetime of an unknown kind";
	else
		*life = value;
	s->there[F_LIFE_TYPE] = false;
}

static void
say(struct said *s, enum field f, uint32_t value)
{
	if (f == F_NONE) {
		s->why = "it has an attribute that is unknown here";
	} else if (f == F_LIFE) {
		say_life(s, value);
	} else {
		if (s->there[f])
			s->why = "it says one thing twice";
		s->there[f] = true;
		s->v[f] = value;
	}
}

static bool
parse_attributes(struct said *s, struct rbuf *b, bool ike)
{
	const uint8_t *map = ike ? phase1 : phase2;
	size_t n = ike ? sizeof(phase1) : sizeof(phase2);
	uint32_t value;
	uint16_t type;

	while (rbuf_left(b) > 0) {
		if (!get_attribute(b, &type, &value))
			return false;
		say(s, type < n ? (enum field)map[type] : F_NONE, value);
	}
	return rbuf_ok(b);
}

/* --- in IKEv2's terms --- */

static void
add(struct message *m, struct proposal *p, uint8_t type, uint32_t id,
    uint16_t key_bits)
{
	m->transforms[m->n_transforms++] = (struct transform){
		.type = type, .id = id > UINT16_MAX ? UINT16_MAX : (uint16_t)id,
		.key_bits = key_bits,
	};
	p->n++;
}

static uint16_t
key_bits(const struct said *s, int encr)
{
	const struct encr_alg *a;

	if (s->there[F_KEY_BITS] && s->v[F_KEY_BITS] <= UINT16_MAX)
		return (uint16_t)s->v[F_KEY_BITS];
	for (a = encr_algs; a->name != NULL; a++)
		if (a->id == encr && a->key_bits != 0)
			return AES_KEY_BITS;
	return 0;
}

static void
map_ike(struct message *m, struct proposal *p, const struct said *s)
{
	uint16_t encr = alg1_to_v2(ALG1_ENCR, s->v[F_ENCR]);

	add(m, p, T_ENCR, encr, key_bits(s, encr));
	add(m, p, T_INTEG, alg1_to_v2(ALG1_HASH_INTEG, s->v[F_HASH]), 0);
	add(m, p, T_PRF, alg1_to_v2(ALG1_HASH_PRF, s->v[F_HASH]), 0);
	add(m, p, T_KE, s->v[F_GROUP], 0);
}

static void
map_esp(struct message *m, struct proposal *p, const struct said *s, uint8_t id)
{
	uint16_t encr = alg1_to_v2(ALG1_ESP, id);

	add(m, p, T_ENCR, encr, key_bits(s, encr));
	if (s->there[F_HASH])
		add(m, p, T_INTEG, alg1_to_v2(ALG1_AUTH, s->v[F_HASH]), 0);
	if (s->there[F_GROUP])
		add(m, p, T_KE, s->v[F_GROUP], 0);
	if (s->there[F_ESN])
		add(m, p, T_ESN, s->v[F_ESN], 0);
}

/* What phase 1 cannot do without; RFC 2409 appendix A. */
static const char *
incomplete(const struct said *s)
{
	return !s->there[F_ENCR] ? "it names no cipher" :
	    !s->there[F_HASH] ? "it names no hash" :
	    !s->there[F_METHOD] ? "it names no method of authentication" :
	    !s->there[F_GROUP] ? "it names no group" : NULL;
}

static void
map(struct message *m, struct proposal *p, struct proposal1 *v1,
    const struct said *s)
{
	bool ike = p->protocol == PROTO_IKE;

	v1->auth = (uint16_t)s->v[F_METHOD];
	v1->mode = (uint16_t)s->v[F_MODE];
	v1->life_s = s->life_s;
	v1->life_kb = s->life_kb;
	if (v1->why == NULL)
		v1->why = s->why;
	p->t = &m->transforms[m->n_transforms];
	p->n = 0;
	if (ike) {
		if (v1->transform != KEY_IKE)
			v1->why = "it is not for IKE";
		if (v1->why == NULL)
			v1->why = incomplete(s);
		map_ike(m, p, s);
	} else {
		map_esp(m, p, s, v1->transform);
	}
}

/* --- proposals and their transforms --- */

/* Of the body of a proposal, where the next transform begins. */
struct place {
	uint8_t		 num;
	uint8_t		 protocol;
	struct bytes	 spi;
	const char	*why;
};

static struct bytes
whole(const struct rbuf *b, size_t at)
{
	struct rbuf r;

	rbuf_init(&r, b->p, b->off);
	rbuf_skip(&r, at);
	return payload_rest(&r);
}

static int
parse_transform(struct message *m, struct payload *pl, const struct place *at,
		struct rbuf *b, bool last, struct err *e)
{
	struct said said = { .why = NULL };
	size_t begin = b->off;
	struct proposal1 *v1;
	struct proposal *p;
	struct rbuf body;
	uint8_t more;

	if (payload_sub(b, &body, &more, "transform", e) < 0)
		return -1;
	if (more != (last ? 0 : 3))
		return err_set(e, ERR_INVALID, "a transform is followed by type %u, "
		    "against the proposal's count", more);
	if (m->n_proposals == MSG_PROPOSALS_MAX ||
	    m->n_transforms + 4 > MSG_TRANSFORMS_MAX)
		return err_set(e, ERR_INVALID, "more than %d transforms",
		    MSG_PROPOSALS_MAX);
	p = &m->proposals[m->n_proposals];
	v1 = &m->proposals1[m->n_proposals++];
	pl->sa.n++;
	*p = (struct proposal){ .num = (uint8_t)pl->sa.n,
	    .protocol = at->protocol, .spi = at->spi };
	*v1 = (struct proposal1){ .proposal = at->num, .why = at->why };
	v1->number = rbuf_u8(&body);
	v1->transform = rbuf_u8(&body);
	rbuf_skip(&body, 2);
	if (!parse_attributes(&said, &body, at->protocol == PROTO_IKE))
		return err_set(e, ERR_INVALID,
		    "an attribute of a transform is longer than its transform");
	v1->raw = whole(b, begin);
	map(m, p, v1, &said);
	return 0;
}

/* Transforms of the same number are wanted together: AH with ESP, ESP with
 * IPComp.  Found at the second; the first gets its mark afterwards. */
static bool
bundled(struct payload *pl, struct proposal1 *v1, uint8_t num)
{
	bool any = false;
	size_t i;

	for (i = 0; i < pl->sa.n; i++)
		if (v1[i].proposal == num) {
			v1[i].why = "it wants several protocols together";
			any = true;
		}
	return any;
}

static int
parse_proposal(struct message *m, struct payload *pl, struct proposal1 *first,
	       struct rbuf *b, struct err *e)
{
	struct place at = { .why = NULL };
	struct rbuf body;
	uint8_t more, spi_size, n;

	if (payload_sub(b, &body, &more, "proposal", e) < 0)
		return -1;
	if (more != (rbuf_left(b) == 0 ? 0 : 2))
		return err_set(e, ERR_INVALID, "a proposal is followed by type %u "
		    "and %zu octets", more, rbuf_left(b));
	at.num = rbuf_u8(&body);
	at.protocol = rbuf_u8(&body);
	spi_size = rbuf_u8(&body);
	n = rbuf_u8(&body);
	at.spi = payload_some(&body, spi_size);
	if (!rbuf_ok(&body) || n == 0)
		return err_set(e, ERR_INVALID, "a proposal with an SPI of %u octets "
		    "and %u transforms has %u octets", spi_size, n,
		    (unsigned int)body.len);
	/* RFC 2408 3.5: of phase 1, nothing but the cookies counts. */
	if (at.protocol == PROTO_IKE)
		at.spi = (struct bytes){ NULL, 0 };
	if (bundled(pl, first, at.num))
		at.why = "it wants several protocols together";
	while (n-- > 0)
		if (parse_transform(m, pl, &at, &body, n == 0, e) < 0)
			return -1;
	if (rbuf_left(&body) != 0)
		return err_set(e, ERR_INVALID, "%zu octets too many after the last "
		    "transform of a proposal", rbuf_left(&body));
	return 0;
}

int
sa1_parse(struct message *m, struct payload *pl, struct rbuf *b, struct err *e)
{
	struct proposal1 *first = &m->proposals1[m->n_proposals];
	struct transform *t = &m->transforms[m->n_transforms];
	size_t i;

	pl->sa.p = &m->proposals[m->n_proposals];
	pl->sa.v1 = first;
	pl->sa.n = 0;
	do {
		if (parse_proposal(m, pl, first, b, e) < 0)
			return -1;
	} while (rbuf_left(b) > 0);
	for (i = 0; i < pl->sa.n; i++) {
		t->unknown = first[i].why != NULL;
		t += pl->sa.p[i].n;
	}
	return 0;
}

void
notify_lifetime(const struct payload *p, uint32_t *life_s, uint32_t *life_kb)
{
	struct said said = { .why = NULL };
	struct rbuf b;

	rbuf_init(&b, p->notify.data.p, p->notify.data.len);
	if (!parse_attributes(&said, &b, p->notify.protocol == PROTO_IKE))
		said.life_s = said.life_kb = 0;
	*life_s = said.life_s;
	*life_kb = said.life_kb;
}
