/*
 * kill_at: stands beside a process, counts its system calls, and kills it with
 * SIGKILL as it begins the Nth, which is not carried out.
 *
 *	kill_at PID [N [PATH]]
 *
 * With PATH it counts from the first openat() of a path that ends so.
 *
 * Says "ready" when it counts, and then what the process does to files, one
 * line for each call that worked, in order:
 *	create PATH | trunc PATH | write PATH HEX | fsync PATH |
 *	rename OLD NEW | link OLD NEW | unlink PATH | mkdir PATH | send
 * (send: something went out of a socket.)  At the end "killed N", or "calls N"
 * when it was asked to leave off with SIGTERM and the process lives.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATH_SIZE	(PATH_MAX + 32)


static volatile sig_atomic_t leave;
static int memory = -1;
static pid_t target;

/* It stops for us, be it at the call it is in the middle of. */
static void
on_term(int sig)
{
	(void)sig;
	leave = 1;
	ptrace(PTRACE_INTERRUPT, target, 0, 0);
}

static void __attribute__((noreturn))
die(const char *what)
{
	fprintf(stderr, "kill_at: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* --- what the arguments of a call are --- */

static void
get_string(uint64_t at, char out[PATH_MAX])
{
	size_t n = 0;

	while (n < PATH_MAX - 1 &&
	       pread(memory, out + n, 1, (off_t)(at + n)) == 1 &&
	       out[n] != '\0')
		n++;
	out[n] = '\0';
}

static void
fd_path(int fd, char out[PATH_SIZE])
{
	char link[64];
	ssize_t n;

	if (fd == AT_FDCWD)
		snprintf(link, sizeof(link), "/proc/%d/cwd", (int)target);
	else
		snprintf(link, sizeof(link), "/proc/%d/fd/%d", (int)target, fd);
	n = readlink(link, out, PATH_SIZE - 1);
	out[n > 0 ? n : 0] = '\0';
}

static void
path_at(uint64_t dirfd, uint64_t name, char out[PATH_SIZE])
{
	char text[PATH_MAX];
	size_t n;

	get_string(name, text);
	out[0] = '\0';
	if (text[0] != '/') {
		fd_path((int)dirfd, out);
		n = strlen(out);
		snprintf(out + n, PATH_SIZE - n, "/");
	}
	n = strlen(out);
	snprintf(out + n, PATH_SIZE - n, "%s", text);
}

/* --- telling --- */

static void
tell_open(const uint64_t a[6])
{
	char path[PATH_SIZE];

	path_at(a[0], a[1], path);
	if (a[2] & O_CREAT)
		printf("create %s\n", path);
	if (a[2] & O_TRUNC)
		printf("trunc %s\n", path);
}

static void
tell_write(const uint64_t a[6], int64_t done)
{
	char path[PATH_SIZE];
	uint8_t c;
	int64_t i;

	fd_path((int)a[0], path);
	if (path[0] != '/' || strncmp(path, "/dev/", 5) == 0)
		return;
	printf("write %s ", path);
	for (i = 0; i < done; i++) {
		if (pread(memory, &c, 1, (off_t)(a[1] + (uint64_t)i)) != 1)
			die("memory of the process");
		printf("%02x", c);
	}
	printf("\n");
}

static void
tell_two(const char *what, uint64_t d1, uint64_t p1, uint64_t d2, uint64_t p2)
{
	char from[PATH_SIZE], to[PATH_SIZE];

	path_at(d1, p1, from);
	path_at(d2, p2, to);
	printf("%s %s %s\n", what, from, to);
}

static void
tell_one(const char *what, uint64_t dirfd, uint64_t name)
{
	char path[PATH_SIZE];

	path_at(dirfd, name, path);
	printf("%s %s\n", what, path);
}

static void
tell(uint64_t nr, const uint64_t a[6], int64_t result)
{
	char path[PATH_SIZE];

	if (result < 0)
		return;
	switch (nr) {
	case SYS_openat:
		tell_open(a);
		break;
	case SYS_write:
		tell_write(a, result);
		break;
	case SYS_fsync:
	case SYS_fdatasync:
		fd_path((int)a[0], path);
		printf("fsync %s\n", path);
		break;
	case SYS_renameat:
	case SYS_renameat2:
		tell_two("rename", a[0], a[1], a[2], a[3]);
		break;
	case SYS_linkat:
		tell_two("link", a[0], a[1], a[2], a[3]);
		break;
	case SYS_unlinkat:
		tell_one("unlink", a[0], a[1]);
		break;
	case SYS_mkdirat:
		tell_one("mkdir", a[0], a[1]);
		break;
	case SYS_sendto:
	case SYS_sendmsg:
	case SYS_writev:
		printf("send\n");
		break;
	/* Calls that change files in ways that nobody here knows of. */
#ifdef SYS_rename
	case SYS_rename:
	case SYS_link:
	case SYS_unlink:
	case SYS_mkdir:
	case SYS_creat:
#endif
	case SYS_pwrite64:
	case SYS_pwritev:
	case SYS_ftruncate:
	case SYS_truncate:
	case SYS_fallocate:
	case SYS_copy_file_range:
	case SYS_sendfile:
		printf("unknown %d\n", (int)nr);
		break;
	default:
		break;
	}
}

/* --- standing beside it --- */

static void
attach(void)
{
	int status;

	if (ptrace(PTRACE_SEIZE, target, 0, PTRACE_O_TRACESYSGOOD) < 0 ||
	    ptrace(PTRACE_INTERRUPT, target, 0, 0) < 0 ||
	    waitpid(target, &status, __WALL) < 0)
		die("cannot attach");
}

/* Anew after an exec. */
static void
open_memory(void)
{
	char path[64];

	if (memory >= 0)
		close(memory);
	snprintf(path, sizeof(path), "/proc/%d/mem", (int)target);
	memory = open(path, O_RDONLY | O_CLOEXEC);
	if (memory < 0)
		die(path);
}

/* Goes on to the next stop; its status. */
static int
next_stop(int with_signal)
{
	int status;

	if (ptrace(PTRACE_SYSCALL, target, 0, with_signal) < 0)
		die("PTRACE_SYSCALL");
	while (waitpid(target, &status, __WALL) < 0)
		if (errno != EINTR)
			die("waitpid");
	return status;
}

/* Whether what came first has come. */
static int
begun(const char *first, uint64_t nr, const uint64_t args[6])
{
	static int yes, remap;
	char path[PATH_SIZE];
	size_t n, len;

	if (yes || first == NULL)
		return 1;
	if (nr == SYS_execve)
		remap = 1;
	if (nr != SYS_openat)
		return 0;
	if (remap)
		open_memory();
	path_at(args[0], args[1], path);
	n = strlen(first);
	len = strlen(path);
	yes = len >= n && strcmp(path + len - n, first) == 0;
	return yes;
}

static void
at_call(unsigned long *calls, unsigned long last, const char *first)
{
	static uint64_t nr, args[6];
	struct __ptrace_syscall_info i;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, target, sizeof(i), &i) <= 0)
		die("PTRACE_GET_SYSCALL_INFO");
	if (i.op == PTRACE_SYSCALL_INFO_EXIT) {
		tell(nr, args, i.exit.rval);
		return;
	}
	nr = i.entry.nr;
	memcpy(args, i.entry.args, sizeof(args));
	if (!begun(first, nr, args) || ++*calls != last)
		return;
	kill(target, SIGKILL);
	waitpid(target, NULL, __WALL);
	printf("killed %lu\n", *calls);
	exit(0);
}

int
main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = on_term };
	unsigned long calls = 0, last = 0;
	int status, with = 0;

	if (argc < 2 || argc > 4) {
		fprintf(stderr, "usage: kill_at PID [N [PATH]]\n");
		return 2;
	}
	target = (pid_t)atoi(argv[1]);
	if (argc > 2)
		last = strtoul(argv[2], NULL, 10);
	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	attach();
	open_memory();
	sigaction(SIGTERM, &sa, NULL);
	printf("ready\n");
	fflush(stdout);
	for (;;) {
		status = next_stop(with);
		with = 0;
		if (!WIFSTOPPED(status)) {
			printf("gone\n");
			return 1;
		}
		if (WSTOPSIG(status) == (SIGTRAP | 0x80))
			at_call(&calls, last, argv[3]);
		else if (status >> 16 == 0)
			with = WSTOPSIG(status);
		if (leave)
			break;
	}
	ptrace(PTRACE_DETACH, target, 0, with);
	printf("calls %lu\n", calls);
	return 0;
}
