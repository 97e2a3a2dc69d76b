#include "confine.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
#define NATIVE		AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE		AUDIT_ARCH_AARCH64
#elif defined(__i386__)
#define NATIVE		AUDIT_ARCH_I386
#elif defined(__arm__)
#define NATIVE		AUDIT_ARCH_ARM
#elif defined(__riscv) && __riscv_xlen == 64
#define NATIVE		AUDIT_ARCH_RISCV64
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#define NATIVE		AUDIT_ARCH_PPC64LE
#elif defined(__s390x__)
#define NATIVE		AUDIT_ARCH_S390X
#else
#error "confine: which AUDIT_ARCH_ is this machine?"
#endif

#define X32		0x40000000u	/* the other numbers of x86-64 */

#define LOAD(field)	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, \
				 offsetof(struct seccomp_data, field))
#define IF(v, yes, no)	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (v), (yes), (no))
#define NOT_BELOW(v, yes, no) \
			BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, (v), (yes), (no))
#define RETURN(v)	BPF_STMT(BPF_RET | BPF_K, (v))

int
confine_exec(struct err *e)
{
	static struct sock_filter filter[] = {
		/* 0 */ LOAD(arch),
		/* 1 */ IF(NATIVE, 0, 5),
		/* 2 */ LOAD(nr),
		/* 3 */ NOT_BELOW(X32, 3, 0),
		/* 4 */ IF(SYS_execve, 2, 0),
		/* 5 */ IF(SYS_execveat, 1, 0),
		/* 6 */ RETURN(SECCOMP_RET_ALLOW),
		/* 7 */ RETURN(SECCOMP_RET_ERRNO | EPERM),
	};
	struct sock_fprog program = {
		.len = sizeof(filter) / sizeof(filter[0]), .filter = filter,
	};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		return err_set(e, ERR_REALITY, "cannot keep this shell from "
			       "starting other programs: %s", strerror(errno));
	return 0;
}
