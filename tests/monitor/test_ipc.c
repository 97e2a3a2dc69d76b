/* ipsecd/proc/ipc: pipes between processes, both ends in one event loop */
#include "proc/ipc.h"

#include <event2/event.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit.h"

struct end {
	struct event_base	*base;
	struct ipc		*ipc;
	unsigned int		 got;
	uint16_t		 type;
	size_t			 len;
	uint8_t			 first;
	int			 fd;
	bool			 refuse;
	bool			 closed;
	char			 why[80];
};

static bool
received(struct ipc *p, uint16_t type, struct rbuf *body, int fd, void *arg)
{
	struct end *e = arg;

	(void)p;
	e->got++;
	e->type = type;
	e->len = rbuf_left(body);
	e->first = rbuf_u8(body);
	if (fd >= 0)
		e->fd = fd;
	return !e->refuse;
}

static void
closed(struct ipc *p, const char *why, void *arg)
{
	struct end *e = arg;

	(void)p;
	e->closed = true;
	e->ipc = NULL;
	snprintf(e->why, sizeof(e->why), "%s", why);
}

static const struct ipc_ops ops = { received, closed };

static void
setup(struct end *a, struct end *b)
{
	struct err e = ERR_INIT;
	int fds[2];

	memset(a, 0, sizeof(*a));
	memset(b, 0, sizeof(*b));
	CU_ASSERT_FATAL(ipc_pair(fds, &e) == 0);
	a->base = event_base_new();
	b->base = event_base_new();
	a->ipc = ipc_new(a->base, fds[0], &ops, a);
	b->ipc = ipc_new(b->base, fds[1], &ops, b);
	a->fd = b->fd = -1;
	CU_ASSERT_FATAL(a->ipc != NULL && b->ipc != NULL);
}

static void
teardown(struct end *a, struct end *b)
{
	ipc_free(a->ipc);
	ipc_free(b->ipc);
	event_base_free(a->base);
	event_base_free(b->base);
}

/* b may be NULL: it sleeps. */
static void
turn(struct end *a, struct end *b, int times)
{
	while (times-- > 0) {
		event_base_loop(a->base, EVLOOP_NONBLOCK);
		if (b != NULL)
			event_base_loop(b->base, EVLOOP_NONBLOCK);
	}
}

static void
test_message(void)
{
	struct end a, b;

	setup(&a, &b);
	ipc_send(a.ipc, IPC_ADDRESS, "xyz", 3);
	ipc_send(a.ipc, IPC_STOP, NULL, 0);
	turn(&a, &b, 3);
	CU_ASSERT_EQUAL(b.got, 2);
	CU_ASSERT_EQUAL(b.type, IPC_STOP);
	CU_ASSERT_EQUAL(b.len, 0);
	ipc_send(b.ipc, IPC_READY, "q", 1);
	turn(&a, &b, 3);
	CU_ASSERT(a.got == 1 && a.type == IPC_READY && a.first == 'q');
	teardown(&a, &b);
}

static void
test_descriptor(void)
{
	struct end a, b;
	int ends[2];
	char c = 0;

	setup(&a, &b);
	CU_ASSERT_FATAL(pipe(ends) == 0);
	ipc_send_fd(a.ipc, IPC_PEER, NULL, 0, ends[1]);
	CU_ASSERT(fcntl(ends[1], F_GETFD) < 0);		/* it was taken */
	turn(&a, &b, 3);
	CU_ASSERT_FATAL(b.fd >= 0);
	CU_ASSERT(fcntl(b.fd, F_GETFD) & FD_CLOEXEC);
	CU_ASSERT(write(b.fd, "k", 1) == 1);
	CU_ASSERT(read(ends[0], &c, 1) == 1 && c == 'k');
	close(b.fd);
	close(ends[0]);
	teardown(&a, &b);
}

/* More than the kernel takes at once arrives whole and in order. */
static void
test_queue(void)
{
	static uint8_t big[IPC_BODY_MAX];
	struct end a, b;
	int i;

	setup(&a, &b);
	for (i = 0; i < 50; i++) {
		big[0] = (uint8_t)i;
		ipc_send(a.ipc, IPC_KEYS_REQUEST, big, sizeof(big));
	}
	CU_ASSERT(ipc_queued(a.ipc) > sizeof(big));
	turn(&a, &b, 200);
	CU_ASSERT_EQUAL(b.got, 50);
	CU_ASSERT_EQUAL(b.first, 49);
	CU_ASSERT_EQUAL(b.len, sizeof(big));
	CU_ASSERT_EQUAL(ipc_queued(a.ipc), 0);
	teardown(&a, &b);
}

/* Who does not read his answers is not read from. */
static void
test_limit(void)
{
	static uint8_t big[IPC_BODY_MAX];
	struct end a, b;
	int i;

	setup(&a, &b);
	ipc_limit(a.ipc, sizeof(big));
	for (i = 0; i < 20; i++)
		ipc_send(a.ipc, IPC_DP_REPLY, big, sizeof(big));
	ipc_send(b.ipc, IPC_DP_REQUEST, "1", 1);
	CU_ASSERT(ipc_queued(a.ipc) > sizeof(big));
	turn(&a, NULL, 3);
	CU_ASSERT_EQUAL(a.got, 0);
	turn(&a, &b, 200);
	CU_ASSERT_EQUAL(a.got, 1);
	CU_ASSERT_EQUAL(b.got, 20);
	teardown(&a, &b);
}

static void
test_hold(void)
{
	struct end a, b;

	setup(&a, &b);
	ipc_hold(a.ipc, true);
	ipc_send(b.ipc, IPC_DP_REQUEST, "1", 1);
	turn(&a, &b, 3);
	CU_ASSERT_EQUAL(a.got, 0);
	ipc_hold(a.ipc, false);
	turn(&a, &b, 3);
	CU_ASSERT_EQUAL(a.got, 1);
	teardown(&a, &b);
}

static void
test_too_much_waiting(void)
{
	static uint8_t big[IPC_BODY_MAX];
	struct end a, b;
	size_t sent;

	setup(&a, &b);
	ipc_free(b.ipc);
	b.ipc = NULL;
	turn(&a, NULL, 2);
	CU_ASSERT(a.closed);
	teardown(&a, &b);

	setup(&a, &b);
	b.refuse = true;
	for (sent = 0; sent <= IPC_QUEUE_MAX + 1000000; sent += sizeof(big))
		ipc_send(a.ipc, IPC_DP_REPLY, big, sizeof(big));
	CU_ASSERT(ipc_queued(a.ipc) <= IPC_QUEUE_MAX);
	turn(&a, &b, 2);
	CU_ASSERT(a.closed && b.closed);
	teardown(&a, &b);
}

/* What is sent by hand, without ipc.c's manners. */
static void
test_malformed(void)
{
	static uint8_t long_one[2 + IPC_BODY_MAX + 1];
	static const struct {
		int line; const uint8_t *p; size_t len;
	} rows[] = {
		{ __LINE__, (const uint8_t *)"\0", 1 },		/* no type */
		{ __LINE__, long_one, sizeof(long_one) },	/* too long */
	};
	struct err err = ERR_INIT;
	struct end a;
	size_t i;
	int fds[2];

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memset(&a, 0, sizeof(a));
		CU_ASSERT_FATAL(ipc_pair(fds, &err) == 0);
		a.base = event_base_new();
		a.ipc = ipc_new(a.base, fds[0], &ops, &a);
		if (send(fds[1], rows[i].p, rows[i].len, 0) < 0)
			perror("send");
		turn(&a, NULL, 2);
		CHECK_ROW(rows[i].line, a.got == 0 && a.closed);
		close(fds[1]);
		event_base_free(a.base);
	}
}

static void
test_refused(void)
{
	struct end a, b;

	setup(&a, &b);
	b.refuse = true;
	ipc_send(a.ipc, 999, NULL, 0);
	turn(&a, &b, 3);
	CU_ASSERT(b.closed && a.closed);
	CU_ASSERT_STRING_EQUAL(b.why, "the other end sent something malformed");
	CU_ASSERT_STRING_EQUAL(a.why, "the other end has gone");
	teardown(&a, &b);
}

UNIT_MAIN("ipc",
	{ "messages", test_message },
	{ "a descriptor travels", test_descriptor },
	{ "more than the kernel takes", test_queue },
	{ "a limit stops reading", test_limit },
	{ "held", test_hold },
	{ "nobody reads", test_too_much_waiting },
	{ "malformed closes", test_malformed },
	{ "refused closes", test_refused },
)
