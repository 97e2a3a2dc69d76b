/* ipsecd/proc/filter: what a child may still ask of the kernel, tried */
#include "config.h"

#include "proc/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "esp/esp.h"
#include "fetch/fetch.h"
#include "log.h"
#include "proc/landlock.h"
#include "proc/sandbox.h"
#include "tests/unit.h"

#ifdef WITH_SANITIZERS
#define STRICT	false
#else
#define STRICT	true
#endif

static const char *const no_calls[] = { NULL };

/* What is done inside; true: it went well. */
typedef bool (*deed)(void);

static bool
live(void)
{
	struct timespec ts;
	int n = 0;
	char *p = malloc(5000000);
	bool ok = p != NULL && clock_gettime(CLOCK_MONOTONIC, &ts) == 0;

	free(p);
	log_debug("sa", "nothing");
	return ok && ioctl(STDERR_FILENO, FIONREAD, &n) != -2 && getpid() > 0;
}

static bool
tcp(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) >= 0;
}

static bool
unix_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0) >= 0 || errno != EACCES;
}

static bool
packets(void)
{
	return socket(AF_PACKET, SOCK_RAW, 0) >= 0 || errno != EACCES;
}

static bool
server(void)
{
	int s = socket(AF_INET, SOCK_STREAM, 0);

	return s >= 0 && listen(s, 1) == 0;
}

static bool
program(void)
{
	return execl("/bin/true", "true", (char *)NULL) == 0;
}

static bool
process(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid > 0;
}

static bool
file(void)
{
	return open("/etc/passwd", O_RDONLY) >= 0 || errno != EACCES;
}

static bool
code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}

static bool
data_to_code(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return mprotect(p, 4096, PROT_READ | PROT_EXEC) == 0;
}

static bool
debugger(void)
{
	return prctl(PR_SET_PTRACER, 1, 0, 0, 0) == 0;
}

static bool
terminal(void)
{
	char c = 'x';

	return ioctl(STDERR_FILENO, TIOCSTI, &c) == 0 || errno != EACCES;
}

static void *
nothing(void *arg)
{
	return arg;
}

static bool
thread(void)
{
	pthread_t t;

	return pthread_create(&t, NULL, nothing, NULL) == 0 &&
	    pthread_join(t, NULL) == 0;
}

enum outcome { FINE, REFUSED, KILLED };

/* Refused: the call failed as the filter makes it fail, and the process lived. */
static enum outcome
try_in(deed d, const struct sandbox *box)
{
	struct err e = ERR_INIT;
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		    filter_install(box, &e) < 0)
			_exit(3);
		_exit(d() ? 0 : 1);
	}
	CU_ASSERT_FATAL(pid > 0 && waitpid(pid, &status, 0) == pid);
	if (WIFSIGNALED(status)) {
		CU_ASSERT_EQUAL(WTERMSIG(status), SIGSYS);
		return KILLED;
	}
	CU_ASSERT_NOT_EQUAL(WEXITSTATUS(status), 3);
	return WEXITSTATUS(status) == 0 ? FINE : REFUSED;
}

static enum outcome
try(deed d, const char *const *calls, bool threads)
{
	const struct sandbox box = { .name = "test", .calls = calls,
				     .threads = threads };

	return try_in(d, &box);
}

static void
test_everybody(void)
{
	static const struct {
		int line; deed d; enum outcome strict, relaxed;
	} rows[] = {
		{ __LINE__, live,		FINE,		FINE },
		{ __LINE__, tcp,		KILLED,		KILLED },
		{ __LINE__, program,		KILLED,		KILLED },
		{ __LINE__, process,		KILLED,		FINE },
		{ __LINE__, thread,		KILLED,		FINE },
		{ __LINE__, file,		REFUSED,	FINE },
		{ __LINE__, code,		KILLED,		FINE },
		{ __LINE__, data_to_code,	KILLED,		FINE },
		{ __LINE__, debugger,		KILLED,		FINE },
		{ __LINE__, terminal,		REFUSED,	FINE },
	};
	enum outcome want, got;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		want = STRICT ? rows[i].strict : rows[i].relaxed;
		if (want == FINE && rows[i].d != live)
			continue;	/* whatever the system says */
		got = try(rows[i].d, no_calls, false);
		CHECK_ROW(rows[i].line, got == want);
	}
}

/* A child's own list widens what it names, and nothing that is narrowed. */
static void
test_own_list(void)
{
	static const char *const greedy[] = { "mmap", "mprotect", "ioctl",
		"socket", "openat", "prctl", "no_such_call", NULL };

	CU_ASSERT_EQUAL(try(thread, esp_syscalls, true), FINE);
	CU_ASSERT_EQUAL(try(tcp, esp_syscalls, true), KILLED);
	if (!STRICT)
		return;
	CU_ASSERT_EQUAL(try(tcp, greedy, false), KILLED);
	CU_ASSERT_EQUAL(try(code, greedy, false), KILLED);
	CU_ASSERT_EQUAL(try(data_to_code, greedy, false), KILLED);
	CU_ASSERT_EQUAL(try(file, greedy, false), REFUSED);
	CU_ASSERT_EQUAL(try(terminal, greedy, false), REFUSED);
	CU_ASSERT_NOT_EQUAL(try(debugger, greedy, false), KILLED);
}

/* fetch reaches out, and does nothing else that others may not. */
static void
test_outside(void)
{
	static const struct {
		int line; deed d; enum outcome strict, relaxed;
	} rows[] = {
		{ __LINE__, live,		FINE,		FINE },
		{ __LINE__, tcp,		FINE,		FINE },
		{ __LINE__, file,		FINE,		FINE },
		{ __LINE__, thread,		FINE,		FINE },
		{ __LINE__, server,		KILLED,		KILLED },
		{ __LINE__, program,		KILLED,		KILLED },
		{ __LINE__, unix_socket,	REFUSED,	FINE },
		{ __LINE__, packets,		KILLED,		FINE },
		{ __LINE__, process,		KILLED,		FINE },
		{ __LINE__, code,		REFUSED,	FINE },
		{ __LINE__, data_to_code,	KILLED,		FINE },
		{ __LINE__, debugger,		KILLED,		FINE },
	};
	struct sandbox box = fetch_sandbox(-1);
	size_t i;

	box.name = "test";
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (STRICT || rows[i].relaxed == KILLED || rows[i].strict == FINE)
			CHECK_ROW(rows[i].line, try_in(rows[i].d, &box) ==
				  (STRICT ? rows[i].strict : rows[i].relaxed));
}

static int
make(const char *folder)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/file", folder);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	if (fd < 0)
		return errno;
	close(fd);
	return unlink(path) < 0 ? errno : 0;
}

/* 0, or what a process that may write to one folder alone fails with. */
static int
confined(const char *inside, const char *outside)
{
	struct err e = ERR_INIT;
	int fd = open(inside, O_RDONLY | O_DIRECTORY), status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		    landlock_write_only_in(fd, &e) < 0 || make(inside) != 0 ||
		    open("/etc/passwd", O_RDONLY) < 0)
			_exit(255);
		_exit(make(outside));
	}
	CU_ASSERT_FATAL(pid > 0 && waitpid(pid, &status, 0) == pid);
	close(fd);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
test_folder(void)
{
	char in[] = "/tmp/culvert-in-XXXXXX", out[] = "/tmp/culvert-out-XXXXXX";
	bool there = syscall(SYS_landlock_create_ruleset, NULL, 0, 1) > 0;

	CU_ASSERT_FATAL(mkdtemp(in) != NULL && mkdtemp(out) != NULL);
	if (!there)
		printf(" (this kernel has no Landlock)");
	CU_ASSERT_EQUAL(confined(in, in), 0);
	CU_ASSERT_EQUAL(confined(in, out), there ? EACCES : 0);
	rmdir(in);
	rmdir(out);
}

#ifndef WITH_SANITIZERS
/* For whoever has to find out which call was missing. */
static void
test_named(void)
{
	char text[256] = "";
	int ends[2], err = dup(STDERR_FILENO);
	ssize_t n;

	CU_ASSERT_FATAL(err >= 0 && pipe(ends) == 0);
	dup2(ends[1], STDERR_FILENO);
	log_init("test", false, "sandbox");
	CU_ASSERT_EQUAL(try(tcp, no_calls, false), KILLED);
	log_init("test", false, NULL);
	dup2(err, STDERR_FILENO);
	close(ends[1]);
	n = read(ends[0], text, sizeof(text) - 1);
	CU_ASSERT(n > 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "(socket) is not allowed"));
	close(ends[0]);
	close(err);
}
#endif

UNIT_MAIN("filter",
	{ "every child", test_everybody },
	{ "a child's own list", test_own_list },
	{ "fetch, which reaches out", test_outside },
	{ "a folder to write in", test_folder },
#ifndef WITH_SANITIZERS
	{ "the call is named", test_named },
#endif
)
