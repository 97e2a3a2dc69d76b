/* The asking side without an event loop, and where sockets come from. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "msg_frame.h"

#define DYING_TRIES	40		/* in two seconds */

static int
sock_addr(struct sockaddr_un *sun, const char *path, struct err *e)
{
	memset(sun, 0, sizeof(*sun));
	sun->sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(sun->sun_path))
		return err_set(e, ERR_INVALID, "the path of a socket may have "
			       "%zu characters: %s", sizeof(sun->sun_path) - 1,
			       path);
	memcpy(sun->sun_path, path, strlen(path));
	return 0;
}

/* RUNDIR/ipsecd-keys.sock is served by ipsecd. */
static int
connect_err(struct err *e, const char *path, int why)
{
	const char *name = strrchr(path, '/');
	int len;

	name = name != NULL ? name + 1 : path;
	len = (int)strcspn(name, "-.");
	if (why == ENOENT || why == ECONNREFUSED)
		return err_set(e, ERR_REALITY, "%.*s is not running (nothing "
			       "answers at %s): start %.*s", len, name, path,
			       len, name);
	if (why == EACCES || why == EPERM)
		return err_set(e, ERR_DENIED, "this user may not talk to %.*s "
			       "(%s)", len, name, path);
	return err_set(e, ERR_REALITY, "cannot connect to %.*s at %s: %s", len,
		       name, path, strerror(why));
}

int
msg_connect(const char *path, struct err *e)
{
	struct sockaddr_un sun;
	int fd, why;

	if (sock_addr(&sun, path, e) < 0)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_set(e, ERR_RESOURCE, "cannot make a socket: %s",
			       strerror(errno));
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0)
		return fd;
	why = errno;
	close(fd);
	return connect_err(e, path, why);
}

/* 1: somebody serves it, 0: nobody; -1: an error. */
static int
is_served(const struct sockaddr_un *sun, struct err *e)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int rc;

	if (fd < 0)
		return err_set(e, ERR_RESOURCE, "cannot make a socket: %s",
			       strerror(errno));
	rc = connect(fd, (const struct sockaddr *)sun, sizeof(*sun)) == 0 ||
	    errno == EAGAIN;
	close(fd);
	return rc;
}

/* Takes away a socket that a process left behind when it died.  One that is being
 * killed just now has a moment: its children go after it. */
static int
listen_clear(const char *path, const struct sockaddr_un *sun, struct err *e)
{
	static const struct timespec moment = { .tv_nsec = 50 * 1000000 };
	struct stat st;
	int rc, tries;

	if (lstat(path, &st) < 0)
		return 0;
	if (!S_ISSOCK(st.st_mode))
		return err_set(e, ERR_REALITY, "%s is in the way and is not a "
			       "socket", path);
	for (tries = 0; (rc = is_served(sun, e)) == 1 && tries < DYING_TRIES; tries++)
		nanosleep(&moment, NULL);
	if (rc < 0)
		return -1;
	if (rc == 1)
		return err_set(e, ERR_REALITY, "another process serves %s "
			       "already", path);
	if (unlink(path) < 0 && errno != ENOENT)
		return err_set(e, ERR_REALITY, "cannot replace %s: %s", path,
			       strerror(errno));
	return 0;
}

int
msg_listen(const char *path, mode_t mode, gid_t gid, struct err *e)
{
	struct sockaddr_un sun;
	mode_t mask;
	int fd, rc;

	if (sock_addr(&sun, path, e) < 0 || listen_clear(path, &sun, e) < 0)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_set(e, ERR_RESOURCE, "cannot make a socket: %s",
			       strerror(errno));
	mask = umask(0177);	/* nobody gets in before chmod says so */
	rc = bind(fd, (struct sockaddr *)&sun, sizeof(sun));
	umask(mask);
	if (rc < 0 || (gid != (gid_t)-1 && chown(path, (uid_t)-1, gid) < 0) ||
	    chmod(path, mode) < 0 || listen(fd, 64) < 0) {
		err_set(e, ERR_REALITY, "cannot listen at %s: %s", path,
			strerror(errno));
		close(fd);
		return -1;
	}
	return fd;
}

static int
write_all(int fd, const uint8_t *p, size_t len, struct err *e)
{
	ssize_t n;

	while (len > 0) {
		n = send(fd, p, len, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(e, ERR_REALITY, "the other end went "
				       "away: %s", strerror(errno));
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static int
read_all(int fd, uint8_t *p, size_t len, struct err *e)
{
	ssize_t n;

	while (len > 0) {
		n = recv(fd, p, len, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_set(e, ERR_REALITY, "the other end closed "
				       "the connection%s%s", n < 0 ? ": " : "",
				       n < 0 ? strerror(errno) : "");
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int
msg_write(int fd, struct msg *m, struct err *e)
{
	uint8_t head[MSG_HDR_LEN];
	int rc;

	if (m->bad) {
		rc = err_set(e, ERR_RESOURCE, "the request does not fit into "
			     "memory or into a message of %u bytes", MSG_MAX);
	} else {
		msg_frame_head(m, head);
		rc = write_all(fd, head, sizeof(head), e);
		if (rc == 0 && m->len > 0)
			rc = write_all(fd, m->data, m->len, e);
	}
	msg_fini(m);
	return rc;
}

int
msg_read(int fd, struct msg *m, struct err *e)
{
	uint8_t head[MSG_HDR_LEN];
	size_t len;

	msg_init(m, 0, 0, 0);
	if (read_all(fd, head, sizeof(head), e) < 0 ||
	    msg_frame_parse_head(m, head, MSG_MAX, &len, e) < 0)
		return -1;
	len -= MSG_HDR_LEN;
	if (len == 0)
		return 0;
	m->data = malloc(len);
	if (m->data == NULL)
		return err_set(e, ERR_RESOURCE, "no memory for a reply of %zu "
			       "bytes", len);
	m->size = m->len = len;
	if (read_all(fd, m->data, len, e) < 0 || msg_frame_check(m, e) < 0) {
		msg_fini(m);
		return -1;
	}
	return 0;
}
