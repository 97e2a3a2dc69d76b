/*
 * bench_crypto: CPU time of the cryptography of one side of a handshake, by
 * suite; see bare.h.  Suites as arguments, or a few of them.
 */
#include <stdio.h>
#include <stdlib.h>

#include "config.h"
#include "tests/bench/bare.h"

static const char *const suites[] = {
	"aes128-sha256-x25519", "aes256gcm16-prfsha256-x25519",
	"chacha20poly1305-prfsha512-x25519", "aes128-sha256-ecp256",
	"aes256gcm16-prfsha384-ecp384", "aes256-sha512-ecp521",
	"aes256gcm16-prfsha512-x448", "aes128-sha256-modp2048",
	"aes256-sha384-modp3072", "aes256-sha512-modp4096",
};

static int
bench(struct crypto *c, const char *text)
{
	struct bare_suite suite;
	unsigned int times;
	struct bare b;

	if (!bare_suite_parse(&suite, text)) {
		fprintf(stderr, "bench_crypto: %s is not a suite; try %s or %s\n",
		    text, suites[0], suites[1]);
		return -1;
	}
	times = suite.ke->kind == KE_MODP || suite.ke->public_len > 90 ? 50 : 400;
	if (!bare_measure(c, &suite, times, &b))
		return -1;
	printf("%-34s %8.1f %8.1f %7.1f %7.1f %7.1f %7.1f %7.1f %9.1f\n", text,
	    b.keygen, b.agree, b.keys, b.auth, b.message, b.hash, b.random,
	    b.total);
	return 0;
}

int
main(int argc, char **argv)
{
	struct err e = ERR_INIT;
	struct crypto *c;
	size_t i;
	int rc = 0;

	if (crypto_new(&c, &e) < 0) {
		fprintf(stderr, "bench_crypto: %s\n", e.text);
		return 1;
	}
#ifdef WITH_SANITIZERS
	printf("built with sanitizers: these are not the real times\n");
#endif
	printf("CPU microseconds of one side of a handshake with a PSK\n"
	    "%-34s %8s %8s %7s %7s %7s %7s %7s %9s\n", "suite", "keygen",
	    "agree", "keys", "auth", "SK", "NAT-D", "random", "total");
	if (argc > 1)
		for (i = 1; i < (size_t)argc; i++)
			rc |= bench(c, argv[i]);
	else
		for (i = 0; i < sizeof(suites) / sizeof(suites[0]); i++)
			rc |= bench(c, suites[i]);
	crypto_free(c);
	return rc != 0;
}
