#include "fragment1.h"

#include <stdlib.h>
#include <string.h>

#include "ike/context.h"
#include "ike/fragments.h"
#include "ike/sa.h"
#include "ike/wire/build1.h"
#include "ike/wire/message1.h"

#define HEADERS		(IKE_HDR_LEN + 8)	/* of a part */

void
fragment1_announce(struct build *b)
{
	vendor_build(b, VENDOR_FRAGMENTATION);
}

void
fragment1_negotiate(struct engine *e, struct ike_sa *sa, const struct message *m)
{
	if (message_vendor(m, VENDOR_FRAGMENTATION))
		fragments_agree(e, sa);
}

/* --- out --- */

struct whole {
	const struct ike_header	*h;
	const uint8_t		*msg;
	uint16_t		 id;
};

static struct packet *
make(void *arg, uint16_t number, uint16_t total, size_t at, size_t len)
{
	const struct whole *from = arg;
	struct packet *p = malloc(sizeof(*p) + HEADERS + len);
	struct build b;

	if (p == NULL)
		return NULL;
	p->next = NULL;
	p->len = (uint16_t)build1_fragment(&b, p->data, HEADERS + len, from->h,
	    from->id, (uint8_t)number, number == total, from->msg + at, len);
	return p;
}

struct packet *
fragment1_split(struct engine *e, const struct ike_sa *sa, const uint8_t *msg,
		size_t len)
{
	struct ike_header h;
	struct whole from = { .h = &h, .msg = msg };

	if (!fragments_needed(sa, len))
		return packet_new(msg, len);
	if (header_parse(&h, msg, len, NULL) < 0 ||
	    !crypto_random(e->crypto, &from.id, sizeof(from.id)))
		return NULL;
	/* That of the whole says that it is encrypted. */
	h.flags &= (uint8_t)~FLAG1_ENCRYPTED;
	return fragments_cut(len, fragments_room(sa) - HEADERS, make, &from);
}

/* What was cut into these, to e->out. */
static bool
whole(struct engine *e, const struct packet *p, size_t *len)
{
	struct message *m = &e->msg;
	struct wbuf w;

	wbuf_init(&w, e->out, sizeof(e->out));
	for (; p != NULL; p = p->next) {
		if (message1_parse(m, p->data, p->len, NULL) < 0)
			return false;
		if (m->fragment.present)
			wbuf_bytes(&w, m->fragment.data.p, m->fragment.data.len);
		else
			wbuf_bytes(&w, p->data, p->len);
	}
	*len = w.len;
	return wbuf_ok(&w);
}

struct packet *
fragment1_recut(struct engine *e, struct ike_sa *sa, const struct packet *p,
		size_t *len)
{
	return whole(e, p, len) ? fragment1_split(e, sa, e->out, *len) : NULL;
}

/* --- in --- */

bool
fragment1_add(struct engine *e, struct ike_sa *sa, const struct message *m,
	      size_t *len)
{
	const struct fragment1 *part = &m->fragment;
	/* Some give all their messages the same id, as strongSwan does. */
	const struct fragment_key key = {
		.id = (uint64_t)m->hdr.msgid << 16 | part->id,
		.exchange = m->hdr.exchange,
	};
	struct fragments *f = sa->fragments;
	const struct packet *there = NULL;

	if (sa->datagram_max == 0 || part->number > FRAGMENTS_MAX) {
		engine_drop(e, &sa->remote, sa->datagram_max == 0 ?
		    "a fragment, which was not agreed on" :
		    "a message in too many fragments");
		return false;
	}
	if (fragments_same(f, &key) && part->number <= f->room)
		there = f->part[part->number - 1];
	if (there != NULL) {
		/* Sent again, as all of a message is that was not answered. */
		if (there->len == part->data.len &&
		    memcmp(there->data, part->data.p, there->len) == 0)
			return false;
		fragments_free(e, sa);		/* the next message has begun */
	}
	f = fragments_add(e, sa, &key, part->number, part->last ? part->number : 0,
	    true, part->data.p, part->data.len);
	return f != NULL && fragments_complete(f) && fragments_join(e, f, len);
}
