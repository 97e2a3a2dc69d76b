/*
 * path: the pair on a network with datagrams of a certain size, which counts fragments
 * of either version.
 */
#ifndef CULVERT_TESTS_PATH_H
#define CULVERT_TESTS_PATH_H

#include "pair.h"

extern struct path {
	unsigned int	fragments;	/* that were sent */
	unsigned int	longest;	/* of the datagrams, but for first messages,
					 * with the headers of IP and UDP */
	unsigned int	limit;		/* longer ones are lost; 0: none */
} path;

/* Engines that cut what is longer than size, 0: by themselves. */
void	path_begin(uint64_t seed, uint16_t size);
/* The tap of the world: counts, and loses what is too long. */
bool	path_tap(struct world *, struct node *from, struct flight *);
/* On a bad network of tiny datagrams the pair gets up and tidy, however chance has it. */
void	path_bad(void (*configure)(void));
bool	path_is_fragment(const struct flight *);

#endif
