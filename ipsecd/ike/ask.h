/*
 * ask: questions to keys and the data plane, and where their answers go.
 *
 * An answer may come inside the call that asks, or much later, when what asked
 * is gone: a question remembers its object by SPI and serial only.
 */
#ifndef CULVERT_ASK_H
#define CULVERT_ASK_H

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/dataplane.h"
#include "engine.h"

enum ask_kind {
	ASK_NOTHING,		/* nobody waits */
	ASK_MAC,		/* who: an IKE_SA; its state says which MAC */
	ASK_INSTALL,		/* who: a CHILD_SA */
	ASK_PROBE,		/* who: a CHILD_SA; is its peer alive? */
	ASK_COUNT_IN,		/* who: a CHILD_SA; for refresh number `extra` */
	ASK_COUNT_OUT,
	ASK_POLICY,		/* who: a tunnel */
	ASK_SWITCHED,		/* who: an IKE_SA, whose answer waits for it */
};

/* False: no memory; nothing was asked.  kind ASK_NOTHING always succeeds. */
bool	ask_dataplane(struct engine *, struct dp_request *, enum ask_kind,
		      uint64_t who, uint32_t serial, uint32_t extra);
bool	ask_keys(struct engine *, struct keys_request *, uint64_t who,
		 uint32_t serial);

/* Answers that came while the engine was busy. */
void	ask_drain(struct engine *);
void	ask_fini(struct engine *);

#endif
