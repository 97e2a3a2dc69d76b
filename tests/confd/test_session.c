/* confd/session, confd/request: one client and what it may ask */
#include "tests/confd/owner.h"

/* The only session's role, as if another user had connected. */
static void
become(struct world *w, enum role role)
{
	w->c.sessions->role = role;
}

static void
test_candidates(void)
{
	struct world w;
	struct err e;
	int a, b;

	world_init(&w, false);
	a = world_client(&w);
	b = world_client(&w);
	CU_ASSERT_EQUAL(world_set(&w, a, EDIT_MERGE, HOSTNAME, "a", &e), 0);
	CU_ASSERT_EQUAL(w.c.running->n, 0);
	CU_ASSERT_EQUAL(session_config(w.c.sessions)->n, 0);
	CU_ASSERT_EQUAL(session_config(w.c.sessions->next)->n, 1);
	/* A failed edit leaves no trace. */
	CU_ASSERT_EQUAL(world_set(&w, b, EDIT_MERGE, HOSTNAME, "-", &e), -1);
	CU_ASSERT_EQUAL(session_config(w.c.sessions)->n, 0);
	CU_ASSERT_EQUAL(world_do(&w, a, OP_DISCARD, NULL, &e), 0);
	CU_ASSERT_EQUAL(session_config(w.c.sessions->next)->n, 0);
	close(a);
	close(b);
	WORLD_UNTIL(&w, w.c.n_sessions == 0);
	world_fini(&w);
}

static void
test_roles(void)
{
	struct world w;
	struct msg m, r;
	struct err e;
	char *json;
	int fd;

	world_init(&w, true);
	fd = world_client(&w);
	world_tunnel(&w, fd, IPSEC1);
	CU_ASSERT_EQUAL(world_do(&w, fd, OP_COMMIT, NULL, &e), 0);
	become(&w, ROLE_GUEST);
	CU_ASSERT_EQUAL(world_set(&w, fd, EDIT_MERGE, HOSTNAME, "a", &e), -1);
	CU_ASSERT_EQUAL(e.kind, ERR_DENIED);
	CU_ASSERT_EQUAL(world_do(&w, fd, OP_COMMIT, NULL, &e), -1);
	CU_ASSERT_EQUAL(e.kind, ERR_DENIED);
	msg_init(&m, OP_GET_DATA, 0, 0);
	msg_add_u32(&m, A_DATASTORE, DS_RUNNING);
	CU_ASSERT(world_call(&w, fd, &m, &r, &e, 1000));
	json = msg_str(&r, A_DATA);
	CU_ASSERT_PTR_NOT_NULL_FATAL(json);
	CU_ASSERT_PTR_NULL(strstr(json, "correct-horse"));
	CU_ASSERT_PTR_NOT_NULL(strstr(json, VIEW_MASK));
	free(json);
	msg_fini(&r);
	become(&w, ROLE_OPERATOR);
	msg_init(&m, OP_COMPARE, 0, 0);
	msg_add_u32(&m, A_COMMIT, 0);
	msg_add_u32(&m, A_DATASTORE, DS_RUNNING);
	CU_ASSERT(world_call(&w, fd, &m, &r, &e, 1000));
	CU_ASSERT_EQUAL(e.kind, ERR_NONE);
	CU_ASSERT_PTR_NULL(memmem(r.data, r.len, "correct-horse", 13));
	CU_ASSERT_PTR_NOT_NULL(memmem(r.data, r.len, VIEW_MASK, 8));
	msg_fini(&r);
	close(fd);
	world_fini(&w);
}

/* An operator changes what the model lets him, whatever way he takes. */
static void
test_operator(void)
{
	static const struct {
		int line; const char *path, *value; int rc;
	} rows[] = {
		{ __LINE__, IPSEC1 "/description", "b", 0 },
		{ __LINE__, IPSEC1, NULL, 0 },		/* it is there */
		{ __LINE__, IPSEC1 "/local-address", "192.0.2.1", 0 },	/* so */
		{ __LINE__, IPSEC1 "/local-address", "192.0.2.9", -1 },
		{ __LINE__, IPSEC1 "/secret", "another-horse", -1 },
		/* what it is: who may not read it has not guessed it */
		{ __LINE__, IPSEC1 "/secret", "correct-horse", -1 },
		{ __LINE__, IPSEC2, NULL, -1 },
		{ __LINE__, HOSTNAME, "a", -1 },
	};
	struct world w;
	struct msg m, r;
	struct err e;
	uint32_t index = 0;
	size_t i;
	int fd;

	world_init(&w, true);
	fd = world_client(&w);
	world_tunnel(&w, fd, IPSEC1);
	CU_ASSERT_EQUAL(world_do(&w, fd, OP_COMMIT, NULL, &e), 0);
	become(&w, ROLE_OPERATOR);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		err_clear(&e);
		CHECK_ROW(rows[i].line, world_set(&w, fd, EDIT_MERGE,
			  rows[i].path, rows[i].value, &e) == rows[i].rc);
		CHECK_ROW(rows[i].line, rows[i].rc == 0 ||
			  (e.kind == ERR_DENIED && e.path[0] == '/'));
	}
	/* Of several, the one that may not be is named, and none is made. */
	msg_init(&m, OP_EDIT_DATA, 0, 0);
	for (i = 0; i < 2; i++) {
		msg_add_u32(&m, A_EDIT, EDIT_MERGE);
		msg_add_str(&m, A_PATH, i == 0 ? IPSEC1 "/enable" :
			    IPSEC1 "/peer");
		msg_add_str(&m, A_VALUE, i == 0 ? "false" : "192.0.2.7");
	}
	CU_ASSERT(world_call(&w, fd, &m, &r, &e, 1000));
	CU_ASSERT_EQUAL(e.kind, ERR_DENIED);
	CU_ASSERT(msg_u32(&r, A_INDEX, &index));
	CU_ASSERT_EQUAL(index, 1);
	msg_fini(&r);
	/* Nor does he learn it with other words. */
	msg_init(&m, OP_EDIT_DATA, 0, 0);
	msg_add_u32(&m, A_EDIT, EDIT_MERGE);
	msg_add_str(&m, A_PATH, IPSEC1);
	msg_add_str(&m, A_DATA, "{\"secret\":\"correct-horse\"}");
	CU_ASSERT(world_call(&w, fd, &m, &r, &e, 1000));
	CU_ASSERT_EQUAL(e.kind, ERR_DENIED);
	msg_fini(&r);
	CU_ASSERT_EQUAL(world_do(&w, fd, OP_COMMIT, NULL, &e), 0);
	CU_ASSERT_EQUAL(w.c.store.last, 2);
	/* An earlier configuration is no way round it. */
	msg_init(&m, OP_ROLLBACK, 0, 0);
	msg_add_u32(&m, A_COUNT, 2);
	CU_ASSERT(world_call(&w, fd, &m, &r, &e, 1000));
	msg_fini(&r);
	CU_ASSERT_EQUAL(world_do(&w, fd, OP_COMMIT, NULL, &e), -1);
	CU_ASSERT_EQUAL(e.kind, ERR_DENIED);
	CU_ASSERT_STRING_EQUAL(e.path, IPSEC1);
	CU_ASSERT_EQUAL(w.c.store.last, 2);
	close(fd);
	world_fini(&w);
}

/* What confd does for a client is in access.c and in the models, or nobody has
 * said who may ask for it. */
static void
test_every_operation(void)
{
	struct world w;
	struct msg m, r;
	struct err e;
	uint16_t op;
	int fd;

	world_init(&w, false);
	fd = world_client(&w);
	become(&w, ROLE_GUEST);
	for (op = 1; op < 200; op++) {
		msg_init(&m, op, 0, 0);
		CHECK_ROW((int)op, world_call(&w, fd, &m, &r, &e, 1000));
		CHECK_ROW((int)op, strstr(e.text, "this operation") == NULL);
		msg_fini(&r);
	}
	close(fd);
	world_fini(&w);
}

/* The head of a request cut and bent in every way that the frame allows. */
static void
test_hostile(void)
{
	static const struct {
		int line; uint16_t op, types[4]; const char *values[4];
	} rows[] = {
		{ __LINE__, 0, { 0 }, { NULL } },
		{ __LINE__, 0xffff, { 0 }, { NULL } },
		{ __LINE__, OP_PREPARE, { 0 }, { NULL } },
		{ __LINE__, OP_HELLO, { 0 }, { NULL } },
		{ __LINE__, OP_HELLO, { A_VERSION }, { "x" } },
		{ __LINE__, OP_GET_DATA, { 0 }, { NULL } },
		{ __LINE__, OP_GET_DATA, { A_DATASTORE }, { "abcd" } },
		{ __LINE__, OP_EDIT_DATA, { A_PATH }, { IPSEC1 } },
		{ __LINE__, OP_EDIT_DATA, { A_EDIT }, { "ab" } },
		{ __LINE__, OP_EDIT_DATA, { A_EDIT }, { "abcd" } },
		{ __LINE__, OP_EDIT_DATA, { A_EDIT, A_PATH }, { "abcd", IPSEC1 } },
		{ __LINE__, OP_EDIT_DATA, { A_EDIT, A_PATH, A_PATH },
		  { "abcd", IPSEC1, IPSEC1 } },
		{ __LINE__, OP_EDIT_DATA, { A_EDIT, A_PATH, A_TXN },
		  { "abcd", IPSEC1, "abcd" } },
		{ __LINE__, OP_EDIT_DATA, { A_EDIT, A_PATH },
		  { "abcd", "\xff\xfe" } },
		{ __LINE__, OP_COPY, { A_DATASTORE }, { "abcd" } },
		{ __LINE__, OP_COPY, { A_DATASTORE, A_DATASTORE },
		  { "abcd", "abcd" } },
		{ __LINE__, OP_COMPARE, { A_DATASTORE }, { "ab" } },
		{ __LINE__, OP_COMPARE, { A_COMMIT, A_COMMIT }, { "abcd", "abcd" } },
		{ __LINE__, OP_ROLLBACK, { 0 }, { NULL } },
		{ __LINE__, OP_ROLLBACK, { A_COUNT }, { "abcd" } },
		{ __LINE__, OP_ACTION, { 0 }, { NULL } },
		{ __LINE__, OP_ACTION, { A_PATH }, { IPSEC1 "/peer" } },
		{ __LINE__, OP_COMMIT, { A_CONFIRM }, { "abcd" } },
		{ __LINE__, OP_COMMIT, { A_COMMENT }, { "\xff" } },
	};
	struct world w;
	struct msg m, r;
	struct err e;
	size_t i, j;
	int fd;

	world_init(&w, false);
	fd = world_client(&w);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		msg_init(&m, rows[i].op, 0, 0);
		for (j = 0; j < 4 && rows[i].values[j] != NULL; j++)
			msg_add_str(&m, rows[i].types[j], rows[i].values[j]);
		CHECK_ROW(rows[i].line, world_call(&w, fd, &m, &r, &e, 1000));
		CHECK_ROW(rows[i].line, e.kind != ERR_NONE && e.text[0] != '\0');
		msg_fini(&r);
	}
	CU_ASSERT_EQUAL(w.c.n_sessions, 1);
	close(fd);
	world_fini(&w);
}

/* Not the last of its octets alone. */
static void
test_number(void)
{
	struct world w;
	struct msg m, r;
	struct err e;
	int fd;

	world_init(&w, false);
	fd = world_client(&w);
	msg_init(&m, OP_COPY, 0, 0);
	msg_add_u32(&m, A_DATASTORE, 0x100 | DS_RUNNING);
	msg_add_u32(&m, A_DATASTORE, 0x100 | DS_CANDIDATE);
	CU_ASSERT(world_call(&w, fd, &m, &r, &e, 1000));
	CU_ASSERT_EQUAL(e.kind, ERR_INVALID);
	msg_fini(&r);
	close(fd);
	world_fini(&w);
}

static void
test_room(void)
{
	struct world w;
	struct err e = ERR_INIT;
	int fd[2 * SESSIONS_MAX + 2], n = 0, pair[2];
	struct msg r;

	world_init(&w, false);
	while (n < 2 * SESSIONS_MAX)
		fd[n++] = world_client(&w);
	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	CU_ASSERT_EQUAL(session_new(&w.c, pair[0], &e), -1);
	CU_ASSERT_EQUAL(msg_read(pair[1], &r, &e), 0);
	msg_get_err(&r, &e);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "sessions already"));
	msg_fini(&r);
	close(pair[1]);
	while (n > 0)
		close(fd[--n]);
	WORLD_UNTIL(&w, w.c.n_sessions == 0);
	world_fini(&w);
}

UNIT_MAIN("session",
	{ "private candidates", test_candidates },
	{ "roles and masks", test_roles },
	{ "what an operator may change", test_operator },
	{ "every operation has a rule", test_every_operation },
	{ "hostile requests", test_hostile },
	{ "the number of a datastore", test_number },
	{ "room for sessions", test_room },
)
