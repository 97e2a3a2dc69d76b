/*
 * Secrets never reach what is said: the log at its most talkative, events, state
 * and diagnosis of a set-up, of a rekeying and of failures, searched for the
 * pre-shared key, SK_* and the keys of ESP; raw, in hexadecimal and in base64.
 */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "pair.h"
#include "puppet.h"
#include "tests/unit.h"

static char *said;
static size_t said_len;
static int real_stderr = -1;
static FILE *file;

/* What goes to standard error from here on is kept. */
static void
listen_in(void)
{
	file = tmpfile();
	CU_ASSERT_FATAL(file != NULL);
	fflush(stderr);
	real_stderr = dup(STDERR_FILENO);
	dup2(fileno(file), STDERR_FILENO);
	log_init("taint", false, "all");
}

static void
add(const char *text, size_t len)
{
	said = realloc(said, said_len + len + 1);
	CU_ASSERT_FATAL(said != NULL);
	memcpy(said + said_len, text, len);
	said_len += len;
	said[said_len] = '\0';
}

static void
hear(void)
{
	char buf[4096];
	size_t n;

	fflush(stderr);
	dup2(real_stderr, STDERR_FILENO);
	close(real_stderr);
	log_init("taint", false, NULL);
	rewind(file);
	while ((n = fread(buf, 1, sizeof(buf), file)) > 0)
		add(buf, n);
	fclose(file);
}

static bool
holds(const void *what, size_t len)
{
	size_t i;

	for (i = 0; len != 0 && i + len <= said_len; i++)
		if (memcmp(said + i, what, len) == 0)
			return true;
	return false;
}

static void
clean(const char *name, const uint8_t *key, size_t len)
{
	char hex[2 * 256 + 1], upper[2 * 256 + 1];
	unsigned char base64[4 * 256];
	size_t i;

	CU_ASSERT_FATAL(len >= 8 && len <= 256);
	for (i = 0; i < len; i++) {
		snprintf(hex + 2 * i, 3, "%02x", key[i]);
		snprintf(upper + 2 * i, 3, "%02X", key[i]);
	}
	/* The first octets are enough to be a leak. */
	EVP_EncodeBlock(base64, key, (int)(len / 3 * 3));
	if (holds(key, 8) || holds(hex, 16) || holds(upper, 16) ||
	    holds(base64, 10)) {
		printf("\n    %s is in what was said\n", name);
		CU_FAIL("a secret was said");
	}
}

static void
clean_planes(const struct node *n)
{
	const struct plane_sa *s;

	for (s = n->sas; s != NULL; s = s->next) {
		clean("an ESP key", s->sa.keys.ek.bytes, s->sa.keys.ek.len);
		if (s->sa.keys.ak.len != 0)
			clean("an ESP key", s->sa.keys.ak.bytes,
			    s->sa.keys.ak.len);
	}
}

static void
note(struct node *n)
{
	const char *state = node_state(n, 1);

	add(state, strlen(state));
	if (n->log != NULL)
		add(n->log, n->log_len);
}

static void
end(struct node *n)
{
	CU_ASSERT(said_len > 1000);
	clean("the secret", (const uint8_t *)n->psk, strlen(n->psk));
	free(said);
	said = NULL;
	said_len = 0;
}

static void
test_pair(void)
{
	struct err e = ERR_INIT;

	pair_begin(21);
	listen_in();
	pair_config("", "");
	CU_ASSERT(world_until(&w, both_up, 5000));
	CU_ASSERT(engine_command(bob->engine, w.now, ENGINE_REKEY_CHILD, 1,
	    &e) == 0);
	world_run(&w, 20000);
	CU_ASSERT(engine_command(bob->engine, w.now, ENGINE_REKEY_IKE, 1,
	    &e) == 0);
	world_run(&w, 20000);
	hear();
	note(alice);
	note(bob);
	CU_ASSERT(holds("IKE_SA_INIT", 11));	/* it was talkative */
	clean_planes(alice);
	clean_planes(bob);
	end(alice);
	pair_end();
}

/* A wrong secret: the moment when one would like to print both. */
static void
test_wrong_secret(void)
{
	pair_begin(22);
	snprintf(bob->psk, sizeof(bob->psk), "quite another secret");
	listen_in();
	pair_config("", "");
	world_run(&w, 60000);
	hear();
	note(alice);
	note(bob);
	CU_ASSERT(holds("does not know the secret", 24) ||
	    holds("secrets differ", 14));
	clean("the other secret", (const uint8_t *)bob->psk, strlen(bob->psk));
	end(alice);
	pair_end();
}

/* A puppet knows SK_*. */
static void
test_keys(void)
{
	static const char tunnel[] = "{\"id\":1,\"local-address\":\"192.0.2.1\","
	    "\"peer\":\"192.0.2.2\",\"local-id\":{\"value\":\"alice\"},"
	    "\"remote-id\":{\"value\":\"bob\"},"
	    "\"local-subnet\":[\"10.0.1.0/24\"],"
	    "\"remote-subnet\":[\"10.0.2.0/24\"]}";
	struct puppet p;
	struct node *a;

	world_init(&w, 23);
	a = world_add(&w, "alice", "192.0.2.1");
	listen_in();
	node_config(a, tunnel);
	puppet_init(&p, &w, a, "192.0.2.2");
	CU_ASSERT(puppet_meet(&p));
	CU_ASSERT(puppet_authenticate(&p, "bob", a->psk));
	hear();
	note(a);
	clean("SK_d", p.keys.sk_d.bytes, p.keys.sk_d.len);
	clean("SK_pi", p.keys.sk_pi.bytes, p.keys.sk_pi.len);
	clean("SK_pr", p.keys.sk_pr.bytes, p.keys.sk_pr.len);
	clean("SK_ei", p.in.ek.bytes, p.in.ek.len);
	clean("SK_er", p.out.ek.bytes, p.out.ek.len);
	clean_planes(a);
	end(a);
	puppet_fini(&p);
	world_fini(&w);
}

/* The search itself finds what it should. */
static void
test_search(void)
{
	static const uint8_t key[12] = "ABCDEFGHIJKL";

	add("x 4142434445464748494a4b4c y", 28);
	CU_ASSERT(holds("4142434445464748", 16));
	add(" QUJDREVGR0hJSktM", 17);
	CU_ASSERT(holds("QUJDREVGR0", 10));
	CU_ASSERT(!holds(key, sizeof(key)));
	free(said);
	said = NULL;
	said_len = 0;
}

UNIT_MAIN("taint",
	{ "the search", test_search },
	{ "set-up and rekeyings", test_pair },
	{ "a wrong secret", test_wrong_secret },
	{ "SK_*", test_keys })
