/* ipsecd/proc/owner: actions, as confd asks for them */
#include "proc/owner.h"

#include <event2/event.h>
#include <libyang/libyang.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "json.h"
#include "msg.h"
#include "proto.h"
#include "tests/unit.h"
#include "ytree.h"

#define CERTIFICATE	"/culvert-certificate:certificate"

struct world {
	struct event_base	*base;
	struct ly_ctx		*yang;
	char			 path[64];
	int			 fd;		/* confd's end */
	struct action		*waiting;	/* not answered, the last one */
	struct action		*all[64];
	size_t			 n;
	char			 log[256];
};

static int
action(void *ctx, const char *path, const struct lyd_node *input,
       struct action *a, struct err *e)
{
	const char *name = strrchr(path, '/') + 1;
	struct world *w = ctx;
	const uint8_t *p;
	size_t len;

	snprintf(w->log, sizeof(w->log), "%s %s", name,
		 ytree_leaf(input, "label"));
	if (strcmp(name, "import") == 0) {
		CU_ASSERT(ytree_octets(input, "data", &p, &len));
		CU_ASSERT(len == 3 && memcmp(p, "\0\1\2", 3) == 0);
		if (ytree_leaf(input, "password") == NULL)
			return err_set_path(e, ERR_INVALID, CERTIFICATE
					    "/import/password", "it is locked");
		action_warn(a, "it expires tomorrow");
		return 0;
	}
	if (strcmp(name, "generate") == 0) {
		CU_ASSERT_STRING_EQUAL(ytree_leaf(input, "key"), "ecdsa-p256");
		w->waiting = w->all[w->n++ % 64] = a;
		return 1;
	}
	json_str(action_output(a), "pem", "one\ntwo");
	json_octets(action_output(a), "der", "\1", 1);
	return 0;
}

static const struct owner_ops ops = { .action = action };

/* An owner lives as long as its process: each test has one of its own. */
static struct world *
world_next(void)
{
	static struct world worlds[8];
	static size_t n;
	struct world *w = &worlds[n++];
	const char *dir = getenv("CULVERT_YANGDIR");
	struct err e = ERR_INIT;
	int listener;

	w->base = event_base_new();
	snprintf(w->path, sizeof(w->path), "/tmp/test_owner.%d.%zu",
		 (int)getpid(), n);
	CU_ASSERT_EQUAL_FATAL(ytree_load(&w->yang, dir != NULL ? dir : "yang",
					 &e), 0);
	listener = msg_listen(w->path, 0600, (gid_t)-1, &e);
	CU_ASSERT_FATAL(listener >= 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(owner_new(w->base, listener, w->yang,
					       getuid(), &ops, w, &e));
	w->fd = msg_connect(w->path, &e);
	CU_ASSERT_FATAL(w->fd >= 0);
	return w;
}

static void
world_fini(struct world *w)
{
	close(w->fd);
	event_base_loop(w->base, EVLOOP_NONBLOCK);
	unlink(w->path);
}

static void
send_action(struct world *w, const char *name, const char *json)
{
	struct err e = ERR_INIT;
	char path[128];
	struct msg m;

	snprintf(path, sizeof(path), CERTIFICATE "/%s", name);
	msg_init(&m, OP_ACTION, 0, 7);
	msg_add_str(&m, A_PATH, path);
	msg_add_str(&m, A_DATA, json);
	CU_ASSERT_EQUAL(msg_write(w->fd, &m, &e), 0);
	w->log[0] = '\0';
	for (int i = 0; i < 5; i++)
		event_base_loop(w->base, EVLOOP_NONBLOCK);
}

/* The answer is there: its data, or what is wrong. */
static char *
answer(struct world *w, struct msg *r, struct err *e)
{
	struct err broken = ERR_INIT;

	err_clear(e);
	event_base_loop(w->base, EVLOOP_NONBLOCK);
	CU_ASSERT_EQUAL_FATAL(msg_read(w->fd, r, &broken), 0);
	CU_ASSERT(r->op == OP_ACTION && r->id == 7);
	if (r->flags & MSG_ERROR)
		msg_get_err(r, e);
	return msg_str(r, A_DATA);
}

#define LOCKED	"{\"kind\":\"local\",\"label\":\"gw1\",\"data\":\"AAEC\""

static void
test_now(void)
{
	struct world *w = world_next();
	struct err e;
	struct msg r;
	char *data;

	send_action(w, "export", "{\"label\":\"gw1\"}");
	CU_ASSERT_STRING_EQUAL(w->log, "export gw1");
	data = answer(w, &r, &e);
	CU_ASSERT_STRING_EQUAL(data, "{\"pem\":\"one\\ntwo\",\"der\":\"AQ==\"}");
	free(data);
	msg_fini(&r);
	send_action(w, "import", LOCKED "}");
	CU_ASSERT_PTR_NULL(answer(w, &r, &e));
	CU_ASSERT_STRING_EQUAL(e.text, "it is locked");
	CU_ASSERT_STRING_EQUAL(e.path, CERTIFICATE "/import/password");
	msg_fini(&r);
	send_action(w, "import", LOCKED ",\"password\":\"Sesam\"}");
	CU_ASSERT_PTR_NULL(answer(w, &r, &e));
	CU_ASSERT_EQUAL(e.kind, ERR_NONE);
	data = msg_str(&r, A_WARNING);
	CU_ASSERT_STRING_EQUAL(data, "it expires tomorrow");
	free(data);
	msg_fini(&r);
	world_fini(w);
}

/* What does not fit the model does not reach the owner's own code. */
static void
test_refused(void)
{
	struct world *w = world_next();
	struct err e;
	struct msg r;

	send_action(w, "import", "{\"kind\":\"local\",\"label\":\"gw1\"}");
	CU_ASSERT_PTR_NULL(answer(w, &r, &e));
	CU_ASSERT_STRING_EQUAL(e.text, "data is missing.");
	CU_ASSERT_STRING_EQUAL(w->log, "");
	msg_fini(&r);
	send_action(w, "no-such", "{}");
	CU_ASSERT_PTR_NULL(answer(w, &r, &e));
	CU_ASSERT_EQUAL(e.kind, ERR_NOTFOUND);
	CU_ASSERT_STRING_EQUAL(w->log, "");
	msg_fini(&r);
	world_fini(w);
}

static void
test_later(void)
{
	struct world *w = world_next();
	struct err e, why = ERR_INIT;
	struct msg r;
	char *data;

	send_action(w, "generate", "{\"label\":\"gw1\"}");
	CU_ASSERT_PTR_NOT_NULL_FATAL(w->waiting);
	/* Meanwhile others are answered. */
	send_action(w, "export", "{\"label\":\"ca\"}");
	free(answer(w, &r, &e));
	msg_fini(&r);
	json_str(action_output(w->waiting), "request", "PEM");
	action_done(w->waiting, NULL);
	data = answer(w, &r, &e);
	CU_ASSERT_STRING_EQUAL(data, "{\"request\":\"PEM\"}");
	free(data);
	msg_fini(&r);
	send_action(w, "generate", "{\"label\":\"gw1\"}");
	err_set(&why, ERR_RESOURCE, "no randomness");
	action_done(w->waiting, &why);
	CU_ASSERT_PTR_NULL(answer(w, &r, &e));
	CU_ASSERT_STRING_EQUAL(e.text, "no randomness");
	msg_fini(&r);
	/* Whoever asked has gone when it is done. */
	send_action(w, "generate", "{\"label\":\"gw1\"}");
	close(w->fd);
	for (int i = 0; i < 5; i++)
		event_base_loop(w->base, EVLOOP_NONBLOCK);
	action_done(w->waiting, NULL);
	w->fd = dup(0);
	world_fini(w);
}

static void
test_many(void)
{
	struct world *w = world_next();
	struct err e;
	struct msg r;

	for (int i = 0; i < 65; i++)
		send_action(w, "generate", "{\"label\":\"gw1\"}");
	CU_ASSERT_PTR_NULL(answer(w, &r, &e));
	CU_ASSERT_STRING_EQUAL(e.text, "too many questions at once");
	msg_fini(&r);
	CU_ASSERT_EQUAL_FATAL(w->n, 64);
	while (w->n > 0)
		action_done(w->all[--w->n], NULL);
	world_fini(w);
}

UNIT_MAIN("owner",
	{ "an action is answered at once", test_now },
	{ "what does not fit the model is refused", test_refused },
	{ "an action is answered later, or to nobody", test_later },
	{ "no more at once than there is room for", test_many },
)
