#include "net.h"

#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "buf.h"
#include "esp/esp.h"
#include "log.h"
#include "monitor/sockets.h"
#include "proc/options.h"

#define BATCH		32
#define DATAGRAM_MAX	65535
#define MARKER_LEN	4		/* RFC 3948 2.2: four zero octets */
/* Batches read before other events get their turn. */
#define TURNS		8

struct control {
	_Alignas(struct cmsghdr) char b[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

struct slot {
	struct sockaddr_storage	 from;
	struct control		 control;
	struct iovec		 iov;
};

struct port {
	struct net	*net;
	int		 fd;		/* -1: none */
	bool		 natt;
	uint16_t	 port;
	struct event	*readable;
};

struct net {
	struct event_base *base;
	net_input	 input;
	void		*arg;
	struct port	 ports[FD_UDP_MAX];
	bool		 esp;		/* it reads port 4500 for us */
	struct event	*from_esp;
	struct mmsghdr	 mm[BATCH];
	struct slot	 slots[BATCH];
	uint8_t		*bytes;		/* BATCH * DATAGRAM_MAX */
};

/* --- in --- */

/* The address the datagram was sent to; false: the kernel did not say. */
static bool
destination(struct msghdr *mh, struct addr *out)
{
	struct in_pktinfo p4;
	struct in6_pktinfo p6;
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(mh); c != NULL; c = CMSG_NXTHDR(mh, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			memcpy(&p4, CMSG_DATA(c), sizeof(p4));
			return addr_from_bytes(out, &p4.ipi_addr, 4) == 0;
		}
		if (c->cmsg_level == IPPROTO_IPV6 &&
		    c->cmsg_type == IPV6_PKTINFO) {
			memcpy(&p6, CMSG_DATA(c), sizeof(p6));
			return addr_from_bytes(out, &p6.ipi6_addr, 16) == 0;
		}
	}
	return false;
}

/* Port 4500 carries IKE behind a marker, ESP and keep-alives (RFC 3948 2);
 * the last two are not for us. */
static bool
strip_marker(uint8_t **msg, size_t *len)
{
	static const uint8_t marker[MARKER_LEN];

	if (*len <= MARKER_LEN || memcmp(*msg, marker, MARKER_LEN) != 0)
		return false;
	*msg += MARKER_LEN;
	*len -= MARKER_LEN;
	return true;
}

static void
datagram(struct port *p, struct slot *s, struct mmsghdr *mm)
{
	struct endpoint local = { .port = p->port }, remote;
	uint8_t *msg = s->iov.iov_base;
	size_t len = mm->msg_len;

	if ((mm->msg_hdr.msg_flags & MSG_TRUNC) ||
	    !destination(&mm->msg_hdr, &local.addr) ||
	    endpoint_from_sockaddr(&remote, (struct sockaddr *)&s->from) < 0 ||
	    remote.port == 0)
		return;
	if (p->natt && !strip_marker(&msg, &len))
		return;
	p->net->input(p->net->arg, &local, &remote, p->natt, msg, len);
}

static void
prepare_slots(struct net *n)
{
	struct slot *s;
	int i;

	for (i = 0; i < BATCH; i++) {
		s = &n->slots[i];
		s->iov.iov_base = n->bytes + (size_t)i * DATAGRAM_MAX;
		s->iov.iov_len = DATAGRAM_MAX;
		n->mm[i].msg_hdr = (struct msghdr){
			.msg_name = &s->from, .msg_namelen = sizeof(s->from),
			.msg_iov = &s->iov, .msg_iovlen = 1,
			.msg_control = &s->control,
			.msg_controllen = sizeof(s->control),
		};
	}
}

static void
readable(evutil_socket_t fd, short what, void *arg)
{
	struct port *p = arg;
	struct net *n = p->net;
	int turn, got, i;

	(void)what;
	for (turn = 0; turn < TURNS; turn++) {
		prepare_slots(n);
		got = recvmmsg(fd, n->mm, BATCH, MSG_DONTWAIT, NULL);
		for (i = 0; i < got; i++)
			datagram(p, &n->slots[i], &n->mm[i]);
		if (got < BATCH)
			return;
	}
}

static void
esp_readable(evutil_socket_t fd, short what, void *arg)
{
	struct net *n = arg;
	struct endpoint local, remote;
	struct rbuf r;
	ssize_t len;
	int i;

	(void)what;
	for (i = 0; i < TURNS * BATCH; i++) {
		len = recv(fd, n->bytes, (size_t)BATCH * DATAGRAM_MAX,
			   MSG_DONTWAIT);
		if (len <= 0)
			return;
		rbuf_init(&r, n->bytes, (size_t)len);
		if (!esp_ike_parse(&r, &local, &remote) || rbuf_left(&r) == 0)
			continue;
		n->input(n->arg, &local, &remote, true, n->bytes + r.off,
			 rbuf_left(&r));
	}
}

/* --- out --- */

static void
set_source(struct msghdr *mh, struct control *ctl, const struct addr *src)
{
	struct in_pktinfo p4 = { .ipi_ifindex = 0 };
	struct in6_pktinfo p6 = { .ipi6_ifindex = 0 };
	bool v4 = src->family == AF_INET;
	size_t len = v4 ? sizeof(p4) : sizeof(p6);
	struct cmsghdr *c;

	if (addr_is_any(src))
		return;			/* the kernel knows best */
	memset(ctl, 0, sizeof(*ctl));
	mh->msg_control = ctl;
	mh->msg_controllen = CMSG_SPACE(len);
	c = CMSG_FIRSTHDR(mh);
	c->cmsg_level = v4 ? IPPROTO_IP : IPPROTO_IPV6;
	c->cmsg_type = v4 ? IP_PKTINFO : IPV6_PKTINFO;
	c->cmsg_len = CMSG_LEN(len);
	memcpy(&p4.ipi_spec_dst, src->b, sizeof(p4.ipi_spec_dst));
	memcpy(&p6.ipi6_addr, src->b, sizeof(p6.ipi6_addr));
	memcpy(CMSG_DATA(c), v4 ? (void *)&p4 : (void *)&p6, len);
}

static int
complain(const struct endpoint *src, const struct endpoint *dst, int error)
{
	char from[ENDPOINT_STRLEN], to[ENDPOINT_STRLEN];

	log_debug("net", "cannot send from %s to %s: %s", endpoint_str(src, from),
		  endpoint_str(dst, to), strerror(error));
	return error == EAGAIN || error == ENOBUFS ? 0 : error;
}

/* By the source's port, not by encap: a keep-alive has no marker. */
static const struct port *
port_for(const struct net *n, const struct endpoint *src,
	 const struct endpoint *dst)
{
	bool v6 = dst->addr.family == AF_INET6;
	bool natt = src->port == n->ports[SOCK_NATT4].port;
	const struct port *p = &n->ports[natt ? (v6 ? SOCK_NATT6 : SOCK_NATT4) :
					 (v6 ? SOCK_IKE6 : SOCK_IKE4)];

	return p->fd >= 0 ? p : NULL;
}

int
net_send(struct net *n, const struct endpoint *src, const struct endpoint *dst,
	 bool encap, const uint8_t *msg, size_t len)
{
	static const uint8_t marker[MARKER_LEN];
	const struct port *p = port_for(n, src, dst);
	struct iovec iov[2] = {
		{ (void *)(uintptr_t)marker, encap ? MARKER_LEN : 0 },
		{ (void *)(uintptr_t)msg, len },
	};
	struct sockaddr_storage to;
	struct msghdr mh = { .msg_name = &to, .msg_iov = iov, .msg_iovlen = 2 };
	struct control ctl;

	if (p == NULL)
		return complain(src, dst, EAFNOSUPPORT);
	mh.msg_namelen = endpoint_to_sockaddr(dst, &to);
	set_source(&mh, &ctl, &src->addr);
	if (sendmsg(p->fd, &mh, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return complain(src, dst, errno);
	return 0;
}

/* --- life --- */

struct net *
net_new(struct event_base *base, const struct options *opt, net_input input,
	void *arg, struct err *e)
{
	struct net *n = calloc(1, sizeof(*n));
	struct port *p;
	int i;

	if (n == NULL || (n->bytes = malloc(BATCH * DATAGRAM_MAX)) == NULL) {
		free(n);
		err_set(e, ERR_RESOURCE, "out of memory");
		return NULL;
	}
	n->base = base;
	n->input = input;
	n->arg = arg;
	n->esp = opt->has_fd[FD_ESP];
	for (i = 0; i < FD_UDP_MAX; i++) {
		p = &n->ports[i];
		p->net = n;
		p->fd = opt->has_fd[FD_UDP + i] ? FD_UDP + i : -1;
		p->natt = i == SOCK_NATT4 || i == SOCK_NATT6;
		p->port = p->natt ? opt->natt_port : opt->port;
	}
	return n;
}

int
net_start(struct net *n, struct err *e)
{
	struct port *p;
	int i;

	for (i = 0; i < FD_UDP_MAX; i++) {
		p = &n->ports[i];
		if (p->fd < 0 || (p->natt && n->esp))
			continue;
		p->readable = event_new(n->base, p->fd, EV_READ | EV_PERSIST,
					readable, p);
		if (p->readable == NULL || event_add(p->readable, NULL) < 0)
			return err_set(e, ERR_RESOURCE, "out of memory");
	}
	if (!n->esp)
		return 0;
	n->from_esp = event_new(n->base, FD_ESP, EV_READ | EV_PERSIST,
				esp_readable, n);
	if (n->from_esp == NULL || event_add(n->from_esp, NULL) < 0)
		return err_set(e, ERR_RESOURCE, "out of memory");
	return 0;
}
