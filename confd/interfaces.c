#include "interfaces.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <inttypes.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "addr.h"
#include "json.h"

/* The columns of /proc/net/dev, in their order. */
enum { OCTETS_IN, PACKETS_IN, ERRORS_IN, DROPS_IN, OCTETS_OUT = 8, PACKETS_OUT,
       ERRORS_OUT, DROPS_OUT, COLUMNS = 12 };

static const struct {
	const char	*leaf;
	int		 column;
} counters[] = {
	{ "octets-in", OCTETS_IN }, { "packets-in", PACKETS_IN },
	{ "errors-in", ERRORS_IN }, { "drops-in", DROPS_IN },
	{ "octets-out", OCTETS_OUT }, { "packets-out", PACKETS_OUT },
	{ "errors-out", ERRORS_OUT }, { "drops-out", DROPS_OUT },
};

static bool
read_counters(FILE *f, const char *name, uint64_t v[COLUMNS])
{
	char line[512], *p;
	int used, i;

	rewind(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		p = line + strspn(line, " ");
		if (strncmp(p, name, strlen(name)) != 0 || p[strlen(name)] != ':')
			continue;
		p += strlen(name) + 1;
		for (i = 0; i < COLUMNS; i++, p += used)
			if (sscanf(p, "%" SCNu64 "%n", &v[i], &used) != 1)
				return false;
		return true;
	}
	return false;
}

static void
add_counters(FILE *f, const char *name, struct json *j)
{
	uint64_t v[COLUMNS];
	size_t i;

	if (f == NULL || !read_counters(f, name, v))
		return;
	for (i = 0; i < sizeof(counters) / sizeof(counters[0]); i++)
		json_u64(j, counters[i].leaf, v[counters[i].column]);
}

static unsigned int
prefix_len(const struct sockaddr *mask, size_t off, size_t n)
{
	const uint8_t *p = (const uint8_t *)mask + off;
	unsigned int bits = 0;
	size_t i;

	for (i = 0; mask != NULL && i < n; i++)
		bits += (unsigned int)__builtin_popcount(p[i]);
	return bits;
}

static void
add_address(const struct ifaddrs *a, struct json *j)
{
	struct endpoint e;
	char text[ADDR_STRLEN];
	bool v4;

	if (a->ifa_addr == NULL || endpoint_from_sockaddr(&e, a->ifa_addr) < 0)
		return;
	v4 = a->ifa_addr->sa_family == AF_INET;
	json_strf(j, NULL, "%s/%u", addr_str(&e.addr, text),
		  prefix_len(a->ifa_netmask, v4 ?
			     offsetof(struct sockaddr_in, sin_addr) :
			     offsetof(struct sockaddr_in6, sin6_addr),
			     v4 ? 4 : 16));
}

static void
add_mac(const struct ifaddrs *a, struct json *j)
{
	const struct sockaddr_ll *ll = (const void *)a->ifa_addr;
	const uint8_t *m;

	if (a->ifa_flags & IFF_LOOPBACK || ll->sll_halen != 6)
		return;
	m = ll->sll_addr;
	json_strf(j, "mac", "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2],
		  m[3], m[4], m[5]);
}

static void
add_mtu(const char *name, struct json *j)
{
	struct ifreq r;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	memset(&r, 0, sizeof(r));
	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", name);
	if (fd >= 0 && ioctl(fd, SIOCGIFMTU, &r) == 0)
		json_u32(j, "mtu", (uint32_t)r.ifr_mtu);
	if (fd >= 0)
		close(fd);
}

/* link is its entry of AF_PACKET; each interface has one. */
static void
add_interface(const struct ifaddrs *all, const struct ifaddrs *link, FILE *f,
	      struct json *j)
{
	unsigned int flags = link->ifa_flags;
	const struct ifaddrs *a;

	json_object(j, NULL);
	json_str(j, "name", link->ifa_name);
	json_str(j, "status", !(flags & IFF_UP) ? "down" :
		 flags & IFF_RUNNING ? "up" : "no-carrier");
	add_mtu(link->ifa_name, j);
	add_mac(link, j);
	json_array(j, "address");
	for (a = all; a != NULL; a = a->ifa_next)
		if (strcmp(a->ifa_name, link->ifa_name) == 0)
			add_address(a, j);
	json_array_end(j);
	add_counters(f, link->ifa_name, j);
	json_object_end(j);
}

/* Whether the path is about that one, or about all. */
static bool
is_meant(const char *path, const char *name)
{
	const char *key = strstr(path, "[name=");
	size_t len = strlen(name);

	if (key == NULL)
		return true;
	key += strlen("[name=");
	return strncmp(key + 1, name, len) == 0 && key[len + 1] == *key;
}

void
interfaces_json(const char *path, struct json *j)
{
	struct ifaddrs *all = NULL, *a;
	FILE *f = fopen("/proc/net/dev", "re");

	json_object(j, NULL);
	json_object(j, "culvert-system:interfaces");
	json_array(j, "interface");
	if (getifaddrs(&all) == 0)
		for (a = all; a != NULL; a = a->ifa_next)
			if (a->ifa_addr != NULL &&
			    a->ifa_addr->sa_family == AF_PACKET &&
			    is_meant(path, a->ifa_name))
				add_interface(all, a, f, j);
	json_array_end(j);
	json_object_end(j);
	json_object_end(j);
	if (all != NULL)
		freeifaddrs(all);
	if (f != NULL)
		fclose(f);
}
