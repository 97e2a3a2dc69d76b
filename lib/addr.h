/*
 * addr: IPv4 and IPv6 addresses, prefixes and UDP endpoints as plain values.
 */
#ifndef CULVERT_ADDR_H
#define CULVERT_ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct addr {
	uint8_t		family;		/* AF_INET, AF_INET6, or 0: any/unset */
	uint8_t		b[16];		/* IPv4 in the first 4, rest 0 */
};

struct prefix {
	struct addr	addr;
	uint8_t		len;
};

struct endpoint {
	struct addr	addr;
	uint16_t	port;
};

#define ADDR_STRLEN	46
#define PREFIX_STRLEN	50
#define ENDPOINT_STRLEN	56

static inline size_t addr_len(const struct addr *a)
	{ return a->family == AF_INET ? 4 : a->family == AF_INET6 ? 16 : 0; }
static inline unsigned int addr_bits(const struct addr *a)
	{ return (unsigned int)addr_len(a) * 8; }

/* 0 or -1.  No names, no zones, no abbreviations. */
int	addr_parse(struct addr *, const char *) __attribute__((warn_unused_result));
int	addr_from_bytes(struct addr *, const void *, size_t len)
		__attribute__((warn_unused_result));
bool	addr_is_any(const struct addr *);	/* unset, 0.0.0.0 or :: */
bool	addr_equal(const struct addr *, const struct addr *);
int	addr_cmp(const struct addr *, const struct addr *);
uint32_t addr_hash(const struct addr *, uint32_t seed);
const char *addr_str(const struct addr *, char *buf);	/* ADDR_STRLEN */

/* "ADDRESS/LEN", or "ADDRESS" for the host; host bits must be zero. */
int	prefix_parse(struct prefix *, const char *) __attribute__((warn_unused_result));
bool	prefix_equal(const struct prefix *, const struct prefix *);
bool	prefix_has(const struct prefix *, const struct addr *);
void	prefix_range(const struct prefix *, struct addr *first, struct addr *last);
const char *prefix_str(const struct prefix *, char *buf);	/* PREFIX_STRLEN */

bool	endpoint_equal(const struct endpoint *, const struct endpoint *);
/* "192.0.2.1[500]", "2001:db8::1[4500]" */
const char *endpoint_str(const struct endpoint *, char *buf);	/* ENDPOINT_STRLEN */
socklen_t endpoint_to_sockaddr(const struct endpoint *, struct sockaddr_storage *);
int	endpoint_from_sockaddr(struct endpoint *, const struct sockaddr *)
		__attribute__((warn_unused_result));

#endif
