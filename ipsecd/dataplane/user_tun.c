#include "user_tun.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "esp/vnet.h"
#include "log.h"

#define DEVICE "/dev/net/tun"

static int
queue_open(struct user_tun *t, struct err *e)
{
	struct ifreq r = { .ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR |
	    IFF_MULTI_QUEUE };
	int fd = open(DEVICE, O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return err_set(e, ERR_REALITY, "cannot open " DEVICE ": %s; "
		    "the user data plane needs TUN devices (modprobe tun, or "
		    "give the container " DEVICE ")", strerror(errno));
	memcpy(r.ifr_name, t->name, sizeof(t->name));
	if (ioctl(fd, TUNSETIFF, &r) < 0) {
		int why = errno;

		close(fd);
		return err_set(e, ERR_REALITY, "cannot set up the TUN device "
		    "%s: %s%s", t->name, strerror(why),
		    why == EINVAL ? "; a device of that name and another kind "
		    "is there: remove it with `ip link delete`" :
		    why == EBUSY ? "; is ipsecd running already?" : "");
	}
	t->fd[t->n++] = fd;
	return 0;
}

/* Linux 6.2 knows segmented UDP, older kernels TCP only. */
static void
offload_set(struct user_tun *t)
{
	unsigned int tcp = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN;

	t->offload_udp = ioctl(t->fd[0], TUNSETOFFLOAD,
	    tcp | TUN_F_USO4 | TUN_F_USO6) == 0;
	t->offload = t->offload_udp ||
	    ioctl(t->fd[0], TUNSETOFFLOAD, tcp) == 0;
}

int
user_tun_open(struct user_tun *t, const char *name, unsigned int queues,
	      struct err *e)
{
	memset(t, 0, sizeof(*t));
	if (strlen(name) >= sizeof(t->name))
		return err_set(e, ERR_INVALID, "the device name %s is longer "
		    "than %zu characters", name, sizeof(t->name) - 1);
	strcpy(t->name, name);
	if (queues < 1)
		queues = 1;
	if (queues > ESP_QUEUES_MAX)
		queues = ESP_QUEUES_MAX;
	while (t->n < queues) {
		if (queue_open(t, e) < 0) {
			user_tun_close(t);
			return -1;
		}
	}
	offload_set(t);
	if (ioctl(t->fd[0], TUNSETPERSIST, 1) < 0) {
		err_set(e, ERR_REALITY, "cannot make %s persistent: %s", name,
		    strerror(errno));
		user_tun_close(t);
		return -1;
	}
	return 0;
}

bool
user_tun_alive(const struct user_tun *t)
{
	struct ifreq r;

	return t->n && ioctl(t->fd[0], TUNGETIFF, &r) == 0;
}

void
user_tun_close(struct user_tun *t)
{
	while (t->n)
		close(t->fd[--t->n]);
}

void
user_tun_remove(const char *name)
{
	struct err e = ERR_INIT;
	struct user_tun t;

	if (if_nametoindex(name) == 0)
		return;
	if (user_tun_open(&t, name, 1, &e) == 0)
		(void)ioctl(t.fd[0], TUNSETPERSIST, 0);
	else
		log_warn("%s", e.text);
	err_clear(&e);
	user_tun_close(&t);
}
