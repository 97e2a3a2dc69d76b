/*
 * bench_handshake: what a handshake between two engines costs each side in CPU
 * time, against the bare cryptography of one side measured in the same run,
 * and what an established tunnel costs in memory; then the same with certificates
 * of some kinds, signatures included.
 *
 *	bench_handshake [TUNNELS [SUITE]]
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bare.h"
#include "bare_cert.h"
#include "many.h"
#include "pair/store.h"
#include "pair/world.h"

#define CERT_TUNNELS	300u
#define WALL		1700000000	/* of a world that begins */

static struct world w;
static struct node *alice, *bob;

/* "aes128gcm16-prfsha256-x25519" as leaves of ike. */
static void
suite_json(char *out, size_t size, const char *suite)
{
	char text[96], *cipher, *middle, *dh;

	snprintf(text, sizeof(text), "%s", suite);
	cipher = strtok(text, "-");
	middle = strtok(NULL, "-");
	dh = strtok(NULL, "-");
	snprintf(out, size, "{\"cipher\":[\"%s\"],\"%s\":[\"%s\"],\"dh\":[\"%s\"]}",
	    cipher, strncmp(middle, "prf", 3) == 0 ? "prf" : "auth", middle, dh);
}

static double
commit(struct node *n, bool alices, unsigned int count, const char *ike,
       bool certificates)
{
	char *text = many_tunnels(alices, count, ike, certificates);
	double t0 = many_cpu();

	node_config(n, text);
	t0 = many_cpu() - t0;
	free(text);
	return t0;
}

static void
shake(unsigned int from, unsigned int to)
{
	struct err e = ERR_INIT;
	unsigned int i;
	double t0;

	for (i = from; i <= to; i++) {
		t0 = many_cpu();
		if (engine_command(bob->engine, w.now, ENGINE_INITIATE, i, &e) < 0) {
			fprintf(stderr, "%s\n", e.text);
			exit(1);
		}
		bob->cpu += many_cpu() - t0;
		world_run(&w, 20);
	}
}

static uint32_t
children(struct node *n)
{
	struct engine_stats s;

	engine_get_stats(n->engine, &s);
	return s.child_sas;
}

static void
begin(void)
{
	world_init(&w, 1);
	w.quiet = true;
	alice = world_add(&w, "alice", NULL);
	bob = world_add(&w, "bob", NULL);
}

/* All tunnels come up; what that cost each side, but for the first tenth. */
static void
handshakes(unsigned int n, double bare)
{
	shake(1, n / 10);		/* warm */
	alice->cpu = bob->cpu = 0;
	shake(n / 10 + 1, n);
	if (children(alice) != n || children(bob) != n) {
		fprintf(stderr, "only %u and %u are up\n", children(alice),
		    children(bob));
		exit(1);
	}
	n -= n / 10;
	printf("bare cryptography     %8.1f us\n", bare);
	printf("handshake, initiator  %8.1f us of CPU, %.2f times the bare work\n",
	    bob->cpu / n * 1e6, bob->cpu / n * 1e6 / bare);
	printf("handshake, responder  %8.1f us of CPU, %.2f times the bare work\n",
	    alice->cpu / n * 1e6, alice->cpu / n * 1e6 / bare);
}

static void
with_secrets(unsigned int n, const char *ike, double bare)
{
	size_t empty, configured, up;
	double took;

	begin();
	empty = mallinfo2().uordblks;
	took = commit(alice, true, n, ike, false) + commit(bob, false, n, ike, false);
	malloc_trim(0);
	configured = mallinfo2().uordblks;
	printf("configuration         %8.1f us a tunnel (parse, prepare, apply)\n",
	    took / 2 / n * 1e6);
	handshakes(n, bare);
	up = mallinfo2().uordblks;
	printf("memory of a tunnel    %8.0f octets configured, %.0f established\n",
	    (double)(configured - empty) / 2 / n, (double)(up - empty) / 2 / n);
	world_fini(&w);
}

/* Certificates of one key for all tunnels of an end, each with the identity of its
 * own. */
static void
equip(struct node *node, const char *name, unsigned int n, const char *key,
      const struct pki_cert *inter, const struct pki_cert *root)
{
	char label[24], subject[32], san[32];
	struct pki_cert *c;
	unsigned int i;

	for (i = 1; i <= n; i++) {
		snprintf(label, sizeof(label), "%s%u", name, i);
		snprintf(subject, sizeof(subject), "CN=%s", label);
		snprintf(san, sizeof(san), "DNS:%s", label);
		c = pki_make(&(struct pki_spec){ .issuer = inter, .key = key,
		    .number = 9, .subject = subject, .san = san });
		store_own(node, label, c, inter, NULL);
	}
	store_ca(node, "corp", root);
	store_known(node);
}

static void
with_certificates(unsigned int n, const char *key, const char *ike, double bare)
{
	struct pki_cert *root, *inter, *leaf;
	double more = 0;

	begin();
	pki_set_now(WALL);
	root = pki_make(&(struct pki_spec){ .kind = PKI_CA, .key = key,
	    .subject = "CN=Root" });
	inter = pki_make(&(struct pki_spec){ .kind = PKI_CA, .key = key,
	    .subject = "CN=Intermediate", .issuer = root });
	leaf = pki_make(&(struct pki_spec){ .issuer = inter, .key = key,
	    .subject = "CN=leaf" });
	if (!bare_cert_measure(alice->crypto, leaf, inter, root, 50, &more)) {
		fprintf(stderr, "no bare measure of %s\n", key);
		exit(1);
	}
	equip(alice, "alice", n, key, inter, root);
	equip(bob, "bob", n, key, inter, root);
	commit(alice, true, n, ike, true);
	commit(bob, false, n, ike, true);
	printf("\n%u tunnels, certificates with %s\n", n, key);
	handshakes(n, bare + more);
	world_fini(&w);
}

int
main(int argc, char **argv)
{
	static const char *const keys[] = { "rsa2048", "p256", "ed25519" };
	unsigned int n = argc > 1 ? (unsigned int)atoi(argv[1]) : 10000;
	const char *suite = argc > 2 ? argv[2] : "aes128gcm16-prfsha256-x25519";
	struct bare_suite bs;
	struct bare bare;
	char ike[256];
	size_t i;

	if (n < 10 || n > 60000 || !bare_suite_parse(&bs, suite)) {
		fprintf(stderr, "usage: bench_handshake [TUNNELS [SUITE]]\n");
		return 2;
	}
	suite_json(ike, sizeof(ike), suite);
	printf("%u tunnels, %s\n", n, suite);
	begin();
	i = bare_measure(alice->crypto, &bs, 200, &bare);
	world_fini(&w);
	if (!i)
		return 1;
	with_secrets(n, ike, bare.total);
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		with_certificates(n < CERT_TUNNELS ? n : CERT_TUNNELS, keys[i], ike,
		    bare.total);
	pki_free_all();
	return 0;
}
