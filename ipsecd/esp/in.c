/*
 * in: from the sockets of port 4500 out of the tunnels.
 *
 * UDP_GRO gives many datagrams of one sender in one message; each is opened in
 * place, checked, and what belongs together goes into the TUN device in one
 * write.
 */
#include "core.h"

#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "bytes.h"
#include "merge.h"
#include "xform.h"

#define MESSAGES	32		/* at once, if they are single packets */
#define MESSAGES_LARGE	8		/* if merged: what a cache holds */
#define MESSAGE_MAX	65536
#define SMALL		4096		/* average length of single packets */
#define CONTROL_SPACE	(CMSG_SPACE(sizeof(struct in6_pktinfo)) + \
			 2 * CMSG_SPACE(sizeof(int)))
#define BATCHES		8		/* of one socket, before the other's turn */

struct message {
	struct sockaddr_storage from;
	struct iovec	 iov;
	_Alignas(struct cmsghdr) char control[CONTROL_SPACE];
	uint8_t		 data[MESSAGE_MAX];
};

/* What is common to the datagrams of one message. */
struct arrival {
	struct endpoint	 local;
	struct endpoint	 remote;
	uint8_t		 tos;
	uint32_t	 size;		/* of each datagram but the last */
};

struct in {
	struct esp	*esp;
	uint64_t	 now;
	unsigned int	 at_once;	/* messages to ask for */
	struct merge	 merge;
	struct mmsghdr	 hdr[MESSAGES];
	struct message	 msg[MESSAGES];
};

static void
tun_write(void *arg, const struct iovec *iov, size_t n)
{
	struct in *in = arg;

	if (writev(in->esp->fds.tun[0], iov, (int)n) < 0)
		esp_drop(in->esp, DROP_SEND);
}

struct in *
in_new(struct esp *e)
{
	struct in *in = calloc(1, sizeof(*in));

	if (in) {
		in->esp = e;
		in->at_once = MESSAGES_LARGE;
		merge_init(&in->merge, e->options.offload,
		    e->options.offload_udp, tun_write, in);
	}
	return in;
}

void
in_free(struct in *in)
{
	free(in);
}

/* --- a datagram for ike --- */

static void
hand_over(struct in *in, const struct arrival *a, uint8_t *msg, size_t len)
{
	uint8_t head[ESP_IKE_HEADER];
	struct wbuf w;
	struct iovec iov[2] = { { head, sizeof(head) }, { msg, len } };
	struct msghdr h = { .msg_iov = iov, .msg_iovlen = 2 };

	wbuf_init(&w, head, sizeof(head));
	esp_ike_build(&w, &a->local, &a->remote);
	/* Full: ike is busy, and the peer will say it again. */
	if (in->esp->fds.ike >= 0)
		(void)!sendmsg(in->esp->fds.ike, &h, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* --- an ESP packet --- */

/* RFC 7296 2.23: only an authenticated packet, newer than all before, says
 * where the peer is now. */
static void
track_peer(struct in *in, struct sa *sa, const struct arrival *a)
{
	if (endpoint_equal(&a->remote, &sa->src) ||
	    endpoint_equal(&a->remote, &sa->told))
		return;
	if (esp_event(in->esp, DP_MAPPING, sa->tunnel, sa->spi, &a->remote))
		sa->told = a->remote;
}

static bool
open_one(struct in *in, struct sa *sa, const struct arrival *a, uint8_t *pkt,
	 size_t len, uint8_t **text, size_t *text_len, uint8_t *next)
{
	uint64_t seq = replay_seq(&sa->replay, sa->esn, get32(pkt + 4));
	bool newest = seq > sa->replay.top;

	if (!replay_ok(&sa->replay, seq)) {
		sa->replays++;
		return false;
	}
	if (!xform_open(sa->xform, seq, pkt, len, text, text_len, next)) {
		sa->errors++;
		return false;
	}
	replay_mark(&sa->replay, seq);
	if (newest)
		track_peer(in, sa, a);
	sa->last_ms = in->now;
	return true;
}

/* What came out must be what the SA is for (RFC 4301 5.2 step 4). */
static bool
allowed(struct in *in, const struct sa *sa, const struct arrival *a,
	uint8_t *text, size_t text_len, uint8_t next, struct inner *i)
{
	if (!inner_parse(i, text, text_len) ||
	    next != (i->family == AF_INET ? ESP_NEXT_IP4 : ESP_NEXT_IP6)) {
		esp_drop(in->esp, DROP_MALFORMED);
		return false;
	}
	if (!table_sa_allows(sa, i->family, &i->src, &i->dst)) {
		esp_drop(in->esp, DROP_SELECTOR);
		return false;
	}
	return inner_ecn(text, i, a->tos);
}

static void
esp_packet(struct in *in, const struct arrival *a, uint8_t *pkt, size_t len)
{
	struct sa *sa = table_inbound(in->esp->table, get32(pkt));
	size_t text_len = 0;
	uint8_t *text, next = 0;
	struct inner i;
	bool ok;

	if (!sa) {
		esp_drop(in->esp, DROP_UNKNOWN_SPI);
		return;
	}
	pthread_mutex_lock(&sa->lock);
	ok = open_one(in, sa, a, pkt, len, &text, &text_len, &next);
	/* A dummy packet (RFC 4303 2.6) is for the eavesdropper only. */
	ok = ok && next != ESP_NEXT_NONE &&
	    allowed(in, sa, a, text, text_len, next, &i);
	if (ok) {
		sa->bytes += i.len;
		sa->packets++;
	}
	pthread_mutex_unlock(&sa->lock);
	if (ok)
		merge_add(&in->merge, text, &i);
}

static void
datagram(struct in *in, const struct arrival *a, uint8_t *p, size_t len)
{
	/* RFC 3948 2.3: a keepalive is one octet of 0xff. */
	if (len == 1)
		return;
	if (len < 4)
		esp_drop(in->esp, DROP_MALFORMED);
	else if (get32(p) == 0)
		hand_over(in, a, p + 4, len - 4);
	else if (len < ESP_HEADER)
		esp_drop(in->esp, DROP_MALFORMED);
	else
		esp_packet(in, a, p, len);
}

/* --- a message: one datagram or many --- */

static void
control_parse(struct arrival *a, const struct cmsghdr *c)
{
	struct in_pktinfo i4;
	struct in6_pktinfo i6;
	int v;

	if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
		memcpy(&i4, CMSG_DATA(c), sizeof(i4));
		(void)!addr_from_bytes(&a->local.addr, &i4.ipi_addr, 4);
	} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
		memcpy(&i6, CMSG_DATA(c), sizeof(i6));
		(void)!addr_from_bytes(&a->local.addr, &i6.ipi6_addr, 16);
	} else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TOS) {
		a->tos = *(const uint8_t *)CMSG_DATA(c);
	} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_TCLASS) {
		memcpy(&v, CMSG_DATA(c), sizeof(v));
		a->tos = (uint8_t)v;
	} else if (c->cmsg_level == IPPROTO_UDP && c->cmsg_type == UDP_GRO) {
		memcpy(&v, CMSG_DATA(c), sizeof(v));
		if (v > 0)
			a->size = (uint32_t)v;
	}
}

static void
message(struct in *in, struct message *m, struct msghdr *h, size_t len)
{
	struct arrival a = { .size = MESSAGE_MAX };
	struct cmsghdr *c;
	size_t off;

	if (h->msg_flags & MSG_TRUNC ||
	    endpoint_from_sockaddr(&a.remote, (struct sockaddr *)&m->from) < 0) {
		esp_drop(in->esp, DROP_MALFORMED);
		return;
	}
	a.local.port = in->esp->options.port;
	for (c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c))
		control_parse(&a, c);
	for (off = 0; off < len; off += a.size) {
		size_t n = len - off < a.size ? len - off : a.size;

		datagram(in, &a, m->data + off, n);
	}
}

static void
headers_reset(struct in *in)
{
	unsigned int i;

	for (i = 0; i < in->at_once; i++) {
		struct message *m = &in->msg[i];

		m->iov = (struct iovec){ m->data, sizeof(m->data) };
		in->hdr[i].msg_hdr = (struct msghdr){
			.msg_name = &m->from, .msg_namelen = sizeof(m->from),
			.msg_iov = &m->iov, .msg_iovlen = 1,
			.msg_control = m->control,
			.msg_controllen = sizeof(m->control),
		};
	}
}

/* False: nothing more has come. */
static bool
batch(struct in *in, int fd)
{
	unsigned int i, n, asked = in->at_once;
	size_t bytes = 0;
	int rc;

	headers_reset(in);
	rc = recvmmsg(fd, in->hdr, asked, MSG_DONTWAIT, NULL);
	if (rc <= 0)
		return false;
	n = (unsigned int)rc;
	in->now = esp_now_ms();
	table_read(in->esp->table);
	for (i = 0; i < n; i++) {
		bytes += in->hdr[i].msg_len;
		message(in, &in->msg[i], &in->hdr[i].msg_hdr, in->hdr[i].msg_len);
	}
	table_release(in->esp->table);
	merge_flush(&in->merge);
	in->at_once = bytes / n < SMALL ? MESSAGES : MESSAGES_LARGE;
	return n == asked;
}

void *
in_run(void *arg)
{
	struct in *in = arg;
	unsigned int n = 0, i, k, ready;
	int fds[2];

	if (in->esp->fds.udp4 >= 0)
		fds[n++] = in->esp->fds.udp4;
	if (in->esp->fds.udp6 >= 0)
		fds[n++] = in->esp->fds.udp6;
	while ((ready = esp_wait(in->esp, fds, n)) != 0)
		for (i = 0; i < n; i++)
			for (k = 0; ready >> i & 1 && k < BATCHES; k++)
				if (!batch(in, fds[i]))
					break;
	return NULL;
}
