/* lib/stream: what a reader who does not keep up gets, and is told */
#include "stream.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "msg.h"
#include "proto.h"
#include "tests/unit.h"

#define ROUNDS	4000
#define BODY	1000

struct reader {
	uint64_t	 got, lost;
	bool		 ended;
	struct err	 why;
	uint32_t	 id;
};

static void
received(struct msg_conn *conn, struct msg *m, void *arg)
{
	struct reader *r = arg;
	struct msg_attr a;
	uint64_t lost;

	(void)conn;
	r->id = m->id;
	CU_ASSERT(m->flags & MSG_REPLY);
	if (msg_u64(m, A_LOST, &lost))
		r->lost += lost;
	r->got += m->op == OP_NOTIFICATION && msg_find(m, A_DATA, &a);
	r->ended |= m->op == OP_STREAM_END;
	if (m->flags & MSG_ERROR)
		msg_get_err(m, &r->why);
}

static const struct msg_ops ops = { received, NULL };

struct ends {
	struct event_base	*base;
	struct msg_conn		*from, *to;
	struct stream		*s;
	struct reader		 r;
	int			 fd;
};

static void
ends_init(struct ends *w)
{
	int fd[2];

	memset(w, 0, sizeof(*w));
	CU_ASSERT_FATAL(socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == 0);
	w->base = event_base_new();
	w->from = msg_conn_new(w->base, fd[0], &ops, &w->r);
	w->fd = fd[1];
	w->s = stream_new(w->base, w->from, 77);
	CU_ASSERT_FATAL(w->s != NULL);
}

static void
ends_fini(struct ends *w)
{
	stream_free(w->s);
	msg_conn_free(w->from);
	msg_conn_free(w->to);
	event_base_free(w->base);
}

static void
say(struct ends *w)
{
	char body[BODY];
	struct msg m;

	memset(body, 'x', sizeof(body));
	stream_begin(w->s, &m);
	msg_add(&m, A_DATA, body, sizeof(body));
	stream_send(w->s, &m);
}

static void
turn(struct ends *w)
{
	event_base_loop(w->base, EVLOOP_NONBLOCK);
}

/* Until everything has come, or ten seconds. */
static void
read_all(struct ends *w, uint64_t all)
{
	const struct timeval tick = { 0, 5000 };

	w->to = msg_conn_new(w->base, w->fd, &ops, &w->r);
	for (int i = 0; i < 2000 && w->r.got + w->r.lost < all; i++) {
		event_base_loopexit(w->base, &tick);
		event_base_dispatch(w->base);
	}
}

static void
test_slow_reader(void)
{
	struct ends w;

	ends_init(&w);
	for (int i = 0; i < ROUNDS; i++) {
		say(&w);
		turn(&w);
		if (msg_conn_queued(w.from) > STREAM_QUEUE_MAX + 2 * BODY)
			break;
	}
	CU_ASSERT(msg_conn_queued(w.from) <= STREAM_QUEUE_MAX + 2 * BODY);
	/* Nothing follows: the count comes by itself. */
	read_all(&w, ROUNDS);
	CU_ASSERT_EQUAL(w.r.got + w.r.lost, ROUNDS);
	CU_ASSERT(w.r.lost > 0 && w.r.got > 0);
	CU_ASSERT_EQUAL(w.r.id, 77);
	say(&w);
	w.r.got = w.r.lost = 0;
	for (int i = 0; i < 100 && !w.r.got; i++)
		turn(&w);
	CU_ASSERT_EQUAL(w.r.got, 1);
	CU_ASSERT_EQUAL(w.r.lost, 0);
	ends_fini(&w);
}

static void
test_end_tells(void)
{
	struct err why = { ERR_REALITY, "it stopped", "" };
	struct ends w;

	ends_init(&w);
	say(&w);
	stream_add_lost(w.s, 5);
	stream_end(w.s, &why);
	w.s = stream_new(w.base, w.from, 78);
	read_all(&w, 6);
	CU_ASSERT_EQUAL(w.r.got, 1);
	CU_ASSERT_EQUAL(w.r.lost, 5);
	CU_ASSERT(w.r.ended);
	CU_ASSERT_STRING_EQUAL(w.r.why.text, "it stopped");
	ends_fini(&w);
}

UNIT_MAIN("stream",
	{ "a slow reader", test_slow_reader },
	{ "the end", test_end_tells },
)
