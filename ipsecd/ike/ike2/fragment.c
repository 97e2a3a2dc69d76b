#include "fragment.h"

#include <stdlib.h>
#include <string.h>

#include "exchange.h"
#include "ike/context.h"
#include "ike/sa.h"
#include "ike/tunnel.h"

#define DATAGRAM_MAX	1280		/* as the field does */
#define DATAGRAM_SMALL	576		/* RFC 791: every host takes it */
#define FRAGMENTS_MAX	96		/* of a message */
#define MESSAGE_MAX	32768		/* octets of its payloads */
#define STRANGERS_MAX	(16u << 20)	/* of all before authentication */
#define KEEP_MS		30000		/* an incomplete message */

/* What there is of a message. */
struct fragments {
	struct timer	 expiry;
	struct ike_sa	*sa;
	uint32_t	 msgid;
	uint16_t	 total;
	uint16_t	 got;
	size_t		 len;		/* octets of all */
	bool		 response;
	bool		 stranger;	/* counts in e->fragments */
	uint8_t		 exchange;
	uint8_t		 first;		/* type of the first payload */
	struct packet	*part[];
};

void
fragment_announce(struct build *b)
{
	build_notify(b, PROTO_NONE, N_FRAGMENTATION_SUPPORTED, NULL, 0, NULL, 0);
}

void
fragment_negotiate(struct engine *e, struct ike_sa *sa, const struct message *m)
{
	if (message_notify(m, N_FRAGMENTATION_SUPPORTED) != NULL)
		sa->datagram_max = e->set.datagram_max != 0 ?
		    e->set.datagram_max : DATAGRAM_MAX;
}

/* --- out --- */

/* Of an IKE message in one datagram. */
static size_t
room(const struct ike_sa *sa)
{
	size_t around = (sa->remote.addr.family == AF_INET6 ? 40 : 20) + 8 +
	    (sa->encap ? 4 : 0);

	return sa->datagram_max - around;
}

bool
fragment_needed(const struct ike_sa *sa, size_t len)
{
	return sa->datagram_max != 0 && len > room(sa);
}

/* Octets of payloads that fit into a fragment. */
static size_t
text_room(const struct ike_sa *sa)
{
	const struct encr_alg *encr = sa->out.encr;
	size_t around = IKE_HDR_LEN + 8 + encr->iv_len +
	    cipher_icv_len(&sa->out), n;

	if (room(sa) <= around + encr->block)
		return 0;
	n = room(sa) - around;
	return n - n % (encr->block > 1 ? encr->block : 1) - 1;
}

static struct packet *
one(struct engine *e, struct ike_sa *sa, const struct ike_header *h,
    uint8_t first, uint16_t number, uint16_t total,
    const uint8_t *text, size_t text_len)
{
	struct sk_room need = {
		.iv_len = sa->out.encr->iv_len,
		.block = sa->out.encr->block,
		.icv_len = (uint8_t)cipher_icv_len(&sa->out),
	};
	struct packet *p = malloc(sizeof(*p) + room(sa));
	size_t aad, sealed, len;
	struct build b;

	if (p == NULL)
		return NULL;
	build_begin(&b, p->data, room(sa), h);
	build_skf(&b, &need, first, number, total);
	wbuf_bytes(&b.w, text, text_len);
	len = build_seal(&b, &aad, &sealed);
	if (len == 0 || !cipher_seal(e->crypto, &sa->out, ++sa->iv, p->data, aad,
	    sealed)) {
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
	size_t each = text_room(sa), total, i, n;
	struct packet *all = NULL, **next = &all;

	total = each != 0 ? (len + each - 1) / each : 0;
	if (total == 0 || total > FRAGMENTS_MAX)
		return NULL;
	for (i = 0; i < total; i++) {
		n = len - i * each < each ? len - i * each : each;
		*next = one(e, sa, h, i == 0 ? first : PL_NONE,
		    (uint16_t)(i + 1), (uint16_t)total, text + i * each, n);
		if (*next == NULL) {
			packet_free(all);
			return NULL;
		}
		next = &(*next)->next;
	}
	return all;
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

void
fragment_smaller(struct engine *e, struct ike_sa *sa, struct packet **kept)
{
	const struct packet *p;
	struct packet *smaller;
	struct err why = ERR_INIT;
	struct ike_header h;
	uint16_t before = sa->datagram_max;
	size_t len = 0;
	uint8_t first;

	if (before <= DATAGRAM_SMALL || sa->remote.addr.family != AF_INET)
		return;
	sa->datagram_max = DATAGRAM_SMALL;
	if ((*kept)->next == NULL && (*kept)->len <= room(sa)) {
		sa->datagram_max = before;	/* nothing learnt */
		return;
	}
	for (p = *kept; p != NULL; p = p->next)
		if (!reopen(e, sa, p, &len))
			return;
	if (message_parse(&e->msg, (*kept)->data, (*kept)->len, &why) < 0)
		return;
	h = e->msg.hdr;
	first = e->msg.sk.first;
	smaller = fragment_split(e, sa, &h, first, e->out, len);
	if (smaller == NULL)
		return;
	packet_free(*kept);
	*kept = smaller;
	if (sa->tunnel != NULL)
		tunnel_event(e, sa->tunnel, EV_INFO, "no answer to a message of %zu "
		    "octets: sent again in datagrams of %u, in case longer ones "
		    "get lost on the way", len, DATAGRAM_SMALL);
}

/* --- in --- */

/* The message that is being put together. */
static bool
same_message(const struct fragments *f, const struct message *m)
{
	return f != NULL && f->msgid == m->hdr.msgid &&
	    f->response == message_is_response(m) &&
	    f->exchange == m->hdr.exchange;
}

int
fragment_check(const struct ike_sa *sa, const struct message *m, struct err *e)
{
	const struct fragments *f = sa->fragments;
	bool repeated = !message_is_response(m) && m->hdr.msgid != sa->msgid_in;

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
	if (repeated || !same_message(f, m))
		return 0;
	if (m->sk.fragments < f->total)
		return err_set(e, ERR_INVALID, "a fragment of %u where others "
		    "were of %u", m->sk.fragments, f->total);
	if (m->sk.fragments == f->total && f->part[m->sk.fragment - 1] != NULL)
		return err_set(e, ERR_INVALID, "fragment %u once more",
		    m->sk.fragment);
	return 0;
}

static struct fragments *
begin(struct engine *e, struct ike_sa *sa, const struct message *m)
{
	struct fragments *f;

	f = calloc(1, sizeof(*f) + m->sk.fragments * sizeof(f->part[0]));
	if (f == NULL)
		return NULL;
	if (!timer_init(&e->timers, &f->expiry, TIMER_FRAGMENTS)) {
		free(f);
		return NULL;
	}
	f->sa = sa;
	f->msgid = m->hdr.msgid;
	f->total = m->sk.fragments;
	f->response = message_is_response(m);
	f->exchange = m->hdr.exchange;
	f->stranger = sa->state < IKE_UP;
	timer_set(&e->timers, &f->expiry, e->now + KEEP_MS);
	return sa->fragments = f;
}

/* In order, without gaps, to e->in. */
static bool
join(struct engine *e, const struct fragments *f)
{
	struct wbuf w;
	uint16_t i;

	wbuf_init(&w, e->in, sizeof(e->in));
	for (i = 0; i < f->total; i++)
		wbuf_bytes(&w, f->part[i]->data, f->part[i]->len);
	return wbuf_ok(&w);
}

bool
fragment_add(struct engine *e, struct ike_sa *sa, const struct message *m,
	     const uint8_t *text, size_t text_len, uint8_t *first, size_t *len)
{
	struct fragments *f = sa->fragments;
	struct packet *p;
	bool complete;

	/* Of another message, or cut anew into smaller ones (2.6). */
	if (!same_message(f, m) || m->sk.fragments != f->total) {
		fragments_free(e, sa);
		f = begin(e, sa, m);
	}
	if (f == NULL || f->len + text_len > MESSAGE_MAX ||
	    (f->stranger && e->fragments + text_len > STRANGERS_MAX) ||
	    (p = packet_new(text, text_len)) == NULL) {
		engine_drop(e, &sa->remote, "no room for a fragment");
		return false;
	}
	f->part[m->sk.fragment - 1] = p;
	f->len += text_len;
	if (f->stranger)
		e->fragments += text_len;
	if (m->sk.fragment == 1)
		f->first = m->sk.first;
	if (++f->got < f->total)
		return false;
	complete = join(e, f);
	*first = f->first;
	*len = f->len;
	fragments_free(e, sa);
	return complete;
}

void
fragments_free(struct engine *e, struct ike_sa *sa)
{
	struct fragments *f = sa->fragments;
	uint16_t i;

	if (f == NULL)
		return;
	if (f->stranger)
		e->fragments -= f->len;
	for (i = 0; i < f->total; i++)
		packet_free(f->part[i]);
	timer_fini(&e->timers, &f->expiry);
	sa->fragments = NULL;
	free(f);
}

void
fragments_expired(struct engine *e, struct timer *t)
{
	struct fragments *f = table_entry(t, struct fragments, expiry);

	engine_drop(e, &f->sa->remote, "%u of %u fragments of a message came",
	    f->got, f->total);
	fragments_free(e, f->sa);
}
