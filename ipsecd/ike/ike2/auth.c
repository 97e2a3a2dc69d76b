#include "auth.h"

#include <stdlib.h>
#include <string.h>

#include "ike/ask.h"
#include "ike/context.h"
#include "ike/shown.h"
#include "ike/tunnel.h"
#include "ppk.h"

struct proof *
proof_new(uint8_t method, const void *head, size_t head_len, const void *data,
	  size_t len)
{
	struct proof *p;

	if (head_len + len == 0 || head_len + len > UINT16_MAX)
		return NULL;
	p = malloc(sizeof(*p) + head_len + len);
	if (p == NULL)
		return NULL;
	p->method = method;
	p->len = (uint16_t)(head_len + len);
	if (head_len != 0)
		memcpy(p->data, head, head_len);
	memcpy(p->data + head_len, data, len);
	return p;
}

void
proof_free(struct proof *p)
{
	if (p != NULL)
		secret_wipe_mem(p, sizeof(*p) + p->len);
	free(p);
}

const struct auth_method *
auth_method_of(const struct tunnel *t)
{
	return t->conf->method == METHOD_CERT ? &auth_cert : &auth_psk;
}

/* The signer's first message | the other's nonce | prf(SK_p, the signer's ID
 * payload without its header). */
size_t
auth_octets(struct engine *e, const struct ike_sa *sa, bool of_initiator,
	    const struct ident *id)
{
	const struct setup *s = sa->setup;
	const struct packet *msg = of_initiator ? s->init_request :
	    s->init_response;
	const struct nonce *nonce = of_initiator ? &s->nonce_r : &s->nonce_i;
	const struct secret *sk_p = ppk_sk_p(s, of_initiator);
	const struct prf_alg *prf = suite_prf(&sa->suite);
	uint8_t head[4] = { id->type, 0, 0, 0 }, mac[PRF_MAX];
	struct iov iov[] = { { head, 4 }, { id->value, id->len } };
	struct wbuf w;

	if (of_initiator != sa->initiator)
		memcpy(head, s->id_head, sizeof(head));
	if (!prf_mac(e->crypto, prf, sk_p->bytes, sk_p->len, iov, 2, mac))
		return 0;
	wbuf_init(&w, e->out, sizeof(e->out));
	wbuf_bytes(&w, msg->data, msg->len);
	wbuf_bytes(&w, nonce->b, nonce->len);
	wbuf_bytes(&w, mac, prf->len);
	return wbuf_ok(&w) ? w.len : 0;
}

bool
auth_ask(struct engine *e, struct ike_sa *sa, const struct tunnel *t,
	 struct keys_request *rq, bool own)
{
	const struct ident *id = own ? t->conf->local_id : sa->setup->peer_id;

	rq->tunnel = t->conf->id;
	rq->octets = e->out;
	rq->len = auth_octets(e, sa, own == sa->initiator, id);
	timer_set(&e->timers, &sa->sent.timer, e->now + AUTH_KEYS_MS);
	return rq->len != 0 && ask_keys(e, rq, sa_spi(sa), sa->serial);
}

int
auth_ask_own(struct engine *e, struct ike_sa *sa)
{
	const struct tunnel *t = sa->tunnel;
	struct refusal no;

	if (auth_method_of(t)->ask_own(e, sa, t, &no))
		return V_OK;
	return auth_own_failed(e, sa, &no);
}

int
auth_own_failed(struct engine *e, struct ike_sa *sa, const struct refusal *no)
{
	if (!sa->initiator)
		return auth_deny(e, sa, sa->tunnel, (enum event_code)no->code,
		    no->why);
	return exchange_fail(e, (enum event_code)no->code, "%s", no->why);
}

/* With the reserved octets as they came (2.15). */
int
auth_keep_id(struct setup *s, const struct payload *id, struct err *why)
{
	memcpy(s->id_head, id->body.p, sizeof(s->id_head));
	return ident_from_payload(&s->peer_id, id, why);
}

int
auth_proved(struct engine *e, struct ike_sa *sa)
{
	return sa->initiator ? auth_proved_initiator(e, sa) :
	    auth_proved_responder(e, sa);
}

int
auth_refuted(struct engine *e, struct ike_sa *sa, const struct refusal *no)
{
	if (!sa->initiator)
		return auth_deny(e, sa, setup_tunnel(e, sa),
		    (enum event_code)no->code, no->why);
	return exchange_reject(e, sa, N_AUTHENTICATION_FAILED,
	    (enum event_code)no->code, "%s", no->why);
}
