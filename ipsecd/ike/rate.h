/*
 * rate: at most so many in a second, for what strangers can have us do.
 */
#ifndef CULVERT_RATE_H
#define CULVERT_RATE_H

#include <stdbool.h>
#include <stdint.h>

struct rate {
	uint64_t	since;
	uint32_t	n;
};

static inline bool
rate_ok(struct rate *r, uint64_t now_ms, uint32_t per_second)
{
	if (r->n == 0 || now_ms - r->since >= 1000) {
		r->since = now_ms;
		r->n = 0;
	}
	return r->n++ < per_second;
}

#endif
