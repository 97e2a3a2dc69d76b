/* What a line "ike ..." or "esp ..." of the configuration allows. */
#include "proposal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALGS_MAX	32	/* the model has 13 + 4 + 3 + 10 names */

void
algs_fini(struct algs *a)
{
	free(a->t);
	memset(a, 0, sizeof(*a));
}

bool
algs_equal(const struct algs *a, const struct algs *b)
{
	size_t i;

	for (i = 0; i < a->n && i < b->n; i++)
		if (a->t[i].type != b->t[i].type || a->t[i].id != b->t[i].id ||
		    a->t[i].key_bits != b->t[i].key_bits)
			return false;
	return a->n == b->n && a->ike1 == b->ike1;
}

static bool
by_name(struct transform *t, enum transform_type type, const char *name)
{
	const struct encr_alg *encr = encr_by_name(name);
	const struct integ_alg *integ = integ_by_name(name);
	const struct prf_alg *prf = prf_by_name(name);
	const struct ke_alg *ke = ke_by_name(name);

	memset(t, 0, sizeof(*t));
	t->type = (uint8_t)type;
	if (type == T_ENCR && encr != NULL) {
		t->id = encr->id;
		t->key_bits = encr->key_bits;
	} else if (type == T_INTEG && integ != NULL) {
		t->id = integ->id;
	} else if (type == T_PRF && prf != NULL) {
		t->id = prf->id;
	} else if (type == T_KE && ke != NULL) {
		t->id = ke->id;
	}
	return t->id != 0;
}

/* --- what one version of IKE has and the other has not --- */

/* SHA-1, and groups that can be broken by who spends enough on it: what old peers
 * have and nobody else needs. */
static bool
is_old(const struct transform *t)
{
	if (t->type == T_KE)
		return ke_find(t->id)->old;
	return t->type == T_INTEG && strcmp(integ_find(t->id)->name, "sha1") == 0;
}

static const char *
why_not_ike2(const struct transform *t)
{
	return is_old(t) ? "is too weak for IKEv2 and there only for peers that "
	    "speak nothing newer than IKEv1 (version 1)" : NULL;
}

/* IANA, "Internet Key Exchange (IKE) Attributes" and "IPSEC ESP Transform
 * Identifiers". */
static const char *
why_not_ike1(enum ike_protocol protocol, const struct transform *t)
{
	const struct encr_alg *encr;

	if (t->type == T_KE && ke_find(t->id)->kind == KE_XDH)
		return "is unknown to IKEv1, which has no number for it; use ecp256 "
		    "or modp2048";
	if (t->type != T_ENCR)
		return NULL;
	encr = encr_find(t->id, t->key_bits);
	if (encr->mode == ENCR_CHACHA)
		return "is unknown to IKEv1, which has no number for it; use aes256";
	if (protocol == PROTO_ESP || encr->mode == ENCR_CBC)
		return NULL;
	return IS_AEAD(encr) ? "is an AEAD, which phase 1 of IKEv1 cannot use: its "
	    "messages are encrypted in CBC mode and have no ICV (RFC 2409). Use "
	    "aes128 or aes256 with auth; in esp an AEAD is possible" :
	    "is no cipher of IKEv1's phase 1, whose messages are encrypted in CBC "
	    "mode (RFC 2409). Use aes128 or aes256";
}

static int
check_version(enum ike_protocol protocol, unsigned int version,
	      const struct transform *t, size_t n, struct err *e)
{
	char name[TRANSFORM_STRLEN];
	const char *why;
	size_t i;

	for (i = 0; i < n; i++) {
		why = version == 1 ? why_not_ike1(protocol, &t[i]) :
		    why_not_ike2(&t[i]);
		if (why != NULL)
			return err_set(e, ERR_INVALID, "%s %s %s",
			    name_find(ike_transform_type_names, t[i].type),
			    transform_str(&t[i], name), why);
	}
	return 0;
}

static size_t
name_old(const struct transform *t, char buf[ALGS_OLD_STRLEN], size_t at)
{
	char name[TRANSFORM_STRLEN];

	if (is_old(t) && at < ALGS_OLD_STRLEN)
		at += (size_t)snprintf(buf + at, ALGS_OLD_STRLEN - at, "%s%s",
		    at > 0 ? " " : "", transform_str(t, name));
	return at;
}

const char *
algs_old(const struct algs *a, char buf[ALGS_OLD_STRLEN])
{
	size_t i, at = 0;

	buf[0] = '\0';
	for (i = 0; i < a->n; i++)
		at = name_old(&a->t[i], buf, at);
	return buf;
}

const char *
suite_old(const struct suite *s, char buf[ALGS_OLD_STRLEN])
{
	const struct transform integ = { T_INTEG, false, s->integ, 0 };
	const struct transform ke = { T_KE, false, s->ke, 0 };
	size_t at = 0;

	buf[0] = '\0';
	if (suite_integ(s) != NULL)
		at = name_old(&integ, buf, at);
	if (suite_ke(s) != NULL)
		(void)name_old(&ke, buf, at);
	return buf;
}

/* --- names --- */

/* The names of one kind, behind what is there. */
static int
add_names(struct transform *t, size_t *n, enum transform_type type,
	  const char *names, struct err *e)
{
	char name[32];
	size_t len, i;

	for (names = names != NULL ? names : ""; *names != '\0'; names += len) {
		names += strspn(names, " ");
		len = strcspn(names, " ");
		if (len == 0)
			break;
		snprintf(name, sizeof(name), "%.*s", (int)len, names);
		if (*n == ALGS_MAX || !by_name(&t[*n], type, name))
			return err_set(e, ERR_INVALID, "%s '%s' is unknown",
			    name_find(ike_transform_type_names, type), name);
		for (i = 0; i < *n; i++)
			if (t[i].type == type && t[i].id == t[*n].id &&
			    t[i].key_bits == t[*n].key_bits)
				return err_set(e, ERR_INVALID,
				    "%s stands there twice", name);
		++*n;
	}
	return 0;
}

/* The first cipher of that kind, or NULL. */
static const struct encr_alg *
first_cipher(const struct transform *t, size_t n, bool aead)
{
	const struct encr_alg *a;
	size_t i;

	for (i = 0; i < n && t[i].type == T_ENCR; i++) {
		a = encr_find(t[i].id, t[i].key_bits);
		if (IS_AEAD(a) == aead)
			return a;
	}
	return NULL;
}

static int
check_ike(const char *aead, const char *classical, const char *auth,
	  const char *prf, const char *dh, struct err *e)
{
	if (dh == NULL)
		return err_set(e, ERR_INVALID,
		    "ike needs a Diffie-Hellman group, for example: dh x25519");
	if (aead != NULL && prf == NULL)
		return err_set(e, ERR_INVALID, "cipher %s in IKE needs a prf, for "
		    "example: prf prfsha256", aead);
	if (aead == NULL && prf != NULL)
		return err_set(e, ERR_INVALID, "cipher %s takes no prf: it follows "
		    "from auth %s", classical, auth);
	return 0;
}

static int
check(enum ike_protocol protocol, const struct transform *t, size_t n,
      const char *auth, const char *prf, const char *dh, struct err *e)
{
	const struct encr_alg *a = first_cipher(t, n, true);
	const struct encr_alg *c = first_cipher(t, n, false);

	if (a == NULL && c == NULL)
		return err_set(e, ERR_INVALID, "%s needs a cipher",
		    protocol == PROTO_IKE ? "ike" : "esp");
	if (c != NULL && auth == NULL)
		return err_set(e, ERR_INVALID, "cipher %s needs an authentication "
		    "algorithm, for example: auth sha256", c->name);
	if (c == NULL && auth != NULL)
		return err_set(e, ERR_INVALID, "cipher %s authenticates by itself: "
		    "leave out auth %s", a->name, auth);
	if (protocol == PROTO_IKE)
		return check_ike(a != NULL ? a->name : NULL,
		    c != NULL ? c->name : NULL, auth, prf, dh, e);
	return prf == NULL ? 0 : err_set(e, ERR_INVALID, "esp takes no prf");
}

int
algs_from_names(struct algs *a, enum ike_protocol protocol, unsigned int version,
		const char *cipher, const char *auth, const char *prf,
		const char *dh, struct err *e)
{
	struct transform t[ALGS_MAX + 1];
	size_t n = 0;

	memset(a, 0, sizeof(*a));
	if (add_names(t, &n, T_ENCR, cipher, e) < 0 ||
	    add_names(t, &n, T_INTEG, auth, e) < 0 ||
	    add_names(t, &n, T_PRF, prf, e) < 0 ||
	    add_names(t, &n, T_KE, dh, e) < 0 ||
	    check_version(protocol, version, t, n, e) < 0 ||
	    check(protocol, t, n, auth, prf, dh, e) < 0)
		return -1;
	a->t = malloc(n * sizeof(*t));
	if (a->t == NULL)
		return err_set(e, ERR_RESOURCE, "out of memory");
	memcpy(a->t, t, n * sizeof(*t));
	a->n = n;
	a->ike1 = version == 1;
	return 0;
}
