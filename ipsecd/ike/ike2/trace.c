#include "trace.h"

#include "ike/context.h"
#include "ike/sa.h"
#include "ike/tunnel.h"
#include "ike/wire/message.h"

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

/* By our own SPI: a message of an IKE_SA that nobody has begun yet is no
 * tunnel's. */
static uint32_t
tunnel_of(struct engine *e, const struct message *m, bool in)
{
	bool initiator = ((m->hdr.flags & FLAG_INITIATOR) != 0) != in;
	uint64_t spi = initiator ? m->hdr.spi_i : m->hdr.spi_r;
	const struct ike_sa *sa = spi != 0 ? sa_find(e, spi) : NULL;

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
	struct err why;

	if (wanted(e) && message_parse(&m, msg, len, &why) == 0 &&
	    !m.sk.present)
		show(e, &p, &m);
}

void
trace_sealed(struct engine *e, const struct ike_sa *sa, const uint8_t *msg,
	     size_t len, const uint8_t *text, size_t text_len)
{
	const struct passing p = { false, false, &sa->local, &sa->remote };
	struct message m;
	struct err why;

	if (wanted(e) && message_parse(&m, msg, len, &why) == 0 &&
	    message_parse_inner(&m, text, text_len, &why) == 0)
		show(e, &p, &m);
}

void
trace_again(struct engine *e, const struct ike_sa *sa, const struct packet *pkt)
{
	const struct passing p = { false, true, &sa->local, &sa->remote };
	struct message m;
	struct err why;

	for (; wanted(e) && pkt != NULL; pkt = pkt->next)
		if (message_parse(&m, pkt->data, pkt->len, &why) == 0 &&
		    m.sk.present)	/* the others: trace_out() */
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
