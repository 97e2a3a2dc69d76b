#include "xfrm.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/udp.h>
#include <linux/xfrm.h>

int
dataplane_xfrm_bypass(int fd, int family, struct err *e)
{
	struct xfrm_userpolicy_info pass = {
		.action = XFRM_POLICY_ALLOW,
		.sel.family = (unsigned short)family,
	};
	int level = family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
	int name = family == AF_INET ? IP_XFRM_POLICY : IPV6_XFRM_POLICY;

	for (pass.dir = XFRM_POLICY_IN; pass.dir <= XFRM_POLICY_OUT; pass.dir++)
		if (setsockopt(fd, level, name, &pass, sizeof(pass)) < 0)
			return err_set(e, ERR_REALITY, "cannot exempt the IKE "
			    "socket from IPsec: %s", strerror(errno));
	return 0;
}

int
dataplane_xfrm_socket(int fd, int family, bool natt, struct err *e)
{
	int encap = UDP_ENCAP_ESPINUDP;

	if (dataplane_xfrm_bypass(fd, family, e) < 0)
		return -1;
	if (natt && setsockopt(fd, IPPROTO_UDP, UDP_ENCAP, &encap,
	    sizeof(encap)) < 0)
		return err_set(e, ERR_REALITY, "cannot have the kernel take ESP "
		    "out of UDP port 4500: %s", strerror(errno));
	return 0;
}
