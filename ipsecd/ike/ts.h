/*
 * ts: traffic selectors (RFC 7296 2.9, 3.13) as ranges, and as the one pair of
 * subnets that a tunnel has.
 *
 * The data planes match on subnets alone.  Narrowing therefore looks for the
 * largest prefix in the intersection and passes over selectors for single
 * protocols or ports: agreeing to those would promise what nobody enforces.
 */
#ifndef CULVERT_TS_H
#define CULVERT_TS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "err.h"
#include "wire/message.h"

void	ts_from_prefix(struct ts *, const struct prefix *);
/* Whether it is exactly one prefix, any protocol and port. */
bool	ts_to_prefix(const struct ts *, struct prefix *);
bool	ts_equal(const struct ts *, const struct ts *);
bool	ts_is_any_port(const struct ts *);	/* any protocol, any port */
bool	ts_contains(const struct ts *outer, const struct ts *inner);
/* False if they share nothing. */
bool	ts_intersect(const struct ts *, const struct ts *, struct ts *out);

/* Responder: the part of our subnet that the peer's selectors (a decoded PL_TSI
 * or PL_TSR) ask for.  If the first one is the single packet that triggered the
 * peer, the part with it; else the largest.  False: TS_UNACCEPTABLE. */
bool	ts_narrow(const struct prefix *ours, const struct payload *theirs,
		  struct prefix *out);
/* Initiator: the answer must lie within what we offered. */
bool	ts_verify(const struct prefix *ours, const struct payload *theirs,
		  struct prefix *out);

/* Why the pair does not fit, as a sentence with the command that mends it here
 * and the mirrored one for the peer.  theirs_local: what the peer says of our
 * side (TSr if we are the responder); returns -1. */
int	ts_explain(const struct prefix *local, const struct prefix *remote,
		   const struct payload *theirs_local,
		   const struct payload *theirs_remote, struct err *);

#define TS_STRLEN	128
/* "192.168.0.1/32", "10.0.0.5-10.0.0.9", "10.0.0.0/8[tcp/80]" */
const char *ts_str(const struct ts *, char buf[TS_STRLEN]);
/* A list, "10.0.0.0/24 10.0.2.0/24", cut with "..." */
#define TS_LIST_STRLEN	256
const char *ts_list_str(const struct payload *, char buf[TS_LIST_STRLEN]);

#endif
