/*
 * hex: octets as the RFCs print them.
 */
#ifndef CULVERT_TESTS_HEX_H
#define CULVERT_TESTS_HEX_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Blanks are skipped; how many octets there were. */
static inline size_t
hex_read(uint8_t *out, size_t size, const char *text)
{
	unsigned int v;
	size_t n = 0;

	while (n < size) {
		text += strspn(text, " \n\t");
		if (*text == '\0' || sscanf(text, "%2x", &v) != 1)
			break;
		out[n++] = (uint8_t)v;
		text += 2;
	}
	return n;
}

/* Whether got[0..n-1] is what the text says, whole. */
static inline int
hex_equal(const void *got, size_t n, const char *text)
{
	uint8_t want[1024];

	return hex_read(want, sizeof(want), text) == n && memcmp(got, want, n) == 0;
}

#endif
