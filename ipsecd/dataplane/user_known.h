/*
 * user_known: what the process esp was told, and the routes that go with it.
 *
 * monitor keeps it to tell the next esp the policies and the engine which SAs
 * went with the last one.  No keys are in it.
 */
#ifndef CULVERT_DATAPLANE_USER_KNOWN_H
#define CULVERT_DATAPLANE_USER_KNOWN_H

#include <stdbool.h>
#include <stdint.h>

#include "dataplane.h"

struct user_known;
struct user_net;

/* Borrows the net; NULL: no memory. */
struct user_known *user_known_new(struct user_net *);
/* Leaves the routes to user_net_close(). */
void	user_known_free(struct user_known *);

/* Replaces one of the same tunnel: the new routes are there before the old ones
 * go. */
int	user_known_policy_add(struct user_known *, const struct dp_policy *,
			      struct err *) __attribute__((warn_unused_result));
void	user_known_policy_del(struct user_known *, uint32_t tunnel);
void	user_known_policies(struct user_known *,
			    void (*each)(const struct dp_policy *, void *), void *arg);

int	user_known_sa_add(struct user_known *, const struct dp_sa *, struct err *)
		__attribute__((warn_unused_result));
/* False: unknown, or gone already. */
bool	user_known_sa_del(struct user_known *, uint32_t tunnel, uint32_t spi,
			  bool inbound);
/* esp is gone and its SAs with it: names the next one, and false after the last
 * (or without a list).  Routes stay until the engine deletes the SA. */
bool	user_known_sa_gone(struct user_known *, uint32_t *tunnel, uint32_t *spi);

/* A new engine: sync forgets what was not added after begin. */
void	user_known_begin(struct user_known *);
void	user_known_sync(struct user_known *);

#endif
