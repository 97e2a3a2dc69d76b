/*
 * order: every order in which crossed messages can arrive.
 *
 * Alice and bob are at peace; each begins something; from then on the test
 * chooses which datagram arrives next, and which is lost or arrives after its
 * sender has lost patience.  order_all() walks through all choices, one after
 * the other on the same pair, which must be at peace again after each.
 */
#ifndef CULVERT_TESTS_ORDER_H
#define CULVERT_TESTS_ORDER_H

#include "pair.h"

struct order {
	const char	*what;
	void		(*begin)(uint64_t seed);	/* a pair at peace */
	bool		(*alice)(void);		/* begins; false: it may not */
	bool		(*bob)(void);		/* NULL: nothing */
	unsigned int	 faults;		/* losses and delays in one walk */
	unsigned int	 steps;			/* chosen (or $STEPS); then as
					 * they come */
	/* A reason to be unhappy, or NULL.  After each step, and at the end. */
	const char	*(*always)(void);
	const char	*(*finally)(void);
	bool		 afresh;		/* a new pair for each walk */
};

/* How many walks; prints the first that fails, and stops there: 0. */
unsigned int order_all(const struct order *);

#endif
