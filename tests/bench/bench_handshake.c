/*
 * bench_handshake: what a handshake between two engines costs each side in CPU
 * time, against the bare cryptography of one side measured in the same run,
 * and what an established tunnel costs in memory.
 *
 *	bench_handshake [TUNNELS [SUITE]]
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bare.h"
#include "many.h"
#include "pair/world.h"

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
commit(struct node *n, bool alices, unsigned int count, const char *ike)
{
	char *text = many_tunnels(alices, count, ike);
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

int
main(int argc, char **argv)
{
	unsigned int n = argc > 1 ? (unsigned int)atoi(argv[1]) : 10000;
	const char *suite = argc > 2 ? argv[2] : "aes128gcm16-prfsha256-x25519";
	size_t empty, configured, up;
	struct bare_suite bs;
	struct bare bare;
	char ike[256];
	double took;

	if (n < 10 || n > 60000 || !bare_suite_parse(&bs, suite)) {
		fprintf(stderr, "usage: bench_handshake [TUNNELS [SUITE]]\n");
		return 2;
	}
	suite_json(ike, sizeof(ike), suite);
	world_init(&w, 1);
	w.quiet = true;
	alice = world_add(&w, "alice", NULL);
	bob = world_add(&w, "bob", NULL);
	empty = mallinfo2().uordblks;
	took = commit(alice, true, n, ike) + commit(bob, false, n, ike);
	malloc_trim(0);
	configured = mallinfo2().uordblks;
	printf("%u tunnels, %s\n", n, suite);
	printf("configuration         %8.1f us a tunnel (parse, prepare, apply)\n",
	    took / 2 / n * 1e6);

	if (!bare_measure(alice->crypto, &bs, 200, &bare))
		return 1;
	shake(1, n / 10);		/* warm */
	alice->cpu = bob->cpu = 0;
	shake(n / 10 + 1, n);
	up = mallinfo2().uordblks;
	if (children(alice) != n || children(bob) != n) {
		fprintf(stderr, "only %u and %u are up\n", children(alice),
		    children(bob));
		return 1;
	}
	n -= n / 10;
	printf("bare cryptography     %8.1f us\n", bare.total);
	printf("handshake, initiator  %8.1f us of CPU, %.2f times the bare work\n",
	    bob->cpu / n * 1e6, bob->cpu / n * 1e6 / bare.total);
	printf("handshake, responder  %8.1f us of CPU, %.2f times the bare work\n",
	    alice->cpu / n * 1e6, alice->cpu / n * 1e6 / bare.total);
	n = children(alice);
	printf("memory of a tunnel    %8.0f octets configured, %.0f established\n",
	    (double)(configured - empty) / 2 / n, (double)(up - empty) / 2 / n);
	world_fini(&w);
	return 0;
}
