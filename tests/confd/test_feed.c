/* confd/feed: streams from owners to sessions, and the log */
#include "tests/confd/owner.h"

#include "log.h"
#include "stream.h"
#include "tests/unit.h"

#define MONITOR	"/culvert-tunnel:tunnel/monitor"
#define LOG	"/culvert-system:system/log"
#define MANY	3000

/* The id of the stream, or 0 with the error. */
static uint32_t
subscribe(struct world *w, int fd, const char *path, struct err *e)
{
	struct msg m, r;
	bool ok;

	msg_init(&m, OP_SUBSCRIBE, 0, 0);
	msg_add_str(&m, A_PATH, path);
	ok = world_call(w, fd, &m, &r, e, 2000);
	msg_fini(&r);
	return ok && e->kind == ERR_NONE ? w->id : 0;
}

static void
notify(struct world *w, unsigned int n)
{
	char text[1000];
	struct msg m;

	memset(text, 'x', sizeof(text));
	for (; n > 0; n--) {
		msg_init(&m, OP_NOTIFICATION, MSG_REPLY, w->ike.stream);
		msg_add(&m, A_DATA, text, sizeof(text));
		msg_conn_send(w->ike.conn, &m);
	}
}

struct got {
	uint64_t	n, lost;
	bool		ended;
	struct err	why;
};

/* Reads what comes with that id until there are so many, lost ones too, or the
 * end. */
static void
read_stream(struct world *w, int fd, uint32_t id, uint64_t all, struct got *g)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct msg_attr a;
	struct err x;
	struct msg m;
	uint64_t lost;

	memset(g, 0, sizeof(*g));
	for (int i = 0; i < 10000 && g->n + g->lost < all && !g->ended; i++) {
		world_spin(w, 1);
		while (!g->ended && poll(&p, 1, 0) > 0 &&
		    msg_read(fd, &m, &x) == 0) {
			if (m.id == id && msg_u64(&m, A_LOST, &lost))
				g->lost += lost;
			g->n += m.id == id && m.op == OP_NOTIFICATION &&
			    msg_find(&m, A_DATA, &a);
			g->ended |= m.id == id && m.op == OP_STREAM_END;
			if (m.flags & MSG_ERROR)
				msg_get_err(&m, &g->why);
			msg_fini(&m);
		}
	}
}

static void
test_stream(void)
{
	struct world w;
	struct msg m, r;
	struct got g;
	struct err e;
	uint32_t id;
	int fd;

	world_init(&w, true);
	fd = world_client(&w);
	id = subscribe(&w, fd, MONITOR, &e);
	CU_ASSERT_FATAL(id != 0);
	notify(&w, 5);
	read_stream(&w, fd, id, 5, &g);
	CU_ASSERT_EQUAL(g.n, 5);
	CU_ASSERT_EQUAL(g.lost, 0);
	/* One who does not read loses, and nobody waits for him. */
	notify(&w, MANY);
	world_spin(&w, 50);
	CU_ASSERT(msg_conn_queued(w.c.sessions->conn) <=
	    STREAM_QUEUE_MAX + 4096);
	read_stream(&w, fd, id, MANY, &g);
	CU_ASSERT_EQUAL(g.n + g.lost, MANY);
	CU_ASSERT(g.lost > 0);
	/* The end is told to the owner, and what is late is not handed on. */
	msg_init(&m, OP_UNSUBSCRIBE, 0, 0);
	msg_add_u32(&m, A_STREAM, id);
	CU_ASSERT(world_call(&w, fd, &m, &r, &e, 2000) && e.kind == ERR_NONE);
	msg_fini(&r);
	WORLD_UNTIL(&w, w.ike.unsubscribed == 1);
	notify(&w, 3);
	CU_ASSERT_EQUAL(world_do(&w, fd, OP_DISCARD, NULL, &e), 0);
	read_stream(&w, fd, id, 0, &g);
	close(fd);
	world_fini(&w);
}

static void
test_ends(void)
{
	struct world w;
	struct got g;
	struct err e;
	uint32_t id;
	int fd, other;

	world_init(&w, true);
	fd = world_client(&w);
	other = world_client(&w);
	id = subscribe(&w, fd, MONITOR, &e);
	CU_ASSERT(subscribe(&w, other, MONITOR, &e) != 0);
	close(other);
	WORLD_UNTIL(&w, w.ike.unsubscribed == 1);
	owner_stop(&w.ike);
	read_stream(&w, fd, id, 1, &g);
	CU_ASSERT(g.ended);
	CU_ASSERT(strstr(g.why.text, "ipsecd") != NULL);
	CU_ASSERT_EQUAL(subscribe(&w, fd, MONITOR, &e), 0);
	CU_ASSERT_STRING_EQUAL(e.text, "ipsecd is not running");
	close(fd);
	world_fini(&w);
}

static void
test_refused(void)
{
	static const char *const paths[] = {
		"/culvert-tunnel:tunnel/restart", "/culvert-tunnel:tunnel/log",
		"/culvert-tunnel:tunnel/ipsec[id='1']/monitor", "/nothing",
		"/culvert-tunnel:tunnel",
	};
	struct world w;
	struct msg m, r;
	struct err e;
	size_t i;
	int fd;

	world_init(&w, true);
	fd = world_client(&w);
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		CU_ASSERT_EQUAL(subscribe(&w, fd, paths[i], &e), 0);
		CU_ASSERT(e.kind != ERR_NONE);
	}
	msg_init(&m, OP_ACTION, 0, 0);
	msg_add_str(&m, A_PATH, MONITOR);
	CU_ASSERT(world_call(&w, fd, &m, &r, &e, 2000));
	CU_ASSERT_EQUAL(e.kind, ERR_INVALID);
	msg_fini(&r);
	msg_init(&m, OP_UNSUBSCRIBE, 0, 0);
	msg_add_u32(&m, A_STREAM, 7);
	CU_ASSERT(world_call(&w, fd, &m, &r, &e, 2000));
	CU_ASSERT_EQUAL(e.kind, ERR_NOTFOUND);
	msg_fini(&r);
	/* Some for each, not more. */
	for (i = 0; i < 100 && subscribe(&w, fd, MONITOR, &e) != 0; i++)
		;
	CU_ASSERT(i > 0 && i < 100);
	CU_ASSERT_EQUAL(e.kind, ERR_RESOURCE);
	w.c.sessions->role = ROLE_GUEST;
	CU_ASSERT_EQUAL(subscribe(&w, fd, MONITOR, &e), 0);
	CU_ASSERT_EQUAL(e.kind, ERR_DENIED);
	CU_ASSERT_EQUAL(subscribe(&w, fd, LOG, &e), 0);
	CU_ASSERT_EQUAL(e.kind, ERR_DENIED);
	close(fd);
	world_fini(&w);
}

static void
test_log(void)
{
	struct world w;
	struct msg m, r;
	struct got g;
	struct err e;
	int fd;

	world_init(&w, false);
	fd = world_client(&w);
	for (int i = 0; i < 5000; i++)
		log_info("line %d", i);
	/* The newest of those that are kept, then the end. */
	msg_init(&m, OP_SUBSCRIBE, 0, 0);
	msg_add_str(&m, A_PATH, LOG);
	msg_add_u32(&m, A_COUNT, 1500);
	CU_ASSERT(world_call(&w, fd, &m, &r, &e, 2000));
	msg_fini(&r);
	read_stream(&w, fd, w.id, UINT64_MAX, &g);
	CU_ASSERT(g.ended);
	CU_ASSERT_EQUAL(g.n, 1500);
	CU_ASSERT_EQUAL(g.lost, 0);
	/* And what follows. */
	msg_init(&m, OP_SUBSCRIBE, 0, 0);
	msg_add_str(&m, A_PATH, LOG);
	msg_add_u32(&m, A_COUNT, 1);
	msg_add(&m, A_FOLLOW, NULL, 0);
	CU_ASSERT(world_call(&w, fd, &m, &r, &e, 2000));
	msg_fini(&r);
	log_info("one more");
	read_stream(&w, fd, w.id, 2, &g);
	CU_ASSERT(g.n >= 2 && !g.ended);
	close(fd);
	world_fini(&w);
}

UNIT_MAIN("feed",
	{ "a stream", test_stream },
	{ "either end goes away", test_ends },
	{ "what is refused", test_refused },
	{ "the log", test_log },
)
