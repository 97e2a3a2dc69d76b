/*
 * ts: traffic selectors (RFC 7296 2.9, 3.13) as ranges, and as the subnets that
 * a tunnel has.
 *
 * The data planes match on subnets alone.  Narrowing therefore takes the
 * intersection as prefixes and passes over selectors for single protocols or
 * ports: agreeing to those would promise what nobody enforces.
 */
#ifndef CULVERT_TS_H
#define CULVERT_TS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "err.h"
#include "subnets.h"
#include "wire/message.h"

void	ts_from_prefix(struct ts *, const struct prefix *);
/* Whether it is exactly one prefix, any protocol and port. */
bool	ts_to_prefix(const struct ts *, struct prefix *);
bool	ts_equal(const struct ts *, const struct ts *);
bool	ts_is_any_port(const struct ts *);	/* any protocol, any port */
bool	ts_contains(const struct ts *outer, const struct ts *inner);
/* False if they share nothing. */
bool	ts_intersect(const struct ts *, const struct ts *, struct ts *out);

/* One side of what two ends agree on: prefixes, none within another. */
struct ts_set {
	struct prefix	p[SUBNETS_MAX];
	uint8_t		n;
	bool		cut;		/* there would be more */
};

/* Responder: the part of our subnets that the peer's selectors (a decoded PL_TSI
 * or PL_TSR) ask for.  If there is no room for all of it, the largest prefixes;
 * and the one with the packet that set the peer off, which RFC 7296 2.9 puts into
 * its first selector.  False: nothing in common, TS_UNACCEPTABLE. */
bool	ts_narrow(const struct prefix *ours, size_t n,
		  const struct payload *theirs, struct ts_set *out);
/* Initiator: the answer must lie within what we offered. */
bool	ts_verify(const struct prefix *ours, size_t n,
		  const struct payload *theirs, struct ts_set *out);

/* Whether the addresses lie within the prefixes together. */
bool	ts_covered(const struct prefix *, size_t n, const struct ts *);

/* Why they do not fit, as a sentence with the settings that mend it here and at
 * the peer.  theirs_local: what the peer says of our side (TSr if we are the
 * responder); returns -1. */
int	ts_explain(const struct subnets *ours, const struct payload *theirs_local,
		   const struct payload *theirs_remote, struct err *);

#define TS_STRLEN	128
/* "192.168.0.1/32", "10.0.0.5-10.0.0.9", "10.0.0.0/8[tcp/80]" */
const char *ts_str(const struct ts *, char buf[TS_STRLEN]);
/* A list, "10.0.0.0/24 10.0.2.0/24", cut with "..." */
#define TS_LIST_STRLEN	256
const char *ts_list_str(const struct payload *, char buf[TS_LIST_STRLEN]);

#endif
