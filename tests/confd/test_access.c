/* confd/access: who may do what */
#include "confd/access.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit.h"

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
		enum proto_op op; uint32_t ds; char least;
	} rows[] = {
		{ OP_HELLO, 0, 'g' }, { OP_GET_DATA, DS_RUNNING, 'g' },
		{ OP_GET_DATA, DS_OPERATIONAL, 'g' },
		{ OP_GET_DATA, DS_STARTUP, 'o' },
		{ OP_GET_DATA, DS_CANDIDATE, 'o' },
		{ OP_GET_DATA, DS_FACTORY, 'o' }, { OP_EDIT_DATA, 0, 'a' },
		{ OP_VALIDATE, 0, 'a' }, { OP_COMMIT, 0, 'a' },
		{ OP_DISCARD, 0, 'a' }, { OP_COPY, DS_RUNNING, 'a' },
		{ OP_COMPARE, DS_RUNNING, 'o' }, { OP_HISTORY, 0, 'o' },
		{ OP_ROLLBACK, 0, 'a' }, { OP_ACTION, 0, 'o' },
	};
	enum role role, least;
	struct err e;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		least = rows[i].least == 'g' ? ROLE_GUEST :
		    rows[i].least == 'o' ? ROLE_OPERATOR : ROLE_ADMIN;
		for (role = ROLE_GUEST; role <= ROLE_ADMIN; role++) {
			err_clear(&e);
			CHECK_ROW((int)i, (access_check(role, rows[i].op,
				  rows[i].ds, &e) == 0) == (role >= least));
			CHECK_ROW((int)i, role >= least ||
				  (e.kind == ERR_DENIED && e.text[0] != '\0'));
		}
	}
}

UNIT_MAIN("access",
	{ "roles", test_roles },
	{ "the other end of a socket", test_peer },
	{ "operations", test_operations },
)
