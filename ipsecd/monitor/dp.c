/*
 * dp: between ike and the data plane.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "carried.h"
#include "dataplane/pathmtu.h"
#include "dataplane/user.h"
#include "log.h"
#include "monitor.h"
#include "proc/ipc.h"
#include "secret.h"

/* Events that an ike which does not read them would pile up are left out.  An SA
 * that has gone is said once only: there is room for all of esp's. */
#define EVENT_QUEUE_MAX	(1 << 20)
#define EXPIRE_QUEUE_MAX (16 << 20)
/* Requests of ike's that esp has not answered: then ike waits. */
#define PENDING_MAX	4096

/* What one life of ike has asked; outlives it until the last answer. */
struct relay {
	struct monitor	*monitor;
	bool		 alive;
	unsigned int	 pending;
};

static void
event(const struct dp_event *ev, void *arg)
{
	struct monitor *m = arg;
	struct ipc *ike = m->seats[CHILD_IKE].ipc;
	uint8_t body[DP_WIRE_MAX];
	struct wbuf w;

	if (ike == NULL || ipc_queued(ike) >
	    (ev->kind == DP_EXPIRE || ev->kind == DP_LOST ? EXPIRE_QUEUE_MAX : EVENT_QUEUE_MAX))
		return;
	wbuf_init(&w, body, sizeof(body));
	dp_event_build(&w, ev);
	if (wbuf_ok(&w))
		ipc_send(ike, IPC_DP_EVENT, body, w.len);
}

static struct dataplane *
open_user(struct monitor *m, struct err *e)
{
	const struct user_options uo = { .device = m->opt->tun };

	return dataplane_user_open(m->base, &uo, event, m, e);
}

static struct dataplane *
open_one(struct monitor *m, const struct dataplane_ops *ops, struct err *e)
{
	m->dp_ops = ops;
	if (ops == &dataplane_user)
		return open_user(m, e);
	return ops->open(m->base, event, m, e);
}

static const struct dataplane_ops *const all[] = {
	&dataplane_xfrm, &dataplane_user, &dataplane_null
};

int
dp_open(struct monitor *m, struct err *e)
{
	const char *want = m->opt->dataplane;
	size_t i;

	m->carried = carried_new();
	if (m->carried == NULL)
		return err_set(e, ERR_RESOURCE, "out of memory");
	if (strcmp(want, "auto") == 0) {
		m->dp = open_one(m, &dataplane_xfrm, e);
		if (m->dp == NULL) {
			log_info("%s; ESP in user space instead", e->text);
			err_clear(e);
			m->dp = open_one(m, &dataplane_user, e);
		}
	}
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (strcmp(want, all[i]->name) == 0)
			m->dp = open_one(m, all[i], e);
	if (m->dp == NULL)
		return err_prefix(e, "the data plane %s", m->dp_ops->name);
	m->dp_ops->caps(m->dp, &m->caps);
	return 0;
}

void
dp_close(struct monitor *m)
{
	dp_end(m);
	if (m->dp != NULL)
		m->dp_ops->close(m->dp);
	m->dp = NULL;
	carried_free(m->carried);
	m->carried = NULL;
}

void
dp_clear(const struct options *opt)
{
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		all[i]->clear(opt->tun);
}

/* Started with another data plane before: what that one still blocks is ours
 * now, or nobody's. */
static void
clear_others(struct monitor *m)
{
	size_t i;

	for (i = 0; !m->others_cleared && i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i] != m->dp_ops && m->dp_ops != &dataplane_null)
			all[i]->clear(m->opt->tun);
	m->others_cleared = true;
}

static void
relay_unref(struct relay *r)
{
	if (!r->alive && r->pending == 0)
		free(r);
}

static void
done(const struct dp_reply *reply, void *arg)
{
	struct relay *r = arg;
	struct ipc *ike = r->monitor->seats[CHILD_IKE].ipc;
	uint8_t body[DP_WIRE_MAX];
	struct wbuf w;

	r->pending--;
	wbuf_init(&w, body, sizeof(body));
	dp_reply_build(&w, reply);
	if (r->alive && ike != NULL && wbuf_ok(&w)) {
		ipc_send(ike, IPC_DP_REPLY, body, w.len);
		if (r->pending <= PENDING_MAX / 2)
			ipc_hold(ike, false);
	}
	relay_unref(r);
}

static void
no_answer(const struct dp_reply *reply, void *arg)
{
	(void)arg;
	if (!reply->ok)
		log_warn("data plane: %s", reply->why);
}

int
dp_begin(struct monitor *m, struct err *e)
{
	const struct dp_request begin = { .op = DP_BEGIN };
	struct relay *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return err_set(e, ERR_RESOURCE, "out of memory");
	dp_end(m);
	r->monitor = m;
	r->alive = true;
	m->relay = r;
	m->dp_ops->request(m->dp, &begin, no_answer, NULL);
	return 0;
}

void
dp_end(struct monitor *m)
{
	struct relay *r = m->relay;

	m->relay = NULL;
	if (r == NULL)
		return;
	r->alive = false;
	relay_unref(r);
	carried_ike_ended(m->carried);
}

static void
wanted(uint32_t tunnel, void *arg)
{
	const struct dp_event acquire = { .kind = DP_ACQUIRE, .tunnel = tunnel };

	log_debug("dp", "tunnel %u was up before: wanted", tunnel);
	event(&acquire, arg);
}

static bool
names_sa(const struct dp_request *q)
{
	/* RFC 4303 2.1: SPIs below 256 are reserved. */
	return q->sa.tunnel >= 1 && q->sa.tunnel <= UINT16_MAX &&
	    q->sa.spi >= 256;
}

/* What the codec cannot know.  ike may use the data plane for tunnels, and for
 * nothing else. */
static bool
allowed(const struct dp_request *q)
{
	switch (q->op) {
	case DP_SA_ADD:
	case DP_SA_UPDATE:
	case DP_SA_DEL:
	case DP_COUNTERS:
		return names_sa(q);
	case DP_POLICY_ADD:
	case DP_POLICY_DEL:
		return q->policy.tunnel >= 1 && q->policy.tunnel <= UINT16_MAX;
	case DP_SYNC:
		return true;
	case DP_BEGIN:
		break;
	}
	return false;
}

/* What the kernel knows of the way to an SA's peer, whenever something happens
 * to it or somebody looks. */
static void
tell_path(struct monitor *m, const struct dp_request *q)
{
	struct dp_event ev = { .kind = DP_PATH, .tunnel = q->sa.tunnel,
			       .spi = q->sa.spi };

	if (!q->sa.inbound || (q->op != DP_SA_ADD && q->op != DP_SA_UPDATE &&
			       q->op != DP_COUNTERS))
		return;
	ev.mtu = path_mtu(&q->sa.dst.addr, &q->sa.src.addr, USER_MARK);
	event(&ev, m);
}

static void
forward(struct monitor *m, const struct dp_request *q, struct relay *r)
{
	struct dp_reply no = { .serial = q->serial };
	struct err e = ERR_INIT;
	int rc = carried_check(m->carried, q, &e);

	carried_note(m->carried, q);
	if (rc == 0) {
		tell_path(m, q);
		m->dp_ops->request(m->dp, q, done, r);
		return;
	}
	log_warn("%s", e.text);
	snprintf(no.why, sizeof(no.why), "%.119s", e.text);
	done(&no, r);
}

bool
dp_request(struct monitor *m, struct rbuf *body)
{
	struct relay *r = m->relay;
	struct dp_request q;
	bool ok;

	ok = dp_request_parse(body, &q) && rbuf_left(body) == 0 && allowed(&q) &&
	    r != NULL;
	if (ok) {
		r->pending++;
		forward(m, &q, r);
		if (q.op == DP_SYNC) {
			clear_others(m);
			carried_claim(m->carried, wanted, m);
		}
		if (r->pending > PENDING_MAX)
			ipc_hold(m->seats[CHILD_IKE].ipc, true);
	}
	secret_wipe_mem(&q, sizeof(q));
	return ok;
}
