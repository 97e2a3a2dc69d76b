#include "tool.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "addr.h"

#define ARGS_MAX	16
#define CANNOT_RUN	127
#define NAME_MAX_LEN	253		/* of a host */
#define FETCH_MOST	(1u << 20)

static const struct {
	const char	*name, *package;
	const char	*paths[2];
} tools[] = {
	[TOOL_PING] = { "ping", "iputils-ping",
		{ "/usr/bin/ping", "/bin/ping" } },
	[TOOL_TRACEROUTE] = { "traceroute", "traceroute",
		{ "/usr/bin/traceroute", "/usr/sbin/traceroute" } },
	[TOOL_FETCH] = { "culvert-fetch", "culvert",
		{ FETCH_PROGRAM, FETCH_PROGRAM } },
};

/* --- what is allowed --- */

/* An address or the name of a host: nothing that could be an option. */
static bool
is_host(const char *s)
{
	struct addr a;
	size_t len = strlen(s);

	if (addr_parse(&a, s) == 0)
		return true;
	if (len == 0 || len > NAME_MAX_LEN || *s == '-' || *s == '.')
		return false;
	for (; *s; s++)
		if (!isascii((unsigned char)*s) ||
		    (!isalnum((unsigned char)*s) && *s != '-' && *s != '.' &&
		     *s != '_'))
			return false;
	return true;
}

/* What is in it is for culvert-fetch to judge. */
static int
check_url(const struct tool_request *r, struct err *e)
{
	const char *s = r->host;

	if (!memchr(s, '\0', sizeof(r->host)) ||
	    (strncasecmp(s, "http://", 7) && strncasecmp(s, "https://", 8)))
		return err_set(e, ERR_INVALID, "a URL here begins with http:// "
			       "or https://");
	for (; *s; s++)
		if (*s <= ' ' || *s >= 0x7f)
			return err_set(e, ERR_INVALID, "a URL has no blanks and "
				       "no other characters than those of "
				       "ASCII");
	if (r->size == 0 || r->size > FETCH_MOST)
		return err_set(e, ERR_BUG, "too much is to be fetched");
	return 0;
}

int
tool_check(const struct tool_request *r, struct err *e)
{
	struct addr a;

	if (r->tool == TOOL_FETCH)
		return check_url(r, e);
	if (r->tool != TOOL_PING && r->tool != TOOL_TRACEROUTE)
		return err_set(e, ERR_BUG, "there is no such tool");
	if (!memchr(r->host, '\0', sizeof(r->host)) ||
	    !memchr(r->source, '\0', sizeof(r->source)) || !is_host(r->host))
		return err_set(e, ERR_INVALID, "an address or the name of a "
			       "host is expected here");
	if (*r->source && addr_parse(&a, r->source) < 0)
		return err_set(e, ERR_INVALID, "source is an address of this "
			       "system");
	if (r->count > TOOL_COUNT_MAX || r->size > TOOL_SIZE_MAX)
		return err_set(e, ERR_INVALID, "count is up to %d, size up to "
			       "%d", TOOL_COUNT_MAX, TOOL_SIZE_MAX);
	return 0;
}

/* --- the process --- */

struct args {
	const char	*v[ARGS_MAX];
	unsigned int	 n;
};

static void
add(struct args *a, const char *arg)
{
	if (a->n < ARGS_MAX - 1)
		a->v[a->n++] = arg;
}

static void
arguments(const struct tool_request *r, struct args *a, char count[16],
	  char size[16])
{
	memset(a, 0, sizeof(*a));
	add(a, tools[r->tool].name);
	if (r->tool == TOOL_FETCH) {
		snprintf(size, 16, "%u", r->size);
		add(a, "-m");
		add(a, size);
		add(a, "--");
		add(a, r->host);
		return;
	}
	add(a, "-n");
	if (*r->source) {
		add(a, r->tool == TOOL_PING ? "-I" : "-s");
		add(a, r->source);
	}
	if (r->tool == TOOL_PING && r->count) {
		snprintf(count, 16, "%u", r->count);
		add(a, "-c");
		add(a, count);
	}
	if (r->tool == TOOL_PING && r->size) {
		snprintf(size, 16, "%u", r->size);
		add(a, "-s");
		add(a, size);
	}
	add(a, r->host);
}

static void __attribute__((noreturn))
become(const struct tool_request *r, int out)
{
	static char *const env[] = { (char *)(uintptr_t)"PATH=/usr/bin:/bin",
				     (char *)(uintptr_t)"LC_ALL=C", NULL };
	char count[16], size[16];
	struct args a;
	sigset_t none;
	int null = open("/dev/null", O_RDONLY);

	arguments(r, &a, count, size);
	setpgid(0, 0);		/* it hears Ctrl-C from us alone */
	signal(SIGINT, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (null >= 0 && dup2(null, 0) == 0 && dup2(out, 1) == 1 &&
	    dup2(out, 2) == 2 && close_range(3, ~0U, 0) == 0)
		for (int i = 0; i < 2; i++)
			execve(tools[r->tool].paths[i],
			       (char *const *)(uintptr_t)a.v, env);
	dprintf(1, "%s cannot be run: %s\n", tools[r->tool].name,
		errno == ENOENT ? "it is not installed" : strerror(errno));
	_exit(CANNOT_RUN);
}

/* A request with the descriptor that it is to write to; -1: the shell has gone,
 * or sent what is none. */
static int
receive(int fd, struct tool_request *r)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { r, sizeof(*r) };
	struct msghdr mh = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(fd, &mh, MSG_CMSG_CLOEXEC);
	struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&mh) : NULL;
	int out = -1;

	if (n <= 0)
		_exit(0);
	if (c && c->cmsg_type == SCM_RIGHTS &&
	    c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&out, CMSG_DATA(c), sizeof(out));
	if (n == sizeof(*r))
		return out;
	if (out >= 0)		/* else one octet: a stop that came too late */
		close(out);
	return -1;
}

/* Until it has ended; what comes meanwhile is "stop it". */
static int
attend(int fd, pid_t pid)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int status, stops = 0;
	char octet;

	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (poll(&p, 1, 20) <= 0)
			continue;
		if (recv(fd, &octet, 1, 0) <= 0) {
			kill(pid, SIGKILL);
			waitpid(pid, &status, 0);
			_exit(0);
		}
		kill(pid, stops++ ? SIGKILL : SIGINT);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void __attribute__((noreturn))
serve(int fd)
{
	struct tool_request r;
	struct err ignored;
	pid_t pid;
	int out, status, null = open("/dev/null", O_RDWR | O_CLOEXEC);

	/* It keeps nobody waiting for the end of the shell's output. */
	for (int i = 0; null >= 0 && i < 3; i++)
		dup2(null, i);
	/* The terminal's signals are the shell's business. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTSTP, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	for (;;) {
		out = receive(fd, &r);
		if (out < 0)
			continue;
		status = -1;
		if (tool_check(&r, &ignored) == 0) {
			pid = fork();
			if (pid == 0)
				become(&r, out);
			close(out);
			if (pid > 0)
				status = attend(fd, pid);
		} else
			close(out);
		if (send(fd, &status, sizeof(status), MSG_NOSIGNAL) < 0)
			_exit(0);
	}
}

int
tool_start(struct err *e)
{
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0 ||
	    (pid = fork()) < 0)
		return err_set(e, ERR_RESOURCE, "cannot start the process for "
			       "ping: %s", strerror(errno));
	if (pid == 0) {
		close(pair[0]);
		serve(pair[1]);
	}
	close(pair[1]);
	return pair[0];
}

/* --- the shell's side --- */

static int
request(int fd, const struct tool_request *r, int out)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { (void *)(uintptr_t)r, sizeof(*r) };
	struct msghdr mh = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *c;

	memset(control, 0, sizeof(control));
	c = CMSG_FIRSTHDR(&mh);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &out, sizeof(out));
	return sendmsg(fd, &mh, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

int
tool_run(int fd, const struct tool_request *r, int *out, struct err *e)
{
	int ends[2], rc;

	if (tool_check(r, e) < 0)
		return -1;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_set(e, ERR_RESOURCE, "cannot make a pipe: %s",
			       strerror(errno));
	rc = request(fd, r, ends[1]);
	close(ends[1]);
	if (rc < 0) {
		close(ends[0]);
		return err_set(e, ERR_REALITY, "the process that starts %s has "
			       "ended: log in again", tools[r->tool].name);
	}
	*out = ends[0];
	return 0;
}

void
tool_stop(int fd)
{
	(void)!send(fd, "", 1, MSG_NOSIGNAL);
}

int
tool_status(int fd)
{
	int status;

	return recv(fd, &status, sizeof(status), 0) == sizeof(status) ?
	    status : -1;
}
