/*
 * blame: peers that are turned away before anybody knows which tunnel they are for.
 * What was wrong is said where somebody will look for it: at the tunnel that can
 * have been meant, if there is one, and in the log, a few times in a second.
 */
#ifndef CULVERT_BLAME_H
#define CULVERT_BLAME_H

#include <stdbool.h>

#include "event.h"

struct choice;
struct conf;
struct engine;
struct err;
struct message;
struct stranger;

/* What of the offer in e->msg is taken: the first that fits a proposal of the tunnels
 * between the stranger's addresses.  False: none, and whose fault that is has been
 * said.  fits: 0, or -1 and why. */
bool	blame_choose(struct engine *, const struct stranger *, unsigned int version,
		     int (*fits)(const struct conf *, const struct message *,
				 struct choice *, struct err *),
		     struct choice *);
/* Refused, whatever tunnel it is for: for the log alone. */
void	blame_nobody(struct engine *, const struct stranger *, enum event_code,
		     const char *why);
/* Whether there is any tunnel, of any version, between the stranger's addresses. */
bool	blame_expected(struct engine *, const struct stranger *);
/* It tries aggressive mode (RFC 2409 5.4), which is not answered. */
void	blame_aggressive(struct engine *, const struct stranger *);
/* It answers our IKEv2 in IKEv1, in clear: that it does not speak IKEv2, perhaps.
 * False: it does not. */
bool	blame_answer(struct engine *, const struct stranger *);

#endif
