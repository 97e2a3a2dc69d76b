#include "fragment.h"

#include <stdlib.h>
#include <string.h>

#include "ike/context.h"
#include "ike/fragments.h"
#include "ike/sa.h"

void
fragment_announce(struct build *b)
{
	build_notify(b, PROTO_NONE, N_FRAGMENTATION_SUPPORTED, NULL, 0, NULL, 0);
}

void
fragment_negotiate(struct engine *e, struct ike_sa *sa, const struct message *m)
{
	if (message_notify(m, N_FRAGMENTATION_SUPPORTED) != NULL)
		fragments_agree(e, sa);
}

/* --- out --- */

/* Octets of payloads that fit into a fragment. */
static size_t
text_room(const struct ike_sa *sa)
{
	const struct encr_alg *encr = sa->out.encr;
	size_t around = IKE_HDR_LEN + 8 + encr->iv_len +
	    cipher_icv_len(&sa->out), n;

	if (fragments_room(sa) <= around + encr->block)
		return 0;
	n = fragments_room(sa) - around;
	return n - n % (encr->block > 1 ? encr->block : 1) - 1;
}

struct whole {
	struct engine		*e;
	struct ike_sa		*sa;
	const struct ike_header	*h;
	const uint8_t		*text;
	uint8_t			 first;
};

static struct packet *
make(void *arg, uint16_t number, uint16_t total, size_t at, size_t text_len)
{
	struct whole *from = arg;
	struct ike_sa *sa = from->sa;
	struct sk_room need = {
		.iv_len = sa->out.encr->iv_len,
		.block = sa->out.encr->block,
		.icv_len = (uint8_t)cipher_icv_len(&sa->out),
	};
	struct packet *p = malloc(sizeof(*p) + fragments_room(sa));
	size_t aad, sealed, len;
	struct build b;

	if (p == NULL)
		return NULL;
	build_begin(&b, p->data, fragments_room(sa), from->h);
	build_skf(&b, &need, number == 1 ? from->first : PL_NONE, number, total);
	wbuf_bytes(&b.w, from->text + at, text_len);
	len = build_seal(&b, &aad, &sealed);
	if (len == 0 || !cipher_seal(from->e->crypto, &sa->out, ++sa->iv, p->data,
	    aad, sealed)) {
		free(p);
		return NULL;
	}
	p->next = NULL;
	p->len = (uint16_t)len;
	return p;
}

struct packet *
fragment_split(struct engine *e, struct ike_sa *sa, const struct ike_header *h,
	       uint8_t first, const uint8_t *text, size_t len)
{
	struct whole from = { .e = e, .sa = sa, .h = h, .text = text,
	    .first = first };

	return fragments_cut(len, text_room(sa), make, &from);
}

/* What is in a packet of ours, appended to e->out at *at. */
static bool
reopen(struct engine *e, struct ike_sa *sa, const struct packet *p, size_t *at)
{
	struct message *m = &e->msg;
	struct err why = ERR_INIT;
	uint8_t *copy = e->out + *at;
	size_t text;

	if (p->len > sizeof(e->out) - *at)
		return false;
	memcpy(copy, p->data, p->len);
	if (message_parse(m, copy, p->len, &why) < 0 || !m->sk.present ||
	    !cipher_open(e->crypto, &sa->out, copy, m->sk.aad_len, p->len,
	    &text))
		return false;
	memmove(copy, copy + m->sk.aad_len + sa->out.encr->iv_len, text);
	if (!message_unpad(copy, &text))
		return false;
	*at += text;
	return true;
}

struct packet *
fragment_recut(struct engine *e, struct ike_sa *sa, const struct packet *kept,
	       size_t *len)
{
	const struct packet *p;
	struct ike_header h;

	*len = 0;
	for (p = kept; p != NULL; p = p->next)
		if (!reopen(e, sa, p, len))
			return NULL;
	if (message_parse(&e->msg, kept->data, kept->len, NULL) < 0)
		return NULL;
	h = e->msg.hdr;
	return fragment_split(e, sa, &h, e->msg.sk.first, e->out, *len);
}

/* --- in --- */

static struct fragment_key
key_of(const struct message *m)
{
	return (struct fragment_key){ .id = m->hdr.msgid,
	    .exchange = m->hdr.exchange, .response = message_is_response(m) };
}

int
fragment_check(const struct ike_sa *sa, const struct message *m, struct err *e)
{
	const struct fragments *f = sa->fragments;
	bool repeated = !message_is_response(m) && m->hdr.msgid != sa->msgid_in;
	const struct fragment_key key = key_of(m);

	if (sa->datagram_max == 0)
		return err_set(e, ERR_INVALID,
		    "a fragment, which was not agreed on");
	if (m->sk.fragments > FRAGMENTS_MAX)
		return err_set(e, ERR_INVALID, "a message in %u fragments",
		    m->sk.fragments);
	/* 2.6.1: the first stands for all of a message that was answered. */
	if (repeated && m->sk.fragment != 1)
		return err_set(e, ERR_INVALID, "fragment %u of a message that was "
		    "answered", m->sk.fragment);
	if (!repeated && !message_is_response(m) && sa->answering != 0)
		return err_set(e, ERR_INVALID, "still at this request");
	if (repeated || !fragments_same(f, &key))
		return 0;
	if (m->sk.fragments < f->total)
		return err_set(e, ERR_INVALID, "a fragment of %u where others "
		    "were of %u", m->sk.fragments, f->total);
	if (m->sk.fragments == f->total && f->part[m->sk.fragment - 1] != NULL)
		return err_set(e, ERR_INVALID, "fragment %u once more",
		    m->sk.fragment);
	return 0;
}

bool
fragment_add(struct engine *e, struct ike_sa *sa, const struct message *m,
	     const uint8_t *text, size_t text_len, uint8_t *first, size_t *len)
{
	const struct fragment_key key = key_of(m);
	struct fragments *f = fragments_add(e, sa, &key, m->sk.fragment,
	    m->sk.fragments, sa->state < IKE_UP, text, text_len);

	if (f != NULL && m->sk.fragment == 1)
		f->first = m->sk.first;
	if (f == NULL || !fragments_complete(f))
		return false;
	*first = f->first;
	return fragments_join(e, f, len);
}
