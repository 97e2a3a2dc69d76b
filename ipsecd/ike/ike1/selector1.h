/*
 * selector1: what the ID payloads of quick mode say (RFC 2407 4.6.2): one subnet on
 * each side.
 */
#ifndef CULVERT_IKE1_SELECTOR1_H
#define CULVERT_IKE1_SELECTOR1_H

#include <stdbool.h>

#include "ike/wire/build1.h"

struct addr;
struct prefix;

/* As one selector, maybe for a single protocol or port.  -1 with what it is
 * instead. */
int	selector1_read(struct ts *, const struct payload *id, struct err *)
		__attribute__((warn_unused_result));
/* Without ID payloads, the addresses between which IKE goes. */
void	selector1_host(struct ts *, const struct addr *);
/* type: PL_IDI or PL_IDR. */
void	selector1_build(struct build *, enum ike_payload type,
			const struct prefix *);
/* As the peer wrote it. */
void	selector1_echo(struct build *, const struct payload *id);

#endif
