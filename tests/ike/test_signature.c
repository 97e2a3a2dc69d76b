/* ike/wire/signature: what peers say of signatures, and what they may not break. */
#include "ike/wire/signature.h"

#include <stdlib.h>
#include <string.h>

#include "ike/wire/build.h"
#include "sample.h"
#include "tests/unit.h"

static void
test_algorithms(void)
{
	static const struct {
		int		line;
		const char	*octets;	/* hexadecimal */
		const char	*want;
	} rows[] = {
		/* RFC 7427 appendix A, RFC 8420 */
		{ __LINE__, "0f300d06092a864886f70d0101050500aabb", "RSA with SHA1" },
		{ __LINE__, "0f300d06092a864886f70d01010b0500", "RSA with SHA2-256" },
		{ __LINE__, "0f300d06092a864886f70d01010d0500ff", "RSA with SHA2-512" },
		{ __LINE__, "0c300a06082a8648ce3d040302aa", "ECDSA with SHA2-256" },
		{ __LINE__, "0b300906072a8648ce3d0401", "ECDSA with SHA1" },
		{ __LINE__, "0d300b0609608648016503040302", "DSA with SHA2-256" },
		{ __LINE__, "07300506032b6570aabbcc", "Ed25519" },
		{ __LINE__, "07300506032b6571", "Ed448" },
		{ __LINE__, "4330" "41" "06092a864886f70d01010a" "3034a00f300d0609"
		  "6086480165030402010500a11c301a06092a864886f70d010108300d06096086"
		  "480165030402010500a203020120" "0000", "RSA-PSS" },
		/* One that nobody knows. */
		{ __LINE__, "07300506032b6501", "1.3.101.1" },
		{ __LINE__, "0730050603883701", "2.999.1" },
		/* Cut, empty, not DER. */
		{ __LINE__, "", "an algorithm that cannot be read" },
		{ __LINE__, "00", "an algorithm that cannot be read" },
		{ __LINE__, "ff30", "an algorithm that cannot be read" },
		{ __LINE__, "0730050603", "an algorithm that cannot be read" },
		{ __LINE__, "0730060603" "2b6570", "an algorithm that cannot be read" },
		{ __LINE__, "073005060a2b6570", "an algorithm that cannot be read" },
		{ __LINE__, "07310506032b6570", "an algorithm that cannot be read" },
		{ __LINE__, "07300504032b6570", "an algorithm that cannot be read" },
		{ __LINE__, "0730050600aabbcc", "an algorithm that cannot be read" },
		{ __LINE__, "07300506032b65f0", "an algorithm that cannot be read" },
		{ __LINE__, "0a30080606ffffffffff7f", "an algorithm that cannot be read" },
		{ __LINE__, "04308400000000", "an algorithm that cannot be read" },
	};
	char buf[SIGNATURE_ALG_STRLEN];
	uint8_t octets[128];
	struct bytes b;
	unsigned int c;
	size_t i, n;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (n = 0; sscanf(rows[i].octets + 2 * n, "%2x", &c) == 1; n++)
			octets[n] = (uint8_t)c;
		/* of exact size, for the sanitizer */
		b.p = memcpy(malloc(n + 1), octets, n);
		b.len = n;
		signature_alg_str(&b, buf);
		if (strcmp(buf, rows[i].want) != 0)
			printf("\n    got: %s\n", buf);
		CHECK_ROW(rows[i].line, strcmp(buf, rows[i].want) == 0);
		free((void *)b.p);
	}
}

static uint8_t
hashes(const void *data, size_t len)
{
	static struct message m;
	static uint8_t buf[512];
	struct build b;

	build_begin(&b, buf, sizeof(buf), &sample_header);
	build_notify(&b, PROTO_NONE, N_SIGNATURE_HASH_ALGORITHMS, NULL, 0, data,
	    len);
	CU_ASSERT_EQUAL_FATAL(message_parse(&m, buf, build_end(&b), NULL), 0);
	return signature_hashes(&m);
}

static void
test_hashes(void)
{
	char buf[SIGNATURE_HASHES_STRLEN];

	CU_ASSERT_EQUAL(hashes("\0\2\0\3\0\4\0\5", 8), 1 << 2 | 1 << 3 | 1 << 4 |
	    1 << 5);
	CU_ASSERT_STRING_EQUAL(signature_hashes_str(hashes("\0\2\0\3\0\4\0\5", 8),
	    buf), "SHA2-256 SHA2-384 SHA2-512 IDENTITY");
	CU_ASSERT_EQUAL(hashes("\0\1\xff\xff\0\0\0\x21\1\2", 10), 1 << 1);
	CU_ASSERT_EQUAL(hashes("\0", 1), 0);
	CU_ASSERT_EQUAL(hashes("\0\1\0", 3), 1 << 1);
	CU_ASSERT_EQUAL(hashes(NULL, 0), 0);
	CU_ASSERT_STRING_EQUAL(signature_hashes_str(0, buf), "none");
	CU_ASSERT_STRING_EQUAL(signature_hashes_str(0xff, buf),
	    "SHA1 SHA2-256 SHA2-384 SHA2-512 IDENTITY");
}

UNIT_MAIN("signature",
	{ "algorithms of AUTH", test_algorithms },
	{ "hash algorithms", test_hashes })
