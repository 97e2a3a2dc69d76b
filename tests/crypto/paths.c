#include "paths.h"

#include <stdlib.h>
#include <string.h>

#include "tests/crypto/need.h"
#include "tests/unit.h"

struct crypto *paths_crypto;

void
paths_done(void)
{
	pki_free_all();
	crypto_free(paths_crypto);
	paths_crypto = NULL;
}

void
paths_check(int line, uint64_t wall, const struct pki_cert *anchor,
	    const struct pki_cert *const *peers, const char *want, size_t want_n)
{
	struct cert_set set = CERT_SET_INIT;
	struct cert_chain chain;
	struct err e = ERR_INIT;
	struct cert *ca;
	size_t i;
	int ret;

	need_crypto(&paths_crypto);
	CHECK_ROW(line, cert_parse(paths_crypto, anchor->der, anchor->len, &ca, &e)
	    == 0);
	for (i = 0; peers[i] != NULL; i++)
		CHECK_ROW(line, cert_set_add(&set, paths_crypto, peers[i]->der,
		    peers[i]->len, &e) == 0);
	ret = cert_chain_verify(paths_crypto, ca, set.cert, set.n, wall, &chain, &e);
	if (want == NULL) {
		CHECK_ROW(line, ret == 0);
		CHECK_ROW(line, want_n == 0 || chain.n == want_n);
		CHECK_ROW(line, (chain.n > 0 && chain.cert[0] == set.cert[0]) ||
		    cert_equal(ca, set.cert[0]));
		CHECK_ROW(line, chain.n > 0 && chain.cert[chain.n - 1] == ca);
		if (ret < 0)
			printf("    %s\n", e.text);
	} else {
		CHECK_ROW(line, ret < 0 && e.kind != ERR_BUG);
		CHECK_ROW(line, ret < 0 && strstr(e.text, want) != NULL);
		CHECK_ROW(line, ret == 0 || chain.n == 0);
		if (ret < 0 && strstr(e.text, want) == NULL)
			printf("    %s\n", e.text);
	}
	cert_set_fini(&set);
	cert_free(ca);
}
