#include "user_net.h"

#include <errno.h>
#include <event2/event.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "user.h"
#include "user_guard.h"
#include "user_rtnl.h"

#define BUCKETS		1024
#define ADDRESSES_MAX	1024
/* What the kernel gives in one piece fits one segmented datagram sealed. */
#define GSO_MAX		60000
/* Between two answers to what others do: one may do it again for every answer. */
#define QUIET_US	200000

enum what { ROUTE, THROW, RULE_FROM };

/* A local subnet that an entry serves; its preferred source may be there. */
struct use {
	struct use	*next;
	struct prefix	 local;
	unsigned int	 refs;
};

struct entry {
	struct entry	*next;
	enum what	 what;
	uint8_t		 table;
	struct prefix	 dst;		/* RULE_FROM: the source */
	struct addr	 src;		/* ROUTE: preferred source */
	struct use	*uses;		/* none: found at start */
};

struct user_net {
	struct rtnl	*rtnl;
	struct user_guard *guard;
	struct event	*watch;
	struct event	*later;
	unsigned int	 news;		/* enum rtnl_news, not yet acted upon */
	const char	*device;
	uint32_t	 mtu;
	int		 ifindex;
	struct addr	*addresses;
	size_t		 n_addresses;
	struct entry	*bucket[BUCKETS];
};

/* --- addresses of this machine --- */

static void
address_add(const struct addr *a, void *arg)
{
	struct user_net *n = arg;

	if (n->n_addresses < ADDRESSES_MAX)
		n->addresses[n->n_addresses++] = *a;
}

static struct addr
src_find(const struct user_net *n, const struct use *u)
{
	size_t i;

	for (; u; u = u->next)
		for (i = 0; i < n->n_addresses; i++)
			if (prefix_has(&u->local, &n->addresses[i]))
				return n->addresses[i];
	return (struct addr){ 0 };
}

static void
addresses_read(struct user_net *n)
{
	int rc;

	n->n_addresses = 0;
	rc = rtnl_addresses(n->rtnl, address_add, n);
	if (rc < 0)
		log_warn("cannot list this machine's addresses: %s", strerror(-rc));
}

/* --- routes --- */

static int
rule_from(struct user_net *n, bool add, const struct entry *en)
{
	const struct rtnl_rule rule = { .family = en->dst.addr.family,
	    .action = RTNL_LOOKUP, .priority = USER_TABLE_ANY + 1,
	    .target = en->table, .from = en->dst };

	return rtnl_rule(n->rtnl, add, &rule);
}

static int
route_one(struct user_net *n, bool add, enum rtnl_kind kind, const struct entry *en)
{
	const struct rtnl_route route = { .kind = kind, .table = en->table,
	    .dst = en->dst, .src = en->src };

	return rtnl_route(n->rtnl, add, &route, n->ifindex);
}

static int
entry_set(struct user_net *n, const struct entry *en, struct err *e)
{
	char text[PREFIX_STRLEN];
	int rc = 0;

	switch (en->what) {
	case ROUTE:
		/* The blackhole first: there is no moment without either. */
		rc = route_one(n, true, RTNL_BLACKHOLE, en);
		if (rc == 0)
			rc = route_one(n, true, RTNL_DEVICE, en);
		/* The blackhole stands in until the device is back. */
		if (rc == -ENETDOWN || rc == -ENODEV)
			rc = 0;
		break;
	case THROW:
		rc = route_one(n, true, RTNL_THROW, en);
		break;
	case RULE_FROM:
		rc = rule_from(n, true, en);
		break;
	}
	if (rc < 0)
		return err_set(e, ERR_REALITY, "cannot add the %s %s: %s",
		    en->what == RULE_FROM ? "rule for packets from" : "route to",
		    prefix_str(&en->dst, text), strerror(-rc));
	return 0;
}

static void
entry_unset(struct user_net *n, const struct entry *en)
{
	char text[PREFIX_STRLEN];
	int rc = 0;

	switch (en->what) {
	case ROUTE:
		rc = route_one(n, false, RTNL_DEVICE, en);
		(void)route_one(n, false, RTNL_BLACKHOLE, en);
		break;
	case THROW:
		rc = route_one(n, false, RTNL_THROW, en);
		break;
	case RULE_FROM:
		rc = rule_from(n, false, en);
		break;
	}
	/* With the device down its routes are gone already. */
	if (rc < 0 && rc != -ESRCH)
		log_warn("cannot remove the %s %s: %s",
		    en->what == RULE_FROM ? "rule for packets from" : "route to",
		    prefix_str(&en->dst, text), strerror(-rc));
}

static void
entry_update(struct user_net *n, struct entry *en, bool again)
{
	struct err e = ERR_INIT;
	struct addr src;

	if (!en->uses)
		return;
	if (en->what == ROUTE) {
		src = src_find(n, en->uses);
		again = again || !addr_equal(&src, &en->src);
		en->src = src;
	}
	if (again && entry_set(n, en, &e) < 0)
		log_warn("%s", e.text);
}

static struct entry **
entry_find(struct user_net *n, enum what what, uint8_t table, const struct prefix *p)
{
	struct entry **at = &n->bucket[addr_hash(&p->addr,
	    (uint32_t)what << 16 | (uint32_t)table << 8 | p->len) % BUCKETS];

	while (*at && !((*at)->what == what && (*at)->table == table &&
	    (*at)->dst.len == p->len && addr_equal(&(*at)->dst.addr, &p->addr)))
		at = &(*at)->next;
	return at;
}

static struct entry *
entry_get(struct user_net *n, enum what what, uint8_t table, const struct prefix *p)
{
	struct entry **at = entry_find(n, what, table, p);

	if (!*at) {
		*at = calloc(1, sizeof(**at));
		if (*at) {
			(*at)->what = what;
			(*at)->table = table;
			(*at)->dst = *p;
		}
	}
	return *at;
}

static void
entry_drop(struct entry **at)
{
	struct entry *en = *at;
	struct use *u;

	*at = en->next;
	while ((u = en->uses)) {
		en->uses = u->next;
		free(u);
	}
	free(en);
}

static struct use **
use_find(struct entry *en, const struct prefix *local)
{
	struct use **at = &en->uses;

	while (*at && !prefix_equal(&(*at)->local, local))
		at = &(*at)->next;
	return at;
}

/* False: no memory. */
static bool
use_add(struct entry *en, const struct prefix *local)
{
	struct use **at = use_find(en, local);

	if (!*at && !(*at = calloc(1, sizeof(**at))))
		return false;
	(*at)->local = *local;
	(*at)->refs++;
	return true;
}

static void
use_del(struct entry *en, const struct prefix *local)
{
	struct use **at = use_find(en, local), *u = *at;

	if (!u || --u->refs > 0)
		return;
	*at = u->next;
	free(u);
}

static int
ref(struct user_net *n, enum what what, uint8_t table, const struct prefix *p,
    const struct prefix *local, struct err *e)
{
	struct entry *en = entry_get(n, what, table, p);
	bool first = en && !en->uses;
	struct addr src = { 0 };
	int rc = 0;

	if (!en || !use_add(en, local)) {
		if (first)
			entry_drop(entry_find(n, what, table, p));
		return err_set(e, ERR_RESOURCE, "out of memory");
	}
	if (what == ROUTE)
		src = src_find(n, en->uses);
	if (first || !addr_equal(&src, &en->src)) {
		en->src = src;
		rc = entry_set(n, en, e);
	}
	if (rc < 0) {
		use_del(en, local);
		if (!en->uses)
			entry_drop(entry_find(n, what, table, p));
	}
	return rc;
}

static void
unref(struct user_net *n, enum what what, uint8_t table, const struct prefix *p,
      const struct prefix *local)
{
	struct entry **at = entry_find(n, what, table, p);

	if (!*at || !(*at)->uses)
		return;
	use_del(*at, local);
	if ((*at)->uses) {
		entry_update(n, *at, false);
		return;
	}
	entry_unset(n, *at);
	entry_drop(at);
}

/* Neighbours in the local subnet are reached as before, not through a tunnel
 * whose remote subnet is everything. */
static bool
wants_throw(const struct prefix *local, const struct prefix *remote)
{
	return remote->len < local->len && prefix_has(remote, &local->addr);
}

static uint8_t
table_of(const struct prefix *remote)
{
	return remote->len == 0 ? USER_TABLE_ANY : USER_TABLE;
}

int
user_net_add(struct user_net *n, const struct prefix *local,
	     const struct prefix *remote, struct err *e)
{
	uint8_t table = table_of(remote);

	if (wants_throw(local, remote) &&
	    ref(n, THROW, table, local, local, e) < 0)
		return -1;
	if (ref(n, ROUTE, table, remote, local, e) < 0)
		goto no_route;
	if (table == USER_TABLE_ANY &&
	    ref(n, RULE_FROM, table, local, local, e) < 0)
		goto no_rule;
	user_guard_add(n->guard, local, remote);
	return 0;
no_rule:
	unref(n, ROUTE, table, remote, local);
no_route:
	if (wants_throw(local, remote))
		unref(n, THROW, table, local, local);
	return -1;
}

void
user_net_del(struct user_net *n, const struct prefix *local,
	     const struct prefix *remote)
{
	uint8_t table = table_of(remote);

	user_guard_del(n->guard, local, remote);
	if (table == USER_TABLE_ANY)
		unref(n, RULE_FROM, table, local, local);
	unref(n, ROUTE, table, remote, local);
	if (wants_throw(local, remote))
		unref(n, THROW, table, local, local);
}

/* --- what was there before, and changes --- */

static void
leftover(const struct rtnl_route *r, void *arg)
{
	(void)entry_get(arg, r->kind == RTNL_THROW ? THROW : ROUTE, r->table,
	    &r->dst);
}

static void
leftover_rule(const struct rtnl_rule *r, void *arg)
{
	if (r->priority == USER_TABLE_ANY + 1 && r->from.addr.family)
		(void)entry_get(arg, RULE_FROM, (uint8_t)r->target, &r->from);
}

static void
leftovers(struct user_net *n)
{
	(void)rtnl_routes(n->rtnl, leftover, n);
	(void)rtnl_rules(n->rtnl, leftover_rule, n);
}

void
user_net_sync(struct user_net *n)
{
	size_t i;

	user_guard_sync(n->guard);
	for (i = 0; i < BUCKETS; i++) {
		struct entry **at = &n->bucket[i];

		while (*at) {
			if ((*at)->uses) {
				at = &(*at)->next;
				continue;
			}
			entry_unset(n, *at);
			entry_drop(at);
		}
	}
}

static void
entries_update(struct user_net *n, bool again)
{
	struct entry *en;
	size_t i;

	addresses_read(n);
	for (i = 0; i < BUCKETS; i++)
		for (en = n->bucket[i]; en; en = en->next)
			entry_update(n, en, again);
}

/* As in user_net.h. */
static int
rules(struct user_net *n, bool add, uint8_t family)
{
	const struct rtnl_rule all[] = {
		{ .priority = USER_TABLE, .not = true, .mark = USER_MARK,
		  .action = RTNL_LOOKUP, .target = USER_TABLE },
		{ .priority = USER_TABLE_ANY + 2, .action = RTNL_NOP },
		{ .priority = USER_TABLE_ANY, .mark = USER_MARK,
		  .action = RTNL_GOTO, .target = USER_TABLE_ANY + 2 },
	};
	int rc = 0;
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]) && (rc == 0 || !add); i++) {
		struct rtnl_rule rule = all[i];

		rule.family = family;
		rc = rtnl_rule(n->rtnl, add, &rule);
	}
	return rc;
}

static int
rules_set(struct user_net *n, struct err *e)
{
	int rc = rules(n, true, AF_INET);

	if (rc < 0)
		return err_set(e, ERR_REALITY, "cannot add the rules for tables "
		    "%d and %d: %s", USER_TABLE, USER_TABLE_ANY, strerror(-rc));
	rc = rules(n, true, AF_INET6);
	if (rc < 0)
		log_warn("no IPv6 through tunnels: cannot add the rules for "
		    "tables %d and %d: %s", USER_TABLE, USER_TABLE_ANY,
		    strerror(-rc));
	return 0;
}

/* Without our rules and routes packets would leave in clear: whoever removes
 * them (network managers clear what is not theirs) gets them back. */
static void
act(struct user_net *n)
{
	struct timeval quiet = { 0, QUIET_US };
	unsigned int news = n->news;
	struct err e = ERR_INIT;

	n->news = 0;
	if (news & RTNL_RULES && rules_set(n, &e) < 0)
		log_error("%s", e.text);
	if (news)
		entries_update(n, news & (RTNL_LINK_UP | RTNL_ROUTES | RTNL_RULES));
	if (news)
		event_add(n->later, &quiet);
}

static void
quiet_over(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	act(arg);
}

static void
changed(evutil_socket_t fd, short what, void *arg)
{
	struct user_net *n = arg;

	(void)fd;
	(void)what;
	n->news |= rtnl_watch_drain(n->rtnl, n->ifindex);
	if (!event_pending(n->later, EV_TIMEOUT, NULL))
		act(n);
}

/* --- open and close --- */

static int
link_and_rules(struct user_net *n, struct err *e)
{
	int rc;

	n->ifindex = (int)if_nametoindex(n->device);
	rc = rtnl_link_up(n->rtnl, n->ifindex, n->mtu, GSO_MAX);
	if (rc < 0)
		return err_set(e, ERR_REALITY, "cannot bring %s up: %s", n->device,
		    strerror(-rc));
	user_guard_device(n->guard, n->device);
	return rules_set(n, e);
}

int
user_net_device(struct user_net *n, struct err *e)
{
	if (link_and_rules(n, e) < 0)
		return -1;
	entries_update(n, true);
	return 0;
}

int
user_net_open(struct user_net **out, const char *device, uint32_t mtu,
	      struct event_base *base, struct err *e)
{
	struct user_net *n = calloc(1, sizeof(*n));

	if (!n)
		return err_set(e, ERR_RESOURCE, "out of memory");
	n->device = device;
	n->mtu = mtu;
	n->guard = user_guard_new();
	n->addresses = calloc(ADDRESSES_MAX, sizeof(*n->addresses));
	if (!n->addresses || !n->guard) {
		err_set(e, ERR_RESOURCE, "out of memory");
		goto fail;
	}
	if (rtnl_new(&n->rtnl, USER_TABLE, USER_TABLE_ANY, e) < 0 || link_and_rules(n, e) < 0)
		goto fail;
	leftovers(n);
	addresses_read(n);
	n->watch = event_new(base, rtnl_watch_fd(n->rtnl), EV_READ | EV_PERSIST,
	    changed, n);
	n->later = evtimer_new(base, quiet_over, n);
	if (!n->watch || !n->later || event_add(n->watch, NULL) < 0) {
		err_set(e, ERR_RESOURCE, "out of memory");
		goto fail;
	}
	*out = n;
	return 0;
fail:
	user_net_close(n);
	return -1;
}

void
user_net_close(struct user_net *n)
{
	size_t i;

	if (!n)
		return;
	if (n->watch)
		event_free(n->watch);
	if (n->later)
		event_free(n->later);
	for (i = 0; i < BUCKETS; i++)
		while (n->bucket[i])
			entry_drop(&n->bucket[i]);
	rtnl_free(n->rtnl);
	user_guard_free(n->guard);
	free(n->addresses);
	free(n);
}

void
user_net_clear(void)
{
	struct user_net *n = calloc(1, sizeof(*n));
	struct err e = ERR_INIT;

	if (n)
		n->guard = user_guard_new();
	if (n && n->guard && rtnl_new(&n->rtnl, USER_TABLE, USER_TABLE_ANY, &e) == 0) {
		leftovers(n);
		user_net_sync(n);
		(void)rules(n, false, AF_INET);
		(void)rules(n, false, AF_INET6);
	}
	err_clear(&e);
	user_net_close(n);
}
