#include "conf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certs.h"
#include "names.h"
#include "ytree.h"

static const struct name methods[] = {
	{ METHOD_PSK,	"psk" },
	{ METHOD_CERT,	"cert" },
	{ 0,		NULL },
};

static const struct name dpd_actions[] = {
	{ DPD_DISABLED,	"disabled" },
	{ DPD_CLEAR,	"clear" },
	{ DPD_TRAP,	"trap" },
	{ DPD_RESTART,	"restart" },
	{ 0,		NULL },
};

struct loading {
	const struct lyd_node	*entry;
	struct conf		*c;
	void			(*warn)(void *, const char *);
	void			*arg;
	char			 path[CONF_PATH_MAX];
};

const char *
method_str(enum method method)
{
	return name_find(methods, method);
}

const char *
dpd_action_str(enum dpd_action action)
{
	return name_find(dpd_actions, action);
}

const char *
conf_path(uint32_t id, const char *node, char *buf)
{
	snprintf(buf, CONF_PATH_MAX, "/culvert-tunnel:tunnel/ipsec[id='%u']%s%s",
	    id, node != NULL ? "/" : "", node != NULL ? node : "");
	return buf;
}

long
conf_path_id(const char *path)
{
	static const char top[] = "/culvert-tunnel:tunnel";
	const char *rest;
	char *end;
	long id;

	if (strncmp(path, top, sizeof(top) - 1) != 0)
		return -1;
	rest = path + sizeof(top) - 1;
	if (*rest == '\0')
		return 0;
	if (strncmp(rest, "/ipsec[id=", 10) != 0 ||
	    (rest[10] != '\'' && rest[10] != '"'))
		return -1;
	id = strtol(rest + 11, &end, 10);
	if (end == rest + 11 || id < 1 || id > 65535 || *end != rest[10])
		return -1;
	return id;
}

void
conf_free(struct conf *c)
{
	if (c == NULL)
		return;
	certs_unuse(c);
	ident_free(c->local_id);
	ident_free(c->remote_id);
	free(c->description);
	free(c->ppk_id);
	free(c->certificate);
	free(c->ca);
	free(c->refused);
	algs_fini(&c->ike);
	algs_fini(&c->esp);
	free(c->subnets);
	free(c);
}

static const char *
path(struct loading *l, const char *node)
{
	return conf_path(l->c->id, node, l->path);
}

static void
warn(struct loading *l, const char *text)
{
	char line[ERR_TEXT_MAX];

	if (l->warn == NULL)
		return;
	snprintf(line, sizeof(line), "ipsec %u: %s", l->c->id, text);
	l->warn(l->arg, line);
}

/* --- addresses --- */

static int
load_addr(struct loading *l, const char *node, struct addr *a, struct err *e)
{
	const char *v = ytree_leaf(l->entry, node);

	memset(a, 0, sizeof(*a));
	if (v == NULL)
		return 0;
	if (addr_parse(a, v) < 0)
		return err_set_path(e, ERR_INVALID, path(l, node),
		    "'%.64s' is not an IP address", v);
	return 0;
}

/* One side of the tunnel. */
struct side {
	const char	*node;
	struct prefix	 p[SUBNETS_MAX];
	size_t		 n;
	bool		 dynamic;
};

/* Each subnet once: what is within another is a mistake that would show only
 * when the other is taken away. */
static int
check_subnet(struct loading *l, const struct side *s, const struct prefix *p,
	     struct err *e)
{
	char in[PREFIX_STRLEN], out[PREFIX_STRLEN];
	const struct prefix *other, *inner;

	for (other = s->p; other < s->p + s->n; other++) {
		if (other->addr.family != p->addr.family)
			return err_set_path(e, ERR_INVALID, path(l, s->node),
			    "the subnets of a tunnel are all IPv4 or all IPv6");
		if (!prefix_has(other, &p->addr) && !prefix_has(p, &other->addr))
			continue;
		inner = other->len <= p->len ? p : other;
		prefix_str(inner, in);
		prefix_str(inner == p ? other : p, out);
		return err_set_path(e, ERR_INVALID, path(l, s->node),
		    "%s %s is within %s, which serves it already. Leave it out "
		    "with: no %s %s", s->node, in, out, s->node, in);
	}
	return 0;
}

static int
load_list(struct loading *l, struct side *s, char *values, struct err *e)
{
	char *v, *save = NULL;
	struct prefix p;

	for (v = strtok_r(values, " ", &save); v != NULL;
	    v = strtok_r(NULL, " ", &save)) {
		if (prefix_parse(&p, v) < 0)
			return err_set_path(e, ERR_INVALID, path(l, s->node),
			    "'%.64s' is not a subnet as 10.0.1.0/24, with zeros "
			    "behind the prefix", v);
		if (s->n == SUBNETS_MAX)
			return err_set_path(e, ERR_INVALID, path(l, s->node),
			    "a tunnel has up to %d subnets on a side",
			    SUBNETS_MAX);
		if (check_subnet(l, s, &p, e) < 0)
			return -1;
		s->p[s->n++] = p;
	}
	return 0;
}

static int
load_side(struct loading *l, struct side *s, const char *node,
	  const struct addr *otherwise, struct err *e)
{
	char *v;
	int rc;

	memset(s, 0, sizeof(*s));
	s->node = node;
	if (ytree_values(&v, l->entry, node) < 0)
		return err_set(e, ERR_RESOURCE, "out of memory");
	s->dynamic = v == NULL;
	if (s->dynamic) {
		s->n = 1;
		s->p[0].addr = *otherwise;
		s->p[0].len = (uint8_t)addr_bits(otherwise);
		return 0;
	}
	rc = load_list(l, s, v, e);
	free(v);
	return rc;
}

static int
join_sides(struct conf *c, const struct side *local, const struct side *remote,
	   struct err *e)
{
	struct subnets s = { .n_local = (uint8_t)local->n,
	    .n_remote = (uint8_t)remote->n };

	memcpy(s.p, local->p, local->n * sizeof(s.p[0]));
	memcpy(s.p + local->n, remote->p, remote->n * sizeof(s.p[0]));
	c->dynamic_local = local->dynamic;
	c->dynamic_remote = remote->dynamic;
	c->subnets = subnets_dup(&s);
	return c->subnets != NULL ? 0 :
	    err_set(e, ERR_RESOURCE, "out of memory");
}

static const char *
family_str(int family)
{
	return family == AF_INET ? "IPv4" : "IPv6";
}

static int
load_subnets(struct loading *l, struct err *e)
{
	struct conf *c = l->c;
	struct side local, remote;
	int family, own;

	if (load_side(l, &local, "local-subnet", &c->local, e) < 0 ||
	    load_side(l, &remote, "remote-subnet", &c->peer, e) < 0)
		return -1;
	/* An unset peer will have the family of our address. */
	family = remote.p[0].addr.family;
	if (family == 0)
		family = c->local.family;
	own = local.p[0].addr.family;
	if (own == family)
		return join_sides(c, &local, &remote, e);
	if (remote.dynamic)
		return err_set_path(e, ERR_INVALID, path(l, "remote-subnet"),
		    "local-subnet is %s, but without remote-subnet the other end "
		    "of the tunnel is the peer's %s address. Set it with: "
		    "remote-subnet ADDRESS/LEN", family_str(own),
		    family_str(family));
	if (local.dynamic)
		return err_set_path(e, ERR_INVALID, path(l, "local-subnet"),
		    "remote-subnet is %s, but without local-subnet this end of "
		    "the tunnel is our %s address. Set it with: "
		    "local-subnet ADDRESS/LEN", family_str(family),
		    family_str(own));
	return err_set_path(e, ERR_INVALID, path(l, "remote-subnet"),
	    "local-subnet and remote-subnet must both be IPv4 or both be IPv6");
}

static int
load_addresses(struct loading *l, struct err *e)
{
	struct conf *c = l->c;

	if (load_addr(l, "local-address", &c->local, e) < 0 ||
	    load_addr(l, "peer", &c->peer, e) < 0)
		return -1;
	if (addr_is_any(&c->local))
		return err_set_path(e, ERR_INVALID, path(l, "local-address"),
		    "a tunnel needs the address of its outbound interface. "
		    "Set it with: local-address ADDRESS");
	if (c->initiator && addr_is_any(&c->peer))
		return err_set_path(e, ERR_INVALID, path(l, "peer"),
		    "an initiator needs the address to connect to. "
		    "Set it with: peer ADDRESS");
	if (!addr_is_any(&c->peer) && c->peer.family != c->local.family)
		return err_set_path(e, ERR_INVALID, path(l, "peer"),
		    "peer and local-address must both be IPv4 or both be IPv6");
	return load_subnets(l, e);
}

/* --- identities (S1-099 to S1-115) --- */

static int
load_id(struct loading *l, const char *node, struct ident **out, struct err *e)
{
	char type[32], value[32];
	const char *v;

	snprintf(type, sizeof(type), "%s/type", node);
	snprintf(value, sizeof(value), "%s/value", node);
	v = ytree_leaf(l->entry, value);
	*out = NULL;
	if (v == NULL)
		return 0;
	if (ident_parse(out, ytree_leaf(l->entry, type), v, e) < 0) {
		if (e != NULL)
			snprintf(e->path, sizeof(e->path), "%s", path(l, node));
		return -1;
	}
	return 0;
}

/* No certificate has it (S1-101, S1-113). */
static int
check_cert_id(struct loading *l, const char *node, const struct ident *id,
	      struct err *e)
{
	if (id == NULL || id->type != ID_KEY_ID)
		return 0;
	return err_set_path(e, ERR_INVALID, path(l, node),
	    "%s is a key identifier, which no certificate can hold. With method "
	    "cert an identity is a distinguished name, a name, an e-mail address or "
	    "an IP address of the certificate", node);
}

static int
check_cert_ids(struct loading *l, struct err *e)
{
	if (check_cert_id(l, "local-id", l->c->local_id, e) < 0)
		return -1;
	return check_cert_id(l, "remote-id", l->c->remote_id, e);
}

static int
load_ids(struct loading *l, struct err *e)
{
	struct conf *c = l->c;

	if (load_id(l, "local-id", &c->local_id, e) < 0 ||
	    load_id(l, "remote-id", &c->remote_id, e) < 0)
		return -1;
	c->auto_local_id = c->local_id == NULL;
	if (c->local_id == NULL && c->method != METHOD_CERT)
		c->local_id = ident_from_addr(&c->local);
	else if (c->local_id != NULL && ident_has_wildcard(c->local_id))
		return err_set_path(e, ERR_INVALID, path(l, "local-id"),
		    "local-id is one identity, it cannot have wildcards");
	c->auto_remote_id = c->remote_id == NULL;
	if (c->remote_id == NULL)
		c->remote_id = c->initiator ? ident_from_addr(&c->peer) :
		    ident_any();
	if ((c->local_id == NULL && c->method != METHOD_CERT) ||
	    c->remote_id == NULL)
		return err_set(e, ERR_RESOURCE, "out of memory");
	return c->method == METHOD_CERT ? check_cert_ids(l, e) : 0;
}

/* --- algorithms --- */

static void
warn_algs(struct loading *l, const char *node, const struct algs *a)
{
	char text[256], names[ALGS_OLD_STRLEN];

	if (algs_old(a, names)[0] == '\0')
		return;
	snprintf(text, sizeof(text), "%s %s: weak, and for old peers only; use "
	    "sha256 and modp2048 or ecp256 unless the peer is too old for them",
	    node, names);
	warn(l, text);
}

static int
load_algs(struct loading *l, const char *node, enum ike_protocol protocol,
	  struct algs *a, struct err *e)
{
	static const char *const leaf[] = { "cipher", "auth", "prf", "dh" };
	char *v[4], name[32];
	int rc = 0;
	size_t i;

	for (i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "%s/%s", node, leaf[i]);
		v[i] = NULL;
		if (rc == 0 && !(i == 2 && protocol == PROTO_ESP))
			rc = ytree_values(&v[i], l->entry, name);
	}
	a->ike1 = l->c->version == 1;
	if (rc < 0)
		err_set(e, ERR_RESOURCE, "out of memory");
	else if (v[0] != NULL)
		rc = algs_from_names(a, protocol, l->c->version, v[0], v[1], v[2],
		    v[3], e);
	if (rc < 0 && e != NULL)
		snprintf(e->path, sizeof(e->path), "%s", path(l, node));
	for (i = 0; i < 4; i++)
		free(v[i]);
	warn_algs(l, node, a);
	return rc;
}

static void
warn_version(struct loading *l)
{
	if (l->c->version == 1)
		warn(l, "IKEv1 is deprecated (RFC 9395); use version 2 unless the "
		    "peer is too old for it");
}

/* The labels stay labels here: what is behind them comes and goes. */
static int
load_method(struct loading *l, struct err *e)
{
	static const char *const nodes[] = { "certificate", "ca" };
	char **to[] = { &l->c->certificate, &l->c->ca };
	const char *v = ytree_leaf(l->entry, "method");
	size_t i;

	l->c->method = v != NULL ? (uint8_t)name_value(methods, v) : METHOD_PSK;
	if (l->c->method != METHOD_CERT) {
		if (ytree_leaf(l->entry, "certificate") != NULL ||
		    ytree_leaf(l->entry, "ca") != NULL)
			warn(l, "certificate and ca are not used with method psk; to "
			    "use them: method cert");
		return 0;
	}
	v = ytree_leaf(l->entry, "revocation");
	l->c->strict = v != NULL && strcmp(v, "strict") == 0;
	for (i = 0; i < 2; i++) {
		v = ytree_leaf(l->entry, nodes[i]);
		if (v == NULL)
			return err_set_path(e, ERR_INVALID, path(l, nodes[i]),
			    "method cert needs the label of %s. Set it with: "
			    "%s LABEL", i == 0 ? "our certificate" :
			    "the CA that signed the peer's certificate", nodes[i]);
		*to[i] = strdup(v);
		if (*to[i] == NULL)
			return err_set(e, ERR_RESOURCE, "out of memory");
	}
	return 0;
}

static int
load_scalars(struct loading *l, struct err *e)
{
	struct conf *c = l->c;
	const char *v;
	int action;

	v = ytree_leaf(l->entry, "version");
	c->version = v != NULL && strcmp(v, "1") == 0 ? 1 : 2;
	c->enable = ytree_bool(l->entry, "enable");
	c->initiator = ytree_bool(l->entry, "initiator");
	c->mobike = ytree_bool(l->entry, "mobike");
	c->dpd_delay = ytree_u32(l->entry, "dpd-delay");
	c->dpd_timeout = ytree_leaf(l->entry, "dpd-timeout") != NULL ?
	    ytree_u32(l->entry, "dpd-timeout") : DPD_TIMEOUT;
	c->rekey_time = ytree_u32(l->entry, "sa-rekey-time");
	c->reauth_time = ytree_u32(l->entry, "reauth-time");
	c->dpd_action = c->initiator ? DPD_RESTART : DPD_CLEAR;
	v = ytree_leaf(l->entry, "dpd-action");
	if (v != NULL) {
		action = name_value(dpd_actions, v);
		if (action < 0)
			return err_set_path(e, ERR_INVALID,
			    path(l, "dpd-action"),
			    "'%.32s' is not an action", v);
		c->dpd_action = (uint8_t)action;
	}
	v = ytree_leaf(l->entry, "description");
	if (v != NULL && (c->description = strdup(v)) == NULL)
		return err_set(e, ERR_RESOURCE, "out of memory");
	v = ytree_leaf(l->entry, "ppk-id");
	if (v != NULL && (c->ppk_id = strdup(v)) == NULL)
		return err_set(e, ERR_RESOURCE, "out of memory");
	c->ppk_required = ytree_bool(l->entry, "ppk-required");
	return 0;
}

int
conf_load(struct conf **out, const struct lyd_node *entry,
	  void (*warnfn)(void *, const char *), void *arg, struct err *e)
{
	struct loading l = { .entry = entry, .warn = warnfn, .arg = arg };
	struct conf *c = calloc(1, sizeof(*c));

	*out = NULL;
	if (c == NULL)
		return err_set(e, ERR_RESOURCE, "out of memory");
	l.c = c;
	c->id = (uint16_t)ytree_u32(entry, "id");
	if (load_scalars(&l, e) < 0)
		goto fail;
	/* A disabled tunnel keeps what it has, also what we cannot do yet. */
	if (c->enable &&
	    (load_method(&l, e) < 0 || load_addresses(&l, e) < 0 ||
	     load_ids(&l, e) < 0 ||
	     load_algs(&l, "ike", PROTO_IKE, &c->ike, e) < 0 ||
	     load_algs(&l, "esp", PROTO_ESP, &c->esp, e) < 0))
		goto fail;
	if (c->enable)
		warn_version(&l);
	*out = c;
	return 0;
fail:
	conf_free(c);
	return -1;
}

bool
conf_refuse(struct conf *c, const char *why)
{
	c->enable = false;
	c->refused = strdup(why);
	return c->refused != NULL;
}

int
conf_load_refused(struct conf **out, const struct lyd_node *entry,
		  const char *why, struct err *e)
{
	struct loading l = { .entry = entry };
	struct conf *c = calloc(1, sizeof(*c));
	struct err ignored = ERR_INIT;

	*out = NULL;
	if (c == NULL)
		return err_set(e, ERR_RESOURCE, "out of memory");
	l.c = c;
	c->id = (uint16_t)ytree_u32(entry, "id");
	if (load_scalars(&l, e) < 0 || !conf_refuse(c, why)) {
		conf_free(c);
		return err_set(e, ERR_RESOURCE, "out of memory");
	}
	if (load_addresses(&l, &ignored) < 0 && ignored.kind == ERR_RESOURCE) {
		conf_free(c);
		return err_set(e, ERR_RESOURCE, "out of memory");
	}
	*out = c;
	return 0;
}
