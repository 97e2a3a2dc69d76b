#include "session.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "confd.h"
#include "log.h"
#include "msg.h"
#include "request.h"
#include "unit.h"

/* From guests no request is long; and who does not read is not read from. */
#define GUEST_FRAME_MAX		65536u
#define QUEUE_MAX		(1u << 20)

uint64_t
session_clock(void)
{
	struct timespec ts = { 0, 0 };

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec;
}

static void
on_received(struct msg_conn *conn, struct msg *m, void *arg)
{
	struct session *s = arg;

	(void)conn;
	s->active = session_clock();
	request_handle(s, m);
}

static void
on_closed(struct msg_conn *conn, const struct err *e, void *arg)
{
	struct session *s = arg;

	(void)conn;
	log_debug("conf", "session %u of %s: %s", s->serial, s->user, e->text);
	s->conn = NULL;
	session_free(s);
}

static const struct msg_ops ops = { on_received, on_closed };

static void
user_name(char *out, size_t size, uid_t uid)
{
	struct passwd pw, *found = NULL;
	char buf[4096];

	if (getpwuid_r(uid, &pw, buf, sizeof(buf), &found) == 0 && found != NULL)
		snprintf(out, size, "%s", pw.pw_name);
	else
		snprintf(out, size, "uid %u", (unsigned int)uid);
}

/* Who somebody was before sudo, if the kernel knows. */
static void
name_login(struct session *s, pid_t pid)
{
	char path[64], text[16], login[64];
	uid_t uid = (uid_t)-1;
	ssize_t n;
	int fd;

	snprintf(s->who, sizeof(s->who), "%s", s->user);
	snprintf(path, sizeof(path), "/proc/%d/loginuid", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n > 0) {
		text[n] = '\0';
		uid = (uid_t)strtoul(text, NULL, 10);
	}
	if (uid == (uid_t)-1 || uid == s->uid)
		return;
	user_name(login, sizeof(login), uid);
	snprintf(s->who, sizeof(s->who), "%s (%s)", s->user, login);
}

/* Room for this client? */
static int
check_room(struct confd *c, uid_t uid, enum role role, struct err *e)
{
	unsigned int n = 0;
	struct session *s;

	for (s = c->sessions; s != NULL; s = s->next)
		n += s->uid == uid;
	if (role != ROLE_ADMIN && n >= SESSIONS_PER_USER)
		return err_set(e, ERR_RESOURCE, "you have %u sessions already: "
			       "close one of them", n);
	/* Some are kept for those who can repair what is wrong. */
	if (c->n_sessions >= (role == ROLE_ADMIN ? 2 : 1) * SESSIONS_MAX)
		return err_set(e, ERR_RESOURCE, "there are %u sessions already",
			       c->n_sessions);
	return 0;
}

/* Says no to the first request, whatever it is. */
static void
turn_away(int fd, const struct err *why)
{
	struct msg m;

	msg_init(&m, 0, MSG_REPLY | MSG_ERROR, 0);
	msg_add_err(&m, why);
	/* A new socket has room for a sentence. */
	(void)!msg_write(fd, &m, NULL);
	close(fd);
}

int
session_new(struct confd *c, int fd, struct err *e)
{
	enum role role = access_peer(&c->access, fd);
	struct session *s;
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0) {
		err_set(e, ERR_REALITY, "cannot tell who connected: %s",
			strerror(errno));
		close(fd);
		return -1;
	}
	if (check_room(c, cred.uid, role, e) < 0) {
		turn_away(fd, e);
		return -1;
	}
	s = calloc(1, sizeof(*s));
	if (s == NULL) {
		close(fd);
		return err_set(e, ERR_RESOURCE, "no memory for a session");
	}
	s->confd = c;
	s->serial = ++c->session_serial;
	s->since = (uint64_t)time(NULL);
	s->active = session_clock();
	s->uid = cred.uid;
	s->role = role;
	user_name(s->user, sizeof(s->user), cred.uid);
	name_login(s, cred.pid);
	s->conn = msg_conn_new(c->base, fd, &ops, s);
	if (s->conn == NULL) {
		free(s);
		return err_set(e, ERR_RESOURCE, "no memory for a session");
	}
	msg_conn_limit(s->conn, role == ROLE_ADMIN ? MSG_MAX : GUEST_FRAME_MAX,
		       QUEUE_MAX);
	s->next = c->sessions;
	c->sessions = s;
	c->n_sessions++;
	return 0;
}

void
session_free(struct session *s)
{
	struct session **pp;

	for (pp = &s->confd->sessions; *pp != NULL; pp = &(*pp)->next) {
		if (*pp != s)
			continue;
		*pp = s->next;
		s->confd->n_sessions--;
		break;
	}
	session_discard(s);
	feed_free_all(s);
	msg_conn_free(s->conn);
	free(s->from);
	free(s);
}

int
session_locked(struct session *s, struct err *e)
{
	const struct session *holder = session_by_serial(s->confd,
							 s->confd->locked_by);

	if (holder == NULL || holder == s)
		return 0;
	return err_set(e, ERR_CONFLICT, "%s%s%s holds the lock of the "
		       "configuration: nobody else commits until it is given "
		       "back", holder->user, holder->from != NULL ? " on " : "",
		       holder->from != NULL ? holder->from : "");
}

struct session *
session_by_serial(struct confd *c, uint32_t serial)
{
	struct session *s = c->sessions;

	while (s != NULL && s->serial != serial)
		s = s->next;
	return s;
}

struct map *
session_config(struct session *s)
{
	return s->candidate != NULL ? s->candidate : s->confd->running;
}

struct map *
session_edit(struct session *s)
{
	if (s->candidate == NULL) {
		s->candidate = map_clone(s->confd->running);
		if (s->candidate != NULL)
			s->base = map_ref(s->confd->running);
	}
	return s->candidate;
}

void
session_discard(struct session *s)
{
	map_unref(s->candidate);
	map_unref(s->base);
	s->candidate = s->base = NULL;
	session_unmark(s);
}

/* Batches to come copy the units that they change: an array is enough. */
int
session_mark(struct session *s)
{
	session_unmark(s);
	if (s->candidate != NULL && (s->mark = map_clone(s->candidate)) == NULL)
		return -1;
	s->marked = true;
	return 0;
}

void
session_unmark(struct session *s)
{
	map_unref(s->mark);
	s->mark = NULL;
	s->marked = false;
}

bool
session_revert(struct session *s)
{
	struct map *m = s->mark;

	if (!s->marked)
		return false;
	s->mark = NULL;
	if (m == NULL) {
		session_discard(s);
		return true;
	}
	map_unref(s->candidate);
	s->candidate = m;
	s->marked = false;
	return true;
}

void
session_replace(struct session *s, struct map *m)
{
	session_discard(s);
	s->candidate = m;
	s->base = map_ref(s->confd->running);
}
