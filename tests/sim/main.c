/*
 * sim: lives of gateways, simulated.
 *
 *	sim SEED		that one alone, told as a ladder
 *	sim --seeds A-B		those, and the sum; stops at the first that fails
 *	sim			what `make check` runs
 *
 *	--days D	tunnel-days a life (default: some hours full of trouble)
 *	--loss N	percent of all datagrams, always (default: 0 to 20 with the
 *			seed; with --days 10)
 *	--ike1		tunnels of IKEv1 (default: of IKEv2; `make check` runs both)
 *	--quiet		no ladder
 *	--keep-going	does not stop at a failure
 *	--debug LIST	subsystems of the daemon's log (net, sa, ...), on stderr
 *
 * What it finds was tried by breaking the engine: see local.mk.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "log.h"
#include "sim.h"

/* What `make check` has time for, of either version of IKE: about two minutes, or one
 * for what is slow.  Most of that is OpenSSL's, for the lives with certificates. */
#if defined(SIM_TOY) && !defined(__SANITIZE_ADDRESS__)
#define CHECK_SEEDS	700
#define CHECK_SEEDS1	150
#elif defined(SIM_TOY)
#define CHECK_SEEDS	270
#define CHECK_SEEDS1	40
#elif !defined(__SANITIZE_ADDRESS__)
#define CHECK_SEEDS	180
#define CHECK_SEEDS1	20
#else
#define CHECK_SEEDS	45
#define CHECK_SEEDS1	6
#endif
#ifdef SIM_TOY
#define PROGRAM	"sim"
#else
#define PROGRAM	"sim_openssl"
#endif

struct totals {
	uint64_t	lives, failed, steps, packets, lost, troubles, rekeys;
	double		days;
};

static double
cpu(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t) != 0)
		return 0;
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static unsigned int
usual_loss(uint64_t seed, const struct sim_options *o)
{
	static const unsigned int loss[] = { 0, 0, 0, 5, 10, 20 };

	return o->days != 0 ? 10 : loss[seed % 6];
}

static bool
live(uint64_t seed, struct sim_options o, bool loss_given, struct totals *sum)
{
	static struct sim s;
	unsigned int given = o.loss;
	char how[64] = "";
	bool ok;

	if (!loss_given)
		o.loss = usual_loss(seed, &o);
	ok = sim_life(&s, seed, &o);
	sum->lives++;
	sum->failed += !ok;
	sum->steps += s.steps;
	sum->packets += s.packets;
	sum->lost += s.lost;
	sum->troubles += s.troubles;
	sum->rekeys += s.rekeys;
	sum->days += (double)s.w.now / (double)DAY * (double)s.n;
	if (!ok) {
		if (o.ike1)
			snprintf(how, sizeof(how), " --ike1");
		if (o.days != 0)
			snprintf(how + strlen(how), sizeof(how) - strlen(how),
			    " --days %g", o.days);
		if (loss_given)
			snprintf(how + strlen(how), sizeof(how) - strlen(how),
			    " --loss %u", given);
		printf("seed %llu: %s\n\treplay: tests/sim/" PROGRAM "%s %llu\n",
		    (unsigned long long)seed, s.why, how,
		    (unsigned long long)seed);
		fflush(stdout);
	}
	sim_fini(&s);
	return ok;
}

static void
lives(uint64_t from, uint64_t to, struct sim_options o, bool loss_given, bool keep,
      struct totals *sum)
{
	uint64_t seed;

	for (seed = from; seed <= to; seed++)
		if (!live(seed, o, loss_given, sum) && !keep)
			break;
}

static void
usage(void)
{
	fprintf(stderr, "usage: sim [--seeds A-B] [--days D] [--loss N] "
	    "[--ike1] [--quiet] [--keep-going] [--debug LIST] [SEED]\n");
	exit(2);
}

static void
range(const char *text, uint64_t *from, uint64_t *to)
{
	char *end;

	*from = *to = strtoull(text, &end, 10);
	if (*end == '-')
		*to = strtoull(end + 1, &end, 10);
	if (*end != '\0' || *from > *to)
		usage();
}

int
main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "seeds", required_argument, NULL, 's' },
		{ "days", required_argument, NULL, 'd' },
		{ "loss", required_argument, NULL, 'l' },
		{ "ike1", no_argument, NULL, '1' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "keep-going", no_argument, NULL, 'k' },
		{ "debug", required_argument, NULL, 'D' },
		{ NULL, 0, NULL, 0 },
	};
	uint64_t from = 1, to = CHECK_SEEDS;
	struct sim_options o = { .days = 0 };
	struct totals sum = { .lives = 0 };
	bool loss_given = false, quiet = false, keep = false, given = false;
	const char *debug = "";
	int c;

	setvbuf(stdout, NULL, _IOLBF, 0);
	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1)
		switch (c) {
		case 's':
			range(optarg, &from, &to);
			quiet = given = true;
			break;
		case 'd':
			o.days = strtod(optarg, NULL);
			break;
		case 'l':
			o.loss = (unsigned int)atoi(optarg);
			loss_given = true;
			break;
		case '1':
			o.ike1 = true;
			break;
		case 'q':
			quiet = true;
			break;
		case 'D':
			debug = optarg;
			break;
		case 'k':
			keep = true;
			break;
		default:
			usage();
		}
	if (optind < argc) {
		range(argv[optind], &from, &to);
		o.ladder = !quiet;
		given = true;
	}
	if (debug[0] == '\0' && freopen("/dev/null", "w", stderr) == NULL)
		return 2;		/* no lines of the daemon's log */
	log_init("sim", false, debug);
	if (!given && o.ike1)
		to = CHECK_SEEDS1;
	lives(from, to, o, loss_given, keep, &sum);
	if (!given && !o.ike1 && (keep || sum.failed == 0)) {
		o.ike1 = true;
		lives(1, CHECK_SEEDS1, o, loss_given, keep, &sum);
	}
	printf("%llu lives, %.0f tunnel-days, %llu troubles, %llu steps, %llu "
	    "packets (%llu met no SA), %.1f s CPU: %llu failed\n",
	    (unsigned long long)sum.lives, sum.days,
	    (unsigned long long)sum.troubles, (unsigned long long)sum.steps,
	    (unsigned long long)sum.packets, (unsigned long long)sum.lost,
	    cpu(), (unsigned long long)sum.failed);
	return sum.failed == 0 ? 0 : 1;
}
