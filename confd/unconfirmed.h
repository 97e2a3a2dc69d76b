/*
 * unconfirmed: commits that are taken back unless somebody confirms them in time,
 * and the file that keeps this over a crash.
 *
 * The file is written before the first of them and removed when they are
 * confirmed or taken back: a crash in between finds it and goes on waiting.
 * Another boot finds startup, which never has what is not confirmed.
 */
#ifndef CULVERT_CONFD_UNCONFIRMED_H
#define CULVERT_CONFD_UNCONFIRMED_H

#include <stdint.h>

#include "err.h"

struct map;
struct store;

struct unconfirmed {
	uint32_t	 first;		/* the first of them; 0: there is none */
	uint32_t	 last;
	uint32_t	 uid;		/* whose */
	char		*user;
	uint64_t	 deadline;	/* ms, unconfirmed_now() */
	uint32_t	 seconds;	/* from the last of them on */
};

/* Milliseconds since the machine was started, asleep or not: no clock that the
 * commit itself, or NTP, could change. */
uint64_t unconfirmed_now(void);
/* p->user is copied; nothing is changed on failure. */
int	unconfirmed_set(struct store *, const struct unconfirmed *, struct err *)
		__attribute__((warn_unused_result));
/* None waits any more. */
int	unconfirmed_settle(struct store *, struct err *)
		__attribute__((warn_unused_result));
void	unconfirmed_fini(struct unconfirmed *);

/* --- while the store is loaded --- */
typedef void unconfirmed_warn_fn(const char *sentence, void *arg);

/* boot is that of `running`, last what it is with the commits since, or NULL. */
void	unconfirmed_load(struct store *, const char *boot, struct map *last,
			 unconfirmed_warn_fn *, void *arg);
/* What was in effect before them, if it can be told; a new reference, NULL for
 * NULL. */
struct map *unconfirmed_before(struct store *, struct map *last);
/* The machine was started again: nothing waits. */
void	unconfirmed_drop(struct store *, unconfirmed_warn_fn *, void *arg);

#endif
