/*
 * local: the addresses of this machine, and what becomes of a tunnel whose own
 * goes or comes.
 *
 * A tunnel never leaves its local-address for another (without MOBIKE): it waits.
 */
#ifndef CULVERT_LOCAL_H
#define CULVERT_LOCAL_H

#include <stdbool.h>
#include <stddef.h>

#include "addr.h"

struct engine;
struct tunnel;

struct locals {
	struct addr	*a;		/* sorted */
	size_t		 n, size;
	bool		 told;		/* else every address is taken for there */
};
void	locals_fini(struct locals *);

bool	local_there(const struct engine *, const struct addr *);
/* One came or went (engine_local_address). */
void	local_change(struct engine *, const struct addr *, bool present);
/* Whether the tunnel may begin to talk; if not it says why, and will start when
 * its address comes. */
bool	local_ready(struct engine *, struct tunnel *);
/* Its address has been away for too long for a passing thing (a timer). */
void	local_expired(struct engine *, struct tunnel *);
/* "local-address 192.0.2.1 is not on this machine" */
#define LOCAL_STRLEN	96
const char *local_missing_str(const struct addr *, char buf[LOCAL_STRLEN]);

#endif
