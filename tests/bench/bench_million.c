/*
 * bench_million: tunnels closed and set up again, over and over, between two
 * engines on a data plane that does nothing: is the memory at the end what it
 * was at the start, and does the last one cost what the first one did?
 *
 *	bench_million [HANDSHAKES [TUNNELS]]
 *
 * TUNNELS (1) are up all the time but for the one that is just being replaced.
 * Ends with 1 if memory grew by more than 2 %, or the last ones cost over 1.2
 * times what the first did.  A shared machine is at times slower by a half for
 * seconds: compared is what each tenth of all costs when nothing disturbs it, the
 * fastest in a hundred of it.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "many.h"
#include "pair/world.h"

#define SAMPLE_MIN	1000
#define TEN_SECONDS	400	/* handshakes in which what was closed is forgotten */
#define ROUNDS		16	/* after which the log of a tunnel is full */

static struct world w;
static struct node *alice, *bob;

static size_t
resident(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	unsigned long size, pages = 0;

	if (f != NULL && fscanf(f, "%lu %lu", &size, &pages) != 2)
		pages = 0;
	if (f != NULL)
		fclose(f);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void
configure(struct node *n, bool alices, unsigned int count)
{
	char *text = many_tunnels(alices, count, NULL, false);

	node_config(n, text);
	free(text);
}

static void
order(enum engine_command cmd, unsigned int id)
{
	struct err e = ERR_INIT;

	if (engine_command(bob->engine, w.now, cmd, id, &e) == 0)
		return;
	fprintf(stderr, "%s\n", e.text);
	exit(1);
}

static uint64_t
handshakes(void)
{
	struct engine_stats s;

	engine_get_stats(bob->engine, &s);
	return s.handshakes;
}

static void
set_up(unsigned int id)
{
	uint64_t before = handshakes();

	order(ENGINE_INITIATE, id);
	world_run(&w, 20);
	if (handshakes() != before + 1) {
		fprintf(stderr, "tunnel %u did not come up\n", id);
		exit(1);
	}
}

/* Seconds of CPU, of both ends, for taking one down and setting it up. */
static double
again(unsigned int id)
{
	double t0 = many_cpu();

	order(ENGINE_TERMINATE, id);
	world_run(&w, 10);
	set_up(id);
	return many_cpu() - t0;
}

static int
compare(const void *a, const void *b)
{
	double d = *(const double *)a - *(const double *)b;

	return d < 0 ? -1 : d > 0;
}

static double
undisturbed(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), compare);
	return v[n / 100];
}

struct memory { size_t heap, rss; };

static struct memory
memory(void)
{
	struct memory m;

	malloc_trim(0);
	m.heap = mallinfo2().uordblks;
	m.rss = resident();
	return m;
}

static void
report(const struct memory *a, const struct memory *b, double first, double last,
       unsigned int n, unsigned int sample, unsigned int tunnels)
{
	printf("%u handshakes, %u tunnel%s\n", n, tunnels, tunnels == 1 ? "" : "s");
	printf("heap in use   %10zu octets, at the end %10zu: %.4f\n", a->heap,
	    b->heap, (double)b->heap / (double)a->heap);
	printf("resident      %10zu octets, at the end %10zu: %.4f\n", a->rss,
	    b->rss, (double)b->rss / (double)a->rss);
	printf("CPU of one    %10.1f us (first %u), %10.1f us (last %u): %.3f\n",
	    first * 1e6, sample, last * 1e6, sample, last / first);
}

int
main(int argc, char **argv)
{
	unsigned int n = argc > 1 ? (unsigned int)atoi(argv[1]) : 10000;
	unsigned int tunnels = argc > 2 ? (unsigned int)atoi(argv[2]) : 1;
	unsigned int i, sample = n / 10;
	double *times[2], took, first, last;
	struct memory start, end;

	if (sample < SAMPLE_MIN || tunnels < 1 || tunnels > 60000) {
		fprintf(stderr, "usage: bench_million [HANDSHAKES [TUNNELS]]\n");
		return 2;
	}
	times[0] = calloc(sample, sizeof(*times[0]));
	times[1] = calloc(sample, sizeof(*times[1]));
	if (times[0] == NULL || times[1] == NULL)
		return 2;
	/* In memory before memory is measured. */
	memset(times[0], 1, sample * sizeof(*times[0]));
	memset(times[1], 1, sample * sizeof(*times[1]));
	world_init(&w, 1);
	w.quiet = true;
	alice = world_add(&w, "alice", NULL);
	bob = world_add(&w, "bob", NULL);
	configure(alice, true, tunnels);
	configure(bob, false, tunnels);
	for (i = 1; i <= tunnels; i++)
		set_up(i);
	for (i = 0; i < ROUNDS * tunnels + TEN_SECONDS; i++)
		again(i % tunnels + 1);
	start = memory();
	for (i = 0; i < n; i++) {
		took = again(i % tunnels + 1);
		if (i < sample)
			times[0][i] = took;
		if (i >= n - sample)
			times[1][i - (n - sample)] = took;
	}
	end = memory();
	first = undisturbed(times[0], sample);
	last = undisturbed(times[1], sample);
	report(&start, &end, first, last, n, sample, tunnels);
	free(times[0]);
	free(times[1]);
	world_fini(&w);
	return (double)end.heap > (double)start.heap * 1.02 ||
	    (double)end.rss > (double)start.rss * 1.02 || last > first * 1.2;
}
