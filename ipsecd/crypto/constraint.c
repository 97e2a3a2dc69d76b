#include "constraint.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>

#include "cert_in.h"

/* A certificate with nothing but this name: NULL for the subject of c. */
static X509 *
with_name(const struct cert *c, const GENERAL_NAME *name)
{
	X509 *x = X509_new();
	GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
	bool ok = x != NULL && names != NULL;

	if (ok && name == NULL)
		ok = X509_set_subject_name(x, X509_get_subject_name(c->x)) == 1;
	else if (ok)
		ok = sk_GENERAL_NAME_push(names,
		    (GENERAL_NAME *)(uintptr_t)name) > 0 &&
		    X509_add1_ext_i2d(x, NID_subject_alt_name, names, 0, 0) == 1;
	sk_GENERAL_NAME_free(names);
	if (!ok) {
		X509_free(x);
		return NULL;
	}
	X509_check_purpose(x, -1, 0);	/* reads the extension */
	return x;
}

static int
check_alone(NAME_CONSTRAINTS *nc, const struct cert *c, const GENERAL_NAME *name)
{
	X509 *x = with_name(c, name);
	int ret = x != NULL ? NAME_CONSTRAINTS_check(x, nc) : X509_V_OK;

	X509_free(x);
	ERR_clear_error();
	return ret;
}

/* --- what is permitted or excluded, in words --- */

static void
put_range(const ASN1_OCTET_STRING *s, char *buf, size_t size)
{
	const uint8_t *p = ASN1_STRING_get0_data(s);
	int len = ASN1_STRING_length(s), half = len / 2, i, bits = 0;
	char text[INET6_ADDRSTRLEN] = "?";

	for (i = half; i < len; i++)
		bits += __builtin_popcount(p[i]);
	if (len == 8 || len == 32)
		inet_ntop(len == 8 ? AF_INET : AF_INET6, p, text, sizeof(text));
	snprintf(buf, size, "IP %s/%d", text, bits);
}

static void
put_base(const GENERAL_NAME *g, char *buf, size_t size)
{
	char text[CERT_NAME_STRLEN];
	struct cert_name name;

	if (g->type == GEN_IPADD)
		put_range(g->d.iPAddress, buf, size);
	else if (cert_take_general(g, &name))
		snprintf(buf, size, "%s %s", cert_name_kind_str(name.kind),
		    cert_name_str(&name, text));
	else
		snprintf(buf, size, "nothing");
}

static void
put_trees(const STACK_OF(GENERAL_SUBTREE) *trees, int type, char *buf, size_t size)
{
	size_t at = 0;
	int i, n;

	buf[0] = '\0';
	for (i = 0; i < sk_GENERAL_SUBTREE_num(trees) && at + 20 < size; i++) {
		const GENERAL_NAME *g = sk_GENERAL_SUBTREE_value(trees, i)->base;

		if (g->type != type)
			continue;
		n = snprintf(buf + at, size - at, "%s", at > 0 ? ", " : "");
		at += (size_t)n;
		put_base(g, buf + at, size - at);
		at += strlen(buf + at);
	}
}

/* --- */

static void
describe(const NAME_CONSTRAINTS *nc, int type, int code,
	 struct constraint_finding *out)
{
	out->excluded = code == X509_V_ERR_EXCLUDED_VIOLATION;
	put_trees(out->excluded ? nc->excludedSubtrees : nc->permittedSubtrees, type,
	    out->allowed, sizeof(out->allowed));
}

static bool
is_violation(int code)
{
	return code == X509_V_ERR_PERMITTED_VIOLATION ||
	    code == X509_V_ERR_EXCLUDED_VIOLATION;
}

static bool
find_name(NAME_CONSTRAINTS *nc, const struct cert *c, struct constraint_finding *out)
{
	const GENERAL_NAME *g;
	struct cert_name name;
	int i, code;

	/* Any certificate that got this far has few; a bad one may have many. */
	for (i = 0; i < sk_GENERAL_NAME_num(c->alt) && i < 100; i++) {
		g = sk_GENERAL_NAME_value(c->alt, i);
		code = check_alone(nc, c, g);
		if (!is_violation(code) || !cert_take_general(g, &name))
			continue;
		out->kind = cert_name_kind_str(name.kind);
		cert_name_str(&name, out->name);
		describe(nc, g->type, code, out);
		return true;
	}
	code = check_alone(nc, c, NULL);
	if (!is_violation(code))
		return false;
	out->kind = "subject";
	cert_subject_str(c, out->name);
	describe(nc, GEN_DIRNAME, code, out);
	return true;
}

bool
constraint_find(const struct cert *ca, const struct cert *c,
		struct constraint_finding *out)
{
	NAME_CONSTRAINTS *nc;
	bool found;

	nc = X509_get_ext_d2i(ca->x, NID_name_constraints, NULL, NULL);
	if (nc == NULL)
		return false;
	found = find_name(nc, c, out);
	NAME_CONSTRAINTS_free(nc);
	return found;
}
