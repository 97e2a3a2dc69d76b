/*
 * crlcache_in: what the files of crlcache share: the table of sources and what they
 * say (crlcache), what came (crlcache_take), and when it is fetched again
 * (crlcache_refresh).
 */
#ifndef CULVERT_CRLCACHE_IN_H
#define CULVERT_CRLCACHE_IN_H

#include "crlcache.h"

/* Somebody waits for all sources to be fetched again. */
struct crl_refresh {
	struct crl_refresh *next;
	void		(*done)(void *);
	void		*arg;
};

uint64_t crlcache_wall(const struct engine *);
/* Takes the CRL, or NULL for none. */
void	source_set_crl(struct engine *, struct source *, struct crl *);
/* The one not used for longest goes, unless somebody waits for it. */
bool	crlcache_make_room(struct engine *, const struct source *but);
/* A request of it is under way, or begins. */
bool	source_begin(struct engine *, struct source *, enum fetch_kind);

void	source_plan_refresh(struct engine *, struct source *);
/* It has come, or goes: who waits for all of them may hear. */
void	source_wish_over(struct engine *, struct source *);

#endif
