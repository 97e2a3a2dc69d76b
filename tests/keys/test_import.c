/* ipsecd/keys/import: what may be known by a label, and what is said about it */
#include "keys/import.h"

#include "tests/keys/fixture.h"

static void
test_chain(void)
{
	struct pki_cert *root, *a, *b, *leaf, *other;
	const struct item *it;
	struct env v;

	env_init(&v);
	root = pki_root("CN=Root");
	a = pki_inter(root, "CN=A");
	b = pki_inter(a, "CN=B");
	leaf = pki_leaf(b, "CN=gw", "DNS:gw.example.com");
	other = pki_root("CN=Other");
	/* In any order; the root and the stranger are left out. */
	CU_ASSERT(env_import(&v, CERT_LOCAL, "gw", false, leaf->key,
			     CERTS(root, a, other, leaf, b)) == 0);
	it = store_find(&v.store, "gw")->item;
	CU_ASSERT_FATAL(it->n == 3);
	CU_ASSERT(X509_cmp(cert_x509(it->certs[0]), leaf->x) == 0);
	CU_ASSERT(X509_cmp(cert_x509(it->certs[1]), b->x) == 0);
	CU_ASSERT(X509_cmp(cert_x509(it->certs[2]), a->x) == 0);
	CU_ASSERT(env_warned(&v, "'CN=Other' is left out"));
	CU_ASSERT(strstr(v.warnings, "Root") == NULL);
	env_fini(&v);
}

static void
test_chain_that_does_not_fit(void)
{
	struct pki_cert *root, *good, *twin, *leaf;
	struct env v;

	env_init(&v);
	root = pki_root("CN=Root");
	good = pki_inter(root, "CN=A");
	twin = pki_inter(root, "CN=A");
	leaf = pki_leaf(good, "CN=gw", NULL);
	CU_ASSERT(env_refused(&v, env_import(&v, CERT_LOCAL, "gw", false, leaf->key,
					     CERTS(leaf, twin)),
			      "the chain does not fit"));
	/* With the right one of the same name, too, it does. */
	CU_ASSERT(env_import(&v, CERT_LOCAL, "gw", false, leaf->key,
			     CERTS(leaf, twin, good)) == 0);
	env_fini(&v);
}

static void
test_key(void)
{
	struct pki_cert *root, *one, *two;
	struct env v;

	env_init(&v);
	root = pki_root("CN=Root");
	one = pki_leaf(root, "CN=one", NULL);
	two = pki_leaf(root, "CN=two", NULL);
	CU_ASSERT(env_refused(&v, env_import(&v, CERT_LOCAL, "x", false, two->key,
					     CERTS(one)), "does not belong"));
	CU_ASSERT(env_refused(&v, env_import(&v, CERT_LOCAL, "x", false, root->key,
					     CERTS(one, two)),
			      "none of the 2 certificates"));
	CU_ASSERT(env_refused(&v, env_import(&v, CERT_LOCAL, "x", false, NULL,
					     CERTS(one)), "no private key"));
	CU_ASSERT(store_find(&v.store, "x") == NULL);
	CU_ASSERT(env_import(&v, CERT_LOCAL, "x", false, one->key, CERTS(one)) == 0);
	CU_ASSERT(env_refused(&v, env_import(&v, CERT_LOCAL, "x", false, two->key,
					     CERTS(two)), "there already"));
	CU_ASSERT(env_import(&v, CERT_LOCAL, "x", true, two->key, CERTS(two)) == 0);
	CU_ASSERT(env_refused(&v, env_import(&v, CERT_CA, "x", true, NULL,
					     CERTS(root)), "a certificate with its "
			      "key already"));
	env_fini(&v);
}

/* A newer certificate of the same key needs no key and no 'replace'. */
static void
test_same_key(void)
{
	struct pki_cert *root, *old, *new;
	struct env v;

	env_init(&v);
	root = pki_root("CN=Root");
	old = pki_make(&(struct pki_spec){ .subject = "CN=gw", .issuer = root });
	new = pki_make(&(struct pki_spec){ .subject = "CN=gw", .issuer = root,
					   .use_key = old->key });
	CU_ASSERT(env_import(&v, CERT_LOCAL, "gw", false, old->key, CERTS(old)) == 0);
	CU_ASSERT(env_import(&v, CERT_LOCAL, "gw", false, NULL, CERTS(new)) == 0);
	CU_ASSERT(X509_cmp(cert_x509(store_find(&v.store, "gw")->item->certs[0]),
			   new->x) == 0);
	CU_ASSERT(store_key(&v.store, store_find(&v.store, "gw")) != NULL);
	env_fini(&v);
}

static void
test_ca(void)
{
	struct pki_cert *root, *leaf, *crl_only, *inter;
	struct env v;

	env_init(&v);
	root = pki_root("CN=Root");
	inter = pki_inter(root, "CN=Inter");
	leaf = pki_leaf(root, "CN=gw", NULL);
	crl_only = pki_make(&(struct pki_spec){ .kind = PKI_CA, .subject = "CN=C",
						.ext = "keyUsage = critical,cRLSign" });
	CU_ASSERT(env_import(&v, CERT_CA, "root", false, NULL, CERTS(root)) == 0);
	CU_ASSERT(v.warnings[0] == '\0');
	CU_ASSERT(env_import(&v, CERT_CA, "inter", false, root->key,
			     CERTS(inter)) == 0);
	CU_ASSERT(env_warned(&v, "private key in it was not kept"));
	CU_ASSERT(store_key(&v.store, store_find(&v.store, "inter")) == NULL);
	CU_ASSERT(env_refused(&v, env_import(&v, CERT_CA, "x", false, NULL,
					     CERTS(leaf)), "is no CA"));
	CU_ASSERT(env_refused(&v, env_import(&v, CERT_CA, "x", false, NULL,
					     CERTS(crl_only)), "no keyCertSign"));
	CU_ASSERT(env_refused(&v, env_import(&v, CERT_CA, "x", false, NULL,
					     CERTS(root, inter)), "a label is one CA"));
	env_fini(&v);
}

/* What may be meant, and deserves a word. */
static void
test_warnings(void)
{
	static const struct {
		int line; struct pki_spec spec; const char *text;
	} rows[] = {
		{ __LINE__, { .from = PKI_NOW - 90 * PKI_DAY,
			      .to = PKI_NOW - 2 * PKI_DAY }, "expired 2 days ago" },
		{ __LINE__, { .from = PKI_NOW + PKI_DAY, .to = PKI_NOW + 90 * PKI_DAY },
		  "is not valid before" },
		{ __LINE__, { .from = PKI_NOW - PKI_DAY, .to = PKI_NOW + 9 * PKI_DAY },
		  "expires in 9 days" },
		{ __LINE__, { .key = "rsa1024" }, "too weak" },
		{ __LINE__, { .ext = "keyUsage = keyAgreement" },
		  "no digitalSignature" },
		{ __LINE__, { .ext = "extendedKeyUsage = codeSigning" },
		  "extendedKeyUsage" },
		{ __LINE__, { .md = "SHA1" }, "can be forged" },
	};
	struct pki_cert *root, *leaf;
	struct pki_spec spec;
	struct env v;
	size_t i;

	env_init(&v);
	root = pki_root("CN=Root");
	leaf = pki_leaf(root, "CN=gw", NULL);
	CU_ASSERT(env_import(&v, CERT_LOCAL, "gw", true, leaf->key, CERTS(leaf)) == 0);
	CU_ASSERT(v.warnings[0] == '\0');
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		spec = rows[i].spec;
		spec.subject = "CN=gw";
		spec.issuer = root;
		leaf = pki_make(&spec);
		CHECK_ROW(rows[i].line, env_import(&v, CERT_LOCAL, "gw", true,
						   leaf->key, CERTS(leaf)) == 0);
		CHECK_ROW(rows[i].line, env_warned(&v, rows[i].text));
	}
	env_fini(&v);
}

UNIT_MAIN("import",
	{ "a chain in any order", test_chain },
	{ "a chain that does not fit", test_chain_that_does_not_fit },
	{ "key and certificate", test_key },
	{ "a newer certificate of the same key", test_same_key },
	{ "CAs", test_ca },
	{ "warnings", test_warnings },
)
