#include "reason.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "certs.h"
#include "context.h"
#include "crypto/cert.h"
#include "ike2/cert_payload.h"
#include "machine.h"
#include "notify.h"
#include "sa.h"
#include "tunnel.h"
#include "wire/numbers1.h"

static void __attribute__((format(printf, 2, 3)))
add(char *buf, const char *fmt, ...)
{
	size_t at = strlen(buf);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf + at, REASON_MAX - at, fmt, ap);
	va_end(ap);
}

/* "ike cipher aes128 auth sha256 dh modp2048", or "no ike". */
static void
add_algs_but(char *buf, const char *where, const char *what,
	     const struct algs *a, int without)
{
	static const struct { uint8_t type; const char *word; } kinds[] = {
		{ T_ENCR, "cipher" }, { T_INTEG, "auth" }, { T_PRF, "prf" },
		{ T_KE, "dh" } };
	char name[TRANSFORM_STRLEN];
	bool first;
	size_t i, k;

	add(buf, "%s%s%s", where, algs_is_default(a) ? "no " : "", what);
	for (k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
		for (i = 0, first = true; i < a->n; i++) {
			if (a->t[i].type != kinds[k].type ||
			    a->t[i].type == without)
				continue;
			if (first)
				add(buf, " %s", kinds[k].word);
			add(buf, " %s", transform_str(&a->t[i], name));
			first = false;
		}
}

static void
add_algs(char *buf, const char *where, const char *what, const struct algs *a)
{
	add_algs_but(buf, where, what, a, 0);
}

static void
offered(char *buf, const struct engine *e, enum offer_kind kind,
	const struct algs *a)
{
	char list[OFFER_STRLEN];
	struct offer o;

	if (algs_is_default(a)) {
		offer_init(&o, kind, a, kind != OFFER_IKE && e->set.caps.esn);
		offer_str(&o, list);
	} else {
		algs_str(a, kind, list);
	}
	add(buf, "it accepts nothing of what we offer for %s: %.260s%s",
	    kind == OFFER_IKE ? "IKE" : "ESP", list,
	    strlen(list) > 260 ? "..." : "");
}

/* A notify by the name that its version has for it.  IKEv2's numbers stand for those
 * of IKEv1 that mean the same (ike1/quick_mode). */
static const char *
notify_name(const struct ike_sa *sa, uint16_t notify, char buf[16])
{
	if (sa->machine->version == 2)
		return name_str(ike_notify_names, notify, buf);
	return name_str(ike1_notify_names, notify == N_TS_UNACCEPTABLE ?
	    N1_INVALID_ID_INFORMATION : notify, buf);
}

/* The same, with what it means if that is more than its name. */
static const char *
explain(const struct ike_sa *sa, uint16_t notify, char buf[NOTIFY_STRLEN])
{
	char num[16];

	if (sa->machine->version == 2)
		return notify_explain(notify, buf);
	snprintf(buf, NOTIFY_STRLEN, "%s\nits log says why",
	    notify_name(sa, notify, num));
	return buf;
}

/* What nobody here can know is in its log. */
static void
suggest(char *buf, const char *what, const struct algs *a)
{
	add(buf, "\nthe log of the peer names what it accepts; here it is set with: "
	    "%s cipher CIPHER auth AUTH dh GROUP", what);
	add_algs(buf, EVENT_PEER, what, a);
}

enum event_code
reason_init(const struct engine *e, const struct ike_sa *sa, uint16_t notify,
	    char buf[REASON_MAX])
{
	const struct conf *c = sa->tunnel->conf;
	char text[NOTIFY_STRLEN], us[ADDR_STRLEN];

	buf[0] = '\0';
	if (notify == N_INVALID_MAJOR_VERSION) {
		add(buf, "the peer answers INVALID_MAJOR_VERSION: it does not speak "
		    "IKEv2" EVENT_PEER "version 2\nonly if it is too old for that, set "
		    "version 1 here");
		return EV_VERSION;
	}
	if (notify != N_NO_PROPOSAL_CHOSEN) {
		add(buf, "the peer refuses our first message with %s",
		    notify_explain(notify, text));
		return EV_REFUSED;
	}
	add(buf, "the peer answers NO_PROPOSAL_CHOSEN: it has no tunnel of "
	    "IKEv%u for our address %s, or ", c->version,
	    addr_str(&sa->local.addr, us));
	offered(buf, e, OFFER_IKE, &c->ike);
	if (c->version == 1)
		add(buf, "\nif it has one of IKEv2, set version 2 here");
	suggest(buf, "ike", &c->ike);
	return EV_PROPOSAL;
}

/* In IKE_SA_INIT, if that was lately. */
static enum certreq
asked_for(const struct ike_sa *sa)
{
	return sa->setup != NULL ? (enum certreq)sa->setup->certreq : CERTREQ_ANY;
}

/* What the peer may hold against our certificate; what we can see ourselves
 * comes first. */
static void
add_certificate(char *buf, struct engine *e, const struct ike_sa *sa)
{
	const struct conf *c = sa->tunnel->conf;
	const struct cert_entry *own = certs_find(e, c->certificate);
	const struct cert *leaf = own != NULL ? own->cert[0] : NULL;
	char name[CERT_NAME_STRLEN], span[CERT_SPAN_STRLEN], id[IDENT_STRLEN];
	int64_t now = (int64_t)e->ops->wall(e->ctx);

	if (leaf == NULL)
		return;
	if (cert_not_after(leaf) < now)
		add(buf, "our certificate '%s' expired %s ago, or ", c->certificate,
		    cert_span_str(now - cert_not_after(leaf), span));
	else if (cert_not_before(leaf) > now)
		add(buf, "our certificate '%s' is valid only in %s, or ",
		    c->certificate, cert_span_str(cert_not_before(leaf) - now,
		    span));
	if (asked_for(sa) == CERTREQ_NONE)
		add(buf, "it wants a pre-shared key (it asked for no certificate), "
		    "or ");
	add(buf, "it does not trust the issuer of our certificate, '%.120s'%s, or "
	    "refuses it as revoked or for its use, or does not know us as '%.100s' (%s)", cert_issuer_str(own->cert[own->n - 1],
	    name), asked_for(sa) == CERTREQ_FOREIGN ? " (it asked for one of "
	    "another CA)" : "", ident_str(c->local_id, id),
	    ident_type_str(c->local_id));
}

static void
add_identity(char buf[REASON_MAX], const struct conf *c)
{
	char id[IDENT_STRLEN];

	add(buf, "it does not know us as '%.100s' (%s)", ident_str(c->local_id, id),
	    ident_type_str(c->local_id));
}

static void
add_wants(char *buf, const struct ike_sa *sa)
{
	if (asked_for(sa) != CERTREQ_NONE)
		add(buf, ", or it wants a certificate (it asked for one)");
}

/* The identities that the peer should have. */
static void
add_settings(char *buf, const struct conf *c)
{
	char set[SETTING_MAX];

	if (reason_id(c->local_id, set) != NULL)
		add(buf, EVENT_PEER "remote-id %s", set);
	if (!ident_has_wildcard(c->remote_id) &&
	    reason_id(c->remote_id, set) != NULL)
		add(buf, EVENT_PEER "local-id %s", set);
}

enum event_code
reason_proof(const struct ike_sa *sa, const char *what, char buf[REASON_MAX])
{
	const struct conf *c = sa->tunnel->conf;
	bool psk = c->method == METHOD_PSK;

	buf[0] = '\0';
	add(buf, "the peer %s, and does not say why: it seems that ", what);
	if (psk)
		add_identity(buf, c);
	else
		add(buf, "it does not accept our certificate or our identity");
	add(buf, "\nits log says why");
	if (psk)
		add_settings(buf, c);
	return psk ? EV_IDENTITY : EV_AUTH;
}

enum event_code
reason_auth(struct engine *e, const struct ike_sa *sa, uint16_t notify,
	    char buf[REASON_MAX])
{
	const struct conf *c = sa->tunnel->conf;
	bool secret = c->method == METHOD_PSK && sa->machine->version == 2;
	char text[NOTIFY_STRLEN], id[IDENT_STRLEN];

	buf[0] = '\0';
	/* OpenIKED 7.2 ends the IKE_SA when it refuses the CHILD_SA. */
	if (notify == N_NO_PROPOSAL_CHOSEN || notify == N_TS_UNACCEPTABLE)
		return reason_child(e, sa, notify, buf);
	if (notify != N_AUTHENTICATION_FAILED) {
		add(buf, "the peer refuses IKE_AUTH with %s",
		    notify_explain(notify, text));
		return EV_REFUSED;
	}
	add(buf, "the peer answers AUTHENTICATION_FAILED: ");
	if (secret)		/* in IKEv1 it is why we can read this */
		add(buf, "the secrets differ, or ");
	if (c->method == METHOD_CERT) {
		add_certificate(buf, e, sa);
	} else {
		add_identity(buf, c);
		add_wants(buf, sa);
	}
	if (!ident_has_wildcard(c->remote_id))
		add(buf, ", or is not '%.100s' (%s) itself",
		    ident_str(c->remote_id, id), ident_type_str(c->remote_id));
	if (c->ppk_id != NULL)
		add(buf, ", or the PPKs or their ppk-id differ, or one side has none");
	if (sa->machine->version == 1)
		add(buf, ", or wants aggressive mode, which is never done here");
	add(buf, "\nits log says which of them");
	add_settings(buf, c);
	return secret || c->method == METHOD_CERT ? EV_AUTH : EV_IDENTITY;
}

enum event_code
reason_child(const struct engine *e, const struct ike_sa *sa, uint16_t notify,
	     char buf[REASON_MAX])
{
	const struct conf *c = sa->tunnel->conf;
	char text[NOTIFY_STRLEN], num[16], l[160], r[160];
	struct subnets s;

	buf[0] = '\0';
	tunnel_subnets(sa->tunnel, sa, &s);
	prefixes_str(subnets_local(&s), s.n_local, l, sizeof(l));
	prefixes_str(subnets_remote(&s), s.n_remote, r, sizeof(r));
	switch (notify) {
	case N_TS_UNACCEPTABLE:
		add(buf, "the peer answers %s: it has no tunnel from %s (its side) "
		    "to %s (ours)\nthe subnets of one side have to be the mirror of "
		    "the other's: change them here, or there",
		    notify_name(sa, notify, num), r, l);
		if (strstr(l, "...") == NULL && strstr(r, "...") == NULL)
			add(buf, EVENT_PEER "local-subnet %s" EVENT_PEER
			    "remote-subnet %s", r, l);
		return EV_SELECTORS;
	case N_SINGLE_PAIR_REQUIRED:
		add(buf, "the peer answers SINGLE_PAIR_REQUIRED: it takes one pair "
		    "of addresses in a CHILD_SA, not %s === %s\nset up a tunnel "
		    "here for each pair of addresses, or let the peer take whole "
		    "subnets", l, r);
		return EV_SELECTORS;
	case N_NO_PROPOSAL_CHOSEN:
		add(buf, "the peer answers NO_PROPOSAL_CHOSEN: ");
		offered(buf, e, OFFER_CHILD, &c->esp);
		suggest(buf, "esp", &c->esp);
		return EV_PROPOSAL;
	default:
		add(buf, "the peer refuses the CHILD_SA with %s",
		    explain(sa, notify, text));
		return EV_REFUSED;
	}
}

/* "modp2048 ecp256", or "". */
static const char *
groups(const struct algs *a, char *buf, size_t size)
{
	char name[TRANSFORM_STRLEN];
	size_t i, at = 0;

	buf[0] = '\0';
	for (i = 0; i < a->n && at < size; i++)
		if (a->t[i].type == T_KE)
			at += (size_t)snprintf(buf + at, size - at, "%s%s",
			    at > 0 ? " " : "", transform_str(&a->t[i], name));
	return buf;
}

enum event_code
reason_rekey(const struct engine *e, const struct ike_sa *sa, uint16_t notify,
	     char buf[REASON_MAX])
{
	const struct algs *esp = &sa->tunnel->conf->esp;
	char text[NOTIFY_STRLEN], num[16], ours[120];

	(void)e;
	buf[0] = '\0';
	if (notify != N_NO_PROPOSAL_CHOSEN && notify != N_INVALID_KE_PAYLOAD) {
		add(buf, "%s", explain(sa, notify, text));
		return EV_REKEY_FAILED;
	}
	groups(esp, ours, sizeof(ours));
	add(buf, "the peer answers %s: ", notify_name(sa, notify, num));
	if (ours[0] != '\0') {
		add(buf, "it does not do a key exchange (PFS) for "
		    "CHILD_SAs, or in another group than our %s", ours);
		add_algs_but(buf, EVENT_HERE, "esp", esp, T_KE);
		add_algs(buf, EVENT_PEER, "esp", esp);
	} else if (algs_is_default(esp)) {
		add(buf, "its ESP settings have changed, or want a key exchange "
		    "(PFS) in a group that we do not offer" EVENT_PEER "no esp");
	} else {
		add(buf, "it insists on a key exchange (PFS) for "
		    "CHILD_SAs, and our esp settings have no group\nset the group "
		    "of the peer here with: esp ... dh GROUP");
		add_algs(buf, EVENT_PEER, "esp", esp);
	}
	return EV_PFS;
}

void
reason_identity(const struct ident *want, const struct ident *peer,
		char buf[REASON_MAX])
{
	char a[IDENT_STRLEN], b[IDENT_STRLEN], set[SETTING_MAX];

	buf[0] = '\0';
	add(buf, "the peer is '%.100s' (%s), expected was '%.100s' (%s)",
	    ident_str(peer, a), ident_type_str(peer), ident_str(want, b),
	    ident_type_str(want));
	if (reason_id(peer, set) != NULL)
		add(buf, EVENT_HERE "remote-id %s", set);
	if (!ident_has_wildcard(want) && reason_id(want, set) != NULL)
		add(buf, EVENT_PEER "local-id %s", set);
}

/* Quoted whenever the shell might see more in it than a word. */
static bool
quote(char *buf, size_t size, const char *type, const char *value)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRS"
	    "TUVWXYZ0123456789.-_@:*/=+%";
	size_t at = (size_t)snprintf(buf, size, "%s", type);
	bool quotes = value[strspn(value, plain)] != '\0';

	if (quotes && at < size)
		buf[at++] = '"';
	for (; *value != '\0'; value++) {
		if (at + 4 > size)
			return false;
		if (*value == '"' || *value == '\\')
			buf[at++] = '\\';
		buf[at++] = *value;
	}
	if (quotes)
		buf[at++] = '"';
	buf[at] = '\0';
	return true;
}

const char *
reason_word(const char *name, char buf[SETTING_MAX])
{
	return quote(buf, SETTING_MAX, "", name) ? buf : NULL;
}

const char *
reason_id(const struct ident *id, char buf[SETTING_MAX])
{
	static const char *const types[] = { [ID_IPV4_ADDR] = "inet ",
	    [ID_IPV6_ADDR] = "inet ", [ID_FQDN] = "name ",
	    [ID_RFC822_ADDR] = "email ", [ID_KEY_ID] = "key " };
	char text[IDENT_STRLEN];
	const char *type = id->type < sizeof(types) / sizeof(types[0]) ?
	    types[id->type] : NULL;
	size_t at;

	/* Whoever says that he is "*" would be anybody here. */
	if (ident_has_wildcard(id))
		return NULL;
	ident_str(id, text);
	/* digits of octets, unless somebody chose such a name */
	if (strncmp(text, "0x", 2) == 0 && strlen(text) == 2u + 2u * id->len) {
		at = (size_t)snprintf(buf, SETTING_MAX, "@#%s", text + 2);
		return id->type == ID_KEY_ID && at < SETTING_MAX ? buf : NULL;
	}
	return quote(buf, SETTING_MAX, type != NULL ? type : "", text) ?
	    buf : NULL;
}
