#include "secret.h"

#include <string.h>

bool
secret_set(struct secret *s, const void *p, size_t len)
{
	secret_wipe(s);
	if (len > SECRET_MAX)
		return false;
	if (len != 0)
		memcpy(s->bytes, p, len);
	s->len = (uint8_t)len;
	return true;
}

void
secret_wipe(struct secret *s)
{
	secret_wipe_mem(s, sizeof(*s));
}

bool
secret_equal(const struct secret *a, const struct secret *b)
{
	/* All of the capacity: what is unused is zero in both. */
	return a->len == b->len &&
	    secret_mem_equal(a->bytes, b->bytes, SECRET_MAX);
}

void
secret_wipe_mem(void *p, size_t len)
{
	if (len != 0)
		explicit_bzero(p, len);
}

bool
secret_mem_equal(const void *a, const void *b, size_t len)
{
	const volatile uint8_t *x = a, *y = b;
	uint8_t diff = 0;
	size_t i;

	for (i = 0; i < len; i++)
		diff |= x[i] ^ y[i];
	return diff == 0;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static int
base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static int
from_hex(struct secret *s, const char *text, size_t len)
{
	size_t i;
	int hi, lo;

	if (len == 0 || len % 2 != 0 || len / 2 > SECRET_MAX)
		return -1;
	for (i = 0; i < len / 2; i++) {
		hi = hex_digit(text[2 * i]);
		lo = hex_digit(text[2 * i + 1]);
		if (hi < 0 || lo < 0)
			return -1;
		s->bytes[i] = (uint8_t)(hi << 4 | lo);
	}
	s->len = (uint8_t)(len / 2);
	return 0;
}

/* RFC 4648 4.  The padding may be left out, but what is there must be whole. */
static int
from_base64(struct secret *s, const char *text, size_t len)
{
	unsigned int bits = 0, n_bits = 0;
	size_t n = len, out = 0, i;
	int d;

	while (n > 0 && text[n - 1] == '=')
		n--;
	if (n == 0 || n % 4 == 1 || n > SECRET_MAX / 3 * 4 ||
	    (n != len && (len % 4 != 0 || len - n > 2)))
		return -1;
	for (i = 0; i < n; i++) {
		d = base64_digit(text[i]);
		if (d < 0)
			return -1;
		bits = (bits << 6 | (unsigned int)d) & 0xffff;
		n_bits += 6;
		if (n_bits >= 8) {
			n_bits -= 8;
			s->bytes[out++] = (uint8_t)(bits >> n_bits);
		}
	}
	s->len = (uint8_t)out;
	return 0;
}

int
secret_from_psk(struct secret *s, const char *typed)
{
	size_t len = strlen(typed);
	int rc;

	secret_wipe(s);
	if (strncmp(typed, "0x", 2) == 0)
		rc = from_hex(s, typed + 2, len - 2);
	else if (strncmp(typed, "0s", 2) == 0)
		rc = from_base64(s, typed + 2, len - 2);
	else
		rc = len != 0 && secret_set(s, typed, len) ? 0 : -1;
	if (rc < 0)
		secret_wipe(s);
	return rc;
}
