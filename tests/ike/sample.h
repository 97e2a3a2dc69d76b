/*
 * sample: messages for the tests of the wire codec: captured ones, and one payload of
 * each type of IKEv2.
 */
#ifndef CULVERT_TESTS_SAMPLE_H
#define CULVERT_TESTS_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ike/wire/build.h"
#include "ike/wire/message.h"

#define SAMPLE_MAX	4096

/* A message of tests/vectors/ikev2-messages.txt or ikev1-messages.txt. */
struct sample {
	char		want[512];	/* "IKE_AUTH request 1 [ IDi AUTH ]" */
	bool		v1;
	bool		inner;
	uint8_t		first;		/* of the inner payloads */
	uint8_t		head[IKE_HDR_LEN];
	uint8_t		bytes[SAMPLE_MAX];
	size_t		len;
};

#define SAMPLES_MAX	64
extern struct sample samples[SAMPLES_MAX];
/* Reads all of tests/vectors/FILE; their number, 0 if it is not there. */
size_t	sample_load(const char *file);

/* One payload of a type, with a body as peers send it. */
void	sample_payload(struct build *, enum ike_payload);
/* The decoded payload written again. */
void	sample_rebuild(struct build *, const struct payload *);
/* A datagram of one payload with that body. */
size_t	sample_datagram(uint8_t *buf, size_t size, uint8_t type, const void *body,
			size_t len);
extern const struct ike_header sample_header;
extern const enum ike_payload sample_types[];	/* ends in PL_NONE */

#endif
