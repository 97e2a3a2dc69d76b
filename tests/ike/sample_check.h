/*
 * sample_check: what is done with the captured messages of either version alike.
 */
#ifndef CULVERT_TESTS_SAMPLE_CHECK_H
#define CULVERT_TESTS_SAMPLE_CHECK_H

#include "sample.h"

/* Octets in memory of exactly their size, for free(): the sanitizer sees a reader that
 * goes beyond. */
uint8_t	*sample_exact(const uint8_t *, size_t);
/* Parses these as what the sample is: a datagram, or the payloads of one. */
int	sample_parse(const struct sample *, struct message *, const uint8_t *, size_t,
		     struct err *);
/* Cut anywhere, the first n are refused with a sentence, and as malformed. */
void	sample_check_truncated(size_t n, uint16_t malformed);

#endif
