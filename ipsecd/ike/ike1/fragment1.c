#include "fragment1.h"

#include <stdlib.h>

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

static struct packet *
one(const struct ike_sa *sa, const struct ike_header *h, uint16_t id, uint8_t number,
    bool last, struct rbuf *from)
{
	size_t each = fragments_room(sa) - HEADERS, n = rbuf_left(from);
	struct packet *p;
	struct build b;

	if (n > each)
		n = each;
	p = malloc(sizeof(*p) + HEADERS + n);
	if (p == NULL)
		return NULL;
	p->next = NULL;
	p->len = (uint16_t)build1_fragment(&b, p->data, HEADERS + n, h, id, number,
	    last, rbuf_bytes(from, n), n);
	return p;
}

struct packet *
fragment1_split(struct engine *e, const struct ike_sa *sa, const uint8_t *msg,
		size_t len)
{
	struct packet *all = NULL, **next = &all;
	struct ike_header h;
	struct rbuf from;
	size_t each, total, i;
	uint16_t id = 0;

	if (!fragments_needed(sa, len))
		return packet_new(msg, len);
	each = fragments_room(sa) - HEADERS;
	total = (len + each - 1) / each;
	if (total > FRAGMENTS_MAX || header_parse(&h, msg, len, NULL) < 0 ||
	    !crypto_random(e->crypto, &id, sizeof(id)))
		return NULL;
	/* That of the whole says that it is encrypted. */
	h.flags &= (uint8_t)~FLAG1_ENCRYPTED;
	rbuf_init(&from, msg, len);
	for (i = 1; i <= total; i++) {
		*next = one(sa, &h, id, (uint8_t)i, i == total, &from);
		if (*next == NULL) {
			packet_free(all);
			return NULL;
		}
		next = &(*next)->next;
	}
	return all;
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

void
fragment1_smaller(struct engine *e, struct ike_sa *sa, struct packet **kept)
{
	struct packet *smaller;
	size_t len;

	if (!fragments_shrink(sa, *kept) || !whole(e, *kept, &len) ||
	    (smaller = fragment1_split(e, sa, e->out, len)) == NULL)
		return;
	packet_free(*kept);
	*kept = smaller;
	fragments_note(e, sa, len);
}

/* --- in --- */

bool
fragment1_add(struct engine *e, struct ike_sa *sa, const struct message *m,
	      size_t *len)
{
	const struct fragment1 *part = &m->fragment;
	/* Some give all their messages the same id. */
	const struct fragment_key key = {
		.id = (uint64_t)m->hdr.msgid << 16 | part->id,
		.exchange = m->hdr.exchange,
	};
	struct fragments *f = sa->fragments;

	if (sa->datagram_max == 0 || part->number > FRAGMENTS_MAX) {
		engine_drop(e, &sa->remote, sa->datagram_max == 0 ?
		    "a fragment, which was not agreed on" :
		    "a message in too many fragments");
		return false;
	}
	/* Sent again, as all of a message is that was not answered. */
	if (fragments_same(f, &key) && part->number <= f->room &&
	    f->part[part->number - 1] != NULL)
		return false;
	f = fragments_add(e, sa, &key, part->number, part->last ? part->number : 0,
	    true, part->data.p, part->data.len);
	return f != NULL && fragments_complete(f) && fragments_join(e, f, len);
}
