/*
 * Noise: engines that hold SAs are fed garbage, mutations, replays and
 * forgeries, and go on as if nothing had happened.
 */
#include <stdlib.h>
#include <string.h>

#include "pair.h"
#include "tests/unit.h"

static struct flight *recorded[64];
static size_t n_recorded;

static bool
record(struct world *world, struct node *from, struct flight *f)
{
	struct flight *c;

	(void)world;
	(void)from;
	if (n_recorded == 64 || (c = malloc(sizeof(*c) + f->len)) == NULL)
		return true;
	memcpy(c, f, sizeof(*c) + f->len);
	recorded[n_recorded++] = c;
	return true;
}

static void
forget(void)
{
	while (n_recorded > 0)
		free(recorded[--n_recorded]);
}

static struct node *
target(const struct flight *f)
{
	return addr_equal(&f->dst.addr, &alice->addr) ? alice : bob;
}

static void
inject(const struct flight *f)
{
	engine_input(target(f)->engine, w.now, &f->dst, &f->src, f->encap,
	    f->data, f->len);
}

static void
up(uint64_t seed)
{
	pair_begin(seed);
	w.tap = record;
	pair_config("", "");
	CU_ASSERT_FATAL(pair_comes_up(5000));
}

static void
end(void)
{
	world_run(&w, 60000);
	CU_ASSERT(pair_is_tidy());
	forget();
	pair_end();
}

static void
test_garbage(void)
{
	uint64_t r = 1;
	size_t i, k;
	struct flight *f = calloc(1, sizeof(*f) + 2048);

	CU_ASSERT_FATAL(f != NULL);
	up(1);
	f->src.addr = bob->addr;
	f->dst.addr = alice->addr;
	f->src.port = f->dst.port = 500;
	for (i = 0; i < 20000; i++) {
		f->len = random_next(&r) % 2048;
		for (k = 0; k < f->len; k++)
			f->data[k] = (uint8_t)random_next(&r);
		if (i % 2 == 0 && f->len > 28) {	/* past the header */
			f->data[17] = 0x20;
			f->data[18] = (uint8_t)(34 + random_next(&r) % 4);
			f->data[24] = f->data[25] = 0;
			f->data[26] = (uint8_t)(f->len >> 8);
			f->data[27] = (uint8_t)f->len;
		}
		inject(f);
	}
	free(f);
	end();
}

static uint32_t
spi(void)
{
	return node_sa(bob, 1, true)->sa.spi;
}

/* Every message of a set-up and of rekeys, each octet changed, cut and grown,
 * at every stage. */
static void
test_mutations(void)
{
	struct err e = ERR_INIT;
	struct flight *f, *m;
	size_t i, k, before;
	uint32_t own;

	up(2);
	CU_ASSERT(engine_command(bob->engine, w.now, ENGINE_REKEY_CHILD, 1, &e) == 0);
	world_run(&w, 1000);
	CU_ASSERT(engine_command(alice->engine, w.now, ENGINE_REKEY_IKE, 1, &e) == 0);
	world_run(&w, 10000);
	own = spi();
	w.tap = NULL;
	before = n_recorded;
	for (i = 0; i < before; i++) {
		f = recorded[i];
		m = malloc(sizeof(*m) + f->len);
		CU_ASSERT_FATAL(m != NULL);
		for (k = 0; k < f->len; k++) {
			memcpy(m, f, sizeof(*m) + f->len);
			m->data[k] ^= (uint8_t)(1u << (k % 8));
			inject(m);
			m->len = k;
			inject(m);
			if (k >= 28) {
				m->data[24] = m->data[25] = 0;
				m->data[26] = (uint8_t)(k >> 8);
				m->data[27] = (uint8_t)k;
				inject(m);
			}
		}
		free(m);
	}
	CU_ASSERT(both_up(&w) && spi() == own);
	end();
}

/* The same while the set-up is under way. */
static void
test_mutations_in_setup(void)
{
	struct flight *m;
	size_t i, k, done = 0;

	pair_begin(3);
	w.tap = record;
	pair_config("", "");
	for (i = 0; i < 400 && !both_up(&w); i++) {
		world_run(&w, 1);
		for (; done < n_recorded; done++) {
			struct flight *f = recorded[done];

			m = malloc(sizeof(*m) + f->len);
			CU_ASSERT_FATAL(m != NULL);
			for (k = 28; k < f->len; k += 3) {
				memcpy(m, f, sizeof(*m) + f->len);
				m->data[k] ^= 0x41;
				/* As before it arrives: only what is not
				 * protected can do harm, and does not. */
				if (m->data[18] != 34)
					inject(m);
			}
			free(m);
		}
	}
	CU_ASSERT(both_up(&w));
	end();
}

/* A message that comes again gets the same answer, and nothing else. */
static void
test_replays(void)
{
	size_t i, n, sent;
	uint32_t own;
	struct engine_stats a;

	up(4);
	own = spi();
	n = n_recorded;
	for (i = 0; i < n; i++) {
		sent = w.sent;
		inject(recorded[i]);
		inject(recorded[i]);
		CU_ASSERT(w.sent - sent <= 2);
	}
	CU_ASSERT(spi() == own && both_up(&w));
	world_run(&w, 40000);
	engine_get_stats(alice->engine, &a);
	CU_ASSERT(a.ike_sas == 1);
	end();
}

/* From somewhere else: does not move the peer. */
static void
test_replay_elsewhere(void)
{
	size_t i, n;

	up(5);
	n = n_recorded;
	for (i = 0; i < n; i++) {
		recorded[i]->src.port = 666;
		inject(recorded[i]);
	}
	CU_ASSERT(node_sa(alice, 1, false)->sa.dst.port == 500);
	end();
}

/* An answer that says no, from anybody: the real one still counts. */
static bool
forge(struct world *world, struct node *from, struct flight *f)
{
	struct flight *m;
	static const uint8_t notify[] = { 0, 0, 0, 8, 0, 0, 0, 14 };

	(void)world;
	if (from != bob || f->len < 28 || f->data[18] != 34)
		return true;
	m = calloc(1, sizeof(*m) + 36);
	if (m == NULL)
		return true;
	m->src = f->dst;
	m->dst = f->src;
	m->len = 36;
	memcpy(m->data, f->data, 28);
	m->data[16] = 41;
	m->data[19] = 0x20;
	m->data[27] = 36;
	m->data[26] = 0;
	memcpy(m->data + 28, notify, 8);
	m->at = w.now + 1;
	m->next = w.flights;
	w.flights = m;
	return true;
}

static void
test_forged_refusal(void)
{
	pair_begin(6);
	w.tap = forge;
	pair_config("", "");
	world_run(&w, 2);
	CU_ASSERT(node_said(bob, "NO_PROPOSAL_CHOSEN"));
	CU_ASSERT(pair_comes_up(2000));
	CU_ASSERT(strstr(node_state(bob, 1), "NO_PROPOSAL_CHOSEN\"") == NULL);
	end();
}

/* A flood of first messages: bounded, and the table drains. */
static void
test_flood(void)
{
	struct engine_stats s;
	struct flight *f;
	size_t i, sent;

	up(7);
	f = recorded[0];
	sent = w.sent;
	w.tap = NULL;
	for (i = 0; i < 3000; i++) {
		memcpy(f->data, &i, sizeof(i));
		f->data[7] = 0x55;
		inject(f);
	}
	engine_get_stats(alice->engine, &s);
	CU_ASSERT(s.half_open == 250);	/* a source's share without a cookie */
	CU_ASSERT(w.sent - sent == 3000);	/* an answer or a cookie each */
	world_run(&w, 31000);
	engine_get_stats(alice->engine, &s);
	CU_ASSERT(s.half_open == 0 && s.ike_sas == 1);
	end();
}

/* Another version, and critical payloads that nobody knows. */
static bool
keep_last(struct world *world, struct node *from, struct flight *f)
{
	(void)from;
	forget();
	(void)record(world, from, f);
	return false;
}

static void
test_refusals(void)
{
	struct flight *f, *m;

	pair_begin(8);
	w.tap = record;
	pair_config("", "");
	world_run(&w, 1);
	CU_ASSERT_FATAL(n_recorded >= 1);
	f = recorded[0];
	m = malloc(sizeof(*m) + f->len + 8);
	CU_ASSERT_FATAL(m != NULL);
	w.tap = keep_last;

	memcpy(m, f, sizeof(*m) + f->len);
	n_recorded = 0;
	m->data[17] = 0x30;
	inject(m);
	CU_ASSERT_FATAL(n_recorded == 1);
	CU_ASSERT(recorded[0]->data[35] == 5);		/* INVALID_MAJOR_VERSION */

	m->data[17] = 0x20;
	memmove(m->data + 36, m->data + 28, f->len - 28);
	memcpy(m->data + 28, (uint8_t[]){ m->data[16], 0x80, 0, 8, 1, 2, 3, 4 }, 8);
	m->data[16] = 200;
	m->len = f->len + 8;
	m->data[26] = (uint8_t)(m->len >> 8);
	m->data[27] = (uint8_t)m->len;
	inject(m);
	CU_ASSERT_FATAL(n_recorded == 1);
	CU_ASSERT(recorded[0]->data[35] == 1);	/* UNSUPPORTED_CRITICAL_PAYLOAD */
	CU_ASSERT(recorded[0]->data[36] == 200);

	m->data[29] = 0;			/* not critical: ignored */
	inject(m);
	CU_ASSERT_FATAL(n_recorded == 1);
	CU_ASSERT(recorded[0]->data[16] == 33);		/* SA: accepted */
	free(m);
	free(f);
	forget();
	pair_end();
}

UNIT_MAIN("noise",
	{ "garbage", test_garbage },
	{ "mutations", test_mutations },
	{ "mutations during set-up", test_mutations_in_setup },
	{ "replays", test_replays },
	{ "replays from elsewhere", test_replay_elsewhere },
	{ "forged refusal", test_forged_refusal },
	{ "flood", test_flood },
	{ "version, critical payload", test_refusals })
