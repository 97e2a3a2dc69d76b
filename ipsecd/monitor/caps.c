#include "caps.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BIT(cap)	(UINT64_C(1) << (cap))

static const uint64_t kept =
	/* netlink, TUN, marks and policies of sockets, ports below 1024 */
	BIT(CAP_NET_ADMIN) | BIT(CAP_NET_BIND_SERVICE) |
	/* the packet socket of tap.c */
	BIT(CAP_NET_RAW) |
	/* doors for confd in a folder that may be its user's */
	BIT(CAP_CHOWN) | BIT(CAP_DAC_OVERRIDE) | BIT(CAP_FOWNER) |
	/* children: to end them, and what sandbox.c gives up or uses up: a network
	 * namespace, a root folder, the bounding set, the user */
	BIT(CAP_KILL) | BIT(CAP_SYS_ADMIN) | BIT(CAP_SYS_CHROOT) |
	BIT(CAP_SETPCAP) | BIT(CAP_SETGID) | BIT(CAP_SETUID);

int
caps_keep(struct err *e)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];
	uint64_t have;
	int cap, i;

	for (cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		if ((kept >> cap & 1) == 0 &&
		    prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
			return err_set(e, ERR_REALITY, "cannot drop capability "
			    "%d: %s", cap, strerror(errno));
	if (syscall(SYS_capget, &head, data) < 0)
		return err_set(e, ERR_REALITY, "capget: %s", strerror(errno));
	have = data[0].permitted | (uint64_t)data[1].permitted << 32;
	for (i = 0; i < 2; i++) {
		data[i].permitted = (uint32_t)((have & kept) >> 32 * i);
		data[i].effective = data[i].permitted;
		data[i].inheritable = 0;
	}
	if (syscall(SYS_capset, &head, data) < 0)
		return err_set(e, ERR_REALITY, "capset: %s", strerror(errno));
	return 0;
}
