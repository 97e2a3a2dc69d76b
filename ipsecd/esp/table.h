/*
 * table: the SAs and policies that the fast path looks up.
 *
 * One lock over all: a thread of the fast path holds it for reading over a batch
 * of packets, control for writing over a request.  Each SA has a mutex for what
 * packets change.  The table owns its SAs.
 */
#ifndef CULVERT_ESP_TABLE_H
#define CULVERT_ESP_TABLE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "dataplane/dataplane.h"
#include "err.h"
#include "inner.h"
#include "replay.h"

struct at_flow;
struct xform;

struct sa {
	struct sa	*next_spi;
	struct at_flow	*at;		/* outbound: one for each pair */
	size_t		 n_at;
	uint32_t	 tunnel;
	uint32_t	 spi;
	bool		 inbound;
	bool		 esn;
	bool		 stale;		/* not named since DP_BEGIN */
	struct selector	*local;		/* inner; the remote ones follow */
	uint8_t		 n_local;
	uint8_t		 n_remote;
	struct endpoint	 src;		/* outer, in packet direction */
	struct endpoint	 dst;
	struct sockaddr_storage to;	/* dst, outbound */
	socklen_t	 to_len;

	pthread_mutex_t	 lock;		/* of everything below */
	struct xform	*xform;
	uint64_t	 seq;		/* outbound: last one used */
	struct replay	 replay;	/* inbound */
	struct endpoint	 told;		/* last DP_MAPPING; port 0: none */
	bool		 expired;	/* DP_EXPIRE was sent */
	uint64_t	 bytes, packets, errors, replays;
	uint64_t	 last_ms;	/* 0: no packet yet */
};

struct policy {
	struct policy	*next_id;
	struct at_flow	*at;		/* one for each pair */
	size_t		 n_at;
	uint32_t	 tunnel;
	bool		 acquire;	/* the peer is known */
	bool		 stale;
	_Atomic uint64_t acquire_ms;	/* when one may be sent again */
};

struct table;

struct table *table_new(void);
void	table_free(struct table *);

void	table_read(struct table *);
void	table_write(struct table *);
void	table_release(struct table *);

/* --- holding it for reading --- */
/* The inbound SA; borrowed until table_release(). */
struct sa *table_inbound(const struct table *, uint32_t spi);
/* Whether it is for packets from src to dst (RFC 4301 5.2 step 4): to the subnets
 * of an inbound SA. */
bool	table_sa_allows(const struct sa *, uint8_t family, const struct ip_key *src,
			const struct ip_key *dst);
/* Where a packet from inside goes: the newest SA, of the most specific pair of
 * prefixes, of a tunnel of the most specific policy.  NULL: dropped, and *p is
 * that policy, if any. */
struct sa *table_outbound(const struct table *, uint8_t family,
			  const struct ip_key *src, const struct ip_key *dst,
			  struct policy **p);

/* --- holding it for writing --- */
struct sa *table_sa_find(const struct table *, uint32_t tunnel, uint32_t spi, bool inbound);
int	table_sa_add(struct table *, const struct dp_sa *, uint32_t window, struct err *)
		__attribute__((warn_unused_result));
void	table_sa_update(struct sa *, const struct dp_sa *);
void	table_sa_del(struct table *, struct sa *);
int	table_policy_add(struct table *, const struct dp_policy *, struct err *)
		__attribute__((warn_unused_result));
/* False if there is none. */
bool	table_policy_del(struct table *, uint32_t tunnel);
/* A new engine: table_sync() deletes what is not added after table_begin(). */
void	table_begin(struct table *);
void	table_sync(struct table *);

#endif
