/*
 * xfrm_in: what the files of the kernel's data plane share.  A function that can
 * fail says in *e what was tried and why it failed.
 */
#ifndef CULVERT_DATAPLANE_XFRM_IN_H
#define CULVERT_DATAPLANE_XFRM_IN_H

#include <event2/event.h>
#include <linux/xfrm.h>

#include "xfrm.h"
#include "xfrm_msg.h"
#include "xfrm_nl.h"
#include "xfrm_pass.h"
#include "xfrm_table.h"

#define LARVAL_MAX	1024		/* more go by themselves, after 30 s */

struct dataplane {
	struct xfrm_nl	*ask;
	struct xfrm_nl	*listen;
	struct event	*readable;
	struct event	*grace;
	struct event	*later;
	struct event	*hatch;		/* when there are larval SAs */
	struct xfrm_larval larval[LARVAL_MAX];
	size_t		 n_larval;
	bool		 robbed;	/* policies were removed by others */
	struct xfrm_table table;
	struct xfrm_passes passes;
	void		(*event)(const struct dp_event *, void *);
	void		*arg;
};

/* xfrm.c */
int	xfrm_explain(struct err *, int rc, const char *why, const char *what);
int	xfrm_no_memory(struct err *);
int	xfrm_ask(struct dataplane *, struct nl_msg *, const char *what,
		 struct err *);
/* For what may be gone already. */
void	xfrm_ask_quietly(struct dataplane *, struct nl_msg *);

/* xfrm_policy.c */
int	xfrm_policies_set(struct dataplane *, const struct xfrm_pair *,
			  const struct xfrm_path *, struct err *);
/* The outbound policies, after a change of the tunnel's SAs. */
int	xfrm_policy_follow(struct dataplane *, struct xfrm_tunnel *, struct err *);
int	xfrm_policy_add(struct dataplane *, const struct dp_policy *, struct err *);
void	xfrm_policy_del(struct dataplane *, struct xfrm_tunnel *);
/* RFC 4861: neighbours must be found before anything can be protected. */
void	xfrm_policy_neighbours(struct dataplane *, bool add);

/* xfrm_install.c */
int	xfrm_sa_install(struct dataplane *, const struct dp_sa *, struct err *);
void	xfrm_sa_remove(struct dataplane *, struct xfrm_tunnel *, struct xfrm_sa *);
void	xfrm_sa_remove_stale(struct dataplane *, struct xfrm_tunnel *);
int	xfrm_sa_move(struct dataplane *, struct xfrm_tunnel *, struct xfrm_sa *,
		     const struct dp_sa *to, struct err *);
/* The one that a request names, and its tunnel; or NULL. */
struct xfrm_sa *xfrm_sa_named(struct dataplane *, const struct dp_sa *,
			      struct xfrm_tunnel **, struct err *);
int	xfrm_sa_counters(struct dataplane *, const struct xfrm_sa *,
			 struct dp_counters *, struct err *);

/* xfrm_larval.c; -1: out of memory */
int	xfrm_larval_start(struct dataplane *, struct event_base *);
/* An xfrm_nl_ask() callback: one of ours goes after a while. */
void	xfrm_larval_seen(const struct nlmsghdr *, void *dataplane);
void	xfrm_larval_remove(struct dataplane *);

/* xfrm_adopt.c; -1: out of memory */
int	xfrm_adopt_start(struct dataplane *, struct event_base *);
/* Reads what is in the kernel. */
int	xfrm_adopt(struct dataplane *, struct err *);
void	xfrm_begin(struct dataplane *);
void	xfrm_sync(struct dataplane *);

/* xfrm_event.c */
int	xfrm_event_start(struct dataplane *, struct event_base *, struct err *);

#endif
