/*
 * A socket that is connected and never used: its destination's cache entry has
 * the number.
 */
#include "pathmtu.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

static bool
enter(int fd, bool v6, const struct addr *from, const struct addr *to,
      uint32_t mark)
{
	struct endpoint near = { .addr = *from }, far = { .addr = *to, .port = 9 };
	struct sockaddr_storage ss;
	socklen_t len;
	int on = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)) < 0)
		return false;
	/* The address may be on its way out. */
	if (setsockopt(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP,
		       v6 ? IPV6_FREEBIND : IP_FREEBIND, &on, sizeof(on)) < 0)
		return false;
	len = endpoint_to_sockaddr(&near, &ss);
	if (bind(fd, (struct sockaddr *)&ss, len) < 0)
		return false;
	len = endpoint_to_sockaddr(&far, &ss);
	return connect(fd, (struct sockaddr *)&ss, len) == 0;
}

uint32_t
path_mtu(const struct addr *from, const struct addr *to, uint32_t mark)
{
	bool v6 = to->family == AF_INET6;
	int fd, mtu = 0;
	socklen_t len = sizeof(mtu);

	if (to->family == 0 || from->family != to->family)
		return 0;
	fd = socket(to->family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return 0;
	if (!enter(fd, v6, from, to, mark) ||
	    getsockopt(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP,
		       v6 ? IPV6_MTU : IP_MTU, &mtu, &len) < 0 || mtu < 0)
		mtu = 0;
	close(fd);
	return (uint32_t)mtu;
}
