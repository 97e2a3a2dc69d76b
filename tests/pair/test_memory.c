/*
 * Out of memory: each allocation of the engines fails in turn, in set-up,
 * rekeying and commits.  Nothing crashes, leaks or stays stuck: when memory is
 * back, so is the tunnel.  Linked with --wrap.
 */
#include <stdio.h>
#include <stdlib.h>

#include "corp.h"
#include "pair.h"
#include "tests/unit.h"

void	*__real_malloc(size_t);
void	*__real_calloc(size_t, size_t);
void	*__real_realloc(void *, size_t);
char	*__real_strdup(const char *);
void	*__wrap_malloc(size_t);
void	*__wrap_calloc(size_t, size_t);
void	*__wrap_realloc(void *, size_t);
char	*__wrap_strdup(const char *);

static long fail_at = -1;	/* counts down; 0: this one fails */
static long fail_for;		/* and so many after it */
static long seen;

static bool
fails(void)
{
	if (!world_in_engine)
		return false;
	seen++;
	if (fail_at < 0)
		return false;
	if (fail_at > 0) {
		fail_at--;
		return false;
	}
	if (--fail_for < 0) {
		fail_at = -1;
		return false;
	}
	return true;
}

void *
__wrap_malloc(size_t n)
{
	return fails() ? NULL : __real_malloc(n);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *p, size_t n)
{
	return fails() ? NULL : __real_realloc(p, n);
}

char *
__wrap_strdup(const char *s)
{
	return fails() ? NULL : __real_strdup(s);
}

static void
commit(struct node *n, const char *entry)
{
	struct err e = ERR_INIT;

	/* confd sends the whole again until it is accepted. */
	while (node_commit(n, entry, NULL, true, &e, NULL, 0) < 0)
		CU_ASSERT(e.kind == ERR_RESOURCE);
}

/* Refused if the tunnel is down just now: as well. */
static void
command(struct node *n, enum engine_command cmd)
{
	struct err e = ERR_INIT;

	world_in_engine = true;
	if (engine_command(n->engine, w.now, cmd, 1, &e) < 0)
		CU_ASSERT(e.text[0] != '\0');
	world_in_engine = false;
}

static bool certs;		/* instead of a secret */
static bool old;		/* IKEv1 */

static void
equip(struct node *n, const char *name)
{
	corp_make();
	corp_equip(n, corp_leaf(old ? "rsa2048" : NULL, name), corp.inter,
	    corp.root);
}

static const char *
leaves(const char *more)
{
	static char text[200];

	snprintf(text, sizeof(text), "%s%s%s", old ? ",\"version\":\"1\"" : "",
	    certs ? CORP : "", more);
	return text;
}

/* A life with the k-th allocation failing, and `many` after it. */
static bool
life(long k, long many)
{
	bool ok;

	pair_begin(1);
	if (certs) {
		equip(alice, "alice");
		equip(bob, "bob");
	}
	fail_at = k;
	fail_for = many;
	seen = 0;
	commit(alice, alice_entry(leaves("")));
	commit(bob, bob_entry(leaves("")));
	world_run(&w, 60000);
	command(bob, ENGINE_REKEY_CHILD);
	world_run(&w, 1000);
	command(alice, ENGINE_REKEY_IKE);
	world_run(&w, 60000);
	/* IKEv1 does not narrow. */
	commit(bob, bob_entry(leaves(old ? ",\"esp\":{\"cipher\":[\"aes128\"],"
	    "\"auth\":[\"sha256\"]}" : ",\"local-subnet\":[\"10.0.2.0/25\"]")));
	world_run(&w, 60000);
	fail_at = -1;
	/* What was lost on the way is found out by asking the peer. */
	world_run(&w, 900000);
	ok = pair_comes_up(600000);
	pair_end();
	return ok;
}

static void
test_each(void)
{
	long k, total;

	CU_ASSERT(life(-1, 0));
	total = seen;
	CU_ASSERT(total > 50);
	for (k = 0; k < total; k++)
		if (!life(k, 1)) {
			printf("allocation %ld of %ld\n", k, total);
			CU_FAIL("stuck");
		}
}

static void
test_many(void)
{
	long k;

	for (k = 0; k < 60; k += 4)
		if (!life(k, 20)) {
			printf("allocations from %ld\n", k);
			CU_FAIL("stuck");
		}
}

static void
test_certificates(void)
{
	certs = true;
	test_each();
	test_many();
	certs = false;
}

static void
test_old(void)
{
	old = true;
	test_each();
	certs = true;
	test_many();
	certs = false;
	old = false;
}

UNIT_MAIN("memory",
	{ "each allocation fails once", test_each },
	{ "many fail", test_many },
	{ "the same with certificates", test_certificates },
	{ "IKEv1", test_old })
