/*
 * offers: proposals for tests, written as configuration has them, and their way over
 * the wire.
 */
#ifndef CULVERT_TESTS_OFFERS_H
#define CULVERT_TESTS_OFFERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ike/proposal.h"
#include "ike/wire/message1.h"

/* "aes128-aes256-sha256-ecp256" or "default"; the last few are remembered and freed.
 * What a peer has may be anything: whether a configuration may is another question. */
struct algs algs_of(unsigned int version, const char *text);
struct algs algs(const char *text);	/* of IKEv2 */

bool	offers(const struct offer *, uint8_t type, uint16_t id, uint16_t key_bits);

extern const uint8_t esp_spi[4];
extern const uint8_t ike_spi[8];
/* The message that was on the wire last. */
extern struct message travelled;
/* An offer after its way in a message of IKEv2; likewise proposals as they are. */
const struct payload *travel(struct offer *, const void *spi, size_t spi_len);
const struct payload *travel_as(const struct proposal *, size_t n);
/* An offer, or what was chosen of one, in a message of IKEv1. */
const struct payload *travel1(struct offer *, const struct proposal1 *chosen);

/* What becomes of their offer at our end. */
struct select_row {
	int			line;
	enum offer_kind		kind;
	const char		*ours;
	const char		*theirs;
	uint16_t		ke;
	const char		*chosen;	/* or what the sentence says */
	bool			ok;
	bool			wrong_ke;
};
void	check_select(const struct select_row *, unsigned int version);

#endif
