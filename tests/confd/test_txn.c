/* confd/txn: commits with owners that agree, refuse, are silent or die */
#include "tests/confd/owner.h"

#define DATA1	"{\"culvert-tunnel:tunnel\":{\"ipsec\":[{\"id\":1,"

/* Every owner is sent what is its own, the nested one first. */
static void
test_commit(void)
{
	struct world w;
	struct msg r;
	struct err e;
	uint32_t n = 0;
	int fd;

	world_init(&w, true);
	fd = world_client(&w);
	world_tunnel(&w, fd, IPSEC1);
	CU_ASSERT_EQUAL(world_do(&w, fd, OP_COMMIT, &r, &e), 0);
	CU_ASSERT(msg_u32(&r, A_COMMIT, &n) && n == 1);
	msg_fini(&r);
	CU_ASSERT_STRING_EQUAL(w.keys.log, "prepare:" DATA1
			       "\"local-address\":\"192.0.2.1\","
			       "\"secret\":\"correct-horse\"}]}} \napply:\n");
	CU_ASSERT_STRING_EQUAL(w.ike.log, "prepare:" DATA1
			       "\"local-address\":\"192.0.2.1\"}]}} \napply:\n");
	CU_ASSERT(w.keys.prepared_at < w.ike.prepared_at);
	CU_ASSERT(w.keys.applied_at < w.ike.applied_at);
	CU_ASSERT(w.ike.prepared_at < w.keys.applied_at);
	/* Nothing to commit is no commit. */
	CU_ASSERT_EQUAL(world_do(&w, fd, OP_COMMIT, &r, &e), 0);
	CU_ASSERT(!msg_u32(&r, A_COMMIT, &n));
	msg_fini(&r);
	/* A description is none of keys' business; other tunnels nobody's. */
	world_tunnel(&w, fd, IPSEC2);
	CU_ASSERT_EQUAL(world_do(&w, fd, OP_COMMIT, NULL, &e), 0);
	w.keys.log[0] = w.ike.log[0] = '\0';
	world_set(&w, fd, EDIT_MERGE, IPSEC1 "/description", "x", &e);
	CU_ASSERT_EQUAL(world_do(&w, fd, OP_COMMIT, NULL, &e), 0);
	CU_ASSERT_STRING_EQUAL(w.keys.log, "");
	CU_ASSERT_STRING_EQUAL(w.ike.log, "prepare:" DATA1
			       "\"description\":\"x\",\"local-address\":"
			       "\"192.0.2.1\"}]}} \napply:\n");
	/* A secret is keys', and ipsecd hears that there is something. */
	w.keys.log[0] = w.ike.log[0] = '\0';
	world_set(&w, fd, EDIT_MERGE, IPSEC1 "/secret", "another-horse", &e);
	CU_ASSERT_EQUAL(world_do(&w, fd, OP_COMMIT, NULL, &e), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(w.keys.log, "another-horse"));
	CU_ASSERT_PTR_NOT_NULL(strstr(w.ike.log, "prepare:" DATA1));
	CU_ASSERT_PTR_NULL(strstr(w.ike.log, "horse"));
	w.keys.log[0] = w.ike.log[0] = '\0';
	world_set(&w, fd, EDIT_DELETE, IPSEC1, NULL, &e);
	CU_ASSERT_EQUAL(world_do(&w, fd, OP_COMMIT, NULL, &e), 0);
	CU_ASSERT_STRING_EQUAL(w.keys.log, "prepare:" IPSEC1 " \napply:\n");
	CU_ASSERT_STRING_EQUAL(w.ike.log, "prepare:" IPSEC1 " \napply:\n");
	close(fd);
	world_fini(&w);
}

#define WITH(leaf, v)	world_set(&w, fd, EDIT_MERGE, IPSEC1 "/" leaf, v, &e)

/* A leaf with cv:also is sent to its owner and to the other one, a commit that
 * does not change it to its owner alone. */
static void
test_also(void)
{
	struct world w;
	struct err e;
	int fd;

	world_init(&w, true);
	fd = world_client(&w);
	WITH("local-address", "192.0.2.1");
	WITH("method", "cert");
	WITH("certificate", "gw1");
	WITH("ca", "corp");
	CU_ASSERT_EQUAL(world_do(&w, fd, OP_COMMIT, NULL, &e), 0);
	CU_ASSERT_STRING_EQUAL(w.keys.log, "prepare:" DATA1
			       "\"local-address\":\"192.0.2.1\",\"method\":\"cert\","
			       "\"certificate\":\"gw1\",\"ca\":\"corp\"}]}} "
			       "\napply:\n");
	CU_ASSERT_PTR_NOT_NULL(strstr(w.ike.log, "\"certificate\":\"gw1\""));
	CU_ASSERT(w.keys.prepared_at < w.ike.prepared_at);
	w.keys.log[0] = w.ike.log[0] = '\0';
	WITH("description", "x");
	CU_ASSERT_EQUAL(world_do(&w, fd, OP_COMMIT, NULL, &e), 0);
	CU_ASSERT_STRING_EQUAL(w.keys.log, "");
	CU_ASSERT_PTR_NOT_NULL(strstr(w.ike.log, "prepare:"));
	w.keys.log[0] = w.ike.log[0] = '\0';
	/* Either refuses for both. */
	WITH("ca", "other");
	snprintf(w.keys.refuse, sizeof(w.keys.refuse), "no such label");
	CU_ASSERT_EQUAL(world_do(&w, fd, OP_COMMIT, NULL, &e), -1);
	CU_ASSERT_STRING_EQUAL(e.text, "no such label");
	CU_ASSERT_STRING_EQUAL(w.ike.log, "");
	w.keys.refuse[0] = '\0';
	CU_ASSERT_EQUAL(world_do(&w, fd, OP_COMMIT, NULL, &e), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(w.keys.log, "\"ca\":\"other\""));
	CU_ASSERT_PTR_NOT_NULL(strstr(w.ike.log, "\"ca\":\"other\""));
	w.keys.log[0] = w.ike.log[0] = '\0';
	/* Nothing of it is left for keys. */
	WITH("method", "psk");
	WITH("secret", "correct-horse");
	world_set(&w, fd, EDIT_DELETE, IPSEC1 "/certificate", NULL, &e);
	world_set(&w, fd, EDIT_DELETE, IPSEC1 "/ca", NULL, &e);
	CU_ASSERT_EQUAL(world_do(&w, fd, OP_COMMIT, NULL, &e), 0);
	CU_ASSERT_STRING_EQUAL(w.keys.log, "prepare:" DATA1
			       "\"local-address\":\"192.0.2.1\",\"method\":\"psk\","
			       "\"secret\":\"correct-horse\"}]}} \napply:\n");
	/* Who comes back gets the leaf, too. */
	WITH("certificate", "gw2");
	CU_ASSERT_EQUAL(world_do(&w, fd, OP_COMMIT, NULL, &e), 0);
	owner_stop(&w.keys);
	world_spin(&w, 20);
	owner_start(&w.keys, w.base, w.dir, "ipsecd-keys", &w.clock);
	WORLD_UNTIL(&w, strstr(w.keys.log, "apply:") != NULL);
	CU_ASSERT_PTR_NOT_NULL(strstr(w.keys.log, "replace " DATA1));
	CU_ASSERT_PTR_NOT_NULL(strstr(w.keys.log, "\"certificate\":\"gw2\""));
	close(fd);
	world_fini(&w);
}

static void
test_refused(void)
{
	struct world w;
	struct err e;
	int fd;

	world_init(&w, true);
	fd = world_client(&w);
	world_tunnel(&w, fd, IPSEC1);
	snprintf(w.ike.refuse, sizeof(w.ike.refuse), "no such address here");
	CU_ASSERT_EQUAL(world_do(&w, fd, OP_COMMIT, NULL, &e), -1);
	CU_ASSERT_STRING_EQUAL(e.text, "no such address here");
	CU_ASSERT_STRING_EQUAL(e.path, IPSEC1);
	WORLD_UNTIL(&w, strstr(w.keys.log, "abort:") != NULL);
	CU_ASSERT_PTR_NULL(strstr(w.keys.log, "apply:"));
	CU_ASSERT_EQUAL(w.c.running->n, 0);
	CU_ASSERT_EQUAL(w.c.store.last, 0);
	/* The candidate is as it was, and can be committed later. */
	w.ike.refuse[0] = '\0';
	snprintf(w.ike.warn, sizeof(w.ike.warn), "mind the gap");
	CU_ASSERT_EQUAL(world_do(&w, fd, OP_VALIDATE, NULL, &e), 0);
	CU_ASSERT_EQUAL(w.c.running->n, 0);
	w.keys.log[0] = '\0';
	{
		struct msg r;
		char *text;

		CU_ASSERT_EQUAL(world_do(&w, fd, OP_COMMIT, &r, &e), 0);
		text = msg_str(&r, A_WARNING);
		CU_ASSERT_STRING_EQUAL(text, "mind the gap");
		free(text);
		msg_fini(&r);
	}
	CU_ASSERT_EQUAL(w.c.running->n, 1);
	close(fd);
	world_fini(&w);
}

/* All that is wrong, each with its place. */
static void
test_invalid(void)
{
	struct world w;
	struct msg_attr a;
	struct msg r;
	struct err e;
	size_t pos = 0, n = 0, paths = 0;
	char path[128];
	int fd, i;

	world_init(&w, true);
	fd = world_client(&w);
	for (i = 1; i <= 25; i++) {
		snprintf(path, sizeof(path), IPSEC "[id='%d']/dpd-delay", i);
		CU_ASSERT_EQUAL(world_set(&w, fd, EDIT_MERGE, path, "5", &e), 0);
	}
	CU_ASSERT_EQUAL(world_do(&w, fd, OP_COMMIT, &r, &e), -1);
	CU_ASSERT_EQUAL(e.kind, ERR_INVALID);
	CU_ASSERT_STRING_EQUAL(e.path, IPSEC1);
	while (msg_next(&r, &pos, &a)) {
		n += a.type == A_ERR_TEXT;
		paths += a.type == A_ERR_PATH;
	}
	CU_ASSERT_EQUAL(n, VALID_ERRORS_MAX + 1);
	CU_ASSERT_EQUAL(paths, VALID_ERRORS_MAX);
	msg_fini(&r);
	CU_ASSERT_STRING_EQUAL(w.ike.log, "");
	close(fd);
	world_fini(&w);
}

/* Two sessions: apart they merge, on the same node the second one loses. */
static void
test_conflict(void)
{
	struct world w;
	struct msg r;
	struct err e;
	char *text;
	int a, b;

	world_init(&w, true);
	a = world_client(&w);
	b = world_client(&w);
	world_tunnel(&w, a, IPSEC1);
	CU_ASSERT_EQUAL(world_do(&w, a, OP_COMMIT, NULL, &e), 0);
	world_set(&w, a, EDIT_MERGE, IPSEC1 "/dpd-delay", "5", &e);
	world_set(&w, b, EDIT_MERGE, IPSEC1 "/description", "b", &e);
	world_tunnel(&w, b, IPSEC2);
	CU_ASSERT_EQUAL(world_do(&w, a, OP_COMMIT, NULL, &e), 0);
	CU_ASSERT_EQUAL(world_do(&w, b, OP_COMMIT, NULL, &e), 0);
	text = json_of(&w.c.schema, w.c.running);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"dpd-delay\":5"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"description\":\"b\""));
	free(text);
	world_set(&w, a, EDIT_MERGE, IPSEC1 "/dpd-delay", "6", &e);
	world_set(&w, b, EDIT_MERGE, IPSEC1 "/dpd-delay", "7", &e);
	CU_ASSERT_EQUAL(world_do(&w, a, OP_COMMIT, NULL, &e), 0);
	CU_ASSERT_EQUAL(world_do(&w, b, OP_COMMIT, &r, &e), -1);
	CU_ASSERT_EQUAL(e.kind, ERR_CONFLICT);
	CU_ASSERT_STRING_EQUAL(e.path, IPSEC1 "/dpd-delay");
	msg_fini(&r);
	/* Both wanting the same is no conflict. */
	world_set(&w, b, EDIT_MERGE, IPSEC1 "/dpd-delay", "6", &e);
	CU_ASSERT_EQUAL(world_do(&w, b, OP_COMMIT, NULL, &e), 0);
	/* Changing what another removed is one. */
	world_set(&w, b, EDIT_MERGE, IPSEC2 "/description", "x", &e);
	world_set(&w, a, EDIT_DELETE, IPSEC2, NULL, &e);
	CU_ASSERT_EQUAL(world_do(&w, a, OP_COMMIT, NULL, &e), 0);
	CU_ASSERT_EQUAL(world_do(&w, b, OP_COMMIT, NULL, &e), -1);
	CU_ASSERT_EQUAL(e.kind, ERR_CONFLICT);
	CU_ASSERT_EQUAL(world_do(&w, b, OP_DISCARD, NULL, &e), 0);
	CU_ASSERT_EQUAL(world_do(&w, b, OP_COMMIT, NULL, &e), 0);
	CU_ASSERT_EQUAL(w.c.running->n, 1);
	close(a);
	close(b);
	world_fini(&w);
}

/* An owner that is away does not block, and gets everything when it comes. */
static void
test_away(void)
{
	struct world w;
	struct msg r;
	struct err e;
	char *text;
	int fd;

	world_init(&w, false);
	fd = world_client(&w);
	world_tunnel(&w, fd, IPSEC1);
	CU_ASSERT_EQUAL(world_do(&w, fd, OP_COMMIT, &r, &e), 0);
	text = msg_str(&r, A_WARNING);
	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "ipsecd-keys is not running"));
	free(text);
	msg_fini(&r);
	owner_start(&w.ike, w.base, w.dir, "ipsecd", &w.clock);
	owner_start(&w.keys, w.base, w.dir, "ipsecd-keys", &w.clock);
	WORLD_UNTIL(&w, w.keys.applied_at > 0 && w.ike.applied_at > 0);
	CU_ASSERT_STRING_EQUAL(w.keys.log, "prepare:replace " DATA1
			       "\"local-address\":\"192.0.2.1\","
			       "\"secret\":\"correct-horse\"}]}} \napply:\n");
	CU_ASSERT_STRING_EQUAL(w.ike.log, "prepare:replace " DATA1
			       "\"local-address\":\"192.0.2.1\"}]}} \napply:\n");
	close(fd);
	world_fini(&w);
}

/* They come in the wrong order, and are served in the right one. */
static void
test_order(void)
{
	struct world w;
	struct err e;
	int fd;

	world_init(&w, false);
	fd = world_client(&w);
	world_tunnel(&w, fd, IPSEC1);
	CU_ASSERT_EQUAL(world_do(&w, fd, OP_COMMIT, NULL, &e), 0);
	owner_start(&w.ike, w.base, w.dir, "ipsecd", &w.clock);
	WORLD_UNTIL(&w, w.ike.conn != NULL);
	world_spin(&w, 100);
	CU_ASSERT_STRING_EQUAL(w.ike.log, "");
	owner_start(&w.keys, w.base, w.dir, "ipsecd-keys", &w.clock);
	WORLD_UNTIL(&w, w.keys.applied_at > 0 && w.ike.applied_at > 0);
	CU_ASSERT(w.keys.applied_at < w.ike.prepared_at);
	/* Alone, it is not kept waiting for ever. */
	owner_stop(&w.keys);
	w.ike.log[0] = '\0';
	msg_conn_free(w.ike.conn);
	w.ike.conn = NULL;
	WORLD_UNTIL(&w, strstr(w.ike.log, "prepare:replace") != NULL);
	close(fd);
	world_fini(&w);
}

/* An owner that refuses all of running: said to every session, until a commit
 * mends it. */
static void
test_refused_sync(void)
{
	struct world w;
	struct msg m, r;
	struct err e;
	char *text;
	int fd;

	world_init(&w, true);
	fd = world_client(&w);
	world_tunnel(&w, fd, IPSEC1);
	CU_ASSERT_EQUAL(world_do(&w, fd, OP_COMMIT, NULL, &e), 0);
	snprintf(w.ike.refuse, sizeof(w.ike.refuse), "not today");
	msg_conn_free(w.ike.conn);
	w.ike.conn = NULL;
	WORLD_UNTIL(&w, backend_refusal(backend_find(&w.c, "ipsecd")) != NULL);
	msg_init(&m, OP_HELLO, 0, 0);
	msg_add_u32(&m, A_VERSION, PROTO_VERSION);
	CU_ASSERT(world_call(&w, fd, &m, &r, &e, 1000));
	text = msg_str(&r, A_WARNING);
	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "not today"));
	free(text);
	msg_fini(&r);
	w.ike.refuse[0] = w.ike.log[0] = '\0';
	world_set(&w, fd, EDIT_MERGE, HOSTNAME, "gw", &e);
	CU_ASSERT_EQUAL(world_do(&w, fd, OP_COMMIT, NULL, &e), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(w.ike.log, "prepare:replace " DATA1));
	CU_ASSERT_PTR_NOT_NULL(strstr(w.ike.log, "apply:"));
	CU_ASSERT_PTR_NULL(backend_refusal(backend_find(&w.c, "ipsecd")));
	close(fd);
	world_fini(&w);
}

static unsigned int
count(const char *log, const char *what)
{
	unsigned int n = 0;

	while ((log = strstr(log, what)) != NULL) {
		log++;
		n++;
	}
	return n;
}

/* Who cannot apply what it has prepared gets it again, after a pause; who did
 * not take running gets it again without a commit. */
static void
test_again(void)
{
	struct backend *b;
	struct world w;
	struct err e;
	int fd;

	world_init(&w, true);
	b = backend_find(&w.c, "ipsecd");
	fd = world_client(&w);
	world_tunnel(&w, fd, IPSEC1);
	snprintf(w.ike.fail, sizeof(w.ike.fail), "no room");
	CU_ASSERT_EQUAL(world_do(&w, fd, OP_COMMIT, NULL, &e), 0);
	world_spin(&w, 200);
	CU_ASSERT(count(w.ike.log, "apply:") <= 2);
	CU_ASSERT(!backend_is_synced(b));
	CU_ASSERT_PTR_NOT_NULL_FATAL(backend_refusal(b));
	CU_ASSERT_PTR_NOT_NULL(strstr(backend_refusal(b), "no room"));
	WORLD_UNTIL(&w, strstr(w.ike.log, "prepare:replace " DATA1) != NULL);
	w.ike.fail[0] = '\0';
	snprintf(w.ike.refuse, sizeof(w.ike.refuse), "not now");
	WORLD_UNTIL(&w, backend_refusal(b) != NULL &&
		    strstr(backend_refusal(b), "not now") != NULL);
	w.ike.refuse[0] = '\0';
	WORLD_UNTIL(&w, backend_is_synced(b));
	CU_ASSERT_PTR_NULL(backend_refusal(b));
	close(fd);
	world_fini(&w);
}

static void
test_dies(void)
{
	struct world w;
	struct err e;
	int fd;

	world_init(&w, true);
	fd = world_client(&w);
	world_tunnel(&w, fd, IPSEC1);
	w.ike.die = OP_PREPARE;
	CU_ASSERT_EQUAL(world_do(&w, fd, OP_COMMIT, NULL, &e), -1);
	CU_ASSERT_STRING_EQUAL(e.text, "ipsecd stopped before it answered");
	CU_ASSERT_EQUAL(w.c.running->n, 0);
	WORLD_UNTIL(&w, backend_is_synced(backend_find(&w.c, "ipsecd")));
	/* Past the disk there is no way back: it is synced when it returns. */
	w.ike.log[0] = '\0';
	w.ike.die = OP_APPLY;
	CU_ASSERT_EQUAL(world_do(&w, fd, OP_COMMIT, NULL, &e), 0);
	CU_ASSERT_EQUAL(w.c.running->n, 1);
	WORLD_UNTIL(&w, strstr(w.ike.log, "prepare:replace " DATA1) != NULL);
	close(fd);
	world_fini(&w);
}

/* The client goes away in the middle of its commit. */
static void
test_client_gone(void)
{
	struct world w;
	struct msg m, r;
	struct err e;
	int fd, other;

	world_init(&w, true);
	fd = world_client(&w);
	other = world_client(&w);
	world_tunnel(&w, fd, IPSEC1);
	w.ike.silent = OP_PREPARE;
	msg_init(&m, OP_COMMIT, 0, 0);
	CU_ASSERT(!world_call(&w, fd, &m, &r, &e, 50));
	/* Meanwhile its candidate is not to be touched. */
	CU_ASSERT_EQUAL(world_set(&w, fd, EDIT_MERGE, HOSTNAME, "a", &e), -1);
	CU_ASSERT_EQUAL(e.kind, ERR_CONFLICT);
	CU_ASSERT_EQUAL(world_do(&w, fd, OP_COMMIT, NULL, &e), -1);
	close(fd);
	WORLD_UNTIL(&w, w.c.n_sessions == 1);
	/* The other one is answered, its commit waits its turn. */
	CU_ASSERT_EQUAL(world_set(&w, other, EDIT_MERGE, HOSTNAME, "b", &e), 0);
	msg_conn_free(w.ike.conn);
	w.ike.conn = NULL;
	w.ike.silent = 0;
	CU_ASSERT_EQUAL(world_do(&w, other, OP_COMMIT, NULL, &e), 0);
	close(other);
	world_fini(&w);
}

UNIT_MAIN("txn",
	{ "a commit", test_commit },
	{ "a leaf that two are sent", test_also },
	{ "an owner refuses", test_refused },
	{ "everything wrong at once", test_invalid },
	{ "two sessions", test_conflict },
	{ "owners away", test_away },
	{ "nested owners first", test_order },
	{ "an owner refuses running", test_refused_sync },
	{ "an owner could not", test_again },
	{ "an owner dies", test_dies },
	{ "the client goes away", test_client_gone },
)
