#include "import.h"

#include <stdio.h>
#include <string.h>

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "bundle.h"
#include "crypto/dn.h"
#include "item.h"
#include "store.h"

/* The certificates of a bundle, and those chosen, in order. */
struct chosen {
	struct cert	*all[BUNDLE_CERTS_MAX];
	bool		 taken[BUNDLE_CERTS_MAX];
	size_t		 n_all;
	struct cert	*chain[IPC_CERTS_MAX];
	size_t		 n;
};

static int
parse_all(struct store *s, const struct bundle *b, struct chosen *c, struct err *e)
{
	for (; c->n_all < b->n; c->n_all++)
		if (cert_parse(s->crypto, b->certs[c->n_all].der,
			       b->certs[c->n_all].len, &c->all[c->n_all], e) < 0)
			return -1;
	return 0;
}

static void
chosen_fini(struct chosen *c)
{
	while (c->n_all > 0)
		cert_free(c->all[--c->n_all]);
}

static void
take(struct chosen *c, size_t i)
{
	c->taken[i] = true;
	c->chain[c->n++] = c->all[i];
}

/* --- the chain --- */

static bool
named_by(const struct cert *issuer, const struct cert *of)
{
	size_t n, m;
	const uint8_t *a = cert_subject(issuer, &n), *b = cert_issuer(of, &m);

	return dn_equal(a, n, b, m);
}

static bool
signed_by(const struct cert *issuer, const struct cert *of)
{
	EVP_PKEY *key = X509_get0_pubkey(cert_x509(issuer));

	return key != NULL && X509_verify(cert_x509(of), key) == 1;
}

/* Who signed the last of the chain; -1: nobody here.  *other: one is called so,
 * and did not. */
static int
find_issuer(const struct chosen *c, const struct cert **other)
{
	const struct cert *last = c->chain[c->n - 1];
	size_t i;

	*other = NULL;
	for (i = 0; i < c->n_all; i++) {
		if (c->taken[i] || !named_by(c->all[i], last))
			continue;
		if (signed_by(c->all[i], last))
			return (int)i;
		*other = c->all[i];
	}
	return -1;
}

static int
build_chain(struct chosen *c, struct err *e)
{
	char name[CERT_NAME_STRLEN], of[CERT_NAME_STRLEN];
	const struct cert *other;
	int i;

	while (!cert_self_signed(c->chain[c->n - 1])) {
		i = find_issuer(c, &other);
		if (i < 0 && other != NULL)
			return err_set(e, ERR_INVALID, "'%s' is called the issuer "
				       "of '%s', but its key did not sign it: the "
				       "chain does not fit. Leave it out, or get "
				       "the one that did",
				       cert_subject_str(other, name),
				       cert_subject_str(c->chain[c->n - 1], of));
		if (i < 0)
			return 0;
		c->taken[i] = true;
		if (cert_self_signed(c->all[i]))
			return 0;	/* who trusts it has it */
		if (c->n == IPC_CERTS_MAX)
			return err_set(e, ERR_INVALID, "the chain is longer than "
				       "%d certificates", IPC_CERTS_MAX);
		c->chain[c->n++] = c->all[i];
	}
	return 0;
}

static void
warn_left_out(const struct chosen *c, const struct import *im)
{
	char name[CERT_NAME_STRLEN], line[CERT_NAME_STRLEN + 100];
	size_t i, j;

	for (i = 0; i < c->n_all; i++) {
		for (j = 0; j < i && !cert_equal(c->all[i], c->all[j]); j++)
			;
		if (c->taken[i] || j < i)
			continue;
		snprintf(line, sizeof(line), "'%s' is left out: it is not above the "
			 "certificate in its chain",
			 cert_subject_str(c->all[i], name));
		im->warn(im->arg, line);
	}
}

static void
warn_chain(const struct chosen *c, const struct import *im)
{
	char name[CERT_NAME_STRLEN], line[CERT_NAME_STRLEN + 100];
	size_t i;

	for (i = 1; i < c->n; i++) {
		if (cert_is_ca(c->chain[i]))
			continue;
		snprintf(line, sizeof(line), "'%s' in the chain is no CA: peers "
			 "refuse what it signed",
			 cert_subject_str(c->chain[i], name));
		im->warn(im->arg, line);
	}
}

/* --- writing --- */

static int
put(struct store *s, struct label *l, const struct import *im,
    const struct chosen *c, const EVP_PKEY *key, struct err *e)
{
	struct item_parts p = { .kind = im->kind, .label = l->name,
				.made = (uint64_t)im->now, .n = c->n };
	size_t i, total = 0;

	for (i = 0; i < c->n; i++) {
		p.certs[i].der = cert_der(c->chain[i], &p.certs[i].len);
		total += p.certs[i].len;
	}
	if (total > IPC_CERT_OCTETS_MAX)
		return err_set(e, ERR_INVALID, "its certificates have %zu octets "
			       "together; %d are the most", total,
			       IPC_CERT_OCTETS_MAX);
	return store_put(s, l, &p, key, e);
}

static void
remark_chosen(const struct import *im, const struct chosen *c)
{
	struct item it = { .kind = im->kind, .n = c->n };

	memcpy(it.certs, c->chain, sizeof(c->chain));
	remark_item(&it, im->now, im->warn, im->arg);
}

/* What is there may not be in the way. */
static int
check_free(const struct label *l, const struct import *im, bool same_key,
	   struct err *e)
{
	static const char *const what[] = { "a certificate with its key",
					    "a request", "a CA" };

	if (l == NULL)
		return 0;
	if (l->broken != NULL)
		return err_set(e, ERR_CONFLICT, "the file of '%s' cannot be read "
			       "(%s): delete it first, or use another label",
			       im->label, l->broken);
	if (l->item != NULL && l->item->kind != im->kind)
		return err_set(e, ERR_CONFLICT, "'%s' is %s already: delete it "
			       "first, or use another label", im->label,
			       what[l->item->kind]);
	if (im->kind == CERT_CA && l->request != NULL)
		return err_set(e, ERR_CONFLICT, "'%s' is a request already: delete "
			       "it first, or use another label", im->label);
	if (l->item != NULL && !im->replace && !same_key)
		return err_set(e, ERR_CONFLICT, "'%s' is there already: say "
			       "'replace' to put this in its place, or use another "
			       "label", im->label);
	return 0;
}

/* --- ours --- */

static int
no_match(const struct chosen *c, struct err *e)
{
	char name[CERT_NAME_STRLEN];

	if (c->n_all == 1)
		return err_set(e, ERR_INVALID, "the private key does not belong to "
			       "the certificate of '%s' (%s)",
			       cert_subject_str(c->all[0], name),
			       cert_key_str(c->all[0]));
	return err_set(e, ERR_INVALID, "the private key belongs to none of the %zu "
		       "certificates", c->n_all);
}

static bool
take_key_of(struct chosen *c, const EVP_PKEY *key)
{
	size_t i;

	for (i = 0; i < c->n_all; i++)
		if (cert_has_key(c->all[i], key)) {
			take(c, i);
			return true;
		}
	return false;
}

static bool
take_fitting(struct chosen *c, const struct item *it)
{
	size_t i;

	if (it == NULL || !it->usable)
		return false;
	for (i = 0; i < c->n_all; i++)
		if (item_fits(it, c->all[i])) {
			take(c, i);
			return true;
		}
	return false;
}

/* The certificate for a key that is there: of the request, or a newer one. */
static int
find_own_key(struct store *s, struct label *l, const struct import *im,
	     struct chosen *c, EVP_PKEY **key, struct err *e)
{
	char name[CERT_NAME_STRLEN];
	struct item *from = NULL;

	if (l != NULL && take_fitting(c, l->request))
		from = l->request;
	else if (l != NULL && take_fitting(c, l->item))
		from = l->item;
	if (from == NULL && l != NULL && l->request != NULL)
		return err_set(e, ERR_INVALID, "'%s' waits for a certificate of the "
			       "key that was made for it, and this one (%s) has "
			       "another key", im->label,
			       cert_subject_str(c->all[0], name));
	if (from == NULL)
		return err_set(e, ERR_INVALID, "there is no private key with it, and "
			       "none that belongs to it was made here as '%s'. Name "
			       "its file with: key FILE; or import it as a CA, if "
			       "it is one: certificate import ca", im->label);
	*key = from == l->request ? item_key(from, s->seal) : store_key(s, l);
	return *key != NULL ? 0 :
	    err_set(e, ERR_REALITY, "the private key of '%s' cannot be opened: %s",
		    im->label, from->why);
}

static int
import_local(struct store *s, const struct import *im, const struct bundle *b,
	     struct chosen *c, struct err *e)
{
	struct label *l = store_find(s, im->label);
	EVP_PKEY *key = b->key;
	bool own = false;

	if (c->n_all == 0)
		return err_set(e, ERR_INVALID, "there is a private key but no "
			       "certificate in it");
	if (key != NULL && !take_key_of(c, key))
		return no_match(c, e);
	if (key == NULL) {
		if (find_own_key(s, l, im, c, &key, e) < 0)
			return -1;
		own = true;
	}
	if (check_free(l, im, own, e) < 0 || build_chain(c, e) < 0)
		return -1;
	if (l == NULL && (l = store_get(s, im->label)) == NULL)
		return err_set(e, ERR_RESOURCE, "out of memory");
	if (put(s, l, im, c, key, e) < 0) {
		store_tidy(s, l);
		return -1;
	}
	if (l->request != NULL)
		item_put_away(l->request);
	remark_chosen(im, c);
	warn_chain(c, im);
	warn_left_out(c, im);
	if (l->request != NULL)
		im->warn(im->arg, "another request of this label still waits for "
			 "its certificate");
	return 0;
}

/* --- CAs --- */

static int
check_ca(const struct cert *c, struct err *e)
{
	char name[CERT_NAME_STRLEN], issuer[CERT_NAME_STRLEN];
	char usage[CERT_USAGE_STRLEN];
	X509 *x = cert_x509(c);

	cert_subject_str(c, name);
	if (!(X509_get_extension_flags(x) & EXFLAG_CA))
		return err_set(e, ERR_INVALID, "'%s' is no CA: its basicConstraints "
			       "%s. The one that signed it is '%s'", name,
			       X509_get_ext_by_NID(x, NID_basic_constraints, -1) < 0 ?
			       "are missing" : "do not say CA:TRUE",
			       cert_issuer_str(c, issuer));
	/* All bits without the extension. */
	if (!(X509_get_key_usage(x) & KU_KEY_CERT_SIGN))
		return err_set(e, ERR_INVALID, "'%s' may not sign certificates: its "
			       "keyUsage (%s) has no keyCertSign", name,
			       cert_usage_str(c, usage));
	return cert_is_ca(c) ? 0 :
	    err_set(e, ERR_INVALID, "'%s' is no CA by the rules of RFC 5280", name);
}

static int
import_ca(struct store *s, const struct import *im, const struct bundle *b,
	  struct chosen *c, struct err *e)
{
	struct label *l = store_find(s, im->label);

	if (c->n_all == 0)
		return err_set(e, ERR_INVALID, "there is no certificate in it");
	if (c->n_all > 1)
		return err_set(e, ERR_INVALID, "it holds %zu certificates; a label "
			       "is one CA: import each by a label of its own",
			       c->n_all);
	take(c, 0);
	if (check_ca(c->chain[0], e) < 0 || check_free(l, im, false, e) < 0)
		return -1;
	if (l == NULL && (l = store_get(s, im->label)) == NULL)
		return err_set(e, ERR_RESOURCE, "out of memory");
	if (put(s, l, im, c, NULL, e) < 0) {
		store_tidy(s, l);
		return -1;
	}
	remark_chosen(im, c);
	if (b->key != NULL)
		im->warn(im->arg, "the private key in it was not kept: a CA signs "
			 "nothing here");
	return 0;
}

int
import_bundle(struct store *s, const struct import *im, const struct bundle *b,
	      struct err *e)
{
	struct chosen c = { .n = 0 };
	int rc = store_may_seal(s, e);

	if (rc == 0)
		rc = parse_all(s, b, &c, e);
	if (rc == 0)
		rc = im->kind == CERT_CA ? import_ca(s, im, b, &c, e) :
		    import_local(s, im, b, &c, e);
	chosen_fini(&c);
	return rc;
}
