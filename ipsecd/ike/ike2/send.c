#include "exchange.h"

#include <stdlib.h>
#include <string.h>

#include "fragment.h"
#include "handlers.h"
#include "ike/child.h"
#include "ike/context.h"
#include "ike/fragments.h"
#include "ike/trace.h"
#include "ike/tunnel.h"
#include "ike2.h"
#include "mobike.h"

/* Requests and answers on their way out, and out again. */

void
header_of(const struct ike_sa *sa, struct ike_header *h, uint8_t exchange,
	  bool response, uint32_t msgid)
{
	memset(h, 0, sizeof(*h));
	h->spi_i = sa->spi_i;
	h->spi_r = sa->spi_r;
	h->exchange = exchange;
	h->flags = (uint8_t)((sa->initiator ? FLAG_INITIATOR : 0) |
	    (response ? FLAG_RESPONSE : 0));
	h->msgid = msgid;
}

static void
begin(struct engine *e, struct ike_sa *sa, struct build *b, uint8_t exchange,
      bool response, uint32_t msgid)
{
	const struct encr_alg *encr = sa->out.encr;
	struct sk_room room = {
		.iv_len = encr->iv_len,
		.block = encr->block,
		.icv_len = (uint8_t)cipher_icv_len(&sa->out),
	};
	struct ike_header h;

	header_of(sa, &h, exchange, response, msgid);
	build_begin(b, e->out, sizeof(e->out), &h);
	build_sk(b, &room);
}

/* The message in e->out, sealed, in as many datagrams as it needs; NULL: it is
 * too long, or no memory. */
static struct packet *
seal(struct engine *e, struct ike_sa *sa, struct build *b)
{
	size_t aad, text, len = build_seal(b, &aad, &text);
	const uint8_t *plain = e->out + aad + sa->out.encr->iv_len;
	struct err why = ERR_INIT;
	struct ike_header h;

	if (len == 0)
		return NULL;
	trace_sealed(e, sa, e->out, len, plain, text);
	if (fragments_needed(sa, len)) {
		if (header_parse(&h, e->out, len, &why) < 0 ||
		    !message_unpad(plain, &text))
			return NULL;
		return fragment_split(e, sa, &h, build_first(b), plain, text);
	}
	if (!cipher_seal(e->crypto, &sa->out, ++sa->iv, e->out, aad, text))
		return NULL;
	return packet_new(e->out, len);
}

/* To where the request came from. */
static void
transmit_reply(struct engine *e, const struct ike_sa *sa)
{
	const struct mobike *mb = sa->mobike;
	const struct packet *p;

	for (p = sa->response; p != NULL; p = p->next)
		engine_send(e, mb != NULL ? &mb->from_local : &sa->local,
		    mb != NULL ? &mb->from_remote : &sa->remote, sa->encap,
		    p->data, p->len);
}

static void
transmit_request(struct engine *e, struct ike_sa *sa)
{
	if (!mobike_everywhere(e, sa, sa->sent.packet))
		sa_transmit(e, sa, sa->sent.packet);
}

void
reply_begin(struct engine *e, struct ike_sa *sa, struct build *b)
{
	begin(e, sa, b, sa->answering, true, sa->msgid_in);
}

static bool
reply_keep(struct engine *e, struct ike_sa *sa, struct build *b)
{
	struct packet *p = seal(e, sa, b);

	sa->answering = 0;
	if (p == NULL)
		return false;	/* the peer asks again, and finds us poorer */
	packet_free(sa->response);
	sa->response = p;
	sa->repeats = 0;
	sa->msgid_in++;
	return true;
}

void
reply_send(struct engine *e, struct ike_sa *sa, struct build *b)
{
	if (reply_keep(e, sa, b) && !sa->held)
		transmit_reply(e, sa);
}

void
reply_hold(struct engine *e, struct ike_sa *sa, struct build *b)
{
	if (reply_keep(e, sa, b))
		sa->held = true;
}

void
reply_release(struct engine *e, struct ike_sa *sa)
{
	if (sa->held)
		transmit_reply(e, sa);
	sa->held = false;
}

void
ike2_switched(struct engine *e, struct ike_sa *sa)
{
	reply_release(e, sa);
}

void
reply_again(struct engine *e, struct ike_sa *sa)
{
	if (sa->held)
		return;
	if (sa->repeats < UINT8_MAX)
		fragments_again(e, sa, &sa->response, ++sa->repeats);
	trace_again(e, sa, sa->response);
	transmit_reply(e, sa);
}

void
reply_notify(struct engine *e, struct ike_sa *sa, uint16_t type,
	     const void *data, size_t len)
{
	struct build b;

	reply_begin(e, sa, &b);
	build_notify(&b, PROTO_NONE, type, NULL, 0, data, len);
	reply_send(e, sa, &b);
}

void
request_begin(struct engine *e, struct ike_sa *sa, struct build *b,
	      uint8_t exchange)
{
	begin(e, sa, b, exchange, false, sa->msgid_out);
}

static bool
send_first(struct engine *e, struct ike_sa *sa, struct packet *p,
	   enum request_kind kind)
{
	if (p == NULL)
		return false;
	resend_begin(e, &sa->sent, p);
	sa->asked = (uint8_t)kind;
	transmit_request(e, sa);
	return true;
}

bool
request_send_plain(struct engine *e, struct ike_sa *sa, size_t len,
		   enum request_kind kind)
{
	return send_first(e, sa, len != 0 ? packet_new(e->out, len) : NULL, kind);
}

bool
request_send(struct engine *e, struct ike_sa *sa, struct build *b,
	     enum request_kind kind)
{
	return send_first(e, sa, seal(e, sa, b), kind);
}

void
request_done(struct engine *e, struct ike_sa *sa)
{
	bool late = sa->sent.tries > 0;

	sa_end_request(e, sa);
	sa->msgid_out++;
	if (late && sa->tunnel != NULL)
		tunnel_update(e, sa->tunnel);
}

/* A CHILD_SA is about to move in: not the moment to move out (2.25.1). */
static bool
installing(const struct ike_sa *sa)
{
	const struct child_sa *c;

	for (c = sa->children; c != NULL; c = c->next)
		if (c->state == CHILD_INSTALLING)
			return true;
	return false;
}

/* The next of what is wanted, most urgent first. */
void
ike2_next(struct engine *e, struct ike_sa *sa)
{
	struct child_sa *c;
	bool ok = true;

	if (sa->asked != REQ_NONE || (sa->state != IKE_UP &&
	    sa->state != IKE_REKEYED && sa->state != IKE_DELETING))
		return;
	if ((sa->want & WANT_DELETE) != 0) {
		ok = info_delete_ike(e, sa);
	} else if (sa->state == IKE_UP && (sa->want & WANT_UPDATE) != 0) {
		ok = mobike_update(e, sa);
	} else if (sa->state == IKE_UP && (sa->want & WANT_CHECK) != 0) {
		ok = mobike_check(e, sa);
	} else {
		for (c = sa->children; c != NULL; c = c->next)
			if (c->want != 0)
				break;
		if (c != NULL && (c->want & CHILD_WANT_DELETE) != 0)
			ok = info_delete_child(e, sa, c);
		else if (sa->state != IKE_UP)
			return;
		else if (c != NULL)
			ok = create_start(e, sa, c);
		else if ((sa->want & WANT_CHILD) != 0)
			ok = create_start(e, sa, NULL);
		else if ((sa->want & WANT_REKEY) != 0 && !installing(sa))
			ok = rekey_start(e, sa);
		else if ((sa->want & WANT_ADDRESSES) != 0)
			ok = mobike_addresses(e, sa);
		else if ((sa->want & WANT_PROBE) != 0)
			ok = info_probe(e, sa);
	}
	if (!ok)	/* no memory: again when the probe timer fires */
		tunnel_event(e, sa->tunnel, EV_RESOURCES, "no memory for a request");
}

/* --- retransmission (RFC 7296 2.4) --- */

static const char *
silence(const struct ike_sa *sa)
{
	return sa->asked == REQ_AUTH ? " to IKE_AUTH (UDP port 4500 blocked, or the "
	    "peer drops it because the secrets differ)" : ": the peer is down, "
	    "unreachable, or a firewall blocks UDP port 500";
}

void
ike2_resend(struct engine *e, struct ike_sa *sa)
{
	if (!sa_repeats(e, sa, silence(sa)))
		return;
	transmit_request(e, sa);
	if (sa->tunnel != NULL)
		tunnel_update(e, sa->tunnel);
}
