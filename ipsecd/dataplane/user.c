#include "user.h"

#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "buf.h"
#include "log.h"
#include "secret.h"
#include "user_known.h"
#include "user_net.h"
#include "user_tun.h"
#include "xfrm.h"

#define DEVICE		"culvert0"
#define SOCKET_BUFFER	(8 * 1024 * 1024)
#define READS_MAX	64		/* before others have their turn */

/* A request on its way: first in the queue of those to send, then among those
 * that wait for an answer. */
struct pending {
	struct pending	*next;
	uint32_t	 serial;
	enum dp_op	 op;
	uint32_t	 tunnel, spi;
	bool		 inbound;
	void		(*done)(const struct dp_reply *, void *);
	void		*arg;
	size_t		 len;
	uint8_t		 msg[];		/* may hold keys: wiped when sent */
};

struct pending_queue {
	struct pending	*first;
	struct pending	**end;
};

struct dataplane {
	void		(*event)(const struct dp_event *, void *);
	void		*arg;
	struct event_base *base;
	struct user_tun	 tun;
	unsigned int	 queues;
	uint32_t	 mtu;		/* of the TUN device */
	struct user_net	*net;
	struct user_known *known;
	int		 control;	/* -1: no esp */
	struct event	*readable;
	struct event	*writable;
	struct pending_queue to_send;
	struct pending_queue asked;
};

static void writable(evutil_socket_t, short, void *);
static void readable(evutil_socket_t, short, void *);

/* --- the queue --- */

static void
queue_init(struct pending_queue *q)
{
	q->first = NULL;
	q->end = &q->first;
}

static void
queue_put(struct pending_queue *q, struct pending *p)
{
	p->next = NULL;
	*q->end = p;
	q->end = &p->next;
}

static struct pending *
queue_take(struct pending_queue *q)
{
	struct pending *p = q->first;

	if (p && !(q->first = p->next))
		q->end = &q->first;
	return p;
}

static void
pending_free(struct pending *p)
{
	secret_wipe_mem(p->msg, p->len);
	free(p);
}

static void
refuse(uint32_t serial, void (*done)(const struct dp_reply *, void *), void *arg,
       const char *why)
{
	struct dp_reply r = { .serial = serial };

	if (!done)
		return;
	snprintf(r.why, sizeof(r.why), "%.119s", why);
	done(&r, arg);
}

static void
accept_now(uint32_t serial, void (*done)(const struct dp_reply *, void *), void *arg)
{
	struct dp_reply r = { .serial = serial, .ok = true };

	if (done)
		done(&r, arg);
}

/* To esp; what fails is answered here. */
static void
forward(struct dataplane *dp, const struct dp_request *r,
	void (*done)(const struct dp_reply *, void *), void *arg)
{
	struct pending *p = calloc(1, sizeof(*p) + ESP_CONTROL_MAX);
	struct wbuf w;

	if (!p) {
		refuse(r->serial, done, arg, "out of memory");
		return;
	}
	wbuf_init(&w, p->msg, ESP_CONTROL_MAX);
	wbuf_u8(&w, ESP_REQUEST);
	dp_request_build(&w, r);
	p->len = w.len;
	p->serial = r->serial;
	p->op = r->op;
	p->tunnel = r->sa.tunnel;
	p->spi = r->sa.spi;
	p->inbound = r->sa.inbound;
	p->done = done;
	p->arg = arg;
	if (!wbuf_ok(&w)) {
		pending_free(p);
		refuse(r->serial, done, arg, "a request that does not fit a message");
		return;
	}
	queue_put(&dp->to_send, p);
	writable(dp->control, EV_WRITE, dp);
}

/* --- requests --- */

/* Routes and the list, before esp hears of it; with *forget it need not. */
static int
prepare(struct dataplane *dp, const struct dp_request *r, bool *forget,
	struct err *e)
{
	switch (r->op) {
	case DP_POLICY_ADD:
		return user_known_policy_add(dp->known, &r->policy, e);
	case DP_POLICY_DEL:
		user_known_policy_del(dp->known, r->policy.tunnel);
		return 0;
	case DP_SA_ADD:
		if (dp->control < 0)
			break;
		return user_known_sa_add(dp->known, &r->sa, e);
	case DP_SA_DEL:
		*forget = !user_known_sa_del(dp->known, r->sa.tunnel,
		    r->sa.spi, r->sa.inbound);
		return 0;
	case DP_SA_UPDATE:
	case DP_COUNTERS:
		if (dp->control < 0)
			break;
		return 0;
	case DP_BEGIN:
		user_known_begin(dp->known);
		return 0;
	case DP_SYNC:
		user_known_sync(dp->known);
		return 0;
	}
	return err_set(e, ERR_REALITY, "the process esp is not running");
}

static void
user_request(struct dataplane *dp, const struct dp_request *r,
	     void (*done)(const struct dp_reply *, void *), void *arg)
{
	struct err e = ERR_INIT;
	bool forget = false;

	if (prepare(dp, r, &forget, &e) < 0)
		refuse(r->serial, done, arg, e.text);
	else if (forget || dp->control < 0)
		accept_now(r->serial, done, arg);
	else
		forward(dp, r, done, arg);
}

/* --- the process esp --- */

static void
control_lost(struct dataplane *dp, const char *why)
{
	log_warn("lost the process esp: %s", why);
	dataplane_user_detach(dp);
}

static void
writable(evutil_socket_t fd, short what, void *arg)
{
	struct dataplane *dp = arg;

	(void)fd;
	(void)what;
	while (dp->to_send.first) {
		struct pending *p = dp->to_send.first;

		if (send(dp->control, p->msg, p->len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
			if (errno == EAGAIN || errno == EINTR) {
				event_add(dp->writable, NULL);
				return;
			}
			/* Its end is read as well, and handled there. */
			return;
		}
		secret_wipe_mem(p->msg, p->len);
		queue_put(&dp->asked, queue_take(&dp->to_send));
	}
}

static void
reply_read(struct dataplane *dp, struct rbuf *b)
{
	struct dp_reply r;
	struct pending *p;

	if (!dp_reply_parse(b, &r) || !(p = queue_take(&dp->asked))) {
		control_lost(dp, "it sent an answer that nobody asked for");
		return;
	}
	r.serial = p->serial;
	if (!r.ok && p->op == DP_SA_ADD)
		(void)!user_known_sa_del(dp->known, p->tunnel, p->spi, p->inbound);
	if (!p->done && !r.ok)
		log_error("esp: %s", r.why);
	if (p->done)
		p->done(&r, p->arg);
	pending_free(p);
}

static void
event_read(struct dataplane *dp, struct rbuf *b)
{
	struct dp_event ev;

	if (!dp_event_parse(b, &ev))
		control_lost(dp, "it sent an event that does not parse");
	else
		dp->event(&ev, dp->arg);
}

static void
readable(evutil_socket_t fd, short what, void *arg)
{
	struct dataplane *dp = arg;
	uint8_t msg[ESP_CONTROL_MAX];
	struct rbuf b;
	ssize_t n;
	int i;

	(void)what;
	/* A handler may detach: then fd is no longer the one. */
	for (i = 0; i < READS_MAX && dp->control == fd; i++) {
		n = recv(fd, msg, sizeof(msg), MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			control_lost(dp, n == 0 ? "it ended" : strerror(errno));
			return;
		}
		rbuf_init(&b, msg, (size_t)n);
		switch (rbuf_u8(&b)) {
		case ESP_REPLY:
			reply_read(dp, &b);
			break;
		case ESP_EVENT:
			event_read(dp, &b);
			break;
		default:
			control_lost(dp, "it sent a message of no known type");
		}
	}
}

static void
tell_policy(const struct dp_policy *policy, void *arg)
{
	const struct dp_request r = { .op = DP_POLICY_ADD, .policy = *policy };

	forward(arg, &r, NULL, NULL);
}

void
dataplane_user_attach(struct dataplane *dp, int control)
{
	dataplane_user_detach(dp);
	dp->control = control;
	dp->readable = event_new(dp->base, control, EV_READ | EV_PERSIST, readable, dp);
	dp->writable = event_new(dp->base, control, EV_WRITE, writable, dp);
	if (!dp->readable || !dp->writable || event_add(dp->readable, NULL) < 0)
		control_lost(dp, "out of memory");
	else
		user_known_policies(dp->known, tell_policy, dp);
}

static void
fail_all(struct pending_queue *q)
{
	struct pending *p;

	while ((p = queue_take(q))) {
		refuse(p->serial, p->done, p->arg, "the process esp ended");
		pending_free(p);
	}
}

/* Every SA went with esp: the engine must make new ones. */
static void
expire_all(struct dataplane *dp)
{
	struct dp_event ev = { .kind = DP_LOST };

	while (user_known_sa_gone(dp->known, &ev.tunnel, &ev.spi))
		dp->event(&ev, dp->arg);
}

void
dataplane_user_detach(struct dataplane *dp)
{
	struct pending_queue a = dp->asked, b = dp->to_send;

	if (dp->control < 0)
		return;
	if (dp->readable)
		event_free(dp->readable);
	if (dp->writable)
		event_free(dp->writable);
	dp->readable = dp->writable = NULL;
	close(dp->control);
	dp->control = -1;
	if (!a.first)
		queue_init(&a);
	if (!b.first)
		queue_init(&b);
	queue_init(&dp->asked);
	queue_init(&dp->to_send);
	fail_all(&a);
	fail_all(&b);
	expire_all(dp);
}

/* Somebody deleted the device: a new one, with all its routes. */
static int
device_again(struct dataplane *dp, struct err *e)
{
	struct user_tun new;

	if (user_tun_open(&new, dp->tun.name, dp->queues, e) < 0)
		return -1;
	user_tun_close(&dp->tun);
	dp->tun = new;
	return user_net_device(dp->net, e);
}

void
dataplane_user_tun(struct dataplane *dp, struct esp_fds *fds, struct esp_options *o)
{
	struct err e = ERR_INIT;
	unsigned int i;

	/* Without it esp ends at once, and we are asked again. */
	if (!user_tun_alive(&dp->tun) && device_again(dp, &e) < 0)
		log_error("%s", e.text);
	for (i = 0; i < ESP_QUEUES_MAX; i++)
		fds->tun[i] = i < dp->tun.n ? dp->tun.fd[i] : -1;
	fds->n_tun = dp->tun.n;
	o->offload = dp->tun.offload;
	o->offload_udp = dp->tun.offload_udp;
}

/* --- sockets --- */

static int
option(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value));
}

static void
natt_options(int fd, int family)
{
	bool v6 = family == AF_INET6;

	/* Merged datagrams are faster, and no more: an old kernel has none. */
	(void)option(fd, IPPROTO_UDP, UDP_GRO, 1);
	(void)option(fd, SOL_SOCKET, SO_RCVBUFFORCE, SOCKET_BUFFER);
	(void)option(fd, SOL_SOCKET, SO_SNDBUFFORCE, SOCKET_BUFFER);
	(void)option(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP,
	    v6 ? IPV6_RECVTCLASS : IP_RECVTOS, 1);
	/* The packets outside may be fragmented; those inside are told by the
	 * MTU of the TUN device. */
	(void)option(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP,
	    v6 ? IPV6_MTU_DISCOVER : IP_MTU_DISCOVER,
	    v6 ? IPV6_PMTUDISC_DONT : IP_PMTUDISC_DONT);
}

int
dataplane_user_socket(int fd, int family, bool natt, struct err *e)
{
	struct err no_xfrm = ERR_INIT;
	int rc;

	/* What user_guard drops is not IKE nor ESP.  A kernel without policies
	 * has no guard either. */
	if (dataplane_xfrm_bypass(fd, family, &no_xfrm) < 0)
		err_clear(&no_xfrm);
	if (option(fd, SOL_SOCKET, SO_MARK, USER_MARK) < 0)
		return err_set(e, ERR_REALITY, "cannot mark a socket: %s",
		    strerror(errno));
	if (!natt)
		return 0;
	rc = family == AF_INET6 ?
	    option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1) :
	    option(fd, IPPROTO_IP, IP_PKTINFO, 1);
	if (rc < 0)
		return err_set(e, ERR_REALITY, "cannot ask for the local address "
		    "of packets: %s", strerror(errno));
	natt_options(fd, family);
	return 0;
}

/* --- open and close --- */

static void
forget_askers(struct pending_queue *q)
{
	struct pending *p;

	for (p = q->first; p; p = p->next)
		p->done = NULL;
}

static void
user_close(struct dataplane *dp)
{
	if (!dp)
		return;
	/* Nobody is listening any more. */
	forget_askers(&dp->asked);
	forget_askers(&dp->to_send);
	user_known_free(dp->known);
	dp->known = NULL;
	dataplane_user_detach(dp);
	user_net_close(dp->net);
	user_tun_close(&dp->tun);
	free(dp);
}

static void
user_clear(const char *tun)
{
	user_tun_remove(tun ? tun : DEVICE);
	user_net_clear();
}

struct dataplane *
dataplane_user_open(struct event_base *base, const struct user_options *o,
		    void (*event)(const struct dp_event *, void *), void *arg,
		    struct err *e)
{
	struct dataplane *dp = calloc(1, sizeof(*dp));
	const char *device = o && o->device ? o->device : DEVICE;

	if (!dp) {
		err_set(e, ERR_RESOURCE, "out of memory");
		return NULL;
	}
	dp->base = base;
	dp->event = event;
	dp->arg = arg;
	dp->control = -1;
	queue_init(&dp->asked);
	queue_init(&dp->to_send);
	dp->queues = o ? o->queues : 1;
	dp->mtu = o && o->mtu ? o->mtu : USER_MTU;
	if (user_tun_open(&dp->tun, device, dp->queues, e) < 0 ||
	    user_net_open(&dp->net, dp->tun.name, dp->mtu, base, e) < 0) {
		user_close(dp);
		return NULL;
	}
	dp->known = user_known_new(dp->net);
	if (!dp->known) {
		err_set(e, ERR_RESOURCE, "out of memory");
		user_close(dp);
		return NULL;
	}
	return dp;
}

static struct dataplane *
user_open(struct event_base *base, void (*event)(const struct dp_event *, void *),
	  void *arg, struct err *e)
{
	return dataplane_user_open(base, NULL, event, arg, e);
}

static void
user_caps(struct dataplane *dp, struct dp_caps *c)
{
	memset(c, 0, sizeof(*c));
	strcpy(c->name, "user");
	c->force_encap = true;
	c->esn = true;
	c->replay_window = ESP_WINDOW;
	c->mtu = dp->mtu;
}

const struct dataplane_ops dataplane_user = {
	.name = "user",
	.open = user_open,
	.caps = user_caps,
	.request = user_request,
	.close = user_close,
	.clear = user_clear,
};
