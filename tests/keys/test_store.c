/* ipsecd/keys/store, item, seal, uses: files, seals, and who uses what */
#include "keys/store.h"

#include <fcntl.h>
#include <libyang/libyang.h>
#include <sys/stat.h>

#include "crypto/sign.h"
#include "keys/generate.h"
#include "keys/uses.h"
#include "keys/vault.h"
#include "tests/keys/fixture.h"
#include "ytree.h"

static void
import_gw(struct env *v, const char *label)
{
	struct pki_cert *leaf = pki_leaf(pki_root("CN=Root"), "CN=gw", NULL);

	CU_ASSERT_FATAL(env_import(v, CERT_LOCAL, label, true, leaf->key,
				   CERTS(leaf)) == 0);
}

static void
test_restart(void)
{
	struct env v;

	env_init(&v);
	import_gw(&v, "gw");
	CU_ASSERT(env_import(&v, CERT_CA, "ca", false, NULL,
			     CERTS(pki_root("CN=CA"))) == 0);
	env_restart(&v, 7);
	CU_ASSERT(store_count(&v.store) == 2);
	CU_ASSERT(store_key(&v.store, store_find(&v.store, "gw")) != NULL);
	CU_ASSERT(store_find(&v.store, "ca")->item->usable);
	CU_ASSERT(store_delete(&v.store, store_find(&v.store, "ca"), &v.e) == 0);
	env_restart(&v, 7);
	CU_ASSERT(store_find(&v.store, "ca") == NULL);
	env_fini(&v);
}

/* A device key that is gone or another one: nothing works and nothing is lost. */
static void
test_device_key(void)
{
	static const uint8_t devices[] = { 0, 8 };
	struct label *l;
	struct env v;
	size_t i;

	env_init(&v);
	import_gw(&v, "gw");
	for (i = 0; i < 2; i++) {
		env_restart(&v, devices[i]);
		l = store_find(&v.store, "gw");
		CU_ASSERT_FATAL(l != NULL && l->item != NULL);
		CU_ASSERT(!l->item->usable && l->item->n == 1);
		CU_ASSERT(store_key(&v.store, l) == NULL);
		CU_ASSERT(env_refused(&v, env_import(&v, CERT_CA, "ca", false, NULL,
						     CERTS(pki_root("CN=CA"))),
				      "device key"));
	}
	env_restart(&v, 7);
	CU_ASSERT(store_key(&v.store, store_find(&v.store, "gw")) != NULL);
	/* Without what it cannot open, another device key will do. */
	env_restart(&v, 8);
	CU_ASSERT(store_delete(&v.store, store_find(&v.store, "gw"), &v.e) == 0);
	import_gw(&v, "gw");
	env_fini(&v);
}

static void
path_of(const struct env *v, const char *file, char out[128])
{
	snprintf(out, 128, "%s/%s", v->folder, file);
}

static void
write_file(const struct env *v, const char *file, const char *text, size_t len)
{
	char path[128];
	int fd;

	path_of(v, file, path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	CU_ASSERT_FATAL(fd >= 0 && write(fd, text, len) == (ssize_t)len);
	close(fd);
}

static size_t
read_it(const struct env *v, const char *file, char *buf, size_t size)
{
	char path[128];
	ssize_t n;
	int fd;

	path_of(v, file, path);
	fd = open(path, O_RDONLY);
	n = fd >= 0 ? read(fd, buf, size) : -1;
	CU_ASSERT_FATAL(n > 0);
	close(fd);
	return (size_t)n;
}

/* No octet of a file can be another one, and no file can stand for another. */
static void
test_changed_files(void)
{
	static char file[ITEM_FILE_MAX];
	struct label *l;
	struct env v;
	size_t len, i;

	env_init(&v);
	import_gw(&v, "gw");
	len = read_it(&v, "gw.cert", file, sizeof(file));
	for (i = 0; i < len; i += i < 32 ? 1 : 23) {
		file[i] ^= 0x20;
		write_file(&v, "gw.cert", file, len);
		file[i] ^= 0x20;
		env_restart(&v, 7);
		l = store_find(&v.store, "gw");
		CU_ASSERT_FATAL(l != NULL);
		CU_ASSERT(l->broken != NULL ||
			  (l->item != NULL && !l->item->usable));
		CU_ASSERT(store_key(&v.store, l) == NULL);
	}
	for (i = 0; i < len; i += 1 + len / 40) {
		write_file(&v, "gw.cert", file, i);
		env_restart(&v, 7);
		CU_ASSERT(store_find(&v.store, "gw")->broken != NULL);
	}
	write_file(&v, "gw.cert", file, len);
	write_file(&v, "twin.cert", file, len);		/* another's label */
	write_file(&v, "gw.request", file, len);	/* another kind */
	env_restart(&v, 7);
	CU_ASSERT(store_find(&v.store, "twin")->item == NULL);
	CU_ASSERT(store_find(&v.store, "gw")->request == NULL);
	CU_ASSERT(store_find(&v.store, "gw")->item->usable);
	env_fini(&v);
}

static void
test_other_files(void)
{
	char path[128];
	struct env v;

	env_init(&v);
	write_file(&v, "gw.cert.tmp", "half", 4);
	write_file(&v, "notes", "mine", 4);
	write_file(&v, ".cert", "x", 1);
	env_restart(&v, 7);
	CU_ASSERT(store_count(&v.store) == 0);
	path_of(&v, "gw.cert.tmp", path);
	CU_ASSERT(access(path, F_OK) < 0);
	path_of(&v, "notes", path);
	CU_ASSERT(access(path, F_OK) == 0);
	env_fini(&v);
}

/* A broken file is not written over. */
static void
test_broken(void)
{
	struct pki_cert *leaf;
	char text[16];
	struct env v;

	env_init(&v);
	leaf = pki_leaf(pki_root("CN=Root"), "CN=gw", NULL);
	write_file(&v, "gw.cert", "broken", 6);
	env_restart(&v, 7);
	CU_ASSERT(env_refused(&v, env_import(&v, CERT_LOCAL, "gw", true, leaf->key,
					     CERTS(leaf)), "delete it first"));
	CU_ASSERT(read_it(&v, "gw.cert", text, sizeof(text)) == 6);
	CU_ASSERT(store_delete(&v.store, store_find(&v.store, "gw"), &v.e) == 0);
	CU_ASSERT(env_import(&v, CERT_LOCAL, "gw", false, leaf->key,
			     CERTS(leaf)) == 0);
	env_fini(&v);
}

/* Only so many private keys are open at a time, those used last. */
static void
test_open_keys(void)
{
	struct label *l;
	struct env v;
	char name[16];
	int i;

	env_init(&v);
	for (i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "gw%d", i);
		import_gw(&v, name);
	}
	for (i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "gw%d", i);
		CU_ASSERT(store_key(&v.store, store_find(&v.store, name)) != NULL);
		CU_ASSERT(store_key(&v.store, store_find(&v.store, "gw0")) != NULL);
	}
	CU_ASSERT(v.store.n_keys == 32);
	CU_ASSERT(store_find(&v.store, "gw0")->item->key != NULL);
	CU_ASSERT(store_find(&v.store, "gw1")->item->key == NULL);
	l = store_find(&v.store, "gw39");
	import_gw(&v, "gw39");			/* replaced: the old key goes */
	CU_ASSERT(l->item->key == NULL && v.store.n_keys == 31);
	env_fini(&v);
}

/* A request for another key than the certificate's waits on; one whose certificate
 * is there was left by a crash, and goes. */
static void
test_left_request(void)
{
	static char file[ITEM_FILE_MAX];
	struct generate g = GENERATE_INIT;
	struct item_parts parts = { .kind = CERT_REQUEST, .label = "gw" };
	atomic_bool cancelled = false;
	struct pki_spec spec = { .subject = "CN=gw" };
	struct pki_cert *next;
	struct label *l;
	struct env v;
	size_t len;

	env_init(&v);
	import_gw(&v, "gw");
	CU_ASSERT_FATAL(generate_set_kind(&g, "ecdsa-p256", &v.e) == 0 &&
			generate_set_subject(&g, NULL, "gw", &v.e) == 0 &&
			generate_run(&g, &cancelled, &v.e) == 0);
	parts.request = g.request;
	parts.request_len = g.request_len;
	CU_ASSERT_FATAL(store_put(&v.store, store_find(&v.store, "gw"), &parts,
				  g.key, &v.e) == 0);
	env_restart(&v, 7);
	CU_ASSERT_FATAL(store_find(&v.store, "gw")->request != NULL);
	len = read_it(&v, "gw.request", file, sizeof(file));
	spec.use_key = g.key;
	next = pki_make(&spec);
	CU_ASSERT(env_import(&v, CERT_LOCAL, "gw", true, NULL, CERTS(next)) == 0);
	CU_ASSERT(store_find(&v.store, "gw")->request == NULL);
	write_file(&v, "gw.request", file, len);
	env_restart(&v, 7);
	l = store_find(&v.store, "gw");
	CU_ASSERT(l->request == NULL && store_key(&v.store, l) != NULL);
	CU_ASSERT(faccessat(v.store.dir, "gw.request", F_OK, 0) < 0);
	generate_fini(&g);
	env_fini(&v);
}

/* --- uses --- */

struct users {
	struct env	 v;
	struct ly_ctx	*yang;
	struct uses	*uses;
};

static void
users_init(struct users *u)
{
	env_init(&u->v);
	CU_ASSERT_FATAL(ytree_load(&u->yang, getenv("CULVERT_YANGDIR"),
				   &u->v.e) == 0);
	u->uses = uses_new(&u->v.store);
	import_gw(&u->v, "gw");
	CU_ASSERT_FATAL(env_import(&u->v, CERT_CA, "ca", false, NULL,
				   CERTS(pki_root("CN=CA"))) == 0);
}

static void
users_fini(struct users *u)
{
	uses_free(u->uses);
	ly_ctx_destroy(u->yang);
	env_fini(&u->v);
}

static int
prepare(struct users *u, const char *entries, const char *removed, bool replace)
{
	struct lyd_node *tree = NULL;
	char json[2048];
	int rc;

	snprintf(json, sizeof(json),
		 "{\"culvert-tunnel:tunnel\":{\"ipsec\":[%s]}}", entries);
	CU_ASSERT_FATAL(entries[0] == '\0' ||
			ytree_parse(&tree, u->yang, json, strlen(json),
				    &u->v.e) == 0);
	u->v.warnings[0] = '\0';
	rc = uses_prepare(u->uses, tree, &removed, removed != NULL, replace, env_warn,
			  &u->v, &u->v.e);
	ytree_free(tree);
	return rc;
}

static const char *
list(struct users *u, const char *label)
{
	static char buf[200];

	return uses_list(store_find(&u->v.store, label), buf, sizeof(buf));
}

#define USE(id)	"{\"id\":" #id ",\"certificate\":\"gw\",\"ca\":\"ca\"}"

static void
test_uses(void)
{
	struct users u;

	users_init(&u);
	CU_ASSERT(prepare(&u, USE(2) "," USE(1) "," USE(3) "," USE(7) "," USE(9) ","
			  USE(10), NULL, false) == 0);
	CU_ASSERT(uses_certificate(u.uses, 1) == NULL);	/* not yet */
	uses_apply(u.uses);
	CU_ASSERT_STRING_EQUAL(list(&u, "gw"), "1-3, 7, 9, 10");
	CU_ASSERT(uses_certificate(u.uses, 7) == store_find(&u.v.store, "gw"));
	CU_ASSERT(uses_certificate(u.uses, 8) == NULL);
	CU_ASSERT(prepare(&u, "{\"id\":1,\"ca\":\"ca\"}",
			  "/culvert-tunnel:tunnel/ipsec[id='7']", false) == 0);
	uses_abort(u.uses);
	CU_ASSERT_STRING_EQUAL(list(&u, "gw"), "1-3, 7, 9, 10");
	CU_ASSERT(prepare(&u, "{\"id\":1,\"ca\":\"ca\"}",
			  "/culvert-tunnel:tunnel/ipsec[id='7']", false) == 0);
	uses_apply(u.uses);
	CU_ASSERT_STRING_EQUAL(list(&u, "gw"), "2, 3, 9, 10");
	CU_ASSERT_STRING_EQUAL(list(&u, "ca"), "1-3, 9, 10");
	CU_ASSERT(prepare(&u, "", "/culvert-tunnel:tunnel", false) == 0);
	uses_apply(u.uses);
	CU_ASSERT_STRING_EQUAL(list(&u, "gw"), "");
	users_fini(&u);
}

static void
test_wrong_labels(void)
{
	static const struct {
		int line; const char *entry, *text, *path;
	} rows[] = {
		{ __LINE__, "{\"id\":1,\"certificate\":\"x\"}",
		  "there is no certificate 'x'; there are: gw", "certificate" },
		{ __LINE__, "{\"id\":1,\"ca\":\"x\"}",
		  "there is no CA 'x'; there are: ca", "/ca" },
		{ __LINE__, "{\"id\":1,\"certificate\":\"ca\"}", "is a CA", "" },
		{ __LINE__, "{\"id\":1,\"ca\":\"gw\"}", "no CA", "" },
		{ __LINE__, "{\"id\":1,\"certificate\":\"weak\"}", "1024", "" },
	};
	struct pki_cert *weak;
	struct users u;
	size_t i, n;

	users_init(&u);
	weak = pki_make(&(struct pki_spec){ .subject = "CN=w", .key = "rsa1024" });
	CU_ASSERT(env_import(&u.v, CERT_LOCAL, "weak", false, weak->key,
			     CERTS(weak)) == 0);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		n = u.v.store.n;
		CHECK_ROW(rows[i].line,
			  env_refused(&u.v, prepare(&u, rows[i].entry, NULL, false),
				      rows[i].text));
		CHECK_ROW(rows[i].line, strstr(u.v.e.path, rows[i].path) != NULL);
		CHECK_ROW(rows[i].line, prepare(&u, rows[i].entry, NULL, true) == 0);
		CHECK_ROW(rows[i].line, env_warned(&u.v, rows[i].text));
		uses_abort(u.uses);
		CHECK_ROW(rows[i].line, u.v.store.n == n);
	}
	/* All of them at once, each once. */
	CU_ASSERT(env_refused(&u.v, prepare(&u, "{\"id\":1,\"certificate\":\"x\","
	    "\"ca\":\"y\"}," USE(2) ",{\"id\":3,\"certificate\":\"x\",\"ca\":\"gw\"},"
	    "{\"id\":4,\"certificate\":\"z\"}", NULL, false),
	    "FILE [key FILE]; neither will do: CA 'y' (ipsec 1), CA 'gw' (ipsec 3), "
	    "certificate 'z' (ipsec 4)"));
	CU_ASSERT(strstr(u.v.e.path, "[id='1']/certificate") != NULL);
	CU_ASSERT(strstr(u.v.e.text, "there is no certificate 'x'; ") == u.v.e.text);
	/* One that is missing at the start comes, and is in use then. */
	CU_ASSERT(prepare(&u, rows[0].entry, NULL, true) == 0);
	uses_apply(u.uses);
	CU_ASSERT(store_count(&u.v.store) == 3);
	import_gw(&u.v, "x");
	CU_ASSERT_STRING_EQUAL(list(&u, "x"), "1");
	CU_ASSERT(store_key(&u.v.store, uses_certificate(u.uses, 1)) != NULL);
	/* As after a start with another device key. */
	store_find(&u.v.store, "gw")->item->usable = false;
	CU_ASSERT(env_refused(&u.v, prepare(&u, USE(1), NULL, false),
			      "'gw' cannot be used"));
	users_fini(&u);
}

/* A hash alone is signed for IKEv1, and nothing else is. */
static void
test_schemes(void)
{
	static const struct { int line; uint32_t tunnel; uint8_t scheme; size_t len;
			      bool ok; } rows[] = {
		{ __LINE__, 1, SIGN_RSA_RAW, 32, true },
		{ __LINE__, 1, SIGN_RSA_RAW, 20, true },
		{ __LINE__, 1, SIGN_RSA_RAW, 36, false },	/* TLS 1.0 */
		{ __LINE__, 1, SIGN_RSA_RAW, 51, false },	/* a DigestInfo */
		{ __LINE__, 1, SIGN_RSA_SHA256, 32, false },
		{ __LINE__, 2, SIGN_RSA_RAW, 32, false },
		{ __LINE__, 2, SIGN_RSA_SHA256, 32, true },
		{ __LINE__, 3, SIGN_RSA_RAW, 32, false },
		{ __LINE__, 3, SIGN_RSA_SHA256, 32, true },
		{ __LINE__, 4, SIGN_RSA_RAW, 32, false },
	};
	static const uint8_t octets[64] = { 1 };
	struct keys_request q = { .octets = octets, .kind = KEYS_SIGN };
	struct keys_reply a;
	struct pki_cert *leaf;
	struct vault vault;
	struct users u;
	struct err e;
	size_t i;

	users_init(&u);
	leaf = pki_make(&(struct pki_spec){ .issuer = pki_root("CN=Root"),
	    .key = "rsa2048", .subject = "CN=rsa" });
	CU_ASSERT_FATAL(env_import(&u.v, CERT_LOCAL, "rsa", false, leaf->key,
				   CERTS(leaf)) == 0);
	CU_ASSERT_FATAL(prepare(&u, "{\"id\":1,\"version\":\"1\","
	    "\"certificate\":\"rsa\"},{\"id\":2,\"version\":\"2\","
	    "\"certificate\":\"rsa\"},{\"id\":3,\"certificate\":\"rsa\"},"
	    "{\"id\":4,\"version\":\"1\"}", NULL, false) == 0);
	uses_apply(u.uses);
	vault = (struct vault){ .store = u.v.store, .uses = u.uses,
				.crypto = u.v.crypto };
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		q.tunnel = rows[i].tunnel;
		q.scheme = rows[i].scheme;
		q.len = rows[i].len;
		e = (struct err)ERR_INIT;
		vault_sign(&vault, &q, &a, &e);
		CHECK_ROW(rows[i].line, a.ok == rows[i].ok);
		CHECK_ROW(rows[i].line, a.ok == (a.len == 256) &&
			  a.ok == (e.text[0] == '\0'));
	}
	users_fini(&u);
}

UNIT_MAIN("certificate store",
	{ "a restart", test_restart },
	{ "device keys", test_device_key },
	{ "changed files", test_changed_files },
	{ "files of others", test_other_files },
	{ "a broken file", test_broken },
	{ "open keys", test_open_keys },
	{ "requests that a crash left", test_left_request },
	{ "who uses what", test_uses },
	{ "labels that will not do", test_wrong_labels },
	{ "what is signed", test_schemes },
)
