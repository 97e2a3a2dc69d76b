/* lib/msg: frames, and both ends over socket pairs */
#include "msg.h"

#include <event2/event.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto.h"
#include "tests/unit.h"

static void
test_attributes(void)
{
	struct err in = { ERR_CONFLICT, "two at once", "/a/b" }, out = ERR_INIT;
	struct msg_attr a;
	struct msg m;
	uint32_t v32 = 0;
	uint64_t v64 = 0;
	size_t pos = 0, n = 0;
	char *s;

	msg_init(&m, OP_COMMIT, 0, 7);
	msg_add_str(&m, A_COMMENT, "why");
	msg_add_str(&m, A_FROM, NULL);
	msg_add_u32(&m, A_COUNT, 0xfffefdfc);
	msg_add_u64(&m, A_TIME, UINT64_C(0x123456789abcdef0));
	msg_add(&m, A_REPLACE, NULL, 0);
	msg_add_err(&m, &in);
	CU_ASSERT(!m.bad);
	while (msg_next(&m, &pos, &a))
		n++;
	CU_ASSERT_EQUAL(n, 7);
	CU_ASSERT_EQUAL(pos, m.len);
	s = msg_str(&m, A_COMMENT);
	CU_ASSERT_STRING_EQUAL(s, "why");
	free(s);
	CU_ASSERT_PTR_NULL(msg_str(&m, A_FROM));
	CU_ASSERT(msg_u32(&m, A_COUNT, &v32) && v32 == 0xfffefdfc);
	CU_ASSERT(msg_u64(&m, A_TIME, &v64) && v64 == UINT64_C(0x123456789abcdef0));
	CU_ASSERT(!msg_u32(&m, A_TIME, &v32));
	CU_ASSERT(msg_find(&m, A_REPLACE, &a) && a.len == 0);
	msg_get_err(&m, &out);
	CU_ASSERT_EQUAL(out.kind, ERR_CONFLICT);
	CU_ASSERT_STRING_EQUAL(out.text, "two at once");
	CU_ASSERT_STRING_EQUAL(out.path, "/a/b");
	msg_fini(&m);
	msg_get_err(&m, &out);
	CU_ASSERT(out.text[0] != '\0' && out.kind != ERR_NONE);
}

static void
test_utf8(void)
{
	static const struct {
		int line; const char *s; size_t len; bool ok;
	} rows[] = {
		{ __LINE__, "", 0, true },
		{ __LINE__, "gr\xc3\xbc\xc3\x9f", 6, true },
		{ __LINE__, "\xe2\x82\xac", 3, true },
		{ __LINE__, "\xf0\x9f\x92\xa9", 4, true },
		{ __LINE__, "a\0b", 3, false },
		{ __LINE__, "\xc3", 1, false },
		{ __LINE__, "\xc0\xaf", 2, false },
		{ __LINE__, "\xe0\x80\xaf", 3, false },
		{ __LINE__, "\xed\xa0\x80", 3, false },
		{ __LINE__, "\xf4\x90\x80\x80", 4, false },
		{ __LINE__, "\xff", 1, false },
		{ __LINE__, "\xe2\x82", 2, false },
	};
	struct msg_attr a = { .type = 1 };
	size_t i;
	char *s;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		a.p = (const uint8_t *)rows[i].s;
		a.len = rows[i].len;
		s = msg_attr_str(&a);
		CHECK_ROW(rows[i].line, (s != NULL) == rows[i].ok);
		free(s);
	}
}

/* --- in a loop --- */

struct side {
	struct event_base	*base;
	struct msg_conn		*conn;
	unsigned int		 got;
	unsigned int		 closed;
	size_t			 last_len;
	bool			 echo;
	bool			 free_it;
	struct err		 err;
};

static void
on_received(struct msg_conn *c, struct msg *m, void *arg)
{
	struct side *s = arg;
	struct msg reply;

	s->got++;
	s->last_len = m->len;
	if (s->echo) {
		msg_init(&reply, m->op, MSG_REPLY, m->id);
		msg_add(&reply, A_DATA, m->data, m->len);
		msg_conn_send(c, &reply);
	}
	if (s->free_it) {
		msg_conn_free(c);
		s->conn = NULL;
	}
}

static void
on_closed(struct msg_conn *c, const struct err *e, void *arg)
{
	struct side *s = arg;

	(void)c;
	s->closed++;
	s->conn = NULL;
	s->err = *e;
}

static const struct msg_ops ops = { on_received, on_closed };

static void
spin(struct event_base *base)
{
	int i;

	for (i = 0; i < 200; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
}

static int
side_open(struct side *s)
{
	int fd[2];

	memset(s, 0, sizeof(*s));
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd) < 0)
		return -1;
	s->base = event_base_new();
	s->conn = msg_conn_new(s->base, fd[0], &ops, s);
	return fd[1];
}

static void
side_close(struct side *s, int fd)
{
	msg_conn_free(s->conn);
	event_base_free(s->base);
	close(fd);
}

static void
test_conn(void)
{
	struct msg m, r;
	struct side s;
	struct err e;
	int fd = side_open(&s), i;

	s.echo = true;
	CU_ASSERT_EQUAL(msg_conn_peer(s.conn)->uid, getuid());
	CU_ASSERT_EQUAL(msg_conn_peer(s.conn)->pid, getpid());
	for (i = 0; i < 100; i++) {
		msg_init(&m, OP_HELLO, 0, (uint32_t)i);
		msg_add_u32(&m, A_VERSION, 1);
		CU_ASSERT_EQUAL(msg_write(fd, &m, &e), 0);
	}
	spin(s.base);
	CU_ASSERT_EQUAL(s.got, 100);
	for (i = 0; i < 100; i++) {
		CU_ASSERT_EQUAL_FATAL(msg_read(fd, &r, &e), 0);
		CU_ASSERT(r.id == (uint32_t)i && r.flags == MSG_REPLY);
		msg_fini(&r);
	}
	close(fd);
	fd = -1;
	spin(s.base);
	CU_ASSERT_EQUAL(s.closed, 1);
	side_close(&s, fd);
}

/* A frame that comes octet by octet, and one far larger than any buffer. */
static void
test_pieces(void)
{
	static uint8_t big[3u << 20];
	uint8_t frame[64];
	struct msg m, r;
	struct side s;
	struct err e;
	int fd = side_open(&s), i;
	size_t off;
	ssize_t done;

	msg_init(&m, OP_DISCARD, 0, 9);
	msg_add_str(&m, A_COMMENT, "slowly");
	CU_ASSERT_EQUAL(msg_write(fd, &m, &e), 0);
	spin(s.base);
	CU_ASSERT_EQUAL(s.got, 1);
	memcpy(frame, "\0\0\0\x16\0\x06\0\0\0\0\0\x09\0\x0f\0\0\0\0\0\x02hi", 22);
	for (i = 0; i < 22; i++) {
		CU_ASSERT_EQUAL(write(fd, frame + i, 1), 1);
		spin(s.base);
		CU_ASSERT_EQUAL(s.got, i == 21 ? 2 : 1);
	}
	memset(big, 'x', sizeof(big));
	msg_init(&r, OP_EDIT_DATA, 0, 10);
	msg_add(&r, A_DATA, big, sizeof(big));
	memcpy(frame, "\0\x30\0\x14\0\x03\0\0\0\0\0\x0a", 12);
	CU_ASSERT_EQUAL(write(fd, frame, 12), 12);
	for (off = 0; off < r.len; off += (size_t)done) {
		done = send(fd, r.data + off, r.len - off, MSG_DONTWAIT);
		if (done < 0)
			done = 0;
		spin(s.base);
	}
	CU_ASSERT_EQUAL(s.got, 3);
	CU_ASSERT_EQUAL(s.last_len, sizeof(big) + 8);
	msg_fini(&r);
	side_close(&s, fd);
}

static void
test_garbage(void)
{
	static const struct {
		int line; const char *bytes; size_t len;
	} rows[] = {
		{ __LINE__, "\0\0\0\0\0\0\0\0\0\0\0\0", 12 },
		{ __LINE__, "\0\0\0\x0b\0\x01\0\0\0\0\0\0", 12 },
		{ __LINE__, "\xff\xff\xff\xff\0\x01\0\0\0\0\0\0", 12 },
		{ __LINE__, "\0\0\0\x0c\0\x01\x80\0\0\0\0\0", 12 },
		{ __LINE__, "\0\0\0\x0d\0\x01\0\0\0\0\0\0x", 13 },
		{ __LINE__, "\0\0\0\x14\0\x01\0\0\0\0\0\0\0\x01\0\0\0\0\0\x01", 20 },
		{ __LINE__, "\0\0\0\x14\0\x01\0\0\0\0\0\0\0\x01\0\0\xff\xff\xff\xff", 20 },
		{ __LINE__, "GET / HTTP/1.1\r\n\r\n", 18 },
	};
	struct side s;
	size_t i;
	int fd;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fd = side_open(&s);
		CU_ASSERT_EQUAL(write(fd, rows[i].bytes, rows[i].len),
				(ssize_t)rows[i].len);
		spin(s.base);
		CHECK_ROW(rows[i].line, s.got == 0 && s.closed == 1 &&
			  s.err.kind == ERR_INVALID);
		side_close(&s, fd);
	}
}

/* Who does not read is not read from; nothing is lost. */
static void
test_slow(void)
{
	uint8_t blob[4096] = { 0 };
	struct msg m, r;
	struct side s;
	struct err e;
	unsigned int i, n = 0;
	int fd = side_open(&s);

	s.echo = true;
	msg_conn_limit(s.conn, 8192, 64 * 1024);
	for (i = 0; i < 200; i++) {
		msg_init(&m, OP_HELLO, 0, i);
		msg_add(&m, A_DATA, blob, sizeof(blob));
		/* Never more than fits, or this end would block for ever. */
		if (i - n > 20) {
			spin(s.base);
			if (s.got < i) {
				CU_ASSERT_EQUAL_FATAL(msg_read(fd, &r, &e), 0);
				CU_ASSERT_EQUAL(r.id, n);
				msg_fini(&r);
				n++;
			}
		}
		CU_ASSERT_EQUAL(msg_write(fd, &m, &e), 0);
	}
	CU_ASSERT(s.got < 200);
	while (n < 200) {
		spin(s.base);
		CU_ASSERT_EQUAL_FATAL(msg_read(fd, &r, &e), 0);
		CU_ASSERT_EQUAL(r.id, n);
		msg_fini(&r);
		n++;
	}
	CU_ASSERT_EQUAL(s.got, 200);
	msg_init(&m, OP_HELLO, 0, 1);
	msg_add(&m, A_DATA, blob, sizeof(blob));
	msg_add(&m, A_DATA, blob, sizeof(blob));
	CU_ASSERT_EQUAL(msg_write(fd, &m, &e), 0);
	spin(s.base);
	CU_ASSERT(s.closed == 1 && s.got == 200);
	side_close(&s, fd);
}

static void
test_free_inside(void)
{
	struct msg m, r;
	struct side s;
	struct err e;
	int fd = side_open(&s), i;

	s.free_it = s.echo = true;
	for (i = 0; i < 3; i++) {
		msg_init(&m, OP_HELLO, 0, 1);
		CU_ASSERT_EQUAL(msg_write(fd, &m, &e), 0);
	}
	spin(s.base);
	CU_ASSERT(s.got == 1 && s.closed == 0);
	CU_ASSERT_EQUAL(msg_read(fd, &r, &e), -1);
	side_close(&s, fd);
}

/* Each of its requests takes 5 ms; `other` asks once in between. */
struct costly {
	struct side	 s;
	struct side	*other;
	unsigned int	 before_other;
};

static void
on_costly(struct msg_conn *c, struct msg *m, void *arg)
{
	struct costly *x = arg;

	(void)c;
	(void)m;
	x->s.got++;
	if (x->other->got == 0)
		x->before_other++;
	usleep(5000);
}

/* Many requests that wait in one connection do not keep the others out. */
static void
test_turns(void)
{
	static const struct msg_ops costly_ops = { on_costly, on_closed };
	struct costly x = { .before_other = 0 };
	int fd[2], other_fd, i;
	struct side other;
	struct msg m;
	struct err e;

	other_fd = side_open(&other);
	x.other = &other;
	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	x.s.conn = msg_conn_new(other.base, fd[0], &costly_ops, &x);
	for (i = 0; i < 200; i++) {
		msg_init(&m, OP_HELLO, 0, (uint32_t)i);
		CU_ASSERT_EQUAL(msg_write(fd[1], &m, &e), 0);
	}
	event_base_loop(other.base, EVLOOP_ONCE);
	msg_init(&m, OP_HELLO, 0, 1);
	CU_ASSERT_EQUAL(msg_write(other_fd, &m, &e), 0);
	for (i = 0; i < 2000 && x.s.got < 200; i++)
		event_base_loop(other.base, EVLOOP_ONCE);
	CU_ASSERT_EQUAL(x.s.got, 200);
	CU_ASSERT_EQUAL(other.got, 1);
	CU_ASSERT(x.before_other < 50);
	close(fd[1]);
	spin(other.base);
	CU_ASSERT_EQUAL(x.s.closed, 1);
	side_close(&other, other_fd);
}

/* What does not fit into memory is answered, not left waiting. */
static void
test_bad_reply(void)
{
	struct msg m, r;
	struct side s;
	struct err e = ERR_INIT;
	int fd = side_open(&s);

	msg_init(&m, OP_GET_DATA, MSG_REPLY, 5);
	m.bad = true;
	msg_conn_send(s.conn, &m);
	spin(s.base);
	CU_ASSERT_EQUAL_FATAL(msg_read(fd, &r, &e), 0);
	CU_ASSERT(r.id == 5 && r.flags == (MSG_REPLY | MSG_ERROR));
	msg_fini(&r);
	msg_init(&m, OP_GET_DATA, 0, 6);
	m.bad = true;
	msg_conn_send(s.conn, &m);
	CU_ASSERT_EQUAL(s.closed, 0);
	spin(s.base);
	CU_ASSERT_EQUAL(s.closed, 1);
	side_close(&s, fd);
}

static void
test_listen(void)
{
	char dir[] = "/tmp/culvert-test-msg-XXXXXX", path[64];
	struct err e = ERR_INIT;
	struct stat st;
	int fd, fd2;

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/confd.sock", dir);
	CU_ASSERT_EQUAL(msg_connect(path, &e), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "confd is not running"));
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, path));
	fd = msg_listen(path, 0660, (gid_t)-1, &e);
	CU_ASSERT(fd >= 0);
	CU_ASSERT(stat(path, &st) == 0 && (st.st_mode & 0777) == 0660);
	CU_ASSERT_EQUAL(msg_listen(path, 0660, (gid_t)-1, &e), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "already"));
	fd2 = msg_connect(path, &e);
	CU_ASSERT(fd2 >= 0);
	close(fd2);
	close(fd);
	CU_ASSERT_EQUAL(msg_connect(path, &e), -1);
	fd = msg_listen(path, 0600, (gid_t)-1, &e);
	CU_ASSERT(fd >= 0);
	close(fd);
	unlink(path);
	fclose(fopen(path, "w"));
	CU_ASSERT_EQUAL(msg_listen(path, 0600, (gid_t)-1, &e), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "not a socket"));
	unlink(path);
	rmdir(dir);
}

/* Who is killed while another one starts in his place may take a moment: he is asked,
 * and only then gone. */
static void
test_succession(void)
{
	char dir[] = "/tmp/culvert-test-msg-XXXXXX", path[64];
	struct err e = ERR_INIT;
	int fd, status;
	pid_t dying;

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/confd.sock", dir);
	fd = msg_listen(path, 0600, (gid_t)-1, &e);
	CU_ASSERT_FATAL(fd >= 0 && fcntl(fd, F_SETFL, 0) == 0);
	dying = fork();
	if (dying == 0) {
		accept(fd, NULL, NULL);
		_exit(0);
	}
	close(fd);
	fd = msg_listen(path, 0600, (gid_t)-1, &e);
	CU_ASSERT(fd >= 0);
	if (fd < 0)
		printf("\n%s\n", e.text);
	else
		close(fd);
	CU_ASSERT(waitpid(dying, &status, 0) == dying);
	unlink(path);
	rmdir(dir);
}

static void
test_tame(void)
{
	static const struct {
		int line; const char *text, *tame;
	} rows[] = {
		{ __LINE__, "", "" },
		{ __LINE__, "a b \xc3\xa9\xc2\xa0.", "a b \xc3\xa9\xc2\xa0." },
		{ __LINE__, "a\tb\n\x1b[2J\x7f", "a b  [2J " },
		{ __LINE__, "\xc2\x9b" "2J\xc2\x80\xc2\x9f", "  2J    " },
		{ __LINE__, "\xff\xc2", "??" },
		{ __LINE__, "a\xe2\x82", "a??" },
	};
	char text[32];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		strcpy(text, rows[i].text);
		msg_tame(text);
		CHECK_ROW(rows[i].line, strcmp(text, rows[i].tame) == 0);
	}
}

UNIT_MAIN("msg",
	{ "attributes", test_attributes },
	{ "strings are UTF-8", test_utf8 },
	{ "what others see", test_tame },
	{ "requests and replies", test_conn },
	{ "frames in pieces and large ones", test_pieces },
	{ "garbage closes", test_garbage },
	{ "slow readers", test_slow },
	{ "everybody gets a turn", test_turns },
	{ "freed in a callback", test_free_inside },
	{ "out of memory", test_bad_reply },
	{ "listening", test_listen },
	{ "listening after somebody", test_succession },
)
