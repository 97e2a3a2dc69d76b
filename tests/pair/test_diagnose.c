/*
 * Diagnoses: what a tunnel says of itself in each trouble, by counters, silence
 * and losses that no laboratory produces at will.
 */
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "pair.h"
#include "seen.h"
#include "tests/unit.h"

static const char *text;

/* What is found in a tunnel, with fresh counters; JSON in text. */
static void
look(struct node *n)
{
	static struct json nobody;

	engine_refresh(n->engine, w.now, 1, (void (*)(void *))json_init, &nobody);
	text = seen_state(n, "diagnosis");
}

static bool
found(const char *code, const char *words)
{
	char quoted[64];

	snprintf(quoted, sizeof(quoted), "\"code\":\"%s\"", code);
	if (strstr(text, quoted) != NULL && strstr(text, words) != NULL)
		return true;
	printf("\n    no '%s' with '%s' in %s\n", code, words, text);
	return false;
}

static void
up(uint64_t seed)
{
	pair_begin(seed);
	pair_config(",\"description\":\"to Bob\"", "");
	CU_ASSERT_FATAL(pair_comes_up(2000));
	world_run(&w, 120000);
}

#define NONE	UINT32_MAX	/* idle: never */

/* packets, errors, replays and idleness in; packets and idleness out */
static const struct {
	int			 line;
	struct dp_counters	 counts[2];
	const char		*code, *words, *advice;
} counted[] = {
	{ __LINE__, { { 840, 10, 0, 0, 3000 }, { 840, 10, 0, 0, 2000 } },
	  "healthy", "last packet in 3 seconds ago, last packet out 2 seconds ago",
	  "IKE last heard" },
	{ __LINE__, { { 0, 0, 0, 0, NONE }, { 0, 0, 0, 0, NONE } },
	  "no-traffic", "no packet has passed, in either direction, for 2 minutes",
	  "net.ipv4.ip_forward must be 1" },
	{ __LINE__, { { 0, 0, 0, 0, NONE }, { 840, 10, 0, 0, 1000 } },
	  "one-way-out", "packets go out, none come in: 10 out, the last 1 second "
	  "ago; the last in never", "ESP (IP protocol 50)" },
	{ __LINE__, { { 84, 1, 0, 0, 30000 }, { 840, 10, 0, 0, 1000 } },
	  "one-way-out", "the last in 30 seconds ago",
	  "look whether its counter of packets in grows" },
	{ __LINE__, { { 840, 10, 0, 0, 1000 }, { 0, 0, 0, 0, NONE } },
	  "one-way-in", "packets come in, none go out: 10 in",
	  "do not answer, their route to" },
	{ __LINE__, { { 0, 0, 9, 0, NONE }, { 840, 10, 0, 0, 1000 } },
	  "integrity", "9 packets of the peer failed their integrity check, 0 "
	  "passed", "do not use the same keys" },
	{ __LINE__, { { 840, 10, 2, 0, 1000 }, { 840, 10, 0, 0, 1000 } },
	  "integrity", "2 packets of the peer failed", "somebody injects false" },
	{ __LINE__, { { 840, 10, 0, 7, 1000 }, { 840, 10, 0, 0, 1000 } },
	  "replays", "7 packets of the peer were dropped as repeated or too late",
	  "replay window of" },
};

static void
test_counters(void)
{
	size_t i;

	up(1);
	for (i = 0; i < sizeof(counted) / sizeof(counted[0]); i++) {
		bob->counts = counted[i].counts;
		look(bob);
		CHECK_ROW(counted[i].line, found(counted[i].code,
		    counted[i].words) && found(counted[i].code,
		    counted[i].advice));
		CHECK_ROW(counted[i].line, strstr(text, "\"healthy\"") == NULL ||
		    i == 0);
	}
	pair_end();
}

static bool
retransmits(struct world *world)
{
	return node_is(&world->node[1], 1, "down-retransmission");
}

/* A peer that falls silent: before and after it is given up. */
static void
test_silence(void)
{
	bob = NULL;
	up(2);
	alice->down = true;
	bob->idle_ms = NONE;
	CU_ASSERT(world_until(&w, retransmits, 60000));
	look(bob);
	CU_ASSERT(found("peer-silent", "the peer 192.0.2.1 is silent: heard the "
	    "last time"));
	CU_ASSERT(found("peer-silent", "ping 192.0.2.1"));
	world_run(&w, 200000);
	look(bob);
	CU_ASSERT(found("peer-dead", "peer 192.0.2.1") ||
	    found("no-answer", "192.0.2.1"));
	CU_ASSERT(strstr(text, "UDP ports 500 and 4500") != NULL);
	pair_end();
}

/* Nobody there from the beginning, and a responder that nobody calls. */
static void
test_nobody(void)
{
	pair_begin(3);
	alice->down = true;
	pair_config("", "");
	world_run(&w, 1000);
	look(bob);
	CU_ASSERT(found("no-answer", "nothing is wrong yet"));
	world_run(&w, 30000);
	look(bob);
	CU_ASSERT(found("no-answer", "192.0.2.1 does not answer, for 31 seconds"));
	CU_ASSERT(found("no-answer", "a firewall blocks UDP port 500"));
	world_run(&w, 200000);
	look(bob);
	CU_ASSERT(found("no-answer", "no answer from 192.0.2.1"));
	look(alice);
	CU_ASSERT(found("waiting", "the tunnel is down, for 3 minutes; "
	    "nothing has come from 192.0.2.2 to 192.0.2.1"));
	CU_ASSERT(found("waiting", "[\"config tunnel ipsec 1\",\"initiator\","
	    "\"leave\"]"));
	node_config(bob, bob_entry(",\"enable\":false"));
	look(bob);
	CU_ASSERT(found("not-in-use", "[\"config tunnel ipsec 1\",\"enable\","
	    "\"leave\"]"));
	pair_end();
}

/* Lost again and again: counted over an hour, and forgotten after it. */
static void
test_flapping(void)
{
	unsigned int i;

	up(4);
	for (i = 0; i < 3; i++) {
		look(bob);
		CU_ASSERT(strstr(text, "flapping") == NULL);
		node_config(alice, alice_entry(",\"enable\":false"));
		world_run(&w, 1000);
		node_config(alice, alice_entry(""));
		CU_ASSERT_FATAL(pair_comes_up(60000));
	}
	look(bob);
	CU_ASSERT(found("flapping", "the tunnel was lost 3 times in the last hour"));
	CU_ASSERT(found("flapping", "the peer closes it each time"));
	world_run(&w, 3700000);
	look(bob);
	CU_ASSERT(strstr(text, "flapping") == NULL);
	for (i = 0; i < 20; i++) {
		node_config(alice, alice_entry(",\"enable\":false"));
		world_run(&w, 1000);
		node_config(alice, alice_entry(""));
		CU_ASSERT_FATAL(pair_comes_up(60000));
	}
	look(bob);
	CU_ASSERT(found("flapping", "lost at least 6 times"));
	pair_end();
}

static void
test_commands(void)
{
	struct err e = ERR_INIT;

	up(5);
	CU_ASSERT(engine_command(bob->engine, w.now, ENGINE_TERMINATE, 1,
	    &e) == 0);
	world_run(&w, 1000);
	look(bob);
	CU_ASSERT(found("command", "closed by command"));
	CU_ASSERT(found("command", "[\"tunnel ipsec 1 initiate\"]"));
	pair_end();
}

/* What the data plane has no more is noticed by whoever looks. */
static void
test_lost(void)
{
	up(6);
	bob->dp_forgot = true;
	look(bob);
	CU_ASSERT(found("sa-lost", "does not have the SAs"));
	bob->dp_forgot = false;
	world_run(&w, 2000);
	CU_ASSERT(node_up(bob, 1) && planes_agree(alice, bob, 1, 1));
	look(bob);
	CU_ASSERT(found("healthy", "nothing is wrong"));
	CU_ASSERT(strstr(node_state(bob, 1), "\"sa-lost\"") != NULL);
	pair_end();
}

/* A log line begins with the tunnel, whatever happens to it. */
static void
test_lines(void)
{
	const char *line, *end;

	up(7);
	node_config(bob, bob_entry(",\"enable\":false"));
	world_run(&w, 300000);
	for (line = alice->log; line != NULL && *line != '\0'; line = end + 1) {
		end = strchr(line, '\n');
		CU_ASSERT(strncmp(line, "ipsec 1 \"to Bob\": ", 18) == 0);
	}
	pair_end();
}

UNIT_MAIN("diagnose",
	{ "counters", test_counters },
	{ "a silent peer", test_silence },
	{ "nobody there", test_nobody },
	{ "lost again and again", test_flapping },
	{ "commands", test_commands },
	{ "lost SAs", test_lost },
	{ "lines of the log", test_lines })
