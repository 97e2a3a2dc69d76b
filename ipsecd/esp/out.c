/*
 * out: from the TUN device into the tunnels.
 *
 * A packet of up to 64 kB comes in one read, is cut into packets that fit the
 * tunnel, each is sealed in place in the arena, and those of one SA with equal
 * size leave as one message with UDP_SEGMENT, many messages in one sendmmsg.
 */
#include "core.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bytes.h"
#include "log.h"
#include "split.h"
#include "xform.h"

#define ARENA		(512 * 1024)
#define MESSAGES	64
#define GSO_BYTES	65000		/* under 65507 on IPv4 and IPv6 */
#define GSO_SEGMENTS	64		/* UDP_MAX_SEGMENTS of older kernels */
#define READS		64		/* then the messages go out in any case */
/* ike has the sockets as well, and could make them block. */
#define FLAGS		(MSG_DONTWAIT | MSG_NOSIGNAL)
#define SEND_WAIT_MS	100
#define APART_MS	1000		/* before segmenting is tried again */
#define CONTROL_SPACE	(CMSG_SPACE(sizeof(struct in6_pktinfo)) + \
			 CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(uint16_t)))

struct message {
	const struct sa	*sa;		/* while the table is held */
	uint8_t		*data;
	uint32_t	 len;
	uint16_t	 size;		/* of every segment but the last */
	uint16_t	 n;
	uint8_t		 tos;
	bool		 closed;	/* the last one was shorter */
	_Alignas(struct cmsghdr) char control[CONTROL_SPACE];
	struct iovec	 iov;
};

struct out {
	struct esp	*esp;
	int		 tun;
	uint64_t	 now;
	uint64_t	 apart_until;	/* the path takes single packets only */
	bool		 stuck;		/* waited in vain in this flush */
	unsigned int	 n;
	size_t		 used;
	struct message	 msg[MESSAGES];
	struct mmsghdr	 hdr[MESSAGES];
	struct {
		struct virtio_net_hdr	v;
		uint8_t			pkt[65536];
	} in;				/* as the device gives it */
	uint8_t		 arena[ARENA];
};

_Static_assert(offsetof(struct out, in.pkt) - offsetof(struct out, in) ==
    sizeof(struct virtio_net_hdr), "the packet follows its header");

struct out *
out_new(struct esp *e, int tun)
{
	struct out *o = calloc(1, sizeof(*o));

	if (o) {
		o->esp = e;
		o->tun = tun;
	}
	return o;
}

void
out_free(struct out *o)
{
	free(o);
}

/* --- sending --- */

static struct cmsghdr *
control_put(struct msghdr *h, int level, int type, const void *data, size_t len)
{
	struct cmsghdr *c;

	h->msg_controllen += CMSG_SPACE(len);
	c = (struct cmsghdr *)((char *)h->msg_control + h->msg_controllen -
	    CMSG_SPACE(len));
	c->cmsg_level = level;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(c), data, len);
	return c;
}

/* From the address that the SA names, with the inner packets' DSCP and ECN
 * (RFC 4301 5.1.2.1, RFC 6040 4.1). */
static void
control_build(struct message *m, struct msghdr *h)
{
	const struct addr *src = &m->sa->src.addr;
	int tos = m->tos;

	h->msg_control = m->control;
	h->msg_controllen = 0;
	if (src->family == AF_INET && !addr_is_any(src)) {
		struct in_pktinfo i = { 0 };

		memcpy(&i.ipi_spec_dst, src->b, 4);
		control_put(h, IPPROTO_IP, IP_PKTINFO, &i, sizeof(i));
	} else if (src->family == AF_INET6 && !addr_is_any(src)) {
		struct in6_pktinfo i = { 0 };

		memcpy(&i.ipi6_addr, src->b, 16);
		control_put(h, IPPROTO_IPV6, IPV6_PKTINFO, &i, sizeof(i));
	}
	if (tos && m->sa->dst.addr.family == AF_INET)
		control_put(h, IPPROTO_IP, IP_TOS, &tos, sizeof(tos));
	else if (tos)
		control_put(h, IPPROTO_IPV6, IPV6_TCLASS, &tos, sizeof(tos));
	if (m->n > 1)
		control_put(h, IPPROTO_UDP, UDP_SEGMENT, &m->size, sizeof(m->size));
}

static void
header_build(struct message *m, struct msghdr *h)
{
	memset(h, 0, sizeof(*h));
	m->iov = (struct iovec){ m->data, m->len };
	h->msg_name = (void *)(uintptr_t)&m->sa->to;
	h->msg_namelen = m->sa->to_len;
	h->msg_iov = &m->iov;
	h->msg_iovlen = 1;
	control_build(m, h);
}

static int
socket_of(const struct out *o, const struct message *m)
{
	return m->sa->dst.addr.family == AF_INET6 ? o->esp->fds.udp6 :
	    o->esp->fds.udp4;
}

/* Once in a flush: control waits for the table meanwhile. */
static bool
wait_writable(struct out *o, int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	o->stuck = o->stuck || poll(&p, 1, SEND_WAIT_MS) <= 0;
	return !o->stuck;
}

/* Where the path takes no segmented datagram (EINVAL: they are too big for its
 * MTU; EIO: no checksum offload), one by one; IP fragments them if it must. */
static void
send_apart(struct out *o, struct message *m, struct msghdr *h)
{
	uint32_t off, len = m->len;
	int fd = socket_of(o, m);

	m->n = 1;
	control_build(m, h);
	for (off = 0; off < len; off += m->size) {
		m->iov.iov_base = m->data + off;
		m->iov.iov_len = len - off < m->size ? len - off : m->size;
		while (sendmsg(fd, h, FLAGS) < 0) {
			if (errno == EINTR ||
			    (errno == EAGAIN && wait_writable(o, fd)))
				continue;
			esp_drop(o->esp, DROP_SEND);
			break;
		}
	}
}

/* The first of the messages cannot be sent: what to do?  True: try again. */
static bool
send_failed(struct out *o, struct message *m, struct msghdr *h)
{
	if (errno == EINTR)
		return true;
	if (errno == EAGAIN && wait_writable(o, socket_of(o, m)))
		return true;
	if (m->n > 1 && (errno == EINVAL || errno == EIO || errno == EMSGSIZE)) {
		o->apart_until = o->now + APART_MS;
		send_apart(o, m, h);
	} else {
		esp_drop(o->esp, DROP_SEND);
	}
	return false;
}

static void
flush(struct out *o)
{
	unsigned int i = 0, end;

	o->stuck = false;
	for (end = 0; end < o->n; end++)
		header_build(&o->msg[end], &o->hdr[end].msg_hdr);
	while (i < o->n) {
		int fd = socket_of(o, &o->msg[i]), sent;

		for (end = i + 1; end < o->n; end++)
			if (socket_of(o, &o->msg[end]) != fd)
				break;
		sent = sendmmsg(fd, o->hdr + i, end - i, FLAGS);
		if (sent > 0)
			i += (unsigned int)sent;
		else if (!send_failed(o, &o->msg[i], &o->hdr[i].msg_hdr))
			i++;
	}
	o->n = 0;
	o->used = 0;
}

/* Adds size bytes, which lie at arena + used, to the last message or a new one. */
static void
append(struct out *o, const struct sa *sa, size_t size, uint8_t tos)
{
	struct message *m = o->n ? &o->msg[o->n - 1] : NULL;

	if (!m || m->closed || m->sa != sa || m->tos != tos || size > m->size ||
	    m->n == GSO_SEGMENTS || m->len + size > GSO_BYTES ||
	    o->now < o->apart_until) {
		m = &o->msg[o->n++];
		m->sa = sa;
		m->data = o->arena + o->used;
		m->len = 0;
		m->size = (uint16_t)size;
		m->n = 0;
		m->tos = tos;
		m->closed = false;
	}
	m->closed = size < m->size;
	m->len += (uint32_t)size;
	m->n++;
	o->used += size;
}

/* --- one packet --- */

static bool
sequence_next(struct out *o, struct sa *sa, uint64_t *seq)
{
	uint64_t last = sa->esn ? UINT64_MAX : UINT32_MAX;

	if (sa->seq == last) {
		/* RFC 4303 3.3.3: it must not cycle. */
		if (!sa->expired)
			sa->expired = esp_event(o->esp, DP_EXPIRE, sa->tunnel,
			    sa->spi, NULL);
		return false;
	}
	*seq = ++sa->seq;
	return true;
}

static bool
seal_one(struct out *o, struct sa *sa, struct split *s)
{
	size_t len = split_len(s), size = xform_size(sa->xform, len);
	uint8_t next = s->in.family == AF_INET6 ? ESP_NEXT_IP6 : ESP_NEXT_IP4;
	uint8_t *pkt;
	uint64_t seq;

	if (size > GSO_BYTES || !sequence_next(o, sa, &seq))
		return false;
	if (o->n == MESSAGES || ARENA - o->used < size)
		flush(o);
	pkt = o->arena + o->used;
	split_next(s, pkt + xform_head(sa->xform));
	if (!xform_seal(sa->xform, sa->spi, seq, next, pkt, len))
		return false;
	append(o, sa, size, s->in.tos);
	sa->bytes += len;
	sa->packets++;
	return true;
}

static void
no_sa(struct out *o, struct policy *p)
{
	uint64_t at;

	esp_drop(o->esp, p ? DROP_NO_SA : DROP_NO_POLICY);
	if (!p || !p->acquire)
		return;
	/* Once a second for each tunnel. */
	at = atomic_load(&p->acquire_ms);
	if (o->now < at ||
	    !atomic_compare_exchange_strong(&p->acquire_ms, &at, o->now + 1000))
		return;
	(void)esp_event(o->esp, DP_ACQUIRE, p->tunnel, 0, NULL);
}

static void
packet(struct out *o, size_t len)
{
	struct policy *p;
	struct split s;
	struct sa *sa;

	if (!split_init(&s, &o->in.v, o->in.pkt, len)) {
		esp_drop(o->esp, DROP_MALFORMED);
		return;
	}
	sa = table_outbound(o->esp->table, s.in.family, &s.in.src, &s.in.dst, &p);
	if (!sa) {
		no_sa(o, p);
		return;
	}
	pthread_mutex_lock(&sa->lock);
	while (split_len(&s)) {
		if (!seal_one(o, sa, &s)) {
			sa->errors++;
			break;
		}
	}
	sa->last_ms = o->now;
	pthread_mutex_unlock(&sa->lock);
}

/* Everything that waits, or READS of it.  False: the device is gone. */
static bool
batch(struct out *o)
{
	bool alive = true;
	unsigned int i;

	o->now = esp_now_ms();
	table_read(o->esp->table);
	for (i = 0; i < READS; i++) {
		ssize_t n = read(o->tun, &o->in, sizeof(o->in));

		if (n < 0) {
			alive = errno == EAGAIN || errno == EINTR;
			break;
		}
		if ((size_t)n > sizeof(o->in.v))
			packet(o, (size_t)n - sizeof(o->in.v));
	}
	flush(o);
	table_release(o->esp->table);
	return alive;
}

void *
out_run(void *arg)
{
	struct out *o = arg;

	while (esp_wait(o->esp, &o->tun, 1)) {
		if (batch(o))
			continue;
		/* monitor makes a new one, and starts us again. */
		log_error("the TUN device is gone");
		_exit(1);
	}
	return NULL;
}
