#include "conf.h"

#include <string.h>

/* What a change of a tunnel's configuration means, and which two tunnels are one
 * too many. */
static bool
same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool
same_id(const struct ident *a, const struct ident *b)
{
	return a == b || (a != NULL && b != NULL && ident_equal(a, b));
}

static bool
same_ppk(const struct conf *a, const struct conf *b)
{
	return same_text(a->ppk_id, b->ppk_id) &&
	    (a->ppk_id == NULL || a->ppk_required == b->ppk_required);
}

enum conf_impact
conf_impact(const struct conf *a, const struct conf *b)
{
	if (a->enable != b->enable || a->refused != NULL || b->refused != NULL)
		return CONF_RESTART;
	if (!a->enable)
		return CONF_SAME;
	if (a->version != b->version || a->method != b->method ||
	    !same_text(a->certificate, b->certificate) ||
	    a->initiator != b->initiator || a->mobike != b->mobike ||
	    a->dynamic_local != b->dynamic_local ||
	    a->dynamic_remote != b->dynamic_remote ||
	    a->auto_remote_id != b->auto_remote_id ||
	    !addr_equal(&a->local, &b->local) ||
	    !addr_equal(&a->peer, &b->peer) ||
	    !subnets_equal(a->subnets, b->subnets) ||
	    !algs_equal(&a->ike, &b->ike) || !algs_equal(&a->esp, &b->esp) ||
	    !same_id(a->local_id, b->local_id) ||
	    !ident_equal(a->remote_id, b->remote_id) || !same_ppk(a, b))
		return CONF_RESTART;
	/* Whom we trust has changed: is the peer still one of them? */
	if (!same_text(a->ca, b->ca) || a->strict != b->strict)
		return CONF_REAUTH;
	if (a->dpd_action != b->dpd_action || a->dpd_delay != b->dpd_delay ||
	    a->dpd_timeout != b->dpd_timeout ||
	    a->rekey_time != b->rekey_time || a->reauth_time != b->reauth_time)
		return CONF_LIVE;
	return CONF_SAME;
}

/* Without remote-id, tunnels of different peers are told apart by the peer's
 * address. */
uint32_t
conf_ids_hash(const struct conf *c, enum method method, uint32_t seed)
{
	uint32_t h = ident_hash(c->remote_id, ident_hash(c->local_id, seed));

	if (c->remote_id->type == ID_ANY || method == METHOD_CERT)
		h ^= addr_hash(&c->peer, seed);
	return method == METHOD_CERT ? h * 31 + addr_hash(&c->local, seed) : h;
}

bool
conf_ids_equal(const struct conf *a, const struct conf *b)
{
	if (a->version != b->version ||
	    !ident_equal(a->local_id, b->local_id) ||
	    !ident_equal(a->remote_id, b->remote_id))
		return false;
	if (a->method == METHOD_CERT || b->method == METHOD_CERT)
		return addr_equal(&a->local, &b->local) && addr_equal(&a->peer, &b->peer);
	return a->remote_id->type != ID_ANY || addr_equal(&a->peer, &b->peer);
}

const struct conf *
conf_twin(const struct table *ids, const struct conf *c, uint32_t seed,
	  bool (*skip)(const void *, uint32_t id), const void *arg)
{
	const struct conf *other;
	struct link *l;
	int m;

	for (m = METHOD_PSK; m <= METHOD_CERT; m++) {
		l = table_find(ids, conf_ids_hash(c, (enum method)m, seed));
		for (; l != NULL; l = table_again(l)) {
			other = table_entry(l, struct conf, by_ids);
			if (conf_ids_equal(c, other) && !skip(arg, other->id))
				return other;
		}
	}
	return NULL;
}
