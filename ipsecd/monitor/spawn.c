#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define YOUNG_MS	5000
#define FIRST_MS	100
#define LONGEST_MS	10000

void
spawn_fds_init(struct spawn_fds *f)
{
	int i;

	for (i = 0; i < FD_END; i++)
		f->fd[i] = -1;
}

/* In two steps: a source may lie where another descriptor has to go. */
static int
place_fds(const struct spawn_fds *f)
{
	int tmp[FD_END], i;

	for (i = 0; i < FD_END; i++) {
		tmp[i] = -1;
		if (f->fd[i] < 0)
			continue;
		tmp[i] = fcntl(f->fd[i], F_DUPFD_CLOEXEC, FD_END);
		if (tmp[i] < 0)
			return -1;
	}
	for (i = STDERR_FILENO + 1; i < FD_END; i++) {
		if (tmp[i] < 0)
			close(i);
		else if (dup2(tmp[i], i) < 0)
			return -1;
	}
	/* Also what whoever started ipsecd had left open. */
	return close_range(FD_END, ~0U, 0);
}

/* monitor alone decides when a child ends. */
static void
settle_signals(void)
{
	static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE };
	sigset_t none;
	size_t i;

	for (i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* argv again, behind what says which child this is.  NULL: out of memory. */
static char **
arguments(const char *name, enum child_kind kind, char *const argv[],
	  const char *extra)
{
	const char **args, **a;
	size_t n = 0;

	while (argv[n] != NULL)
		n++;
	a = args = calloc(n + 6, sizeof(*args));
	if (args == NULL)
		return NULL;
	*a++ = name;
	*a++ = "--child";
	*a++ = child_names[kind];
	if (extra != NULL) {
		*a++ = "--esp";
		*a++ = extra;
	}
	for (n = 1; argv[0] != NULL && argv[n] != NULL; n++)
		*a++ = argv[n];
	return (char **)(uintptr_t)args;
}

__attribute__((noreturn))
static void
become(enum child_kind kind, const char *program, char *const argv[],
       const char *extra, const struct spawn_fds *f)
{
	char name[32], **args;

	snprintf(name, sizeof(name), "ipsecd: %s", child_names[kind]);
	args = arguments(name, kind, argv, extra);
	settle_signals();
	if (args == NULL || place_fds(f) < 0)
		_exit(1);
	if (program == NULL)
		program = "/proc/self/exe";
	execv(program, args);
	fprintf(stderr, "ipsecd: cannot start %s from %s: %s\n",
		child_names[kind], program, strerror(errno));
	_exit(1);
}

pid_t
spawn(enum child_kind kind, const char *program, char *const argv[],
      const char *extra, const struct spawn_fds *f, struct err *e)
{
	sigset_t all, old;
	pid_t pid;

	/* No handler of ours may run in the child before it has its own. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	pid = fork();
	if (pid == 0)
		become(kind, program, argv, extra, f);
	sigprocmask(SIG_SETMASK, &old, NULL);
	if (pid < 0)
		err_set(e, ERR_RESOURCE, "cannot start the process %s: %s",
			child_names[kind], strerror(errno));
	return pid;
}

unsigned int
backoff_next(struct backoff *b, uint64_t now_ms)
{
	unsigned int wait;

	if (now_ms - b->started_ms >= YOUNG_MS) {
		b->young = 0;
		return 0;
	}
	wait = b->young < 8 ? FIRST_MS << b->young : LONGEST_MS;
	b->young++;
	return wait < LONGEST_MS ? wait : LONGEST_MS;
}

const char *
spawn_fate(int status, char *buf, size_t size)
{
	if (!WIFSIGNALED(status))
		snprintf(buf, size, "ended with status %d", WEXITSTATUS(status));
	else if (WTERMSIG(status) == SIGSYS)
		snprintf(buf, size, "made a system call that its filter forbids "
			 "and was killed; -d sandbox names the call");
	else
		snprintf(buf, size, "was killed by signal %d (%s)",
			 WTERMSIG(status), strsignal(WTERMSIG(status)));
	return buf;
}
