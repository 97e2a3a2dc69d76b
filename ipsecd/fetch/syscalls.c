/*
 * syscalls: what libcurl, the C library's resolver and OpenSSL need besides an event
 * loop: files to read, connections, threads.
 */
#include "fetch.h"

#define FILES_MAX	1024
#define MEMORY_MAX	(256ull << 20)

static const char *const calls[] = {
	/* connections */
	"socket", "connect", "bind", "getsockname", "getpeername",
	"getsockopt", "setsockopt", "socketpair", "shutdown",
	"recvfrom", "recvmsg", "sendto", "sendmsg", "sendmmsg", "recvmmsg",
	"pipe2", "eventfd2", "uname",
	/* files */
	"open", "openat", "access", "faccessat", "faccessat2", "stat", "lstat",
	"fstatat64", "statx", "fstatfs", "readlink", "readlinkat", "getdents64",
	"pread64", "memfd_create", "fsync", "unlinkat", "renameat", "renameat2",
	"fadvise64",
	/* threads */
	"clone", "clone3", "set_robust_list", "rseq", "sched_yield",
	"sched_getaffinity", "prlimit64", "arch_prctl",
	NULL
};

struct sandbox
fetch_sandbox(int writable)
{
	const struct sandbox box = {
		.calls = calls, .threads = true, .files = FILES_MAX,
		.outside = true, .writable = writable, .memory = MEMORY_MAX,
	};

	return box;
}
