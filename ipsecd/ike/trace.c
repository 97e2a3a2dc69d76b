#include "trace.h"

#include "context.h"
#include "sa.h"
#include "tunnel.h"
#include "wire/message1.h"

struct passing {
	bool			 in;
	bool			 again;
	const struct endpoint	*local, *remote;
};

static bool
wanted(const struct engine *e)
{
	return e->watched || log_debugging("wire");
}

/* Of either version. */
static bool
parse(struct message *m, const uint8_t *msg, size_t len)
{
	struct ike_header h;
	struct err why;

	if (header_parse(&h, msg, len, &why) < 0)
		return false;
	return IKE_MAJOR(h.version) == 1 ?
	    message1_parse(m, msg, len, &why) == 0 :
	    message_parse(m, msg, len, &why) == 0;
}

static bool
parse_inner(struct message *m, const uint8_t *text, size_t len)
{
	struct err why;

	return message_is_v1(m) ? message1_parse_inner(m, text, len, &why) == 0 :
	    message_parse_inner(m, text, len, &why) == 0;
}

/* Headers of IKEv1 do not say which of the SPIs is the receiver's. */
static const struct ike_sa *
sa_of(struct engine *e, const struct ike_header *h, bool in)
{
	bool initiator = ((h->flags & FLAG_INITIATOR) != 0) != in;
	const struct ike_sa *sa;

	if (IKE_MAJOR(h->version) == 1) {
		sa = sa_find(e, h->spi_i);
		if (sa != NULL && sa->initiator)
			return sa;
		initiator = false;
	}
	if (!initiator && h->spi_r == 0)
		return NULL;
	sa = sa_find(e, initiator ? h->spi_i : h->spi_r);
	return sa != NULL && sa->initiator == initiator ? sa : NULL;
}

/* By our own SPI: a message of an IKE_SA that nobody has begun yet is no
 * tunnel's. */
static uint32_t
tunnel_of(struct engine *e, const struct message *m, bool in)
{
	const struct ike_sa *sa = sa_of(e, &m->hdr, in);

	return sa != NULL && sa->tunnel != NULL ? sa->tunnel->conf->id : 0;
}

static void
show(struct engine *e, const struct passing *p, const struct message *m)
{
	char text[MESSAGE_STRLEN], addr[ENDPOINT_STRLEN];
	struct engine_message em = {
		.in = p->in, .repeated = p->again, .local = p->local,
		.remote = p->remote, .message = m,
	};

	if (log_debugging("wire"))
		log_debug("wire", "%s %s: %s%s", p->in ? "from" : "to",
		    endpoint_str(p->remote, addr), message_str(m, text),
		    p->again ? " once more" : "");
	if (!e->watched)
		return;
	em.tunnel = tunnel_of(e, m, p->in);
	e->ops->message(e->ctx, &em);
}

void
trace_in(struct engine *e, const struct endpoint *local,
	 const struct endpoint *remote, const struct message *m)
{
	const struct passing p = { true, false, local, remote };

	if (wanted(e))
		show(e, &p, m);
}

void
trace_in_again(struct engine *e, const struct endpoint *local,
	       const struct endpoint *remote, const struct message *m)
{
	const struct passing p = { true, true, local, remote };

	if (wanted(e))
		show(e, &p, m);
}

void
trace_out(struct engine *e, const struct endpoint *local,
	  const struct endpoint *remote, const uint8_t *msg, size_t len)
{
	const struct passing p = { false, false, local, remote };
	struct message m;

	if (wanted(e) && parse(&m, msg, len) && !m.sk.present)
		show(e, &p, &m);
}

void
trace_sealed(struct engine *e, const struct ike_sa *sa, const uint8_t *msg,
	     size_t len, const uint8_t *text, size_t text_len)
{
	const struct passing p = { false, false, &sa->local, &sa->remote };
	struct message m;

	if (wanted(e) && parse(&m, msg, len) && parse_inner(&m, text, text_len))
		show(e, &p, &m);
}

void
trace_again(struct engine *e, const struct ike_sa *sa, const struct packet *pkt)
{
	const struct passing p = { false, true, &sa->local, &sa->remote };
	struct message m;

	for (; wanted(e) && pkt != NULL; pkt = pkt->next)
		if (parse(&m, pkt->data, pkt->len) && m.sk.present)	/* the others: trace_out() */
			show(e, &p, &m);
}

void
trace_drop(struct engine *e, const struct endpoint *remote, const char *why)
{
	const struct engine_message em = {
		.in = true, .remote = remote, .dropped = why,
	};

	if (e->watched)
		e->ops->message(e->ctx, &em);
}
