/* confd/backend, confd/forward, confd/system: asking owners */
#include "tests/confd/owner.h"

#include <sys/utsname.h>

#include "confd/system.h"

static bool
get_state(struct world *w, int fd, struct err *e, unsigned int ms)
{
	struct msg m, r;
	bool answered;

	msg_init(&m, OP_GET_DATA, 0, 0);
	msg_add_u32(&m, A_DATASTORE, DS_OPERATIONAL);
	msg_add_str(&m, A_PATH, IPSEC "[id='01']");
	answered = world_call(w, fd, &m, &r, e, ms);
	if (answered && e->kind == ERR_NONE)
		CU_ASSERT_PTR_NOT_NULL(memmem(r.data, r.len, "{\"state\":1}", 11));
	msg_fini(&r);
	return answered;
}

static void
test_forward(void)
{
	struct world w;
	struct msg m, r;
	struct err e;
	int fd;

	world_init(&w, true);
	fd = world_client(&w);
	CU_ASSERT(get_state(&w, fd, &e, 1000));
	CU_ASSERT_EQUAL(e.kind, ERR_NONE);
	/* Paths are canonical when they reach the owner. */
	CU_ASSERT_STRING_EQUAL(w.ike.log, "get:" IPSEC1 " \n");
	CU_ASSERT_STRING_EQUAL(w.keys.log, "");
	/* Actions need something to act on. */
	msg_init(&m, OP_ACTION, 0, 0);
	msg_add_str(&m, A_PATH, IPSEC1 "/initiate");
	CU_ASSERT(world_call(&w, fd, &m, &r, &e, 1000));
	CU_ASSERT_EQUAL(e.kind, ERR_NOTFOUND);
	msg_fini(&r);
	world_tunnel(&w, fd, IPSEC1);
	CU_ASSERT_EQUAL(world_do(&w, fd, OP_COMMIT, NULL, &e), 0);
	w.ike.log[0] = '\0';
	msg_init(&m, OP_ACTION, 0, 0);
	msg_add_str(&m, A_PATH, IPSEC1 "/initiate");
	CU_ASSERT(world_call(&w, fd, &m, &r, &e, 1000));
	CU_ASSERT_EQUAL(e.kind, ERR_NONE);
	CU_ASSERT_STRING_EQUAL(w.ike.log, "action:" IPSEC1 "/initiate \n");
	msg_fini(&r);
	close(fd);
	world_fini(&w);
}

#define CERTIFICATE	"/culvert-certificate:certificate"
#define GW1		"{\"label\":\"gw1\"}"

/* Asks for it, and gives the data of the answer, which the caller frees. */
static char *
act(struct world *w, int fd, const char *name, const char *json, struct err *e)
{
	char path[128], *data;
	struct msg m, r;

	w->keys.log[0] = w->ike.log[0] = '\0';
	snprintf(path, sizeof(path), CERTIFICATE "/%s", name);
	msg_init(&m, OP_ACTION, 0, 0);
	msg_add_str(&m, A_PATH, path);
	msg_add_str(&m, A_DATA, json);
	CU_ASSERT(world_call(w, fd, &m, &r, e, 2000));
	data = msg_str(&r, A_DATA);
	msg_fini(&r);
	return data;
}

static bool
audited(const struct world *w, const char *text)
{
	struct err e = ERR_INIT;
	struct msg m;
	bool found;

	msg_init(&m, 0, 0, 0);
	CU_ASSERT_EQUAL(audit_list(&w->c.audit, 50, &m, &e), 0);
	found = memmem(m.data, m.len, text, strlen(text)) != NULL;
	msg_fini(&m);
	return found;
}

/* What an action is given reaches its owner, and what it brings comes back. */
static void
test_input(void)
{
	struct world w;
	struct err e;
	char *data;
	int fd;

	world_init(&w, true);
	fd = world_client(&w);
	strcpy(w.keys.output, "{\"pem\":\"x\"}");
	data = act(&w, fd, "export", GW1, &e);
	CU_ASSERT_EQUAL(e.kind, ERR_NONE);
	CU_ASSERT_STRING_EQUAL(data, w.keys.output);
	CU_ASSERT_STRING_EQUAL(w.keys.log, "action:" CERTIFICATE "/export "
			       GW1 " \n");
	CU_ASSERT_STRING_EQUAL(w.ike.log, "");
	free(data);
	/* A guest, too, gets what is for guests, and it is not taken for state. */
	w.c.sessions->role = ROLE_GUEST;
	data = act(&w, fd, "export", GW1, &e);
	CU_ASSERT_STRING_EQUAL(data, w.keys.output);
	free(data);
	CU_ASSERT_PTR_NULL(act(&w, fd, "delete", GW1, &e));
	CU_ASSERT_EQUAL(e.kind, ERR_DENIED);
	CU_ASSERT_STRING_EQUAL(w.keys.log, "");
	w.c.sessions->role = ROLE_ADMIN;
	/* The owner of what is nested is another. */
	CU_ASSERT_PTR_NULL(act(&w, fd, "crl/refresh", "{}", &e));
	CU_ASSERT_EQUAL(e.kind, ERR_NONE);
	CU_ASSERT_STRING_EQUAL(w.ike.log, "action:" CERTIFICATE "/crl/refresh {} \n");
	CU_ASSERT_STRING_EQUAL(w.keys.log, "");
	close(fd);
	world_fini(&w);
}

/* What the model does not allow reaches nobody; what the owner says does. */
static void
test_input_refused(void)
{
	static const char *const rows[] = {
		"{}", "{\"label\":\"-\"}", "{\"label\":\"a\",\"x\":1}", "[1]", "",
		"{\"label\":\"a\"", "{\"label\":\"a\"}{}",
	};
	struct world w;
	struct err e;
	size_t i;
	int fd;

	world_init(&w, true);
	fd = world_client(&w);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CU_ASSERT_PTR_NULL(act(&w, fd, "delete", rows[i], &e));
		CU_ASSERT_EQUAL(e.kind, ERR_INVALID);
		CU_ASSERT_STRING_EQUAL(w.keys.log, "");
	}
	/* A wish of the owner's comes through, with its place. */
	strcpy(w.keys.wants, CERTIFICATE "/import/password");
	CU_ASSERT_PTR_NULL(act(&w, fd, "import", "{\"kind\":\"ca\",\"label\":"
			       "\"c\",\"data\":\"U2VzYW0=\",\"password\":"
			       "\"Sesam\"}", &e));
	CU_ASSERT_STRING_EQUAL(e.text, "it is locked");
	CU_ASSERT_STRING_EQUAL(e.path, w.keys.wants);
	/* Who did what is kept, but no secret, and no file. */
	CU_ASSERT(audited(&w, CERTIFICATE "/import kind ca label c"));
	CU_ASSERT(audited(&w, "label c failed: it is locked"));
	CU_ASSERT(!audited(&w, "Sesam") && !audited(&w, "U2VzYW0"));
	/* An owner that dies is an answer. */
	w.keys.wants[0] = '\0';
	w.keys.die = OP_ACTION;
	CU_ASSERT_PTR_NULL(act(&w, fd, "delete", GW1, &e));
	CU_ASSERT_STRING_EQUAL(e.text, "ipsecd-keys stopped before it answered");
	close(fd);
	world_fini(&w);
}

/* Gone, silent, back: the client always hears something. */
static void
test_lost(void)
{
	struct world w;
	struct err e;
	unsigned int i;
	int fd;

	world_init(&w, true);
	fd = world_client(&w);
	w.ike.die = OP_GET_DATA;
	CU_ASSERT(get_state(&w, fd, &e, 1000));
	CU_ASSERT_STRING_EQUAL(e.text, "ipsecd stopped before it answered");
	CU_ASSERT(get_state(&w, fd, &e, 1000));
	CU_ASSERT_STRING_EQUAL(e.text, "ipsecd is not running");
	WORLD_UNTIL(&w, get_state(&w, fd, &e, 1000) && e.kind == ERR_NONE);
	/* One who asks and asks is told when it is enough. */
	w.ike.silent = OP_GET_DATA;
	for (i = 0; i < SESSION_PENDING_MAX; i++) {
		if (i == SESSION_PENDING_OTHERS) {
			w.c.sessions->role = ROLE_GUEST;
			CU_ASSERT(get_state(&w, fd, &e, 1000));
			CU_ASSERT_EQUAL(e.kind, ERR_RESOURCE);
			w.c.sessions->role = ROLE_ADMIN;
		}
		CU_ASSERT(!get_state(&w, fd, &e, 3));
	}
	CU_ASSERT(get_state(&w, fd, &e, 1000));
	CU_ASSERT_EQUAL(e.kind, ERR_RESOURCE);
	/* And a client that leaves meanwhile is not missed. */
	close(fd);
	world_spin(&w, 20);
	owner_stop(&w.ike);
	WORLD_UNTIL(&w, w.c.n_sessions == 0 &&
	    !backend_is_up(backend_find(&w.c, "ipsecd")));
	world_fini(&w);
}

/* The built-in owner, without the privilege. */
static void
test_system(void)
{
	struct event_base *base = event_base_new();
	struct schema schema;
	struct utsname uts;
	struct system *sys;
	struct err e = ERR_INIT;
	struct msg m, r;
	char json[256];
	int fd, i;

	load_schema(&schema);
	uname(&uts);
	sys = system_new(base, &schema, NULL, -1, &fd, &e);
	CU_ASSERT_PTR_NOT_NULL_FATAL(sys);
	for (i = 0; i < 2; i++) {
		snprintf(json, sizeof(json), "{\"culvert-system:system\":"
			 "{\"hostname\":\"%s\"}}", i == 0 ? uts.nodename :
			 "some-other-name-1");
		msg_init(&m, OP_PREPARE, 0, 1);
		msg_add_u32(&m, A_TXN, 5);
		msg_add_str(&m, A_DATA, json);
		CU_ASSERT_EQUAL(msg_write(fd, &m, &e), 0);
		event_base_loop(base, EVLOOP_NONBLOCK);
		event_base_loop(base, EVLOOP_NONBLOCK);
		CU_ASSERT_EQUAL_FATAL(msg_read(fd, &r, &e), 0);
		CU_ASSERT_EQUAL(r.flags & MSG_ERROR, i == 0 ? 0 : MSG_ERROR);
		if (i == 1) {
			msg_get_err(&r, &e);
			CU_ASSERT_EQUAL(e.kind, ERR_DENIED);
			CU_ASSERT_STRING_EQUAL(e.path, HOSTNAME);
		}
		msg_fini(&r);
	}
	/* What was not prepared is not applied. */
	msg_init(&m, OP_APPLY, 0, 2);
	msg_add_u32(&m, A_TXN, 6);
	CU_ASSERT_EQUAL(msg_write(fd, &m, &e), 0);
	event_base_loop(base, EVLOOP_NONBLOCK);
	event_base_loop(base, EVLOOP_NONBLOCK);
	CU_ASSERT_EQUAL_FATAL(msg_read(fd, &r, &e), 0);
	CU_ASSERT(r.flags & MSG_ERROR);
	msg_fini(&r);
	close(fd);
	system_free(sys);
	schema_fini(&schema);
	event_base_free(base);
}

UNIT_MAIN("backend",
	{ "state and actions", test_forward },
	{ "actions that are given something", test_input },
	{ "what an action may not be given", test_input_refused },
	{ "owners that go away", test_lost },
	{ "the built-in owner", test_system },
)
