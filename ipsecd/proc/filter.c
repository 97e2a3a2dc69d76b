/*
 * filter: lists of system calls, and libseccomp around them.
 */
#include "config.h"

#include "filter.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <ucontext.h>
#include <unistd.h>

#include "log.h"
#include "sandbox.h"

#ifdef WITH_SANITIZERS

/* What no child ever does: reach out, become somebody, start a program. */
static const char *const never[] = {
	"execve", "execveat", "socket", "connect", "bind", "listen", "ptrace",
	"mount", "umount2", "chroot", "pivot_root", "unshare", "setns",
	"setuid", "setgid", "setresuid", "setresgid", "init_module",
	"finit_module", "delete_module", "kexec_load", "bpf", "keyctl",
	"process_vm_readv", "process_vm_writev", "perf_event_open", "reboot",
	NULL
};

#else

/* Memory, time, logging to an open descriptor, an event loop, an orderly end. */
static const char *const always[] = {
	"brk", "munmap", "mremap", "madvise",
	"clock_gettime", "gettimeofday", "time", "nanosleep",
	"clock_nanosleep", "getrandom",
	"read", "write", "readv", "writev", "close", "fcntl", "fstat",
	"newfstatat", "lseek", "epoll_wait", "epoll_pwait", "epoll_ctl",
	"poll", "ppoll", "futex",
	"getpid", "gettid", "getuid", "geteuid", "getgid", "getegid",
	"sysinfo", "rt_sigprocmask", "rt_sigreturn", "rt_sigaction",
	"sigaltstack", "restart_syscall", "tgkill", "exit", "exit_group",
	NULL
};

/* The C library tries these by itself (the time zone, a new connection to
 * syslog): refused like anything else, but it lives on. */
static const char *const refused[] = {
	"open", "openat", "access", "faccessat", "faccessat2", "stat", "lstat",
	"statx", "readlink", "readlinkat", "connect", "prlimit64",
	NULL
};

/* Whose arguments are looked at. */
static const char *const careful[] = {
	"mmap", "mprotect", "ioctl", "socket", "clone", "clone3", NULL
};

#endif

static int
add(scmp_filter_ctx f, uint32_t action, const char *name, struct err *e)
{
	int nr = seccomp_syscall_resolve_name(name), rc;

	/* Not every architecture has every call. */
	if (nr == __NR_SCMP_ERROR || nr < 0)
		return 0;
	rc = seccomp_rule_add(f, action, nr, 0);
	/* -EEXIST: in two lists; -EACCES: the default action already. */
	if (rc == 0 || rc == -EEXIST || rc == -EACCES)
		return 0;
	return err_set(e, ERR_REALITY, "cannot filter %s: %s", name,
		       strerror(-rc));
}

static bool
has(const char *const *names, const char *name)
{
	for (; *names != NULL; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

/* Without those that are in but, which may be NULL. */
static int
add_all(scmp_filter_ctx f, uint32_t action, const char *const *names,
	const char *const *but, struct err *e)
{
	for (; *names != NULL; names++)
		if ((but == NULL || !has(but, *names)) &&
		    add(f, action, *names, e) < 0)
			return -1;
	return 0;
}

#ifndef WITH_SANITIZERS

/* What is outside is in these, never behind the socket of a local process. */
static int
add_outside(scmp_filter_ctx f)
{
	static const int families[] = { AF_INET, AF_INET6, AF_NETLINK };
	const struct scmp_arg_cmp exec =
		SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC);
	int rc = 0;
	size_t i;

	for (i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		const struct scmp_arg_cmp family =
			SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)families[i], 0);

		rc |= seccomp_rule_add_array(f, SCMP_ACT_ALLOW,
					     SCMP_SYS(socket), 1, &family);
	}
	/* The C library tries to load a module of nsswitch.conf. */
	rc |= seccomp_rule_add_array(f, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(mmap),
				     1, &exec);
	return rc;
}

/* A thread, no process.  The arguments of clone3 cannot be seen; the C library
 * knows kernels that do not have it. */
static int
add_threads(scmp_filter_ctx f)
{
	const struct scmp_arg_cmp thread =
		SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD);

	return seccomp_rule_add_array(f, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
				      &thread) |
	    seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
}

/* Rules that look at arguments. */
static int
add_careful(scmp_filter_ctx f, const struct sandbox *s, struct err *e)
{
	const struct scmp_arg_cmp not_exec =
		SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
	const struct scmp_arg_cmp fionread =
		SCMP_A1(SCMP_CMP_EQ, FIONREAD, 0);
	const struct scmp_arg_cmp other_ioctl =
		SCMP_A1(SCMP_CMP_NE, FIONREAD, 0);
	const struct scmp_arg_cmp local =
		SCMP_A0(SCMP_CMP_EQ, AF_UNIX, 0);
	uint32_t no = SCMP_ACT_ERRNO(EACCES);
	int rc = 0;

	rc |= seccomp_rule_add_array(f, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
				     &not_exec);
	rc |= seccomp_rule_add_array(f, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
				     &not_exec);
	/* libevent asks how much there is to read. */
	rc |= seccomp_rule_add_array(f, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
				     &fionread);
	rc |= seccomp_rule_add_array(f, no, SCMP_SYS(ioctl), 1, &other_ioctl);
	rc |= seccomp_rule_add_array(f, no, SCMP_SYS(socket), 1, &local);
	if (s->outside)
		rc |= add_outside(f);
	if (s->threads)
		rc |= add_threads(f);
	if (rc != 0)
		return err_set(e, ERR_REALITY,
			       "cannot build the system call filter");
	return 0;
}

static void
name_the_call(int sig, siginfo_t *info, void *context)
{
	char *name = seccomp_syscall_resolve_num_arch(info->si_arch,
						      info->si_syscall);

	(void)context;
	log_error("sandbox: system call %d (%s) is not allowed",
		  info->si_syscall, name != NULL ? name : "unknown");
	free(name);
	signal(sig, SIG_DFL);
	raise(sig);
	_exit(128 + sig);
}

static uint32_t
default_action(void)
{
	struct sigaction sa = { .sa_sigaction = name_the_call,
				.sa_flags = SA_SIGINFO | SA_NODEFER };

	if (!log_debugging("sandbox") || sigaction(SIGSYS, &sa, NULL) < 0)
		return SCMP_ACT_KILL_PROCESS;
	return SCMP_ACT_TRAP;
}

static int
add_rules(scmp_filter_ctx f, const struct sandbox *s, struct err *e)
{
	const char *const *c;

	bool files = s->outside || s->own_folder;

	if (add_all(f, SCMP_ACT_ALLOW, always, NULL, e) < 0 ||
	    add_all(f, SCMP_ACT_ERRNO(EACCES), refused,
		    files ? s->calls : NULL, e) < 0 ||
	    add_careful(f, s, e) < 0)
		return -1;
	/* A list of a child cannot widen what add_careful() narrows. */
	for (c = s->calls; *c != NULL; c++)
		if ((files || !has(refused, *c)) && !has(careful, *c) &&
		    add(f, SCMP_ACT_ALLOW, *c, e) < 0)
			return -1;
	return 0;
}

#else

static uint32_t
default_action(void)
{
	return SCMP_ACT_ALLOW;
}

static int
add_rules(scmp_filter_ctx f, const struct sandbox *s, struct err *e)
{
	if (s->name != NULL)
		log_info("%s: built with sanitizers: the system call filter forbids "
			 "only what no process may do", s->name);
	return add_all(f, SCMP_ACT_KILL_PROCESS, never,
		       s->outside ? s->calls : NULL, e);
}

#endif

int
filter_install(const struct sandbox *s, struct err *e)
{
	scmp_filter_ctx f = seccomp_init(default_action());
	int rc = -1;

	if (f == NULL)
		return err_set(e, ERR_RESOURCE,
			       "cannot build the system call filter");
	if (add_rules(f, s, e) == 0) {
		rc = seccomp_load(f);
		if (rc < 0)
			err_set(e, ERR_REALITY,
				"the kernel refuses the system call filter: %s",
				strerror(-rc));
	}
	seccomp_release(f);
	return rc < 0 ? -1 : 0;
}
