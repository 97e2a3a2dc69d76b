#include "bind.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certs.h"
#include "conf.h"
#include "context.h"
#include "crypto/cert.h"
#include "event.h"
#include "expiry.h"
#include "ident_cert.h"
#include "reason.h"
#include "tunnel.h"

/* What is wrong is a text as in event.h, and names the node by its path. */
enum fit {
	FIT_YES,
	FIT_WAIT,		/* keys has not told all it has */
	FIT_MISSING,		/* a label is not there */
	FIT_WRONG,		/* it is there and does not do */
};

/* --- is it there, and what it should be --- */

static enum fit
check_own(const struct cert_entry *c, struct err *err)
{
	if (c->kind == CERT_REQUEST && c->stored) {
		err_set_path(err, ERR_REALITY, "certificate", "the certificate of "
		    "'%s' has not come: there is its key, and the request for it"
		    EVENT_RUN "certificate import local %s FILE", c->label,
		    c->label);
		return FIT_MISSING;
	}
	if (c->n == 0 && c->stored) {
		err_set_path(err, ERR_REALITY, "certificate", "certificate '%s' "
		    "cannot be read; the log says why" EVENT_RUN
		    "certificate import local %s FILE [key FILE] replace", c->label,
		    c->label);
		return FIT_MISSING;
	}
	if (c->n == 0) {
		err_set_path(err, ERR_REALITY, "certificate", "there is no "
		    "certificate '%s' in the store" EVENT_RUN
		    "certificate import local %s FILE [key FILE]",
		    c->label, c->label);
		return FIT_MISSING;
	}
	if (c->kind == CERT_LOCAL)
		return FIT_YES;
	err_set_path(err, ERR_INVALID, "certificate", "'%s' is a CA: a tunnel needs "
	    "a certificate of our own, with its private key, to show to the peer",
	    c->label);
	return FIT_WRONG;
}

/* RFC 2409 5.1; the numbers for ECDSA of RFC 4754 came later and are known to
 * few. */
static enum fit
check_signs(const struct conf *c, const struct cert_entry *own, struct err *err)
{
	if (c->version != 1 || cert_key(own->cert[0]) == CERT_KEY_RSA)
		return FIT_YES;
	err_set_path(err, ERR_INVALID, "certificate", "the key of certificate '%s' "
	    "is %s, and with version 1 (IKEv1) both sides sign with RSA. Name a "
	    "certificate with an RSA key, or use version 2", own->label,
	    cert_key_str(own->cert[0]));
	return FIT_WRONG;
}

static enum fit
check_ca(const struct cert_entry *c, struct err *err)
{
	if (c->n == 0 && !(c->stored && c->kind != CERT_CA)) {
		err_set_path(err, ERR_REALITY, "ca", "there is no CA '%s' in the store"
		    EVENT_RUN "certificate import ca %s FILE", c->label, c->label);
		return FIT_MISSING;
	}
	if (c->kind == CERT_CA)
		return FIT_YES;
	err_set_path(err, ERR_INVALID, "ca", "'%s' is a certificate of our own, not "
	    "the CA that signs those of the peers" EVENT_RUN
	    "certificate import ca LABEL FILE", c->label);
	return FIT_WRONG;
}

/* --- identities --- */

/* One that would do: a subjectAltName is what peers know best. */
static void
add_choice(const struct cert *leaf, struct err *err)
{
	size_t at = strlen(err->text);
	char set[SETTING_MAX];
	struct ident *id;

	id = ident_of_cert(leaf, cert_has_subject(leaf) ? 1 : 0);
	if (id == NULL && cert_has_subject(leaf))
		snprintf(err->text + at, sizeof(err->text) - at,
		    EVENT_HERE "no local-id");
	else if (id != NULL && reason_id(id, set) != NULL)
		snprintf(err->text + at, sizeof(err->text) - at,
		    EVENT_HERE "local-id %s", set);
	ident_free(id);
}

static enum fit
check_id(const struct conf *c, const struct cert_entry *own, struct err *err)
{
	char text[IDENT_STRLEN], all[IDENT_CERT_STRLEN];
	const struct cert *leaf = own->cert[0];
	struct err why = ERR_INIT;

	if (c->auto_local_id && !cert_has_subject(leaf)) {
		err_set_path(err, ERR_INVALID, "local-id", "the subject of "
		    "certificate '%s' is empty, so that there is no automatic "
		    "local-id; it holds %s",
		    own->label, ident_cert_str(leaf, all));
		add_choice(leaf, err);
		return FIT_WRONG;
	}
	if (c->auto_local_id || ident_in_cert(c->local_id, leaf, &why) == 0)
		return FIT_YES;
	err_set_path(err, ERR_INVALID, "local-id", "local-id '%.100s' (%s) is "
	    "neither the subject nor a subjectAltName of certificate '%s', which holds %s",
	    ident_str(c->local_id, text), ident_type_str(c->local_id),
	    own->label, ident_cert_str(leaf, all));
	add_choice(leaf, err);
	return FIT_WRONG;
}

/* *id: the automatic one, which the caller frees; NULL if there is none. */
static enum fit
fits(struct engine *e, const struct conf *c, struct ident **id, struct err *err)
{
	const struct cert_entry *own = c->uses[CERT_AS_OWN].entry;
	const struct cert_entry *ca = c->uses[CERT_AS_CA].entry;
	enum fit fit;

	*id = NULL;
	if (!e->certs_known && (own->n == 0 || ca->n == 0)) {
		err_set(err, ERR_REALITY, "the process keys has not told yet what "
		    "certificates there are");
		return FIT_WAIT;
	}
	fit = check_own(own, err);
	if (fit == FIT_YES)
		fit = check_signs(c, own, err);
	if (fit == FIT_YES)
		fit = check_ca(ca, err);
	if (fit == FIT_YES)
		fit = check_id(c, own, err);
	if (fit != FIT_YES || !c->auto_local_id)
		return fit;
	*id = ident_from_subject(own->cert[0]);
	if (*id != NULL)
		return FIT_YES;
	err_set_path(err, ERR_INVALID, "certificate", "the subject of certificate "
	    "'%s' is longer than an identity may be", own->label);
	return FIT_WRONG;
}

const struct cert_entry *
certs_own(struct engine *e, const struct conf *c, struct err *err)
{
	struct ident *id;
	enum fit fit = fits(e, c, &id, err);
	bool same = id == NULL || ident_equal(id, c->local_id);

	ident_free(id);
	if (fit == FIT_YES && same)
		return c->uses[CERT_AS_OWN].entry;
	if (fit == FIT_YES)
		err_set(err, ERR_REALITY, "certificate '%s' has another subject "
		    "than it had", c->certificate);
	return NULL;
}

const struct cert_entry *
certs_ca(struct engine *e, const struct conf *c, struct err *err)
{
	const struct cert_entry *ca = c->uses[CERT_AS_CA].entry;

	(void)e;
	return check_ca(ca, err) == FIT_YES ? ca : NULL;
}

/* --- a commit --- */

static bool
is_up(const struct tunnel *t)
{
	const struct ike_sa *sa = t != NULL ? tunnel_sa(t) : NULL;

	return sa != NULL && sa->state == IKE_UP;
}

/* The tunnel is up with those certificates, which are gone since: another confd
 * is no reason to end it. */
static bool
goes_on(struct engine *e, struct conf *c)
{
	const struct tunnel *t = tunnel_find(e, c->id);
	const struct conf *old;

	if (!is_up(t))
		return false;
	old = t->conf;
	if (old->uses == NULL || old->refused != NULL ||
	    strcmp(old->certificate, c->certificate) != 0 ||
	    strcmp(old->ca, c->ca) != 0 || old->auto_local_id != c->auto_local_id)
		return false;
	if (c->local_id == NULL)
		c->local_id = ident_dup(old->local_id);
	return c->local_id != NULL;
}

int
bind_conf(struct engine *e, struct conf *c, bool lenient, struct err *err)
{
	char path[CONF_PATH_MAX], line[ERR_TEXT_MAX];
	struct err why = ERR_INIT;
	struct ident *id;
	enum fit fit;

	if (certs_use(e, c, err) < 0)
		return -1;
	fit = fits(e, c, &id, &why);
	if (fit == FIT_YES) {
		if (id != NULL)
			c->local_id = id;
		return 0;
	}
	if (fit == FIT_WRONG && !lenient)
		return err_set_path(err, ERR_INVALID, conf_path(c->id, why.path,
		    path), "%s", event_line(why.text, line, sizeof(line)));
	if (lenient && goes_on(e, c))
		return 0;
	c->waiting = fit == FIT_WAIT;
	return conf_refuse(c, why.text) ? 0 :
	    err_set(err, ERR_RESOURCE, "out of memory");
}

struct warning {
	void		(*warn)(void *, const char *);
	void		*arg;
	const struct conf *c;
};

static void
say(const struct warning *w, const char *text)
{
	char line[ERR_TEXT_MAX], flat[ERR_TEXT_MAX];

	snprintf(line, sizeof(line), "ipsec %u: %s", w->c->id,
	    event_line(text, flat, sizeof(flat)));
	w->warn(w->arg, line);
}

/* Peers that trust the same CA as we do would not take our certificate. */
static void
warn_chain(const struct warning *w)
{
	const struct cert_entry *own = w->c->uses[CERT_AS_OWN].entry;
	const struct cert_entry *ca = w->c->uses[CERT_AS_CA].entry;
	char issuer[CERT_NAME_STRLEN], name[CERT_NAME_STRLEN];
	char text[ERR_TEXT_MAX];

	if (certs_signed_by(own, ca))
		return;
	snprintf(text, sizeof(text), "certificate '%s' is signed by '%.150s', not by "
	    "'%.150s', the CA '%s' of this tunnel: the peer has to trust another CA "
	    "than we do", own->label,
	    cert_issuer_str(own->cert[own->n - 1], issuer),
	    cert_subject_str(ca->cert[0], name), ca->label);
	say(w, text);
}

void
bind_warn(struct engine *e, const struct conf *c,
	  void (*warn)(void *, const char *), void *arg)
{
	const struct warning w = { warn, arg, c };
	int64_t wall = (int64_t)e->ops->wall(e->ctx);
	char text[EXPIRY_STRLEN];
	int i;

	if (warn == NULL || !c->enable || c->uses == NULL)
		return;
	for (i = 0; i < CERT_ROLES; i++)
		if (expiry_str(c->uses[i].entry, wall, text) != EXPIRY_NONE)
			say(&w, text);
	warn_chain(&w);
}

/* --- what is in force --- */

static bool
is_itself(const void *c, uint32_t id)
{
	return ((const struct conf *)c)->id == id;
}

static const struct conf *
twin(const struct engine *e, const struct conf *c, struct ident *id)
{
	struct conf as = *c;

	if (id != NULL)
		as.local_id = id;
	return conf_twin(&e->ids, &as, (uint32_t)e->seed, is_itself, c);
}

/* Our identity is what the certificate says, and that has changed. */
static void
announce(struct engine *e, struct tunnel *t, const struct ident *id)
{
	char was[IDENT_STRLEN], is[IDENT_STRLEN], set[SETTING_MAX];
	const struct conf *c = t->conf;

	tunnel_event(e, t, EV_CERTIFICATE, "the new certificate '%s' has another "
	    "subject: we are '%.150s' now and were '%.150s'; the tunnel starts "
	    "again%s%s", c->certificate, ident_str(id, is),
	    ident_str(c->local_id, was),
	    reason_id(id, set) != NULL ? EVENT_PEER "remote-id " : "",
	    reason_id(id, set) != NULL ? set : "");
}

/* It cannot be in use from now on, or again. */
static void
enforce(struct engine *e, struct tunnel *t, struct ident *id, bool waiting,
	const char *why)
{
	struct pair *spare = calloc(1, sizeof(*spare));
	char *refused = why != NULL ? strdup(why) : NULL;

	if (spare == NULL || (why != NULL && refused == NULL)) {
		free(spare);
		free(refused);
		ident_free(id);
		tunnel_event(e, t, EV_RESOURCES, "no memory to take over the "
		    "certificate '%s'", t->conf->certificate);
		return;
	}
	if (t->conf->refused == NULL && id != NULL)
		announce(e, t, id);
	tunnel_bind(e, t, id, refused, waiting, spare);
}

static bool
as_it_is(const struct conf *c, const struct ident *id, const char *why)
{
	if (c->refused != NULL)
		return why != NULL && strcmp(c->refused, why) == 0;
	return why == NULL && (id == NULL || ident_equal(id, c->local_id));
}

void
bind_tunnel(struct engine *e, struct conf *c, bool changed)
{
	struct tunnel *t = tunnel_find(e, c->id);
	char theirs[IDENT_STRLEN];
	const struct conf *other;
	struct err err = ERR_INIT;
	const char *why = NULL;
	struct ident *id;
	enum fit fit;

	if (t == NULL || t->conf != c)
		return;			/* a commit looks for itself */
	fit = fits(e, c, &id, &err);
	if (fit == FIT_YES && (other = twin(e, c, id)) != NULL) {
		err_set(&err, ERR_INVALID, "ipsec %u has the same local-id, "
		    "remote-id (%.100s) and addresses: nothing would tell their "
		    "peers apart" EVENT_HERE "remote-id IDENTITY", other->id,
		    ident_str(c->remote_id, theirs));
		fit = FIT_WRONG;
	}
	if (fit != FIT_YES) {
		why = err.text;
		ident_free(id);
		id = NULL;
	}
	if (as_it_is(c, id, why)) {
		ident_free(id);
		if (changed)
			tunnel_committed(e, t);
	} else if (why != NULL && c->refused == NULL && is_up(t)) {
		tunnel_event(e, t, EV_CERTIFICATE, "the tunnel goes on, but cannot "
		    "authenticate itself again: %s", why);
	} else {
		enforce(e, t, id, fit == FIT_WAIT, why);
	}
}
