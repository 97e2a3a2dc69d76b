/*
 * mkpki: writes a PKI for scenarios into a folder.
 *
 *	mkpki [OPTION...] FOLDER
 *
 * -k TYPE	keys of the gateways (rsa2048, rsa3072, rsa4096, p256, p384, p521,
 *		ed25519, ed448); default p256
 * -K TYPE	keys of the CAs; default as -k
 * -u URL	CRL distribution points URL/root.crl and URL/inter.crl
 * -o URL	OCSP responder of the gateways' certificates
 * -d		no intermediate: root signs the gateways'
 * -g		good gateways and their CAs alone: none of the bad, no CRL, no answer
 * -a NAME=IP	IP address among the subjectAltNames of gateway NAME
 * -n NAME	one more gateway (alice and bob are always there)
 * -p PASSWORD	of the PKCS#12 files; default "culvert"
 *
 * CAs (X.pem, X.key): root, inter (below root), other (a stranger's root).
 * Gateways: NAME.pem, NAME.key, NAME-chain.pem (with the intermediate), NAME.p12
 * (key, certificate, intermediate), NAME.der; subject CN=NAME, O=Culvert Test,
 * subjectAltName DNS:NAME.example.com, email:NAME@example.com.
 * Good: each NAME.  Bad, and why: revoked (in inter.crl), expired, notyet,
 * stranger (signed by other), weak (RSA 1024), usage (only keyEncipherment),
 * purpose (only codeSigning).
 * CRLs in DER: root.crl; inter.crl (revokes revoked); inter-all.crl (revokes every
 * gateway); inter-expired.crl; inter-forged.crl (signed by another key);
 * inter-delta.crl; inter-indirect.crl; inter-big.crl (20,000 entries); other.crl.
 * Answers in DER: NAME-good.ocsp, NAME-revoked.ocsp, NAME-expired.ocsp.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include "pki.h"

#define NAMES_MAX	200

static const char *folder, *key = "p256", *ca_key, *crl_url, *ocsp_url;
static const char *password = "culvert";
static const char *names[NAMES_MAX] = { "alice", "bob" };
static const char *addresses[NAMES_MAX];
static size_t n_names = 2, n_addresses;
static int direct, good_only;

static struct pki_cert *root, *inter, *other;

static FILE *
create(const char *name, const char *suffix, mode_t mode)
{
	char path[1024];
	FILE *f;
	int fd;

	snprintf(path, sizeof(path), "%s/%s%s", folder, name, suffix);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	f = fd >= 0 ? fdopen(fd, "wb") : NULL;
	if (f == NULL) {
		fprintf(stderr, "mkpki: %s: %s\n", path, strerror(errno));
		exit(1);
	}
	return f;
}

static void
finish(FILE *f, const char *name, int ok)
{
	if (fclose(f) != 0 || !ok) {
		fprintf(stderr, "mkpki: cannot write %s\n", name);
		exit(1);
	}
}

static void
write_bytes(const char *name, const char *suffix, const void *p, size_t len)
{
	FILE *f = create(name, suffix, 0644);

	finish(f, name, fwrite(p, 1, len, f) == len);
}

static void
write_p12(const struct pki_cert *c, const char *name)
{
	STACK_OF(X509) *more = sk_X509_new_null();
	FILE *f = create(name, ".p12", 0600);
	PKCS12 *p12;

	if (!direct)
		sk_X509_push(more, inter->x);
	p12 = PKCS12_create(password, name, c->key, c->x, more, 0, 0, 0, 0, 0);
	finish(f, name, p12 != NULL && i2d_PKCS12_fp(f, p12) > 0);
	PKCS12_free(p12);
	sk_X509_free(more);
}

static void
write_cert(const struct pki_cert *c, const char *name)
{
	FILE *f = create(name, ".pem", 0644);

	finish(f, name, PEM_write_X509(f, c->x));
	f = create(name, ".key", 0600);
	finish(f, name, PEM_write_PKCS8PrivateKey(f, c->key, NULL, NULL, 0, NULL,
	    NULL));
	write_bytes(name, ".der", c->der, c->len);
}

static void
write_gateway(const struct pki_cert *c, const char *name)
{
	FILE *f;

	write_cert(c, name);
	f = create(name, "-chain.pem", 0644);
	finish(f, name, PEM_write_X509(f, c->x) &&
	    (direct || PEM_write_X509(f, inter->x)));
	write_p12(c, name);
}

/* --- CAs --- */

static void
make_cas(void)
{
	static char url[1024];
	struct pki_spec s = { .kind = PKI_CA, .key = ca_key,
	    .subject = "CN=Culvert Root, O=Culvert Test" };

	root = pki_make(&s);
	s.subject = "CN=Stranger Root, O=Elsewhere";
	other = pki_make(&s);
	s.subject = "CN=Culvert Intermediate, O=Culvert Test";
	s.issuer = root;
	s.ext = "basicConstraints = critical,CA:TRUE,pathlen:0";
	if (crl_url != NULL) {
		snprintf(url, sizeof(url), "%s/root.crl", crl_url);
		s.crl = url;
	}
	inter = direct ? root : pki_make(&s);
	write_cert(root, "root");
	write_cert(inter, "inter");
	write_cert(other, "other");
}

/* --- gateways --- */

static const char *
address_of(const char *name)
{
	size_t i, n = strlen(name);

	for (i = 0; i < n_addresses; i++)
		if (strncmp(addresses[i], name, n) == 0 && addresses[i][n] == '=')
			return addresses[i] + n + 1;
	return NULL;
}

static struct pki_cert *
gateway(const char *name, struct pki_spec s)
{
	char subject[128], san[256], url[1024];
	const char *ip = address_of(name);
	struct pki_cert *c;

	snprintf(subject, sizeof(subject), "CN=%s, O=Culvert Test", name);
	snprintf(san, sizeof(san), "DNS:%s.example.com, email:%s@example.com%s%s",
	    name, name, ip != NULL ? ", IP:" : "", ip != NULL ? ip : "");
	if (crl_url != NULL) {
		snprintf(url, sizeof(url), "%s/%s.crl", crl_url,
		    s.issuer == other ? "other" : direct ? "root" : "inter");
		s.crl = url;
	}
	s.subject = subject;
	s.san = san;
	s.ocsp = ocsp_url;
	s.issuer = s.issuer != NULL ? s.issuer : inter;
	s.key = s.key != NULL ? s.key : key;
	c = pki_make(&s);
	write_gateway(c, name);
	return c;
}

static struct pki_cert *
make_bad_gateways(void)
{
	int64_t now = pki_now();

	gateway("expired", (struct pki_spec){ .from = now - 90 * PKI_DAY,
	    .to = now - 2 * PKI_DAY });
	gateway("notyet", (struct pki_spec){ .from = now + 2 * PKI_DAY,
	    .to = now + 90 * PKI_DAY });
	gateway("stranger", (struct pki_spec){ .issuer = other });
	gateway("weak", (struct pki_spec){ .key = "rsa1024" });
	gateway("usage", (struct pki_spec){
	    .ext = "keyUsage = critical,keyEncipherment" });
	gateway("purpose", (struct pki_spec){
	    .ext = "extendedKeyUsage = codeSigning" });
	return gateway("revoked", (struct pki_spec){ .kind = PKI_LEAF });
}

/* --- what says whether they are revoked --- */

static void
write_crl(const char *name, struct pki_crl_spec s)
{
	struct pki_bytes b;

	if (s.issuer == NULL)
		s.issuer = inter;
	b = pki_crl(&s);
	write_bytes(name, ".crl", b.p, b.len);
}

static void
make_crls(const struct pki_cert *const *every, const struct pki_cert *revoked)
{
	const struct pki_cert *one[] = { revoked, NULL };
	int64_t now = pki_now();

	write_crl("root", (struct pki_crl_spec){ .issuer = root,
	    .revoked = direct ? one : NULL });
	write_crl("other", (struct pki_crl_spec){ .issuer = other });
	write_crl("inter", (struct pki_crl_spec){ .revoked = one,
	    .reason = "keyCompromise" });
	write_crl("inter-all", (struct pki_crl_spec){ .revoked = every,
	    .reason = "superseded" });
	write_crl("inter-expired", (struct pki_crl_spec){ .revoked = one,
	    .last = now - 10 * PKI_DAY, .next = now - 3 * PKI_DAY });
	write_crl("inter-forged", (struct pki_crl_spec){ .revoked = one,
	    .sign_key = pki_key(ca_key, 9999) });
	write_crl("inter-delta", (struct pki_crl_spec){ .revoked = one,
	    .ext = "2.5.29.27 = critical,DER:02:01:01" });
	write_crl("inter-indirect", (struct pki_crl_spec){ .revoked = one,
	    .ext = "issuingDistributionPoint = critical,@idp\n"
	    "[idp]\nindirectCRL = TRUE" });
	write_crl("inter-big", (struct pki_crl_spec){ .revoked = one,
	    .more = 20000 });
}

static void
make_answers(const struct pki_cert *c, const char *name)
{
	struct pki_ocsp_spec s = { .cert = c, .issuer = inter,
	    .status = V_OCSP_CERTSTATUS_GOOD };
	struct pki_bytes b = pki_ocsp(&s);

	write_bytes(name, "-good.ocsp", b.p, b.len);
	s.last = pki_now() - 10 * PKI_DAY;
	s.next = pki_now() - 3 * PKI_DAY;
	b = pki_ocsp(&s);
	write_bytes(name, "-expired.ocsp", b.p, b.len);
	s.last = s.next = 0;
	s.status = V_OCSP_CERTSTATUS_REVOKED;
	s.reason = OCSP_REVOKED_STATUS_KEYCOMPROMISE;
	b = pki_ocsp(&s);
	write_bytes(name, "-revoked.ocsp", b.p, b.len);
}

static void
usage(void)
{
	fprintf(stderr, "usage: mkpki [-dg] [-k TYPE] [-K TYPE] [-u URL] [-o URL] "
	    "[-a NAME=IP]... [-n NAME]... [-p PASSWORD] FOLDER\n");
	exit(2);
}

static void
options(int argc, char **argv)
{
	int opt;

	while ((opt = getopt(argc, argv, "a:dgk:K:n:o:p:u:")) != -1)
		switch (opt) {
		case 'd': direct = 1; break;
		case 'g': good_only = 1; break;
		case 'k': key = optarg; break;
		case 'K': ca_key = optarg; break;
		case 'o': ocsp_url = optarg; break;
		case 'p': password = optarg; break;
		case 'u': crl_url = optarg; break;
		case 'a':
		case 'n':
			if (n_names == NAMES_MAX || n_addresses == NAMES_MAX)
				usage();
			if (opt == 'a')
				addresses[n_addresses++] = optarg;
			else
				names[n_names++] = optarg;
			break;
		default: usage();
		}
	if (optind != argc - 1)
		usage();
	folder = argv[optind];
	if (ca_key == NULL)
		ca_key = key;
}

int
main(int argc, char **argv)
{
	static const struct pki_cert *every[NAMES_MAX + 2];
	struct pki_cert *revoked;
	size_t i;

	options(argc, argv);
	if (mkdir(folder, 0755) < 0 && errno != EEXIST) {
		fprintf(stderr, "mkpki: %s: %s\n", folder, strerror(errno));
		return 1;
	}
	pki_set_now(time(NULL));
	make_cas();
	for (i = 0; i < n_names; i++)
		every[i] = gateway(names[i], (struct pki_spec){ .kind = PKI_LEAF });
	if (!good_only) {
		every[i] = revoked = make_bad_gateways();
		make_crls(every, revoked);
		make_answers(revoked, "revoked");
		for (i = 0; i < n_names; i++)
			make_answers(every[i], names[i]);
	}
	pki_free_all();
	return 0;
}
