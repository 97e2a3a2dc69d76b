/* crypto/alg: the tables against the model and against themselves. */
#include "crypto/alg.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "tests/unit.h"

#define NAMES_MAX	32

/* The enumeration of a typedef of the model, by reading its text. */
static size_t
enumeration(const char *type, char names[NAMES_MAX][40])
{
	const char *dir = getenv("CULVERT_YANGDIR");
	char path[512], line[512], begin[64];
	bool inside = false;
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/culvert-tunnel.yang",
	    dir != NULL ? dir : "yang");
	f = fopen(path, "r");
	CU_ASSERT_FATAL(f != NULL);
	snprintf(begin, sizeof(begin), "  typedef %s {", type);
	while (fgets(line, sizeof(line), f) != NULL && n < NAMES_MAX) {
		if (strncmp(line, begin, strlen(begin)) == 0)
			inside = true;
		else if (strcmp(line, "  }\n") == 0)
			inside = false;
		else if (inside && sscanf(line, " enum %39[^ ;{]", names[n]) == 1)
			n++;
	}
	fclose(f);
	return n;
}

static void
test_model(void)
{
	char names[NAMES_MAX][40];
	size_t n, i, rows;

	n = enumeration("cipher", names);
	CU_ASSERT_EQUAL(n, 13);
	for (i = 0; i < n; i++)
		CU_ASSERT(encr_by_name(names[i]) != NULL);
	for (rows = 0; encr_algs[rows].name != NULL; rows++)
		;
	CU_ASSERT_EQUAL(rows, n);

	n = enumeration("auth", names);
	for (i = 0; i < n; i++)
		CU_ASSERT(integ_by_name(names[i]) != NULL);
	for (rows = 0; integ_algs[rows].name != NULL; rows++)
		;
	CU_ASSERT_EQUAL(rows, n);

	/* PRF_HMAC_SHA1 comes with auth sha1 only. */
	n = enumeration("prf", names);
	for (i = 0; i < n; i++)
		CU_ASSERT(prf_by_name(names[i]) != NULL);
	for (rows = 0; prf_algs[rows].name != NULL; rows++)
		;
	CU_ASSERT_EQUAL(rows, n + 1);

	n = enumeration("dh", names);
	for (i = 0; i < n; i++)
		CU_ASSERT(ke_by_name(names[i]) != NULL);
	for (rows = 0; ke_algs[rows].name != NULL; rows++)
		;
	CU_ASSERT_EQUAL(rows, n);
}

static void
test_find(void)
{
	const struct encr_alg *e;
	const struct integ_alg *a;
	const struct prf_alg *p;
	const struct ke_alg *k;

	for (e = encr_algs; e->name != NULL; e++) {
		CU_ASSERT(encr_find(e->id, e->key_bits) == e);
		CU_ASSERT(encr_by_name(e->name) == e);
	}
	for (a = integ_algs; a->name != NULL; a++) {
		CU_ASSERT(integ_find(a->id) == a && integ_by_name(a->name) == a);
		CU_ASSERT(prf_find(a->prf_id) != NULL &&
		    strcmp(prf_find(a->prf_id)->md, a->md) == 0);
	}
	for (p = prf_algs; p->name != NULL; p++)
		CU_ASSERT(prf_find(p->id) == p && prf_by_name(p->name) == p);
	for (k = ke_algs; k->name != NULL; k++)
		CU_ASSERT(ke_find(k->id) == k && ke_by_name(k->name) == k);

	/* A key length that must be said cannot be left out. */
	CU_ASSERT(encr_find(12, 0) == NULL && encr_find(20, 0) == NULL);
	CU_ASSERT(encr_find(12, 192) == NULL && encr_find(28, 256) == NULL);
	CU_ASSERT(encr_find(0, 0) == NULL && integ_find(0) == NULL);
	CU_ASSERT(prf_find(0) == NULL && ke_find(0) == NULL);
	CU_ASSERT(encr_by_name("") == NULL && ke_by_name("modp768") == NULL);
}

static void
test_sizes(void)
{
	const struct encr_alg *e;
	const struct integ_alg *a;
	const struct prf_alg *p;
	const struct ke_alg *k;

	for (e = encr_algs; e->name != NULL; e++) {
		CU_ASSERT(e->key_len + e->salt_len <= SECRET_MAX);
		CU_ASSERT(e->key_bits == 0 || e->key_bits == e->key_len * 8);
		CU_ASSERT(IS_AEAD(e) == (e->mode == ENCR_GCM ||
		    e->mode == ENCR_CCM || e->mode == ENCR_CHACHA));
	}
	for (a = integ_algs; a->name != NULL; a++)
		CU_ASSERT(a->key_len <= SECRET_MAX && a->icv_len < a->key_len);
	for (p = prf_algs; p->name != NULL; p++)
		CU_ASSERT(p->len <= PRF_MAX);
	for (k = ke_algs; k->name != NULL; k++) {
		CU_ASSERT(k->public_len <= KE_PUBLIC_MAX);
		CU_ASSERT(k->shared_len <= KE_SHARED_MAX);
	}
}

/* As the guide prints them (S1-153 and the examples around it). */
static void
test_show(void)
{
	CU_ASSERT_STRING_EQUAL(encr_by_name("aes128")->show, "AES_CBC-128");
	CU_ASSERT_STRING_EQUAL(encr_by_name("aes128gcm16")->show, "AES_GCM_16-128");
	CU_ASSERT_STRING_EQUAL(integ_by_name("sha256")->show, "HMAC_SHA2_256_128");
	CU_ASSERT_STRING_EQUAL(prf_by_name("prfsha256")->show, "PRF_HMAC_SHA2_256");
	CU_ASSERT_STRING_EQUAL(ke_by_name("ecp256")->show, "ECP_256");
	CU_ASSERT_STRING_EQUAL(ke_by_name("x25519")->show, "CURVE_25519");
}

UNIT_MAIN("alg",
	{ "the tables have what the model has, and no more", test_model },
	{ "algorithms are found by number and by name", test_find },
	{ "keys, outputs and public values fit their places", test_sizes },
	{ "algorithms are shown under the guide's names", test_show },
)
