/* confd/confirm: commits that are taken back unless somebody confirms them */
#include <fcntl.h>
#include <sys/stat.h>

#include "confd/confirm.h"
#include "tests/confd/owner.h"

#define LOCATION "/culvert-system:system/location"

static int
confirmed(struct world *w, int fd, uint32_t seconds, struct err *e)
{
	return world_u32(w, fd, OP_COMMIT, A_CONFIRM, seconds, NULL, e);
}

static int
location(struct world *w, int fd, const char *text)
{
	struct err e;

	return world_set(w, fd, EDIT_MERGE, LOCATION, text, &e);
}

static bool
is_running(struct world *w, const char *text)
{
	char *json = json_of(&w->c.schema, w->c.running);
	bool is = json != NULL && strstr(json, text) != NULL;

	free(json);
	return is;
}

/* As if it were later. */
static void
time_is_over(struct world *w)
{
	w->c.store.unconfirmed.deadline = unconfirmed_now();
	confirm_arm(&w->c);
}

/* It could not be done, and will be tried again after a while. */
static bool
tries_again(struct world *w)
{
	struct timeval at, now;

	event_base_gettimeofday_cached(w->base, &now);
	return !w->c.reverting &&
	    event_pending(w->c.confirm, EV_TIMEOUT, &at) &&
	    at.tv_sec - now.tv_sec > 6;
}

/* What a session was told without asking; "" if nothing. */
static void
heard(struct world *w, int fd, char *out, size_t size)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct err e;
	struct msg m;
	char *text;

	out[0] = '\0';
	world_spin(w, 1);
	while (poll(&p, 1, 0) > 0 && msg_read(fd, &m, &e) == 0) {
		text = m.op == OP_NOTICE ? msg_str(&m, A_WARNING) : NULL;
		if (text != NULL)
			snprintf(out, size, "%s", text);
		free(text);
		msg_fini(&m);
	}
}

static void
test_back(void)
{
	struct world w;
	struct msg r;
	char text[512];
	struct err e;
	uint32_t n = 0;
	int a, b;

	world_init(&w, true);
	a = world_client(&w);
	b = world_client(&w);
	world_tunnel(&w, a, IPSEC1);
	CU_ASSERT_EQUAL(world_do(&w, a, OP_COMMIT, NULL, &e), 0);
	world_set(&w, a, EDIT_MERGE, IPSEC1 "/local-address", "192.0.2.7", &e);
	CU_ASSERT_EQUAL(world_u32(&w, a, OP_COMMIT, A_CONFIRM, 600, &r, &e), 0);
	CU_ASSERT(msg_u32(&r, A_COMMIT, &n) && n == 2);
	CU_ASSERT(msg_u32(&r, A_CONFIRM, &n) && n == 600);
	msg_fini(&r);
	CU_ASSERT(is_running(&w, "192.0.2.7"));
	heard(&w, b, text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(text, "");
	w.ike.log[0] = '\0';
	time_is_over(&w);
	WORLD_UNTIL(&w, w.c.store.last == 3);
	WORLD_UNTIL(&w, strstr(w.ike.log, "apply") != NULL);
	CU_ASSERT(is_running(&w, "192.0.2.1"));
	CU_ASSERT_PTR_NOT_NULL(strstr(w.ike.log, "192.0.2.1"));
	CU_ASSERT_EQUAL(w.c.store.unconfirmed.first, 0);
	CU_ASSERT(!w.c.reverting);
	/* Everybody hears of it, and it can be fetched again. */
	heard(&w, b, text, sizeof(text));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "commit 2 of "));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "again that of commit 1"));
	heard(&w, a, text, sizeof(text));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "taken back"));
	CU_ASSERT_EQUAL(world_u32(&w, a, OP_ROLLBACK, A_COUNT, 1, NULL, &e), 0);
	CU_ASSERT_EQUAL(world_do(&w, a, OP_COMMIT, NULL, &e), 0);
	CU_ASSERT(is_running(&w, "192.0.2.7"));
	close(a);
	close(b);
	world_fini(&w);
}

static void
test_keep(void)
{
	struct world w;
	struct msg r;
	struct err e;
	uint32_t n = 0;
	int a;

	world_init(&w, true);
	a = world_client(&w);
	CU_ASSERT_EQUAL(world_do(&w, a, OP_CONFIRM, NULL, &e), -1);
	CU_ASSERT_EQUAL(e.kind, ERR_NOTFOUND);
	location(&w, a, "cellar");
	CU_ASSERT_EQUAL(confirmed(&w, a, 600, &e), 0);
	/* The session that made it may have been cut off by it. */
	close(a);
	a = world_client(&w);
	CU_ASSERT_EQUAL(world_u32(&w, a, OP_CONFIRM, A_COMMIT, 7, NULL, &e), -1);
	CU_ASSERT_EQUAL(world_u32(&w, a, OP_CONFIRM, A_COMMIT, 0, &r, &e), 0);
	CU_ASSERT(msg_u32(&r, A_COMMIT, &n) && n == 1);
	msg_fini(&r);
	CU_ASSERT(faccessat(w.c.store.dir, "unconfirmed", F_OK, 0) < 0);
	time_is_over(&w);
	world_spin(&w, 20);
	CU_ASSERT(is_running(&w, "cellar"));
	CU_ASSERT_EQUAL(w.c.store.last, 1);
	/* Nothing to commit is nothing to wait for. */
	CU_ASSERT_EQUAL(confirmed(&w, a, 600, &e), 0);
	CU_ASSERT_EQUAL(w.c.store.unconfirmed.first, 0);
	CU_ASSERT_EQUAL(confirmed(&w, a, CONFIRM_MAX_S + 1, &e), -1);
	close(a);
	world_fini(&w);
}

/* Another user must know the number, and be an administrator. */
static void
test_other_user(void)
{
	struct world w;
	struct session *s;
	struct err e;
	int a, b;

	world_init(&w, true);
	a = world_client(&w);
	location(&w, a, "cellar");
	CU_ASSERT_EQUAL(confirmed(&w, a, 600, &e), 0);
	b = world_client(&w);
	s = w.c.sessions;		/* the newest */
	s->uid++;
	s->role = ROLE_OPERATOR;
	CU_ASSERT_EQUAL(world_do(&w, b, OP_CONFIRM, NULL, &e), -1);
	CU_ASSERT_EQUAL(e.kind, ERR_DENIED);
	CU_ASSERT_EQUAL(world_u32(&w, b, OP_CONFIRM, A_COMMIT, 1, NULL, &e), -1);
	CU_ASSERT_EQUAL(e.kind, ERR_DENIED);
	s->role = ROLE_ADMIN;
	location(&w, b, "attic");
	CU_ASSERT_EQUAL(world_do(&w, b, OP_COMMIT, NULL, &e), -1);
	CU_ASSERT_EQUAL(e.kind, ERR_CONFLICT);
	CU_ASSERT_EQUAL(confirmed(&w, b, 600, &e), -1);
	CU_ASSERT_EQUAL(world_u32(&w, b, OP_CANCEL, A_COMMIT, 1, NULL, &e), 0);
	CU_ASSERT(!is_running(&w, "cellar"));
	/* And commits go on. */
	CU_ASSERT_EQUAL(world_do(&w, b, OP_DISCARD, NULL, &e), 0);
	location(&w, b, "attic");
	CU_ASSERT_EQUAL(world_do(&w, b, OP_COMMIT, NULL, &e), 0);
	CU_ASSERT(is_running(&w, "attic"));
	close(a);
	close(b);
	world_fini(&w);
}

/* The second one begins the time anew; what is gone back to stays. */
static void
test_again(void)
{
	struct world w;
	struct msg m, r;
	uint64_t first;
	struct err e;
	int a;

	world_init(&w, true);
	a = world_client(&w);
	location(&w, a, "cellar");
	CU_ASSERT_EQUAL(world_do(&w, a, OP_COMMIT, NULL, &e), 0);
	location(&w, a, "attic");
	CU_ASSERT_EQUAL(confirmed(&w, a, 10, &e), 0);
	first = w.c.store.unconfirmed.deadline;
	location(&w, a, "roof");
	CU_ASSERT_EQUAL(world_do(&w, a, OP_COMMIT, NULL, &e), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "commit confirm 2"));
	CU_ASSERT_EQUAL(confirmed(&w, a, 600, &e), 0);
	CU_ASSERT(w.c.store.unconfirmed.deadline > first);
	CU_ASSERT_EQUAL(w.c.store.unconfirmed.first, 2);
	CU_ASSERT_EQUAL(w.c.store.unconfirmed.last, 3);
	/* Without a change, too. */
	first = w.c.store.unconfirmed.deadline;
	CU_ASSERT_EQUAL(confirmed(&w, a, 6000, &e), 0);
	CU_ASSERT(w.c.store.unconfirmed.deadline > first);
	/* Not for the next start either. */
	msg_init(&m, OP_COPY, 0, 0);
	msg_add_u32(&m, A_DATASTORE, DS_RUNNING);
	msg_add_u32(&m, A_DATASTORE, DS_STARTUP);
	CU_ASSERT(world_call(&w, a, &m, &r, &e, 1000));
	CU_ASSERT_EQUAL(e.kind, ERR_CONFLICT);
	msg_fini(&r);
	time_is_over(&w);
	WORLD_UNTIL(&w, w.c.store.last == 4);
	CU_ASSERT(is_running(&w, "cellar"));
	close(a);
	world_fini(&w);
}

/* Who does not want it back gets it all the same. */
static void
test_refused(void)
{
	struct world w;
	struct err e;
	int a;

	world_init(&w, true);
	a = world_client(&w);
	world_tunnel(&w, a, IPSEC1);
	CU_ASSERT_EQUAL(world_do(&w, a, OP_COMMIT, NULL, &e), 0);
	world_set(&w, a, EDIT_MERGE, IPSEC1 "/local-address", "192.0.2.7", &e);
	CU_ASSERT_EQUAL(confirmed(&w, a, 600, &e), 0);
	snprintf(w.ike.refuse, sizeof(w.ike.refuse), "not today");
	w.ike.log[0] = '\0';
	time_is_over(&w);
	WORLD_UNTIL(&w, w.c.store.last == 3);
	CU_ASSERT(is_running(&w, "192.0.2.1"));
	WORLD_UNTIL(&w, strstr(w.ike.log, "prepare:replace") != NULL);
	CU_ASSERT_EQUAL(w.c.store.unconfirmed.first, 0);
	close(a);
	world_fini(&w);
}

/* confd ends in between, in time or not. */
static void
test_restart(bool in_time)
{
	struct world w;
	struct msg m, r;
	struct err e;
	char *text;
	int a;

	world_init(&w, true);
	a = world_client(&w);
	location(&w, a, "cellar");
	CU_ASSERT_EQUAL(world_do(&w, a, OP_COMMIT, NULL, &e), 0);
	location(&w, a, "attic");
	CU_ASSERT_EQUAL(confirmed(&w, a, in_time ? 600 : 1, &e), 0);
	close(a);
	confd_fini(&w.c);
	if (!in_time)
		world_spin(&w, 1100);
	world_confd(&w);
	a = world_client(&w);
	if (in_time) {
		CU_ASSERT(is_running(&w, "attic"));
		CU_ASSERT_EQUAL(w.c.store.unconfirmed.first, 2);
		msg_init(&m, OP_HELLO, 0, 0);
		msg_add_u32(&m, A_VERSION, PROTO_VERSION);
		CU_ASSERT(world_call(&w, a, &m, &r, &e, 1000));
		text = msg_str(&r, A_WARNING);
		CU_ASSERT(text != NULL &&
			  strstr(text, "commit confirm 2") != NULL);
		free(text);
		msg_fini(&r);
		time_is_over(&w);
	}
	WORLD_UNTIL(&w, w.c.store.last == 3);
	CU_ASSERT(is_running(&w, "cellar"));
	CU_ASSERT_EQUAL(w.c.store.unconfirmed.first, 0);
	close(a);
	confd_fini(&w.c);
	world_confd(&w);
	CU_ASSERT(is_running(&w, "cellar"));
	CU_ASSERT_EQUAL(w.c.store.last, 3);
	world_fini(&w);
}

static void
test_restart_early(void)
{
	test_restart(true);
}

static void
test_restart_late(void)
{
	test_restart(false);
}

/* Refused by an owner: nothing waits. */
static void
test_not_made(void)
{
	struct world w;
	struct err e;
	int a;

	world_init(&w, true);
	a = world_client(&w);
	world_tunnel(&w, a, IPSEC1);
	snprintf(w.ike.refuse, sizeof(w.ike.refuse), "not today");
	CU_ASSERT_EQUAL(confirmed(&w, a, 600, &e), -1);
	CU_ASSERT_EQUAL(w.c.store.unconfirmed.first, 0);
	CU_ASSERT(faccessat(w.c.store.dir, "unconfirmed", F_OK, 0) < 0);
	w.ike.refuse[0] = '\0';
	/* The disk refuses the commit: what waited before is as it was. */
	location(&w, a, "cellar");
	CU_ASSERT_EQUAL(confirmed(&w, a, 600, &e), 0);
	location(&w, a, "attic");
	CU_ASSERT_EQUAL(mkdirat(w.c.store.commits, "2", 0700), 0);
	CU_ASSERT_EQUAL(mkdirat(w.c.store.commits, "2/x", 0700), 0);
	CU_ASSERT_EQUAL(confirmed(&w, a, 900, &e), -1);
	CU_ASSERT_EQUAL(w.c.store.unconfirmed.first, 1);
	CU_ASSERT_EQUAL(w.c.store.unconfirmed.last, 1);
	CU_ASSERT_EQUAL(w.c.store.unconfirmed.seconds, 600);
	/* Nor does it let the way back through: tried again later. */
	time_is_over(&w);
	WORLD_UNTIL(&w, tries_again(&w));
	CU_ASSERT(is_running(&w, "cellar"));
	CU_ASSERT_EQUAL(unlinkat(w.c.store.commits, "2/x", AT_REMOVEDIR), 0);
	CU_ASSERT_EQUAL(unlinkat(w.c.store.commits, "2", AT_REMOVEDIR), 0);
	time_is_over(&w);
	WORLD_UNTIL(&w, w.c.store.last == 2);
	CU_ASSERT(!is_running(&w, "cellar"));
	close(a);
	world_fini(&w);
}

UNIT_MAIN("confirm",
	{ "taken back in the end", test_back },
	{ "confirmed", test_keep },
	{ "another user's", test_other_user },
	{ "confirmed commits in a row", test_again },
	{ "an owner refuses the way back", test_refused },
	{ "confd restarted in time", test_restart_early },
	{ "confd restarted too late", test_restart_late },
	{ "not made at all", test_not_made },
)
