#include "chain_why.h"

#include <stdio.h>

#include "cert_in.h"
#include "constraint.h"

/* As dn_equal(), of names that are read already: each is held against all. */
static bool
names_it(const struct cert *c, const struct cert *issuer)
{
	return X509_NAME_cmp(X509_get_subject_name(issuer->x),
	    X509_get_issuer_name(c->x)) == 0;
}

int
chain_issued(const struct cert *issuer, const struct cert *c)
{
	AUTHORITY_KEYID *akid;
	int ret;

	if (!names_it(c, issuer))
		return X509_V_ERR_SUBJECT_ISSUER_MISMATCH;
	akid = X509_get_ext_d2i(c->x, NID_authority_key_identifier, NULL, NULL);
	ret = akid != NULL ? X509_check_akid(issuer->x, akid) : X509_V_OK;
	AUTHORITY_KEYID_free(akid);
	return ret;
}

bool
chain_self_signed(const struct cert *c)
{
	return chain_issued(c, c) == X509_V_OK && cert_key_check(c, NULL) == 0 &&
	    cert_self_signed(c);
}

/* --- the rules of IKE --- */

static int
check_time(const struct cert *c, uint64_t wall, struct err *e)
{
	char name[CERT_NAME_STRLEN], span[CERT_SPAN_STRLEN];
	char when[CERT_TIME_STRLEN], here[CERT_TIME_STRLEN];
	int64_t now = (int64_t)wall;

	cert_subject_str(c, name);
	cert_time_str(now, here);
	if (now < c->not_before)
		return err_set(e, ERR_REALITY, "certificate \"%s\" is valid only "
		    "from %s, in %s; is the clock of this machine right? It says %s",
		    name, cert_time_str(c->not_before, when),
		    cert_span_str(c->not_before - now, span), here);
	/* Not valid in that second any more, says OpenSSL. */
	if (now >= c->not_after)
		return err_set(e, ERR_REALITY, "certificate \"%s\" expired %s ago, "
		    "on %s; it must be renewed (or is the clock of this machine "
		    "wrong? It says %s)", name,
		    cert_span_str(now - c->not_after, span),
		    cert_time_str(c->not_after, when), here);
	return 0;
}

static int
check_hash(const struct cert *c, struct err *e)
{
	char name[CERT_NAME_STRLEN];

	if (!cert_weakly_signed(c))
		return 0;
	return err_set(e, ERR_REALITY, "certificate \"%s\" is signed by %s, which is "
	    "too weak or unknown; its CA must issue it anew with SHA2-256 or "
	    "longer", cert_subject_str(c, name), cert_signature_str(c));
}

static int
check_purpose(const struct cert *c, struct err *e)
{
	char name[CERT_NAME_STRLEN], usage[CERT_USAGE_STRLEN];

	if (cert_may_ike(c))
		return 0;
	return err_set(e, ERR_REALITY, "certificate \"%s\" is for %s only "
	    "(extendedKeyUsage); for IKE it must be issued with ipsecIKE, "
	    "serverAuth or clientAuth, or without an extendedKeyUsage",
	    cert_subject_str(c, name), cert_ext_usage_str(c, usage));
}

static int
check_leaf(const struct cert *c, struct err *e)
{
	char name[CERT_NAME_STRLEN], usage[CERT_USAGE_STRLEN];

	if (!cert_may_sign(c))
		return err_set(e, ERR_REALITY, "certificate \"%s\" has a key usage "
		    "(%s) that lacks digitalSignature; it must be issued with it "
		    "to sign for IKE", cert_subject_str(c, name),
		    cert_usage_str(c, usage));
	return check_purpose(c, e);
}

/* One that signed the one before it. */
static int
check_ca(const struct cert *c, const struct cert *below, bool anchor,
	 struct err *e)
{
	char name[CERT_NAME_STRLEN / 2], signed_one[CERT_NAME_STRLEN];
	char usage[CERT_USAGE_STRLEN], whole[CERT_NAME_STRLEN];

	snprintf(name, sizeof(name), "%.250s", cert_subject_str(c, whole));
	cert_subject_str(below, signed_one);
	/* Roots of version 1 have no basicConstraints; who imported one trusts
	 * it. */
	if (!cert_is_ca(c) && !(anchor && X509_get_version(c->x) == 0) &&
	    (X509_get_key_usage(c->x) & KU_KEY_CERT_SIGN) != 0)
		return err_set(e, ERR_REALITY, "certificate \"%s\" is no CA "
		    "(basicConstraints), yet certificate \"%.250s\" says it is "
		    "signed by it; that one must come from a CA", name, signed_one);
	if ((X509_get_key_usage(c->x) & KU_KEY_CERT_SIGN) == 0)
		return err_set(e, ERR_REALITY, "certificate \"%s\" has a key usage "
		    "(%s) that lacks keyCertSign, yet certificate \"%.250s\" says "
		    "it is signed by it; that one must come from a CA", name,
		    cert_usage_str(c, usage), signed_one);
	return anchor ? 0 : check_purpose(c, e);
}

int
chain_check_rules(const struct cert_chain *path, uint64_t wall, struct err *e)
{
	size_t i, last = path->n - 1;

	for (i = 0; i <= last; i++) {
		if (cert_key_check(path->cert[i], e) < 0 ||
		    check_time(path->cert[i], wall, e) < 0)
			return -1;
		/* Nobody believes the anchor for its signature. */
		if (i < last && check_hash(path->cert[i], e) < 0)
			return -1;
		if (i == 0 && check_leaf(path->cert[i], e) < 0)
			return -1;
		if (i > 0 && check_ca(path->cert[i], path->cert[i - 1], i == last,
		    e) < 0)
			return -1;
	}
	return 0;
}

/* --- what OpenSSL said --- */

struct found {
	X509_STORE_CTX		*ctx;
	const struct cert_chain	*path;
	size_t			 at;	/* which of the path */
	char			 name[CERT_NAME_STRLEN / 2];
};

static int
why_signature(const struct found *f, struct err *e)
{
	char by[CERT_NAME_STRLEN];
	const struct cert *c = f->path->cert[f->at + 1 < f->path->n ? f->at + 1 :
	    f->at];

	return err_set(e, ERR_REALITY, "certificate \"%s\" is not signed by the key "
	    "of \"%.250s\", which it names: the signature is wrong (another CA of "
	    "the same name, or a forgery)", f->name, cert_subject_str(c, by));
}

static int
why_path_length(const struct found *f, struct err *e)
{
	long n = X509_get_pathlen(f->path->cert[f->at]->x);
	char leaf[CERT_NAME_STRLEN];

	return err_set(e, ERR_REALITY, "CA \"%s\" may have %ld CAs below it "
	    "(basicConstraints, path length), but there are %zu down to certificate "
	    "\"%.250s\"; that one must come from a CA which may sign it", f->name,
	    n < 0 ? 0 : n, f->at - 1, cert_subject_str(f->path->cert[0], leaf));
}

static int
why_critical(const struct found *f, struct err *e)
{
	X509 *x = f->path->cert[f->at]->x;
	char oid[80] = "?";
	int i;

	for (i = 0; i < X509_get_ext_count(x); i++) {
		X509_EXTENSION *ext = X509_get_ext(x, i);

		if (X509_EXTENSION_get_critical(ext) &&
		    !X509_supported_extension(ext)) {
			OBJ_obj2txt(oid, sizeof(oid), X509_EXTENSION_get_object(ext),
			    OBJ_obj2nid(X509_EXTENSION_get_object(ext)) ==
			    NID_undef);
			break;
		}
	}
	return err_set(e, ERR_REALITY, "certificate \"%s\" has a critical extension "
	    "(%s) that Culvert does not know, so that it must not be used (RFC 5280 "
	    "4.2); issue it without that", f->name, oid);
}

static int
why_constraint(const struct found *f, struct err *e)
{
	struct constraint_finding c;
	char by[CERT_NAME_STRLEN];
	size_t i;

	for (i = f->at + 1; i < f->path->n; i++)
		if (constraint_find(f->path->cert[i], f->path->cert[f->at], &c))
			return err_set(e, ERR_REALITY, "CA \"%.200s\" %s %s (name "
			    "constraints), which rules out the %s \"%.120s\" of "
			    "certificate \"%.200s\"; that one must be issued "
			    "without it, or by another CA",
			    cert_subject_str(f->path->cert[i], by), c.excluded ?
			    "may not sign for" : "may sign only for", c.allowed,
			    c.kind, c.name, f->name);
	return err_set(e, ERR_REALITY, "certificate \"%s\" has a name that the name "
	    "constraints of a CA above it rule out", f->name);
}

static int
why_bad_constraint(const struct found *f, struct err *e)
{
	return err_set(e, ERR_REALITY, "the name constraints above certificate "
	    "\"%s\" cannot be checked (%s), so that it must not be used", f->name,
	    X509_verify_cert_error_string(X509_STORE_CTX_get_error(f->ctx)));
}

static int
why_policy(const struct found *f, struct err *e)
{
	return err_set(e, ERR_REALITY, "certificate \"%s\" or a CA above it wants a "
	    "certificate policy which the chain does not have (%s)", f->name,
	    X509_verify_cert_error_string(X509_STORE_CTX_get_error(f->ctx)));
}

static int
why_extension(const struct found *f, struct err *e)
{
	return err_set(e, ERR_REALITY, "certificate \"%s\" has an extension that "
	    "contradicts itself or cannot be read (%s); issue it anew", f->name,
	    X509_verify_cert_error_string(X509_STORE_CTX_get_error(f->ctx)));
}

static const struct {
	int	  code;
	int	(*why)(const struct found *, struct err *);
} reasons[] = {
	{ X509_V_ERR_CERT_SIGNATURE_FAILURE,		why_signature },
	{ X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE,	why_signature },
	{ X509_V_ERR_PATH_LENGTH_EXCEEDED,		why_path_length },
	{ X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION,	why_critical },
	{ X509_V_ERR_PERMITTED_VIOLATION,		why_constraint },
	{ X509_V_ERR_EXCLUDED_VIOLATION,		why_constraint },
	{ X509_V_ERR_SUBTREE_MINMAX,			why_bad_constraint },
	{ X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE,	why_bad_constraint },
	{ X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX,	why_bad_constraint },
	{ X509_V_ERR_UNSUPPORTED_NAME_SYNTAX,		why_bad_constraint },
	{ X509_V_ERR_UNSPECIFIED,			why_bad_constraint },
	{ X509_V_ERR_NO_EXPLICIT_POLICY,		why_policy },
	{ X509_V_ERR_INVALID_POLICY_EXTENSION,		why_policy },
	{ X509_V_ERR_INVALID_EXTENSION,			why_extension },
	{ X509_V_ERR_INVALID_NON_CA,			why_extension },
};

void
chain_why(X509_STORE_CTX *ctx, const struct cert_chain *path, struct err *e)
{
	struct found f = { ctx, path, 0, "" };
	int code = X509_STORE_CTX_get_error(ctx);
	const X509 *x = X509_STORE_CTX_get_current_cert(ctx);
	char name[CERT_NAME_STRLEN];
	size_t i;

	for (i = 0; i < path->n; i++)
		if (path->cert[i]->x == x)
			f.at = i;
	snprintf(f.name, sizeof(f.name), "%.250s",
	    cert_subject_str(path->cert[f.at], name));
	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].code == code) {
			reasons[i].why(&f, e);
			return;
		}
	err_set(e, ERR_REALITY, "certificate \"%s\" is refused: %s", f.name,
	    X509_verify_cert_error_string(code));
}

/* --- no path --- */

static bool
named_by(const struct cert *c, const struct cert *issuer)
{
	return c->issuer.len > 2 && names_it(c, issuer);
}

/* Up from the peer's own as far as it goes, by name; not to a root, for what
 * counts is who signed what comes last before it. */
static const struct cert *
find_top(struct cert *const *peers, size_t n)
{
	bool seen[CHAIN_CERTS_MAX] = { true };
	const struct cert *top = peers[0];
	size_t i;

again:
	for (i = 0; i < n; i++)
		if (!seen[i] && chain_issued(peers[i], top) == X509_V_OK) {
			seen[i] = true;
			if (chain_self_signed(peers[i]))
				continue;
			top = peers[i];
			goto again;
		}
	return top;
}

int
chain_no_path(const struct cert *anchor, struct cert *const *peers, size_t n,
	      struct err *e)
{
	const struct cert *top = find_top(peers, n);
	char whose[CERT_NAME_STRLEN], ours[CERT_NAME_STRLEN];
	char by[CERT_NAME_STRLEN], leaf[CERT_NAME_STRLEN], above[300] = "";

	cert_subject_str(top, whose);
	cert_subject_str(anchor, ours);
	cert_issuer_str(top, by);
	if (top != peers[0])
		snprintf(above, sizeof(above), ", from which \"%.200s\" comes,",
		    cert_subject_str(peers[0], leaf));
	if (named_by(top, anchor))
		return err_set(e, ERR_REALITY, "certificate \"%.200s\"%s is signed "
		    "by another key of \"%.200s\" than that of the CA this tunnel "
		    "trusts; was the CA renewed, or is it another of that name? "
		    "Compare their fingerprints, and import the right one", whose,
		    above, by);
	if (named_by(top, top))
		return err_set(e, ERR_REALITY, "certificate \"%.200s\"%s is signed "
		    "by itself, this tunnel trusts \"%.200s\"; set ca to it if it "
		    "is to be trusted, or let the peer have a certificate from "
		    "\"%.100s\"", whose, above, ours, ours);
	return err_set(e, ERR_REALITY, "certificate \"%.200s\"%s is signed by "
	    "\"%.150s\", this tunnel trusts \"%.150s\"; set ca to the one which "
	    "signed it, or let the peer send what lies between the two", whose, above,
	    by, ours);
}
