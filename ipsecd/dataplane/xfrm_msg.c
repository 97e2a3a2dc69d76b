#include "xfrm_msg.h"

#include <string.h>
#include <time.h>

#include <linux/udp.h>
#include <linux/xfrm.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "xfrm_nl.h"

#define ALL_ALGORITHMS		(~(__u32)0)
#define ICMP_MASK		0xffff

static void
put_addr(xfrm_address_t *x, const struct addr *a)
{
	memset(x, 0, sizeof(*x));
	memcpy(x, a->b, addr_len(a));
}

static void
get_addr(struct addr *a, const xfrm_address_t *x, unsigned int family)
{
	memset(a, 0, sizeof(*a));
	if (family == AF_INET || family == AF_INET6) {
		a->family = (uint8_t)family;
		memcpy(a->b, x, addr_len(a));
	}
}

static void
put_selector(struct xfrm_selector *s, const struct prefix *src,
	     const struct prefix *dst)
{
	s->family = src->addr.family;
	put_addr(&s->saddr, &src->addr);
	put_addr(&s->daddr, &dst->addr);
	s->prefixlen_s = src->len;
	s->prefixlen_d = dst->len;
}

/* The smallest prefix with all n of them. */
static struct prefix
cover(const struct prefix *p, size_t n)
{
	struct prefix c = p[0];
	unsigned int bit;

	while (--n > 0) {
		if (p[n].len < c.len)
			c.len = p[n].len;
		while (!prefix_has(&c, &p[n].addr))
			c.len--;
	}
	for (bit = c.len; bit < addr_bits(&c.addr); bit++)
		c.addr.b[bit / 8] &= (uint8_t)~(0x80u >> bit % 8);
	return c;
}

static bool
one_family(const struct subnets *s)
{
	size_t i;

	for (i = 1; i < (size_t)s->n_local + s->n_remote; i++)
		if (s->p[i].addr.family != s->p[0].addr.family)
			return false;
	return true;
}

/* What comes out of an SA is checked against its selector, which is one pair
 * (S1-006); of several, what covers them: the policies, of which there is one for
 * each pair, know the rest.  Of both families: anything. */
static void
put_sa_selector(struct xfrm_usersa_info *info, const struct dp_sa *sa)
{
	struct prefix local, remote;

	if (!one_family(&sa->subnets)) {
		info->sel.family = AF_UNSPEC;
		info->flags |= XFRM_STATE_AF_UNSPEC;
		return;
	}
	local = cover(subnets_local(&sa->subnets), sa->subnets.n_local);
	remote = cover(subnets_remote(&sa->subnets), sa->subnets.n_remote);
	if (sa->inbound)
		put_selector(&info->sel, &remote, &local);
	else
		put_selector(&info->sel, &local, &remote);
}

static void
put_no_limits(struct xfrm_lifetime_cfg *l)
{
	/* A limit of zero would be over at once. */
	l->soft_byte_limit = l->hard_byte_limit = XFRM_INF;
	l->soft_packet_limit = l->hard_packet_limit = XFRM_INF;
}

/* A whole attribute or none: nla_put() never writes half of one. */
static bool
put_algorithms(struct nl_msg *msg, const struct cipher_keys *k)
{
	union {
		struct xfrm_algo	c;
		struct xfrm_algo_auth	i;
		struct xfrm_algo_aead	a;
		uint8_t			b[sizeof(struct xfrm_algo_aead) + SECRET_MAX];
	} u = { .b = { 0 } };
	int rc;

	if (IS_AEAD(k->encr)) {
		strncpy(u.a.alg_name, k->encr->xfrm, sizeof(u.a.alg_name) - 1);
		u.a.alg_key_len = k->ek.len * 8u;
		u.a.alg_icv_len = k->encr->icv_len * 8u;
		memcpy(u.b + sizeof(u.a), k->ek.bytes, k->ek.len);
		rc = nla_put(msg, XFRMA_ALG_AEAD, (int)(sizeof(u.a) + k->ek.len), &u);
	} else {
		strncpy(u.c.alg_name, k->encr->xfrm, sizeof(u.c.alg_name) - 1);
		u.c.alg_key_len = k->ek.len * 8u;
		memcpy(u.b + sizeof(u.c), k->ek.bytes, k->ek.len);
		rc = nla_put(msg, XFRMA_ALG_CRYPT, (int)(sizeof(u.c) + k->ek.len), &u);
		secret_wipe_mem(&u, sizeof(u));
		strncpy(u.i.alg_name, k->integ->xfrm, sizeof(u.i.alg_name) - 1);
		u.i.alg_key_len = k->ak.len * 8u;
		u.i.alg_trunc_len = k->integ->icv_len * 8u;
		memcpy(u.b + sizeof(u.i), k->ak.bytes, k->ak.len);
		if (rc == 0)
			rc = nla_put(msg, XFRMA_ALG_AUTH_TRUNC,
			    (int)(sizeof(u.i) + k->ak.len), &u);
	}
	secret_wipe_mem(&u, sizeof(u));
	return rc == 0;
}

/* Inbound: the window as a bitmap.  Outbound: only for ESN, whose counter lives
 * there, and which older kernels refuse without a window. */
static bool
put_replay(struct nl_msg *msg, const struct dp_sa *sa)
{
	uint32_t words = sa->inbound ?
	    sa->replay_window / 32 + (sa->replay_window % 32 != 0) : 1;
	uint32_t state[sizeof(struct xfrm_replay_state_esn) / 4 +
	    XFRMA_REPLAY_ESN_MAX / 32] = { 0 };
	struct xfrm_replay_state_esn *r = (void *)state;

	if (!sa->esn && (!sa->inbound || sa->replay_window == 0))
		return true;
	if (words == 0)
		words = 1;
	if (words > XFRMA_REPLAY_ESN_MAX / 32)
		words = XFRMA_REPLAY_ESN_MAX / 32;
	r->bmp_len = words;
	r->replay_window = words * 32;
	return nla_put(msg, XFRMA_REPLAY_ESN_VAL, (int)(sizeof(*r) + words * 4),
	    state) == 0;
}

static bool
put_encap(struct nl_msg *msg, const struct dp_sa *sa)
{
	struct xfrm_encap_tmpl encap = {
		.encap_type = UDP_ENCAP_ESPINUDP,
		.encap_sport = htons(sa->src.port),
		.encap_dport = htons(sa->dst.port),
	};

	return !sa->udp_encap ||
	    nla_put(msg, XFRMA_ENCAP, sizeof(encap), &encap) == 0;
}

static void
put_endpoints(struct xfrm_usersa_info *info, const struct dp_sa *sa)
{
	info->family = sa->dst.addr.family;
	put_addr(&info->saddr, &sa->src.addr);
	put_addr(&info->id.daddr, &sa->dst.addr);
}

static struct nl_msg *
finished(struct nl_msg *msg, bool ok)
{
	if (ok)
		return msg;
	secret_wipe_mem(nlmsg_hdr(msg), nlmsg_hdr(msg)->nlmsg_len);
	nlmsg_free(msg);
	return NULL;
}

struct nl_msg *
xfrm_msg_sa_add(const struct dp_sa *sa)
{
	struct xfrm_usersa_info *info;
	struct nl_msg *msg = xfrm_nl_msg(XFRM_MSG_NEWSA, NLM_F_CREATE | NLM_F_EXCL,
	    sizeof(*info), &info);

	if (msg == NULL)
		return NULL;
	put_sa_selector(info, sa);
	put_endpoints(info, sa);
	info->id.spi = htonl(sa->spi);
	info->id.proto = IPPROTO_ESP;
	info->mode = XFRM_MODE_TUNNEL;
	info->reqid = sa->tunnel;
	if (sa->esn)
		info->flags |= XFRM_STATE_ESN;
	put_no_limits(&info->lft);
	/* Without ESN the sequence numbers end here: better to hear of it. */
	if (!sa->inbound && !sa->esn)
		info->lft.hard_packet_limit = UINT32_MAX;
	return finished(msg, put_algorithms(msg, &sa->keys) &&
	    put_replay(msg, sa) && put_encap(msg, sa));
}

static struct nl_msg *
sa_by_id(int type, uint32_t spi, const struct addr *dst)
{
	struct xfrm_usersa_id *id;
	struct nl_msg *msg = xfrm_nl_msg(type, 0, sizeof(*id), &id);

	if (msg != NULL) {
		put_addr(&id->daddr, dst);
		id->family = dst->family;
		id->spi = htonl(spi);
		id->proto = IPPROTO_ESP;
	}
	return msg;
}

struct nl_msg *
xfrm_msg_sa_del(uint32_t spi, const struct addr *dst)
{
	return sa_by_id(XFRM_MSG_DELSA, spi, dst);
}

struct nl_msg *
xfrm_msg_sa_get(uint32_t spi, const struct addr *dst)
{
	return sa_by_id(XFRM_MSG_GETSA, spi, dst);
}

struct nl_msg *
xfrm_msg_sa_dump(void)
{
	struct xfrm_usersa_info *info;

	return xfrm_nl_msg(XFRM_MSG_GETSA, NLM_F_DUMP, sizeof(*info), &info);
}

/* Not among those we give to SAs (c0000000 and up). */
#define LARVAL_SPI_MIN	0x100
#define LARVAL_SPI_MAX	0xbfffffff

struct nl_msg *
xfrm_msg_larval_name(const struct xfrm_larval *l)
{
	struct xfrm_userspi_info *spi;
	struct nl_msg *msg = xfrm_nl_msg(XFRM_MSG_ALLOCSPI, 0, sizeof(*spi), &spi);

	if (msg == NULL)
		return NULL;
	spi->min = LARVAL_SPI_MIN;
	spi->max = LARVAL_SPI_MAX;
	spi->info.family = l->dst.family;
	put_addr(&spi->info.saddr, &l->src);
	put_addr(&spi->info.id.daddr, &l->dst);
	spi->info.id.proto = IPPROTO_ESP;
	spi->info.mode = XFRM_MODE_TUNNEL;
	spi->info.reqid = l->tunnel;
	spi->info.seq = l->seq;
	return msg;
}

struct nl_msg *
xfrm_msg_sa_moved(const struct nlmsghdr *h, const struct dp_sa *sa)
{
	static const int kept[] = { XFRMA_ALG_AEAD, XFRMA_ALG_CRYPT,
	    XFRMA_ALG_AUTH_TRUNC, XFRMA_REPLAY_VAL, XFRMA_REPLAY_ESN_VAL };
	struct xfrm_usersa_info *info;
	struct nlattr *tb[XFRMA_MAX + 1];
	struct nl_msg *msg;
	bool ok = true;
	size_t i;

	if (h->nlmsg_type != XFRM_MSG_NEWSA ||
	    nlmsg_parse((struct nlmsghdr *)h, sizeof(*info), tb, XFRMA_MAX,
	    NULL) < 0)
		return NULL;
	msg = xfrm_nl_msg(XFRM_MSG_NEWSA, NLM_F_CREATE | NLM_F_EXCL,
	    sizeof(*info), &info);
	if (msg == NULL)
		return NULL;
	memcpy(info, nlmsg_data(h), sizeof(*info));
	put_endpoints(info, sa);
	for (i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		if (tb[kept[i]] != NULL)
			ok = ok && nla_put(msg, kept[i], nla_len(tb[kept[i]]),
			    nla_data(tb[kept[i]])) == 0;
	/* The kernel begins the counters anew unless told. */
	ok = ok && nla_put(msg, XFRMA_LTIME_VAL, sizeof(info->curlft),
	    &info->curlft) == 0;
	return finished(msg, ok && put_encap(msg, sa));
}

static uint32_t
priority(const struct prefix *local, const struct prefix *remote)
{
	return XFRM_PRIO_FIRST + 0x100 + 2 * (addr_bits(&local->addr) -
	    local->len + addr_bits(&remote->addr) - remote->len);
}

static bool
put_template(struct nl_msg *msg, uint32_t reqid, unsigned int family,
	     const struct addr *src, const struct addr *dst)
{
	struct xfrm_user_tmpl t = {
		.id.proto = IPPROTO_ESP,
		.family = (unsigned short)family,
		.reqid = reqid,
		.mode = XFRM_MODE_TUNNEL,
		.aalgos = ALL_ALGORITHMS,
		.ealgos = ALL_ALGORITHMS,
		.calgos = ALL_ALGORITHMS,
	};

	if (src != NULL)
		put_addr(&t.saddr, src);
	put_addr(&t.id.daddr, dst);
	return nla_put(msg, XFRMA_TMPL, sizeof(t), &t) == 0;
}

struct nl_msg *
xfrm_msg_policy_set(uint32_t tunnel, const struct prefix *local,
		    const struct prefix *remote, enum xfrm_dir dir,
		    const struct xfrm_path *path)
{
	struct xfrm_userpolicy_info *info;
	/* Replaces one with the same selector, without a gap. */
	struct nl_msg *msg = xfrm_nl_msg(XFRM_MSG_UPDPOLICY, NLM_F_CREATE,
	    sizeof(*info), &info);
	unsigned int family;

	if (msg == NULL)
		return NULL;
	if (dir == XFRM_OUT)
		put_selector(&info->sel, local, remote);
	else
		put_selector(&info->sel, remote, local);
	put_no_limits(&info->lft);
	info->priority = priority(local, remote);
	info->dir = (unsigned char)dir;
	info->action = XFRM_POLICY_ALLOW;
	if (dir == XFRM_OUT && path->dst.family == 0) {
		info->action = XFRM_POLICY_BLOCK;
		return msg;
	}
	if (dir == XFRM_OUT)
		return finished(msg, put_template(msg, tunnel,
		    path->dst.family, &path->src, &path->dst));
	/* Whatever comes through an SA of this tunnel, wherever the peer is. */
	family = path->dst.family != 0 ? path->dst.family :
	    path->src.family != 0 ? path->src.family : local->addr.family;
	return finished(msg, put_template(msg, tunnel, family, NULL,
	    &path->src));
}

struct nl_msg *
xfrm_msg_policy_del(const struct prefix *local, const struct prefix *remote,
		    enum xfrm_dir dir)
{
	struct xfrm_userpolicy_id *id;
	struct nl_msg *msg = xfrm_nl_msg(XFRM_MSG_DELPOLICY, 0, sizeof(*id), &id);

	if (msg == NULL)
		return NULL;
	if (dir == XFRM_OUT)
		put_selector(&id->sel, local, remote);
	else
		put_selector(&id->sel, remote, local);
	id->dir = (__u8)dir;
	return msg;
}

/* Without a template. */
static struct nl_msg *
plain_policy(const struct prefix *src, const struct prefix *dst,
	     enum xfrm_dir dir, uint32_t prio, bool pass)
{
	struct xfrm_userpolicy_info *info;
	struct nl_msg *msg = xfrm_nl_msg(XFRM_MSG_UPDPOLICY, NLM_F_CREATE,
	    sizeof(*info), &info);

	if (msg == NULL)
		return NULL;
	put_selector(&info->sel, src, dst);
	put_no_limits(&info->lft);
	info->priority = prio;
	info->dir = (unsigned char)dir;
	info->action = pass ? XFRM_POLICY_ALLOW : XFRM_POLICY_BLOCK;
	return msg;
}

struct nl_msg *
xfrm_msg_guard_set(const struct prefix *src, const struct prefix *dst,
		   enum xfrm_dir dir, bool pass)
{
	return plain_policy(src, dst, dir, pass ? XFRM_PRIO_GUARD_PASS :
	    XFRM_PRIO_GUARD, pass);
}

struct nl_msg *
xfrm_msg_pass_set(const struct prefix *src, const struct prefix *dst,
		  enum xfrm_dir dir)
{
	/* As narrow as a tunnel's, that comes first. */
	return plain_policy(src, dst, dir, priority(src, dst) + 1, true);
}

struct nl_msg *
xfrm_msg_policy_dump(void)
{
	struct xfrm_userpolicy_info *info;

	return xfrm_nl_msg(XFRM_MSG_GETPOLICY, NLM_F_DUMP, sizeof(*info), &info);
}

struct nl_msg *
xfrm_msg_icmpv6_pass(uint8_t type, enum xfrm_dir dir, bool add)
{
	struct xfrm_userpolicy_info *info;
	struct xfrm_userpolicy_id *id;
	/* The kernel has the type of an ICMP packet in the source port. */
	struct xfrm_selector sel = {
		.family = AF_INET6, .proto = IPPROTO_ICMPV6,
		.sport = htons(type), .sport_mask = ICMP_MASK,
	};
	struct nl_msg *msg;

	if (!add) {
		msg = xfrm_nl_msg(XFRM_MSG_DELPOLICY, 0, sizeof(*id), &id);
		if (msg != NULL) {
			id->sel = sel;
			id->dir = (__u8)dir;
		}
		return msg;
	}
	msg = xfrm_nl_msg(XFRM_MSG_UPDPOLICY, NLM_F_CREATE, sizeof(*info), &info);
	if (msg != NULL) {
		info->sel = sel;
		put_no_limits(&info->lft);
		info->priority = XFRM_PRIO_FIRST;
		info->dir = (__u8)dir;
		info->action = XFRM_POLICY_ALLOW;
	}
	return msg;
}

bool
xfrm_msg_counters(const struct nlmsghdr *h, struct dp_counters *c)
{
	const struct xfrm_usersa_info *info = nlmsg_data(h);
	struct nlattr *tb[XFRMA_MAX + 1];
	uint64_t used, now;

	if (h->nlmsg_type != XFRM_MSG_NEWSA ||
	    nlmsg_parse((struct nlmsghdr *)h, sizeof(*info), tb, XFRMA_MAX,
	    NULL) < 0)
		return false;
	c->bytes = info->curlft.bytes;
	c->packets = info->curlft.packets;
	c->errors = info->stats.integrity_failed;
	c->replays = (uint64_t)info->stats.replay + info->stats.replay_window;
	used = tb[XFRMA_LASTUSED] != NULL ? nla_get_u64(tb[XFRMA_LASTUSED]) :
	    info->curlft.use_time;
	now = (uint64_t)time(NULL);
	c->idle_ms = UINT32_MAX;
	if (used == 0 || c->packets == 0)
		return true;
	used = now > used ? now - used : 0;
	if (used < UINT32_MAX / 1000)
		c->idle_ms = (uint32_t)used * 1000;
	return true;
}

bool
xfrm_msg_sa(const struct nlmsghdr *h, struct dp_sa *sa)
{
	const struct xfrm_usersa_info *info = nlmsg_data(h);

	memset(sa, 0, sizeof(*sa));
	if (h->nlmsg_type != XFRM_MSG_NEWSA ||
	    nlmsg_datalen(h) < (int)sizeof(*info) ||
	    info->id.proto != IPPROTO_ESP || info->mode != XFRM_MODE_TUNNEL ||
	    info->reqid == 0 || info->id.spi == 0)
		return false;
	sa->tunnel = info->reqid;
	sa->spi = ntohl(info->id.spi);
	get_addr(&sa->src.addr, &info->saddr, info->family);
	get_addr(&sa->dst.addr, &info->id.daddr, info->family);
	return true;
}

static struct xfrm_user_tmpl
template_of(struct nlattr **tb)
{
	struct xfrm_user_tmpl t = { 0 };

	if (tb[XFRMA_TMPL] != NULL && nla_len(tb[XFRMA_TMPL]) >= (int)sizeof(t))
		memcpy(&t, nla_data(tb[XFRMA_TMPL]), sizeof(t));
	return t;
}

static bool
ours(const struct xfrm_userpolicy_info *info)
{
	return info->priority >= XFRM_PRIO_FIRST && info->priority <= XFRM_PRIO_LAST;
}

/* An inbound one and its selector; NULL: not that. */
static const struct xfrm_userpolicy_info *
inbound_policy(const struct nlmsghdr *h, struct prefix *src, struct prefix *dst)
{
	const struct xfrm_userpolicy_info *info = nlmsg_data(h);

	memset(src, 0, sizeof(*src));
	memset(dst, 0, sizeof(*dst));
	if (h->nlmsg_type != XFRM_MSG_NEWPOLICY ||
	    nlmsg_datalen(h) < (int)sizeof(*info) || info->dir != XFRM_POLICY_IN)
		return NULL;
	get_addr(&src->addr, &info->sel.saddr, info->sel.family);
	get_addr(&dst->addr, &info->sel.daddr, info->sel.family);
	src->len = info->sel.prefixlen_s;
	dst->len = info->sel.prefixlen_d;
	return src->addr.family != 0 ? info : NULL;
}

bool
xfrm_msg_guard(const struct nlmsghdr *h, struct prefix *src, struct prefix *dst)
{
	const struct xfrm_userpolicy_info *info = inbound_policy(h, src, dst);

	return info != NULL && (info->priority == XFRM_PRIO_GUARD ||
	    info->priority == XFRM_PRIO_GUARD_PASS);
}

bool
xfrm_msg_pass(const struct nlmsghdr *h, struct prefix *src, struct prefix *dst)
{
	const struct xfrm_userpolicy_info *info = inbound_policy(h, src, dst);

	return info != NULL && ours(info) && info->sel.proto == 0 &&
	    info->action == XFRM_POLICY_ALLOW &&
	    info->priority == priority(src, dst) + 1;
}

bool
xfrm_msg_policy(const struct nlmsghdr *h, uint32_t *tunnel, struct prefix *local,
		struct prefix *remote)
{
	const struct xfrm_userpolicy_info *info = nlmsg_data(h);
	struct nlattr *tb[XFRMA_MAX + 1];

	memset(local, 0, sizeof(*local));
	memset(remote, 0, sizeof(*remote));
	if (h->nlmsg_type != XFRM_MSG_NEWPOLICY ||
	    nlmsg_parse((struct nlmsghdr *)h, sizeof(*info), tb, XFRMA_MAX,
	    NULL) < 0 || !ours(info) || info->dir != XFRM_POLICY_IN)
		return false;
	*tunnel = template_of(tb).reqid;
	get_addr(&local->addr, &info->sel.daddr, info->sel.family);
	get_addr(&remote->addr, &info->sel.saddr, info->sel.family);
	local->len = info->sel.prefixlen_d;
	remote->len = info->sel.prefixlen_s;
	return *tunnel != 0 && local->addr.family != 0;
}

static bool
acquire(const struct nlmsghdr *h, struct xfrm_larval *l)
{
	const struct xfrm_user_acquire *a = nlmsg_data(h);
	struct nlattr *tb[XFRMA_MAX + 1];
	struct xfrm_user_tmpl t;

	if (nlmsg_parse((struct nlmsghdr *)h, sizeof(*a), tb, XFRMA_MAX, NULL) < 0 ||
	    !ours(&a->policy))
		return false;
	t = template_of(tb);
	l->tunnel = t.reqid;
	l->seq = a->seq;
	get_addr(&l->src, &a->saddr, t.family);
	get_addr(&l->dst, &a->id.daddr, t.family);
	return l->tunnel != 0;
}

bool
xfrm_msg_larval(const struct nlmsghdr *h, struct xfrm_larval *l)
{
	const struct xfrm_usersa_info *sa = nlmsg_data(h);

	memset(l, 0, sizeof(*l));
	if (h->nlmsg_type == XFRM_MSG_ACQUIRE)
		return acquire(h, l) && l->seq != 0 && l->dst.family != 0;
	if (h->nlmsg_type != XFRM_MSG_NEWSA ||
	    nlmsg_datalen(h) < (int)sizeof(*sa) || sa->id.spi != 0 ||
	    sa->id.proto != IPPROTO_ESP || sa->mode != XFRM_MODE_TUNNEL)
		return false;
	l->tunnel = sa->reqid;
	l->seq = sa->seq;
	get_addr(&l->src, &sa->saddr, sa->family);
	get_addr(&l->dst, &sa->id.daddr, sa->family);
	return l->seq != 0 && l->tunnel != 0 && l->dst.family != 0;
}

static bool
expire(const struct nlmsghdr *h, struct dp_event *e)
{
	const struct xfrm_user_expire *x = nlmsg_data(h);

	/* A larval SA, of an acquire that nobody answered in time, has no SPI. */
	if (nlmsg_datalen(h) < (int)sizeof(*x) || !x->hard || x->state.id.spi == 0)
		return false;
	e->kind = DP_EXPIRE;
	e->tunnel = x->state.reqid;
	e->spi = ntohl(x->state.id.spi);
	return true;
}

static bool
mapping(const struct nlmsghdr *h, struct dp_event *e)
{
	const struct xfrm_user_mapping *m = nlmsg_data(h);

	if (nlmsg_datalen(h) < (int)sizeof(*m))
		return false;
	e->kind = DP_MAPPING;
	e->tunnel = m->reqid;
	e->spi = ntohl(m->id.spi);
	get_addr(&e->peer.addr, &m->new_saddr, m->id.family);
	e->peer.port = ntohs(m->new_sport);
	return e->peer.addr.family != 0;
}

bool
xfrm_msg_event(const struct nlmsghdr *h, struct dp_event *e)
{
	struct xfrm_larval l = { 0 };

	memset(e, 0, sizeof(*e));
	switch (h->nlmsg_type) {
	case XFRM_MSG_ACQUIRE:
		if (!acquire(h, &l))
			return false;
		e->kind = DP_ACQUIRE;
		e->tunnel = l.tunnel;
		return true;
	case XFRM_MSG_EXPIRE:
		return expire(h, e);
	case XFRM_MSG_MAPPING:
		return mapping(h, e);
	default:
		return false;
	}
}

bool
xfrm_msg_removed(const struct nlmsghdr *h, uint32_t *spi)
{
	const struct xfrm_usersa_id *id = nlmsg_data(h);

	if (h->nlmsg_type != XFRM_MSG_DELSA || nlmsg_datalen(h) < (int)sizeof(*id) ||
	    id->proto != IPPROTO_ESP)
		return false;
	*spi = ntohl(id->spi);
	return *spi != 0;
}
