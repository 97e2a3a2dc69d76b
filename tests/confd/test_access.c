/* confd/access: who may do what */
#include "confd/access.h"

#include <libyang/libyang.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/msg.h"
#include "tests/confd/fixture.h"

#define R	"/test-rights:rights"

#define NONE	((gid_t)-1)

static void
test_roles(void)
{
	static const struct {
		int line; uid_t uid; gid_t groups[3]; enum role role;
	} rows[] = {
		{ __LINE__, 0, { 7, 8, 9 }, ROLE_ADMIN },
		{ __LINE__, 50, { 7, 8, 9 }, ROLE_ADMIN },
		{ __LINE__, 1000, { 7, 8, 9 }, ROLE_GUEST },
		{ __LINE__, 1000, { 7, 100, 9 }, ROLE_ADMIN },
		{ __LINE__, 1000, { 200, 8, 9 }, ROLE_OPERATOR },
		{ __LINE__, 1000, { 200, 8, 100 }, ROLE_ADMIN },
		{ __LINE__, 1000, { NONE, NONE, NONE }, ROLE_GUEST },
		{ __LINE__, (uid_t)-1, { NONE, NONE, NONE }, ROLE_GUEST },
	};
	struct access a = { .owner = 50, .admin = 100, .operator = 200 };
	struct access bare = { .owner = 50, .admin = NONE, .operator = NONE };
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CHECK_ROW(rows[i].line, access_role(&a, rows[i].uid,
			  rows[i].groups, 3) == rows[i].role);
	/* Groups that do not exist give nobody anything. */
	CU_ASSERT_EQUAL(access_role(&bare, 1000, rows[6].groups, 3), ROLE_GUEST);
}

static void
test_peer(void)
{
	struct access a;
	int pair[2];

	access_init(&a);
	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	/* This process, which is the owner. */
	CU_ASSERT_EQUAL(access_peer(&a, pair[0]), ROLE_ADMIN);
	CU_ASSERT_EQUAL(access_peer(&a, -1), ROLE_GUEST);
	close(pair[0]);
	close(pair[1]);
}

/* Every operation with every role: g, o, a is the least that may. */
static void
test_operations(void)
{
	static const struct {
		int line; enum proto_op op; uint32_t from, to; char least;
	} rows[] = {
		{ __LINE__, OP_HELLO, 0, 0, 'g' },
		{ __LINE__, OP_GET_DATA, DS_RUNNING, 0, 'g' },
		{ __LINE__, OP_GET_DATA, DS_OPERATIONAL, 0, 'g' },
		{ __LINE__, OP_GET_DATA, DS_STARTUP, 0, 'o' },
		{ __LINE__, OP_GET_DATA, DS_CANDIDATE, 0, 'o' },
		{ __LINE__, OP_GET_DATA, DS_FACTORY, 0, 'o' },
		{ __LINE__, OP_EDIT_DATA, 0, 0, 'o' },
		{ __LINE__, OP_VALIDATE, 0, 0, 'o' },
		{ __LINE__, OP_COMMIT, 0, 0, 'o' },
		{ __LINE__, OP_DISCARD, 0, 0, 'o' },
		{ __LINE__, OP_COPY, DS_RUNNING, DS_CANDIDATE, 'o' },
		{ __LINE__, OP_COPY, DS_RUNNING, DS_STARTUP, 'o' },
		{ __LINE__, OP_COPY, DS_FACTORY, DS_STARTUP, 'a' },
		{ __LINE__, OP_COPY, DS_CANDIDATE, DS_STARTUP, 'a' },
		{ __LINE__, OP_COMPARE, DS_RUNNING, DS_STARTUP, 'o' },
		{ __LINE__, OP_HISTORY, 0, 0, 'o' },
		{ __LINE__, OP_ROLLBACK, 0, 0, 'o' },
		/* What nobody has thought of is not for everybody. */
		{ __LINE__, OP_PREPARE, 0, 0, 'a' },
		{ __LINE__, (enum proto_op)9999, 0, 0, 'a' },
	};
	enum role role, least;
	struct schema s;
	struct msg m;
	struct err e;
	size_t i;

	load_schema(&s);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		least = rows[i].least == 'g' ? ROLE_GUEST :
		    rows[i].least == 'o' ? ROLE_OPERATOR : ROLE_ADMIN;
		msg_init(&m, (uint16_t)rows[i].op, 0, 1);
		if (rows[i].from != 0)
			msg_add_u32(&m, A_DATASTORE, rows[i].from);
		if (rows[i].to != 0)
			msg_add_u32(&m, A_DATASTORE, rows[i].to);
		for (role = ROLE_GUEST; role <= ROLE_ADMIN; role++) {
			err_clear(&e);
			CHECK_ROW(rows[i].line, (access_check(&s, role, &m, &e)
				  == 0) == (role >= least));
			CHECK_ROW(rows[i].line, role >= least ||
				  (e.kind == ERR_DENIED && e.text[0] != '\0'));
		}
		msg_fini(&m);
	}
	schema_fini(&s);
}

/* What was at a commit is no part of what runs, whatever else is named. */
static void
test_earlier(void)
{
	struct schema s;
	struct msg m;
	struct err e;

	load_schema(&s);
	msg_init(&m, OP_GET_DATA, 0, 1);
	msg_add_u32(&m, A_DATASTORE, DS_RUNNING);
	CU_ASSERT_EQUAL(access_check(&s, ROLE_GUEST, &m, &e), 0);
	msg_add_u32(&m, A_COMMIT, 1);
	CU_ASSERT_EQUAL(access_check(&s, ROLE_GUEST, &m, &e), -1);
	CU_ASSERT_EQUAL(access_check(&s, ROLE_OPERATOR, &m, &e), 0);
	msg_fini(&m);
	schema_fini(&s);
}

/* Every operation of the table has an rpc in the models, or it would be for
 * administrators only without anybody having said so. */
static void
test_names(void)
{
	char path[128];
	const char *name;
	struct schema s;
	struct msg m;
	uint16_t op;

	load_schema(&s);
	for (op = 1; op < 200; op++) {
		msg_init(&m, op, 0, 1);
		name = access_operation(&m);
		msg_fini(&m);
		if (name == NULL)
			continue;
		snprintf(path, sizeof(path), "/culvert-operations:%s", name);
		CHECK_ROW((int)op, lys_find_path(s.ctx, NULL, path, 0) != NULL);
	}
	schema_fini(&s);
}

/* What each role may commit, by the rules of test-rights. */
static void
test_changes(void)
{
	static const struct {
		int line; enum proto_edit op; const char *path, *value;
		char least;
	} rows[] = {
		{ __LINE__, EDIT_MERGE, R "/plain", "b", 'a' },
		{ __LINE__, EDIT_MERGE, R "/for-operators", "b", 'o' },
		{ __LINE__, EDIT_MERGE, R "/for-guests", "b", 'g' },
		{ __LINE__, EDIT_REMOVE, R "/for-operators", NULL, 'o' },
		{ __LINE__, EDIT_MERGE, R "/box/inherited", "b", 'o' },
		{ __LINE__, EDIT_MERGE, R "/box/stricter", "b", 'a' },
		/* It would take along what he may not change. */
		{ __LINE__, EDIT_REMOVE, R "/box", NULL, 'a' },
		{ __LINE__, EDIT_REMOVE, R "/easy-box", NULL, 'o' },
		{ __LINE__, EDIT_MERGE, R "/entry[name='old']", NULL, 'g' },
		{ __LINE__, EDIT_MERGE, R "/entry[name='old']/note", "b", 'o' },
		{ __LINE__, EDIT_MERGE, R "/entry[name='new']", NULL, 'a' },
		{ __LINE__, EDIT_MERGE, R "/entry[name='new']/note", "b", 'a' },
		{ __LINE__, EDIT_REMOVE, R "/entry[name='old']", NULL, 'a' },
		{ __LINE__, EDIT_REMOVE, R, NULL, 'a' },
		{ __LINE__, EDIT_MERGE, R "/line/easy", "b", 'o' },
		{ __LINE__, EDIT_MERGE, R "/line/hard", "b", 'a' },
	};
	static const char *const there[] = {
		R "/plain", R "/for-operators", R "/box/inherited",
		R "/box/stricter", R "/easy-box/leaf", R "/entry[name='old']/note",
		R "/line/easy", R "/line/hard",
	};
	struct map *before = map_new(), *after;
	struct schema s;
	enum role role, least;
	struct err e;
	struct msg m;
	size_t i;

	load_schema_with(&s, "test-rights");
	for (i = 0; i < sizeof(there) / sizeof(there[0]); i++)
		CU_ASSERT_EQUAL(set1(&s, before, there[i], "a"), 1);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		after = map_clone(before);
		CHECK_ROW(rows[i].line, edit1(&s, after, rows[i].op,
			  rows[i].path, rows[i].value, &e) >= 0);
		least = rows[i].least == 'g' ? ROLE_GUEST :
		    rows[i].least == 'o' ? ROLE_OPERATOR : ROLE_ADMIN;
		for (role = ROLE_GUEST; role <= ROLE_ADMIN; role++) {
			err_clear(&e);
			msg_init(&m, OP_COMMIT, MSG_REPLY, 1);
			CHECK_ROW(rows[i].line, (access_changes(role, before,
				  after, &m, &e) == 0) == (role >= least));
			CHECK_ROW(rows[i].line, role >= least ||
				  (e.kind == ERR_DENIED && e.path[0] == '/' &&
				   m.len > 0));
			msg_fini(&m);
		}
		map_unref(after);
	}
	map_unref(before);
	schema_fini(&s);
}

static void
test_reading(void)
{
	static const struct { enum role role; const char *json; } rows[] = {
		{ ROLE_GUEST, "{\"test-rights:rights\":{\"plain\":\"a\","
		  "\"hidden-box\":{\"but-this\":\"a\"}}}" },
		{ ROLE_OPERATOR, "{\"test-rights:rights\":{\"plain\":\"a\","
		  "\"hidden\":\"a\",\"hidden-box\":{\"but-this\":\"a\"}}}" },
		{ ROLE_ADMIN, "{\"test-rights:rights\":{\"plain\":\"a\","
		  "\"hidden\":\"a\",\"hidden-box\":{\"but-this\":\"a\","
		  "\"leaf\":\"a\"}}}" },
	};
	struct map *map = map_new();
	struct schema s;
	struct view v = { .fields = NULL };
	struct err e;
	char *json;
	size_t i;

	load_schema_with(&s, "test-rights");
	CU_ASSERT(s.hides);
	set1(&s, map, R "/plain", "a");
	set1(&s, map, R "/hidden", "a");
	set1(&s, map, R "/hidden-box/but-this", "a");
	set1(&s, map, R "/hidden-box/leaf", "a");
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		v.role = rows[i].role;
		CU_ASSERT_EQUAL(view_json(&s, map, NULL, 0, &v, &json, &e), 0);
		CU_ASSERT_PTR_NOT_NULL_FATAL(json);
		CU_ASSERT_STRING_EQUAL(json, rows[i].json);
		free(json);
	}
	map_unref(map);
	schema_fini(&s);
}

UNIT_MAIN("access",
	{ "roles", test_roles },
	{ "the other end of a socket", test_peer },
	{ "operations", test_operations },
	{ "what was at a commit", test_earlier },
	{ "every operation has a name", test_names },
	{ "changes", test_changes },
	{ "reading", test_reading },
)
