/* lib/secret: capacity, wiping, comparison, the typed forms of a PSK. */
#include "secret.h"

#include <string.h>

#include "tests/unit.h"

static void
test_set(void)
{
	uint8_t big[SECRET_MAX + 1];
	struct secret a, b;

	memset(big, 7, sizeof(big));
	memset(&b, 0, sizeof(b));
	CU_ASSERT(secret_set(&a, big, SECRET_MAX) && a.len == SECRET_MAX);
	CU_ASSERT(!secret_set(&a, big, sizeof(big)) && a.len == 0);
	CU_ASSERT(memcmp(&a, &b, sizeof(a)) == 0);
	CU_ASSERT(secret_set(&a, NULL, 0) && a.len == 0);
	/* A shorter key leaves nothing of the longer one before it. */
	CU_ASSERT(secret_set(&a, big, 40) && secret_set(&a, big, 4));
	CU_ASSERT(a.bytes[4] == 0 && a.bytes[39] == 0);
	secret_wipe(&a);
	CU_ASSERT(memcmp(&a, &b, sizeof(a)) == 0);
}

static void
test_equal(void)
{
	struct secret a, b;
	size_t i;

	CU_ASSERT(secret_set(&a, "abcdefgh", 8) && secret_set(&b, "abcdefgh", 8));
	CU_ASSERT(secret_equal(&a, &b));
	for (i = 0; i < 8; i++) {
		b.bytes[i] ^= 0x80;
		CU_ASSERT(!secret_equal(&a, &b));
		b.bytes[i] ^= 0x80;
	}
	CU_ASSERT(secret_set(&b, "abcdefg", 7) && !secret_equal(&a, &b));
	CU_ASSERT(secret_mem_equal("", "x", 0));
	CU_ASSERT(!secret_mem_equal("ab", "aB", 2));
}

static const struct psk_row {
	int		 line;
	const char	*typed;
	const char	*bytes;		/* NULL: refused */
	size_t		 len;
} psk_rows[] = {
	{ __LINE__, "correct-horse", "correct-horse", 13 },
	{ __LINE__, "0", "0", 1 },
	{ __LINE__, "0X41", "0X41", 4 },
	{ __LINE__, "0x41fF00", "A\xff\0", 3 },
	{ __LINE__, "0x", NULL, 0 },
	{ __LINE__, "0x4", NULL, 0 },
	{ __LINE__, "0x4g", NULL, 0 },
	{ __LINE__, "0sZm9vYmFy", "foobar", 6 },	/* RFC 4648 10 */
	{ __LINE__, "0sZm9vYmE=", "fooba", 5 },
	{ __LINE__, "0sZm9vYg==", "foob", 4 },
	{ __LINE__, "0sZm9vYg", "foob", 4 },
	{ __LINE__, "0s+/+/", "\xfb\xff\xbf", 3 },
	{ __LINE__, "0s", NULL, 0 },
	{ __LINE__, "0s=", NULL, 0 },
	{ __LINE__, "0sZ", NULL, 0 },
	{ __LINE__, "0sZm9vYg=", NULL, 0 },
	{ __LINE__, "0sZm9v=Yg=", NULL, 0 },
	{ __LINE__, "0sZm9vYmFy====", NULL, 0 },
	{ __LINE__, "0sZm9 vYg", NULL, 0 },
	{ __LINE__, "", NULL, 0 },
};

static void
test_psk(void)
{
	const struct psk_row *r;
	struct secret s;
	size_t i;
	int rc;

	for (i = 0; i < sizeof(psk_rows) / sizeof(psk_rows[0]); i++) {
		r = &psk_rows[i];
		rc = secret_from_psk(&s, r->typed);
		CHECK_ROW(r->line, (rc == 0) == (r->bytes != NULL));
		CHECK_ROW(r->line, s.len == r->len);
		CHECK_ROW(r->line, r->bytes == NULL ||
		    memcmp(s.bytes, r->bytes, r->len) == 0);
	}
}

/* Every character that the guide allows stands for itself. */
static void
test_psk_characters(void)
{
	char typed[9] = "yyyyyyyy";
	struct secret s;
	int c;

	for (c = 33; c <= 126; c++) {
		typed[0] = typed[7] = (char)c;
		CU_ASSERT(secret_from_psk(&s, typed) == 0 && s.len == 8);
		CU_ASSERT(memcmp(s.bytes, typed, 8) == 0);
	}
}

static void
test_psk_longest(void)
{
	char typed[2 + 2 * SECRET_MAX + 3];
	struct secret s;

	memset(typed, 'A', sizeof(typed));
	typed[SECRET_MAX] = '\0';
	CU_ASSERT(secret_from_psk(&s, typed) == 0 && s.len == SECRET_MAX);
	typed[SECRET_MAX] = 'A';
	typed[SECRET_MAX + 1] = '\0';
	CU_ASSERT(secret_from_psk(&s, typed) < 0 && s.len == 0);
	memcpy(typed, "0x", 2);
	typed[SECRET_MAX + 1] = 'A';
	typed[2 + 2 * SECRET_MAX] = '\0';
	CU_ASSERT(secret_from_psk(&s, typed) == 0 && s.len == SECRET_MAX);
	typed[2 + 2 * SECRET_MAX] = typed[3 + 2 * SECRET_MAX] = 'A';
	typed[4 + 2 * SECRET_MAX] = '\0';
	CU_ASSERT(secret_from_psk(&s, typed) < 0);
	memcpy(typed, "0s", 2);
	typed[2 + SECRET_MAX / 3 * 4] = '\0';
	CU_ASSERT(secret_from_psk(&s, typed) == 0 && s.len == SECRET_MAX);
	typed[2 + SECRET_MAX / 3 * 4] = 'A';
	typed[4 + SECRET_MAX / 3 * 4] = '\0';
	CU_ASSERT(secret_from_psk(&s, typed) < 0);
}

UNIT_MAIN("secret",
	{ "a secret holds what fits and nothing of the one before", test_set },
	{ "one bit makes a difference", test_equal },
	{ "a typed PSK decodes or is refused", test_psk },
	{ "every allowed character stands for itself", test_psk_characters },
	{ "the longest PSK fits, one more does not", test_psk_longest },
)
