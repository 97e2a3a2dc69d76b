/*
 * natt: NAT detection (RFC 7296 2.23).
 */
#ifndef CULVERT_NATT_H
#define CULVERT_NATT_H

#include <stdbool.h>
#include <stdint.h>

#include "sa.h"
#include "wire/build.h"
#include "wire/message.h"

struct endpoint;
struct engine;

#define NATT_KEEPALIVE_MS	20000

/* What is hashed to detect them: SPIs | address | port; how many octets. */
#define NATT_OCTETS	(8 + 8 + 16 + 2)
size_t	natt_octets(uint64_t spi_i, uint64_t spi_r, const struct endpoint *,
		    uint8_t out[NATT_OCTETS]);
/* Both NAT_DETECTION payloads; with caps.force_encap ours is wrong on purpose,
 * so that the peer believes us behind a NAT and encapsulates. */
void	natt_build(struct engine *, const struct ike_sa *, struct build *);
/* The same for other addresses than those in use. */
void	natt_build_between(struct engine *, const struct ike_sa *,
			   const struct endpoint *local,
			   const struct endpoint *remote, struct build *);
/* Sets natd, nat_local and nat_remote from the peer's payloads. */
void	natt_detect(struct engine *, struct ike_sa *, const struct message *);
/* Whether ESP and IKE go through the port for NAT traversal. */
bool	natt_wanted(const struct engine *, const struct ike_sa *);
/* Initiator: moves to that port (RFC 7296 2.23). */
void	natt_float(struct engine *, struct ike_sa *);

/* Follows a peer behind a NAT, by authenticated new messages only (2.23). */
void	natt_follow(struct engine *, struct ike_sa *, const struct endpoint *local,
		    const struct endpoint *remote, bool encap);
/* The data plane saw the peer's ESP come from elsewhere. */
void	natt_mapping(struct engine *, struct ike_sa *, const struct endpoint *);

#endif
