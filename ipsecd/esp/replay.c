#include "replay.h"

#include <stdlib.h>

/*
 * A ring of bits with one word to spare (RFC 6479): moving the top forward
 * clears whole words, and the spare one keeps those at the edge apart.
 */
bool
replay_init(struct replay *r, uint32_t window)
{
	uint32_t need = (window + 63) / 64;

	if (need == 0)
		need = 1;
	r->top = 0;
	r->window = need * 64;
	for (r->words = 1; r->words < need + 1; )
		r->words *= 2;
	r->ring = calloc(r->words, sizeof(*r->ring));
	return r->ring != NULL;
}

void
replay_fini(struct replay *r)
{
	free(r->ring);
	r->ring = NULL;
}

/* RFC 4303 A2.2 */
uint64_t
replay_seq(const struct replay *r, bool esn, uint32_t low)
{
	uint32_t top_low = (uint32_t)r->top;
	uint64_t high = r->top >> 32;
	uint32_t bottom = top_low - r->window + 1;

	if (!esn)
		return low;
	if (top_low >= r->window - 1) {
		if (low < bottom)
			high++;
	} else if (low >= bottom) {
		if (high == 0)
			return 0;
		high--;
	}
	return high << 32 | low;
}

bool
replay_ok(const struct replay *r, uint64_t seq)
{
	if (seq == 0)
		return false;
	if (seq > r->top)
		return true;
	if (r->top - seq >= r->window)
		return false;
	return !(r->ring[seq / 64 & (r->words - 1)] >> seq % 64 & 1);
}

void
replay_mark(struct replay *r, uint64_t seq)
{
	uint64_t word = seq / 64, from = r->top / 64;

	if (seq > r->top) {
		if (word - from >= r->words)
			from = word - r->words;
		while (from < word)
			r->ring[++from & (r->words - 1)] = 0;
		r->top = seq;
	}
	r->ring[word & (r->words - 1)] |= (uint64_t)1 << seq % 64;
}
