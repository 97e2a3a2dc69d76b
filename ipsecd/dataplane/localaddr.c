/*
 * localaddr: a listening netlink socket that only says "look again", and
 * another one to look with.
 */
#include "localaddr.h"

#include <event2/event.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"

/* Interfaces come up in bursts. */
#define SETTLE_US	20000

struct set {
	struct addr	*a;		/* sorted, each once */
	size_t		 n;
	size_t		 size;
	bool		 bad;		/* out of memory */
};

struct localaddr {
	struct nl_sock	*hints;
	struct nl_sock	*look;
	struct event	*readable;
	struct event	*settle;
	struct set	 now;
	localaddr_cb	 change;
	void		*arg;
};

static void
set_add(struct set *s, const struct addr *a)
{
	struct addr *bigger;
	size_t size;

	if (s->n == s->size) {
		size = s->size > 0 ? 2 * s->size : 32;
		bigger = reallocarray(s->a, size, sizeof(*a));
		if (bigger == NULL) {
			s->bad = true;
			return;
		}
		s->a = bigger;
		s->size = size;
	}
	s->a[s->n++] = *a;
}

static int
cmp(const void *a, const void *b)
{
	return addr_cmp(a, b);
}

static void
set_sort(struct set *s)
{
	size_t i, n = 0;

	if (s->n == 0)
		return;
	qsort(s->a, s->n, sizeof(*s->a), cmp);
	for (i = 1; i < s->n; i++)
		if (addr_cmp(&s->a[n], &s->a[i]) != 0)
			s->a[++n] = s->a[i];
	s->n = n + 1;
}

static int
one_address(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *h = nlmsg_hdr(msg);
	struct nlattr *tb[IFA_MAX + 1], *found;
	const struct ifaddrmsg *ifa;
	uint32_t flags;
	struct addr a;

	if (h->nlmsg_type != RTM_NEWADDR ||
	    nlmsg_parse(h, sizeof(*ifa), tb, IFA_MAX, NULL) < 0)
		return NL_OK;
	ifa = nlmsg_data(h);
	flags = tb[IFA_FLAGS] != NULL ? nla_get_u32(tb[IFA_FLAGS]) :
	    ifa->ifa_flags;
	/* IFA_ADDRESS is the other end of a point-to-point link. */
	found = tb[IFA_LOCAL] != NULL ? tb[IFA_LOCAL] : tb[IFA_ADDRESS];
	if (found == NULL || (flags & IFA_F_DADFAILED) ||
	    ((flags & IFA_F_TENTATIVE) && !(flags & IFA_F_OPTIMISTIC)))
		return NL_OK;
	if (addr_from_bytes(&a, nla_data(found), (size_t)nla_len(found)) == 0)
		set_add(arg, &a);
	return NL_OK;
}

static int
look(struct localaddr *l, struct set *s, struct err *e)
{
	struct ifaddrmsg all = { .ifa_family = AF_UNSPEC };
	int rc;

	memset(s, 0, sizeof(*s));
	nl_socket_modify_cb(l->look, NL_CB_VALID, NL_CB_CUSTOM, one_address, s);
	rc = nl_send_simple(l->look, RTM_GETADDR, NLM_F_DUMP, &all, sizeof(all));
	if (rc >= 0)
		rc = nl_recvmsgs_default(l->look);
	if (rc < 0 || s->bad) {
		free(s->a);
		return err_set(e, ERR_REALITY, "cannot read the addresses of this "
			       "system: %s", s->bad ? "out of memory" :
			       nl_geterror(rc));
	}
	set_sort(s);
	return 0;
}

/* What is in one of two sorted sets only. */
static void
report(struct localaddr *l, const struct set *old, const struct set *new)
{
	size_t i = 0, j = 0;
	int c;

	while (i < old->n || j < new->n) {
		c = i == old->n ? 1 : j == new->n ? -1 :
		    addr_cmp(&old->a[i], &new->a[j]);
		if (c < 0)
			l->change(&old->a[i], false, l->arg);
		else if (c > 0)
			l->change(&new->a[j], true, l->arg);
		i += c <= 0;
		j += c >= 0;
	}
}

static void
look_again(evutil_socket_t fd, short what, void *arg)
{
	struct localaddr *l = arg;
	struct err e = ERR_INIT;
	struct set old = l->now, new;

	(void)fd;
	(void)what;
	if (look(l, &new, &e) < 0) {
		log_warn("%s", e.text);
		return;
	}
	l->now = new;
	report(l, &old, &new);
	free(old.a);
}

static void
hint(evutil_socket_t fd, short what, void *arg)
{
	struct timeval settle = { 0, SETTLE_US };
	struct localaddr *l = arg;

	(void)fd;
	(void)what;
	/* Also after an overrun: whatever was lost, we look again. */
	nl_recvmsgs_default(l->hints);
	if (!event_pending(l->settle, EV_TIMEOUT, NULL))
		event_add(l->settle, &settle);
}

static int
open_sockets(struct localaddr *l, struct err *e)
{
	int rc;

	l->hints = nl_socket_alloc();
	l->look = nl_socket_alloc();
	if (l->hints == NULL || l->look == NULL)
		return err_set(e, ERR_RESOURCE, "out of memory");
	nl_socket_disable_seq_check(l->hints);
	rc = nl_connect(l->hints, NETLINK_ROUTE);
	if (rc >= 0)
		rc = nl_socket_add_memberships(l->hints, RTNLGRP_IPV4_IFADDR,
					       RTNLGRP_IPV6_IFADDR, 0);
	if (rc >= 0)
		rc = nl_socket_set_nonblocking(l->hints);
	if (rc >= 0)
		rc = nl_connect(l->look, NETLINK_ROUTE);
	if (rc < 0)
		return err_set(e, ERR_REALITY, "cannot ask the kernel for "
			       "addresses: %s", nl_geterror(rc));
	return 0;
}

struct localaddr *
localaddr_new(struct event_base *base, localaddr_cb change, void *arg,
	      struct err *e)
{
	struct localaddr *l = calloc(1, sizeof(*l));

	if (l == NULL) {
		err_set(e, ERR_RESOURCE, "out of memory");
		return NULL;
	}
	l->change = change;
	l->arg = arg;
	if (open_sockets(l, e) < 0 || look(l, &l->now, e) < 0) {
		l->now.a = NULL;
		localaddr_free(l);
		return NULL;
	}
	l->readable = event_new(base, nl_socket_get_fd(l->hints),
				EV_READ | EV_PERSIST, hint, l);
	l->settle = event_new(base, -1, 0, look_again, l);
	if (l->readable == NULL || l->settle == NULL ||
	    event_add(l->readable, NULL) < 0) {
		err_set(e, ERR_RESOURCE, "out of memory");
		localaddr_free(l);
		return NULL;
	}
	return l;
}

void
localaddr_free(struct localaddr *l)
{
	if (l == NULL)
		return;
	if (l->readable != NULL)
		event_free(l->readable);
	if (l->settle != NULL)
		event_free(l->settle);
	nl_socket_free(l->hints);
	nl_socket_free(l->look);
	free(l->now.a);
	free(l);
}

void
localaddr_each(const struct localaddr *l, localaddr_cb cb, void *arg)
{
	size_t i;

	for (i = 0; i < l->now.n; i++)
		cb(&l->now.a[i], true, arg);
}
