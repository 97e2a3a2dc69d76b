/* confd/rebase and sessions: several at once, who is told what */
#include "tests/confd/owner.h"

/* A tunnel that both a and b change: a has committed, b has not. */
static void
both(struct world *w, int *a, int *b)
{
	struct err e;

	world_init(w, true);
	*a = world_client(w);
	*b = world_client(w);
	world_tunnel(w, *a, IPSEC1);
	world_tunnel(w, *a, IPSEC2);
	CU_ASSERT_EQUAL(world_do(w, *a, OP_COMMIT, NULL, &e), 0);
	world_set(w, *b, EDIT_MERGE, IPSEC1 "/dpd-delay", "7", &e);
	world_set(w, *b, EDIT_MERGE, IPSEC1 "/description", "of b", &e);
	world_set(w, *b, EDIT_MERGE, IPSEC2 "/description", "of b", &e);
	world_set(w, *a, EDIT_MERGE, IPSEC1 "/dpd-delay", "8", &e);
	world_set(w, *a, EDIT_DELETE, IPSEC2, NULL, &e);
	CU_ASSERT_EQUAL(world_do(w, *a, OP_COMMIT, NULL, &e), 0);
}

static void
end(struct world *w, int a, int b)
{
	close(a);
	close(b);
	world_fini(w);
}

static bool
is_running(struct world *w, const char *text)
{
	char *json = json_of(&w->c.schema, w->c.running);
	bool is = json != NULL && strstr(json, text) != NULL;

	free(json);
	return is;
}

static void
test_named(void)
{
	struct world w;
	struct msg_attr at;
	struct msg r;
	struct err e;
	size_t pos = 0, n = 0;
	char all[2048] = "";
	int a, b;

	both(&w, &a, &b);
	CU_ASSERT_EQUAL(world_do(&w, b, OP_COMMIT, &r, &e), -1);
	CU_ASSERT_EQUAL(e.kind, ERR_CONFLICT);
	while (msg_next(&r, &pos, &at))
		if (at.type == A_ERR_TEXT || at.type == A_ERR_PATH)
			n += (size_t)snprintf(all + n, sizeof(all) - n, "%.*s\n",
					      (int)at.len, at.p);
	msg_fini(&r);
	CU_ASSERT_PTR_NOT_NULL(strstr(all, "you set it to 7; commit 2 of "));
	CU_ASSERT_PTR_NOT_NULL(strstr(all, "meanwhile set it to 8\n" IPSEC1
				      "/dpd-delay\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(all, "meanwhile removed it\n" IPSEC2));
	CU_ASSERT_PTR_NOT_NULL(strstr(all, "rebase mine"));
	/* Asked for alone, it is the same, and nothing is lost. */
	CU_ASSERT_EQUAL(world_do(&w, b, OP_REBASE, NULL, &e), -1);
	CU_ASSERT_EQUAL(e.kind, ERR_CONFLICT);
	CU_ASSERT_EQUAL(world_u32(&w, b, OP_REBASE, A_REBASE, 3, NULL, &e), -1);
	CU_ASSERT_EQUAL(world_do(&w, a, OP_REBASE, NULL, &e), 0);
	end(&w, a, b);
}

static void
test_mine(void)
{
	struct world w;
	struct msg r;
	struct err e;
	uint32_t n = 0;
	int a, b;

	both(&w, &a, &b);
	CU_ASSERT_EQUAL(world_u32(&w, b, OP_REBASE, A_REBASE, REBASE_MINE, &r, &e),
			0);
	CU_ASSERT(msg_u32(&r, A_COUNT, &n) && n == 2);
	msg_fini(&r);
	CU_ASSERT(!is_running(&w, "of b"));
	CU_ASSERT_EQUAL(world_do(&w, b, OP_COMMIT, NULL, &e), 0);
	CU_ASSERT(is_running(&w, "\"dpd-delay\":7"));
	CU_ASSERT(is_running(&w, "\"id\":2,\"description\":\"of b\","
			     "\"local-address\":\"192.0.2.1\""));
	end(&w, a, b);
}

static void
test_theirs(void)
{
	struct world w;
	struct msg r;
	struct err e;
	uint32_t n = 0;
	int a, b;

	both(&w, &a, &b);
	CU_ASSERT_EQUAL(world_u32(&w, b, OP_REBASE, A_REBASE, REBASE_THEIRS, &r,
			       &e), 0);
	CU_ASSERT(msg_u32(&r, A_COUNT, &n) && n == 2);
	msg_fini(&r);
	CU_ASSERT_EQUAL(world_do(&w, b, OP_COMMIT, NULL, &e), 0);
	CU_ASSERT(is_running(&w, "\"dpd-delay\":8"));
	CU_ASSERT(is_running(&w, "of b"));
	CU_ASSERT(!is_running(&w, "\"id\":2"));
	end(&w, a, b);
}

static void
test_secret(void)
{
	struct world w;
	struct err e;
	int a, b;

	both(&w, &a, &b);
	CU_ASSERT_EQUAL(world_do(&w, b, OP_DISCARD, NULL, &e), 0);
	world_set(&w, b, EDIT_MERGE, IPSEC1 "/secret", "battery-b", &e);
	world_set(&w, a, EDIT_MERGE, IPSEC1 "/secret", "battery-a", &e);
	CU_ASSERT_EQUAL(world_do(&w, a, OP_COMMIT, NULL, &e), 0);
	CU_ASSERT_EQUAL(world_do(&w, b, OP_COMMIT, NULL, &e), -1);
	CU_ASSERT_EQUAL(e.kind, ERR_CONFLICT);
	CU_ASSERT_PTR_NULL(strstr(e.text, "battery"));
	end(&w, a, b);
}

static void
test_lock(void)
{
	struct world w;
	struct msg m, r;
	struct err e;
	int a, b;

	both(&w, &a, &b);
	CU_ASSERT_EQUAL(world_do(&w, a, OP_UNLOCK, NULL, &e), -1);
	CU_ASSERT_EQUAL(world_do(&w, a, OP_LOCK, NULL, &e), 0);
	CU_ASSERT_EQUAL(world_do(&w, a, OP_LOCK, NULL, &e), 0);
	CU_ASSERT_EQUAL(world_do(&w, b, OP_LOCK, NULL, &e), -1);
	CU_ASSERT_EQUAL(e.kind, ERR_CONFLICT);
	CU_ASSERT_EQUAL(world_u32(&w, b, OP_REBASE, A_REBASE, REBASE_THEIRS, NULL,
			       &e), 0);
	CU_ASSERT_EQUAL(world_do(&w, b, OP_COMMIT, NULL, &e), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "holds the lock"));
	CU_ASSERT_EQUAL(world_do(&w, b, OP_VALIDATE, NULL, &e), 0);
	CU_ASSERT_EQUAL(world_do(&w, b, OP_UNLOCK, NULL, &e), -1);
	msg_init(&m, OP_UNLOCK, 0, 0);
	msg_add(&m, A_FORCE, NULL, 0);
	CU_ASSERT(world_call(&w, b, &m, &r, &e, 1000));
	CU_ASSERT_EQUAL(e.kind, ERR_NONE);
	msg_fini(&r);
	CU_ASSERT_EQUAL(world_do(&w, b, OP_COMMIT, NULL, &e), 0);
	/* It goes with the session. */
	CU_ASSERT_EQUAL(world_do(&w, b, OP_LOCK, NULL, &e), 0);
	close(b);
	WORLD_UNTIL(&w, w.c.n_sessions == 1);
	CU_ASSERT_EQUAL(world_do(&w, a, OP_LOCK, NULL, &e), 0);
	b = world_client(&w);
	end(&w, a, b);
}

static bool
has(const struct msg *m, enum proto_attr type)
{
	struct msg_attr a;

	return msg_find(m, type, &a);
}

static void
ask(struct world *w, int fd, struct msg *r)
{
	struct msg m;
	struct err e;

	msg_init(&m, OP_SESSIONS, 0, 0);
	msg_add(&m, A_UNSAVED, NULL, 0);
	CU_ASSERT(world_call(w, fd, &m, r, &e, 1000));
	CU_ASSERT_EQUAL(e.kind, ERR_NONE);
}

static void
test_sessions(void)
{
	struct world w;
	struct msg m, r;
	struct msg_attr at;
	struct err e;
	size_t pos = 0, n = 0, editing = 0;
	int a, b;

	both(&w, &a, &b);
	ask(&w, a, &r);
	while (msg_next(&r, &pos, &at)) {
		n += at.type == A_SESSION;
		editing += at.type == A_EDITING;
	}
	CU_ASSERT_EQUAL(n, 2);
	CU_ASSERT_EQUAL(editing, 1);
	CU_ASSERT(!has(&r, A_LOCKED));
	CU_ASSERT(has(&r, A_UNSAVED));
	msg_fini(&r);
	msg_init(&m, OP_COPY, 0, 0);
	msg_add_u32(&m, A_DATASTORE, DS_RUNNING);
	msg_add_u32(&m, A_DATASTORE, DS_STARTUP);
	CU_ASSERT(world_call(&w, a, &m, &r, &e, 1000));
	msg_fini(&r);
	ask(&w, a, &r);
	CU_ASSERT(!has(&r, A_UNSAVED));
	msg_fini(&r);
	/* Changed and changed back is saved. */
	world_set(&w, a, EDIT_MERGE, IPSEC1 "/dpd-delay", "9", &e);
	CU_ASSERT_EQUAL(world_do(&w, a, OP_COMMIT, NULL, &e), 0);
	ask(&w, a, &r);
	CU_ASSERT(has(&r, A_UNSAVED));
	msg_fini(&r);
	world_set(&w, a, EDIT_MERGE, IPSEC1 "/dpd-delay", "8", &e);
	CU_ASSERT_EQUAL(world_do(&w, a, OP_COMMIT, NULL, &e), 0);
	ask(&w, a, &r);
	CU_ASSERT(!has(&r, A_UNSAVED));
	msg_fini(&r);
	end(&w, a, b);
}

/* What was there at a commit, as often as it is asked for. */
static void
test_then(void)
{
	static const struct {
		uint32_t	 commit;
		const char	*has;		/* NULL: no such commit */
	} rows[] = {
		{ 1, "\"id\":2" }, { 2, "\"dpd-delay\":8" }, { 1, "\"id\":2" },
		{ 0, "" }, { 1, "\"id\":2" }, { 9, NULL },
	};
	struct world w;
	struct msg r;
	struct err e;
	char *text;
	int a, b;
	size_t i;

	both(&w, &a, &b);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct msg m;

		msg_init(&m, OP_GET_DATA, 0, 0);
		msg_add_u32(&m, A_COMMIT, rows[i].commit);
		CU_ASSERT(world_call(&w, a, &m, &r, &e, 1000));
		text = msg_str(&r, A_DATA);
		CU_ASSERT_EQUAL(e.kind, rows[i].has != NULL ? ERR_NONE :
				ERR_NOTFOUND);
		CU_ASSERT_EQUAL(text != NULL, rows[i].has != NULL &&
				*rows[i].has != '\0');
		CU_ASSERT(text == NULL || strstr(text, rows[i].has) != NULL);
		free(text);
		msg_fini(&r);
	}
	end(&w, a, b);
}

UNIT_MAIN("rebase",
	{ "conflicts are named", test_named },
	{ "as I changed them", test_mine },
	{ "as they changed them", test_theirs },
	{ "secrets stay secret", test_secret },
	{ "the lock", test_lock },
	{ "who is there, and what is saved", test_sessions },
	{ "a configuration of the past", test_then },
)
