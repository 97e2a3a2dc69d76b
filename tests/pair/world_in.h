/*
 * world_in: what the files of the simulated world share.
 */
#ifndef CULVERT_PAIR_WORLD_IN_H
#define CULVERT_PAIR_WORLD_IN_H

#include "world.h"

/* Around everything that an engine does, and what it calls back. */
#define ENGINE(call)	do { \
		bool was_ = world_in_engine; \
		world_in_engine = true; \
		call; \
		world_in_engine = was_; \
	} while (0)
#define OUTSIDE		__attribute__((cleanup(back_in), unused)) bool was_in = step_out()

static inline bool
step_out(void)
{
	bool was = world_in_engine;

	world_in_engine = false;
	return was;
}

static inline void
back_in(bool *was)
{
	world_in_engine = *was;
}

/* p; a world without memory ends the test. */
void	*need(void *p);
/* An engine has done something. */
void	after(struct world *, struct node *);

/* world_net.c */
void	net_arrive(struct world *, struct flight *);
void	net_send(void *node, const struct endpoint *src,
		 const struct endpoint *dst, bool encap, const uint8_t *p,
		 size_t len);

/* world_plane.c: keys, the data plane, and what else an engine asks for */
extern const struct engine_ops world_ops;
void	plane_del_sa(struct node *, const struct dp_sa *);
void	plane_del_policy(struct node *, uint32_t tunnel);

/* world_web.c */
void	web_fetch(void *node, const struct fetch_request *);
uint64_t web_next(const struct node *);	/* when something arrives */
void	web_step(struct node *);
void	web_stop(struct node *);	/* nothing is under way any more */
void	web_fini(struct world *);

#endif
