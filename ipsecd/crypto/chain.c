#include "chain.h"

#include <openssl/err.h>

#include "cert_in.h"
#include "chain_why.h"

/* Walking along certificates of equal names that end nowhere is cheap, but there
 * are 10! ways to do it. */
#define STEPS_MAX	2000

/* --- what a peer sent --- */

int
cert_set_add(struct cert_set *set, struct crypto *crypto, const void *der, size_t len,
	     struct err *e)
{
	struct cert *c;
	size_t i;

	if (set->n == CHAIN_CERTS_MAX)
		return err_set(e, ERR_REALITY, "the peer sent more than %d "
		    "certificates; its own and the intermediate ones are enough",
		    CHAIN_CERTS_MAX);
	if (len > CHAIN_OCTETS_MAX - set->octets)
		return err_set(e, ERR_REALITY, "the certificates that the peer sent "
		    "have more than %d octets", CHAIN_OCTETS_MAX);
	if (cert_parse(crypto, der, len, &c, e) < 0)
		return -1;
	for (i = 0; i < set->n; i++)
		if (cert_equal(c, set->cert[i])) {
			cert_free(c);
			return 0;
		}
	set->octets += len;
	set->cert[set->n++] = c;
	return 0;
}

void
cert_set_fini(struct cert_set *set)
{
	while (set->n > 0)
		cert_free(set->cert[--set->n]);
	set->octets = 0;
}

/* --- searching --- */

/* A path is indices into the peer's certificates, from its own (0) on; what
 * leads on is the anchor. */
struct search {
	const struct cert	*anchor;
	struct cert *const	*peers;
	size_t			 n;
	uint64_t		 wall;
	/* By name and key identifier; [n] is the anchor. */
	bool			 issues[CHAIN_CERTS_MAX][CHAIN_CERTS_MAX + 1];
	bool			 leads_on[CHAIN_CERTS_MAX];
	size_t			 path[CHAIN_CERTS_MAX];
	size_t			 order[CHAIN_CERTS_MAX];	/* to try */
	unsigned int		 steps, tries;
	struct cert_chain	*out;
	struct err		*why;		/* of the first path judged */
};

static bool
may_have_issued(const struct cert *issuer, const struct cert *c)
{
	/* An empty name is nobody's. */
	return c->issuer.len > 2 && chain_issued(issuer, c) == X509_V_OK;
}

static bool
valid_at(const struct cert *c, uint64_t wall)
{
	return c->not_before <= (int64_t)wall && (int64_t)wall < c->not_after;
}

/* Which of the peer's certificates the anchor is above, by name. */
static void
find_links(struct search *s)
{
	size_t i, j;
	bool more = true;

	for (i = 0; i < s->n; i++) {
		/* Who signs himself leads nowhere else. */
		if (chain_self_signed(s->peers[i]))
			continue;
		for (j = 0; j < s->n; j++)
			s->issues[i][j] = i != j &&
			    may_have_issued(s->peers[j], s->peers[i]);
		s->issues[i][s->n] = s->leads_on[i] =
		    may_have_issued(s->anchor, s->peers[i]);
	}
	while (more)
		for (more = false, i = 0; i < s->n; i++)
			for (j = 0; j < s->n; j++)
				if (!s->leads_on[i] && s->leads_on[j] &&
				    s->issues[i][j])
					s->leads_on[i] = more = true;
}

/* Those that are valid now come first. */
static void
find_order(struct search *s)
{
	size_t i, at = 0;
	int valid;

	for (valid = 1; valid >= 0; valid--)
		for (i = 0; i < s->n; i++)
			if (valid_at(s->peers[i], s->wall) == valid)
				s->order[at++] = i;
}

/* --- judging one path --- */

static bool
set_rules(X509_STORE_CTX *ctx, uint64_t wall)
{
	X509_VERIFY_PARAM *param = X509_VERIFY_PARAM_new();

	/* Whatever policy will do for us; a CA may want one. */
	if (param == NULL || !X509_VERIFY_PARAM_add0_policy(param,
	    OBJ_nid2obj(NID_any_policy))) {
		X509_VERIFY_PARAM_free(param);
		return false;
	}
	/* Trusted is the anchor alone, whether self-signed or not.  Without
	 * TRUSTED_FIRST the path is the one we ask about. */
	X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN |
	    X509_V_FLAG_POLICY_CHECK);
	X509_VERIFY_PARAM_set_depth(param, CHAIN_MAX);
	X509_VERIFY_PARAM_set_auth_level(param, 2);
	X509_VERIFY_PARAM_set_time(param, (time_t)wall);
	X509_STORE_CTX_set0_param(ctx, param);
	return true;
}

/* The certificate of ours that has this object. */
static const struct cert *
find_cert(const struct cert_chain *path, const X509 *x)
{
	size_t i;

	for (i = 0; i < path->n; i++)
		if (path->cert[i]->x == x)
			return path->cert[i];
	return NULL;
}

/* OpenSSL's own path, in our certificates. */
static bool
take_chain(X509_STORE_CTX *ctx, const struct cert_chain *path,
	   struct cert_chain *out)
{
	STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(ctx);
	int i, n = sk_X509_num(chain);

	if (n < 1 || n > CHAIN_MAX)
		return false;
	for (out->n = 0, i = 0; i < n; i++) {
		out->cert[i] = find_cert(path, sk_X509_value(chain, i));
		if (out->cert[i] == NULL)
			return false;
		out->n++;
	}
	return true;
}

static int
run_openssl(X509_STORE_CTX *ctx, X509_STORE *store, STACK_OF(X509) *trusted,
	    STACK_OF(X509) *others, const struct cert_chain *path, uint64_t wall,
	    struct cert_chain *out, struct err *e)
{
	size_t i;

	if (ctx == NULL || store == NULL || trusted == NULL || others == NULL ||
	    !sk_X509_push(trusted, path->cert[path->n - 1]->x))
		return err_set(e, ERR_RESOURCE, "no memory to check a certificate");
	for (i = 1; i + 1 < path->n; i++)
		if (!sk_X509_push(others, path->cert[i]->x))
			return err_set(e, ERR_RESOURCE,
			    "no memory to check a certificate");
	if (!X509_STORE_CTX_init(ctx, store, path->cert[0]->x, others) ||
	    !set_rules(ctx, wall))
		return err_set(e, ERR_RESOURCE, "no memory to check a certificate");
	X509_STORE_CTX_set0_trusted_stack(ctx, trusted);
	if (X509_verify_cert(ctx) != 1) {
		chain_why(ctx, path, e);
		return -1;
	}
	if (!take_chain(ctx, path, out))
		return err_set(e, ERR_BUG, "the path that OpenSSL checked is not "
		    "the one it was given");
	return 0;
}

static int
judge(const struct cert_chain *path, uint64_t wall, struct cert_chain *out,
      struct err *e)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509_STORE *store = X509_STORE_new();	/* empty: no default CAs */
	STACK_OF(X509) *trusted = sk_X509_new_null();
	STACK_OF(X509) *others = sk_X509_new_null();
	int ret;

	/* Ours first: they know what IKE wants, and have more to say. */
	ret = chain_check_rules(path, wall, e);
	if (ret == 0)
		ret = run_openssl(ctx, store, trusted, others, path, wall, out, e);
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	sk_X509_free(trusted);
	sk_X509_free(others);
	ERR_clear_error();
	return ret;
}

static bool
try_path(struct search *s, size_t n)
{
	struct cert_chain path;
	struct err *e = s->tries == 0 ? s->why : NULL;
	size_t i;

	for (i = 0; i < n; i++)
		path.cert[i] = s->peers[s->path[i]];
	path.cert[n] = s->anchor;
	path.n = n + 1;
	s->tries++;
	return judge(&path, s->wall, s->out, e) == 0;
}

static bool
on_path(const struct search *s, size_t n, size_t i)
{
	while (n > 0)
		if (s->path[--n] == i)
			return true;
	return false;
}

/* Depth first from the certificate that is last on a path of n. */
static bool
extend(struct search *s, size_t n)
{
	size_t last = s->path[n - 1], k, i;

	if (s->issues[last][s->n] && try_path(s, n))
		return true;
	for (k = 0; k < s->n && n < CHAIN_CERTS_MAX; k++) {
		i = s->order[k];
		if (!s->issues[last][i] || !s->leads_on[i] || on_path(s, n, i))
			continue;
		if (s->tries >= CHAIN_TRIES || ++s->steps > STEPS_MAX)
			return false;
		s->path[n] = i;
		if (extend(s, n + 1))
			return true;
	}
	return false;
}

int
cert_chain_verify(struct crypto *crypto, const struct cert *anchor,
		  struct cert *const *peers, size_t n, uint64_t wall,
		  struct cert_chain *out, struct err *e)
{
	struct search s = { .anchor = anchor, .peers = peers, .n = n, .wall = wall,
	    .out = out, .why = e };
	struct cert_chain self = { { anchor }, 1 };

	(void)crypto;
	out->n = 0;
	if (n == 0 || n > CHAIN_CERTS_MAX)
		return err_set(e, ERR_INVALID, n == 0 ? "the peer sent no "
		    "certificate" : "the peer sent more than %d certificates",
		    CHAIN_CERTS_MAX);
	/* The one certificate trusted may be the peer's own. */
	if (cert_equal(peers[0], anchor))
		return judge(&self, wall, out, e);
	find_links(&s);
	find_order(&s);
	s.path[0] = 0;
	if (s.leads_on[0] && extend(&s, 1))
		return 0;
	out->n = 0;
	return s.tries > 0 ? -1 : chain_no_path(anchor, peers, n, e);
}
