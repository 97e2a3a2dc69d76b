#include "sockets.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "addr.h"
#include "dataplane/user.h"
#include "dataplane/xfrm.h"
#include "log.h"

struct setting {
	int		 family;	/* 0: both */
	int		 level;
	int		 name;
	int		 value;
	const char	*what;
};

/* The source address comes with each packet; large messages are fragmented
 * rather than refused; our packets are known by their mark. */
static const struct setting settings[] = {
	{ AF_INET6, IPPROTO_IPV6, IPV6_V6ONLY, 1, "IPV6_V6ONLY" },
	{ AF_INET, IPPROTO_IP, IP_PKTINFO, 1, "IP_PKTINFO" },
	{ AF_INET6, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1, "IPV6_RECVPKTINFO" },
	{ AF_INET, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT,
	  "IP_MTU_DISCOVER" },
	{ AF_INET6, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DONT,
	  "IPV6_MTU_DISCOVER" },
	{ 0, SOL_SOCKET, SO_MARK, USER_MARK, "SO_MARK" },
	{ 0, SOL_SOCKET, SO_RCVBUFFORCE, SOCKETS_BUFFER, "SO_RCVBUFFORCE" },
	{ 0, SOL_SOCKET, SO_SNDBUFFORCE, SOCKETS_BUFFER, "SO_SNDBUFFORCE" },
};

static int
apply(int fd, int family, struct err *e)
{
	const struct setting *s;
	size_t i;

	for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		s = &settings[i];
		if (s->family != 0 && s->family != family)
			continue;
		if (setsockopt(fd, s->level, s->name, &s->value,
			       sizeof(s->value)) < 0)
			return err_set(e, ERR_REALITY, "%s: %s", s->what,
				       strerror(errno));
	}
	return 0;
}

/* What the data plane wants of a socket. */
static int
prepare(int fd, int family, bool natt, const char *dataplane, struct err *e)
{
	if (strcmp(dataplane, "user") == 0)
		return dataplane_user_socket(fd, family, natt, e);
	if (strcmp(dataplane, "xfrm") == 0)
		return dataplane_xfrm_socket(fd, family, natt, e);
	return 0;
}

static int
bind_any(int fd, int family, uint16_t port, struct err *e)
{
	struct endpoint any = { .addr.family = (uint8_t)family, .port = port };
	struct sockaddr_storage ss;
	socklen_t len = endpoint_to_sockaddr(&any, &ss);

	if (bind(fd, (struct sockaddr *)&ss, len) == 0)
		return 0;
	if (errno == EADDRINUSE)
		return err_set(e, ERR_REALITY, "another program has UDP port %u "
			       "(ss -ulpn shows which); stop it first", port);
	return err_set(e, ERR_REALITY, "cannot bind UDP port %u: %s", port,
		       strerror(errno));
}

static int
open_one(int *out, int family, bool natt, uint16_t port, const char *dataplane,
	 struct err *e)
{
	int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0 && family == AF_INET6 && errno == EAFNOSUPPORT) {
		log_info("no IPv6 on this system");
		return 0;
	}
	if (fd < 0)
		return err_set(e, ERR_REALITY, "cannot make a socket: %s",
			       strerror(errno));
	if (apply(fd, family, e) < 0 ||
	    prepare(fd, family, natt, dataplane, e) < 0 ||
	    bind_any(fd, family, port, e) < 0) {
		close(fd);
		return -1;
	}
	*out = fd;
	return 0;
}

int
sockets_open(struct sockets *s, const char *dataplane, uint16_t port,
	     uint16_t natt_port, struct err *e)
{
	static const struct { int family; bool natt; } kinds[FD_UDP_MAX] = {
		[SOCK_IKE4] = { AF_INET, false }, [SOCK_IKE6] = { AF_INET6, false },
		[SOCK_NATT4] = { AF_INET, true }, [SOCK_NATT6] = { AF_INET6, true },
	};
	int i;

	for (i = 0; i < FD_UDP_MAX; i++)
		s->fd[i] = -1;
	for (i = 0; i < FD_UDP_MAX; i++) {
		if (open_one(&s->fd[i], kinds[i].family, kinds[i].natt,
			     kinds[i].natt ? natt_port : port, dataplane, e) < 0) {
			sockets_close(s);
			return -1;
		}
	}
	return 0;
}

void
sockets_close(struct sockets *s)
{
	int i;

	for (i = 0; i < FD_UDP_MAX; i++) {
		if (s->fd[i] >= 0)
			close(s->fd[i]);
		s->fd[i] = -1;
	}
}
