#include "tap.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "buf.h"
#include "err.h"
#include "monitor.h"
#include "proc/ipc.h"
#include "proc/messages.h"

/* 6,400 packets in a second at most: nobody reads more, and SAs must not wait
 * for them. */
#define BATCH		64
#define PAUSE_MS	10
#define QUEUE_MAX	(1u << 20)	/* of what waits for ike */
#define RCVBUF		(512 << 10)
/* Of ESP there is nothing to see behind the first octets. */
#define ESP_OCTETS	128
#define OCTETS_MAX	65535

struct tap {
	struct monitor	*monitor;
	int		 fd;
	struct event	*readable;
	struct event	*later;
	uint32_t	 lost;
	uint8_t		 body[IPC_PACKET_HEAD + OCTETS_MAX];
};

/* --- the filter --- */

#define LD(size, at)	BPF_STMT(BPF_LD | (size) | BPF_ABS, (uint32_t)(at))
#define LDX(size, at)	BPF_STMT(BPF_LD | (size) | BPF_IND, (uint32_t)(at))
#define IF(k, yes, no)	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (k), (yes), (no))
#define BITS(k, yes, no) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (k), (yes), (no))
#define TAKE(n)		BPF_STMT(BPF_RET | BPF_K, (n))

enum { PROTO_UDP = 17, PROTO_ESP = 50 };

/* First fragments of IP only: the others say neither port nor SPI.  X is the
 * length of the IP header.  Offsets of jumps count from the next line. */
static int
set_filter(int fd, uint16_t port, uint16_t natt_port)
{
	const struct sock_filter code[] = {
	/* 0*/	LD(BPF_W, SKF_AD_OFF + SKF_AD_PKTTYPE),
	/* 1*/	IF(PACKET_OTHERHOST, 23, 0),
	/* 2*/	LD(BPF_W, SKF_AD_OFF + SKF_AD_PROTOCOL),
	/* 3*/	IF(ETH_P_IP, 0, 6),
	/* 4*/	LD(BPF_H, 6),
	/* 5*/	BITS(0x1fff, 19, 0),
	/* 6*/	BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
	/* 7*/	LD(BPF_B, 9),
	/* 8*/	IF(PROTO_ESP, 14, 0),
	/* 9*/	IF(PROTO_UDP, 5, 15),
	/*10*/	IF(ETH_P_IPV6, 0, 14),
	/*11*/	BPF_STMT(BPF_LDX | BPF_IMM, 40),
	/*12*/	LD(BPF_B, 6),
	/*13*/	IF(PROTO_ESP, 9, 0),
	/*14*/	IF(PROTO_UDP, 0, 10),
	/* UDP */
	/*15*/	LDX(BPF_H, 0),
	/*16*/	IF(port, 7, 0),
	/*17*/	IF(natt_port, 3, 0),
	/*18*/	LDX(BPF_H, 2),
	/*19*/	IF(port, 4, 0),
	/*20*/	IF(natt_port, 0, 4),
	/* behind port 4500 there is the marker of IKE, or ESP */
	/*21*/	LDX(BPF_W, 8),
	/*22*/	IF(0, 1, 0),
	/*23*/	TAKE(ESP_OCTETS),
	/*24*/	TAKE(OCTETS_MAX),
	/*25*/	TAKE(0),
	};
	const struct sock_fprog prog = {
		sizeof(code) / sizeof(code[0]),
		(struct sock_filter *)(uintptr_t)code,
	};
	const int on = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog,
		       sizeof(prog)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_LOCK_FILTER, &on, sizeof(on)) < 0)
		return -1;
	return 0;
}

/* Nothing comes in before the filter is there: it has no protocol until bound. */
static int
open_socket(const struct options *opt, struct err *e)
{
	const struct sockaddr_ll all = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL),
	};
	const int room = RCVBUF, on = 1;
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return err_set(e, ERR_REALITY, "this system has no packet "
			       "sockets for ipsecd (%s)", strerror(errno));
	if (set_filter(fd, opt->port, opt->natt_port) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_TIMESTAMP, &on, sizeof(on)) < 0 ||
	    setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on)) < 0 ||
	    bind(fd, (const struct sockaddr *)&all, sizeof(all)) < 0) {
		err_set(e, ERR_REALITY, "a packet socket cannot be set up: %s",
			strerror(errno));
		close(fd);
		return -1;
	}
	return fd;
}

/* --- packets --- */

static void
count_lost(struct tap *t)
{
	struct tpacket_stats st;
	socklen_t len = sizeof(st);

	/* reading it begins the count anew */
	if (getsockopt(t->fd, SOL_PACKET, PACKET_STATISTICS, &st, &len) == 0)
		t->lost += st.tp_drops;
}

static void
read_control(struct msghdr *mh, struct ipc_packet *p)
{
	struct tpacket_auxdata aux;
	struct timeval tv;
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(mh); c != NULL; c = CMSG_NXTHDR(mh, c)) {
		if (c->cmsg_level == SOL_PACKET &&
		    c->cmsg_type == PACKET_AUXDATA) {
			memcpy(&aux, CMSG_DATA(c), sizeof(aux));
			p->wire_len = aux.tp_len;
		} else if (c->cmsg_level == SOL_SOCKET &&
			   c->cmsg_type == SCM_TIMESTAMP) {
			memcpy(&tv, CMSG_DATA(c), sizeof(tv));
			p->time_us = (uint64_t)tv.tv_sec * 1000000 +
			    (uint64_t)tv.tv_usec;
		}
	}
}

/* False: none is there. */
static bool
take_one(struct tap *t, struct ipc *ike)
{
	struct ipc_packet p = { .out = false };
	_Alignas(struct cmsghdr) char control[256];
	struct iovec iov = { t->body + IPC_PACKET_HEAD, OCTETS_MAX };
	struct sockaddr_ll from;
	struct msghdr mh = {
		.msg_name = &from, .msg_namelen = sizeof(from),
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	ssize_t len = recvmsg(t->fd, &mh, 0);
	struct wbuf w;

	if (len <= 0)
		return false;
	read_control(&mh, &p);
	p.out = from.sll_pkttype == PACKET_OUTGOING;
	if (p.wire_len < (size_t)len)
		p.wire_len = (uint32_t)len;
	p.lost = t->lost;
	t->lost = 0;
	wbuf_init(&w, t->body, IPC_PACKET_HEAD);
	ipc_packet_build(&w, &p);
	ipc_send(ike, IPC_PACKET, t->body, IPC_PACKET_HEAD + (size_t)len);
	return true;
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval pause = { 0, PAUSE_MS * 1000 };
	struct tap *t = arg;
	struct ipc *ike = t->monitor->seats[CHILD_IKE].ipc;
	int i;

	(void)fd;
	(void)what;
	count_lost(t);
	for (i = 0; i < BATCH && ike != NULL && ipc_queued(ike) < QUEUE_MAX; i++)
		if (!take_one(t, ike))
			return;
	event_del(t->readable);
	event_add(t->later, &pause);
}

static void
on_later(evutil_socket_t fd, short what, void *arg)
{
	struct tap *t = arg;

	(void)fd;
	(void)what;
	event_add(t->readable, NULL);
}

/* --- on and off --- */

static int
tap_open(struct monitor *m, struct err *e)
{
	struct tap *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return err_set(e, ERR_RESOURCE, "out of memory");
	m->tap = t;
	t->monitor = m;
	t->fd = open_socket(m->opt, e);
	if (t->fd < 0) {
		tap_close(m);
		return -1;
	}
	t->readable = event_new(m->base, t->fd, EV_READ | EV_PERSIST,
				on_readable, t);
	t->later = event_new(m->base, -1, 0, on_later, t);
	if (t->readable == NULL || t->later == NULL ||
	    event_add(t->readable, NULL) < 0) {
		tap_close(m);
		return err_set(e, ERR_RESOURCE, "out of memory");
	}
	return 0;
}

void
tap_close(struct monitor *m)
{
	struct tap *t = m->tap;

	m->tap = NULL;
	if (t == NULL)
		return;
	if (t->readable != NULL)
		event_free(t->readable);
	if (t->later != NULL)
		event_free(t->later);
	if (t->fd >= 0)
		close(t->fd);
	free(t);
}

bool
tap_request(struct monitor *m, struct rbuf *body)
{
	struct ipc *ike = m->seats[CHILD_IKE].ipc;
	struct err e = ERR_INIT;
	uint8_t on = rbuf_u8(body);

	if (!rbuf_ok(body) || rbuf_left(body) != 0 || on > 1)
		return false;
	if (!on) {
		tap_close(m);
		return true;
	}
	if (m->tap == NULL && tap_open(m, &e) < 0)
		ipc_send(ike, IPC_TAP, e.text, strlen(e.text));
	else
		ipc_send(ike, IPC_TAP, NULL, 0);
	return true;
}
