#include "pair.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit.h"

struct world w;
struct node *alice, *bob;

void
pair_begin(uint64_t seed)
{
	world_init(&w, seed);
	alice = world_add(&w, "alice", NULL);
	bob = world_add(&w, "bob", NULL);
}

void
pair_end(void)
{
	world_fini(&w);
}

/* A leaf that stands in `more` is left out of what is usual. */
static void
leaf(char *out, size_t size, const char *more, const char *name,
     const char *value)
{
	char quoted[64];
	size_t at = strlen(out);

	snprintf(quoted, sizeof(quoted), "\"%s\"", name);
	if (strstr(more, quoted) == NULL)
		snprintf(out + at, size - at, ",%s:%s", quoted, value);
}

/* ,"name":null is no leaf at all. */
static void
leave_out(char *json)
{
	char *null, *from;

	while ((null = strstr(json, "\":null")) != NULL) {
		for (from = null; from > json && *from != ','; from--)
			;
		null += strlen("\":null");
		memmove(from, null, strlen(null) + 1);
	}
}

static const char *
entry(char *out, size_t size, const char *more, bool initiator)
{
	const char *own = initiator ? "\"192.0.2.2\"" : "\"192.0.2.1\"";
	const char *peer = initiator ? "\"192.0.2.1\"" : "\"192.0.2.2\"";
	size_t at;

	snprintf(out, size, "{\"id\":1");
	leaf(out, size, more, "initiator", initiator ? "true" : "false");
	leaf(out, size, more, "local-address", own);
	leaf(out, size, more, "peer", peer);
	leaf(out, size, more, "local-id", initiator ? "{\"value\":\"bob\"}" :
	    "{\"value\":\"alice\"}");
	leaf(out, size, more, "remote-id", initiator ?
	    "{\"value\":\"alice\"}" : "{\"value\":\"bob\"}");
	leaf(out, size, more, "local-subnet", initiator ? "[\"10.0.2.0/24\"]" :
	    "[\"10.0.1.0/24\"]");
	leaf(out, size, more, "remote-subnet", initiator ? "[\"10.0.1.0/24\"]" :
	    "[\"10.0.2.0/24\"]");
	at = strlen(out);
	snprintf(out + at, size - at, "%s}", more);
	leave_out(out);
	return out;
}

const char *
alice_entry(const char *more)
{
	static char text[2048];

	return entry(text, sizeof(text), more, false);
}

const char *
bob_entry(const char *more)
{
	static char text[2048];

	return entry(text, sizeof(text), more, true);
}

void
pair_config(const char *alices, const char *bobs)
{
	node_config(alice, alice_entry(alices));
	node_config(bob, bob_entry(bobs));
}

bool
both_up(struct world *world)
{
	return node_up(&world->node[0], 1) && node_up(&world->node[1], 1);
}

static bool
both_agree(struct world *world)
{
	return both_up(world) && planes_agree(alice, bob, 1, 1);
}

bool
pair_comes_up(uint64_t ms)
{
	if (world_until(&w, both_agree, ms))
		return true;
	printf("\nalice: %s\n%s\nbob: %s\n%s\n", node_state(alice, 1),
	    alice->log != NULL ? alice->log : "", node_state(bob, 1),
	    bob->log != NULL ? bob->log : "");
	return false;
}

bool
pair_at_peace(void)
{
	struct engine_stats a, b;

	engine_get_stats(alice->engine, &a);
	engine_get_stats(bob->engine, &b);
	return a.ike_sas == 1 && b.ike_sas == 1 && a.child_sas == 1 &&
	    b.child_sas == 1 && node_count(alice, 1, true) == 1 &&
	    node_count(alice, 1, false) == 1 && node_count(bob, 1, true) == 1 &&
	    node_count(bob, 1, false) == 1 && planes_agree(alice, bob, 1, 1);
}

bool
pair_is_tidy(void)
{
	struct engine_stats a, b;

	if (pair_at_peace())
		return true;
	engine_get_stats(alice->engine, &a);
	engine_get_stats(bob->engine, &b);
	printf("\nalice: %u IKE_SAs, %u CHILD_SAs, %zu+%zu ESP; "
	    "bob: %u, %u, %zu+%zu\n%s\n", a.ike_sas, a.child_sas,
	    node_count(alice, 1, true), node_count(alice, 1, false),
	    b.ike_sas, b.child_sas, node_count(bob, 1, true),
	    node_count(bob, 1, false), node_state(alice, 1));
	printf("%s\n", node_state(bob, 1));
	return false;
}

bool
pair_gap(void)
{
	struct node *n, *other;
	struct plane_sa *out, *in;

	for (n = w.node; n < w.node + 2; n++) {
		other = &w.node[n == w.node ? 1 : 0];
		out = node_sa(n, 1, false);
		for (in = out != NULL ? other->sas : NULL; in != NULL; in = in->next)
			if (in->sa.inbound && in->sa.spi == out->sa.spi)
				break;
		if (in == NULL) {
			printf("\n%.3f: %s sends %08x, which %s cannot read\n",
			    (double)w.now / 1000, n->name,
			    out != NULL ? out->sa.spi : 0, other->name);
			return true;
		}
	}
	return false;
}

void
pair_up(uint64_t seed, const char *alices, const char *bobs)
{
	pair_begin(seed);
	pair_config(alices, bobs);
	CU_ASSERT_FATAL(pair_comes_up(10000));
}

void
pair_up1(uint64_t seed, const char *alices, const char *bobs)
{
	char a[512], b[512];

	snprintf(a, sizeof(a), V1 "%s", alices);
	snprintf(b, sizeof(b), V1 "%s", bobs);
	pair_up(seed, a, b);
}

void
pair_command(struct node *n, enum engine_command c)
{
	struct err e = ERR_INIT;

	CU_ASSERT(engine_command(n->engine, w.now, c, 1, &e) == 0);
}
