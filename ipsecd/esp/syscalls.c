/*
 * syscalls: what the process esp may ask of the kernel once it runs.
 */
#include "esp.h"

const char *const esp_syscalls[] = {
	/* packets and control */
	"read", "write", "readv", "writev",
	"recvfrom", "recvmsg", "recvmmsg", "sendto", "sendmsg", "sendmmsg",
	"poll", "ppoll", "close", "pipe", "pipe2",
	/* time and random numbers */
	"clock_gettime", "gettimeofday", "clock_nanosleep", "nanosleep",
	"getrandom",
	/* threads and memory */
	"clone", "clone3", "set_robust_list", "rseq", "futex", "gettid",
	"getpid", "sched_yield", "sched_getaffinity", "rt_sigprocmask",
	"rt_sigreturn", "sigaltstack", "tgkill",
	"mmap", "munmap", "mremap", "mprotect", "madvise", "brk",
	"restart_syscall", "exit", "exit_group",
	NULL
};
