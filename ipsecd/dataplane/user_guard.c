#include "user_guard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/xfrm.h>

#include "log.h"
#include "xfrm_msg.h"
#include "xfrm_nl.h"

#define BUCKETS		1024

struct entry {
	struct entry	*next;
	struct prefix	 src, dst;
	bool		 pass;		/* neighbours inside the remote subnet */
	unsigned int	 refs;		/* 0: found at start */
};

struct user_guard {
	struct xfrm_nl	*nl;		/* NULL: the kernel has no policies */
	bool		 on[2];		/* IPv4, IPv6 */
	struct entry	*bucket[BUCKETS];
};

static int
index_of(uint8_t family)
{
	return family == AF_INET6;
}

static struct entry **
entry_find(struct user_guard *g, const struct prefix *src, const struct prefix *dst)
{
	struct entry **at = &g->bucket[addr_hash(&src->addr,
	    addr_hash(&dst->addr, (uint32_t)src->len << 8 | dst->len)) % BUCKETS];

	while (*at && !(prefix_equal(&(*at)->src, src) &&
	    prefix_equal(&(*at)->dst, dst)))
		at = &(*at)->next;
	return at;
}

static void
entry_tell(struct user_guard *g, const struct entry *en, bool add)
{
	static const enum xfrm_dir dirs[] = { XFRM_IN, XFRM_FWD };
	char why[XFRM_WHY_MAX], text[PREFIX_STRLEN];
	size_t i;
	int rc;

	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		rc = xfrm_nl_ask(g->nl, add ? xfrm_msg_guard_set(&en->src,
		    &en->dst, dirs[i], en->pass) : xfrm_msg_policy_del(&en->dst,
		    &en->src, dirs[i]), NULL, NULL, why);
		if (rc < 0 && add)
			log_warn("packets in clear from %s are not refused: %s",
			    prefix_str(&en->src, text),
			    why[0] ? why : strerror(-rc));
	}
}

static void
entry_ref(struct user_guard *g, const struct prefix *src, const struct prefix *dst,
	  bool pass)
{
	struct entry **at = entry_find(g, src, dst);

	if (!*at && !(*at = calloc(1, sizeof(**at))))
		return;
	(*at)->src = *src;
	(*at)->dst = *dst;
	(*at)->pass = pass;
	if ((*at)->refs++ == 0)
		entry_tell(g, *at, true);
}

static void
entry_drop(struct user_guard *g, struct entry **at, bool tell)
{
	struct entry *en = *at;

	if (tell)
		entry_tell(g, en, false);
	*at = en->next;
	free(en);
}

static void
entry_unref(struct user_guard *g, const struct prefix *src, const struct prefix *dst)
{
	struct entry **at = entry_find(g, src, dst);

	if (*at && (*at)->refs > 0 && --(*at)->refs == 0)
		entry_drop(g, at, true);
}

static bool
inside(const struct prefix *local, const struct prefix *remote)
{
	return remote->len < local->len && prefix_has(remote, &local->addr);
}

void
user_guard_add(struct user_guard *g, const struct prefix *local,
	       const struct prefix *remote)
{
	if (!g->on[index_of(local->addr.family)])
		return;
	if (inside(local, remote))
		entry_ref(g, local, local, true);
	entry_ref(g, remote, local, false);
}

void
user_guard_del(struct user_guard *g, const struct prefix *local,
	       const struct prefix *remote)
{
	entry_unref(g, remote, local);
	if (inside(local, remote))
		entry_unref(g, local, local);
}

void
user_guard_sync(struct user_guard *g)
{
	size_t i;

	for (i = 0; i < BUCKETS; i++) {
		struct entry **at = &g->bucket[i];

		while (*at) {
			if ((*at)->refs)
				at = &(*at)->next;
			else
				entry_drop(g, at, true);
		}
	}
}

/* --- start --- */

static void
leftover(const struct nlmsghdr *h, void *arg)
{
	struct user_guard *g = arg;
	struct prefix src, dst;
	struct entry **at;

	if (!xfrm_msg_guard(h, &src, &dst))
		return;
	at = entry_find(g, &src, &dst);
	if (!*at && (*at = calloc(1, sizeof(**at)))) {
		(*at)->src = src;
		(*at)->dst = dst;
	}
}

/* RFC 4861: neighbours must be found before anything can be protected. */
static void
pass_neighbours(struct user_guard *g)
{
	char why[XFRM_WHY_MAX];
	uint8_t type;

	for (type = XFRM_ND_FIRST; type <= XFRM_ND_LAST; type++)
		(void)xfrm_nl_ask(g->nl, xfrm_msg_icmpv6_pass(type, XFRM_IN, true),
		    NULL, NULL, why);
}

struct user_guard *
user_guard_new(void)
{
	struct user_guard *g = calloc(1, sizeof(*g));
	char why[XFRM_WHY_MAX];
	struct err e = ERR_INIT;

	if (!g)
		return NULL;
	g->nl = xfrm_nl_new(NULL, &e);
	if (!g->nl) {
		log_warn("packets in clear from remote subnets are not refused: %s; "
		    "let a packet filter do it", e.text);
		err_clear(&e);
		return g;
	}
	(void)xfrm_nl_ask(g->nl, xfrm_msg_policy_dump(), leftover, g, why);
	return g;
}

static bool
exempt(const char *family, const char *device)
{
	char path[96];
	bool ok;
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/net/%s/conf/%s/disable_policy",
	    family, device);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	ok = fd >= 0 && write(fd, "1\n", 2) == 2;
	if (!ok && errno != ENOENT)
		log_warn("packets in clear from remote subnets are not refused: "
		    "%s: %s; let a packet filter do it", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return ok;
}

void
user_guard_device(struct user_guard *g, const char *device)
{
	if (!g->nl)
		return;
	g->on[0] = exempt("ipv4", device);
	g->on[1] = exempt("ipv6", device);
	if (g->on[1])
		pass_neighbours(g);
	/* Or what comes out of the tunnels would be dropped. */
	if (!g->on[0] && !g->on[1])
		user_guard_sync(g);
}

void
user_guard_free(struct user_guard *g)
{
	size_t i;

	if (!g)
		return;
	for (i = 0; i < BUCKETS; i++)
		while (g->bucket[i])
			entry_drop(g, &g->bucket[i], false);
	xfrm_nl_free(g->nl);
	free(g);
}
