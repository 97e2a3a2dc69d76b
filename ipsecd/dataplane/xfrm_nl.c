#include "xfrm_nl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/xfrm.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>

#include "log.h"
#include "secret.h"

#define MSG_SIZE	2048		/* of what we send */
#define RECV_SIZE	(64 * 1024)
#define LISTEN_BUFFER	(4 << 20)	/* a burst of acquires of 10,000 tunnels */

struct xfrm_nl {
	struct nl_sock	*sock;
	uint8_t		 buf[RECV_SIZE] __attribute__((aligned(8)));
	uint8_t		 one[RECV_SIZE] __attribute__((aligned(8)));
};

static int
set_options(struct xfrm_nl *nl)
{
	int fd = nl_socket_get_fd(nl->sock), on = 1, size = LISTEN_BUFFER;

	/* The kernel's sentences; and errors without our keys in them. */
	if (setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on)) < 0 ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on)) < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return 0;
}

struct xfrm_nl *
xfrm_nl_new(const int *groups, struct err *e)
{
	struct xfrm_nl *nl = calloc(1, sizeof(*nl));
	int rc;

	if (nl == NULL || (nl->sock = nl_socket_alloc()) == NULL) {
		free(nl);
		err_set(e, ERR_RESOURCE, "out of memory");
		return NULL;
	}
	rc = nl_connect(nl->sock, NETLINK_XFRM);
	if (rc < 0 || set_options(nl) < 0) {
		err_set(e, ERR_REALITY, "the kernel has no XFRM interface: %s",
		    rc < 0 ? nl_geterror(rc) : strerror(errno));
		xfrm_nl_free(nl);
		return NULL;
	}
	for (; groups != NULL && *groups != 0; groups++) {
		rc = nl_socket_add_memberships(nl->sock, *groups, 0);
		if (rc == 0)
			rc = nl_socket_set_nonblocking(nl->sock);
		if (rc < 0) {
			err_set(e, ERR_REALITY, "cannot listen to the kernel's "
			    "IPsec events: %s", nl_geterror(rc));
			xfrm_nl_free(nl);
			return NULL;
		}
	}
	return nl;
}

void
xfrm_nl_free(struct xfrm_nl *nl)
{
	if (nl == NULL)
		return;
	nl_socket_free(nl->sock);
	secret_wipe_mem(nl->buf, sizeof(nl->buf));
	secret_wipe_mem(nl->one, sizeof(nl->one));
	free(nl);
}

int
xfrm_nl_fd(const struct xfrm_nl *nl)
{
	return nl_socket_get_fd(nl->sock);
}

int
xfrm_nl_others(struct xfrm_nl *listener, const struct xfrm_nl *asker,
	       struct err *e)
{
	enum { TYPE = offsetof(struct nlmsghdr, nlmsg_type),
	       WHO = offsetof(struct nlmsghdr, nlmsg_pid) };
	struct sock_filter f[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, TYPE),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(XFRM_MSG_NEWPOLICY), 10, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(XFRM_MSG_UPDPOLICY), 9, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(XFRM_MSG_NEWSA), 8, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(XFRM_MSG_UPDSA), 7, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(XFRM_MSG_DELPOLICY), 3, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(XFRM_MSG_FLUSHPOLICY), 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(XFRM_MSG_DELSA), 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(XFRM_MSG_FLUSHSA), 0, 2),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, WHO),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
		    htonl(nl_socket_get_local_port(asker->sock)), 1, 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const struct sock_fprog prog = { sizeof(f) / sizeof(f[0]), f };

	if (setsockopt(xfrm_nl_fd(listener), SOL_SOCKET, SO_ATTACH_FILTER, &prog,
	    sizeof(prog)) < 0)
		return err_set(e, ERR_REALITY, "cannot choose among the kernel's "
		    "IPsec events: %s", strerror(errno));
	return 0;
}

struct nl_msg *
xfrm_nl_msg(int type, int flags, size_t len, void *header)
{
	struct nl_msg *msg = nlmsg_alloc_size(MSG_SIZE);
	struct nlmsghdr *h;

	if (msg == NULL)
		return NULL;
	h = nlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, type, (int)len,
	    NLM_F_REQUEST | NLM_F_ACK | flags);
	if (h == NULL) {
		nlmsg_free(msg);
		return NULL;
	}
	memset(nlmsg_data(h), 0, len);
	*(void **)header = nlmsg_data(h);
	return msg;
}

/* The sentence among the attributes behind an NLMSG_ERROR. */
static void
read_extack(const struct nlmsghdr *h, char why[XFRM_WHY_MAX])
{
	const struct nlmsgerr *e = nlmsg_data(h);
	struct nlattr *text;
	int skip = sizeof(*e);

	if ((h->nlmsg_flags & NLM_F_ACK_TLVS) == 0)
		return;
	if ((h->nlmsg_flags & NLM_F_CAPPED) == 0)
		skip += (int)(e->msg.nlmsg_len - sizeof(e->msg));
	if (skip > nlmsg_datalen(h))
		return;
	text = nla_find((const struct nlattr *)((const char *)e + skip),
	    nlmsg_datalen(h) - skip, NLMSGERR_ATTR_MSG);
	if (text != NULL)
		nla_strlcpy(why, text, XFRM_WHY_MAX);
}

/* One datagram of the kernel's.  Its length, 0 at the end, or -errno. */
static ssize_t
receive(struct xfrm_nl *nl)
{
	struct sockaddr_nl from = { 0 };
	struct iovec iov = { nl->buf, sizeof(nl->buf) };
	struct msghdr m = {
		.msg_name = &from, .msg_namelen = sizeof(from),
		.msg_iov = &iov, .msg_iovlen = 1,
	};
	ssize_t n;

	do {
		n = recvmsg(nl_socket_get_fd(nl->sock), &m, 0);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n >= 0 && (m.msg_flags & MSG_TRUNC) != 0)
			return -EMSGSIZE;
		/* Only the kernel is believed. */
	} while (n < 0 || from.nl_pid != 0);
	return n;
}

/* True when this was the last word; *rc is then what it said. */
static bool
last_word(const struct nlmsghdr *h, int *rc, char why[XFRM_WHY_MAX])
{
	const struct nlmsgerr *e = nlmsg_data(h);

	if (h->nlmsg_type == NLMSG_DONE) {
		*rc = 0;
		return true;
	}
	if (h->nlmsg_type != NLMSG_ERROR || nlmsg_datalen(h) < (int)sizeof(*e))
		return false;
	*rc = e->error;
	if (e->error != 0)
		read_extack(h, why);
	return true;
}

/* Messages lie at multiples of four, and have fields of eight octets. */
static void
hand_over(struct xfrm_nl *nl, const struct nlmsghdr *h,
	  void (*got)(const struct nlmsghdr *, void *), void *arg)
{
	memcpy(nl->one, h, h->nlmsg_len);
	got((const struct nlmsghdr *)(const void *)nl->one, arg);
}

static int
await(struct xfrm_nl *nl, uint32_t seq,
      void (*got)(const struct nlmsghdr *, void *), void *arg,
      char why[XFRM_WHY_MAX])
{
	struct nlmsghdr *h;
	ssize_t n;
	int rc, left;

	for (;;) {
		n = receive(nl);
		if (n < 0)
			return (int)n;
		left = (int)n;
		for (h = (struct nlmsghdr *)nl->buf; nlmsg_ok(h, left);
		    h = nlmsg_next(h, &left)) {
			if (h->nlmsg_seq != seq)
				continue;
			if (last_word(h, &rc, why))
				return rc;
			if (got != NULL)
				hand_over(nl, h, got, arg);
		}
	}
}

int
xfrm_nl_ask(struct xfrm_nl *nl, struct nl_msg *msg,
	    void (*got)(const struct nlmsghdr *, void *), void *arg,
	    char why[XFRM_WHY_MAX])
{
	struct nlmsghdr *h;
	int rc;

	why[0] = '\0';
	if (msg == NULL)
		return -ENOMEM;
	h = nlmsg_hdr(msg);
	nl_complete_msg(nl->sock, msg);
	rc = nl_send(nl->sock, msg);
	if (rc < 0) {
		snprintf(why, XFRM_WHY_MAX, "%s", nl_geterror(rc));
		rc = -EIO;
	} else {
		rc = await(nl, h->nlmsg_seq, got, arg, why);
	}
	secret_wipe_mem(h, h->nlmsg_len);
	nlmsg_free(msg);
	if (got != NULL) {
		secret_wipe_mem(nl->buf, sizeof(nl->buf));
		secret_wipe_mem(nl->one, sizeof(nl->one));
	}
	return rc;
}

void
xfrm_nl_listen(struct xfrm_nl *nl,
	       void (*got)(const struct nlmsghdr *, void *), void *arg)
{
	struct nlmsghdr *h;
	ssize_t n;
	int left;

	while ((n = receive(nl)) != -EAGAIN && n != -EWOULDBLOCK) {
		if (n == -ENOBUFS) {
			log_warn("the kernel had more IPsec events than fit its "
			    "queue; some are lost (packets will trigger again)");
			continue;
		}
		if (n <= 0)
			return;
		left = (int)n;
		for (h = (struct nlmsghdr *)nl->buf; nlmsg_ok(h, left);
		    h = nlmsg_next(h, &left))
			hand_over(nl, h, got, arg);
	}
}
